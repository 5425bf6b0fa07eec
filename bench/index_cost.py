#!/usr/bin/env python3
"""CPU time of a look-up in the ring's index, and its memory, from 1 k to 1 M pages.

Usage: bench/index_cost.py [--build DIR] [--runs N] [--write]
"""
import argparse
import datetime
import os
import statistics
import subprocess

import results

PAGES = (1_000, 10_000, 100_000, 1_000_000)
TARGET_COST, TARGET_BYTES = 1.3, 16


def measure(build, pages, runs):
    """Nanoseconds a look-up, bytes an entry, share of the pages that are found: medians of processes."""
    rows = []
    for _ in range(runs):
        output = subprocess.run([f"{build}/bench/index_cost", str(pages)], check=True, capture_output=True, text=True)
        rows.append([float(word) for word in output.stdout.split()])
    return [statistics.median(column) for column in zip(*rows)]


def caches():
    """What the kernel knows of the processor's caches: "L1d 32K, L2 1024K"."""
    texts = []
    for index in range(4):
        folder = f"/sys/devices/system/cpu/cpu0/cache/index{index}"
        if os.path.exists(folder):
            level, kind, size = (open(f"{folder}/{name}").read().strip() for name in ("level", "type", "size"))
            if kind != "Instruction":
                texts.append(f"L{level} {size}")
    return ", ".join(texts) or "unknown"


def table(rows, arguments):
    first = rows[0][1]
    lines = [f"{datetime.date.today()}, {results.version([arguments.build + '/server/larder', '--version'])}, "
             f"{results.processor()}, caches {caches()}; `{results.command()}`; one million look-ups of random hashes, "
             f"half of them of pages that are there; medians of {arguments.runs} processes of 9 runs each.", "",
             "| pages | ns CPU a look-up | against 1 k | target | bytes of memory an entry | target |",
             "|---|---|---|---|---|---|"]
    for pages, nanoseconds, size, *_ in rows:
        lines.append(f"| {int(pages):,} | {nanoseconds:.1f} | **{nanoseconds / first:.2f}** | ≤ {TARGET_COST} "
                     f"| {size:.2f} | {TARGET_BYTES} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    arguments.build = os.path.abspath(arguments.build)
    text = table([measure(arguments.build, pages, arguments.runs) for pages in PAGES], arguments)
    print(text)
    if arguments.write:
        results.write_section("Index (`bench/index_cost.py`)", text)


if __name__ == "__main__":
    main()
