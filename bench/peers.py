"""Larder and nginx as the benchmarks start them: one loop each, the same pages from the same FastCGI workers."""
import http.client
import os
import socket
import subprocess
import sys
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(command):
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def stop(processes):
    for process in processes:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def fetch(port, path, host="127.0.0.1"):
    connection = http.client.HTTPConnection(host, port, timeout=10)
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    return response, body


def wait_until_served(port, path, process, host="127.0.0.1"):
    for _ in range(300):
        if process.poll() is not None:
            sys.exit(f"the server ended: {process.stderr.read()}")
        try:
            if fetch(port, path, host)[0].status == 200:
                return
        except OSError:
            pass  # not listening yet
        time.sleep(0.1)
    sys.exit(f"port {port} does not answer")


def check_page(port, path, size, header="Content-Length", expected=""):
    """Ends the program unless the page has this size and the header says what is expected."""
    response, body = fetch(port, path)
    found = response.getheader(header) or ""
    if response.status != 200 or len(body) != size or expected not in found:
        sys.exit(f"{path} on port {port} is not what it should be: {response.status}, {len(body)} bytes, {found!r}")


def make_site(folder):
    """A script (the fake worker answers for it) and static files."""
    site = f"{folder}/site"
    os.mkdir(site)
    with open(f"{site}/index.php", "w") as script:
        script.write("<?php // the fake worker answers\n")
    with open(f"{site}/4k.css", "w") as file:
        file.write("/**/".ljust(4096))
    return site


def larder_command(program, folder, port, site, worker_socket, more=None):
    """`more` settings are stronger than those that all benchmarks have."""
    cache = f"{folder}/larder-cache"
    os.makedirs(cache, exist_ok=True)
    settings = {"server.listen": f"127.0.0.1:{port}", "server.threads": 1, "site.root": site,
                "php.address": f"unix:{worker_socket}", "cache.path": cache, "cache.size": "64M",
                "cache.default_ttl": "1h", **(more or {})}
    return [*program, "serve", *(word for name, value in settings.items() for word in ("--set", f"{name}={value}"))]


def nginx_command(program, folder, port, site, worker_socket, cache=None, size="100m", host="127.0.0.1", more=""):
    config = f"{folder}/nginx.conf"
    with open(config, "w") as file:
        file.write(nginx_config(folder, port, site, worker_socket, cache or f"{folder}/cache", size, host, more))
    return [*program, "-e", f"{folder}/error.log", "-c", config]


def nginx_config(folder, port, site, worker_socket, cache, size, host, more):
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
  {more}
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=1000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  fastcgi_cache_path {cache} levels=1:2 keys_zone=pages:10m max_size={size} inactive=1h use_temp_path=off;
  types {{ text/css css; }}
  server {{
    listen {host}:{port};
    root {site};
    location / {{
      rewrite ^ /index.php last;
    }}
    location = /4k.css {{
    }}
    location = /index.php {{
      fastcgi_pass unix:{worker_socket};
      fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_URI $request_uri;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_cache pages;
      fastcgi_cache_key $scheme$host$request_uri;
      fastcgi_cache_valid 200 1h;
      add_header X-Cache $upstream_cache_status;
    }}
  }}
}}
"""
