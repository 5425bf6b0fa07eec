"""Qmp: the monitor of a running QEMU (QEMU Machine Protocol: a JSON object a line, over a Unix socket)."""
import json
import socket
import time


class QmpError(Exception):
    pass


class Qmp:
    def __init__(self, path, seconds):
        """Waits at most `seconds` for the monitor to be there."""
        until = time.monotonic() + seconds
        while True:
            self._socket = socket.socket(socket.AF_UNIX)
            try:
                self._socket.connect(path)
                break
            except OSError:
                self._socket.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
        self._socket.settimeout(60)
        self._lines = self._socket.makefile("r")
        self._events = []
        self._read()  # the greeting
        self.run("qmp_capabilities")

    def _read(self):
        line = self._lines.readline()
        if not line:
            raise QmpError("QEMU has closed its monitor")
        return json.loads(line)

    def run(self, command, **arguments):
        """What the command returns. Names of arguments are spelled with "_" for "-"."""
        request = {"execute": command, "arguments": {k.replace("_", "-"): v for k, v in arguments.items()}}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = self._read()
            if "event" in answer:
                self._events.append(answer)
            elif "error" in answer:
                raise QmpError(f"{command}: {answer['error']['desc']}")
            else:
                return answer["return"]

    def wait_for(self, event, **data):
        """Until an event of that name with that data has come (since the last one that was waited for)."""
        while True:
            for i, seen in enumerate(self._events):
                if seen["event"] == event and data.items() <= seen.get("data", {}).items():
                    del self._events[: i + 1]
                    return
            self._events.append(self._read_event())

    def _read_event(self):
        while True:
            answer = self._read()
            if "event" in answer:
                return answer
