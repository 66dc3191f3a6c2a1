# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""A running submissiond and a client of it, for the whole-program tests. python3's standard library only.

Nothing measures speed: where something must happen "at once", the bound is a minute.
"""
import base64
import os
import re
import resource
import socket
import ssl
import subprocess
import sys
import tempfile

DAEMON = os.path.abspath(sys.argv[1])
USER, PASSWORD = "alice@example.test", "correct horse"
MINUTE = 60


def plain(user, password):
    """The initial response of AUTH PLAIN."""
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


PLAIN = plain(USER, PASSWORD)
WRONG = plain(USER, "wrong horse")


class Server:
    """One submissiond with a Maildir of its own, ended by its pid."""

    def __init__(self, *options, limits=(), users=("--user", f"{USER}:{PASSWORD}")):
        self.dir = tempfile.TemporaryDirectory()
        self.maildir = os.path.join(self.dir.name, "mail")
        self.log = open(os.path.join(self.dir.name, "log"), "wb")

        def limit():
            for what, value in limits:
                resource.setrlimit(what, (value, value))

        self.process = subprocess.Popen(
            [DAEMON, "--listen", "127.0.0.1:0", "--hostname", "mail.example.test", "--maildir", self.maildir,
             "--allow-plaintext-auth", "--log", *users, *options],
            stdout=subprocess.PIPE, stderr=self.log, preexec_fn=limit)
        self.port = self.tls_port = None
        for line in self.process.stdout:
            found = re.match(rb"listening on 127\.0\.0\.1:(\d+)( \(TLS\))?$", line.strip())
            if found and found[2]:
                self.tls_port = int(found[1])
            elif found:
                self.port = int(found[1])
            if line.strip() == b"ready":
                break

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
        self.dir.cleanup()

    def log_text(self):
        self.log.flush()
        with open(self.log.name, "rb") as file:
            return file.read()

    def read_folder(self, *path):
        """The files of a folder below the Maildir, by name."""
        folder, files = os.path.join(self.maildir, *path), {}
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as file:
                files[name] = file.read()
        return files

    def messages(self):
        return list(self.read_folder("new").values())

    def envelopes(self):
        return self.read_folder("envelope")


def trusting():
    """A TLS context that takes any server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Client:
    """`before`: octets sent before anything else; `tls`: a context, for the port with TLS from the first octet."""

    def __init__(self, server, greet=True, before=b"", tls=None):
        port = server.tls_port if tls else server.port
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=MINUTE)
        self.socket.sendall(before)
        if tls:
            self.socket = tls.wrap_socket(self.socket)
        self.file = self.socket.makefile("rb")
        if greet:
            assert self.reply().startswith(b"220")

    def reply(self):
        """The last line of the next reply; b"" at the end of the connection."""
        while True:
            line = self.file.readline()
            if line[3:4] != b"-":
                return line

    def say(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        return self.reply()

    def login(self):
        self.say("EHLO client.example.test")
        assert self.say("AUTH PLAIN " + PLAIN).startswith(b"235")
        return self

    def mail(self, body):
        for line in ("MAIL FROM:<a@example.test>", "RCPT TO:<b@example.test>"):
            assert self.say(line).startswith(b"250")
        assert self.say("DATA").startswith(b"354")
        self.socket.sendall(body + b"\r\n.\r\n")
        return self.reply()

    def close(self):
        self.file.close()
        self.socket.close()


def run_all(*tests):
    """Runs them all and tells of each that failed. Returns the exit status."""
    passed = failed = 0
    for test in tests:
        try:
            test()
            passed += 1
        except Exception as error:  # each failure is told, the rest still runs
            failed += 1
            print(f"FAILED {test.__name__}: {test.__doc__}\n    {type(error).__name__}: {error}")
    print(f"{passed} passed, {failed} failed")
    return failed != 0
