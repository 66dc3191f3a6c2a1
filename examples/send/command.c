/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#define _GNU_SOURCE /* pipe2, ppoll */

#include "command.h"
#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GRACE_S = 1, NAP_MS = 20, MS = 1000, NS_PER_MS = 1000000 };

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/* ---- The terminal ---- */

/* It may have read before the terminal was its own, which stops it. */
static void give_terminal(struct command *command)
{
    command->terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (command->terminal < 0)
        return;
    if (tcgetpgrp(command->terminal) == getpgrp() && tcsetpgrp(command->terminal, command->pid) == 0) {
        kill(-command->pid, SIGCONT);
        return;
    }
    close(command->terminal);
    command->terminal = -1;
}

static void take_terminal(struct command *command)
{
    if (command->terminal < 0)
        return;
    tcsetpgrp(command->terminal, getpgrp());
    close(command->terminal);
    command->terminal = -1;
}

/* ---- From beginning to end ---- */

static bool prepare(const struct command *command, posix_spawnattr_t *attributes,
                    posix_spawn_file_actions_t *actions, int output)
{
    sigset_t ordinary;
    sigemptyset(&ordinary);
    sigaddset(&ordinary, SIGPIPE);
    return posix_spawnattr_setsigdefault(attributes, &ordinary) == 0 &&
           posix_spawnattr_setsigmask(attributes, &command->signals.mask) == 0 &&
           posix_spawnattr_setpgroup(attributes, 0) == 0 &&
           posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETPGROUP) == 0 &&
           posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
           posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO) == 0;
}

static pid_t spawn(const struct command *command, char *text, int output)
{
    extern char **environ;
    char shell[] = "sh", option[] = "-c";
    char *const arguments[] = {shell, option, text, NULL};
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    pid_t pid = -1;
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
    if (!prepare(command, &attributes, &actions, output) ||
        posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments, environ) != 0)
        pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return pid;
}

static void raise_what_came(int signal_number)
{
    if (signal_number != 0)
        raise(signal_number);
}

bool command_start(struct command *command, const char *text, int timeout_s)
{
    char copy[4096];
    int ends[2];
    if (strlen(text) >= sizeof copy || pipe2(ends, O_CLOEXEC) != 0)
        return false;
    memcpy(copy, text, strlen(text) + 1);
    /* SIGTTOU is for who takes the terminal back from the background. */
    signals_hold(&command->signals, caught, sizeof caught / sizeof *caught, SIGTTOU);
    command->pid = spawn(command, copy, ends[1]);
    command->output = ends[0];
    command->deadline = connection_deadline(timeout_s);
    close(ends[1]);
    if (command->pid < 0) {
        close(ends[0]);
        raise_what_came(signals_release(&command->signals));
        return false;
    }
    give_terminal(command);
    return true;
}

bool command_await(const struct command *command)
{
    struct pollfd wait = {command->output, POLLIN, 0};
    int64_t left;
    while (signals_came() == 0 && (left = command->deadline - connection_deadline(0)) > 0) {
        const struct timespec span = {(time_t)(left / MS), (long)(left % MS) * NS_PER_MS};
        if (ppoll(&wait, 1, &span, &command->signals.mask) > 0)
            return true;
    }
    return false;
}

/* Has it ended? It is left to be waited for, so that its group's number stays its own. */
static bool has_ended(const struct command *command)
{
    siginfo_t facts;
    memset(&facts, 0, sizeof facts);
    return waitid(P_PID, (id_t)command->pid, &facts, WEXITED | WNOHANG | WNOWAIT) != 0 || facts.si_pid != 0;
}

static bool await_end(const struct command *command, int64_t until, bool heeds_signals)
{
    const struct timespec nap = {0, (long)NAP_MS * NS_PER_MS};
    bool is_over = has_ended(command);
    while (!is_over && !(heeds_signals && signals_came() != 0) && connection_deadline(0) < until) {
        ppoll(NULL, 0, &nap, &command->signals.mask);
        is_over = has_ended(command);
    }
    return is_over;
}

bool command_end(struct command *command, int heard)
{
    const int64_t until[] = {[COMMAND_HEARD] = connection_deadline(GRACE_S),
                             [COMMAND_DRAINED] = command->deadline,
                             [COMMAND_LATE] = 0};
    int status = 0;
    bool is_over = await_end(command, until[heard], true);
    command->is_late = !is_over;
    if (!is_over) {
        kill(-command->pid, SIGTERM);
        await_end(command, connection_deadline(GRACE_S), false);
    }
    kill(-command->pid, SIGKILL); /* whoever of the group is left */
    while (waitpid(command->pid, &status, 0) < 0 && errno == EINTR)
        ;
    close(command->output);
    bool is_interrupted = command->terminal >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGINT;
    take_terminal(command);
    int signal_number = signals_release(&command->signals);
    if (signal_number == 0 && is_over && is_interrupted)
        signal_number = SIGINT; /* typed for both, but only the foreground got it */
    raise_what_came(signal_number);
    return is_over && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
