# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""An instance of Postfix in a directory of its own: its SMTP server with Cyrus SASL, its queue, its SMTP and LMTP
clients."""

from harness import programs
from harness.channels import Smtp, tls_for
from harness.peer import Peer, package

PEER = Peer("Postfix", package("postfix", needs="postfix"), needs_root=True)
CYRUS = Peer("Postfix, Cyrus SASL", f"{PEER.version} >/dev/null && " + package("libsasl2-2", needs="saslpasswd2"),
             needs_root=True)

DOVECOT = Peer("Postfix, Dovecot SASL", f"{PEER.version} >/dev/null && " + package("dovecot-core", needs="dovecot"),
               needs_root=True)

MAIN = """\
compatibility_level = 3.6
queue_directory = {directory}/queue
data_directory = {directory}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = {directory}/maillog
maillog_file_prefixes = {directory}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.client.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
import_environment = MAIL_CONFIG MAIL_DEBUG TZ
smtpd_error_sleep_time = 0
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = {directory}/conf/sasl
smtpd_sasl_security_options =
smtpd_tls_cert_file = {certificates.server}
smtpd_tls_key_file = {certificates.server_key}
smtpd_tls_security_level = may
{more}
"""

SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

# TLS must come first.
STRICT = """\
127.0.0.1:{strict_port} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
"""

SASL = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {directory}/sasldb
mech_list: PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 ANONYMOUS
"""


def without_settings(text, others):
    """Without those that the others set too."""
    names = {line.partition(" = ")[0] for line in others.splitlines()}
    return "".join(line + "\n" for line in text.splitlines() if line.partition(" = ")[0] not in names)


class Postfix:
    """`users` (USER@DOMAIN: password) may log in; `more` goes into main.cf."""

    def __init__(self, context, users=None, more=""):
        self.context, self.users = context, users or {}
        self.directory = context.new_directory("postfix")
        self.port, self.strict_port = programs.free_ports(2)
        self.conf = self.directory / "conf"
        for name in ("queue", "data", "conf/sasl"):
            (self.directory / name).mkdir(parents=True)
        values = {"directory": self.directory, "certificates": context.certificates, "port": self.port,
                  "strict_port": self.strict_port, "more": more}
        (self.conf / "main.cf").write_text(without_settings(MAIN, more).format(**values))
        (self.conf / "master.cf").write_text((SERVICES + STRICT).format(**values))
        (self.conf / "sasl/smtpd.conf").write_text(SASL.format(**values))

    def _run(self, *command, stdin=b""):
        return programs.setup(command, self.context.environment, self.directory, stdin)

    def __enter__(self):
        database = self.directory / "sasldb"
        for user, password in self.users.items():
            name, _, domain = user.partition("@")
            self._run("saslpasswd2", "-c", "-p", "-f", database, "-u", domain, name, stdin=password.encode())
        if self.users:
            database.chmod(0o644)
        self._run("chown", "postfix", self.directory / "data")
        self._run("postfix", "-c", self.conf, "check")
        self.master = programs.Daemon("postfix", ["/usr/lib/postfix/sbin/master", "-c", self.conf, "-d"],
                                      self.context.environment, self.directory, [self.port, self.strict_port])
        self.context.logs.append(("log of Postfix", self.read_log))
        return self

    def __exit__(self, *_):
        self.master.stop()

    def send(self, sender, recipients, message, *options):
        """Puts the message into the queue."""
        self._run("sendmail", "-C", self.conf, "-oi", *options, "-f", sender, *recipients, stdin=message)

    def read_log(self):
        log = self.directory / "maillog"
        return log.read_text("utf-8", "backslashreplace") if log.exists() else ""

    def open(self, user):
        return Smtp(self.port, tls_for(self.context.certificates, user))
