# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""aiosmtpd as a submission server, with one user. Run by Debian's Python: PORT STRICT_PORT DIRECTORY CERTIFICATE KEY USER
PASSWORD TOKEN (not used). On the strict port nothing goes before STARTTLS. Messages become files of the directory."""

import asyncio
import itertools
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

port, strict_port, directory, certificate, key, user, password, _token = sys.argv[1:]
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(certificate, key)
numbers = itertools.count()


class Handler:
    async def handle_DATA(self, _server, _session, envelope):
        name = os.path.join(directory, str(next(numbers)))
        with open(name + ".new", "wb") as file:
            file.write(envelope.original_content)
        os.rename(name + ".new", name)
        return "250 2.0.0 taken"


def authenticate(_server, _session, _envelope, _mechanism, auth_data):
    is_right = (auth_data.login, auth_data.password) == (user.encode(), password.encode())
    return AuthResult(success=is_right, handled=False)


def serve(is_strict):
    return SMTP(Handler(), authenticator=authenticate, auth_required=True, auth_require_tls=False, tls_context=tls,
                require_starttls=is_strict, enable_SMTPUTF8=True, hostname="aiosmtpd.server.example")


async def main():
    loop = asyncio.get_running_loop()
    for each, is_strict in (port, False), (strict_port, True):
        await loop.create_server(lambda is_strict=is_strict: serve(is_strict), "127.0.0.1", int(each))
    await asyncio.Event().wait()


asyncio.run(main())
