# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""submissiond --lmtp, and who delivers to it: bob has a mailbox, nobody has none."""

import threading
import time
from contextlib import ExitStack, contextmanager

from harness import message, programs
from harness.check import Check, Failure
from harness.client_run import says
from harness.clients import CLIENTS
from harness.part import Part
from harness.submissiond import Submissiond
from servers import exim, postfix

ALICE, BOB, NOBODY = "alice@client.example", "bob@server.example", "nobody@server.example"
ACCEPTED, REFUSED = "a", "b"

SYSTEMS = (postfix.PEER, exim.PEER)
DRIVERS = [client for client in CLIENTS if client.name in ("swaks", "msmtp", "Python smtplib", "nodemailer")]
POSTFIX = "default_transport = lmtp:inet:127.0.0.1:{port}"


def expect_delivered(server, sent, token, recipient, whole, tail=b""):
    found = server.find(token, recipient)
    if len(found) != 1:
        raise Failure(f"{len(found)} files in {recipient}'s mailbox hold the message")
    failure = message.compare(found[0][1], sent, "LMTP", whole, tail)
    if failure:
        raise Failure(failure)


class TwoRecipients:
    """One message of a mail system to both; it goes out when the first check asks."""

    def __init__(self, context, server, send):
        self.context, self.server, self.send = context, server, send
        self.token = message.new_token()
        self.sent = message.compose(self.token)
        self.is_sent = False
        self.lock = threading.Lock()

    def once(self):
        with self.lock:
            if not self.is_sent:
                self.is_sent = True
                self.send(ALICE, (BOB, NOBODY), self.sent)

    def await_in(self, recipient):
        self.once()
        end = time.monotonic() + programs.TIMEOUT
        while not self.server.find(self.token, recipient):
            if time.monotonic() > end:
                raise Failure(f"nothing arrived for {recipient}")
            time.sleep(0.1)

    def expect_accepted(self):
        self.await_in(BOB)
        expect_delivered(self.server, self.sent, self.token, BOB, whole=False)

    def expect_bounced(self):
        self.await_in(ALICE)
        [[_, bounce]] = self.server.find(self.token, ALICE)
        if NOBODY.encode() not in bounce or b"550 5.1.1" not in bounce:
            raise Failure(f"the bounce does not tell why: {bounce!r}")


def run_client(context, server, client, recipient):
    token = message.new_token()
    directory = context.new_directory(token)
    sent = message.compose(token)
    (directory / "message").write_bytes(sent)
    status, output = programs.run(
        [*client.command(context), "127.0.0.1", server.ports["plain"], "clear", "NONE", "", "",
         context.certificates.authority, directory / "message"],
        context.environment_at(directory, PROTOCOL="lmtp", RECIPIENT=recipient), directory)
    return status, output, sent, token


def expect_client_accepted(context, server, client):
    status, output, sent, token = run_client(context, server, client, BOB)
    if status != 0:
        raise Failure(f"the client ended with status {status}", output)
    expect_delivered(server, sent, token, BOB, client.whole, client.tail)


def expect_client_refused(context, server, client):
    status, output, _, token = run_client(context, server, client, NOBODY)
    if status in (0, None) or not says(output, "550"):
        raise Failure(f"the client ended with status {status}, or does not report 550", output)
    if server.find(token, BOB) or server.find(token):
        raise Failure("the message was stored", output)


class Lmtp(Part):
    name = "lmtp"
    title = "submissiond --lmtp"
    legend = {
        ACCEPTED: "a recipient with a mailbox: delivered into it, byte for byte",
        REFUSED: "one without: bounced with the reply in it, or reported with 550",
    }
    columns = [("", ["one message, both recipients", "one recipient each"])]
    peers = [*SYSTEMS, *DRIVERS]

    @contextmanager
    def opened(self, context):
        with ExitStack() as stack:
            server = stack.enter_context(Submissiond(context, "lmtp", (), "--lmtp"))
            for recipient in (ALICE, BOB):
                (server.maildir / recipient).mkdir()
            port = server.ports["plain"]
            senders = {}
            if postfix.PEER in self.peers and context.has(postfix.PEER):
                senders[postfix.PEER] = stack.enter_context(
                    postfix.Postfix(context, more=POSTFIX.format(port=port))).send
            if exim.PEER in self.peers and context.has(exim.PEER):
                senders[exim.PEER] = exim.Exim(context, port, "  protocol = lmtp\n  hosts_avoid_tls = *\n").send
            yield [*self.list_system_checks(context, server, senders), *self.list_client_checks(context, server)]

    def list_system_checks(self, context, server, senders):
        for peer, send in senders.items():
            case = TwoRecipients(context, server, send)
            column = ("", "one message, both recipients")
            yield Check(peer.name, column, ACCEPTED, self.legend[ACCEPTED], case.expect_accepted)
            yield Check(peer.name, column, REFUSED, self.legend[REFUSED], case.expect_bounced)

    def list_client_checks(self, context, server):
        for client in DRIVERS:
            if client in self.peers and context.has(client):
                for letter, expect in ((ACCEPTED, expect_client_accepted), (REFUSED, expect_client_refused)):
                    yield Check(client.name, ("", "one recipient each"), letter, self.legend[letter],
                                lambda expect=expect, client=client: expect(context, server, client))
