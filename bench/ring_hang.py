#!/usr/bin/env python3
"""How long a page in memory takes while a read of the stick hangs for 30 s.

strace holds the one thread that reads the ring in pread64() for that time; others ask for pages that only the ring has.
The same is measured just before, without the hang. Usage: bench/ring_hang.py [--build DIR] [--seconds N] [--write]
"""
import argparse
import datetime
import glob
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

import peers
import results

HANG = 30
PAGES = 3000  # several times what memory holds
TARGET_MS = 10


def percentile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


def cache_status(response):
    return response.getheader("Cache-Status") or ""


class Client:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path):
        """Milliseconds, and what the cache said."""
        begun = time.perf_counter()
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        response.read()
        if response.status != 200:
            sys.exit(f"{path}: {response.status}")
        return (time.perf_counter() - begun) * 1000, cache_status(response)


class Askers:
    """Ask for pages that have left memory, from now on."""

    def __init__(self, port, count=4):
        self.port, self.stopping, self.answers = port, False, []
        self.threads = [threading.Thread(target=self.run, args=(i,), daemon=True) for i in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self, start):
        client, number = Client(self.port), start
        while not self.stopping:
            self.answers.append(client.get(f"/told/{1 + number % PAGES}"))
            number += 4
            time.sleep(0.01)

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join(60)


def measure_hits(port, seconds):
    """Sorted milliseconds of a page that is asked for all the time, which keeps it in memory."""
    client, times = Client(port), []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        milliseconds, status = client.get("/told/999999")
        if "hit" not in status:
            sys.exit(f"the page is not in memory any more: {status}")
        times.append(milliseconds)
        time.sleep(0.002)
    return sorted(times)


def reader_of(process):
    for path in glob.glob(f"/proc/{process.pid}/task/*/comm"):
        with open(path) as file:
            if file.read().strip() == "ring-reader":
                return path.split("/")[-2]
    sys.exit("there is no thread ring-reader")


def counters(port):
    return json.loads(peers.fetch(port, "/larder/stats")[1])["counters"]


def run(arguments, folder):
    socket = f"{folder}/worker.sock"
    worker = peers.start([f"{arguments.build}/tests/support/fake_worker", socket, "2"])
    site, port = peers.make_site(folder), peers.free_port()
    command = peers.larder_command([f"{arguments.build}/server/larder"], folder, port, site, socket,
                                   {"cache.size": "256M", "cache.memory": "8M", "cache.write_budget": "off",
                                    "server.stats_allow": "127.0.0.1"})
    larder = peers.start(command)
    tracer = None
    try:
        peers.wait_until_served(port, "/told/1", larder)
        filler = Client(port)
        for number in range(PAGES):
            filler.get(f"/told/{1 + number}")
        for _ in range(3):
            filler.get("/told/999999")
        askers = Askers(port)
        before = measure_hits(port, arguments.seconds)
        askers.stop()
        tracer = subprocess.Popen(["strace", "-p", reader_of(larder), "-e", "trace=pread64", "-e",
                                   f"inject=pread64:delay_enter={HANG * 1_000_000}", "-o", "/dev/null"],
                                  stderr=subprocess.PIPE, text=True)
        tracer.stderr.readline()  # attached
        askers, misses = Askers(port), counters(port)["miss"]
        during = measure_hits(port, arguments.seconds)
        misses = counters(port)["miss"] - misses
        askers.stopping = True
        return before, during, [milliseconds for milliseconds, _ in askers.answers], misses
    finally:
        if tracer is not None:
            tracer.terminate()
            tracer.wait()
        peers.stop([larder, worker])


def table(before, during, others, misses, arguments):
    lines = [f"{datetime.date.today()}, {results.version([arguments.build + '/server/larder', '--version'])}, "
             f"Linux {os.uname().release}, {results.processor()}; `{results.command()}`; a client in Python, one "
             f"connection; {arguments.seconds} s each, within the {HANG} s of the hang.", "",
             "| a page in memory | requests | median ms | p99 ms | most ms | target p99 |", "|---|---|---|---|---|---|"]
    for name, times in (("the stick answers", before), ("reads of the stick hang", during)):
        lines.append(f"| {name} | {len(times):,} | {percentile(times, 0.5):.2f} | **{percentile(times, 0.99):.2f}** "
                     f"| {times[-1]:.2f} | ≤ {TARGET_MS} |")
    others.sort()
    lines += ["", f"Meanwhile four clients got {len(others):,} answers to requests for other pages, {misses:,} of them "
                  f"rendered by PHP: median {percentile(others, 0.5):.1f} ms, longest {others[-1]:,.0f} ms (one that was "
                  f"already waiting for the stick)."]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--seconds", type=int, default=25)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    arguments.build = os.path.abspath(arguments.build)
    with tempfile.TemporaryDirectory(prefix="larder-bench-", dir="/var/tmp") as folder:
        os.chmod(folder, 0o755)
        text = table(*run(arguments, folder), arguments)
    print(text)
    if arguments.write:
        results.write_section("A stick that hangs (`bench/ring_hang.py`)", text)


if __name__ == "__main__":
    main()
