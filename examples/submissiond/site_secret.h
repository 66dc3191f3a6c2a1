/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_SITE_SECRET_H
#define SUBMISSIOND_SITE_SECRET_H

/*
 * A secret that stays the same for years: from it come the salts that SCRAM shows for users who do not exist. If it
 * changed at each start, so would these salts, and only these.
 */

#include <smtpauth/types.h>

enum { SITE_SECRET_LEN = 32 };

/* Reads the file, or makes it when it is missing. False: `error` says why. */
bool site_secret_load(const char *path, uint8_t secret[SITE_SECRET_LEN], char *error, size_t error_cap);

#endif
