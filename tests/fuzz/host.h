/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* The fuzzer's host. See host.c. */
#ifndef FUZZ_HOST_H
#define FUZZ_HOST_H

#include "oracle.h"

/* How the script is played. The first three must not differ. */
enum { BY_OCTET, BY_PIECE, WHOLE, MISUSED, DAMAGED, PLAYS };

typedef struct host {
    int play;
    smtpauth_server *s;
    smtpauth_io io;
    uint8_t *in, *out;
    size_t out_size, fed, judged;
    uint64_t plan;
    uint64_t message;  /* octets of it that were handed out */
    uint16_t last;     /* what step said last */
    uint32_t injected; /* notes of it */
    size_t asked_at;   /* where the last question begins in the record of events */
    bool may_be_in, is_done, is_damaged;
    oracle oracle;
} host;

uint32_t next_plan(host *h, uint32_t n);
void flush(host *h);
void feed(host *h, size_t more);
void need_input(host *h);
void answer(host *h, const smtpauth_event *e);
void copy(host *h);

#endif
