/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The heap of deadlines. Every timer knows its place, so it can be moved from anywhere. Room for all is taken once at
 * start: setting a timer cannot fail.
 */

#include "timers.h"

#include <stdlib.h>

bool timers_init(struct timers *timers, size_t cap)
{
    timers->heap = calloc(cap + 1, sizeof *timers->heap);
    timers->count = 0;
    timers->cap = cap;
    return timers->heap != NULL;
}

void timers_free(struct timers *timers)
{
    free(timers->heap);
    timers->heap = NULL;
}

static void place(struct timers *timers, size_t position, struct timer *timer)
{
    timers->heap[position] = timer;
    timer->position = position;
}

static void rise(struct timers *timers, struct timer *timer)
{
    size_t position = timer->position;
    while (position > 1 && timers->heap[position / 2]->due_ms > timer->due_ms) {
        place(timers, position, timers->heap[position / 2]);
        position /= 2;
    }
    place(timers, position, timer);
}

static void sink(struct timers *timers, struct timer *timer)
{
    size_t position = timer->position;
    for (;;) {
        size_t child = position * 2;
        if (child > timers->count)
            break;
        if (child < timers->count && timers->heap[child + 1]->due_ms < timers->heap[child]->due_ms)
            child++;
        if (timers->heap[child]->due_ms >= timer->due_ms)
            break;
        place(timers, position, timers->heap[child]);
        position = child;
    }
    place(timers, position, timer);
}

void timers_set(struct timers *timers, struct timer *timer, uint64_t due_ms)
{
    if (timer->position == 0) {
        if (timers->count == timers->cap)
            return;
        timer->position = ++timers->count;
    }
    timer->due_ms = due_ms;
    rise(timers, timer);
    sink(timers, timer);
}

void timers_clear(struct timers *timers, struct timer *timer)
{
    size_t position = timer->position;
    if (position == 0)
        return;
    timer->position = 0;
    struct timer *last = timers->heap[timers->count--];
    if (last == timer)
        return;
    place(timers, position, last);
    rise(timers, last);
    sink(timers, last);
}

struct timer *timers_soonest(const struct timers *timers)
{
    return timers->count > 0 ? timers->heap[1] : NULL;
}
