# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""What a part of the tests is: a table of peers, and what is looked at of each."""

from contextlib import contextmanager


class Part:
    name = ""     # for --part
    title = ""
    legend = {}   # letter: what it says when it stands there
    columns = []  # (group, [name ...])
    peers = []    # its rows

    @contextmanager
    def opened(self, context):
        """Starts what the part needs, gives its checks as a list, and ends it all again."""
        raise NotImplementedError
        yield  # pylint: disable=unreachable

    def reason_against(self, peer, column):
        """Why this peer cannot do this; None if it can, or if there is nothing to say."""
        return None

    def gaps(self):
        """The reasons in words."""
        return []

    def notes(self):
        return []
