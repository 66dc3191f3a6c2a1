/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * It passes through no buffer but the caller's. A command has no standard input, as that may be the message.
 */

#include "secret.h"
#include "command.h"

#include <smtpauth/text.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { COMMAND_TIMEOUT_S = 60 };

void secret_wipe(struct secret *secret)
{
    smtpauth_wipe(secret, sizeof *secret);
}

/* ---- The first line ---- */

/* Is all of it there, or more than a secret may have? */
static bool is_whole(const struct secret *secret)
{
    return secret->len == sizeof secret->text || memchr(secret->text, '\n', secret->len) != NULL;
}

/* Returns what read returns. */
static ssize_t read_more(struct secret *secret, int fd)
{
    ssize_t got;
    do
        got = read(fd, secret->text + secret->len, sizeof secret->text - secret->len);
    while (got < 0 && errno == EINTR);
    secret->len += got > 0 ? (size_t)got : 0;
    return got;
}

/* Keeps the first line of what was read. */
static bool cut(struct secret *secret, const char **fault)
{
    const char *end = memchr(secret->text, '\n', secret->len);
    size_t len = end != NULL ? (size_t)(end - secret->text) : secret->len;
    if (len > 0 && secret->text[len - 1] == '\r')
        len--;
    *fault = len == 0 ? "its first line is empty" : len > SECRET_MAX ? "its first line is too long" : NULL;
    if (*fault != NULL)
        return false;
    smtpauth_wipe(secret->text + len, sizeof secret->text - len);
    secret->len = len;
    return true;
}

/* ---- Where it comes from ---- */

static bool fetch_file(struct secret *secret, const char *name, const char **fault)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? 1 : -1;
    while (got > 0 && !is_whole(secret))
        got = read_more(secret, fd);
    *fault = strerror(errno);
    if (fd >= 0)
        close(fd);
    return got >= 0 && cut(secret, fault);
}

static bool fetch_output(struct secret *secret, const struct options *options, const char **fault)
{
    struct command command;
    int timeout_s = options->timeout_s != 0 ? options->timeout_s : COMMAND_TIMEOUT_S;
    *fault = "the command cannot be started";
    if (!command_start(&command, options->secret_command, timeout_s))
        return false;
    bool is_end = false;
    while (!is_end && !is_whole(secret) && command_await(&command))
        is_end = read_more(secret, command.output) <= 0;
    int heard = is_whole(secret) ? COMMAND_HEARD : is_end ? COMMAND_DRAINED : COMMAND_LATE;
    bool is_good = command_end(&command, heard);
    *fault = command.is_late ? "the command took too long" : "the command failed";
    return (heard == COMMAND_HEARD || is_good) && cut(secret, fault);
}

bool secret_fetch(struct secret *secret, const struct options *options, const char **fault)
{
    secret_wipe(secret);
    bool is_fetched = options->secret_file != NULL ? fetch_file(secret, options->secret_file, fault)
                                                   : fetch_output(secret, options, fault);
    if (!is_fetched)
        secret_wipe(secret);
    return is_fetched;
}
