"""RESULTS.md: a section for each benchmark, replaced by its last run."""
import os
import re
import shlex
import subprocess
import sys

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "RESULTS.md")


def write_section(title, text):
    section = f"## {title}\n\n{text}"
    with open(PATH) as file:
        old = file.read()
    pattern = re.compile(rf"## {re.escape(title)}\n.*?(?=\n## |\Z)", re.S)
    new = pattern.sub(lambda _: section, old) if pattern.search(old) else old.rstrip() + "\n\n" + section
    with open(PATH, "w") as file:
        file.write(new.rstrip() + "\n")


def version(command):
    """The first line of what it says of itself."""
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout + done.stderr).splitlines()[0]


def command():
    """This benchmark as somebody called it."""
    words = shlex.join([os.path.relpath(sys.argv[0], os.path.dirname(os.path.dirname(PATH))), *sys.argv[1:]])
    return re.sub(r" --write| --build \S+", "", words)


def load():
    """How busy the machine is beside this."""
    return f"Load of the machine before: {os.getloadavg()[0]:.1f}."


def processor():
    with open("/proc/cpuinfo") as file:
        found = re.search(r"^(?:model name|Model)\s*: (.*)$", file.read(), re.M)
    return f"{os.cpu_count()} cores of {found[1] if found else os.uname().machine}"
