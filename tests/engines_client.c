/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* The client's host: makes up messages and envelopes, has credentials, remembers what it was told of each message. */

#include "engines.h"

#include "chance.h"
#include "rows.h"

#include <stdio.h>
#include <string.h>

static void make_message(engines_message *m)
{
    static const char *const starts[] = {".", "..", "", "Subject: x", "a.", "\xC3\xA4"};
    memset(m, 0, sizeof *m);
    if (chance(8) != 0)
        snprintf(m->sender, sizeof m->sender, "user%u@example.test", (unsigned)chance(100));
    m->recipients = chance(10) == 0 ? chance(ENGINES_RECIPIENTS_MAX) : 1 + chance(3);
    unsigned lines = chance(4) == 0 ? chance(200) : chance(6);
    for (unsigned i = 0; i < lines; i++) {
        const char *start = starts[chance(6)];
        size_t len = strlen(start), fill = chance(10) ? chance(20) : chance(1200);
        if (m->len + len + fill + 2 > sizeof m->text)
            break;
        memcpy(m->text + m->len, start, len);
        memset(m->text + m->len + len, 'x', fill);
        m->len += len + fill;
        memcpy(m->text + m->len, "\r\n", 2);
        m->len += 2;
    }
    if (m->len > 2 && chance(5) == 0)
        m->len -= 2; /* no line end at its end */
}

static void make_binary(engines_message *m)
{
    m->len = chance(3000);
    for (size_t i = 0; i < m->len; i++)
        m->text[i] = (uint8_t)chance(chance(2) ? 256 : 16);
}

static void answer_envelope(void)
{
    smtpauth_envelope env;

    memset(&env, 0, sizeof env);
    env.size = sizeof env;
    env.sender = view_of(w.given.sender);
    env.body = w.given.body;
    env.octets = chance(2) ? w.given.len : 0;
    uint32_t offers = smtpauth_client_offers(&w.client);
    if ((offers & SMTPAUTH_EXT_DSN) && chance(2))
        env.ret = SMTPAUTH_RET_HDRS;
    if ((offers & SMTPAUTH_EXT_SMTPUTF8) && chance(2))
        env.is_utf8 = true;
    if ((offers & SMTPAUTH_EXT_MT_PRIORITY) && chance(2)) {
        env.has_priority = true;
        env.priority = (int8_t)((int)chance(19) - 9);
    }
    (void)smtpauth_client_envelope(&w.client, &w.c.io, &env);
}

static void ask_envelope(const smtpauth_client_event *e)
{
    if (e->why == SMTPAUTH_WHY_FIRST && w.messages == w.messages_max) {
        (void)smtpauth_client_envelope(&w.client, &w.c.io, NULL);
        return;
    }
    if (e->why == SMTPAUTH_WHY_FIRST) {
        make_message(&w.given);
        bool may_binary = (smtpauth_client_offers(&w.client) & SMTPAUTH_EXT_BINARYMIME) &&
                          !(w.config.flags & SMTPAUTH_CLIENT_NO_CHUNKING);
        if (may_binary && chance(2)) {
            w.given.body = SMTPAUTH_BODY_BINARYMIME;
            make_binary(&w.given);
        } else if (chance(2)) {
            w.given.body = SMTPAUTH_BODY_8BITMIME;
        }
        if (e->index != w.messages)
            engines_broken("index of an envelope");
        w.messages++;
    }
    memset(w.given.fate, 0, sizeof w.given.fate);
    answer_envelope();
}

static void ask_recipient(uint32_t index)
{
    char address[64];
    smtpauth_recipient to;
    memset(&to, 0, sizeof to);
    to.size = sizeof to;
    if (index >= w.given.recipients) {
        (void)smtpauth_client_recipient(&w.client, &w.c.io, NULL);
        return;
    }
    snprintf(address, sizeof address, "r%u@example.test", (unsigned)index);
    to.address = view_of(address);
    if ((smtpauth_client_offers(&w.client) & SMTPAUTH_EXT_DSN) && chance(2))
        to.notify = SMTPAUTH_NOTIFY_NEVER;
    (void)smtpauth_client_recipient(&w.client, &w.c.io, &to);
}

static void ask_message(uint64_t at)
{
    size_t taken, left = w.given.len - (size_t)at;
    if (left > 0) {
        size_t len = chance(3) ? left : chance((uint32_t)left) + 1;
        if (smtpauth_client_data(&w.client, &w.c.io, w.given.text + at, len, &taken) != SMTPAUTH_DONE)
            engines_broken("data");
    } else if (smtpauth_client_data_end(&w.client, &w.c.io) == SMTPAUTH_E_OUTPUT) {
        engines_flush(&w.c, &w.to_server);
    }
}

static void give_credentials(void)
{
    smtpauth_credentials who;
    memset(&who, 0, sizeof who);
    who.size = sizeof who;
    who.identity = view_of("alice");
    who.secret = view_of(w.secret);
    who.is_token = w.kind == SMTPAUTH_KIND_TOKEN;
    if (w.kind == SMTPAUTH_KIND_NONE)
        who.secret.len = 0;
    who.binding_type = view_of("tls-exporter");
    who.binding.data = engines_binding;
    who.binding.len = sizeof engines_binding;
    if (!(smtpauth_client_is(&w.client) & SMTPAUTH_IS_TLS))
        who.binding_type.len = who.binding.len = 0;
    (void)smtpauth_client_credentials(&w.client, &w.c.io, &who);
}

static void ask_credentials(const smtpauth_client_event *e)
{
    static const uint8_t kinds[] = {SMTPAUTH_KIND_PASSWORD, SMTPAUTH_KIND_TOKEN, SMTPAUTH_KIND_NONE};
    if (e->why != SMTPAUTH_WHY_AGAIN) {
        if (w.may_be_wrong && chance(8) == 0) {
            (void)smtpauth_client_credentials(&w.client, &w.c.io, NULL);
            return;
        }
        do
            w.kind = kinds[chance(3)];
        while (!(w.kind & e->kinds));
        bool is_right = !w.may_be_wrong || chance(2) == 0;
        if (is_right)
            snprintf(w.secret, sizeof w.secret, "%s", engines_password);
        else
            snprintf(w.secret, sizeof w.secret, "wrong%u", (unsigned)chance(3));
    }
    give_credentials();
}

static void client_note(const smtpauth_client_event *e)
{
    uint32_t index = e->index;
    switch (e->type) {
    case SMTPAUTH_NOTE_RECIPIENT:
        if (index >= w.given.recipients)
            engines_broken("a note for nobody");
        else
            w.given.fate[index] = e->fate;
        break;
    case SMTPAUTH_NOTE_DELIVERY:
        if (w.delivered[index] != (e->fate == SMTPAUTH_FATE_ACCEPTED))
            engines_broken("another fate of a delivery");
        break;
    case SMTPAUTH_NOTE_MESSAGE:
        w.done++;
        w.accepted_for_client += e->fate == SMTPAUTH_FATE_ACCEPTED;
        if (e->fate == SMTPAUTH_FATE_UNKNOWN)
            engines_broken("a fate is unknown");
        if (w.done != w.messages)
            engines_broken("a message without its note");
        break;
    case SMTPAUTH_NOTE_ERROR:
        engines_broken(smtpauth_reason_words(e->reason, SMTPAUTH_WORDS_NAME));
        break;
    case SMTPAUTH_NOTE_AUTH:
        if (e->reason == SMTPAUTH_REASON_AUTHENTICATED &&
            !(smtpauth_server_is(&w.server) & SMTPAUTH_IS_AUTHENTICATED))
            engines_broken("believed to be in");
        break;
    default:
        break;
    }
}

void engines_client_turn(void)
{
    smtpauth_client_event e;
    uint16_t type = smtpauth_client_step(&w.client, &w.c.io, &e);
    switch (type) {
    case SMTPAUTH_NEED_INPUT:
        engines_flush(&w.c, &w.to_server);
        w.c.wants_input = true;
        break;
    case SMTPAUTH_NEED_OUTPUT:
        engines_flush(&w.c, &w.to_server);
        break;
    case SMTPAUTH_NEED_TLS:
        w.c.wants_tls = true;
        break;
    case SMTPAUTH_CLOSED:
        engines_flush(&w.c, &w.to_server);
        w.c.is_closed = true;
        break;
    case SMTPAUTH_ASK_CREDENTIALS:
        ask_credentials(&e);
        break;
    case SMTPAUTH_ASK_ENVELOPE:
        ask_envelope(&e);
        break;
    case SMTPAUTH_ASK_RECIPIENT:
        ask_recipient(e.index);
        break;
    case SMTPAUTH_ASK_MESSAGE:
        ask_message(e.size);
        break;
    case SMTPAUTH_ASK_STARTTLS:
        (void)smtpauth_client_answer(&w.client, &w.c.io, chance(3) ? SMTPAUTH_REASON_OK : 0);
        break;
    case SMTPAUTH_NEED_ANSWER:
        if (e.asked == SMTPAUTH_ASK_CREDENTIALS)
            give_credentials();
        else
            (void)smtpauth_client_answer(&w.client, &w.c.io, 0);
        engines_flush(&w.c, &w.to_server);
        break;
    default:
        client_note(&e);
        break;
    }
}
