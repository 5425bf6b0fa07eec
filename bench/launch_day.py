#!/usr/bin/env python3
"""The day that a Pi 3 served its own launch, compressed: 1 GiB of memory for everything, no swap.

Server, PHP, database, a file synchronisation of 2 GB and a program that hogs memory live in one memory group of 1 GiB and
on one core; the visitors have the other. They come at a fixed rate whatever the server does (open loop), to the pages of a
real WordPress by Zipf's law, with two peaks of ten times the usual rate; during each the hog comes. The same day once for
Larder, once for nginx with fastcgi_cache and the php-fpm pool that Debian installs. What dies is started again as
Debian's services say. The synchronisation is rsync; beside Larder it runs by `larder batch`.

Needs root (for the group). Writes launch_day.json and launch_day.svg into --out.
"""
import argparse
import asyncio
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import launch_day_chart
import peers
import results
import wordpress_posts
from memory_group import MemoryGroup
from open_visitors import Visitors, fetch

GIB, MIB = 1 << 30, 1 << 20
POSTS, USUAL_RATE, PEAK = 2000, 30, 10
PEAKS, HOG, SYNC = ((0.25, 0.40), (0.60, 0.75)), ((0.30, 0.38), (0.64, 0.72)), (0.10, 0.55)
SYNC_FILES, SYNC_BYTES = 256, 2 * GIB
HOG_STEPS = 50  # it takes what it wants in so many steps, a tenth of a second each
HOG_PROGRAM = ("import sys,time\nsteps, left, kept = int(sys.argv[1]), int(sys.argv[2]), []\n"
               "for _ in range(steps):\n kept.append(bytes([1]) * (left // steps)); time.sleep(0.1)\n"
               "time.sleep(float(sys.argv[3]))")
PARTS = ("server", "database", "synchronisation", "hog")
SERVER_CORE, VISITORS_CORE = 0, 1


def on_server_core(command):
    return ["taskset", "-c", str(SERVER_CORE), *command]


class Service:
    """A process that is started again after a while when something ended it; pause None: that its unit does not say so."""

    def __init__(self, group, part, command, pause, log=subprocess.DEVNULL):
        self.group, self.part, self.command, self.pause, self.log = group, part, command, pause, log
        self.restarts, self.down_since = 0, None
        self.start()

    def start(self):
        self.process = self.group.start(self.part, on_server_core(self.command), stdout=subprocess.DEVNULL, stderr=self.log)

    def look(self):
        if self.process.poll() is None:
            return
        if self.down_since is None:
            self.down_since = time.monotonic()
        if self.pause is not None and time.monotonic() - self.down_since >= self.pause:
            self.restarts, self.down_since = self.restarts + 1, None
            self.start()


class Larder:
    name = "Larder"

    def __init__(self, program, group, folder, site, port):
        self.port, self.log = port, f"{folder}/larder.log"
        settings = {"server.listen": f"127.0.0.1:{port}", "server.stats_allow": "127.0.0.1", "site.root": site.root,
                    "site.hosts": wordpress_posts.HOST, "cache.path": f"{folder}/cache", "php.user": "root",
                    "php.workers": 4}
        os.mkdir(f"{folder}/cache")
        # Where it tells its pressure: nobody else on this machine shall stand still because of it.
        os.mkdir(f"{folder}/run")
        here = ["env", f"RUNTIME_DIRECTORY={folder}/run"]
        self.batch = [*here, program, "batch", "--"]
        command = [*here, program, "serve", *(word for name, value in settings.items() for word in ("--set", f"{name}={value}"))]
        self.services = [Service(group, "server", command, 2, open(self.log, "wb"))]

    def beside(self, command):
        return [*self.batch, *command]

    async def stats(self):
        try:
            answer = await asyncio.wait_for(fetch(self.port, "/larder/stats"), 5)
            return json.loads(answer.body)
        except (OSError, ValueError, asyncio.TimeoutError):
            return {}

    def php_died(self):
        return len(re.findall("php-fpm ended|exited on signal 9", pathlib.Path(self.log).read_text(encoding="utf-8")))


class Nginx:
    name = "nginx, php-fpm"
    CONFIG = """
user root; worker_processes auto; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 768; }}
http {{
  sendfile on; tcp_nopush on; gzip on; access_log {folder}/access.log; include /etc/nginx/mime.types;
  client_body_temp_path {folder}/body; fastcgi_temp_path {folder}/fastcgi; proxy_temp_path {folder}/proxy;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  fastcgi_cache_path {folder}/cache levels=1:2 keys_zone=pages:10m max_size=8g inactive=60m;
  map $http_cookie $private {{ default 0; ~wordpress_logged_in 1; }}
  server {{
    listen 127.0.0.1:{port}; root {root}; index index.php;
    location / {{ try_files $uri $uri/ /index.php?$args; }}
    location ~ \\.php$ {{
      try_files $uri =404;
      include /etc/nginx/fastcgi.conf;
      fastcgi_pass unix:{socket};
      fastcgi_cache pages; fastcgi_cache_key $scheme$request_method$host$request_uri; fastcgi_cache_valid 200 10m;
      fastcgi_cache_bypass $private; fastcgi_no_cache $private;
    }}
  }}
}}
"""

    def __init__(self, _, group, folder, site, port):
        self.port, self.log = port, f"{folder}/fpm.log"
        socket, fpm = f"{folder}/php.sock", sorted(pathlib.Path("/usr/sbin").glob("php-fpm[0-9]*"))[-1]
        pathlib.Path(folder, "fpm.conf").write_text(
            f"[global]\ndaemonize = no\nerror_log = {self.log}\n[www]\nuser = root\ngroup = root\nlisten = {socket}\n"
            "pm = dynamic\npm.max_children = 5\npm.start_servers = 2\npm.min_spare_servers = 1\npm.max_spare_servers = 3\n",
            encoding="ascii")
        pathlib.Path(folder, "nginx.conf").write_text(
            self.CONFIG.format(folder=folder, port=port, root=site.root, socket=socket), encoding="ascii")
        self.services = [Service(group, "server", [str(fpm), "--nodaemonize", "-R", "-y", f"{folder}/fpm.conf"], None),
                         Service(group, "server", ["nginx", "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"], None)]

    def beside(self, command):
        return command

    async def stats(self):
        return {}

    def php_died(self):
        """Workers that something killed; the master makes new ones."""
        log = pathlib.Path(self.log)
        return len(re.findall("exited on signal 9", log.read_text(encoding="utf-8"))) if log.exists() else 0


async def watch(server, services, group, samples, done):
    begun = time.monotonic()
    while not done.is_set():
        for service in services:
            service.look()
        stats = await server.stats()
        samples.append({"second": time.monotonic() - begun, "used": group.used() / MIB,
                        "needed": {part: group.needed(part) / MIB for part in PARTS}, "pressure": stats.get("pressure", "")})
        await asyncio.sleep(0.5)


def rate(part):
    return USUAL_RATE * (PEAK if any(begin <= part < end for begin, end in PEAKS) else 1)


def start_helpers(server, group, folder, options):
    """Synchronisation and hogs. They wait by themselves for their time: to start a process keeps visitors waiting."""
    seconds, helpers = options.minutes * 60, []

    def later(part, begin, command, output):
        waiting = ["sh", "-c", 'sleep "$0"; exec "$@"', str(begin * seconds), *on_server_core(command)]
        helpers.append(group.start(part, waiting, stdout=output, stderr=output))

    pace = int(SYNC_BYTES / 1024 / ((SYNC[1] - SYNC[0]) * seconds))
    sync = server.beside(["rsync", "--archive", f"--bwlimit={pace}", f"{options.source}/", f"{folder}/copy/"])
    later("synchronisation", SYNC[0], sync, open(f"{folder}/synchronisation.log", "wb"))
    for begin, end in HOG:
        steps = [str(HOG_STEPS), str(options.hog * MIB), str((end - begin) * seconds)]
        later("hog", begin, [sys.executable, "-c", HOG_PROGRAM, *steps], subprocess.DEVNULL)
    return helpers


async def live(server, services, group, folder, options, cookie):
    visitors = Visitors(server.port, options.minutes * 60, rate, POSTS, options.seed, cookie)
    samples, done, helpers = [], asyncio.Event(), start_helpers(server, group, folder, options)
    watcher = asyncio.create_task(watch(server, services, group, samples, done))
    await visitors.come()
    done.set()
    await watcher
    return visitors, samples, helpers


def synchronised(folder):
    return sum(file.stat().st_size for file in pathlib.Path(folder, "copy").glob("**/*") if file.is_file())


def swapped_pages():
    return int(re.search(r"^pswpout (\d+)", pathlib.Path("/proc/vmstat").read_text(), re.M)[1])


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


# (row of the table, key of the summary, target)
ROWS = [("requests", "requests", ""),
        ("for pages that had been rendered", "known", ""),
        ("of these answered", "known_answered", "100 %"),
        ("their p50", "hit_p50", ""),
        ("their p99", "hit_p99", "≤ 50 ms"),
        ("for new pages, searches, editors", "others", ""),
        ("of these rendered", "rendered", ""),
        ("editors who got in", "editors", ""),
        ("answered 503", "refused", ""),
        ("p99 of the 503", "refused_p99", "≤ 3.2 s"),
        ("failed, or not answered in 30 s", "failed", ""),
        ("OOM kills", "oom_kills", "0"),
        ("of them the hog", "hogs_killed", ""),
        ("services restarted", "restarted", "0"),
        ("services down at the end", "down", "0"),
        ("PHP processes that died", "php_died", "0"),
        ("pages swapped out", "swapped", "0"),
        ("synchronised", "synchronised", ""),
        ("most memory", "most", ""),
        ("most that is no file", "most_needed", ""),
        ("most of server and PHP", "most_server", ""),
        ("GREEN, YELLOW, ORANGE, RED, % of the day", "pressures", ""),
        ("a visitor set out late, at most", "late", "")]


def of_answers(answers):
    known = [a for a in answers if a.known]
    good = [a.took for a in known if a.status == 200]
    others = [a for a in answers if not a.known]
    editors = [a.status == 200 for a in answers if a.kind == "editor"]
    refused = [a.took for a in answers if a.status == 503]
    return {
        "requests": f"{len(answers):,}",
        "known": f"{len(known):,}",
        "known_answered": f"{100 * len(good) / max(1, len(known)):.5g} %",
        "hit_p50": f"{percentile(good, 0.5):.1f} ms",
        "hit_p99": f"{percentile(good, 0.99):.1f} ms",
        "others": f"{len(others):,}",
        "rendered": f"{sum(a.status == 200 for a in others):,}",
        "editors": f"{sum(editors)} of {len(editors)}",
        "refused": f"{len(refused):,}",
        "refused_p99": f"{percentile(refused, 0.99) / 1000:.2f} s" if refused else "",
        "failed": f"{sum(a.status not in (200, 503) for a in answers):,}",
    }


def summary(server, services, group, visitors, samples, helpers, swapped, folder):
    pressures = [sample["pressure"] for sample in samples]
    return {
        **of_answers(visitors.answers),
        "oom_kills": group.oom_kills(),
        "hogs_killed": sum(process.poll() == -signal.SIGKILL for process in helpers[1:]),
        "restarted": sum(service.restarts for service in services),
        "down": sum(service.process.poll() is not None for service in services),
        "php_died": server.php_died(),
        "swapped": swapped,
        "synchronised": f"{synchronised(folder) // MIB:,} MiB",
        "most": f"{max(sample['used'] for sample in samples):,.0f} MiB",
        "most_needed": f"{max(sum(sample['needed'].values()) for sample in samples):,.0f} MiB",
        "most_server": f"{max(sample['needed']['server'] for sample in samples):,.0f} MiB",
        "pressures": ", ".join(f"{100 * pressures.count(name) / len(pressures):.0f}" for name in launch_day_chart.COLOURS)
                     if any(pressures) else "",
        "late": f"{visitors.late:.0f} ms",
    }


def one_day(kind, site, options):
    with tempfile.TemporaryDirectory(prefix="launch-") as folder:
        group, port = MemoryGroup("larder-launch-day", GIB, PARTS), peers.free_port()
        try:
            site.forget()
            wordpress_posts.forget(options.source)
            database = Service(group, "database", site.database(), 5)
            site.wait_for_database(database.process)
            server = kind(os.path.abspath(f"{options.build}/server/larder"), group, folder, site, port)
            services = [database, *server.services]
            peers.wait_until_served(port, "/readme.html", server.services[-1].process)
            cookie = site.log_in(port)
            swapped = swapped_pages()
            visitors, samples, helpers = asyncio.run(live(server, services, group, folder, options, cookie))
            result = summary(server, services, group, visitors, samples, helpers, swapped_pages() - swapped, folder)
            stats = asyncio.run(server.stats())
        finally:
            group.remove()
            for log in pathlib.Path(folder).glob("*.log"):
                pathlib.Path(options.out, f"launch_day.{kind.__name__.lower()}.{log.name}").write_bytes(log.read_bytes())
    return {"name": kind.name, "summary": result, "samples": samples, "stats": stats,
            "answers": [[a.second, round(a.took, 2), a.status, a.known] for a in visitors.answers]}


def make_source(folder):
    os.mkdir(folder)
    for number in range(SYNC_FILES):
        pathlib.Path(folder, f"{number}.jpg").write_bytes(os.urandom(SYNC_BYTES // SYNC_FILES))
    return folder


def table(days, options):
    text = (f"{time.strftime('%Y-%m-%d')}, {results.version(['nginx', '-v'])}; `{results.command()}`; server on one core of "
            f"{results.processor()}, visitors on the other. {results.load()}\n\n"
            "| | " + "".join(f"{day['name']} | " for day in days) + "target |\n" + "|---" * (len(days) + 2) + "|\n")
    for row, key, target in ROWS:
        text += f"| {row} | " + "".join(f"{day['summary'][key]} | " for day in days) + f"{target} |\n"
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--out", default=".dev/launch_day", help="folder for chart, figures and logs")
    parser.add_argument("--only", choices=("larder", "nginx"))
    parser.add_argument("--plugins", type=int, default=40, help="MiB that the plugins of WordPress take in each request")
    parser.add_argument("--hog", type=int, default=700, help="MiB that the hog takes")
    parser.add_argument("--seed", type=int, default=2016)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    os.sched_setaffinity(0, {VISITORS_CORE})
    # Visitors have machines of their own: what else runs on this one makes none of them late.
    os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    kinds = [kind for kind in (Larder, Nginx) if options.only in (None, kind.__name__.lower())]
    with tempfile.TemporaryDirectory(prefix="launch-site-") as folder:
        options.source = make_source(f"{folder}/source")
        site = wordpress_posts.WordPress(folder, POSTS, options.plugins)
        days = [one_day(kind, site, options) for kind in kinds]
    text = table(days, options)
    print(text)
    pathlib.Path(options.out, "launch_day.json").write_text(json.dumps(days), encoding="ascii")
    pathlib.Path(options.out, "launch_day.svg").write_text(launch_day_chart.draw(days, options.minutes * 60), encoding="utf-8")
    if options.write:
        results.write_section("Staying up on launch day (`bench/launch_day.py`)", text)


if __name__ == "__main__":
    main()
