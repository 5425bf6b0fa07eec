<?php
// Addresses that each show one behaviour of Larder, and the tour that explains them.

declare(strict_types=1);

// A whole number from the query within its bounds.
function number_of(string $name, int $default, int $least, int $most): int
{
    $text = text_of($_GET, $name, 10);
    return $text === '' || !ctype_digit($text) ? $default : max($least, min($most, (int) $text));
}

function page_tour(): void
{
    $began = render_begin();
    $rows = [
        ['/', 'An ordinary page', 'It says nothing about caching, so it is kept for ten minutes. Half a second the first '
            . 'time, at once from then on, also after Larder was restarted.', true],
        ['/fresh', 'Fresh for 5 seconds', 'PHP says <code>max-age=5</code>. Try it twice, wait, try again.', true],
        ['/never', 'Never stored', 'PHP says <code>no-store</code>: rendered every time.', true],
        ['/?utm_source=tour', 'An advertiser’s parameter', 'The same page as the home page, and so a hit.', true],
        ['/no-such-page', 'Not found', 'A page that is not there, in the style of the site.', true],
        ['/style.css', 'A file', 'Sent from the disk without PHP, with ETag and Last-Modified.', true],
        ['/raspberry.png', 'An image made by PHP', 'Kept like a page.', true],
        ['/slow?seconds=10', 'A slow page', 'Ten seconds of PHP, once. While it renders, every other page on the shelf is '
            . 'as fast as ever. <code>?seconds=40</code> is more than Larder allows: 504.', false],
        ['/download?mb=64', 'A large download', '64 MB streamed by PHP. The worker is free long before a slow client has '
            . 'them.', false],
        ['/info', 'What PHP sees', 'The variables of the request, as Larder passes them on.', false],
        ['/guestbook', 'A form', 'Posted straight to PHP, then a redirect.', false],
        ['/member', 'A cookie', 'Log in, and stored pages are no longer for you.', false],
    ];
    $table = '';
    foreach ($rows as [$href, $name, $text, $try]) {
        $button = $try ? '<button class="try" data-href="' . h($href) . '" hidden>Try</button>' : '';
        $table .= '<li><div><h2><a href="' . h($href) . '">' . h($name) . '</a></h2><p>' . $text . '</p><p class="outcome" '
            . 'aria-live="polite"></p></div>' . $button . '</li>';
    }
    $main = '<section class="post"><h1>What to look at</h1><p>Every answer carries two fields worth a look: '
        . '<code>Cache-Status</code> says whether it came from the shelf, <code>X-Served-By</code> says which machine '
        . 'sent it. The footer of each page shows both; in a terminal, use</p><pre>curl -sD - -o /dev/null '
        . h(base_url()) . '/</pre></section><ol class="tour">' . $table . '</ol>';
    render_page($began, 'Tour', $main, '/tour');
}

function trial_slow(): void
{
    $seconds = number_of('seconds', 10, 1, 60);
    $began = microtime(true);
    sleep($seconds);
    render_page($began, 'Slow', '<section class="post"><h1>That took ' . $seconds . ' s</h1><p>It will not take them '
        . 'again for the next ten minutes: reload. Change the query, <code>?seconds=' . $seconds . '&amp;again=1</code>, '
        . 'for another slow render.</p></section>');
}

function trial_download(): void
{
    $megabytes = number_of('mb', 64, 1, 4096);
    while (ob_get_level() > 0) {
        ob_end_clean();
    }
    set_time_limit(0);
    header('Content-Type: application/octet-stream');
    header('Content-Disposition: attachment; filename="larder-' . $megabytes . 'M.bin"');
    header('Content-Length: ' . $megabytes * 1048576);
    header('Cache-Control: no-store');
    if (($_SERVER['REQUEST_METHOD'] ?? '') === 'HEAD') {
        return;
    }
    $block = str_repeat("Larder demo download: sixty-four bytes in a line, again & again\n", 1024);
    for ($sent = 0; $sent < $megabytes * 16; ++$sent) {
        echo $block;
        flush();
    }
}

function trial_fresh(): void
{
    header('Cache-Control: public, max-age=5');
    $began = render_begin();
    render_page($began, 'Fresh for 5 seconds', '<section class="post"><h1>Fresh for 5 seconds</h1><p>Reload: the time in '
        . 'the footer changes every five seconds at most.</p></section>');
}

function trial_never(): void
{
    header('Cache-Control: no-store');
    $began = render_begin();
    render_page($began, 'Never stored', '<section class="post"><h1>Never stored</h1><p>Rendered for you, just now, and '
        . 'already forgotten.</p></section>');
}

function trial_info(): void
{
    header('Cache-Control: no-store');
    $began = render_begin();
    $names = ['REQUEST_METHOD', 'REQUEST_URI', 'QUERY_STRING', 'SCRIPT_NAME', 'SCRIPT_FILENAME', 'PATH_INFO',
        'DOCUMENT_ROOT', 'HTTP_HOST', 'HTTPS', 'SERVER_NAME', 'SERVER_PORT', 'SERVER_PROTOCOL', 'SERVER_SOFTWARE',
        'GATEWAY_INTERFACE', 'REDIRECT_STATUS', 'REMOTE_ADDR', 'HTTP_X_FORWARDED_FOR', 'HTTP_X_FORWARDED_PROTO',
        'HTTP_FORWARDED', 'HTTP_PROXY', 'HTTP_USER_AGENT', 'HTTP_ACCEPT_LANGUAGE', 'HTTP_ACCEPT_ENCODING'];
    $rows = '';
    foreach ($names as $name) {
        $value = $_SERVER[$name] ?? null;
        $shown = is_string($value) && $value !== '' ? '<code>' . h($value) . '</code>'
            : '<span class="meta">' . ($value === '' ? 'empty' : 'not there') . '</span>';
        $rows .= '<tr><th scope="row">' . $name . '</th><td>' . $shown . '</td></tr>';
    }
    $php = ['PHP' => PHP_VERSION, 'interface' => PHP_SAPI, 'largest upload' => (string) ini_get('upload_max_filesize'),
        'memory of a request' => (string) ini_get('memory_limit'), 'temporary files' => sys_get_temp_dir(),
        'worker' => (string) getmypid()];
    foreach ($php as $name => $value) {
        $rows .= '<tr><th scope="row">' . h($name) . '</th><td><code>' . h($value) . '</code></td></tr>';
    }
    render_page($began, 'What PHP sees', '<section class="post"><h1>What PHP sees</h1><div class="wide"><table>' . $rows
        . '</table></div></section>');
}

function png_chunk(string $type, string $data): string
{
    return pack('N', strlen($data)) . $type . $data . pack('N', crc32($type . $data));
}

// The zlib format (RFC 1950) with stored blocks: no extension of PHP is needed for it.
function zlib_stored(string $data): string
{
    $out = "\x78\x01";
    $blocks = str_split($data, 65535);
    foreach ($blocks as $i => $block) {
        $out .= pack('Cvv', $i + 1 === count($blocks) ? 1 : 0, strlen($block), ~strlen($block) & 0xFFFF) . $block;
    }
    return $out . hash('adler32', $data, true);
}

// A raspberry, computed dot by dot: an image that costs PHP a while, and the visitor of a stored one nothing.
function trial_png(): void
{
    usleep(500000);
    $size = 160;
    $dots = '';
    for ($y = 0; $y < $size; ++$y) {
        $dots .= "\0";
        for ($x = 0; $x < $size; ++$x) {
            $dots .= raspberry_dot(($x - 80) / 80, ($y - 80) / 80);
        }
    }
    header('Content-Type: image/png');
    echo "\x89PNG\r\n\x1A\n", png_chunk('IHDR', pack('NNC5', $size, $size, 8, 6, 0, 0, 0)),
        png_chunk('IDAT', zlib_stored($dots)), png_chunk('IEND', '');
}

// Red, green, blue and opacity at a place between -1 and 1: leaves above drupelets, each lit from the upper left.
function raspberry_dot(float $x, float $y): string
{
    foreach ([-0.38, 0.0, 0.38] as $i => $lean) {
        $dx = $x - $lean * 1.0;
        $dy = $y + 0.66 - abs($lean) * 0.35;
        $along = $dx * sin($lean * 2.2) - $dy * cos($lean * 2.2);
        $across = $dx * cos($lean * 2.2) + $dy * sin($lean * 2.2);
        if (($along * $along) / 0.075 + ($across * $across) / 0.018 < 1) {
            return pack('C4', 70 + 20 * $i, 150, 60, 255);
        }
    }
    $best = 9.0;
    $shade = 0.0;
    foreach ([[-0.3, 2], [-0.3 + 0.27, 3], [-0.3 + 0.54, 2.4], [-0.3 + 0.81, 1.4], [-0.3 + 1.04, 0.6]] as [$row, $reach]) {
        $step = 0.3;
        for ($column = -$reach / 2 * $step; $column <= $reach / 2 * $step + 0.01; $column += $step) {
            $dx = $x - $column;
            $dy = $y - $row;
            $distance = ($dx * $dx + $dy * $dy) / 0.04;
            if ($distance < $best) {
                $best = $distance;
                $shade = 1 - 0.9 * (($dx + 0.07) * ($dx + 0.07) + ($dy + 0.07) * ($dy + 0.07)) / 0.06;
            }
        }
    }
    if ($best >= 1) {
        return "\0\0\0\0";
    }
    return pack('C4', (int) (120 + 100 * max(0, $shade)), (int) (10 + 50 * max(0, $shade)), (int) (50 + 60 * max(0, $shade)), 255);
}
