/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Our client and our server on random walks over policies, configs, extensions, mechanisms, envelopes, messages, verdicts and
 * refusals (engines.h). What is to be proved: they always end politely, both agree on who is logged in, on the fate of each
 * recipient and message, and what the server took is octet for octet what the client was given. ENGINES_WALKS in the
 * environment sets how many walks.
 */

#include "chance.h"
#include "engines.h"
#include "mechanism_pairs.h"
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { WALKS = 3000 };

static void choose_mechanisms(smtpauth_mechanism_fn **servers, smtpauth_client_mechanism_fn **clients)
{
    size_t s = 0, c = 0;
    for (size_t i = 0; i < MECHANISM_PAIRS; i++) {
        if (chance(2))
            servers[s++] = mechanism_pairs[i].server;
        if (chance(2))
            clients[c++] = mechanism_pairs[i].client;
    }
    if (s == 0)
        servers[s++] = smtpauth_plain;
    servers[s] = NULL;
    clients[c] = NULL;
}

static void choose_policy(void)
{
    static const uint32_t flags[] = {
        0, 0, 0, SMTPAUTH_RELAY, SMTPAUTH_REQUIRE_TLS, SMTPAUTH_RELAY | SMTPAUTH_REQUIRE_TLS};
    static const uint32_t extensions[] = {SMTPAUTH_EXT_SMTPUTF8, SMTPAUTH_EXT_CHUNKING, SMTPAUTH_EXT_DSN,
                                          SMTPAUTH_EXT_MT_PRIORITY, SMTPAUTH_EXT_LIMITS};
    w.policy.flags = flags[chance(6)] | (chance(2) ? SMTPAUTH_CLEAR_AUTH : 0);
    w.policy.extensions = SMTPAUTH_EXT_STARTTLS;
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        w.policy.extensions |= chance(2) ? extensions[i] : 0;
    if ((w.policy.extensions & SMTPAUTH_EXT_CHUNKING) && chance(2))
        w.policy.extensions |= SMTPAUTH_EXT_BINARYMIME;
    w.policy.auth_failures_max = (uint16_t)(3 + chance(3));
    w.is_lmtp = chance(6) == 0;
    if (w.is_lmtp)
        w.policy.flags = SMTPAUTH_LMTP | SMTPAUTH_NO_AUTH;
}

static void choose_config(void)
{
    static const uint32_t flags[] = {SMTPAUTH_CLIENT_CLEAR_AUTH,    SMTPAUTH_CLIENT_AUTH_LATE,
                                     SMTPAUTH_CLIENT_IN_ORDER,      SMTPAUTH_CLIENT_TRY_ANOTHER,
                                     SMTPAUTH_CLIENT_NO_PIPELINING, SMTPAUTH_CLIENT_NO_CHUNKING,
                                     SMTPAUTH_CLIENT_ASKS_STARTTLS, SMTPAUTH_CLIENT_NOTES_LINE};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        w.config.flags |= chance(3) == 0 ? flags[i] : 0;
    uint32_t tls = chance(6);
    w.config.flags |= tls == 0 ? SMTPAUTH_CLIENT_TLS_NEVER : tls == 1 ? SMTPAUTH_CLIENT_TLS_REQUIRED : 0;
    w.config.credentials_max = (uint16_t)chance(6);
    w.config.slice = chance(4) == 0 ? 5 : 0;
    w.config.guard_key = chance(2) ? engines_binding : NULL;
    w.config.flags |= w.is_lmtp ? SMTPAUTH_CLIENT_LMTP : 0;
}

static void walk(unsigned number)
{
    smtpauth_mechanism_fn *servers[MECHANISM_PAIRS + 1];
    smtpauth_client_mechanism_fn *clients[MECHANISM_PAIRS + 1];
    chance_begin(number * 7919u + 1);
    engines_prepare();
    w.may_be_wrong = true;
    w.may_be_denied = chance(2) == 0;
    w.messages_max = 1 + chance(4);
    w.c.io.avail_out = w.c.out_cap = 2048 + chance(2) * 8000;
    w.s.io.avail_out = w.s.out_cap = 512 + chance(2) * 8000;
    choose_mechanisms(servers, clients);
    choose_policy();
    choose_config();
    w.policy.mechanisms = w.is_lmtp ? NULL : (smtpauth_mechanism_fn *const *)servers;
    w.config.mechanisms = (smtpauth_client_mechanism_fn *const *)clients;
    uint32_t flags = chance(5) == 0 ? SMTPAUTH_CLIENT_IMPLICIT_TLS : 0;
    if (smtpauth_policy_check(&w.policy) != 0)
        return;
    bool is_fine = engines_run(flags);
    uint16_t why = smtpauth_client_why(&w.client);
    bool is_polite = why == SMTPAUTH_REASON_BYE || why == SMTPAUTH_REASON_SERVER_CLOSING ||
                     why == SMTPAUTH_REASON_TLS_MISSING || why == SMTPAUTH_REASON_TOO_MANY_MESSAGES;
    if (is_fine && !is_polite)
        engines_broken(smtpauth_reason_words(why, SMTPAUTH_WORDS_NAME));
    if (is_fine && w.done != w.messages)
        engines_broken("a message without its note");
    if (is_fine && w.accepted_by_server != w.accepted_for_client)
        engines_broken("another fate of a message");
    if (w.fault != NULL) {
        print_error("walk %u: %s\n", number, w.fault);
        add_wrong();
    }
}

static void walks(void **state)
{
    const char *count = getenv("ENGINES_WALKS");
    unsigned n = count != NULL ? (unsigned)strtoul(count, NULL, 10) : WALKS;
    unsigned accepted = 0, logins = 0, messages = 0;
    (void)state;
    for (unsigned i = 0; i < n; i++) {
        walk(i);
        accepted += w.accepted_by_server;
        messages += w.messages;
        logins += (smtpauth_server_is(&w.server) & SMTPAUTH_IS_AUTHENTICATED) != 0;
    }
    /* They get somewhere: a third of the messages at least, and one walk in five logs in. */
    check(accepted * 3 > messages, "walks", "few messages were accepted");
    check(logins * 5 > n, "walks", "few logins");
    engines_end_world();
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks),
    };
    return cmocka_run_group_tests_name("engines, walks", tests, NULL, NULL);
}
