<?php
// Takes megabytes that the kernel cannot take back, and says so.
header('Cache-Control: no-store');
ini_set('memory_limit', '-1');
$bytes = str_repeat("\1", (int) ($_GET['megabytes'] ?? 1) << 20);
echo 'had ', strlen($bytes) >> 20, " megabytes\n";
