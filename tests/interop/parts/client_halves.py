# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""The library's client halves, by tests/host/sasl_client, log in to other people's servers."""

import base64
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Callable

from harness.channels import log_in
from harness.check import Check, Failure
from harness.exchange import Exchange
from harness.part import Part
from harness.users import PASSWORD, WRONG_PASSWORD
from servers import dovecot, gsasl_server, postfix, postgresql

USER, STRANGER = "alice@client.example", "mallory@client.example"
RIGHT, WRONG, FORGED = "a", "b", "s"

SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-1")
PASSWORDS = (*SCRAM, "CRAM-MD5", "PLAIN", "LOGIN")
TOKENS = ("OAUTHBEARER", "XOAUTH2")
MECHANISMS = ("SCRAM-SHA-256-PLUS", *SCRAM, "EXTERNAL", *TOKENS, "CRAM-MD5", "PLAIN", "LOGIN", "ANONYMOUS")

SERVES = {
    dovecot.IMAP: (*PASSWORDS, *TOKENS, "EXTERNAL", "ANONYMOUS"),
    dovecot.SUBMISSION: (*PASSWORDS, *TOKENS, "EXTERNAL"),
    postfix.CYRUS: (*PASSWORDS, "ANONYMOUS"),
    gsasl_server.PEER: PASSWORDS,
    postgresql.PEER: ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"),
}


@dataclass
class Server:
    open: Callable          # a channel to it; takes the user whose certificate is to be shown, or None
    token: Callable = None  # takes the user, and whether it shall be valid


class Forger:
    """A channel on which somebody spoils the server's proof: the signature of SCRAM (RFC 5802 5.1)."""

    def __init__(self, channel):
        self.channel = channel

    @staticmethod
    def _spoil(what, data):
        if data is not None and data[:2] == b"v=":
            signature = bytearray(base64.b64decode(data[2:]))
            signature[-1] ^= 1
            data = b"v=" + base64.b64encode(signature)
        return what, data

    def start(self, mechanism, initial):
        return self._spoil(*self.channel.start(mechanism, initial))

    def respond(self, response):
        return self._spoil(*self.channel.respond(response))


def credentials_for(server, channel, mechanism, is_right):
    """What sasl_client is told: identity, secret, options."""
    if mechanism in TOKENS:
        return USER, server.token(USER, is_right), {"host": "127.0.0.1", "port": 143}
    if mechanism == "EXTERNAL":
        return USER, "", {"authorization": USER}
    if mechanism.endswith("-PLUS"):
        return USER, PASSWORD if is_right else WRONG_PASSWORD, {
            "binding_type": "tls-server-end-point", "binding": base64.b64encode(channel.end_point()).decode()}
    return USER, PASSWORD if is_right else WRONG_PASSWORD, {}


def play(context, server, mechanism, scene):
    """Did the server accept it, does the client half believe it, what was said."""
    certified = {RIGHT: USER, WRONG: STRANGER}.get(scene) if mechanism == "EXTERNAL" else None
    with closing(server.open(certified)) as channel:
        identity, secret, options = credentials_for(server, channel, mechanism, scene != WRONG)
        with Exchange(context, mechanism, identity, secret, **options) as exchange:
            is_accepted = log_in(Forger(channel) if scene == FORGED else channel, mechanism, exchange)
        return is_accepted, exchange.is_proven, channel.said + exchange.errors


def expect_login(context, server, mechanism):
    is_accepted, is_proven, said = play(context, server, mechanism, RIGHT)
    if not is_accepted or not is_proven:
        raise Failure(f"accepted: {is_accepted}, proven: {is_proven}", said)


def expect_refusal(context, server, mechanism):
    is_accepted, is_proven, said = play(context, server, mechanism, WRONG)
    if is_accepted or is_proven and mechanism.startswith("SCRAM"):
        raise Failure(f"accepted: {is_accepted}, proven: {is_proven}", said)


def expect_disbelief(context, server, mechanism):
    _, is_proven, said = play(context, server, mechanism, FORGED)
    if is_proven or "the challenge is wrong" not in said:
        raise Failure(f"proven: {is_proven}", said)


class ClientHalves(Part):
    name = "client-halves"
    title = "the library's client halves against other servers"
    legend = {
        RIGHT: "right secret: the server accepts it; of SCRAM, and its signature is right",
        WRONG: "wrong secret, or another's certificate: the server refuses",
        FORGED: "the server's signature spoiled on the way: not believed",
    }
    columns = [("", list(MECHANISMS))]
    peers = list(SERVES)

    @contextmanager
    def opened(self, context):
        users = {USER: PASSWORD}
        servers = {}
        with ExitStack() as stack:
            if any(context.has(peer) for peer in (dovecot.IMAP, dovecot.SUBMISSION) if peer in self.peers):
                there = stack.enter_context(dovecot.Dovecot(context, users))
                servers[dovecot.IMAP] = Server(there.open_imap, there.token)
                servers[dovecot.SUBMISSION] = Server(there.open_submission, there.token)
            if postfix.CYRUS in self.peers and context.has(postfix.CYRUS):
                servers[postfix.CYRUS] = Server(stack.enter_context(postfix.Postfix(context, users)).open)
            if gsasl_server.PEER in self.peers and context.has(gsasl_server.PEER):
                servers[gsasl_server.PEER] = Server(lambda _: gsasl_server.GsaslServer(context, USER, PASSWORD))
            if postgresql.PEER in self.peers and context.has(postgresql.PEER):
                there = stack.enter_context(postgresql.Postgresql(context, users))
                servers[postgresql.PEER] = Server(lambda _: there.open(USER))
            yield [check for peer in self.peers if peer in servers
                   for mechanism in SERVES[peer] for check in self.list_checks(context, peer, servers[peer], mechanism)]

    def list_checks(self, context, peer, server, mechanism):
        expectations = [(RIGHT, expect_login)]
        if mechanism != "ANONYMOUS":
            expectations.append((WRONG, expect_refusal))
        if mechanism.startswith("SCRAM"):
            expectations.append((FORGED, expect_disbelief))
        for letter, expect in expectations:
            yield Check(peer.name, ("", mechanism), letter, self.legend[letter],
                        lambda expect=expect: expect(context, server, mechanism))
