#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""The program explain, as a person and as a script use it:

    check_explain.py path/to/explain

Each fact about 530 and 535, the five differences among them, can be read with it; every row of the list of real replies
gets its action, or the one that docs/advice-exceptions.md says; JSON is strict whatever the input; docs/replies.md is
what the catalogue says now.
"""

import json
import os
import re
import subprocess
import sys

from checked import PICK, check, report

EXPLAIN = os.path.abspath(sys.argv[1])


def run(*arguments, data=b"", columns="400", stdout=subprocess.PIPE):
    return subprocess.run([EXPLAIN, *arguments], input=data, stdout=stdout, stderr=subprocess.PIPE, timeout=60,
                          env={**os.environ, "COLUMNS": columns})


def text(*arguments, **more):
    return run(*arguments, **more).stdout.decode("utf-8")


def objects(output):
    """Strict: UTF-8, one object a line, no name twice, no NaN."""
    def once(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), names
        return dict(pairs)

    def never(word):
        raise ValueError(word)

    lines = output.decode("utf-8", "strict").split("\n")
    assert lines[-1] == ""
    return [json.loads(line, object_pairs_hook=once, parse_constant=never) for line in lines[:-1]]


# ---- 530 and 535 ----

FACTS = {  # aspect: words that 530 must have, words that 535 must have
    "in two words": (["authenticate first"], ["wrong credentials"]),
    "description": (["only from an authenticated client", "has not authenticated"],
                    ["credentials", "invalid", "user name", "password", "mechanism", "rejected"]),
    "has AUTH been issued?": (["No", "did not succeed", "went on regardless"], ["Yes"]),
    "what it answers": (["MAIL FROM", "RCPT TO", "other commands that need a login"],
                        ["AUTH command itself", "response within its exchange"]),
    "when you see it": (["requires login", "submission", "587", "without AUTH"],
                        ["After AUTH", "matches no account", "revoked or outdated app password", "mechanism"]),
    "how to fix it": (["Issue AUTH", "user name and password", "before MAIL FROM", "SMTP credentials",
                       "authentication method"],
                      ["Check user name and password", "app password", "Gmail", "Outlook", "not revoked", "PLAIN", "LOGIN"]),
    "what a mail program should do": (["Prompt for login"], ["re-enter the password"]),
    "when a server should say it": (["without authenticating", "enforces the policy"], ["AUTH fails", "invalid"]),
}
DIFFERENCES = [
    ["530", "authenticate first", "no AUTH was issued before mail"],
    ["535", "wrong credentials", "AUTH was issued", "rejected"],
    ["530", "MAIL FROM or RCPT TO"],
    ["535", "AUTH command itself"],
    ["530", "issuing AUTH before MAIL FROM", "535", "correct credentials"],
]


def check_facts(page, where):
    """`page` has each aspect on a line of its own, the two columns parted by |."""
    for aspect, sides in FACTS.items():
        at = re.search(r"^(?:\| )?%s(?: \|)?[ \n-]*(.*)$" % re.escape(aspect), page, re.M)
        columns = at.group(1).split("|") if at else []
        check(len(columns) >= 2, where, aspect)
        for column, words in zip(columns, sides):
            for word in words:
                check(word in column, where, aspect, word)
    differences = re.findall(r"^([1-5])\. +(.*)$", page[page.lower().index("key differences"):], re.M)[:5]
    check([number for number, _ in differences] == list("12345"), where, "five differences")
    for (_, line), words in zip(differences, DIFFERENCES):
        for word in words:
            check(word in line, where, "difference", word)


check_facts(text("530", "535"), "explain 530 535")
with open("docs/replies.md", encoding="utf-8") as file:
    reference = file.read()
check_facts(reference, "docs/replies.md")
check(text("--markdown") == reference, "docs/replies.md is stale: make docs")
swapped = text("535", "530")
check(swapped.startswith("535") and "wrong credentials" in swapped.split("in two words")[1].split("|")[0], "swapped")
check("tls-required" in text("530", "535"), "530 also says TLS")
for code, words in (("530", ["Authentication required", "Encryption required first", "prompt-login", "start-tls"]),
                    ("535", ["Authentication failed", "Credentials expired", "reenter-password"]),
                    ("454", ["retry-later"]), ("504", ["other-mechanism", "start-tls"]), ("538", ["start-tls"])):
    for word in words:
        check(word in text(code), "explain", code, word)
check("app password" in text("app-password-needed"), "a reason by name")
for narrow in ("40", "60", "80"):
    page = text("530", "535", columns=narrow)
    check(max(map(len, page.split("\n"))) <= int(narrow), "lines of", narrow, "columns")

# ---- Replies ----

gmail = "535-5.7.8 Username and Password not accepted. Learn more at\\n535 5.7.8 https://support.google.com/x - gsmtp"
page = text(gmail)
for word in ("Authentication failed", "reenter-password", "Gmail", "app password", "do not try the same password"):
    check(word in page, "Gmail's 535", word)
FIELDS = {"code", "enhanced", "reason", "cause", "action", "same_secret_may_retry", "title", "how_to_fix"}
(answer,) = objects(run("--json", gmail).stdout)
check(FIELDS <= set(answer), "fields", sorted(FIELDS - set(answer)))
check((answer["code"], answer["enhanced"], answer["provider"]) == (535, "5.7.8", "gmail"), "Gmail's 535 in JSON", answer)
check(answer["same_secret_may_retry"] is False and answer["message_may_be_sent_again"] is True, "flags", answer)


def action(*arguments):
    return objects(run("--json", *arguments).stdout)[0]["action"]


check(action("535", "5.7.8", "no") == "reenter-password", "a reply that the shell parted")
check(action("--phase", "auth", "530 5.7.0 Must issue a STARTTLS command first") == "start-tls", "--phase")
check(action("--state", "authenticated", "--phase", "rcpt", "550 relay not permitted") == "contact-admin", "--state")
check(action("--state", "unauthenticated", "--phase", "rcpt", "550 relay not permitted") == "prompt-login", "--state")
check(action("--tls", "off", "538 no") == "start-tls" and action("--tls", "on", "538 no") == "contact-admin", "--tls")
check(action("--secret", "token", "535 5.7.8 no") == "refresh-token", "--secret")
check("Gmail" in text("--server", "smtp.gmail.com", "535 no"), "--server")
check("300 seconds" in text("450 4.7.1 Greylisted, try again in 300 seconds"), "wait")
hostile = text("535 \x1b[2J\x07\u009b2J gone")
check("\x1b" not in hostile and "\x07" not in hostile and "\u009b" not in hostile, "a server writes to the terminal")

# ---- The list ----

with open("tests/vectors/provider-replies.tsv", encoding="utf-8") as file:
    rows = [line.rstrip("\n").split("\t") for line in file][1:]
with open("docs/advice-exceptions.md", encoding="utf-8") as file:
    cells = [[c.strip(" `") for c in line.split(" | ")] for line in file if re.match(r"\| \w+ \w+ \|", line)]
exceptions = {(where.strip("| "), begins): (listed, given) for where, begins, listed, given, *_ in cells}
answers = objects(run("--batch", "--json",
                      data="".join(f"{row[1]}\t{row[3]}\t{row[2]}\n" for row in rows).encode()).stdout)
check(len(answers) == len(rows) == 229, "an object for each row", len(answers))
used = set()
for row, answer in zip(rows, answers):
    excepted = [key for key in exceptions if key[0] == f"{row[1]} {row[3]}" and row[2].startswith(key[1])]
    if excepted and answer["action"] != row[5]:
        check(exceptions[excepted[0]] == (row[5], answer["action"]), "exception", row, answer["action"])
        used.add(excepted[0])
    else:
        check(answer["action"] == row[5], "action", row, answer["action"])
    check(FIELDS <= set(answer) and "error" not in answer, "fields", row)
check(used == set(exceptions), "exceptions for nothing", set(exceptions) - used)

# ---- Batch: whatever a line holds ----

odd = [b"", b"\t\t", b"auth", b"auth\tunauthenticated", b"nowhere\tunauthenticated\t535 no", b"auth\tdrunk\t535 no",
       b"auth\tunauthenticated\t535 \xff\xfe\x00\"\\\x1b\x7f", b"auth\tunauthenticated\t535 a\tb",
       b"auth\tunauthenticated\t" + b"535 " + b"x" * 200000, b"x" * 300 + b"\tany\t535 no", b"auth\tunauthenticated\t\\n\\n",
       "auth\tunauthenticated\t535 \U0001F600\u2028".encode()]
answers = objects(run("--batch", data=b"\n".join(odd)).stdout)
check(len(answers) == len(odd), "odd lines", len(answers))
check([a.get("error") is None for a in answers] == [0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1], "which are errors",
      [a.get("error") for a in answers])
check(answers[4]["action"] == "reenter-password", "a reply of unknown phase is answered still")
check("\ufffd" in answers[6]["reply"] and "\x00" in answers[6]["reply"], "octets that are not UTF-8")
check(answers[7]["reply"] == "535 a\tb", "a tab in the reply")
check(answers[11]["reply"].endswith("\U0001F600\u2028"), "UTF-8 passes")
pieces = [b"auth", b"\t", b"\t", b"unauthenticated", b"535", b"-", b" ", b"\\n", b"5.7.8", b"\xc3", b"\xff", b"\"", b"\\",
          b"\x00", b"try again in 5 minutes", b"any", b"\r"]
lines = [b"".join(PICK.choice(pieces) for _ in range(PICK.randrange(12))) for _ in range(3000)]
answers = objects(run("--batch", data=b"".join(line + b"\n" for line in lines)).stdout)
check(len(answers) == len(lines), "random lines", len(answers))

# ---- The catalogue ----

catalogue = objects(run("--list", "--json").stdout)
names = [row["reason"] for row in catalogue]
check(len(names) == len(set(names)) and len(names) > 130, "names are their own", len(names))
check(all(row["title"] and row["how_to_fix"] and row["action"] for row in catalogue), "every reason has words")
check(len(text("--list").splitlines()) == len(names), "--list without JSON")
for name in names:
    check(f"`{name}`" in reference, "docs/replies.md lacks", name)
    check(name in text(name), "explain", name)

# ---- Logs ----

SESSION = b"""220 smtp.mail.yahoo.com ESMTP ready
C: EHLO client.example
S: 250-smtp.mail.yahoo.com
S: 250-STARTTLS
S: 250 AUTH PLAIN LOGIN
C: STARTTLS
S: 220 go
C: EHLO client.example
S: 250-smtp.mail.yahoo.com
S: 250 AUTH PLAIN LOGIN
C: AUTH LOGIN
S: 334 VXNlcm5hbWU6
C: <hidden>
S: 535 5.7.0 no
C: MAIL FROM:<a@b.example>
S: 530 5.7.0 Authentication required
C: AUTH PLAIN xxxx
S: 235 2.7.0 ok
C: MAIL FROM:<a@b.example>
S: 250 2.1.0 Ok
C: DATA
S: 354 go
C: .
S: 250 2.0.0 Ok
"""
answers = objects(run("--json", data=SESSION).stdout)
check([(a["line"], a["reason"]) for a in answers] ==
      [(1, "greeting"), (3, "hello"), (7, "tls-ready"), (9, "hello"), (12, "challenge"), (14, "auth-failed"),
       (16, "auth-failed"), (18, "authenticated"), (20, "sender-ok"), (22, "start-data"), (24, "message-ok")],
      "a session", [(a["line"], a["reason"]) for a in answers])
check(answers[5]["provider"] == "yahoo", "the greeting names the provider", answers[5]["provider"])
page = text(data=SESSION)
check([line for line in page.encode().split(b"\n") if not line.startswith(b"  ")] == SESSION.split(b"\n"),
      "the log stands as it was")
check("Authentication failed" in page and "Yahoo" in page, "and is explained")
for line, wanted in (
        (b"2017-12-13 13:50:33 SERVER -> CLIENT: 535 5.7.8 no", ["auth-failed"]),
        (b"x postfix/smtp[250]: A: to=<a@b.example>, relay=h[192.0.2.1]:587, delay=250, status=bounced (host h[192.0.2.1] "
         b"said: 553 5.7.1 <a@b.example>: Sender address rejected: not owned by user c (in reply to RCPT TO command))",
         ["sender-not-permitted"]),
        (b"smtplib.SMTPAuthenticationError: (535, b'5.7.8 Error: authentication failed: ')", ["auth-failed"]),
        (b"SMTP 5xx error: permanent error (535): 5.7.8 Username and Password not accepted", ["auth-failed"]),
        (b"reply: b'530 5.7.0 Must issue a STARTTLS command first\\r\\n'", ["tls-required"]),
        (b"<** 530 Must issue a STARTTLS command first", ["tls-required"]),
        (b"with message \"535 5.7.8 no\"", ["auth-failed"]),
        (b"550-first\n550 5.1.1 user unknown", ["unknown-recipient"]),
        (b"550-never ended", ["refused-unspecified"]),
        (b"took 250 ms on 2020-04-250 at 13:29:454 by 192.0.2.250 for 535abc", []),
        (b"listening on port 587, pid 450", [])):
    result = run("--json", data=line)
    check([a["reason"] for a in objects(result.stdout)] == wanted, "a line", line, result.stdout[:200])
    check(result.returncode == (0 if wanted else 65), "status of a log", line, result.returncode)

# ---- Statuses of sysexits.h ----

for arguments, status in ((["530"], 0), (["535 no"], 0), (["greetings"], 65), (["999"], 65), (["--phase", "bed", "530"], 64),
                          (["--tls", "maybe", "530"], 64), (["--nonsense"], 64), (["--list", "530"], 64), (["--help"], 0),
                          (["--batch"], 0), (["--list"], 0)):
    result = run(*arguments)
    check(result.returncode == status, "status of", arguments, result.returncode)
    check((result.stderr == b"") == (status == 0), "stderr of", arguments, result.stderr)
with open("/dev/full", "wb") as full:
    check(run("--list", stdout=full).returncode == 74, "a full disk")

sys.exit(report())
