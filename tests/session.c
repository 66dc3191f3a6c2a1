/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#include "session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- Octets ---- */

static void *allocate(size_t len)
{
    void *block = malloc(len);
    if (block == NULL && len != 0) {
        fputs("out of memory\n", stderr);
        exit(2);
    }
    return block;
}

void octets_add(octets *o, const void *data, size_t len)
{
    if (o->len + len + 1 > o->cap) {
        size_t cap = (o->len + len + 1) * 2;
        uint8_t *grown = allocate(cap);
        if (o->len != 0)
            memcpy(grown, o->data, o->len);
        free(o->data);
        o->data = grown;
        o->cap = cap;
    }
    if (len != 0)
        memcpy(o->data + o->len, data, len);
    o->len += len;
}

void octets_text(octets *o, const char *text)
{
    octets_add(o, text, strlen(text));
}

void octets_byte(octets *o, uint8_t byte, size_t times)
{
    while (times-- != 0)
        octets_add(o, &byte, 1);
}

void octets_escaped(octets *o, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char text[8];
        if (data[i] >= 32 && data[i] < 127 && data[i] != '\\')
            snprintf(text, sizeof text, "%c", data[i]);
        else if (data[i] == '\r' || data[i] == '\n')
            snprintf(text, sizeof text, "\\%c", data[i] == '\r' ? 'r' : 'n');
        else
            snprintf(text, sizeof text, "\\x%02x", data[i]);
        octets_text(o, text);
    }
}

/* Written here again, so that the tests' secrets do not come from the code that is tested. */
void octets_base64(octets *o, const void *data, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *in = data;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t bits = (uint32_t)in[i] << 16;
        if (i + 1 < len)
            bits |= (uint32_t)in[i + 1] << 8;
        if (i + 2 < len)
            bits |= in[i + 2];
        char quad[4] = {digits[bits >> 18], digits[bits >> 12 & 63], digits[bits >> 6 & 63], digits[bits & 63]};
        if (i + 1 >= len)
            quad[2] = '=';
        if (i + 2 >= len)
            quad[3] = '=';
        octets_add(o, quad, 4);
    }
}

const char *octets_string(octets *o)
{
    octets_add(o, "", 1);
    o->len--;
    return (const char *)o->data;
}

void octets_free(octets *o)
{
    free(o->data);
    memset(o, 0, sizeof *o);
}

/* ---- Windows ---- */

smtpauth_policy session_policy(uint32_t flags)
{
    static smtpauth_mechanism_fn *const mechanisms[] = {smtpauth_plain, smtpauth_login, NULL};
    smtpauth_policy policy;
    memset(&policy, 0, sizeof policy);
    policy.size = sizeof policy;
    policy.hostname = "mail.example.test";
    policy.mechanisms = mechanisms;
    policy.flags = flags;
    policy.secret = (const uint8_t *)"a secret for tests alone";
    policy.secret_len = 24;
    return policy;
}

static void fresh_output(session *s)
{
    if (s->out != NULL)
        memset(s->out, SESSION_POISON, s->out_len);
    free(s->out);
    s->out = allocate(s->out_cap);
    memset(s->out, SESSION_GARBAGE, s->out_cap);
    s->out_len = s->out_cap;
    s->io.next_out = s->out;
    s->io.avail_out = s->out_cap;
}

int32_t session_begin(session *s, const smtpauth_policy *policy, uint32_t flags, size_t out_cap)
{
    memset(s, 0, sizeof *s);
    memset(&s->server, SESSION_GARBAGE, sizeof s->server);
    s->out_cap = out_cap;
    s->in = allocate(0);
    s->io.next_in = s->in;
    fresh_output(s);
    return smtpauth_server_init(&s->server, sizeof s->server, policy, flags,
                                (const uint8_t *)"a seed for tests", 16);
}

void session_end(session *s)
{
    free(s->in);
    free(s->out);
    octets_free(&s->replies);
    memset(s, 0, sizeof *s);
}

void session_copy(session *copy, const session *s)
{
    memset(copy, 0, sizeof *copy);
    copy->server = s->server;
    copy->event = s->event;
    copy->out_cap = s->out_cap;
    copy->in = allocate(0);
    copy->io.next_in = copy->in;
    fresh_output(copy);
    session_feed(copy, s->io.next_in, s->io.avail_in);
}

void session_feed(session *s, const void *data, size_t len)
{
    size_t left = s->io.avail_in;
    uint8_t *block = allocate(left + len);
    if (left != 0)
        memcpy(block, s->io.next_in, left);
    if (len != 0)
        memcpy(block + left, data, len);
    if (s->in_len != 0)
        memset(s->in, SESSION_POISON, s->in_len);
    free(s->in);
    s->in = block;
    s->in_len = left + len;
    s->io.next_in = block;
    s->io.avail_in = left + len;
}

void session_text(session *s, const char *text)
{
    session_feed(s, text, strlen(text));
}

void session_move(session *s)
{
    session_feed(s, NULL, 0);
}

void session_flush(session *s)
{
    size_t written = (size_t)(s->io.next_out - s->out);
    octets_add(&s->replies, s->out, written);
    if (written != 0)
        fresh_output(s);
}

size_t session_written(const session *s)
{
    return s->replies.len + (size_t)(s->io.next_out - s->out);
}

bool session_replied(session *s, size_t from, const char *text)
{
    session_flush(s);
    size_t len = strlen(text);
    return s->replies.len >= from + len && memcmp(s->replies.data + from, text, len) == 0;
}

/* ---- Events ---- */

static bool is_all(const void *data, size_t len, uint8_t byte)
{
    const uint8_t *at = data;
    for (size_t i = 0; i < len; i++) {
        if (at[i] != byte)
            return false;
    }
    return true;
}

/* NEED_INPUT, NEED_OUTPUT, NEED_TLS and CLOSED write `type` alone, NOTE_DATA `type` and `data`. */
static const char *check_untouched(const smtpauth_event *event)
{
    smtpauth_event rest = *event;
    memset(&rest.type, SESSION_GARBAGE, sizeof rest.type);
    if (event->type == SMTPAUTH_NOTE_DATA)
        memset(&rest.data, SESSION_GARBAGE, sizeof rest.data);
    return is_all(&rest, sizeof rest, SESSION_GARBAGE) ? NULL : "event writes more than its type";
}

/* Takes out of a copy of the event what its type may use; the rest must be zero. */
static const char *check_zero(const smtpauth_event *event)
{
    smtpauth_event rest = *event;
    uint16_t type = event->type == SMTPAUTH_NEED_ANSWER ? event->asked : event->type;
    bool is_question = type >= 32 && type < 64;
#define USES(field) memset(&rest.field, 0, sizeof rest.field)
    USES(type);
    if (is_question && event->asked != type)
        return "asked is not the question";
    if (is_question) {
        USES(asked);
        USES(verb);
    }
    if (is_question && type >= SMTPAUTH_ASK_MAIL && type != SMTPAUTH_ASK_MESSAGE)
        USES(line); /* nothing in it is secret */
    if (is_question && type < SMTPAUTH_ASK_MAIL)
        USES(mechanism), USES(attempt);
    switch (type) {
    case SMTPAUTH_ASK_PASSWORD:
    case SMTPAUTH_ASK_TOKEN:
        USES(identity), USES(authorization), USES(password);
        break;
    case SMTPAUTH_ASK_SECRET:
        USES(identity), USES(authorization), USES(binding);
        break;
    case SMTPAUTH_ASK_AUTHORIZE:
        USES(identity), USES(user);
        break;
    case SMTPAUTH_ASK_EXTERNAL:
        USES(authorization);
        break;
    case SMTPAUTH_ASK_ANONYMOUS:
        USES(name);
        break;
    case SMTPAUTH_ASK_EXCHANGE:
        USES(response), USES(has_response);
        break;
    case SMTPAUTH_ASK_MAIL:
        USES(size), USES(body), USES(auth);
        USES(path), USES(local_part), USES(domain), USES(present), USES(parameters);
        USES(ret), USES(envid), USES(by), USES(by_mode), USES(hold), USES(hold_until), USES(priority);
        USES(solicit);
        break;
    case SMTPAUTH_ASK_RCPT:
        USES(index), USES(recipients), USES(notify), USES(orcpt);
        USES(path), USES(local_part), USES(domain), USES(present), USES(parameters);
        break;
    case SMTPAUTH_ASK_MESSAGE:
        USES(size), USES(recipients), USES(index), USES(faults), USES(body);
        break;
    case SMTPAUTH_ASK_DATA:
        USES(recipients);
        if (event->verb == SMTPAUTH_VERB_BDAT)
            USES(size);
        break;
    case SMTPAUTH_ASK_HELLO:
    case SMTPAUTH_ASK_ETRN:
        USES(name);
        break;
    case SMTPAUTH_ASK_VERIFY:
        USES(name), USES(present);
        break;
    case SMTPAUTH_ASK_XCLIENT:
        USES(parameters), USES(identity);
        break;
    case SMTPAUTH_NOTE_AUTH:
        USES(verb), USES(mechanism), USES(identity), USES(authorization), USES(reason), USES(code);
        USES(attempt), USES(delay_s);
        break;
    case SMTPAUTH_NOTE_ERROR:
        USES(verb), USES(reason), USES(code), USES(line), USES(secret), USES(faults);
        break;
    case SMTPAUTH_NOTE_LINE:
        USES(verb), USES(line), USES(secret);
        break;
    default:
        break;
    }
#undef USES
    /* An empty view may point anywhere. */
    smtpauth_view *views[] = {&rest.line,          &rest.secret,   &rest.mechanism,  &rest.identity,
                              &rest.authorization, &rest.password, &rest.name,       &rest.path,
                              &rest.local_part,    &rest.domain,   &rest.parameters, &rest.auth,
                              &rest.data,          &rest.response, &rest.binding,    &rest.envid,
                              &rest.orcpt,         &rest.solicit,  &rest.hold_until};
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        if (views[i]->len == 0)
            views[i]->data = NULL;
    }
    static const smtpauth_event nothing;
    const uint8_t *a = (const uint8_t *)&rest, *b = (const uint8_t *)&nothing;
    for (size_t i = 0; i < sizeof rest; i++) {
        if (a[i] != b[i]) {
            static char why[80];
            snprintf(why, sizeof why, "event %u has a field that it does not use, at octet %zu", type, i);
            return why;
        }
    }
    return NULL;
}

const char *session_step(session *s)
{
    memset(&s->event, SESSION_GARBAGE, sizeof s->event);
    uint16_t type = smtpauth_server_step(&s->server, &s->io, &s->event);
    if (type != s->event.type)
        return "step returns another type than the event's";
    switch (type) {
    case SMTPAUTH_NEED_INPUT:
    case SMTPAUTH_NEED_OUTPUT:
    case SMTPAUTH_NEED_TLS:
    case SMTPAUTH_CLOSED:
    case SMTPAUTH_NOTE_DATA:
        return check_untouched(&s->event);
    default:
        return check_zero(&s->event);
    }
}

uint16_t session_next(session *s)
{
    for (int i = 0; i < 1000; i++) {
        const char *wrong = session_step(s);
        if (wrong != NULL)
            fail_msg("%s", wrong);
        uint16_t type = s->event.type;
        if (type < 32)
            session_flush(s);
        if (type != SMTPAUTH_NEED_OUTPUT)
            return type;
    }
    fail_msg("NEED_OUTPUT without end");
    return 0;
}

uint16_t session_run(session *s)
{
    for (int i = 0; i < 100000; i++) {
        uint16_t type = session_next(s);
        if (type < 64)
            return type;
    }
    fail_msg("notes without end");
    return 0;
}

uint16_t session_say(session *s, const char *text)
{
    session_text(s, text);
    return session_run(s);
}

uint16_t session_until(session *s, const char *text, uint16_t stop)
{
    session_text(s, text);
    for (;;) {
        uint16_t type = session_run(s);
        if (type == stop || type < 32)
            return type;
        if (type == SMTPAUTH_ASK_PASSWORD)
            smtpauth_server_verdict(&s->server, &s->io, SMTPAUTH_ACCEPTED, NULL, 0);
        else
            smtpauth_server_answer(&s->server, &s->io, SMTPAUTH_REASON_OK);
    }
}
