# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Dovecot's IMAP and submission services. Users' passwords stand in a file, tokens are JWTs that it validates by
itself, certificates name their user."""

import base64
import hashlib
import hmac
import json
import time

from harness import programs
from harness.channels import Imap, Smtp, tls_for
from harness.peer import Peer, package

IMAP = Peer("Dovecot IMAP", package("dovecot-imapd", needs="dovecot"), needs_root=True)
SUBMISSION = Peer("Dovecot submission", package("dovecot-submissiond", needs="dovecot"), needs_root=True)
RELAY = Peer("Dovecot submission, trusted relay", SUBMISSION.version, needs_root=True)

CONFIG = """\
base_dir = {directory}/run
state_dir = {directory}/state
log_path = /dev/stderr
instance_name = smtpauth-interop
protocols = imap submission
listen = 127.0.0.1
mail_location = maildir:{directory}/mail/%u
first_valid_uid = 1
ssl = yes
ssl_cert = <{certificates.server}
ssl_key = <{certificates.server_key}
ssl_ca = <{certificates.authority}
ssl_require_crl = no
ssl_verify_client_cert = yes
auth_ssl_username_from_cert = yes
disable_plaintext_auth = no
auth_verbose = yes
auth_failure_delay = 0
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 external anonymous oauthbearer xoauth2
auth_anonymous_username = anonymous
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service submission-login {{
  inet_listener submission {{
    port = {submission}
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
submission_relay_host = 127.0.0.1
{relay}
passdb {{
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = {directory}/oauth2
}}
passdb {{
  driver = static
  mechanisms = external anonymous
  args = nopassword=y
}}
passdb {{
  driver = passwd-file
  args = {directory}/users
}}
userdb {{
  driver = static
  args = uid=65534 gid=65534 home={directory}/mail/%u
}}
"""

OAUTH2 = """\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={directory}/keys/
username_attribute = sub
"""


def make_token(user, key):
    """A JSON Web Token that says who he is (RFC 7519), by HMAC-SHA-256."""
    def part(octets):
        return base64.urlsafe_b64encode(octets).rstrip(b"=")

    now = int(time.time())
    claims = {"sub": user, "iat": now - 60, "exp": now + 3600}
    signed = b".".join(part(json.dumps(each).encode()) for each in ({"alg": "HS256", "typ": "JWT"}, claims))
    return (signed + b"." + part(hmac.new(key, signed, hashlib.sha256).digest())).decode()


class Dovecot:
    """`relay`: the settings of the server that its submission service hands messages on to."""

    KEY = b"what the tokens are signed with."

    def __init__(self, context, users, relay=""):
        self.context, self.relay = context, relay
        self.directory = context.new_directory("dovecot")
        self.imap, self.submission = programs.free_ports(2)
        for name in ("run", "state", "mail"):
            (self.directory / name).mkdir()
        (self.directory / "mail").chmod(0o777)
        (self.directory / "users").write_text("".join(
            f"{user}:{{PLAIN.b64}}{base64.b64encode(password.encode()).decode()}\n"
            for user, password in users.items()))
        keys = self.directory / "keys/default/HS256"
        keys.mkdir(parents=True)
        (keys / "default").write_bytes(base64.b64encode(self.KEY))
        (self.directory / "oauth2").write_text(OAUTH2.format(directory=self.directory))
        (self.directory / "conf").write_text(CONFIG.format(
            directory=self.directory, certificates=context.certificates, imap=self.imap,
            submission=self.submission, relay=relay))

    def __enter__(self):
        self.daemon = programs.Daemon("dovecot", ["dovecot", "-F", "-c", self.directory / "conf"],
                                      self.context.environment, self.directory, [self.imap, self.submission])
        self.context.logs.append(("log of Dovecot", self.daemon.read_log))
        return self

    def __exit__(self, *_):
        self.daemon.stop()

    def token(self, user, is_right):
        return make_token(user, self.KEY if is_right else b"another key")

    def open_imap(self, user):
        return Imap(self.imap, tls_for(self.context.certificates, user))

    def open_submission(self, user):
        return Smtp(self.submission, tls_for(self.context.certificates, user))
