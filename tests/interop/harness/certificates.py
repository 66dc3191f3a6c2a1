# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""The certificate that servers show on 127.0.0.1."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Certificates:
    server: Path
    server_key: Path


def make(directory):
    certificates = Certificates(directory / "server.pem", directory / "server.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-keyout", certificates.server_key, "-out", certificates.server, "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return certificates
