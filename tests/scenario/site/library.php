<?php
// What the pages of the test site share. State lies beside the root, where the tests look for it.

function state(string $name): string { return dirname(__DIR__) . '/state/' . $name; }

// Counts in a file, under a lock: tells the tests how often something happened, whatever the cache says.
function count_up(string $name, int $by = 1): int {
    $file = fopen(state($name), 'c+');
    flock($file, LOCK_EX);
    $value = (int)stream_get_contents($file) + $by;
    ftruncate($file, 0);
    rewind($file);
    fwrite($file, (string)$value);
    fclose($file);
    return $value;
}

// Returns when the test has opened the gate of that name: a page that is slow exactly as long as the test wants.
function pass_gate(string $name): void {
    file_put_contents(state("waiting-$name"), (string)getmypid());
    $running = count_up('running');
    $most = fopen(state('most-running'), 'c+');
    flock($most, LOCK_EX);
    if ($running > (int)stream_get_contents($most)) { rewind($most); fwrite($most, (string)$running); }
    fclose($most);
    while (!file_exists(state("gate-$name"))) { usleep(5000); clearstatcache(); }
    count_up('running', -1);
    count_up('passes');
}
