/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * EHLO: what a server offers (RFC 5321 4.1.1.1), keyword by keyword, and whether TLS comes before anything else. Keywords
 * that are not known are skipped; so are parameters that are malformed.
 */

#include <string.h>

#include <smtpauth/text.h>

#include "internal/client.h"
#include "internal/text.h"

typedef void keyword_reader(smtpauth_client *c, smtpauth_view parameters);

static smtpauth_view next_word(smtpauth_view *text)
{
    size_t at = 0;
    while (at < text->len && text->data[at] == ' ')
        at++;
    size_t from = at;
    while (at < text->len && text->data[at] != ' ')
        at++;
    smtpauth_view word = smtpa_slice(*text, from, at - from);
    *text = smtpa_slice(*text, at, text->len - at);
    return word;
}

static uint64_t read_number(smtpauth_view v)
{
    uint64_t n = 0;
    for (size_t i = 0; i < v.len; i++) {
        uint64_t digit = (uint64_t)(uint8_t)(v.data[i] - '0');
        if (!smtpa_is_digit(v.data[i]))
            return 0;
        n = n > (UINT64_MAX - digit) / 10 ? UINT64_MAX : n * 10 + digit;
    }
    return n;
}

static void read_size(smtpauth_client *c, smtpauth_view parameters)
{
    c->size_max = read_number(next_word(&parameters));
}

static bool has_suffix(smtpauth_view word, const char *suffix)
{
    size_t len = strlen(suffix);
    return word.len > len && smtpauth_text_is(word.data + word.len - len, len, suffix);
}

/* Each mechanism of ours that is listed; and of each, whether its -PLUS form is. */
static void read_auth(smtpauth_client *c, smtpauth_view parameters)
{
    const uint8_t count = smtpa_config_mechanism_count(c->config);
    for (smtpauth_view word = next_word(&parameters); word.len > 0; word = next_word(&parameters)) {
        size_t plain_len = has_suffix(word, "-PLUS") ? word.len - 5 : 0;
        for (uint8_t i = 0; i < count; i++) {
            const char *name = smtpa_client_mechanism_name_at(c, i);
            if (smtpauth_text_is(word.data, word.len, name))
                c->mechanisms_offered = (uint16_t)(c->mechanisms_offered | 1u << i);
            if (plain_len > 0 && smtpauth_text_is(word.data, plain_len, name))
                c->mechanisms_plus = (uint16_t)(c->mechanisms_plus | 1u << i);
        }
    }
}

static uint16_t read_limit(smtpauth_view word, const char *name)
{
    size_t len = strlen(name);
    if (word.len <= len || !smtpauth_text_is(word.data, len, name))
        return 0;
    uint64_t n = read_number(smtpa_slice(word, len, word.len - len));
    return (uint16_t)(n <= UINT16_MAX ? n : 0); /* so many is no limit */
}

static void read_limits(smtpauth_client *c, smtpauth_view parameters) /* RFC 9422 4 */
{
    for (smtpauth_view word = next_word(&parameters); word.len > 0; word = next_word(&parameters)) {
        uint16_t messages = read_limit(word, "MAILMAX="), recipients = read_limit(word, "RCPTMAX=");
        c->messages_max = messages != 0 ? messages : c->messages_max;
        c->recipients_max = recipients != 0 ? recipients : c->recipients_max;
    }
}

/* clang-format off */
static const struct keyword {
    const char *word;
    uint32_t bit;
    keyword_reader *read;
} keywords[] = {
    {"PIPELINING",          SMTPAUTH_OFFERS_PIPELINING,     NULL},        /* RFC 2920 */
    {"8BITMIME",            SMTPAUTH_OFFERS_8BITMIME,       NULL},        /* RFC 6152 */
    {"SIZE",                SMTPAUTH_OFFERS_SIZE,           read_size},   /* RFC 1870 */
    {"ENHANCEDSTATUSCODES", SMTPAUTH_OFFERS_ENHANCED_CODES, NULL},        /* RFC 2034 */
    {"STARTTLS",            SMTPAUTH_EXT_STARTTLS,          NULL},        /* RFC 3207 */
    {"AUTH",                SMTPAUTH_EXT_AUTH,              read_auth},   /* RFC 4954 */
    {"SMTPUTF8",            SMTPAUTH_EXT_SMTPUTF8,          NULL},        /* RFC 6531 */
    {"EXPN",                SMTPAUTH_EXT_EXPN,              NULL},
    {"CHUNKING",            SMTPAUTH_EXT_CHUNKING,          NULL},        /* RFC 3030 */
    {"BINARYMIME",          SMTPAUTH_EXT_BINARYMIME,        NULL},        /* RFC 3030 */
    {"DSN",                 SMTPAUTH_EXT_DSN,               NULL},        /* RFC 3461 */
    {"DELIVERBY",           SMTPAUTH_EXT_DELIVERBY,         NULL},        /* RFC 2852 */
    {"FUTURERELEASE",       SMTPAUTH_EXT_FUTURERELEASE,     NULL},        /* RFC 4865 */
    {"MT-PRIORITY",         SMTPAUTH_EXT_MT_PRIORITY,       NULL},        /* RFC 6710 */
    {"REQUIRETLS",          SMTPAUTH_EXT_REQUIRETLS,        NULL},        /* RFC 8689 */
    {"LIMITS",              SMTPAUTH_EXT_LIMITS,            read_limits}, /* RFC 9422 */
    {"ETRN",                SMTPAUTH_EXT_ETRN,              NULL},        /* RFC 1985 */
    {"NO-SOLICITING",       SMTPAUTH_EXT_NO_SOLICITING,     NULL},        /* RFC 3865 */
    {"BURL",                SMTPAUTH_EXT_BURL,              NULL},        /* RFC 4468 */
    {"XCLIENT",             SMTPAUTH_EXT_XCLIENT,           NULL},
};
/* clang-format on */

void smtpa_client_learn(smtpauth_client *c, smtpauth_view words)
{
    smtpauth_view keyword = next_word(&words);
    if (keyword.len > 5 &&
        smtpauth_text_is(keyword.data, 5, "AUTH=")) { /* before RFC 2554: "AUTH=PLAIN LOGIN" */
        size_t rest_len = (size_t)(words.data + words.len - keyword.data) - 5;
        words = smtpa_view(keyword.data + 5, rest_len);
        keyword.len = 4;
    }
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (!smtpauth_text_is(keyword.data, keyword.len, keywords[i].word))
            continue;
        c->offered |= keywords[i].bit;
        if (keywords[i].read != NULL)
            keywords[i].read(c, words);
    }
}

void smtpa_client_unlearn(smtpauth_client *c)
{
    c->offered = 0;
    c->size_max = 0;
    c->mechanisms_offered = c->mechanisms_plus = c->recipients_max = c->messages_max = 0;
    c->marks &= ~(uint32_t)(IS_GREETED | IS_EXTENDED);
}

void smtpa_client_say_hello(smtpauth_client *c, smtpauth_io *io)
{
    bool is_helo = smtpa_client_has_mark(c, WANTS_HELO);
    const char *verb = is_helo ? "HELO " : smtpa_client_has_mark(c, IS_LMTP) ? "LHLO " : "EHLO ";
    smtpa_client_unlearn(c);
    c->marks &= ~WANTS_HELO;
    smtpa_client_say(c, io, verb, c->config->name, is_helo ? AWAIT_HELO : AWAIT_HELLO);
}

bool smtpa_client_settle_tls(smtpauth_client *c, smtpauth_io *io)
{
    if (smtpa_client_has_mark(c, IS_TLS) || smtpa_client_wants(c, SMTPAUTH_CLIENT_TLS_NEVER))
        return true;
    bool is_offered = (c->offered & SMTPAUTH_EXT_STARTTLS) != 0;
    bool is_lost = !is_offered || (c->marks & (DID_TLS | DECLINED_TLS)) != 0;
    if (is_lost && !smtpa_client_wants(c, SMTPAUTH_CLIENT_TLS_REQUIRED))
        return true;
    if (is_lost) {
        smtpa_client_quit(c, SMTPAUTH_REASON_TLS_MISSING);
    } else if (smtpa_client_wants(c, SMTPAUTH_CLIENT_ASKS_STARTTLS) && !smtpa_client_has_mark(c, AGREED_TLS)) {
        bool is_insisted = smtpa_client_has_mark(c, DID_INSIST_ON_TLS);
        smtpa_client_ask(c, SMTPAUTH_ASK_STARTTLS, is_insisted ? SMTPAUTH_WHY_REQUIRED : SMTPAUTH_WHY_FIRST);
    } else {
        c->marks |= DID_TLS;
        smtpa_client_say(c, io, "STARTTLS", "", AWAIT_STARTTLS);
    }
    return false;
}

void smtpa_client_insist_on_tls(smtpauth_client *c)
{
    c->marks = (c->marks | DID_INSIST_ON_TLS) & ~(uint32_t)DECLINED_TLS;
}
