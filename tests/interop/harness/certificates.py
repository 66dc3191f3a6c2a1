# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Certificates for two days: an authority, the server on 127.0.0.1, and users."""

import subprocess


class Certificates:
    """`authority` is what clients believe."""

    def __init__(self, directory):
        self.directory = directory
        self.authority, self._key = directory / "authority.pem", directory / "authority.key"
        self._make(self.authority, self._key, "interop authority", "-addext", "keyUsage=critical,keyCertSign")
        self.server, self.server_key = directory / "server.pem", directory / "server.key"
        self._sign(self.server, self.server_key, "127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")

    @staticmethod
    def _make(certificate, key, name, *options):
        done = subprocess.run(
            ["openssl", "req", "-x509", "-days", "2", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
             "-out", certificate, "-subj", f"/CN={name}", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise RuntimeError("no certificate\n" + done.stdout.decode())

    def _sign(self, certificate, key, name, *options):
        self._make(certificate, key, name, "-CA", self.authority, "-CAkey", self._key,
                   "-addext", "basicConstraints=critical,CA:FALSE", *options)

    def for_user(self, user):
        """His certificate and key, made when first asked for."""
        certificate, key = self.directory / f"{user}.pem", self.directory / f"{user}.key"
        if not certificate.exists():
            self._sign(certificate, key, user, "-addext", "extendedKeyUsage=clientAuth",
                       "-addext", f"subjectAltName=email:{user}")
        return certificate, key
