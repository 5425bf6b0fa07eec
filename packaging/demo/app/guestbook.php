<?php
// The guestbook: a form, and a file in the temporary directory with a JSON object a line.

declare(strict_types=1);

const GUESTBOOK_BYTES = 200000;
const GUESTBOOK_SHOWN = 30;

function guestbook_file(): string
{
    return sys_get_temp_dir() . '/larder-demo-guestbook.jsonl';
}

// Newest first; lines that are none are left out.
function guestbook_entries(): array
{
    $lines = is_file(guestbook_file()) ? (file(guestbook_file(), FILE_IGNORE_NEW_LINES) ?: []) : [];
    $entries = [];
    foreach (array_slice($lines, -GUESTBOOK_SHOWN) as $line) {
        $entry = json_decode($line, true);
        if (is_array($entry) && is_string($entry['name'] ?? null) && is_string($entry['text'] ?? null)
            && is_int($entry['time'] ?? null)) {
            $entries[] = $entry;
        }
    }
    return array_reverse($entries);
}

function page_guestbook(): void
{
    header('Cache-Control: no-cache');
    $began = render_begin();
    $list = '';
    foreach (guestbook_entries() as $entry) {
        $list .= '<article class="card"><p class="meta">' . h($entry['name']) . ' · '
            . gmdate('j F Y, H:i', $entry['time']) . ' UTC</p><p>' . nl2br(h($entry['text'])) . '</p></article>';
    }
    $form = '<form method="post" class="stack"><label>Name<input name="name" required maxlength="60" '
        . 'autocomplete="nickname"></label><label>Message<textarea name="text" required maxlength="500" rows="4">'
        . '</textarea></label><button>Sign</button></form>';
    $main = '<section class="post"><h1>Guestbook</h1><p>A form that posts and redirects. What you write is kept in a '
        . 'file in the temporary directory.</p>' . $form . '</section><div class="cards">'
        . ($list === '' ? '<p class="meta">Nobody has signed yet.</p>' : $list) . '</div>';
    render_page($began, 'Guestbook', $main, '/guestbook');
}

function guestbook_post(): void
{
    $name = text_of($_POST, 'name', 60);
    $text = text_of($_POST, 'text', 500);
    $full = is_file(guestbook_file()) && filesize(guestbook_file()) > GUESTBOOK_BYTES;
    if ($name !== '' && $text !== '') {
        $line = json_encode(['name' => $name, 'text' => $text, 'time' => time()], JSON_INVALID_UTF8_SUBSTITUTE);
        file_put_contents(guestbook_file(), $line . "\n", $full ? LOCK_EX : LOCK_EX | FILE_APPEND);
    }
    header('Location: /guestbook', true, 303);
}
