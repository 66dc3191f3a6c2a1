/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_USERS_H
#define SUBMISSIOND_USERS_H

/*
 * Who may log in: names with a password (--user) or a crypt(3) hash (--users). A list is never changed once it is
 * built, so worker threads read it without a lock; SIGHUP builds a new one. It is counted by reference, in the loop
 * thread only, and goes with its last holder.
 */

#include <smtpauth/types.h>

struct options;
struct users;

/* Reads --user and --users. NULL: `error` says why. */
struct users *users_load(const struct options *options, char *error, size_t error_cap);
struct users *users_hold(struct users *users);
void users_release(struct users *users); /* NULL is fine */

size_t users_count(const struct users *users);
bool users_is_slow(const struct users *users); /* does a check take a hash? */

/* Is it the user's password? A verdict of tracker.h. Slow, any thread. */
int32_t users_verify(const struct users *users, smtpauth_view identity, smtpauth_view password);

#endif
