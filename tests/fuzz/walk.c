/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * A random walk over the server engine: fuzz_walk [rounds [seed]]. Each round makes a policy, a script of octets
 * and a plan of answers, and plays them octet by octet, in random pieces and whole. All plays must agree in replies
 * and events; the first is judged by an oracle that frames the octets on its own: one reply for each line, message (in
 * LMTP one for each recipient) or BDAT, at its last octet, and nothing at any other. A fourth play misuses the engine, a fifth damages copies. Windows
 * are blocks of exactly the size that is told, so that a sanitizer sees an octet too far.
 */

#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a sanitizer, where there is one: what it finds is told with its script. */
void __sanitizer_set_death_callback(void (*)(void)) __attribute__((weak));

static octets events, bodies;

/* What must hold after each step. */
static void check(const host *h, uint16_t type)
{
    uint32_t is = smtpauth_server_is(h->s);
    if ((is & SMTPAUTH_IS_AUTHENTICATED) && !h->may_be_in)
        fail("authenticated without a verdict");
    bool is_quiet = (type == SMTPAUTH_NEED_INPUT && !(is & SMTPAUTH_IS_EXCHANGE)) || type == SMTPAUTH_CLOSED;
    if (is_quiet && !h->is_damaged && h->play != MISUSED &&
        (holds(h->s, sizeof *h->s, "us3rnm") || holds(h->s, sizeof *h->s, "s3cr3t")))
        fail("a secret in the session");
    if (is_quiet && !h->is_damaged && h->in != NULL &&
        holds(h->in + 1, (size_t)(h->io.next_in - h->in) - 1, "s3cr3t"))
        fail("a secret in the window");
    if (h->is_damaged)
        return;
    bool is_asking = type >= SMTPAUTH_ASK_PASSWORD && type < SMTPAUTH_NOTE_DATA;
    bool may_wait = smtpauth_server_timeout(h->s) > 0;
    if (may_wait ? is_asking || type == SMTPAUTH_CLOSED : type == SMTPAUTH_NEED_INPUT)
        fail("a timeout out of place");
    if (type == SMTPAUTH_CLOSED && smtpauth_server_why(h->s) == 0)
        fail("closed for nothing");
}

static void log_event(const smtpauth_event *e)
{
    uint16_t type = e->type == SMTPAUTH_NEED_ANSWER ? e->asked : e->type;
    const uint64_t numbers[] = {type,
                                e->asked,
                                e->verb,
                                e->reason,
                                e->code,
                                e->attempt,
                                e->delay_s,
                                e->index,
                                e->faults,
                                e->present,
                                e->size,
                                e->body,
                                e->recipients,
                                e->ret,
                                e->notify,
                                e->by_mode,
                                e->hold,
                                (uint64_t)e->by,
                                (uint64_t)e->priority};
    const smtpauth_view *const views[] = {&e->line,          &e->secret,   &e->mechanism,  &e->identity,
                                          &e->authorization, &e->password, &e->name,       &e->path,
                                          &e->local_part,    &e->domain,   &e->parameters, &e->auth,
                                          &e->envid,         &e->orcpt,    &e->hold_until, &e->solicit};
    put(&events, numbers, sizeof numbers);
    put(&events, &bodies.len, sizeof bodies.len);
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        put(&events, &views[i]->len, sizeof views[i]->len);
        put(&events, views[i]->data, views[i]->len);
    }
}

/* What the header says about fields. */
static void check_event(host *h, const smtpauth_event *e)
{
    uint32_t recipients = smtpauth_server_count(h->s, SMTPAUTH_COUNT_RECIPIENTS);
    bool has_recipients =
        e->asked == SMTPAUTH_ASK_RCPT || e->asked == SMTPAUTH_ASK_DATA || e->asked == SMTPAUTH_ASK_MESSAGE;
    if (e->recipients != (has_recipients ? recipients : 0))
        fail("recipients of an event");
    bool has_each = e->asked == SMTPAUTH_ASK_MESSAGE && (policy.flags & SMTPAUTH_LMTP) && recipients > 0;
    if (has_each ? e->index >= recipients : e->index != (e->asked == SMTPAUTH_ASK_RCPT ? recipients : 0))
        fail("index of an event");
    if (e->reserved32 != 0)
        fail("a reserve that is not zero");
    for (size_t i = 0; i < sizeof e->reserved / sizeof e->reserved[0]; i++)
        if (e->reserved[i] != 0)
            fail("a reserve that is not zero");
    if (e->asked == SMTPAUTH_ASK_MESSAGE && e->size != h->message)
        fail("a message of another size than its spans");
    for (size_t i = 0; i < e->identity.len; i++)
        if (e->identity.data[i] < ' ')
            fail("a control character in an identity");
    if (e->type == SMTPAUTH_NOTE_AUTH && e->reason == SMTPAUTH_REASON_AUTHENTICATED && e->identity.len == 0)
        fail("nobody was authenticated");
    if (e->type == SMTPAUTH_NOTE_ERROR && e->reason == SMTPAUTH_REASON_INJECTED && ++h->injected > 1)
        fail("an injection noted twice");
}

/* Records it; one that is asked again must be what it was. */
static void event_came(host *h, const smtpauth_event *e)
{
    size_t before = events.len;
    check_event(h, e);
    log_event(e);
    if (e->type == SMTPAUTH_NEED_ANSWER) {
        size_t len = events.len - before;
        if (before - h->asked_at != len || memcmp(events.data + before, events.data + h->asked_at, len) != 0)
            fail("a question that changed");
        events.len = before;
    } else if (e->type < SMTPAUTH_NOTE_DATA)
        h->asked_at = before;
}

static void misuse(host *h)
{
    smtpauth_io none = {NULL, 0, NULL, 0};
    smtpauth_event e;
    uint32_t what = chance(40), odds = chance(8);
    if (what == 0)
        smtpauth_server_answer(h->s, &h->io, (uint16_t)chance(200));
    else if (what == 1)
        smtpauth_server_say(h->s, &h->io, (uint16_t)(200 + chance(400)), NULL, NULL, 0);
    else if (what == 2) {
        int32_t result = smtpauth_server_tls_started(h->s, &h->io, chance(2));
        if (result != SMTPAUTH_E_STATE && h->last != SMTPAUTH_NEED_TLS)
            fail("TLS before NEED_TLS");
    } else if (what == 3 && odds < 2)
        smtpauth_server_close(h->s, &h->io, (uint16_t)chance(160));
    else if (what == 4 && odds == 0)
        smtpauth_server_step(h->s, chance(2) ? &none : NULL, &e);
    else if (what == 5 && odds == 0)
        h->io.avail_in = chance((uint32_t)h->io.avail_in + 1);
    else if (what == 6 && odds == 0)
        smtpauth_server_tls_failed(h->s);
    else if (what == 7 && smtpauth_server_verdict(h->s, &none, SMTPAUTH_ACCEPTED, NULL, 0) == SMTPAUTH_DONE)
        fail("a verdict without a window");
    if (h->io.avail_out < 512)
        flush(h);
}

static void need_tls(host *h)
{
    flush(h);
    size_t left = script.len - h->fed;
    if (h->play == MISUSED && left > 0 && chance(2)) { /* more of the plaintext drips in */
        feed(h, 1 + chance((uint32_t)(left < 9 ? left : 9)));
        if (chance(2))
            return;
    }
    if (smtpauth_server_tls_started(h->s, &h->io, next_plan(h, 8) == 0) == SMTPAUTH_DONE && h->io.avail_in > 0)
        fail("plaintext under TLS");
    h->may_be_in = false;
}

static void play(int how, uint64_t plan)
{
    host h = {0};
    h.play = how;
    h.plan = plan;
    h.s = malloc(sizeof *h.s);
    h.oracle.wanted = 1; /* the greeting */
    replies.len = events.len = bodies.len = 0;
    if (smtpauth_server_init(h.s, sizeof *h.s, &policy, is_trusted ? SMTPAUTH_TRUSTED : 0, NULL, 0) !=
        SMTPAUTH_DONE)
        fail("init");
    flush(&h);
    feed(&h, 0);
    for (uint32_t steps = 0;; steps++) {
        smtpauth_event e;
        memset(&e, 0xA5, sizeof e); /* what step leaves unset shows */
        uint16_t type = smtpauth_server_step(h.s, &h.io, &e);
        h.last = type;
        check(&h, type);
        if (steps > 200000)
            fail("endless");
        if (type == SMTPAUTH_CLOSED)
            break;
        if (type == SMTPAUTH_NEED_INPUT)
            need_input(&h);
        else if (type == SMTPAUTH_NEED_OUTPUT)
            flush(&h);
        else if (type == SMTPAUTH_NOTE_DATA) {
            put(&bodies, e.data.data, e.data.len);
            h.message += e.data.len;
        } else if (type == SMTPAUTH_NEED_TLS)
            need_tls(&h);
        else {
            if (!h.is_damaged)
                event_came(&h, &e);
            if (type == SMTPAUTH_NOTE_RESET)
                h.message = 0;
            if (type < SMTPAUTH_NOTE_DATA && (chance(8) > 0 || type == SMTPAUTH_NEED_ANSWER))
                answer(&h, &e);
        }
        if (how == MISUSED)
            misuse(&h);
        if (chance(4) == 0)
            feed(&h, 0); /* the window moves */
        if (chance(how == DAMAGED ? 1 : 8) == 0)
            copy(&h);
    }
    flush(&h);
    check(&h, SMTPAUTH_CLOSED);
    free(h.in);
    free(h.out);
    free(h.s);
}

static void same(const octets *a, const octets *b, const char *what)
{
    if (a->len != b->len || (a->len > 0 && memcmp(a->data, b->data, a->len) != 0)) {
        dump("expected", a);
        fail(what);
    }
}

int main(int argc, char **argv)
{
    uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 0) : 500,
             seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    if (__sanitizer_set_death_callback != NULL)
        __sanitizer_set_death_callback(tell_seed);
    octets first[3] = {{NULL, 0, 0}};
    for (uint64_t i = 0; i < rounds; i++) {
        seed_chance(seed + i);
        make_policy();
        make_script();
        uint64_t plan = chance(UINT32_MAX);
        for (int how = 0; how < PLAYS; how++) {
            const octets *now[] = {&replies, &events, &bodies};
            static const char *const what[] = {"replies differ", "events differ", "messages differ"};
            play(how, plan);
            for (size_t k = 0; k < 3 && how <= WHOLE; k++) {
                if (how == BY_OCTET) {
                    first[k].len = 0;
                    put(&first[k], now[k]->data, now[k]->len);
                } else
                    same(&first[k], now[k], what[k]);
            }
        }
        round_passed();
    }
    for (size_t k = 0; k < 3; k++)
        free(first[k].data);
    octets *const all[] = {&script, &walls, &replies, &events, &bodies};
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
        free(all[k]->data);
    report();
    return 0;
}
