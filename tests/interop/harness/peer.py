# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""A program of somebody else's."""

import subprocess
from dataclasses import dataclass


@dataclass(eq=False)  # each is itself only, and may be a key
class Peer:
    name: str
    version: str  # a shell command; fails if the peer is not installed

    def find_version(self, environment):
        """None if not installed."""
        done = subprocess.run(["sh", "-c", self.version], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
        return lines[0].strip() if done.returncode == 0 and lines else None


def package(name, needs):
    """Shell command: the version of a Debian package without Debian's own, if the command `needs` is there."""
    return f"command -v {needs} >/dev/null && dpkg-query -W -f '${{Version}}' {name} | sed 's/^[0-9]*://; s/[-+].*//'"
