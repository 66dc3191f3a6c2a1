/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "client_play.h"

#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/text.h>

smtpauth_client_mechanism_fn *const client_mechanisms[] = {
    smtpauth_client_plain,       smtpauth_client_scram_sha256_plus, smtpauth_client_login,
    smtpauth_client_scram_sha1,  smtpauth_client_scram_sha256,      smtpauth_client_cram_md5,
    smtpauth_client_oauthbearer, smtpauth_client_xoauth2,           smtpauth_client_external,
    smtpauth_client_anonymous,   smtpauth_client_scram_sha1_plus,   NULL};
smtpauth_client_mechanism_fn *const client_no_mechanisms[] = {NULL};
const uint8_t client_guard_key[SMTPAUTH_FINGERPRINT] = "0123456789abcdef0123456789abcde";
uint8_t client_last_fingerprint[SMTPAUTH_FINGERPRINT];

enum { LOG_MAX = 65536, STEPS_MAX = 200000, GARBAGE = 0xA5 };

typedef struct text {
    char *data;
    size_t len;
} text;

typedef struct player {
    const client_row *row;
    smtpauth_client_config config;
    smtpauth_client *client;
    smtpauth_client_event event;
    smtpauth_io io;
    uint8_t *in, *out;
    size_t out_cap, cut;
    const char *at;   /* the script's next line */
    text feed;        /* what the server has said and the client not yet got */
    text said;        /* what the client said and no C: line has matched yet */
    text log;         /* octets and events, to compare plays */
    size_t noted_out; /* octets of out that are in `said` already */
    bool is_wrong, is_over;
} player;

static void append(text *t, const void *data, size_t len)
{
    t->data = realloc(t->data, t->len + len + 1);
    assert_non_null(t->data);
    if (len > 0)
        memcpy(t->data + t->len, data, len);
    t->len += len;
    t->data[t->len] = '\0';
}

static void wrong(player *p, const char *what, const char *got)
{
    if (p->is_wrong)
        return;
    p->is_wrong = true;
    const char *end = strchr(p->at, '\n');
    int len = end != NULL ? (int)(end - p->at) : (int)strlen(p->at);
    print_error("%s (cut %zu, out %zu): %s\n  script: %.*s\n  got:    %s\n", p->row->name, p->cut, p->out_cap,
                what, len, p->at, got);
    add_wrong();
}

/* ---- The script ---- */

static bool next_is(const player *p, const char *prefix)
{
    return strncmp(p->at, prefix, strlen(prefix)) == 0;
}

/* Takes the script's next line, behind `prefix`, with what ^X stands for. */
static text take_line(player *p, const char *prefix)
{
    text line = {NULL, 0};
    const char *from = p->at + strlen(prefix), *end = strchr(from, '\n');
    append(&line, "", 0);
    if (end == NULL)
        end = from + strlen(from);
    for (const char *c = from; c < end; c++) {
        char octet = *c;
        if (*c == '^' && c + 1 < end && strchr("@AMJ", c[1]) != NULL) {
            octet = (char)(c[1] - '@');
            c++;
        }
        append(&line, &octet, 1);
    }
    p->at = *end == '\n' ? end + 1 : end;
    return line;
}

static void expect_line(player *p, const char *prefix, const char *got)
{
    const char *before = p->at;
    if (!next_is(p, prefix)) {
        wrong(p, "another event", got);
        return;
    }
    text line = take_line(p, "");
    if (strcmp(line.data, got) != 0) {
        p->at = before;
        wrong(p, "another event", got);
    }
    free(line.data);
}

/* What the client said, as far as it makes lines, must be the script's next C: lines. */
static void match_said(player *p)
{
    for (;;) {
        char *end = p->said.len > 0 ? strstr(p->said.data, "\r\n") : NULL;
        if (end == NULL || p->is_wrong)
            return;
        size_t len = (size_t)(end - p->said.data);
        *end = '\0';
        if (!next_is(p, "C: ")) {
            wrong(p, "said too much", p->said.data);
            return;
        }
        const char *before = p->at;
        text line = take_line(p, "C: ");
        if (line.len != len || memcmp(line.data, p->said.data, len) != 0) {
            p->at = before;
            wrong(p, "said something else", p->said.data);
        }
        free(line.data);
        memmove(p->said.data, p->said.data + len + 2, p->said.len - len - 1);
        p->said.len -= len + 2;
    }
}

/* ---- Windows ---- */

static void note_out(player *p)
{
    size_t len = (size_t)(p->io.next_out - p->out);
    append(&p->said, p->out + p->noted_out, len - p->noted_out);
    append(&p->log, p->out + p->noted_out, len - p->noted_out);
    p->noted_out = len;
    match_said(p);
}

static void flush(player *p)
{
    note_out(p);
    free(p->out);
    p->out = malloc(p->out_cap);
    assert_non_null(p->out);
    memset(p->out, GARBAGE, p->out_cap);
    p->io.next_out = p->out;
    p->io.avail_out = p->out_cap;
    p->noted_out = 0;
}

/* Gives the client's window another place, with `more` octets behind what is left. */
static void move_in(player *p, const char *more, size_t len)
{
    size_t left = p->io.avail_in;
    uint8_t *in = malloc(left + len + (left + len == 0));
    assert_non_null(in);
    if (left > 0)
        memcpy(in, p->io.next_in, left);
    if (len > 0)
        memcpy(in + left, more, len);
    free(p->in);
    p->in = in;
    p->io.next_in = in;
    p->io.avail_in = left + len;
}

static void move_client(player *p)
{
    smtpauth_client *moved = malloc(sizeof *moved);
    assert_non_null(moved);
    memcpy(moved, p->client, sizeof *moved);
    memset(p->client, GARBAGE, sizeof *moved);
    free(p->client);
    p->client = moved;
}

static void feed(player *p)
{
    size_t len = p->feed.len < p->cut ? p->feed.len : p->cut;
    move_in(p, p->feed.data, len);
    memmove(p->feed.data, p->feed.data + len, p->feed.len - len + 1);
    p->feed.len -= len;
}

static void need_input(player *p)
{
    flush(p);
    if (p->feed.len > 0) {
        feed(p);
        return;
    }
    if (p->said.len > 0 && !p->is_wrong)
        wrong(p, "said part of a line", p->said.data);
    if (next_is(p, "X: ")) {
        text line = take_line(p, "X: ");
        uint16_t reason =
            strcmp(line.data, "lost") == 0 ? SMTPAUTH_REASON_CONNECTION_LOST : SMTPAUTH_REASON_TIMEOUT;
        free(line.data);
        check(smtpauth_client_timeout(p->client) > 0, p->row->name, "no time to wait");
        check(smtpauth_client_close(p->client, &p->io, reason) == SMTPAUTH_DONE, p->row->name, "close");
        return;
    }
    while (next_is(p, "S: ") || next_is(p, "s: ")) {
        bool is_whole = *p->at == 'S';
        text line = take_line(p, "S: ");
        append(&p->feed, line.data, line.len);
        if (is_whole)
            append(&p->feed, "\r\n", 2);
        free(line.data);
    }
    if (p->feed.len == 0) {
        wrong(p, "waits for input", "NEED_INPUT");
        return;
    }
    feed(p);
}

/* ---- Answers ---- */

static smtpauth_view view(const char *t)
{
    smtpauth_view v = {(const uint8_t *)t, t != NULL ? strlen(t) : 0};
    return v;
}

static int32_t answer_credentials(player *p, char *words)
{
    static const uint8_t binding[32] = {1, 2, 3};
    smtpauth_credentials who;
    memset(&who, 0, sizeof who);
    who.size = sizeof who;
    char *kind = strtok(words, " ");
    if (strcmp(kind, "none") == 0)
        return smtpauth_client_credentials(p->client, &p->io, NULL);
    if (strcmp(kind, "as") == 0)
        who.authorization = view(strtok(NULL, " "));
    if (strcmp(kind, "nobody") != 0)
        who.identity = view(strtok(NULL, " "));
    who.secret = view(strtok(NULL, "\n"));
    who.is_token = strcmp(kind, "token") == 0;
    who.host = view("mx.example.test");
    if (smtpauth_client_is(p->client) & SMTPAUTH_IS_TLS && p->client->bindings != 0) {
        who.binding_type = view("tls-exporter");
        who.binding.data = binding;
        who.binding.len = sizeof binding;
    }
    who.rejected = p->row->rejected;
    who.rejected_count = p->row->rejected != NULL ? 1 : 0;
    return smtpauth_client_credentials(p->client, &p->io, &who);
}

static const char *why_name(uint16_t why)
{
    static const char *const names[] = {"", "first", "required", "rejected", "mechanism", "token", "again"};
    return names[why];
}

static const char *fate_name(uint16_t fate)
{
    static const char *const names[] = {"", "accepted", "refused", "later", "unknown"};
    return names[fate];
}

/* Takes the answer "= ..." of the script. The caller frees it. */
static text take_answer(player *p)
{
    if (!next_is(p, "= "))
        wrong(p, "no answer", "");
    return take_line(p, "= ");
}

static void ask_credentials(player *p)
{
    char got[128];
    bool is_silent = p->event.why == SMTPAUTH_WHY_AGAIN && !next_is(p, "? credentials again");
    snprintf(got, sizeof got, "? credentials %s", why_name(p->event.why));
    if (is_silent) { /* the same views once more */
        static const char *const last[] = {"\n= login ", "\n= token ", "\n= as ", "\n= nobody ", "\n= name "};
        const char *found = NULL;
        for (size_t i = 0; i < sizeof last / sizeof *last; i++)
            for (const char *c = p->row->script; (c = strstr(c, last[i])) != NULL && c < p->at; c++)
                if (found == NULL || c > found)
                    found = c;
        if (found == NULL) {
            wrong(p, "nothing to repeat", got);
            return;
        }
        const char *at = p->at;
        p->at = found + 1;
        text again = take_line(p, "= ");
        p->at = at;
        (void)answer_credentials(p, again.data);
        free(again.data);
        return;
    }
    expect_line(p, "? credentials", got);
    if (p->is_wrong)
        return;
    text answer = take_answer(p);
    int32_t result = answer_credentials(p, answer.data);
    check(result == SMTPAUTH_DONE || result == SMTPAUTH_E_ANSWER, p->row->name, "credentials");
    free(answer.data);
}

static void ask_starttls(player *p)
{
    char got[64];
    snprintf(got, sizeof got, "? starttls %s", why_name(p->event.why));
    expect_line(p, "? starttls", got);
    text answer = take_answer(p);
    uint16_t reason = strcmp(answer.data, "yes") == 0 ? SMTPAUTH_REASON_OK : 0;
    check(smtpauth_client_answer(p->client, &p->io, reason) == SMTPAUTH_DONE, p->row->name, "answer");
    free(answer.data);
}

static void ask_envelope(player *p)
{
    char got[64];
    unsigned messages = p->row->messages != 0 ? p->row->messages : 1;
    snprintf(got, sizeof got, "? envelope %u %s", (unsigned)p->event.index, why_name(p->event.why));
    if (next_is(p, "? envelope"))
        expect_line(p, "? envelope", got);
    if (p->event.index >= messages) {
        (void)smtpauth_client_envelope(p->client, &p->io, NULL);
        return;
    }
    smtpauth_envelope envelope;
    memset(&envelope, 0, sizeof envelope);
    if (p->row->envelope != NULL)
        envelope = *p->row->envelope;
    envelope.size = sizeof envelope;
    envelope.sender = view(p->row->sender != NULL ? p->row->sender : "alice@example.test");
    (void)smtpauth_client_envelope(p->client, &p->io, &envelope);
}

static void ask_recipient(player *p)
{
    static const char *const alone[] = {"bob@example.test", NULL};
    const char *const *list = p->row->recipients != NULL ? p->row->recipients : alone;
    size_t count = 0;
    while (list[count] != NULL)
        count++;
    if (p->event.index >= count) {
        (void)smtpauth_client_recipient(p->client, &p->io, NULL);
        return;
    }
    smtpauth_recipient to;
    memset(&to, 0, sizeof to);
    if (p->row->recipient != NULL)
        to = *p->row->recipient;
    to.size = sizeof to;
    to.address = view(list[p->event.index]);
    (void)smtpauth_client_recipient(p->client, &p->io, &to);
}

static void ask_message(player *p)
{
    const char *message = p->row->message != NULL ? p->row->message : "Subject: hello\r\n\r\nHello\r\n";
    size_t len = strlen(message), taken;
    if (next_is(p, "? message")) {
        expect_line(p, "? message", "? message");
        text answer = take_answer(p);
        check(smtpauth_client_answer(p->client, &p->io, 0) == SMTPAUTH_DONE, p->row->name, "answer");
        free(answer.data);
        return;
    }
    if (p->event.size < len)
        (void)smtpauth_client_data(p->client, &p->io, (const uint8_t *)message + p->event.size,
                                   len - (size_t)p->event.size, &taken);
    else
        (void)smtpauth_client_data_end(p->client, &p->io);
}

/* ---- Notes ---- */

static const char *reason_name(uint16_t reason)
{
    return smtpauth_reason_words(reason, SMTPAUTH_WORDS_NAME);
}

static void describe_refusals(const player *p, char *out, size_t cap)
{
    smtpauth_refusal first, last;
    smtpauth_client_refusal(p->client, SMTPAUTH_REFUSAL_FIRST, &first);
    smtpauth_client_refusal(p->client, SMTPAUTH_REFUSAL_LAST, &last);
    out[0] = '\0';
    if (p->event.fate == SMTPAUTH_FATE_ACCEPTED || first.reason == 0)
        return;
    int len = snprintf(out, cap, " cause=%u %s", first.code, reason_name(p->event.reason));
    if (memcmp(&first, &last, sizeof first) != 0)
        snprintf(out + len, cap - (size_t)len, " last=%u %s", last.code, reason_name(last.reason));
}

static void note(player *p, char *got, size_t cap)
{
    const smtpauth_client_event *e = &p->event;
    char refusals[160];
    switch (e->type) {
    case SMTPAUTH_NOTE_AUTH:
        snprintf(got, cap, "! auth %.*s %u %s", (int)e->mechanism.len, (const char *)e->mechanism.data, e->code,
                 reason_name(e->reason));
        if (e->fingerprint.len == SMTPAUTH_FINGERPRINT)
            memcpy(client_last_fingerprint, e->fingerprint.data, SMTPAUTH_FINGERPRINT);
        break;
    case SMTPAUTH_NOTE_RECIPIENT:
    case SMTPAUTH_NOTE_DELIVERY:
        snprintf(got, cap, "! %s %u %s %u%s%s", e->type == SMTPAUTH_NOTE_RECIPIENT ? "recipient" : "delivery",
                 (unsigned)e->index, fate_name(e->fate), e->code, e->code == 0 ? " " : "",
                 e->code == 0 ? reason_name(e->reason) : "");
        break;
    case SMTPAUTH_NOTE_MESSAGE:
        describe_refusals(p, refusals, sizeof refusals);
        snprintf(got, cap, "! message %s%s%s", fate_name(e->fate), refusals, e->may_resend ? " resend" : "");
        break;
    case SMTPAUTH_NOTE_ERROR:
        snprintf(got, cap, "! error %s", reason_name(e->reason));
        break;
    case SMTPAUTH_NOTE_ADVICE:
        snprintf(got, cap, "! advice %u %s", e->code, smtpauth_action_name(e->action));
        break;
    default:
        snprintf(got, cap, "reply %u %u %u.%u.%u %u ", e->phase, e->code, e->enhanced_class,
                 e->enhanced_subject, e->enhanced_detail, e->lines);
        break;
    }
}

static void log_event(player *p, const char *words)
{
    append(&p->log, "\n[", 2);
    append(&p->log, words, strlen(words));
    append(&p->log, " ", 1);
    append(&p->log, p->event.raw.data, p->event.raw.len);
    append(&p->log, "|", 1);
    append(&p->log, p->event.text.data, p->event.text.len);
    append(&p->log, "]\n", 2);
}

static void take_note(player *p)
{
    char got[256];
    note(p, got, sizeof got);
    log_event(p, got);
    bool is_scripted = got[0] == '!' && (p->event.type != SMTPAUTH_NOTE_ADVICE || p->row->is_advised);
    if (is_scripted)
        expect_line(p, "! ", got);
}

static void need_tls(player *p)
{
    flush(p);
    if (!next_is(p, "T: ")) {
        wrong(p, "another event", "NEED_TLS");
        return;
    }
    text line = take_line(p, "T: ");
    bool is_failed = strcmp(line.data, "failed") == 0;
    uint32_t bits = strstr(line.data, "exporter") != NULL ? SMTPAUTH_TLS_EXPORTER : 0;
    bits |= strstr(line.data, "weak") != NULL ? (uint32_t)SMTPAUTH_TLS_WEAK : 0;
    free(line.data);
    int32_t result = is_failed ? smtpauth_client_tls_failed(p->client)
                               : smtpauth_client_tls_started(p->client, &p->io, bits);
    check(result == SMTPAUTH_DONE, p->row->name, "tls");
}

static void closed(player *p)
{
    char got[64];
    flush(p);
    snprintf(got, sizeof got, "closed %s", reason_name(smtpauth_client_why(p->client)));
    expect_line(p, "closed", got);
    check(smtpauth_client_is(p->client) & SMTPAUTH_IS_CLOSING, p->row->name, "closing");
    log_event(p, got);
    p->is_over = true;
}

static void turn(player *p)
{
    char question[64];
    uint16_t type = smtpauth_client_step(p->client, &p->io, &p->event);
    note_out(p);
    if (type >= SMTPAUTH_NOTE_DATA) {
        take_note(p);
        return;
    }
    if (type >= 32 && type != SMTPAUTH_ASK_MESSAGE) {
        snprintf(question, sizeof question, "? %u %u %u", type, p->event.why, (unsigned)p->event.index);
        log_event(p, question);
    }
    switch (type) {
    case SMTPAUTH_NEED_INPUT:
        need_input(p);
        break;
    case SMTPAUTH_NEED_OUTPUT:
        flush(p);
        break;
    case SMTPAUTH_NEED_TLS:
        need_tls(p);
        break;
    case SMTPAUTH_ASK_CREDENTIALS:
        ask_credentials(p);
        break;
    case SMTPAUTH_ASK_STARTTLS:
        ask_starttls(p);
        break;
    case SMTPAUTH_ASK_ENVELOPE:
        ask_envelope(p);
        break;
    case SMTPAUTH_ASK_RECIPIENT:
        ask_recipient(p);
        break;
    case SMTPAUTH_ASK_MESSAGE:
        ask_message(p);
        break;
    case SMTPAUTH_CLOSED:
        closed(p);
        break;
    default:
        wrong(p, "unknown event", "");
        break;
    }
    note_out(p);
    move_in(p, NULL, 0);
    move_client(p);
}

static text play(const client_row *row, size_t cut, size_t out_cap)
{
    static const uint8_t seed[16] = {7};
    player p;
    memset(&p, 0, sizeof p);
    p.row = row;
    p.at = row->script;
    p.cut = cut;
    p.out_cap = out_cap;
    p.config.size = sizeof p.config;
    p.config.flags = row->flags;
    p.config.name = "client.example.test";
    p.config.mechanisms = row->mechanisms != NULL ? row->mechanisms : client_mechanisms;
    p.config.book = row->has_book ? smtpauth_providers : NULL;
    p.config.guard_key = row->has_guard_key ? client_guard_key : NULL;
    p.config.reply_max = row->reply_max;
    p.config.slice = row->slice;
    p.config.credentials_max = row->credentials_max;
    p.client = malloc(sizeof *p.client);
    assert_non_null(p.client);
    append(&p.feed, "", 0);
    append(&p.said, "", 0);
    append(&p.log, "", 0);
    flush(&p);
    int32_t result =
        smtpauth_client_init(p.client, sizeof *p.client, &p.config, row->init_flags, seed, sizeof seed);
    check(result == SMTPAUTH_DONE, row->name, "init");
    for (size_t steps = 0; !p.is_over && !p.is_wrong; steps++) {
        if (steps == STEPS_MAX)
            wrong(&p, "does not end", "");
        turn(&p);
    }
    if (!p.is_wrong && *p.at != '\0')
        wrong(&p, "closed too early", "");
    free(p.client);
    free(p.in);
    free(p.out);
    free(p.feed.data);
    free(p.said.data);
    if (p.is_wrong)
        p.log.len = 0;
    return p.log;
}

void client_play(const client_row *row)
{
    static const size_t cuts[] = {SIZE_MAX, 1, 2, 3, 7, 64};
    text whole = play(row, SIZE_MAX, 8192);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts && whole.len > 0 && !row->is_racy; i++) {
        text other = play(row, cuts[i], i % 2 == 0 ? 512 : 8192);
        bool is_same = other.len == whole.len && memcmp(other.data, whole.data, whole.len) == 0;
        bool is_chunked = strstr(row->script, "BDAT") != NULL;
        if (other.len > 0 && !is_same && !is_chunked) {
            print_error("%s: cut at %zu it is\n%s\nbut whole\n%s\n", row->name, cuts[i], other.data,
                        whole.data);
            add_wrong();
        }
        free(other.data);
    }
    free(whole.data);
}

void client_play_all(const client_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        client_play(&rows[i]);
    finish();
}
