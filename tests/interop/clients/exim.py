#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""exim HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE

Exim as a relay that logs in to the next. What the server said is in its log."""

import os
import sys
from pathlib import Path

from system import make_context

from servers.exim import Exim

TRANSPORT = """\
{tls}
  tls_verify_certificates = {cert}
  tls_verify_hosts = *
  tls_verify_cert_hostnames = :
{login}
"""

TLS = {
    "clear": "  hosts_avoid_tls = *",
    "starttls": "  hosts_require_tls = *",
    "tls": "  protocol = smtps\n  hosts_require_tls = *",
}

AUTHENTICATORS = {
    "PLAIN": "  driver = plaintext\n  client_send = <; ^{user}^{password}",
    "LOGIN": "  driver = plaintext\n  client_send = <; ;{user};{password}",
    "CRAM-MD5": "  driver = cram_md5\n  client_name = {user}\n  client_secret = {password}",
    "EXTERNAL": "  driver = external\n  client_send = {user}",
}


def main(host, port, tls, mechanism, user, password, cert, message):
    login, authenticators = "", ""
    if mechanism != "NONE":
        login = "  hosts_require_auth = *"
        authenticators = f"one:\n  public_name = {mechanism}\n" + AUTHENTICATORS[mechanism].format(
            user=user, password=password) + "\n"
    context = make_context()
    if mechanism == "EXTERNAL":
        pair = context.new_directory("pair") / "pem"  # Exim is nobody, and may read this
        pair.write_bytes(b"".join(Path(os.environ[name]).read_bytes() for name in ("CLIENT_CERT", "CLIENT_KEY")))
        login += f"\n  tls_certificate = {pair}\n  tls_privatekey = {pair}"
    relay = Exim(context, port, TRANSPORT.format(tls=TLS[tls], cert=cert, login=login), authenticators)
    recipient = os.environ.get("RECIPIENT", "bob@server.example")
    print(relay.send("alice@client.example", [recipient], Path(message).read_bytes()))
    print(relay.read_log())
    sys.exit(0 if f" => {recipient} " in relay.read_log() else 1)


main(*sys.argv[1:])
