/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* What a round is played with, and how it fails. See script.c. */
#ifndef FUZZ_SCRIPT_H
#define FUZZ_SCRIPT_H

#include <smtpauth/smtpauth.h>

typedef struct octets {
    uint8_t *data;
    size_t len, cap;
} octets;

void put(octets *o, const void *data, size_t len);
void dump(const char *name, const octets *o);

/* 0 to n - 1. */
uint32_t chance(uint32_t n);
void seed_chance(uint64_t seed);

extern octets script;  /* of the client */
extern octets walls;   /* for each of its octets: 1 where a piece must end behind it */
extern octets replies; /* of the play at hand */
extern smtpauth_policy policy;
extern bool is_trusted; /* the session may say XCLIENT */

void make_script(void);
void make_policy(void);

/* Prints what, the replies, the seed and the script, then `N passed, 1 failed`, and ends the program. */
void fail(const char *what);
void tell_seed(void);
void round_passed(void);
void report(void);

#endif
