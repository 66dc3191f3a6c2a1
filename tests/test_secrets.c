/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Secrets. What is to be proved: whatever way an exchange takes, once it is over neither the session's 512 octets nor
 * the input window hold any piece of the password, plain or in base64; and each line that is noted has all of its
 * secret within the part marked `secret`. Source: server.h ("THE INPUT WINDOW", `secret`), RFC 4954 9.
 */

#include "session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char password[] = "Tr0ub4dor&3 horse";
enum { PASSWORD_LEN = sizeof password - 1, PIECE = 5, PIECE_BASE64 = 8 };

static smtpauth_policy policy;
static octets plain, plain_foreign, plain_bad, login_name, login_password, token;

#define EHLO "EHLO client.example.test\r\n"

static int setup(void **state)
{
    (void)state;
    policy = session_policy(SMTPAUTH_CLEAR_AUTH);
    policy.extensions = SMTPAUTH_EXT_STARTTLS;
    policy.auth_failures_max = 3;
    policy.asks = SMTPAUTH_ASKS_STARTTLS;
    static smtpauth_mechanism_fn *const mechanisms[] = {smtpauth_scram_sha256, smtpauth_xoauth2, smtpauth_plain,
                                                        smtpauth_login, NULL};
    static const smtpauth_host_mechanism host_run[] = {{"HOST-RUN", 0}};
    policy.mechanisms = mechanisms;
    policy.host_mechanisms = host_run;
    policy.host_mechanisms_len = 1;
    char message[100];
    int len = snprintf(message, sizeof message, "%calice%c%s", 0, 0, password);
    octets_base64(&plain, message, (size_t)len);
    len = snprintf(message, sizeof message, "bob%calice%c%s", 0, 0, password);
    octets_base64(&plain_foreign, message, (size_t)len);
    len = snprintf(message, sizeof message, "%calice%c%s%cmore", 0, 0, password, 0);
    octets_base64(&plain_bad, message, (size_t)len);
    len = snprintf(message, sizeof message,
                   "user=alice\x01"
                   "auth=Bearer %.11s\x01\x01",
                   password);
    octets_base64(&token, message, (size_t)len);
    octets_base64(&login_name, "alice", 5);
    octets_base64(&login_password, password, PASSWORD_LEN);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    octets_free(&plain);
    octets_free(&plain_foreign);
    octets_free(&plain_bad);
    octets_free(&login_name);
    octets_free(&login_password);
    octets_free(&token);
    return 0;
}

/* ---- Looking for it ---- */

static bool holds_piece(const void *memory, size_t len, const void *secret, size_t secret_len, size_t piece)
{
    const uint8_t *at = memory, *of = secret;
    for (size_t i = 0; i + piece <= len; i++) {
        for (size_t j = 0; j + piece <= secret_len; j++) {
            if (memcmp(at + i, of + j, piece) == 0)
                return true;
        }
    }
    return false;
}

/* The base64 of the messages without the name in front of the password, which is no secret. */
static bool holds_base64(const void *memory, size_t len, const octets *base64, size_t from)
{
    return holds_piece(memory, len, base64->data + from, base64->len - from, PIECE_BASE64);
}

static bool holds_secret(const void *memory, size_t len)
{
    return holds_piece(memory, len, password, PASSWORD_LEN, PIECE) || holds_base64(memory, len, &plain, 12) ||
           holds_base64(memory, len, &plain_foreign, 16) || holds_base64(memory, len, &plain_bad, 12) ||
           holds_base64(memory, len, &login_password, 0) || holds_base64(memory, len, &token, 32);
}

static const char *holder(const session *s)
{
    if (holds_secret(&s->server, sizeof s->server))
        return "the session";
    if (holds_secret(s->in, s->in_len))
        return "the window";
    return NULL;
}

/* ---- Ways through AUTH ---- */

enum { END_RUNS, END_TIMEOUT, END_LOST, END_SHUTDOWN, END_TLS };

/* %P PLAIN's message, %F with a foreign identity, %B with a surplus NUL, %N and %W LOGIN's name and password,
 * %T a token's message, %L 20000 octets. */
static const struct {
    const char *name, *text;
    int32_t verdict; /* 0: the question is left open */
    int end;
} ways[] = {
    {"PLAIN accepted", EHLO "AUTH PLAIN %P\r\n", SMTPAUTH_ACCEPTED, END_RUNS},
    {"PLAIN rejected", EHLO "AUTH PLAIN %P\r\n", SMTPAUTH_REJECTED, END_RUNS},
    {"PLAIN unavailable", EHLO "AUTH PLAIN %P\r\n", SMTPAUTH_UNAVAILABLE, END_RUNS},
    {"PLAIN too weak", EHLO "AUTH PLAIN %P\r\n", SMTPAUTH_TOO_WEAK, END_RUNS},
    {"PLAIN no verdict", EHLO "AUTH PLAIN %P\r\n", 1, END_RUNS},
    {"PLAIN foreign", EHLO "AUTH PLAIN %F\r\n", SMTPAUTH_ACCEPTED, END_RUNS},
    {"PLAIN in two steps", EHLO "AUTH PLAIN\r\n%P\r\n", SMTPAUTH_ACCEPTED, END_RUNS},
    {"PLAIN in two steps, rejected", EHLO "AUTH PLAIN\r\n%P\r\n", SMTPAUTH_REJECTED, END_RUNS},
    {"PLAIN with commands behind", EHLO "AUTH PLAIN %P\r\nNOOP\r\nNOO", SMTPAUTH_REJECTED, END_RUNS},
    {"LOGIN accepted", EHLO "AUTH LOGIN\r\n%N\r\n%W\r\n", SMTPAUTH_ACCEPTED, END_RUNS},
    {"LOGIN rejected", EHLO "AUTH LOGIN %N\r\n%W\r\n", SMTPAUTH_REJECTED, END_RUNS},
    {"LOGIN, password where the name goes", EHLO "AUTH LOGIN\r\n%W\r\n*\r\n", 0, END_RUNS},
    {"LOGIN, password where the name goes, rejected", EHLO "AUTH LOGIN %W\r\n%W\r\n", SMTPAUTH_REJECTED,
     END_RUNS},
    {"LOGIN, blank name", EHLO "AUTH LOGIN =\r\n%W\r\n", 0, END_RUNS},
    {"LOGIN, password as name, timeout", EHLO "AUTH LOGIN %W\r\n", 0, END_TIMEOUT},
    {"LOGIN, password as name, connection lost", EHLO "AUTH LOGIN %W\r\n", 0, END_LOST},
    {"XOAUTH2 accepted", EHLO "AUTH XOAUTH2 %T\r\n", SMTPAUTH_ACCEPTED, END_RUNS},
    {"XOAUTH2 rejected", EHLO "AUTH XOAUTH2\r\n%T\r\n", SMTPAUTH_REJECTED, END_RUNS},
    {"XOAUTH2 rejected, and answered", EHLO "AUTH XOAUTH2 %T\r\n\r\n", SMTPAUTH_REJECTED, END_RUNS},
    {"XOAUTH2 rejected, and sent again", EHLO "AUTH XOAUTH2 %T\r\n%T\r\n", SMTPAUTH_REJECTED, END_RUNS},
    {"XOAUTH2 rejected, lost", EHLO "AUTH XOAUTH2 %T\r\n", SMTPAUTH_REJECTED, END_LOST},
    {"XOAUTH2 left open", EHLO "AUTH XOAUTH2 %T\r\n", 0, END_TIMEOUT},
    {"XOAUTH2 broken", EHLO "AUTH XOAUTH2 %T%T\r\n", 0, END_RUNS},
    {"SCRAM, password as the first message", EHLO "AUTH SCRAM-SHA-256 %W\r\n", 0, END_RUNS},
    {"a host's mechanism, accepted", EHLO "AUTH HOST-RUN %W\r\n", SMTPAUTH_ACCEPTED, END_RUNS},
    {"a host's mechanism, rejected", EHLO "AUTH HOST-RUN\r\n%W\r\n", SMTPAUTH_REJECTED, END_RUNS},
    {"a host's mechanism, lost", EHLO "AUTH HOST-RUN %W\r\n", 0, END_LOST},
    {"broken base64", EHLO "AUTH PLAIN %P!\r\n", 0, END_RUNS},
    {"broken base64 in front", EHLO "AUTH PLAIN !%P\r\n", 0, END_RUNS},
    {"broken base64 in step two", EHLO "AUTH PLAIN\r\n%P!\r\n", 0, END_RUNS},
    {"broken base64 of LOGIN", EHLO "AUTH LOGIN %N\r\n%W!\r\n", 0, END_RUNS},
    {"password in clear", EHLO "AUTH LOGIN %N\r\nTr0ub4dor&3 horse\r\n", 0, END_RUNS},
    {"no PLAIN message", EHLO "AUTH PLAIN %B\r\n", 0, END_RUNS},
    {"a third argument", EHLO "AUTH PLAIN %P %P\r\n", 0, END_RUNS},
    {"an unknown mechanism", EHLO "AUTH PLAINER %P\r\n", 0, END_RUNS},
    {"before EHLO", "AUTH PLAIN %P\r\n", 0, END_RUNS},
    {"a bare LF", EHLO "AUTH PLAIN %P\nNOOP\r\n", 0, END_RUNS},
    {"a control octet", EHLO "AUTH PLAIN %P\x01\r\n", 0, END_RUNS},
    {"a line too long", EHLO "AUTH PLAIN %P%L\r\n", 0, END_RUNS},
    {"an exchange line too long", EHLO "AUTH PLAIN\r\n%P%L\r\n", 0, END_RUNS},
    {"the limit of failures", EHLO "AUTH PLAIN !\r\nAUTH PLAIN !\r\nAUTH PLAIN %P\r\n", SMTPAUTH_REJECTED,
     END_RUNS},
    {"the limit, with more behind", EHLO "AUTH PLAIN !\r\nAUTH PLAIN !\r\nAUTH PLAIN %P!\r\nNOOP\r\n", 0,
     END_RUNS},
    {"a second AUTH", EHLO "AUTH PLAIN %P\r\nAUTH PLAIN %P\r\n", SMTPAUTH_ACCEPTED, END_RUNS},
    {"close while the question is open", EHLO "AUTH PLAIN %P\r\n", 0, END_SHUTDOWN},
    {"timeout while the question is open", EHLO "AUTH LOGIN %N\r\n%W\r\n", 0, END_TIMEOUT},
    {"lost while the question is open", EHLO "AUTH PLAIN\r\n%P\r\n", 0, END_LOST},
    {"timeout in mid-line", EHLO "AUTH PLAIN %P", 0, END_TIMEOUT},
    {"lost in mid-line of the exchange", EHLO "AUTH LOGIN %N\r\n%W", 0, END_LOST},
    {"STARTTLS after AUTH", EHLO "AUTH PLAIN %P\r\nSTARTTLS\r\n", SMTPAUTH_ACCEPTED, END_TLS},
    {"AUTH behind STARTTLS", EHLO "STARTTLS\r\nAUTH PLAIN %P\r\n", 0, END_TLS},
    {"QUIT after AUTH", EHLO "AUTH PLAIN %P\r\nQUIT\r\n", SMTPAUTH_ACCEPTED, END_RUNS},
};

static void write_text(octets *out, const char *text)
{
    for (; *text != 0; text++) {
        const octets *of = NULL;
        if (*text != '%') {
            octets_add(out, text, 1);
            continue;
        }
        text++;
        of = *text == 'P' ? &plain : *text == 'F' ? &plain_foreign : *text == 'B' ? &plain_bad : NULL;
        of = *text == 'T' ? &token : of;
        of = *text == 'N' ? &login_name : *text == 'W' ? &login_password : of;
        if (of != NULL)
            octets_add(out, of->data, of->len);
        else
            octets_byte(out, 'A', 20000);
    }
}

/* Every noted line: no piece of a secret outside of its marked part. */
static void check_note(const smtpauth_event *event, const char *name)
{
    const smtpauth_view *line = &event->line, *secret = &event->secret;
    size_t before = line->len, behind = 0;
    if (event->type != SMTPAUTH_NOTE_LINE && event->type != SMTPAUTH_NOTE_ERROR)
        return;
    if (secret->len != 0) {
        assert_true(secret->data >= line->data && secret->data + secret->len <= line->data + line->len);
        before = (size_t)(secret->data - line->data);
        behind = line->len - before - secret->len;
    }
    if (holds_secret(line->data, before) || (behind != 0 && holds_secret(secret->data + secret->len, behind)))
        fail_msg("%s: event %u shows the secret: %.*s", name, event->type, (int)line->len, line->data);
}

static void answer(session *s, int32_t verdict)
{
    if (s->event.asked == SMTPAUTH_ASK_EXCHANGE && !s->event.has_response)
        smtpauth_server_challenge(&s->server, &s->io, NULL, 0);
    else if (s->event.asked < SMTPAUTH_ASK_MAIL)
        smtpauth_server_verdict(&s->server, &s->io, verdict, NULL, 0);
    else
        smtpauth_server_answer(&s->server, &s->io, SMTPAUTH_REASON_OK);
}

static void end(session *s, int how)
{
    static const uint16_t reasons[] = {[END_TIMEOUT] = SMTPAUTH_REASON_TIMEOUT,
                                       [END_LOST] = SMTPAUTH_REASON_CONNECTION_LOST,
                                       [END_SHUTDOWN] = SMTPAUTH_REASON_SHUTDOWN};
    if (how == END_TLS)
        assert_int_equal(smtpauth_server_tls_started(&s->server, &s->io, 0), SMTPAUTH_DONE);
    else if (how != END_RUNS)
        assert_int_equal(smtpauth_server_close(&s->server, &s->io, reasons[how]), SMTPAUTH_DONE);
    while (session_next(s) >= 64)
        ;
}

/* Plays a way by chunks (0: whole) and says who holds a piece of the secret at its end. */
static const char *play(size_t i, size_t chunk)
{
    session s;
    octets text = {0};
    size_t fed = 0;
    uint16_t type;
    write_text(&text, ways[i].text);
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    while ((type = session_next(&s)) != SMTPAUTH_CLOSED && type != SMTPAUTH_NEED_TLS) {
        if (type == SMTPAUTH_NEED_INPUT && fed == text.len)
            break;
        if (type == SMTPAUTH_NEED_INPUT) {
            size_t left = text.len - fed, now = chunk == 0 || chunk > left ? left : chunk;
            session_feed(&s, text.data + fed, now);
            fed += now;
        }
        check_note(&s.event, ways[i].name);
        if (type >= 32 && type < 64 && type != SMTPAUTH_ASK_STARTTLS && ways[i].verdict == 0)
            break;
        if (type >= 32 && type < 64)
            answer(&s, ways[i].verdict);
    }
    end(&s, ways[i].end);
    const char *found = holder(&s);
    session_end(&s);
    octets_free(&text);
    return found;
}

static void test_ways(void **state)
{
    static const size_t chunks[] = {0, 1, 7, 100};
    size_t leaks = 0;
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        for (size_t j = 0; j < sizeof chunks / sizeof *chunks; j++) {
            const char *found = play(i, chunks[j]);
            if (found != NULL)
                print_error("%s, by %zu: %s holds a piece of the password\n", ways[i].name, chunks[j], found);
            leaks += found != NULL;
        }
    }
    assert_int_equal(leaks, 0);
}

/* The same with NOTE_LINE: each line of each way with its secret part marked. */
static void test_notes(void **state)
{
    (void)state;
    policy.notes = SMTPAUTH_NOTES_LINE;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        play(i, 0);
    policy.notes = 0;
}

/* The search itself: it must find what it is for. */
static void test_search(void **state)
{
    (void)state;
    assert_true(holds_secret("xxTr0ub4xx", 10));
    assert_true(holds_secret(plain.data, plain.len));
    assert_true(holds_secret(login_password.data, login_password.len));
    assert_false(holds_secret("AUTH PLAIN alice horse", 16));
    assert_false(holds_secret(login_name.data, login_name.len));
}

/* When the verdict is said the password is gone, though the line is still in the window for NOTE_AUTH. */
static void test_verdict(void **state)
{
    session s;
    octets text = {0};
    (void)state;
    write_text(&text, EHLO "AUTH PLAIN %P\r\n");
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    assert_int_equal(session_say(&s, octets_string(&text)), SMTPAUTH_ASK_PASSWORD);
    assert_true(holds_piece(s.in, s.in_len, password, PASSWORD_LEN, PIECE)); /* where else should it be */
    assert_false(holds_secret(&s.server, sizeof s.server));
    assert_int_equal(smtpauth_server_verdict(&s.server, &s.io, SMTPAUTH_REJECTED, NULL, 0), SMTPAUTH_DONE);
    assert_false(holds_piece(s.in, s.in_len, password, PASSWORD_LEN, PIECE));
    assert_int_equal(session_next(&s), SMTPAUTH_NOTE_AUTH);
    assert_int_equal(s.event.password.len, 0);
    assert_int_equal(session_next(&s), SMTPAUTH_NEED_INPUT);
    assert_null(holder(&s));
    session_end(&s);
    octets_free(&text);
}

/* ---- SCRAM's keys ---- */

static const char stored_key[] = "stored key of thirty-two octets.",
                  server_key[] = "SERVER KEY OF THIRTY-TWO OCTETS,";

static bool holds_key(const session *s)
{
    return holds_piece(&s->server, sizeof s->server, stored_key, 32, PIECE) ||
           holds_piece(&s->server, sizeof s->server, server_key, 32, PIECE);
}

static void give_keys(session *s)
{
    smtpauth_secret secret = {.size = sizeof secret, .iterations = 4096, .is_known = true};
    secret.salt = (smtpauth_view){(const uint8_t *)"salt", 4};
    secret.stored_key = (smtpauth_view){(const uint8_t *)stored_key, 32};
    secret.server_key = (smtpauth_view){(const uint8_t *)server_key, 32};
    assert_int_equal(smtpauth_server_secret(&s->server, &s->io, &secret), SMTPAUTH_DONE);
}

/* Both keys are in the session while the proof is owed, and gone whatever comes then. */
static void test_scram_keys(void **state)
{
    static const struct {
        const char *last;
        int end;
    } ends[] = {
        {"*\r\n", END_RUNS},
        {"bm9uZQ==\r\n", END_RUNS},
        {"no base64\r\n", END_RUNS},
        {"Yz1iaXdzLHI9Y2xpZW50bm9uY2VmaXhlZCxwPUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE9\r\n",
         END_RUNS},
        {"", END_TIMEOUT},
        {"", END_LOST},
        {"", END_SHUTDOWN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        session s;
        assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
        assert_int_equal(session_say(&s, EHLO "AUTH SCRAM-SHA-256 biwsbj1hbGljZSxyPWNsaWVudG5vbmNl\r\n"),
                         SMTPAUTH_ASK_SECRET);
        give_keys(&s);
        assert_int_equal(session_run(&s), SMTPAUTH_NEED_INPUT);
        assert_true(holds_key(&s));
        session_say(&s, ends[i].last);
        end(&s, ends[i].end);
        if (holds_key(&s))
            fail_msg("behind `%s` a key is left", ends[i].last);
        session_end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search),  cmocka_unit_test(test_ways),       cmocka_unit_test(test_notes),
        cmocka_unit_test(test_verdict), cmocka_unit_test(test_scram_keys),
    };
    return cmocka_run_group_tests_name("secrets", tests, setup, teardown);
}
