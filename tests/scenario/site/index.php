<?php
// The front controller: everything that is neither a file nor another script comes here, as with pretty permalinks.
require __DIR__ . '/library.php';

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
[, $page, $name] = array_pad(explode('/', $path, 3), 3, '');

switch ($page) {
    case 'reply':  // says what the query asks for
        http_response_code((int)($_GET['status'] ?? 200));
        foreach ($_GET['header'] ?? [] as $line) header($line, false);
        echo $_GET['body'] ?? 'a reply';
        break;
    case 'packed':  // compressed by PHP, whatever the client takes
        header('Content-Encoding: gzip');
        echo gzencode(implode("\n", array_map(fn($i) => "packed, line $i", range(0, 99))));
        break;
    case 'gate':  // waits at the gate, with the head held back
        pass_gate($name);
        echo "through gate $name";
        break;
    case 'half':  // sends half, then waits at the gate
        echo str_repeat('first half ', 1000);
        while (ob_get_level() > 0) ob_end_flush();
        flush();
        pass_gate($name);
        echo 'second half';
        break;
    case 'env':
        header('Content-Type: application/json');
        echo json_encode($_SERVER + ['get' => $_GET], JSON_UNESCAPED_SLASHES | JSON_PRETTY_PRINT);
        break;
    case 'version':
        echo PHP_VERSION;
        break;
    case 'echo':
        $hash = hash_file('crc32c', 'php://input');
        echo "{$_SERVER['REQUEST_METHOD']} {$_SERVER['CONTENT_TYPE']} {$_SERVER['CONTENT_LENGTH']} $hash";
        break;
    case 'form':
        foreach ($_POST as $key => $value) echo "$key=$value\n";
        foreach ($_FILES as $key => $file)
            echo "$key={$file['name']} {$file['error']} {$file['size']} ",
                $file['error'] === 0 ? hash_file('crc32c', $file['tmp_name']) : '-', "\n";
        break;
    case 'cookies':
        setcookie('first', '1');
        setcookie('second', '2', ['path' => '/', 'httponly' => true]);
        foreach ($_COOKIE as $key => $value) echo "$key=$value\n";
        break;
    case 'complain':
        error_log("the page complains: $name");
        echo 'complained';
        break;
    case 'big':  // a download, of the size the test has made it
        header('Content-Type: application/octet-stream');
        header('Content-Length: ' . filesize(state('big')));
        header('Cache-Control: no-store');
        while (ob_get_level() > 0) ob_end_clean();
        readfile(state('big'));
        count_up('downloads');
        break;
    case 'aging':  // stale when it comes, and again at a gate; then fresh
        $render = count_up("aging-$name");
        header($_GET['control'] ?? 'Cache-Control: max-age=100, stale-while-revalidate=1000, stale-if-error=1000');
        if ($render === 1) header('Age: 100');
        else pass_gate($name);
        echo "aged $render";
        break;
    case 'flaky':  // stale when it comes, then an error until its gate is open; then fresh
        header('Cache-Control: max-age=100, stale-if-error=1000');
        if (count_up("flaky-$name") === 1) header('Age: 100');
        elseif (!file_exists(state("gate-$name"))) http_response_code(503);
        echo file_exists(state("gate-$name")) ? 'well again' : 'was well';
        break;
    case 'checked':  // must be asked about each time
        count_up('checks');
        header('ETag: "v1"');
        header('Cache-Control: no-cache');
        header('X-Check: ' . count_up('check'));
        if (($_SERVER['HTTP_IF_NONE_MATCH'] ?? '') === '"v1"') http_response_code(304);
        else echo 'render ', count_up('renders');
        break;
    case 'language':
        header('Vary: Accept-Language, Accept-Encoding');
        echo $_SERVER['HTTP_ACCEPT_LANGUAGE'] ?? 'none', ', render ', count_up('renders');
        break;
    default:
        header('X-Page: ' . $page);
        echo "<!doctype html><title>$page</title><p>$path, render ", count_up('renders'), "</p>\n";
}
