/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Our client logs in to our server by every mechanism, and sends a message: the session ends politely, and both agree on all that
 * was done (engines.h). Each mechanism's halves by themselves, with names and secrets at random: test_sasl_both.c.
 */

#include "chance.h"
#include "engines.h"
#include "mechanism_pairs.h"
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void every_mechanism(void **state)
{
    (void)state;
    for (size_t i = 0; i < MECHANISM_PAIRS; i++) {
        const mechanism_pair *pair = &mechanism_pairs[i];
        smtpauth_mechanism_fn *const servers[] = {pair->server, NULL};
        smtpauth_client_mechanism_fn *const clients[] = {pair->client, NULL};
        chance_begin(i);
        engines_prepare();
        w.config.mechanisms = clients;
        w.policy.mechanisms = servers;
        w.policy.extensions = SMTPAUTH_EXT_STARTTLS;
        bool is_fine = engines_run(0);
        check(is_fine, pair->name, is_fine ? "" : w.fault);
        check(smtpauth_client_why(&w.client) == SMTPAUTH_REASON_BYE, pair->name, "no polite end");
        check(strcmp(smtpauth_server_mechanism(&w.server), pair->name) == 0, pair->name, "logged in otherwise");
        check(w.done == 1, pair->name, "no message");
    }
    engines_end_world();
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mechanism),
    };
    return cmocka_run_group_tests_name("engines, mechanisms", tests, NULL, NULL);
}
