# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""A client half of the library, by way of the filter tests/host/sasl_client.c."""

import base64
import subprocess

from .programs import TIMEOUT

SERVER_FIRST = ("LOGIN", "CRAM-MD5")


class Exchange:
    """A context manager. `is_proven` is known when it has ended."""

    def __init__(self, context, mechanism, identity, secret, **options):
        self.mechanism = mechanism
        self.process = subprocess.Popen(
            [context.build / "tests/sasl_client", mechanism, identity, secret,
             *(f"{name}={value}" for name, value in options.items())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.errors = ""
        self.is_proven = None

    def step(self, challenge):
        """The response, or None to cancel. The challenge is None at first; then None means no initial response."""
        if challenge is None and self.mechanism in SERVER_FIRST:
            return None
        if challenge is not None:
            self.process.stdin.write(base64.b64encode(challenge) + b"\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if line in (b"", b"*\n"):
            return None
        return base64.b64decode(line.rstrip(), validate=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            _, errors = self.process.communicate(timeout=TIMEOUT)
        except BrokenPipeError:  # it had ended by itself
            errors = self.process.stderr.read()
            self.process.wait(TIMEOUT)
        self.errors = errors.decode("utf-8", "backslashreplace")
        self.is_proven = self.process.returncode == 0
