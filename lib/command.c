/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Command lines (RFC 5321 4.1.1): a table of verbs, each with the reader of its argument. No state is known here. */

#include <smtpauth/command.h>

#include <string.h>

#include "internal/address.h"
#include "internal/parameter.h"
#include "internal/text.h"

typedef struct arguments {
    smtpauth_view text;
    uint32_t faults, extensions, options;
} arguments;

static uint16_t read_nothing(const arguments *a, smtpauth_command *command)
{
    (void)command;
    return a->text.len == 0 ? 0 : SMTPAUTH_REASON_ARGUMENT;
}

static uint16_t read_anything(const arguments *a, smtpauth_command *command)
{
    command->name = a->text;
    return 0;
}

/* VRFY and EXPN: a string is a must (RFC 5321 4.1.1.6). Under SMTPUTF8 it may be UTF-8, with the word SMTPUTF8 behind
 * it or not: that word is about the reply (RFC 6531 3.7.4.2). */
static uint16_t read_string(const arguments *a, smtpauth_command *command)
{
    static const char word[] = " SMTPUTF8";
    const size_t n = sizeof word - 1;
    smtpauth_view name = a->text;
    command->is_utf8 = (a->options & SMTPAUTH_WITH_UTF8) && name.len >= n &&
                       smtpauth_text_is(name.data + name.len - n, n, word);
    if (command->is_utf8)
        name.len -= n;
    while (name.len > 0 && name.data[name.len - 1] == ' ')
        name.len--;
    command->name = name;
    bool is_fit = name.len > 0 && smtpauth_utf8_is_valid(name.data, name.len);
    return is_fit ? 0 : SMTPAUTH_REASON_ARGUMENT;
}

/* RFC 1985 5: a node, "@" and a domain for all nodes in it, or "#" and the name of a queue. */
static uint16_t read_node(const arguments *a, smtpauth_command *command)
{
    smtpauth_view name = a->text;
    command->name = name;
    uint8_t option = name.len > 0 && (name.data[0] == '@' || name.data[0] == '#') ? name.data[0] : 0;
    if (option != 0)
        name = smtpa_slice(name, 1, name.len - 1);
    bool is_fit = name.len > 0;
    if (option == '#')
        for (size_t i = 0; i < name.len; i++)
            is_fit = is_fit && name.data[i] != ' ';
    else
        is_fit = is_fit && !(option == '@' && name.data[0] == '[') && smtpa_domain_is_valid(name, 0);
    return is_fit ? 0 : SMTPAUTH_REASON_ARGUMENT;
}

static uint16_t read_host(const arguments *a, smtpauth_command *command)
{
    command->name = a->text;
    return smtpa_domain_is_valid(a->text, SMTPA_DOMAIN_HOST) ? 0 : SMTPAUTH_REASON_ARGUMENT;
}

/* Cuts the next word off `text`. */
static smtpauth_view next_word(smtpauth_view *text)
{
    size_t end = 0;
    while (end < text->len && text->data[end] != ' ')
        end++;
    smtpauth_view word = smtpa_slice(*text, 0, end);
    size_t skip = end < text->len ? end + 1 : end;
    *text = smtpa_slice(*text, skip, text->len - skip);
    return word;
}

/* sasl-mech: 1 to 20 letters, digits, hyphens, underscores (RFC 4422 3.1). */
static bool is_mechanism_name(smtpauth_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (!smtpa_is_alnum(v.data[i]) && v.data[i] != '-' && v.data[i] != '_')
            return false;
    return v.len > 0;
}

static uint16_t read_auth(const arguments *a, smtpauth_command *command)
{
    smtpauth_view text = a->text;
    command->mechanism = next_word(&text);
    command->has_initial_response = text.len > 0;
    command->initial_response = next_word(&text);
    if (smtpauth_text_is(command->initial_response.data, command->initial_response.len, "="))
        command->initial_response.len = 0;
    bool is_fit = is_mechanism_name(command->mechanism) && text.len == 0;
    return is_fit ? 0 : SMTPAUTH_REASON_ARGUMENT;
}

/* RFC 3030 2: digits, then LAST or nothing. */
static uint16_t read_bdat(const arguments *a, smtpauth_command *command)
{
    smtpauth_view text = a->text, size = next_word(&text);
    if (size.len == 0)
        return SMTPAUTH_REASON_BDAT_SIZE;
    for (size_t i = 0; i < size.len; i++) {
        uint64_t digit = (uint64_t)(uint8_t)(size.data[i] - '0');
        if (!smtpa_is_digit(size.data[i]) || command->size > (UINT64_MAX - digit) / 10)
            return SMTPAUTH_REASON_BDAT_SIZE;
        command->size = command->size * 10 + digit;
    }
    command->is_last = smtpauth_text_is(text.data, text.len, "LAST");
    return text.len == 0 || command->is_last ? 0 : SMTPAUTH_REASON_ARGUMENT;
}

/* absolute-URI (RFC 3986 4.3): scheme, colon, and no fragment. */
static bool is_absolute_uri(smtpauth_view v)
{
    size_t at = 0;
    while (at < v.len && (smtpa_is_alnum(v.data[at]) || smtpa_is_one_of(v.data[at], "+-.")))
        at++;
    if (at == 0 || at == v.len || v.data[at] != ':' || !smtpa_is_letter(v.data[0]))
        return false;
    for (; at < v.len; at++) {
        uint8_t c = v.data[at];
        bool is_escape =
            c == '%' && v.len - at > 2 && smtpa_is_hex(v.data[at + 1]) && smtpa_is_hex(v.data[at + 2]);
        if (!is_escape && !smtpa_is_alnum(c) && !smtpa_is_one_of(c, "-._~:/?[]@!$&'()*+,;="))
            return false;
    }
    return true;
}

/* RFC 4468 3: a URL, then LAST or nothing. */
static uint16_t read_burl(const arguments *a, smtpauth_command *command)
{
    smtpauth_view text = a->text;
    command->name = next_word(&text);
    command->is_last = smtpauth_text_is(text.data, text.len, "LAST");
    bool is_fit = is_absolute_uri(command->name) && (text.len == 0 || command->is_last);
    return is_fit ? 0 : SMTPAUTH_REASON_ARGUMENT;
}

static uint16_t read_xclient(const arguments *a, smtpauth_command *command)
{
    smtpauth_xclient attributes;
    command->parameters = a->text;
    bool is_fit = smtpauth_xclient_parse(a->text.data, a->text.len, &attributes) == SMTPAUTH_DONE;
    return is_fit ? 0 : SMTPAUTH_REASON_ARGUMENT;
}

/* Skips "FROM:" or "TO:", and with LAX_SPACE the blanks around. Returns false when it is not there. */
static bool skip_keyword(smtpauth_view *text, const char *keyword, uint32_t options)
{
    bool is_lax = (options & SMTPAUTH_LAX_SPACE) != 0;
    size_t at = 0, len = strlen(keyword);
    while (is_lax && at < text->len && text->data[at] == ' ')
        at++;
    if (text->len - at < len || !smtpauth_text_is(text->data + at, len, keyword))
        return false;
    at += len;
    while (is_lax && at < text->len && text->data[at] == ' ')
        at++;
    if (at == text->len || text->data[at++] != ':')
        return false;
    while (is_lax && at < text->len && text->data[at] == ' ')
        at++;
    *text = smtpa_slice(*text, at, text->len - at);
    return true;
}

static uint16_t read_mail_or_rcpt(const arguments *a, smtpauth_command *command)
{
    bool is_mail = command->verb == SMTPAUTH_VERB_MAIL;
    uint16_t bad_path = is_mail ? SMTPAUTH_REASON_BAD_SENDER : SMTPAUTH_REASON_BAD_RECIPIENT;
    smtpauth_view text = a->text;
    if (!skip_keyword(&text, is_mail ? "FROM" : "TO", a->options))
        return SMTPAUTH_REASON_ARGUMENT;
    smtpa_path path = smtpa_path_read(text, a->options);
    if (path.taken == 0)
        return bad_path;
    bool is_null = path.mailbox.len == 0, is_postmaster = !is_null && path.domain.len == 0;
    if (is_mail ? is_postmaster : is_null)
        return bad_path;
    command->path = path.mailbox;
    command->local_part = path.local_part;
    command->domain = path.domain;
    smtpauth_view behind = smtpa_slice(text, path.taken, text.len - path.taken);
    size_t blank = behind.len > 0 && behind.data[0] == ' ' ? 1 : 0;
    command->parameters = smtpa_slice(behind, blank, behind.len - blank);
    uint16_t reason = smtpa_parameters_read(behind, a->extensions, a->options, command);
    if (reason != 0)
        return reason;
    bool is_utf8 =
        is_mail ? (command->present & SMTPAUTH_PARAM_SMTPUTF8) != 0 : (a->options & SMTPAUTH_IN_UTF8) != 0;
    if (smtpa_has_8bit(path.mailbox) && !is_utf8)
        return is_mail ? SMTPAUTH_REASON_UTF8_SENDER : SMTPAUTH_REASON_UTF8_RECIPIENT;
    return 0;
}

typedef struct verb_row {
    const char *word;
    uint16_t (*read)(const arguments *a, smtpauth_command *command);
    bool may_be_8bit; /* an address: UTF-8 is judged by its reader */
} verb_row;

/* clang-format off */
static const verb_row verbs[SMTPAUTH_VERB_COUNT] = {
    [SMTPAUTH_VERB_UNKNOWN]  = {"",         NULL,              false},
    [SMTPAUTH_VERB_EHLO]     = {"EHLO",     read_host,         false}, /* RFC 5321 4.1.1.1 */
    [SMTPAUTH_VERB_HELO]     = {"HELO",     read_host,         false},
    [SMTPAUTH_VERB_LHLO]     = {"LHLO",     read_host,         false}, /* RFC 2033 4.1 */
    [SMTPAUTH_VERB_AUTH]     = {"AUTH",     read_auth,         false}, /* RFC 4954 4 */
    [SMTPAUTH_VERB_STARTTLS] = {"STARTTLS", read_nothing,      false}, /* RFC 3207 4 */
    [SMTPAUTH_VERB_MAIL]     = {"MAIL",     read_mail_or_rcpt, true},  /* RFC 5321 4.1.1.2 */
    [SMTPAUTH_VERB_RCPT]     = {"RCPT",     read_mail_or_rcpt, true},  /* RFC 5321 4.1.1.3 */
    [SMTPAUTH_VERB_DATA]     = {"DATA",     read_nothing,      false}, /* RFC 5321 4.1.1.4 */
    [SMTPAUTH_VERB_BDAT]     = {"BDAT",     read_bdat,         false}, /* RFC 3030 2 */
    [SMTPAUTH_VERB_BURL]     = {"BURL",     read_burl,         false}, /* RFC 4468 3 */
    [SMTPAUTH_VERB_RSET]     = {"RSET",     read_nothing,      false}, /* RFC 5321 4.1.1.5 */
    [SMTPAUTH_VERB_NOOP]     = {"NOOP",     read_anything,     false}, /* RFC 5321 4.1.1.9 */
    [SMTPAUTH_VERB_QUIT]     = {"QUIT",     read_nothing,      false}, /* RFC 5321 4.1.1.10 */
    [SMTPAUTH_VERB_HELP]     = {"HELP",     read_anything,     false}, /* RFC 5321 4.1.1.8 */
    [SMTPAUTH_VERB_VRFY]     = {"VRFY",     read_string,       true},  /* RFC 5321 4.1.1.6 */
    [SMTPAUTH_VERB_EXPN]     = {"EXPN",     read_string,       true},  /* RFC 5321 4.1.1.7 */
    [SMTPAUTH_VERB_ETRN]     = {"ETRN",     read_node,         false}, /* RFC 1985 5 */
    [SMTPAUTH_VERB_ATRN]     = {"ATRN",     read_anything,     false}, /* RFC 2645 5 */
    [SMTPAUTH_VERB_TURN]     = {"TURN",     read_nothing,      false}, /* RFC 5321 appendix F */
    [SMTPAUTH_VERB_SEND]     = {"SEND",     read_anything,     false},
    [SMTPAUTH_VERB_SOML]     = {"SOML",     read_anything,     false},
    [SMTPAUTH_VERB_SAML]     = {"SAML",     read_anything,     false},
    [SMTPAUTH_VERB_XCLIENT]  = {"XCLIENT",  read_xclient,      false}, /* Postfix, XCLIENT_README */
};
/* clang-format on */

size_t smtpauth_command_size(void)
{
    return sizeof(smtpauth_command);
}

const char *smtpauth_verb_name(uint8_t verb)
{
    return verb < SMTPAUTH_VERB_COUNT ? verbs[verb].word : "";
}

static uint32_t octet_fault(uint8_t c)
{
    return c >= 0x80              ? SMTPAUTH_FAULT_8BIT
           : c == '\r'            ? SMTPAUTH_FAULT_BARE_CR
           : c == '\n'            ? SMTPAUTH_FAULT_BARE_LF
           : c == 0               ? SMTPAUTH_FAULT_NUL
           : c < ' ' || c == 0x7F ? SMTPAUTH_FAULT_CONTROL
                                  : 0;
}

static uint8_t find_verb(const uint8_t *word, size_t len)
{
    for (size_t v = 1; v < SMTPAUTH_VERB_COUNT; v++)
        if (smtpauth_text_is(word, len, verbs[v].word))
            return (uint8_t)v;
    return SMTPAUTH_VERB_UNKNOWN;
}

uint8_t smtpauth_command_verb(const uint8_t *line, size_t len, smtpauth_view *rest, uint32_t *faults)
{
    if (line == NULL || rest == NULL || faults == NULL)
        return SMTPAUTH_VERB_UNKNOWN;
    *faults = 0;
    for (size_t i = 0; i < len; i++)
        *faults |= octet_fault(line[i]);
    size_t end = 0;
    while (end < len && smtpa_is_letter(line[end]))
        end++;
    bool is_word = end == len || line[end] == ' ' || octet_fault(line[end]) != 0;
    uint8_t verb = is_word ? find_verb(line, end) : (uint8_t)SMTPAUTH_VERB_UNKNOWN;
    size_t from = end < len && line[end] == ' ' ? end + 1 : end;
    while (len > from && line[len - 1] == ' ')
        len--;
    *rest = smtpa_view(line + from, len - from);
    return verb;
}

uint16_t smtpauth_command_parse(uint8_t verb, const smtpauth_view *rest, uint32_t faults, uint32_t extensions,
                                uint32_t options, smtpauth_command *command)
{
    if (command == NULL || rest == NULL || (rest->data == NULL && rest->len > 0))
        return SMTPAUTH_REASON_MALFORMED;
    memset(command, 0, sizeof *command);
    if (verb == SMTPAUTH_VERB_UNKNOWN || verb >= SMTPAUTH_VERB_COUNT)
        return SMTPAUTH_REASON_UNKNOWN_COMMAND;
    command->verb = verb;
    static const uint8_t nothing[1] = {0};
    const arguments a = {rest->data != NULL ? *rest : smtpa_view(nothing, 0), faults, extensions, options};
    bool is_tolerable = verbs[verb].may_be_8bit && (options & SMTPAUTH_WITH_UTF8);
    uint32_t fatal = is_tolerable ? faults & ~(uint32_t)SMTPAUTH_FAULT_8BIT : faults;
    if (fatal != 0 && verb == SMTPAUTH_VERB_BDAT)
        return SMTPAUTH_REASON_BDAT_SIZE;
    if (fatal & SMTPAUTH_FAULT_BARE_LF)
        return SMTPAUTH_REASON_BARE_LF;
    return fatal != 0 ? (uint16_t)SMTPAUTH_REASON_MALFORMED : verbs[verb].read(&a, command);
}
