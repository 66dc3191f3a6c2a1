# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""One run of one client, and whether it went as it must."""

import re
from dataclasses import dataclass, field

from . import message, programs, users
from .check import Check, Failure

RIGHT, WRONG, NONE = "a", "b", "c"
WORDS = {RIGHT: "right password", WRONG: "wrong password", NONE: "no credentials"}
EXPECTED_CODE = {WRONG: "535", NONE: "530"}
# By whether the server sees TLS: RFC 3848, and RFC 6531 for clients that ask for SMTPUTF8 wherever it is offered, as
# Go does.
EXPECTED_WITH = {False: "(ESMTPA|UTF8SMTPA)", True: "(ESMTPSA|UTF8SMTPSA)"}


def says(output, code):
    """The code as a word of its own, not a part of an address, a port or a number."""
    return re.search(rf"(?<![\w.:]){code}(?!\w)", output) is not None


@dataclass
class ClientRun:
    client: object
    tls: str
    mechanism: str
    scene: str
    source: str = ""           # the address it shall come from
    is_tls_seen: bool = None   # by the server; None: as `tls` says
    token: str = field(default_factory=message.new_token)  # in the message, and the user's name

    def __post_init__(self):
        if self.is_tls_seen is None:
            self.is_tls_seen = self.tls != "clear"

    @property
    def user(self):
        return f"{self.token}@client.example"

    @property
    def expected_code(self):
        return "334" if self.breaks_off() else EXPECTED_CODE[self.scene]

    def breaks_off(self):
        return self.scene == WRONG and self.mechanism in self.client.breaks_off

    def as_check(self, column, command, server, context):
        return Check(self.client.name, column, self.scene, WORDS[self.scene],
                     lambda: self.work(command, server, context))

    def work(self, command, server, context, port=None):
        """`port`: of what stands before the server."""
        directory = context.new_directory(self.token)
        sent = message.compose(self.token)
        file = directory / "message"
        file.write_bytes(sent)
        port = port or server.ports["tls" if self.tls == "tls" else "plain"]
        user = "" if self.scene == NONE else self.user
        is_right = self.scene == RIGHT
        secret = users.secret_for(self.mechanism, self.user, is_right)
        more = users.certificate_for(context, self.mechanism, self.user, is_right)
        if self.source:
            more["SOURCE_ADDRESS"] = self.source
        status, output = programs.run(
            [*command, "127.0.0.1", port, self.tls, self.mechanism, user, secret, context.certificates.authority,
             file], context.environment_at(directory, **more), directory)
        failure = self.judge(server, sent, status, output)
        if failure:
            raise Failure(failure, output)

    def judge(self, server, sent, status, output):
        """What went wrong, or "" """
        if status is None:
            return f"not done after {programs.TIMEOUT} s"
        if self.scene == RIGHT:
            failure = self.judge_delivery(server, sent, status)
        else:
            failure = self.judge_refusal(server, status, output)
        if not failure and self.scene != NONE and not self.breaks_off():
            failure = self.judge_login(self.logins_at(server))
        return failure

    def judge_delivery(self, server, sent, status):
        if status != 0:
            return f"the client ended with status {status}"
        found = server.find(self.token)
        if len(found) != 1:
            return f"{len(found)} files in the Maildir hold the message"
        path, stored = found[0]
        if path.parent.name != "new":
            return f"the message is not in new/: {path}"
        return message.compare(stored, sent, EXPECTED_WITH[self.is_tls_seen], self.client.whole, self.client.tail)

    def judge_refusal(self, server, status, output):
        found = server.find(self.token)
        if found:
            return f"the message was stored as {found[0][0]}"
        if status == 0:
            return "the client reports success"
        if not says(output, self.expected_code):
            return f"the client does not report {self.expected_code}"
        return ""

    def logins_at(self, server):
        if self.mechanism == "ANONYMOUS":
            [[_, stored]] = server.find(self.token)
            number = re.search(rb" id (\w+)", stored)[1].decode()
            [message_event] = server.events("message", id=number)
            return server.events("auth", session=message_event["session"])
        is_stranger = self.mechanism == "EXTERNAL" and self.scene == WRONG
        return server.events("auth", identity=users.stranger_to(self.user) if is_stranger else self.user)

    def judge_login(self, logins):
        """By the server's log: was it the login that was meant? What is wrong, or "" """
        expected = ("accepted", "235") if self.scene == RIGHT else ("refused", "535")
        if not logins:
            return "the server's log has no login"
        if self.scene == RIGHT and len(logins) != 1:
            return f"the server's log has {len(logins)} logins: {logins}"
        # After a refusal a client may try other mechanisms.
        first = logins[0]
        if (first.get("result"), first.get("code")) != expected:
            return f"the server's log has not {expected}: {first}"
        if first.get("mechanism") != self.mechanism or first.get("tls") != ("yes" if self.is_tls_seen else "no"):
            return f"the server's log has another login: {first}"
        return ""
