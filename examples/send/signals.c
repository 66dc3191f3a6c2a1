/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "signals.h"

#include <string.h>

static volatile sig_atomic_t came;

static void remember(int signal_number)
{
    came = signal_number;
}

void signals_hold(struct signals *signals, const int *caught, size_t count, int blocked)
{
    struct sigaction action;
    sigset_t mask;
    memset(&action, 0, sizeof action);
    action.sa_handler = remember;
    came = 0;
    sigemptyset(&mask);
    if (blocked != 0)
        sigaddset(&mask, blocked);
    signals->count = count;
    for (size_t i = 0; i < count; i++) {
        signals->caught[i] = caught[i];
        sigaddset(&mask, caught[i]);
    }
    sigprocmask(SIG_BLOCK, &mask, &signals->mask);
    for (size_t i = 0; i < count; i++) {
        sigaction(caught[i], NULL, &signals->before[i]);
        if (signals->before[i].sa_handler != SIG_IGN)
            sigaction(caught[i], &action, NULL);
    }
}

int signals_came(void)
{
    return came;
}

int signals_release(const struct signals *signals)
{
    int signal_number = came;
    for (size_t i = 0; i < signals->count; i++)
        sigaction(signals->caught[i], &signals->before[i], NULL);
    sigprocmask(SIG_SETMASK, &signals->mask, NULL);
    return signal_number;
}
