#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""py-smtplib HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE"""

import os
import smtplib
import ssl
import sys


# What to say with MAIL and RCPT, by extension.
OPTIONS = {
    "8BITMIME": {"mail_options": ["BODY=8BITMIME"]},
    "DSN": {"mail_options": ["RET=HDRS", "ENVID=interop"], "rcpt_options": ["NOTIFY=SUCCESS,FAILURE"]},
    "SMTPUTF8": {"mail_options": ["SMTPUTF8", "BODY=8BITMIME"]},
    "REQUIRETLS": {"mail_options": ["REQUIRETLS"]},
}


def main(host, port, tls, mechanism, user, password, cert, message):
    context = ssl.create_default_context(cafile=cert)
    options = {"local_hostname": "client.example", "timeout": 50}
    if "SOURCE_ADDRESS" in os.environ:
        options["source_address"] = (os.environ["SOURCE_ADDRESS"], 0)
    if os.environ.get("PROTOCOL") == "lmtp":
        client = smtplib.LMTP(host, int(port), local_hostname="client.example", timeout=50)
    elif tls == "tls":
        client = smtplib.SMTP_SSL(host, int(port), context=context, **options)
    else:
        client = smtplib.SMTP(host, int(port), **options)
    with client:
        if tls == "starttls":
            client.starttls(context=context)
        client.ehlo_or_helo_if_needed()
        if mechanism != "NONE":
            # login() falls back from one mechanism to the next; auth() is the one that was asked for.
            client.user, client.password = user, password
            client.auth(mechanism, {
                "PLAIN": client.auth_plain,
                "LOGIN": client.auth_login,
                "CRAM-MD5": client.auth_cram_md5,
                # smtplib has no words of its own for these; they are what people write.
                "XOAUTH2": lambda challenge=None: "" if challenge else
                           f"user={user}\1auth=Bearer {password}\1\1",
                "OAUTHBEARER": lambda challenge=None: "\1" if challenge else
                               f"n,a={user},\1host={host}\1port={port}\1auth=Bearer {password}\1\1",
            }[mechanism])
        with open(message, "rb") as file:
            # Bytes are sent as they are, so the line ends must be right.
            data = file.read().replace(b"\n", b"\r\n")
        client.sendmail("alice@client.example", [os.environ.get("RECIPIENT", "bob@server.example")], data,
                        **OPTIONS.get(os.environ.get("EXTENSION"), {}))


main(*sys.argv[1:])
