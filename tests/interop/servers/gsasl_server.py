# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""GNU SASL's own server: a dialogue with whoever types base64."""

import base64
import subprocess

from harness.channels import ACCEPTED, CHALLENGE, REFUSED
from harness.peer import Peer

PEER = Peer("gsasl --server", "gsasl --version | sed -n '1s/^gsasl (GNU SASL) //p'")


class GsaslServer:
    """A channel."""

    def __init__(self, context, user, password):
        self.context, self.user, self.password = context, user, password
        self.process = None
        self.said = ""

    def start(self, mechanism, initial):
        self.process = subprocess.Popen(
            ["gsasl", "--server", "-m", mechanism, "-a", self.user, "-p", self.password],
            env=self.context.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        what, data = self._read()
        return (what, data) if initial is None or what != CHALLENGE else self.respond(initial)

    def _type(self, octets):
        line = base64.b64encode(octets)
        self.said += f"C: {line.decode()}\n"
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def _read(self):
        """What the server wants to say stands in a line between two of its own."""
        output = None
        for line in iter(self.process.stdout.readline, b""):
            self.said += f"S: {line.decode()}"
            if line.startswith(b"Output from server"):
                output = self.process.stdout.readline()
                self.said += f"S: {output.decode()}"
            elif line.startswith(b"Enter base64") and output is not None:
                return CHALLENGE, base64.b64decode(output)
            elif line.startswith(b"Server authentication finished"):
                return ACCEPTED, None
        return REFUSED, "it ended"

    def respond(self, response):
        if response is None:
            return REFUSED, "cancelled"
        self._type(response)
        what, data = self._read()
        if what == CHALLENGE and data == b"":  # nothing to say, and yet it waits for RET
            self._type(b"")
            what, data = self._read()
        return what, data

    def close(self):
        if self.process:
            self.process.kill()
            self.process.communicate()
