/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_EXCHANGE_H
#define TESTS_EXCHANGE_H

/*
 * A client's exchange, played by a row, as unkind as the header allows: every response is first asked for at every size
 * that is too small, and must leave the exchange and the window as they were; the window is a heap block of exactly its
 * size; the exchange moves to another block after each step; credentials and challenge live during the call only. No
 * piece of the secret may be found in the exchange at any time.
 *
 * Octets are written as text in which ^@ is a NUL and ^A an octet 1.
 */

#include <smtpauth/sasl.h>

typedef struct exchange_step {
    const char *challenge; /* NULL: none */
    int32_t result;        /* 0 ends the row */
    const char *response;
    bool is_proven; /* behind this step */
} exchange_step;

typedef struct exchange_row {
    const char *name;
    smtpauth_client_mechanism_fn *mechanism;
    const char *identity, *authorization, *secret, *host, *binding_type, *binding; /* NULL: empty */
    unsigned port;
    exchange_step steps[5];
} exchange_row;

enum { EXCHANGE_SEED_LEN = 32, EXCHANGE_GARBAGE = 0xA5 };

/* Octets 0, 1, 2 ... */
const uint8_t *exchange_seed(void);

/* The octets that the text stands for, in a block of exactly that size; no data where there is none. */
smtpauth_view exchange_octets(const char *text);
void exchange_forget(smtpauth_view *v); /* poisons and frees them */

/* A row's credentials, each in its block. */
void exchange_credentials(smtpauth_credentials *who, const exchange_row *row);
void exchange_forget_credentials(smtpauth_credentials *who);

/* Plays the row; what is wrong is checked and named as in rows.h. `config` may be NULL. Returns how often a step said
 * AGAIN. */
size_t exchange_play(const exchange_row *row, const smtpauth_exchange_config *config);

#endif
