# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""nginx as a mail proxy. It takes the client's login itself and lets any pass: the server behind it decides, where
nginx logs in for the client (`proxy_smtp_auth`), or takes nginx's word for it (XCLIENT)."""

import http.server
import threading

from harness import programs
from harness.peer import Peer, package

VERSION = "test -e /usr/lib/nginx/modules/ngx_mail_module.so && " + package("libnginx-mod-mail", needs="nginx")
PROXY = Peer("nginx mail, proxy_protocol", VERSION)
XCLIENT = Peer("nginx mail, xclient", VERSION)

CONFIG = """\
load_module /usr/lib/nginx/modules/ngx_mail_module.so;
daemon off;
master_process off;
pid {directory}/pid;
error_log stderr info;
events {{
}}
mail {{
  server_name proxy.client.example;
  auth_http 127.0.0.1:{oracle}/;
  proxy_pass_error_message on;
  smtp_auth plain login;
  smtp_capabilities PIPELINING 8BITMIME "SIZE 33554432";
  timeout 120s;
{services}
}}
"""

SERVICE = """\
  server {{
    listen 127.0.0.1:{port};
    protocol smtp;
    auth_http_header X-Port {server};
    {settings}
  }}
"""

SETTINGS = {
    PROXY: "xclient off; proxy_protocol on; proxy_smtp_auth on;",
    XCLIENT: "xclient on;",
}


class Oracle(http.server.BaseHTTPRequestHandler):
    """What nginx asks: may this user in, and where to?"""

    def do_GET(self):
        self.send_response(200)
        for name, value in (("Auth-Status", "OK"), ("Auth-Server", "127.0.0.1"),
                            ("Auth-Port", self.headers["X-Port"])):
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_):
        pass


class Nginx:
    """`server_ports`: by peer. `ports` too, of its own."""

    def __init__(self, context, server_ports):
        self.context, self.server_ports = context, server_ports
        self.directory = context.new_directory("nginx")
        self.ports = dict(zip(server_ports, programs.free_ports(len(server_ports))))

    def __enter__(self):
        self.oracle = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Oracle)
        threading.Thread(target=self.oracle.serve_forever, daemon=True).start()
        services = "".join(SERVICE.format(port=self.ports[peer], server=port, settings=SETTINGS[peer])
                           for peer, port in self.server_ports.items())
        (self.directory / "conf").write_text(CONFIG.format(
            directory=self.directory, oracle=self.oracle.server_address[1], services=services))
        self.daemon = programs.Daemon("nginx", ["nginx", "-p", self.directory, "-c", self.directory / "conf",
                                                "-e", "stderr"],
                                      self.context.environment, self.directory, self.ports.values())
        self.context.logs.append(("log of nginx", self.daemon.read_log))
        return self

    def __exit__(self, *_):
        self.daemon.stop()
        self.oracle.shutdown()
        self.oracle.server_close()
