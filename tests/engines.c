/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* The world, its pipes and windows, and the turns that a session takes. */

#include "engines.h"

#include "chance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TURNS_MAX = 200000 };

engines_world w;
const char engines_password[] = "correct-horse";
const uint8_t engines_binding[ENGINES_BINDING_LEN] = {42};

void engines_broken(const char *what)
{
    if (w.fault == NULL)
        w.fault = what;
}

static void move_window(engines_end *e, const void *more, size_t len)
{
    size_t left = e->io.avail_in;
    uint8_t *in = malloc(left + len + 1);
    assert_non_null(in);
    if (left > 0)
        memcpy(in, e->io.next_in, left);
    if (len > 0)
        memcpy(in + left, more, len);
    free(e->in);
    e->in = in;
    e->io.next_in = in;
    e->io.avail_in = left + len;
}

void engines_flush(engines_end *e, engines_pipe *to)
{
    size_t len = (size_t)(e->io.next_out - e->out);
    assert_true(to->to + len <= sizeof to->data);
    memcpy(to->data + to->to, e->out, len);
    to->to += len;
    e->io.next_out = e->out;
    e->io.avail_out = e->out_cap;
}

/* Hands over a piece. Returns false when there is none. */
static bool pass_on(engines_pipe *from, engines_end *e)
{
    size_t there = from->to - from->from;
    if (there == 0)
        return false;
    size_t len = chance(2) ? there : chance((uint32_t)(there < 40 ? there : 40)) + 1;
    move_window(e, from->data + from->from, len);
    from->from += len;
    if (from->from == from->to)
        from->from = from->to = 0;
    return true;
}

/* One turn of either side. Returns false when neither can go on. */
static bool turn(void)
{
    if (w.c.wants_tls && w.s.wants_tls) {
        engines_flush(&w.c, &w.to_server);
        w.to_server.from = w.to_server.to = w.to_client.from = w.to_client.to = 0;
        if (smtpauth_client_tls_started(&w.client, &w.c.io, SMTPAUTH_TLS_EXPORTER) != SMTPAUTH_DONE ||
            smtpauth_server_tls_started(&w.server, &w.s.io, SMTPAUTH_TLS_EXPORTER) != SMTPAUTH_DONE)
            engines_broken("tls_started");
        w.c.wants_tls = w.s.wants_tls = false;
        w.c.wants_input = w.s.wants_input = false;
    }
    bool may_client = !w.c.is_closed && !w.c.wants_tls && (!w.c.wants_input || pass_on(&w.to_client, &w.c));
    if (may_client) {
        w.c.wants_input = false;
        engines_client_turn();
        return true;
    }
    bool may_server = !w.s.is_closed && !w.s.wants_tls && (!w.s.wants_input || pass_on(&w.to_server, &w.s));
    if (may_server) {
        w.s.wants_input = false;
        engines_server_turn();
        return true;
    }
    if (w.s.is_closed && !w.c.is_closed && w.to_client.to == w.to_client.from) {
        (void)smtpauth_client_close(&w.client, &w.c.io, SMTPAUTH_REASON_CONNECTION_LOST);
        w.c.wants_input = false;
        return true;
    }
    return false;
}

static void open_end(engines_end *e, size_t out_cap)
{
    e->out_cap = out_cap;
    e->io.next_out = e->out;
    e->io.avail_out = out_cap;
    move_window(e, NULL, 0);
}

void engines_end_world(void)
{
    free(w.c.in);
    free(w.s.in);
    w.c.in = w.s.in = NULL;
}

void engines_prepare(void)
{
    engines_end_world();
    memset(&w, 0, sizeof w);
    w.config.size = sizeof w.config;
    w.config.name = "client.example.test";
    w.config.iterations_min = 1;
    w.policy.size = sizeof w.policy;
    w.policy.hostname = "mail.example.test";
    w.policy.secret = engines_binding;
    w.policy.secret_len = sizeof engines_binding;
    w.messages_max = 1;
    open_end(&w.c, sizeof w.c.out);
    open_end(&w.s, sizeof w.s.out);
}

bool engines_run(uint32_t flags)
{
    uint8_t seed[16];
    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)chance(256);
    assert_int_equal(smtpauth_client_init(&w.client, sizeof w.client, &w.config, flags, seed, sizeof seed),
                     SMTPAUTH_DONE);
    assert_int_equal(smtpauth_server_init(&w.server, sizeof w.server, &w.policy,
                                          flags & SMTPAUTH_CLIENT_IMPLICIT_TLS ? SMTPAUTH_IMPLICIT_TLS : 0,
                                          seed, sizeof seed),
                     SMTPAUTH_DONE);
    for (unsigned turns = 0; !(w.c.is_closed && w.s.is_closed) && w.fault == NULL; turns++) {
        if (turns == TURNS_MAX)
            engines_broken("does not end");
        else if (!turn() && !w.c.is_closed)
            engines_broken("both wait");
        else if (w.c.is_closed && !w.s.is_closed && w.to_server.to == w.to_server.from && w.s.wants_input) {
            (void)smtpauth_server_close(&w.server, &w.s.io, SMTPAUTH_REASON_CONNECTION_LOST);
            w.s.wants_input = false;
        }
    }
    return w.fault == NULL;
}
