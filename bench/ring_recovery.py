#!/usr/bin/env python3
"""How soon a full ring of 8 GiB is found again after a start, and how soon the first request is answered.

The ring's pages are holes: recovery reads superblocks, headers and footers only, which are there. It is read from the
drive, not from the kernel's memory. Needs root (for that, and for a loop device).

Usage: bench/ring_recovery.py [--build DIR] [--runs N] [--write]
"""
import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import peers
import results
from stick import Stick, run

SIZE = 8 << 30
TARGETS = {"first": "at once", "tenth": "≤ 0.5", "all": "≤ 5"}


def recovered(port):
    return json.loads(peers.fetch(port, "/larder/stats")[1])


def measure(build, folder, stick, site, socket, pages):
    """Seconds from the start of the program."""
    port = peers.free_port()
    os.makedirs(f"{folder}/home", exist_ok=True)
    command = peers.larder_command([f"{build}/server/larder"], stick.path, port, site, socket,
                                   {"cache.size": "8G", "server.stats_allow": "127.0.0.1"})
    run("sync")
    with open("/proc/sys/vm/drop_caches", "w") as file:
        file.write("3\n")
    begun = time.monotonic()
    process = peers.start(command)
    found = {}
    try:
        while "all" not in found:
            if process.poll() is not None or time.monotonic() - begun > 300:
                sys.exit(f"recovery did not end: {process.stderr.read() if process.poll() is not None else found}")
            try:
                if "first" not in found:
                    if peers.fetch(port, "/told/1")[0].status != 200:
                        continue
                    found["first"] = time.monotonic() - begun
                stats = recovered(port)
            except OSError:
                time.sleep(0.001)
                continue
            now = time.monotonic() - begun
            count = stats["counters"]["ring_pages_recovered"]
            if count >= pages / 10:
                found.setdefault("tenth", now)
            if not stats["gauges"]["ring_recovering"]:
                found["all"], found["pages"] = now, count
            time.sleep(0.002)
    finally:
        peers.stop([process])
    return found


def table(rows, pages, arguments):
    medians = {name: statistics.median(row[name] for row in rows) for name in ("first", "tenth", "all", "pages")}
    names = {"first": "first request answered", "tenth": "the newest tenth found", "all": "everything found"}
    lines = [f"{datetime.date.today()}, {results.version([arguments.build + '/server/larder', '--version'])}, "
             f"Linux {os.uname().release}, {results.processor()}; `{results.command()}`; 2,048 segments, {pages:,} pages, "
             f"{medians['pages']:,.0f} of them found; ext4 on a loop device, nothing of it in the kernel's memory; seconds "
             f"from the start of the program, medians of {arguments.runs} starts.", "",
             "| | seconds | target |", "|---|---|---|"]
    lines += [f"| {text} | **{medians[name]:.2f}** | {TARGETS[name]} |" for name, text in names.items()]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    arguments.build = os.path.abspath(arguments.build)
    with tempfile.TemporaryDirectory(prefix="larder-bench-", dir="/var/tmp") as folder:
        os.chmod(folder, 0o755)
        socket = f"{folder}/worker.sock"
        worker = peers.start([f"{arguments.build}/tests/support/fake_worker", socket, "2"])
        site = peers.make_site(folder)
        try:
            with Stick(folder, 2 * SIZE) as stick:
                os.mkdir(f"{stick.path}/larder-cache")
                rows = []
                for _ in range(arguments.runs):  # anew: each start writes a page
                    pages = int(run(f"{arguments.build}/bench/full_ring", f"{stick.path}/larder-cache/ring", str(SIZE)))
                    rows.append(measure(arguments.build, folder, stick, site, socket, pages))
        finally:
            peers.stop([worker])
        text = table(rows, pages, arguments)
    print(text)
    if arguments.write:
        results.write_section("Recovery (`bench/ring_recovery.py`)", text)


if __name__ == "__main__":
    main()
