/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SEND_GUARD_H
#define SEND_GUARD_H

/*
 * The lockout guard's memory: a small file of fingerprints of secrets that servers rejected (client.h). It tells nobody the
 * secrets, as long as its first line, the key, is not known; hence its mode, 0600. One line each:
 *
 *     key 64 hex digits
 *     64 hex digits, seconds since 1970, server, user
 *
 * Server and user are there for --forget and for people. What is older than thirty days is dropped at the next change.
 */

#include "options.h"

enum { GUARD_ENTRIES_MAX = 256, GUARD_PATH_MAX = 4096 };

struct guard_entry {
    uint8_t fingerprint[SMTPAUTH_FINGERPRINT];
    uint64_t time;
    char *server, *user; /* as in the file, blanks and controls as %XX; allocated */
};

struct guard {
    char path[GUARD_PATH_MAX]; /* "": nothing is kept */
    uint8_t key[SMTPAUTH_FINGERPRINT];
    bool has_key;
    struct guard_entry entries[GUARD_ENTRIES_MAX];
    size_t count;
    char server[HOST_MAX + PORT_MAX + 2];
};

/* Reads the file, or makes one with a key if there is none; forgets what the options say. False: there is no file to be had,
 * with `fault` saying why, and nothing is kept; `fault` is NULL when that was wanted. */
bool guard_open(struct guard *guard, const struct options *options, const char **fault);

/* The fingerprints of this server's. Returns how many; `out` has room for GUARD_ENTRIES_MAX. */
size_t guard_fingerprints(const struct guard *guard, uint8_t *out);

/* Keeps one more, on disk when it returns. False: it could not be written. */
bool guard_add(struct guard *guard, const char *user, const uint8_t *fingerprint);

void guard_close(struct guard *guard);

#endif
