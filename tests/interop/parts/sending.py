# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""examples/send delivers through other people's servers, and says what to do where it cannot."""

import json
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Callable

from harness import message, programs
from harness.check import Check, Failure
from harness.part import Part
from harness.peer import Peer
from harness.submissiond import Submissiond
from harness.users import PASSWORD, TOKENS, WRONG_PASSWORD, secret_for, write_token_command, write_users
from servers import dovecot, exim, postfix, small

USER, STRANGER = "alice", "mallory"  # without "@", as a token is made of it, which holds none (RFC 6750 2.1)
SENDER, RECIPIENT = "alice@client.example", "bob@server.example"

RIGHT, WRONG, NOBODY, FIRST, THEN = "a", "b", "c", "d", "e"

CLEAR_MECHANISMS = ("SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2")
MECHANISMS = ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "EXTERNAL", *CLEAR_MECHANISMS)
CLEAR, STARTTLS = "clear text", "STARTTLS"

SUBMISSIOND = Peer("submissiond", "echo -")

SERVES = {
    postfix.DOVECOT: CLEAR_MECHANISMS,
    exim.PEER: ("CRAM-MD5", "PLAIN", "LOGIN"),
    small.AIOSMTPD: ("PLAIN", "LOGIN"),
    small.SMTP_SERVER: ("CRAM-MD5", "PLAIN", "LOGIN", "XOAUTH2"),
    SUBMISSIOND: MECHANISMS,
}

# Postfix relays for who has logged in, to an LMTP server, where its copies are found.
POSTFIX = """\
mynetworks = 192.0.2.0/24
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
default_transport = lmtp:inet:127.0.0.1:{lmtp}
"""

DOVECOT = """\
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {auth}
  }}
}}
"""


@dataclass
class Server:
    port: int
    find: Callable           # takes a token, gives the messages that hold it
    strict_port: int = None  # where TLS must come first
    token: Callable = None   # takes the user, and whether it shall be valid
    whole: bool = True       # stores messages octet for octet behind fields of its own


class Run:
    """One run of send with a message of its own."""

    def __init__(self, context, port, *options):
        self.context, self.token = context, message.new_token()
        self.directory = context.new_directory(self.token)
        self.sent = message.compose(self.token)
        self.command = [context.build / "examples/send/send", "--server", f"127.0.0.1:{port}", "--json", "--verbose",
                        "--ehlo", "client.example", "--guard-file", "/dev/null", "--ca", context.certificates.authority,
                        *options]

    def secret(self, option, secret):
        file = self.directory / "secret"
        file.write_text(secret + "\n")
        self.command += [option, file]
        return self

    def end(self):
        """Exit status, and what --json says."""
        status, self.output = programs.run([*self.command, SENDER, RECIPIENT],
                                           self.context.environment_at(self.directory), self.directory, self.sent)
        [line] = [line for line in self.output.splitlines() if line.startswith('{"result"')] or [None]
        if line is None:
            raise Failure(f"it ended with {status} and without a report", self.output)
        return status, json.loads(line)

    def expect_sent(self, server, mechanism=None):
        status, report = self.end()
        if status != 0 or report["result"] != "sent":
            raise Failure(f"it ended with {status}: {report['result']}", self.output)
        if mechanism and report["logged_in_by"] != mechanism:
            raise Failure(f"it logged in by {report['logged_in_by']}", self.output)
        end = time.monotonic() + programs.TIMEOUT
        while not (found := server.find(self.token)):
            if time.monotonic() > end:
                raise Failure("nothing arrived", self.output)
            time.sleep(0.1)
        wanted = self.sent.replace(b"\n", b"\r\n")
        if not server.whole:
            wanted = message.split(wanted)[1]
        if len(found) != 1 or not found[0].endswith(wanted):
            raise Failure(f"it arrived {len(found)} times, first as {found[0]!r}", self.output)

    def expect_refused(self, server, exit_status, action, code=None):
        status, report = self.end()
        first = report["first"] or {}
        if status != exit_status or first.get("action") != action or (code and first["code"] != code):
            raise Failure(f"it ended with {status}, first refusal {first.get('code')} {first.get('action')}", self.output)
        if not report["may_resend"]:
            raise Failure("it says that the message may not be sent again", self.output)
        if server.find(self.token):
            raise Failure("the message arrived", self.output)


def options_for(context, server, mechanism, is_right, way):
    """Of a run: the user's login by this mechanism."""
    tls = ("--tls", "never", "--allow-plaintext-auth") if way == CLEAR else ("--tls", "required")
    run = Run(context, server.port, *tls, "--mechanisms", mechanism)
    if mechanism == "EXTERNAL":
        cert, key = context.certificates.for_user(USER if is_right else STRANGER)
        run.command += ["--cert", cert, "--key", key]
    elif mechanism in TOKENS:
        token = server.token(USER, is_right)
        run.secret("--token-file", token).command += ["--user", USER]
    else:
        run.secret("--password-file", PASSWORD if is_right else WRONG_PASSWORD).command += ["--user", USER]
    return run


def expect_login(context, server, mechanism, way):
    options_for(context, server, mechanism, True, way).expect_sent(server, mechanism)


def expect_refusal(context, server, mechanism, way):
    action = "refresh-token" if mechanism in TOKENS else "reenter-password"
    options_for(context, server, mechanism, False, way).expect_refused(server, 77, action, 535)


def expect_login_wanted(context, server, way):
    tls = "never" if way == CLEAR else "required"
    Run(context, server.port, "--tls", tls).expect_refused(server, 77, "prompt-login")


def expect_tls_wanted(context, server):
    run = Run(context, server.strict_port, "--tls", "never", "--user", USER).secret("--password-file", PASSWORD)
    run.expect_refused(server, 78, "start-tls")


def expect_tls_taken(context, server):
    run = Run(context, server.strict_port, "--tls", "if-offered", "--user", USER).secret("--password-file", PASSWORD)
    run.expect_sent(server)


class Sending(Part):
    name = "send"
    title = "examples/send through other servers"
    legend = {
        RIGHT: "right login: delivered, byte for byte",
        WRONG: "wrong one: 535, exit status 77, advice: enter it again (a token: refresh it)",
        NOBODY: "no login: exit status 77, advice: log in",
        FIRST: "TLS is required, and not allowed to send: exit status 78, advice: start TLS",
        THEN: "TLS is required: begun, and delivered",
    }
    columns = [(CLEAR, list(CLEAR_MECHANISMS) + ["none"]), (STARTTLS, list(MECHANISMS) + ["none"]), ("TLS", ["required"])]
    peers = list(SERVES)

    def reason_against(self, peer, column):
        group, name = column
        is_offered = name in SERVES[peer] or name == "none" or (name == "required" and peer is not exim.PEER)
        is_bound = name.endswith("-PLUS") or name == "EXTERNAL"
        return None if is_offered and not (is_bound and group == CLEAR) else "the server does not do that"

    def gaps(self):
        return ["the server does not offer it; Exim has no setting that requires TLS, only what an ACL says"]

    @contextmanager
    def opened(self, context):
        with ExitStack() as stack:
            servers = {peer: self.start(stack, context, peer) for peer in self.peers if context.has(peer)}
            yield [check for peer, server in servers.items() for check in self.list_checks(context, peer, server)]

    def start(self, stack, context, peer):
        if peer is SUBMISSIOND:
            return self.start_submissiond(stack, context)
        if peer in small.COMMANDS:
            there = stack.enter_context(small.Small(context, peer, USER, PASSWORD, secret_for("XOAUTH2", USER, True)))
            return Server(there.port, there.find, there.strict_port,
                          lambda user, is_right: secret_for("XOAUTH2", user, is_right))
        store = stack.enter_context(Submissiond(context, f"behind-{peer.name.split(',')[0]}", (), "--lmtp"))
        (store.maildir / RECIPIENT).mkdir()

        def find(token):
            return [octets for _, octets in store.find(token, RECIPIENT)]

        if peer is exim.PEER:
            there = stack.enter_context(exim.Server(context, store.ports["plain"], USER, PASSWORD))
            return Server(there.port, find, whole=False)
        [auth] = programs.free_ports()
        users = stack.enter_context(dovecot.Dovecot(context, {USER: PASSWORD}, relay=DOVECOT.format(auth=auth)))
        there = stack.enter_context(postfix.Postfix(
            context, more=POSTFIX.format(auth=auth, lmtp=store.ports["plain"])))
        return Server(there.port, find, there.strict_port, users.token, whole=False)

    def start_submissiond(self, stack, context):
        directory = context.new_directory("users")
        users = write_users(context, directory, [USER])
        options = ("--users", users, "--mechanisms", ",".join(MECHANISMS), "--token-command",
                   write_token_command(directory), "--client-ca", context.certificates.authority)
        certificate = ("--cert", context.certificates.server, "--key", context.certificates.server_key)
        lax = stack.enter_context(Submissiond(context, "lax", (), *options, *certificate, "--allow-plaintext-auth"))
        strict = stack.enter_context(Submissiond(context, "strict", (), *options, *certificate, "--require-tls"))
        return Server(lax.ports["plain"],
                      lambda token: [octets for each in (lax, strict) for _, octets in each.find(token)],
                      strict.ports["plain"], lambda user, is_right: secret_for("XOAUTH2", user, is_right))

    def list_checks(self, context, peer, server):
        def check(column, letter, work):
            return Check(peer.name, column, letter, self.legend[letter], work)

        for way in (CLEAR, STARTTLS):
            for mechanism in SERVES[peer]:
                if self.reason_against(peer, (way, mechanism)):
                    continue
                yield check((way, mechanism), RIGHT,
                            lambda m=mechanism, w=way: expect_login(context, server, m, w))
                yield check((way, mechanism), WRONG,
                            lambda m=mechanism, w=way: expect_refusal(context, server, m, w))
            yield check((way, "none"), NOBODY, lambda w=way: expect_login_wanted(context, server, w))
        if server.strict_port:
            yield check(("TLS", "required"), FIRST, lambda: expect_tls_wanted(context, server))
            yield check(("TLS", "required"), THEN, lambda: expect_tls_taken(context, server))
