"""LarderOnBoard: questions about the service on an emulated board, and changes of it."""
import json
import re

from machine import MachineError
from patience import CHANGE, until

INI = "/etc/larder/larder.ini"


class LarderOnBoard:
    def __init__(self, board):
        self._board = board
        self.last = ""  # what was answered last, for the report of a failure

    def run(self, command, seconds=240):
        """The output of a command that has to succeed."""
        status, self.last = self._board.shell(command, seconds)
        if status != 0:
            raise MachineError(f"{command!r}: status {status}: {self.last[-1500:]}")
        return self.last.strip()

    def says(self, command, seconds=240):
        """Whether the command succeeds."""
        status, self.last = self._board.shell(command, seconds)
        return status == 0

    def get(self, path, seconds=60):
        answer = self._board.get(path, seconds)
        self.last = repr(answer)
        return answer

    def page(self, path):
        """The page, when it is one that PHP has rendered, now or before."""
        answer = self.get(path)
        return answer if answer.status == 200 and answer.body.startswith("page ") else None

    def cached_page(self, path):
        answer = self.page(path)
        return answer if answer and answer.hit() else None

    def page_worth_keeping(self, path):
        """The same, asked for again: of pages with a query only such are written to the stick."""
        page = until(CHANGE, self.page, path)
        again = until(CHANGE, self.cached_page, path)
        return page if again and again.body == page.body else None

    def serves_files(self):
        return self.get("/file.txt").body == "a file of the site\n"

    def warm(self):
        """Answers, and knows all pages of the ring again."""
        return self.serves_files() and not self.stats()["gauges"]["ring_recovering"]

    def active(self):
        return self.says("systemctl is-active larder")

    def pid(self):
        return int(self.run("systemctl show -p MainPID --value larder"))

    def stats(self):
        return json.loads(self.run("curl -sS --max-time 30 http://127.0.0.1/larder/stats"))

    def ring_pages(self):
        return self.stats()["gauges"]["ring_pages"]

    def set(self, key, value):
        self.run(f"sed -i 's|^;*{key} = .*|{key} = {value}|' {INI}")

    def restart(self):
        self.run("systemctl restart larder")

    def boot_id(self):
        return self.run("cat /proc/sys/kernel/random/boot_id")

    def stick_device(self):
        """/dev/sda, or "" when nothing is mounted there."""
        status, output = self._board.shell("findmnt -n -t ext4 -o SOURCE /srv/larder")
        self.last = output
        return output.strip() if status == 0 else ""

    def memory(self):
        """KiB of the daemon itself: VmRSS, RssAnon, RssFile, RssShmem."""
        lines = self.run(f"cat /proc/{self.pid()}/status")
        return {name: int(size) for name, size in re.findall(r"(VmRSS|RssAnon|RssFile|RssShmem):\s+(\d+) kB", lines)}
