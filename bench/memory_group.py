"""A group of processes that have so much memory together and no swap; each kind of them has a group of its own in it.

Version 2 of the kernel's groups or version 1, whichever has the memory controller. In version 1 a process that dies of
memory is counted where it was, in version 2 at every group above it too.
"""
import os
import pathlib
import signal
import subprocess
import time

ROOT = pathlib.Path("/sys/fs/cgroup")


class MemoryGroup:
    def __init__(self, name, limit, parts):
        controllers = ROOT / "cgroup.controllers"
        self.v2 = controllers.exists() and "memory" in controllers.read_text().split()
        self.path = ROOT / ("" if self.v2 else "memory") / name
        if self.v2:
            (ROOT / "cgroup.subtree_control").write_text("+memory")
        self.path.mkdir(exist_ok=True)
        self._write("memory.max" if self.v2 else "memory.limit_in_bytes", limit)
        self._write("memory.swap.max" if self.v2 else "memory.swappiness", 0)
        if self.v2:
            self._write("cgroup.subtree_control", "+memory")
        self.parts = {part: self.path / part for part in parts}
        for path in self.parts.values():
            path.mkdir(exist_ok=True)
            if not self.v2:
                (path / "memory.swappiness").write_text("0")

    def _write(self, file, value):
        (self.path / file).write_text(str(value))

    def start(self, part, command, **more):
        """As a service is started: the process is in its group before it is the program."""
        def join():
            (self.parts[part] / "cgroup.procs").write_text("0")
        return subprocess.Popen(command, preexec_fn=join, start_new_session=True, **more)

    def used(self):
        return int((self.path / ("memory.current" if self.v2 else "memory.usage_in_bytes")).read_text())

    def needed(self, part):
        """What is no file: it cannot be given up."""
        values = dict(line.split()[:2] for line in (self.parts[part] / "memory.stat").read_text().splitlines())
        return sum(int(values[name]) for name in (("anon", "shmem") if self.v2 else ("total_rss", "total_shmem")))

    def oom_kills(self):
        file = "memory.events" if self.v2 else "memory.oom_control"
        paths = [self.path] if self.v2 else [self.path, *self.parts.values()]
        return sum(int(line.split()[1]) for path in paths for line in (path / file).read_text().splitlines()
                   if line.startswith("oom_kill "))

    def remove(self):
        """Ends whoever is still in it."""
        for _ in range(100):
            paths = [*self.parts.values(), self.path]
            for path in paths:
                for pid in (path / "cgroup.procs").read_text().split() if path.exists() else ():
                    try:
                        os.kill(int(pid), signal.SIGKILL)
                    except ProcessLookupError:
                        pass
            try:
                for path in paths:
                    if path.exists():
                        path.rmdir()
                return
            except OSError:
                time.sleep(0.1)
