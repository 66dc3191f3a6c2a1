# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Mechanisms that the host runs itself: clients log in to examples/gsasl_host by DIGEST-MD5 and by Kerberos."""

import re
import socket
from contextlib import ExitStack, contextmanager

from harness import message, programs
from harness.check import Check, Failure
from harness.client_run import says
from harness.clients import CLIENTS
from harness.inetd import Inetd
from harness.part import Part
from harness.peer import Peer
from harness.users import PASSWORD, WRONG_PASSWORD
from servers import kerberos

USER = "alice"
RIGHT, WRONG, CANCEL = "a", "b", "c"
BY_HAND = Peer("by hand", "echo -")
MECHANISMS = ("DIGEST-MD5", "GSSAPI")


def send(client, command, host, mechanism, password, environment, context):
    """Status, output, and whether the host got the message."""
    token = message.new_token()
    directory = context.new_directory(token)
    (directory / "message").write_bytes(message.compose(token))
    status, output = programs.run(
        [*command, "127.0.0.1", host.port, "clear", mechanism, USER, password, context.certificates.authority,
         directory / "message"], {**context.environment_at(directory), **environment}, directory)
    return status, output, token in host.read_log()


def expect_accepted(*arguments):
    status, output, arrived = send(*arguments)
    if status != 0 or not arrived:
        raise Failure(f"status {status}, the message {'arrived' if arrived else 'did not arrive'}", output)


def expect_refused(*arguments):
    status, output, arrived = send(*arguments)
    if status in (0, None) or arrived:
        raise Failure(f"status {status}, the message {'arrived' if arrived else 'did not arrive'}", output)
    if not says(output, "535"):
        raise Failure("the client does not report 535", output)


def expect_cancelled(port, mechanism):
    """No client can be made to cancel: AUTH, '*', and the session goes on."""
    said = ""
    with socket.create_connection(("127.0.0.1", port), programs.TIMEOUT) as connection:
        for line, code in ((None, "220"), ("EHLO client.example", "250"), (f"AUTH {mechanism}", "334"),
                           ("*", "501"), ("MAIL FROM:<alice@client.example>", "530"), (f"AUTH {mechanism}", "334"),
                           ("*", "501"), ("QUIT", "221")):
            if line:
                connection.sendall(line.encode() + b"\r\n")
            reply = b""
            while not re.search(rb"(?:^|\n)\d\d\d [^\n]*\n$", reply):
                octets = connection.recv(4096)
                if not octets:
                    raise Failure(f"the host closed after {line}", said)
                reply += octets
            said += f"{line or ''}\n{reply.decode()}"
            if not reply.startswith(code.encode()):
                raise Failure(f"{line}: {code} was expected", said)


class HostRun(Part):
    name = "host-run"
    title = "mechanisms that the host runs, examples/gsasl_host with GNU SASL and MIT Kerberos"
    legend = {
        RIGHT: "right password, or his own ticket: 235, and the message arrives",
        WRONG: "wrong password, or another's ticket: the client reports 535, nothing arrives",
        CANCEL: "cancelled: 501, and the session goes on",
    }
    columns = [("", list(MECHANISMS))]
    peers = [client for client in CLIENTS if any(map(client.knows, MECHANISMS))] + [BY_HAND]

    def is_built(self, context):
        return (context.build / "examples/gsasl_host").exists()

    @contextmanager
    def opened(self, context):
        if not self.is_built(context):
            raise RuntimeError("examples/gsasl_host is not built: it needs libgsasl-dev")
        with ExitStack() as stack:
            tickets, realm = {RIGHT: "", WRONG: ""}, {}
            if kerberos.PEER.find_version(context.environment):
                kdc = stack.enter_context(kerberos.Kerberos(context))
                kdc.add_service("smtp/127.0.0.1")
                tickets = {RIGHT: kdc.add_user(USER, PASSWORD), WRONG: kdc.add_user("mallory", WRONG_PASSWORD)}
                realm = kdc.environment
            host = stack.enter_context(Inetd(
                [context.build / "examples/gsasl_host", USER, PASSWORD, f"{USER}@{kerberos.REALM}"],
                {**context.environment, **realm}, context.new_directory("host")))
            context.logs.append(("stderr of gsasl_host", host.read_log))
            yield list(self.list_checks(context, host, realm, tickets))

    def list_checks(self, context, host, realm, tickets):
        for mechanism in MECHANISMS:
            if mechanism == "GSSAPI" and not realm:
                continue
            for client in self.peers:
                if client is BY_HAND:
                    yield Check(BY_HAND.name, ("", mechanism), CANCEL, "cancelled",
                                lambda mechanism=mechanism: expect_cancelled(host.port, mechanism))
                elif context.has(client) and client.knows(mechanism):
                    yield from self.log_in(context, host, realm, tickets, client, mechanism)

    def log_in(self, context, host, realm, tickets, client, mechanism):
        command = client.command(context)
        for scene, password, expect in ((RIGHT, PASSWORD, expect_accepted), (WRONG, WRONG_PASSWORD, expect_refused)):
            environment = {**realm, "KRB5CCNAME": tickets[scene]}
            yield Check(client.name, ("", mechanism), scene, self.legend[scene],
                        lambda expect=expect, password=password, environment=environment:
                        expect(client, command, host, mechanism, password, environment, context))
