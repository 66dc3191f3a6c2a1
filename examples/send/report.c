/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

bool report_begin(struct report *report, const struct options *options)
{
    memset(report, 0, sizeof *report);
    report->options = options;
    report->may_resend = true; /* nothing was sent yet */
    report->recipients = calloc(options->recipients.count, sizeof *report->recipients);
    return report->recipients != NULL;
}

void report_end(struct report *report)
{
    free(report->recipients);
    report->recipients = NULL;
}

void report_fail(struct report *report, int status, const char *format, ...)
{
    if (report->status != EX_OK)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(report->fault, sizeof report->fault, format, arguments);
    va_end(arguments);
    report->status = status;
}

/* ---- Notes ---- */

/* Keeps the last lines that fit. */
static void keep_words(struct refusal *refusal, smtpauth_view raw)
{
    const uint8_t *end = raw.data + raw.len;
    if (raw.len > sizeof refusal->words) {
        const uint8_t *line = memchr(end - sizeof refusal->words, '\n', sizeof refusal->words);
        raw.data = line != NULL && line + 1 < end ? line + 1 : end - sizeof refusal->words;
        raw.len = (size_t)(end - raw.data);
    }
    if (raw.len > 0)
        memcpy(refusal->words, raw.data, raw.len);
    refusal->words_len = raw.len;
}

static void note_refusal(struct report *report, const smtpauth_client_event *event)
{
    size_t at = report->refusal_count < REPORT_REFUSALS_MAX ? report->refusal_count++ : REPORT_REFUSALS_MAX - 1;
    struct refusal *refusal = &report->refusals[at];
    memset(refusal, 0, sizeof *refusal);
    refusal->what.phase = (uint8_t)event->phase;
    refusal->what.code = event->code;
    refusal->what.reason = event->reason;
    refusal->cause = event->cause;
    refusal->action = event->action;
    refusal->provider = event->provider;
    refusal->wait_s = event->wait_s;
    refusal->same_secret = event->same_secret;
    keep_words(refusal, event->raw);
}

static void note_fate(struct fate *fate, const smtpauth_client_event *event)
{
    fate->fate = event->fate;
    fate->code = event->code;
    fate->enhanced_class = event->enhanced_class;
    fate->enhanced_subject = event->enhanced_subject;
    fate->enhanced_detail = event->enhanced_detail;
    fate->reason = event->reason;
    fate->words_len = event->text.len < sizeof fate->words ? event->text.len : sizeof fate->words;
    if (fate->words_len > 0)
        memcpy(fate->words, event->text.data, fate->words_len);
}

/* The index-th of those whom RCPT accepted. */
static struct fate *nth_accepted(const struct report *report, uint32_t index)
{
    for (size_t i = 0; i < report->options->recipients.count; i++) {
        struct fate *fate = &report->recipients[i];
        if ((fate->is_final || fate->fate == SMTPAUTH_FATE_ACCEPTED) && index-- == 0)
            return fate;
    }
    return NULL;
}

static void note_delivery(struct report *report, const smtpauth_client_event *event)
{
    struct fate *fate = nth_accepted(report, event->index);
    if (fate == NULL)
        return;
    note_fate(fate, event);
    fate->is_final = true;
}

void report_note(struct report *report, const smtpauth_client_event *event)
{
    switch (event->type) {
    case SMTPAUTH_NOTE_ADVICE:
        note_refusal(report, event);
        break;
    case SMTPAUTH_NOTE_RECIPIENT:
        if (event->index < report->options->recipients.count)
            note_fate(&report->recipients[event->index], event);
        break;
    case SMTPAUTH_NOTE_DELIVERY:
        note_delivery(report, event);
        break;
    case SMTPAUTH_NOTE_MESSAGE:
        report->fate = event->fate;
        report->may_resend = event->may_resend;
        break;
    default:
        break;
    }
}

/* ---- What it comes to ---- */

static bool is_same(const smtpauth_refusal *a, const smtpauth_refusal *b)
{
    return a->phase == b->phase && a->code == b->code && a->reason == b->reason;
}

/* A refusal that the session kept, with the words that came with it. */
static struct refusal recall(const struct report *report, const smtpauth_client *client, uint8_t which)
{
    struct refusal refusal;
    smtpauth_refusal what;
    memset(&refusal, 0, sizeof refusal);
    if (client == NULL || smtpauth_client_refusal(client, which, &what) != SMTPAUTH_DONE || what.reason == 0)
        return refusal;
    refusal.cause = smtpauth_reason_cause(what.reason);
    refusal.action = smtpauth_reason_action(what.reason);
    for (size_t i = 0; i < report->refusal_count && what.code != 0; i++) {
        const size_t at = which == SMTPAUTH_REFUSAL_FIRST ? i : report->refusal_count - 1 - i;
        if (is_same(&report->refusals[at].what, &what)) {
            refusal = report->refusals[at];
            break;
        }
    }
    refusal.what = what;
    return refusal;
}

static uint16_t final_fate(const struct report *report, const struct fate *fate)
{
    uint16_t message = report->fate;
    if (message == 0) /* never begun */
        message = report_status(report) == EX_TEMPFAIL ? SMTPAUTH_FATE_LATER : SMTPAUTH_FATE_REFUSED;
    if (fate->is_final || (fate->fate != 0 && fate->fate != SMTPAUTH_FATE_ACCEPTED))
        return fate->fate;
    bool is_unheard = report->options->is_lmtp && message == SMTPAUTH_FATE_ACCEPTED;
    return is_unheard ? (uint16_t)SMTPAUTH_FATE_UNKNOWN : message;
}

void report_close(struct report *report, const smtpauth_client *client)
{
    report->first = recall(report, client, SMTPAUTH_REFUSAL_FIRST);
    report->last = recall(report, client, SMTPAUTH_REFUSAL_LAST);
    report->why = smtpauth_client_why(client);
    for (size_t i = 0; i < report->options->recipients.count; i++)
        report->recipients[i].fate = final_fate(report, &report->recipients[i]);
}

const struct refusal *report_login_refusal(const struct report *report)
{
    if (report->first.what.phase == SMTPAUTH_PHASE_AUTH)
        return &report->first;
    return report->last.what.phase == SMTPAUTH_PHASE_AUTH ? &report->last : NULL;
}

const char *report_mechanism(const struct report *report, const struct refusal *refusal)
{
    size_t count = 0;
    while (report->options->mechanisms[count] != NULL)
        count++;
    if (refusal->what.phase != SMTPAUTH_PHASE_AUTH || refusal->what.mechanism >= count)
        return "";
    return smtpauth_client_mechanism_name(report->options->mechanisms[refusal->what.mechanism]());
}

static size_t count_fate(const struct report *report, uint16_t fate)
{
    size_t count = 0;
    for (size_t i = 0; i < report->options->recipients.count; i++)
        count += report->recipients[i].fate == fate;
    return count;
}

bool report_is_accepted(const struct report *report)
{
    return report->fate == SMTPAUTH_FATE_ACCEPTED && count_fate(report, SMTPAUTH_FATE_ACCEPTED) > 0;
}

/* clang-format off */
/* The exit status of what the engine itself refused, or closed a session for. */
static int status_of_reason(uint16_t reason)
{
    switch (reason) {
    case SMTPAUTH_REASON_CONNECTION_LOST: case SMTPAUTH_REASON_TIMEOUT: case SMTPAUTH_REASON_SERVER_CLOSING:
    case SMTPAUTH_REASON_SHUTDOWN:
        return EX_TEMPFAIL;
    case SMTPAUTH_REASON_TLS_MISSING: case SMTPAUTH_REASON_NO_MECHANISM: case SMTPAUTH_REASON_TLS_FAILED:
    case SMTPAUTH_REASON_TLS_TOO_WEAK:
        return EX_CONFIG;
    case SMTPAUTH_REASON_REPLY_MALFORMED: case SMTPAUTH_REASON_REPLY_TOO_LONG:
    case SMTPAUTH_REASON_REPLY_UNEXPECTED: case SMTPAUTH_REASON_SERVER_UNPROVEN: case SMTPAUTH_REASON_INJECTED:
        return EX_PROTOCOL;
    case SMTPAUTH_REASON_REJECTED_BEFORE: case SMTPAUTH_REASON_AUTH_REQUIRED:
        return EX_NOPERM;
    case SMTPAUTH_REASON_BAD_SENDER: case SMTPAUTH_REASON_BAD_RECIPIENT: case SMTPAUTH_REASON_BAD_CONTENT:
    case SMTPAUTH_REASON_BARE_LF: case SMTPAUTH_REASON_MALFORMED: case SMTPAUTH_REASON_ARGUMENT:
        return EX_DATAERR;
    case SMTPAUTH_REASON_HOST_FAULT:
        return EX_SOFTWARE;
    default:
        return EX_UNAVAILABLE;
    }
}

/* ... of what a server refused for good. */
static int status_of_cause(const struct refusal *refusal)
{
    switch (refusal->cause) {
    case SMTPAUTH_CAUSE_AUTH_REQUIRED: case SMTPAUTH_CAUSE_BAD_CREDENTIALS: case SMTPAUTH_CAUSE_APP_PASSWORD_NEEDED:
    case SMTPAUTH_CAUSE_WEB_LOGIN_NEEDED: case SMTPAUTH_CAUSE_SMTP_AUTH_DISABLED:
    case SMTPAUTH_CAUSE_OAUTH_TOKEN_EXPIRED: case SMTPAUTH_CAUSE_PASSWORD_EXPIRED:
    case SMTPAUTH_CAUSE_ACCOUNT_DISABLED: case SMTPAUTH_CAUSE_RELAY_DENIED:
    case SMTPAUTH_CAUSE_NOT_PERMITTED_SENDER:
        return EX_NOPERM;
    case SMTPAUTH_CAUSE_TLS_REQUIRED: case SMTPAUTH_CAUSE_MECHANISM_UNSUPPORTED:
        return EX_CONFIG;
    case SMTPAUTH_CAUSE_TEMPORARY: case SMTPAUTH_CAUSE_RATE_LIMITED:
        return EX_TEMPFAIL;
    case SMTPAUTH_CAUSE_CLIENT_BUG:
        return EX_PROTOCOL;
    default:
        return refusal->what.phase == SMTPAUTH_PHASE_RCPT ? EX_NOUSER : EX_UNAVAILABLE;
    }
}
/* clang-format on */

static int status_of(const struct report *report)
{
    const struct refusal *first = &report->first;
    if (first->what.reason == 0)
        return status_of_reason(report->why);
    if (first->what.code == 0)
        return status_of_reason(first->what.reason);
    if (first->action == SMTPAUTH_ACTION_PROMPT_LOGIN)
        return EX_NOPERM; /* though some servers tell it as temporary: waiting does not cure it */
    if (first->what.code / 100 == 4)
        return EX_TEMPFAIL;
    int status = status_of_cause(first);
    bool is_for_later =
        report->fate == SMTPAUTH_FATE_LATER && (status == EX_NOUSER || status == EX_UNAVAILABLE);
    return is_for_later ? EX_TEMPFAIL : status;
}

int report_status(const struct report *report)
{
    if (report_is_accepted(report)) {
        bool is_all = count_fate(report, SMTPAUTH_FATE_ACCEPTED) == report->options->recipients.count;
        bool is_unknown = count_fate(report, SMTPAUTH_FATE_UNKNOWN) > 0;
        return is_all ? EX_OK : is_unknown ? EX_IOERR : EX_NOUSER;
    }
    if (report->fate == SMTPAUTH_FATE_UNKNOWN)
        return EX_IOERR;
    return report->status != EX_OK ? report->status : status_of(report);
}

/* ---- Names ---- */

const char *report_phase_name(uint16_t phase)
{
    static const char *const names[SMTPAUTH_PHASE_COUNT] = {
        "", "the greeting", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "the message's end"};
    return phase < SMTPAUTH_PHASE_COUNT ? names[phase] : "";
}

const char *report_fate_name(uint16_t fate)
{
    static const char *const names[] = {"unknown", "accepted", "refused", "later", "unknown"};
    return fate < sizeof names / sizeof *names ? names[fate] : "";
}
