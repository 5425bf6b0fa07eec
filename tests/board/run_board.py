#!/usr/bin/env python3
"""run_board.py IMAGES [MODEL]: an emulated board to play with, until Ctrl-C. See README.md."""
import signal
import sys
import time

from machine import Machine
from patience import BOOT, until

HELP = """\
  site      http://127.0.0.1:{web}/   (PHP: /index.php, a file: /file.txt)
  COMMAND   runs it as root on the board: systemctl status larder, journalctl -u larder, free -m
  pull      pulls the stick
  put       puts it back
  help      shows this; Ctrl-C or Ctrl-D ends the board
"""


def obey(board, line):
    if line == "pull":
        board.pull_stick()
    elif line == "put":
        board.put_stick()
    elif line == "help":
        print(HELP.format(**board.ports))
    elif line:
        print(board.shell(line, 600)[1].rstrip())


def talk(board):
    while board.alive():
        try:
            obey(board, input("board> ").strip())
        except EOFError:
            return
        except Exception as error:  # a mistyped word must not end the board
            print(f"{type(error).__name__}: {error}")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    images, model = sys.argv[1], (sys.argv[2:] or ["virt"])[0]
    began = time.monotonic()
    with Machine(model, images) as board:
        print("The board starts; that takes most of a minute.", flush=True)
        if not until(BOOT, lambda: board.get("/file.txt").status == 200):
            sys.exit(f"it does not answer\n{board.told()}")
        print(f"It answers after {time.monotonic() - began:.0f} s.\n\n{HELP.format(**board.ports)}", flush=True)
        if sys.stdin.isatty():
            talk(board)
        else:
            signal.pause()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print()
