#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""A whole submission session through the shared object alone, as a binding of another language would drive it.

    ctypes_session.py path/to/libsmtpauth.so

The layouts below are written from the headers by hand and compared with what the library says of its own sizes.
"""

import base64
import ctypes
import sys
from ctypes import POINTER, c_bool, c_char_p, c_int8, c_int32, c_size_t, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p

NEED_INPUT, NEED_OUTPUT, NEED_ANSWER, NEED_TLS, CLOSED = 1, 2, 3, 4, 5
ASK_PASSWORD, ASK_MAIL, ASK_RCPT, ASK_DATA, ASK_MESSAGE = 32, 40, 41, 42, 43
NOTE_DATA, NOTE_RESET, NOTE_AUTH, NOTE_ERROR = 64, 65, 66, 67
DONE, E_STATE, E_ANSWER, E_POLICY, E_VERSION = 0, -2, -3, -6, -7
ACCEPTED, REJECTED = 0xA5, 0xA7
NO_AUTH, LMTP, CLEAR_AUTH = 2, 4, 16
EXT_CHUNKING, EXT_DSN, EXT_DELIVERBY, EXT_FUTURERELEASE, EXT_MT_PRIORITY, EXT_NO_SOLICITING = 16, 64, 128, 256, 512, 8192
IS_AUTHENTICATED = 8
COUNT_MESSAGES, COUNT_AUTH_ATTEMPTS, COUNT_AUTH_FAILURES = 2, 3, 4
WORDS_NAME = 0
AUTH_LINE_MAX = 16384


class View(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("len", c_size_t)]

    def __bytes__(self):
        return ctypes.string_at(self.data, self.len) if self.len else b""


class Io(ctypes.Structure):
    _fields_ = [("next_in", c_void_p), ("avail_in", c_size_t), ("next_out", c_void_p), ("avail_out", c_size_t)]


class Policy(ctypes.Structure):
    _fields_ = (
        [(name, c_uint32) for name in ("size", "flags", "extensions", "asks", "notes", "auth_verbs")]
        + [("hostname", c_char_p), ("mechanisms", POINTER(c_void_p)), ("words", c_void_p), ("words_len", c_size_t)]
        + [("message_max", c_uint64), ("line_max", c_uint32), ("auth_line_max", c_uint32)]
        + [(name, c_uint16) for name in (
            "recipients_max", "messages_max", "auth_failures_max", "bad_commands_max", "idle_commands_max",
            "command_timeout_s", "data_timeout_s", "failure_delay_s")]
        + [("host_mechanisms", c_void_p), ("secret", c_char_p), ("crypto", c_void_p)]
        + [("future_release_until", c_char_p), ("priority_profile", c_char_p), ("reserved_pointers", c_void_p * 3)]
        + [(name, c_uint32) for name in (
            "host_mechanisms_len", "secret_len", "scram_iterations", "deliver_by_min_s", "future_release_max_s",
            "scram_salt_len")]
        + [("reserved32", c_uint32 * 2), ("reserved", c_uint64 * 8)]
    )


class Event(ctypes.Structure):
    _fields_ = (
        [(name, c_uint16) for name in ("type", "asked", "verb", "reason", "code", "attempt", "delay_s", "index")]
        + [("faults", c_uint32), ("present", c_uint32)]
        + [(name, View) for name in (
            "line", "secret", "mechanism", "identity", "authorization", "password", "name", "path", "local_part",
            "domain", "parameters", "auth", "data")]
        + [("size", c_uint64), ("body", c_uint8), ("ret", c_uint8), ("notify", c_uint8), ("by_mode", c_uint8)]
        + [("priority", c_int8), ("has_response", c_bool), ("recipients", c_uint16)]
        + [(name, View) for name in ("response", "binding", "envid", "orcpt", "hold_until", "solicit")]
        + [("user", c_uint64), ("hold", c_uint64), ("by", c_int32), ("reserved32", c_uint32), ("reserved", c_uint64 * 4)]
    )


SESSION, IO = c_void_p, POINTER(Io)
PROTOTYPES = {  # without the prefix smtpauth_: result, arguments
    "version": (c_uint32, []),
    "policy_size": (c_size_t, []),
    "event_size": (c_size_t, []),
    "server_size": (c_size_t, []),
    "server_align": (c_size_t, []),
    "policy_check": (c_int32, [POINTER(Policy)]),
    "server_init": (c_int32, [SESSION, c_size_t, POINTER(Policy), c_uint32, c_char_p, c_size_t]),
    "server_step": (c_uint16, [SESSION, IO, POINTER(Event)]),
    "server_answer": (c_int32, [SESSION, IO, c_uint16]),
    "server_say": (c_int32, [SESSION, IO, c_uint16, c_char_p, c_char_p, c_size_t]),
    "server_verdict": (c_int32, [SESSION, IO, c_int32, c_char_p, c_size_t]),
    "server_close": (c_int32, [SESSION, IO, c_uint16]),
    "server_restore": (c_int32, [SESSION, c_size_t, POINTER(Policy)]),
    "server_timeout": (c_uint16, [SESSION]),
    "server_is": (c_uint32, [SESSION]),
    "server_protocol": (c_char_p, [SESSION]),
    "server_mechanism": (c_char_p, [SESSION]),
    "server_why": (c_uint16, [SESSION]),
    "server_count": (c_uint32, [SESSION, c_uint8]),
    "reason_code": (c_uint16, [c_uint16]),
    "reason_words": (c_char_p, [c_uint16, c_uint8]),
    "secret_equal": (c_bool, [c_char_p, c_size_t, c_char_p, c_size_t]),
}


class Library:
    """The exported functions, typed; `reasons` maps the catalogue's names to its numbers."""

    def __init__(self, path):
        self.dll = ctypes.CDLL(path)
        for name, (result, arguments) in PROTOTYPES.items():
            function = getattr(self.dll, "smtpauth_" + name)
            function.restype, function.argtypes = result, arguments
            setattr(self, name, function)
        self.reasons = {self.reason_words(i, WORDS_NAME).decode(): i for i in range(256)}

    def policy(self, **fields):
        """A policy with PLAIN and LOGIN. ctypes keeps the array and the strings alive as long as the policy."""
        functions = [ctypes.cast(getattr(self.dll, "smtpauth_" + name), c_void_p).value for name in ("plain", "login")]
        values = {"size": ctypes.sizeof(Policy), "flags": CLEAR_AUTH, "hostname": b"mail.example.test", **fields}
        if values["flags"] & NO_AUTH:
            functions = [None, None]
        return Policy(mechanisms=(c_void_p * 3)(*functions, None), **values)


class Session:
    """One session with its windows: bytes in by feed(), replies out, what happened in `auth` and `messages`."""

    def __init__(self, library, policy, users):
        self.lib, self.policy, self.users = library, policy, users
        self.memory = self.new_memory()
        self.window = (c_uint8 * AUTH_LINE_MAX)()
        self.out = (c_uint8 * 4096)()
        self.io = Io(ctypes.addressof(self.window), 0, ctypes.addressof(self.out), len(self.out))
        self.event = Event()
        self.auth, self.messages, self.errors = [], [], []
        self.sender, self.recipients, self.body = None, [], bytearray()
        self.parameters, self.indices = [], []
        self.is_closed = False
        self.before_verdict = lambda: None
        self.status = library.server_init(self.memory, library.server_size(), policy, 0, None, 0)

    def new_memory(self):
        """Zeroed memory of the session's size, aligned to 8 as c_uint64 is."""
        return (c_uint64 * ((self.lib.server_size() + 7) // 8))()

    def move(self):
        """Goes on in a copy, as another process would after a restart."""
        copy = self.new_memory()
        ctypes.memmove(copy, self.memory, self.lib.server_size())
        ctypes.memset(self.memory, 0xEE, self.lib.server_size())
        self.memory = copy
        return self.lib.server_restore(copy, self.lib.server_size(), self.policy)

    def step(self):
        return self.lib.server_step(self.memory, self.io, self.event)

    def answer(self, reason):
        return self.lib.server_answer(self.memory, self.io, self.lib.reasons[reason] if reason else 0)

    def feed(self, data=b"", piece=AUTH_LINE_MAX // 2):
        """Gives `data` to the session, at most `piece` octets at a time, and returns all that it replied."""
        reply = self.run()
        while data and not self.is_closed:
            base = ctypes.addressof(self.window)
            ctypes.memmove(base, self.io.next_in, self.io.avail_in)
            ctypes.memmove(base + self.io.avail_in, data[:piece], len(data[:piece]))
            self.io.next_in = base
            self.io.avail_in += len(data[:piece])
            data = data[piece:]
            reply += self.run()
        return reply.decode("ascii")

    def flush(self):
        base = ctypes.addressof(self.out)
        written = ctypes.string_at(base, self.io.next_out - base)
        self.io.next_out, self.io.avail_out = base, len(self.out)
        return written

    def run(self):
        """Steps until more input is needed or the session is closed."""
        reply = b""
        while not self.is_closed:
            kind = self.step()
            if kind in (NEED_INPUT, NEED_OUTPUT, CLOSED):
                reply += self.flush()
                self.is_closed = kind == CLOSED
                if kind == NEED_INPUT:
                    break
            elif kind == NOTE_DATA:
                self.body += bytes(self.event.data)
            else:
                self.decide(kind)
        return reply

    def decide(self, kind):
        event = self.event
        if kind == ASK_PASSWORD:
            self.before_verdict()
            given, wanted = bytes(event.password), self.users.get(bytes(event.identity))
            right = self.lib.secret_equal(given, len(given), wanted or b"", len(wanted or b"")) and wanted is not None
            self.lib.server_verdict(self.memory, self.io, ACCEPTED if right else REJECTED, None, 0)
        elif kind == NOTE_AUTH:
            self.auth.append((bytes(event.mechanism), bytes(event.identity), event.code, event.attempt))
        elif kind == NOTE_ERROR:
            self.errors.append((self.lib.reason_words(event.reason, WORDS_NAME).decode(), event.code))
        elif kind == ASK_MAIL:
            self.sender = bytes(event.path)
            self.parameters.append((event.ret, bytes(event.envid), event.by, event.by_mode, event.hold,
                                    bytes(event.hold_until), event.priority, bytes(event.solicit)))
            self.answer("ok")
        elif kind == ASK_RCPT:
            self.recipients.append(bytes(event.path))
            if event.notify or event.orcpt.len:
                self.parameters.append((event.notify, bytes(event.orcpt)))
            self.answer("ok")
        elif kind == ASK_DATA:
            self.answer("ok")
        elif kind == ASK_MESSAGE:
            self.messages.append((self.sender, self.recipients, bytes(self.body), event.size))
            self.indices.append(event.index)
            words = b"Queued as 4F2A"
            self.lib.server_say(self.memory, self.io, 250, b"2.0.0", words, len(words))
        elif kind == NOTE_RESET:
            self.sender, self.recipients, self.body = None, [], bytearray()
        else:
            self.answer(None)


class Tally:
    passed = failed = 0

    def check(self, what, got, wanted):
        if got == wanted:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {what}: got {got!r}, wanted {wanted!r}")


def codes(reply):
    """The codes of the replies in `reply`, one per reply."""
    return [int(line[:3]) for line in reply.splitlines() if line[3:4] != "-"]


def plain(user, password):
    return b"AUTH PLAIN " + base64.b64encode(b"\0" + user + b"\0" + password) + b"\r\n"


USERS = {b"alice": b"correct horse"}
MESSAGE = b"Subject: hi\r\n\r\n.dot\r\nbye\r\n"
STUFFED = b"Subject: hi\r\n\r\n..dot\r\nbye\r\n.\r\n"
MAIL, RCPT = b"MAIL FROM:<alice@example.test>\r\n", b"RCPT TO:<bob@example.test>\r\n"
LOGIN = (b"AUTH LOGIN\r\n" + base64.b64encode(b"alice") + b"\r\n" + base64.b64encode(b"correct horse") + b"\r\n")


def test_sizes(t, lib):
    t.check("policy size", ctypes.sizeof(Policy), lib.policy_size())
    t.check("event size", ctypes.sizeof(Event), lib.event_size())
    if ctypes.sizeof(c_void_p) == 8:
        t.check("sizes on 64 bit", (lib.policy_size(), lib.event_size(), lib.server_size()), (248, 400, 512))
    t.check("session aligned as c_uint64", ctypes.alignment(c_uint64) % lib.server_align(), 0)
    t.check("version", lib.version() > 0, True)
    t.check("530", lib.reason_code(lib.reasons["auth-required"]), 530)
    t.check("535", lib.reason_code(lib.reasons["auth-failed"]), 535)


def test_policy(t, lib):
    t.check("good policy", lib.policy_check(lib.policy()), 0)
    bad = lib.policy(hostname=None)
    t.check("no hostname", lib.policy_check(bad), lib.reasons["policy-hostname"])
    t.check("init with it", Session(lib, bad, USERS).status, E_POLICY)
    t.check("policy of another size", Session(lib, lib.policy(size=8), USERS).status, E_POLICY)
    memory = Session(lib, lib.policy(), USERS).memory
    t.check("session of another size", lib.server_init(memory, 8, lib.policy(), 0, None, 0), E_VERSION)


def test_dialogue(t, lib):
    s = Session(lib, lib.policy(), USERS)
    t.check("init", s.status, DONE)
    t.check("greeting", codes(s.feed()), [220])
    t.check("timeout", lib.server_timeout(s.memory), 300)
    t.check("EHLO lists AUTH", "AUTH PLAIN LOGIN" in s.feed(b"EHLO client.example.test\r\n"), True)
    t.check("MAIL before login", s.feed(MAIL), "530 5.7.0 Authentication required\r\n")
    t.check("noted", s.errors, [("auth-required", 530)])

    def repeat():
        first = bytes(s.event.identity), bytes(s.event.password)
        t.check("step while open", (s.step(), s.event.asked), (NEED_ANSWER, ASK_PASSWORD))
        t.check("event filled anew", (bytes(s.event.identity), bytes(s.event.password)), first)
    s.before_verdict = repeat
    t.check("wrong password", codes(s.feed(plain(b"alice", b"wrong horse"))), [535])
    t.check("MAIL after it", codes(s.feed(MAIL)), [530])
    t.check("unknown user", codes(s.feed(plain(b"mallory", b"correct horse"))), [535])
    t.check("not yet in", lib.server_is(s.memory) & IS_AUTHENTICATED, 0)
    t.check("right password", codes(s.feed(plain(b"alice", b"correct horse"))), [235])
    t.check("password wiped", b"horse" in bytes(s.window), False)
    t.check("its base64 wiped", base64.b64encode(b"correct horse")[4:12] in bytes(s.window), False)
    t.check("in", lib.server_is(s.memory) & IS_AUTHENTICATED, IS_AUTHENTICATED)
    t.check("noted", s.auth, [
        (b"PLAIN", b"alice", 535, 1), (b"PLAIN", b"mallory", 535, 2), (b"PLAIN", b"alice", 235, 3)])
    t.check("mechanism", lib.server_mechanism(s.memory), b"PLAIN")
    t.check("protocol", lib.server_protocol(s.memory), b"ESMTPA")
    t.check("attempts", lib.server_count(s.memory, COUNT_AUTH_ATTEMPTS), 3)
    t.check("failures", lib.server_count(s.memory, COUNT_AUTH_FAILURES), 2)
    t.check("answer to no question", s.answer("ok"), E_STATE)

    t.check("envelope", codes(s.feed(MAIL + RCPT)), [250, 250])
    t.check("restored in the midst", s.move(), DONE)
    t.check("DATA", codes(s.feed(b"DATA\r\n")), [354])
    t.check("message", s.feed(STUFFED), "250 2.0.0 Queued as 4F2A\r\n")
    t.check("kept", s.messages, [(b"alice@example.test", [b"bob@example.test"], MESSAGE, len(MESSAGE))])
    t.check("counted", lib.server_count(s.memory, COUNT_MESSAGES), 1)
    t.check("transaction forgotten", (s.sender, s.recipients, s.body), (None, [], bytearray()))
    t.check("QUIT", codes(s.feed(b"QUIT\r\n")), [221])
    t.check("closed", s.is_closed, True)
    t.check("why", lib.server_why(s.memory), lib.reasons["bye"])


def test_cuts(t, lib):
    """The replies and the message do not depend on how the input is cut."""
    whole = b"EHLO client.example.test\r\n" + MAIL + plain(b"alice", b"no") + LOGIN
    whole += MAIL + RCPT + b"DATA\r\n" + STUFFED + b"QUIT\r\n"
    replies = []
    for piece in (len(whole), 1, 7):
        s = Session(lib, lib.policy(), USERS)
        replies.append(s.feed(whole, piece))
        t.check(f"message by {piece}", [kept[2] for kept in s.messages], [MESSAGE])
    t.check("codes", codes(replies[0]), [220, 250, 530, 535, 334, 334, 235, 250, 250, 354, 250, 221])
    t.check("cut or whole", replies[1:], replies[:1] * 2)


def test_parameters(t, lib):
    """Every typed field of an event, negative numbers and all, and one answer for each recipient over LMTP."""
    offered = EXT_CHUNKING | EXT_DSN | EXT_DELIVERBY | EXT_FUTURERELEASE | EXT_MT_PRIORITY | EXT_NO_SOLICITING
    s = Session(lib, lib.policy(flags=NO_AUTH | LMTP, extensions=offered, future_release_max_s=86400,
                                future_release_until=b"2027-01-01T00:00:00Z", priority_profile=b"MIXER"), USERS)
    t.check("init", s.status, DONE)
    hello = s.feed(b"LHLO client.example.test\r\n")
    for line in ("FUTURERELEASE 86400 2027-01-01T00:00:00Z", "MT-PRIORITY MIXER", "DSN", "CHUNKING"):
        t.check(line, line in hello, True)
    s.feed(b"MAIL FROM:<a@example.test> RET=HDRS ENVID=QQ314159 BY=-120;NT MT-PRIORITY=-4 HOLDFOR=60"
           b" SOLICIT=org.example:ADV\r\nRSET\r\n")
    t.check("MAIL", s.parameters, [(2, b"QQ314159", -120, 6, 60, b"", -4, b"org.example:ADV")])
    s.parameters = []
    s.feed(b"MAIL FROM:<a@example.test> HOLDUNTIL=2026-12-24T18:00:00Z\r\n")
    t.check("HOLDUNTIL", s.parameters, [(0, b"", 0, 0, 0, b"2026-12-24T18:00:00Z", 0, b"")])
    s.parameters = []
    s.feed(b"RCPT TO:<b@example.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b@example.test\r\n" + RCPT)
    t.check("RCPT", s.parameters, [(10, b"rfc822;b@example.test")])
    t.check("chunk", codes(s.feed(b"BDAT 5\r\nQUIT\r")), [250])
    t.check("restored among chunks", s.move(), DONE)
    t.check("last chunk", codes(s.feed(b"BDAT 1 LAST\r\n\n")), [250, 250])
    t.check("for each recipient", s.indices, [0, 1])
    t.check("message", [kept[2:] for kept in s.messages], [(b"QUIT\r\n", 6)] * 2)
    t.check("protocol", lib.server_protocol(s.memory), b"LMTP")


def test_misuse(t, lib):
    """What a careless host does lets nobody in."""
    for verdict in (True, 0, -1, lib.reasons["ok"], lib.reasons["authenticated"]):
        s = Session(lib, lib.policy(), USERS)
        s.before_verdict = lambda: lib.server_verdict(s.memory, s.io, int(verdict), None, 0)
        t.check(f"verdict {verdict!r}", codes(s.feed(b"EHLO c.test\r\n" + plain(b"alice", b"no")))[2:], [454])
        t.check("not in", lib.server_is(s.memory) & IS_AUTHENTICATED, 0)
    s = Session(lib, lib.policy(), USERS)
    results = []
    s.before_verdict = lambda: results.append(s.answer("ok"))
    t.check("yes in place of a verdict", codes(s.feed(b"EHLO c.test\r\n" + plain(b"alice", b"no")))[2:], [454])
    t.check("is told", results, [E_ANSWER])
    t.check("lost", lib.server_close(s.memory, s.io, lib.reasons["connection-lost"]), DONE)
    t.check("nothing said", s.feed(), "")
    t.check("closed", s.is_closed, True)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: ctypes_session.py path/to/libsmtpauth.so")
    lib, t = Library(sys.argv[1]), Tally()
    for test in (test_sizes, test_policy, test_dialogue, test_cuts, test_parameters, test_misuse):
        test(t, lib)
    print(f"ctypes: {t.passed} passed, {t.failed} failed")
    sys.exit(t.failed != 0)


if __name__ == "__main__":
    main()
