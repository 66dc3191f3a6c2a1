/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Checks passwords. Whatever the name, a check does the same work: one comparison in constant time; when any user is
 * checked by crypt(3), one crypt() with the salt and cost of this user or, for any other name, of a stand-in; and the
 * same for SCRAM secrets. So neither reply nor time tells whether a user exists, nor what is known of him. Right
 * credentials of a disabled account hear 525, wrong ones 535 as ever.
 */

#include "users_list.h"

#include <crypt.h>
#include <smtpauth/sasl.h>
#include <smtpauth/text.h>
#include <smtpauth/tracker.h>
#include <stdlib.h>
#include <string.h>

static const char no_password[] = "no password is this one";

/* The user by whom a name that is not checked so is checked: always the same for the same name, and spread over all of
 * them, so that names that do not exist take as long as those that do, be the costs as mixed as they may. */
static const struct user *stand_in(const struct users *users, unsigned check, size_t count,
                                   smtpauth_view identity)
{
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < identity.len; i++)
        sum = (sum ^ identity.data[i]) * 16777619u;
    size_t nth = sum % count;
    const struct user *found = NULL;
    for (size_t i = 0; i < users->count; i++) {
        if (users_check_of(&users->list[i]) == check && nth-- == 0)
            found = &users->list[i];
    }
    return found;
}

static int32_t check_hash(const char *hash, smtpauth_view password)
{
    int32_t verdict = SMTPAUTH_UNAVAILABLE;
    struct crypt_data *data = calloc(1, sizeof *data);
    char *phrase = calloc(1, CRYPT_MAX_PASSPHRASE_SIZE);
    bool fits = password.len < CRYPT_MAX_PASSPHRASE_SIZE && memchr(password.data, 0, password.len) == NULL;
    if (data != NULL && phrase != NULL) {
        memcpy(phrase, password.data, fits ? password.len : 0);
        const char *made = crypt_r(phrase, hash, data);
        if (made == NULL ||
            *made == '*') /* a hash that crypt(3) cannot use: nobody's password, as an unknown name's */
            verdict = SMTPAUTH_REJECTED;
        else
            verdict = smtpauth_secret_equal((const uint8_t *)made, strlen(made), (const uint8_t *)hash,
                                            strlen(hash)) &&
                              fits
                          ? SMTPAUTH_ACCEPTED
                          : SMTPAUTH_REJECTED;
    }
    if (data != NULL)
        smtpauth_wipe(data, sizeof *data);
    if (phrase != NULL)
        smtpauth_wipe(phrase, CRYPT_MAX_PASSPHRASE_SIZE);
    free(data);
    free(phrase);
    return verdict;
}

static int32_t check_scram(const struct scram_secret *secret, smtpauth_view password)
{
    uint8_t stored_key[SCRAM_KEY_MAX], server_key[SCRAM_KEY_MAX];
    int32_t derived = smtpauth_scram_derive(secret->hash, password.data, password.len, secret->salt,
                                            secret->salt_len, secret->iterations, NULL, stored_key, server_key);
    bool is_right = derived == SMTPAUTH_DONE &&
                    smtpauth_secret_equal(stored_key, secret->key_len, secret->stored_key, secret->key_len);
    smtpauth_wipe(stored_key, sizeof stored_key);
    smtpauth_wipe(server_key, sizeof server_key);
    return is_right ? SMTPAUTH_ACCEPTED : SMTPAUTH_REJECTED;
}

static int32_t check_password(const char *expected, smtpauth_view password)
{
    bool is_right =
        smtpauth_secret_equal(password.data, password.len, (const uint8_t *)expected, strlen(expected));
    return is_right ? SMTPAUTH_ACCEPTED : SMTPAUTH_REJECTED;
}

int32_t users_verify(const struct users *users, smtpauth_view identity, smtpauth_view password)
{
    const struct user *user = users_find(users, identity);
    const unsigned check = user != NULL ? users_check_of(user) : CHECK_NONE;
    int32_t verdicts[] = {SMTPAUTH_REJECTED, SMTPAUTH_REJECTED, SMTPAUTH_REJECTED, SMTPAUTH_REJECTED};
    const struct user *by;

    verdicts[CHECK_PASSWORD] = check_password(check == CHECK_PASSWORD ? user->password : no_password, password);
    by = check == CHECK_HASH ? user : NULL;
    if (users->hash_count > 0) {
        by = by != NULL ? by : stand_in(users, CHECK_HASH, users->hash_count, identity);
        verdicts[CHECK_HASH] = check_hash(by->hash, password);
    }
    by = check == CHECK_SCRAM ? user : NULL;
    if (users->scram_count > 0) {
        by = by != NULL ? by : stand_in(users, CHECK_SCRAM, users->scram_count, identity);
        verdicts[CHECK_SCRAM] = check_scram(users_scram_of(by), password);
    }
    bool is_disabled = check != CHECK_NONE && user->is_disabled;
    return is_disabled && verdicts[check] == SMTPAUTH_ACCEPTED ? SMTPAUTH_DISABLED : verdicts[check];
}
