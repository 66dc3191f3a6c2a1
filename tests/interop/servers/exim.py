# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Exim as a client: a message is handed to it, and it delivers it in the foreground, over SMTP or LMTP. Its package is
not installed (only one mail system can be) but unpacked; it looks for a user of its own, which libnss_wrapper shows
it."""

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


class Exim:
    """`transport` and `authenticators` are settings."""

    def __init__(self, context, port, transport="", authenticators=""):
        self.context = context
        self.directory = context.new_directory("exim")
        self.program = self.directory / "exim"
        shutil.copy(context.build / "interop/exim/usr/sbin/exim4", self.program)
        self.program.chmod(0o755)
        for name in ("spool", "log"):
            (self.directory / name).mkdir()
        (self.directory / "conf").write_text(CONFIG.format(
            directory=self.directory, program=self.program, port=port, transport=transport,
            authenticators=authenticators))
        self.environment = {**context.environment, "LD_PRELOAD": "libnss_wrapper.so"}
        for name, line in (("passwd", "Debian-exim:x:65534:65534::/nonexistent:/usr/sbin/nologin\n"),
                           ("group", "Debian-exim:x:65534:\n")):
            with open(f"/etc/{name}", encoding="utf-8") as file:
                (self.directory / name).write_text(file.read() + line)
            self.environment[f"NSS_WRAPPER_{name.upper()}"] = str(self.directory / name)
        context.logs.append(("log of Exim", self.read_log))

    def read_log(self):
        return "".join(log.read_text("utf-8", "backslashreplace") for log in sorted((self.directory / "log").iterdir()))

    def send(self, sender, recipients, message, *options):
        """Returns when it was delivered, and its bounce too. What Exim said."""
        for name in ("spool", "log"):
            shutil.chown(self.directory / name, "nobody", "nogroup")
        return programs.setup(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
                               self.program, "-C", self.directory / "conf", "-odf", "-oi", *options,
                               "-f", sender, *recipients], self.environment, self.directory, message)
