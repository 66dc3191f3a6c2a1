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
import time
import traceback

DAEMON = os.path.abspath(sys.argv[1])
MKUSER = os.path.join(os.path.dirname(DAEMON), "../mkuser")
USER, PASSWORD = "alice@example.test", "correct horse"
MINUTE = 60


def plain(user, password):
    """The initial response of AUTH PLAIN."""
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


PLAIN = plain(USER, PASSWORD)
WRONG = plain(USER, "wrong horse")


def mkuser(name, *options, password=PASSWORD):
    """The lines that mkuser prints."""
    return subprocess.run([MKUSER, *options, name], input=password + "\n", check=True, capture_output=True,
                          text=True).stdout.splitlines()


class Server:
    """One submissiond with a Maildir of its own, ended by its pid. `lines`: of a users file, in place of `users`."""

    def __init__(self, *options, limits=(), users=("--user", f"{USER}:{PASSWORD}"), lines=None, maildir=None):
        self.dir = tempfile.TemporaryDirectory()
        self.maildir = maildir or os.path.join(self.dir.name, "mail")
        self.users_file = os.path.join(self.dir.name, "users")
        if lines is not None:
            self.write_users(lines)
            users = ("--users", self.users_file)
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

    def write_users(self, lines):
        with open(self.users_file, "w") as file:
            file.write("".join(line + "\n" for line in lines))

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

    def hello(self, verb="EHLO"):
        """Says EHLO. Returns what is offered, by keyword."""
        self.socket.sendall(verb.encode() + b" client.example.test\r\n")
        offered = {}
        while True:
            line = self.file.readline().decode()
            assert line.startswith("250"), line
            words = line[4:].split()
            offered[words[0]] = words[1:]
            if line[3] == " ":
                return offered

    def starttls(self, context):
        self.hello()
        assert self.say("STARTTLS").startswith(b"220")
        self.socket = context.wrap_socket(self.socket)
        self.file = self.socket.makefile("rb")
        return self.hello()

    def login(self):
        self.hello()
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


def memory_of(pid):
    """What a process has written and may read."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for found in re.findall(r"^([0-9a-f]+)-([0-9a-f]+) rw", maps.read(), re.M):
            start, end = (int(number, 16) for number in found)
            memory.seek(start)
            yield memory.read(end - start)


def until(holds):
    """Waits for something that must come true: a minute at most."""
    end = time.monotonic() + MINUTE
    while not holds():
        assert time.monotonic() < end, "did not come true"
        time.sleep(0.05)


def run_all(*tests):
    """Runs them all and tells of each that failed. Returns the exit status."""
    passed = failed = 0
    for test in tests:
        try:
            test()
            passed += 1
        except Exception:  # each failure is told, the rest still runs
            failed += 1
            print(f"FAILED {test.__name__}: {test.__doc__}\n{traceback.format_exc()}")
    print(f"{passed} passed, {failed} failed")
    return failed != 0
