/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

/*
 * The rows of a file in tests/vectors/: fields between blanks, a # begins a remark. A field of octets is "text" or hex
 * digits, or either with `10*` before it, ten times over.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VECTOR_FIELDS_MAX = 6 };

/* Hands every row to `use`, its `n` fields as they are written. Returns how many rows there were. Fails the running
 * test where the file cannot be read or a row has not `n` fields. */
size_t vectors_each(const char *file, size_t n, void (*use)(char *const *fields));

/* The octets that a field says, to be freed. */
uint8_t *vector_octets(const char *field, size_t *len);

#endif
