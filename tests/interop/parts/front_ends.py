# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""submissiond behind proxies: it must see the client's address, not theirs. Clients come from 127.0.0.2."""

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from harness.check import Check
from harness.client_run import RIGHT, WRONG, ClientRun
from harness.clients import CLIENTS
from harness.part import Part
from harness.submissiond import Submissiond
from servers import haproxy, nginx

SOURCE = "127.0.0.2"
DRIVERS = [client for client in CLIENTS if client.name in ("swaks", "curl", "Python smtplib")]
# How clients come to the proxy.
COMES_BY = {haproxy.V1: ("clear", "starttls"), haproxy.V2: ("clear", "starttls"), haproxy.TLVS: ("tls",),
            nginx.PROXY: ("clear",)}
WORDS = {"clear": "clear text", "starttls": "STARTTLS", "tls": "implicit TLS"}


@dataclass
class ProxiedRun(ClientRun):
    """TLS on the client's side may end at the proxy: then the server has seen none."""

    def judge_login(self, logins):
        failure = super().judge_login(logins)
        wrong = [login for login in logins if login["peer"] != SOURCE]
        return failure or (f"the server's log has another peer than {SOURCE}: {wrong}" if wrong else "")

    def judge_delivery(self, server, sent, status):
        failure = super().judge_delivery(server, sent, status)
        if failure:
            return failure
        [[_, stored]] = server.find(self.token)
        received = stored[stored.index(b"\r\nReceived: "):].partition(b"\r\n\tby ")[0]
        return "" if f"([{SOURCE}])".encode() in received else f"Received has not {SOURCE}: {received!r}"


class FrontEnds(Part):
    name = "front-ends"
    title = "submissiond behind HAProxy and nginx, with clients from 127.0.0.2"
    legend = {
        RIGHT: "right password: delivered, byte for byte, and log and Received have the client's address",
        WRONG: "wrong password: the client reports 535, and the log has its address",
    }
    columns = [(words, [client.name for client in DRIVERS]) for words in WORDS.values()]
    peers = list(COMES_BY)

    @contextmanager
    def opened(self, context):
        runs = [(peer, ProxiedRun(client, tls, "PLAIN", scene, source=SOURCE, is_tls_seen=tls == "starttls"))
                for peer in filter(context.has, self.peers) for tls in COMES_BY[peer]
                for client in DRIVERS if client.find_version(context.environment) for scene in (RIGHT, WRONG)]
        with ExitStack() as stack:
            server = stack.enter_context(Submissiond(
                context, "proxied", [run.user for _, run in runs], "--proxy-protocol", "--allow-plaintext-auth",
                "--cert", context.certificates.server, "--key", context.certificates.server_key))
            ports = {}
            if {haproxy.V1, haproxy.V2, haproxy.TLVS} & {peer for peer, _ in runs}:
                ports |= stack.enter_context(haproxy.Haproxy(context, server.ports["plain"])).ports
            if nginx.PROXY in {peer for peer, _ in runs}:
                ports |= stack.enter_context(nginx.Nginx(context, {nginx.PROXY: server.ports["plain"]})).ports
            yield [Check(peer.name, (WORDS[run.tls], run.client.name), run.scene, self.legend[run.scene],
                         lambda run=run, peer=peer: run.work(run.client.command(context), server, context, ports[peer]))
                   for peer, run in runs]
            server.expect_messages(sum(run.scene == RIGHT for _, run in runs))
