# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""What all parts share: where things are, what programs see of the outside, who is installed."""

import itertools
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path


def environment_for(interop):
    """Nothing of the user's: no configuration, no language, no proxies. `interop`: what tests/interop/install put into
    the build folder."""
    return {
        "PATH": os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/lib/cyrus/bin"]),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "dumb",
        "INTEROP": str(interop),
        "NODE_PATH": str(interop / "node_modules"),
        "GOCACHE": str(interop / "go-cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@dataclass
class Context:
    build: Path         # where `make` put its programs
    directory: Path     # a part's own, gone afterwards
    environment: dict
    certificates: object
    versions: dict      # of each peer of the part: None if it is not installed
    faults: list = field(default_factory=list)  # that belong to no single check
    logs: list = field(default_factory=list)    # functions that give (name, text), for when something failed
    _numbers: object = field(default_factory=itertools.count)
    _lock: object = field(default_factory=threading.Lock)

    def has(self, peer):
        return self.versions[peer.name] is not None

    def new_directory(self, name):
        with self._lock:
            number = next(self._numbers)
        directory = self.directory / f"{number}-{name}"
        directory.mkdir()
        return directory

    def environment_at(self, home, **more):
        return {**self.environment, "HOME": str(home), "TMPDIR": str(home), **more}
