/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Reasons of the catalogue: one, two beside each other, all. */

#include "explain.h"

#include <smtpauth/reason.h>
#include <string.h>

enum { INDENT = 14 };

static const char *words(uint16_t reason, uint8_t column)
{
    return smtpauth_reason_words(reason, column);
}

size_t page_reasons(uint16_t code, uint16_t *reasons, size_t max)
{
    size_t n = 0;
    for (uint16_t reason = 1; reason < smtpauth_reason_count() && n < max; reason++)
        if (smtpauth_reason_code(reason) == code)
            reasons[n++] = reason;
    if (n == 0 && max > 0) {
        char reply[8];
        int len = snprintf(reply, sizeof reply, "%u", code % 1000u);
        smtpauth_advice advice = answer_advise((const uint8_t *)reply, (size_t)len, NULL);
        if (advice.reason != SMTPAUTH_REASON_NONE)
            reasons[n++] = advice.reason;
    }
    return n;
}

uint16_t page_reason_named(const char *name)
{
    for (uint16_t reason = 1; reason < smtpauth_advice_reason_end(); reason++)
        if (name[0] != '\0' && strcmp(words(reason, SMTPAUTH_WORDS_NAME), name) == 0)
            return reason;
    return SMTPAUTH_REASON_NONE;
}

/* "530 5.7.0 Authentication required"; "" for a reason that no engine of ours says. `out` holds 160. */
static void reply_of(uint16_t reason, char *out)
{
    uint16_t code = smtpauth_reason_code(reason);
    const char *enhanced = smtpauth_reason_enhanced(reason);
    out[0] = '\0';
    if (code != 0)
        snprintf(out, 160, "%u %s%s%s", code, enhanced, enhanced[0] != '\0' ? " " : "",
                 smtpauth_reason_text(reason));
}

void page_print(uint16_t reason)
{
    unsigned width = text_width();
    char reply[160];
    reply_of(reason, reply);
    printf("%s (%s)\n\n", words(reason, SMTPAUTH_WORDS_TITLE), words(reason, SMTPAUTH_WORDS_NAME));
    if (reply[0] != '\0')
        text_paragraph("reply", reply, INDENT, width);
    text_paragraph("description", words(reason, SMTPAUTH_WORDS_MEANING), INDENT, width);
    text_paragraph("when you see", words(reason, SMTPAUTH_WORDS_SEEN), INDENT, width);
    text_paragraph("how to fix", words(reason, SMTPAUTH_WORDS_FIX), INDENT, width);
    text_paragraph("action", words(reason, SMTPAUTH_WORDS_ACTION), INDENT, width);
    text_paragraph("source", words(reason, SMTPAUTH_WORDS_SOURCE), INDENT, width);
}

void page_json(json_object *object, uint16_t reason)
{
    if (smtpauth_reason_code(reason) != 0)
        json_number(object, "code", smtpauth_reason_code(reason));
    else
        json_null(object, "code");
    json_string(object, "enhanced", smtpauth_reason_enhanced(reason));
    json_string(object, "reason", words(reason, SMTPAUTH_WORDS_NAME));
    json_string(object, "cause", smtpauth_cause_name(smtpauth_reason_cause(reason)));
    json_string(object, "action", words(reason, SMTPAUTH_WORDS_ACTION));
    json_bool(object, "same_secret_may_retry", smtpauth_reason_same_secret(reason));
    json_string(object, "title", words(reason, SMTPAUTH_WORDS_TITLE));
    json_string(object, "meaning", words(reason, SMTPAUTH_WORDS_MEANING));
    json_string(object, "when_seen", words(reason, SMTPAUTH_WORDS_SEEN));
    json_string(object, "how_to_fix", words(reason, SMTPAUTH_WORDS_FIX));
    json_string(object, "source", words(reason, SMTPAUTH_WORDS_SOURCE));
    json_string(object, "text", smtpauth_reason_text(reason));
}

static void beside(const char *aspect, const char *left, const char *right, unsigned width)
{
    printf("\n%s\n", aspect);
    for (unsigned i = 0; i < width; i++)
        putchar('-');
    putchar('\n');
    text_columns(left, right, width);
}

/* A code may stand for more than the one reason that is shown. */
static void print_others(uint16_t shown)
{
    uint16_t code = smtpauth_reason_code(shown);
    for (uint16_t reason = 1; code != 0 && reason < smtpauth_reason_count(); reason++) {
        char line[160];
        if (reason == shown || smtpauth_reason_code(reason) != code)
            continue;
        snprintf(line, sizeof line, "%u also says: %s (%s)", code, words(reason, SMTPAUTH_WORDS_TITLE),
                 words(reason, SMTPAUTH_WORDS_NAME));
        text_paragraph("", line, 0, text_width());
    }
}

void page_beside(uint16_t left, uint16_t right)
{
    unsigned width = text_width();
    char left_reply[160], right_reply[160];
    bool swapped = false;
    const comparison *c = facts_between(left, right, &swapped);
    reply_of(left, left_reply);
    reply_of(right, right_reply);
    text_columns(left_reply, right_reply, width);
    beside("description", words(left, SMTPAUTH_WORDS_MEANING), words(right, SMTPAUTH_WORDS_MEANING), width);
    beside("when you see it", words(left, SMTPAUTH_WORDS_SEEN), words(right, SMTPAUTH_WORDS_SEEN), width);
    beside("how to fix it", words(left, SMTPAUTH_WORDS_FIX), words(right, SMTPAUTH_WORDS_FIX), width);
    for (size_t i = 0; c != NULL && i < c->fact_count; i++)
        beside(c->facts[i].aspect, swapped ? c->facts[i].right : c->facts[i].left,
               swapped ? c->facts[i].left : c->facts[i].right, width);
    beside("action", words(left, SMTPAUTH_WORDS_ACTION), words(right, SMTPAUTH_WORDS_ACTION), width);
    beside("source", words(left, SMTPAUTH_WORDS_SOURCE), words(right, SMTPAUTH_WORDS_SOURCE), width);
    if (c != NULL)
        printf("\nkey differences\n");
    for (size_t i = 0; c != NULL && i < c->difference_count; i++) {
        char number[16];
        snprintf(number, sizeof number, "%u.", (unsigned)i + 1);
        text_paragraph(number, c->differences[i], 3, width);
    }
    putchar('\n');
    print_others(left);
    if (smtpauth_reason_code(right) != smtpauth_reason_code(left))
        print_others(right);
}

void page_list(bool as_json)
{
    for (uint16_t reason = 1; reason < smtpauth_advice_reason_end(); reason++) {
        if (words(reason, SMTPAUTH_WORDS_NAME)[0] == '\0')
            continue;
        if (as_json) {
            json_object object = json_begin(stdout);
            page_json(&object, reason);
            json_end(&object);
            continue;
        }
        char code[8] = "-";
        if (smtpauth_reason_code(reason) != 0)
            snprintf(code, sizeof code, "%u", smtpauth_reason_code(reason) % 1000u);
        printf("%-4s%-8s%-28s%-21s%s\n", code, smtpauth_reason_enhanced(reason),
               words(reason, SMTPAUTH_WORDS_NAME), words(reason, SMTPAUTH_WORDS_ACTION),
               words(reason, SMTPAUTH_WORDS_TITLE));
    }
}
