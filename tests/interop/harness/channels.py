# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""SASL as SMTP (RFC 4954) and IMAP (RFC 9051) carry it, seen from the client.

A channel has start(mechanism, initial response or None) and respond(response or None to cancel). Both return what came
of it: (CHALLENGE, octets), (ACCEPTED, octets or None), (REFUSED, words)."""

import base64
import socket
import ssl

from .programs import TIMEOUT

CHALLENGE, ACCEPTED, REFUSED = "challenge", "accepted", "refused"


def encode(octets):
    return base64.b64encode(octets).decode()


class Lines:
    """A connection that speaks in lines. `said` is all of it, for messages."""

    def __init__(self, port, source=""):
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT, source_address=(source, 0))
        self.file = self.socket.makefile("rb")
        self.said = ""

    def say(self, line):
        self.said += f"C: {line}\n"
        self.socket.sendall(line.encode() + b"\r\n")

    def read_line(self):
        line = self.file.readline().decode("utf-8", "backslashreplace").rstrip("\r\n")
        self.said += f"S: {line}\n"
        if not line:
            raise ConnectionError("the server closed\n" + self.said)
        return line

    def start_tls(self, context):
        self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")
        self.file = self.socket.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()


class Smtp(Lines):
    def __init__(self, port, tls=None, source=""):
        super().__init__(port, source)
        self.read_reply()
        self.command("EHLO client.example")
        if tls:
            self.command("STARTTLS")
            self.start_tls(tls)
            self.command("EHLO client.example")

    def read_reply(self):
        while (line := self.read_line())[3:4] == "-":
            pass
        return line

    def command(self, line):
        self.say(line)
        return self.read_reply()

    def judge(self, reply):
        if reply.startswith("334"):
            return CHALLENGE, base64.b64decode(reply[4:], validate=True)
        return (ACCEPTED, None) if reply.startswith("235") else (REFUSED, reply)

    def start(self, mechanism, initial):
        word = "" if initial is None else " " + (encode(initial) or "=")
        return self.judge(self.command(f"AUTH {mechanism}{word}"))

    def respond(self, response):
        return self.judge(self.command("*" if response is None else encode(response)))


class Imap(Lines):
    def __init__(self, port, tls=None):
        super().__init__(port)
        self.read_line()
        if tls:
            self.say("a STARTTLS")
            self.read_tagged()
            self.start_tls(tls)

    def read_tagged(self):
        while (line := self.read_line()).startswith("* "):
            pass
        return line

    def judge(self, line):
        if line.startswith("+"):
            return CHALLENGE, base64.b64decode(line[2:], validate=True)
        return (ACCEPTED, None) if line.startswith("a OK") else (REFUSED, line)

    def start(self, mechanism, initial):
        word = "" if initial is None else " " + (encode(initial) or "=")
        self.say(f"a AUTHENTICATE {mechanism}{word}")
        return self.judge(self.read_tagged())

    def respond(self, response):
        self.say("*" if response is None else encode(response))
        return self.judge(self.read_tagged())


def tls_for(certificates, user=None):
    """TLS that believes the servers of these tests, and may show a user's certificate."""
    context = ssl.create_default_context(cafile=certificates.authority)
    if user:
        context.load_cert_chain(*certificates.for_user(user))
    return context


def log_in(channel, mechanism, exchange):
    """Lets an exchange (its step takes a challenge or None, and returns a response, or None to cancel) run to its end.
    Returns whether the server accepted it."""
    what, data = channel.start(mechanism, exchange.step(None))
    while what == CHALLENGE:
        what, data = channel.respond(exchange.step(data))
    if what == ACCEPTED and data is not None and exchange.step(data) is None:
        return False
    return what == ACCEPTED
