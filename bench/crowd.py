#!/usr/bin/env python3
"""What clients wait for a page while thousands of connections are held that want nothing, or do not come to the point.

Idle ones have been answered once and are kept; slow ones send a byte of their head a second, and come again when they are
cut off. A process of its own holds them. Clients come open loop, each by a connection of its own, for one cached page: first
without the crowd, then with it. Server on one core, all others on the second.
"""
import argparse
import asyncio
import multiprocessing
import os
import re
import resource
import tempfile
import time

import results
from peers import fetch, free_port, larder_command, make_site, nginx_command, start, stop, wait_until_served

PAGE, BYTES, RATE = "/index.php?do=big&bytes=16384", 16384, 100
SERVER_CORE, OTHERS_CORE = 0, 1
HEAD = b"GET / HTTP/1.1\r\nHost: bench.test\r\nX-Slow: "
LONG = 300  # seconds that a connection may be idle


class Crowd:
    """Runs in a process of its own; `told` shares with the others how many are held: idle, slow, cut off."""

    def __init__(self, port, idle, slow, told):
        self.port, self.idle, self.slow, self.told = port, idle, slow, told

    async def stay_idle(self, turn):
        while True:
            async with turn:  # they do not all come at once
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(f"GET {PAGE} HTTP/1.1\r\nHost: bench.test\r\n\r\n".encode())
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(BYTES)
            held = head.startswith(b"HTTP/1.1 200")
            self.told[0] += held
            await reader.read(-1)
            self.told[0] -= held
            writer.close()

    async def be_slow(self, number):
        await asyncio.sleep(number / self.slow)
        while True:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            self.told[1] += 1
            writer.write(HEAD)
            end = asyncio.create_task(reader.read(-1))
            while not end.done():
                await asyncio.wait([end], timeout=1)
                writer.write(b"x")
            await asyncio.gather(end, return_exceptions=True)  # a reset is as good an end
            self.told[1] -= 1
            self.told[2] += 1
            writer.close()

    async def keep_on(self, task, *arguments):
        while True:
            try:
                await task(*arguments)
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.1)

    async def come(self):
        turn = asyncio.Semaphore(50)
        await asyncio.gather(*(self.keep_on(self.stay_idle, turn) for _ in range(self.idle)),
                             *(self.keep_on(self.be_slow, number) for number in range(self.slow)))


def hold(*arguments):
    asyncio.run(Crowd(*arguments).come())


async def ask(port):
    """(status, milliseconds)"""
    began = time.monotonic()
    try:
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {PAGE} HTTP/1.1\r\nHost: bench.test\r\nConnection: close\r\n\r\n".encode())
            answer = await reader.read(-1)
            writer.close()
            status = int(answer.split(b" ", 2)[1]) if len(answer) > BYTES else 0
    except (OSError, TimeoutError, IndexError, ValueError):
        status = 0
    return status, (time.monotonic() - began) * 1000


async def clients(port, seconds):
    began, tasks = time.monotonic(), []
    for number in range(int(seconds * RATE)):
        await asyncio.sleep(max(0, began + number / RATE - time.monotonic()))
        tasks.append(asyncio.create_task(ask(port)))
    return await asyncio.gather(*tasks)


def resident_kib(process):
    """Of the server and what it started."""
    children = open(f"/proc/{process.pid}/task/{process.pid}/children").read().split()
    return sum(int(re.search(r"^VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read(), re.M)[1])
               for pid in [process.pid, *children])


def figures(answers):
    good = sorted(took for status, took in answers if status == 200)
    return {"answered": len(good) / len(answers), "p50": good[len(good) // 2], "p99": good[int(0.99 * len(good))]} if good else {
        "answered": 0.0, "p50": float("nan"), "p99": float("nan")}


def wait_for_crowd(told, idle, slow):
    for _ in range(600):
        if told[0] >= idle and told[1] >= slow * 0.9:
            return
        time.sleep(0.1)


def measure(port, process, options):
    check = fetch(port, PAGE)[1]
    if len(check) != BYTES:
        raise SystemExit(f"the page has {len(check)} bytes")
    alone = figures(asyncio.run(clients(port, options.seconds)))
    before, measured = resident_kib(process), {}
    told = multiprocessing.Array("l", 3, lock=False)
    for name, idle, slow in (("idle", options.idle, 0), ("both", options.idle, options.slow)):
        told[0] = told[1] = told[2] = 0
        holder = multiprocessing.Process(target=hold, args=(port, idle, slow, told), daemon=True)
        holder.start()
        try:
            wait_for_crowd(told, idle, slow)
            time.sleep(2)
            memory = resident_kib(process)
            measured[name] = {**figures(asyncio.run(clients(port, options.seconds))), "held_idle": told[0], "held_slow": told[1],
                              "cut": told[2], "each": (memory - before) / max(1, told[0] + told[1])}
        finally:
            holder.kill()
            holder.join()
        time.sleep(3)
    return {"alone": alone, **measured}


def pinned(command):
    return ["taskset", "-c", str(SERVER_CORE), *command]


def server_command(name, options, folder, port, site, worker_socket):
    all_of_them = options.idle + options.slow + 1000
    if name == "Larder":
        return larder_command(pinned([f"{options.build}/server/larder"]), folder, port, site, worker_socket,
                              {"server.connections": all_of_them, "server.connections_per_client": all_of_them,
                               "server.keepalive_timeout": f"{LONG}s", "cache.compress": "off"})
    command = nginx_command(pinned(["nginx"]), folder, port, site, worker_socket,
                            more=f"keepalive_timeout {LONG}s; client_header_timeout 10s; reset_timedout_connection on;")
    config = command[-1]
    with open(config) as file:
        text = file.read().replace("worker_connections 1024", f"worker_connections {2 * all_of_them}")
    with open(config, "w") as file:
        file.write(text)
    return command


def run(options, folder):
    measured, site = {}, make_site(folder)
    for name in ("Larder", "nginx"):
        worker_socket, port = f"{folder}/{name}.sock", free_port()
        processes = [start([f"{options.build}/tests/support/fake_worker", worker_socket, "2"])]
        processes.append(start(server_command(name, options, folder, port, site, worker_socket)))
        try:
            wait_until_served(port, PAGE, processes[-1])
            measured[name] = measure(port, processes[-1], options)
        finally:
            stop(reversed(processes))
        print(name, measured[name], flush=True)
    return measured


ROWS = [("answered, without the crowd", "alone", "answered", "{:.1%}", ""),
        ("p50", "alone", "p50", "{:.1f} ms", ""), ("p99", "alone", "p99", "{:.1f} ms", ""),
        ("idle connections held", "idle", "held_idle", "{:,}", ""),
        ("resident memory each", "idle", "each", "{:.1f} KiB", "≤ 24 KiB"),
        ("answered beside them", "idle", "answered", "{:.1%}", "100 %"),
        ("p50", "idle", "p50", "{:.1f} ms", ""), ("p99", "idle", "p99", "{:.1f} ms", "≤ 50 ms"),
        ("idle and slow connections held at the end", "both", "held", "{}", ""),
        ("slow ones cut off meanwhile", "both", "cut", "{:,}", ""),
        ("answered beside both", "both", "answered", "{:.1%}", "100 %"),
        ("p50", "both", "p50", "{:.1f} ms", ""), ("p99", "both", "p99", "{:.1f} ms", "≤ 50 ms")]


def table(measured, options):
    text = (f"{time.strftime('%Y-%m-%d')}, {results.version(['nginx', '-v'])}; `{results.command()}`; {RATE} clients a second for "
            f"{options.seconds} s each time; server on one core of {results.processor()}. {results.load()}\n\n"
            "| | " + "".join(f"{name} | " for name in measured) + "target |\n" + "|---" * (len(measured) + 2) + "|\n")
    for part in measured.values():
        part["both"]["held"] = f"{part['both']['held_idle']:,} and {part['both']['held_slow']:,}"
    for what, part, key, form, target in ROWS:
        text += f"| {what} | " + "".join(f"{form.format(m[part][key])} | " for m in measured.values()) + f"{target} |\n"
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--idle", type=int, default=5000)
    parser.add_argument("--slow", type=int, default=2000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    needed = options.idle + options.slow + 2000
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < needed:
        raise SystemExit(f"a process may have {hard} files open, {needed} are needed: ulimit -Hn {needed}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.sched_setaffinity(0, {OTHERS_CORE})
    with tempfile.TemporaryDirectory(prefix="larder-bench-") as folder:
        os.chmod(folder, 0o755)
        text = table(run(options, folder), options)
    print(text)
    if options.write:
        results.write_section("Thousands who want nothing (`bench/crowd.py`)", text)


if __name__ == "__main__":
    main()
