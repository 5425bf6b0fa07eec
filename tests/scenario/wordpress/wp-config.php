<?php
// WordPress as the scenario tests run it: a database behind a private socket, nothing that leaves the machine.
require_once dirname(__DIR__) . '/database.php';  // DB_HOST, written by the test
require_once dirname(__DIR__) . '/constants.php';

define('DB_NAME', 'wordpress');
define('DB_USER', 'wordpress');
define('DB_PASSWORD', '');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
$table_prefix = 'wp_';

foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define("{$name}_KEY", "not secret: $name key");
    define("{$name}_SALT", "not secret: $name salt");
}

define('WP_HOME', 'http://larder.test');
define('WP_SITEURL', 'http://larder.test');
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', false);
define('LARDER_WAIT', 30);  // on a busy machine too, the next request comes after the purge was acknowledged

if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
