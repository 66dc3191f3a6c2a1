/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "advice_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static advice_row rows[ADVICE_ROWS_MAX];
static size_t row_count, listed_count;

uint8_t advice_phase(const char *word)
{
    static const char *const words[SMTPAUTH_PHASE_COUNT] = {"any",  "connect", "ehlo", "starttls", "auth",
                                                            "mail", "rcpt",    "data", "message"};
    for (uint8_t i = 0; i < SMTPAUTH_PHASE_COUNT; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return SMTPAUTH_PHASE_COUNT;
}

static void unescape(char *out, const char *in)
{
    for (; *in != '\0'; in++)
        if (in[0] == '\\' && in[1] == 'n') {
            *out++ = '\r';
            *out++ = '\n';
            in++;
        } else {
            *out++ = *in;
        }
    *out = '\0';
}

/* Parts a line at its tabs; returns how many fields there are. */
static size_t split(char *line, char **fields, size_t max)
{
    size_t n = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *at = line; n < max; at++) {
        fields[n++] = at;
        at += strcspn(at, "\t");
        if (*at == '\0')
            break;
        *at = '\0';
    }
    return n;
}

static void add(const char *file, unsigned number, const char *phase, const char *reply, const char *state,
                const char *cause, const char *action)
{
    assert_true(row_count < ADVICE_ROWS_MAX);
    advice_row *row = &rows[row_count++];
    assert_true(strlen(reply) < sizeof row->raw && strlen(cause) < sizeof row->cause &&
                strlen(action) < sizeof row->action);
    snprintf(row->name, sizeof row->name, "%s:%u: %.100s", file, number, reply);
    snprintf(row->where, sizeof row->where, "%s %s", phase, state);
    strcpy(row->raw, reply);
    unescape(row->reply, reply);
    strcpy(row->cause, cause);
    strcpy(row->action, action);
    row->at.size = sizeof row->at;
    row->at.phase = advice_phase(phase);
    assert_true(row->at.phase < SMTPAUTH_PHASE_COUNT);
    row->at.authenticated = strcmp(state, "authenticated") == 0     ? SMTPAUTH_YES
                            : strcmp(state, "unauthenticated") == 0 ? SMTPAUTH_NO
                                                                    : SMTPAUTH_UNKNOWN;
}

static void read_file(const char *file, bool is_list)
{
    char path[128], line[4096], *f[8];
    snprintf(path, sizeof path, "tests/vectors/%s", file);
    FILE *in = fopen(path, "r");
    if (in == NULL)
        fail_msg("cannot read %s", path);
    for (unsigned number = 1; fgets(line, sizeof line, in) != NULL; number++) {
        if (line[0] == '#' || strncmp(line, "provider\t", 9) == 0)
            continue;
        if (split(line, f, 8) != 6)
            fail_msg("%s:%u has not six fields", file, number);
        if (is_list)
            add(file, number, f[1], f[2], f[3], f[4], f[5]);
        else
            add(file, number, f[0], f[2], f[1], f[3], f[4]);
    }
    fclose(in);
}

const advice_row *advice_rows(size_t *count, size_t *listed)
{
    if (row_count == 0) {
        read_file("provider-replies.tsv", true);
        listed_count = row_count;
        read_file("replies.txt", false);
    }
    *count = row_count;
    *listed = listed_count;
    return rows;
}

smtpauth_advice advise(const char *reply, size_t len, const smtpauth_situation *at, smtpauth_provider_fn *book)
{
    smtpauth_advice advice;
    memset(&advice, 0xEE, sizeof advice);
    advice.size = sizeof advice;
    uint8_t *block = malloc(len == 0 ? 1 : len);
    assert_non_null(block);
    memcpy(block, reply, len);
    assert_int_equal(smtpauth_advise(block, len, at, book, &advice), SMTPAUTH_DONE);
    free(block);
    return advice;
}
