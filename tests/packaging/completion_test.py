#!/usr/bin/env python3
"""The completion of bash offers what the program takes, and nothing else."""
import pathlib
import subprocess
import tempfile
import unittest

import larder_help

COMPLETION = pathlib.Path(__file__).resolve().parents[2] / "packaging/completion/larder"

# What bash does when somebody presses Tab after these words. compopt only works while bash itself completes.
TAB = """
. /usr/share/bash-completion/bash_completion && . "$0" || exit
[[ $(complete -p larder) == 'complete -F _larder larder' ]] || exit
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_TYPE=9 COMP_KEY=9
_larder "$1" "${*: -1}" "${*: -2:1}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completions(*words, program=larder_help.PROGRAM, folder="/"):
    """What is offered for the last of the words, sorted."""
    command = ["bash", "--norc", "-c", TAB, COMPLETION, program, *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60, check=True)
    if done.stderr:
        raise AssertionError(done.stderr)
    return sorted(done.stdout.split())


class Completion(unittest.TestCase):
    def test_first_come_the_subcommands_and_larders_own_options(self):
        self.assertEqual(completions(""), sorted(larder_help.subcommands() + larder_help.long_names()))
        self.assertEqual(completions("ser"), ["serve"])
        self.assertEqual(completions("no-such"), [])

    def test_after_a_subcommand_come_its_options(self):
        for command in larder_help.commands():
            with self.subTest(command):
                self.assertEqual(completions(*command.split(), "--"), sorted(larder_help.long_names(command)))

    def test_after_cache_come_its_subcommands(self):
        self.assertEqual(completions("cache", ""), sorted(larder_help.subcommands("cache") + ["--help"]))
        self.assertEqual(completions("cache", "ver"), ["verify"])

    def test_a_ring_is_in_a_folder_and_a_coding_has_a_name(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "stick").mkdir()
            self.assertEqual(completions("cache", "info", "st", folder=folder), ["stick"])
        self.assertEqual(completions("cache", "get", "http://pi/", "--coding", ""), ["br", "gzip", "identity"])

    def test_a_begun_option_is_finished_wherever_it_stands(self):
        self.assertEqual(completions("check", "--q"), ["--quiet"])
        self.assertEqual(completions("check", "--config", "x.ini", "--li"), ["--listen"])
        self.assertEqual(completions("serve", "--li"), [])

    def test_an_option_for_a_file_is_followed_by_one(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("my.ini", "my.txt", "other.ini"):
                pathlib.Path(folder, name).touch()
            for option in ("-c", "--config"):
                self.assertEqual(completions("serve", option, "my", folder=folder), ["my.ini"])

    def test_an_option_for_a_setting_is_followed_by_the_names_that_there_are(self):
        self.assertEqual(completions("serve", "--set", "cache.pa"), ["cache.path="])
        everything = completions("check", "-s", "")
        self.assertIn("server.listen=", everything)
        self.assertIn("log.level=", everything)

    def test_what_it_offers_is_taken_also_where_the_ini_has_several_sites(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, "larder")
            sites = "--set site.root=/srv --set 'site blog.root=/srv' --set 'site blog.hosts=blog.test'"
            program.write_text(f'#!/bin/sh\nexec {larder_help.PROGRAM} "$@" {sites}\n')
            program.chmod(0o755)
            names = completions("check", "--set", "", program=program)
        self.assertIn("site.root=", names)
        for name in names:
            self.assertRegex(name, r"^[a-z]+\.[a-z_]+=$")


if __name__ == "__main__":
    unittest.main()
