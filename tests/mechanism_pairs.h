/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_MECHANISM_PAIRS_H
#define TESTS_MECHANISM_PAIRS_H

/* Every mechanism, the server's half and the client's, the strongest first. */

#include <smtpauth/sasl.h>

typedef struct mechanism_pair {
    const char *name;
    smtpauth_mechanism_fn *server;
    smtpauth_client_mechanism_fn *client;
    uint8_t hash; /* of SCRAM, which come first; 0: none */
} mechanism_pair;

enum { MECHANISM_PAIRS = 11, SCRAM_PAIRS = 4 };

extern const mechanism_pair mechanism_pairs[MECHANISM_PAIRS];

/* All of a side, as a policy and a config list them. Either may be NULL. */
void mechanism_lists(smtpauth_mechanism_fn *servers[MECHANISM_PAIRS + 1],
                     smtpauth_client_mechanism_fn *clients[MECHANISM_PAIRS + 1]);

#endif
