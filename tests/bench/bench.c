/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "bench.h"

#include <stdio.h>
#include <time.h>

enum { TURNS = 9 };

/* Seconds of processor time, so that a busy machine counts less. */
static double seconds_of(bench_fn *run)
{
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    run();
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9;
}

void bench_heading(const char *title, const char *other)
{
    printf("%-36s %10s %10s %10s\n", title, "MB/s", other, "ratio");
}

void bench_row(const char *name, double octets, bench_fn *ours, bench_fn *other)
{
    double our_best = seconds_of(ours), other_best = seconds_of(other);
    for (int i = 1; i < TURNS; i++) {
        double our_seconds = seconds_of(ours), other_seconds = seconds_of(other);
        our_best = our_seconds < our_best ? our_seconds : our_best;
        other_best = other_seconds < other_best ? other_seconds : other_best;
    }
    printf("%-36s %10.0f %10.0f %10.2f\n", name, octets / our_best / 1e6, octets / other_best / 1e6,
           other_best / our_best);
}
