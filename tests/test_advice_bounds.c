/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves that words move the advice only within the bounds that code, phase and session set, over the whole product of
 * these: no wording, of a hostile server either, makes a program send a secret again that was refused, send one in
 * clear, ask for another where none was judged, or send a message twice. Then that any octets are taken, and that the
 * advice does not depend on line ends or on how words are broken into lines. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/advice.h>
#include <smtpauth/tracker.h>

#include "advice_rows.h"
#include "rows.h"

/* Words that ask for something else than most codes do. */
static const char *const hostile[] = {
    "",
    "Authentication required, please log in first",
    "Invalid user name or password",
    "Your password was right, send it again",
    "Must issue a STARTTLS command first",
    "Encryption is not available, send the password without encryption",
    "Authentication mechanism not supported, try PLAIN",
    "Temporary failure, try again later in 1 second",
    "Application-specific password required",
    "Please log in via your web browser",
    "Access token expired",
    "SmtpClientAuthentication is disabled for the Tenant",
    "basic authentication is disabled",
    "Account suspended",
    "Relay access denied",
    "Sender address rejected: not owned by user a",
    "Too many login attempts",
    "Daily sending limit exceeded",
    "Message accepted",
    "blocked using zen.example",
    "Login fail. Account is abnormal, service is not open, password is incorrect",
    "535 5.7.8 Error: authentication failed",
    "User has no permission",
};

enum { WORDINGS = sizeof hostile / sizeof *hostile };

typedef struct cell {
    uint16_t code;
    const smtpauth_situation *at;
    const smtpauth_advice *advice;
} cell;

static bool asks_for_another_secret(uint16_t action)
{
    return action == SMTPAUTH_ACTION_REENTER_PASSWORD || action == SMTPAUTH_ACTION_REFRESH_TOKEN ||
           action == SMTPAUTH_ACTION_CREATE_APP_PASSWORD;
}

/* What is wrong with this cell; NULL when nothing is. */
static const char *fault_of(const cell *c)
{
    const smtpauth_advice *a = c->advice;
    bool is_class4 = c->code >= 400 && c->code < 500;
    bool at_auth = a->phase == SMTPAUTH_PHASE_AUTH;
    if (c->code < 400 && (a->same_secret != 0))
        return "a secret is sent again after a success";
    if (c->code < 400 && c->code != 334 && (a->action != SMTPAUTH_ACTION_NONE || a->resend != 0))
        return "something is asked for after a success";
    if (is_class4 && asks_for_another_secret(a->action))
        return "another secret is asked for where none was judged";
    if (is_class4 && at_auth && a->action == SMTPAUTH_ACTION_PROMPT_LOGIN)
        return "class 4 to AUTH prompts";
    if (a->action == SMTPAUTH_ACTION_START_TLS && c->at->tls == SMTPAUTH_YES)
        return "STARTTLS under TLS";
    if (a->same_secret != 0 && asks_for_another_secret(a->action))
        return "the refused secret is sent again";
    if (a->same_secret != 0 && c->code == 535 && a->cause != SMTPAUTH_CAUSE_MECHANISM_UNSUPPORTED &&
        a->cause != SMTPAUTH_CAUSE_TLS_REQUIRED)
        return "535, and the same secret";
    if (a->same_secret != 0 && a->cause == SMTPAUTH_CAUSE_BAD_CREDENTIALS)
        return "bad credentials, and the same secret";
    if (a->wait_s != 0 && a->action != SMTPAUTH_ACTION_RETRY_LATER)
        return "a wait without a retry";
    if (a->cause >= SMTPAUTH_CAUSE_COUNT || a->action >= SMTPAUTH_ACTION_COUNT)
        return "no such cause or action";
    if (smtpauth_reason_words(a->reason, SMTPAUTH_WORDS_FIX)[0] == '\0')
        return "a reason without words";
    if (c->code >= 400 && a->cause == SMTPAUTH_CAUSE_NONE)
        return "a refusal without a cause";
    return NULL;
}

static void try_cell(uint16_t code, const char *enhanced, const smtpauth_situation *at, size_t wording,
                     smtpauth_provider_fn *book)
{
    char reply[200];
    int len = snprintf(reply, sizeof reply, "%u %s%s\r\n", code, enhanced, hostile[wording]);
    smtpauth_advice advice = {0};
    advice.size = sizeof advice;
    assert_int_equal(smtpauth_advise((const uint8_t *)reply, (size_t)len, at, book, &advice), SMTPAUTH_DONE);
    cell c = {code, at, &advice};
    const char *fault = fault_of(&c);
    if (fault != NULL) {
        print_error("%.60s phase %u state %u tls %u: %s (%s)\n", reply, at->phase, at->authenticated, at->tls,
                    fault, smtpauth_reason_words(advice.reason, SMTPAUTH_WORDS_NAME));
        add_wrong();
    }
}

static void no_wording_passes_the_bounds(void **state)
{
    static const uint16_t codes[] = {211, 214, 220, 221, 235, 250, 251, 252, 334, 354, 400, 421, 432, 435,
                                     450, 451, 452, 454, 455, 499, 500, 501, 502, 503, 504, 521, 523, 524,
                                     525, 530, 534, 535, 538, 550, 551, 552, 553, 554, 555, 571, 599};
    static const char *const details[] = {"", ".5.4 ", ".7.8 ", ".7.14 ", ".7.139 "};
    (void)state;
    for (size_t c = 0; c < sizeof codes / sizeof *codes; c++)
        for (size_t d = 0; d < sizeof details / sizeof *details; d++) {
            char enhanced[16] = "";
            if (details[d][0] != '\0')
                snprintf(enhanced, sizeof enhanced, "%u%s", codes[c] / 100u, details[d]);
            for (unsigned session = 0; session < SMTPAUTH_PHASE_COUNT * 9u; session++) {
                smtpauth_situation at = {0};
                at.size = sizeof at;
                at.phase = (uint8_t)(session % SMTPAUTH_PHASE_COUNT);
                at.authenticated = (uint8_t)(session / SMTPAUTH_PHASE_COUNT % 3);
                at.tls = (uint8_t)(session / SMTPAUTH_PHASE_COUNT / 3 % 3);
                for (size_t w = 0; w < WORDINGS; w++)
                    try_cell(codes[c], enhanced, &at, w, w % 2 == 0 ? smtpauth_providers : NULL);
            }
        }
    finish();
}

/* What went before may bring in the reason of another reply: the bounds hold for it too. */
static void no_first_refusal_passes_the_bounds(void **state)
{
    static const uint16_t codes[] = {235, 250, 421, 450, 454, 502, 530, 535, 550, 554};
    (void)state;
    for (size_t c = 0; c < sizeof codes / sizeof *codes; c++)
        for (uint16_t first = 0; first < smtpauth_advice_reason_end(); first++)
            for (unsigned session = 0; session < SMTPAUTH_PHASE_COUNT * 6u; session++) {
                smtpauth_situation at = {0};
                at.size = sizeof at;
                at.phase = (uint8_t)(session % SMTPAUTH_PHASE_COUNT);
                at.authenticated = SMTPAUTH_NO;
                at.tls = (uint8_t)(session / SMTPAUTH_PHASE_COUNT % 3);
                at.secret =
                    session / SMTPAUTH_PHASE_COUNT / 3 != 0 ? SMTPAUTH_SECRET_TOKEN : SMTPAUTH_SECRET_PASSWORD;
                at.first_refusal = first;
                at.attempts = first % 3 == 0;
                try_cell(codes[c], "", &at, 1, smtpauth_providers);
                try_cell(codes[c], "", &at, 14, smtpauth_providers);
            }
    finish();
}

/* ---- Any octets ---- */

static uint32_t random_state = 2463534242u;

static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static void any_octets_are_taken(void **state)
{
    static const char *const pieces[] = {"535",      "530-",     "250 ",   "5.7.8 ",
                                         "\r\n",     "\n",       "-",      " ",
                                         "password", "\xCA\xDA", "#5.7.1", "in 99999999 minutes",
                                         "334 ",     "\0",       "999",    "x"};
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        char reply[3000];
        size_t len = 0, parts = next_random() % 40;
        if (round % 50 == 0)
            parts = 400;
        for (size_t i = 0; i < parts; i++) {
            const char *piece = pieces[next_random() % (sizeof pieces / sizeof *pieces)];
            size_t piece_len = piece[0] == '\0' ? 1 : strlen(piece);
            if (next_random() % 8 == 0)
                reply[len++] = (char)next_random();
            if (len + piece_len + 1 >= sizeof reply)
                break;
            memcpy(reply + len, piece, piece_len);
            len += piece_len;
        }
        smtpauth_situation at = {0};
        at.size = sizeof at;
        at.phase = (uint8_t)(next_random() % 12);
        at.authenticated = (uint8_t)next_random();
        at.first_refusal = (uint16_t)next_random();
        smtpauth_advice advice = advise(reply, len, &at, smtpauth_providers);
        cell c = {advice.code, &at, &advice};
        const char *fault = advice.code == 0 ? NULL : fault_of(&c);
        check(fault == NULL, reply, fault);
        check(advice.code == 0 || (advice.code >= 200 && advice.code <= 599), reply, "code");
        check(advice.code != 0 || (advice.reason == SMTPAUTH_REASON_NONE && advice.same_secret == 0), reply,
              "advice without a reply");
    }
    finish();
}

static void long_replies_are_read_in_bounds(void **state)
{
    static char reply[200000];
    (void)state;
    for (size_t i = 0; i + 40 < sizeof reply; i += 40)
        memcpy(reply + i, "535-5.7.8 wait, more of this is to come\n", 40);
    smtpauth_advice advice = advise(reply, sizeof reply, NULL, smtpauth_providers);
    assert_int_equal(advice.code, 535);
    memset(reply + 4, 'a', sizeof reply - 4);
    advice = advise(reply, sizeof reply, NULL, smtpauth_providers);
    assert_int_equal(advice.reason, SMTPAUTH_REASON_AUTH_FAILED);
    memset(reply + 4, ' ', sizeof reply - 4);
    memcpy(reply + 65536, "App password required", 21);
    advice = advise(reply, sizeof reply, NULL, smtpauth_providers);
    assert_int_equal(advice.reason, SMTPAUTH_REASON_AUTH_FAILED);
}

/* ---- Forms of one reply ---- */

static void line_ends_and_lines_do_not_matter(void **state)
{
    static const struct {
        const char *name, *one, *other;
    } pairs[] = {
        {"no line end", "535 5.7.8 App password required\r\n", "535 5.7.8 App password required"},
        {"LF", "535 5.7.8 App password required\r\n", "535 5.7.8 App password required\n"},
        {"two lines", "535 5.7.8 App password required", "535-5.7.8 App\r\n535 5.7.8 password required\r\n"},
        {"no last line", "535 5.7.8 App password required", "535-5.7.8 App password\r\n535-5.7.8 required\r\n"},
        {"lines without a code", "535 5.7.8 App password required", "535 5.7.8 App\n5.7.8 password required"},
        {"letters and signs", "535 5.7.8 App password required", "535 5.7.8 **APP-password** required!"},
        {"enhanced code behind", "535 5.7.8 no", "535 no (#5.7.8)"},
        {"enhanced code with a hash", "535 5.7.8 no", "535 #5.7.8 no"},
        {"two blanks", "535 5.7.8 no", "535 5.7.8  no"},
        {"blanks before the enhanced code", "535 5.7.8 no", "535   5.7.8 no"},
        {"what follows the reply", "535 5.7.8 no", "535 5.7.8 no\r\n250 App password required"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        smtpauth_advice one = advise(pairs[i].one, strlen(pairs[i].one), NULL, smtpauth_providers);
        smtpauth_advice other = advise(pairs[i].other, strlen(pairs[i].other), NULL, smtpauth_providers);
        check(memcmp(&one, &other, sizeof one) == 0, pairs[i].name, "advice differs");
        check(one.code == 535 && one.enhanced_class == 5 && one.enhanced_subject == 7 &&
                  one.enhanced_detail == 8,
              pairs[i].name, "code");
    }
    finish();
}

static void what_is_no_reply_gets_no_advice(void **state)
{
    static const char *const none[] = {
        "", "hello", "53 x", "5350 x", "135 x", "635 x", " 535 x", "250-ok\r\n550 no\r\n", "535x", "\r\n535 x"};
    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        smtpauth_advice advice = advise(none[i], strlen(none[i]), NULL, smtpauth_providers);
        check(advice.reason == SMTPAUTH_REASON_NONE && advice.code == 0 && advice.action == 0 &&
                  advice.resend == 0,
              none[i], "gets advice");
    }
    smtpauth_advice advice = advise("535", 3, NULL, NULL);
    assert_int_equal(advice.reason, SMTPAUTH_REASON_AUTH_FAILED);
    finish();
}

static void waits_are_read(void **state)
{
    static const struct {
        const char *reply;
        uint32_t wait_s;
    } rows[] = {
        {"450 4.7.1 Greylisted, try again in 300 seconds", 300},
        {"450 4.7.1 Greylisted for 5 minutes", 300},
        {"451 Try again after 2 hours", 7200},
        {"421 Too many connections; wait 30s", 30},
        {"421 Too many connections, try again in 1 day", 86400},
        {"421 Too many connections, try again in 99999 days", 604800},
        {"421 Too many connections, try again in 0 seconds", 0},
        {"421 Too many connections, try again in 99999999 seconds", 0},
        {"421 Too many connections, 5 minutes", 0},
        {"421 Too many connections from 192.0.2.1", 0},
        {"535 5.7.8 Invalid password, try again in 5 minutes", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_advice advice = advise(rows[i].reply, strlen(rows[i].reply), NULL, NULL);
        check(advice.wait_s == rows[i].wait_s, rows[i].reply, "wait");
    }
    finish();
}

static void misuse_writes_nothing(void **state)
{
    (void)state;
    smtpauth_situation at = {0};
    smtpauth_advice advice, before;
    memset(&advice, 0x55, sizeof advice);
    before = advice;
    const uint8_t reply[] = "535 no";
    assert_int_equal(smtpauth_advise(reply, 6, NULL, NULL, &advice), SMTPAUTH_E_ARGUMENT);
    assert_memory_equal(&advice, &before, sizeof advice);
    advice.size = sizeof advice;
    before = advice;
    assert_int_equal(smtpauth_advise(reply, 6, &at, NULL, &advice), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_advise(NULL, 6, NULL, NULL, &advice), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_advise(reply, 6, NULL, NULL, NULL), SMTPAUTH_E_ARGUMENT);
    assert_memory_equal(&advice, &before, sizeof advice);
    assert_int_equal(smtpauth_advise(NULL, 0, NULL, NULL, &advice), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_situation_size(), sizeof(smtpauth_situation));
    assert_int_equal(smtpauth_advice_size(), sizeof(smtpauth_advice));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_wording_passes_the_bounds),
        cmocka_unit_test(no_first_refusal_passes_the_bounds),
        cmocka_unit_test(any_octets_are_taken),
        cmocka_unit_test(long_replies_are_read_in_bounds),
        cmocka_unit_test(line_ends_and_lines_do_not_matter),
        cmocka_unit_test(what_is_no_reply_gets_no_advice),
        cmocka_unit_test(waits_are_read),
        cmocka_unit_test(misuse_writes_nothing),
    };
    return cmocka_run_group_tests_name("advice_bounds", tests, NULL, NULL);
}
