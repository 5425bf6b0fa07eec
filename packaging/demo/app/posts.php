<?php
// The posts of the blog. In a real one they would come from a database.

declare(strict_types=1);

const CATEGORIES = [
    'launch-day' => 'Launch day',
    'cache' => 'The cache',
    'hardware' => 'Hardware',
];

// Newest first. The paragraphs are plain text; view.php escapes them.
const POSTS = [
    'saying-no-quickly' => [
        'title' => 'Saying no quickly',
        'date' => '2016-03-12',
        'category' => 'launch-day',
        'summary' => 'Four workers can render eight pages a second. What happens to the ninth visitor?',
        'text' => [
            'A queue that grows is a promise nobody can keep. If a page takes half a second and four workers render '
                . 'side by side, eight visitors a second can have a page of their own. When eighty come, the last one '
                . 'in line would wait ten seconds, give up after five, press reload, and stand in line twice.',
            'So Larder keeps its queue short. Whoever cannot be served within a few seconds is told so at once, with '
                . 'the time after which asking again makes sense. A load balancer understands that answer and takes '
                . 'the visitor somewhere else, which is what everybody wanted.',
            'And whoever asks for a page that is already on the shelf never notices the crowd at all: such a page '
                . 'needs no worker.',
        ],
    ],
    'a-stick-is-not-a-hard-disk' => [
        'title' => 'A stick is not a hard disk',
        'date' => '2016-03-09',
        'category' => 'hardware',
        'summary' => 'Small writes wear out flash. A shelf that is only ever filled from left to right does not.',
        'text' => [
            'Inside a USB stick the smallest thing that can be erased is several megabytes large. Change one kilobyte '
                . 'in the middle and the stick copies all of it. A cache that keeps one small file for each page '
                . 'asks for exactly that, all day long.',
            'Larder fills one large file from its beginning to its end and then starts over, in long even strokes. '
                . 'The oldest pages make room for the newest; nothing is ever changed in place. Every page carries a '
                . 'checksum, so a stick that lies is found out before a visitor sees it.',
            'Try it: stop Larder, even with kill -9, and start it again. This page will still be there.',
        ],
    ],
    'one-render-for-everybody' => [
        'title' => 'One render for everybody',
        'date' => '2016-03-05',
        'category' => 'cache',
        'summary' => 'Five hundred visitors ask for the same cold page in the same second. PHP should hear of it once.',
        'text' => [
            'The moment a page goes stale is the moment everybody asks for it. Without care each of those requests '
                . 'starts a render of its own, the workers are busy with five hundred copies of the same work, and '
                . 'the page that could have been ready in half a second takes a minute.',
            'Larder sends the first one to PHP and lets the others wait for the same answer. Should that render die '
                . 'half-way, the next in line takes over.',
            'The line at the foot of each page tells who rendered it, and when. Open this page in two windows: the '
                . 'time and the worker are the same in both.',
        ],
    ],
    'launch-day' => [
        'title' => 'A very small server on a very large day',
        'image' => '/raspberry.png',
        'date' => '2016-02-29',
        'category' => 'launch-day',
        'summary' => 'On leap day 2016 a Raspberry Pi 3 helped to serve its own launch.',
        'text' => [
            'On 29 February 2016 the Raspberry Pi 3 was announced, and one of them stood in the rack behind the load '
                . 'balancers and served the news about itself: one and a half million requests in not quite twelve '
                . 'hours.',
            'Then it ran out of memory, began to swap to its SD card, and the card gave up. The load balancers sent '
                . 'everybody elsewhere and hardly anyone noticed. But nobody on that board had been in charge of the '
                . 'whole of it: not of the memory, not of the queue, not of the writes.',
            'Larder is meant to be the one who is in charge.',
        ],
    ],
    'what-belongs-on-the-shelf' => [
        'title' => 'What belongs on the shelf',
        'date' => '2016-02-20',
        'category' => 'cache',
        'summary' => 'Jam keeps for a year, milk for a week, and some things are not for sharing.',
        'text' => [
            'A larder is the cool room where a household keeps what was cooked on quiet days, so that on busy days '
                . 'there is something to put on the table at once.',
            'A page keeps as long as it says. If it says nothing, as most pages of most blogs do, ten minutes are a '
                . 'fair guess. What was made for one person, because they are logged in or have a full basket, never '
                . 'goes on the shelf.',
            'Log in on the member page and read this again: as long as you carry that cookie, every page is cooked '
                . 'for you alone.',
        ],
    ],
];
