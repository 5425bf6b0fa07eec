"""The servers that send one WordPress page, for page_cost.py and wire.py: Larder, nginx (gzip or not), Varnish."""
import datetime
import http.client
import os
import sys
import time
import urllib.parse
from dataclasses import dataclass
from subprocess import Popen

import peers
import results
import wordpress_page

BROWSER = ["Accept-Encoding: gzip, deflate, br"]


@dataclass
class Server:
    name: str
    host: str
    port: int
    process: Popen
    fields: list  # what its clients send
    path: str
    body_bytes: int = 0


class Peers:
    """`pinned` begins the servers' command lines, `worker_pinned` those of the FastCGI workers behind them."""

    def __init__(self, build, folder, pinned, worker_pinned, host="127.0.0.1"):
        self.build, self.folder, self.pinned, self.host = build, folder, pinned, host
        self.servers, self.others = [], []
        self.socket = f"{folder}/worker.sock"
        self.site = peers.make_site(folder)
        with open(f"{folder}/page.html", "wb") as file:
            file.write(wordpress_page.page())
        self.path = "/index.php?" + urllib.parse.urlencode(
            {"do": "file", "file": f"{folder}/page.html", "type": "text/html; charset=UTF-8"},
            quote_via=urllib.parse.quote)
        self.worker = peers.start([*worker_pinned, f"{build}/tests/support/fake_worker", self.socket, "2"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        peers.stop([server.process for server in self.servers] + self.others + [self.worker])

    def add_larder(self):
        port = peers.free_port()
        listen = {"server.listen": f"{self.host}:{port}"}
        command = peers.larder_command([f"{self.build}/larder"], self.folder, port, self.site, self.socket, listen)
        server = self._add("Larder", port, peers.start(self.pinned + command), BROWSER)
        self._expect(server, "br")
        # It compresses again what is asked for often, when there is nothing else to do.
        first, deadline = server.body_bytes, time.monotonic() + 60
        while server.body_bytes == first and time.monotonic() < deadline:
            for _ in range(4):
                server.body_bytes = len(self._fetch(server)[1])
            time.sleep(0.5)
        if server.body_bytes == first:
            print("note: Larder did not find the machine idle enough to compress the page again", file=sys.stderr)

    def add_nginx(self, name, gzip):
        server = self._add(name, *self._start_nginx(name, gzip), BROWSER if gzip else [])
        self._expect(server, "gzip" if gzip else None)

    def add_senders(self, nginx, bare):
        """Two that send the very bytes that Larder does, and make nothing of a page: nginx from a file, and a loop of
        recv() and send()."""
        with open(f"{self.site}/4k.css", "wb") as file:
            file.write(self._fetch(self.servers[0])[1])
        self._expect(self._add(nginx, *self._start_nginx(nginx, False), [], "/4k.css"), None)
        port = peers.free_port()
        command = [f"{self.build}/bench/bare_server", self.host, str(port), f"{self.site}/4k.css"]
        self._expect(self._add(bare, port, peers.start(self.pinned + command), []), None)

    def add_varnish(self):
        backend, process = self._start_nginx("backend", False)
        self.others.append(process)
        peers.wait_until_served(backend, self.path, process, self.host)
        port = peers.free_port()
        vcl = f"{self.folder}/page.vcl"
        with open(vcl, "w") as file:
            file.write(f'vcl 4.1;\nbackend nginx {{ .host = "{self.host}"; .port = "{backend}"; }}\n'
                       "sub vcl_backend_response { set beresp.do_gzip = true; set beresp.ttl = 1h; }\n")
        process = peers.start([*self.pinned, "varnishd", "-F", "-n", f"{self.folder}/varnish", "-j", "none", "-a",
                               f"{self.host}:{port}", "-f", vcl, "-s", "malloc,64m"])
        self._expect(self._add("Varnish", port, process, BROWSER), "gzip")

    def _start_nginx(self, name, gzip):
        folder, port = f"{self.folder}/{name.replace(', ', '-').replace(' ', '-')}", peers.free_port()
        os.mkdir(folder)
        command = peers.nginx_command(["nginx"], folder, port, self.site, self.socket, host=self.host,
                                      more="gzip on;" if gzip else "")
        return port, peers.start(self.pinned + command)

    def _add(self, name, port, process, fields, path=None):
        server = Server(name, self.host, port, process, fields, path or self.path)
        self.servers.append(server)
        peers.wait_until_served(port, server.path, process, self.host)
        return server

    def _fetch(self, server):
        connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
        connection.request("GET", server.path, headers=dict(field.split(": ", 1) for field in server.fields))
        response = connection.getresponse()
        return response, response.read()

    def _expect(self, server, coding):
        for _ in range(3):
            response, body = self._fetch(server)
        if response.status != 200 or response.getheader("Content-Encoding") != coding:
            sys.exit(f"{server.name} answers {response.status} in {response.getheader('Content-Encoding')}, "
                     f"not {coding}")
        server.body_bytes = len(body)


def heading(build, *others):
    """`others`: command lines that say a version."""
    commands = [[f"{build}/larder", "--version"], ["nginx", "-v"], *others]
    versions = [results.version(list(command)).split(" revision")[0].removeprefix("varnishd (") for command in commands]
    return (f"{datetime.date.today()}, {', '.join(versions)}; a page of {wordpress_page.SIZE:,} bytes made by "
            "`bench/wordpress_page.py`")
