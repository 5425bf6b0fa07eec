
// Beneath what the installer wrote.
$wgArticlePath = '/wiki/$1';
$wgUseCdn = true;  // it says who may keep a page, and sends PURGE for what was edited ...
$wgCdnServers = [preg_replace('~^http://~', '', $_SERVER['LARDER_NODE'] ?? '127.0.0.1')];  // ... to the Larder that runs it
$wgJobRunRate = 0;
$wgEnableEmail = false;
