#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Logins to submissiond that rest on TLS: channel bindings and certificates. Takes its path; python3's standard library
and the openssl program only."""
import hashlib
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

from daemon_helpers import PASSWORD, Client, Server, mkuser, run_all, trusting, until
from daemon_scram import b64, scram

FEW = ("--iterations", "4096")


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, stdin=subprocess.DEVNULL)


def make_server_certificate(folder, *key):
    openssl(folder, "req", "-x509", "-newkey", *key, "-nodes", "-days", "2", "-subj", "/CN=mail.example.test", "-keyout",
            "key.pem", "-out", "cert.pem")
    return "--cert", os.path.join(folder, "cert.pem"), "--key", os.path.join(folder, "key.pem")


class OpensslClient:
    """`openssl s_client`, which can tell the exporter's keying material, as Python's ssl cannot."""

    def __init__(self, server, *options):
        self.process = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{server.tls_port}", "-ign_eof", "-keymatexport",
             "EXPORTER-Channel-Binding", "-keymatexportlen", "32", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.material = None
        while not (line := self.process.stdout.readline()).startswith(b"220 "):
            assert line, "s_client ended"
            found = re.match(rb"\s*Keying material: ([0-9A-F]{64})", line)
            self.material = bytes.fromhex(found[1].decode()) if found else self.material

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\r\n")
        self.process.stdin.flush()
        while (reply := self.process.stdout.readline())[3:4] == b"-":
            pass
        return reply

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def endpoint_binding():
    """tls-server-end-point is the certificate's hash, by the hash of its signature (RFC 5929 4.1)."""
    cases = (("rsa:2048", "-sha256"), hashlib.sha256), (("rsa:2048", "-sha384"), hashlib.sha384), \
            (("ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha512"), hashlib.sha512)
    for key, digest in cases:
        with tempfile.TemporaryDirectory() as folder:
            certificate = make_server_certificate(folder, *key)
            with Server(*certificate, "--listen-tls", "127.0.0.1:0",
                        lines=mkuser("alice", "--scram-sha-256", "--scram-sha-1", *FEW)) as server:
                for mechanism in ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"):
                    for implicit in (True, False):
                        client = Client(server, tls=trusting() if implicit else None)
                        offered = client.hello() if implicit else client.starttls(trusting())
                        assert mechanism in offered["AUTH"], offered
                        data = digest(client.socket.getpeercert(binary_form=True)).digest()
                        for wrong in (data[:-1] + bytes([data[-1] ^ 1]), data[:-1], b""):
                            reply, _ = scram(client, mechanism, "alice", PASSWORD, ("tls-server-end-point", wrong))
                            assert reply.startswith(b"5"), reply
                            client = Client(server, tls=trusting()) if implicit else Client(server)
                            client.hello() if implicit else client.starttls(trusting())
                        reply, _ = scram(client, mechanism, "alice", PASSWORD, ("tls-server-end-point", data))
                        assert reply.startswith(b"235"), (key, mechanism, reply)


def exporter_binding():
    """tls-exporter (RFC 9266), as OpenSSL's own client has it, under TLS 1.3 and 1.2."""
    with Server("--listen-tls", "127.0.0.1:0", lines=mkuser("alice", *FEW)) as server:
        for version in ("-tls1_3", "-tls1_2"):
            client = OpensslClient(server, version)
            other = OpensslClient(server, version)
            try:
                client.say("EHLO client.example.test")
                other.say("EHLO client.example.test")
                stolen = ("tls-exporter", other.material)
                assert scram(client, "SCRAM-SHA-256-PLUS", "alice", PASSWORD, stolen)[0].startswith(b"535 5.7.8")
                reply, _ = scram(other, "SCRAM-SHA-256-PLUS", "alice", PASSWORD, stolen)
                assert reply.startswith(b"235"), (version, reply)
            finally:
                client.close()
                other.close()


def no_endpoint():
    """A certificate that is signed without a hash of its own (Ed25519) has no tls-server-end-point; the exporter remains."""
    with tempfile.TemporaryDirectory() as folder:
        certificate = make_server_certificate(folder, "ed25519")
        with Server(*certificate, "--listen-tls", "127.0.0.1:0", lines=mkuser("alice", *FEW)) as server:
            client = Client(server, tls=trusting())
            assert "SCRAM-SHA-256-PLUS" in client.hello()["AUTH"]
            data = hashlib.sha512(client.socket.getpeercert(binary_form=True)).digest()
            reply, _ = scram(client, "SCRAM-SHA-256-PLUS", "alice", PASSWORD, ("tls-server-end-point", data))
            assert reply.startswith(b"5"), reply


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.file = os.path.join(folder, "ca.pem")
        openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority", "-keyout",
                "ca.key", "-out", "ca.pem")

    def context(self, name, subject, *addresses):
        """A TLS context whose certificate has this subject and these mail addresses."""
        openssl(self.folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-utf8", "-keyout", f"{name}.key",
                "-out", f"{name}.csr")
        with open(os.path.join(self.folder, f"{name}.ext"), "w") as file:
            file.write("extendedKeyUsage=clientAuth\n")
            if addresses:
                file.write("subjectAltName=" + ",".join(f"email:{address}" for address in addresses) + "\n")
        openssl(self.folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        context = trusting()
        context.load_cert_chain(os.path.join(self.folder, f"{name}.pem"), os.path.join(self.folder, f"{name}.key"))
        return context


def external():
    """EXTERNAL logs in whom the client's certificate names: by mail address, or without one by common name."""
    lines = ["alice@example.test:*", "bob@example.test:*", "carol:*", "gone@example.test:!*"]
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        ours = Authority(first)
        alice = ours.context("alice", "/CN=carol", "nobody@example.test", "alice@example.test", "bob@example.test")
        with Server("--client-ca", ours.file, "--listen-tls", "127.0.0.1:0", lines=lines) as server:
            def attempt(context, act_as=""):
                client = Client(server, tls=context)
                assert client.hello()["AUTH"] == ["EXTERNAL"]
                return client, client.say("AUTH EXTERNAL " + (b64(act_as.encode()) or "="))

            client, reply = attempt(alice)
            assert reply.startswith(b"235"), reply
            assert client.mail(b"hello").startswith(b"250")
            assert b"(Authenticated sender: alice@example.test)" in server.messages()[0]
            assert attempt(alice, "bob@example.test")[1].startswith(b"235")
            assert b'identity="bob@example.test"' in server.log_text()
            for other in ("carol", "nobody@example.test", "gone@example.test", "ALICE@example.test"):
                assert attempt(alice, other)[1].startswith(b"535 5.7.8"), other
            assert attempt(ours.context("carol", "/CN=carol"))[1].startswith(b"235")
            assert attempt(ours.context("mallory", "/CN=mallory"))[1].startswith(b"535 5.7.8")
            assert attempt(ours.context("gone", "/CN=carol", "gone@example.test"))[1].startswith(b"525 5.7.13")
            assert attempt(trusting())[1].startswith(b"535 5.7.8"), "without a certificate"
            client = Client(server)
            client.starttls(alice)
            assert client.say("AUTH EXTERNAL =").startswith(b"235")

            try:
                assert not Client(server, tls=Authority(second).context("alice", "/CN=carol")).reply()
            except OSError:  # an alert, or the reset behind it
                pass
            until(lambda: b" result=failed " in server.log_text())


def gone_in_handshake():
    """Whoever leaves during the handshake, without a word or with TLS's own goodbye, is logged with a cause in words."""
    goodbye = b"\x15\x03\x03\x00\x02\x01\x00"  # an alert: close_notify (RFC 8446 6.1)
    reset = struct.pack("ii", 1, 0)
    with Server("--listen-tls", "127.0.0.1:0") as server:
        for count, (octets, linger) in enumerate([(b"", None), (goodbye, None), (b"", reset), (b"\x16\x03", None)], 1):
            client = socket.create_connection(("127.0.0.1", server.tls_port))
            client.sendall(octets)
            if linger:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            client.close()
            until(lambda: server.log_text().count(b" result=failed ") == count)
        faults = re.findall(rb' result=failed fault="(.*)"', server.log_text())
        assert len(faults) == 4 and all(faults) and faults[0] == b"closed by the client", faults


if __name__ == "__main__":
    sys.exit(run_all(endpoint_binding, exporter_binding, no_endpoint, external, gone_in_handshake))
