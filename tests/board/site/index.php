<?php
// A page that is different at each render, so that one from the cache is known by its text.
// Fresh for longer than the slowest test takes.
header('Cache-Control: max-age=86400');
echo 'page ', $_GET['n'] ?? 0, ' by PHP ', PHP_VERSION, ' on ', PHP_INT_SIZE * 8, ' bits ', uniqid('', true), "\n";
