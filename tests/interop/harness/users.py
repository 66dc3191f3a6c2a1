# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""What submissiond knows of its users, and what a user needs for each mechanism."""

from . import programs

PASSWORD = "co:rrect-h0rse/+=7b"
WRONG_PASSWORD = "wr:ong-h0rse/+=7b"

TOKENS = ("OAUTHBEARER", "XOAUTH2")
NO_SECRET = ("EXTERNAL", "ANONYMOUS", "NONE")

TOKEN_COMMAND = """\
#!/bin/sh
read -r user
read -r token
test "$token" = "token.of-$user"
"""


def write_users(context, directory, users):
    """A file for --users: every mechanism serves them."""
    lines = [programs.setup([context.build / "examples/mkuser", "--scram-sha-256", "--scram-sha-1", "--plain",
                             "--iterations", "4096", user], context.environment, directory, PASSWORD.encode() + b"\n")
             for user in users]
    file = directory / "users"
    file.write_text("".join(lines))
    return file


def write_token_command(directory):
    file = directory / "token-command"
    file.write_text(TOKEN_COMMAND)
    file.chmod(0o755)
    return file


def secret_for(mechanism, user, is_right):
    if mechanism in NO_SECRET:
        return ""
    if mechanism in TOKENS:
        return f"token.of-{user}" if is_right else "token.of-nobody"
    return PASSWORD if is_right else WRONG_PASSWORD


def certificate_for(context, mechanism, user, is_right):
    """The environment that tells a client its certificate; a stranger's where it shall not be right."""
    if mechanism != "EXTERNAL":
        return {}
    certificate, key = context.certificates.for_user(user if is_right else stranger_to(user))
    return {"CLIENT_CERT": str(certificate), "CLIENT_KEY": str(key)}


def stranger_to(user):
    return f"not-{user}"
