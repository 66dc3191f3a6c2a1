# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""One thing that is looked at."""

import traceback
from dataclasses import dataclass
from typing import Callable


class Failure(Exception):
    """It went wrong; says what, and what the peer said."""

    def __init__(self, words, output=""):
        super().__init__(words)
        self.output = output


@dataclass
class Check:
    row: str        # the peer's name
    column: tuple   # where it stands in the part's table: (group, name)
    letter: str     # which of the part's legend
    words: str      # the same in words, for messages
    work: Callable  # raises Failure
    failure: str = ""
    output: str = ""

    def run(self):
        try:
            self.work()
        except Failure as failure:
            self.failure, self.output = str(failure), failure.output
        except Exception:  # a fault of the harness's fails the check too
            self.failure = traceback.format_exc()

    def __str__(self):
        where = " ".join(word for word in self.column if word)
        return f"{self.row}, {where}: {self.words}"
