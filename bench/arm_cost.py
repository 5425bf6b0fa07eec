#!/usr/bin/env python3
"""Instructions of a 32-bit ARM processor per request: Larder beside nginx, both under qemu with a counting plugin.

Usage: bench/arm_cost.py --root DIR --larder PROGRAM --plugin FILE --worker PROGRAM [--seconds N] [--runs N] [--write]
"./dev bench arm" makes all of these. Fails when a figure of Larder's has risen by more than 3 % against those of the
last --write, which puts the table into bench/RESULTS.md and the figures into bench/arm_cost.json.

User space only, as qemu-user sees no kernel; system calls are counted instead, without those that only ask the time,
which a board's kernel answers without a call. Repeatable whatever else the machine does, for one client and one
number of connections: batches per wake-up change with them.
"""
import argparse
import datetime
import json
import os
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import peers
import results

CPU = "cortex-a7"
BYTES = 4096
HIT = f"/index.php?do=big&bytes={BYTES}"
MISS = """local number = 0
request = function()
  number = number + 1
  return wrk.format("GET", "/index.php?do=big&bytes=%d&number=" .. os.time() .. number)
end
""" % BYTES
# What is asked of whom, and how many times nginx's instructions Larder may take.
ROWS = [("hit", "larder hit", "nginx hit", 0.7), ("hit against a static file", "larder hit", "nginx static", 1.0),
        ("static file", "larder static", "nginx static", None), ("miss", "larder miss", "nginx miss", None),
        ("miss, the page kept as it came", "larder miss as it came", "nginx miss", None)]
# Of which server each figure is, and by what path. A miss has a query of its own.
CASES = {"larder hit": ("larder", HIT), "larder static": ("larder", "/4k.css"), "larder miss": ("larder", HIT),
         "larder miss as it came": ("larder-plain", HIT),
         "nginx hit": ("nginx", HIT), "nginx static": ("nginx", "/4k.css"), "nginx miss": ("nginx", HIT)}
SAYS_HIT = {"larder hit": ("Cache-Status", "larder; hit"), "nginx hit": ("X-Cache", "HIT")}
RISE = 1.03
FIGURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "arm_cost.json")


class Emulated:
    """A server under qemu, and what it has executed."""

    def __init__(self, name, arguments, folder, make_command, program, *more):
        folder = f"{folder}/{name}"
        os.mkdir(folder)
        self.counters, self.port = f"{folder}/count", peers.free_port()
        qemu = ["qemu-arm", "-cpu", CPU, "-L", arguments.root, "-plugin", f"{arguments.plugin},out={self.counters}"]
        self.process = peers.start(make_command([*qemu, program], folder, self.port, *more))

    def read(self):
        with open(self.counters, "rb") as file:
            return struct.unpack("=3Q", file.read(24))


def measure(server, path, arguments, script):
    """Instructions and system calls per request of one run of wrk."""
    load = ["wrk", "-t1", "-c8", f"-d{arguments.seconds}s", f"http://127.0.0.1:{server.port}{path}"]
    if script:
        load[1:1] = ["-s", script]
    before = server.read()
    output = subprocess.run(load, check=True, capture_output=True, text=True).stdout
    time.sleep(0.3)  # the last answers' clean-up belongs to them
    instructions, calls, clocks = (after - old for after, old in zip(server.read(), before))
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(output)
    count = int(re.search(r"(\d+) requests in", output).group(1))
    return instructions / count, (calls - clocks) / count


def run(arguments, folder):
    worker_socket, script = f"{folder}/worker.sock", f"{folder}/miss.lua"
    with open(script, "w") as file:
        file.write(MISS)
    worker = peers.start([arguments.worker, worker_socket, "2"])
    site = peers.make_site(folder)
    servers = {"larder": Emulated("larder", arguments, folder, peers.larder_command, arguments.larder, site,
                                  worker_socket),
               "larder-plain": Emulated("larder-plain", arguments, folder, peers.larder_command, arguments.larder, site,
                                        worker_socket, {"cache.compress": "off"}),
               "nginx": Emulated("nginx", arguments, folder, peers.nginx_command, f"{arguments.root}/usr/sbin/nginx",
                                 site, worker_socket)}
    try:
        found = {}
        for name, (server, path) in CASES.items():
            server = servers[server]
            peers.wait_until_served(server.port, path, server.process)
            peers.check_page(server.port, path, BYTES)
            runs = [measure(server, path, arguments, script if "miss" in name else None) for _ in range(arguments.runs)]
            if name in SAYS_HIT:
                peers.check_page(server.port, path, BYTES, *SAYS_HIT[name])
            found[name] = [statistics.median(column) for column in zip(*runs)]
        return found
    finally:
        peers.stop([*(server.process for server in servers.values()), worker])


def table(found, arguments):
    lines = [f"{datetime.date.today()}, armhf under {results.version(['qemu-arm', '--version'])} as {CPU}; pages and "
             f"file of {BYTES} bytes, one loop each, wrk with 8 connections, medians of {arguments.runs} runs of "
             f"{arguments.seconds} s. System calls without those that only ask the time. In a miss Larder makes "
             "brotli and gzip of the page, once for all hits; the last row is without (`cache.compress = off`).",
             "",
             "| request | Larder instructions | nginx instructions | ratio | target | Larder calls | nginx calls |",
             "|---|---|---|---|---|---|---|"]
    for name, ours, theirs, target in ROWS:
        (mine, my_calls), (other, other_calls) = found[ours], found[theirs]
        wanted = f"≤ {target:.1f}" if target else ""
        lines.append(f"| {name} | {mine:,.0f} | {other:,.0f} | **{mine / other:.2f}** | {wanted} | {my_calls:.2f} "
                     f"| {other_calls:.2f} |")
    return "\n".join(lines) + "\n"


def rises(found):
    with open(FIGURES) as file:
        committed = json.load(file)
    for name, before in committed.items():
        if found[name][0] > before * RISE:
            yield f"{name}: {found[name][0]:,.0f} instructions, more than 3 % above the {before:,.0f} of the last figures"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("root", "larder", "plugin", "worker"):
        parser.add_argument(f"--{name}", required=True, type=os.path.abspath)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="larder-bench-") as folder:
        os.chmod(folder, 0o755)
        found = run(arguments, folder)
    text = table(found, arguments)
    print(text)
    if arguments.write:
        results.write_section("Instructions on ARM (`bench/arm_cost.py`)", text)
        with open(FIGURES, "w") as file:
            json.dump({name: round(figures[0]) for name, figures in found.items() if name.startswith("larder")}, file,
                      indent=2)
            file.write("\n")
    wrong = list(rises(found))
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
