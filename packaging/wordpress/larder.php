<?php
/*
Plugin Name: Larder
Description: Tells the page server Larder what each page shows, and which pages to forget when something changes.
Version: 1
Requires PHP: 7.4
License: MIT
*/

// A must-use plugin: copied or linked into wp-content/mu-plugins/, it is on. In wp-config.php, where needed:
//
//   define('LARDER_NODES', '192.0.2.11, 192.0.2.12:8080, unix:/run/larder.sock');  // default: the Larder that runs this
//   // (enough where that one has the others in its [peers])
//   define('LARDER_TOKEN', '...');  // purge.token of their ini; not needed where purge.allow lets this machine in
//   define('LARDER_WAIT', 0.04);    // seconds that an editor waits at most until they have forgotten
//
// Every page carries the names of what it shows in the field Cache-Tag, which ends at Larder. Whatever changes is
// collected while WordPress works, and sent in one call when it is done. Other plugins may say more:
//
//   do_action('larder_purge_posts', [12, 13]);    do_action('larder_purge_site');
//
// Names of one site begin with a text of its own, because several may share a Larder: "wp1a2b3c-post-12".
//
//   post-N     shows post N (or page, product, attachment)   home, feed, search, missing, sitemap, rest, comments
//   beside-N   shows the neighbours of post N                term-N, author-N, type-T, date-2016-02: is that archive
//   title-N    shows its title                               list-T     lists posts of type T
//   by-N       shows something written by user N             at-...     is at this address
//   all        every page                                    many       shows too much to name it all

if (!defined('ABSPATH')) exit;

function larder_tag(string $name): string {
    global $wpdb;
    return 'wp' . substr(md5(DB_NAME . "\n" . $wpdb->prefix), 0, 6) . "-$name";
}

// Of one address with all its queries.
function larder_path_name(string $uri): string { return 'at-' . substr(md5(explode('?', $uri)[0]), 0, 12); }

// --- What a page shows -----------------------------------------------------------------------------------------------

final class Larder_Page_Tags {
    private const MOST = 300;  // names of a page; one with more is forgotten whenever anything changes

    /** @var array<string, true> */
    private array $names = [];

    public static function start(): void {
        add_action('template_redirect', [new self(), 'collect'], PHP_INT_MIN);
        add_filter('rest_post_dispatch', [self::class, 'mark_rest']);
    }

    // Titles and further lists are known when the page is complete, so its head has to wait for that.
    public function collect(): void {
        if (is_user_logged_in()) return;
        global $wp_query;
        $this->add_main($wp_query);
        add_filter('the_posts', [$this, 'see_posts']);
        add_filter('the_title', [$this, 'see_title'], 10, 2);
        add_action('pre_get_posts', [$this, 'see_query']);
        add_filter('get_pages', [$this, 'see_pages']);
        foreach (['next', 'previous'] as $side) add_filter("get_{$side}_post_where", [$this, 'see_neighbour'], 10, 5);
        add_filter('the_comments', [$this, 'see_comments'], 10, 2);
        add_filter('wp_get_attachment_image_src', [$this, 'see_image'], 10, 2);
        add_filter('wp_content_img_tag', [$this, 'see_content_image'], 10, 3);
        ob_start([$this, 'finish']);
    }

    public function finish(string $output): string {
        if (!headers_sent()) header('Cache-Tag: ' . implode(', ', array_map('larder_tag', $this->names())), false);
        return $output;
    }

    public static function mark_rest($response) {
        if ($response instanceof WP_HTTP_Response && !is_user_logged_in())
            $response->header('Cache-Tag', larder_tag('all') . ', ' . larder_tag('rest'));
        return $response;
    }

    public function see_posts($posts) {
        foreach ((array) $posts as $post) if ($post instanceof WP_Post) $this->add_post($post);
        return $posts;
    }

    public function see_title($title, $id = 0) {
        if ($id) $this->add("title-$id");
        return $title;
    }

    public function see_query(WP_Query $query): void {
        foreach ((array) ($query->get('post_type') ?: 'post') as $type) $this->add("list-$type");
    }

    // Who is next within a category is not worth finding out for each: "beside-post" goes with every post of the type.
    public function see_neighbour($where, $in_same_term, $excluded, $taxonomy, WP_Post $post) {
        $this->add($in_same_term || $excluded ? "beside-$post->post_type" : "beside-$post->ID");
        return $where;
    }

    public function see_pages($pages) {
        $this->add('list-page');
        return $pages;
    }

    public function see_comments($comments, WP_Comment_Query $query) {
        if (empty($query->query_vars['post_id'])) $this->add('comments');
        return $comments;
    }

    public function see_image($image, $id) {
        $this->add("post-$id");
        return $image;
    }

    public function see_content_image($tag, $context, $id) {
        if ($id) $this->add("post-$id");
        return $tag;
    }

    private function add(string $name): void { $this->names[$name] = true; }

    private function names(): array {
        $always = ['all', larder_path_name($_SERVER['REQUEST_URI'] ?? '/')];
        return array_merge($always, count($this->names) > self::MOST ? ['many'] : array_keys($this->names));
    }

    private function add_post(WP_Post $post): void {
        $this->add("post-$post->ID");
        $this->add("by-$post->post_author");
    }

    private function add_main(WP_Query $query): void {
        $this->see_posts($query->posts);
        if ($query->is_singular()) $this->add('post-' . $query->get_queried_object_id());
        if (($query->is_home() || $query->is_front_page()) && !$query->is_feed()) $this->add('home');
        if ($query->is_comment_feed()) $this->add('comments');
        if ($query->is_feed() && !$query->is_archive() && !$query->is_singular()) $this->add('feed');
        if ($query->is_search()) $this->add('search');
        if ($query->is_404()) $this->add('missing');
        if ($query->get('sitemap')) $this->add('sitemap');
        $this->add_archive($query);
    }

    private function add_archive(WP_Query $query): void {
        if ($query->is_category() || $query->is_tag() || $query->is_tax())
            $this->add('term-' . $query->get_queried_object_id());
        if ($query->is_author()) $this->add('author-' . $query->get_queried_object_id());
        if ($query->is_date()) $this->add(self::date_name($query));
        foreach ((array) $query->get('post_type') as $type)
            if ($query->is_post_type_archive()) $this->add("type-$type");
    }

    private static function date_name(WP_Query $query): string {
        $m = preg_replace('/\D/', '', (string) $query->get('m'));
        $name = sprintf('date-%04d', $query->get('year') ?: substr($m, 0, 4));
        foreach (['monthnum' => 4, 'day' => 6] as $part => $at)
            if ($number = (int) ($query->get($part) ?: substr($m, $at, 2))) $name .= sprintf('-%02d', $number);
        return $name;
    }
}

// --- What a change changes -------------------------------------------------------------------------------------------

final class Larder_Changes {
    // Saved by the editors of a site's design; each may show on every page.
    private const DESIGN_TYPES = ['wp_template', 'wp_template_part', 'wp_navigation', 'wp_block', 'wp_global_styles',
                                  'custom_css'];
    private const OPTIONS = ['blogname', 'blogdescription', 'home', 'siteurl', 'permalink_structure', 'category_base',
                             'tag_base', 'date_format', 'time_format', 'timezone_string', 'gmt_offset', 'start_of_week',
                             'posts_per_page', 'posts_per_rss', 'rss_use_excerpt', 'show_on_front', 'page_on_front',
                             'page_for_posts', 'thread_comments', 'thread_comments_depth', 'page_comments',
                             'comments_per_page', 'default_comments_page', 'comment_order', 'comment_registration',
                             'close_comments_for_old_posts', 'show_avatars', 'avatar_default', 'avatar_rating',
                             'blog_public', 'WPLANG', 'site_icon', 'site_logo', 'active_plugins', 'sidebars_widgets',
                             'users_can_register'];
    private const META = ['_thumbnail_id', '_wp_page_template', '_wp_attachment_image_alt', '_wp_attachment_metadata',
                          '_wp_attached_file'];
    // What lists, links and neighbours of a post show of it.
    private const LISTED = ['post_title', 'post_name', 'post_date', 'post_author', 'post_type', 'post_parent',
                            'menu_order', 'post_password'];

    private Larder_Purges $purges;

    public function __construct(Larder_Purges $purges) { $this->purges = $purges; }

    public function start(): void {
        add_action('transition_post_status', [$this, 'on_status'], 10, 3);
        add_action('post_updated', [$this, 'on_post_updated'], 10, 3);
        add_action('before_delete_post', [$this, 'on_delete']);
        add_action('set_object_terms', [$this, 'on_terms_set'], 10, 6);
        foreach (['add_attachment', 'attachment_updated', 'delete_attachment'] as $hook)
            add_action($hook, [$this, 'on_attachment']);
        foreach (['added_post_meta', 'updated_post_meta', 'deleted_post_meta'] as $hook)
            add_action($hook, [$this, 'on_meta'], 10, 3);
        add_action('wp_insert_comment', [$this, 'on_comment'], 10, 2);
        add_action('transition_comment_status', [$this, 'on_comment_status'], 10, 3);
        add_action('edit_comment', [$this, 'on_comment']);
        add_action('delete_comment', [$this, 'on_comment']);
        foreach (['edited_term', 'pre_delete_term'] as $hook) add_action($hook, [$this, 'on_term']);
        add_action('profile_update', [$this, 'on_profile'], 10, 2);
        add_action('updated_user_meta', [$this, 'on_user_meta'], 10, 3);
        add_action('delete_user', [$this, 'on_user']);
        add_action('switch_theme', [$this->purges, 'all_hard']);
        foreach (['wp_update_nav_menu', 'wp_delete_nav_menu', 'customize_save_after', 'upgrader_process_complete',
                  '_core_updated_successfully'] as $hook)
            add_action($hook, [$this, 'on_design']);
        foreach (['added_option', 'updated_option', 'deleted_option'] as $hook) add_action($hook, [$this, 'on_option']);
        add_action('updated_option', [$this, 'on_look']);
        add_action('larder_purge_posts', [$this, 'on_asked']);
        add_action('larder_purge_site', [$this->purges, 'all_hard']);
    }

    public function on_status(string $new, string $old, WP_Post $post): void {
        if ($new === $old) return;
        if (in_array($post->post_type, self::DESIGN_TYPES, true)) {
            if ($new === 'publish' || $old === 'publish') $this->on_design();
        } elseif ($this->is_shown($post->post_type, $new) || $this->is_shown($post->post_type, $old)) {
            $this->came_or_went($post);
        }
    }

    public function on_post_updated(int $id, WP_Post $after, WP_Post $before): void {
        if (in_array($after->post_type, self::DESIGN_TYPES, true)) {
            if ($after->post_status === 'publish') $this->on_design();
            return;
        }
        if (!$this->is_shown($after->post_type, $after->post_status) ||
            !$this->is_shown($before->post_type, $before->post_status)) return;  // else on_status() has seen it
        $this->changed($id);
        foreach (self::LISTED as $field)
            if ($after->$field !== $before->$field) {
                $this->came_or_went($before);
                $this->came_or_went($after);
                return;
            }
    }

    public function on_delete($id): void {
        $post = get_post($id);
        if ($post && $this->is_shown($post->post_type, $post->post_status)) $this->came_or_went($post);
    }

    public function on_terms_set($id, $terms, $now, $taxonomy, $append, $before): void {
        $post = get_post($id);
        if (!$post || !$this->is_shown($post->post_type, $post->post_status)) return;
        $before = array_map('intval', $before);
        $now = array_map('intval', $now);
        $gone = $append ? [] : array_diff($before, $now);
        $changed = array_merge($gone, array_diff($now, $before));
        foreach ($changed as $term_taxonomy_id) {
            $term = get_term_by('term_taxonomy_id', $term_taxonomy_id);
            if ($term instanceof WP_Term) $this->term($term);
        }
        if ($changed) $this->changed((int) $id);
    }

    public function on_attachment($id): void {
        $this->changed((int) $id);
        $this->purges->hard('list-attachment');
        if ($parent = wp_get_post_parent_id($id)) $this->changed($parent);
    }

    public function on_meta($meta_id, $id, $key): void {
        if (in_array($key, self::META, true)) $this->changed((int) $id);
    }

    public function on_comment($id, $comment = null): void {
        $comment = get_comment($id);
        if ($comment && $comment->comment_approved === '1') $this->comment($comment);
    }

    public function on_comment_status($new, $old, WP_Comment $comment): void {
        if ($new !== $old && ($new === 'approved' || $old === 'approved')) $this->comment($comment);
    }

    // The name of a term shows in many places: its archive first, the others when they are asked for again.
    public function on_term($id): void {
        $term = get_term($id);
        if (!$term instanceof WP_Term || !is_taxonomy_viewable($term->taxonomy)) return;
        $this->term($term);
        $this->on_design();
    }

    public function on_profile(int $id, WP_User $before): void {
        $after = get_userdata($id);
        if (!$after) return;
        foreach (['display_name', 'user_nicename', 'user_url', 'user_email'] as $field)
            if ($after->$field !== $before->$field) $this->on_user($id);
    }

    public function on_user_meta($meta_id, $id, $key): void {
        if ($key === 'description') $this->on_user($id);
    }

    public function on_user($id): void { $this->purges->hard("by-$id", "author-$id", 'rest', 'sitemap'); }

    public function on_option(string $name): void {
        if ($name === 'sticky_posts')
            $this->purges->hard('home');
        elseif (in_array($name, self::OPTIONS, true))
            $this->on_design();
    }

    // They are added, with nothing in them, by the first page that looks for them.
    public function on_look(string $name): void {
        if (preg_match('/^(widget|theme_mods)_/', $name)) $this->on_design();
    }

    // Old pages stay good enough for one visitor each, while the new ones are made: all of them at once would be more
    // than a small board can render.
    public function on_design(): void {
        $this->purges->hard('home');
        $this->purges->soft('all');
    }

    public function on_asked(array $ids): void {
        foreach ($ids as $id) if ($post = get_post($id)) $this->came_or_went($post);
    }

    private function is_shown(string $type, string $status): bool {
        $known = get_post_status_object($status);
        return $known && $known->public && is_post_type_viewable($type);
    }

    private function changed(int $id): void {
        $this->purges->hard("post-$id", 'rest', 'search', 'sitemap');
    }

    private function came_or_went(WP_Post $post): void {
        $this->changed($post->ID);
        $this->purges->hard("title-$post->ID", 'home', 'feed', 'missing', "type-$post->post_type", 'list-any',
                            "list-$post->post_type", "beside-$post->post_type", "author-$post->post_author");
        foreach ([4, 7, 10] as $length) $this->purges->hard('date-' . substr($post->post_date, 0, $length));
        foreach (get_object_taxonomies($post->post_type) as $taxonomy) {
            $terms = is_taxonomy_viewable($taxonomy) ? get_the_terms($post->ID, $taxonomy) : [];
            foreach (is_array($terms) ? $terms : [] as $term) $this->term($term);
        }
        $this->neighbours($post);
    }

    // "Next" and "previous" of those beside it.
    private function neighbours(WP_Post $post): void {
        global $wpdb;
        foreach (['< %s ORDER BY post_date DESC', '> %s ORDER BY post_date ASC'] as $beside) {
            $id = $wpdb->get_var($wpdb->prepare("SELECT ID FROM $wpdb->posts WHERE post_type = %s AND " .
                "post_status = 'publish' AND ID <> %d AND post_date $beside LIMIT 1", $post->post_type, $post->ID,
                $post->post_date));
            if ($id) $this->purges->hard("beside-$id");
        }
    }

    private function term(WP_Term $term): void {
        foreach (array_merge([$term->term_id], get_ancestors($term->term_id, $term->taxonomy, 'taxonomy')) as $id)
            $this->purges->hard("term-$id");
    }

    private function comment(WP_Comment $comment): void {
        $this->purges->hard("post-$comment->comment_post_ID", 'comments', 'rest');
    }
}

// --- What is to be forgotten -----------------------------------------------------------------------------------------

// Collected while WordPress works, sent by send(). What a node could not take is kept in an option and sent again.
final class Larder_Purges {
    private const MOST = 1500;         // names of a call; Larder takes 2000
    private const LONGEST = 2.0;       // seconds until a node is given up, for now
    private const PENDING = 'larder_pending';

    /** @var array<string, array<string, true>> */
    private array $names = ['hard' => [], 'soft' => []];

    public function start(): void {
        add_action('shutdown', [$this, 'send'], PHP_INT_MAX);
        add_action('larder_retry', [$this, 'retry']);
    }

    // "many" is on pages that show too much to name it all.
    public function hard(string ...$names): void {
        foreach (array_merge($names, ['many']) as $name) $this->names['hard'][larder_tag($name)] = true;
    }

    public function soft(string ...$names): void {
        foreach ($names as $name) $this->names['soft'][larder_tag($name)] = true;
    }

    public function all_hard(): void { $this->hard('all'); }

    public function retry(): void {
        if (self::pending()) $this->send(true);
    }

    // By now the database has everything. The call is out, and nearly always acknowledged, before the editor's browser
    // gets its answer and can ask for the page; a node that is slow or gone is waited for afterwards. Returns how many
    // nodes have forgotten, of how many.
    public function send($also_old = false): array {
        if ($also_old !== true && !$this->names['hard'] && !$this->names['soft']) return [0, 0];
        $courier = new Larder_Courier();
        $calls = [];
        $pending = self::pending();
        foreach (Larder_Courier::nodes() as $node) {
            $wanted = self::merged($this->names, $pending[$node] ?? []);
            foreach (array_filter($wanted) as $kind => $names)
                $calls[] = [$node, $kind, $names, $courier->add($node, self::request($kind, array_keys($names)))];
        }
        $this->names = ['hard' => [], 'soft' => []];
        // Nodes that did not answer the last time are not waited for.
        $wait = defined('LARDER_WAIT') ? (float) LARDER_WAIT : 0.04;
        if (!$courier->run($wait, array_keys($pending))) self::finish_slowly($courier);
        return self::settle($courier, $calls, $pending);
    }

    // Purges that did not get through, by node: ['hard' => [name => true], 'soft' => ...].
    public static function pending(): array {
        wp_cache_delete(self::PENDING, 'options');
        $pending = get_option(self::PENDING, []);
        return is_array($pending) ? array_intersect_key($pending, array_flip(Larder_Courier::nodes())) : [];
    }

    private static function finish_slowly(Larder_Courier $courier): void {
        $is_free = PHP_SAPI === 'cli' || (function_exists('fastcgi_finish_request') && fastcgi_finish_request());
        $courier->run($is_free ? self::LONGEST : self::LONGEST / 10);
    }

    // What is forgotten hard need not be forgotten softly, and whoever forgets all need not be told single names.
    private static function merged(array $a, array $b): array {
        $merged = ['hard' => $a['hard'] + ($b['hard'] ?? []), 'soft' => $a['soft'] + ($b['soft'] ?? [])];
        $all = larder_tag('all');
        foreach ($merged as $kind => $names)
            if (isset($names[$all]) || count($names) > self::MOST) $merged[$kind] = [$all => true];
        if (isset($merged['hard'][$all])) return ['hard' => [$all => true], 'soft' => []];
        $merged['soft'] = array_diff_key($merged['soft'], $merged['hard']);
        return $merged;
    }

    private static function request(string $kind, array $names): string {
        return "POST /larder/purge\n" . json_encode(['tags' => array_map('strval', $names), 'hard' => $kind === 'hard']);
    }

    // 202: forgotten, but the drive could not take it, and may bring the pages back when it is there again.
    private static function settle(Larder_Courier $courier, array $calls, array $before): array {
        $after = [];
        foreach ($calls as [$node, $kind, $names, $call])
            if (($status = $courier->status($call)) !== 200 && ($status !== 202 || $kind === 'hard'))
                $after[$node][$kind] = $names;
        if ($after || $before) update_option(self::PENDING, $after, false);
        if ($after && !wp_next_scheduled('larder_retry')) wp_schedule_single_event(time() + 60, 'larder_retry');
        $nodes = array_unique(array_column($calls, 0));
        return [count($nodes) - count($after), count($nodes)];
    }
}

// Calls to several nodes at the same time, on sockets that never block.
final class Larder_Courier {
    private array $calls = [];

    /** @return string[] as stream_socket_client() wants them */
    public static function nodes(): array {
        $given = defined('LARDER_NODES') ? LARDER_NODES : ($_SERVER['LARDER_NODE'] ?? '127.0.0.1');
        $list = is_array($given) ? $given : preg_split('/[\s,]+/', $given, -1, PREG_SPLIT_NO_EMPTY);
        return array_values(array_unique(array_map([self::class, 'address'], $list)));
    }

    // "GET /path", or "POST /path\nBODY". Returns the number of the call.
    public function add(string $node, string $request): int {
        [$line, $body] = explode("\n", $request, 2) + ['', ''];
        $host = strncmp($node, 'tcp://', 6) === 0 ? substr($node, 6) : 'localhost';
        $head = "$line HTTP/1.1\r\nHost: $host\r\nConnection: close\r\n";
        if (defined('LARDER_TOKEN') && LARDER_TOKEN !== '') $head .= 'Authorization: Bearer ' . LARDER_TOKEN . "\r\n";
        if ($body !== '') $head .= "Content-Type: application/json\r\nContent-Length: " . strlen($body) . "\r\n";
        $socket = @stream_socket_client($node, $code, $text, 1.0, STREAM_CLIENT_CONNECT | STREAM_CLIENT_ASYNC_CONNECT);
        if ($socket) stream_set_blocking($socket, false);
        $this->calls[] = ['node' => $node, 'socket' => $socket ?: null, 'out' => "$head\r\n$body", 'in' => ''];
        return count($this->calls) - 1;
    }

    // True: all have ended. False: the time is up, or only calls to `$slow` nodes are left; call it again to go on.
    public function run(float $seconds, array $slow = []): bool {
        $until = microtime(true) + $seconds;
        while (true) {
            $read = $write = [];
            $quick = 0;
            foreach ($this->calls as $i => $call) {
                if (!$call['socket']) continue;
                if (!in_array($call['node'], $slow, true)) ++$quick;
                if ($call['out'] === '') $read[$i] = $call['socket'];
                else $write[$i] = $call['socket'];
            }
            if (!$read && !$write) return true;
            $left = (int) (1e6 * ($until - microtime(true)));
            if ($left <= 0 || ($quick === 0 && $slow)) return false;
            $none = null;
            if (@stream_select($read, $write, $none, intdiv($left, 1000000), $left % 1000000) === false) return false;
            foreach (array_keys($write) as $i) $this->write($i);
            foreach (array_keys($read) as $i) $this->read($i);
        }
    }

    // The status of the answer, 0 without one.
    public function status(int $call): int {
        return preg_match('~^HTTP/1\.[01] (\d{3}) ~', $this->calls[$call]['in'], $match) ? (int) $match[1] : 0;
    }

    private static function address(string $node): string {
        $node = rtrim(preg_replace('~^(https?|tcp)://~', '', $node), '/');
        if (strncmp($node, 'unix:', 5) === 0) return 'unix://' . preg_replace('~^unix:(//)?~', '', $node);
        if (substr_count($node, ':') > 1 && $node[0] !== '[') $node = "[$node]";
        return preg_match('/:\d+$/', $node) && substr($node, -1) !== ']' ? "tcp://$node" : "tcp://$node:80";
    }

    private function write(int $i): void {
        $written = @fwrite($this->calls[$i]['socket'], $this->calls[$i]['out']);
        if ($written === false || $written === 0) $this->end($i);
        else $this->calls[$i]['out'] = substr($this->calls[$i]['out'], $written);
    }

    // The first line says all.
    private function read(int $i): void {
        $bytes = @fread($this->calls[$i]['socket'], 4096);
        $this->calls[$i]['in'] .= (string) $bytes;
        if ((string) $bytes === '' || strpos($this->calls[$i]['in'], "\n") !== false) $this->end($i);
    }

    private function end(int $i): void {
        fclose($this->calls[$i]['socket']);
        $this->calls[$i]['socket'] = null;
    }
}

// --- For people ------------------------------------------------------------------------------------------------------

final class Larder_Admin {
    private Larder_Purges $purges;

    public function __construct(Larder_Purges $purges) { $this->purges = $purges; }

    public function start(): void {
        add_action('admin_bar_menu', [$this, 'add_menu'], 90);
        add_action('admin_post_larder_purge', [$this, 'purge']);
        add_filter('site_status_tests', [$this, 'add_test']);
        add_filter('debug_information', [$this, 'add_information']);
    }

    public function add_menu(WP_Admin_Bar $bar): void {
        if (!current_user_can('edit_others_posts')) return;
        $said = get_transient(self::said());
        if ($said) delete_transient(self::said());
        $bar->add_node(['id' => 'larder', 'title' => esc_html($said ?: 'Larder')]);
        if (!is_admin()) $this->add_item($bar, 'page', 'Purge this page');
        if (current_user_can('manage_options')) $this->add_item($bar, 'all', 'Purge all pages');
    }

    public function purge(): void {
        $what = ($_GET['what'] ?? '') === 'all' ? 'all' : 'page';
        check_admin_referer("larder_purge_$what");
        if (!current_user_can($what === 'all' ? 'manage_options' : 'edit_others_posts'))
            wp_die('You may not purge pages.', '', ['response' => 403]);
        if ($what === 'all') $this->purges->all_hard();
        else $this->purges->hard(larder_path_name((string) wp_unslash($_GET['path'] ?? '/')));
        [$good, $of] = $this->purges->send();
        set_transient(self::said(), $good === $of ? 'Larder: purged' : "Larder: $good of $of nodes purged", 60);
        wp_safe_redirect(wp_get_referer() ?: home_url('/'));
        exit;
    }

    public function add_test(array $tests): array {
        $tests['direct']['larder'] = ['label' => 'Larder', 'test' => [$this, 'test']];
        return $tests;
    }

    public function test(): array {
        $health = self::health();
        $silent = count(array_diff($health, ['ready', 'draining']));
        $waiting = count(Larder_Purges::pending());
        $list = '';
        foreach ($health as $node => $says) $list .= '<li>' . esc_html("$node: $says") . '</li>';
        $result = ['status' => 'good', 'label' => 'Larder is ready', 'test' => 'larder', 'actions' => '',
                   'badge' => ['label' => 'Performance', 'color' => 'blue'],
                   'description' => "<p>The page servers of this site, and what they say of themselves:</p><ul>$list</ul>"];
        if ($waiting) {
            $result['status'] = 'critical';
            $result['label'] = 'A Larder still shows pages that have changed';
            $result['description'] .= "<p>Nodes that could not be told what changed: $waiting. It is tried again every " .
                'minute. Where they do answer, purge.allow in their ini, or LARDER_TOKEN in wp-config.php, is missing.</p>';
        } elseif ($silent) {
            $result['status'] = 'recommended';
            $result['label'] = 'A Larder does not answer';
            $result['description'] .= '<p>Is it running, and is LARDER_NODES in wp-config.php right?</p>';
        }
        return $result;
    }

    public function add_information(array $sections): array {
        $fields = [];
        $pending = Larder_Purges::pending();
        foreach (self::health() as $node => $says)
            $fields[$node] = ['label' => $node, 'value' => isset($pending[$node]) ? "$says; purges wait for it" : $says];
        $fields['token'] = ['label' => 'LARDER_TOKEN', 'private' => true,
                            'value' => defined('LARDER_TOKEN') ? 'defined' : 'not defined'];
        $sections['larder'] = ['label' => 'Larder', 'fields' => $fields];
        return $sections;
    }

    // What /larder/health of each node says.
    private static function health(): array {
        $courier = new Larder_Courier();
        $calls = [];
        foreach (Larder_Courier::nodes() as $node) $calls[$node] = $courier->add($node, 'GET /larder/health');
        $courier->run(1.0);
        $names = [200 => 'ready', 503 => 'draining', 0 => 'does not answer'];
        return array_map(function ($call) use ($courier, $names) {
            $status = $courier->status($call);
            return $names[$status] ?? "answers $status";
        }, $calls);
    }

    private static function said(): string { return 'larder_said_' . get_current_user_id(); }

    private function add_item(WP_Admin_Bar $bar, string $what, string $title): void {
        $url = admin_url("admin-post.php?action=larder_purge&what=$what");
        if ($what === 'page') $url .= '&path=' . rawurlencode($_SERVER['REQUEST_URI'] ?? '/');
        $bar->add_node(['parent' => 'larder', 'id' => "larder-$what", 'title' => $title,
                        'href' => wp_nonce_url($url, "larder_purge_$what")]);
    }
}

(static function () {
    $purges = new Larder_Purges();
    $purges->start();
    (new Larder_Changes($purges))->start();
    (new Larder_Admin($purges))->start();
    Larder_Page_Tags::start();
})();
