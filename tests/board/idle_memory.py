"""What the idle daemon holds in memory, and what each idle connection adds."""
import socket

from patience import CHANGE, until

CONNECTIONS = 500
MOST_IDLE = 20 * 1024  # KiB: the targets of the project
MOST_PER_CONNECTION = 24  # KiB


def text(memory):
    return f"VmRSS {memory['VmRSS']} KiB: anonymous {memory['RssAnon']}, file {memory['RssFile']}"


def check_idle(report, larder):
    """On a daemon that has answered nothing but whether it is there."""
    memory = larder.memory()
    ring = larder.stats()["gauges"]
    print(f"        idle, a ring of {ring['ring_bytes'] >> 20} MiB with {ring['ring_pages']} pages: {text(memory)}")
    report.expect("the ring has 8 GiB and is empty", ring["ring_bytes"] == 8 << 30 and ring["ring_pages"] == 0, ring)
    report.expect("idle, it holds at most 20 MiB", memory["VmRSS"] <= MOST_IDLE, memory)


def open_idle(port, path):
    """A connection that has been answered once and is kept."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: board\r\n\r\n".encode())
    got = b""
    while b"\r\n\r\n" not in got:
        more = connection.recv(65536)
        if not more:
            raise OSError(f"closed: {got[:200]!r}")
        got += more
    if not got.startswith(b"HTTP/1.1 200"):
        raise OSError(f"refused: {got[:200]!r}")
    return connection


def check_connections(report, larder, port):
    """Restarts the daemon."""
    larder.set("keepalive_timeout", "30m")
    larder.set("connections_per_client", CONNECTIONS + 50)  # they all come from one address
    larder.restart()
    until(CHANGE, larder.serves_files)
    until(CHANGE, larder.cached_page, "/")
    before = larder.memory()
    idle = []
    try:
        for _ in range(CONNECTIONS):
            idle.append(open_idle(port, "/"))
        open_now = larder.stats()["gauges"]["connections"]
        after = larder.memory()
    finally:
        for connection in idle:
            connection.close()
    each = (after["VmRSS"] - before["VmRSS"]) / CONNECTIONS
    print(f"        before: {text(before)}\n        with {open_now} connections: {text(after)}; {each:.1f} KiB each")
    report.expect(f"{CONNECTIONS} idle connections are open", open_now >= CONNECTIONS, open_now)
    report.expect("each of them holds at most 24 KiB", each <= MOST_PER_CONNECTION, each)
    larder.set("keepalive_timeout", "15s")
    larder.set("connections_per_client", "auto")
    larder.restart()
    until(CHANGE, larder.serves_files)
