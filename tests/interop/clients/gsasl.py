#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""gsasl HOST PORT clear|starttls MECHANISM USER PASSWORD CERT MESSAGE_FILE

GNU SASL's own program. It logs in and then hands its standard input to the server. It reads that through a buffer and
polls below it, so it must get one line at a read: from a terminal. It says STARTTLS without EHLO before it, which is
503; so a forwarder says that for it."""

import os
import pty
import re
import socket
import subprocess
import sys
import termios
import threading


def command_for(host, port, tls, mechanism, user, password, cert):
    command = ["gsasl", "--smtp", f"--connect={host}:{port}", "--verbose", f"--mechanism={mechanism}",
               f"--authentication-id={user}", f"--password={password}", "--quality-of-protection=qop-auth"]
    if not mechanism.endswith("-PLUS"):
        command.append("--no-cb")  # it would say that the server has no -PLUS, which is a lie (RFC 5802 6)
    if mechanism == "ANONYMOUS":
        command.append(f"--anonymous-token={user}")
    if mechanism == "EXTERNAL":
        command += [f"--authorization-id={user}", f"--x509-cert-file={os.environ['CLIENT_CERT']}",
                    f"--x509-key-file={os.environ['CLIENT_KEY']}"]
    if mechanism == "GSSAPI":
        command += [f"--authorization-id={user}", "--service=smtp", f"--hostname={host}"]
    if mechanism == "DIGEST-MD5":
        command.append("--realm=mail.example.test")  # it would ask for one
    if tls == "starttls":
        command += ["--starttls", f"--x509-ca-file={cert}"]
    else:
        command.append("--no-starttls")
    return command


def open_terminal():
    """Both ends: lines are handed on as they are, one at a time."""
    master, slave = pty.openpty()
    modes = termios.tcgetattr(slave)
    modes[0] = modes[1] = 0
    modes[3] = termios.ICANON
    termios.tcsetattr(slave, termios.TCSANOW, modes)
    return master, slave


def copy(source, target):
    try:
        while octets := source.recv(65536):
            target.sendall(octets)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def greet(server):
    """The server's greeting; EHLO was said behind it."""
    file = server.makefile("rb", buffering=0)
    greeting = file.readline()
    server.sendall(b"EHLO client.example\r\n")
    while not re.match(rb"\d\d\d ", file.readline()):
        pass
    return greeting


def open_forwarder(host, port):
    """Its port; it serves one connection."""
    server = socket.create_connection((host, port))
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        greeting = greet(server)
        client, _ = listener.accept()
        client.sendall(greeting)
        threading.Thread(target=copy, args=(client, server), daemon=True).start()
        copy(server, client)

    threading.Thread(target=serve, daemon=True).start()
    return str(listener.getsockname()[1])


def main(host, port, tls, *arguments):
    *arguments, message = arguments
    if tls == "starttls":
        port = open_forwarder(host, port)
    master, slave = open_terminal()
    process = subprocess.Popen(command_for(host, port, tls, *arguments), stdin=slave, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, bufsize=0)  # through one pipe: lines stay whole

    def expect(code):
        """Reads up to the reply with this code; ends where another comes, or none."""
        for line in iter(process.stdout.readline, b""):
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
            if re.match(rb"[45]\d\d ", line):
                break
            if line.startswith(code + b" "):
                return
        process.kill()
        sys.exit(1)

    def say(data, code):
        while data:
            data = data[os.write(master, data):]
        expect(code)

    expect(b"235")
    say(b"MAIL FROM:<alice@client.example>\r\n", b"250")
    say(b"RCPT TO:<bob@server.example>\r\n", b"250")
    say(b"DATA\r\n", b"354")
    with open(message, "rb") as file:
        text = re.sub(rb"(?m)^\.", b"..", file.read()).replace(b"\n", b"\r\n")
    say(text + b".\r\n", b"250")
    say(b"QUIT\r\n", b"221")
    process.kill()
    process.wait()


main(*sys.argv[1:])
