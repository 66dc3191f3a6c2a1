#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Plays tests/transcripts/*.txt over a real socket against submissiond: the same files that test_transcripts plays
in-process (tests/dialogue.h says what they look like), in step with the replies, with a real STARTTLS.

Dialogues that need a host or a policy which submissiond's options cannot express are played against scripted_host, which
has their own; none is left out. Questions, notes and message data (Q:, N:, D:) are the host's to see and are not compared
here.

usage: socket_transcripts.py [SUBMISSIOND [DIRECTORY]]"""

import base64
import concurrent.futures
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
HOSTNAME = "mail.example.test"
PATIENCE = 60  # seconds; no expectation depends on it
THREADS = 64

STAGES = {
    "(connect)": (None, ["S:~ 220 mail.example.test ESMTP"]),
    "(hello)": ("(connect)", ["C: EHLO client.example.test", "E:"]),
    "(login)": ("(hello)", [r"C: AUTH PLAIN \b{\0alice@example.test\0correct horse}", "S: 235 2.7.0"]),
    "(mail)": ("(login)", ["C: MAIL FROM:<alice@example.test>", "S: 250 2.1.0",
                           "C: RCPT TO:<bob@example.test>", "S: 250 2.1.5"]),
    "(data)": ("(mail)", ["C: DATA", "S: 354"]),
    "(lmtp)": (None, ["S:~ 220 mail.example.test LMTP", "C: LHLO client.example.test", "E:"]),
}

# Policy words and the options that mean them. submissiond always offers STARTTLS in clear and both mechanisms,
# overlooks blanks around colons, and requires a login; here it offers SMTPUTF8 too, unless told otherwise.
OPTIONS = {"submission": [], "clear": ["--allow-plaintext-auth"], "starttls": [], "smtputf8": [],
           "require-tls": ["--require-tls"], "implicit-tls": [], "lax-space": []}
EXTENSIONS = {"no-smtputf8": [], "chunking": ["CHUNKING"], "binarymime": ["CHUNKING", "BINARYMIME"], "dsn": ["DSN"],
              "requiretls": ["REQUIRETLS"], "limits": ["LIMITS"]}
LIMITS = {"failures": "--max-auth-failures", "max-size": "--max-size", "max-recipients": "--max-recipients"}
FLOORS = {"failures": 3, "max-recipients": 100}
USERS = {"alice@example.test": "correct horse", "test": "1234", "tim": "tanstaaftanstaaf", "Kurt": "xipj3plmq"}

# A file of users in which alice is disabled; the hash is that of her password.
DISABLED = ("alice@example.test:!$6$smtpauthtests$v3W.ojSiE2ng4flU8tuqqBUTSrN5jq9zgeSAmPrBueptNBeAFNcWT7qU.wRv36C4AEbs"
            "0HVsRHBx38gnpIt1h/\n")


class Failure(Exception):
    pass


# ---- Reading ----

def unescape(text):
    """Octets of a transcript's text."""
    out, i = bytearray(), 0
    simple = {"r": 13, "n": 10, "t": 9, "s": 32, "0": 0, "\\": 92}

    def braces(at):
        depth, end = 1, at
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        return text[at:end - 1], end

    while i < len(text):
        if text[i] != "\\":
            out += text[i].encode()
            i += 1
        elif text[i + 1] in simple:
            out.append(simple[text[i + 1]])
            i += 2
        elif text[i + 1] == "x":
            out.append(int(text[i + 2:i + 4], 16))
            i += 4
        elif text[i + 1] == "{":
            inner, i = braces(i + 2)
            what, times = inner.rsplit("*", 1)
            out += unescape(what) * int(times)
        elif text[i + 1:i + 3] == "b{":
            inner, i = braces(i + 3)
            out += base64.b64encode(unescape(inner))
        else:
            raise ValueError("unknown escape in " + text)
    return bytes(out)


class Dialogue:
    def __init__(self, file, line, title, policy):
        self.file, self.line, self.title, self.policy = file, line, title, policy
        self.rows = []
        self.items = []  # (kind, mark, octets, line)

    def add(self, text, line):
        if text.startswith("("):
            before, lines = STAGES[text]
            for each in ([before] if before else []) + lines:
                self.add(each, line)
            return
        if text.startswith("TLS"):
            self.items.append(("T", "", text[4:].encode(), line))
            return
        match = re.fullmatch(r"([CSENQADH])(?:\*(\d+))?(!|:~?) ?(.*)", text)
        if not match:
            raise ValueError(f"{self.file}:{line}: neither remark, title nor item")
        kind, times, mark, rest = match.groups()
        if kind == "S" and mark == "!":
            kind = "!"
        is_open = kind in "CD" and (len(rest) - len(rest.rstrip("\\"))) % 2 == 1
        octets = unescape(rest[:-1] if is_open else rest)
        if kind == "C" and not is_open:
            octets += b"\r\n"
        self.items += [(kind, mark, octets, line)] * int(times or 1)

    def unfit(self):
        """Why submissiond cannot play it, or None."""
        for i, (kind, _, octets, _) in enumerate(self.items):
            if kind == "A" and not self.is_disabled():
                return "scripted answer: " + octets.decode()
            if kind == "H" and (octets != b"lost" or i == 0):
                return "act of the host: " + octets.decode()
            if kind == "T" and octets == b"weak":
                return "handshake: " + octets.decode()
        for word in self.policy.split():
            if word not in OPTIONS and word not in EXTENSIONS and word.split("=")[0] not in LIMITS:
                return "policy: " + word
        return None

    def is_disabled(self):
        return [item[2] for item in self.items if item[0] == "A"] == [b"auth disabled"]

    def options(self):
        """The command line, and whether the connection begins under TLS."""
        line = ["disabled"] if self.is_disabled() else []
        words = self.policy.split()
        for word in words:
            name, _, value = word.partition("=")
            if value:
                line += [LIMITS[name], str(max(int(value), FLOORS.get(name, 0)))]
            else:
                line += OPTIONS.get(word, [])
        offered = {name for word in words for name in EXTENSIONS.get(word, [])}
        offered |= {"SMTPUTF8"} if "no-smtputf8" not in words else set()
        line += ["--extensions", ",".join(sorted(offered))]
        return tuple(line), "implicit-tls" in self.policy


def read_dialogues(directory):
    dialogues = []
    for name in sorted(os.listdir(directory)):
        if not name.endswith(".txt"):
            continue
        policy, now = "", None
        with open(os.path.join(directory, name), encoding="utf-8") as file:
            for line, text in enumerate(file, 1):
                text = text.rstrip("\n")
                if not text or text.startswith(";") or text == "lockstep":
                    continue
                if text.startswith("row:"):
                    now.rows = re.findall(r"\w+", text[4:])
                    continue
                if text.startswith("#"):
                    now = Dialogue(name, line, text[1:].strip(), policy)
                    dialogues.append(now)
                elif text.startswith("policy: ") and now:
                    now.policy = text[8:]
                elif text.startswith("policy: "):
                    policy = text[8:]
                else:
                    now.add(text, line)
    return dialogues


# ---- Playing ----

class Server:
    """One submissiond. Two ports: in clear and under TLS."""

    def __init__(self, program, options, directory):
        if options[:1] == ("disabled",):
            users = ["--users", os.path.join(directory, "users")]
            with open(users[1], "w", encoding="ascii") as file:
                file.write(DISABLED)
            options = options[1:]
        else:
            users = [word for user in USERS.items() for word in ("--user", ":".join(user))]
        self.process = subprocess.Popen(
            [program, "--listen", "127.0.0.1:0", "--listen-tls", "127.0.0.1:0", "--hostname", HOSTNAME,
             "--maildir", os.path.join(directory, "mail"), *users, *options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.ports = []
        for line in self.process.stdout:
            if line.strip() == "ready":
                break
            match = re.search(r"listening on .*:(\d+)", line)
            if match:
                self.ports.append(int(match.group(1)))
        if len(self.ports) != 2:
            raise SystemExit(f"{program} {' '.join(options)}: did not start")

    def tell(self, order):
        raise Failure(f"submissiond cannot be told `{order}`")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class ScriptedHost:
    """One dialogue's own host: its policy and the answers it scripts. TLS is somebody else's, in front of it."""

    def __init__(self, program, directory, dialogue):
        self.process = subprocess.Popen(
            [program, os.path.join(directory, dialogue.file), str(dialogue.line)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        match = re.search(r":(\d+)$", self.process.stdout.readline().strip())
        if not match or self.process.stdout.readline().strip() != "ready":
            raise Failure(f"{dialogue.file}: {dialogue.title}: scripted_host: {self.process.stderr.read()}")
        self.port = int(match.group(1))

    def tell(self, order):
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()

    def stop(self):
        try:
            self.process.stdin.close()
            self.process.wait(PATIENCE)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        if self.process.returncode != 0:
            raise Failure(f"scripted_host: {self.process.stderr.read()}")


def tls_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Connection:
    def __init__(self, port, is_tls):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.rest = b""
        if is_tls:
            self.start_tls()

    def start_tls(self):
        self.socket = tls_context().wrap_socket(self.socket)

    def fail_tls(self):
        """Speaks no TLS; an alert (content type 21) is all that may come back."""
        self.send(b"EHLO client.example.test\r\n" * 20)
        while self.receive():
            pass
        if self.rest[:1] == b"\x15":
            self.rest = b""

    def send(self, octets):
        try:
            self.socket.sendall(octets)
        except (BrokenPipeError, ConnectionResetError):
            pass  # closed meanwhile: the replies tell

    def receive(self):
        try:
            more = self.socket.recv(65536)
        except (ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            more = b""
        self.rest += more
        return more != b""

    def line(self):
        while b"\n" not in self.rest:
            if not self.receive():
                raise Failure("connection closed" + (f" behind {self.rest!r}" if self.rest else ""))
        line, self.rest = self.rest.split(b"\n", 1)
        if not line.endswith(b"\r"):
            raise Failure(f"a reply line without CRLF: {line!r}")
        return line[:-1]

    def expect_end(self):
        while not self.rest and self.receive():
            pass
        if self.rest:
            raise Failure(f"expected the end, got {self.rest!r}")

    def close(self):
        self.socket.close()


def match_reply(line, mark, expected):
    if mark == ":~":
        return line.startswith(expected)
    if expected[:3] != b"334" and re.fullmatch(rb"\d{3}( \d\.\d{1,3}\.\d{1,3})?", expected):
        return line.startswith(expected + b" ") and line[len(expected) + 1:].isascii()
    return line == expected


def match_ehlo(connection, mark, listed):
    lines = []
    while not lines or lines[-1][3:4] == b"-":
        lines.append(connection.line())
        if lines[-1][:3] != b"250":
            raise Failure(f"not an EHLO reply: {lines[-1]!r}")
    keywords = [line[4:].decode() for line in lines[1:]]
    if not lines[0][4:].decode().startswith(HOSTNAME):
        raise Failure(f"EHLO begins {lines[0]!r}")
    wanted = [entry for entry in listed.decode().split(", ") if entry]
    for entry in wanted:
        if entry.startswith("no "):
            has = any(keyword.startswith(entry[3:]) for keyword in keywords)
        else:
            has = entry not in keywords
        if has:
            raise Failure(f"EHLO: `{entry}` does not hold: {keywords}")
    if mark == "!" and set(keywords) - set(wanted):
        raise Failure(f"EHLO offers too much: {keywords}")


def play_scripted(dialogue, program, directory):
    host = ScriptedHost(program, directory, dialogue)
    try:
        play(dialogue, host, Connection(host.port, False))
    finally:
        host.stop()


def play(dialogue, host, connection):
    is_scripted = isinstance(host, ScriptedHost)
    due = bytearray()
    try:
        for i, (kind, mark, octets, line) in enumerate(dialogue.items):
            try:
                if kind == "C":
                    due += octets
                    continue
                if kind not in "SE!TH":
                    continue
                if due:
                    connection.send(bytes(due))
                    due.clear()
                if kind == "S":
                    got = connection.line()
                    if not is_scripted and octets.endswith(b" Message accepted"):
                        mark, octets = ":~", octets[:-16] + b"Queued as "  # submissiond's own words, with an id behind
                    if not match_reply(got, mark, octets):
                        raise Failure(f"expected `{octets.decode()}`, got `{got.decode(errors='replace')}`")
                elif kind == "E":
                    match_ehlo(connection, mark, octets)
                elif kind == "!":
                    connection.expect_end()
                elif kind == "T" and is_scripted:
                    host.tell(f"tls {octets.decode()}".strip())
                elif kind == "T" and octets:
                    connection.fail_tls()
                elif kind == "T":
                    connection.start_tls()
                elif kind == "H" and is_scripted:
                    if i > 0:  # at the very beginning it acts by itself
                        host.tell("act")
                elif kind == "H":
                    connection.socket.shutdown(socket.SHUT_WR)
            except (Failure, OSError) as fault:
                raise Failure(f"{dialogue.file}:{line}: {dialogue.title}: {fault}") from fault
    finally:
        connection.close()


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "../build/examples/submissiond/submissiond")
    directory = sys.argv[2] if len(sys.argv) > 2 else os.path.join(HERE, "transcripts")
    dialogues = read_dialogues(directory)
    scripted_host = os.path.join(os.path.dirname(program), "../../tests/scripted_host")
    scratch = tempfile.mkdtemp(prefix="smtpauth-")
    servers = {}
    failures, lock = [], threading.Lock()

    def run(dialogue):
        try:
            if dialogue.unfit():
                play_scripted(dialogue, scripted_host, directory)
            else:
                options, is_tls = dialogue.options()
                play(dialogue, servers[options], Connection(servers[options].ports[is_tls], is_tls))
        except Failure as fault:
            with lock:
                failures.append(str(fault))

    try:
        for options in sorted({each.options()[0] for each in dialogues if not each.unfit()}):
            place = os.path.join(scratch, str(len(servers)))
            os.mkdir(place)
            servers[options] = Server(program, options, place)
        # The long ones first: each refused login costs a second.
        slow = sorted(dialogues, key=lambda each: -sum(item[2][:3] == b"535" for item in each.items if item[0] == "S"))
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(run, slow))
        for options, server in servers.items():
            if server.process.poll() is not None:
                failures.append(f"submissiond {' '.join(options)}: ended by itself: {server.process.returncode}")
    finally:
        for server in servers.values():
            server.stop()
        shutil.rmtree(scratch, ignore_errors=True)
    for failure in sorted(failures):
        print(f"FAILED: {failure}")
    scripted = sum(each.unfit() is not None for each in dialogues)
    print(f"{len(dialogues) - scripted} dialogues against submissiond, {scripted} against a host of their own")
    print(f"{len(dialogues) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
