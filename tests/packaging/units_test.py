#!/usr/bin/env python3
"""systemd accepts the units of the package, without a warning. LARDER names the program that they start."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

PACKAGING = pathlib.Path(__file__).resolve().parents[2] / "packaging"
INSTALLED = "/usr/bin/larder"
KINDS = (".service", ".socket", ".timer", ".mount", ".automount", ".path")


def units():
    folders = (PACKAGING / "debian", PACKAGING / "systemd")
    return sorted(path for folder in folders for path in folder.iterdir() if path.suffix in KINDS)


class Units(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for page in PACKAGING.glob("*.[1-8]"):
            manuals = self.folder / "man" / f"man{page.suffix[1:]}"
            manuals.mkdir(parents=True, exist_ok=True)
            shutil.copy(page, manuals)

    def verify(self, text, name):
        """The complaints, with programs and manuals where they are before they are installed."""
        (self.folder / name).write_text(text.replace(INSTALLED, os.environ["LARDER"]))
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANPATH": str(self.folder / "man")}
        checked = subprocess.run(["systemd-analyze", "verify", "--man=yes", self.folder / name], capture_output=True,
                                 text=True, env=environment, timeout=120)
        complaints = checked.stdout + checked.stderr
        return complaints or f"exit code {checked.returncode}" * (checked.returncode != 0)

    def test_there_is_the_service(self):
        self.assertIn("larder.service", [unit.name for unit in units()])

    def test_systemd_has_nothing_to_say(self):
        for unit in units():
            with self.subTest(unit.name):
                self.assertEqual(self.verify(unit.read_text(), unit.name), "")

    def test_it_would_say_what_is_wrong(self):
        service = (PACKAGING / "debian/larder.service").read_text()
        for right, wrong in (("Restart=", "Restrat="), (INSTALLED + " check", "/usr/bin/lardre check"),
                             ("man:larder(1)", "man:lardre(1)"), ("RestartSec=", "RestartSec=soon")):
            with self.subTest(wrong):
                self.assertIn(right, service)
                self.assertNotEqual(self.verify(service.replace(right, wrong), "larder.service"), "")


if __name__ == "__main__":
    unittest.main()
