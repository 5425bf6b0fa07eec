"""What `larder --help` and `larder SUBCOMMAND --help` say. The program is named by the environment variable LARDER."""
import os
import re
import subprocess

PROGRAM = os.environ["LARDER"]


def _section(text, title):
    """The entries of one section of a help text: what stands before the gap of two blanks or more."""
    found = re.search(rf"^{title}:\n((?:  .*\n)*)", text, re.MULTILINE)
    lines = found.group(1).splitlines() if found else []
    return [re.split(r" {2,}", line[2:])[0] for line in lines if not line.startswith("   ")]


def _help(*command):
    arguments = [PROGRAM, *command, "--help"]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True).stdout


def subcommands(*command):
    """Of larder, or of a subcommand that has some of its own."""
    return [entry.split()[0] for entry in _section(_help(*command), "Subcommands")]


def commands():
    """All that do something, as they are typed: "serve", "cache ls"."""
    return [" ".join((command, *more)) for command in subcommands()
            for more in [(inner,) for inner in subcommands(command)] or [()]]


def options(*command):
    """As a manual has them: "-c, --config FILE". The command is one of commands(), or nothing for larder's own."""
    entries = _section(_help(*" ".join(command).split()), "Options")
    return [re.sub(r":\{.*", "", entry.removesuffix(" ...")).replace(",--", ", --") for entry in entries]


def long_names(*command):
    return [re.search(r"--[a-z-]+", option).group() for option in options(*command)]
