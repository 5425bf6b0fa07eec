#!/usr/bin/env python3
"""`larder batch` on a terminal: the keys reach the command, whether it runs or stands still, and the shell's jobs work."""
import os
import pathlib
import pty
import re
import select
import signal
import tempfile
import time
import unittest

LARDER = os.environ["LARDER"]
PATIENCE = 60  # seconds


class Terminal:
    """A program on a terminal of its own, with a board and a place for daemons under `folder`."""

    def __init__(self, folder, *command):
        board = pathlib.Path(folder, "board/proc")
        board.mkdir(parents=True)
        board.joinpath("meminfo").write_text("MemTotal: 900000 kB\nMemAvailable: 600000 kB\n", encoding="ascii")
        self.pressure = pathlib.Path(folder, f"run/larder-{os.getpid()}/pressure")
        self.pressure.parent.mkdir(parents=True)
        self.shown = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(LARDER_BOARD_ROOT=str(board.parent), RUNTIME_DIRECTORY=str(pathlib.Path(folder, "run")), PS1="$ ")
            os.execvp(command[0], command)

    def keys(self, text):
        os.write(self.terminal, text.encode())

    def expect(self, pattern):
        """Waits until something new on the screen matches, and forgets the screen up to there."""
        end = time.monotonic() + PATIENCE
        while not (match := re.search(pattern, self.shown)):
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            try:
                got = os.read(self.terminal, 4096) if ready else b""
            except OSError:
                got = b""
            if not got:
                raise AssertionError(f"{pattern!r} did not appear; on the screen: {self.shown!r}")
            self.shown += got.decode(errors="replace")
        self.shown = self.shown[match.end():]

    def exit_code(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.01)[0]:  # or a full terminal would hold it
                try:
                    os.read(self.terminal, 4096)
                except OSError:
                    pass
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.terminal)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError("it did not end")


class Keys(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def on_terminal(self, *command):
        return Terminal(self.folder.name, *command)

    def test_what_is_typed_is_the_commands(self):
        terminal = self.on_terminal(LARDER, "batch", "--", "sh", "-c", "echo ready; read line; echo got $line")
        terminal.expect("ready")
        terminal.keys("hello\n")
        terminal.expect("got hello")
        self.assertEqual(terminal.exit_code(), 0)

    def test_ctrl_c_ends_a_command_that_runs(self):
        terminal = self.on_terminal(LARDER, "batch", "--", "sh", "-c", "echo ready; exec cat")
        terminal.expect("ready")
        terminal.keys("\x03")
        self.assertEqual(terminal.exit_code(), 128 + signal.SIGINT)

    def test_ctrl_c_ends_a_command_that_stands_still(self):
        terminal = self.on_terminal(LARDER, "batch", "--", "sh", "-c", "echo ready; exec cat")
        terminal.expect("ready")
        terminal.pressure.write_text("RED\n", encoding="ascii")
        terminal.expect(r"paused 0:00 \(RED, Larder says\)")
        terminal.keys("\x03")
        self.assertEqual(terminal.exit_code(), 128 + signal.SIGINT)

    def test_a_pause_moves_on_its_line_and_the_keys_come_back(self):
        terminal = self.on_terminal(LARDER, "batch", "--", "sh", "-c", "echo ready; read line; echo got $line")
        terminal.expect("ready")
        terminal.pressure.write_text("ORANGE\n", encoding="ascii")
        terminal.expect(r"\r\x1b\[Klarder batch: paused 0:01")
        terminal.pressure.write_text("GREEN\n", encoding="ascii")
        terminal.expect("goes on; paused 0:0")
        terminal.keys("again\n")
        terminal.expect("got again")
        self.assertEqual(terminal.exit_code(), 0)

    def test_ctrl_z_stops_the_job_and_fg_brings_it_back(self):
        terminal = self.on_terminal("bash", "--norc", "--noprofile", "-i")
        terminal.keys(f"{LARDER} batch -- sh -c 'echo rea''dy; read line; echo got $line'\n")
        terminal.expect("ready\r")
        terminal.keys("\x1a")
        terminal.expect("Stopped")
        terminal.keys("fg\n")
        terminal.expect("larder batch")
        terminal.keys("hello\n")
        terminal.expect("got ")
        terminal.keys("exit 9\n")
        self.assertEqual(terminal.exit_code(), 9)


if __name__ == "__main__":
    unittest.main()
