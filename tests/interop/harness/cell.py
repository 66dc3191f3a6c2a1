# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""One run of one client, and whether it went as it must."""

import os
import re
import signal
import subprocess
from dataclasses import dataclass, field

from . import message
from .server import PASSWORD, WRONG_PASSWORD

CLIENT_TIMEOUT = 60

RIGHT, WRONG, NONE = "a", "b", "c"
EXPECTED_CODE = {WRONG: "535", NONE: "530"}
# RFC 3848, and RFC 6531 for clients that ask for SMTPUTF8 wherever it is offered, as Go does.
EXPECTED_WITH = {"clear": "(ESMTPA|UTF8SMTPA)", "starttls": "(ESMTPSA|UTF8SMTPSA)", "tls": "(ESMTPSA|UTF8SMTPSA)"}


@dataclass
class Cell:
    client: object
    tls: str
    mechanism: str
    scene: str
    token: str = field(default_factory=message.new_token)  # in the message, and the user's name
    failure: str = ""
    output: str = ""

    @property
    def user(self):
        return f"{self.token}@client.example"

    def __str__(self):
        words = {RIGHT: "right password", WRONG: "wrong password", NONE: "no credentials"}
        return f"{self.client.name}, {self.tls}, {self.mechanism}: {words[self.scene]}"


def says(output, code):
    """The code as a word of its own, not a part of an address, a port or a number."""
    return re.search(rf"(?<![\w.:]){code}(?!\w)", output) is not None


def run_client(command, environment, directory):
    """Exit status (None: it was too slow) and output."""
    process = subprocess.Popen(command, env=environment, cwd=directory, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        output, _ = process.communicate(timeout=CLIENT_TIMEOUT)
        status = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        status = None
    return status, output.decode("utf-8", "backslashreplace")


def judge_login(cell, logins):
    """By the server's log: was it the login that was meant? What is wrong, or "" """
    expected = ("accepted", "235") if cell.scene == RIGHT else ("refused", "535")
    if not logins:
        return "the server's log has no login"
    if cell.scene == RIGHT and len(logins) != 1:
        return f"the server's log has {len(logins)} logins: {logins}"
    # After a refusal a client may try other mechanisms.
    first = logins[0]
    if (first.get("result"), first.get("code")) != expected:
        return f"the server's log has not {expected}: {first}"
    if first.get("mechanism") != cell.mechanism or first.get("tls") != ("no" if cell.tls == "clear" else "yes"):
        return f"the server's log has another login: {first}"
    return ""


def judge_refusal(cell, server, status, output):
    found = server.find(cell.token)
    if found:
        return f"the message was stored as {found[0][0]}"
    if status == 0:
        return "the client reports success"
    if not says(output, EXPECTED_CODE[cell.scene]):
        return f"the client does not report {EXPECTED_CODE[cell.scene]}"
    return ""


def judge_delivery(cell, server, sent, status):
    if status != 0:
        return f"the client ended with status {status}"
    found = server.find(cell.token)
    if len(found) != 1:
        return f"{len(found)} files in the Maildir hold the message"
    path, stored = found[0]
    if path.parent.name != "new":
        return f"the message is not in new/: {path}"
    return message.compare(stored, sent, EXPECTED_WITH[cell.tls], cell.client.whole, cell.client.tail)


def judge(cell, server, sent, status, output):
    """What went wrong, or "" """
    if status is None:
        return f"not done after {CLIENT_TIMEOUT} s"
    if cell.scene == RIGHT:
        failure = judge_delivery(cell, server, sent, status)
    else:
        failure = judge_refusal(cell, server, status, output)
    if not failure and cell.scene != NONE:
        failure = judge_login(cell, server.logins(cell.user))
    return failure


def run(cell, command, server, cert, environment, directory):
    directory.mkdir()
    sent = message.compose(cell.token)
    file = directory / "message"
    file.write_bytes(sent)
    environment = {**environment, "HOME": str(directory), "TMPDIR": str(directory)}
    port = server.ports["tls" if cell.tls == "tls" else "plain"]
    password = {RIGHT: PASSWORD, WRONG: WRONG_PASSWORD, NONE: ""}[cell.scene]
    user = "" if cell.scene == NONE else cell.user
    status, cell.output = run_client(
        [*command, "127.0.0.1", str(port), cell.tls, cell.mechanism, user, password, str(cert), str(file)],
        environment, directory)
    cell.failure = judge(cell, server, sent, status, cell.output)
