# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Stands between client and server and keeps what the client said, in the pieces in which it came."""

import socket
import threading


class Tap:
    def __init__(self, server_port):
        self.server_port = server_port
        self.pieces = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:  # closed
                return
            server = socket.create_connection(("127.0.0.1", self.server_port))
            for source, target, keep in ((client, server, self.pieces.append), (server, client, lambda _: None)):
                threading.Thread(target=self._copy, args=(source, target, keep), daemon=True).start()

    @staticmethod
    def _copy(source, target, keep):
        try:
            while octets := source.recv(65536):
                keep(octets)
                target.sendall(octets)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def client_said(self):
        return b"".join(self.pieces)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
