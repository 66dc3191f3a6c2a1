# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""PostgreSQL: it speaks SASL too, and its SCRAM-SHA-256-PLUS is bound to its certificate (tls-server-end-point)."""

import glob
import hashlib
import socket
import struct

from harness import programs
from harness.channels import ACCEPTED, CHALLENGE, REFUSED, tls_for
from harness.peer import Peer

PEER = Peer("PostgreSQL", "set -- /usr/lib/postgresql/*/bin/postgres; id postgres >/dev/null && \"$1\" --version | "
            "sed 's/^postgres (PostgreSQL) \\([^ ]*\\).*/\\1/'", needs_root=True)

CONFIG = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{directory}'
ssl = on
ssl_cert_file = '{directory}/server.pem'
ssl_key_file = '{directory}/server.key'
fsync = off
"""

SSL_REQUEST, VERSION = 80877103, 196608
OK, SASL, SASL_CONTINUE, SASL_FINAL = 0, 10, 11, 12


class Channel:
    """Messages are a letter, a length and a body; those about authentication begin with a number."""

    def __init__(self, port, user, tls):
        plain = socket.create_connection(("127.0.0.1", port), programs.TIMEOUT)
        plain.sendall(struct.pack("!ii", 8, SSL_REQUEST))
        if plain.recv(1) != b"S":
            raise ConnectionError("no TLS")
        self.socket = tls.wrap_socket(plain, server_hostname="127.0.0.1")
        self.file = self.socket.makefile("rb")
        self.said = ""
        self._send(b"", struct.pack("!i", VERSION) + b"user\0" + user.encode() + b"\0database\0postgres\0\0")
        letter, number, mechanisms = self._read()
        if (letter, number) != (b"R", SASL):
            raise ConnectionError(f"no SASL: {letter}{number}{mechanisms}")

    def end_point(self):
        """RFC 5929 4: the hash of the certificate, whose signature is made with SHA-256."""
        return hashlib.sha256(self.socket.getpeercert(binary_form=True)).digest()

    def _send(self, letter, body):
        self.said += f"C: {letter} {body}\n"
        self.socket.sendall(letter + struct.pack("!i", len(body) + 4) + body)

    def _read(self):
        letter = self.file.read(1)
        body = self.file.read(struct.unpack("!i", self.file.read(4))[0] - 4)
        self.said += f"S: {letter} {body}\n"
        return (letter, struct.unpack("!i", body[:4])[0], body[4:]) if letter == b"R" else (letter, None, body)

    def _judge(self):
        letter, number, data = self._read()
        if letter == b"R" and number == SASL_CONTINUE:
            return CHALLENGE, data
        if letter == b"R" and number == SASL_FINAL and self._read()[:2] == (b"R", OK):
            return ACCEPTED, data
        return REFUSED, str(data)

    def start(self, mechanism, initial):
        self._send(b"p", mechanism.encode() + b"\0" + struct.pack("!i", len(initial)) + initial)
        return self._judge()

    def respond(self, response):
        if response is None:  # it has no way to say so but to go
            return REFUSED, "cancelled"
        self._send(b"p", response)
        return self._judge()

    def close(self):
        self.file.close()
        self.socket.close()


class Postgresql:
    def __init__(self, context, users):
        self.context, self.users = context, users
        self.directory = context.new_directory("postgresql")
        self.binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        [self.port] = programs.free_ports()

    def _as_postgres(self, name, *arguments):
        """It refuses to be root."""
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", f"{self.binaries}/{name}",
                *arguments]

    def __enter__(self):
        certificates = self.context.certificates
        (self.directory / "server.pem").write_bytes(certificates.server.read_bytes())
        (self.directory / "server.key").write_bytes(certificates.server_key.read_bytes())
        (self.directory / "server.key").chmod(0o600)
        environment, data = self.context.environment, self.directory / "data"
        programs.setup(["chown", "-R", "postgres", self.directory], environment, "/")
        programs.setup(self._as_postgres("initdb", "-D", data, "-U", "admin", "--no-sync", "-A", "trust"),
                       environment, self.directory)
        with open(data / "postgresql.conf", "a", encoding="ascii") as file:
            file.write(CONFIG.format(port=self.port, directory=self.directory))
        (data / "pg_hba.conf").write_text("local all admin trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n")
        self.daemon = programs.Daemon("postgresql", self._as_postgres("postgres", "-D", data), environment,
                                      self.directory, [self.port])
        self.context.logs.append(("log of PostgreSQL", self.daemon.read_log))
        for user, password in self.users.items():
            self._add(user, password)
        return self

    def _add(self, user, password):
        programs.setup(["psql", "-q", "-h", self.directory, "-p", self.port, "-U", "admin", "-d", "postgres",
                        "-c", f"CREATE USER \"{user}\" PASSWORD '{password}'"],
                       self.context.environment_at(self.directory), self.directory)

    def __exit__(self, *_):
        self.daemon.stop()

    def open(self, user):
        return Channel(self.port, user, tls_for(self.context.certificates))
