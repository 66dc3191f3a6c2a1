/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The token reaches the program in a file without a name, so that no write to it can wait or fail midway, and no other
 * user sees it, as one would in arguments or environment. The program has a process group of its own, so that what it
 * started ends with it.
 */

#define _GNU_SOURCE /* memfd_create, pipe2, posix_spawn_file_actions_addclosefrom_np */

#include "token_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <smtpauth/text.h>
#include <smtpauth/tracker.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TIMEOUT_MS = 10000, OUTPUT_MAX = 4096 };

extern char **environ;

struct run {
    pid_t pid;
    int input, output, told; /* what it reads; its output; where it writes that */
    int pid_fd;
    char text[OUTPUT_MAX];
    size_t len;
};

static bool write_all(int fd, const void *data, size_t len)
{
    const char *at = data;
    while (len > 0) {
        ssize_t written = write(fd, at, len);
        if (written < 0 && errno != EINTR)
            return false;
        at += written > 0 ? written : 0;
        len -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

static bool open_files(struct run *run, smtpauth_view user, smtpauth_view token)
{
    int ends[2];
    run->input = memfd_create("token", MFD_CLOEXEC);
    if (pipe2(ends, O_CLOEXEC) == 0) {
        run->output = ends[0];
        run->told = ends[1];
    }
    return run->input >= 0 && run->output >= 0 && fcntl(run->output, F_SETFL, O_NONBLOCK) == 0 &&
           write_all(run->input, user.data, user.len) && write_all(run->input, "\n", 1) &&
           write_all(run->input, token.data, token.len) && write_all(run->input, "\n", 1) &&
           lseek(run->input, 0, SEEK_SET) == 0;
}

/* The server blocks and ignores signals; the program must not inherit that. */
static bool set_signals(posix_spawnattr_t *attributes)
{
    sigset_t none, ordinary;
    sigemptyset(&none);
    sigemptyset(&ordinary);
    sigaddset(&ordinary, SIGPIPE);
    sigaddset(&ordinary, SIGXFSZ);
    return posix_spawnattr_setsigmask(attributes, &none) == 0 &&
           posix_spawnattr_setsigdefault(attributes, &ordinary) == 0 &&
           posix_spawnattr_setpgroup(attributes, 0) == 0 &&
           posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETPGROUP) == 0;
}

/* All descriptors of ours are closed on exec; closing all others too guards against what libraries open. */
static bool set_files(posix_spawn_file_actions_t *actions, const struct run *run)
{
    bool is_set = posix_spawn_file_actions_adddup2(actions, run->input, STDIN_FILENO) == 0 &&
                  posix_spawn_file_actions_adddup2(actions, run->told, STDOUT_FILENO) == 0;
#if defined __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 34)
    is_set = is_set && posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1) == 0;
#endif
#endif
    return is_set;
}

static bool start(struct run *run, const char *program)
{
    char name[] = "token-command";
    char *const arguments[] = {name, NULL};
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
    bool is_started = set_signals(&attributes) && set_files(&actions, run) &&
                      posix_spawn(&run->pid, program, &actions, &attributes, arguments, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (is_started)
        run->pid_fd = (int)syscall(SYS_pidfd_open, run->pid, 0);
    return is_started;
}

/* What does not fit is read and dropped, so that the program does not wait. */
static void read_output(struct run *run)
{
    char waste[OUTPUT_MAX];
    ssize_t got;
    do {
        size_t room = sizeof run->text - run->len;
        got = read(run->output, room > 0 ? run->text + run->len : waste, room > 0 ? room : sizeof waste);
        run->len += got > 0 && room > 0 ? (size_t)got : 0;
    } while (got > 0);
    if (got == 0) { /* it closed its output: only its end is waited for */
        close(run->output);
        run->output = -1;
    }
}

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for its end. What went wrong, or NULL. */
static const char *await(struct run *run, int stop_fd)
{
    const int64_t until = monotonic_ms() + TIMEOUT_MS;
    for (;;) {
        struct pollfd waits[] = {{run->pid_fd, POLLIN, 0}, {stop_fd, POLLIN, 0}, {run->output, POLLIN, 0}};
        int64_t left = until - monotonic_ms();
        if (left <= 0)
            return "gave no answer in time";
        if (poll(waits, sizeof waits / sizeof *waits, (int)left) < 0 && errno != EINTR)
            return "cannot be waited for";
        if (run->output >= 0)
            read_output(run);
        if ((waits[0].revents & POLLIN) != 0)
            return NULL;
        if ((waits[1].revents & POLLIN) != 0)
            return "was ended, as the server ends";
    }
}

static void judge(struct token_answer *answer, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        answer->verdict = SMTPAUTH_ACCEPTED;
    else if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
        answer->verdict = SMTPAUTH_REJECTED;
    else
        answer->fault = WIFSIGNALED(status) ? "died of a signal" : "ended with a status over 1";
}

static void take_name(struct token_answer *answer, const struct run *run)
{
    size_t len = 0;
    while (len < run->len && run->text[len] != '\n')
        len++;
    bool is_good = len > 0 && len <= TOKEN_NAME_MAX && smtpauth_utf8_is_valid((const uint8_t *)run->text, len);
    for (size_t i = 0; i < len && is_good; i++)
        is_good = (uint8_t)run->text[i] >= ' ' && run->text[i] != 0x7F;
    if (is_good)
        memcpy(answer->name, run->text, len);
}

static void finish(struct run *run, int stop_fd, struct token_answer *answer)
{
    int status = 0;
    answer->fault = run->pid_fd >= 0 ? await(run, stop_fd) : "cannot be watched";
    if (answer->fault != NULL)
        kill(-run->pid, SIGKILL);
    pid_t ended;
    do
        ended = waitpid(run->pid, &status, 0);
    while (ended < 0 && errno == EINTR);
    if (answer->fault == NULL && ended == run->pid) {
        judge(answer, status);
        take_name(answer, run);
    }
}

static void close_files(struct run *run)
{
    const int all[] = {run->input, run->output, run->told, run->pid_fd};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i] >= 0)
            close(all[i]);
    }
}

void token_command_run(const char *program, smtpauth_view user, smtpauth_view token, int stop_fd,
                       struct token_answer *answer)
{
    struct run run = {.input = -1, .output = -1, .told = -1, .pid_fd = -1};
    memset(answer, 0, sizeof *answer);
    answer->verdict = SMTPAUTH_UNAVAILABLE;
    answer->fault = "cannot be started";
    if (open_files(&run, user, token) && start(&run, program)) {
        close(run.told);
        run.told = -1;
        finish(&run, stop_fd, answer);
    }
    close_files(&run);
}
