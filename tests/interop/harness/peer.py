# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""A program of somebody else's."""

import os
import subprocess
from dataclasses import dataclass, field


@dataclass(eq=False)  # each is itself only, and may be a key
class Peer:
    name: str
    version: str  # a shell command; fails if the peer is not installed
    needs_root: bool = field(default=False, kw_only=True)  # servers that change their user

    def find_version(self, environment):
        """None if it cannot be had."""
        if self.needs_root and os.getuid() != 0:
            return None
        done = subprocess.run(["sh", "-c", self.version], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
        return lines[0].strip() if done.returncode == 0 and lines else None


    def why_not(self):
        return "needs root" if self.needs_root and os.getuid() != 0 else "tests/interop/install installs it"


def package(name, needs):
    """Shell command: the version of a Debian package without Debian's own, if the command `needs` is there."""
    return f"command -v {needs} >/dev/null && dpkg-query -W -f '${{Version}}' {name} | sed 's/^[0-9]*://; s/[-+].*//'"
