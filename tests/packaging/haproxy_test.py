#!/usr/bin/env python3
"""A real HAProxy accepts the example, without a warning."""
import pathlib
import subprocess
import unittest

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "packaging/haproxy/larder.cfg"


class Example(unittest.TestCase):
    def test_haproxy_accepts_it(self):
        checked = subprocess.run(["haproxy", "-c", "-V", "-f", EXAMPLE], capture_output=True, text=True, timeout=60)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertNotRegex(checked.stdout + checked.stderr, "WARNING|ALERT")


if __name__ == "__main__":
    unittest.main()
