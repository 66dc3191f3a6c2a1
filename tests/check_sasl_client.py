#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""The client halves against servers written here from the RFCs, with Python's hashlib and hmac:

    check_sasl_client.py path/to/sasl_client [ROUNDS]

Names, passwords, salts, nonces and bindings are drawn anew each time (the seed is printed when something fails). The
server believes nothing: it parses each message by RFC 5802 7 and checks the proof as RFC 5802 3 has it.
"""

import base64
import hashlib
import hmac
import string
import subprocess
import sys

from checked import PICK, check, report

CLIENT = sys.argv[1]
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 8
TEXTS = ["a", "Z", "0", " ", ",", "=", "=2C", "\\", '"', "ü", "中", "😀", "é", ";", ":", "%", "'"]
PRINTABLE = [c for c in map(chr, range(0x21, 0x7F)) if c != ","]


class Client:
    """The filter, a line at a time. `*` is None."""

    def __init__(self, mechanism, identity, secret, **options):
        values = [f"{name}={value}" for name, value in options.items() if value is not None]
        self.program = subprocess.Popen(
            [CLIENT, mechanism, identity, secret, *values], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)

    def response(self):
        line = self.program.stdout.readline()
        return None if line in (b"*\n", b"") else base64.b64decode(line.strip(), validate=True)

    def challenge(self, octets):
        self.program.stdin.write(base64.b64encode(octets) + b"\n")
        self.program.stdin.flush()
        return self.response()

    def end(self):
        """0: success may be believed; 1: not; 2: cancelled."""
        self.program.stdin.close()
        self.program.stdout.close()
        return self.program.wait(10)


def text():
    return "".join(PICK.choices(TEXTS, k=PICK.randint(1, 90)))


def decode_name(octets):
    """saslname (RFC 5802 5.1), strictly."""
    name = octets.replace(b"=2C", b"\0").replace(b"=3D", b"\1")
    assert b"=" not in name and b"," not in name, octets
    return name.replace(b"\0", b",").replace(b"\1", b"=").decode()


def sha(name):
    return lambda data: hashlib.new(name, data).digest()


def scram(mechanism, hash_name, wrong=None):
    """One exchange; `wrong` says what the server does wrong. What is returned is the exchange's end."""
    digest, mac = sha(hash_name), lambda key, data: hmac.new(key, data, hash_name).digest()
    identity, password = text(), text()
    authorization = text() if PICK.random() < 0.5 else None
    binding_type = PICK.choice(["tls-exporter", "tls-server-end-point"])
    binding = PICK.randbytes(PICK.choice([1, 20, 32, 48, 64]))
    is_plus, has_binding, offered = mechanism.endswith("-PLUS"), PICK.random() < 0.5, PICK.random() < 0.5
    has_binding = has_binding or is_plus
    iterations = PICK.randint(4096, 5000)
    client = Client(
        mechanism, identity, password, authorization=authorization, slice=PICK.choice([0, 1000, 4096]),
        binding_type=binding_type if has_binding else None,
        binding=base64.b64encode(binding).decode() if has_binding else None, offered_plus=int(offered))

    first = client.response()
    flag, name, bare = first.split(b",", 2)
    want = f"p={binding_type}".encode() if is_plus else b"y" if has_binding and not offered else b"n"
    check(flag == want, mechanism, "flag", flag, want)
    check((decode_name(name[2:]) if name else None) == authorization, mechanism, "authorization", name)
    check(name[:2] in (b"", b"a="), mechanism, "a=")
    n, r = bare.split(b",")
    check(n[:2] == b"n=" and decode_name(n[2:]) == identity, mechanism, "identity", n)
    check(r[:2] == b"r=" and all(chr(c) in PRINTABLE for c in r[2:]) and len(r) >= 2 + 18, mechanism, "nonce", r)

    salt = PICK.randbytes(PICK.randint(1, 64))
    nonce = r[2:] + "".join(PICK.choices(PRINTABLE, k=PICK.randint(1, 60))).encode()
    server_first = b"r=" + nonce + b",s=" + base64.b64encode(salt) + f",i={iterations}".encode()
    if PICK.random() < 0.3:
        server_first += b",x=" + base64.b64encode(PICK.randbytes(9))
    final = client.challenge(server_first)
    without_proof, proof = final.rsplit(b",p=", 1)
    header = flag + b"," + name + b","
    repeated = base64.b64encode(header + (binding if is_plus else b""))
    check(without_proof == b"c=" + repeated + b",r=" + nonce, mechanism, "final", without_proof)

    salted = hashlib.pbkdf2_hmac(hash_name, password.encode(), salt, iterations)
    stored_key, server_key = digest(mac(salted, b"Client Key")), mac(salted, b"Server Key")
    message = b",".join([bare, server_first, without_proof])
    client_key = bytes(a ^ b for a, b in zip(base64.b64decode(proof, validate=True), mac(stored_key, message)))
    check(digest(client_key) == stored_key, mechanism, "proof")

    signature = mac(server_key, message)
    if wrong == "signature":
        at = PICK.randrange(8 * len(signature))
        signature = (int.from_bytes(signature, "big") ^ 1 << at).to_bytes(len(signature), "big")
    if wrong == "silence":
        return client.end()
    answer = client.challenge(b"v=" + base64.b64encode(signature))
    check(answer == (None if wrong else b""), mechanism, "answer to the signature", answer)
    return client.end()


def one_response(mechanism, expected, *arguments, **options):
    client = Client(mechanism, *arguments, **options)
    check(client.response() == expected, mechanism, "initial response", arguments)
    check(client.end() == 0, mechanism, "is proven")


def nonces():
    """Two exchanges never have the same; a given seed's is HMAC of number 0 under it, in hexadecimal."""
    firsts = set()
    for mechanism, name in (("SCRAM-SHA-1", "sha1"), ("SCRAM-SHA-256", "sha256")):
        for _ in range(10):
            client = Client(mechanism, "user", "pencil")
            firsts.add(client.response())
            client.end()
        for size in (16, 31, 32):
            seed = PICK.randbytes(size)
            client = Client(mechanism, "user", "pencil", seed=base64.b64encode(seed).decode())
            nonce = hmac.new(seed, bytes(4), name).hexdigest()[:32]
            check(client.response() == f"n,,n=user,r={nonce}".encode(), mechanism, "nonce of a seed")
            client.end()
    check(len(firsts) == 20, "nonces", firsts)


def main():
    for mechanism, name in (("SCRAM-SHA-1", "sha1"), ("SCRAM-SHA-256", "sha256")):
        for plus in ("", "-PLUS"):
            for _ in range(ROUNDS):
                check(scram(mechanism + plus, name) == 0, mechanism + plus, "is proven")
                check(scram(mechanism + plus, name, "signature") == 2, mechanism + plus, "wrong signature")
                check(scram(mechanism + plus, name, "silence") == 1, mechanism + plus, "success without a signature")
    nonces()
    for _ in range(ROUNDS):
        identity, password, other = text(), text(), text()
        token = "".join(PICK.choices(string.ascii_letters + string.digits + "-._~+/", k=PICK.randint(1, 2000)))
        one_response("PLAIN", f"{other}\0{identity}\0{password}".encode(), identity, password, authorization=other)
        one_response("EXTERNAL", other.encode(), "", "", authorization=other)
        one_response("XOAUTH2", f"user={identity}\1auth=Bearer {token}\1\1".encode(), identity, token)
        coded = identity.replace("=", "=3D").replace(",", "=2C")
        one_response("OAUTHBEARER", f"n,a={coded},\1host=h\1port=587\1auth=Bearer {token}\1\1".encode(), identity, token,
                     host="h", port=587)
        client, challenge = Client("CRAM-MD5", identity, password), PICK.randbytes(PICK.randint(1, 200))
        proof = hmac.new(password.encode(), challenge, "md5").hexdigest()
        check(client.challenge(challenge) == f"{identity} {proof}".encode(), "CRAM-MD5", challenge)
        check(client.end() == 0, "CRAM-MD5", "is proven")
        client = Client("LOGIN", identity, password)
        check(client.challenge(b"Username:") == identity.encode(), "LOGIN", "name")
        check(client.challenge(b"Password:") == password.encode(), "LOGIN", "password")
        check(client.end() == 0, "LOGIN", "is proven")
    return report()


if __name__ == "__main__":
    sys.exit(main())
