"""A page as WordPress makes them, without WordPress: the same bytes every time, and about as compressible.

Measured beside it: the front page of a WordPress 6 with many posts has 67,184 bytes and is 13,255 with gzip 6, 12,391
with brotli 5, 11,162 with brotli 11. `python3 bench/wordpress_page.py` prints this one.
"""
import random
import sys

SIZE = 67184
COLORS = ["black", "cyan-bluish-gray", "white", "pale-pink", "vivid-red", "luminous-vivid-orange",
          "luminous-vivid-amber", "light-green-cyan", "vivid-green-cyan", "pale-cyan-blue", "vivid-cyan-blue",
          "vivid-purple", "primary", "secondary", "foreground", "background", "tertiary"]
BLOCKS = ["navigation", "post-title", "post-content", "post-terms", "query", "quote", "site-title", "separator", "comments"]
SYLLABLES = ("ba be bo ca ce co da de di do fa fe ga ge go ha he in is ka ke la le li lo ma me mi mo na ne ni no or pa pe "
             "ra re ri ro sa se si so ta te ti to un us va ve").split()


def words(chance, count):
    """A vocabulary: a few words make most of a text."""
    return ["".join(chance.choice(SYLLABLES) for _ in range(chance.randint(1, 4))) for _ in range(count)]


def sentence(chance, vocabulary):
    picked = [vocabulary[min(int(chance.paretovariate(0.2)), len(vocabulary)) - 1] for _ in range(chance.randint(6, 18))]
    return " ".join(picked).capitalize() + "."


def styles(chance):
    presets = "".join(f"--wp--preset--color--{color}: #{chance.randrange(1 << 24):06x};" for color in COLORS)
    lines = [f"<style id='global-styles-inline-css'>\nbody{{{presets}}}\n"]
    for color in COLORS:
        for what, name in (("color", "color"), ("background-color", "background-color"), ("border-color", "border-color")):
            lines.append(f".has-{color}-{name}{{{what}: var(--wp--preset--color--{color}) !important;}}")
    lines.append("\n</style>\n")
    for block in BLOCKS:
        lines.append(f"<style id='wp-block-{block}-inline-css'>\n")
        for part in ("a", "ul", "li", "p", ".is-small", ".has-background", ":hover", ":not(.is-style-plain)"):
            lines.append(f".wp-block-{block} {part}{{margin:{chance.randint(0, 40)}px {chance.randint(0, 9)}em;"
                         f"padding:{chance.randint(0, 9)}px;font-size:{chance.randint(70, 240) / 100}em;"
                         f"line-height:{chance.randint(100, 200) / 100}}}")
        lines.append("\n</style>\n")
    return "".join(lines)


def post(chance, vocabulary, number):
    title = sentence(chance, vocabulary)[:-1]
    slug = title.lower().replace(" ", "-")
    image = f"http://larder.test/wp-content/uploads/2016/02/{chance.randrange(1 << 32):08x}"
    sizes = ", ".join(f"{image}-{width}x{width * 2 // 3}.jpg {width}w" for width in (300, 768, 1024, 1536))
    text = "".join(f"<p>{' '.join(sentence(chance, vocabulary) for _ in range(4))}</p>\n" for _ in range(3))
    return (f'<li class="wp-block-post post-{number} post type-post status-publish format-standard has-post-thumbnail '
            f'hentry category-news">\n<figure class="wp-block-post-featured-image"><img width="1024" height="683" '
            f'src="{image}-1024x683.jpg" class="attachment-post-thumbnail size-post-thumbnail wp-post-image" alt="" '
            f'decoding="async" loading="lazy" srcset="{sizes}" sizes="(max-width: 1024px) 100vw, 1024px" /></figure>\n'
            f'<h2 class="wp-block-post-title"><a href="http://larder.test/2016/02/29/{slug}/" target="_self">{title}</a>'
            f'</h2>\n<div class="entry-content wp-block-post-content">{text}</div>\n</li>\n')


def page():
    chance = random.Random(29022016)
    vocabulary = words(chance, 6000)
    head = ('<!DOCTYPE html>\n<html lang="en-US">\n<head>\n<meta charset="UTF-8" />\n<title>The larder</title>\n'
            + styles(chance) + '</head>\n<body class="home blog wp-embed-responsive">\n<ul>\n')
    posts, end = [], "</ul>\n</body>\n</html>\n"
    while len(head) + sum(map(len, posts)) + len(end) < SIZE:
        posts.append(post(chance, vocabulary, 100 + len(posts)))
    return ((head + "".join(posts))[:SIZE - len(end)] + end).encode()


if __name__ == "__main__":
    sys.stdout.buffer.write(page())
