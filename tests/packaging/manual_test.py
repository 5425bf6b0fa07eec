#!/usr/bin/env python3
"""The manual pages render, and larder(1) knows what the program knows. (larder.ini(5) and the settings: see
tests/server/settings_manual_test.cpp.)"""
import os
import pathlib
import re
import shlex
import subprocess
import unittest

import larder_help

PACKAGING = pathlib.Path(__file__).resolve().parents[2] / "packaging"
PAGES = sorted(PACKAGING.glob("*.[1-8]"))


def plain(line):
    """A line of the source as its reader sees it, without request and fonts."""
    if re.match(r"\.[BI]R?|\.RB|\.IR", line):
        words = shlex.split(line.replace("\\-", "-").replace("\\f", "\\\\f"))
        line = ("" if re.match(r"\.[BIR][BIR]", line) else " ").join(words[1:])
    return re.sub(r"\\f[BIPR]", "", line.replace("\\-", "-").replace("\\(aq", "'"))


def sections(page):
    """The source of each section, by its title."""
    parts = re.split(r"^\.SH (.*)\n", page.read_text(), flags=re.MULTILINE)
    return {title.strip('"'): body.splitlines() for title, body in zip(parts[1::2], parts[2::2])}


def tagged(lines):
    """What the paragraphs with a tag explain."""
    return [plain(line) for before, line in zip(lines, lines[1:]) if before == ".TP"]


class Pages(unittest.TestCase):
    def test_there_are_both(self):
        self.assertEqual([page.name for page in PAGES if page.name.startswith("larder.")],
                         ["larder.1", "larder.ini.5"])

    def test_they_render_without_a_warning(self):
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80", "MANROFFSEQ": ""}
        for page in PAGES:
            with self.subTest(page.name):
                command = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page]
                made = subprocess.run(command, capture_output=True, env=environment, timeout=60)
                self.assertEqual((made.returncode, made.stderr.decode()), (0, ""))
                self.assertGreater(len(made.stdout), 1000)

    def test_apropos_finds_them(self):
        for page in PAGES:
            with self.subTest(page.name):
                found = subprocess.run(["lexgrog", page], capture_output=True, text=True, timeout=60)
                self.assertEqual(found.returncode, 0)
                self.assertIn(f'"{page.stem} - ', found.stdout)


class LarderPage(unittest.TestCase):
    """Both ways: what is missing in the page, and what only the page knows."""

    def setUp(self):
        self.sections = sections(PACKAGING / "larder.1")
        self.maxDiff = None

    def test_it_explains_every_subcommand_and_no_other(self):
        self.assertEqual(sorted(tagged(self.sections["COMMANDS"])), sorted(larder_help.commands()))

    def test_it_explains_every_option_and_no_other(self):
        known = {option for command in larder_help.commands() for option in larder_help.options(command)}
        known.update(larder_help.options())
        self.assertEqual(sorted(tagged(self.sections["OPTIONS"])), sorted(known))

    def test_its_synopsis_has_each_subcommand_with_its_options(self):
        lines = [".br" if line == ".br" else plain(line) for line in self.sections["SYNOPSIS"]]
        named = {}
        for form in " ".join(lines).split(".br"):
            command = re.match(r"\s*larder ((?:cache )?[a-z-]*)", form).group(1)
            named["" if command.startswith("-") else command] = sorted(re.findall(r"--[a-z-]+", form))
        wanted = {command: sorted(set(larder_help.long_names(command)) - {"--help"})
                  for command in larder_help.commands()}
        self.assertEqual(named, {"": sorted(larder_help.long_names()), **wanted})

    def test_it_speaks_of_no_option_that_does_not_exist(self):
        known = {name for command in larder_help.commands() for name in larder_help.long_names(command)}
        known.update(larder_help.long_names())
        for title, lines in self.sections.items():
            if title != "EXAMPLE":  # other programs have options too
                spoken_of = re.findall(r"(?<![\w-])--[a-z-]+", "\n".join(map(plain, lines)))
                self.assertLessEqual(set(spoken_of), known, title)


if __name__ == "__main__":
    unittest.main()
