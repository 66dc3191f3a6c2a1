#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""send against submissiond: TLS, every mechanism, right, wrong and no login, the envelope, LMTP. Takes submissiond's path;
python3's standard library and the openssl program only."""
import os
import stat
import sys

sys.dont_write_bytecode = True

from daemon_helpers import PASSWORD, USER, Server, mkuser, run_all
from send_helpers import (CONFIG, DATAERR, MESSAGE, NOHOST, NOINPUT, NOPERM, NOUSER, OK, TEMPFAIL, TO, UNAVAILABLE, USAGE,
                          Authority, Folder, send)

FEW = ("--iterations", "4096")
WIRE = MESSAGE.replace(b"\n", b"\r\n")
ALL = ("SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN")


def all_kinds():
    return mkuser(USER, "--scram-sha-256", "--scram-sha-1", "--plain", *FEW)


def stored(server):
    """The one message that was stored, behind the fields that the server adds."""
    [message] = server.messages()
    return message


def login(folder, password=PASSWORD, user=USER):
    return "--user", user, "--password-file", folder.file("password", password + "\nsecond line\n")


def starttls():
    """STARTTLS is used where it is offered, the certificate checked by name; the message arrives octet for octet, with CRLF."""
    with Folder() as folder:
        authority = Authority(folder)
        with Server("--cert", authority.cert, "--key", authority.key) as server:
            for host in ("127.0.0.1", "localhost"):
                result = send(folder, server.port, "--ca", authority.ca, "--json", *login(folder), host=host).expect(OK)
                assert result.json["tls"] == "TLSv1.3" and result.json["result"] == "sent", result.json
            assert len(server.messages()) == 2
            assert all(message.endswith(WIRE) for message in server.messages())
            assert result.stderr == "", result.stderr


def implicit_tls():
    """--tls implicit speaks TLS from the first octet."""
    with Folder() as folder:
        authority = Authority(folder)
        with Server("--cert", authority.cert, "--key", authority.key, "--listen-tls", "127.0.0.1:0") as server:
            send(folder, server.tls_port, "--tls", "implicit", "--ca", authority.ca, *login(folder)).expect(OK)
            assert stored(server).endswith(WIRE)
            send(folder, server.port, "--tls", "implicit", "--ca", authority.ca, *login(folder)).expect(CONFIG)


def certificates():
    """A certificate of an unknown authority, or for another name, ends it before any secret; --insecure takes both."""
    with Folder() as folder, Folder() as other:
        ours, theirs = Authority(folder), Authority(other, "DNS:elsewhere.example.test")
        with Server("--cert", theirs.cert, "--key", theirs.key) as server:
            send(folder, server.port, "--ca", ours.ca, *login(folder)).expect(CONFIG, "certificate is not good", "--ca")
            for host in ("127.0.0.1", "localhost"):
                send(folder, server.port, "--ca", theirs.ca, *login(folder), host=host).expect(CONFIG, "is not good")
            assert b" auth " not in server.log_text() and not server.messages()
            send(folder, server.port, "--insecure", *login(folder)).expect(OK, "certificate is not checked")


def mechanisms():
    """Each mechanism that is asked for is the one that logs in; a wrong password is 77, with what to do."""
    with Folder() as folder, Server("--mechanisms", ",".join(ALL), lines=all_kinds()) as server:
        for mechanism in ALL:
            result = send(folder, server.port, "--tls", "never", "--allow-plaintext-auth", "--mechanisms", mechanism,
                          "--json", *login(folder)).expect(OK)
            assert result.json["logged_in_by"] == mechanism, result.json
            result = send(folder, server.port, "--tls", "never", "--allow-plaintext-auth", "--mechanisms", mechanism,
                          "--guard-file", "/dev/null", "--json", *login(folder, "wrong horse")).expect(NOPERM)
            first, last = result.json["first"], result.json["last"]
            assert (first["code"], first["enhanced"], first["phase"], first["mechanism"]) == \
                (535, "5.7.8", "AUTH", mechanism), first
            assert (first["cause"], first["action"]) == ("bad-credentials", "reenter-password"), first
            assert first["server_said"] == ["535 5.7.8 Authentication credentials invalid"], first
            assert not first["same_secret_may_retry"], first
            assert (last["code"], last["phase"], last["mechanism"]) == (530, "MAIL", ""), last
        assert len(server.messages()) == len(ALL)


def strongest_first():
    """Without --mechanisms the strongest that both know is taken; --mechanisms is an order."""
    with Folder() as folder, Server("--mechanisms", "LOGIN,PLAIN,SCRAM-SHA-1,CRAM-MD5", lines=all_kinds()) as server:
        for options, mechanism in ((), "SCRAM-SHA-1"), (("--mechanisms", "login,plain"), "LOGIN"), \
                (("--mechanisms", "scram-sha-256,plain,login"), "PLAIN"):
            result = send(folder, server.port, "--insecure", "--json", *options, *login(folder)).expect(OK)
            assert result.json["logged_in_by"] == mechanism, (options, result.json)


def channel_bindings():
    """The -PLUS forms bind to either end of TLS."""
    with Folder() as folder:
        authority = Authority(folder)
        with Server("--cert", authority.cert, "--key", authority.key, "--listen-tls", "127.0.0.1:0",
                    lines=all_kinds()) as server:
            for binding in ("tls-exporter", "tls-server-end-point"):
                for mechanism in ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"):
                    for port, tls in (server.port, "required"), (server.tls_port, "implicit"):
                        result = send(folder, port, "--tls", tls, "--ca", authority.ca, "--channel-binding", binding,
                                      "--mechanisms", mechanism, "--json", *login(folder)).expect(OK)
                        assert result.json["logged_in_by"] == mechanism, result.json
            result = send(folder, server.port, "--ca", authority.ca, "--channel-binding", "none", "--json",
                          *login(folder)).expect(OK)
            assert result.json["logged_in_by"] == "SCRAM-SHA-256", result.json


def no_login():
    """530 without a login to offer and without a terminal: 77, at once, with what to do."""
    with Folder() as folder, Server() as server:
        result = send(folder, server.port, "--insecure").expect(
            NOPERM, "send: not sent\n  530 5.7.0 at MAIL\n", "530 5.7.0 Authentication required", "no terminal",
            "Issue AUTH with user name and password before MAIL FROM", f"not sent  {TO}")
        assert "535" not in result.stderr
        result = send(folder, server.port, "--insecure", "--json").expect(NOPERM)
        assert result.json["first"]["action"] == "prompt-login" and result.json["first"]["cause"] == "auth-required"
        assert result.json["may_resend"] is True and result.json["result"] == "not-sent"


def wrong_login():
    """The first refusal is the cause, the last the symptom, both verbatim."""
    with Folder() as folder, Server() as server:
        send(folder, server.port, "--insecure", "--mechanisms", "PLAIN", *login(folder, "wrong")).expect(
            NOPERM, "530 5.7.0 at MAIL, because AUTH PLAIN got 535 5.7.8",
            "    535 5.7.8 Authentication credentials invalid\n", "    530 5.7.0 Authentication required\n",
            "Check user name and password")


def secrets_stay_home():
    """No password without TLS unless it is allowed, none on the command line or in the environment, none in the dialogue."""
    with Folder() as folder, Server() as server:
        result = send(folder, server.port, "--tls", "never", "--verbose", *login(folder)).expect(NOPERM)
        assert "C: AUTH" not in result.stderr, result.stderr
        for mechanism in ("PLAIN", "LOGIN"):
            result = send(folder, server.port, "--insecure", "--verbose", "--mechanisms", mechanism,
                          *login(folder)).expect(OK, f"C: AUTH {mechanism}", "****", "S: 235 2.7.0")
            for form in (PASSWORD, "Y29ycmVjdCBob3JzZQ", "b3JyZWN0IGhvcnNl"):
                assert form not in result.stderr, result.stderr
        send(folder, server.port, "--password", PASSWORD).expect(USAGE)


def password_command():
    """The first line that the command prints is the password; the message on standard input is not the command's to read."""
    with Folder() as folder, Server() as server:
        command = f"cat; printf '%s\\nrest\\n' '{PASSWORD}'"
        send(folder, server.port, "--insecure", "--user", USER, "--password-command", command,
             file=folder.file("message", MESSAGE)).expect(OK)
        assert stored(server).endswith(WIRE)
        for command in ("exit 3", f"printf '{PASSWORD}'; exit 1", "echo", "kill -9 $$", "yes '' | tr '\\n' x"):
            send(folder, server.port, "--insecure", "--user", USER, "--password-command", command).expect(
                NOINPUT, "not sent: --password-command: ", "nobody has got it")
        send(folder, server.port, "--insecure", "--user", USER, "--password-command", f"printf '{PASSWORD}'").expect(OK)


def tokens():
    """OAuth tokens log in; a refused one is fetched anew, once."""
    with Folder() as folder:
        judge = folder.file("judge", '#!/bin/sh\nread -r user; read -r token; test "$token" = good || exit 1\n'
                                     'echo "${user:-owner@example.test}"\n')
        os.chmod(judge, 0o700)
        count = os.path.join(folder.path, "count")
        with Server("--token-command", judge) as server:
            for mechanism in ("OAUTHBEARER", "XOAUTH2"):
                options = "--insecure", "--json", "--mechanisms", mechanism, "--user", USER, "--guard-file", "/dev/null"
                result = send(folder, server.port, *options, "--token-file", folder.file("token", "good\n")).expect(OK)
                assert result.json["logged_in_by"] == mechanism, result.json
                refresh = f"echo x >> {count}; test $(wc -l < {count}) -eq 1 && echo old || echo good"
                result = send(folder, server.port, *options, "--token-command", refresh).expect(OK)
                assert open(count).read() == "x\nx\n"
                os.remove(count)
                refresh = f"echo x >> {count}; echo old-$(wc -l < {count})"
                result = send(folder, server.port, *options, "--token-command", refresh).expect(NOPERM)
                assert open(count).read() == "x\nx\n", "once anew, then no more"
                os.remove(count)
                assert result.json["first"]["action"] == "refresh-token", result.json["first"]
            send(folder, server.port, "--insecure", "--mechanisms", "OAUTHBEARER", "--token-file",
                 folder.file("token", "good\n")).expect(OK)
            assert b'identity="owner@example.test"' in server.log_text(), "OAUTHBEARER needs no user"


def external():
    """A certificate of one's own is the whole login."""
    with Folder() as folder:
        authority = Authority(folder)
        cert, key = authority.sign("alice", "extendedKeyUsage=clientAuth", f"subjectAltName=email:{USER}")
        with Server("--client-ca", authority.ca, "--cert", authority.cert, "--key", authority.key,
                    lines=[f"{USER}:*"]) as server:
            result = send(folder, server.port, "--ca", authority.ca, "--cert", cert, "--key", key, "--json").expect(OK)
            assert result.json["logged_in_by"] == "EXTERNAL", result.json
            stranger = authority.sign("mallory", "extendedKeyUsage=clientAuth", "subjectAltName=email:m@example.test")
            send(folder, server.port, "--ca", authority.ca, "--cert", stranger[0], "--key", stranger[1]).expect(
                NOPERM, "because AUTH EXTERNAL got 535 5.7.8")


def envelope():
    """What the options ask for reaches the server; what it does not offer is refused here."""
    with Folder() as folder, Server() as server:
        send(folder, server.port, "--insecure", "--ret", "hdrs", "--envid", "a+b=c d", "--notify", "success,delay", "--orcpt",
             *login(folder), to=("b+c@example.test",)).expect(OK)
        [envelope_text] = server.envelopes().values()
        for words in (b"RET=HDRS", b"ENVID=a+2Bb+3Dc+20d", b"NOTIFY=SUCCESS,DELAY", b"ORCPT=rfc822;b+2Bc@example.test"):
            assert words in envelope_text, (words, envelope_text)
        result = send(folder, server.port, "--insecure", "--priority", "3", "--json", *login(folder)).expect(UNAVAILABLE)
        assert result.json["first"]["code"] is None and result.json["recipients"][0]["fate"] == "refused", result.json
        assert len(server.messages()) == 1


def bodies():
    """8-bit is told by BODY=8BITMIME, UTF-8 addresses by SMTPUTF8, and BINARYMIME is sent as it is."""
    with Folder() as folder, Server() as server:
        known = set()

        def envelope_of(*options, **more):
            send(folder, server.port, "--insecure", *options, *login(folder), **more).expect(OK)
            [new] = set(server.envelopes()) - known
            known.add(new)
            return server.envelopes()[new], server.read_folder("new")[new]

        text, _ = envelope_of()
        assert b"BODY=" not in text and b"SMTPUTF8" not in text, text
        text, message = envelope_of(message="Subject: hi\n\nGrüße\n".encode())
        assert b"BODY=8BITMIME" in text and message.endswith("Grüße\r\n".encode()), text
        text, _ = envelope_of(to=("bücher@example.test",))
        assert b"SMTPUTF8" in text and "TO:<bücher@example.test>".encode() in text, text
        binary = b"Subject: hi\r\n\r\n\0bare\n\rand\0 no end"
        text, message = envelope_of("--body", "binarymime", message=binary)
        assert b"BODY=BINARYMIME" in text and message.endswith(binary), (text, message)
        send(folder, server.port, "--insecure", *login(folder), message=binary).expect(DATAERR)
        text, message = envelope_of(message=b"no end of line")
        assert message.endswith(b"no end of line\r\n"), message
        text, message = envelope_of(message=b"")
        assert len(server.messages()) == len(known)


def header_recipients():
    """-t takes recipients from To, Cc and Bcc, the sender from Sender or From, and takes Bcc out."""
    message = b"""From: "A, B" <a@example.test>, second@example.test
To: Bob (the <one>) <b@example.test>,
 "c, d"@example.test
Cc: friends: e@example.test, f@example.test;, undisclosed:;
Bcc: hidden@example.test,
\t"O'Hidden" <also@example.test>
Subject: to whom

Bcc: stays@example.test
"""
    with Folder() as folder, Server() as server:
        result = send(folder, server.port, "--insecure", "-t", "-oi", "--json", *login(folder), message=message, to=(),
                      sender=None).expect(OK)
        assert [each["address"] for each in result.json["recipients"]] == \
            ["b@example.test", '"c, d"@example.test', "e@example.test", "f@example.test", "hidden@example.test",
             "also@example.test"], result.json["recipients"]
        assert b"hidden" not in stored(server).split(b"From:")[1] and b"Bcc: stays" in stored(server)
        [text] = server.envelopes().values()
        assert b"FROM:<a@example.test>" in text, text
        send(folder, server.port, "-t", message=b"Subject: nobody\n\n", to=()).expect(DATAERR)
        send(folder, server.port, "-t", message=b"To: b@example.test\n\n", to=(), sender=None).expect(DATAERR)


def header_edges():
    """Blind recipients stay so where the header is long, was sent on, or has line ends of its own; what has no end is
    refused."""
    def sent(server, folder, message, *options):
        result = send(folder, server.port, "--insecure", "-t", "--json", *options, *login(folder), message=message, to=())
        to = [each["address"] for each in result.json["recipients"]] if result.json else []
        return result, to

    many = b"".join(b"X-%d: %s\n" % (i, b"x" * 900) for i in range(1300))  # over 1 MiB
    with Folder() as folder, Server() as server:
        result, to = sent(server, folder, b"To: b@example.test\n" + many + b"Bcc: hidden@example.test\nSubject: x\n\ntext\n")
        assert result.expect(OK) and to == ["b@example.test", "hidden@example.test"], to
        text = stored(server)
        assert b"Bcc" not in text and text.endswith(b"X-1299: " + b"x" * 900 + b"\r\nSubject: x\r\n\r\ntext\r\n"), text[-200:]
    for message, expected, gone in (
            (b"Resent-To: c@example.test\nResent-Bcc: hidden@example.test\nTo: b@example.test\nBcc: hidden2@example.test\n\n",
             ["c@example.test", "hidden@example.test"], b"Bcc"),
            (b"To: b@example.test\nX-A: 1\rBcc: hidden@example.test\n\n", ["b@example.test", "hidden@example.test"], b"Bcc"),
            (b"To: b@example.test\r\rBcc: body@example.test\n", ["b@example.test"], b"nothing of it")):
        with Folder() as folder, Server() as server:
            result, to = sent(server, folder, message)
            assert result.expect(OK) and to == expected, to
            assert gone not in stored(server), stored(server)
    with Folder() as folder, Server() as server:
        result, _ = sent(server, folder, b"To: b@example.test\n" + b"X: " + b"x" * (1 << 24) + b"\n\n")
        result.expect(DATAERR, "16 MiB")
        assert not server.messages()


def completed_header():
    """--complete-headers adds Date and Message-ID where they are missing, and nothing else does."""
    with Folder() as folder, Server() as server:
        send(folder, server.port, "--insecure", *login(folder)).expect(OK)
        assert b"\r\nMessage-ID:" not in stored(server) and b"\r\nDate:" not in stored(server)
    with Folder() as folder, Server() as server:
        send(folder, server.port, "--insecure", "--complete-headers", *login(folder)).expect(OK)
        assert b"\r\nMessage-ID: <" in stored(server) and b"@client.example.test>\r\n" in stored(server)
        assert b"\r\nDate: " in stored(server) and stored(server).endswith(WIRE)
    with Folder() as folder, Server() as server:
        send(folder, server.port, "--insecure", "--complete-headers", *login(folder),
             message=b"date: then\nMESSAGE-ID: <x@y>\n\n").expect(OK)
        assert stored(server).lower().count(b"\r\ndate:") == 1 and stored(server).lower().count(b"message-id:") == 1


def lmtp():
    """LMTP answers for each recipient: a message for some is a message for some."""
    with Folder() as folder, Server("--lmtp", users=()) as server:
        for name in ("bob@example.test", "carol@example.test"):
            os.mkdir(os.path.join(server.maildir, name))
        people = "bob@example.test", "nobody@example.test", "carol@example.test"
        result = send(folder, server.port, "--insecure", "--lmtp", "--json", to=people).expect(NOUSER)
        assert [(each["address"], each["fate"], each["code"]) for each in result.json["recipients"]] == \
            [("bob@example.test", "accepted", 250), ("nobody@example.test", "refused", 550),
             ("carol@example.test", "accepted", 250)], result.json["recipients"]
        assert result.json["result"] == "partial" and result.json["may_resend"] is False
        assert len(server.read_folder("bob@example.test", "new")) == 1
        result = send(folder, server.port, "--insecure", "--lmtp", to=people).expect(
            NOUSER, "send: sent, but not to all", "accepted  bob@example.test", "refused   nobody@example.test  (550 5.1.1",
            "Only to those who have not got it")
        send(folder, server.port, "--insecure", "--lmtp", to=people[:1]).expect(OK)
        assert len(server.read_folder("bob@example.test", "new")) == 3


def large_message():
    """A message of many windows, from a file and from a pipe."""
    message = b"Subject: large\n\n" + b"".join(b".%d line of a large message\n" % i for i in range(200000))
    with Folder() as folder, Server() as server:
        send(folder, server.port, "--insecure", *login(folder), message=message).expect(OK)
        file = folder.file("large", message)
        send(folder, server.port, "--insecure", "--message", file, *login(folder), message=b"").expect(OK)
        wire = message.replace(b"\n", b"\r\n")
        assert len(server.messages()) == 2 and all(each.endswith(wire) for each in server.messages())
    with Folder() as folder, Server("--max-size", "1000000") as server:
        result = send(folder, server.port, "--insecure", "--json", *login(folder), message=message).expect(UNAVAILABLE)
        assert result.json["first"]["reason"] == "message-too-big", result.json["first"]


def guard():
    """A rejected secret is not sent again by a later run, until it changes or is forgotten; the file is mine alone."""
    with Folder() as folder, Server() as server:
        def attempts():
            return server.log_text().count(b"mechanism=")

        def run(password, *options, user=USER):
            return send(folder, server.port, "--insecure", "--json", *options, *login(folder, password, user))

        run("wrong").expect(NOPERM)
        assert attempts() == 1 and stat.S_IMODE(os.stat(folder.guard()).st_mode) == 0o600
        text = open(folder.guard()).read()
        assert USER in text and "wrong" not in text and PASSWORD not in text, text
        result = run("wrong").expect(NOPERM)
        assert attempts() == 1, "it was not sent again"
        assert result.json["first"]["reason"] == "rejected-before", result.json["first"]
        run("wrong too").expect(NOPERM)
        run("wrong").expect(NOPERM)
        run("wrong too").expect(NOPERM)
        assert attempts() == 2, "both are remembered"
        run("wrong", user="bob@example.test").expect(NOPERM)
        assert attempts() == 3, "another user's is another"
        run(PASSWORD).expect(OK)
        run("wrong", "--forget", user="bob@example.test").expect(NOPERM)
        assert attempts() == 5, "forgotten, so it is sent"
        run("wrong").expect(NOPERM)
        assert attempts() == 5, "one user's was forgotten"
        old = open(folder.guard()).read()
        folder.file(folder.guard(), "\n".join(
            line if line.startswith("key") else line.split()[0] + " " + str(int(line.split()[1]) - 31 * 86400) + " " +
            " ".join(line.split()[2:]) for line in old.splitlines()) + "\n")
        run("wrong").expect(NOPERM)
        assert attempts() == 6, "after a month it may be tried again"
        assert len(open(folder.guard()).read().splitlines()) == 2, "what is old was dropped"


def guard_file_elsewhere():
    """--guard-file names another; one that cannot be is told, and mail goes out all the same."""
    with Folder() as folder, Server() as server:
        file = os.path.join(folder.path, "deep/down/file")
        send(folder, server.port, "--insecure", "--guard-file", file, *login(folder, "wrong")).expect(NOPERM)
        assert len(open(file).read().splitlines()) == 2
        send(folder, server.port, "--insecure", "--guard-file", "/dev/null", *login(folder, "wrong")).expect(NOPERM)
        send(folder, server.port, "--insecure", "--guard-file", "/dev/null/x", *login(folder)).expect(OK, "not remembered")
        os.mkfifo(file + ".new")
        send(folder, server.port, "--insecure", "--guard-file", file, *login(folder, "wrong too")).expect(NOPERM)
        assert len(open(file).read().splitlines()) == 3, "what lay in the way was taken away"
        another = folder.file("file", "rubbish\nkey nothing\n\0\n")
        send(folder, server.port, "--insecure", "--guard-file", another, *login(folder)).expect(OK, "not remembered")
        send(folder, server.port, "--insecure", "--guard-file", another, *login(folder, "wrong")).expect(NOPERM)
        assert open(another).read() == "rubbish\nkey nothing\n\0\n", "another's file is left as it is"


def usage():
    """Options that contradict, are unknown or missing: 64, and nothing is sent. --help lists every exit status."""
    with Folder() as folder:
        for options in (("--tls", "maybe"), ("--mechanisms", "DIGEST-MD5"), ("--cert", "x"), ("--notify", "never,delay"),
                        ("--hold-for", "1", "--hold-until", "2030-01-01T00:00:00Z"), ("--priority", "10"),
                        ("--password-file", "a", "--token-file", "b"), ("--deliver-by", "60;X"), ("--nonsense",)):
            send(folder, 1, *options).expect(USAGE)
        send(folder, 1, to=()).expect(USAGE, "to whom?")
        send(folder, 1, to=(), sender=None).expect(USAGE, "who sends?")
        send(folder, "x").expect(USAGE)
        send(folder, 1, "--message", "/nowhere").expect(NOINPUT)
        send(folder, 1, host="nowhere.invalid").expect(NOHOST, "nowhere.invalid")
        send(folder, 1).expect(TEMPFAIL, "127.0.0.1 port 1", "Yes, as it is, later.")
        help_text = send(folder, 1, "--help").expect(OK).stdout
        for status in (64, 65, 66, 67, 68, 69, 70, 71, 74, 75, 76, 77, 78):
            assert f" {status}" in help_text, status


def header_without_end():
    """-t takes no header that a line ends which is no field: a Bcc behind it would be found there by others. mbox's line
    before the header is dropped. Without -t all goes as it is."""
    begin = b"From: a@example.test\nTo: b@example.test\n"
    with Folder() as folder, Server() as server:
        for line, shown in (("X-Größe: 3".encode(), "X-Größe: 3"), (b">From joe", ">From joe"),
                            (b"garbage \x1b[2J line", "garbage \\x1B[2J line"), (b"X" * 300, "X" * 60)):
            for before, number in (begin, 3), (b"From joe Thu Jan  1 00:00:00 1970\n" + begin, 4), (b"", 1):
                message = before + line + b"\nBcc: hidden@example.test\nSubject: x\n\ntext\n"
                result = send(folder, server.port, "--insecure", "-t", *login(folder), message=message)
                result.expect(DATAERR, "no empty line ends the header", f"line {number}, which is no field: {shown}\n")
        assert not server.messages()
    for message, options, expected in (
            (b"From joe Thu Jan  1 00:00:00 1970\n" + begin + b"\ntext\n", ["-t"], begin + b"\ntext\n"),
            (b"From joe Thu Jan  1 00:00:00 1970\r\n" + begin + b"Bcc: c@example.test\n\n", ["-t"], begin + b"\n"),
            (begin, ["-t"], begin), (begin + b"\ngarbage\nBcc: x\n", ["-t"], begin + b"\ngarbage\nBcc: x\n"),
            (b"From joe Thu Jan  1 00:00:00 1970\n" + begin, [], b"From joe Thu Jan  1 00:00:00 1970\n" + begin),
            (begin + b"garbage\nBcc: x\n", [], begin + b"garbage\nBcc: x\n")):
        with Folder() as folder, Server() as server:
            send(folder, server.port, "--insecure", *options, *login(folder), message=message).expect(OK)
            trace, _, rest = stored(server).rpartition(expected.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
            assert trace and not rest and b"From joe" not in trace and b"Bcc" not in trace, stored(server)


if __name__ == "__main__":
    sys.exit(run_all(starttls, implicit_tls, certificates, mechanisms, strongest_first, channel_bindings, no_login,
                     wrong_login, secrets_stay_home, password_command, tokens, external, envelope, bodies,
                     header_recipients, header_edges, completed_header, lmtp, large_message, guard, guard_file_elsewhere, usage, header_without_end))
