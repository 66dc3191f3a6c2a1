# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Exim as a client: a message is handed to it, and it delivers it in the foreground, over SMTP or LMTP; and as a server,
which delivers what users send who log in. Its package is not installed (only one mail system can be) but unpacked; it
looks for a user of its own, which libnss_wrapper shows it."""

import shutil

from harness import programs
from harness.peer import Peer

PEER = Peer("Exim", "cd \"$INTEROP/exim\" && ! ldd usr/sbin/exim4 | grep -q 'not found' && sed 's/[-+].*//' version",
            needs_root=True)

CONFIG = """\
primary_hostname = relay.client.example
spool_directory = {directory}/spool
log_file_path = {directory}/log/%slog
exim_path = {program}
exim_user = nobody
exim_group = nogroup
deliver_drop_privilege
keep_environment = LD_PRELOAD : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
accept_8bitmime
smtputf8_advertise_hosts = *
{more}
begin routers
all:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = out
begin transports
out:
  driver = smtp
  port = {port}
{transport}
begin retry
* * F,1h,1m
begin authenticators
{authenticators}
"""

SERVER = """\
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts = *
tls_certificate = {directory}/server.pem
tls_privatekey = {directory}/server.key
auth_advertise_hosts = *
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  accept authenticated = *
  deny message = relay not permitted
"""

USERS = """\
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and {{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and {{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = ${{if eq{{$auth1}}{{{user}}}{{{password}}}fail}}
  server_set_id = $auth1
"""


class Exim:
    """`transport`, `authenticators` and `more`, of its main section, are settings."""

    def __init__(self, context, port, transport="", authenticators="", more=""):
        self.context = context
        self.directory = context.new_directory("exim")
        self.program = self.directory / "exim"
        shutil.copy(context.build / "interop/exim/usr/sbin/exim4", self.program)
        self.program.chmod(0o755)
        for name in ("spool", "log"):
            (self.directory / name).mkdir()
        (self.directory / "conf").write_text(CONFIG.format(
            directory=self.directory, program=self.program, port=port, transport=transport,
            authenticators=authenticators, more=more.format(directory=self.directory)))
        self.environment = {**context.environment, "LD_PRELOAD": "libnss_wrapper.so"}
        for name, line in (("passwd", "Debian-exim:x:65534:65534::/nonexistent:/usr/sbin/nologin\n"),
                           ("group", "Debian-exim:x:65534:\n")):
            with open(f"/etc/{name}", encoding="utf-8") as file:
                (self.directory / name).write_text(file.read() + line)
            self.environment[f"NSS_WRAPPER_{name.upper()}"] = str(self.directory / name)
        context.logs.append(("log of Exim", self.read_log))

    def read_log(self):
        return "".join(log.read_text("utf-8", "backslashreplace") for log in sorted((self.directory / "log").iterdir()))

    def command(self, *options):
        for name in ("spool", "log"):
            shutil.chown(self.directory / name, "nobody", "nogroup")
        return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", self.program, "-C",
                self.directory / "conf", *options]

    def send(self, sender, recipients, message, *options):
        """Returns when it was delivered, and its bounce too. What Exim said."""
        return programs.setup(self.command("-odf", "-oi", *options, "-f", sender, *recipients), self.environment,
                              self.directory, message)


class Server(Exim):
    """A context manager. What the user sends goes to an LMTP server."""

    def __init__(self, context, lmtp_port, user, password):
        [self.port] = programs.free_ports()
        super().__init__(context, lmtp_port, "  protocol = lmtp", USERS.format(user=user, password=password),
                         SERVER.replace("{port}", str(self.port)))
        for name, source in ("server.pem", context.certificates.server), ("server.key", context.certificates.server_key):
            shutil.copy(source, self.directory / name)
            (self.directory / name).chmod(0o644)

    def __enter__(self):
        self.daemon = programs.Daemon("exim", self.command("-bdf", "-oP", self.directory / "spool/pid"), self.environment,
                                      self.directory, [self.port])
        return self

    def __exit__(self, *_):
        self.daemon.stop()
