<?php
// What all pages look like.

declare(strict_types=1);

function h(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
}

// A parameter of the query or the form as text; arrays and missing ones are empty.
function text_of(array $source, string $name, int $longest): string
{
    $value = $source[$name] ?? '';
    return is_string($value) ? trim(substr($value, 0, $longest)) : '';
}

function base_url(): string
{
    $scheme = ($_SERVER['HTTPS'] ?? '') === 'on' ? 'https' : 'http';
    return $scheme . '://' . ($_SERVER['HTTP_HOST'] ?? 'localhost');
}

function member_name(): string
{
    return text_of($_COOKIE, MEMBER_COOKIE, 40);
}

function nav_link(string $href, string $label, string $current): string
{
    $here = $href === $current ? ' aria-current="page"' : '';
    return '<a href="' . h($href) . '"' . $here . '>' . h($label) . '</a>';
}

// Begins a page and takes the half second that an ordinary blog on a small board takes.
function render_begin(): float
{
    $began = microtime(true);
    usleep(500000);
    return $began;
}

function render_page(float $began, string $title, string $main, string $current = ''): void
{
    header('Content-Type: text/html; charset=utf-8');
    header("Content-Security-Policy: default-src 'self'");
    $now = microtime(true);
    $nav = nav_link('/', 'Blog', $current) . nav_link('/tour', 'Tour', $current)
        . nav_link('/guestbook', 'Guestbook', $current) . nav_link('/member', 'Member', $current);
    $member = member_name();
    $greeting = $member === '' ? '' : '<p class="greeting">Logged in as <strong>' . h($member) . '</strong>: every page '
        . 'is now made for you alone.</p>';
    ?>
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><?= h($title) ?> · Larder demo</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="alternate" href="/feed" type="application/rss+xml" title="Larder demo">
<script src="/look.js" defer></script>
</head>
<body>
<header>
<a class="brand" href="/"><img src="/favicon.svg" alt="" width="36" height="36"><span>The Larder<small>a demo blog</small></span></a>
<nav aria-label="Main"><?= $nav ?></nav>
<form class="search" action="/search" role="search"><label><span class="hidden">Search</span>
<input type="search" name="q" placeholder="Search" maxlength="100" value="<?= h(text_of($_GET, 'q', 100)) ?>"></label></form>
</header>
<main>
<?= $greeting, $main ?>
</main>
<footer>
<p class="rendered">Rendered at <time datetime="<?= gmdate('c', (int) $now) ?>"><?= gmdate('H:i:s', (int) $now),
    sprintf('.%03d', (int) (fmod($now, 1) * 1000)) ?> UTC</time> by worker <strong><?= getmypid() ?></strong> in
<?= (int) round(($now - $began) * 1000) ?> ms.</p>
<p id="look" class="look" hidden></p>
</footer>
</body>
</html>
    <?php
}

function post_card(string $slug, array $post): string
{
    return '<article class="card"><p class="meta">' . post_meta($post) . '</p><h2><a href="/post/' . h($slug) . '">'
        . h($post['title']) . '</a></h2><p>' . h($post['summary']) . '</p></article>';
}

function post_meta(array $post): string
{
    return '<time datetime="' . h($post['date']) . '">' . gmdate('j F Y', (int) strtotime($post['date'] . ' UTC'))
        . '</time> · <a href="/category/' . h($post['category']) . '">' . h(CATEGORIES[$post['category']]) . '</a>';
}
