#!/usr/bin/env python3
"""Renders that somebody still waits for when ten times more is asked for than can be rendered.

Four FastCGI workers take 200 ms a page. Requests come open loop: at fixed times, whatever became of those before, each
for a page of its own by a connection of its own; a client gives up after 8 s. First as many as can be rendered, then
ten times as many; at 10x an administrator asks once a second too. Larder and nginx take turns with the same workers.
"""
import argparse
import asyncio
import os
import statistics
import tempfile
import time

import results
from peers import free_port, larder_command, make_site, nginx_command, start, stop, wait_until_served

WORKERS, EACH = 4, 0.2
BEST = WORKERS / EACH  # pages a second, if the workers never stand idle
PATIENCE = 8
SETTLE = 3  # seconds until it is as bad as it gets
ADMIN = "Cookie: wordpress_logged_in_1=editor\r\n"


async def ask(port, path, fields=""):
    """(status, seconds, when); 0 when there is no answer in time."""
    began = time.monotonic()
    writer = None
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: bench.test\r\nConnection: close\r\n{fields}\r\n".encode())
            status = int((await reader.read()).split(b" ", 2)[1])
    except (OSError, TimeoutError, IndexError, ValueError):
        status = 0
    if writer:
        writer.close()
    now = time.monotonic()
    return status, now - began, now


async def rush(port, rate, seconds, admin):
    """All answers, and those of the administrator."""
    visitors, admins = [], []
    began = time.monotonic()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0, began + number / rate - time.monotonic()))
        query = f"do=sleep&ms={int(EACH * 1000)}&page={rate}-{number}"
        visitors.append(asyncio.create_task(ask(port, f"/?{query}")))
        if admin and number % int(rate) == 0:
            admins.append(asyncio.create_task(ask(port, f"/wp-admin/?{query}", ADMIN)))
    return await asyncio.gather(*visitors), await asyncio.gather(*admins)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def measure(port, seconds):
    calm, _ = asyncio.run(rush(port, BEST * 0.95, seconds, False))
    time.sleep(PATIENCE)  # what is left in the queues
    began = time.monotonic()
    visitors, admins = asyncio.run(rush(port, BEST * 10, seconds, True))
    within = sum(status == 200 and began + SETTLE <= when < began + seconds for status, _, when in visitors + admins)
    good = [t for status, t, _ in visitors if status == 200]
    refused = [t for status, t, _ in visitors if status == 503]
    got_in = [t for status, t, _ in admins if status == 200]
    time.sleep(PATIENCE)
    return {
        "calm": sum(status == 200 for status, _, _ in calm) / len(calm),
        "goodput": within / (BEST * (seconds - SETTLE)),
        "good": percentile(good, 0.99),
        "at_once": 1000 * percentile([t for t in refused if t < 1], 0.99),
        "queued": max(refused, default=float("nan")),
        "nothing": sum(status not in (200, 503) for status, _, _ in visitors) / len(visitors),
        "admins": len(got_in) / len(admins),
        "admin_time": percentile(got_in, 0.99),
    }


ROWS = [("pages answered at 0.95x", "calm", "{:.1%}", ""),
        ("pages answered at 10x, of the best rate", "goodput", "{:.1%}", "≥ 95 %"),
        ("... within, p99", "good", "{:.2f} s", ""),
        ("503 at once, p99", "at_once", "{:.0f} ms", "≤ 20 ms"),
        ("503 from the queue, the latest", "queued", "{:.2f} s", "≤ 3.2 s"),
        ("no answer within 8 s, or another", "nothing", "{:.1%}", ""),
        ("administrators who got in", "admins", "{:.0%}", "100 %"),
        ("... within, p99", "admin_time", "{:.2f} s", "")]


def run(arguments, folder):
    """By server: a dictionary for each pair of runs."""
    measured = {"Larder": [], "nginx": []}
    site = make_site(folder)
    for _ in range(arguments.pairs):
        for name, runs in measured.items():
            worker_socket, port = f"{folder}/{name}.sock", free_port()
            processes = [start([f"{arguments.build}/tests/support/fake_worker", worker_socket, str(WORKERS)])]
            command = (larder_command([f"{arguments.build}/server/larder"], folder, port, site, worker_socket,
                                      {"php.workers": WORKERS, "cache.compress": "off"})
                       if name == "Larder" else nginx_command(["nginx"], folder, port, site, worker_socket))
            processes.append(start(command))
            try:
                wait_until_served(port, "/4k.css", processes[-1])
                runs.append(measure(port, arguments.seconds))
            finally:
                stop(reversed(processes))
            print(name, runs[-1], flush=True)
    return measured


def table(measured, arguments):
    text = (f"{time.strftime('%Y-%m-%d')}, {results.version(['nginx', '-v'])}; `{results.command()}`; {WORKERS} workers of "
            f"{EACH * 1000:.0f} ms a page, {arguments.seconds} s each, medians of {arguments.pairs} pairs; "
            f"{results.processor()}.\n\n| | Larder | target | nginx |\n|---|---|---|---|\n")
    for what, key, form, target in ROWS:
        larder, nginx = (form.format(statistics.median(run[key] for run in measured[name])) for name in measured)
        text += f"| {what} | {larder} | {target} | {nginx} |\n".replace("nan ms", "none").replace("nan s", "none")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    arguments.build = os.path.abspath(arguments.build)
    with tempfile.TemporaryDirectory(prefix="larder-bench-") as folder:
        os.chmod(folder, 0o755)
        text = table(run(arguments, folder), arguments)
    print(text)
    if arguments.write:
        results.write_section("Ten times more than can be rendered (`bench/overload.py`)", text)


if __name__ == "__main__":
    main()
