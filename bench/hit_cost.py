#!/usr/bin/env python3
"""CPU time per cache hit: Larder beside nginx fastcgi_cache, on the same pages from the same FastCGI workers.

Usage: bench/hit_cost.py [--build DIR] [--seconds N] [--runs N] [--write]
Needs nginx and wrk. --write puts the table into bench/RESULTS.md.
"""
import argparse
import datetime
import glob
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

import peers
import results

PAGES = {"1 KB": 1024, "16 KB": 16384}
TARGETS = {"1 KB": 0.60, "16 KB": 0.75}
SERVER_CORE, LOAD_CORE = "0", "1"


def tree(pid):
    """The process and its descendants."""
    pids = [pid]
    for children in glob.glob(f"/proc/{pid}/task/*/children"):
        with open(children) as file:
            for child in file.read().split():
                pids += tree(int(child))
    return pids


def cpu_ns(pid):
    total = 0
    for process in tree(pid):
        for path in glob.glob(f"/proc/{process}/task/*/schedstat"):
            with open(path) as file:
                total += int(file.read().split()[0])
    return total


def measure(port, path, pid, seconds, fields=()):
    """CPU microseconds per request, and requests per second, of one run of wrk; `fields` go with each request."""
    before = cpu_ns(pid)
    output = subprocess.run(
        ["taskset", "-c", LOAD_CORE, "wrk", "-t1", "-c64", f"-d{seconds}s",
         *(word for field in fields for word in ("-H", field)), f"http://127.0.0.1:{port}{path}"],
        check=True, capture_output=True, text=True).stdout
    used = cpu_ns(pid) - before
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(output)
    count = int(re.search(r"(\d+) requests in", output).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    return used / count / 1000, rate


def run(arguments, folder):
    worker_socket = f"{folder}/worker.sock"
    worker = peers.start(["taskset", "-c", LOAD_CORE, f"{arguments.build}/tests/support/fake_worker", worker_socket, "2"])
    site = peers.make_site(folder)
    ports = {"larder": peers.free_port(), "nginx": peers.free_port()}
    pinned = ["taskset", "-c", SERVER_CORE]
    larder = peers.larder_command([f"{arguments.build}/larder"], folder, ports["larder"], site, worker_socket)
    nginx = peers.nginx_command(["nginx"], folder, ports["nginx"], site, worker_socket)
    servers = {"larder": peers.start(pinned + larder), "nginx": peers.start(pinned + nginx)}
    try:
        found = {}
        for page, size in PAGES.items():
            path = f"/index.php?do=big&bytes={size}"
            for name, process in servers.items():
                peers.wait_until_served(ports[name], path, process)
            peers.check_page(ports["larder"], path, size, "Cache-Status", "larder; hit")
            peers.check_page(ports["nginx"], path, size, "X-Cache", "HIT")
            figures = {name: [] for name in servers}
            for _ in range(arguments.runs):
                for name, process in servers.items():
                    figures[name].append(measure(ports[name], path, process.pid, arguments.seconds))
            found[page] = {name: tuple(statistics.median(column) for column in zip(*rows))
                             for name, rows in figures.items()}
            # Of runs side by side: the speed of a shared machine changes from minute to minute.
            found[page]["ratio"] = statistics.median(
                larder[0] / nginx[0] for larder, nginx in zip(figures["larder"], figures["nginx"]))
        return found
    finally:
        peers.stop([*servers.values(), worker])


def table(figures, arguments):
    lines = [f"{datetime.date.today()}, {results.version([arguments.build + '/larder', '--version'])}, {results.version(['nginx', '-v'])}"
             f"; one loop each, 64 keep-alive connections, {arguments.seconds} s a run, medians of "
             f"{arguments.runs} pairs of runs; the ratio is the median of the pairs' ratios.",
             "",
             "| page | Larder µs CPU/hit | nginx fastcgi_cache µs CPU/hit | ratio | target | Larder hits/s | nginx hits/s |",
             "|---|---|---|---|---|---|---|"]
    for page, found in figures.items():
        (larder, larder_rate), (nginx, nginx_rate) = found["larder"], found["nginx"]
        lines.append(f"| {page} | {larder:.2f} | {nginx:.2f} | **{found['ratio']:.2f}** | ≤ {TARGETS[page]:.2f} "
                     f"| {larder_rate:,.0f} | {nginx_rate:,.0f} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    arguments.build = os.path.abspath(arguments.build)
    for tool in ("nginx", "wrk", "taskset"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: ./dev bench installs it")
    with tempfile.TemporaryDirectory(prefix="larder-bench-") as folder:
        os.chmod(folder, 0o755)
        text = table(run(arguments, folder), arguments)
    print(text)
    if arguments.write:
        results.write_section("Cost of a hit (`bench/hit_cost.py`)", text)


if __name__ == "__main__":
    main()
