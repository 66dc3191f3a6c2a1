/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

enum { PIECE = 4, GUARD = 0x5A, POISON = 0xDD };

/* A play under way. */
typedef struct play {
    const exchange_row *row;
    smtpauth_exchange *x;
    size_t step, agains;
    char where[160];
} play;

const uint8_t *exchange_seed(void)
{
    static uint8_t seed[EXCHANGE_SEED_LEN];
    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)i;
    return seed;
}

smtpauth_view exchange_octets(const char *text)
{
    smtpauth_view v = {NULL, 0};
    size_t len = text != NULL ? strlen(text) : 0, n = 0;
    uint8_t *data = malloc(len + 1);
    for (size_t i = 0; i < len; i++) {
        bool is_code = text[i] == '^' && (text[i + 1] == '@' || text[i + 1] == 'A');
        i += is_code;
        data[n++] = is_code ? text[i] == 'A' : (uint8_t)text[i];
    }
    if (n > 0)
        v.data = realloc(data, n);
    else
        free(data);
    v.len = n;
    return v;
}

void exchange_forget(smtpauth_view *v)
{
    uint8_t *block = (uint8_t *)(uintptr_t)v->data;
    if (block != NULL)
        memset(block, POISON, v->len);
    free(block);
}

void exchange_credentials(smtpauth_credentials *who, const exchange_row *row)
{
    memset(who, 0, sizeof *who);
    who->size = sizeof *who;
    who->port = (uint16_t)row->port;
    who->identity = exchange_octets(row->identity);
    who->authorization = exchange_octets(row->authorization);
    who->secret = exchange_octets(row->secret);
    who->host = exchange_octets(row->host);
    who->binding_type = exchange_octets(row->binding_type);
    who->binding = exchange_octets(row->binding);
}

void exchange_forget_credentials(smtpauth_credentials *who)
{
    exchange_forget(&who->identity);
    exchange_forget(&who->authorization);
    exchange_forget(&who->secret);
    exchange_forget(&who->host);
    exchange_forget(&who->binding_type);
    exchange_forget(&who->binding);
}

static void is_right(play *p, bool right, const char *what)
{
    snprintf(p->where, sizeof p->where, "%s, step %zu", p->row->name, p->step);
    check(right, p->where, what);
}

static void move(play *p)
{
    smtpauth_exchange *to = malloc(sizeof *to);
    *to = *p->x;
    memset(p->x, POISON, sizeof *p->x);
    free(p->x);
    p->x = to;
}

static bool holds_secret(const play *p)
{
    smtpauth_view secret = exchange_octets(p->row->secret);
    bool is_found = false;
    for (size_t i = 0; i + PIECE <= secret.len; i++)
        for (size_t j = 0; j + PIECE <= sizeof *p->x; j++)
            is_found = is_found || memcmp((const uint8_t *)p->x + j, secret.data + i, PIECE) == 0;
    exchange_forget(&secret);
    return is_found;
}

/* One call, with challenge and credentials of its own. */
static int32_t call(play *p, const char *challenge, uint8_t *out, size_t cap, size_t *len)
{
    smtpauth_credentials who;
    smtpauth_view view = exchange_octets(challenge);
    exchange_credentials(&who, p->row);
    *len = 12345;
    int32_t result = smtpauth_exchange_step(p->x, challenge != NULL ? &view : NULL, &who, out, cap, len);
    exchange_forget_credentials(&who);
    exchange_forget(&view);
    return result;
}

/* Every window that is too small. */
static void try_small(play *p, const char *challenge, size_t need)
{
    smtpauth_exchange before = *p->x;
    size_t len;
    is_right(p, call(p, challenge, NULL, 0, &len) == SMTPAUTH_E_OUTPUT && len == need, "the length asked for");
    for (size_t cap = 1; cap < need; cap++) {
        uint8_t *out = malloc(cap);
        memset(out, GUARD, cap);
        int32_t result = call(p, challenge, out, cap, &len);
        bool is_untouched = true;
        for (size_t i = 0; i < cap; i++)
            is_untouched = is_untouched && out[i] == GUARD;
        is_right(p, result == SMTPAUTH_E_OUTPUT && len == need, "too small a window");
        is_right(p, is_untouched, "written into too small a window");
        free(out);
    }
    is_right(p, memcmp(&before, p->x, sizeof before) == 0, "E_OUTPUT changed the exchange");
}

static void play_step(play *p, const exchange_step *step)
{
    smtpauth_view expected = exchange_octets(step->response);
    size_t len = 0;
    int32_t result;
    if (step->result == SMTPAUTH_EXCHANGE_SEND && expected.len > 0)
        try_small(p, step->challenge, expected.len);
    uint8_t *out = malloc(expected.len + 1);
    memset(out, GUARD, expected.len + 1);
    smtpauth_exchange before;
    do {
        before = *p->x;
        result = call(p, step->challenge, expected.len > 0 ? out : NULL, expected.len, &len);
        is_right(p, !holds_secret(p), "the exchange holds a piece of the secret");
        is_right(p, result == SMTPAUTH_EXCHANGE_SEND || len == 0, "a length without a response");
        p->agains += result == SMTPAUTH_EXCHANGE_AGAIN;
        move(p);
    } while (result == SMTPAUTH_EXCHANGE_AGAIN);
    is_right(p, result == step->result, "result");
    bool is_same = len == expected.len && memcmp(out, expected.data != NULL ? expected.data : out, len) == 0;
    is_right(p, is_same && out[expected.len] == GUARD, "response");
    if (!is_same)
        fprintf(stderr, "    said %.*s\n", (int)(len < expected.len ? len : expected.len), (const char *)out);
    is_right(p, smtpauth_exchange_is_proven(p->x) == step->is_proven, "is_proven");
    if (step->result == SMTPAUTH_EXCHANGE_WAIT || step->result == SMTPAUTH_E_ARGUMENT)
        is_right(p, memcmp(&before, p->x, sizeof before) == 0, "changed");
    free(out);
    exchange_forget(&expected);
}

/* Behind an error nothing works, and nothing is left. */
static void check_over(play *p)
{
    uint8_t out[8];
    size_t len;
    is_right(p, is_zero(p->x->scratch, sizeof p->x->scratch), "an error left something");
    is_right(p, call(p, NULL, out, sizeof out, &len) == SMTPAUTH_E_STATE && len == 0, "not over");
    is_right(p, call(p, "", out, sizeof out, &len) == SMTPAUTH_E_STATE && len == 0, "not over");
    is_right(p, !smtpauth_exchange_is_proven(p->x), "proven behind an error");
}

size_t exchange_play(const exchange_row *row, const smtpauth_exchange_config *config)
{
    play p = {.row = row, .x = malloc(sizeof *p.x)};
    const exchange_step *step = row->steps;
    memset(p.x, EXCHANGE_GARBAGE, sizeof *p.x);
    int32_t begun =
        smtpauth_exchange_begin(p.x, sizeof *p.x, row->mechanism(), config, exchange_seed(), EXCHANGE_SEED_LEN);
    is_right(&p, begun == SMTPAUTH_DONE && !smtpauth_exchange_is_proven(p.x), "begin");
    for (; step < row->steps + 5 && step->result != 0; step++, p.step++)
        play_step(&p, step);
    int32_t last = step[-1].result;
    if (last == SMTPAUTH_E_WORDS || last == SMTPAUTH_E_ANSWER)
        check_over(&p);
    smtpauth_exchange_end(p.x);
    is_right(&p, is_zero(p.x, sizeof *p.x), "the end left something");
    free(p.x);
    return p.agains;
}
