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
    if (!client_next_is(p, "= "))
        client_wrong(p, "no answer", "");
    return client_take_line(p, "= ");
}

static void ask_credentials(player *p)
{
    char got[128];
    bool is_silent = p->event.why == SMTPAUTH_WHY_AGAIN && !client_next_is(p, "? credentials again");
    snprintf(got, sizeof got, "? credentials %s", why_name(p->event.why));
    if (is_silent) { /* the same views once more */
        static const char *const last[] = {"\n= login ", "\n= token ", "\n= as ", "\n= nobody ", "\n= name "};
        const char *found = NULL;
        for (size_t i = 0; i < sizeof last / sizeof *last; i++)
            for (const char *c = p->row->script; (c = strstr(c, last[i])) != NULL && c < p->at; c++)
                if (found == NULL || c > found)
                    found = c;
        if (found == NULL) {
            client_wrong(p, "nothing to repeat", got);
            return;
        }
        const char *at = p->at;
        p->at = found + 1;
        text again = client_take_line(p, "= ");
        p->at = at;
        (void)answer_credentials(p, again.data);
        free(again.data);
        return;
    }
    client_expect_line(p, "? credentials", got);
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
    client_expect_line(p, "? starttls", got);
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
    if (client_next_is(p, "? envelope"))
        client_expect_line(p, "? envelope", got);
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
    if (client_next_is(p, "? message")) {
        client_expect_line(p, "? message", "? message");
        text answer = take_answer(p);
        check(smtpauth_client_answer(p->client, &p->io, 0) == SMTPAUTH_DONE, p->row->name, "answer");
        free(answer.data);
        return;
    }
    size_t end = p->event.size < p->row->part ? p->row->part : len;
    if (p->event.size < len)
        (void)smtpauth_client_data(p->client, &p->io, (const uint8_t *)message + p->event.size,
                                   end - (size_t)p->event.size, &taken);
    else
        (void)smtpauth_client_data_end(p->client, &p->io);
}

void client_ask(player *p, uint16_t question)
{
    if (question == SMTPAUTH_ASK_CREDENTIALS)
        ask_credentials(p);
    else if (question == SMTPAUTH_ASK_STARTTLS)
        ask_starttls(p);
    else if (question == SMTPAUTH_ASK_ENVELOPE)
        ask_envelope(p);
    else if (question == SMTPAUTH_ASK_RECIPIENT)
        ask_recipient(p);
    else
        ask_message(p);
}

/* ---- Notes ---- */

const char *client_reason_name(uint16_t reason)
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
    int len = snprintf(out, cap, " cause=%u %s", first.code, client_reason_name(p->event.reason));
    if (memcmp(&first, &last, sizeof first) != 0)
        snprintf(out + len, cap - (size_t)len, " last=%u %s", last.code, client_reason_name(last.reason));
}

static void note(player *p, char *got, size_t cap)
{
    const smtpauth_client_event *e = &p->event;
    char refusals[160];
    switch (e->type) {
    case SMTPAUTH_NOTE_AUTH:
        snprintf(got, cap, "! auth %.*s %u %s", (int)e->mechanism.len, (const char *)e->mechanism.data, e->code,
                 client_reason_name(e->reason));
        if (e->fingerprint.len == SMTPAUTH_FINGERPRINT)
            memcpy(client_last_fingerprint, e->fingerprint.data, SMTPAUTH_FINGERPRINT);
        break;
    case SMTPAUTH_NOTE_RECIPIENT:
    case SMTPAUTH_NOTE_DELIVERY:
        snprintf(got, cap, "! %s %u %s %u%s%s", e->type == SMTPAUTH_NOTE_RECIPIENT ? "recipient" : "delivery",
                 (unsigned)e->index, fate_name(e->fate), e->code, e->code == 0 ? " " : "",
                 e->code == 0 ? client_reason_name(e->reason) : "");
        break;
    case SMTPAUTH_NOTE_MESSAGE:
        describe_refusals(p, refusals, sizeof refusals);
        snprintf(got, cap, "! message %s%s%s", fate_name(e->fate), refusals, e->may_resend ? " resend" : "");
        break;
    case SMTPAUTH_NOTE_ERROR:
        snprintf(got, cap, "! error %s", client_reason_name(e->reason));
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

void client_log_event(player *p, const char *words)
{
    client_append(&p->log, "\n[", 2);
    client_append(&p->log, words, strlen(words));
    client_append(&p->log, " ", 1);
    client_append(&p->log, p->event.raw.data, p->event.raw.len);
    client_append(&p->log, "|", 1);
    client_append(&p->log, p->event.text.data, p->event.text.len);
    client_append(&p->log, "]\n", 2);
}

void client_note(player *p)
{
    char got[256];
    note(p, got, sizeof got);
    client_log_event(p, got);
    bool is_scripted = got[0] == '!' && (p->event.type != SMTPAUTH_NOTE_ADVICE || p->row->is_advised);
    if (is_scripted)
        client_expect_line(p, "! ", got);
}
