/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * libFuzzer's way into the client engine: the first octets choose a config and the host's answers, the rest is what the
 * server says, cut where the input says. Whatever comes: the session ends within bounded work, every octet that is left is
 * what it was, no secret is shown without TLS, none is sent twice once it was rejected, and nobody is logged in without
 * a 235.
 */

#include "mechanism_pairs.h"

#include <smtpauth/smtpauth.h>

#include <stdlib.h>
#include <string.h>

enum { HEAD = 8, STEPS_MAX = 100000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const uint8_t seed[16] = "sixteen octets,", key[32] = {1}, binding[32] = {2};
static const char *const secrets[] = {"topsecret1", "topsecret2", "topsecret1"};

typedef struct game {
    smtpauth_client client;
    smtpauth_io io;
    uint8_t *in, *out;
    size_t out_cap;
    const uint8_t *head, *data;
    size_t len;
    unsigned answers;
    const char *secret;
    bool is_token, had_235;
} game;

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static uint8_t choice(game *g)
{
    unsigned n = g->answers++;
    return (uint8_t)(g->head[n % HEAD] + n / HEAD);
}

static void new_out(game *g)
{
    free(g->out);
    g->out = malloc(g->out_cap);
    must(g->out != NULL);
    g->io.next_out = g->out;
    g->io.avail_out = g->out_cap;
}

static void flush(game *g)
{
    size_t len = (size_t)(g->io.next_out - g->out);
    bool has_tls = (smtpauth_client_is(&g->client) & SMTPAUTH_IS_TLS) != 0;
    /* "topsecret" in base64, wherever it begins within a group of three. */
    static const char *const shown[] = {"dG9wc2VjcmV", "RvcHNlY3Jld", "0b3BzZWNyZX"};
    for (size_t i = 0; i + 11 <= len && !has_tls; i++)
        for (size_t j = 0; j < 3; j++)
            must(memcmp(g->out + i, shown[j], 11) != 0);
    new_out(g);
}

/* The next piece of what the server says, most often up to a line's end, in a block of exactly what the window then holds. */
static bool feed(game *g)
{
    size_t left = g->io.avail_in, n = g->len;
    if (n == 0)
        return false;
    const uint8_t *lf = memchr(g->data, '\n', n);
    if (lf != NULL && !(g->head[0] & 1)) /* a server that speaks in turn */
        n = (size_t)(lf - g->data) + 1;
    size_t piece = g->head[0] & 4 ? n : (size_t)(choice(g) % 64 + 1);
    n = n < piece ? n : piece;
    uint8_t *in = malloc(left + n);
    must(in != NULL);
    if (left > 0)
        memcpy(in, g->io.next_in, left);
    memcpy(in + left, g->data, n);
    free(g->in);
    g->in = in;
    g->io.next_in = in;
    g->io.avail_in = left + n;
    g->data += n;
    g->len -= n;
    return true;
}

static smtpauth_view view(const char *text)
{
    smtpauth_view v = {(const uint8_t *)text, strlen(text)};
    return v;
}

static void answer_credentials(game *g, const smtpauth_client_event *e)
{
    smtpauth_credentials who = {.size = sizeof who};
    uint8_t c = choice(g);
    if (e->why != SMTPAUTH_WHY_AGAIN) {
        g->secret = secrets[c % 3];
        g->is_token = (e->kinds & SMTPAUTH_KIND_TOKEN) && c & 4;
    }
    if (c % 16 == 15) {
        (void)smtpauth_client_credentials(&g->client, &g->io, NULL);
        return;
    }
    who.identity = view("alice");
    who.secret = view(e->kinds == SMTPAUTH_KIND_NONE ? "" : g->secret);
    who.is_token = g->is_token;
    who.binding_type = view("tls-exporter");
    who.binding.data = binding;
    who.binding.len = sizeof binding;
    if (smtpauth_client_credentials(&g->client, &g->io, &who) == SMTPAUTH_E_OUTPUT)
        flush(g);
}

static void answer(game *g, const smtpauth_client_event *e)
{
    static const uint8_t text[] = "Subject: x\r\n\r\n.\r\n..a\r\nb";
    smtpauth_envelope env = {.size = sizeof env};
    smtpauth_recipient to = {.size = sizeof to};
    size_t taken;
    uint8_t c = choice(g);
    switch (e->asked) {
    case SMTPAUTH_ASK_CREDENTIALS:
        answer_credentials(g, e);
        break;
    case SMTPAUTH_ASK_ENVELOPE:
        env.sender = view("alice@example.test");
        env.is_utf8 = (c & 64) != 0;
        env.body = c >> 4 & 3;
        if (smtpauth_client_envelope(&g->client, &g->io, e->index < 3 ? &env : NULL) == SMTPAUTH_E_OUTPUT)
            flush(g);
        break;
    case SMTPAUTH_ASK_RECIPIENT:
        to.address = view(c % 8 == 7 ? "nobody" : "bob@example.test");
        if (smtpauth_client_recipient(&g->client, &g->io, e->index < 2u + c % 8 ? &to : NULL) ==
            SMTPAUTH_E_OUTPUT)
            flush(g);
        break;
    case SMTPAUTH_ASK_MESSAGE:
        if (e->size < sizeof text - 1)
            (void)smtpauth_client_data(&g->client, &g->io, text + e->size, sizeof text - 1 - (size_t)e->size,
                                       &taken);
        else if (smtpauth_client_data_end(&g->client, &g->io) == SMTPAUTH_E_OUTPUT)
            flush(g);
        break;
    default:
        (void)smtpauth_client_answer(&g->client, &g->io, c & 1 ? SMTPAUTH_REASON_OK : 0);
        break;
    }
}

static void look_at(game *g, const smtpauth_client_event *e)
{
    if (e->type == SMTPAUTH_NOTE_REPLY)
        g->had_235 |= e->code == 235;
    if (e->type == SMTPAUTH_NOTE_AUTH && e->reason == SMTPAUTH_REASON_AUTHENTICATED)
        must(g->had_235);
    static volatile uint8_t sink;
    for (size_t i = 0; i < e->raw.len; i++)
        sink = e->raw.data[i];
    for (size_t i = 0; i < e->text.len; i++)
        sink = e->text.data[i];
    for (size_t i = 0; i < e->line.len; i++)
        sink = e->line.data[i];
    (void)sink;
}

/* Puts what a server says at first before the input, unless its head says otherwise: a walk there takes long. */
static uint8_t *with_hello(const uint8_t *data, size_t *len)
{
    static const char *const lines[] = {"220 mx\r\n250-mx\r\n",    "250-STARTTLS\r\n",   "250-PIPELINING\r\n",
                                        "250-CHUNKING\r\n",        "250-BINARYMIME\r\n", "250-SMTPUTF8\r\n",
                                        "250-LIMITS RCPTMAX=1\r\n"};
    static const char last[] = "250 AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 SCRAM-SHA-256\r\n";
    uint8_t *text = malloc(*len + 512);
    size_t at = 0, rest = *len - HEAD;
    must(text != NULL);
    for (size_t i = 0; i < sizeof lines / sizeof *lines && !(data[4] & 128); i++)
        if (i == 0 || data[4] >> i & 1) {
            memcpy(text + at, lines[i], strlen(lines[i]));
            at += strlen(lines[i]);
        }
    if (at > 0) {
        memcpy(text + at, last, sizeof last - 1);
        at += sizeof last - 1;
    }
    if (rest > 0)
        memcpy(text + at, data + HEAD, rest);
    *len = at + rest;
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < HEAD)
        return 0;
    uint8_t *text = with_hello(data, &len);
    game g = {.head = data, .data = text, .len = len, .secret = secrets[0]};
    smtpauth_client_mechanism_fn *mechanisms[MECHANISM_PAIRS + 1];
    mechanism_lists(NULL, mechanisms);
    smtpauth_client_config config = {
        .size = sizeof config, .name = "a.test", .mechanisms = mechanisms, .iterations_min = 1};
    config.flags = (uint32_t)(data[1] | data[2] << 8) & (SMTPAUTH_CLIENT_NOTES_LINE * 2u - 1);
    config.flags &= ~(uint32_t)SMTPAUTH_CLIENT_CLEAR_AUTH;
    if (config.flags & SMTPAUTH_CLIENT_TLS_NEVER)
        config.flags &= ~(uint32_t)SMTPAUTH_CLIENT_TLS_REQUIRED;
    config.iterations_max = 50;
    config.slice = data[3] & 1 ? 7 : 0;
    config.reply_max = 512;
    config.guard_key = key;
    g.out_cap = data[0] & 2 ? 512 : 4096;
    new_out(&g);
    must(smtpauth_client_init(&g.client, sizeof g.client, &config, 0, seed, sizeof seed) == SMTPAUTH_DONE);
    for (unsigned steps = 0;; steps++) {
        smtpauth_client_event e;
        must(steps < STEPS_MAX);
        uint16_t type = smtpauth_client_step(&g.client, &g.io, &e);
        if (type == SMTPAUTH_CLOSED)
            break;
        if (type == SMTPAUTH_NEED_INPUT) {
            must(g.io.avail_in < 512);
            flush(&g);
            if (!feed(&g))
                (void)smtpauth_client_close(&g.client, &g.io, SMTPAUTH_REASON_CONNECTION_LOST);
        } else if (type == SMTPAUTH_NEED_OUTPUT) {
            flush(&g);
        } else if (type == SMTPAUTH_NEED_TLS) {
            flush(&g);
            (void)smtpauth_client_tls_started(&g.client, &g.io, choice(&g) & 1 ? SMTPAUTH_TLS_EXPORTER : 0);
        } else if (type >= SMTPAUTH_NOTE_DATA) {
            look_at(&g, &e);
        } else {
            answer(&g, &e);
        }
    }
    must(smtpauth_client_why(&g.client) != 0 && smtpauth_client_why(&g.client) != SMTPAUTH_REASON_HOST_FAULT);
    free(g.in);
    free(g.out);
    free(text);
    return 0;
}
