# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""submissiond behind proxies: it must see the client's address, not theirs. Clients come from 127.0.0.2.

Of those that speak the PROXY protocol, the server lets the client in. Of those that say XCLIENT, they did that
themselves, and it takes their word."""

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from harness.channels import Smtp
from harness.check import Check, Failure
from harness.client_run import RIGHT, WRONG, ClientRun
from harness.clients import CLIENTS
from harness.part import Part
from harness.peer import Peer
from harness.submissiond import Submissiond
from harness.users import PASSWORD
from servers import dovecot, haproxy, nginx

SOURCE = "127.0.0.2"
DRIVERS = [client for client in CLIENTS if client.name in ("swaks", "curl", "Python smtplib")]
WORDS = {"clear": "clear text", "starttls": "STARTTLS", "tls": "implicit TLS"}
UNTRUSTED = "c"
BY_HAND = Peer("by hand", "echo -")

# How clients come to the proxy.
PROXY = {haproxy.V1: ("clear", "starttls"), haproxy.V2: ("clear", "starttls"), haproxy.TLVS: ("tls",),
         nginx.PROXY: ("clear",)}
XCLIENT = {nginx.XCLIENT: ("clear",), dovecot.RELAY: ("clear", "starttls")}

DOVECOT = """\
submission_relay_port = {port}
submission_relay_trusted = yes
"""


def expect_source(stored):
    received = stored[stored.index(b"\r\nReceived: "):].partition(b"\r\n\tby ")[0]
    return "" if f"([{SOURCE}])".encode() in received else f"Received has not {SOURCE}: {received!r}"


@dataclass
class ProxyRun(ClientRun):
    """TLS on the client's side may end at the proxy: then the server has seen none."""

    def judge_login(self, logins):
        failure = super().judge_login(logins)
        wrong = [login for login in logins if login["peer"] != SOURCE]
        return failure or (f"the server's log has another peer than {SOURCE}: {wrong}" if wrong else "")

    def judge_delivery(self, server, sent, status):
        return super().judge_delivery(server, sent, status) or expect_source(server.find(self.token)[0][1])


@dataclass
class XclientRun(ClientRun):
    """There is no login of the server's own; but it names the user that it was told."""

    def judge(self, server, sent, status, output):
        failure = self.judge_delivery(server, sent, status)
        if failure:
            return failure
        [[_, stored]] = server.find(self.token)
        if f"\r\n\t(Authenticated sender: {self.user})\r\n".encode() not in stored:
            return f"Received has not the user: {stored[:400]!r}"
        events = server.events("message", peer=SOURCE, user=self.user)
        return expect_source(stored) or ("" if events else "the server's log has no message with peer and user")


def expect_untrusted(server):
    """XCLIENT of one who may not say it is neither offered nor taken."""
    channel = Smtp(server.ports["plain"], source=SOURCE)
    reply = channel.command("XCLIENT ADDR=192.0.2.1 LOGIN=alice")
    mail = channel.command("MAIL FROM:<alice@client.example>")
    channel.close()
    if "XCLIENT" in channel.said.partition("C: XCLIENT")[0] or reply[:1] != "5" or not mail.startswith("530"):
        raise Failure(f"XCLIENT was answered {reply}, MAIL {mail}", channel.said)


class FrontEnds(Part):
    name = "front-ends"
    title = "submissiond behind HAProxy, nginx and Dovecot, with clients from 127.0.0.2"
    legend = {
        RIGHT: "right password: delivered, byte for byte; log and Received have the client's address and name",
        WRONG: "wrong password: the client reports 535, and the log has its address",
        UNTRUSTED: "XCLIENT from another address than the front end's: refused, and still 530",
    }
    columns = [(words, [client.name for client in DRIVERS]) for words in WORDS.values()] + [("", ["XCLIENT"])]
    peers = [*PROXY, *XCLIENT, BY_HAND]

    def list_runs(self, context):
        drivers = [client for client in DRIVERS if client.find_version(context.environment)]
        for peer in filter(context.has, self.peers):
            for tls in PROXY.get(peer, ()):
                yield from ((peer, ProxyRun(client, tls, "PLAIN", scene, source=SOURCE, is_tls_seen=tls == "starttls"))
                            for client in drivers for scene in (RIGHT, WRONG))
            for tls in XCLIENT.get(peer, ()):
                yield from ((peer, XclientRun(client, tls, "PLAIN", RIGHT, source=SOURCE, is_tls_seen=False))
                            for client in drivers)

    @contextmanager
    def opened(self, context):
        runs = list(self.list_runs(context))
        by_proxy = [run for peer, run in runs if peer in PROXY]
        by_xclient = [run for peer, run in runs if peer in XCLIENT]
        fronts = {peer for peer, _ in runs}
        with ExitStack() as stack:
            proxied = stack.enter_context(Submissiond(
                context, "proxied", [run.user for run in by_proxy], "--proxy-protocol", "--allow-plaintext-auth",
                "--cert", context.certificates.server, "--key", context.certificates.server_key))
            told = stack.enter_context(Submissiond(
                context, "told", ["nobody"], "--xclient-from", "127.0.0.1", "--allow-plaintext-auth"))
            ports = self.start(stack, context, fronts, proxied.ports["plain"], told.ports["plain"],
                               [run.user for run in by_xclient])
            checks = [
                Check(peer.name, (WORDS[run.tls], run.client.name), run.scene, self.legend[run.scene],
                      lambda peer=peer, run=run: run.work(run.client.command(context),
                                                          proxied if peer in PROXY else told, context,
                                                          ports[peer]))
                for peer, run in runs]
            if BY_HAND in self.peers:
                checks.append(Check(BY_HAND.name, ("", "XCLIENT"), UNTRUSTED, self.legend[UNTRUSTED],
                                    lambda: expect_untrusted(told)))
            yield checks
            proxied.expect_messages(sum(run.scene == RIGHT for run in by_proxy))
            told.expect_messages(len(by_xclient))

    def start(self, stack, context, fronts, proxied_port, told_port, xclient_users):
        """Where each front end listens."""
        ports = {}
        if {haproxy.V1, haproxy.V2, haproxy.TLVS} & fronts:
            ports |= stack.enter_context(haproxy.Haproxy(context, proxied_port)).ports
        behind_nginx = {nginx.PROXY: proxied_port, nginx.XCLIENT: told_port}
        if set(behind_nginx) & fronts:
            ports |= stack.enter_context(nginx.Nginx(context, behind_nginx)).ports
        if dovecot.RELAY in fronts:
            users = {user: PASSWORD for user in xclient_users}
            ports[dovecot.RELAY] = stack.enter_context(dovecot.Dovecot(
                context, users, relay=DOVECOT.format(port=told_port))).submission
        return ports
