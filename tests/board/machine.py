"""Machine: an emulated board under QEMU, as long as the object is open.

Every machine works on its own copy of the images, so that the next one finds them as they were made. Its ports are on
this machine's loopback, chosen by QEMU. All waits are bounded, by this machine's clock: the board's own may crawl.
"""
import http.client
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

from qmp import Qmp

CARD = "card.img"
STICK = "stick.img"
COMMAND_LINE = "psi=1 quiet systemd.show_status=0"

MODELS = {
    # Has nothing of a Pi but the processor; fast, and what is on its USB can be pulled.
    "virt": [
        "-M", "virt", "-cpu", "cortex-a53", "-smp", "4", "-m", "1024", "-serial", "file:console",
        "-append", f"console=ttyAMA0 root=/dev/vda {COMMAND_LINE}",
        "-device", "virtio-blk-pci,drive=card", "-device", "qemu-xhci,id=usb",
        # Without romfile= it wants the ROM for booting over the network, which is in a package of its own.
        "-device", "virtio-net-pci,netdev=net,romfile=",
    ],
    # A Pi 3 by its device tree, card reader and USB; everything over USB is slow.
    "raspi3b": [
        "-M", "raspi3b", "-dtb", "board.dtb", "-serial", "file:console", "-serial", "null",
        "-append", f"console=ttyAMA0,115200 root=/dev/mmcblk0 rootwait dwc_otg.fiq_fsm_enable=0 {COMMAND_LINE}",
        "-device", "usb-net,netdev=net",
    ],
}
FORWARDED = {"web": 80, "shell": 2323}


class MachineError(Exception):
    pass


class Answer:
    def __init__(self, status, head, body):
        self.status = status
        self.head = head  # names in lower case
        self.body = body

    def hit(self):
        return "; hit" in self.head.get("cache-status", "")

    def __repr__(self):
        return f"{self.status} {self.head} {self.body[:300]!r}"


class Machine:
    def __init__(self, model, images):
        """Copies the images and starts the board; it is up later."""
        self.model = model
        self._process = None
        self._sticks = 0
        self._folder = tempfile.mkdtemp(prefix="run-", dir=os.path.dirname(os.path.abspath(images)))
        try:
            for name in os.listdir(images):
                subprocess.run(["cp", "--sparse=always", os.path.join(images, name), self._folder], check=True)
            self._start()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _start(self):
        forwards = ",".join(f"hostfwd=tcp:127.0.0.1:0-:{port}" for port in FORWARDED.values())
        card = f"file={CARD},format=raw,cache=unsafe"
        command = [
            # Should we be killed, the board goes too.
            "setpriv", "--pdeathsig", "TERM", "qemu-system-aarch64", *MODELS[self.model],
            "-accel", "tcg,thread=multi", "-display", "none", "-monitor", "none",
            "-qmp", "unix:qmp,server=on,wait=off", "-kernel", "vmlinuz", "-initrd", "initramfs",
            "-drive", f"if=sd,{card}" if self.model == "raspi3b" else f"if=none,id=card,{card}",
            "-blockdev", f"driver=raw,node-name=stick,file.driver=file,file.filename={STICK},cache.no-flush=on",
            "-device", "usb-storage,id=stick0,drive=stick",
            "-netdev", f"user,id=net,restrict=on,{forwards}",
        ]
        with open(os.path.join(self._folder, "qemu.log"), "w", encoding="utf-8") as log:
            # A session of its own: Ctrl-C in the terminal is for us, who then end it.
            self._process = subprocess.Popen(
                command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._qmp = Qmp(os.path.join(self._folder, "qmp"), 30)
        listing = self._qmp.run("human-monitor-command", command_line="info usernet")
        found = re.findall(r"127\.0\.0\.1\s+(\d+)\s+\S+\s+(\d+)", listing)
        ports = {int(inside): int(outside) for outside, inside in found}
        self.ports = {name: ports[inside] for name, inside in FORWARDED.items()}

    def close(self):
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def alive(self):
        return self._process.poll() is None

    def told(self):
        """What QEMU and the board's console said last."""
        text = ""
        for name in ("qemu.log", "console"):
            try:
                with open(os.path.join(self._folder, name), encoding="utf-8", errors="replace") as file:
                    text += "".join(file.readlines()[-25:])
            except OSError:
                pass
        return text

    # --- Talking to the board ---

    def shell(self, command, seconds=120):
        """(exit status, output) of a command that root runs on the board."""
        end = "-- end of it, status "
        quoted = "'" + command.replace("'", "'\\''") + "'"
        script = f"bash -c {quoted} </dev/null 2>&1\nprintf '\\n%s%d\\n' '{end}' $?\nexit\n"
        until = time.monotonic() + seconds
        got = b""
        with socket.create_connection(("127.0.0.1", self.ports["shell"]), timeout=seconds) as connection:
            connection.sendall(script.encode())
            while True:
                connection.settimeout(max(0.01, until - time.monotonic()))
                more = connection.recv(65536)
                if not more:
                    break
                got += more
        output, found, status = got.decode(errors="replace").rpartition(f"\n{end}")
        if not found:
            raise MachineError(f"no end of {command!r}: {got[-500:]!r}")
        return int(status), output

    def get(self, path, seconds=60):
        """From this machine where the board's network bears it, else on the board."""
        if self.model == "raspi3b":
            return self._get_inside(path, seconds)
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["web"], timeout=seconds)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            head = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, head, answer.read().decode(errors="replace"))
        finally:
            connection.close()

    def _get_inside(self, path, seconds):
        status, output = self.shell(f"curl -sS -i --max-time {seconds} 'http://localhost{path}'", seconds + 60)
        head, _, body = output.replace("\r\n", "\n").partition("\n\n")
        if status != 0 or not head.startswith("HTTP/"):
            raise MachineError(f"curl: {status} {output[-300:]}")
        lines = head.split("\n")
        fields = dict(line.split(": ", 1) for line in lines[1:])
        return Answer(int(lines[0].split()[1]), {k.lower(): v for k, v in fields.items()}, body)

    # --- The stick ---

    def pull_stick(self):
        self._qmp.run("device_del", id=f"stick{self._sticks}")
        self._qmp.wait_for("DEVICE_DELETED", device=f"stick{self._sticks}")

    def put_stick(self):
        self._sticks += 1
        self._qmp.run("device_add", driver="usb-storage", id=f"stick{self._sticks}", drive="stick")

    def put_other_stick(self):
        """An empty one: it takes the name that the next one would have."""
        other = os.path.join(self._folder, "other.img")
        with open(other, "wb") as file:
            file.truncate(1 << 20)
        self._qmp.run(
            "blockdev-add", driver="raw", node_name="other", file={"driver": "file", "filename": other}
        )
        self._qmp.run("device_add", driver="usb-storage", id="other", drive="other")
