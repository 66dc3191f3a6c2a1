/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The report for a person: what happened in one line, what the server said, who got it, whether it may be sent again, and
 * what helps. Strangers' words go through words.h.
 */

#include "report.h"
#include "words.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

static void print_code(uint16_t code, uint16_t enhanced_class, uint16_t subject, uint16_t detail)
{
    fprintf(stderr, "%u", code);
    if (enhanced_class != 0)
        fprintf(stderr, " %u.%u.%u", enhanced_class, subject, detail);
}

static void print_refusal_code(const struct refusal *refusal)
{
    const smtpauth_refusal *what = &refusal->what;
    if (what->code != 0)
        print_code(what->code, what->enhanced_class, what->enhanced_subject, what->enhanced_detail);
    else
        fputs(smtpauth_reason_words(what->reason, SMTPAUTH_WORDS_NAME), stderr);
}

static void print_place(const struct report *report, const struct refusal *refusal)
{
    const char *mechanism = report_mechanism(report, refusal);
    fprintf(stderr, "%s%s%s", report_phase_name(refusal->what.phase), *mechanism != '\0' ? " " : "", mechanism);
}

static bool has_two(const struct report *report)
{
    const smtpauth_refusal *first = &report->first.what, *last = &report->last.what;
    return first->phase != last->phase || first->code != last->code || first->reason != last->reason ||
           first->mechanism != last->mechanism;
}

/* "530 5.7.0 at MAIL, because AUTH PLAIN got 535 5.7.8" */
static void print_cause(const struct report *report)
{
    const struct refusal *first = &report->first, *last = &report->last;
    if (first->what.reason == 0)
        return;
    fputs("  ", stderr);
    if (has_two(report)) {
        print_refusal_code(last);
        fputs(" at ", stderr);
        print_place(report, last);
        fputs(", because ", stderr);
        print_place(report, first);
        fputs(" got ", stderr);
        print_refusal_code(first);
    } else {
        print_refusal_code(first);
        if (*report_phase_name(first->what.phase) != '\0')
            fputs(" at ", stderr);
        print_place(report, first);
    }
    putc('\n', stderr);
}

static void print_words(const struct report *report, const struct refusal *refusal)
{
    smtpauth_view rest = {refusal->words, refusal->words_len}, line;
    if (rest.len == 0)
        return;
    fputs("\nThe server said to ", stderr);
    print_place(report, refusal);
    fputs(":\n", stderr);
    while (words_next_line(&rest, &line)) {
        fputs("    ", stderr);
        words_print(stderr, line);
        putc('\n', stderr);
    }
}

static void print_recipients(const struct report *report)
{
    const struct options *options = report->options;
    putc('\n', stderr);
    for (size_t i = 0; i < options->recipients.count; i++) {
        const struct fate *fate = &report->recipients[i];
        bool is_asked = fate->code != 0 || fate->reason != 0 || fate->fate == SMTPAUTH_FATE_UNKNOWN;
        fprintf(stderr, "%-9s ", is_asked ? report_fate_name(fate->fate) : "not sent");
        words_print(stderr, words_of(options->recipients.items[i]));
        if (fate->code != 0) {
            fputs("  (", stderr);
            print_code(fate->code, fate->enhanced_class, fate->enhanced_subject, fate->enhanced_detail);
            putc(' ', stderr);
            words_print(stderr, (smtpauth_view){fate->words, fate->words_len});
            putc(')', stderr);
        } else if (fate->reason != 0) {
            fprintf(stderr, "  (%s)", smtpauth_reason_words(fate->reason, SMTPAUTH_WORDS_TITLE));
        }
        putc('\n', stderr);
    }
}

static void print_resend(const struct report *report)
{
    fputs("\nMay it be sent again? ", stderr);
    if (report_is_accepted(report))
        fputs("Only to those who have not got it.\n", stderr);
    else if (report->fate == SMTPAUTH_FATE_UNKNOWN)
        fputs("It may have been taken: sent again, it may arrive twice.\n", stderr);
    else if (report_status(report) == EX_TEMPFAIL)
        fputs("Yes, as it is, later.\n", stderr);
    else if (report->may_resend)
        fputs("Yes, once that is mended: nobody has got it.\n", stderr);
    else
        fputs("Not as it is: nobody has got it, and it would be refused again.\n", stderr);
}

/* A paragraph, folded behind its label. */
static void print_paragraph(const char *label, const char *text)
{
    enum { WIDTH = 100, INDENT = 17 };
    size_t column = INDENT;
    fprintf(stderr, "  %-*s", INDENT - 2, label);
    for (const char *word = text; *word != '\0';) {
        size_t len = strcspn(word, " ");
        if (column + len > WIDTH && column > INDENT) {
            fprintf(stderr, "\n%*s", INDENT, "");
            column = INDENT;
        }
        fprintf(stderr, "%s%.*s", column > INDENT ? " " : "", (int)len, word);
        column += len + 1;
        word += len + strspn(word + len, " ");
    }
    putc('\n', stderr);
}

static void print_advice(const struct report *report)
{
    const struct refusal *first = &report->first;
    uint16_t reason = first->what.reason != 0 ? first->what.reason : report->why;
    if (reason == 0 || reason == SMTPAUTH_REASON_BYE ||
        *smtpauth_reason_words(reason, SMTPAUTH_WORDS_TITLE) == '\0')
        return;
    fprintf(stderr, "\n%s\n", smtpauth_reason_words(reason, SMTPAUTH_WORDS_TITLE));
    print_paragraph("what it means", smtpauth_reason_words(reason, SMTPAUTH_WORDS_MEANING));
    print_paragraph("when seen", smtpauth_reason_words(reason, SMTPAUTH_WORDS_SEEN));
    print_paragraph("how to fix it", smtpauth_reason_words(reason, SMTPAUTH_WORDS_FIX));
    if (reason == SMTPAUTH_REASON_REJECTED_BEFORE)
        print_paragraph("", "If the server would take it now: --forget.");
    if (first->provider != 0) {
        fprintf(stderr, "  %s:\n",
                smtpauth_provider_words(smtpauth_providers, first->provider, SMTPAUTH_PROVIDER_TITLE));
        print_paragraph("",
                        smtpauth_provider_words(smtpauth_providers, first->provider, SMTPAUTH_PROVIDER_REMEDY));
    }
    if (first->wait_s != 0)
        fprintf(stderr, "  The server says to wait %lu seconds.\n", (unsigned long)first->wait_s);
}

static const char *headline(const struct report *report)
{
    if (report_is_accepted(report))
        return "sent, but not to all";
    return report->fate == SMTPAUTH_FATE_UNKNOWN ? "perhaps sent" : "not sent";
}

/* All is well, but a login that was wanted was none. */
static void print_missing_login(const struct report *report)
{
    const struct refusal *refusal = report_login_refusal(report);
    if (report->mechanism[0] != '\0' || (refusal == NULL && report->login[0] == '\0'))
        return;
    fputs("send: note: sent without a login: ", stderr);
    if (refusal == NULL) {
        words_print(stderr, words_of(report->login));
    } else if (refusal->what.code == 0) {
        fputs(smtpauth_reason_words(refusal->what.reason, SMTPAUTH_WORDS_TITLE), stderr);
    } else {
        print_place(report, refusal);
        fputs(" got ", stderr);
        print_refusal_code(refusal);
    }
    putc('\n', stderr);
}

void report_print(const struct report *report)
{
    if (report_status(report) == EX_OK) {
        print_missing_login(report);
        return;
    }
    fprintf(stderr, "send: %s%s", headline(report), report->fault[0] != '\0' ? ": " : "");
    words_print(stderr, words_of(report->fault));
    putc('\n', stderr);
    print_cause(report);
    if (report->login[0] != '\0') {
        fputs("  No login was offered: ", stderr);
        words_print(stderr, words_of(report->login));
        putc('\n', stderr);
    }
    print_words(report, &report->first);
    if (has_two(report))
        print_words(report, &report->last);
    print_recipients(report);
    print_resend(report);
    if (report->status == EX_OK)
        print_advice(report);
}
