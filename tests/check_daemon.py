#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""submissiond as a whole: what it must survive. Takes its path; python3's standard library only.

Nothing here measures speed: where something must happen "at once", the bound is a minute.
"""
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True

from daemon_helpers import DAEMON, MINUTE, PASSWORD, PLAIN, USER, WRONG, Client, Server, mkuser, plain, run_all

FILTER = os.path.join(os.path.dirname(__file__), "../examples/fail2ban/smtpauth-submissiond.conf")


def kill_under_load():
    """kill -9 while eight clients send: whatever was answered 250 is in the Maildir, whole, with its envelope."""
    with Server() as server:
        answered, lock, enough = [], threading.Lock(), threading.Event()

        def send(number):
            try:
                client = Client(server).login()
                for count in range(10000):
                    token = b"token-%d-%d-end" % (number, count)
                    body = b"Subject: load\r\n\r\n" + b"x" * 70 + b"\r\n" + b"y\r\n" * 3000 + token
                    if not client.mail(body).startswith(b"250"):
                        return
                    with lock:
                        answered.append(token)
                        if len(answered) >= 200:
                            enough.set()
            except (OSError, AssertionError):
                return

        threads = [threading.Thread(target=send, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        assert enough.wait(5 * MINUTE), "too few messages"
        server.process.kill()
        server.process.wait()
        for thread in threads:
            thread.join()
        stored = b"\n".join(server.messages())
        lost = [token for token in answered if token + b"\r\n" not in stored]
        assert len(answered) >= 200 and not lost, f"lost {lost}"
        assert set(server.read_folder("new")) <= set(server.envelopes()), "a message without its envelope"


def full_disk():
    """No room: 452 4.3.1, nothing left behind in tmp, and the session goes on."""
    with Server(limits=[(resource.RLIMIT_FSIZE, 65536)]) as server:
        client = Client(server).login()
        assert client.mail(b"z" * 70 + b"\r\n" + b"line\r\n" * 40000).startswith(b"452 4.3.1")
        assert os.listdir(os.path.join(server.maildir, "tmp")) == []
        assert client.mail(b"small").startswith(b"250")
        assert len(server.messages()) == 1


def terminate():
    """SIGTERM: 421 to the idle, a message under way is finished, exit status 0."""
    with Server() as server:
        idle, busy = Client(server), Client(server).login()
        for line in ("MAIL FROM:<a@example.test>", "RCPT TO:<b@example.test>", "DATA"):
            busy.say(line)
        server.process.send_signal(signal.SIGTERM)
        assert idle.reply().startswith(b"421 4.3.2")
        assert idle.reply() == b""
        busy.socket.sendall(b"late\r\n.\r\n")
        assert busy.reply().startswith(b"250")
        assert busy.reply().startswith(b"421")
        assert server.process.wait(MINUTE) == 0
        assert len(server.messages()) == 1
        assert b"submissiond:" not in server.log_text(), server.log_text()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def no_descriptors():
    """Out of descriptors: it does not spin, and serves again when some are free."""
    with Server(limits=[(resource.RLIMIT_NOFILE, 48)]) as server:
        clients = [Client(server, greet=False) for _ in range(80)]
        time.sleep(1)
        before = cpu_seconds(server.process.pid)
        time.sleep(2)
        assert cpu_seconds(server.process.pid) - before < 1, "spins"
        for client in clients:
            client.close()
        assert Client(server).login().mail(b"after").startswith(b"250")


def idle_crowd():
    """A thousand idle connections and one that works."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    with Server() as server:
        crowd = [Client(server) for _ in range(1000)]
        assert Client(server).login().mail(b"one").startswith(b"250")
        assert all(client.say("NOOP").startswith(b"250") for client in crowd[::50])
        for client in crowd:
            client.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def deaf_client():
    """A client that floods and never reads blocks nobody else."""
    with Server() as server:
        deaf = Client(server).login()
        deaf.socket.setblocking(False)
        flood = b"EHLO client.example.test\r\nRSET\r\n" * 4096
        for _ in range(64):
            try:
                deaf.socket.send(flood)
            except (BlockingIOError, ConnectionError):
                break
        assert Client(server).login().mail(b"heard").startswith(b"250")


def half_close():
    """A pipelined session whose sender closes its half still gets every reply."""
    with Server() as server:
        client = Client(server, greet=False)
        client.socket.sendall(f"EHLO c.example.test\r\nAUTH PLAIN {PLAIN}\r\nMAIL FROM:<a@example.test>\r\nRCPT TO:"
                              "<b@example.test>\r\nDATA\r\nhello\r\n.\r\nQUIT\r\n".encode())
        client.socket.shutdown(socket.SHUT_WR)
        codes = []
        while line := client.reply():
            codes.append(line[:3].decode())
        assert codes == ["220", "250", "235", "250", "250", "354", "250", "221"], codes
        assert len(server.messages()) == 1


def log_and_filter():
    """The log tells who failed, a fail2ban filter finds it, and no password is in it."""
    with Server() as server:
        client = Client(server)
        client.say("EHLO client.example.test")
        assert client.say("AUTH PLAIN " + WRONG).startswith(b"535")
        assert client.say("AUTH PLAIN " + PLAIN).startswith(b"235")
        assert client.say(WRONG).startswith(b"500")
        client.say("QUIT")
        client.close()
        log = server.log_text()
        for secret in (b"horse", PLAIN.encode(), WRONG.encode()):
            assert secret not in log, log
        with open(FILTER) as file:
            pattern = re.search(r"^failregex\s*=\s*(.+)$", file.read(), re.M)[1]
        finder = re.compile(pattern.replace("<HOST>", r"(?P<host>[0-9.]+)"))
        lines = [line.split(" ", 1)[1] for line in log.decode().splitlines()]  # fail2ban cuts the date off
        found = [m for m in map(finder.search, lines) if m]
        assert [m["host"] for m in found] == ["127.0.0.1"], log


def users_file():
    """crypt(3) hashes, as openssl makes them for SHA-512."""
    hashes = subprocess.run(["openssl", "passwd", "-6", PASSWORD], check=True, capture_output=True, text=True).stdout
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(f"# users\n\n{USER}:{hashes.strip()}\n")
        file.flush()
        with Server(users=("--users", file.name)) as server:
            client = Client(server)
            client.say("EHLO client.example.test")
            assert client.say("AUTH PLAIN " + WRONG).startswith(b"535 5.7.8")
            assert client.say("AUTH PLAIN " + plain("nobody", PASSWORD)).startswith(b"535 5.7.8")
            assert client.say("AUTH PLAIN " + PLAIN).startswith(b"235 2.7.0")


def options():
    """--help is 0; what cannot work is 2, with a word why."""
    def run(*args):
        return subprocess.run([DAEMON, "--listen", "127.0.0.1:0", *args], capture_output=True, text=True, timeout=MINUTE)
    shown = run("--help")
    assert shown.returncode == 0
    for option in ("--listen-tls", "--mechanisms", "--token-command", "--client-ca", "--proxy-protocol"):
        assert f"  {option} " in shown.stdout, option
    user = ("--user", "a:b")
    for args, word in (
            (["--no-such-option"], "--help"), (["a"], "is no option"), ([], "nobody could log in"),
            (["--user", "nocolon"], "NAME:PASSWORD"), (["--user", "a:b", "--user", "a:c"], "--user a repeats"),
            ([*user, "--max-size", "x"], "--max-size"), ([*user, "--cert", "x"], "--key"),
            ([*user, "--mechanisms", "PLAIN,NTLM"], "'NTLM' is none of SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256"),
            ([*user, "--mechanisms", ""], "'' is none of"), ([*user, "--mechanisms", "PLAIN,plain"], "PLAIN twice"),
            ([*user, "--mechanisms", "SCRAM-SHA-1"], "no user has a secret"),
            ([*user, "--mechanisms", "XOAUTH2"], "--token-command"), ([*user, "--mechanisms", "EXTERNAL"], "--client-ca"),
            ([*user, "--token-command", "/bin/true", "--mechanisms", "PLAIN"], "--token-command would never run"),
            ([*user, "--client-ca", "/dev/null", "--mechanisms", "PLAIN"], "does not list EXTERNAL"),
            ([*user, "--client-ca", "/dev/null"], "TLS: /dev/null cannot be used"),
            (["--token-command", "/bin/true", "--client-ca", "/dev/null"], "--client-ca needs users"),
            ([*user, "--xclient-from", "10.0.0.1/8"], "--xclient-from"), ([*user, "--xclient-from", "here"], "'here'"),
            ([*user, "--extensions", "DSN,ETRN"], "'ETRN' is none of SMTPUTF8"), ([*user, "--extensions", "DSN,"], "''"),
            (["--lmtp", "--extensions", "DSN"], "'DSN' is none of"), ([*user, "--extensions", "BINARYMIME"], "xtension"),
            ([*user, "--lmtp"], "--mechanisms"), (["--lmtp", "--mechanisms", "PLAIN"], "nobody could log in"),
            (["--users", "/dev/null"], "nobody could log in"), (["--users", "/nonexistent"], "No such file"),
            ([*user, "--hostname", "no host"], "host")):
        done = run(*args)
        assert done.returncode == 2 and word in done.stderr, (args, done)


def secret_file():
    """One that others may read, or of another length, is refused: exit status 1, and why."""
    with tempfile.TemporaryDirectory() as folder:
        users, secret = os.path.join(folder, "users"), os.path.join(folder, "secret")
        with open(users, "w") as file:
            file.writelines(line + "\n" for line in mkuser(USER, "--iterations", "4096"))
        for mode, octets, word in ((0o640, bytes(32), "chmod 600"), (0o600, bytes(31), "32 octets"),
                                   (0o600, bytes(33), "32 octets"), (0o600, b"", "32 octets")):
            with open(secret, "wb") as file:
                file.write(octets)
            os.chmod(secret, mode)
            done = subprocess.run([DAEMON, "--listen", "127.0.0.1:0", "--maildir", os.path.join(folder, "mail"), "--users",
                                   users, "--secret-file", secret], capture_output=True, text=True, timeout=MINUTE)
            assert done.returncode == 1 and f"secret file {secret}: " in done.stderr and word in done.stderr, done


if __name__ == "__main__":
    sys.exit(run_all(options, secret_file, users_file, log_and_filter, half_close, full_disk, terminate, deaf_client, no_descriptors,
                     idle_crowd, kill_under_load))
