/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "client_player.h"

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

/* ---- Windows ---- */

static void note_out(player *p)
{
    size_t len = (size_t)(p->io.next_out - p->out);
    client_append(&p->said, p->out + p->noted_out, len - p->noted_out);
    client_append(&p->log, p->out + p->noted_out, len - p->noted_out);
    p->noted_out = len;
    client_match_said(p);
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
        client_wrong(p, "said part of a line", p->said.data);
    if (client_next_is(p, "X: ")) {
        text line = client_take_line(p, "X: ");
        uint16_t reason =
            strcmp(line.data, "lost") == 0 ? SMTPAUTH_REASON_CONNECTION_LOST : SMTPAUTH_REASON_TIMEOUT;
        free(line.data);
        check(smtpauth_client_timeout(p->client) > 0, p->row->name, "no time to wait");
        check(smtpauth_client_close(p->client, &p->io, reason) == SMTPAUTH_DONE, p->row->name, "close");
        return;
    }
    client_take_server(p);
    if (p->feed.len == 0) {
        client_wrong(p, "waits for input", "NEED_INPUT");
        return;
    }
    feed(p);
}

static void need_tls(player *p)
{
    flush(p);
    if (!client_next_is(p, "T: ")) {
        client_wrong(p, "another event", "NEED_TLS");
        return;
    }
    text line = client_take_line(p, "T: ");
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
    snprintf(got, sizeof got, "closed %s", client_reason_name(smtpauth_client_why(p->client)));
    client_expect_line(p, "closed", got);
    check(smtpauth_client_is(p->client) & SMTPAUTH_IS_CLOSING, p->row->name, "closing");
    client_log_event(p, got);
    p->is_over = true;
}

static bool is_question(uint16_t type)
{
    return type >= SMTPAUTH_QUESTIONS_FROM && type < SMTPAUTH_NOTES_FROM;
}

/* While the host thinks about its answer, the server answers what was said before: it must make no difference. */
static void linger(player *p, uint16_t question)
{
    smtpauth_client_event asked = p->event;
    flush(p);
    client_take_early(p);
    do {
        feed(p);
        move_client(p);
        uint16_t type = smtpauth_client_step(p->client, &p->io, &p->event);
        note_out(p);
        bool is_same = p->event.asked == question && p->event.why == asked.why &&
                       p->event.index == asked.index && p->event.kinds == asked.kinds;
        if (type != SMTPAUTH_NEED_ANSWER || !is_same)
            client_wrong(p, "asks another thing meanwhile", "");
    } while (p->feed.len > 0 && !p->is_wrong);
}

/* The replies to chunks count at once: whether more of the message is wanted depends on them. */
static bool hears_of_chunks(player *p)
{
    flush(p);
    client_take_early(p);
    if (p->feed.len == 0)
        return false;
    feed(p);
    return true;
}

static void ask(player *p, uint16_t question)
{
    if (question == SMTPAUTH_ASK_MESSAGE) {
        if (p->is_eager && hears_of_chunks(p))
            return;
    } else if (p->is_eager) {
        linger(p, question);
    }
    if (!p->is_wrong)
        client_ask(p, question);
}

static void turn(player *p)
{
    char question[64];
    uint16_t type = smtpauth_client_step(p->client, &p->io, &p->event);
    note_out(p);
    if (type >= SMTPAUTH_NOTES_FROM) {
        client_note(p);
        return;
    }
    if (is_question(type) && type != SMTPAUTH_ASK_MESSAGE) {
        snprintf(question, sizeof question, "? %u %u %u", type, p->event.why, (unsigned)p->event.index);
        client_log_event(p, question);
    }
    if (type == SMTPAUTH_NEED_INPUT)
        need_input(p);
    else if (type == SMTPAUTH_NEED_OUTPUT)
        flush(p);
    else if (type == SMTPAUTH_NEED_TLS)
        need_tls(p);
    else if (type == SMTPAUTH_CLOSED)
        closed(p);
    else if (is_question(type))
        ask(p, type);
    else
        client_wrong(p, "unknown event", "");
    note_out(p);
    move_in(p, NULL, 0);
    move_client(p);
}

static text play(const client_row *row, size_t cut, size_t out_cap, bool is_eager)
{
    static const uint8_t seed[16] = {7};
    player p;
    memset(&p, 0, sizeof p);
    p.row = row;
    p.at = row->script;
    p.cut = cut;
    p.out_cap = out_cap;
    p.is_eager = is_eager;
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
    client_append(&p.feed, "", 0);
    client_append(&p.said, "", 0);
    client_append(&p.log, "", 0);
    flush(&p);
    int32_t result =
        smtpauth_client_init(p.client, sizeof *p.client, &p.config, row->init_flags, seed, sizeof seed);
    check(result == SMTPAUTH_DONE, row->name, "init");
    for (size_t steps = 0; !p.is_over && !p.is_wrong; steps++) {
        if (steps == STEPS_MAX)
            client_wrong(&p, "does not end", "");
        turn(&p);
    }
    if (!p.is_wrong && *p.at != '\0')
        client_wrong(&p, "closed too early", "");
    free(p.client);
    free(p.in);
    free(p.out);
    free(p.feed.data);
    free(p.said.data);
    if (p.is_wrong)
        p.log.len = 0;
    return p.log;
}

static void play_other(const client_row *row, const text *whole, size_t cut, size_t out_cap, bool is_eager)
{
    text other = play(row, cut, out_cap, is_eager);
    bool is_same = other.len == whole->len && memcmp(other.data, whole->data, whole->len) == 0;
    bool is_chunked = strstr(row->script, "BDAT") != NULL;
    if (other.len > 0 && !is_same && !is_chunked) {
        print_error("%s: cut at %zu%s it is\n%s\nbut whole\n%s\n", row->name, cut, is_eager ? ", eagerly," : "",
                    other.data, whole->data);
        add_wrong();
    }
    free(other.data);
}

void client_play(const client_row *row)
{
    static const size_t cuts[] = {SIZE_MAX, 1, 2, 3, 7, 64, 512};
    text whole = play(row, SIZE_MAX, 8192, false);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts && whole.len > 0 && !row->is_racy; i++) {
        play_other(row, &whole, cuts[i], i % 2 == 0 ? 512 : 8192, false);
        play_other(row, &whole, cuts[i], i % 2 == 0 ? 8192 : 512, true);
    }
    free(whole.data);
}

void client_play_all(const client_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        client_play(&rows[i]);
    finish();
}
