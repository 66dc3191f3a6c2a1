# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""Counts what a script checks. What it draws at random comes from PICK, whose seed is told where something fails."""

import random

SEED = random.SystemRandom().randrange(1 << 32)
PICK = random.Random(SEED)

passed = failed = 0


def check(is_right, what, *more):
    global passed, failed
    passed, failed = passed + bool(is_right), failed + (not is_right)
    if not is_right:
        print("FAILED", what, *more, f"(seed {SEED})")


def report():
    """The last line, and the exit status."""
    print(f"{passed} passed, {failed} failed")
    return failed != 0
