/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* ESMTP parameters of MAIL and RCPT (RFC 5321 4.1.2): one row each. Adding one is adding a row and its reader. */

#include <smtpauth/command.h>

#include "internal/address.h"
#include "internal/text.h"

enum { WITHOUT_VALUE, WITH_VALUE };

typedef struct parameter {
    const char *keyword;
    uint8_t verb, value;
    uint32_t bit, extension; /* extension 0: always offered */
    uint16_t (*read)(smtpauth_view value, smtpauth_command *command);
} parameter;

static uint16_t read_size(smtpauth_view value, smtpauth_command *command)
{
    if (value.len > 20) /* RFC 1870 4 */
        return SMTPAUTH_REASON_ARGUMENT;
    uint64_t size = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (!smtpa_is_digit(value.data[i]))
            return SMTPAUTH_REASON_ARGUMENT;
        uint64_t digit = (uint64_t)(value.data[i] - '0');
        size = size > (UINT64_MAX - digit) / 10 ? UINT64_MAX : size * 10 + digit;
    }
    command->size = size;
    return 0;
}

static uint16_t read_body(smtpauth_view value, smtpauth_command *command)
{
    if (smtpauth_text_is(value.data, value.len, "7BIT"))
        command->body = SMTPAUTH_BODY_7BIT;
    else if (smtpauth_text_is(value.data, value.len, "8BITMIME"))
        command->body = SMTPAUTH_BODY_8BITMIME;
    else
        return SMTPAUTH_REASON_ARGUMENT;
    return 0;
}

static uint16_t read_auth(smtpauth_view value, smtpauth_command *command)
{
    command->auth = value;
    return smtpauth_text_is(value.data, value.len, "<>") || smtpa_xtext_is_valid(value, SMTPAUTH_XTEXT_EITHER)
               ? 0
               : SMTPAUTH_REASON_ARGUMENT;
}

/* clang-format off */
static const parameter parameters[] = {
    {"SIZE",     SMTPAUTH_VERB_MAIL, WITH_VALUE,    SMTPAUTH_PARAM_SIZE,     0,                     read_size}, /* RFC 1870 */
    {"BODY",     SMTPAUTH_VERB_MAIL, WITH_VALUE,    SMTPAUTH_PARAM_BODY,     0,                     read_body}, /* RFC 6152 */
    {"SMTPUTF8", SMTPAUTH_VERB_MAIL, WITHOUT_VALUE, SMTPAUTH_PARAM_SMTPUTF8, SMTPAUTH_EXT_SMTPUTF8, NULL},      /* RFC 6531 */
    {"AUTH",     SMTPAUTH_VERB_MAIL, WITH_VALUE,    SMTPAUTH_PARAM_AUTH,     SMTPAUTH_EXT_AUTH,     read_auth}, /* RFC 4954 5 */
};
/* clang-format on */

static const parameter *find(smtpauth_view keyword, uint8_t verb, uint32_t extensions)
{
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        const parameter *p = &parameters[i];
        bool is_offered = p->extension == 0 || (extensions & p->extension) != 0;
        if (p->verb == verb && is_offered && smtpauth_text_is(keyword.data, keyword.len, p->keyword))
            return p;
    }
    return NULL;
}

/* esmtp-keyword */
static bool is_keyword(smtpauth_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (!smtpa_is_alnum(v.data[i]) && (v.data[i] != '-' || i == 0))
            return false;
    return v.len > 0;
}

/* esmtp-value; 8-bit octets were judged by the line's faults. */
static bool is_value(smtpauth_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.data[i] <= ' ' || v.data[i] == '=' || v.data[i] > '~')
            return false;
    return v.len > 0;
}

static uint16_t read_one(smtpauth_view word, uint32_t extensions, smtpauth_command *command)
{
    size_t equals = 0;
    while (equals < word.len && word.data[equals] != '=')
        equals++;
    bool has_value = equals < word.len;
    smtpauth_view keyword = smtpa_slice(word, 0, equals);
    smtpauth_view value =
        has_value ? smtpa_slice(word, equals + 1, word.len - equals - 1) : smtpa_slice(word, equals, 0);
    if (!is_keyword(keyword) || (has_value && !is_value(value)))
        return SMTPAUTH_REASON_ARGUMENT;
    const parameter *p = find(keyword, command->verb, extensions);
    if (p == NULL)
        return SMTPAUTH_REASON_PARAMETER;
    if (has_value != (p->value == WITH_VALUE) || (command->present & p->bit))
        return SMTPAUTH_REASON_ARGUMENT;
    command->present |= p->bit;
    return p->read != NULL ? p->read(value, command) : 0;
}

uint16_t smtpa_parameters_read(smtpauth_view text, uint32_t extensions, uint32_t options,
                               smtpauth_command *command)
{
    size_t at = 0;
    while (at < text.len) {
        if (text.data[at++] != ' ')
            return SMTPAUTH_REASON_ARGUMENT;
        while ((options & SMTPAUTH_LAX_SPACE) && at < text.len && text.data[at] == ' ')
            at++;
        size_t from = at;
        while (at < text.len && text.data[at] != ' ')
            at++;
        uint16_t reason = read_one(smtpa_slice(text, from, at - from), extensions, command);
        if (reason != 0)
            return reason;
    }
    return 0;
}
