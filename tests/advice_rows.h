/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_ADVICE_ROWS_H
#define TESTS_ADVICE_ROWS_H

/* Replies with what they ask of a client, out of tab-separated files in tests/vectors/, and one way to try them. */

#include <smtpauth/advice.h>

typedef struct advice_row {
    char name[160];   /* file, line and the reply's beginning, for messages */
    char raw[1400];   /* the reply as the file has it, \n for a line end */
    char reply[1400]; /* with CRLFs in place of \n */
    char where[40];   /* "auth unauthenticated": phase and state */
    char cause[32], action[32];
    smtpauth_situation at;
} advice_row;

enum { ADVICE_ROWS_MAX = 1200 };

/* Reads both files once; `count` gets how many rows there are, provider-replies.tsv first, `listed` how many of it. */
const advice_row *advice_rows(size_t *count, size_t *listed);

/* The phase of a word ("auth", "any"), SMTPAUTH_PHASE_COUNT for an unknown one. */
uint8_t advice_phase(const char *word);

/* smtpauth_advise on a block of exactly these octets, so that a sanitizer sees any read behind them. */
smtpauth_advice advise(const char *reply, size_t len, const smtpauth_situation *at, smtpauth_provider_fn *book);

#endif
