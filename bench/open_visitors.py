"""Visitors who come open loop: each at its time, whatever became of the ones before.

Most ask for a page, by Zipf's law; some search, each for something else; an editor who is logged in looks at the list
of posts. Each has a connection of its own and a browser that takes gzip.
"""
import asyncio
import random
import time
import zlib
from dataclasses import dataclass

from wordpress_posts import HOST, path_of, title_of

PATIENCE = 30  # seconds a visitor waits
SEARCHES, EDITORS = 0.02, 0.002  # of all requests


@dataclass
class Answer:
    second: int
    took: float  # milliseconds
    status: int  # 0: none, or not a whole answer, or another page
    kind: str    # "page", "search", "editor"
    known: bool  # the page was rendered before, for somebody


def dechunked(body):
    parts = []
    while True:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            return b"".join(parts)
        if len(rest) < length + 2:
            raise ValueError("cut off")
        parts.append(rest[:length])
        body = rest[length + 2:]


def text_of(head, body):
    """Of a whole answer; ValueError when it is not."""
    head = head.lower()
    if b"transfer-encoding: chunked" in head:
        body = dechunked(body)
    elif b"content-length: " in head:
        if len(body) != int(head.split(b"content-length: ")[1].split(b"\r\n")[0]):
            raise ValueError("cut off")
    return zlib.decompress(body, 31) if b"content-encoding: gzip" in head else body


@dataclass
class Response:
    status: int
    body: bytes


async def fetch(port, path, fields="Accept: */*"):
    """ValueError when what came is no whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{fields}\r\nConnection: close\r\n\r\n".encode())
        head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
        try:
            return Response(int(head.split(b" ", 2)[1]), text_of(head, body))
        except (IndexError, zlib.error) as error:
            raise ValueError(error) from None
    finally:
        writer.close()


class Visitors:
    def __init__(self, port, seconds, rate, pages, seed, cookie):
        self.cookie = cookie  # of an editor
        self.port, self.seconds, self.rate = port, seconds, rate  # rate(part of the day) in requests a second
        self.random = random.Random(seed)
        self.pages = list(range(pages))
        self.weights, total = [], 0.0
        for rank in range(1, pages + 1):
            total += 1 / rank
            self.weights.append(total)
        self.seen = set()
        self.answers = []
        self.late = 0.0  # the most that the generator itself came too late, in milliseconds

    def one(self):
        """(kind, page or None, path)"""
        dice = self.random.random()
        if dice < SEARCHES:
            return "search", None, f"/?s=launch+{self.random.getrandbits(40):x}"
        if dice < SEARCHES + EDITORS:
            return "editor", None, "/wp-admin/edit.php"
        page = self.random.choices(self.pages, cum_weights=self.weights)[0]
        return "page", page, path_of(page)

    async def ask(self, kind, page, path, second):
        known, begun, status = page in self.seen, time.monotonic(), 0
        try:
            fields = f"Accept-Encoding: gzip\r\nCookie: {self.cookie}" if kind == "editor" else "Accept-Encoding: gzip"
            answer = await asyncio.wait_for(fetch(self.port, path, fields), PATIENCE)
            if answer.status == 200 and page is not None and f"<title>{title_of(page)} ".encode() not in answer.body:
                raise ValueError("another page")
            status = answer.status
        except (OSError, asyncio.TimeoutError, ValueError):
            pass
        if status == 200 and page is not None:
            self.seen.add(page)
        self.answers.append(Answer(second, (time.monotonic() - begun) * 1000, status, kind, known))

    async def come(self):
        begun, at, tasks = time.monotonic(), 0.0, set()
        while at < self.seconds:
            at += self.random.expovariate(self.rate(at / self.seconds))
            await asyncio.sleep(max(0, begun + at - time.monotonic()))
            self.late = max(self.late, (time.monotonic() - begun - at) * 1000)
            task = asyncio.create_task(self.ask(*self.one(), int(at)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        if tasks:
            await asyncio.wait(tasks)
