/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_USERS_H
#define SUBMISSIOND_USERS_H

/*
 * Who may log in: names with a password (--user) or with what a users file (--users) has of them. A list is never
 * changed once it is built, so worker threads read it without a lock; SIGHUP builds a new one. It is counted by
 * reference, in the loop thread only, and goes with its last holder.
 */

#include <smtpauth/server.h>

struct options;
struct users;

/* What may be known of a user, as bits. PLAIN and LOGIN are served by any of them, CRAM-MD5 by the password alone, each
 * SCRAM by its own. */
enum { USERS_PASSWORD = 1, USERS_CRYPT = 2, USERS_SCRAM_SHA1 = 4, USERS_SCRAM_SHA256 = 8, USERS_ANY = 15 };

/* Reads --user and --users. NULL: `error` says why. */
struct users *users_load(const struct options *options, char *error, size_t error_cap);
struct users *users_hold(struct users *users);
void users_release(struct users *users); /* NULL is fine */

size_t users_count(const struct users *users);
size_t users_count_with(const struct users *users,
                        unsigned kinds);       /* users of whom one of the kinds is known */
bool users_is_slow(const struct users *users); /* does checking a password take a hash? */

/* What unknown users must be shown for the known ones not to stand out. Both 0: nobody has a SCRAM secret. */
struct users_look {
    uint32_t iterations; /* those of the first user who has a SCRAM secret */
    size_t others; /* users whose iterations, or length of salt, differ from what unknown ones are shown */
};
struct users_look users_look(const struct users *users);

/* Is it the user's password? A verdict of tracker.h. Slow, any thread. */
int32_t users_verify(const struct users *users, smtpauth_view identity, smtpauth_view password);

/* The answer to ASK_SECRET, without binding; `kind` is USERS_PASSWORD or one SCRAM's. Views live as long as the list.
 * `user` is USER_DISABLED for a disabled account. */
enum { USER_DISABLED = 1 };
void users_secret(const struct users *users, smtpauth_view identity, unsigned kind, smtpauth_secret *secret);

/* The verdict for a user who was proved to be that one by other means: ACCEPTED, DISABLED, or REJECTED when there is none
 * of this name. */
int32_t users_admit(const struct users *users, smtpauth_view identity);

#endif
