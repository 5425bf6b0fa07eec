<?php
// Installs the site without a browser: php install.php DIRECTORY, where DIRECTORY/root holds WordPress.
[, $directory] = $argv;
$_SERVER += ['HTTP_HOST' => 'larder.test', 'SERVER_PROTOCOL' => 'HTTP/1.1', 'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => '/'];

require_once "$directory/database.php";
$database = new mysqli('localhost', 'wordpress', '', '', 0, substr(DB_HOST, strlen('localhost:')));
$database->query('CREATE DATABASE wordpress CHARACTER SET utf8mb4');

define('WP_INSTALLING', true);
require "$directory/root/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
function wp_new_blog_notification() {}  // no mail

wp_install('The larder', 'admin', 'admin@larder.test', true, '', 'a good password');

update_option('comment_previously_approved', '0');
update_option('comments_notify', '0');
update_option('moderation_notify', '0');
update_option('require_name_email', '1');

global $wp_rewrite;
$wp_rewrite->init();
$wp_rewrite->set_permalink_structure('/%year%/%monthnum%/%postname%/');
create_initial_taxonomies();  // again: their addresses depend on the structure
$wp_rewrite->flush_rules(true);

$category = wp_insert_category(['cat_name' => 'Launches', 'category_nicename' => 'launches']);
$post = wp_insert_post([
    'post_title' => 'Three Pis in a cupboard',
    'post_name' => 'three-pis',
    'post_content' => 'They hold when everybody comes at once.',
    'post_status' => 'publish',
    'post_author' => 1,
    'post_date' => '2016-02-29 07:00:00',
    'post_category' => [$category],
    'comment_status' => 'open',
], true);
if (is_wp_error($post)) {
    fwrite(STDERR, $post->get_error_message() . "\n");
    exit(1);
}

$photo = imagecreatetruecolor(640, 480);
imagefilledrectangle($photo, 0, 0, 639, 239, imagecolorallocate($photo, 188, 17, 66));
imagepng($photo, "$directory/photo.png");

echo "post=$post\n";
