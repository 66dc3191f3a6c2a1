# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Programs that are run to their end, and programs that serve until they are told to stop."""

import os
import signal
import socket
import subprocess
import time

TIMEOUT = 60


def run(command, environment, directory, stdin=b"", timeout=TIMEOUT):
    """Exit status (None: it was too slow) and output. What it started is ended with it."""
    process = subprocess.Popen([str(word) for word in command], env=environment, cwd=directory,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    try:
        output, _ = process.communicate(stdin, timeout=timeout)
        status = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        status = None
    return status, output.decode("utf-8", "backslashreplace")


def setup(command, environment, directory, stdin=b""):
    """A command that must succeed. Its output."""
    status, output = run(command, environment, directory, stdin)
    if status != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: ended with {status}\n{output}")
    return output


def free_ports(count=1):
    """Ports of 127.0.0.1 that nobody listens on, TCP and UDP."""
    taken = []
    try:
        while len(taken) < 2 * count:
            stream = socket.socket()
            stream.bind(("127.0.0.1", 0))
            datagram = socket.socket(type=socket.SOCK_DGRAM)
            try:
                datagram.bind(stream.getsockname())
            except OSError:
                stream.close()
                datagram.close()
                continue
            taken += [stream, datagram]
        return [stream.getsockname()[1] for stream in taken[::2]]
    finally:
        for each in taken:
            each.close()


class Daemon:
    """A server in the foreground, in a session of its own, started and ended by its pid."""

    def __init__(self, name, command, environment, directory, ports=()):
        self.name = name
        self.log = directory / f"{name}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(word) for word in command], env=environment, cwd=directory,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        try:
            for port in ports:
                self._await(port)
        except Exception:
            self.stop()
            raise

    def _await(self, port):
        end = time.monotonic() + TIMEOUT
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}\n{self.read_log()}")
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if time.monotonic() > end:
                    raise RuntimeError(f"{self.name} does not listen on {port}\n{self.read_log()}") from None
                time.sleep(0.05)

    def read_log(self):
        return self.log.read_text("utf-8", "backslashreplace")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)  # what it left behind
        except ProcessLookupError:
            pass
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
