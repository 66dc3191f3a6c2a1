# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Starts a program for each connection, as inetd does: the connection is its stdin and stdout."""

import socket
import subprocess
import threading


class Inetd:
    def __init__(self, command, environment, directory):
        self.command, self.environment, self.directory = [str(word) for word in command], environment, directory
        self.log = directory / "inetd.log"
        self.children = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:  # closed
                return
            with connection, open(self.log, "ab") as log:
                self.children.append(subprocess.Popen(self.command, env=self.environment, cwd=self.directory,
                                                      stdin=connection, stdout=connection, stderr=log))

    def read_log(self):
        return self.log.read_text("utf-8", "backslashreplace") if self.log.exists() else ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for child in self.children:
            child.kill()
            child.wait()
