# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Runs of send, and servers that say what a test wants. python3's standard library only.

A dialogue of a scripted server is a function of a Talk; what it expects and does not get fails the test."""
import base64
import json
import os
import pty
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import termios
import threading
import time

from daemon_helpers import DAEMON, MINUTE

# Who runs the tests in the background may ignore these, and programs that are started then ignore them too.
for ignored in signal.SIGINT, signal.SIGQUIT:
    if signal.getsignal(ignored) == signal.SIG_IGN:
        signal.signal(ignored, signal.SIG_DFL)

SEND = os.path.join(os.path.dirname(DAEMON), "../send/send")
MESSAGE = b"From: a@example.test\nTo: b@example.test\nSubject: hello\n\nfirst\n.\n..dots\nlast\n"
FROM, TO = "a@example.test", "b@example.test"
OK, USAGE, DATAERR, NOINPUT, NOUSER, NOHOST, UNAVAILABLE = 0, 64, 65, 66, 67, 68, 69
IOERR, TEMPFAIL, PROTOCOL, NOPERM, CONFIG = 74, 75, 76, 77, 78


def plain(user, password):
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


class Folder:
    """A home of its own, with files for secrets. A context manager."""

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory()
        self.path = self.directory.name
        return self

    def __exit__(self, *_):
        self.directory.cleanup()

    def file(self, name, text):
        path = os.path.join(self.path, name)
        with open(path, "w" if isinstance(text, str) else "wb") as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    def guard(self):
        return os.path.join(self.path, "state/smtpauth/rejected")

    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": self.path, "XDG_STATE_HOME": os.path.join(self.path, "state")}


class Result:
    def __init__(self, status, stdout, stderr):
        self.status, self.stdout, self.stderr = status, stdout, stderr
        self.json = json.loads(stdout) if stdout.startswith("{") else None

    def expect(self, status, *words):
        """The exit status, and what stderr must say."""
        assert self.status == status, (self.status, self.stdout, self.stderr)
        for each in words:
            assert each in self.stderr, (each, self.stderr)
        return self


def send(folder, port, *options, message=MESSAGE, to=(TO,), sender=FROM, host="127.0.0.1", file=None):
    """Runs send to its end, without a terminal. `file`: one that is the message, in place of a pipe."""
    operands = ([sender] if sender is not None else []) + list(to)
    command = [SEND, "--server", f"{host}:{port}", "--ehlo", "client.example.test", *options, *operands]
    more = {"capture_output": True, "timeout": MINUTE, "env": folder.environment(), "start_new_session": True}
    if file:
        with open(file, "rb") as stdin:
            done = subprocess.run(command, stdin=stdin, **more)
    else:
        done = subprocess.run(command, input=message, **more)
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


class Talk:
    """One connection of a scripted server."""

    def __init__(self, connection):
        self.socket, self.file = connection, connection.makefile("rb")
        self.lines = []

    def say(self, *lines):
        self.socket.sendall(b"".join((line if isinstance(line, bytes) else line.encode()) + b"\r\n" for line in lines))

    def raw(self, octets):
        self.socket.sendall(octets)

    def line(self):
        line = self.file.readline().decode("utf-8", "surrogateescape")
        self.lines.append(line.rstrip("\r\n"))
        return self.lines[-1]

    def expect(self, start):
        line = self.line()
        assert line.upper().startswith(start.upper()), f"expected {start!r}, got {line!r}"
        return line

    def take(self, start, *reply):
        """Expects a line, and answers it."""
        line = self.expect(start)
        self.say(*reply)
        return line

    def hello(self, *offers, greeting="220 fake.example.test ESMTP"):
        if greeting:
            self.say(greeting)
        self.expect("EHLO client.example.test")
        lines = ["fake.example.test", *offers]
        self.say(*[f"250{'-' if i + 1 < len(lines) else ' '}{line}" for i, line in enumerate(lines)])

    def data(self):
        """A message by DATA, as it stands on the wire."""
        self.take("DATA", "354 go on")
        octets = b""
        while not octets.endswith(b"\r\n.\r\n"):
            line = self.file.readline()
            assert line, "the client hung up within the message"
            octets += line
        return octets[:-3]

    def deliver(self):
        self.take("MAIL FROM:", "250 ok")
        self.take("RCPT TO:", "250 ok")
        octets = self.data()
        self.say("250 taken")
        self.quit()
        return octets

    def quit(self):
        self.take("QUIT", "221 bye")

    def ended(self):
        """Nothing more is said."""
        rest = self.file.read()
        assert rest == b"", f"the client went on: {rest!r}"

    def starttls(self, context):
        self.take("STARTTLS", "220 go on")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.file = self.socket.makefile("rb")


class Fake:
    """A scripted server; each dialogue serves one connection, in order. A context manager that fails when one did."""

    def __init__(self, *dialogues, address=("127.0.0.1", 0)):
        self.dialogues, self.failure, self.talks = dialogues, None, []
        self.listener = socket.create_server(address)
        self.listener.settimeout(MINUTE)
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self):
        try:
            for dialogue in self.dialogues:
                connection, _ = self.listener.accept()
                connection.settimeout(MINUTE)
                talk = Talk(connection)
                self.talks.append(talk)
                try:
                    dialogue(talk)
                finally:
                    talk.file.close()
                    talk.socket.close()
        except Exception as failure:  # told by the thread that waits
            self.failure = failure

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.thread.join(MINUTE if kind is None else 1)
        self.listener.close()
        if kind is None:
            assert not self.thread.is_alive(), "not all dialogues were played"
            if self.failure:
                raise self.failure

    def said(self):
        """All lines of all clients."""
        return [line for talk in self.talks for line in talk.lines]


class Terminal:
    """send on a terminal of its own, which a person types at."""

    def __init__(self, folder, port, *options, message=MESSAGE, to=(TO,), errors_on_terminal=False):
        path = folder.file("message", message)
        self.stdout = os.path.join(folder.path, "stdout")
        self.stderr = os.path.join(folder.path, "stderr")
        command = [SEND, "--server", f"127.0.0.1:{port}", "--ehlo", "client.example.test", *options, FROM, *to]
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            try:
                os.dup2(0, 9)  # else the terminal hangs up before send opens it
                os.dup2(os.open(path, os.O_RDONLY), 0)
                os.dup2(os.open(self.stdout, os.O_WRONLY | os.O_CREAT, 0o600), 1)
                errors = os.open(self.stderr, os.O_WRONLY | os.O_CREAT, 0o600)
                if not errors_on_terminal:
                    os.dup2(errors, 2)
                os.execve(SEND, command, folder.environment())
            finally:
                os._exit(127)
        self.shown = ""

    def echoes(self):
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    def _read(self, end):
        if not select.select([self.master], [], [], max(0, end - time.monotonic()))[0]:
            raise AssertionError(f"nothing was shown in time: {self.shown!r}")
        try:
            part = os.read(self.master, 4096)
        except OSError:  # Linux: the last one at the other end has gone
            part = b""
        self.shown += part.decode()
        return part

    def expect(self, words):
        """Waits until the terminal shows it; what was shown before is forgotten."""
        end = time.monotonic() + MINUTE
        while words not in self.shown:
            assert self._read(end), f"it ended without {words!r}: {self.shown!r}"
        before, _, self.shown = self.shown.partition(words)
        return before

    def type(self, text):
        os.write(self.master, text.encode())

    def type_secret(self, prompt, text):
        self.expect(prompt)
        until_silent = time.monotonic() + MINUTE
        while self.echoes():  # the prompt is shown when echo is off already; a slow reader sees both
            assert time.monotonic() < until_silent
        self.type(text + "\n")

    def finish(self):
        """Waits for its end. A negative status is a signal's."""
        end = time.monotonic() + MINUTE
        while self._read(end):
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.master)
        with open(self.stdout) as out, open(self.stderr) as err:
            return Result(os.waitstatus_to_exitcode(status), out.read(), err.read())


class Authority:
    """A certificate for 127.0.0.1 and localhost, by an authority of its own."""

    def __init__(self, folder, *names):
        self.folder = folder
        names = names or ("IP:127.0.0.1", "DNS:localhost")
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority", "-keyout",
                      "ca.key", "-out", "ca.pem", "-addext", "keyUsage=critical,keyCertSign")
        self.ca = os.path.join(folder.path, "ca.pem")
        self.cert, self.key = self.sign("server", "subjectAltName=" + ",".join(names))

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder.path, check=True, capture_output=True,
                       stdin=subprocess.DEVNULL)

    def sign(self, name, *extensions):
        """Certificate and key."""
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out",
                      f"{name}.csr")
        self.folder.file(f"{name}.ext", "\n".join(extensions) + "\n")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                      "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        return [os.path.join(self.folder.path, f"{name}.{end}") for end in ("pem", "key")]

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context
