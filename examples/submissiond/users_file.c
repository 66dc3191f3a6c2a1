/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Reads --user and the users file. Lines of one name add up to one user; an account is disabled when one of its lines
 * begins its secret with '!'.
 */

#include "options.h"
#include "users_list.h"

#include <crypt.h>
#include <errno.h>
#include <smtpauth/text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char no_memory[] = "does not fit into memory";
static const char twice[] = "repeats what was given before for this user";
static const char plain_scheme[] = "{PLAIN}";

static struct user *user_of(struct users *users, smtpauth_view name)
{
    struct user *user = users_find(users, name);
    if (user != NULL)
        return user;
    struct user *list = realloc(users->list, (users->count + 1) * sizeof *list);
    if (list == NULL)
        return NULL;
    users->list = list;
    user = &list[users->count];
    memset(user, 0, sizeof *user);
    user->name = strndup((const char *)name.data, name.len);
    user->name_len = name.len;
    users->count += user->name != NULL;
    return user->name != NULL ? user : NULL;
}

static const char *keep_text(char **place, const char *text)
{
    if (*place != NULL)
        return twice;
    *place = strdup(text);
    return *place != NULL ? NULL : no_memory;
}

static const char *keep_hash(struct user *user, const char *hash)
{
    if (strncmp(hash, "$6$", 3) != 0 && strncmp(hash, "$y$", 3) != 0)
        return "has no secret that is known: SHA-512 ($6$), yescrypt ($y$), SCRAM-SHA-..., {PLAIN} or *";
#ifdef CRYPT_CHECKSALT_AVAILABLE
    if (crypt_checksalt(hash) == CRYPT_SALT_INVALID)
        return "has a hash that crypt(3) cannot read";
#endif
    return keep_text(&user->hash, hash);
}

static const char *keep_scram(struct user *user, const char *text)
{
    struct scram_secret *secret = calloc(1, sizeof *secret);
    if (secret == NULL)
        return no_memory;
    const char *fault = scram_secret_parse(secret, text);
    struct scram_secret **place = secret->hash == SMTPAUTH_SHA1 ? &user->sha1 : &user->sha256;
    if (fault == NULL && *place != NULL)
        fault = twice;
    if (fault == NULL) {
        *place = secret;
        return NULL;
    }
    smtpauth_wipe(secret, sizeof *secret);
    free(secret);
    return fault;
}

static const char *keep(struct user *user, const char *secret)
{
    if (*secret == '!') {
        user->is_disabled = true;
        secret++;
    }
    if (strcmp(secret, "*") == 0) /* no password: other ways may lead in */
        return NULL;
    if (scram_secret_is_one(secret))
        return keep_scram(user, secret);
    if (strncmp(secret, plain_scheme, sizeof plain_scheme - 1) != 0)
        return keep_hash(user, secret);
    secret += sizeof plain_scheme - 1;
    return *secret != '\0' ? keep_text(&user->password, secret) : "has an empty password";
}

/* One line. Returns what is wrong with it, or NULL. */
static const char *read_line(struct users *users, char *line)
{
    line[strcspn(line, "\r\n")] = '\0';
    size_t blanks = strspn(line, " \t");
    if (line[blanks] == '\0' || line[blanks] == '#')
        return NULL;
    const char *colon = strchr(line, ':');
    if (colon == NULL || colon == line)
        return "is not NAME:SECRET";
    smtpauth_view name = {(const uint8_t *)line, (size_t)(colon - line)};
    if (name.len > SMTPAUTH_IDENTITY_MAX)
        return "has a name of more than 255 octets";
    struct user *user = user_of(users, name);
    return user != NULL ? keep(user, colon + 1) : no_memory;
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

/* NAME:PASSWORD, as options.c has checked. */
static bool add_given(struct users *users, const char *text, char *error, size_t error_cap)
{
    const char *colon = strchr(text, ':');
    smtpauth_view name = {(const uint8_t *)text, (size_t)(colon - text)};
    struct user *user = user_of(users, name);
    const char *fault = user != NULL ? keep_text(&user->password, colon + 1) : no_memory;
    if (fault != NULL)
        snprintf(error, error_cap, "--user %.*s %s", (int)name.len, text, fault);
    return fault == NULL;
}

static void count(struct users *users)
{
    for (size_t i = 0; i < users->count; i++) {
        unsigned check = users_check_of(&users->list[i]);
        users->hash_count += check == CHECK_HASH;
        users->scram_count += check == CHECK_SCRAM;
    }
}

struct users *users_load(const struct options *options, char *error, size_t error_cap)
{
    struct users *users = calloc(1, sizeof *users);
    bool is_good = users != NULL;
    snprintf(error, error_cap, "users: out of memory");
    if (is_good)
        users->references = 1;
    for (size_t i = 0; is_good && i < options->user_count; i++)
        is_good = add_given(users, options->users[i], error, error_cap);
    if (is_good && options->users_file != NULL)
        is_good = read_file(users, options->users_file, error, error_cap);
    if (is_good) {
        count(users);
        *error = '\0';
        return users;
    }
    users_release(users);
    return NULL;
}
