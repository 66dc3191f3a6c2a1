/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_CHANCE_H
#define TESTS_CHANCE_H

/* What happens at random in a test, the same on every run: a seed names a walk. */

#include <stdint.h>

void chance_begin(uint64_t seed);

/* One of 0 ... below - 1. */
uint32_t chance(uint32_t below);

#endif
