#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""OAuth logins to submissiond, which a program of the host's judges. Takes its path; python3's standard library only."""
import base64
import json
import os
import signal
import sys
import tempfile

sys.dont_write_bytecode = True

from daemon_helpers import MINUTE, PASSWORD, PLAIN, USER, Client, Server, run_all, until
from daemon_scram import b64

# What the program does is said by the token. Descriptors, arguments and signal mask are what it was given.
PROGRAM = """#!/usr/bin/env python3
import os, signal, sys
fds = sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:-1]  # the last one reads the folder
user, token, rest = sys.stdin.readline().rstrip("\\n"), sys.stdin.readline().rstrip("\\n"), sys.stdin.read()
with open(os.path.join(os.path.dirname(__file__), "calls"), "a") as calls:
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    print(os.getpid(), [user, token, rest], sys.argv[1:], fds, sorted(mask), file=calls)
print("" if token == "unnamed" else "other@example.test" if user else "named@example.test")
print("a second line that says nothing" * 10000)
sys.stdout.flush()
if token == "die":
    os.kill(os.getpid(), signal.SIGKILL)
while token == "slow":
    signal.pause()
if token == "forks":
    if os.fork() == 0:  # holds standard output open: nobody waits for it
        while True:
            signal.pause()
sys.exit({"bad": 1, "broken": 2}.get(token, 0))
"""


class Tokens(Server):
    def __init__(self, *options, **more):
        self.folder = tempfile.TemporaryDirectory()
        self.program = os.path.join(self.folder.name, "program")
        with open(self.program, "w") as file:
            file.write(PROGRAM)
        os.chmod(self.program, 0o700)
        super().__init__("--token-command", self.program, *options, **more)

    def __exit__(self, *_):
        super().__exit__()
        for call in self.calls():
            try:
                os.killpg(call[0], signal.SIGKILL)  # what `forks` left
            except ProcessLookupError:
                pass
        self.folder.cleanup()

    def calls(self):
        """(pid, rest of the line) of each run of the program."""
        try:
            with open(os.path.join(self.folder.name, "calls")) as file:
                return [(int(line.split(" ", 1)[0]), line.split(" ", 1)[1].strip()) for line in file]
        except FileNotFoundError:
            return []


def xoauth2(user, token):
    return "AUTH XOAUTH2 " + b64(f"user={user}\1auth=Bearer {token}\1\1".encode())


def oauthbearer(user, token):
    gs2 = f"n,a={user}," if user else "n,,"
    return "AUTH OAUTHBEARER " + b64(f"{gs2}\1auth=Bearer {token}\1\1".encode())


def judged():
    """0 is 235; 1 is the error object in a 334, then 535; any other end is 454: the client keeps its token."""
    with Tokens(users=()) as server:
        client = Client(server)
        assert client.hello()["AUTH"] == ["OAUTHBEARER", "XOAUTH2"]
        for command in (xoauth2, oauthbearer):
            reply = client.say(command(USER, "bad"))
            assert reply.startswith(b"334 "), reply
            assert json.loads(base64.b64decode(reply[4:]))["status"], reply
            assert client.say("AQ==" if command is oauthbearer else "").startswith(b"535 5.7.8")
            for token in ("die", "broken"):
                assert client.say(command(USER, token)).startswith(b"454 4.7.0"), token
        assert client.say(xoauth2(USER, "good")).startswith(b"235 2.7.0")
        assert client.mail(b"hello").startswith(b"250")
        assert f"(Authenticated sender: {USER})".encode() in server.messages()[0]
        client = Client(server)
        client.hello()
        assert client.say(oauthbearer(USER, "good")).startswith(b"235 2.7.0")
        for pid, call in server.calls():
            assert call.endswith(", ''] [] [0, 1, 2] []") and call.startswith(f"['{USER}', '"), call
            assert not os.path.exists(f"/proc/{pid}"), "a zombie is left"
        log = server.log_text()
        assert b"died of a signal" in log and b"Bearer" not in log and b"good" not in log, log


def named_by_the_program():
    """An empty user is legal in OAUTHBEARER: then the program's first line says who it is, or it is 454."""
    with Tokens(lines=["named@example.test:*", "other@example.test:!*"]) as server:
        client = Client(server)
        client.hello()
        assert client.say(oauthbearer("", "unnamed")).startswith(b"454 4.7.0")
        assert client.say(oauthbearer("", "good")).startswith(b"235")
        assert client.mail(b"hello").startswith(b"250")
        assert b"(Authenticated sender: named@example.test)" in server.messages()[0]
        assert b'mechanism="OAUTHBEARER" identity="named@example.test"' in server.log_text()
        client = Client(server)
        client.hello()
        assert client.say(xoauth2("other@example.test", "good")).startswith(b"525 5.7.13")
        assert client.say(xoauth2("unheard-of@example.test", "good")).startswith(b"235")


def slow():
    """One that does not answer holds up nobody else, is ended after ten seconds with 454, and with its connection's
    server; what another one leaves running behind it is not waited for."""
    with Tokens() as server:
        waiting = Client(server)
        waiting.hello()
        waiting.socket.sendall(xoauth2(USER, "slow").encode() + b"\r\n")
        until(lambda: len(server.calls()) == 1)
        other = Client(server)
        other.hello()
        assert other.say(xoauth2(USER, "forks")).startswith(b"235")
        assert Client(server).login().mail(b"meanwhile").startswith(b"250")
        assert waiting.reply().startswith(b"454 4.7.0")
        (pid, _), *_ = server.calls()
        assert not os.path.exists(f"/proc/{pid}")
        assert b"gave no answer in time" in server.log_text()
        waiting.socket.sendall(xoauth2(USER, "slow").encode() + b"\r\n")
        until(lambda: len(server.calls()) == 3)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(MINUTE) == 0
        assert not os.path.exists(f"/proc/{server.calls()[2][0]}")


def cannot_start():
    """A program that is not there, or is none, is 454; passwords still work."""
    with tempfile.NamedTemporaryFile() as file:
        for program in (file.name, file.name + "/none"):
            with Server("--token-command", program) as server:
                client = Client(server)
                client.hello()
                assert client.say(xoauth2(USER, "good")).startswith(b"454 4.7.0")
                assert client.say("AUTH PLAIN " + PLAIN).startswith(b"235")
                assert b"cannot be started" in server.log_text() and PASSWORD.encode() not in server.log_text()


if __name__ == "__main__":
    sys.exit(run_all(judged, named_by_the_program, slow, cannot_start))
