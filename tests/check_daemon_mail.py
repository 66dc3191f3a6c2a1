#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""What submissiond stores: message and envelope, octet for octet. Takes its path; python3's standard library only."""
import os
import resource
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True

from daemon_helpers import PLAIN, Client, Server, run_all, trusting


def envelope():
    """The envelope lies beside the message, with every parameter but SIZE and AUTH."""
    with Server() as server:
        client = Client(server).login()
        for line in ("MAIL FROM:<a@example.test> SIZE=10 body=8bitmime AUTH=<>", "RCPT TO:<b@example.test>",
                     "RCPT TO:<c@example.test>"):
            assert client.say(line).startswith(b"250")
        assert client.say("DATA").startswith(b"354")
        assert client.say("hello\r\n.").startswith(b"250")
        (name,) = os.listdir(os.path.join(server.maildir, "new"))
        assert server.envelopes() == {name: b"MAIL FROM:<a@example.test> body=8bitmime\n"
                                            b"RCPT TO:<b@example.test>\nRCPT TO:<c@example.test>\n"}, server.envelopes()
        (message,) = server.messages()
        assert message.startswith(b"Return-Path: <a@example.test>\r\nDelivered-To: b@example.test\r\n"
                                  b"Delivered-To: c@example.test\r\nReceived: from client.example.test ([127.0.0.1])\r\n"
                                  b"\t(Authenticated sender: alice@example.test)\r\n\tby mail.example.test with ESMTPA id "
                                  ), message
        assert message.endswith(b"\r\nhello\r\n"), message


def envelope_alone():
    """A message that cannot be stored leaves no envelope behind."""
    with Server() as server:
        client = Client(server).login()
        os.rmdir(os.path.join(server.maildir, "new"))
        assert client.mail(b"hello").startswith(b"451 4.3.0")
        assert server.envelopes() == {} and server.read_folder("tmp") == {}


def extensions():
    """What is offered, and what only under TLS; nothing that would need a queue which this server is not."""
    common = {"PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "CHUNKING", "BINARYMIME", "LIMITS", "ENHANCEDSTATUSCODES", "HELP"}
    with Server("--max-recipients", "200") as server:
        client = Client(server)
        offered = client.hello()
        assert set(offered) - {"mail.example.test"} == common | {"DSN", "STARTTLS", "AUTH"}, offered
        assert "RCPTMAX=200" in offered["LIMITS"], offered
        assert set(client.starttls(trusting())) - {"mail.example.test"} == common | {"DSN", "REQUIRETLS", "AUTH"}
    with Server("--lmtp", users=()) as server:
        assert set(Client(server).hello("LHLO")) - {"mail.example.test"} == common | {"STARTTLS"}
    for names, chosen in (("", set()), ("chunking,DSN", {"CHUNKING", "DSN"})):
        with Server("--extensions", names) as server:
            offered = set(Client(server).hello()) - {"mail.example.test", "STARTTLS", "AUTH"}
            assert offered == {"PIPELINING", "SIZE", "8BITMIME", "ENHANCEDSTATUSCODES", "HELP"} | chosen, offered


def parameters():
    """Every parameter that was taken is in the envelope, as it came."""
    mail = "MAIL FROM:<\u00e4@example.test> SMTPUTF8 RET=HDRS ENVID=QQ+2B314 BODY=8BITMIME REQUIRETLS"
    to = ("RCPT TO:<b@example.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;B+2Bx@example.test", "RCPT TO:<c@example.test>",
          "RCPT TO:<\u00f6@example.test> NOTIFY=NEVER")
    with Server("--listen-tls", "127.0.0.1:0") as server:
        client = Client(server, tls=trusting()).login()
        for line in (mail, *to):
            assert client.say(line).startswith(b"250"), line
        assert client.say("DATA").startswith(b"354")
        assert client.say("hello\r\n.").startswith(b"250")
        (envelope,) = server.envelopes().values()
        assert envelope.decode() == "".join(line + "\n" for line in (mail, *to)), envelope
        (message,) = server.messages()
        assert message.startswith("Return-Path: <\u00e4@example.test>\r\n".encode()), message
        assert b" with UTF8SMTPSA id " in message, message


def binary():
    """A BINARYMIME message by BDAT is stored octet for octet: bare CR, LF, NUL, dots, no line end at its end."""
    body = bytes(range(256)) * 300 + b"\r\n.\r\n..\r\n\n.\n\r.\rQUIT"
    with Server() as server:
        client = Client(server).login()
        for line in ("MAIL FROM:<a@example.test> BODY=BINARYMIME", "RCPT TO:<b@example.test>"):
            assert client.say(line).startswith(b"250")
        assert client.say("DATA").startswith(b"503")
        for at in range(0, len(body), 10007):
            chunk = body[at:at + 10007]
            client.socket.sendall(b"BDAT %d\r\n" % len(chunk) + chunk)
            assert client.reply().startswith(b"250 2.0.0")
        assert server.messages() == []
        assert client.say("BDAT 0 LAST").startswith(b"250 2.0.0 Queued as ")
        (message,) = server.messages()
        assert message.endswith(b"\r\n" + body) and message.count(b"Received: ") == 1
        assert len(message) - len(body) < 1000
        assert b"MAIL FROM:<a@example.test> BODY=BINARYMIME\n" in b"".join(server.envelopes().values())
        assert f" size={len(body)} ".encode() in server.log_text()


def chunks_of_lmtp():
    """BDAT and LMTP together: an answer for each recipient behind the last chunk alone."""
    with Server("--lmtp", users=()) as server:
        for name in ("bob@example.test", "carol@example.test"):
            os.mkdir(os.path.join(server.maildir, name))
        client = Client(server)
        client.hello("LHLO")
        for line in ("MAIL FROM:<>", "RCPT TO:<bob@example.test>", "RCPT TO:<carol@example.test>"):
            assert client.say(line).startswith(b"250")
        client.socket.sendall(b"BDAT 5\r\none\r\nBDAT 5 LAST\r\ntwo\r\n")
        assert [client.reply()[:17] for _ in range(3)] == [b"250 2.0.0 Octets ", b"250 2.0.0 Deliver", b"250 2.0.0 Deliver"]
        for name in ("bob@example.test", "carol@example.test"):
            (copy,) = server.read_folder(name, "new").values()
            assert copy.startswith(b"Return-Path: <>\r\n") and copy.endswith(b"\r\none\r\ntwo\r\n"), copy


def lmtp():
    """Each recipient has a Maildir, a copy and an answer of his own; who has no folder is refused, nobody logs in."""
    with Server("--lmtp", users=()) as server:
        for name in ("bob@example.test", "carol@example.test", "dave@example.test", "x/eve@example.test"):
            os.makedirs(os.path.join(server.maildir, name))
        with open(os.path.join(server.maildir, "carol@example.test", "new"), "w"):
            pass  # a file where a folder must be: no delivery to her
        client = Client(server)
        assert client.say("EHLO client.example.test").startswith(b"500 5.5.1")
        offered = client.hello("LHLO")
        assert "AUTH" not in offered, offered
        assert client.say("MAIL FROM:<a@example.test>").startswith(b"250")
        for name, code in (("bob@example.test", b"250"), ("nobody@example.test", b"550 5.1.1"),
                           ("x/eve@example.test", b"550 5.1.1"), ("carol@example.test", b"250"),
                           ("Bob@Example.TEST", b"250"), ("new", b"501"), ("dave@example.test", b"250")):
            assert client.say(f"RCPT TO:<{name}>").startswith(code), name
        assert client.say("DATA").startswith(b"354")
        client.socket.sendall(b"Subject: hi\r\n\r\n..dot\r\n.\r\n")
        answers = [client.reply() for _ in range(4)]
        codes = [answer[:9] for answer in answers]
        assert codes == [b"250 2.0.0", b"451 4.3.0", b"250 2.0.0", b"250 2.0.0"], answers
        for name, to in (("bob@example.test", [b"Bob@Example.TEST", b"bob@example.test"]),
                         ("dave@example.test", [b"dave@example.test"])):
            copies = sorted(server.read_folder(name, "new").values())
            assert len(copies) == len(to), copies
            for copy, recipient in zip(copies, to):
                assert copy.startswith(b"Return-Path: <a@example.test>\r\nDelivered-To: " + recipient + b"\r\nReceived: "
                                       b"from client.example.test ([127.0.0.1])\r\n\tby mail.example.test with LMTP id "), copy
                assert copy.endswith(b"\r\nSubject: hi\r\n\r\n.dot\r\n"), copy
            assert server.read_folder(name, "tmp") == {}
        assert server.read_folder("carol@example.test", "tmp") == {}
        assert server.messages() == [] and server.read_folder("tmp") == {}
        assert not os.path.exists(os.path.join(server.maildir, "envelope"))
        assert server.log_text().count(b" result=delivered ") == 3 and b'to="carol@example.test"' in server.log_text()
        assert client.say("MAIL FROM:<a@example.test>").startswith(b"250"), "and on it goes"


def deliver(client, meanwhile=lambda: None):
    """Sends one message to bob; `meanwhile` comes between RCPT and DATA. Returns the answer."""
    for line in ("MAIL FROM:<>", "RCPT TO:<bob@example.test>"):
        assert client.say(line).startswith(b"250"), line
    meanwhile()
    assert client.say("DATA").startswith(b"354")
    return client.say("hello\r\n.")


def old_file(folder):
    """A file as old as one that a crash has left in tmp."""
    path = os.path.join(folder, "precious")
    with open(path, "w"):
        pass
    os.utime(path, (1000000000, 1000000000))
    return path


def lmtp_links():
    """No symbolic link in place of a mailbox or a folder of one is followed: nothing is made or dropped behind it."""
    with Server("--lmtp", users=()) as server, tempfile.TemporaryDirectory() as elsewhere:
        precious = old_file(elsewhere)
        mailbox = os.path.join(server.maildir, "bob@example.test")
        os.symlink(elsewhere, mailbox)
        client = Client(server)
        client.hello("LHLO")
        client.say("MAIL FROM:<>")
        assert client.say("RCPT TO:<bob@example.test>").startswith(b"550 5.1.1")
        assert b' what=mailbox detail="bob@example.test is a symbolic link"' in server.log_text()
        client.say("RSET")
        os.unlink(mailbox)
        for name in ("tmp", "new", "cur"):
            for target in (elsewhere, os.path.join(elsewhere, "missing")):
                os.mkdir(mailbox)
                os.symlink(target, os.path.join(mailbox, name))
                assert deliver(client).startswith(b"451 4.3.0"), (name, target)
                shutil.rmtree(mailbox)
                assert os.listdir(elsewhere) == ["precious"], (name, target)
        assert server.log_text().count(b" result=failed ") == 6 and b'fault="Not a directory"' in server.log_text()
        os.mkdir(mailbox)
        assert deliver(client, lambda: (os.rmdir(mailbox), os.symlink(elsewhere, mailbox))).startswith(b"451 4.3.0")
        assert os.listdir(elsewhere) == ["precious"] and os.path.exists(precious)
        os.unlink(mailbox)
        os.makedirs(os.path.join(mailbox, "tmp"))
        stale = old_file(os.path.join(mailbox, "tmp"))
        assert deliver(client).startswith(b"250 2.0.0") and not os.path.exists(stale), "in tmp itself it is dropped"


def lmtp_mailbox_gone():
    """A mailbox that goes between RCPT and DATA is not made again; the next message is delivered once it is back."""
    with Server("--lmtp", users=()) as server:
        mailbox = os.path.join(server.maildir, "bob@example.test")
        os.mkdir(mailbox)
        client = Client(server)
        client.hello("LHLO")
        assert deliver(client, lambda: os.rmdir(mailbox)).startswith(b"451 4.3.0")
        assert not os.path.exists(mailbox)
        assert b'fault="No such file or directory"' in server.log_text()
        os.mkdir(mailbox)
        assert deliver(client).startswith(b"250 2.0.0")
        assert sorted(os.listdir(mailbox)) == ["cur", "new", "tmp"]


def lmtp_full_disk():
    """No room for the message: every recipient hears so, and the next one fits."""
    with Server("--lmtp", users=(), limits=[(resource.RLIMIT_FSIZE, 65536)]) as server:
        os.mkdir(os.path.join(server.maildir, "bob@example.test"))
        client = Client(server)
        client.hello("LHLO")
        for body, code in ((b"line\r\n" * 40000, b"452 4.3.1"), (b"small\r\n", b"250 2.0.0")):
            client.say("MAIL FROM:<a@example.test>")
            for _ in range(2):
                client.say("RCPT TO:<bob@example.test>")
            assert client.say("DATA").startswith(b"354")
            client.socket.sendall(body + b".\r\n")
            assert client.reply().startswith(code) and client.reply().startswith(code)
        assert len(server.read_folder("bob@example.test", "new")) == 2 and server.read_folder("tmp") == {}


def lmtp_with_login():
    """With --mechanisms LMTP wants a login too."""
    with Server("--lmtp", "--mechanisms", "PLAIN") as server:
        os.mkdir(os.path.join(server.maildir, "bob@example.test"))
        client = Client(server)
        assert client.hello("LHLO")["AUTH"] == ["PLAIN"]
        assert client.say("MAIL FROM:<a@example.test>").startswith(b"530 5.7.0")
        assert client.say("AUTH PLAIN " + PLAIN).startswith(b"235")
        for line in ("MAIL FROM:<a@example.test>", "RCPT TO:<bob@example.test>"):
            assert client.say(line).startswith(b"250")
        assert client.say("DATA").startswith(b"354")
        assert client.say("hello\r\n.").startswith(b"250")
        (copy,) = server.read_folder("bob@example.test", "new").values()
        assert b"(Authenticated sender: alice@example.test)" in copy and b" with LMTPA id " in copy


if __name__ == "__main__":
    sys.exit(run_all(envelope, envelope_alone, extensions, parameters, binary, lmtp, chunks_of_lmtp, lmtp_links,
                     lmtp_mailbox_gone, lmtp_full_disk, lmtp_with_login))
