#!/usr/bin/env python3
"""CPU time per cache hit: Larder beside nginx fastcgi_cache, on the same pages from the same FastCGI workers.

Usage: bench/hit_cost.py [--build DIR] [--seconds N] [--runs N] [--write]
Needs nginx and wrk. --write puts the table into bench/RESULTS.md.
"""
import argparse
import datetime
import glob
import http.client
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PAGES = {"1 KB": 1024, "16 KB": 16384}
TARGETS = {"1 KB": 0.60, "16 KB": 0.75}
SERVER_CORE, LOAD_CORE = "0", "1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(command, core=None, **options):
    pinned = ["taskset", "-c", core] + command if core else command
    return subprocess.Popen(pinned, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options)


def fetch(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    return response, body


def wait_until_served(port, path, process):
    for _ in range(100):
        if process.poll() is not None:
            sys.exit(f"the server ended: {process.stderr.read()}")
        try:
            if fetch(port, path)[0].status == 200:
                return
        except OSError:
            pass  # not listening yet
        time.sleep(0.1)
    sys.exit(f"port {port} does not answer")


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


def nginx_config(folder, port, worker_socket):
    user = "user root;" if os.getuid() == 0 else ""  # the workers' socket is this user's
    return f"""
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  fastcgi_cache_path {folder}/cache levels=1:2 keys_zone=pages:10m max_size=100m inactive=1h use_temp_path=off;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      fastcgi_pass unix:{worker_socket};
      fastcgi_param SCRIPT_FILENAME /index.php;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_cache pages;
      fastcgi_cache_key $scheme$host$request_uri;
      fastcgi_cache_valid 200 1h;
      add_header X-Cache $upstream_cache_status;
    }}
  }}
}}
"""


def measure(port, path, pid, seconds):
    """CPU microseconds per request, and requests per second, of one run of wrk."""
    before = cpu_ns(pid)
    output = subprocess.run(
        ["taskset", "-c", LOAD_CORE, "wrk", "-t1", "-c64", f"-d{seconds}s", f"http://127.0.0.1:{port}{path}"],
        check=True, capture_output=True, text=True).stdout
    used = cpu_ns(pid) - before
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(output)
    count = int(re.search(r"(\d+) requests in", output).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    return used / count / 1000, rate


def check_hit(port, path, size, header, expected):
    response, body = fetch(port, path)
    found = response.getheader(header) or ""
    if response.status != 200 or len(body) != size or expected not in found:
        sys.exit(f"{path} on port {port} is no hit of {size} bytes: {response.status}, {len(body)}, {found!r}")


def run(arguments, folder):
    worker_socket = f"{folder}/worker.sock"
    worker = start([f"{arguments.build}/tests/support/fake_worker", worker_socket, "2"], LOAD_CORE)
    site, cache = f"{folder}/site", f"{folder}/larder-cache"
    os.mkdir(site)
    os.mkdir(cache)
    with open(f"{site}/index.php", "w") as script:
        script.write("<?php // the fake worker answers\n")
    with open(f"{folder}/nginx.conf", "w") as file:
        ports = {"larder": free_port(), "nginx": free_port()}
        file.write(nginx_config(folder, ports["nginx"], worker_socket))
    settings = {"server.listen": f"127.0.0.1:{ports['larder']}", "server.threads": 1, "site.root": site,
                "php.address": f"unix:{worker_socket}", "cache.path": cache, "cache.size": "64M",
                "cache.default_ttl": "1h"}
    larder = [f"{arguments.build}/larder", "serve"]
    for name, value in settings.items():
        larder += ["--set", f"{name}={value}"]
    servers = {"larder": start(larder, SERVER_CORE),
               "nginx": start(["nginx", "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"], SERVER_CORE)}
    try:
        results = {}
        for page, size in PAGES.items():
            path = f"/index.php?do=big&bytes={size}"
            for name, process in servers.items():
                wait_until_served(ports[name], path, process)
            check_hit(ports["larder"], path, size, "Cache-Status", "larder; hit")
            check_hit(ports["nginx"], path, size, "X-Cache", "HIT")
            figures = {name: [] for name in servers}
            for _ in range(arguments.runs):
                for name, process in servers.items():
                    figures[name].append(measure(ports[name], path, process.pid, arguments.seconds))
            results[page] = {name: tuple(statistics.median(column) for column in zip(*rows))
                             for name, rows in figures.items()}
            # Of runs side by side: the speed of a shared machine changes from minute to minute.
            results[page]["ratio"] = statistics.median(
                larder[0] / nginx[0] for larder, nginx in zip(figures["larder"], figures["nginx"]))
        return results
    finally:
        for process in [*servers.values(), worker]:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def version(command):
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout + done.stderr).splitlines()[0]


def table(results, arguments):
    lines = [f"{datetime.date.today()}, {version([arguments.build + '/larder', '--version'])}, {version(['nginx', '-v'])}"
             f"; one loop each, 64 keep-alive connections, {arguments.seconds} s a run, medians of "
             f"{arguments.runs} pairs of runs; the ratio is the median of the pairs' ratios.",
             "",
             "| page | Larder µs CPU/hit | nginx fastcgi_cache µs CPU/hit | ratio | target | Larder hits/s | nginx hits/s |",
             "|---|---|---|---|---|---|---|"]
    for page, found in results.items():
        (larder, larder_rate), (nginx, nginx_rate) = found["larder"], found["nginx"]
        lines.append(f"| {page} | {larder:.2f} | {nginx:.2f} | **{found['ratio']:.2f}** | ≤ {TARGETS[page]:.2f} "
                     f"| {larder_rate:,.0f} | {nginx_rate:,.0f} |")
    return "\n".join(lines) + "\n"


def write_results(text):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "RESULTS.md")
    section = f"## Cost of a hit (`bench/hit_cost.py`)\n\n{text}"
    old = open(path).read() if os.path.exists(path) else "# Results\n\nThe last run of each benchmark; see README.md.\n"
    pattern = re.compile(r"## Cost of a hit.*?(?=\n## |\Z)", re.S)
    new = pattern.sub(lambda _: section, old) if pattern.search(old) else old.rstrip() + "\n\n" + section
    with open(path, "w") as file:
        file.write(new.rstrip() + "\n")


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
        write_results(text)


if __name__ == "__main__":
    main()
