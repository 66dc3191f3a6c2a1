/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves how an exchange ends and what it leaves: verdicts and nothing else decide (RFC 4954 4 and 6, RFC 5248 2.4),
 * whatever is no verdict is 454, a foreign authorization identity needs its own yes (RFC 4954 4), failures are counted
 * up to a limit (RFC 4954 9) that STARTTLS does not lift, and misuse changes nothing. */

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/tracker.h>

#include "rows.h"

#define REASON(name) SMTPAUTH_REASON_##name

static smtpauth_tracker greeted(uint16_t failures_max)
{
    smtpauth_tracker t;
    memset(&t, 0x5A, sizeof t);
    smtpauth_tracker_init(&t, SMTPAUTH_CLEAR_AUTH, UINT32_MAX, 0, failures_max);
    assert_int_equal(smtpauth_tracker_happened(&t, SMTPAUTH_HAPPENED_EHLO), 0);
    return t;
}

static smtpauth_tracker in_exchange(void)
{
    smtpauth_tracker t = greeted(0);
    assert_int_equal(smtpauth_tracker_auth(&t, SMTPAUTH_MECHANISM_CLIENT_FIRST, false), 0);
    return t;
}

static void fits_in_32_bytes(void **state)
{
    (void)state;
    assert_true(sizeof(smtpauth_tracker) <= 32);
    assert_int_equal(smtpauth_tracker_size(), sizeof(smtpauth_tracker));
}

static void verdicts(void **state)
{
    static const struct {
        const char *name;
        int32_t verdict;
        bool is_foreign;
        uint16_t reason, failures;
    } rows[] = {
        {"accepted", SMTPAUTH_ACCEPTED, false, REASON(AUTHENTICATED), 0},
        {"accepted, foreign identity", SMTPAUTH_ACCEPTED, true, REASON(AUTH_FAILED), 1},
        {"accepted as", SMTPAUTH_ACCEPTED_AS, false, REASON(AUTHENTICATED), 0},
        {"accepted as, foreign identity", SMTPAUTH_ACCEPTED_AS, true, REASON(AUTHENTICATED), 0},
        {"rejected", SMTPAUTH_REJECTED, false, REASON(AUTH_FAILED), 1},
        {"rejected, foreign identity", SMTPAUTH_REJECTED, true, REASON(AUTH_FAILED), 1},
        {"unavailable", SMTPAUTH_UNAVAILABLE, false, REASON(AUTH_UNAVAILABLE), 0},
        {"unavailable, foreign identity", SMTPAUTH_UNAVAILABLE, true, REASON(AUTH_UNAVAILABLE), 0},
        {"too weak", SMTPAUTH_TOO_WEAK, false, REASON(AUTH_TOO_WEAK), 1},
        {"transition", SMTPAUTH_TRANSITION, false, REASON(AUTH_TRANSITION), 0},
        {"disabled", SMTPAUTH_DISABLED, false, REASON(AUTH_DISABLED), 1},
        {"expired", SMTPAUTH_EXPIRED, false, REASON(AUTH_EXPIRED), 1},
        {"try later", SMTPAUTH_TRY_LATER, false, REASON(AUTH_LATER), 0},
        {"0, a strcmp that matched", 0, false, REASON(AUTH_UNAVAILABLE), 0},
        {"1, a boolean yes", 1, false, REASON(AUTH_UNAVAILABLE), 0},
        {"-1", -1, false, REASON(AUTH_UNAVAILABLE), 0},
        {"OK of reason.h", SMTPAUTH_REASON_OK, false, REASON(AUTH_UNAVAILABLE), 0},
        {"AUTHENTICATED of reason.h", SMTPAUTH_REASON_AUTHENTICATED, false, REASON(AUTH_UNAVAILABLE), 0},
        {"235", 235, false, REASON(AUTH_UNAVAILABLE), 0},
        {"one below the list", 0xA4, false, REASON(AUTH_UNAVAILABLE), 0},
        {"one above the list", 0xAE, false, REASON(AUTH_UNAVAILABLE), 0},
        {"ACCEPTED with a high bit", 0xA5 | 0x100, false, REASON(AUTH_UNAVAILABLE), 0},
        {"ACCEPTED with a higher bit", 0xA5 | 0x10000, false, REASON(AUTH_UNAVAILABLE), 0},
        {"ACCEPTED as a signed octet", (int8_t)0xA5, false, REASON(AUTH_UNAVAILABLE), 0},
        {"least", INT32_MIN, false, REASON(AUTH_UNAVAILABLE), 0},
        {"most", INT32_MAX, true, REASON(AUTH_UNAVAILABLE), 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_tracker t = in_exchange();
        bool is_in = rows[i].reason == REASON(AUTHENTICATED);
        check(smtpauth_tracker_verdict(&t, rows[i].verdict, rows[i].is_foreign) == rows[i].reason, rows[i].name,
              "reason");
        check(smtpauth_tracker_is(&t, SMTPAUTH_IS_AUTHENTICATED) == is_in, rows[i].name, "authenticated");
        check(!smtpauth_tracker_is(&t, SMTPAUTH_IS_EXCHANGE), rows[i].name, "exchange ended");
        check(smtpauth_tracker_failures(&t) == rows[i].failures, rows[i].name, "failures");
        check(smtpauth_tracker_may(&t, SMTPAUTH_VERB_MAIL) == (is_in ? 0 : REASON(AUTH_REQUIRED)), rows[i].name,
              "MAIL");
        check(smtpauth_tracker_may(&t, SMTPAUTH_VERB_AUTH) == (is_in ? REASON(AUTH_ALREADY) : 0), rows[i].name,
              "AUTH");
        smtpauth_tracker before = t;
        check(smtpauth_tracker_verdict(&t, SMTPAUTH_ACCEPTED_AS, false) == REASON(BAD_SEQUENCE) &&
                  memcmp(&before, &t, sizeof t) == 0,
              rows[i].name, "a second verdict changes nothing");
    }
    for (int32_t verdict = -70000; verdict <= 70000; verdict++) {
        for (unsigned foreign = 0; foreign < 2; foreign++) {
            smtpauth_tracker t = in_exchange();
            uint16_t reason = smtpauth_tracker_verdict(&t, verdict, foreign != 0);
            bool is_yes = verdict == SMTPAUTH_ACCEPTED_AS || (verdict == SMTPAUTH_ACCEPTED && foreign == 0);
            bool is_known = verdict >= SMTPAUTH_ACCEPTED && verdict <= SMTPAUTH_TRY_LATER;
            if (smtpauth_tracker_is(&t, SMTPAUTH_IS_AUTHENTICATED) != is_yes ||
                (!is_known && reason != REASON(AUTH_UNAVAILABLE))) {
                print_error("verdict %d: reason %u\n", (int)verdict, reason);
                add_wrong();
            }
        }
    }
    finish();
}

static void broken_exchanges(void **state)
{
    static const struct {
        const char *name;
        uint16_t reason, failures;
    } rows[] = {
        {"cancelled", REASON(AUTH_CANCELLED), 0},
        {"no base64", REASON(AUTH_BASE64), 1},
        {"no message of the mechanism", REASON(AUTH_MALFORMED), 1},
        {"initial response unwanted", REASON(AUTH_NO_INITIAL), 1},
        {"line too long", REASON(AUTH_LINE_TOO_LONG), 0},
        {"cannot check", REASON(AUTH_UNAVAILABLE), 0},
        {"try later", REASON(AUTH_LATER), 0},
        {"refused without asking: an empty password, a name over 255", REASON(AUTH_FAILED), 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_tracker t = in_exchange(), idle = greeted(0), before = idle;
        check(smtpauth_tracker_broken(&t, rows[i].reason) == rows[i].reason, rows[i].name, "reason");
        check(smtpauth_tracker_failures(&t) == rows[i].failures, rows[i].name, "failures");
        check(!smtpauth_tracker_is(&t, SMTPAUTH_IS_EXCHANGE), rows[i].name, "exchange ended");
        check(smtpauth_tracker_may(&t, SMTPAUTH_VERB_MAIL) == REASON(AUTH_REQUIRED), rows[i].name,
              "MAIL is 530");
        check(smtpauth_tracker_may(&t, SMTPAUTH_VERB_AUTH) == 0, rows[i].name, "AUTH may follow");
        check(smtpauth_tracker_broken(&idle, rows[i].reason) == REASON(BAD_SEQUENCE) &&
                  memcmp(&before, &idle, sizeof idle) == 0,
              rows[i].name, "without an exchange nothing changes");
    }
    for (uint32_t reason = 0; reason <= UINT16_MAX; reason++) {
        smtpauth_tracker t = in_exchange();
        smtpauth_tracker_broken(&t, (uint16_t)reason);
        check(!smtpauth_tracker_is(&t, SMTPAUTH_IS_AUTHENTICATED), "any reason", "never lets in");
    }
    finish();
}

static void failures_reach_the_limit(void **state)
{
    static const struct {
        const char *name;
        uint16_t max, limit;
    } rows[] = {
        {"default", 0, 5}, {"floor of 1", 1, 3}, {"floor of 2", 2, 3},   {"3", 3, 3},
        {"4", 4, 4},       {"10", 10, 10},       {"most", 65535, 65535},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_tracker t = greeted(rows[i].max);
        for (unsigned failure = 1; failure <= rows[i].limit; failure++) {
            bool is_last = failure == rows[i].limit;
            uint16_t reason;
            /* What does not count stands between. */
            if (smtpauth_tracker_auth(&t, SMTPAUTH_MECHANISM_CLIENT_FIRST, false) != 0 ||
                smtpauth_tracker_broken(&t, REASON(AUTH_CANCELLED)) != REASON(AUTH_CANCELLED) ||
                smtpauth_tracker_auth(&t, SMTPAUTH_MECHANISM_CLIENT_FIRST, false) != 0 ||
                smtpauth_tracker_verdict(&t, SMTPAUTH_UNAVAILABLE, false) != REASON(AUTH_UNAVAILABLE) ||
                smtpauth_tracker_auth(&t, SMTPAUTH_MECHANISM_CLIENT_FIRST, false) != 0) {
                fail_msg("%s: AUTH is refused before the limit", rows[i].name);
            }
            if (failure % 2 == 0) {
                reason = smtpauth_tracker_broken(&t, REASON(AUTH_BASE64));
                check(reason == REASON(AUTH_BASE64), rows[i].name, "501 for this one");
            } else {
                reason = smtpauth_tracker_verdict(&t, SMTPAUTH_REJECTED, false);
                check(reason == REASON(AUTH_FAILED), rows[i].name, "535 for this one");
            }
            if (smtpauth_tracker_failures(&t) != failure ||
                smtpauth_tracker_is(&t, SMTPAUTH_IS_CLOSING) != is_last) {
                fail_msg("%s: failure %u", rows[i].name, failure);
            }
        }
        for (uint8_t verb = 0; verb <= SMTPAUTH_VERB_COUNT; verb++) {
            uint16_t reason = smtpauth_tracker_may(&t, verb);
            check(smtpauth_reason_code(reason) == 421, rows[i].name, "421 to every verb, known or not");
        }
        uint16_t reason = smtpauth_tracker_auth(&t, SMTPAUTH_MECHANISM_CLIENT_FIRST, false);
        check(smtpauth_reason_code(reason) == 421 && !smtpauth_tracker_is(&t, SMTPAUTH_IS_EXCHANGE),
              rows[i].name, "421 to AUTH");
    }
    finish();
}

static void failures_survive(void **state)
{
    smtpauth_tracker t = greeted(3);
    (void)state;
    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(smtpauth_tracker_auth(&t, SMTPAUTH_MECHANISM_CLIENT_FIRST, true), 0);
        assert_int_equal(smtpauth_tracker_verdict(&t, SMTPAUTH_REJECTED, false), REASON(AUTH_FAILED));
    }
    assert_int_equal(smtpauth_tracker_happened(&t, SMTPAUTH_HAPPENED_EHLO), 0);
    assert_int_equal(smtpauth_tracker_failures(&t), 2);
    assert_int_equal(smtpauth_tracker_auth(&t, SMTPAUTH_MECHANISM_CLIENT_FIRST, true), 0);
    assert_int_equal(smtpauth_tracker_verdict(&t, SMTPAUTH_ACCEPTED, false), REASON(AUTHENTICATED));
    assert_int_equal(smtpauth_tracker_happened(&t, SMTPAUTH_HAPPENED_TLS), 0);
    assert_int_equal(smtpauth_tracker_failures(&t), 2);
    assert_true(smtpauth_tracker_is(&t, SMTPAUTH_IS_TLS));
    assert_false(smtpauth_tracker_is(&t, SMTPAUTH_IS_GREETED));
    assert_false(smtpauth_tracker_is(&t, SMTPAUTH_IS_AUTHENTICATED));
    assert_int_equal(smtpauth_tracker_happened(&t, SMTPAUTH_HAPPENED_EHLO), 0);
    assert_int_equal(smtpauth_tracker_auth(&t, SMTPAUTH_MECHANISM_CLIENT_FIRST, true), 0);
    assert_int_equal(smtpauth_tracker_verdict(&t, SMTPAUTH_DISABLED, false), REASON(AUTH_DISABLED));
    assert_true(smtpauth_tracker_is(&t, SMTPAUTH_IS_CLOSING));
}

/* Steps as in test_tracker.c, then an event that cannot have happened. */
static void what_cannot_have_happened(void **state)
{
    enum { NONE = 0, RELAY = SMTPAUTH_RELAY, CLEAR = SMTPAUTH_CLEAR_AUTH };
    static const struct {
        const char *name;
        uint32_t rules;
        const uint8_t steps[6];
        uint8_t event;
        bool may_be_told; /* whether it is misuse is open, that nothing changes is not */
    } rows[] = {
        {"MAIL without login", CLEAR, {SMTPAUTH_HAPPENED_EHLO}, SMTPAUTH_HAPPENED_MAIL, false},
        {"MAIL without greeting", RELAY, {0}, SMTPAUTH_HAPPENED_MAIL, false},
        {"MAIL without TLS",
         RELAY | SMTPAUTH_REQUIRE_TLS,
         {SMTPAUTH_HAPPENED_EHLO},
         SMTPAUTH_HAPPENED_MAIL,
         false},
        {"MAIL twice", RELAY, {SMTPAUTH_HAPPENED_EHLO, SMTPAUTH_HAPPENED_MAIL}, SMTPAUTH_HAPPENED_MAIL, false},
        {"RCPT without MAIL", RELAY, {SMTPAUTH_HAPPENED_EHLO}, SMTPAUTH_HAPPENED_RCPT, false},
        {"RCPT refused without MAIL", RELAY, {SMTPAUTH_HAPPENED_EHLO}, SMTPAUTH_HAPPENED_RCPT_REFUSED, true},
        {"DATA without MAIL", RELAY, {SMTPAUTH_HAPPENED_EHLO}, SMTPAUTH_HAPPENED_DATA, false},
        {"DATA without RCPT",
         RELAY,
         {SMTPAUTH_HAPPENED_EHLO, SMTPAUTH_HAPPENED_MAIL},
         SMTPAUTH_HAPPENED_DATA,
         false},
        {"DATA, RCPT refused",
         RELAY,
         {SMTPAUTH_HAPPENED_EHLO, SMTPAUTH_HAPPENED_MAIL, SMTPAUTH_HAPPENED_RCPT_REFUSED},
         SMTPAUTH_HAPPENED_DATA,
         false},
        {"RCPT after DATA",
         RELAY,
         {SMTPAUTH_HAPPENED_EHLO, SMTPAUTH_HAPPENED_MAIL, SMTPAUTH_HAPPENED_RCPT, SMTPAUTH_HAPPENED_DATA},
         SMTPAUTH_HAPPENED_RCPT,
         false},
        {"DATA twice",
         RELAY,
         {SMTPAUTH_HAPPENED_EHLO, SMTPAUTH_HAPPENED_MAIL, SMTPAUTH_HAPPENED_RCPT, SMTPAUTH_HAPPENED_DATA},
         SMTPAUTH_HAPPENED_DATA,
         false},
        {"TLS twice", RELAY, {SMTPAUTH_HAPPENED_TLS}, SMTPAUTH_HAPPENED_TLS, false},
        {"HELO in LMTP", RELAY | SMTPAUTH_LMTP, {0}, SMTPAUTH_HAPPENED_HELO, false},
        {"MAIL after the close",
         RELAY,
         {SMTPAUTH_HAPPENED_EHLO, SMTPAUTH_HAPPENED_CLOSE},
         SMTPAUTH_HAPPENED_MAIL,
         false},
        {"event 0", RELAY, {SMTPAUTH_HAPPENED_EHLO}, 0, false},
        {"BDAT without RCPT",
         RELAY,
         {SMTPAUTH_HAPPENED_EHLO, SMTPAUTH_HAPPENED_MAIL},
         SMTPAUTH_HAPPENED_CHUNK,
         false},
        {"BDAT without login", CLEAR, {SMTPAUTH_HAPPENED_EHLO}, SMTPAUTH_HAPPENED_CHUNK, false},
        {"BDAT after DATA",
         RELAY,
         {SMTPAUTH_HAPPENED_EHLO, SMTPAUTH_HAPPENED_MAIL, SMTPAUTH_HAPPENED_RCPT, SMTPAUTH_HAPPENED_DATA},
         SMTPAUTH_HAPPENED_CHUNK,
         false},
        {"BDAT behind a refused one",
         RELAY,
         {SMTPAUTH_HAPPENED_EHLO, SMTPAUTH_HAPPENED_MAIL, SMTPAUTH_HAPPENED_RCPT,
          SMTPAUTH_HAPPENED_CHUNK_REFUSED},
         SMTPAUTH_HAPPENED_CHUNK,
         false},
        {"DATA after BDAT",
         RELAY,
         {SMTPAUTH_HAPPENED_EHLO, SMTPAUTH_HAPPENED_MAIL, SMTPAUTH_HAPPENED_RCPT, SMTPAUTH_HAPPENED_CHUNK},
         SMTPAUTH_HAPPENED_DATA,
         false},
        {"BDAT refused without MAIL", RELAY, {SMTPAUTH_HAPPENED_EHLO}, SMTPAUTH_HAPPENED_CHUNK_REFUSED, true},
        {"BDAT refused in the data",
         RELAY,
         {SMTPAUTH_HAPPENED_EHLO, SMTPAUTH_HAPPENED_MAIL, SMTPAUTH_HAPPENED_RCPT, SMTPAUTH_HAPPENED_DATA},
         SMTPAUTH_HAPPENED_CHUNK_REFUSED,
         false},
        {"XCLIENT in a transaction",
         RELAY,
         {SMTPAUTH_HAPPENED_EHLO, SMTPAUTH_HAPPENED_MAIL},
         SMTPAUTH_HAPPENED_XCLIENT,
         false},
        {"XCLIENT that vouches in a transaction",
         RELAY,
         {SMTPAUTH_HAPPENED_EHLO, SMTPAUTH_HAPPENED_MAIL},
         SMTPAUTH_HAPPENED_XCLIENT_LOGIN,
         false},
        {"XCLIENT that vouches where TLS is required",
         SMTPAUTH_REQUIRE_TLS,
         {SMTPAUTH_HAPPENED_EHLO},
         SMTPAUTH_HAPPENED_XCLIENT_LOGIN,
         false},
        {"event 14", RELAY, {SMTPAUTH_HAPPENED_EHLO}, 14, false},
        {"event 255", RELAY, {SMTPAUTH_HAPPENED_EHLO}, 255, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_tracker t, before;
        smtpauth_tracker_init(&t, rows[i].rules, UINT32_MAX, 0, 0);
        for (size_t j = 0; rows[i].steps[j] != NONE; j++) {
            check(smtpauth_tracker_happened(&t, rows[i].steps[j]) == 0, rows[i].name, "steps before");
        }
        before = t;
        check(smtpauth_tracker_happened(&t, rows[i].event) == REASON(BAD_SEQUENCE) || rows[i].may_be_told,
              rows[i].name, "is BAD_SEQUENCE");
        check(memcmp(&before, &t, sizeof t) == 0, rows[i].name, "changes nothing");
    }
    static const uint8_t events[] = {SMTPAUTH_HAPPENED_EHLO,    SMTPAUTH_HAPPENED_HELO,
                                     SMTPAUTH_HAPPENED_TLS,     SMTPAUTH_HAPPENED_MAIL,
                                     SMTPAUTH_HAPPENED_RCPT,    SMTPAUTH_HAPPENED_DATA,
                                     SMTPAUTH_HAPPENED_CHUNK,   SMTPAUTH_HAPPENED_CHUNK_REFUSED,
                                     SMTPAUTH_HAPPENED_XCLIENT, SMTPAUTH_HAPPENED_XCLIENT_LOGIN};
    for (size_t i = 0; i < sizeof events; i++) {
        smtpauth_tracker t = in_exchange(), before = t;
        check(smtpauth_tracker_happened(&t, events[i]) == REASON(BAD_SEQUENCE), "in an exchange",
              "nothing can happen");
        check(memcmp(&before, &t, sizeof t) == 0, "in an exchange", "nothing changes");
    }
    smtpauth_tracker t, before;
    smtpauth_tracker_init(
        &t, RELAY, UINT32_MAX & ~(SMTPAUTH_BIT(SMTPAUTH_VERB_BDAT) | SMTPAUTH_BIT(SMTPAUTH_VERB_XCLIENT)), 0,
        0);
    static const uint8_t up_to_rcpt[] = {SMTPAUTH_HAPPENED_EHLO, SMTPAUTH_HAPPENED_MAIL,
                                         SMTPAUTH_HAPPENED_RCPT};
    for (size_t i = 0; i <= sizeof up_to_rcpt; i++) {
        before = t;
        for (uint8_t event = SMTPAUTH_HAPPENED_CHUNK; event <= SMTPAUTH_HAPPENED_XCLIENT_LOGIN; event++) {
            check(smtpauth_tracker_happened(&t, event) == REASON(BAD_SEQUENCE), "not offered", "cannot happen");
            check(memcmp(&before, &t, sizeof t) == 0, "not offered", "changes nothing");
        }
        if (i < sizeof up_to_rcpt) {
            assert_int_equal(smtpauth_tracker_happened(&t, up_to_rcpt[i]), 0);
        }
    }
    t = before = greeted(0);
    check(smtpauth_tracker_happened(&t, SMTPAUTH_HAPPENED_END) == 0, "RSET without a transaction", "is fine");
    check(smtpauth_tracker_verdict(&t, SMTPAUTH_ACCEPTED, false) == REASON(BAD_SEQUENCE) &&
              memcmp(&before, &t, sizeof t) == 0,
          "verdict without an exchange", "changes nothing");
    finish();
}

static void closing(void **state)
{
    smtpauth_tracker t = greeted(0);
    (void)state;
    assert_int_equal(smtpauth_tracker_happened(&t, SMTPAUTH_HAPPENED_CLOSE), 0);
    assert_true(smtpauth_tracker_is(&t, SMTPAUTH_IS_CLOSING));
    for (uint8_t verb = 0; verb < SMTPAUTH_VERB_COUNT; verb++) {
        check(smtpauth_reason_code(smtpauth_tracker_may(&t, verb)) == 421, "closed", "421 to every verb");
    }
    finish();
}

static void null_and_bits(void **state)
{
    smtpauth_tracker t = greeted(0);
    (void)state;
    smtpauth_tracker_init(NULL, 0, 0, 0, 0);
    assert_int_equal(smtpauth_tracker_may(NULL, SMTPAUTH_VERB_NOOP), REASON(BAD_SEQUENCE));
    assert_int_equal(smtpauth_tracker_auth(NULL, SMTPAUTH_MECHANISM_CLIENT_FIRST, false), REASON(BAD_SEQUENCE));
    assert_int_equal(smtpauth_tracker_verdict(NULL, SMTPAUTH_ACCEPTED, false), REASON(BAD_SEQUENCE));
    assert_int_equal(smtpauth_tracker_broken(NULL, REASON(AUTH_CANCELLED)), REASON(BAD_SEQUENCE));
    assert_int_equal(smtpauth_tracker_happened(NULL, SMTPAUTH_HAPPENED_EHLO), REASON(BAD_SEQUENCE));
    assert_int_equal(smtpauth_tracker_failures(NULL), 0);
    assert_false(smtpauth_tracker_is(NULL, SMTPAUTH_IS_GREETED));
    assert_true(smtpauth_tracker_is(&t, SMTPAUTH_IS_GREETED | SMTPAUTH_IS_EXTENDED));
    assert_false(smtpauth_tracker_is(&t, SMTPAUTH_IS_GREETED | SMTPAUTH_IS_TLS)); /* all of them, not one */
    assert_false(smtpauth_tracker_is(&t, UINT32_C(1) << 31));
    assert_int_equal(smtpauth_tracker_happened(&t, SMTPAUTH_HAPPENED_HELO), 0);
    assert_true(smtpauth_tracker_is(&t, SMTPAUTH_IS_GREETED));
    assert_false(smtpauth_tracker_is(&t, SMTPAUTH_IS_EXTENDED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_in_32_bytes), cmocka_unit_test(verdicts),
        cmocka_unit_test(broken_exchanges), cmocka_unit_test(failures_reach_the_limit),
        cmocka_unit_test(failures_survive), cmocka_unit_test(what_cannot_have_happened),
        cmocka_unit_test(closing),          cmocka_unit_test(null_and_bits),
    };
    return cmocka_run_group_tests_name("tracker, verdicts", tests, NULL, NULL);
}
