# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""A part's table of results and its foot."""

LEGEND = {"!": "in place of a letter: it failed", "?": "skipped, as it is not there", "-": "cannot do this, see below"}


def mark(part, peer, column, checks, context):
    if not context.has(peer):
        return "?"
    if part.reason_against(peer, column):
        return "-"
    return "".join("!" if check.failure else check.letter for check in checks
                   if (check.row, check.column) == (peer.name, column))


def columns_of(part):
    return [(group, name) for group, names in part.columns for name in names]


def table(part, checks, context):
    """Rows are peers, columns stand in groups."""
    marks = {(peer.name, column): mark(part, peer, column, checks, context)
             for peer in part.peers for column in columns_of(part)}
    width = {(group, name): max([len(name)] + [len(marks[peer.name, (group, name)]) for peer in part.peers]) + 2
             for group, name in columns_of(part)}
    versions = {peer.name: context.versions[peer.name] or "missing" for peer in part.peers}
    name_width = max(len(name) for name in ["peer", *versions]) + 2
    version_width = max(map(len, ["version", *versions.values()])) + 2
    groups = [(group, max(sum(width[group, name] for name in names), len(group)) + 2) for group, names in part.columns]

    def line(name, version, cell):
        text = name.ljust(name_width) + version.ljust(version_width)
        for (group, group_width), (_, names) in zip(groups, part.columns):
            text += "".join(cell(group, each).ljust(width[group, each]) for each in names).ljust(group_width)
        return text.rstrip()

    lines = []
    if any(group for group, _ in groups):
        lines.append(" " * (name_width + version_width)
                     + "".join(group.ljust(group_width) for group, group_width in groups).rstrip())
    lines.append(line("peer", "version", lambda _, name: name))
    lines += [line(peer.name, versions[peer.name], lambda group, name, peer=peer: marks[peer.name, (group, name)])
              for peer in part.peers]
    return "\n".join(lines)


def foot(part, context):
    lines = [f"{letter}  {words}" for letter, words in {**part.legend, **LEGEND}.items()] + [""]
    lines += [f"-  {words}" for words in part.gaps()]
    lines += [f"   {words}" for words in part.notes()]
    lines += [f"?  {peer.name}: {peer.why_not()}"
              for peer in part.peers if not context.has(peer)]
    return "\n".join(lines).rstrip()
