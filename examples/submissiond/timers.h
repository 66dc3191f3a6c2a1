/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_TIMERS_H
#define SUBMISSIOND_TIMERS_H

/*
 * Deadlines, soonest first: a binary heap of timers that lie in what they time. Setting, moving and clearing one
 * costs O(log n), looking at the soonest nothing, so ten thousand idle clients cost no sweep.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
    uint64_t due_ms;
    size_t position; /* in the heap, from 1; 0: not set */
};

struct timers {
    struct timer **heap; /* heap[1] is the soonest */
    size_t count, cap;
};

bool timers_init(struct timers *timers, size_t cap); /* room for `cap` timers, for good; false: no memory */
void timers_free(struct timers *timers);
void timers_set(struct timers *timers, struct timer *timer, uint64_t due_ms);
void timers_clear(struct timers *timers, struct timer *timer);
struct timer *timers_soonest(const struct timers *timers); /* NULL: none is set */

#endif
