/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Reads and checks credentials. Whatever the name, a check does the same work: one comparison in constant time and,
 * when any user has a hash, one crypt() with the salt and cost of this user or, for any other name, of a stand-in. So
 * neither reply nor time tells whether a user exists. An account whose hash begins with '!' is disabled: right
 * credentials hear 525, wrong ones 535 as ever.
 */

#include "users.h"
#include "options.h"

#include <crypt.h>
#include <errno.h>
#include <smtpauth/text.h>
#include <smtpauth/tracker.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct user {
    char *name;
    char *secret; /* password or hash */
    bool is_hash, is_disabled;
};

struct users {
    struct user *list;
    size_t count, hash_count, references;
};

static const char no_password[] = "no password is this one";

static void wipe_string(char *text)
{
    if (text != NULL)
        smtpauth_wipe(text, strlen(text));
    free(text);
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
        free(users->list[i].name);
        wipe_string(users->list[i].secret);
    }
    free(users->list);
    free(users);
}

size_t users_count(const struct users *users)
{
    return users->count;
}

bool users_is_slow(const struct users *users)
{
    return users->hash_count > 0;
}

static bool add(struct users *users, const char *name, size_t name_len, const char *secret, bool is_hash)
{
    struct user *list = realloc(users->list, (users->count + 1) * sizeof *list);
    if (list == NULL)
        return false;
    users->list = list;
    struct user *user = &list[users->count];
    user->is_hash = is_hash;
    user->is_disabled = is_hash && *secret == '!';
    user->name = strndup(name, name_len);
    user->secret = strdup(user->is_disabled ? secret + 1 : secret);
    users->count++;
    users->hash_count += is_hash;
    return user->name != NULL && user->secret != NULL;
}

static bool hash_is_usable(const char *hash)
{
    if (*hash == '!')
        hash++;
    if (strncmp(hash, "$6$", 3) != 0 && strncmp(hash, "$y$", 3) != 0)
        return false;
#ifdef CRYPT_CHECKSALT_AVAILABLE
    return crypt_checksalt(hash) != CRYPT_SALT_INVALID;
#else
    return true;
#endif
}

/* One line of --users. Returns what is wrong with it, or NULL. */
static const char *read_line(struct users *users, char *line)
{
    line[strcspn(line, "\r\n")] = '\0';
    size_t blanks = strspn(line, " \t");
    if (line[blanks] == '\0' || line[blanks] == '#')
        return NULL;
    const char *colon = strchr(line, ':');
    if (colon == NULL || colon == line)
        return "is not NAME:HASH";
    if (!hash_is_usable(colon + 1))
        return "has no SHA-512 ($6$) or yescrypt ($y$) hash";
    return add(users, line, (size_t)(colon - line), colon + 1, true) ? NULL : "does not fit into memory";
}

static bool read_file(struct users *users, const char *path, char *error, size_t error_cap)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        snprintf(error, error_cap, "users file %s: %s", path, strerror(errno));
        return false;
    }
    char *line = NULL;
    const char *fault = NULL;
    size_t cap = 0, number = 0;
    while (fault == NULL && getline(&line, &cap, file) >= 0) {
        number++;
        fault = read_line(users, line);
    }
    if (fault != NULL)
        snprintf(error, error_cap, "users file %s: line %zu %s", path, number, fault);
    else if (ferror(file))
        snprintf(error, error_cap, "users file %s: %s", path, fault = strerror(errno));
    if (line != NULL)
        smtpauth_wipe(line, cap);
    free(line);
    fclose(file);
    return fault == NULL;
}

struct users *users_load(const struct options *options, char *error, size_t error_cap)
{
    struct users *users = calloc(1, sizeof *users);
    bool is_good = users != NULL;
    snprintf(error, error_cap, "users: out of memory");
    if (is_good)
        users->references = 1;
    for (size_t i = 0; is_good && i < options->user_count; i++) {
        const char *colon = strchr(options->users[i], ':');
        is_good = add(users, options->users[i], (size_t)(colon - options->users[i]), colon + 1, false);
    }
    if (is_good && options->users_file != NULL)
        is_good = read_file(users, options->users_file, error, error_cap);
    if (is_good)
        return users;
    users_release(users);
    return NULL;
}

/* All names are looked at, so the place in the list does not show in the time. The first of two equal names counts. */
static const struct user *find(const struct users *users, smtpauth_view identity)
{
    const struct user *found = NULL;
    for (size_t i = 0; i < users->count; i++) {
        const struct user *user = &users->list[i];
        bool is_it = strlen(user->name) == identity.len && memcmp(user->name, identity.data, identity.len) == 0;
        if (is_it && found == NULL)
            found = user;
    }
    return found;
}

/* The hash that a name without one is checked against: always the same for the same name, and spread over all of
 * them, so that names that do not exist take as long as those that do, be the costs as mixed as they may. */
static const char *stand_in(const struct users *users, smtpauth_view identity)
{
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < identity.len; i++)
        sum = (sum ^ identity.data[i]) * 16777619u;
    size_t nth = sum % users->hash_count;
    for (size_t i = 0; i < users->count; i++) {
        if (users->list[i].is_hash && nth-- == 0)
            return users->list[i].secret;
    }
    return "";
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
        if (made != NULL && *made != '*')
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

int32_t users_verify(const struct users *users, smtpauth_view identity, smtpauth_view password)
{
    const struct user *user = find(users, identity);
    bool has_hash = user != NULL && user->is_hash;
    bool has_password = user != NULL && !user->is_hash;
    const char *expected = has_password ? user->secret : no_password;
    bool is_equal =
        smtpauth_secret_equal(password.data, password.len, (const uint8_t *)expected, strlen(expected));
    int32_t verdict = SMTPAUTH_REJECTED;
    if (users->hash_count > 0)
        verdict = check_hash(has_hash ? user->secret : stand_in(users, identity), password);
    if (has_hash)
        return verdict == SMTPAUTH_ACCEPTED && user->is_disabled ? SMTPAUTH_DISABLED : verdict;
    return has_password && is_equal ? SMTPAUTH_ACCEPTED : SMTPAUTH_REJECTED;
}
