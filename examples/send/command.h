/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SEND_COMMAND_H
#define SEND_COMMAND_H

/*
 * A command of the user's whose output is read under a limit of time. It has a process group of its own, the terminal's
 * foreground while it runs if send had that, and nothing of the group outlives command_end, be it that send is killed (SIGINT,
 * SIGTERM, SIGHUP, SIGQUIT) meanwhile.
 */

#include "signals.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct command {
    pid_t pid;
    int output; /* to read its output from, after command_await */
    int64_t deadline;
    bool is_late; /* it did not end by itself in time */
    int terminal; /* that the group got; -1: none */
    struct signals signals;
};

/* Starts it by sh -c, without standard input. False: it cannot be; there is nothing to end. */
bool command_start(struct command *command, const char *text, int timeout_s);

/* Waits until `output` has something or has ended. False: the time is over, or a signal ends send. */
bool command_await(const struct command *command);

/* What was read of it when it is ended. */
enum {
    COMMAND_HEARD = 0, /* what is wanted: soon it must go, and how it ends does not matter */
    COMMAND_DRAINED,   /* all of its output: it has its time to end */
    COMMAND_LATE       /* not enough: it must go */
};

/* Ends it and its group. False: it failed or did not end by itself. Does not return when a signal came. */
bool command_end(struct command *command, int heard);

#endif
