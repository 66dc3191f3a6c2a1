/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#define _GNU_SOURCE /* ppoll */

#include "terminal.h"
#include "signals.h"

#include <smtpauth/text.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};

enum { CAUGHT = sizeof caught / sizeof *caught };

bool terminal_open(struct terminal *terminal)
{
    terminal->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    return terminal->fd >= 0;
}

void terminal_close(struct terminal *terminal)
{
    if (terminal->fd >= 0)
        close(terminal->fd);
    terminal->fd = -1;
}

void terminal_say(const struct terminal *terminal, const char *words)
{
    size_t len = strlen(words);
    while (len > 0) {
        ssize_t written = write(terminal->fd, words, len);
        if (written < 0 && errno != EINTR)
            return;
        words += written > 0 ? written : 0;
        len -= written > 0 ? (size_t)written : 0;
    }
}

/* ---- While a question is open ---- */

struct watch {
    struct signals signals;
    struct termios settings;
    bool is_changed;
};

static void begin(const struct terminal *terminal, struct watch *watch, bool is_secret)
{
    signals_hold(&watch->signals, caught, CAUGHT, 0);
    watch->is_changed = is_secret && tcgetattr(terminal->fd, &watch->settings) == 0;
    if (watch->is_changed) {
        struct termios silent = watch->settings;
        silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
        silent.c_lflag |= ICANON | ISIG;
        watch->is_changed = tcsetattr(terminal->fd, TCSADRAIN, &silent) == 0;
    }
}

/* Returns the signal that came, or 0. */
static int end(const struct terminal *terminal, const struct watch *watch)
{
    if (watch->is_changed)
        tcsetattr(terminal->fd, TCSADRAIN, &watch->settings);
    return signals_release(&watch->signals);
}

/* A whole line, as the terminal gives no less. */
static int read_line(const struct terminal *terminal, char *line, size_t cap)
{
    ssize_t got;
    do
        got = read(terminal->fd, line, cap);
    while (got < 0 && errno == EINTR && signals_came() == 0);
    if (got <= 0 || line[got - 1] != '\n') {
        smtpauth_wipe(line, cap);
        return TERMINAL_NOTHING;
    }
    line[got - 1] = '\0';
    return TERMINAL_LINE;
}

static int await(const struct terminal *terminal, const struct watch *watch, int watched, char *line,
                 size_t cap)
{
    struct pollfd waits[] = {{terminal->fd, POLLIN, 0}, {watched, POLLIN, 0}};
    while (signals_came() == 0) {
        if (ppoll(waits, 2, NULL, &watch->signals.mask) < 0)
            continue;
        if (waits[0].revents != 0)
            return read_line(terminal, line, cap);
        if (waits[1].revents != 0)
            return TERMINAL_DISTURBED;
    }
    return TERMINAL_NOTHING;
}

int terminal_ask(const struct terminal *terminal, const char *question, bool is_secret, int watched, char *line,
                 size_t cap)
{
    for (;;) {
        struct watch watch;
        begin(terminal, &watch, is_secret);
        if (question != NULL)
            terminal_say(terminal, question);
        int result = await(terminal, &watch, watched, line, cap);
        bool is_answered = result != TERMINAL_DISTURBED;
        if (is_secret && is_answered)
            terminal_say(terminal, "\n");
        int signal_number = end(terminal, &watch);
        if (signal_number == 0)
            return result;
        raise(signal_number); /* if it comes back, the program was stopped and goes on */
    }
}
