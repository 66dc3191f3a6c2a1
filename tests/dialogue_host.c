/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* The host of a dialogue: its record of what it was asked and told. */

#include "dialogue.h"

#include <stdlib.h>
#include <string.h>

/* ---- Record ---- */

static void add_number(octets *out, const char *name, uint64_t value)
{
    char text[64];
    if (value == 0)
        return;
    snprintf(text, sizeof text, " %s=%llu", name, (unsigned long long)value);
    octets_text(out, text);
}

static void add_signed(octets *out, const char *name, int32_t value)
{
    char text[64];
    if (value == 0)
        return;
    snprintf(text, sizeof text, " %s=%d", name, (int)value);
    octets_text(out, text);
}

static void add_view(octets *out, const char *name, const smtpauth_view *view)
{
    if (view->len == 0)
        return;
    octets_text(out, " ");
    octets_text(out, name);
    octets_text(out, "=\"");
    octets_escaped(out, view->data, view->len);
    octets_text(out, "\"");
}

void dialogue_describe(octets *out, const smtpauth_event *e)
{
    add_number(out, "type", e->type);
    add_number(out, "asked", e->asked);
    add_number(out, "verb", e->verb);
    add_number(out, "reason", e->reason);
    add_number(out, "code", e->code);
    add_number(out, "attempt", e->attempt);
    add_number(out, "delay", e->delay_s);
    add_number(out, "index", e->index);
    add_number(out, "recipients", e->recipients);
    add_number(out, "faults", e->faults);
    add_number(out, "present", e->present);
    add_number(out, "size", e->size);
    add_number(out, "body", e->body);
    add_number(out, "ret", e->ret);
    add_number(out, "notify", e->notify);
    add_number(out, "by_mode", e->by_mode);
    add_signed(out, "by", e->by);
    add_signed(out, "priority", e->priority);
    add_number(out, "hold", e->hold);
    add_view(out, "hold_until", &e->hold_until);
    add_view(out, "envid", &e->envid);
    add_view(out, "orcpt", &e->orcpt);
    add_view(out, "solicit", &e->solicit);
    add_view(out, "line", &e->line);
    add_view(out, "secret", &e->secret);
    add_view(out, "mechanism", &e->mechanism);
    add_view(out, "identity", &e->identity);
    add_view(out, "authorization", &e->authorization);
    add_view(out, "password", &e->password);
    add_view(out, "name", &e->name);
    add_view(out, "path", &e->path);
    add_view(out, "local_part", &e->local_part);
    add_view(out, "domain", &e->domain);
    add_view(out, "parameters", &e->parameters);
    add_view(out, "auth", &e->auth);
    add_view(out, "response", &e->response);
    add_view(out, "binding", &e->binding);
    add_number(out, "has_response", e->has_response);
    add_number(out, "user", e->user);
}

static void add_word(octets *out, const smtpauth_view *view, const char *before)
{
    if (view->len == 0)
        return;
    octets_text(out, before);
    octets_add(out, view->data, view->len);
}

static void record_note(octets *out, const smtpauth_event *e)
{
    char text[64];
    switch (e->type) {
    case SMTPAUTH_NOTE_AUTH:
        snprintf(text, sizeof text, "auth %u", e->code);
        octets_text(out, text);
        add_word(out, &e->mechanism, " ");
        add_word(out, &e->identity, " ");
        add_word(out, &e->authorization, " as ");
        break;
    case SMTPAUTH_NOTE_ERROR:
        snprintf(text, sizeof text, e->code != 0 ? "error %u" : "error ", e->code);
        octets_text(out, text);
        if (e->code == 0)
            octets_text(out, smtpauth_reason_words(e->reason, SMTPAUTH_WORDS_NAME));
        break;
    case SMTPAUTH_NOTE_RESET:
        octets_text(out, "reset");
        break;
    default:
        return;
    }
    octets_text(out, "\n");
}

/* What MAIL's and RCPT's parameters came to, as their fields say. */
static void record_parameters(octets *out, const smtpauth_event *e)
{
    static const char *const rets[] = {"", " ret=FULL", " ret=HDRS"};
    static const char *const notices[] = {"NEVER", "SUCCESS", "FAILURE", "DELAY"};
    char text[64];
    octets_text(out, e->ret < 3 ? rets[e->ret] : " ret=?");
    add_word(out, &e->envid, " envid=");
    for (unsigned i = 0, n = 0; i < 4; i++) {
        if (e->notify >> i & 1) {
            octets_text(out, n++ == 0 ? " notify=" : ",");
            octets_text(out, notices[i]);
        }
    }
    add_word(out, &e->orcpt, " orcpt=");
    if (e->by_mode != 0) {
        snprintf(text, sizeof text, " by=%d;%s%s%s", (int)e->by, e->by_mode & SMTPAUTH_BY_RETURN ? "R" : "",
                 e->by_mode & SMTPAUTH_BY_NOTIFY ? "N" : "", e->by_mode & SMTPAUTH_BY_TRACE ? "T" : "");
        octets_text(out, text);
    }
    add_number(out, "hold", e->hold);
    add_word(out, &e->hold_until, " hold_until=");
    add_signed(out, "priority", e->priority);
    add_word(out, &e->solicit, " solicit=");
    if (e->present & SMTPAUTH_PARAM_REQUIRETLS)
        octets_text(out, " requiretls");
}

static void record_question(octets *out, const smtpauth_event *e)
{
    char text[64];
    switch (e->type) {
    case SMTPAUTH_ASK_PASSWORD:
    case SMTPAUTH_ASK_TOKEN:
    case SMTPAUTH_ASK_SECRET:
        octets_text(out, e->type == SMTPAUTH_ASK_PASSWORD ? "password "
                         : e->type == SMTPAUTH_ASK_TOKEN  ? "token "
                                                          : "secret ");
        octets_add(out, e->mechanism.data, e->mechanism.len);
        add_word(out, &e->identity, " ");
        add_word(out, &e->password, " ");
        add_word(out, &e->authorization, " as ");
        add_word(out, &e->binding, " by ");
        break;
    case SMTPAUTH_ASK_AUTHORIZE:
        octets_text(out, "authorize ");
        octets_add(out, e->mechanism.data, e->mechanism.len);
        add_word(out, &e->identity, " ");
        snprintf(text, sizeof text, " %llu", (unsigned long long)e->user);
        octets_text(out, text);
        break;
    case SMTPAUTH_ASK_EXTERNAL:
        octets_text(out, "external");
        add_word(out, &e->authorization, " as ");
        break;
    case SMTPAUTH_ASK_ANONYMOUS:
        octets_text(out, "anonymous");
        add_word(out, &e->name, " ");
        break;
    case SMTPAUTH_ASK_EXCHANGE:
        octets_text(out, "exchange ");
        octets_add(out, e->mechanism.data, e->mechanism.len);
        octets_text(out, e->has_response ? "" : " -");
        add_word(out, &e->response, " ");
        break;
    case SMTPAUTH_ASK_MAIL:
    case SMTPAUTH_ASK_RCPT:
        octets_text(out, e->type == SMTPAUTH_ASK_MAIL ? "mail" : "rcpt");
        add_word(out, &e->path, " ");
        record_parameters(out, e);
        break;
    case SMTPAUTH_ASK_VERIFY:
        octets_text(out, e->verb == SMTPAUTH_VERB_EXPN ? "expand" : "verify");
        add_word(out, &e->name, " ");
        if (e->present & SMTPAUTH_PARAM_SMTPUTF8)
            octets_text(out, " utf8");
        break;
    case SMTPAUTH_ASK_ETRN:
        octets_text(out, "etrn");
        add_word(out, &e->name, " ");
        break;
    case SMTPAUTH_ASK_XCLIENT:
        octets_text(out, "xclient");
        add_word(out, &e->parameters, " ");
        add_word(out, &e->identity, " as ");
        break;
    case SMTPAUTH_ASK_DATA:
        octets_text(out, "data");
        if (e->verb == SMTPAUTH_VERB_BDAT) {
            snprintf(text, sizeof text, " of %llu", (unsigned long long)e->size);
            octets_text(out, text);
        }
        break;
    case SMTPAUTH_ASK_MESSAGE:
        snprintf(text, sizeof text, "message %llu %u", (unsigned long long)e->size, e->recipients);
        octets_text(out, text);
        if (e->index > 0) {
            snprintf(text, sizeof text, " for %u", e->index);
            octets_text(out, text);
        }
        break;
    default:
        return;
    }
    octets_text(out, "\n");
}

static void record_line(dialogue_trace *trace, size_t written, const char *what)
{
    char text[48];
    snprintf(text, sizeof text, "@%zu", written);
    octets_text(&trace->events, text);
    octets_text(&trace->events, what);
}

void dialogue_record_end(dialogue_trace *trace)
{
    if (trace->span.len == 0)
        return;
    record_line(trace, trace->span_at, " data=\"");
    octets_escaped(&trace->events, trace->span.data, trace->span.len);
    octets_text(&trace->events, "\"\n");
    trace->span.len = 0;
}

void dialogue_record(dialogue_trace *trace, const smtpauth_event *event, size_t written)
{
    if (event->type == SMTPAUTH_NOTE_DATA) {
        if (trace->span.len == 0)
            trace->span_at = written;
        octets_add(&trace->span, event->data.data, event->data.len);
        octets_add(&trace->data, event->data.data, event->data.len);
        return;
    }
    dialogue_record_end(trace);
    record_line(trace, written, "");
    dialogue_describe(&trace->events, event);
    octets_text(&trace->events, "\n");
    record_note(&trace->notes, event);
    record_question(&trace->questions, event);
}

void dialogue_trace_free(dialogue_trace *trace)
{
    octets_free(&trace->events);
    octets_free(&trace->notes);
    octets_free(&trace->questions);
    octets_free(&trace->data);
    octets_free(&trace->span);
}
