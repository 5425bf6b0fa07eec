"""RESULTS.md: a section for each benchmark, replaced by its last run."""
import os
import re
import subprocess

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
