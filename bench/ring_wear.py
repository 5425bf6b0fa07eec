#!/usr/bin/env python3
"""What a stick wears out by: bytes written to the device for each byte of the pages stored, over four laps of the ring.

Larder's ring beside nginx's fastcgi_cache directory, both on an ext4 of their own on a loop device, the same size, the
same requests (Zipf 0.9, 50 k URLs) for the same pages. And where the ring is written: never in two places.

Usage: bench/ring_wear.py [--build DIR] [--size MIB] [--laps N] [--seconds N] [--write]
Needs root, nginx and strace. --write puts the table into bench/RESULTS.md.
"""
import argparse
import datetime
import glob
import json
import os
import re
import signal
import subprocess
import sys
import tempfile

import peers
import results
from stick import Stick

URLS, ZIPF, CLIENTS = 50_000, 0.9, 8
REQUESTS_A_ROUND = 10_000
SEGMENT = 4 << 20
TARGET = 1.10


class Trace:
    """The same requests for everybody, in rounds."""

    def __init__(self, build, port, field, value):
        self.command = [f"{build}/bench/told_load", str(port), str(REQUESTS_A_ROUND), str(URLS), str(ZIPF), str(CLIENTS)]
        self.hit = [field, value]
        self.rounds, self.counts = 0, {}

    def ask(self):
        self.rounds += 1
        done = subprocess.run([*self.command, str(self.rounds), *self.hit], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"told_load: {done.stdout}{done.stderr}")
        for name, count in json.loads(done.stdout).items():
            self.counts[name] = self.counts.get(name, 0) + count


def larder_stats(port):
    return json.loads(peers.fetch(port, "/larder/stats")[1])["counters"]


def wear(stick, before, stored):
    after = stick.written()
    written, writes = after[0] - before[0], after[1] - before[1]
    return {"stored": stored, "written": written, "ratio": written / stored, "a_write": written / max(1, writes)}


def larder_settings(arguments):
    return {"cache.size": f"{arguments.size}M", "cache.memory": "32M", "cache.write_budget": "off",
            "server.stats_allow": "127.0.0.1"}


def run_larder(arguments, folder, stick, site, socket):
    port = peers.free_port()
    command = peers.larder_command([f"{arguments.build}/server/larder"], stick.path, port, site, socket,
                                   larder_settings(arguments))
    before = stick.written()
    process = peers.start(command)
    trace = Trace(arguments.build, port, "Cache-Status", "hit")
    try:
        peers.wait_until_served(port, "/told/1", process)
        wanted = arguments.laps * arguments.size << 20
        while (stats := larder_stats(port))["ring_written_bytes"] < wanted and trace.rounds < arguments.rounds:
            trace.ask()
    finally:
        peers.stop([process])  # in order: what waits is written
    figures = wear(stick, before, stats["ring_record_bytes"])
    figures.update(trace.counts, laps=stats["ring_written_bytes"] / (arguments.size << 20), rounds=trace.rounds,
                   ring_ratio=stats["ring_written_bytes"] / stats["ring_record_bytes"])
    return figures


def run_nginx(arguments, folder, stick, site, socket, rounds):
    port = peers.free_port()
    command = peers.nginx_command(["nginx"], folder, port, site, socket, f"{stick.path}/cache", f"{arguments.size}m")
    before = stick.written()
    process = peers.start(command)
    trace = Trace(arguments.build, port, "X-Cache", "HIT")
    try:
        peers.wait_until_served(port, "/told/1", process)
        for _ in range(rounds):
            trace.ask()
        files = [os.stat(path).st_size for path in glob.glob(f"{stick.path}/cache/*/*/*")]
    finally:
        peers.stop([process])
    # What was stored: as many pages as misses, of the size that the files there have on average.
    stored = trace.counts["misses"] * sum(files) / len(files)
    figures = wear(stick, before, stored)
    figures.update(trace.counts, laps=stored / (arguments.size << 20), rounds=rounds)
    return figures


def end_traced(strace):
    """Ends the program that strace runs; strace itself would only let go of it."""
    with open(f"/proc/{strace.pid}/task/{strace.pid}/children") as file:
        for child in file.read().split():
            os.kill(int(child), signal.SIGTERM)
    strace.wait(60)


def writes_in(trace):
    """Offset and length of each pwrite64() in the output of strace -f, which cuts a call in two when another thread does
    something meanwhile."""
    begun = {}
    for line in trace:
        if whole := re.match(r"(\d+) +pwrite64\(.*, \d+, (\d+)\) += (\d+)", line):
            yield int(whole[2]), int(whole[3])
        elif first := re.match(r"(\d+) +pwrite64\(.*, \d+, (\d+) <unfinished", line):
            begun[first[1]] = int(first[2])
        elif second := re.match(r"(\d+) +<... pwrite64 resumed>.* = (\d+)", line):
            yield begun.pop(second[1]), int(second[2])


def watch_offsets(arguments, folder, stick, site, socket):
    """Writes of the ring in their order, by strace: each goes on where the last one ended, or begins a segment when the
    one before is complete."""
    port = peers.free_port()
    log = f"{folder}/offsets"
    command = peers.larder_command([f"{arguments.build}/server/larder"], stick.path, port, site, socket,
                                   larder_settings(arguments))
    ring = f"{stick.path}/larder-cache/ring"
    process = peers.start(["strace", "-f", "--seccomp-bpf", "-e", "trace=pwrite64", "-P", ring, "-o", log, *command])
    trace = Trace(arguments.build, port, "Cache-Status", "hit")
    try:
        peers.wait_until_served(port, "/told/1", process)
        while larder_stats(port)["ring_written_bytes"] < 2 * arguments.size << 20 and trace.rounds < arguments.rounds:
            trace.ask()
    finally:
        end_traced(process)
    expected, writes, segments, astray = None, 0, 0, []
    with open(log) as file:
        for offset, done in writes_in(file):
            if offset < 2 * 4096:
                continue  # a superblock
            writes += 1
            begins = offset % SEGMENT == 0 and (expected is None or expected % SEGMENT == 0)
            segments += begins
            if not begins and offset != expected:
                astray.append((expected, offset))
            expected = offset + done
    return {"writes": writes, "segments": segments, "astray": astray}


def table(larder, nginx, offsets, arguments):
    def row(name, figures, target=""):
        return (f"| {name} | {figures['laps']:.2f} | {figures['stored'] / 1e6:,.0f} | {figures['written'] / 1e6:,.0f} "
                f"| **{figures['ratio']:.3f}** | {target} | {figures['a_write'] / 1024:,.0f} "
                f"| {figures['hits'] / figures['answered']:.3f} | {figures['wrong']} |")
    return "\n".join([
        f"{datetime.date.today()}, {results.version([arguments.build + '/server/larder', '--version'])}, "
        f"{results.version(['nginx', '-v'])}, Linux {os.uname().release}; `{results.command()}`; "
        f"{arguments.size} MiB of cache each on ext4 on a loop device, {larder['rounds'] * REQUESTS_A_ROUND:,} requests, "
        f"Zipf {ZIPF} over {URLS:,} URLs, pages of 1 to 41 KB; device bytes from /sys/block/loopN/stat after sync.",
        "",
        "| | laps | MB stored | MB written to the device | ratio | target | KiB a write | hits | wrong bytes |",
        "|---|---|---|---|---|---|---|---|---|",
        row("Larder's ring", larder, f"≤ {TARGET:.2f}"),
        row("nginx fastcgi_cache", nginx),
        "",
        f"nginx writes {nginx['ratio'] / larder['ratio']:.2f} times as much for a byte stored, in writes of "
        f"1/{larder['a_write'] / nginx['a_write']:.1f} the size. Larder stores a page compressed, nginx as it came. "
        f"Of {larder['ratio']:.3f}, {larder['ring_ratio']:.3f} is what Larder writes into the ring; the rest is ext4's.",
        "",
        f"Open write positions of the ring: {1 if not offsets['astray'] else 'more than 1'} (strace: "
        f"{offsets['writes']:,} writes in {offsets['segments']} segments, {len(offsets['astray'])} elsewhere than behind "
        f"the one before)."]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--size", type=int, default=256, help="MiB of cache")
    parser.add_argument("--laps", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=60, help=f"of {REQUESTS_A_ROUND} requests, at most")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    arguments.build = os.path.abspath(arguments.build)
    with tempfile.TemporaryDirectory(prefix="larder-bench-", dir="/var/tmp") as folder:
        os.chmod(folder, 0o755)
        socket = f"{folder}/worker.sock"
        worker = peers.start([f"{arguments.build}/tests/support/fake_worker", socket, "2"])
        site = peers.make_site(folder)
        size = 2 * arguments.size + 128 << 20
        try:
            with Stick(folder, size) as stick:
                larder = run_larder(arguments, folder, stick, site, socket)
            with Stick(folder, size) as stick:
                nginx = run_nginx(arguments, folder, stick, site, socket, larder["rounds"])
            with Stick(folder, size) as stick:
                arguments.size = 32
                offsets = watch_offsets(arguments, folder, stick, site, socket)
        finally:
            peers.stop([worker])
        arguments.size = size - (128 << 20) >> 21
        text = table(larder, nginx, offsets, arguments)
    print(text)
    if arguments.write:
        results.write_section("Wear of the stick (`bench/ring_wear.py`)", text)
    if larder["wrong"] or nginx["wrong"] or offsets["astray"]:
        sys.exit(f"this should not be: {larder} {nginx} {offsets['astray'][:10]}")


if __name__ == "__main__":
    main()
