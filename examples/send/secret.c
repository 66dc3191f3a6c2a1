/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * It passes through no buffer but the caller's. A command has no standard input, as that may be the message.
 */

#define _GNU_SOURCE /* pipe2 */

#include "secret.h"

#include <smtpauth/text.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

void secret_wipe(struct secret *secret)
{
    smtpauth_wipe(secret, sizeof *secret);
}

/* Reads to the end, so that nobody who writes is cut off; keeps the first line. What is over its limit is none. */
static bool take_line(struct secret *secret, int fd, const char **fault)
{
    char waste[256];
    ssize_t got;
    do {
        size_t room = SECRET_MAX + 1 - secret->len;
        got = read(fd, room > 0 ? secret->text + secret->len : waste, room > 0 ? room : sizeof waste);
        secret->len += got > 0 && room > 0 ? (size_t)got : 0;
    } while (got > 0 || (got < 0 && errno == EINTR));
    smtpauth_wipe(waste, sizeof waste);
    *fault = strerror(errno);
    if (got < 0)
        return false;
    const char *end = memchr(secret->text, '\n', secret->len);
    size_t len = end != NULL ? (size_t)(end - secret->text) : secret->len;
    if (len > 0 && secret->text[len - 1] == '\r')
        len--;
    *fault = len == 0 ? "its first line is empty" : len > SECRET_MAX ? "its first line is too long" : NULL;
    if (*fault == NULL) {
        smtpauth_wipe(secret->text + len, sizeof secret->text - len);
        secret->len = len;
    }
    return *fault == NULL;
}

static bool fetch_file(struct secret *secret, const char *name, const char **fault)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    *fault = strerror(errno);
    if (fd < 0)
        return false;
    bool is_taken = take_line(secret, fd, fault);
    close(fd);
    return is_taken;
}

static pid_t start(const char *command, int output)
{
    char shell[] = "sh", option[] = "-c", text[4096];
    char *const arguments[] = {shell, option, text, NULL};
    sigset_t ordinary;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    pid_t pid = -1;
    if (strlen(command) >= sizeof text)
        return -1;
    memcpy(text, command, strlen(command) + 1);
    sigemptyset(&ordinary);
    sigaddset(&ordinary, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
    bool is_set = posix_spawnattr_setsigdefault(&attributes, &ordinary) == 0 &&
                  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF) == 0 &&
                  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
                  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) == 0;
    if (!is_set || posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments, environ) != 0)
        pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return pid;
}

static bool fetch_output(struct secret *secret, const char *command, const char **fault)
{
    int ends[2], status = 0;
    *fault = "cannot be started";
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t pid = start(command, ends[1]), ended = -1;
    close(ends[1]);
    bool is_taken = pid > 0 && take_line(secret, ends[0], fault);
    close(ends[0]);
    while (pid > 0 && (ended = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
        ;
    if (ended > 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
        *fault = "the command failed";
        is_taken = false;
    }
    return is_taken;
}

bool secret_fetch(struct secret *secret, const struct options *options, const char **fault)
{
    secret_wipe(secret);
    bool is_fetched = options->secret_file != NULL ? fetch_file(secret, options->secret_file, fault)
                                                   : fetch_output(secret, options->secret_command, fault);
    if (!is_fetched)
        secret_wipe(secret);
    return is_fetched;
}
