/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves smtpauth_tracker_may and smtpauth_tracker_auth over their whole domain: every verb in every state that can be
 * reached, under every set of rules, offered or not. What is expected comes from `oracle` below, the table "Precedence,
 * first match wins" of decisions.md in its order (RFC 5321 4.1.4, RFC 4954 4 and 6, RFC 3207 4, RFC 6409 4.3 and 7,
 * RFC 2033 4.1 and 4.2). States are reached by public functions only. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/tracker.h>

enum greeting { NOT_GREETED, BY_HELO, BY_EHLO, GREETINGS };

enum transaction {
    NO_TRANSACTION,
    MAIL_ONLY,    /* MAIL was accepted, no RCPT was tried */
    ALL_REFUSED,  /* RCPTs were tried, none accepted */
    ONE_ACCEPTED, /* and none refused */
    SOME_ACCEPTED,
    IN_DATA,   /* 354 was said */
    IN_CHUNKS, /* a BDAT was taken */
    BROKEN,    /* a BDAT was refused */
    TRANSACTIONS
};

typedef struct situation {
    uint32_t rules, offered, auth_verbs;
    bool is_tls, is_authenticated;
    enum greeting greeting;
    enum transaction transaction;
} situation;

static bool is_one_of(uint8_t verb, uint32_t set)
{
    return verb < 32 && (set >> verb & 1) != 0;
}

#define V(name) SMTPAUTH_BIT(SMTPAUTH_VERB_##name)

/* "NOOP, RSET, QUIT, EHLO, HELO, LHLO, HELP, AUTH and STARTTLS are never refused for lack of authentication" */
static const uint32_t never_530 =
    V(NOOP) | V(RSET) | V(QUIT) | V(EHLO) | V(HELO) | V(LHLO) | V(HELP) | V(AUTH) | V(STARTTLS);
static const uint32_t auth_verbs =
    V(MAIL) | V(RCPT) | V(DATA) | V(BDAT) | V(VRFY) | V(EXPN) | V(ETRN) | V(BURL);
static const uint32_t always_offered = V(QUIT) | V(NOOP) | V(RSET) | V(EHLO) | V(HELO) | V(LHLO);
static const uint32_t before_tls =
    V(EHLO) | V(HELO) | V(LHLO) | V(NOOP) | V(RSET) | V(STARTTLS) | V(QUIT) | V(HELP);
static const uint32_t after_hello =
    V(AUTH) | V(STARTTLS) | V(MAIL) | V(RCPT) | V(DATA) | V(BDAT) | V(BURL) | V(ETRN);

static bool is_offered(const situation *s, uint8_t verb)
{
    if (verb == SMTPAUTH_VERB_AUTH && (s->rules & SMTPAUTH_NO_AUTH) != 0) {
        return false;
    }
    if (verb == SMTPAUTH_VERB_ETRN && (s->rules & (SMTPAUTH_RELAY | SMTPAUTH_NO_AUTH | SMTPAUTH_LMTP)) == 0) {
        return false; /* RFC 6409 7 */
    }
    return is_one_of(verb, s->offered | always_offered);
}

static uint16_t in_sequence(const situation *s, uint8_t verb)
{
    bool is_lmtp = (s->rules & SMTPAUTH_LMTP) != 0;
    static const uint32_t of_a_message = V(MAIL) | V(RCPT) | V(DATA) | V(BDAT) | V(BURL);
    static const uint32_t goes_on = V(BDAT) | V(BURL);
    /* RFC 3030 2: DATA never mixes with BDAT; after a refused BDAT only RSET helps. RFC 4468 3: BURL does mix. */
    if (s->transaction == BROKEN && is_one_of(verb, of_a_message)) {
        return SMTPAUTH_REASON_CHUNK_BROKEN;
    }
    if (s->transaction == IN_CHUNKS && is_one_of(verb, of_a_message)) {
        return is_one_of(verb, goes_on) ? 0 : SMTPAUTH_REASON_CHUNKS_BEGUN;
    }
    switch (verb) {
    case SMTPAUTH_VERB_ETRN: /* RFC 1985 5: never between MAIL and the end of the message */
    case SMTPAUTH_VERB_XCLIENT:
        return s->transaction != NO_TRANSACTION ? SMTPAUTH_REASON_BAD_SEQUENCE : 0;
    case SMTPAUTH_VERB_STARTTLS:
        return s->is_tls ? SMTPAUTH_REASON_TLS_ACTIVE : 0;
    case SMTPAUTH_VERB_AUTH:
        if (s->greeting == BY_HELO) {
            return SMTPAUTH_REASON_HELLO_FIRST;
        }
        if (s->is_authenticated) {
            return SMTPAUTH_REASON_AUTH_ALREADY;
        }
        return s->transaction != NO_TRANSACTION ? SMTPAUTH_REASON_AUTH_IN_TRANSACTION : 0;
    case SMTPAUTH_VERB_MAIL:
        return s->transaction != NO_TRANSACTION ? SMTPAUTH_REASON_NESTED_MAIL : 0;
    case SMTPAUTH_VERB_RCPT:
        if (s->transaction == NO_TRANSACTION) {
            return SMTPAUTH_REASON_MAIL_FIRST;
        }
        return s->transaction == IN_DATA ? SMTPAUTH_REASON_BAD_SEQUENCE : 0;
    case SMTPAUTH_VERB_DATA:
    case SMTPAUTH_VERB_BDAT:
    case SMTPAUTH_VERB_BURL:
        if (s->transaction == NO_TRANSACTION) {
            return SMTPAUTH_REASON_MAIL_FIRST;
        }
        if (s->transaction == MAIL_ONLY) {
            return SMTPAUTH_REASON_RCPT_FIRST;
        }
        if (s->transaction == ALL_REFUSED) {
            return is_lmtp ? SMTPAUTH_REASON_RCPT_FIRST : SMTPAUTH_REASON_NO_VALID_RECIPIENTS;
        }
        return s->transaction == IN_DATA ? SMTPAUTH_REASON_BAD_SEQUENCE : 0;
    default:
        return 0;
    }
}

/* The table. A row that does not match falls through to the next. */
static uint16_t oracle(const situation *s, uint8_t verb)
{
    bool is_lmtp = (s->rules & SMTPAUTH_LMTP) != 0;
    bool may_auth_in_clear = (s->rules & SMTPAUTH_CLEAR_AUTH) != 0;
    bool is_login_required = (s->rules & (SMTPAUTH_RELAY | SMTPAUTH_NO_AUTH)) == 0;
    /* 3: unknown verb; in LMTP mode EHLO and HELO, in SMTP mode LHLO */
    if (verb == SMTPAUTH_VERB_UNKNOWN || verb >= SMTPAUTH_VERB_COUNT) {
        return SMTPAUTH_REASON_UNKNOWN_COMMAND;
    }
    if (is_one_of(verb, is_lmtp ? V(EHLO) | V(HELO) : V(LHLO))) {
        return SMTPAUTH_REASON_WRONG_HELLO;
    }
    /* 4: TLS required and not active; also for AUTH, when every offered mechanism needs it */
    if (!s->is_tls && (s->rules & SMTPAUTH_REQUIRE_TLS) != 0 && !is_one_of(verb, before_tls)) {
        return SMTPAUTH_REASON_TLS_REQUIRED;
    }
    if (verb == SMTPAUTH_VERB_AUTH && !s->is_tls && !may_auth_in_clear && is_offered(s, verb) &&
        !s->is_authenticated) { /* whom XCLIENT vouched for has nothing to gain by TLS */
        return SMTPAUTH_REASON_TLS_REQUIRED;
    }
    /* 5: known verb this server does not offer */
    if (!is_offered(s, verb)) {
        return SMTPAUTH_REASON_NOT_IMPLEMENTED;
    }
    /* 6: authentication required, none in force; with the words of TLS where only that can cure it */
    if (is_login_required && !s->is_authenticated &&
        is_one_of(verb, (auth_verbs | s->auth_verbs) & ~never_530)) {
        return !s->is_tls && !may_auth_in_clear && is_offered(s, SMTPAUTH_VERB_STARTTLS)
                   ? SMTPAUTH_REASON_TLS_REQUIRED
                   : SMTPAUTH_REASON_AUTH_REQUIRED;
    }
    /* 7: before EHLO, or HELO where that suffices */
    if (s->greeting == NOT_GREETED && is_one_of(verb, after_hello)) {
        return SMTPAUTH_REASON_HELLO_FIRST;
    }
    /* 8 */
    return in_sequence(s, verb);
}

/* Brings a tracker into a situation; false where it cannot be reached. Every step that the oracle permits must work. */
static bool reach(const situation *s, smtpauth_tracker *t)
{
    situation now = *s;
    bool is_lmtp = (s->rules & SMTPAUTH_LMTP) != 0;
    now.greeting = NOT_GREETED;
    now.is_authenticated = false;
    now.transaction = NO_TRANSACTION;
    smtpauth_tracker_init(t, s->rules, s->offered, s->auth_verbs, 0);
    if (s->is_tls) {
        assert_int_equal(smtpauth_tracker_happened(t, SMTPAUTH_HAPPENED_TLS), 0);
    }
    if (s->is_authenticated) {
        now.greeting = BY_EHLO;
        assert_int_equal(smtpauth_tracker_happened(t, SMTPAUTH_HAPPENED_EHLO), 0);
        if (s->greeting == NOT_GREETED || oracle(&now, SMTPAUTH_VERB_AUTH) != 0) { /* then by XCLIENT alone */
            bool may = oracle(&now, SMTPAUTH_VERB_XCLIENT) == 0;
            assert_int_equal(smtpauth_tracker_happened(t, SMTPAUTH_HAPPENED_XCLIENT_LOGIN) == 0, may);
            if (!may) {
                return false;
            }
        } else {
            assert_int_equal(smtpauth_tracker_auth(t, SMTPAUTH_MECHANISM_CLIENT_FIRST, true), 0);
            assert_int_equal(smtpauth_tracker_verdict(t, SMTPAUTH_ACCEPTED, false),
                             SMTPAUTH_REASON_AUTHENTICATED);
        }
        now.is_authenticated = true;
    }
    if (s->greeting == BY_HELO && is_lmtp) {
        return false;
    }
    if (s->greeting != NOT_GREETED) {
        uint8_t event = s->greeting == BY_HELO ? SMTPAUTH_HAPPENED_HELO : SMTPAUTH_HAPPENED_EHLO;
        assert_int_equal(smtpauth_tracker_happened(t, event), 0);
    }
    now.greeting = s->greeting;
    if (s->transaction == NO_TRANSACTION) {
        return true;
    }
    if (oracle(&now, SMTPAUTH_VERB_MAIL) != 0) {
        return false;
    }
    assert_int_equal(smtpauth_tracker_happened(t, SMTPAUTH_HAPPENED_MAIL), 0);
    now.transaction = MAIL_ONLY;
    if (s->transaction != MAIL_ONLY && oracle(&now, SMTPAUTH_VERB_RCPT) != 0) {
        return false;
    }
    if (s->transaction == ALL_REFUSED || s->transaction == SOME_ACCEPTED) {
        assert_int_equal(smtpauth_tracker_happened(t, SMTPAUTH_HAPPENED_RCPT_REFUSED), 0);
    }
    if (s->transaction >= ONE_ACCEPTED) {
        assert_int_equal(smtpauth_tracker_happened(t, SMTPAUTH_HAPPENED_RCPT), 0);
    }
    if (s->transaction == SOME_ACCEPTED) {
        assert_int_equal(smtpauth_tracker_happened(t, SMTPAUTH_HAPPENED_RCPT_REFUSED), 0);
    }
    if (s->transaction == IN_DATA) {
        now.transaction = ONE_ACCEPTED;
        if (oracle(&now, SMTPAUTH_VERB_DATA) != 0) {
            return false;
        }
        assert_int_equal(smtpauth_tracker_happened(t, SMTPAUTH_HAPPENED_DATA), 0);
    }
    if (s->transaction == IN_CHUNKS || s->transaction == BROKEN) {
        uint8_t event = s->transaction == IN_CHUNKS ? SMTPAUTH_HAPPENED_CHUNK : SMTPAUTH_HAPPENED_CHUNK_REFUSED;
        now.transaction = ONE_ACCEPTED;
        if (oracle(&now, SMTPAUTH_VERB_BDAT) != 0) {
            assert_int_not_equal(smtpauth_tracker_happened(t, event), 0);
            return false;
        }
        assert_int_equal(smtpauth_tracker_happened(t, event), 0);
    }
    return true;
}

static void print_cell(const situation *s, unsigned verb)
{
    static const char *const greetings[] = {"not greeted", "HELO", "EHLO"};
    static const char *const transactions[] = {"no transaction", "MAIL",    "all RCPT refused", "RCPT",
                                               "some RCPT",      "in data", "in chunks",        "broken"};
    print_error("%s (%u):%s%s%s%s%s%s; %s, %s, %s, %s; offered %08x, needs login %08x: ",
                smtpauth_verb_name((uint8_t)verb), verb, s->rules == 0 ? " submission" : "",
                s->rules & SMTPAUTH_RELAY ? " RELAY" : "", s->rules & SMTPAUTH_NO_AUTH ? " NO_AUTH" : "",
                s->rules & SMTPAUTH_LMTP ? " LMTP" : "", s->rules & SMTPAUTH_REQUIRE_TLS ? " REQUIRE_TLS" : "",
                s->rules & SMTPAUTH_CLEAR_AUTH ? " CLEAR_AUTH" : "", s->is_tls ? "TLS" : "clear",
                greetings[s->greeting], s->is_authenticated ? "authenticated" : "no login",
                transactions[s->transaction], (unsigned)s->offered, (unsigned)s->auth_verbs);
}

static unsigned cells, wrong;

static void try_verb(const situation *s, const smtpauth_tracker *t, uint8_t verb)
{
    uint16_t expected = oracle(s, verb);
    smtpauth_tracker before;
    memcpy(&before, t, sizeof before);
    uint16_t got = smtpauth_tracker_may(t, verb);
    cells++;
    if (got != expected || memcmp(&before, t, sizeof before) != 0) {
        if (wrong++ < 40) {
            print_cell(s, verb);
            print_error("reason %u, expected %u%s\n", got, expected, got == expected ? ", but it changed" : "");
        }
    }
}

/* AUTH by class of mechanism: what may() refuses is refused so, whatever the class; then unknown, TLS, initial
 * response (decisions.md, "AUTH, first match wins"). */
static void try_auth(const situation *s, const smtpauth_tracker *t)
{
    uint16_t permission = oracle(s, SMTPAUTH_VERB_AUTH);
    for (unsigned class = 0; class < 6; class ++) {
        for (unsigned has_initial = 0; has_initial < 2; has_initial++) {
            smtpauth_tracker copy = *t;
            uint16_t expected = 0;
            if (permission != 0) {
                expected = permission;
            } else if (class == SMTPAUTH_MECHANISM_UNKNOWN || class > SMTPAUTH_MECHANISM_SERVER_FIRST) {
                expected = SMTPAUTH_REASON_AUTH_UNKNOWN_MECHANISM;
            } else if (class == SMTPAUTH_MECHANISM_NEEDS_TLS) {
                if (s->is_tls) {
                    continue; /* the caller contradicts itself */
                }
                expected = SMTPAUTH_REASON_AUTH_NEEDS_TLS;
            } else if (class == SMTPAUTH_MECHANISM_SERVER_FIRST && has_initial != 0) {
                expected = SMTPAUTH_REASON_AUTH_NO_INITIAL;
            }
            uint16_t got = smtpauth_tracker_auth(&copy, (uint8_t) class, has_initial != 0);
            bool has_begun = smtpauth_tracker_is(&copy, SMTPAUTH_IS_EXCHANGE);
            bool is_in = smtpauth_tracker_is(&copy, SMTPAUTH_IS_AUTHENTICATED);
            cells++;
            if (got != expected || has_begun != (expected == 0) || is_in != s->is_authenticated) {
                if (wrong++ < 40) {
                    print_cell(s, SMTPAUTH_VERB_AUTH);
                    print_error("class %u%s: reason %u, expected %u\n", class,
                                has_initial ? " with a response" : "", got, expected);
                }
            }
        }
    }
}

/* What is() tells must be the situation, or the other cells prove nothing. */
static void try_is(const situation *s, const smtpauth_tracker *t)
{
    bool is_right = smtpauth_tracker_is(t, SMTPAUTH_IS_TLS) == s->is_tls &&
                    smtpauth_tracker_is(t, SMTPAUTH_IS_GREETED) == (s->greeting != NOT_GREETED) &&
                    smtpauth_tracker_is(t, SMTPAUTH_IS_EXTENDED) == (s->greeting == BY_EHLO) &&
                    smtpauth_tracker_is(t, SMTPAUTH_IS_AUTHENTICATED) == s->is_authenticated &&
                    smtpauth_tracker_is(t, SMTPAUTH_IS_TRANSACTION) == (s->transaction != NO_TRANSACTION) &&
                    !smtpauth_tracker_is(t, SMTPAUTH_IS_EXCHANGE) &&
                    !smtpauth_tracker_is(t, SMTPAUTH_IS_CLOSING);
    cells++;
    if (!is_right && wrong++ < 40) {
        print_cell(s, 0);
        print_error("is() tells something else\n");
    }
}

static void the_whole_product(void **state)
{
    static const uint32_t needs_login[] = {0, V(ATRN) | V(XCLIENT) | V(TURN), UINT32_MAX};
    unsigned reached = 0;
    (void)state;
    cells = wrong = 0;
    for (uint32_t rules = 0; rules < 32; rules++) {
        for (unsigned missing = 0; missing <= SMTPAUTH_VERB_COUNT; missing++) {
            for (unsigned needs = 0; needs < 3; needs++) {
                for (unsigned bits = 0; bits < 4 * GREETINGS * TRANSACTIONS; bits++) {
                    situation s = {rules,
                                   /* all, all but one, none */
                                   missing == SMTPAUTH_VERB_COUNT ? 0 : UINT32_MAX & ~SMTPAUTH_BIT(missing),
                                   needs_login[needs], (bits & 1) != 0, (bits & 2) != 0,
                                   (enum greeting)(bits / 4 % GREETINGS),
                                   (enum transaction)(bits / 4 / GREETINGS)};
                    smtpauth_tracker t;
                    if (!reach(&s, &t)) {
                        continue;
                    }
                    reached++;
                    try_is(&s, &t);
                    for (uint8_t verb = 0; verb < SMTPAUTH_VERB_COUNT + 3; verb++) {
                        try_verb(&s, &t, verb);
                    }
                    try_verb(&s, &t, 31);
                    try_verb(&s, &t, 32);
                    try_verb(&s, &t, 255);
                    try_auth(&s, &t);
                }
            }
        }
    }
    print_message("%u situations, %u cells, %u wrong\n", reached, cells, wrong);
    assert_true(reached > 20000);
    assert_int_equal(wrong, 0);
}

/* The oracle itself against the sentences that matter most, so that it cannot be wrong in the same way as the code. */
static void the_oracle_knows_530_from_503(void **state)
{
    situation s = {SMTPAUTH_CLEAR_AUTH, UINT32_MAX, 0, false, false, NOT_GREETED, NO_TRANSACTION};
    (void)state;
    assert_int_equal(oracle(&s, SMTPAUTH_VERB_MAIL), SMTPAUTH_REASON_AUTH_REQUIRED);
    assert_int_equal(oracle(&s, SMTPAUTH_VERB_RCPT), SMTPAUTH_REASON_AUTH_REQUIRED);
    assert_int_equal(oracle(&s, SMTPAUTH_VERB_NOOP), 0);
    s.rules = 0;
    assert_int_equal(oracle(&s, SMTPAUTH_VERB_MAIL), SMTPAUTH_REASON_TLS_REQUIRED);
    s.is_tls = true;
    assert_int_equal(oracle(&s, SMTPAUTH_VERB_MAIL), SMTPAUTH_REASON_AUTH_REQUIRED);
    s.rules = SMTPAUTH_RELAY;
    assert_int_equal(oracle(&s, SMTPAUTH_VERB_MAIL), SMTPAUTH_REASON_HELLO_FIRST);
    s.greeting = BY_HELO;
    assert_int_equal(oracle(&s, SMTPAUTH_VERB_MAIL), 0);
    assert_int_equal(oracle(&s, SMTPAUTH_VERB_AUTH), SMTPAUTH_REASON_HELLO_FIRST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oracle_knows_530_from_503),
        cmocka_unit_test(the_whole_product),
    };
    return cmocka_run_group_tests_name("tracker, whole product", tests, NULL, NULL);
}
