/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* The fuzzer's oracle: units of a client's octets, and replies to them. See oracle.c. */
#ifndef FUZZ_ORACLE_H
#define FUZZ_ORACLE_H

#include "script.h"

typedef struct oracle {
    uint8_t line[32]; /* how the unit begins */
    size_t len;
    uint64_t swallow; /* octets of BDAT to come */
    bool is_last;     /* the unit ends a message */
    bool in_data, in_exchange, is_long, is_judged, after_cr, is_auth, is_too_idle;
    uint32_t dot, wanted, got, recipients;
} oracle;

/* One octet more, in a session that has counted `idle` idle commands. Returns how many replies it wants: none, but when
 * it ends a unit. */
uint32_t unit_ends(oracle *o, uint8_t c, uint32_t idle);

/* Any reply line: its length, its end, its octets. */
void judge_line(const uint8_t *line, size_t len);

/* The last line of a reply, to a session that is authenticated or not. Returns true when the session ends with it. */
bool judge_reply(oracle *o, const uint8_t *line, bool is_authenticated);

bool holds(const void *data, size_t len, const char *what);

#endif
