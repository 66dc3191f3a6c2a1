/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_USERS_LIST_H
#define SUBMISSIOND_USERS_LIST_H

/*
 * What users*.c share.
 */

#include "scram_secret.h"
#include "users.h"

struct user {
    char *name;
    size_t name_len;
    char *password, *hash; /* NULL: not known */
    struct scram_secret *sha1, *sha256;
    bool is_disabled;
};

struct users {
    struct user *list;
    size_t count, references;
    size_t hash_count, scram_count; /* users whose passwords are checked by crypt, by SCRAM */
};

/* By what a password is compared: the first of these that is known of the user. */
enum { CHECK_NONE = 0, CHECK_PASSWORD = 1, CHECK_HASH = 2, CHECK_SCRAM = 3 };
unsigned users_check_of(const struct user *user);
const struct scram_secret *users_scram_of(const struct user *user); /* the stronger one */

/* All names are looked at, so the place in the list does not show in the time. NULL: nobody has this name. */
struct user *users_find(const struct users *users, smtpauth_view identity);

#endif
