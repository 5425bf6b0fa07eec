<?php
// A script that is asked for by its name.
header('Content-Type: text/plain');
echo 'script ', $_SERVER['SCRIPT_NAME'], ' info ', $_SERVER['PATH_INFO'] ?? '(none)', ' query ',
    $_SERVER['QUERY_STRING'], "\n";
