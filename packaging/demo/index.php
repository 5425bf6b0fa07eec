<?php
// The front controller of the demo blog: every address that is not a file comes here.
// Works with PHP 7.4 and later, needs no extension and no database.

declare(strict_types=1);

require __DIR__ . '/app/posts.php';
require __DIR__ . '/app/view.php';
require __DIR__ . '/app/guestbook.php';
require __DIR__ . '/app/pages.php';
require __DIR__ . '/app/trials.php';

date_default_timezone_set('UTC');
header_remove('X-Powered-By');

$path = rawurldecode(explode('?', $_SERVER['REQUEST_URI'] ?? '/', 2)[0]);
$path = '/' . trim($path, '/');
$method = $_SERVER['REQUEST_METHOD'] ?? 'GET';

// Exact addresses, then patterns. A handler gets what its pattern captured.
$routes = [
    'GET' => [
        '#^/$#' => 'page_home',
        '#^/post/([a-z0-9-]+)$#' => 'page_post',
        '#^/category/([a-z0-9-]+)$#' => 'page_category',
        '#^/search$#' => 'page_search',
        '#^/feed$#' => 'page_feed',
        '#^/tour$#' => 'page_tour',
        '#^/guestbook$#' => 'page_guestbook',
        '#^/member$#' => 'page_member',
        '#^/slow$#' => 'trial_slow',
        '#^/download$#' => 'trial_download',
        '#^/fresh$#' => 'trial_fresh',
        '#^/never$#' => 'trial_never',
        '#^/info$#' => 'trial_info',
        '#^/raspberry\.png$#' => 'trial_png',
    ],
    'POST' => [
        '#^/guestbook$#' => 'guestbook_post',
        '#^/member$#' => 'member_post',
    ],
];

$handlers = $routes[$method === 'HEAD' ? 'GET' : $method] ?? null;
if ($handlers === null) {
    http_response_code(405);
    header('Allow: GET, HEAD, POST');
    exit;
}
foreach ($handlers as $pattern => $handler) {
    if (preg_match($pattern, $path, $found) === 1) {
        $handler(...array_slice($found, 1));
        exit;
    }
}
page_not_found();
