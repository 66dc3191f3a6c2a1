# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""HAProxy in front of a server that reads the PROXY protocol; it asks by a health check whether the server is well, and
sends nobody there if not."""

from harness import programs
from harness.peer import Peer, package

VERSION = package("haproxy", needs="haproxy")
V1 = Peer("HAProxy send-proxy", VERSION)
V2 = Peer("HAProxy send-proxy-v2", VERSION)
TLVS = Peer("HAProxy, v2 with TLVs, TLS ends there", VERSION)

CONFIG = """\
global
  log stderr local0
defaults
  mode tcp
  log global
  option tcplog
  option smtpchk EHLO proxy.client.example
  timeout connect 30s
  timeout client 120s
  timeout server 120s
  unique-id-format %{{+X}}o\\ %ci:%cp_%fi:%fp_%Ts_%rt:%pid
  default-server check check-send-proxy inter 1s fall 1 rise 1
listen v1
  bind 127.0.0.1:{v1}
  server s 127.0.0.1:{server} send-proxy
listen v2
  bind 127.0.0.1:{v2}
  server s 127.0.0.1:{server} send-proxy-v2
listen tlvs
  bind 127.0.0.1:{tlvs} ssl crt {directory}/both.pem
  server s 127.0.0.1:{server} send-proxy-v2 proxy-v2-options \
ssl,cert-cn,cert-key,cert-sig,ssl-cipher,authority,crc32c,unique-id
"""


class Haproxy:
    """`ports` by peer."""

    def __init__(self, context, server_port):
        self.context = context
        self.directory = context.new_directory("haproxy")
        v1, v2, tlvs = programs.free_ports(3)
        self.ports = {V1: v1, V2: v2, TLVS: tlvs}
        certificates = context.certificates
        (self.directory / "both.pem").write_bytes(certificates.server.read_bytes()
                                                  + certificates.server_key.read_bytes())
        (self.directory / "conf").write_text(CONFIG.format(
            v1=v1, v2=v2, tlvs=tlvs, server=server_port, directory=self.directory))

    def __enter__(self):
        self.daemon = programs.Daemon("haproxy", ["haproxy", "-db", "-f", self.directory / "conf"],
                                      self.context.environment, self.directory, self.ports.values())
        self.context.logs.append(("log of HAProxy", self.daemon.read_log))
        return self

    def __exit__(self, *_):
        self.daemon.stop()
