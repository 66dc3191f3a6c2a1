# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""What the clients that are mail systems share: a context for servers/, within TMPDIR."""

import itertools
import os
import sys
from pathlib import Path
from types import SimpleNamespace

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def make_context():
    numbers = itertools.count()

    def new_directory(name):
        directory = Path(os.environ["TMPDIR"]) / f"{name}{next(numbers)}"
        directory.mkdir()
        return directory

    return SimpleNamespace(build=Path(os.environ["INTEROP"]).parent, environment=dict(os.environ), logs=[],
                           new_directory=new_directory, certificates=SimpleNamespace(server="", server_key=""))
