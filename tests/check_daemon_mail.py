#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""What submissiond stores: message and envelope, octet for octet. Takes its path; python3's standard library only."""
import os
import sys

sys.dont_write_bytecode = True

from daemon_helpers import Client, Server, run_all


def envelope():
    """The envelope lies beside the message, with every parameter but SIZE and AUTH."""
    with Server() as server:
        client = Client(server).login()
        for line in ("MAIL FROM:<a@example.test> SIZE=10 body=8bitmime AUTH=<>", "RCPT TO:<b@example.test>",
                     "RCPT TO:<c@example.test>"):
            assert client.say(line).startswith(b"250")
        assert client.say("DATA").startswith(b"354")
        assert client.say("hello\r\n.").startswith(b"250")
        (name,) = os.listdir(os.path.join(server.maildir, "new"))
        assert server.envelopes() == {name: b"MAIL FROM:<a@example.test> body=8bitmime\n"
                                            b"RCPT TO:<b@example.test>\nRCPT TO:<c@example.test>\n"}, server.envelopes()
        (message,) = server.messages()
        assert message.startswith(b"Return-Path: <a@example.test>\r\nDelivered-To: b@example.test\r\n"
                                  b"Delivered-To: c@example.test\r\nReceived: from client.example.test ([127.0.0.1])\r\n"
                                  b"\t(Authenticated sender: alice@example.test)\r\n\tby mail.example.test with ESMTPA id "
                                  ), message
        assert message.endswith(b"\r\nhello\r\n"), message


def envelope_alone():
    """A message that cannot be stored leaves no envelope behind."""
    with Server() as server:
        client = Client(server).login()
        os.rmdir(os.path.join(server.maildir, "new"))
        assert client.mail(b"hello").startswith(b"451 4.3.0")
        assert server.envelopes() == {} and server.read_folder("tmp") == {}


if __name__ == "__main__":
    sys.exit(run_all(envelope, envelope_alone))
