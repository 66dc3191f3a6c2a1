/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_MECHANISMS_H
#define SUBMISSIOND_MECHANISMS_H

/*
 * The mechanisms by name, what each needs, and which are offered.
 */

#include <smtpauth/sasl.h>

struct options;
struct users;

enum { MECHANISMS_MAX = 16 };

/* What else than users a mechanism needs. */
enum { NEEDS_TLS = 1, NEEDS_TOKEN_COMMAND = 2, NEEDS_CLIENT_CA = 4 };

struct mechanism {
    const char *name;
    smtpauth_mechanism_fn *function;
    uint8_t users; /* it serves those of whom one of these USERS_ kinds is known; 0: not those of the list */
    uint8_t needs;
    bool is_default; /* offered where it can serve anybody, when --mechanisms says nothing */
};

const struct mechanism *mechanism_named(smtpauth_view name); /* in either case; NULL: there is none */

struct mechanism_list {
    const struct mechanism *rows[MECHANISMS_MAX];
    size_t count;
};

/* Reads names parted by commas. False: `error` says what is wrong and which there are. */
bool mechanisms_parse(struct mechanism_list *list, const char *text, char *error, size_t error_cap);

/* What is offered: what --mechanisms lists, all of which must be able to serve somebody, or the default. `functions` ends
 * with NULL. False: `error` says why. */
bool mechanisms_choose(smtpauth_mechanism_fn *functions[MECHANISMS_MAX + 1], const struct options *options,
                       const struct users *users, char *error, size_t error_cap);

#endif
