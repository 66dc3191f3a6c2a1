/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves the tracker by the rows of decisions.md, each with its name: precedence, AUTH, what STARTTLS, EHLO and RSET
 * keep and forget (RFC 3207 4.2, RFC 5321 4.1.4, RFC 4954 4 and 6), verdicts, failures and their limit (RFC 4954 9),
 * misuse. The whole product of states and verbs is test_tracker_product.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/tracker.h>

#include "rows.h"

enum {
    CLEAR = SMTPAUTH_CLEAR_AUTH,
    RELAY = SMTPAUTH_RELAY,
    LMTP = SMTPAUTH_LMTP,
    NEED_TLS = SMTPAUTH_REQUIRE_TLS
};

/* Plays a session, one letter a step:
 *   E EHLO or LHLO   H HELO   T TLS   M MAIL   R RCPT   r RCPT refused   D DATA   . transaction ended   Q closed
 *   K BDAT taken   k BDAT refused   X XCLIENT   L XCLIENT that vouches for a login
 *   A AUTH accepted   x AUTH rejected   * AUTH cancelled   b AUTH, bad base64   u AUTH, directory down   a AUTH begun
 * Each must succeed. */
static void play(smtpauth_tracker *t, const char *row, const char *script)
{
    for (const char *at = script; *at != '\0'; at++) {
        static const char events[] = "EHTMRrD.QKkXL", exchanges[] = "Ax*bua";
        const char *event = strchr(events, *at), *exchange = strchr(exchanges, *at);
        if (event != NULL) {
            check(smtpauth_tracker_happened(t, (uint8_t)(event - events + 1)) == 0, row, "happened");
            continue;
        }
        assert_non_null(exchange);
        check(smtpauth_tracker_auth(t, SMTPAUTH_MECHANISM_CLIENT_FIRST, false) == 0, row, "auth");
        switch (*at) {
        case 'A':
            check(smtpauth_tracker_verdict(t, SMTPAUTH_ACCEPTED, false) == SMTPAUTH_REASON_AUTHENTICATED, row,
                  "235");
            break;
        case 'x':
            check(smtpauth_tracker_verdict(t, SMTPAUTH_REJECTED, false) == SMTPAUTH_REASON_AUTH_FAILED, row,
                  "535");
            break;
        case 'u':
            check(smtpauth_tracker_verdict(t, SMTPAUTH_UNAVAILABLE, false) == SMTPAUTH_REASON_AUTH_UNAVAILABLE,
                  row, "454");
            break;
        case '*':
            check(smtpauth_tracker_broken(t, SMTPAUTH_REASON_AUTH_CANCELLED) == SMTPAUTH_REASON_AUTH_CANCELLED,
                  row, "*");
            break;
        case 'b':
            check(smtpauth_tracker_broken(t, SMTPAUTH_REASON_AUTH_BASE64) == SMTPAUTH_REASON_AUTH_BASE64, row,
                  "501");
            break;
        default:
            break;
        }
    }
}

static smtpauth_tracker session(const char *row, uint32_t rules, const char *script)
{
    smtpauth_tracker t;
    memset(&t, 0x5A, sizeof t);
    smtpauth_tracker_init(&t, rules, UINT32_MAX, 0, 0);
    play(&t, row, script);
    return t;
}

#define VERB(name)   SMTPAUTH_VERB_##name
#define REASON(name) SMTPAUTH_REASON_##name

static void rows_of_decisions(void **state)
{
    static const struct {
        const char *name;
        uint32_t rules;
        const char *script;
        uint8_t verb;
        uint16_t reason;
    } rows[] = {
        {"MAIL without AUTH", CLEAR, "E", VERB(MAIL), REASON(AUTH_REQUIRED)},
        {"RCPT without AUTH", CLEAR, "E", VERB(RCPT), REASON(AUTH_REQUIRED)},
        {"DATA without AUTH", CLEAR, "E", VERB(DATA), REASON(AUTH_REQUIRED)},
        {"BDAT without AUTH", CLEAR, "E", VERB(BDAT), REASON(AUTH_REQUIRED)},
        {"VRFY without AUTH", CLEAR, "E", VERB(VRFY), REASON(AUTH_REQUIRED)},
        {"EXPN without AUTH", CLEAR, "E", VERB(EXPN), REASON(AUTH_REQUIRED)},
        {"530 outranks 503: MAIL before EHLO", CLEAR, "", VERB(MAIL), REASON(AUTH_REQUIRED)},
        {"530 outranks 503: DATA before anything", CLEAR, "", VERB(DATA), REASON(AUTH_REQUIRED)},
        {"MAIL after HELO without AUTH", CLEAR, "H", VERB(MAIL), REASON(AUTH_REQUIRED)},
        {"after a failed AUTH MAIL is still 530", CLEAR, "Ex", VERB(MAIL), REASON(AUTH_REQUIRED)},
        {"after a failed AUTH RCPT is still 530", CLEAR, "Ex", VERB(RCPT), REASON(AUTH_REQUIRED)},
        {"after a cancelled AUTH", CLEAR, "E*", VERB(MAIL), REASON(AUTH_REQUIRED)},
        {"after a broken AUTH", CLEAR, "Eb", VERB(MAIL), REASON(AUTH_REQUIRED)},
        {"after an unchecked AUTH", CLEAR, "Eu", VERB(MAIL), REASON(AUTH_REQUIRED)},
        {"after AUTH", CLEAR, "EA", VERB(MAIL), 0},
        {"a failure, then success", CLEAR, "ExA", VERB(MAIL), 0},
        {"a failed AUTH may be followed by AUTH", CLEAR, "Ex", VERB(AUTH), 0},
        {"VRFY after AUTH", CLEAR, "EA", VERB(VRFY), 0},
        {"NOOP before EHLO", 0, "", VERB(NOOP), 0},
        {"RSET before EHLO", 0, "", VERB(RSET), 0},
        {"HELP before EHLO", 0, "", VERB(HELP), 0},
        {"QUIT before EHLO", 0, "", VERB(QUIT), 0},
        {"VRFY before EHLO is never 503", RELAY, "", VERB(VRFY), 0},
        {"EXPN before EHLO is never 503", RELAY, "", VERB(EXPN), 0},
        {"MAIL before EHLO", RELAY, "", VERB(MAIL), REASON(HELLO_FIRST)},
        {"RCPT before EHLO", RELAY, "", VERB(RCPT), REASON(HELLO_FIRST)},
        {"DATA before EHLO", RELAY, "", VERB(DATA), REASON(HELLO_FIRST)},
        {"BDAT before EHLO", RELAY, "", VERB(BDAT), REASON(HELLO_FIRST)},
        {"BURL before EHLO", RELAY, "", VERB(BURL), REASON(HELLO_FIRST)},
        {"ETRN before EHLO", RELAY, "", VERB(ETRN), REASON(HELLO_FIRST)},
        {"STARTTLS before EHLO", 0, "", VERB(STARTTLS), REASON(HELLO_FIRST)},
        {"AUTH before EHLO", CLEAR, "", VERB(AUTH), REASON(HELLO_FIRST)},
        {"AUTH after HELO", CLEAR, "H", VERB(AUTH), REASON(HELLO_FIRST)},
        {"AUTH after EHLO, then HELO", CLEAR, "EH", VERB(AUTH), REASON(HELLO_FIRST)},
        {"AUTH after HELO, then EHLO", CLEAR, "HE", VERB(AUTH), 0},
        {"HELO suffices for MAIL", RELAY, "H", VERB(MAIL), 0},
        {"HELO suffices for STARTTLS", 0, "H", VERB(STARTTLS), 0},
        {"HELO suffices for ETRN", RELAY, "H", VERB(ETRN), 0},
        {"AUTH twice", CLEAR, "EA", VERB(AUTH), REASON(AUTH_ALREADY)},
        {"AUTH in a transaction", RELAY | CLEAR, "EM", VERB(AUTH), REASON(AUTH_IN_TRANSACTION)},
        {"AUTH behind a transaction", RELAY | CLEAR, "EMRD.", VERB(AUTH), 0},
        {"AUTH without TLS", 0, "E", VERB(AUTH), REASON(TLS_REQUIRED)},
        {"AUTH without TLS, before EHLO", 0, "", VERB(AUTH), REASON(TLS_REQUIRED)},
        {"AUTH without TLS, RELAY", RELAY, "E", VERB(AUTH), REASON(TLS_REQUIRED)},
        {"AUTH under TLS", 0, "ETE", VERB(AUTH), 0},
        {"AUTH under TLS, EHLO not said again", 0, "ET", VERB(AUTH), REASON(HELLO_FIRST)},
        {"AUTH under implicit TLS", 0, "TE", VERB(AUTH), 0},
        {"530 that only TLS can cure, MAIL", 0, "E", VERB(MAIL), REASON(TLS_REQUIRED)},
        {"530 that only TLS can cure, before EHLO", 0, "", VERB(RCPT), REASON(TLS_REQUIRED)},
        {"under TLS AUTH can cure it", 0, "TE", VERB(MAIL), REASON(AUTH_REQUIRED)},
        {"TLS required, MAIL", RELAY | NEED_TLS, "E", VERB(MAIL), REASON(TLS_REQUIRED)},
        {"TLS required, VRFY", RELAY | NEED_TLS, "E", VERB(VRFY), REASON(TLS_REQUIRED)},
        {"TLS required, AUTH", CLEAR | NEED_TLS, "E", VERB(AUTH), REASON(TLS_REQUIRED)},
        {"TLS required outranks login", CLEAR | NEED_TLS, "E", VERB(MAIL), REASON(TLS_REQUIRED)},
        {"TLS required, EHLO", NEED_TLS, "", VERB(EHLO), 0},
        {"TLS required, HELO", NEED_TLS, "", VERB(HELO), 0},
        {"TLS required, NOOP", NEED_TLS, "", VERB(NOOP), 0},
        {"TLS required, RSET", NEED_TLS, "", VERB(RSET), 0},
        {"TLS required, HELP", NEED_TLS, "", VERB(HELP), 0},
        {"TLS required, QUIT", NEED_TLS, "", VERB(QUIT), 0},
        {"TLS required, STARTTLS", NEED_TLS, "E", VERB(STARTTLS), 0},
        {"TLS required, unknown verb is 500", NEED_TLS, "E", VERB(UNKNOWN), REASON(UNKNOWN_COMMAND)},
        {"TLS required and active", RELAY | NEED_TLS, "TE", VERB(MAIL), 0},
        {"unknown verb", RELAY, "E", VERB(UNKNOWN), REASON(UNKNOWN_COMMAND)},
        {"unknown verb before EHLO and login", 0, "", VERB(UNKNOWN), REASON(UNKNOWN_COMMAND)},
        {"MAIL twice", RELAY, "EM", VERB(MAIL), REASON(NESTED_MAIL)},
        {"MAIL behind a transaction", RELAY, "EMRD.", VERB(MAIL), 0},
        {"MAIL behind RSET", RELAY, "EMR.", VERB(MAIL), 0},
        {"RCPT before MAIL", RELAY, "E", VERB(RCPT), REASON(MAIL_FIRST)},
        {"RCPT behind RSET", RELAY, "EM.", VERB(RCPT), REASON(MAIL_FIRST)},
        {"RCPT behind EHLO", RELAY, "EME", VERB(RCPT), REASON(MAIL_FIRST)},
        {"RCPT behind HELO", RELAY, "EMH", VERB(RCPT), REASON(MAIL_FIRST)},
        {"RCPT after a refused one", RELAY, "EMr", VERB(RCPT), 0},
        {"DATA before MAIL", RELAY, "E", VERB(DATA), REASON(MAIL_FIRST)},
        {"DATA before RCPT", RELAY, "EM", VERB(DATA), REASON(RCPT_FIRST)},
        {"DATA, no recipient accepted", RELAY, "EMrr", VERB(DATA), REASON(NO_VALID_RECIPIENTS)},
        {"DATA, one accepted, one refused", RELAY, "EMRr", VERB(DATA), 0},
        {"DATA, one refused, one accepted", RELAY, "EMrR", VERB(DATA), 0},
        {"refusals of another transaction", RELAY, "EMr.M", VERB(DATA), REASON(RCPT_FIRST)},
        {"DATA of the next transaction", RELAY, "EMRD.M", VERB(DATA), REASON(RCPT_FIRST)},
        {"ETRN in a transaction", RELAY, "EM", VERB(ETRN), REASON(BAD_SEQUENCE)},
        {"a second BDAT", RELAY, "EMRK", VERB(BDAT), 0},
        {"a third BDAT", RELAY, "EMRKK", VERB(BDAT), 0},
        {"BDAT after LAST", RELAY, "EMRK.", VERB(BDAT), REASON(MAIL_FIRST)},
        {"DATA after BDAT", RELAY, "EMRK", VERB(DATA), REASON(CHUNKS_BEGUN)},
        {"MAIL after BDAT", RELAY, "EMRK", VERB(MAIL), REASON(CHUNKS_BEGUN)},
        {"RCPT after BDAT", RELAY, "EMRK", VERB(RCPT), REASON(CHUNKS_BEGUN)},
        {"BDAT after DATA", RELAY, "EMRD", VERB(BDAT), REASON(BAD_SEQUENCE)},
        {"BDAT behind a refused one", RELAY, "EMRKk", VERB(BDAT), REASON(CHUNK_BROKEN)},
        {"BDAT behind two refused ones", RELAY, "EMRkk", VERB(BDAT), REASON(CHUNK_BROKEN)},
        {"DATA behind a refused BDAT", RELAY, "EMRk", VERB(DATA), REASON(CHUNK_BROKEN)},
        {"MAIL behind a refused BDAT", RELAY, "EMRk", VERB(MAIL), REASON(CHUNK_BROKEN)},
        {"RCPT behind a BDAT refused for want of it", RELAY, "EMk", VERB(RCPT), REASON(CHUNK_BROKEN)},
        {"RSET mends it", RELAY, "EMRk.", VERB(MAIL), 0},
        {"EHLO mends it", RELAY, "EMRkE", VERB(MAIL), 0},
        {"NOOP among chunks", RELAY, "EMRK", VERB(NOOP), 0},
        {"RSET behind a refused BDAT", RELAY, "EMRk", VERB(RSET), 0},
        {"XCLIENT before EHLO", 0, "", VERB(XCLIENT), 0},
        {"XCLIENT before a login", CLEAR, "E", VERB(XCLIENT), 0},
        {"XCLIENT in a transaction", RELAY, "EM", VERB(XCLIENT), REASON(BAD_SEQUENCE)},
        {"XCLIENT where TLS is required", NEED_TLS, "E", VERB(XCLIENT), REASON(TLS_REQUIRED)},
        {"XCLIENT forgets EHLO", RELAY, "EX", VERB(MAIL), REASON(HELLO_FIRST)},
        {"XCLIENT forgets the login", CLEAR, "EAXE", VERB(MAIL), REASON(AUTH_REQUIRED)},
        {"XCLIENT keeps TLS", 0, "TEXE", VERB(STARTTLS), REASON(TLS_ACTIVE)},
        {"XCLIENT that vouches: MAIL needs EHLO", CLEAR, "EL", VERB(MAIL), REASON(HELLO_FIRST)},
        {"XCLIENT that vouches: MAIL", CLEAR, "ELE", VERB(MAIL), 0},
        {"XCLIENT that vouches: AUTH where it needs TLS", 0, "ELE", VERB(AUTH), REASON(AUTH_ALREADY)},
        {"XCLIENT that vouches: AUTH", CLEAR, "ELE", VERB(AUTH), REASON(AUTH_ALREADY)},
        {"XCLIENT that vouches no more", CLEAR, "ELEXE", VERB(MAIL), REASON(AUTH_REQUIRED)},
        {"STARTTLS forgets who was vouched for", CLEAR, "ELETE", VERB(MAIL), REASON(AUTH_REQUIRED)},
        {"LMTP: DATA before RCPT", RELAY | LMTP, "EM", VERB(DATA), REASON(RCPT_FIRST)},
        {"LMTP: DATA, no recipient accepted", RELAY | LMTP, "EMr", VERB(DATA), REASON(RCPT_FIRST)},
        {"LMTP: EHLO", LMTP, "", VERB(EHLO), REASON(WRONG_HELLO)},
        {"LMTP: HELO", LMTP, "", VERB(HELO), REASON(WRONG_HELLO)},
        {"LMTP: LHLO", LMTP, "", VERB(LHLO), 0},
        {"SMTP: LHLO", 0, "", VERB(LHLO), REASON(WRONG_HELLO)},
        {"STARTTLS", 0, "E", VERB(STARTTLS), 0},
        {"STARTTLS under TLS", 0, "ETE", VERB(STARTTLS), REASON(TLS_ACTIVE)},
        {"STARTTLS after AUTH", CLEAR, "EA", VERB(STARTTLS), 0},
        {"STARTTLS in a transaction", RELAY, "EMR", VERB(STARTTLS), 0},
        {"STARTTLS forgets EHLO", RELAY, "ET", VERB(MAIL), REASON(HELLO_FIRST)},
        {"STARTTLS forgets the login", CLEAR, "EATE", VERB(MAIL), REASON(AUTH_REQUIRED)},
        {"STARTTLS forgets the login: AUTH again", CLEAR, "EATE", VERB(AUTH), 0},
        {"STARTTLS forgets the transaction", RELAY, "EMRTE", VERB(DATA), REASON(MAIL_FIRST)},
        {"RSET keeps the login", CLEAR, "EAM.", VERB(MAIL), 0},
        {"EHLO keeps the login", CLEAR, "EAE", VERB(MAIL), 0},
        {"EHLO in a transaction keeps the login", CLEAR, "EAMRE", VERB(MAIL), 0},
        {"HELO keeps the login", CLEAR, "EAH", VERB(MAIL), 0},
        {"a message keeps the login", CLEAR, "EAMRD.", VERB(MAIL), 0},
        {"ETRN in submission mode", CLEAR, "EA", VERB(ETRN), REASON(NOT_IMPLEMENTED)},
        {"ETRN in submission mode, without AUTH", CLEAR, "E", VERB(ETRN), REASON(NOT_IMPLEMENTED)},
        {"ETRN elsewhere", RELAY, "E", VERB(ETRN), 0},
        {"AUTH where it is not offered", SMTPAUTH_NO_AUTH | CLEAR, "E", VERB(AUTH), REASON(NOT_IMPLEMENTED)},
        {"MAIL where no login is known", SMTPAUTH_NO_AUTH, "E", VERB(MAIL), 0},
        {"exchange open: MAIL", CLEAR, "Ea", VERB(MAIL), REASON(BAD_SEQUENCE)},
        {"exchange open: QUIT", CLEAR, "Ea", VERB(QUIT), REASON(BAD_SEQUENCE)},
        {"exchange open: NOOP", CLEAR, "Ea", VERB(NOOP), REASON(BAD_SEQUENCE)},
        {"exchange open: AUTH", CLEAR, "Ea", VERB(AUTH), REASON(BAD_SEQUENCE)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_tracker t = session(rows[i].name, rows[i].rules, rows[i].script);
        uint16_t reason = smtpauth_tracker_may(&t, rows[i].verb);
        if (reason != rows[i].reason) {
            print_error("%s: reason %u, expected %u\n", rows[i].name, reason, rows[i].reason);
            add_wrong();
        }
    }
    finish();
}

static void what_is_not_offered(void **state)
{
    smtpauth_tracker t;
    (void)state;
    smtpauth_tracker_init(&t, CLEAR, 0, 0, 0);
    check(smtpauth_tracker_may(&t, VERB(MAIL)) == REASON(NOT_IMPLEMENTED), "502 outranks 530", "MAIL");
    check(smtpauth_tracker_may(&t, VERB(AUTH)) == REASON(NOT_IMPLEMENTED), "502 outranks 503", "AUTH");
    check(smtpauth_tracker_may(&t, VERB(HELP)) == REASON(NOT_IMPLEMENTED), "not offered", "HELP");
    static const uint8_t always[] = {VERB(QUIT), VERB(NOOP), VERB(RSET), VERB(EHLO), VERB(HELO)};
    for (size_t i = 0; i < sizeof always; i++) {
        check(smtpauth_tracker_may(&t, always[i]) == 0, "always offered", smtpauth_verb_name(always[i]));
    }
    smtpauth_tracker_init(&t, 0, 0, 0, 0);
    check(smtpauth_tracker_may(&t, VERB(AUTH)) == REASON(NOT_IMPLEMENTED), "AUTH not offered, TLS not required",
          "502");
    smtpauth_tracker_init(&t, NEED_TLS, 0, 0, 0);
    check(smtpauth_tracker_may(&t, VERB(AUTH)) == REASON(TLS_REQUIRED), "AUTH not offered, TLS required",
          "530");
    smtpauth_tracker_init(&t, 0, SMTPAUTH_BIT(VERB(MAIL)) | SMTPAUTH_BIT(VERB(AUTH)), 0, 0);
    check(smtpauth_tracker_may(&t, VERB(MAIL)) == REASON(AUTH_REQUIRED), "no STARTTLS to point to", "MAIL");
    smtpauth_tracker_init(&t, CLEAR, UINT32_MAX, SMTPAUTH_BIT(VERB(ATRN)) | SMTPAUTH_BIT(VERB(NOOP)), 0);
    check(smtpauth_tracker_may(&t, VERB(ATRN)) == REASON(AUTH_REQUIRED), "auth_verbs", "adds ATRN");
    check(smtpauth_tracker_may(&t, VERB(NOOP)) == 0, "auth_verbs", "cannot add NOOP");
    finish();
}

static void auth_by_class(void **state)
{
    enum { UNKNOWN, NEEDS_TLS, CLIENT_FIRST, SERVER_FIRST };
    static const struct {
        const char *name, *script;
        uint8_t class;
        bool has_initial;
        uint16_t reason;
    } rows[] = {
        {"client first, without a response", "E", CLIENT_FIRST, false, 0},
        {"client first, with one", "E", CLIENT_FIRST, true, 0},
        {"server first", "E", SERVER_FIRST, false, 0},
        {"initial response to a server-first mechanism", "E", SERVER_FIRST, true, REASON(AUTH_NO_INITIAL)},
        {"unknown mechanism", "E", UNKNOWN, false, REASON(AUTH_UNKNOWN_MECHANISM)},
        {"unknown mechanism with a response", "E", UNKNOWN, true, REASON(AUTH_UNKNOWN_MECHANISM)},
        {"unknown class", "E", 4, false, REASON(AUTH_UNKNOWN_MECHANISM)},
        {"unknown class 255", "E", 255, true, REASON(AUTH_UNKNOWN_MECHANISM)},
        {"only under TLS", "E", NEEDS_TLS, false, REASON(AUTH_NEEDS_TLS)},
        {"only under TLS, with a response", "E", NEEDS_TLS, true, REASON(AUTH_NEEDS_TLS)},
        {"503 outranks 504", "", UNKNOWN, false, REASON(HELLO_FIRST)},
        {"503 outranks 501", "EA", SERVER_FIRST, true, REASON(AUTH_ALREADY)},
        {"already authenticated, whatever the mechanism", "EA", UNKNOWN, false, REASON(AUTH_ALREADY)},
        {"exchange open", "Ea", CLIENT_FIRST, false, REASON(BAD_SEQUENCE)},
        {"after a refusal", "Exx", CLIENT_FIRST, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_tracker t = session(rows[i].name, CLEAR, rows[i].script);
        bool was_open = smtpauth_tracker_is(&t, SMTPAUTH_IS_EXCHANGE);
        uint16_t reason = smtpauth_tracker_auth(&t, rows[i].class, rows[i].has_initial);
        check(reason == rows[i].reason, rows[i].name, "reason");
        check(smtpauth_tracker_is(&t, SMTPAUTH_IS_EXCHANGE) == (was_open || reason == 0), rows[i].name,
              "exchange open");
    }
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_decisions),
        cmocka_unit_test(what_is_not_offered),
        cmocka_unit_test(auth_by_class),
    };
    return cmocka_run_group_tests_name("tracker", tests, NULL, NULL);
}
