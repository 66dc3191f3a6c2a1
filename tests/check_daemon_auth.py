#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""How one logs in to submissiond by passwords. Takes its path; python3's standard library only."""
import base64
import os
import pty
import signal
import smtplib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

from daemon_helpers import (DAEMON, MINUTE, MKUSER, PASSWORD, Client, Server, memory_of, mkuser, plain, run_all, trusting,
                            until)
from daemon_scram import b64, scram

FEW = ("--iterations", "4096")
KINDS = ("--scram-sha-256", "--scram-sha-1", "--crypt", "--plain")


def by_plain(server, user, password):
    client = Client(server)
    client.hello()
    return client.say("AUTH PLAIN " + plain(user, password))


def by_login(server, user, password):
    client = Client(server)
    client.hello()
    assert client.say("AUTH LOGIN").startswith(b"334")
    assert client.say(b64(user.encode())).startswith(b"334")
    return client.say(b64(password.encode()))


def by_scram_sha256(server, user, password):
    client = Client(server)
    client.hello()
    return scram(client, "SCRAM-SHA-256", user, password)[0]


def by_scram_sha1(server, user, password):
    client = Client(server)
    client.hello()
    return scram(client, "SCRAM-SHA-1", user, password)[0]


def by_cram_md5(server, user, password):
    """Python's own client."""
    with smtplib.SMTP("127.0.0.1", server.port, timeout=MINUTE) as client:
        client.ehlo()
        client.user, client.password = user, password
        try:
            code, words = client.auth("CRAM-MD5", client.auth_cram_md5)
        except smtplib.SMTPAuthenticationError as error:
            code, words = error.smtp_code, error.smtp_error
        return b"%d %s" % (code, words)


MECHANISMS = {"PLAIN": by_plain, "LOGIN": by_login, "SCRAM-SHA-256": by_scram_sha256, "SCRAM-SHA-1": by_scram_sha1,
              "CRAM-MD5": by_cram_md5}
SERVES = {"--scram-sha-256": {"PLAIN", "LOGIN", "SCRAM-SHA-256"}, "--scram-sha-1": {"PLAIN", "LOGIN", "SCRAM-SHA-1"},
          "--crypt": {"PLAIN", "LOGIN"}, "--plain": {"PLAIN", "LOGIN", "CRAM-MD5"}}


def kinds_of_users():
    """Each kind of line that mkuser makes serves its mechanisms and no other; wrong passwords never pass."""
    lines = [line for kind in KINDS for line in mkuser("user" + kind, kind, *FEW)]
    with Server("--mechanisms", ",".join(MECHANISMS), lines=lines) as server:
        for kind in KINDS:
            for name, log_in in MECHANISMS.items():
                right = log_in(server, "user" + kind, PASSWORD)
                expected = b"235 2.7.0" if name in SERVES[kind] else b"535 5.7.8"
                assert right.startswith(expected), (kind, name, right)
        for kind in KINDS:
            for name in sorted(SERVES[kind]):
                wrong = MECHANISMS[name](server, "user" + kind, "wrong horse")
                assert wrong.startswith(b"535 5.7.8"), (kind, name, wrong)
        for name, log_in in MECHANISMS.items():
            assert log_in(server, "nobody", PASSWORD).startswith(b"535 5.7.8"), name


def one_user_many_kinds():
    """All kinds of one user at once; the name that Received tells is the whole one, of SCRAM too."""
    user = "a-name-that-is-longer-than-the-sixty-four-octets-which-sessions-keep@example.test"
    with Server("--mechanisms", ",".join(MECHANISMS), lines=mkuser(user, *KINDS, *FEW)) as server:
        for name, log_in in MECHANISMS.items():
            assert log_in(server, user, PASSWORD).startswith(b"235"), name
        client = Client(server)
        client.hello()
        assert scram(client, "SCRAM-SHA-1", user, PASSWORD)[0].startswith(b"235")
        assert client.mail(b"hello").startswith(b"250")
        assert b"(Authenticated sender: " + user.encode() + b")" in server.messages()[0], server.messages()
        assert f'mechanism="SCRAM-SHA-256" identity="{user}"'.encode() in server.log_text()
        assert PASSWORD.encode() not in server.log_text()


def disabled():
    """Right credentials of a disabled account hear 525, wrong ones 535, whatever the kind."""
    lines = ["alice:!" + line.split(":", 1)[1] for kind in KINDS for line in mkuser("alice", kind, *FEW)]
    lines += mkuser("bob", *KINDS, *FEW)
    with Server("--mechanisms", ",".join(MECHANISMS), lines=lines) as server:
        for name, log_in in MECHANISMS.items():
            assert log_in(server, "alice", PASSWORD).startswith(b"525 5.7.13"), name
            assert log_in(server, "alice", "wrong horse").startswith(b"535 5.7.8"), name
            assert log_in(server, "bob", PASSWORD).startswith(b"235"), name


def offered_by_default():
    """SCRAM comes first when a user has a secret for it, its -PLUS forms under TLS alone; CRAM-MD5 never by itself."""
    both = ["SCRAM-SHA-256", "SCRAM-SHA-1"]
    plus = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"]
    cases = {("--crypt",): ([], []), ("--plain",): ([], []), ("--scram-sha-1",): (both[1:], plus[1:]),
             ("--scram-sha-256", "--scram-sha-1"): (both, plus)}
    for kinds, (clear, bound) in cases.items():
        with Server(lines=mkuser("alice", *kinds, *FEW)) as server:
            client = Client(server)
            assert client.hello()["AUTH"] == clear + ["PLAIN", "LOGIN"], kinds
            assert client.starttls(trusting())["AUTH"] == bound + clear + ["PLAIN", "LOGIN"], kinds
    mixed = mkuser("alice", *FEW) + mkuser("bob", "--scram-sha-1", "--iterations", "4097")
    with Server(lines=mixed) as server:
        assert b"1 users can be told from names that do not exist" in server.log_text()
    with Server("--mechanisms", "login,scram-sha-256,PLAIN", lines=mkuser("alice", *FEW)) as server:
        assert Client(server).hello()["AUTH"] == ["LOGIN", "SCRAM-SHA-256", "PLAIN"]


def unknown_users():
    """Who does not exist is shown the iterations of those who do and a salt that outlives the server, all of them alike."""
    def shown(server, user):
        client = Client(server)
        client.hello()
        reply, exchange = scram(client, "SCRAM-SHA-256", user, PASSWORD)
        assert reply.startswith(b"235" if user == "alice" else b"535 5.7.8"), (user, reply)
        return exchange.salt, exchange.iterations

    lines = mkuser("alice", "--iterations", "5000") + mkuser("crypt", "--crypt") + mkuser("plain", "--plain")
    names = ("nobody", "crypt", "plain", "alice")
    with tempfile.TemporaryDirectory() as folder:
        maildir = os.path.join(folder, "mail")
        with Server(lines=lines, maildir=maildir) as server:
            before = [shown(server, name) for name in names]
        secret = os.path.join(maildir, "secret")
        assert os.stat(secret).st_mode & 0o777 == 0o600 and os.stat(secret).st_size == 32
        with Server(lines=lines, maildir=maildir) as server:
            assert [shown(server, name) for name in names] == before
            assert b"2 of 3 users have no secret" in server.log_text()
        other = os.path.join(folder, "other")
        with Server("--secret-file", other, lines=lines, maildir=maildir) as server:
            changed = [shown(server, name) for name in names]
        assert os.stat(other).st_size == 32
    assert {iterations for _, iterations in before} == {5000} and {len(salt) for salt, _ in before} == {16}
    assert len({salt for salt, _ in before}) == len(names)
    assert [old == new for old, new in zip(before, changed)] == [False, False, False, True]


def reload_users():
    """SIGHUP reads the users file again; a broken one changes nothing."""
    with Server(lines=mkuser("alice", *FEW)) as server:
        assert by_scram_sha256(server, "bob", PASSWORD).startswith(b"535")
        server.write_users(mkuser("bob", *FEW))
        server.process.send_signal(signal.SIGHUP)
        until(lambda: by_scram_sha256(server, "bob", PASSWORD).startswith(b"235"))
        assert by_scram_sha256(server, "alice", PASSWORD).startswith(b"535")
        server.write_users(["bob:SCRAM-SHA-256$4096:=$=:="])
        server.process.send_signal(signal.SIGHUP)
        until(lambda: b"users stay as they were" in server.log_text())
        assert by_scram_sha256(server, "bob", PASSWORD).startswith(b"235")


def users_files():
    """RFC 5803's blanks are read; what cannot be a secret is refused with its line, and never shown."""
    good = mkuser("alice", *FEW)[0].replace("$", " $ ")
    with Server(lines=["# users", "", good]) as server:
        assert by_scram_sha256(server, "alice", PASSWORD).startswith(b"235")
    key, short = b64(bytes(32)), b64(bytes(31))
    with Server(lines=[f"alice:SCRAM-SHA-256$1000000:{key}${key}:{key}"]) as server:
        assert "SCRAM-SHA-256" in Client(server).hello()["AUTH"], "a million iterations are not too many"
    bad = ("alice", ":x", "alice:", "alice:secret", "alice:$1$salt$hash", "alice:{PLAIN}", "alice:SCRAM-SHA-256$",
           f"alice:SCRAM-SHA-512$4096:{key}${key}:{key}", f"alice:SCRAM-SHA-256$0:{key}${key}:{key}",
           f"alice:SCRAM-SHA-256$+1:{key}${key}:{key}", f"alice:SCRAM-SHA-256$5000000000:{key}${key}:{key}",
           f"alice:SCRAM-SHA-256$1000001:{key}${key}:{key}", f"alice:SCRAM-SHA-256$4294967295:{key}${key}:{key}",
           f"alice:SCRAM-SHA-256$4096:${key}:{key}", f"alice:SCRAM-SHA-256$4096:{b64(bytes(65))}${key}:{key}",
           f"alice:SCRAM-SHA-256$4096:{key}${short}:{key}", f"alice:SCRAM-SHA-256$4096:{key}${key}:{short}",
           f"alice:SCRAM-SHA-256$4096:{key}${key}:{key} x", f"alice:SCRAM-SHA-1$4096:{key}${key}:{key}",
           f"alice:SCRAM-SHA-256$4096:{key}${key}", "x" * 256 + ":{PLAIN}x", "bob:{PLAIN}again")
    twice = [[line] * 2 for line in mkuser("bob", *KINDS, *FEW)]
    with tempfile.NamedTemporaryFile("w") as file:
        for lines in [["bob:{PLAIN}once", line] for line in bad] + twice:
            file.seek(0)
            file.truncate()
            file.write("\n".join(lines) + "\n")
            file.flush()
            done = subprocess.run([DAEMON, "--listen", "127.0.0.1:0", "--users", file.name], capture_output=True,
                                  text=True, timeout=MINUTE)
            assert done.returncode == 2 and f"users file {file.name}: line 2 " in done.stderr, (lines, done)
            assert "secret" not in done.stderr.replace("has no secret", "") and key not in done.stderr, done
            assert ("repeats" in done.stderr) == (lines in twice or lines[1] == "bob:{PLAIN}again"), done


def nothing_left():
    """No password and no token is left in memory when its login was answered, be it right or wrong."""
    secret = "sesame-open-and-twenty-letters-more"
    token = "AUTH XOAUTH2 " + b64(f"user=alice\1auth=Bearer {secret}\1\1".encode())
    lines = mkuser("alice", *FEW, password=secret) + mkuser("bob", "--crypt", password=secret)
    with Server("--token-command", "/bin/true", lines=lines) as server:
        for user in ("alice", "bob", "nobody"):
            for log_in in (by_plain, by_login):
                assert log_in(server, user, secret).startswith(b"535" if user == "nobody" else b"235")
        client = Client(server)
        client.hello()
        assert client.say(token).startswith(b"235")
        pieces = [secret, b64(secret.encode())] + [plain(user, secret)[-28:] for user in ("alice", "bob", "nobody")]
        for part in memory_of(server.process.pid):
            left = [piece for piece in (*pieces, token[-28:]) if piece.encode() in part]
            assert not left, left


def mkuser_at_a_terminal():
    """mkuser asks twice, shows nothing of what is typed, and refuses two that differ."""
    def run(*typed):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(MKUSER, ["mkuser", "--plain", "alice"])
        shown = b""
        for text in typed:
            while not shown.endswith(b": "):
                shown += os.read(terminal, 1000)
            os.write(terminal, text + b"\n")
            shown += b"|"
        while True:
            try:
                shown += os.read(terminal, 1000)
            except OSError:  # how a terminal says that its last user went
                break
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.replace(b"\r", b"")

    assert run(b"pw-1", b"pw-1") == (0, b"Password: |\nOnce more: |\nalice:{PLAIN}pw-1\n"), run(b"pw-1", b"pw-1")
    status, shown = run(b"pw-1", b"pw-2")
    assert status == 1 and b"pw-1" not in shown and b"pw-2" not in shown, shown
    for arguments in ([], ["--scram-md5", "a"], ["--iterations", "4095", "a"], ["--iterations", "1000001", "a"], ["a", "b"], ["a:b"], ["x" * 256]):
        done = subprocess.run([MKUSER, *arguments], input="x\n", capture_output=True, text=True, timeout=MINUTE)
        assert done.returncode == 2 and done.stderr and not done.stdout, (arguments, done)
    for password in ("\n", "", "\udcff\n", "x" * 1024 + "\n"):
        done = subprocess.run([MKUSER, "a"], input=password.encode("utf-8", "surrogateescape"), capture_output=True,
                              timeout=MINUTE)
        assert done.returncode == 1 and done.stderr and not done.stdout, (password, done)


if __name__ == "__main__":
    sys.exit(run_all(kinds_of_users, one_user_many_kinds, disabled, offered_by_default, unknown_users, reload_users,
                     users_files, nothing_left, mkuser_at_a_terminal))
