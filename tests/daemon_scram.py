# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""The client's half of SCRAM (RFC 5802, RFC 7677), from Python's hashlib and hmac alone."""
import base64
import hashlib
import hmac
import secrets


def b64(octets):
    return base64.b64encode(octets).decode()


class Scram:
    """`binding`: (type, data) of a channel binding, for the -PLUS forms."""

    def __init__(self, hash_name, user, password, binding=None):
        self.hash, self.password, self.binding = hash_name, password, binding
        self.gs2 = f"p={binding[0]},," if binding else "n,,"
        self.nonce = secrets.token_urlsafe(18)
        self.first_bare = f"n={user},r={self.nonce}"
        self.salt = self.iterations = self.signature = None

    def first(self):
        return self.gs2 + self.first_bare

    def final(self, server_first):
        fields = dict(field.split("=", 1) for field in server_first.split(","))
        assert fields["r"].startswith(self.nonce) and len(fields["r"]) > len(self.nonce), server_first
        self.salt, self.iterations = base64.b64decode(fields["s"]), int(fields["i"])
        salted = hashlib.pbkdf2_hmac(self.hash, self.password.encode(), self.salt, self.iterations)
        client_key = hmac.digest(salted, b"Client Key", self.hash)
        channel = self.gs2.encode() + (self.binding[1] if self.binding else b"")
        without_proof = f"c={b64(channel)},r={fields['r']}"
        message = f"{self.first_bare},{server_first},{without_proof}".encode()
        signature = hmac.digest(hashlib.new(self.hash, client_key).digest(), message, self.hash)
        self.signature = hmac.digest(hmac.digest(salted, b"Server Key", self.hash), message, self.hash)
        return f"{without_proof},p={b64(bytes(a ^ b for a, b in zip(client_key, signature)))}"

    def is_proven(self, server_final):
        return server_final == f"v={b64(self.signature)}"


def scram(client, mechanism, user, password, binding=None):
    """Runs the whole exchange. Returns the last reply and the exchange; a success without proof is none."""
    exchange = Scram("sha256" if "256" in mechanism else "sha1", user, password, binding)
    reply = client.say(f"AUTH {mechanism} {b64(exchange.first().encode())}")
    if reply.startswith(b"334 "):
        reply = client.say(b64(exchange.final(base64.b64decode(reply[4:]).decode()).encode()))
    if reply.startswith(b"334 "):
        assert exchange.is_proven(base64.b64decode(reply[4:]).decode()), reply
        reply = client.say("")
    return reply, exchange
