#!/usr/bin/env python3
"""board_test.py IMAGES [MODEL]: the package on an emulated board, from power-on to purge. See README.md."""
import signal
import sys
import time

import idle_memory
from drive_setup import check_setup
from larder_on_board import LarderOnBoard
from machine import Machine
from package_life import check_package
from patience import BOOT, CHANGE, until
from report import Report


def check_service(report, board, larder):
    began = time.monotonic()
    report.expect("the board answers", until(BOOT, larder.serves_files), board.told())
    print(f"        {time.monotonic() - began:.0f} s after power-on")
    report.expect("the service runs", until(CHANGE, larder.active), larder.last)
    megabytes = int(larder.run("free -m | awk '/^Mem:/ { print $2 }'"))
    report.expect("it is a board of 1 GiB", 850 < megabytes < 1024, megabytes)
    report.expect("its programs are of 32 bits", larder.run("getconf LONG_BIT") == "32", larder.last)
    report.expect("it is not root", larder.run(f"stat -c %U /proc/{larder.pid()}") == "larder", larder.last)


def check_pages(report, larder):
    page = until(CHANGE, larder.page, "/")
    report.expect("PHP answers", page and "on 32 bits" in page.body, larder.last)
    again = until(CHANGE, larder.cached_page, "/")
    report.expect("then the cache does, with the same page", page and again and page.body == again.body, larder.last)
    report.expect("the page is in the ring", until(CHANGE, lambda: larder.ring_pages() > 0), larder.last)
    ring = larder.run(f"readlink /proc/{larder.pid()}/fd/* | grep -m 1 /ring$")
    on = larder.run(f"df --output=source {ring} | tail -1")
    report.expect("which is on the stick", on.startswith("/dev/sd") and on == larder.stick_device(), f"{ring} {on}")
    larder.restart()
    until(CHANGE, larder.warm)
    again = larder.get("/")
    report.expect("from there it comes after a restart", page and again.hit() and page.body == again.body, larder.last)


def check_memory_limits(report, larder):
    group = "/sys/fs/cgroup/system.slice/larder.service"
    total = int(larder.run("awk '/^MemTotal/ { print $2 }' /proc/meminfo")) << 10
    high = larder.run(f"cat {group}/memory.high")
    share = int(high) / total if high.isdigit() else 1
    report.expect("MemoryHigh is 70 % of the board", 0.69 < share < 0.71, f"{high} of {total}")
    report.expect("nothing of it may be swapped", larder.run(f"cat {group}/memory.swap.max") == "0", larder.last)
    daemon = int(larder.run(f"cat /proc/{larder.pid()}/oom_score_adj"))
    children = [int(n) for n in larder.run("for p in $(pgrep php-fpm); do cat /proc/$p/oom_score_adj; done").split()]
    before = children and min(children) > daemon
    report.expect("PHP goes before the daemon when memory ends", before, f"{children} {daemon}")

    # Held well above what it has, so that only PHP's greed comes near it.
    used = int(larder.run(f"cat {group}/memory.current"))
    larder.run(f"systemctl set-property --runtime larder MemoryHigh={used + (40 << 20)}")
    before = int(larder.run(f"awk '/^high / {{ print $2 }}' {group}/memory.events"))
    larder.get("/greedy.php?megabytes=64", 120)
    after = int(larder.run(f"awk '/^high / {{ print $2 }}' {group}/memory.events"))
    report.expect("above MemoryHigh the kernel holds it back", after > before, f"{before} {after}")
    larder.run("systemctl set-property --runtime larder MemoryHigh=70%")
    report.expect("then it goes on", until(CHANGE, larder.page, "/?n=after"), larder.last)


def check_reboot(report, larder):
    page, boot = larder.page_worth_keeping("/?n=kept"), larder.boot_id()
    larder.says("systemctl reboot --no-block")
    report.expect("it reboots", until(BOOT, lambda: larder.boot_id() != boot), larder.last)
    report.expect("and answers", until(BOOT, larder.warm), larder.last)
    again = larder.get("/?n=kept")
    same = page and again.hit() and page.body == again.body
    report.expect("the first answer is the page from before", same, larder.last)


def check_stick(report, board, larder):
    page, device, pid = until(CHANGE, larder.cached_page, "/?n=kept"), larder.stick_device(), larder.pid()
    board.pull_stick()
    report.expect("the stick is gone", until(CHANGE, lambda: not larder.stick_device()), larder.last)
    again = larder.get("/?n=kept")
    report.expect("pages in memory are still answered", page and again.body == page.body, larder.last)
    other = larder.get("/?n=unseen", 120)
    report.expect("others too, in some way", other.status in (200, 404, 500, 502, 503, 504), larder.last)
    report.expect("by the same process", larder.pid() == pid and larder.active(), larder.last)

    board.put_other_stick()
    until(CHANGE, larder.says, "lsblk -dno SIZE | grep -w 1M")
    board.put_stick()
    report.expect("put back, it is mounted by itself", until(CHANGE, larder.stick_device), larder.last)
    report.expect("under another name", larder.stick_device() not in ("", device), larder.last)
    check_stick_in_use(report, larder, page)


def check_stick_in_use(report, larder, page):
    report.expect("files of it are served", until(CHANGE, larder.warm), larder.last)
    again = until(CHANGE, larder.cached_page, "/?n=kept")
    report.expect("the page from before is still cached", page and again and page.body == again.body, larder.last)
    path, before = f"/?n={larder.boot_id()}-{larder.pid()}", larder.ring_pages()
    new = larder.page_worth_keeping(path)
    report.expect("PHP renders from it", new, larder.last)
    more = until(CHANGE, lambda: larder.ring_pages() > before)
    report.expect("what is new goes to the ring on it", more, larder.last)
    larder.restart()
    until(CHANGE, larder.warm)
    again = larder.get(path)
    report.expect("and comes from there", new and again.hit() and new.body == again.body, larder.last)


def check_boot_without_stick(report, board, larder):
    page, boot = until(CHANGE, larder.cached_page, "/?n=kept"), larder.boot_id()
    board.pull_stick()
    until(CHANGE, lambda: not larder.stick_device())
    larder.says("systemctl reboot --no-block")
    report.expect("it boots without its stick", until(BOOT, lambda: larder.boot_id() != boot), larder.last)
    tried = until(BOOT, larder.says, "systemctl show -p NRestarts --value larder | grep -v '^0$'")
    report.expect("the service cannot start, and does not give up", tried, larder.last)
    board.put_stick()
    report.expect("put in later, it is mounted by itself", until(CHANGE, larder.stick_device), larder.last)
    check_stick_in_use(report, larder, page)


def check_model(report, larder):
    served_by = larder.get("/file.txt").head.get("x-served-by", "")
    report.expect("it says that a Raspberry Pi 3 has served", served_by == "Raspberry Pi 3", served_by)


def test_virt(report, board, larder):
    check_service(report, board, larder)
    idle_memory.check_idle(report, larder)
    check_pages(report, larder)
    idle_memory.check_connections(report, larder, board.ports["web"])
    check_memory_limits(report, larder)
    check_setup(report, larder)
    check_reboot(report, larder)
    check_stick(report, board, larder)
    check_boot_without_stick(report, board, larder)
    check_package(report, larder)


def test_raspi3b(report, board, larder):
    check_service(report, board, larder)
    check_model(report, larder)
    check_pages(report, larder)
    check_setup(report, larder)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    images, model = sys.argv[1], (sys.argv[2:] or ["virt"])[0]
    report = Report()
    told = "it never started"
    try:
        with Machine(model, images) as board:
            try:
                {"virt": test_virt, "raspi3b": test_raspi3b}[model](report, board, LarderOnBoard(board))
            finally:
                told = board.told()
    except BaseException as error:  # what follows cannot be tested, but the totals are told
        report.expect("the test comes to its end", False, f"{type(error).__name__}: {error}\n{told}")
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
