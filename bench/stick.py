"""A stick for the benchmarks: ext4 on a loop device over a file. Needs root."""
import os
import subprocess
import sys


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


class Stick:
    """with Stick(folder, bytes) as stick: mounted on stick.path; the kernel counts what is written to it."""

    def __init__(self, folder, size):
        if os.getuid() != 0:
            sys.exit("this benchmark makes a loop device and mounts it: run it as root")
        self.image, self.path, self.size = f"{folder}/stick.img", f"{folder}/stick", size
        self.device = None

    def __enter__(self):
        os.mkdir(self.path)
        with open(self.image, "wb") as image:
            image.truncate(self.size)
        self.device = run("losetup", "--find", "--show", self.image)
        # What ext4 would initialise in the background would be counted as the server's.
        run("mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.device)
        run("mount", "-o", "noatime", self.device, self.path)
        os.chmod(self.path, 0o777)
        run("sync", "-f", self.path)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.path], check=False)
        subprocess.run(["losetup", "-d", self.device], check=False)
        os.unlink(self.image)
        os.rmdir(self.path)

    def written(self):
        """Bytes that reached the device, and in how many writes, everything that was under way included."""
        run("sync", "-f", self.path)
        with open(f"/sys/block/{os.path.basename(self.device)}/stat") as file:
            fields = file.read().split()
        return int(fields[6]) * 512, int(fields[4])
