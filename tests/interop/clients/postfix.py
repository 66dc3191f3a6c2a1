#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""postfix HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE

Postfix as a relay that logs in to the next, by Cyrus SASL. What the server said is in its log."""

import os
import re
import sys
import time
from pathlib import Path

from system import make_context

from harness.programs import TIMEOUT
from servers.postfix import Postfix

SETTINGS = """\
default_transport = smtp:[{host}]:{port}
smtp_tls_CAfile = {cert}
{tls}
smtp_tls_secure_cert_match = {host}
smtp_sasl_auth_enable = {has_login}
smtp_sasl_password_maps = texthash:{passwords}
smtp_sasl_security_options =
smtp_sasl_mechanism_filter = {mechanism}
smtp_sasl_auth_soft_bounce = no
"""

TLS = {
    "clear": "smtp_tls_security_level = none",
    "starttls": "smtp_tls_security_level = secure",
    "tls": "smtp_tls_security_level = secure\nsmtp_tls_wrappermode = yes",
}

# sendmail's options, by extension.
SENDMAIL = {"8BITMIME": ("-B8BITMIME",), "DSN": ("-N", "success,failure", "-R", "hdrs", "-V", "interop")}


def main(host, port, tls, mechanism, user, password, cert, message):
    context = make_context()
    passwords = context.new_directory("passwords") / "file"
    passwords.write_text(f"[{host}]:{port} {user}:{password}\n")
    settings = SETTINGS.format(host=host, port=port, cert=cert, tls=TLS[tls], passwords=passwords, mechanism=mechanism,
                               has_login="no" if mechanism == "NONE" else "yes")
    with Postfix(context, more=settings) as relay:
        relay.send("alice@client.example", [os.environ.get("RECIPIENT", "bob@server.example")],
                   Path(message).read_bytes(), *SENDMAIL.get(os.environ.get("EXTENSION"), ()))
        end = time.monotonic() + TIMEOUT - 10
        while not (done := re.search(r"to=<b[^>]*@\S+ .*status=(\w+)", relay.read_log())) and time.monotonic() < end:
            time.sleep(0.05)
        print(relay.read_log())
    sys.exit(0 if done and done[1] == "sent" else 1)


main(*sys.argv[1:])
