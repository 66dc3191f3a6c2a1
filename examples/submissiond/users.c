/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The list, and what it says without hashing.
 */

#include "users_list.h"

#include <smtpauth/text.h>
#include <smtpauth/tracker.h>
#include <stdlib.h>
#include <string.h>

enum { SALT_OF_UNKNOWN = 16 }; /* octets of the salt that the library makes up for a user who does not exist */

static void wipe_free(void *data, size_t len)
{
    if (data != NULL)
        smtpauth_wipe(data, len);
    free(data);
}

static void wipe_text(char *text)
{
    wipe_free(text, text != NULL ? strlen(text) : 0);
}

struct users *users_hold(struct users *users)
{
    users->references++;
    return users;
}

void users_release(struct users *users)
{
    if (users == NULL || --users->references > 0)
        return;
    for (size_t i = 0; i < users->count; i++) {
        struct user *user = &users->list[i];
        free(user->name);
        wipe_text(user->password);
        wipe_text(user->hash);
        wipe_free(user->sha1, sizeof *user->sha1);
        wipe_free(user->sha256, sizeof *user->sha256);
    }
    free(users->list);
    free(users);
}

static unsigned kinds_of(const struct user *user)
{
    return (user->password != NULL ? USERS_PASSWORD : 0u) | (user->hash != NULL ? USERS_CRYPT : 0u) |
           (user->sha1 != NULL ? USERS_SCRAM_SHA1 : 0u) | (user->sha256 != NULL ? USERS_SCRAM_SHA256 : 0u);
}

size_t users_count(const struct users *users)
{
    return users->count;
}

size_t users_count_with(const struct users *users, unsigned kinds)
{
    size_t count = 0;
    for (size_t i = 0; i < users->count; i++)
        count += (kinds_of(&users->list[i]) & kinds) != 0;
    return count;
}

bool users_is_slow(const struct users *users)
{
    return users->hash_count > 0 || users->scram_count > 0;
}

unsigned users_check_of(const struct user *user)
{
    if (user->password != NULL)
        return CHECK_PASSWORD;
    if (user->hash != NULL)
        return CHECK_HASH;
    return user->sha256 != NULL || user->sha1 != NULL ? CHECK_SCRAM : CHECK_NONE;
}

const struct scram_secret *users_scram_of(const struct user *user)
{
    return user->sha256 != NULL ? user->sha256 : user->sha1;
}

static bool stands_out(const struct scram_secret *secret, uint32_t iterations)
{
    return secret != NULL && (secret->iterations != iterations || secret->salt_len != SALT_OF_UNKNOWN);
}

struct users_look users_look(const struct users *users)
{
    struct users_look look = {0, 0};
    for (size_t i = 0; i < users->count; i++) {
        const struct user *user = &users->list[i];
        if (look.iterations == 0 && users_scram_of(user) != NULL)
            look.iterations = users_scram_of(user)->iterations;
        look.others += stands_out(user->sha1, look.iterations) || stands_out(user->sha256, look.iterations);
    }
    return look;
}

struct user *users_find(const struct users *users, smtpauth_view identity)
{
    struct user *found = NULL;
    for (size_t i = 0; i < users->count; i++) {
        struct user *user = &users->list[i];
        if (user->name_len == identity.len && memcmp(user->name, identity.data, identity.len) == 0)
            found = user;
    }
    return found;
}

static smtpauth_view view_of(const uint8_t *data, size_t len)
{
    smtpauth_view view = {data, len};
    return view;
}

static void take_scram(smtpauth_secret *secret, const struct scram_secret *known)
{
    secret->is_known = known != NULL;
    if (known == NULL)
        return;
    secret->iterations = known->iterations;
    secret->salt = view_of(known->salt, known->salt_len);
    secret->stored_key = view_of(known->stored_key, known->key_len);
    secret->server_key = view_of(known->server_key, known->key_len);
}

void users_secret(const struct users *users, smtpauth_view identity, unsigned kind, smtpauth_secret *secret)
{
    const struct user *user = users_find(users, identity);
    memset(secret, 0, sizeof *secret);
    secret->size = sizeof *secret;
    if (user == NULL)
        return;
    secret->user = user->is_disabled ? USER_DISABLED : 0;
    if (kind == USERS_SCRAM_SHA256)
        take_scram(secret, user->sha256);
    else if (kind == USERS_SCRAM_SHA1)
        take_scram(secret, user->sha1);
    else if (user->password != NULL) {
        secret->password = view_of((const uint8_t *)user->password, strlen(user->password));
        secret->is_known = true;
    }
}

int32_t users_admit(const struct users *users, smtpauth_view identity)
{
    const struct user *user = users_find(users, identity);
    if (user == NULL)
        return SMTPAUTH_REJECTED;
    return user->is_disabled ? SMTPAUTH_DISABLED : SMTPAUTH_ACCEPTED;
}
