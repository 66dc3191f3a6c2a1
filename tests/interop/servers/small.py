# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Servers of a few lines, which keep messages as files: aiosmtpd, and nodemailer's smtp-server."""

from pathlib import Path

from harness import programs
from harness.peer import Peer

PYTHON = "/usr/bin/python3"

AIOSMTPD = Peer("aiosmtpd", f"{PYTHON} -c 'import aiosmtpd; print(aiosmtpd.__version__)'")
SMTP_SERVER = Peer("nodemailer smtp-server", "node -e 'console.log(require(\"smtp-server/package.json\").version)'")

COMMANDS = {AIOSMTPD: (PYTHON, "aiosmtpd_server.py"), SMTP_SERVER: ("node", "smtp_server.js")}


class Small:
    """A context manager. `port`, and `strict_port`, where TLS must come first."""

    def __init__(self, context, peer, user, password, token=""):
        self.context, self.peer = context, peer
        self.directory = context.new_directory(peer.name.replace(" ", "-"))
        self.mail = self.directory / "mail"
        self.mail.mkdir()
        self.port, self.strict_port = programs.free_ports(2)
        program, script = COMMANDS[peer]
        self.command = [program, Path(__file__).parent / script, self.port, self.strict_port, self.mail,
                        context.certificates.server, context.certificates.server_key, user, password, token]

    def __enter__(self):
        self.daemon = programs.Daemon(self.directory.name, self.command, self.context.environment, self.directory,
                                      [self.port, self.strict_port])
        self.context.logs.append((f"log of {self.peer.name}", self.daemon.read_log))
        return self

    def __exit__(self, *_):
        self.daemon.stop()

    def find(self, token):
        """The messages that hold the token."""
        messages = [path.read_bytes() for path in self.mail.iterdir() if path.suffix != ".new"]
        return [message for message in messages if token.encode() in message]
