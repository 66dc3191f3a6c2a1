/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SEND_SIGNALS_H
#define SEND_SIGNALS_H

/*
 * Signals while something must be put in order before they take effect: they are blocked, and let through by the mask of
 * ppoll alone, so that none slips in between a look at what came and the wait.
 */

#include <signal.h>
#include <stddef.h>

enum { SIGNALS_MAX = 8 };

struct signals {
    int caught[SIGNALS_MAX];
    size_t count;
    struct sigaction before[SIGNALS_MAX];
    sigset_t mask; /* as it was: for ppoll */
};

/* Holds these; who ignored one ignores it still. `blocked`: one that is only blocked meanwhile; 0: none. */
void signals_hold(struct signals *signals, const int *caught, size_t count, int blocked);

/* The last that came, 0: none. */
int signals_came(void);

/* All is as it was. Returns what came, to be raised by the caller. */
int signals_release(const struct signals *signals);

#endif
