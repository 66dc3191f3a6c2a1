/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* One reply: what it is, why it came, what to do. */

#include "explain.h"

#include <smtpauth/reason.h>
#include <string.h>

enum { INDENT = 14 };

size_t answer_unescape(char *out, const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\\' && i + 1 < len && text[i + 1] == 'n') {
            out[n++] = '\r';
            out[n++] = '\n';
            i++;
        } else {
            out[n++] = text[i];
        }
    return n;
}

smtpauth_advice answer_advise(const uint8_t *reply, size_t len, const smtpauth_situation *at)
{
    smtpauth_advice advice;
    memset(&advice, 0, sizeof advice);
    advice.size = sizeof advice;
    smtpauth_advise(reply, len, at, smtpauth_providers, &advice);
    return advice;
}

void answer_enhanced(const smtpauth_advice *advice, char *out)
{
    if (advice->enhanced_class == 0)
        out[0] = '\0';
    else
        snprintf(out, 16, "%u.%u.%u", advice->enhanced_class % 10u, advice->enhanced_subject % 1000u,
                 advice->enhanced_detail % 1000u);
}

static const char *words(const smtpauth_advice *advice, uint8_t column)
{
    return smtpauth_reason_words(advice->reason, column);
}

static const char *provider(const smtpauth_advice *advice, uint8_t column)
{
    return smtpauth_provider_words(smtpauth_providers, advice->provider, column);
}

/* What else to keep to when the action is done. */
static void print_retry(const smtpauth_advice *advice)
{
    if (advice->code < 400 && advice->same_secret == 0 && advice->cause == SMTPAUTH_CAUSE_NONE)
        return;
    char then[160];
    snprintf(then, sizeof then, "%s; %s",
             advice->same_secret != 0 ? "the same password may be tried again"
                                      : "do not try the same password again",
             advice->resend != 0 ? "the message may be sent again" : "do not send the same message again");
    text_paragraph("then", then, INDENT, text_width());
    if (advice->wait_s != 0)
        printf("%-*s%lu seconds, the server says\n", INDENT, "wait", (unsigned long)advice->wait_s);
}

void answer_print(const uint8_t *reply, size_t len, const smtpauth_advice *advice)
{
    unsigned width = text_width();
    char enhanced[16];
    answer_enhanced(advice, enhanced);
    while (len > 0 && (reply[len - 1] == '\n' || reply[len - 1] == '\r'))
        len--;
    for (size_t at = 0, end; at < len; at = end + 1) {
        const uint8_t *lf = memchr(reply + at, '\n', len - at);
        end = lf != NULL ? (size_t)(lf - reply) : len;
        size_t line_len = end > at && reply[end - 1] == '\r' ? end - 1 - at : end - at;
        fputs("> ", stdout);
        text_foreign(stdout, reply + at, line_len);
        putchar('\n');
    }
    printf("\n%u%s%s %s (%s)\n\n", advice->code, enhanced[0] != '\0' ? " " : "", enhanced,
           words(advice, SMTPAUTH_WORDS_TITLE), words(advice, SMTPAUTH_WORDS_NAME));
    text_paragraph("meaning", words(advice, SMTPAUTH_WORDS_MEANING), INDENT, width);
    text_paragraph("when seen", words(advice, SMTPAUTH_WORDS_SEEN), INDENT, width);
    text_paragraph("how to fix", words(advice, SMTPAUTH_WORDS_FIX), INDENT, width);
    if (advice->provider != 0) {
        printf("%-*s%s:\n", INDENT, "provider", provider(advice, SMTPAUTH_PROVIDER_TITLE));
        text_paragraph("", provider(advice, SMTPAUTH_PROVIDER_REMEDY), INDENT, width);
    }
    printf("%-*s%s\n%-*s%s\n", INDENT, "cause", smtpauth_cause_name(advice->cause), INDENT, "action",
           smtpauth_action_name(advice->action));
    print_retry(advice);
    text_paragraph("source", words(advice, SMTPAUTH_WORDS_SOURCE), INDENT, width);
}

void answer_json(json_object *object, const uint8_t *reply, size_t len, const smtpauth_advice *advice)
{
    char enhanced[16];
    answer_enhanced(advice, enhanced);
    if (advice->code != 0)
        json_number(object, "code", advice->code);
    else
        json_null(object, "code");
    json_string(object, "enhanced", enhanced);
    json_string(object, "reason", advice->code != 0 ? words(advice, SMTPAUTH_WORDS_NAME) : "none");
    json_string(object, "cause", advice->code != 0 ? smtpauth_cause_name(advice->cause) : "other");
    json_string(object, "action", smtpauth_action_name(advice->action));
    json_bool(object, "same_secret_may_retry", advice->same_secret != 0);
    json_bool(object, "message_may_be_sent_again", advice->resend != 0);
    json_number(object, "wait_seconds", advice->wait_s);
    json_string(object, "phase", situation_phase_name(advice->phase));
    json_string(object, "title", advice->code != 0 ? words(advice, SMTPAUTH_WORDS_TITLE) : "Not an SMTP reply");
    json_string(object, "meaning", words(advice, SMTPAUTH_WORDS_MEANING));
    json_string(object, "when_seen", words(advice, SMTPAUTH_WORDS_SEEN));
    json_string(object, "how_to_fix", words(advice, SMTPAUTH_WORDS_FIX));
    json_string(object, "source", words(advice, SMTPAUTH_WORDS_SOURCE));
    json_string(object, "provider", provider(advice, SMTPAUTH_PROVIDER_ID));
    json_string(object, "remedy", provider(advice, SMTPAUTH_PROVIDER_REMEDY));
    json_octets(object, "reply", reply, len);
}
