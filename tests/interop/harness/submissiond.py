# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""One running submissiond with its own Maildir."""

import queue
import re
import subprocess
import threading
import time

from .users import PASSWORD

HOSTNAME = "mail.server.example"

START_TIMEOUT = 60
LOG_TIMEOUT = 10


class Submissiond:
    """`ports` has "plain", and "tls" where it has_tls. A context manager; what is wrong with how it ended goes to the
    context's faults."""

    def __init__(self, context, name, users, *options, has_tls=False):
        self.context, self.name = context, name
        directory = context.new_directory(name)
        self.maildir = directory / "maildir"
        self.log = directory / "log"
        self.ports = {}
        self.command = [context.build / "examples/submissiond/submissiond", "--hostname", HOSTNAME, "--log",
                        "--maildir", self.maildir, "--listen", "127.0.0.1:0", *options]
        if has_tls:
            self.command += ["--listen-tls", "127.0.0.1:0", "--cert", context.certificates.server,
                             "--key", context.certificates.server_key]
        for user in users:
            self.command += ["--user", f"{user}:{PASSWORD}"]
        self._lines = queue.Queue()
        self._ready = False

    def __enter__(self):
        with open(self.log, "ab") as log:  # appended to from two sides
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=log, cwd=self.log.parent)
        self.context.logs.append((f"log of the {self.name} server", self.read_log))
        # The reader goes on for ever: a server that logs to its standard output must not block.
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self._await_ready()
        except Exception:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        fault = self.stop()
        if fault:
            self.context.faults.append(f"{self.name} server: {fault}")

    def _read(self):
        with open(self.log, "ab") as log:
            for line in self.process.stdout:
                if not self._ready:
                    self._lines.put(line.decode().rstrip())
                log.write(line)
                log.flush()
        self._lines.put(None)

    def _await_ready(self):
        while True:
            try:
                line = self._lines.get(timeout=START_TIMEOUT)
            except queue.Empty:
                raise RuntimeError("submissiond did not say `ready`\n" + self.read_log()) from None
            if line is None:
                raise RuntimeError("submissiond ended before it was ready\n" + self.read_log())
            if line.startswith("listening on "):
                address = line.split()[2]
                self.ports["tls" if line.endswith("(TLS)") else "plain"] = int(address.rpartition(":")[2])
            elif line == "ready":
                self._ready = True
                return

    def read_log(self):
        return self.log.read_text("utf-8", "backslashreplace")

    def events(self, name, **fields):
        """The log's lines of this name with these fields, each as a dictionary. Waits for the first."""
        end = time.monotonic() + LOG_TIMEOUT
        while True:
            lines = [dict(re.findall(r'(\w+)="?([^"\s]*)', line)) for line in self.read_log().splitlines()
                     if f" {name} " in line]
            lines = [line for line in lines if fields.items() <= line.items()]
            if lines or time.monotonic() > end:
                return lines
            time.sleep(0.1)

    def files(self, recipient=""):
        """All files of the Maildir, half-written ones included; in LMTP a recipient has his own."""
        return [path for name in ("tmp", "new", "cur") for path in self.maildir.joinpath(recipient, name).glob("*")]

    def envelope(self, path):
        """What came with the message in this file, as MAIL and RCPT commands."""
        return (self.maildir / "envelope" / path.name).read_text()

    def find(self, token, recipient=""):
        """The files of the Maildir that hold the token, each with its octets."""
        found = []
        for path in self.files(recipient):
            try:
                data = path.read_bytes()
            except FileNotFoundError:  # renamed from tmp to new meanwhile: another check's message
                continue
            if token.encode() in data:
                found.append((path, data))
        return found

    def expect_messages(self, count):
        """To be called when all checks are done."""
        files = len(self.files())
        if files != count:
            self.context.faults.append(f"{self.name} server: {files} files in the Maildir for {count} messages")

    def stop(self):
        """Ends the server. Returns what is wrong with how it ended, or None."""
        early = self.process.poll()
        if early is not None:
            return f"it had ended by itself with status {early}"
        self.process.terminate()
        try:
            status = self.process.wait(START_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "it did not end upon SIGTERM"
        return None if status == 0 else f"it ended with status {status} upon SIGTERM"
