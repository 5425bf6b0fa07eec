<?php
// The pages of the blog.

declare(strict_types=1);

// A name from Larder's list of cookies that say "this visitor is logged in".
const MEMBER_COOKIE = 'wordpress_logged_in_demo';

function post_list(array $posts): string
{
    $cards = '';
    foreach ($posts as $slug => $post) {
        $cards .= post_card((string) $slug, $post);
    }
    return '<div class="cards">' . $cards . '</div>';
}

function page_home(): void
{
    $began = render_begin();
    $hero = '<section class="hero"><div><h1>Cooked once, served all day</h1><p>This little blog needs half a second of '
        . 'PHP for each page, as blogs on a small board do. Look at the foot of the page: it says when it was rendered, '
        . 'and by which worker. Then reload.</p><p><a class="button" href="/tour">Take the tour</a></p></div>'
        . '<img src="/shelf.svg" alt="Jars on a shelf" width="320" height="220"></section>';
    render_page($began, 'Home', $hero . post_list(POSTS), '/');
}

function page_post(string $slug): void
{
    $post = POSTS[$slug] ?? null;
    if ($post === null) {
        page_not_found();
        return;
    }
    $began = render_begin();
    $text = isset($post['image']) ? '<figure><img src="' . h($post['image']) . '" alt="A raspberry" width="160" '
        . 'height="160"></figure>' : '';
    foreach ($post['text'] as $paragraph) {
        $text .= '<p>' . h($paragraph) . '</p>';
    }
    $article = '<article class="post"><p class="meta">' . post_meta($post) . '</p><h1>' . h($post['title']) . '</h1>'
        . $text . '</article>';
    render_page($began, $post['title'], $article);
}

function page_category(string $name): void
{
    if (!isset(CATEGORIES[$name])) {
        page_not_found();
        return;
    }
    $began = render_begin();
    $posts = array_filter(POSTS, static function (array $post) use ($name): bool {
        return $post['category'] === $name;
    });
    render_page($began, CATEGORIES[$name], '<h1>' . h(CATEGORIES[$name]) . '</h1>' . post_list($posts));
}

function page_search(): void
{
    $began = render_begin();
    $words = text_of($_GET, 'q', 100);
    $found = $words === '' ? [] : array_filter(POSTS, static function (array $post) use ($words): bool {
        return stripos($post['title'] . ' ' . $post['summary'] . ' ' . implode(' ', $post['text']), $words) !== false;
    });
    $count = count($found);
    $head = $words === '' ? '<h1>Search</h1><p>Write a word into the field above.</p>'
        : '<h1>' . $count . ($count === 1 ? ' post' : ' posts') . ' with “' . h($words) . '”</h1>';
    render_page($began, 'Search', $head . post_list($found));
}

function page_feed(): void
{
    usleep(500000);
    header('Content-Type: application/rss+xml; charset=utf-8');
    $base = h(base_url());
    echo '<?xml version="1.0" encoding="UTF-8"?>', "\n", '<rss version="2.0"><channel><title>The Larder</title><link>',
        $base, '/</link><description>A demo blog</description>', "\n";
    foreach (POSTS as $slug => $post) {
        echo '<item><title>', h($post['title']), '</title><link>', $base, '/post/', h($slug), '</link><guid>', $base,
            '/post/', h($slug), '</guid><pubDate>', gmdate('r', (int) strtotime($post['date'] . ' UTC')),
            '</pubDate><description>', h($post['summary']), "</description></item>\n";
    }
    echo "</channel></rss>\n";
}

function page_not_found(): void
{
    http_response_code(404);
    $began = render_begin();
    render_page($began, 'Not found', '<section class="post"><h1>This jar is empty</h1><p>Nothing is kept under this '
        . 'address. <a href="/">Back to the shelf</a>.</p></section>');
}

function page_member(): void
{
    header('Cache-Control: private, no-cache');
    $began = render_begin();
    $name = member_name();
    $form = $name === ''
        ? '<p>Log in with any name. You get a cookie of the kind that WordPress gives its users; from then on Larder '
            . 'neither shows you stored pages nor stores yours.</p><form method="post" class="stack"><label>Name<input '
            . 'name="name" required maxlength="40" autocomplete="nickname"></label><button>Log in</button></form>'
        : '<p>You carry the cookie <code>' . MEMBER_COOKIE . '</code>. Every page you open now is rendered for you; the '
            . 'footer proves it. Other visitors still get theirs from the shelf.</p><form method="post"><button '
            . 'name="leave" value="1">Log out</button></form>';
    render_page($began, 'Member', '<section class="post"><h1>Member</h1>' . $form . '</section>', '/member');
}

function member_post(): void
{
    $name = isset($_POST['leave']) ? '' : text_of($_POST, 'name', 40);
    setcookie(MEMBER_COOKIE, $name, ['expires' => $name === '' ? 1 : 0, 'path' => '/', 'httponly' => true,
        'samesite' => 'Lax']);
    header('Location: /member', true, 303);
}
