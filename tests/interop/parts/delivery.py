# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Mail clients log in to submissiond and send a message, in clear text, by STARTTLS and under TLS."""

from contextlib import contextmanager

from harness.client_run import NONE, RIGHT, WRONG, ClientRun
from harness.clients import CLIENTS
from harness.part import Part
from harness.submissiond import Submissiond

TLS = {"clear": "clear text", "starttls": "STARTTLS", "tls": "implicit TLS"}
SCENES = {"PLAIN": [RIGHT, WRONG], "LOGIN": [RIGHT, WRONG], "NONE": [NONE]}


class Delivery(Part):
    name = "delivery"
    title = "mail clients against submissiond"
    legend = {
        RIGHT: "right password: delivered, byte for byte",
        WRONG: "wrong password: the client reports 535, nothing is stored",
        NONE: "no credentials (NONE): the client reports 530, nothing is stored",
    }
    columns = [(words, list(SCENES)) for words in TLS.values()]
    peers = CLIENTS

    def reason_against(self, peer, column):
        tls = next(tls for tls, words in TLS.items() if words == column[0])
        return peer.reason_against(column[1], tls)

    def gaps(self):
        for client in self.peers:
            for (mechanism, tls), reason in client.cannot.items():
                where = ([] if mechanism == "*" else [mechanism]) + ([] if tls == "*" else [TLS[tls]])
                yield f"{client.name}, {' '.join(where)}: {reason}"

    def notes(self):
        for client in self.peers:
            if client.note:
                yield f"{client.name}: {client.note}" + ("" if client.whole else "; its body is compared")
        for client in self.peers:
            if client.code_from:
                yield f"{client.name}: its ordinary messages lack reply codes; read from {client.code_from}"

    def list_runs(self, context):
        for client in filter(context.has, self.peers):
            for tls in TLS:
                for mechanism, scenes in SCENES.items():
                    if client.reason_against(mechanism, tls) is None:
                        yield from (ClientRun(client, tls, mechanism, scene) for scene in scenes)

    @contextmanager
    def opened(self, context):
        """Two servers, as one must offer AUTH in clear text and the other must not."""
        runs = list(self.list_runs(context))
        in_clear = [run for run in runs if run.tls == "clear"]
        under_tls = [run for run in runs if run.tls != "clear"]
        commands = {client.name: client.command(context) for client in self.peers if context.has(client)}
        clear = Submissiond(context, "clear", [run.user for run in in_clear], "--allow-plaintext-auth")
        tls = Submissiond(context, "tls", [run.user for run in under_tls], "--require-tls", has_tls=True)
        with clear, tls:
            yield [run.as_check((TLS[run.tls], run.mechanism), commands[run.client.name],
                                clear if run.tls == "clear" else tls, context) for run in runs]
            clear.expect_messages(sum(run.scene == RIGHT for run in in_clear))
            tls.expect_messages(sum(run.scene == RIGHT for run in under_tls))
