#!/usr/bin/env python3
"""The package refuses boards on which its programs cannot run, and no other."""
import pathlib
import subprocess
import tempfile
import unittest

PREINST = pathlib.Path(__file__).resolve().parents[2] / "packaging/debian/larder.preinst"


def preinst(architecture, machine, action="install"):
    """Runs it where dpkg and the kernel say so; there are no other programs."""
    with tempfile.TemporaryDirectory() as folder:
        for name, argument, answer in (("dpkg", "--print-architecture", architecture), ("uname", "-m", machine)):
            program = pathlib.Path(folder, name)
            program.write_text(f'#!/bin/sh\n[ "$*" = {argument} ] && echo {answer}\n')
            program.chmod(0o755)
        return subprocess.run(["/bin/sh", PREINST, action], env={"PATH": folder}, capture_output=True, text=True,
                              timeout=60)


class Preinst(unittest.TestCase):
    def test_armv6_is_refused_and_told_why_and_what_instead(self):
        for action in ("install", "upgrade"):
            refused = preinst("armhf", "armv6l", action)
            self.assertEqual(refused.returncode, 1)
            self.assertRegex(refused.stderr, r"this board has an ARMv6 processor \(Raspberry Pi 1 or Zero\).* ARMv7")
            self.assertRegex(refused.stderr, r"it needs a Raspberry Pi 2, 3, 4, 5 or Zero 2 W; nothing was installed")
            self.assertEqual(refused.stdout, "")

    def test_every_other_board_is_taken_without_a_word(self):
        for architecture, machine in (("armhf", "armv7l"), ("armhf", "armv8l"), ("armhf", "aarch64"),
                                      ("arm64", "aarch64"), ("amd64", "x86_64")):
            with self.subTest(architecture=architecture, machine=machine):
                taken = preinst(architecture, machine)
                self.assertEqual((taken.returncode, taken.stdout, taken.stderr), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
