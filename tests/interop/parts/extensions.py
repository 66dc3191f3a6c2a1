# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Extensions of SMTP that clients make use of by themselves or when told. A tap sees that they did; what they asked for
stands in the envelope that submissiond keeps."""

import re
import time
from contextlib import ExitStack, contextmanager

from harness import message, programs
from harness.channels import Smtp, encode
from harness.check import Check, Failure
from harness.clients import CLIENTS
from harness.part import Part
from harness.peer import Peer
from harness.submissiond import Submissiond
from harness.tap import Tap
from harness.users import PASSWORD
from servers import dovecot

ALICE, BOB, BOB8 = "alice@client.example", "bob@server.example", "bób@server.example"
USED = "a"
BY_HAND = Peer("by hand", "echo -")

EXTENSIONS = ("PIPELINING", "8BITMIME", "DSN", "SMTPUTF8", "CHUNKING", "BINARYMIME", "REQUIRETLS")

# What the client must have said; in the pieces that came from it, or, under TLS, in the envelope.
SAID = {
    "PIPELINING": rb"MAIL FROM:[^\r\n]*\r\nRCPT TO:",
    "8BITMIME": rb"\r\nMAIL FROM:<[^\r\n]* BODY=8BITMIME",
    "DSN": rb"\r\nRCPT TO:<[^\r\n]* NOTIFY=SUCCESS,FAILURE",
    "SMTPUTF8": rb"\r\nMAIL FROM:<[^\r\n]* SMTPUTF8",
    "CHUNKING": rb"\r\nBDAT \d+(?: LAST)?\r\n",
    "BINARYMIME": rb"\r\nMAIL FROM:<[^\r\n]* BODY=BINARYMIME",
}
KEPT = {
    "8BITMIME": r"(?im)^MAIL FROM:<alice@client\.example>.* BODY=8BITMIME",
    "DSN": r"(?im)^RCPT TO:<bob@server\.example>.* NOTIFY=SUCCESS,FAILURE",
    "SMTPUTF8": r"(?im)^MAIL FROM:<alice@client\.example>.* SMTPUTF8(?:\n|.*\n)RCPT TO:<bób@server\.example>",
    "BINARYMIME": r"(?im)^MAIL FROM:<alice@client\.example>.* BODY=BINARYMIME",
    "REQUIRETLS": r"(?im)^MAIL FROM:<alice@client\.example>.* REQUIRETLS",
}
# Of those who always do, nothing need be asked.
USES = {
    "swaks": ("PIPELINING",),
    "curl": ("SMTPUTF8",),
    "msmtp": ("DSN",),
    "mutt": ("8BITMIME", "DSN"),
    "esmtp": ("8BITMIME", "DSN"),
    "Python smtplib": ("8BITMIME", "DSN", "SMTPUTF8", "REQUIRETLS"),
    "Python aiosmtplib": ("8BITMIME", "DSN", "SMTPUTF8"),
    "nodemailer": ("8BITMIME", "DSN", "SMTPUTF8", "REQUIRETLS"),
    "Perl Net::SMTP": ("8BITMIME", "DSN"),
    "PHPMailer": ("DSN",),
    "Jakarta Mail": ("DSN", "SMTPUTF8", "CHUNKING"),
    "Go net/smtp": ("8BITMIME", "SMTPUTF8"),
    "Postfix": ("PIPELINING", "8BITMIME", "DSN", "SMTPUTF8"),
    "Exim": ("PIPELINING", "CHUNKING", "SMTPUTF8"),
    dovecot.RELAY.name: ("CHUNKING", "8BITMIME"),
    BY_HAND.name: ("CHUNKING", "BINARYMIME"),
}

# It doubles dots in chunks too, which RFC 3030 2 says not to do.
STUFFS_CHUNKS = ("Jakarta Mail",)

DOVECOT = """\
submission_relay_port = {port}
submission_relay_trusted = yes
"""


def log_in(channel):
    channel.command("AUTH PLAIN " + encode(f"\0{ALICE}\0{PASSWORD}".encode()))


class Case:
    """One message of one peer by one extension."""

    def __init__(self, context, server, peer, extension):
        self.context, self.server, self.peer, self.extension = context, server, peer, extension
        self.token = message.new_token()
        self.sent = message.compose(self.token)
        self.recipient = BOB8 if extension == "SMTPUTF8" else BOB
        self.whole, self.tail = False, b""

    def work(self):
        output = ""
        with Tap(self.server.ports["plain"]) as tap:
            try:
                output = self.deliver(tap.port)
                self.expect_stored()
                self.expect_said(tap)
            except Failure as failure:
                raise Failure(str(failure), f"{output}{failure.output}\n--- the client said\n"
                              + tap.client_said().decode("utf-8", "backslashreplace")) from None

    def deliver(self, port):
        raise NotImplementedError

    def expect_said(self, tap):
        wanted = SAID.get(self.extension)
        heard = tap.pieces if self.extension == "PIPELINING" else [tap.client_said()]
        if self.extension != "REQUIRETLS" and not any(re.search(wanted, piece, re.IGNORECASE) for piece in heard):
            raise Failure(f"it did not make use of {self.extension}")

    def expect_stored(self):
        end = time.monotonic() + programs.TIMEOUT
        while not (found := self.server.find(self.token)):
            if time.monotonic() > end:
                raise Failure("nothing arrived")
            time.sleep(0.1)
        [[path, stored]] = found
        failure = self.compare(stored)
        if failure:
            raise Failure(failure)
        kept = self.server.envelope(path)
        if self.extension in KEPT and not re.search(KEPT[self.extension], kept):
            raise Failure(f"the envelope has it not: {kept}")

    def compare(self, stored):
        protocol = {"SMTPUTF8": "UTF8SMTPA", "REQUIRETLS": "ESMTPSA"}.get(self.extension, "(ESMTPA|UTF8SMTPA)")
        return message.compare(stored, self.sent, protocol, self.whole, self.tail, self.recipient)


class ClientCase(Case):
    """REQUIRETLS wants TLS (RFC 8689 2): the tap is blind then."""

    def deliver(self, port):
        client = self.peer
        self.whole, self.tail = client.whole, client.tail
        directory = self.context.new_directory(self.token)
        (directory / "message").write_bytes(self.sent)
        if self.extension == "CHUNKING" and client.name in STUFFS_CHUNKS:
            self.sent = re.sub(rb"(?m)^\.", b"..", self.sent)
        status, output = programs.run(
            [*client.command(self.context), "127.0.0.1", port,
             "starttls" if self.extension == "REQUIRETLS" else "clear", "PLAIN", ALICE, PASSWORD,
             self.context.certificates.authority, directory / "message"],
            self.context.environment_at(directory, EXTENSION=self.extension, RECIPIENT=self.recipient), directory)
        if status != 0:
            raise Failure(f"the client ended with status {status}", output)
        return output


class DovecotCase(Case):
    """Its own client asks for nothing but to have the message relayed."""

    def deliver(self, port):
        with dovecot.Dovecot(self.context, {ALICE: PASSWORD}, relay=DOVECOT.format(port=port)) as relay:
            channel = relay.open_submission(None)
            log_in(channel)
            body = " BODY=8BITMIME" if self.extension == "8BITMIME" else ""
            for line in (f"MAIL FROM:<{ALICE}>{body}", f"RCPT TO:<{BOB}>", "DATA"):
                channel.command(line)
            text = re.sub(rb"(?im)^\.", b"..", self.sent).replace(b"\n", b"\r\n")
            channel.socket.sendall(text + b".\r\n")
            channel.read_reply()
            channel.command("QUIT")
            channel.close()
            return channel.said


class HandCase(Case):
    """Chunks that end in the middle of lines; binary octets, which no client at hand sends."""

    def deliver(self, port):
        channel = Smtp(port)
        log_in(channel)
        is_binary = self.extension == "BINARYMIME"
        if is_binary:
            self.sent += b"\0\r\x80.\n.\xff without a line end"
        text = self.sent if is_binary else self.sent.replace(b"\n", b"\r\n")
        channel.command(f"MAIL FROM:<{ALICE}>" + (" BODY=BINARYMIME" if is_binary else ""))
        channel.command(f"RCPT TO:<{BOB}>")
        half = len(text) // 2
        for octets, last in ((text[:half], ""), (text[half:], ""), (b"", " LAST")):
            channel.socket.sendall(b"BDAT %d%s\r\n" % (len(octets), last.encode()) + octets)
            channel.read_reply()
        channel.command("QUIT")
        channel.close()
        return channel.said

    def compare(self, stored):
        if self.extension != "BINARYMIME":
            return super().compare(stored)
        return "" if stored.endswith(b"\r\n" + self.sent) else f"the octets differ: {stored!r}"


CASES = {dovecot.RELAY: DovecotCase, BY_HAND: HandCase}


class Extensions(Part):
    name = "extensions"
    title = "extensions of SMTP that clients make use of"
    legend = {USED: "used, delivered byte for byte, and what was asked for stands in the envelope"}
    columns = [("", list(EXTENSIONS))]
    peers = [*(client for client in CLIENTS if client.name in USES), *CASES]

    def notes(self):
        return [f"{name}, CHUNKING: doubles dots in chunks too, against RFC 3030 2; they are kept as they came"
                for name in STUFFS_CHUNKS]

    @contextmanager
    def opened(self, context):
        with ExitStack() as stack:
            server = stack.enter_context(Submissiond(
                context, "extensions", [ALICE], "--allow-plaintext-auth", "--xclient-from", "127.0.0.1",
                "--cert", context.certificates.server, "--key", context.certificates.server_key))
            yield [Check(peer.name, ("", extension), USED, self.legend[USED],
                         CASES.get(peer, ClientCase)(context, server, peer, extension).work)
                   for peer in filter(context.has, self.peers) for extension in USES[peer.name]]
