/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves the advice over real replies: the list of provider-replies.tsv, row by row, but those that
 * docs/advice-exceptions.md names with a reason, and the replies of replies.txt, judged before they were tried. Then the
 * rows of decisions' table of what a client should do, and that each reply of our own catalogue comes back as itself. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/advice.h>
#include <smtpauth/reply.h>

#include "advice_rows.h"
#include "rows.h"

/* ---- The exceptions, as the document has them ---- */

typedef struct exception {
    char where[40], begins[400], given[32];
    unsigned used;
} exception;

static exception exceptions[32];
static size_t exception_count;

/* The text of cell `index` of a row of a table, without blanks and backquotes about it. */
static void cell(const char *line, unsigned index, char *out, size_t cap)
{
    const char *at = strchr(line, '|');
    while (at != NULL && index-- > 0)
        at = strchr(at + 1, '|');
    assert_non_null(at);
    at += 1 + strspn(at + 1, " `");
    size_t len = strcspn(at, "|");
    while (len > 0 && strchr(" `", at[len - 1]) != NULL)
        len--;
    assert_true(len < cap);
    memcpy(out, at, len);
    out[len] = '\0';
}

static void read_exceptions(void)
{
    char line[2000];
    FILE *in = fopen("docs/advice-exceptions.md", "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in) != NULL) {
        if (line[0] != '|' || strncmp(line, "| phase", 7) == 0 || strncmp(line, "| ---", 5) == 0)
            continue;
        assert_true(exception_count < sizeof exceptions / sizeof *exceptions);
        exception *e = &exceptions[exception_count++];
        cell(line, 0, e->where, sizeof e->where);
        cell(line, 1, e->begins, sizeof e->begins);
        cell(line, 3, e->given, sizeof e->given);
    }
    fclose(in);
}

static exception *exception_of(const advice_row *row)
{
    for (size_t i = 0; i < exception_count; i++)
        if (strcmp(row->where, exceptions[i].where) == 0 &&
            strncmp(row->raw, exceptions[i].begins, strlen(exceptions[i].begins)) == 0)
            return &exceptions[i];
    return NULL;
}

/* ---- Rows ---- */

/* Is the action right, or what an exception says? */
static void check_row(const advice_row *row, bool is_listed)
{
    smtpauth_advice advice = advise(row->reply, strlen(row->reply), &row->at, smtpauth_providers);
    const char *action = smtpauth_action_name(advice.action);
    exception *excepted = is_listed ? exception_of(row) : NULL;
    bool is_right = strcmp(action, row->action) == 0;
    if (excepted != NULL && !is_right) {
        excepted->used++;
        check(strcmp(action, excepted->given) == 0, row->name, "is excepted, with another action");
        return;
    }
    if (!is_right) {
        print_error("%s: %s (%s), not %s\n", row->name, action,
                    smtpauth_reason_words(advice.reason, SMTPAUTH_WORDS_NAME), row->action);
        add_wrong();
    }
}

static void every_listed_action_is_right_or_excepted(void **state)
{
    (void)state;
    size_t count, listed;
    const advice_row *rows = advice_rows(&count, &listed);
    assert_int_equal(listed, 229);
    read_exceptions();
    for (size_t i = 0; i < listed; i++)
        check_row(&rows[i], true);
    for (size_t i = 0; i < exception_count; i++)
        check(exceptions[i].used == 1, exceptions[i].begins, "is an exception for no row, or for several");
    finish();
}

static void every_other_action_is_right(void **state)
{
    (void)state;
    size_t count, listed;
    const advice_row *rows = advice_rows(&count, &listed);
    assert_true(count - listed >= 150);
    for (size_t i = listed; i < count; i++)
        check_row(&rows[i], false);
    finish();
}

/* Where the action is right, the cause nearly always is; a few lie between two causes of one action. */
static void causes_go_with_actions(void **state)
{
    (void)state;
    size_t count, listed;
    const advice_row *rows = advice_rows(&count, &listed);
    unsigned differ = 0;
    for (size_t i = 0; i < count; i++) {
        smtpauth_advice advice = advise(rows[i].reply, strlen(rows[i].reply), &rows[i].at, smtpauth_providers);
        if (strcmp(smtpauth_action_name(advice.action), rows[i].action) == 0 &&
            strcmp(smtpauth_cause_name(advice.cause), rows[i].cause) != 0)
            differ++;
    }
    assert_in_range(differ, 0, 6);
}

/* ---- What a client should do ---- */

enum { U = SMTPAUTH_UNKNOWN, Y = SMTPAUTH_YES, N = SMTPAUTH_NO };

static const struct situation_row {
    const char *name, *reply;
    uint8_t phase, authenticated, tls, tls_offered, auth_offered, secret, attempts;
    uint16_t first_refusal, reason;
    bool same_secret, resend;
} situations[] = {
    {"530 before a login", "530 5.7.0 Authentication required", SMTPAUTH_PHASE_MAIL, N, Y, N, Y, 0, 0, 0,
     SMTPAUTH_REASON_AUTH_REQUIRED, true, true},
    {"530 after a refused AUTH is its echo", "530 5.7.0 Authentication required", SMTPAUTH_PHASE_MAIL, N, Y, N,
     Y, 0, 1, SMTPAUTH_REASON_SMTP_AUTH_DISABLED, SMTPAUTH_REASON_SMTP_AUTH_DISABLED, false, true},
    {"530 after one whose reason is not known", "530 5.7.0 Authentication required", SMTPAUTH_PHASE_MAIL, N, Y,
     N, Y, 0, 1, 0, SMTPAUTH_REASON_AUTH_FAILED, false, true},
    {"530 for TLS", "530 5.7.0 Must issue a STARTTLS command first", SMTPAUTH_PHASE_MAIL, N, N, Y, N, 0, 0, 0,
     SMTPAUTH_REASON_TLS_REQUIRED, true, true},
    {"530 to AUTH in clear", "530 5.7.0 No", SMTPAUTH_PHASE_AUTH, N, N, Y, Y, 0, 0, 0,
     SMTPAUTH_REASON_TLS_REQUIRED, true, true},
    {"523", "523 5.7.10 No", SMTPAUTH_PHASE_AUTH, N, N, Y, Y, 0, 0, 0, SMTPAUTH_REASON_TLS_REQUIRED, true,
     true},
    {"524", "524 5.7.11 No", SMTPAUTH_PHASE_AUTH, N, N, Y, Y, 0, 0, 0, SMTPAUTH_REASON_TLS_REQUIRED, true,
     true},
    {"538", "538 5.7.11 No", SMTPAUTH_PHASE_AUTH, N, N, Y, Y, 0, 0, 0, SMTPAUTH_REASON_TLS_REQUIRED, true,
     true},
    {"538 under TLS", "538 5.7.11 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0, SMTPAUTH_REASON_TLS_TOO_WEAK,
     true, true},
    {"504 in clear, STARTTLS offered", "504 5.5.4 No", SMTPAUTH_PHASE_AUTH, N, N, Y, Y, 0, 0, 0,
     SMTPAUTH_REASON_AUTH_NEEDS_TLS, true, true},
    {"503 to AUTH in clear, STARTTLS offered", "503 5.5.1 AUTH not available", SMTPAUTH_PHASE_AUTH, N, N, Y, Y,
     0, 0, 0, SMTPAUTH_REASON_AUTH_NEEDS_TLS, true, true},
    {"504 under TLS", "504 5.5.4 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0,
     SMTPAUTH_REASON_AUTH_UNKNOWN_MECHANISM, true, true},
    {"502 for 530", "502 5.7.0 Please authenticate first", SMTPAUTH_PHASE_MAIL, N, Y, N, Y, 0, 0, 0,
     SMTPAUTH_REASON_AUTH_REQUIRED, true, true},
    {"503 for 530", "503 5.5.1 You must authenticate first", SMTPAUTH_PHASE_RCPT, N, Y, N, Y, 0, 0, 0,
     SMTPAUTH_REASON_AUTH_REQUIRED, true, true},
    {"554 for 530, AUTH not offered", "554 5.7.1 a: Relay access denied", SMTPAUTH_PHASE_RCPT, N, Y, N, N, 0, 0,
     0, SMTPAUTH_REASON_RELAY_DENIED, true, true},
    {"454 and relay", "454 4.7.1 a: Relay access denied", SMTPAUTH_PHASE_RCPT, N, Y, N, Y, 0, 0, 0,
     SMTPAUTH_REASON_RELAY_NEEDS_LOGIN, true, true},
    {"503 otherwise", "503 5.5.1 Bad sequence of commands", SMTPAUTH_PHASE_MAIL, N, Y, N, Y, 0, 0, 0,
     SMTPAUTH_REASON_BAD_SEQUENCE, true, true},
    {"535", "535 5.7.8 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, SMTPAUTH_SECRET_PASSWORD, 0, 0,
     SMTPAUTH_REASON_AUTH_FAILED, false, true},
    {"535 to a token", "535 5.7.8 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, SMTPAUTH_SECRET_TOKEN, 0, 0,
     SMTPAUTH_REASON_TOKEN_REFUSED, false, true},
    {"535 that names the mechanism", "535 5.7.8 Invalid authentication mechanism", SMTPAUTH_PHASE_AUTH, N, Y, N,
     Y, 0, 0, 0, SMTPAUTH_REASON_AUTH_UNKNOWN_MECHANISM, true, true},
    {"534", "534 5.7.9 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0, SMTPAUTH_REASON_AUTH_TOO_WEAK, true,
     true},
    {"534 with a provider's words", "534 5.7.9 Application-specific password required", SMTPAUTH_PHASE_AUTH, N,
     Y, N, Y, 0, 0, 0, SMTPAUTH_REASON_APP_PASSWORD_NEEDED, false, true},
    {"534 5.7.14", "534 5.7.14 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0, SMTPAUTH_REASON_WEB_LOGIN_NEEDED,
     false, true},
    {"553 to an initial response", "553 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0,
     SMTPAUTH_REASON_AUTH_NO_INITIAL, true, true},
    {"432", "432 4.7.12 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0, SMTPAUTH_REASON_AUTH_TRANSITION, true,
     true},
    {"454", "454 4.7.0 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0, SMTPAUTH_REASON_AUTH_UNAVAILABLE, true,
     true},
    {"435", "435 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0, SMTPAUTH_REASON_AUTH_UNAVAILABLE, true, true},
    {"455", "455 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0, SMTPAUTH_REASON_AUTH_UNAVAILABLE, true, true},
    {"454 with a refusal's words", "454 4.7.0 Authentication failed: invalid password", SMTPAUTH_PHASE_AUTH, N,
     Y, N, Y, 0, 0, 0, SMTPAUTH_REASON_AUTH_UNAVAILABLE, true, true},
    {"421 after AUTH", "421 4.7.0 Too many failed logins", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0,
     SMTPAUTH_REASON_AUTH_FAILURES, false, true},
    {"525", "525 5.7.13 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0, SMTPAUTH_REASON_AUTH_DISABLED, false,
     true},
    {"550 to AUTH", "550 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0, SMTPAUTH_REASON_ACCESS_DENIED, true,
     true},
    {"501 to AUTH", "501 5.5.2 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0, SMTPAUTH_REASON_AUTH_MALFORMED,
     true, true},
    {"500 to AUTH", "500 5.5.6 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0,
     SMTPAUTH_REASON_AUTH_LINE_TOO_LONG, true, true},
    {"334 of OAuth", "334 eyJzdGF0dXMiOiI0MDEifQ==", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, SMTPAUTH_SECRET_TOKEN, 0,
     0, SMTPAUTH_REASON_TOKEN_REFUSED, false, true},
    {"334 that is a refusal", "334 5.7.8 This account requires multi-factor authentication",
     SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0, SMTPAUTH_REASON_APP_PASSWORD_NEEDED, false, true},
    {"334", "334 UGFzc3dvcmQ6", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0, SMTPAUTH_REASON_CHALLENGE, false,
     false},
    {"235", "235 2.7.0 No", SMTPAUTH_PHASE_AUTH, N, Y, N, Y, 0, 0, 0, SMTPAUTH_REASON_AUTHENTICATED, false,
     false},
    {"421 at the message", "421 4.3.2 Shutting down", SMTPAUTH_PHASE_MESSAGE, Y, Y, N, Y, 0, 0, 0,
     SMTPAUTH_REASON_SHUTDOWN, true, true},
    {"250 at the message", "250 2.0.0 Ok", SMTPAUTH_PHASE_MESSAGE, Y, Y, N, Y, 0, 0, 0,
     SMTPAUTH_REASON_MESSAGE_OK, false, false},
    {"spam", "550 5.7.1 This looks like spam", SMTPAUTH_PHASE_MESSAGE, Y, Y, N, Y, 0, 0, 0,
     SMTPAUTH_REASON_SPAM, true, false},
    {"nothing known: 535", "535 No", 0, U, U, U, U, 0, 0, 0, SMTPAUTH_REASON_AUTH_FAILED, false, true},
    {"nothing known: 530", "530 No", 0, U, U, U, U, 0, 0, 0, SMTPAUTH_REASON_AUTH_REQUIRED, true, true},
    {"nothing known: 454", "454 No", 0, U, U, U, U, 0, 0, 0, SMTPAUTH_REASON_AUTH_UNAVAILABLE, true, true},
};

static void what_a_client_should_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof situations / sizeof *situations; i++) {
        const struct situation_row *row = &situations[i];
        smtpauth_situation at = {0};
        at.size = sizeof at;
        at.phase = row->phase;
        at.authenticated = row->authenticated;
        at.tls = row->tls;
        at.tls_offered = row->tls_offered;
        at.auth_offered = row->auth_offered;
        at.secret = row->secret;
        at.attempts = row->attempts;
        at.first_refusal = row->first_refusal;
        smtpauth_advice advice = advise(row->reply, strlen(row->reply), &at, NULL);
        if (advice.reason != row->reason) {
            print_error("%s: %s\n", row->name, smtpauth_reason_words(advice.reason, SMTPAUTH_WORDS_NAME));
            add_wrong();
        }
        check(advice.same_secret == row->same_secret, row->name, "same_secret");
        check(advice.resend == row->resend, row->name, "resend");
        check(advice.cause == smtpauth_reason_cause(advice.reason), row->name, "cause is not the reason's");
        check(advice.action == smtpauth_reason_action(advice.reason), row->name, "action is not the reason's");
    }
    finish();
}

/* ---- Our own words ---- */

/* Where the engine says a reason, as far as it matters to the advice. */
static uint8_t phase_said_at(uint16_t reason)
{
    if (reason >= SMTPAUTH_REASON_AUTH_FAILED && reason <= SMTPAUTH_REASON_AUTH_FAILURES)
        return SMTPAUTH_PHASE_AUTH;
    switch (reason) {
    case SMTPAUTH_REASON_REFUSED:
        return SMTPAUTH_PHASE_CONNECT;
    case SMTPAUTH_REASON_WRONG_HELLO:
        return SMTPAUTH_PHASE_HELLO;
    case SMTPAUTH_REASON_TLS_ACTIVE:
    case SMTPAUTH_REASON_TLS_UNAVAILABLE:
        return SMTPAUTH_PHASE_STARTTLS;
    case SMTPAUTH_REASON_UNKNOWN_RECIPIENT:
    case SMTPAUTH_REASON_RECIPIENT_LATER:
    case SMTPAUTH_REASON_UTF8_RECIPIENT:
        return SMTPAUTH_PHASE_RCPT;
    case SMTPAUTH_REASON_MESSAGE_REFUSED:
    case SMTPAUTH_REASON_BAD_CONTENT:
        return SMTPAUTH_PHASE_MESSAGE;
    default:
        return SMTPAUTH_PHASE_MAIL;
    }
}

static void our_own_replies_get_the_action_of_their_reason(void **state)
{
    (void)state;
    unsigned tried = 0;
    for (uint16_t reason = 0; reason < smtpauth_reason_count(); reason++) {
        uint8_t reply[SMTPAUTH_REPLY_MAX];
        size_t len;
        uint16_t code = smtpauth_reason_code(reason);
        const char *text = smtpauth_reason_text(reason);
        if (code < 400)
            continue;
        assert_int_equal(smtpauth_reply_write(reply, sizeof reply, code, smtpauth_reason_enhanced(reason),
                                              (const uint8_t *)text, strlen(text), 0, &len),
                         SMTPAUTH_DONE);
        smtpauth_situation at = {0};
        at.size = sizeof at;
        at.phase = phase_said_at(reason);
        at.authenticated = reason == SMTPAUTH_REASON_AUTH_REQUIRED ? SMTPAUTH_NO : SMTPAUTH_YES;
        smtpauth_advice advice = advise((const char *)reply, len, &at, NULL);
        const char *name = smtpauth_reason_words(reason, SMTPAUTH_WORDS_NAME);
        if (strcmp(smtpauth_action_name(advice.action), smtpauth_reason_words(reason, SMTPAUTH_WORDS_ACTION)) !=
            0) {
            print_error("%s: %s, as %s\n", name, smtpauth_action_name(advice.action),
                        smtpauth_reason_words(advice.reason, SMTPAUTH_WORDS_NAME));
            add_wrong();
        }
        if (code == 530 || code == 535 || code == 534 || code == 525 || code == 432)
            check(advice.reason == reason, name, "comes back as another reason");
        tried++;
    }
    assert_in_range(tried, 70, 200);
    finish();
}

/* ---- The catalogue and the table of advice ---- */

static void catalogue_and_advice_agree(void **state)
{
    (void)state;
    for (uint16_t reason = 0; reason < smtpauth_advice_reason_end(); reason++) {
        const char *words = smtpauth_reason_words(reason, SMTPAUTH_WORDS_ACTION);
        uint16_t action = smtpauth_reason_action(reason);
        if (smtpauth_reason_cause(reason) != SMTPAUTH_CAUSE_NONE)
            check(strcmp(words, smtpauth_action_name(action)) == 0,
                  smtpauth_reason_words(reason, SMTPAUTH_WORDS_NAME), "action differs from the catalogue's");
        if (smtpauth_reason_code(reason) >= 400 || reason >= SMTPAUTH_REASON_ADVICE)
            check(smtpauth_reason_cause(reason) != SMTPAUTH_CAUSE_NONE,
                  smtpauth_reason_words(reason, SMTPAUTH_WORDS_NAME), "has no advice");
    }
    finish();
}

static void names_are_the_lists(void **state)
{
    (void)state;
    size_t count, listed;
    const advice_row *rows = advice_rows(&count, &listed);
    for (size_t i = 0; i < count; i++) {
        bool has_cause = false, has_action = false;
        for (uint16_t c = 0; c < SMTPAUTH_CAUSE_COUNT; c++)
            has_cause |= strcmp(smtpauth_cause_name(c), rows[i].cause) == 0;
        for (uint16_t a = 0; a < SMTPAUTH_ACTION_COUNT; a++)
            has_action |= strcmp(smtpauth_action_name(a), rows[i].action) == 0;
        check(has_cause && has_action, rows[i].name, "cause or action has no name");
    }
    for (uint32_t i = SMTPAUTH_CAUSE_COUNT; i <= UINT16_MAX; i++)
        assert_string_equal(smtpauth_cause_name((uint16_t)i), "");
    for (uint32_t i = SMTPAUTH_ACTION_COUNT; i <= UINT16_MAX; i++)
        assert_string_equal(smtpauth_action_name((uint16_t)i), "");
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_listed_action_is_right_or_excepted),
        cmocka_unit_test(every_other_action_is_right),
        cmocka_unit_test(causes_go_with_actions),
        cmocka_unit_test(what_a_client_should_do),
        cmocka_unit_test(our_own_replies_get_the_action_of_their_reason),
        cmocka_unit_test(catalogue_and_advice_agree),
        cmocka_unit_test(names_are_the_lists),
    };
    return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
