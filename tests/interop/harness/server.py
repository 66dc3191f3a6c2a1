# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""One running submissiond with its own Maildir."""

import queue
import re
import subprocess
import threading
import time

PASSWORD = "co:rrect-h0rse/+=7b"
WRONG_PASSWORD = "wr:ong-h0rse/+=7b"
HOSTNAME = "mail.server.example"

START_TIMEOUT = 60
LOG_TIMEOUT = 10


class Server:
    def __init__(self, binary, directory, users, *options):
        directory.mkdir()
        self.maildir = directory / "maildir"
        self.log = directory / "log"
        self.ports = {}
        command = [binary, "--hostname", HOSTNAME, "--maildir", self.maildir, "--log", *options]
        for user in users:
            command += ["--user", f"{user}:{PASSWORD}"]
        with open(self.log, "ab") as log:  # appended to from two sides
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                                            cwd=directory)
        self._lines = queue.Queue()
        self._ready = False
        # The reader goes on for ever: a server that logs to its standard output must not block.
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self._await_ready()
        except Exception:
            self.stop()
            raise

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
                raise RuntimeError("the server did not say `ready`\n" + self.read_log()) from None
            if line is None:
                raise RuntimeError("the server ended before it was ready\n" + self.read_log())
            if line.startswith("listening on "):
                address = line.split()[2]
                self.ports["tls" if line.endswith("(TLS)") else "plain"] = int(address.rpartition(":")[2])
            elif line == "ready":
                self._ready = True
                return

    def read_log(self):
        return self.log.read_text("utf-8", "backslashreplace")

    def logins(self, user):
        """What the log says of the user's logins, as a list of fields. Waits for the first."""
        end = time.monotonic() + LOG_TIMEOUT
        while True:
            lines = [dict(re.findall(r'(\w+)="?([^"\s]*)', line)) for line in self.read_log().splitlines()
                     if " auth " in line and f'identity="{user}"' in line]
            if lines or time.monotonic() > end:
                return lines
            time.sleep(0.1)

    def files(self):
        """All files of the Maildir, half-written ones included."""
        return [path for path in self.maildir.rglob("*") if path.is_file()]

    def find(self, token):
        """The files of the Maildir that hold the token."""
        found = []
        for path in self.files():
            try:
                data = path.read_bytes()
            except FileNotFoundError:  # renamed from tmp to new meanwhile: another cell's message
                continue
            if token.encode() in data:
                found.append((path, data))
        return found

    def stop(self):
        """Ends the server. Returns what is wrong with how it ended, or None."""
        early = self.process.poll()
        if early is not None:
            return f"the server had ended by itself with status {early}"
        self.process.terminate()
        try:
            status = self.process.wait(START_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "the server did not end upon SIGTERM"
        return None if status == 0 else f"the server ended with status {status} upon SIGTERM"
