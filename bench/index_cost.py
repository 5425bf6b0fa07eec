#!/usr/bin/env python3
"""CPU time of a look-up in the ring's index, and its memory, from 1 k to 1 M pages; and of the whole look-up of a request
for a page that is nowhere.

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


def measure(program, pages, runs):
    """What the program prints, as numbers: medians of processes."""
    rows = []
    for _ in range(runs):
        output = subprocess.run([program, str(pages)], check=True, capture_output=True, text=True)
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


def table(rows, requests, arguments):
    first, first_request = rows[0][1], requests[0][1]
    lines = [f"{datetime.date.today()}, {results.version([arguments.build + '/server/larder', '--version'])}, "
             f"{results.processor()}, caches {caches()}; `{results.command()}`; one million look-ups of random hashes, "
             f"half of them of pages that are there; as many pages came as there are places; medians of {arguments.runs} "
             f"processes of 9 runs each. {results.load()}", "",
             "| pages | ns CPU a look-up | against 1 k | target | bytes of memory an entry | target | pages that found room |",
             "|---|---|---|---|---|---|---|"]
    for pages, nanoseconds, size, _, kept, _ in rows:
        lines.append(f"| {int(pages):,} | {nanoseconds:.1f} | **{nanoseconds / first:.2f}** | ≤ {TARGET_COST} "
                     f"| {size:.2f} | {TARGET_BYTES} | {kept / pages:.1%} |")
    lines += ["", "What a request pays for a page that is nowhere, from its key to the answer of the page store (memory tier, "
              "pages on their way to the drive, index; before PHP is asked):", "",
              "| pages in the ring | ns CPU a request | against 1 k |", "|---|---|---|"]
    for pages, nanoseconds, _ in requests:
        lines.append(f"| {int(pages):,} | {nanoseconds:.0f} | **{nanoseconds / first_request:.2f}** |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    arguments.build = os.path.abspath(arguments.build)
    rows, requests = ([measure(f"{arguments.build}/bench/{program}", pages, arguments.runs) for pages in PAGES]
                      for program in ("index_cost", "lookup_cost"))
    text = table(rows, requests, arguments)
    print(text)
    if arguments.write:
        results.write_section("Index (`bench/index_cost.py`)", text)


if __name__ == "__main__":
    main()
