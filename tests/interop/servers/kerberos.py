# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""A Kerberos realm of its own: MIT's KDC, users with tickets, a service's key table."""

from harness import programs
from harness.peer import Peer

PEER = Peer("MIT Kerberos", "krb5-config --version 2>/dev/null || dpkg-query -W -f '${Version}' krb5-kdc")
REALM = "SERVER.EXAMPLE"

# The service is known by its address here, whatever name it has for itself.
CLIENT = """\
[libdefaults]
 default_realm = {realm}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 ignore_acceptor_hostname = true
 udp_preference_limit = 1
[realms]
 {realm} = {{
  kdc = 127.0.0.1:{port}
 }}
"""

KDC = """\
[kdcdefaults]
 kdc_listen = 127.0.0.1:{port}
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 {realm} = {{
  database_name = {directory}/principal
  key_stash_file = {directory}/stash
 }}
"""


class Kerberos:
    """`environment` is what the service and its clients need."""

    def __init__(self, context):
        self.context = context
        self.directory = context.new_directory("kerberos")
        [self.port] = programs.free_ports()
        (self.directory / "krb5.conf").write_text(CLIENT.format(realm=REALM, port=self.port))
        (self.directory / "kdc.conf").write_text(KDC.format(realm=REALM, port=self.port, directory=self.directory))
        self.environment = {"KRB5_CONFIG": str(self.directory / "krb5.conf"),
                            "KRB5_KTNAME": str(self.directory / "keytab")}

    def _run(self, *command, stdin=b"", **more):
        environment = self.context.environment_at(
            self.directory, KRB5_KDC_PROFILE=str(self.directory / "kdc.conf"), **self.environment, **more)
        return programs.setup(command, environment, self.directory, stdin)

    def add_service(self, principal):
        self._run("kadmin.local", "addprinc", "-randkey", principal)
        self._run("kadmin.local", "ktadd", "-k", self.environment["KRB5_KTNAME"], principal)

    def add_user(self, name, password):
        """Returns where his tickets are."""
        tickets = f"FILE:{self.directory}/tickets-{name}"
        self._run("kadmin.local", "addprinc", "-pw", password, name)
        self._run("kinit", name, stdin=password.encode() + b"\n", KRB5CCNAME=tickets)
        return tickets

    def __enter__(self):
        self._run("kdb5_util", "create", "-s", "-W", "-P", "master")
        self.kdc = programs.Daemon("krb5kdc", ["krb5kdc", "-n"], self.context.environment_at(
            self.directory, KRB5_KDC_PROFILE=str(self.directory / "kdc.conf"), **self.environment),
            self.directory, [self.port])
        return self

    def __exit__(self, *_):
        self.kdc.stop()
