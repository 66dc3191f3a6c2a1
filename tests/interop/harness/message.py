# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""The message that every client sends, and how it must look in the Maildir."""

import random
import re
import string

# What tends to be damaged on the way: dots at line starts, "From " at line starts, blanks at line ends, long lines,
# octets above 127, empty lines in the middle and at the end.
BODY = """\
.
..
..x
.hidden
... and . in the middle
From the first word on
blank at the end\x20
\tTab at the start
ümläut, ελληνικά, 日本語, 🐟
""" + "0123456789" * 90 + """

--\x20
Subject: not a header
.

last words

"""

# The server's own headers, each with its folded lines.
PREPENDED = re.compile(rb"(?:(?:Return-Path|Delivered-To|X-Original-To|Received):[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*)*")


def new_token():
    """Letters only: it must not look like a reply code."""
    return "".join(random.SystemRandom().choices(string.ascii_lowercase, k=20))


def compose(token):
    """The message as a file: LF at the line ends."""
    headers = [
        "From: alice@client.example",
        "To: bob@server.example",
        f"Subject: interop {token}",
        f"Message-ID: <{token}@client.example>",
        "Date: Thu, 01 Jan 2026 00:00:00 +0000",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    ]
    return ("\n".join(headers) + "\n\n" + BODY).encode()


def split(data):
    """Headers and body of a message with CRLF."""
    headers, _, body = data.partition(b"\r\n\r\n")
    return headers, body


def first_difference(stored, sent):
    at = next((i for i, (a, b) in enumerate(zip(stored, sent)) if a != b), min(len(stored), len(sent)))
    return (f"at octet {at} of {len(sent)} ({len(stored)} stored): "
            f"sent {sent[at:at + 40]!r}, stored {stored[at:at + 40]!r}")


def compare(stored, sent, protocol, whole, tail=b"", recipient="bob@server.example"):
    """What is wrong with the stored file, or "" if it is the message that was sent.

    protocol: what the Received field must name, as a regular expression. whole: the client sends the file as it is, so
    all behind the server's headers must be equal; otherwise the client writes its own headers, and the body must be
    equal. tail: what the client is known to add at the end."""
    sent = sent.replace(b"\n", b"\r\n") + tail
    prepended = PREPENDED.match(stored).group()
    if not prepended.startswith(b"Return-Path: <alice@client.example>\r\n"):
        return f"Return-Path is not the sender at the beginning: {stored[:100]!r}"
    if f"\r\nDelivered-To: {recipient}\r\n".encode() not in prepended:
        return f"no Delivered-To with the recipient: {prepended!r}"
    if not re.search(rf"\r\nReceived: .*\swith\s+{protocol}\s".encode(), prepended, re.DOTALL):
        return f"no Received with {protocol}: {prepended!r}"
    stored = stored[len(prepended):]
    if not whole:
        stored, sent = split(stored)[1], split(sent)[1]
    if stored != sent:
        return ("message" if whole else "body") + " differs " + first_difference(stored, sent)
    return ""
