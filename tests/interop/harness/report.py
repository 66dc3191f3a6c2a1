# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""The table of results and its foot."""

TLS = {"clear": "clear text", "starttls": "STARTTLS", "tls": "implicit TLS"}
COLUMNS = [("PLAIN", "ab"), ("LOGIN", "ab"), ("NONE", "c")]

LEGEND = """\
a  right password: delivered, byte for byte
b  wrong password: the client reports 535, nothing is stored
c  no credentials (NONE): the client reports 530, nothing is stored
!  in place of a letter: it failed
?  not run
-  the client cannot do this, see below"""


def mark(cells, client, tls, mechanism, scenes):
    if client.reason_against(mechanism, tls) is not None:
        return "-"
    done = [cells.get((client.name, tls, mechanism, scene)) for scene in scenes]
    if None in done:
        return "?"
    return "".join("!" if cell.failure else cell.scene for cell in done)


def table(clients, versions, cells):
    width = max(len(client.name) for client in clients)
    version_width = max(len(versions[client.name] or "missing") for client in clients)
    group = 6 * len(COLUMNS)
    lines = [" " * (width + version_width + 4) + "".join(name.ljust(group + 2) for name in TLS.values()).rstrip()]
    lines.append("client".ljust(width + 2) + "version".ljust(version_width + 2)
                 + ("".join(name.ljust(6) for name, _ in COLUMNS) + "  ") * len(TLS))
    for client in clients:
        line = client.name.ljust(width + 2) + (versions[client.name] or "missing").ljust(version_width + 2)
        for tls in TLS:
            for mechanism, scenes in COLUMNS:
                line += mark(cells, client, tls, mechanism, scenes).ljust(6)
            line += "  "
        lines.append(line)
    return "\n".join(line.rstrip() for line in lines)


def foot(clients, versions):
    lines = [LEGEND, ""]
    for client in clients:
        for (mechanism, tls), reason in client.cannot.items():
            where = " ".join(([] if mechanism == "*" else [mechanism]) + ([] if tls == "*" else [TLS[tls]]))
            lines.append(f"-  {client.name}, {where}: {reason}")
    for client in clients:
        if client.note:
            lines.append(f"   {client.name}: {client.note}" + ("" if client.whole else "; its body is compared"))
    for client in clients:
        if client.code_from:
            lines.append(f"   {client.name}: its ordinary messages lack reply codes; read from {client.code_from}")
    for client in clients:
        if versions[client.name] is None:
            lines.append(f"?  {client.name}: not installed; tests/interop/install installs it")
    return "\n".join(lines)
