#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""smtptest HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE

The test client of Cyrus IMAP, by Cyrus SASL. It logs in, then hands its standard input to the server, and says by its
status nothing of how that went."""

import os
import re
import subprocess
import sys


def main(host, port, tls, mechanism, user, password, _, message):
    command = ["smtptest", "-p", port, "-m", mechanism, "-a", user, "-w", password, "-l", "0"]
    if mechanism != "ANONYMOUS":
        # Nobody else, where that can be said.
        command += ["-u", user if mechanism in ("GSSAPI", "CRAM-MD5", "EXTERNAL") else ""]
    pair = ""
    if mechanism == "EXTERNAL":
        pair = os.path.join(os.environ["TMPDIR"], "pair.pem")
        with open(pair, "wb") as target:
            for name in ("CLIENT_CERT", "CLIENT_KEY"):
                with open(os.environ[name], "rb") as source:
                    target.write(source.read())
    command += {"clear": [], "starttls": ["-t", pair], "tls": ["-s"]}[tls]
    with open(message, "rb") as file:
        text = re.sub(rb"(?m)^\.", b"..", file.read()).replace(b"\n", b"\r\n")
    script = (b"MAIL FROM:<alice@client.example>\r\nRCPT TO:<bob@server.example>\r\nDATA\r\n" + text
              + b".\r\nQUIT\r\n")
    done = subprocess.run([*command, host], input=script, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    sys.stdout.buffer.write(done.stdout)
    sys.exit(0 if re.search(rb"\n354 [^\n]*\n250 [^\n]*\n221 ", done.stdout.replace(b"\r", b"")) else 1)


main(*sys.argv[1:])
