/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Looks a reply up in a provider book. Names no book, so that who gives none links none. */

#include <string.h>

#include "internal/advice.h"
#include "internal/text.h"

/* Does the server's name end in one of the names, at a dot? */
static bool server_is(smtpauth_view server, const char *names)
{
    for (const char *at = names; at != NULL && *at != '\0';) {
        size_t len = 0;
        while (at[len] != '|' && at[len] != '\0')
            len++;
        size_t from = server.len >= len ? server.len - len : 0;
        bool fits = server.data != NULL && server.len >= len && (from == 0 || server.data[from - 1] == '.');
        for (size_t i = 0; fits && i < len; i++)
            fits = smtpa_upper(server.data[from + i]) == smtpa_upper((uint8_t)at[i]);
        if (fits)
            return true;
        at += len + (at[len] == '|');
    }
    return false;
}

static bool row_fits(const smtpauth_provider *row, const smtpa_facts *facts, uint16_t reason)
{
    if (facts->code < row->low || facts->code > row->high)
        return false;
    if (row->when != SMTPAUTH_REASON_NONE && row->when != reason)
        return false;
    if (row->reason == SMTPAUTH_REASON_NONE && server_is(facts->at.server, row->servers))
        return true;
    return row->words != NULL && smtpa_words_match(&facts->words, row->words);
}

uint16_t smtpa_provider_find(smtpauth_provider_fn *book, const smtpa_facts *facts, uint16_t reason,
                             const smtpauth_provider **row)
{
    size_t rows = 0;
    const smtpauth_provider *first = book != NULL ? book(&rows) : NULL;
    for (size_t i = 0; first != NULL && i < rows && i < UINT16_MAX; i++)
        if (row_fits(&first[i], facts, reason)) {
            *row = &first[i];
            return (uint16_t)(i + 1);
        }
    return 0;
}

const char *smtpauth_provider_words(smtpauth_provider_fn *book, uint16_t row, uint8_t column)
{
    size_t rows = 0;
    const smtpauth_provider *first = book != NULL ? book(&rows) : NULL;
    if (first == NULL || row == 0 || row > rows)
        return "";
    const smtpauth_provider *found = &first[row - 1];
    const char *columns[] = {found->id, found->title, found->remedy, found->words};
    if (column >= sizeof columns / sizeof *columns || columns[column] == NULL)
        return "";
    return columns[column];
}
