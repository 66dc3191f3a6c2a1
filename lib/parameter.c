/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* ESMTP parameters of MAIL and RCPT (RFC 5321 4.1.2): one row each. Adding one is adding a row and its reader. Readers
 * of what every server offers are here, of delivery reports in parameter_dsn.c, of when and how to deliver in
 * parameter_delivery.c. */

#include <smtpauth/command.h>

#include "internal/parameter.h"
#include "internal/text.h"

enum { WITHOUT_VALUE, WITH_VALUE };

typedef struct parameter {
    const char *keyword;
    uint8_t verb, value;
    uint16_t fault;          /* what a bad or second one is answered with */
    uint32_t bit, extension; /* extension 0: always offered */
    smtpa_parameter_reader *read;
} parameter;

static bool read_size(smtpauth_view value, uint32_t extensions, smtpauth_command *command)
{
    (void)extensions;
    if (value.len > 20) /* RFC 1870 4 */
        return false;
    uint64_t size = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (!smtpa_is_digit(value.data[i]))
            return false;
        uint64_t digit = (uint64_t)(value.data[i] - '0');
        size = size > (UINT64_MAX - digit) / 10 ? UINT64_MAX : size * 10 + digit;
    }
    command->size = size;
    return true;
}

static bool read_body(smtpauth_view value, uint32_t extensions, smtpauth_command *command)
{
    if (smtpauth_text_is(value.data, value.len, "7BIT"))
        command->body = SMTPAUTH_BODY_7BIT;
    else if (smtpauth_text_is(value.data, value.len, "8BITMIME"))
        command->body = SMTPAUTH_BODY_8BITMIME;
    else if (smtpauth_text_is(value.data, value.len, "BINARYMIME") && (extensions & SMTPAUTH_EXT_BINARYMIME))
        command->body = SMTPAUTH_BODY_BINARYMIME;
    return command->body != SMTPAUTH_BODY_NONE;
}

static bool read_auth(smtpauth_view value, uint32_t extensions, smtpauth_command *command)
{
    (void)extensions;
    command->auth = value;
    return smtpauth_text_is(value.data, value.len, "<>") || smtpa_xtext_is_valid(value, SMTPAUTH_XTEXT_EITHER);
}

/* clang-format off */
#define MAIL(keyword, value, name, extension, read) \
    {keyword, SMTPAUTH_VERB_MAIL, value, SMTPAUTH_REASON_ARGUMENT, SMTPAUTH_PARAM_##name, extension, read}
#define RCPT(keyword, value, name, extension, read) \
    {keyword, SMTPAUTH_VERB_RCPT, value, SMTPAUTH_REASON_ARGUMENT, SMTPAUTH_PARAM_##name, extension, read}
static const parameter parameters[] = {
    MAIL("SIZE",       WITH_VALUE,    SIZE,       0,                           read_size),             /* RFC 1870 */
    MAIL("BODY",       WITH_VALUE,    BODY,       0,                           read_body),             /* RFC 6152, 3030 */
    MAIL("SMTPUTF8",   WITHOUT_VALUE, SMTPUTF8,   SMTPAUTH_EXT_SMTPUTF8,       NULL),                  /* RFC 6531 */
    MAIL("AUTH",       WITH_VALUE,    AUTH,       SMTPAUTH_EXT_AUTH,           read_auth),             /* RFC 4954 5 */
    MAIL("RET",        WITH_VALUE,    RET,        SMTPAUTH_EXT_DSN,            smtpa_read_ret),        /* RFC 3461 4.3 */
    MAIL("ENVID",      WITH_VALUE,    ENVID,      SMTPAUTH_EXT_DSN,            smtpa_read_envid),      /* RFC 3461 4.4 */
    RCPT("NOTIFY",     WITH_VALUE,    NOTIFY,     SMTPAUTH_EXT_DSN,            smtpa_read_notify),     /* RFC 3461 4.1 */
    RCPT("ORCPT",      WITH_VALUE,    ORCPT,      SMTPAUTH_EXT_DSN,            smtpa_read_orcpt),      /* RFC 3461 4.2 */
    MAIL("BY",         WITH_VALUE,    BY,         SMTPAUTH_EXT_DELIVERBY,      smtpa_read_by),         /* RFC 2852 4 */
    MAIL("HOLDFOR",    WITH_VALUE,    HOLDFOR,    SMTPAUTH_EXT_FUTURERELEASE,  smtpa_read_hold_for),   /* RFC 4865 3 */
    MAIL("HOLDUNTIL",  WITH_VALUE,    HOLDUNTIL,  SMTPAUTH_EXT_FUTURERELEASE,  smtpa_read_hold_until), /* RFC 4865 3 */
    MAIL("REQUIRETLS", WITHOUT_VALUE, REQUIRETLS, SMTPAUTH_EXT_REQUIRETLS,     NULL),                  /* RFC 8689 2 */
    MAIL("SOLICIT",    WITH_VALUE,    SOLICIT,    SMTPAUTH_EXT_NO_SOLICITING,  smtpa_read_solicit),    /* RFC 3865 2.3 */
    {"MT-PRIORITY", SMTPAUTH_VERB_MAIL, WITH_VALUE, SMTPAUTH_REASON_BAD_PRIORITY, SMTPAUTH_PARAM_MT_PRIORITY,
     SMTPAUTH_EXT_MT_PRIORITY, smtpa_read_priority},                                                   /* RFC 6710 4.1 */
};
#undef MAIL
#undef RCPT
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

/* esmtp-value; 8-bit octets are where they may be, or has_stray_8bit had found them. */
static bool is_value(smtpauth_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.data[i] <= ' ' || v.data[i] == '=' || v.data[i] == 0x7F)
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
    const parameter *p = find(keyword, command->verb, extensions);
    if (!is_keyword(keyword) || (has_value && !is_value(value)))
        return p != NULL ? p->fault : (uint16_t)SMTPAUTH_REASON_ARGUMENT;
    if (p == NULL)
        return SMTPAUTH_REASON_PARAMETER;
    if (has_value != (p->value == WITH_VALUE) || (command->present & p->bit))
        return p->fault;
    command->present |= p->bit;
    return p->read == NULL || p->read(value, extensions, command) ? 0 : p->fault;
}

/* The one value that may be UTF-8 (RFC 6533 3). */
static bool may_be_8bit(smtpauth_view word, uint8_t verb, uint32_t extensions, uint32_t options)
{
    static const char prefix[] = "ORCPT=utf-8;";
    bool is_offered = (extensions & SMTPAUTH_EXT_DSN) && (options & SMTPAUTH_WITH_UTF8);
    return verb == SMTPAUTH_VERB_RCPT && is_offered && word.len >= sizeof prefix - 1 &&
           smtpauth_text_is(word.data, sizeof prefix - 1, prefix);
}

/* Where the word that begins at text.data[at] ends. */
static size_t word_end(smtpauth_view text, size_t at)
{
    while (at < text.len && text.data[at] != ' ')
        at++;
    return at;
}

static bool has_stray_8bit(smtpauth_view text, uint32_t extensions, uint32_t options, uint8_t verb)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = word_end(text, at);
        smtpauth_view word = smtpa_slice(text, at, end - at);
        if (smtpa_has_8bit(word) && !may_be_8bit(word, verb, extensions, options))
            return true;
        at = end + 1;
    }
    return false;
}

uint16_t smtpa_parameters_read(smtpauth_view text, uint32_t extensions, uint32_t options,
                               smtpauth_command *command)
{
    if (has_stray_8bit(text, extensions, options, command->verb))
        return SMTPAUTH_REASON_MALFORMED;
    size_t at = 0;
    while (at < text.len) {
        if (text.data[at++] != ' ')
            return SMTPAUTH_REASON_ARGUMENT;
        while ((options & SMTPAUTH_LAX_SPACE) && at < text.len && text.data[at] == ' ')
            at++;
        size_t from = at;
        at = word_end(text, at);
        uint16_t reason = read_one(smtpa_slice(text, from, at - from), extensions, command);
        if (reason != 0)
            return reason;
    }
    return 0;
}
