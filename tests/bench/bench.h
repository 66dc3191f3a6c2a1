/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

/* Speed as a ratio: ours against a yardstick on the same data, in the same minute, on the same machine. Figures of two
 * machines say nothing about each other, so nothing here is ever asserted. */

#include <stddef.h>

typedef void bench_fn(void);

/* Prints the heading of rows that are measured against `other`. */
void bench_heading(const char *title, const char *other);

/* Runs both in turns and prints one row: ours and the other's MB/s of their best turns, and how many times the other's
 * speed ours is. One run works on `octets`. */
void bench_row(const char *name, double octets, bench_fn *ours, bench_fn *other);

#endif
