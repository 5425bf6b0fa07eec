#!/usr/bin/env python3
"""Fails when a folder includes what it must not know, or a library spreads beyond its home.

Arrows: server -> {drive, cache, fastcgi} -> arm -> base, and drive -> cache; fastcgi and the other two never include each
other; tests may see all.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAY_INCLUDE = {
    "base": {"base"},
    "arm": {"arm", "base"},
    "cache": {"cache", "arm", "base"},
    "fastcgi": {"fastcgi", "arm", "base"},
    "drive": {"drive", "cache", "arm", "base"},
    "server": {"server", "drive", "cache", "fastcgi", "arm", "base"},
}
# In how many files the headers of a library may be. (fmt is everywhere, JSON in the few files that write or read it.)
HOMES = {"microhttpd.h": 2, "fastcgi.h": 1, "curl/": 1, "CLI/": 1, "jemalloc/": 1, "systemd/": 1, "brotli/": 1,
         "libdeflate.h": 1, "blkid/": 1}
LONGEST = {".h": 150, ".cpp": 400}
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def included(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if match := INCLUDE.match(line):
            yield number, match[1] == '"', match[2]


def main():
    complaints, homes = [], {}
    sources = [p for folder in MAY_INCLUDE for p in sorted((ROOT / folder).rglob("*")) if p.suffix in LONGEST]
    for path in sources:
        name, folder = path.relative_to(ROOT), path.relative_to(ROOT).parts[0]
        for number, own, header in included(path):
            if own and header.split("/")[0] not in MAY_INCLUDE[folder]:
                complaints.append(f"{name}:{number}: {folder}/ must not include {header}")
            for library in HOMES:
                if not own and header.startswith(library):
                    homes.setdefault(library, set()).add(str(name))
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST[path.suffix]:
            complaints.append(f"{name}: {lines} lines; more than {LONGEST[path.suffix]} hold two nouns")
    for library, files in homes.items():
        if len(files) > HOMES[library]:
            complaints.append(f"{library} is included by {len(files)} files, not {HOMES[library]}: {', '.join(sorted(files))}")
    print("\n".join(complaints) or f"{len(sources)} files keep the layers")
    return 1 if complaints or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
