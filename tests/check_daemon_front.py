#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""submissiond behind front ends, which say who their client is. Takes its path; python3's standard library only."""
import socket
import struct
import sys

sys.dont_write_bytecode = True

from daemon_helpers import Client, Server, run_all, trusting

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"  # of version 2 (HAProxy's doc/proxy-protocol.txt 2.2)


def version2(command, family, addresses, tlvs=b""):
    return SIGNATURE + bytes([0x20 | command, family]) + struct.pack("!H", len(addresses + tlvs)) + addresses + tlvs


def proxy_headers():
    """The address that a header of either version names is the client's, in log and Received; LOCAL keeps the socket's."""
    v4 = socket.inet_aton("192.0.2.7") + socket.inet_aton("198.51.100.1") + struct.pack("!HH", 4711, 587)
    v6 = socket.inet_pton(socket.AF_INET6, "2001:db8::7") + bytes(16) + struct.pack("!HH", 4712, 587)
    cases = {
        "192.0.2.1": b"PROXY TCP4 192.0.2.1 198.51.100.1 4710 587\r\n",
        "192.0.2.7": version2(1, 0x11, v4),
        "IPv6:2001:db8::7": version2(1, 0x21, v6, b"\xE0\0\x01x"),
        "127.0.0.1": version2(0, 0, b""),
    }
    with Server("--proxy-protocol") as server:
        for address, header in cases.items():
            assert Client(server, before=header).login().mail(address.encode()).startswith(b"250")
        for message in server.messages():
            assert message.split(b"\r\n")[-2] in message.split(b"([")[1].split(b"])")[0], message
        assert len(server.messages()) == len(cases)
        log = server.log_text()
        for peer in (b" peer=192.0.2.1 port=4710 ", b" peer=192.0.2.7 port=4711 ", b" peer=2001:db8::7 port=4712 "):
            for event in (b" connect", b" auth", b" message"):
                assert event + peer in log, (event, peer, log)


def proxy_in_pieces():
    """A header may drip in; not one octet behind it is taken for it, be it SMTP or TLS."""
    header = b"PROXY TCP4 192.0.2.1 198.51.100.1 4710 587\r\n"
    with Server("--proxy-protocol", "--listen-tls", "127.0.0.1:0") as server:
        client = Client(server, greet=False)
        for octet in header[:-1]:
            client.socket.sendall(bytes([octet]))
        client.socket.sendall(b"\nEHLO client.example.test\r\nQUIT\r\n")
        assert [client.reply()[:3] for _ in range(3)] == [b"220", b"250", b"221"]
        assert Client(server, before=header, tls=trusting()).login().mail(b"under TLS").startswith(b"250")


def proxy_missing():
    """Who begins with anything else, or with nothing, is closed without a word."""
    bad = (b"EHLO client.example.test\r\n", b"PROXY TCP4 192.0.2.1 198.51.100.1 04710 587\r\n", b"\x16\x03\x01\x02\0\x01",
           version2(1, 0x11, b"short"), SIGNATURE + b"\x21\x11\xFF\xFF" + b"x" * 600, b"")
    with Server("--proxy-protocol") as server:
        for client in [Client(server, greet=False, before=octets) for octets in bad]:
            try:
                assert client.socket.recv(1) == b""
            except ConnectionResetError:
                pass
        assert server.log_text().count(b" no-proxy peer=127.0.0.1 ") == len(bad) - 1
        assert Client(server, before=version2(0, 0, b"")).login().mail(b"after").startswith(b"250")


if __name__ == "__main__":
    sys.exit(run_all(proxy_headers, proxy_in_pieces, proxy_missing))
