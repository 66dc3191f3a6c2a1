/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Several programs may run at once: a change is read, made and written under a lock on a file beside it, and the new file
 * replaces the old in one step.
 */

#include "guard.h"

#include <smtpauth/text.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HEX = 2 * SMTPAUTH_FINGERPRINT, LINE_CAP = 2048, NAME_CAP = 3 * SMTPAUTH_IDENTITY_MAX + 1 };

static const uint64_t keep_s = UINT64_C(30) * 24 * 3600;

/* ---- Its text ---- */

static bool read_hex(const char *text, uint8_t out[SMTPAUTH_FINGERPRINT])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SMTPAUTH_FINGERPRINT; i++) {
        const char *high = text[2 * i] != '\0' ? strchr(digits, text[2 * i]) : NULL;
        const char *low = high != NULL && text[2 * i + 1] != '\0' ? strchr(digits, text[2 * i + 1]) : NULL;
        if (low == NULL)
            return false;
        out[i] = (uint8_t)((high - digits) * 16 + (low - digits));
    }
    return true;
}

static void write_hex(FILE *file, const uint8_t data[SMTPAUTH_FINGERPRINT])
{
    for (size_t i = 0; i < SMTPAUTH_FINGERPRINT; i++)
        fprintf(file, "%02x", data[i]);
}

/* A name without blanks and controls, cut at the longest that a server is told. */
static void escape(const char *name, char out[NAME_CAP])
{
    size_t len = 0;
    for (size_t i = 0; name[i] != '\0' && i < SMTPAUTH_IDENTITY_MAX; i++) {
        uint8_t octet = (uint8_t)name[i];
        bool is_plain = octet > ' ' && octet != 0x7F && octet != '%';
        len += (size_t)snprintf(out + len, NAME_CAP - len, is_plain ? "%c" : "%%%02X", octet);
    }
    out[len] = '\0';
}

static void drop(struct guard *guard, size_t at)
{
    free(guard->entries[at].server);
    free(guard->entries[at].user);
    guard->entries[at] = guard->entries[--guard->count];
}

/* The oldest gives way where there is no room. */
static bool add(struct guard *guard, const uint8_t *fingerprint, uint64_t time_s, const char *server,
                const char *user)
{
    if (guard->count == GUARD_ENTRIES_MAX) {
        size_t oldest = 0;
        for (size_t i = 1; i < guard->count; i++)
            oldest = guard->entries[i].time < guard->entries[oldest].time ? i : oldest;
        drop(guard, oldest);
    }
    struct guard_entry entry = {.time = time_s, .server = strdup(server), .user = strdup(user)};
    if (entry.server == NULL || entry.user == NULL) {
        free(entry.server);
        free(entry.user);
        return false;
    }
    memcpy(entry.fingerprint, fingerprint, sizeof entry.fingerprint);
    guard->entries[guard->count++] = entry;
    return true;
}

static void take_line(struct guard *guard, const char *line, uint64_t now)
{
    char server[LINE_CAP], user[LINE_CAP] = "";
    uint8_t fingerprint[SMTPAUTH_FINGERPRINT];
    char *behind;
    if (strncmp(line, "key ", 4) == 0 && !guard->has_key) {
        guard->has_key = read_hex(line + 4, guard->key);
        return;
    }
    if (!read_hex(line, fingerprint))
        return;
    uint64_t time_s = strtoull(line + HEX, &behind, 10);
    if (sscanf(behind, " %2047s %2047s", server, user) >= 1 && time_s <= now && now - time_s < keep_s)
        (void)add(guard, fingerprint, time_s, server, user);
}

static void clear(struct guard *guard)
{
    while (guard->count > 0)
        drop(guard, guard->count - 1);
    smtpauth_wipe(guard->key, sizeof guard->key);
    guard->has_key = false;
}

/* False: it is there and cannot be read. What is not understood is left out. */
static bool load(struct guard *guard)
{
    char line[LINE_CAP];
    clear(guard);
    FILE *file = fopen(guard->path, "re");
    if (file == NULL)
        return errno == ENOENT;
    while (fgets(line, sizeof line, file) != NULL)
        take_line(guard, line, (uint64_t)time(NULL));
    smtpauth_wipe(line, sizeof line);
    bool is_read = ferror(file) == 0;
    fclose(file);
    return is_read;
}

static bool store(const struct guard *guard)
{
    char path[GUARD_PATH_MAX + 8];
    snprintf(path, sizeof path, "%s.new", guard->path);
    unlink(path); /* left by one that was killed; the lock is ours */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *file = fd >= 0 && fchmod(fd, 0600) == 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    fputs("key ", file);
    write_hex(file, guard->key);
    for (size_t i = 0; i < guard->count; i++) {
        const struct guard_entry *entry = &guard->entries[i];
        putc('\n', file);
        write_hex(file, entry->fingerprint);
        fprintf(file, " %llu %s %s", (unsigned long long)entry->time, entry->server, entry->user);
    }
    putc('\n', file);
    bool is_written = fflush(file) == 0 && fsync(fd) == 0 && ferror(file) == 0;
    is_written = fclose(file) == 0 && is_written;
    if (is_written && rename(path, guard->path) == 0)
        return true;
    unlink(path);
    return false;
}

/* ---- The file ---- */

static bool make_folders(const char *path)
{
    char folder[GUARD_PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return true;
}

static int lock(const struct guard *guard)
{
    char path[GUARD_PATH_MAX + 8];
    snprintf(path, sizeof path, "%s.lock", guard->path);
    int fd = make_folders(guard->path) ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    int locked = -1;
    while (fd >= 0 && (locked = flock(fd, LOCK_EX)) != 0 && errno == EINTR)
        ;
    if (fd >= 0 && locked != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool find_path(struct guard *guard, const struct options *options)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int len = -1;
    if (options->guard_file != NULL)
        len = snprintf(guard->path, sizeof guard->path, "%s", options->guard_file);
    else if (state != NULL && *state == '/')
        len = snprintf(guard->path, sizeof guard->path, "%s/smtpauth/rejected", state);
    else if (home != NULL && *home == '/')
        len = snprintf(guard->path, sizeof guard->path, "%s/.local/state/smtpauth/rejected", home);
    return len > 0 && (size_t)len < sizeof guard->path;
}

/* Forgets this server's entries of one user; NULL: of all. */
static bool forget(struct guard *guard, const char *user)
{
    char escaped[NAME_CAP] = "";
    if (user != NULL)
        escape(user, escaped);
    int fd = lock(guard);
    bool is_done = fd >= 0 && load(guard);
    for (size_t i = guard->count; is_done && i > 0; i--) {
        const struct guard_entry *entry = &guard->entries[i - 1];
        if (strcmp(entry->server, guard->server) == 0 && (user == NULL || strcmp(entry->user, escaped) == 0))
            drop(guard, i - 1);
    }
    is_done = is_done && (!guard->has_key || store(guard));
    if (fd >= 0)
        close(fd);
    return is_done;
}

/* A key is made once for all programs, so under the lock; where it cannot be written guard_add will tell. A file that has
 * something else in it is left alone. */
static bool make_key(struct guard *guard, const char **fault)
{
    struct stat facts;
    int fd = lock(guard);
    bool is_read = load(guard);
    *fault = is_read ? NULL : strerror(errno);
    if (is_read && !guard->has_key && stat(guard->path, &facts) == 0 && facts.st_size > 0)
        *fault = "it has no key in it, so it is another's";
    if (*fault == NULL && !guard->has_key) {
        guard->has_key = getentropy(guard->key, sizeof guard->key) == 0;
        *fault = guard->has_key ? NULL : strerror(errno);
        if (guard->has_key && fd >= 0)
            (void)store(guard);
    }
    if (fd >= 0)
        close(fd);
    return *fault == NULL;
}

bool guard_open(struct guard *guard, const struct options *options, const char **fault)
{
    memset(guard, 0, sizeof *guard);
    *fault = NULL;
    snprintf(guard->server, sizeof guard->server, "%s:%s", options->host, options->port);
    if (!find_path(guard, options) || strcmp(guard->path, "/dev/null") == 0) {
        guard->path[0] = '\0';
        return false;
    }
    bool is_read = (!options->forgets || forget(guard, options->user)) && load(guard);
    *fault = is_read ? NULL : strerror(errno);
    bool is_open = is_read && (guard->has_key || make_key(guard, fault));
    if (!is_open)
        clear(guard);
    return is_open;
}

size_t guard_fingerprints(const struct guard *guard, uint8_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < guard->count; i++) {
        if (strcmp(guard->entries[i].server, guard->server) == 0)
            memcpy(out + SMTPAUTH_FINGERPRINT * count++, guard->entries[i].fingerprint, SMTPAUTH_FINGERPRINT);
    }
    return count;
}

bool guard_add(struct guard *guard, const char *user, const uint8_t *fingerprint)
{
    uint8_t key[SMTPAUTH_FINGERPRINT];
    char escaped[NAME_CAP];
    memcpy(key, guard->key, sizeof key);
    escape(*user != '\0' ? user : "-", escaped);
    int fd = lock(guard);
    bool is_added = fd >= 0 && load(guard);
    if (is_added && !guard->has_key) {
        memcpy(guard->key, key, sizeof key);
        guard->has_key = true;
    }
    /* The file may have been replaced meanwhile by one with another key: by that it would tell nothing. */
    is_added = is_added && memcmp(key, guard->key, sizeof key) == 0 &&
               add(guard, fingerprint, (uint64_t)time(NULL), guard->server, escaped) && store(guard);
    if (fd >= 0)
        close(fd);
    smtpauth_wipe(key, sizeof key);
    return is_added;
}

void guard_close(struct guard *guard)
{
    clear(guard);
}
