#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""send against servers that say what providers say, go wrong or mean harm: scripted dialogues, real sockets. Takes
submissiond's path, beside which send lies; python3's standard library and the openssl program only."""
import base64
import concurrent.futures
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True

from daemon_helpers import MINUTE, memory_of, run_all, until
from send_helpers import (CONFIG, FROM, IOERR, MESSAGE, NOINPUT, NOPERM, NOUSER, OK, PROTOCOL, SEND, TEMPFAIL, TO, UNAVAILABLE,
                          Authority, Fake, Folder, plain, send)

USER, PASSWORD = "alice@example.test", "correct horse"
CLEAR = "--tls", "never", "--allow-plaintext-auth"


def login(folder, password=PASSWORD):
    return *CLEAR, "--user", USER, "--password-file", folder.file("password", password)


def play(dialogue, *options, folder=None, **more):
    """send against one dialogue, its report as JSON. Returns the result and what it said."""
    with Folder() as own:
        folder = folder or own
        options = options or login(folder)
        with Fake(dialogue) as fake:
            result = send(folder, fake.port, "--json", *options, **more)
        return result, fake.said()


def dots_and_size():
    """Dots are stuffed, LF becomes CRLF, SIZE counts what is on the wire before stuffing (RFC 1870 5)."""
    wire = []

    def dialogue(t):
        t.hello("SIZE 1000000", "8BITMIME")
        t.expect(f"MAIL FROM:<{FROM}> SIZE={len(MESSAGE.replace(chr(10).encode(), b'xx'))}")
        t.say("250 ok")
        t.take(f"RCPT TO:<{TO}>", "250 ok")
        wire.append(t.data())
        t.say("250 taken")
        t.quit()

    result, _ = play(dialogue, *CLEAR)
    result.expect(OK)
    assert wire == [MESSAGE.replace(b"\n", b"\r\n").replace(b"\r\n.", b"\r\n..")], wire
    assert result.json["first"] is None and result.json["recipients"][0]["fate"] == "accepted"


def login_first():
    """A login that is given is offered before MAIL; where AUTH is not offered it goes without."""
    def dialogue(t):
        t.hello("AUTH PLAIN LOGIN")
        t.take("AUTH PLAIN " + plain(USER, PASSWORD), "235 2.7.0 in")
        t.deliver()

    result, _ = play(dialogue)
    assert result.expect(OK).json["logged_in_by"] == "PLAIN"

    def without(t):
        t.hello("SIZE")
        t.deliver()

    result, _ = play(without)
    assert result.expect(OK).json["logged_in_by"] == ""


def refused(*reply, phase="AUTH", mechanism="AUTH PLAIN"):
    """A dialogue in which AUTH is refused, and then MAIL."""
    def dialogue(t):
        t.hello(mechanism)
        t.take(mechanism + " ", *reply)
        t.take("MAIL", "530 5.7.57 Client not authenticated to send mail")
        t.quit()
    return dialogue


def providers_words():
    """A provider's words lead to its remedy; the first refusal is the cause, whatever comes behind it."""
    tenant = ("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. "
              "Visit https://aka.ms/smtp_auth_disabled for more information.")
    google = ("535-5.7.8 Username and Password not accepted. For more information, go to",
              "535 5.7.8  https://support.google.com/mail/?p=BadCredentials a1-20020a056402sm1 - gsmtp")
    app = ("534-5.7.9 Application-specific password required. For more information, go to",
           "534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor a1 - gsmtp")
    for reply, cause, action, provider in (
            ((tenant,), "smtp-auth-disabled", "enable-smtp-auth", "microsoft"),
            (google, "bad-credentials", "reenter-password", "g"),
            (app, "app-password-needed", "create-app-password", "g"),
            (("535 5.7.8 Error: authentication failed",), "bad-credentials", "reenter-password", None)):
        result, said = play(refused(*reply))
        first, last = result.expect(NOPERM).json["first"], result.json["last"]
        assert (first["cause"], first["action"]) == (cause, action), first
        assert first["server_said"] == list(reply), first
        assert (first["code"], first["mechanism"], first["phase"]) == (int(reply[0][:3]), "PLAIN", "AUTH"), first
        assert (last["code"], last["enhanced"], last["phase"]) == (530, "5.7.57", "MAIL"), last
        assert len([line for line in said if line.startswith("AUTH")]) == 1, said
        if provider:
            assert first["provider"].startswith(provider) and len(first["provider_remedy"]) > 20, first
    with Folder() as folder, Fake(refused(tenant)) as fake:
        send(folder, fake.port, *login(folder)).expect(
            NOPERM, "  530 5.7.57 at MAIL, because AUTH PLAIN got 535 5.7.139\n", "    " + tenant + "\n")


def temporary():
    """Class 4 to AUTH judges no secret: 75, the same again later, and the guard remembers nothing."""
    for reply in ("454 4.7.0 Temporary authentication failure", "435 4.7.0 unable to authenticate at present",
                  "451 4.3.0 backend is down", "421 4.7.0 Too many login attempts, try again later"):
        def dialogue(t):
            t.hello("AUTH PLAIN")
            t.take("AUTH PLAIN ", reply)
            if reply.startswith("421"):
                t.ended()
                return
            line = t.line()
            if line.startswith("MAIL"):
                t.say("530 5.7.0 Authentication required")
                line = t.line()
            assert line == "QUIT", line
            t.say("221 bye")

        with Folder() as folder:
            result, said = play(dialogue, *login(folder), folder=folder)
            assert result.expect(TEMPFAIL).json["may_resend"] is True, result.json
            assert result.json["first"]["action"] == "retry-later", result.json["first"]
            assert result.json["first"]["same_secret_may_retry"] is not reply.startswith("421"), result.json["first"]
            assert result.json["recipients"][0]["fate"] != "accepted"
            with Fake(lambda t: (t.hello("AUTH PLAIN"), t.take("AUTH PLAIN ", "235 in"), t.deliver())) as fake:
                send(folder, fake.port, *login(folder)).expect(OK)


def login_wanted():
    """Whatever code a server says it by, a login is what helps: 77. With one at hand MAIL and RCPT are said again."""
    for at, reply in (("MAIL", "530 5.7.0 Authentication required"), ("MAIL", "503 5.5.1 You must authenticate first."),
                      ("MAIL", "502 5.7.0 Please authenticate first"), ("RCPT", "550 5.7.1 smtp auth required"),
                      ("RCPT", "454 4.7.1 <b@example.test>: Relay access denied")):
        def dialogue(t):
            t.hello("AUTH PLAIN", "ENHANCEDSTATUSCODES")
            while (line := t.line()) != "QUIT":
                t.say(reply if line.startswith(at) else "250 2.0.0 ok")
            t.say("221 bye")

        result, _ = play(dialogue, *CLEAR)
        first = result.expect(NOPERM).json["first"]
        assert first["action"] == "prompt-login" and f"{first['code']} {first['enhanced']}" == reply[:9], first
        assert result.json["may_resend"] is True, result.json


def another_mechanism():
    """504 goes on to the next mechanism with the same secret; when none is left it is 78."""
    def dialogue(t):
        t.hello("AUTH CRAM-MD5 PLAIN LOGIN")
        t.take("AUTH CRAM-MD5", "504 5.5.4 Unrecognized authentication type")
        t.take("AUTH PLAIN " + plain(USER, PASSWORD), "504 5.5.4 nor this")
        t.take("AUTH LOGIN", "334 VXNlcm5hbWU6")
        t.take(base64.b64encode(USER.encode()).decode(), "334 UGFzc3dvcmQ6")
        t.take(base64.b64encode(PASSWORD.encode()).decode(), "235 in")
        t.deliver()

    result, _ = play(dialogue)
    assert result.expect(OK).json["logged_in_by"] == "LOGIN"

    def none_left(t):
        t.hello("AUTH PLAIN")
        t.take("AUTH PLAIN ", "504 5.5.4 Unrecognized authentication type")
        t.take("MAIL", "530 5.7.0 Authentication required")
        t.quit()

    result, _ = play(none_left)
    assert result.expect(CONFIG).json["first"]["action"] == "other-mechanism", result.json["first"]


def stripped_starttls():
    """--tls required against a server that does not offer STARTTLS, or takes it back: 78, and no secret is said."""
    def not_offered(t):
        t.hello("AUTH PLAIN")
        while t.line() not in ("QUIT", ""):
            assert t.lines[-1] == "STARTTLS", t.lines
            t.say("454 4.7.0 TLS not available")
        t.say("221 bye")

    def refused_then(t):
        t.hello("STARTTLS", "AUTH PLAIN")
        t.take("STARTTLS", "454 4.7.0 TLS not available due to temporary reason")
        assert t.line() in ("QUIT", ""), t.lines

    with Folder() as folder:
        options = "--tls", "required", "--allow-plaintext-auth", "--user", USER, "--password-file", \
            folder.file("password", PASSWORD)
        result, said = play(not_offered, *options, folder=folder)
        result.expect(CONFIG)
        assert not any(line.startswith(("AUTH", "MAIL")) for line in said), said
        assert result.json["may_resend"] is True
        result, said = play(refused_then, *options, folder=folder)
        assert result.status in (CONFIG, TEMPFAIL), result.json
        assert not any(line.startswith(("AUTH", "MAIL")) for line in said), said


def tls_by_default():
    """STARTTLS is required but on loopback; ports 465 and 25 have their own ways, where this user may listen on them."""
    def clear(t):
        t.hello()
        t.deliver()

    def not_clear(t):
        t.hello()
        assert t.line() in ("QUIT", ""), t.lines

    def hello_of_tls(t):
        assert t.file.read(3)[:2] == b"\x16\x03", "the first octets are not TLS's"

    cases = [("127.0.0.1", 0, clear, OK), ("0.0.0.0", 0, not_clear, CONFIG)]  # Linux takes that for this machine
    for port, dialogue, status in (465, hello_of_tls, CONFIG), (25, clear, OK):
        try:
            socket.create_server(("127.0.0.65", port)).close()
            cases.append(("127.0.0.65", port, dialogue, status))
        except PermissionError:
            pass
    for host, port, dialogue, status in cases:
        with Folder() as folder, Fake(dialogue, address=("127.0.0.65" if port else "127.0.0.1", port)) as fake:
            send(folder, fake.port, "--json", host=host).expect(status)


def every_parameter():
    """What the options ask for is said where it is offered, and refused here where it is not."""
    offers = "DSN", "DELIVERBY", "FUTURERELEASE 86400 2030-01-01T00:00:00Z", "MT-PRIORITY", "SIZE", "SMTPUTF8"
    for options, words in ((("--priority", "-3"), "MT-PRIORITY=-3"), (("--deliver-by", "120"), "BY=120;R"),
                           (("--deliver-by", "-60;NT"), "BY=-60;NT"), (("--hold-for", "3600"), "HOLDFOR=3600"),
                           (("--hold-until", "2029-01-01T00:00:00Z"), "HOLDUNTIL=2029-01-01T00:00:00Z"),
                           (("--ret", "full"), "RET=FULL"), (("--smtputf8",), "SMTPUTF8")):
        def dialogue(t):
            t.hello(*offers)
            assert words in t.take("MAIL FROM:", "250 ok").split(), (words, t.lines)
            t.take("RCPT", "250 ok")
            t.data()
            t.say("250 taken")
            t.quit()

        def without(t):
            t.hello("SIZE")
            t.quit()

        play(dialogue, *CLEAR, *options)[0].expect(OK)
        play(without, *CLEAR, *options)[0].expect(UNAVAILABLE)


def injected():
    """What a stranger puts behind the 220 in clear is never taken for the server's."""
    with Folder() as folder:
        authority = Authority(folder)

        def dialogue(t):
            t.hello("STARTTLS")
            t.expect("STARTTLS")
            t.raw(b"220 go on\r\n250-fake\r\n250 AUTH LOGIN\r\n")
            t.socket = authority.context().wrap_socket(t.socket, server_side=True)
            t.file = t.socket.makefile("rb")
            t.hello("AUTH PLAIN", greeting=None)
            t.take("AUTH PLAIN ", "235 in")
            t.deliver()

        with Fake(dialogue) as fake:
            result = send(folder, fake.port, "--json", "--ca", authority.ca, "--user", USER, "--password-file",
                          folder.file("password", PASSWORD))
        assert result.expect(OK).json["tls"].startswith("TLSv1."), result.json


def recipients_fates():
    """Some recipients accepted, some refused, some put off: 67, each with its own words, in order."""
    def dialogue(t):
        t.hello("ENHANCEDSTATUSCODES")
        t.take("MAIL", "250 2.1.0 ok")
        for reply in ("250 2.1.5 ok", "550 5.1.1 no such user", "450 4.2.1 mailbox busy"):
            t.take("RCPT", reply)
        t.data()
        t.say("250 2.0.0 taken")
        t.quit()

    people = "b@example.test", "c@example.test", "d@example.test"
    result, _ = play(dialogue, *CLEAR, to=people)
    assert [(each["address"], each["fate"], each["code"], each["enhanced"], each["words"])
            for each in result.expect(NOUSER).json["recipients"]] == \
        [("b@example.test", "accepted", 250, "2.1.5", "ok"), ("c@example.test", "refused", 550, "5.1.1", "no such user"),
         ("d@example.test", "later", 450, "4.2.1", "mailbox busy")], result.json["recipients"]
    assert result.json["result"] == "partial" and result.json["may_resend"] is False

    def none(t):
        t.hello()
        t.take("MAIL", "250 ok")
        t.take("RCPT", "550 5.1.1 no such user")
        while (line := t.line()) != "QUIT":
            assert line == "RSET", line
            t.say("250 ok")
        t.say("221 bye")

    result, _ = play(none, *CLEAR)
    assert result.expect(NOUSER).json["recipients"][0]["fate"] == "refused", result.json


def fates_of_the_message():
    """What the end of the message is answered, or not, is the fate of all, and says whether it may be sent again."""
    for reply, status, fate, may_resend in (("250 2.0.0 ok", OK, "accepted", False),
                                            ("552 5.3.4 too big", UNAVAILABLE, "refused", False),
                                            ("451 4.3.0 try again", TEMPFAIL, "later", True),
                                            (None, IOERR, "unknown", False)):
        def dialogue(t):
            t.hello()
            t.take("MAIL", "250 ok")
            t.take("RCPT", "250 ok")
            t.data()
            if reply is None:
                return
            t.say(reply)
            while (line := t.line()) != "QUIT":
                assert line == "RSET", line
                t.say("250 ok")
            t.say("221 bye")

        result, _ = play(dialogue, *CLEAR)
        assert result.expect(status).json["recipients"][0]["fate"] == fate, (reply, result.json)
        assert result.json["may_resend"] is may_resend, (reply, result.json)


def closed_early():
    """421, and hanging up, before the message's end: 75, nobody has got it."""
    def busy(t):
        t.say("421 4.3.2 too busy")
        t.ended()

    def silent(t):
        t.hello("AUTH PLAIN")
        t.line()

    def at_rcpt(t):
        t.hello()
        t.take("MAIL", "250 ok")
        t.take("RCPT", "421 4.3.2 going down")
        t.ended()

    for dialogue in (busy, silent, at_rcpt, lambda t: None):
        result, _ = play(dialogue)
        result.expect(TEMPFAIL)
        assert result.json["may_resend"] is True and result.json["recipients"][0]["fate"] == "later", result.json


def too_slow():
    """--timeout limits the wait for each reply, also when it drips in."""
    def dialogue(t):
        t.hello()
        t.take("MAIL", "250 ok")
        t.expect("RCPT")
        t.ended()

    result, _ = play(dialogue, *CLEAR, "--timeout", "1")
    assert result.expect(TEMPFAIL).json["closed"] == "timeout", result.json

    def drip(t):
        t.raw(b"220-")
        try:
            for _ in range(5 * MINUTE):
                t.raw(b"x")
                time.sleep(0.2)
        except OSError:
            return
        raise AssertionError("it waited for ever")

    result, _ = play(drip, *CLEAR, "--timeout", "1")
    assert result.expect(TEMPFAIL).json["closed"] == "timeout", result.json


def hostile():
    """Whatever a server says, the work is bounded and it is told: 76, nothing more is said."""
    def first(octets):
        def dialogue(t):
            try:
                for _ in range(64):
                    t.raw(octets)
            except OSError:  # it hung up, as it should
                pass
        return dialogue

    def after(reply, *commands):
        def dialogue(t):
            t.say("220 fake.example.test")
            for command, answer in zip(("EHLO", *commands), ("250-fake\r\n250 AUTH PLAIN SCRAM-SHA-256", *reply)):
                t.take(command, answer)
            try:
                t.file.read()
            except OSError:
                pass
        return dialogue

    for name, dialogue in (
            ("endless lines of a greeting", first(b"220-more\r\n" * 1000)),
            ("a line without end", first(b"2" * 4096)),
            ("no reply at all", first(b"SSH-2.0-OpenSSH_9.2p1\r\n")),
            ("a NUL in the greeting", first(b"220 fake\0\r\n")),
            ("codes that change", first(b"220-fake\r\n250 fake\r\n")),
            ("235 that nobody asked for", after(("235 2.7.0 come in",), "AUTH SCRAM-SHA-256")),
            ("354 out of turn", after(("354 go on",), "AUTH SCRAM-SHA-256"))):
        with Folder() as folder:
            result, _ = play(dialogue, *login(folder), folder=folder)
            assert result.status == PROTOCOL, (name, result.status, result.json)
            assert result.json["logged_in_by"] == "" and result.json["result"] == "not-sent", (name, result.json)


def impostor():
    """A server that accepts without having proven that it knows the password (SCRAM) is none: no mail goes to it."""
    def dialogue(t):
        t.hello("AUTH SCRAM-SHA-256")
        line = t.expect("AUTH SCRAM-SHA-256 ")
        first = base64.b64decode(line.split()[2]).decode()
        nonce = first.split("r=")[1]
        t.say("334 " + base64.b64encode(f"r={nonce}more,s=c2FsdHNhbHRzYWx0,i=4096".encode()).decode())
        t.line()
        t.say("334 " + base64.b64encode(b"v=" + base64.b64encode(bytes(32))).decode())
        line = t.line()
        if line == "*":
            t.say("501 5.7.0 cancelled")
        else:
            t.say("235 2.7.0 come in")
        while (line := t.line()) not in ("", "QUIT"):
            assert not line.startswith(("MAIL", "DATA")), line
            t.say("250 ok")
        if line:
            t.say("221 bye")

    result, said = play(dialogue)
    assert result.expect(PROTOCOL).json["logged_in_by"] == "", result.json


def nothing_left():
    """When the login was answered, be it right or wrong, the password is nowhere in memory."""
    secret = "sesame-open-and-twenty-letters-more"
    pieces = [piece.encode() for piece in (secret, base64.b64encode(secret.encode()).decode(), plain(USER, secret)[-28:])]
    for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
        for reply in ("235 2.7.0 in", "535 5.7.8 no"):
            started, processes = threading.Event(), []

            def dialogue(t):
                t.hello(f"AUTH {mechanism}")
                t.expect(f"AUTH {mechanism}")
                if mechanism != "PLAIN":
                    t.say("334 " + base64.b64encode(b"<1.2@fake>").decode())
                    t.line()
                if mechanism == "LOGIN":
                    t.say("334 UGFzc3dvcmQ6")
                    t.line()
                t.say(reply)
                t.expect("MAIL")  # what the answer meant is settled
                assert started.wait(MINUTE)
                for part in memory_of(processes[0].pid):
                    left = [piece for piece in pieces if piece in part]
                    assert not left, (mechanism, reply, left)
                t.say("550 5.7.1 enough")
                while t.line() != "QUIT":
                    t.say("250 ok")
                t.say("221 bye")

            with Folder() as folder, Fake(dialogue) as fake:
                command = [SEND, "--server", f"127.0.0.1:{fake.port}", "--ehlo", "client.example.test", "--verbose",
                           *login(folder, secret), FROM, TO]
                with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
                                      stderr=subprocess.DEVNULL, env=folder.environment()) as process:
                    processes.append(process)
                    started.set()


def words_of_strangers():
    """What a terminal would obey of a reply reaches neither it nor JSON as it is, nor can be taken for what was escaped."""
    turning = [chr(code) for code in (*range(0x2028, 0x202F), *range(0x2066, 0x206A))]

    def dialogue(t):
        t.hello()
        t.expect("MAIL")
        t.raw(b"550 5.7.1 \x1b[2Jno\x07 \xc2\x9b31m \xff \"quoted\\\" gr\xc3\xbc\xc3\x9fe \\x1B ")
        t.raw("|".join(turning).encode() + b" \xe2\x80\xaf\r\n")
        while (line := t.line()) != "QUIT":
            t.say("250 ok")
        t.say("221 bye")

    result, _ = play(dialogue, *CLEAR)
    assert "\x1b" not in result.stdout and "\x07" not in result.stdout and "\x9b" not in result.stdout
    [line] = result.json["first"]["server_said"]
    assert line == f"550 5.7.1 \x1b[2Jno\x07 \x9b31m \ufffd \"quoted\\\" grüße \\x1B {'|'.join(turning)} \u202f", line
    assert not set(turning) & set(result.stdout), result.stdout
    with Folder() as folder, Fake(dialogue) as fake:
        result = send(folder, fake.port, *CLEAR)
        escaped = "|".join(f"\\u{{{ord(each):04X}}}" for each in turning)
        words = f"550 5.7.1 \\x1B[2Jno\\x07 \\xC2\\x9B31m \\xFF \"quoted\\\\\" grüße \\\\x1B {escaped} \u202f\n"
        assert words in result.stderr, result.stderr


def helo_fallback():
    """A server that knows HELO alone is spoken to so."""
    def dialogue(t):
        t.say("220 old.example.test")
        t.take("EHLO", "502 what?")
        t.take("HELO client.example.test", "250 hello")
        t.deliver()

    play(dialogue, *CLEAR)[0].expect(OK)


def chosen_name():
    """Without --ehlo the name is a domain with a dot or an address literal, never "localhost"."""
    def dialogue(t):
        t.say("220 fake.example.test")
        name = t.line().split()[1]
        assert name.startswith("[127.0.0.1]") or ("." in name and not name.startswith("localhost")), name
        t.say("250 fake")
        t.deliver()

    with Folder() as folder, Fake(dialogue) as fake:
        done = subprocess.run([SEND, "--server", f"127.0.0.1:{fake.port}", *CLEAR, FROM, TO], input=MESSAGE, timeout=60,
                              env=folder.environment(), capture_output=True, start_new_session=True, check=False)
        assert done.returncode == OK, done.stderr


def bounces():
    """'' and '<>' are the empty sender; -f is sendmail's."""
    for options, sender in (((), ""), ((), "<>"), (("-f", "<>"), None), (("-i", "-f", ""), None)):
        def dialogue(t):
            t.hello()
            t.take("MAIL FROM:<>", "250 ok")
            t.take(f"RCPT TO:<{TO}>", "250 ok")
            t.data()
            t.say("250 taken")
            t.quit()

        play(dialogue, *CLEAR, *options, sender=sender)[0].expect(OK)


def every_field():
    """The JSON object has its keys whatever happens."""
    result, _ = play(refused("535 5.7.8 no"))
    assert set(result.json) == {"result", "exit", "server", "port", "tls", "logged_in_by", "may_resend", "fault", "no_login",
                                "closed", "first", "last", "recipients"}, result.json
    assert result.json["exit"] == result.status == NOPERM
    for key in ("code", "enhanced", "phase", "mechanism", "reason", "cause", "action", "same_secret_may_retry", "wait_s",
                "title", "meaning", "when_seen", "how_to_fix", "server_said"):
        assert result.json["first"][key] not in (None, ""), key
    assert result.stdout.count("\n") == 1 and json.loads(result.stdout)


def login_that_is_none():
    """A source of a secret that cannot be had ends it before any mail (66), whatever the server would take; a login that is
    refused, or for which there is no AUTH, is told in one line when the mail goes all the same (0)."""
    def unasked(t):
        t.hello("AUTH PLAIN")
        t.quit()

    for options in (("--password-file", "/nowhere"), ("--token-file", "/nowhere"), ("--password-command", "exit 3"),
                    ("--token-command", "echo")):
        for more in (), ("--require-login",):
            with Folder() as folder, Fake(unasked) as fake:
                result = send(folder, fake.port, *CLEAR, "--user", USER, "--mechanisms", "XOAUTH2,PLAIN", *options, *more)
                result.expect(NOINPUT, f"send: not sent: {options[0]}: ", f"not sent  {TO}", "nobody has got it")

    def taken(*replies):
        def dialogue(t):
            t.hello(*["AUTH PLAIN"] * len(replies))
            for reply in replies:
                t.take("AUTH PLAIN ", reply)
            t.deliver()
        return dialogue

    for dialogue, words in (
            (taken("535 5.7.8 no"), "AUTH PLAIN got 535 5.7.8\n"), (taken("454 4.7.0 later"), "AUTH PLAIN got 454 4.7.0\n"),
            (taken(), "the server offers no AUTH that may be used here\n"), (taken("235 2.7.0 in"), None)):
        with Folder() as folder, Fake(dialogue) as fake:
            result = send(folder, fake.port, *login(folder)).expect(OK)
            assert result.stderr == (f"send: note: sent without a login: {words}" if words else ""), result.stderr
    def kept_back(t):
        t.hello("AUTH PLAIN")
        t.deliver()

    with Folder() as folder, Fake(taken("535 5.7.8 no"), kept_back) as fake:
        send(folder, fake.port, *login(folder)).expect(OK)
        result = send(folder, fake.port, *login(folder)).expect(OK)
        assert result.stderr == "send: note: sent without a login: Rejected before\n", result.stderr
    with Folder() as folder, Fake(taken()) as fake:  # nothing was wanted
        assert send(folder, fake.port, *CLEAR).expect(OK).stderr == ""


def required_login():
    """--require-login: no MAIL without a login, whatever the server would take."""
    def dialogue(offers, *replies):
        def talk(t):
            t.hello(*offers)
            for reply in replies:
                t.take("AUTH PLAIN ", reply)
            t.quit()
        return talk

    plain_only = "AUTH PLAIN",
    for talk, status, words in (
            (dialogue(()), NOPERM, "No login was offered: the server offers no AUTH"),
            (dialogue(plain_only, "535 5.7.8 no"), NOPERM, "535 5.7.8 at AUTH PLAIN"),
            (dialogue(plain_only, "454 4.7.0 later"), TEMPFAIL, "454 4.7.0 at AUTH PLAIN"),
            (dialogue(("AUTH CRAM-SHA-9",)), NOPERM, "No login was offered: the server offers no AUTH")):
        with Folder() as folder, Fake(talk) as fake:
            send(folder, fake.port, "--require-login", *login(folder)).expect(status, words, f"not sent  {TO}")
    with Folder() as folder, Fake(dialogue(plain_only)) as fake:
        send(folder, fake.port, *CLEAR, "--require-login").expect(NOPERM, "No login was offered: there is no terminal")

    def taken(t):
        t.hello("AUTH PLAIN")
        t.take("AUTH PLAIN ", "235 in")
        t.deliver()

    with Folder() as folder, Fake(taken) as fake:
        assert send(folder, fake.port, "--require-login", *login(folder)).expect(OK).stderr == ""


def is_running(pid):
    """Is this process there, and no zombie?"""
    try:
        with open(f"/proc/{pid}/stat") as facts:
            return facts.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def pids(file):
    """The process ids in the lines of a file."""
    try:
        with open(file) as lines:
            return [int(line) for line in lines if line.endswith("\n")]
    except FileNotFoundError:
        return []


def commands_end():
    """A command is read to its first line, or to the longest secret, and what runs of it then is ended."""
    def dialogue(t):
        t.hello("AUTH PLAIN")
        t.take("AUTH PLAIN " + plain(USER, PASSWORD), "235 in")
        t.deliver()

    def unasked(t):
        t.hello("AUTH PLAIN")
        t.quit()

    def run(dialogue, command):
        with Folder() as folder, Fake(dialogue) as fake:
            file = os.path.join(folder.path, "pids")
            result = send(folder, fake.port, *CLEAR, "--user", USER, "--password-command", command.replace("PIDS", file))
            found = pids(file)
            until(lambda: not any(is_running(pid) for pid in found))
            return result, len(found)

    for command in (f"echo $$ > PIDS; echo '{PASSWORD}'; exec sleep 1000",
                    f"sleep 1000 & echo $! > PIDS; echo '{PASSWORD}'; yes",
                    f"trap '' TERM; echo $$ > PIDS; echo '{PASSWORD}'; while :; do sleep 1000; done"):
        result, count = run(dialogue, command)
        assert result.expect(OK) and count == 1, command
    result, count = run(unasked, "echo $$ > PIDS; yes | tr -d '\\n'")
    assert result.expect(NOINPUT, "--password-command: its first line is too long") and count == 1


def commands_have_a_limit():
    """--timeout limits a command too, be it silent or slow to end; it is ended."""
    def dialogue(t):
        t.hello("AUTH PLAIN")
        t.line()

    for command in "exec sleep 1000", f"printf '{PASSWORD}'; exec sleep 1000 >&-":
        end, status = time.monotonic() + MINUTE, TEMPFAIL
        while status == TEMPFAIL:  # a machine that took a second to answer EHLO
            assert time.monotonic() < end
            with Folder() as folder, Fake(dialogue) as fake:
                file = os.path.join(folder.path, "pids")
                result = send(folder, fake.port, *CLEAR, "--timeout", "1", "--user", USER, "--password-command",
                              f"echo $$ > {file}; {command}")
                status, found = result.status, pids(file)
        result.expect(NOINPUT, "--password-command: the command took too long")
        until(lambda: not any(is_running(pid) for pid in found))


def interrupted_command():
    """A signal that ends send ends the command that it waits for."""
    def dialogue(t):
        t.hello("AUTH PLAIN")
        t.ended()

    for signal_number in signal.SIGINT, signal.SIGTERM:
        with Folder() as folder, Fake(dialogue) as fake:
            file = os.path.join(folder.path, "pids")
            command = [SEND, "--server", f"127.0.0.1:{fake.port}", "--ehlo", "client.example.test", *CLEAR, "--user", USER,
                       "--password-command", f"sleep 1000 & echo $! > {file}; echo $$ >> {file}; wait", FROM, TO]
            with subprocess.Popen(command, stdin=subprocess.DEVNULL, env=folder.environment(),
                                  start_new_session=True) as process:
                until(lambda: len(pids(file)) == 2)
                process.send_signal(signal_number)
                assert process.wait(MINUTE) == -signal_number, process.returncode
            until(lambda: not any(is_running(pid) for pid in pids(file)))


def guard_in_parallel():
    """Programs that make the guard's file at the same time have one key: each remembers what it was refused."""
    count = 6
    ready = threading.Barrier(count)

    def dialogue(t):
        t.hello("AUTH PLAIN")
        t.expect("AUTH PLAIN ")
        ready.wait(MINUTE)  # all have opened the guard, and none has been refused
        t.say("535 5.7.8 no")
        t.take("MAIL", "530 5.7.0 log in")
        t.quit()

    with Folder() as folder, contextlib.ExitStack() as stack:
        fakes = [stack.enter_context(Fake(dialogue)) for _ in range(count)]
        options = login(folder)
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            results = list(pool.map(lambda fake: send(folder, fake.port, *options), fakes))
        for result in results:
            assert "cannot be written" not in result.expect(NOPERM).stderr, result.stderr
        with open(folder.guard()) as file:
            lines = file.read().splitlines()
        assert [line.startswith("key ") for line in lines] == [True] + [False] * count, lines


if __name__ == "__main__":
    sys.exit(run_all(dots_and_size, login_first, providers_words, temporary, login_wanted, another_mechanism,
                     stripped_starttls, tls_by_default, every_parameter, injected, recipients_fates, fates_of_the_message,
                     closed_early, too_slow, hostile, impostor, nothing_left, words_of_strangers, helo_fallback,
                     chosen_name, bounces, every_field, login_that_is_none, required_login,
                     commands_end, commands_have_a_limit, interrupted_command, guard_in_parallel))
