/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The report for a program: one JSON object on one line. `result` is sent, partial, unknown or not-sent; `cause` and
 * `action` are the words of advice.h.
 */

#include "report.h"
#include "words.h"

#include <stdio.h>
#include <sysexits.h>

static void name(const char *key)
{
    printf(", \"%s\": ", key);
}

static void string(const char *key, const char *text)
{
    name(key);
    words_print_json(stdout, words_of(text));
}

static void boolean(const char *key, bool value)
{
    name(key);
    fputs(value ? "true" : "false", stdout);
}

/* Begins an object: `code` and `enhanced` are there in all of them, null where there is none. */
static void open_object(uint16_t code, uint16_t enhanced_class, uint16_t subject, uint16_t detail)
{
    fputs("{\"code\": ", stdout);
    if (code != 0)
        printf("%u", code);
    else
        fputs("null", stdout);
    name("enhanced");
    if (enhanced_class != 0)
        printf("\"%u.%u.%u\"", enhanced_class, subject, detail);
    else
        fputs("null", stdout);
}

static void print_lines(const struct refusal *refusal)
{
    smtpauth_view rest = {refusal->words, refusal->words_len}, line;
    const char *between = "";
    name("server_said");
    putchar('[');
    while (words_next_line(&rest, &line)) {
        fputs(between, stdout);
        words_print_json(stdout, line);
        between = ", ";
    }
    putchar(']');
}

static void print_provider(const struct refusal *refusal)
{
    static const struct {
        const char *key;
        uint8_t column;
    } columns[] = {{"provider", SMTPAUTH_PROVIDER_ID},
                   {"provider_title", SMTPAUTH_PROVIDER_TITLE},
                   {"provider_remedy", SMTPAUTH_PROVIDER_REMEDY}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns && refusal->provider != 0; i++)
        string(columns[i].key,
               smtpauth_provider_words(smtpauth_providers, refusal->provider, columns[i].column));
}

static void print_refusal(const struct report *report, const char *key, const struct refusal *refusal)
{
    const smtpauth_refusal *what = &refusal->what;
    name(key);
    if (what->reason == 0) {
        fputs("null", stdout);
        return;
    }
    open_object(what->code, what->enhanced_class, what->enhanced_subject, what->enhanced_detail);
    string("phase", report_phase_name(what->phase));
    string("mechanism", report_mechanism(report, refusal));
    string("reason", smtpauth_reason_words(what->reason, SMTPAUTH_WORDS_NAME));
    string("cause", smtpauth_cause_name(refusal->cause));
    string("action", smtpauth_action_name(refusal->action));
    boolean("same_secret_may_retry", refusal->same_secret);
    name("wait_s");
    printf("%lu", (unsigned long)refusal->wait_s);
    string("title", smtpauth_reason_words(what->reason, SMTPAUTH_WORDS_TITLE));
    string("meaning", smtpauth_reason_words(what->reason, SMTPAUTH_WORDS_MEANING));
    string("when_seen", smtpauth_reason_words(what->reason, SMTPAUTH_WORDS_SEEN));
    string("how_to_fix", smtpauth_reason_words(what->reason, SMTPAUTH_WORDS_FIX));
    print_provider(refusal);
    print_lines(refusal);
    putchar('}');
}

static void print_recipients(const struct report *report)
{
    name("recipients");
    putchar('[');
    for (size_t i = 0; i < report->options->recipients.count; i++) {
        const struct fate *fate = &report->recipients[i];
        fputs(i > 0 ? ", " : "", stdout);
        open_object(fate->code, fate->enhanced_class, fate->enhanced_subject, fate->enhanced_detail);
        string("address", report->options->recipients.items[i]);
        string("fate", report_fate_name(fate->fate));
        name("words");
        words_print_json(stdout, (smtpauth_view){fate->words, fate->words_len});
        putchar('}');
    }
    putchar(']');
}

static const char *result(const struct report *report)
{
    if (report_status(report) == EX_OK)
        return "sent";
    if (report_is_accepted(report))
        return "partial";
    return report->fate == SMTPAUTH_FATE_UNKNOWN ? "unknown" : "not-sent";
}

void report_print_json(const struct report *report)
{
    const struct options *options = report->options;
    bool is_nobodys = !report_is_accepted(report) && report->fate != SMTPAUTH_FATE_UNKNOWN;
    printf("{\"result\": \"%s\", \"exit\": %d", result(report), report_status(report));
    string("server", options->host);
    string("port", options->port);
    string("tls", report->tls);
    string("logged_in_by", report->mechanism);
    boolean("may_resend", is_nobodys && (report->may_resend || report_status(report) == EX_TEMPFAIL));
    string("fault", report->fault);
    string("no_login", report->login);
    string("closed", smtpauth_reason_words(report->why, SMTPAUTH_WORDS_NAME));
    print_refusal(report, "first", &report->first);
    print_refusal(report, "last", &report->last);
    print_recipients(report);
    fputs("}\n", stdout);
}
