#!/usr/bin/env python3
"""CPU time of a hit on a WordPress page: Larder for a client that takes brotli, beside nginx fastcgi_cache without and
with gzip, and Varnish.

Usage: bench/page_cost.py [--build DIR] [--seconds N] [--runs N] [--write]
Needs nginx, varnish and wrk. --write puts the table into bench/RESULTS.md.
"""
import argparse
import os
import shutil
import statistics
import sys
import tempfile

import hit_cost
import page_peers
import results

TARGETS = {"nginx": 0.60, "nginx, gzip on": 0.05}


def run(arguments, folder):
    pinned = ["taskset", "-c", hit_cost.SERVER_CORE]
    with page_peers.Peers(arguments.build, folder, pinned, ["taskset", "-c", hit_cost.LOAD_CORE]) as peers:
        peers.add_larder()
        peers.add_nginx("nginx", gzip=False)
        peers.add_nginx("nginx, gzip on", gzip=True)
        peers.add_varnish()
        figures = {server.name: [] for server in peers.servers}
        for _ in range(arguments.runs):
            for server in peers.servers:
                figures[server.name].append(
                    hit_cost.measure(server.port, peers.path, server.process.pid, arguments.seconds, server.fields))
        sizes = {server.name: server.body_bytes for server in peers.servers}
    found = {name: tuple(statistics.median(column) for column in zip(*rows)) for name, rows in figures.items()}
    # Of runs side by side: the speed of a shared machine changes from minute to minute.
    ratios = {name: statistics.median(ours[0] / its[0] for ours, its in zip(figures["Larder"], rows))
              for name, rows in figures.items()}
    return found, ratios, sizes


def table(found, ratios, sizes, arguments):
    lines = [page_peers.heading(arguments.build, ["varnishd", "-V"])
             + f"; one loop each (Varnish: its threads on one core), 64 keep-alive connections, {arguments.seconds} s a "
               f"run, medians of {arguments.runs} rounds; the ratio is Larder's time by the other's, the median of "
               "the rounds. Larder, nginx with gzip and Varnish are asked with `Accept-Encoding: gzip, deflate, br`.",
             "", "| server | bytes of the body | µs CPU/hit | hits/s | Larder's by its | target |", "|---|---|---|---|---|---|"]
    for name, (cost, rate) in found.items():
        target = f"≤ {TARGETS[name]:.2f}" if name in TARGETS else ""
        ratio = "" if name == "Larder" else f"**{ratios[name]:.3f}**"
        lines.append(f"| {name} | {sizes[name]:,} | {cost:.2f} | {rate:,.0f} | {ratio} | {target} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    arguments.build = os.path.abspath(arguments.build)
    for tool in ("nginx", "varnishd", "wrk", "taskset"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: ./dev bench page installs it")
    with tempfile.TemporaryDirectory(prefix="larder-bench-") as folder:
        os.chmod(folder, 0o755)
        text = table(*run(arguments, folder), arguments)
    print(text)
    if arguments.write:
        results.write_section("A WordPress page (`bench/page_cost.py`)", text)


if __name__ == "__main__":
    main()
