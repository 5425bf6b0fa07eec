#!/usr/bin/env python3
"""Pages a second through a line of 100 Mbit/s: Larder for clients that take brotli, beside nginx without and with gzip,
and beside two that only send the bytes that Larder made: nginx from a file, and a loop of recv() and send().

The servers are in a network namespace of their own, at the other end of a veth pair that `tc tbf` holds down to
100 Mbit/s. Usage: bench/wire.py [--build DIR] [--seconds N] [--runs N] [--write]; as root.
Needs nginx, wrk and iproute2. --write puts the table into bench/RESULTS.md.
"""
import argparse
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

import hit_cost
import page_peers
import results

RATE = 100_000_000  # bits a second, of Ethernet frames
NEAR, FAR = "10.213.77.1", "10.213.77.2"
SENDER, BARE = "nginx, Larder's bytes from a file", "a loop of recv() and send(), Larder's bytes"
BARE_SOURCE = "`bench/bare_server.cpp`"
SEGMENT, FRAME = 1448, 66  # bytes of payload in a full frame; what is around them (Ethernet, IP, TCP with timestamps)


class Line:
    """The namespace `name` and the line to it."""

    def __init__(self):
        self.name = f"larder-bench-{os.getpid()}"
        self.near, self.far = f"lb{os.getpid() % 100000}a", f"lb{os.getpid() % 100000}b"

    def __enter__(self):
        inside = f"ip -n {self.name}"
        try:
            for command in (f"ip netns add {self.name}", f"ip link add {self.near} type veth peer name {self.far}",
                            f"ip link set {self.far} netns {self.name}", f"ip addr add {NEAR}/30 dev {self.near}",
                            f"ip link set {self.near} up", f"{inside} addr add {FAR}/30 dev {self.far}",
                            f"{inside} link set {self.far} up", f"{inside} link set lo up",
                            f"tc -n {self.name} qdisc add dev {self.far} root tbf rate {RATE}bit burst 64kb latency 50ms"):
                subprocess.run(command.split(), check=True)
        except subprocess.CalledProcessError as error:
            self.__exit__()
            sys.exit(f"{error}: this benchmark makes a network namespace, which only root may")
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "netns", "del", self.name], check=False)  # and the pair with it


def measure(server, seconds):
    """Pages a second, CPU microseconds and bytes of payload a page."""
    before = hit_cost.cpu_ns(server.process.pid)
    fields = [word for field in server.fields for word in ("-H", field)]
    output = subprocess.run(["wrk", "-t1", "-c32", f"-d{seconds}s", "--timeout", "10s", *fields,
                             f"http://{server.host}:{server.port}{server.path}"], check=True, capture_output=True, text=True).stdout
    used = hit_cost.cpu_ns(server.process.pid) - before
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(output)
    count, size, unit = re.search(r"(\d+) requests in .*?, ([\d.]+)(KB|MB|GB) read", output).groups()
    read = float(size) * {"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}[unit]
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1)), used / int(count) / 1000, read / int(count)


def run(arguments, folder):
    with Line() as line, page_peers.Peers(arguments.build, folder, ["ip", "netns", "exec", line.name], [],
                                          FAR) as peers:
        peers.add_larder()
        peers.add_nginx("nginx", gzip=False)
        peers.add_nginx("nginx, gzip on", gzip=True)
        peers.add_senders(SENDER, BARE)
        figures = {server.name: [] for server in peers.servers}
        for _ in range(arguments.runs):
            for server in peers.servers:
                figures[server.name].append(measure(server, arguments.seconds))
        sizes = {server.name: server.body_bytes for server in peers.servers}
    return {name: tuple(statistics.median(column) for column in zip(*rows)) for name, rows in figures.items()}, sizes


def carried(payload):
    """How many answers of so many bytes the line can carry in a second."""
    return RATE / 8 / (payload + math.ceil(payload / SEGMENT) * FRAME)


def table(found, sizes, arguments):
    rate, cost, payload = found["Larder"]
    plain, packed = found["nginx"], found["nginx, gzip on"]
    lines = [page_peers.heading(arguments.build) + f"; 32 keep-alive connections, {arguments.seconds} s a run, medians of "
             f"{arguments.runs} rounds; the line carries {RATE // 1_000_000} Mbit/s of Ethernet frames. {arguments.load}",
             "", "| server | bytes of the body | pages/s | of what the line carries | µs CPU/page |", "|---|---|---|---|---|"]
    for name, (its_rate, its_cost, its_payload) in found.items():
        lines.append(f"| {name} | {sizes[name]:,} | {its_rate:,.0f} | {its_rate / carried(its_payload):.1%} "
                     f"| {its_cost:.1f} |")
    lines += ["", "| Larder against | ratio | target |", "|---|---|---|",
              f"| pages/s of nginx | **{rate / plain[0]:.2f}** | ≥ 5.5 |",
              f"| pages/s of nginx with gzip | **{rate / packed[0]:.2f}** | ≥ 1.3 |",
              f"| what the line carries of its variant | **{rate / carried(payload):.3f}** | ≥ 0.95 |",
              f"| CPU time of nginx with gzip | **{cost / packed[1]:.3f}** | ≤ 0.03 |",
              f"| CPU time of nginx that sends the same bytes from a file | **{cost / found[SENDER][1]:.2f}** | |",
              f"| CPU time of the loop | **{cost / found[BARE][1]:.2f}** | |", "",
              f"The loop does nothing but what the kernel needs to send these bytes ({BARE_SOURCE}). It needs "
              f"{found[BARE][1] / packed[1]:.3f} of the CPU time of nginx with gzip: no server can need less."]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    arguments.build, arguments.load = os.path.abspath(arguments.build), results.load()
    for tool in ("nginx", "wrk", "ip", "tc"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: ./dev bench wire installs it")
    with tempfile.TemporaryDirectory(prefix="larder-bench-") as folder:
        os.chmod(folder, 0o755)
        text = table(*run(arguments, folder), arguments)
    print(text)
    if arguments.write:
        results.write_section("Through 100 Mbit/s (`bench/wire.py`)", text)


if __name__ == "__main__":
    main()
