<!DOCTYPE html>
<html><head><?php wp_head(); ?></head><body class="plain-theme">
<h1><?php bloginfo('name'); ?></h1>
<?php
while (have_posts()) {
    the_post();
    the_title('<h2>', '</h2>');
    the_content();
    if (is_singular()) {
        previous_post_link();
        next_post_link();
    }
}
foreach (get_posts(['numberposts' => 3]) as $latest) echo '<i>', esc_html(get_the_title($latest)), '</i>';
wp_footer();
?>
</body></html>
