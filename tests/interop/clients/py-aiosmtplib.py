#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""py-aiosmtplib HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE

The module comes from the distribution, hence the distribution's Python."""

import asyncio
import os
import ssl
import sys

import aiosmtplib


# What to say with MAIL and RCPT, by extension.
OPTIONS = {
    "8BITMIME": {"mail_options": ["BODY=8BITMIME"]},
    "DSN": {"mail_options": ["RET=HDRS", "ENVID=interop"], "rcpt_options": ["NOTIFY=SUCCESS,FAILURE"]},
    "SMTPUTF8": {"mail_options": ["SMTPUTF8", "BODY=8BITMIME"]},
}


async def main(host, port, tls, mechanism, user, password, cert, message):
    client = aiosmtplib.SMTP(
        hostname=host, port=int(port), local_hostname="client.example", timeout=50,
        use_tls=tls == "tls", start_tls=False, tls_context=ssl.create_default_context(cafile=cert))
    async with client:
        if tls == "starttls":
            await client.starttls()
        await client.ehlo()
        if mechanism == "PLAIN":
            await client.auth_plain(user, password)
        elif mechanism == "LOGIN":
            await client.auth_login(user, password)
        elif mechanism == "CRAM-MD5":
            await client.auth_crammd5(user, password)
        with open(message, "rb") as file:
            await client.sendmail("alice@client.example", [os.environ.get("RECIPIENT", "bob@server.example")],
                                  file.read(), **OPTIONS.get(os.environ.get("EXTENSION"), {}))


asyncio.run(main(*sys.argv[1:]))
