# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Mail clients log in to submissiond by every mechanism that they know; PLAIN and LOGIN are in delivery.py."""

from contextlib import ExitStack, contextmanager

from harness import users
from harness.client_run import RIGHT, WRONG, ClientRun
from harness.clients import CLIENTS
from harness.part import Part
from harness.submissiond import Submissiond

CLEAR = ("SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5")
UNDER_TLS = ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", *CLEAR, "EXTERNAL", *users.TOKENS, "ANONYMOUS")
GROUPS = {"clear": ("clear text", CLEAR), "starttls": ("STARTTLS", UNDER_TLS)}


class ServerHalves(Part):
    name = "server-halves"
    title = "the library's server halves, in submissiond, against mail clients"
    legend = {
        RIGHT: "right secret, his own certificate: delivered, byte for byte",
        WRONG: "wrong secret, another's certificate: the client reports 535, nothing is stored",
    }
    columns = [(words, list(mechanisms)) for words, mechanisms in GROUPS.values()]
    peers = [client for client in CLIENTS if any(map(client.knows, UNDER_TLS))]

    def reason_against(self, peer, column):
        tls = next(tls for tls, (words, _) in GROUPS.items() if words == column[0])
        return peer.knows(column[1]) and peer.reason_against(column[1], tls)

    def notes(self):
        for client in self.peers:
            if client.breaks_off:
                yield (f"{client.name}, {' '.join(client.breaks_off)}: goes at the 334 that says why its token is "
                       "refused, without waiting for 535")
            if client.alone:
                yield f"{client.name}, {' '.join(client.alone)}: takes it only where nothing else is offered"

    def list_runs(self, context):
        for client in filter(context.has, self.peers):
            for tls, (_, mechanisms) in GROUPS.items():
                for mechanism in filter(client.knows, mechanisms):
                    if client.reason_against(mechanism, tls) is None:
                        scenes = (RIGHT,) if mechanism == "ANONYMOUS" else (RIGHT, WRONG)
                        yield from (ClientRun(client, tls, mechanism, scene) for scene in scenes)

    @contextmanager
    def opened(self, context):
        """A server for all, and one for each mechanism that must stand alone for some client."""
        runs = list(self.list_runs(context))
        by_offer = {}
        for run in runs:
            by_offer.setdefault(run.mechanism if run.mechanism in run.client.alone else "all", []).append(run)
        commands = {client.name: client.command(context) for client in self.peers if context.has(client)}
        with ExitStack() as stack:
            servers = {offer: stack.enter_context(self.start(context, offer, [run.user for run in offered_to]))
                       for offer, offered_to in by_offer.items()}
            yield [run.as_check((GROUPS[run.tls][0], run.mechanism), commands[run.client.name], servers[offer], context)
                   for offer, offered_to in by_offer.items() for run in offered_to]
            for offer, offered_to in by_offer.items():
                servers[offer].expect_messages(sum(run.scene == RIGHT for run in offered_to))

    def start(self, context, offer, names):
        directory = context.new_directory("users")
        offered = UNDER_TLS if offer == "all" else (offer,)
        options = ["--mechanisms", ",".join(offered), "--users", users.write_users(context, directory, names)]
        if set(offered) & set(users.TOKENS):
            options += ["--token-command", users.write_token_command(directory)]
        if "EXTERNAL" in offered:
            options += ["--client-ca", context.certificates.authority]
        return Submissiond(context, offer.lower(), (), *options, has_tls=True)
