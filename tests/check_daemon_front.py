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


def xclient():
    """What a trusted front end tells of its client goes into log and Received, and its login is believed."""
    with Server("--xclient-from", "127.0.0.1", "--user", "bob@example.test:secret") as server:
        client = Client(server)
        assert "XCLIENT" in client.hello()
        told = ("NAME=mail+2Eclient.test ADDR=IPV6:2001:db8::9 PORT=77 HELO=told.client.test "
                "LOGIN=bob+2Bx@example.test")
        assert client.say("XCLIENT " + told).startswith(b"220")
        client.hello()
        assert client.mail(b"one").startswith(b"250"), "logged in"
        assert client.say("XCLIENT ADDR=192.0.2.9 LOGIN=alice@example.test").startswith(b"550 5.7.0"), "its client's words"
        client = Client(server)
        client.hello()
        assert client.say("XCLIENT NAME=mail.client.test HELO=told.client.test LOGIN=bob@example.test").startswith(b"220")
        assert client.say("XCLIENT ADDR=192.0.2.9 NAME=[UNAVAILABLE]").startswith(b"220"), "in two"
        client.hello()
        assert client.say("MAIL FROM:<a@example.test>").startswith(b"530 5.7.0"), "no longer"
        assert client.login().mail(b"two").startswith(b"250")
        client = Client(server)
        client.hello()
        assert client.say("XCLIENT ADDR=[UNAVAILABLE] HELO=[TEMPUNAVAIL]").startswith(b"220")
        assert client.login().mail(b"three").startswith(b"250")
        received = {message.split(b"\r\n")[-2]: message.split(b"Received: ")[1].split(b"\r\n\tby")[0]
                    for message in server.messages()}
        assert received == {
            b"one": b"from told.client.test (mail.client.test [IPv6:2001:db8::9])\r\n"
                    b"\t(Authenticated sender: bob+x@example.test)",
            b"two": b"from told.client.test ([192.0.2.9])\r\n\t(Authenticated sender: alice@example.test)",
            b"three": b"from client.example.test ([unknown])\r\n\t(Authenticated sender: alice@example.test)"}, received
        log = server.log_text()
        assert b" auth peer=192.0.2.9 port=" in log and b" message peer=2001:db8::9 port=77 " in log and f'told="{told}"'.encode() in log, log


def xclient_refused():
    """From elsewhere it is refused and changes nothing; disabled accounts stay so whoever vouches for them."""
    with Server("--xclient-from", "127.0.0.2", "--xclient-from", "2001:db8::/32") as server:
        client = Client(server)
        assert "XCLIENT" not in client.hello()
        assert client.say("XCLIENT ADDR=192.0.2.9 LOGIN=alice@example.test").startswith(b"550 5.7.0")
        assert client.say("MAIL FROM:<a@example.test>").startswith(b"530 5.7.0")
        assert b" error peer=127.0.0.1 " in server.log_text()
    with Server("--xclient-from", "127.0.0.0/8", lines=["gone:!{PLAIN}secret", "here:{PLAIN}secret"]) as server:
        client = Client(server)
        client.hello()
        assert client.say("XCLIENT ADDR=192.0.2.9 LOGIN=gone").startswith(b"550 5.7.1")
        assert client.say("XCLIENT ADDR=192.0.2.9 COLOR=red").startswith(b"501")
        assert client.say("MAIL FROM:<a@example.test>").startswith(b"530 5.7.0")
        assert client.say("XCLIENT LOGIN=here").startswith(b"220")
        client.hello()
        assert client.say("MAIL FROM:<a@example.test>").startswith(b"250")
    with Server() as server:
        client = Client(server)
        client.hello()
        assert client.say("XCLIENT ADDR=192.0.2.9").startswith(b"502 5.5.1"), "where nobody is trusted there is none"


def xclient_behind_a_proxy():
    """There the address that the header names must be a front end's; the proxy's own counts for nothing."""
    with Server("--proxy-protocol", "--xclient-from", "192.0.2.0/25", "--xclient-from", "127.0.0.1") as server:
        for header, is_trusted in ((b"PROXY TCP4 192.0.2.127 198.51.100.1 1 587\r\n", True),
                                   (b"PROXY TCP6 ::ffff:192.0.2.1 ::1 1 587\r\n", True),
                                   (b"PROXY TCP4 192.0.2.128 198.51.100.1 1 587\r\n", False),
                                   (b"PROXY UNKNOWN\r\n", False), (version2(0, 0, b""), False)):
            client = Client(server, before=header)
            assert ("XCLIENT" in client.hello()) == is_trusted, header
            assert client.say("XCLIENT ADDR=203.0.113.1").startswith(b"220" if is_trusted else b"550 5.7.0"), header


if __name__ == "__main__":
    sys.exit(run_all(proxy_headers, proxy_in_pieces, proxy_missing, xclient, xclient_refused, xclient_behind_a_proxy))
