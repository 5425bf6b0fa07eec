<?php
// DokuWiki behind Larder, with "preset = dokuwiki": linked or copied to conf/preload.php (Debian: /etc/dokuwiki/).
//
// DokuWiki begins a session with every visitor and forbids keeping the page; nobody could ever be served from the cache.
// Who only reads, and has no session yet, needs none: his page is the one that all readers get.

(static function () {
    $reads = in_array($_SERVER['REQUEST_METHOD'] ?? '', ['GET', 'HEAD'], true) && !isset($_REQUEST['do']) &&
        basename($_SERVER['SCRIPT_NAME'] ?? '') === 'doku.php';
    foreach (array_keys($_COOKIE) as $name)
        if (strncmp($name, 'DW', 2) === 0 || $name === 'DokuWiki') $reads = false;
    if (!$reads || headers_sent() || session_status() === PHP_SESSION_ACTIVE) return;
    session_cache_limiter('');
    header_register_callback(static function () { header_remove('Set-Cookie'); });
})();
