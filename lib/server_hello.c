/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The reply to EHLO (RFC 5321 4.1.1.1), one line at a time, as it may be longer than the room. It names only what is
 * true now: no STARTTLS under TLS, AUTH only where it may be used, and nothing twice. One row a keyword.
 */

#include <string.h>

#include "internal/server.h"
#include "internal/text.h"

enum { LINE_ROOM = 400 };

typedef struct hello_line {
    uint8_t octets[LINE_ROOM];
    size_t len;
} hello_line;

static void add_octets(hello_line *line, const void *octets, size_t len)
{
    if (len <= LINE_ROOM - line->len) {
        memcpy(line->octets + line->len, octets, len);
        line->len += len;
    }
}

static void add(hello_line *line, const char *text)
{
    add_octets(line, text, strlen(text));
}

static void add_number(hello_line *line, uint64_t n)
{
    uint8_t digits[SMTPA_DECIMAL_MAX];
    add_octets(line, digits, smtpa_decimal(n, digits));
}

static void hostname(const smtpauth_server *s, hello_line *line)
{
    add(line, s->policy->hostname);
}

static void size(const smtpauth_server *s, hello_line *line)
{
    uint64_t max = smtpa_message_max(s->policy);
    add(line, "SIZE ");
    add_number(line, max == UINT64_MAX ? 0 : max); /* 0: no fixed limit (RFC 1870 4) */
}

static void starttls(const smtpauth_server *s, hello_line *line)
{
    if (smtpauth_tracker_may(&s->tracker, SMTPAUTH_VERB_STARTTLS) == 0)
        add(line, "STARTTLS");
}

static void auth(const smtpauth_server *s, hello_line *line)
{
    if (smtpauth_tracker_may(&s->tracker, SMTPAUTH_VERB_AUTH) != 0)
        return;
    for (uint8_t i = 0; i < smtpa_mechanism_count(s->policy); i++) {
        if (!smtpa_mechanism_is_offered(s, i))
            continue;
        add(line, line->len == 0 ? "AUTH " : " ");
        add(line, smtpa_mechanism_name(s->policy, i));
    }
}

static void deliver_by(const smtpauth_server *s, hello_line *line)
{
    add(line, "DELIVERBY");
    if (s->policy->deliver_by_min_s > 0) {
        add(line, " ");
        add_number(line, s->policy->deliver_by_min_s);
    }
}

static void future_release(const smtpauth_server *s, hello_line *line)
{
    add(line, "FUTURERELEASE ");
    add_number(line, s->policy->future_release_max_s);
    add(line, " ");
    add(line, s->policy->future_release_until);
}

static void priority(const smtpauth_server *s, hello_line *line)
{
    add(line, "MT-PRIORITY");
    if (s->policy->priority_profile != NULL) {
        add(line, " ");
        add(line, s->policy->priority_profile);
    }
}

static void require_tls(const smtpauth_server *s, hello_line *line)
{
    if (smtpa_is(s, SMTPAUTH_IS_TLS))
        add(line, "REQUIRETLS");
}

static void limits(const smtpauth_server *s, hello_line *line)
{
    add(line, "LIMITS RCPTMAX=");
    add_number(line, smtpa_recipients_max(s->policy));
    if (s->policy->messages_max > 0) {
        add(line, " MAILMAX=");
        add_number(line, s->policy->messages_max);
    }
}

static void etrn(const smtpauth_server *s, hello_line *line)
{
    if (smtpauth_tracker_may(&s->tracker, SMTPAUTH_VERB_ETRN) == 0)
        add(line, "ETRN");
}

static void xclient(const smtpauth_server *s, hello_line *line)
{
    if (smtpa_xclient_is_trusted(s))
        add(line, "XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT");
}

static void vrfy(const smtpauth_server *s, hello_line *line)
{
    if ((s->policy->asks & SMTPAUTH_ASKS_VERIFY) && smtpauth_tracker_may(&s->tracker, SMTPAUTH_VERB_VRFY) == 0)
        add(line, "VRFY");
}

static void expn(const smtpauth_server *s, hello_line *line)
{
    if (smtpauth_tracker_may(&s->tracker, SMTPAUTH_VERB_EXPN) == 0)
        add(line, "EXPN");
}

typedef struct keyword {
    uint32_t extension; /* 0: always */
    const char *text;   /* the line, or NULL: */
    void (*write)(const smtpauth_server *s, hello_line *line);
} keyword;

/* clang-format off */
/* In this order; a line that stays empty is left out, but the last never does. */
static const keyword keywords[] = {
    {0,                          NULL,                  hostname},
    {0,                          "PIPELINING",          NULL},           /* RFC 2920 */
    {0,                          NULL,                  size},           /* RFC 1870 */
    {0,                          "8BITMIME",            NULL},           /* RFC 6152 */
    {SMTPAUTH_EXT_SMTPUTF8,      "SMTPUTF8",            NULL},           /* RFC 6531 */
    {SMTPAUTH_EXT_CHUNKING,      "CHUNKING",            NULL},           /* RFC 3030 */
    {SMTPAUTH_EXT_BINARYMIME,    "BINARYMIME",          NULL},           /* RFC 3030 */
    {0,                          NULL,                  starttls},       /* RFC 3207 */
    {0,                          NULL,                  auth},           /* RFC 4954 */
    {0,                          "ENHANCEDSTATUSCODES", NULL},           /* RFC 2034 */
    {SMTPAUTH_EXT_DSN,           "DSN",                 NULL},           /* RFC 3461 */
    {SMTPAUTH_EXT_DELIVERBY,     NULL,                  deliver_by},     /* RFC 2852 2 */
    {SMTPAUTH_EXT_FUTURERELEASE, NULL,                  future_release}, /* RFC 4865 4 */
    {SMTPAUTH_EXT_MT_PRIORITY,   NULL,                  priority},       /* RFC 6710 4 */
    {SMTPAUTH_EXT_REQUIRETLS,    NULL,                  require_tls},    /* RFC 8689 2 */
    {SMTPAUTH_EXT_LIMITS,        NULL,                  limits},         /* RFC 9422 */
    {SMTPAUTH_EXT_NO_SOLICITING, "NO-SOLICITING",       NULL},           /* RFC 3865 2 */
    {SMTPAUTH_EXT_ETRN,          NULL,                  etrn},           /* RFC 1985 4 */
    {SMTPAUTH_EXT_XCLIENT,       NULL,                  xclient},        /* Postfix's XCLIENT_README */
    {0,                          NULL,                  vrfy},
    {SMTPAUTH_EXT_EXPN,          NULL,                  expn},
    {0,                          "HELP",                NULL},
};
/* clang-format on */

enum { LINES = sizeof keywords / sizeof keywords[0] };

static void write_keyword(const smtpauth_server *s, const keyword *k, hello_line *line)
{
    line->len = 0;
    if (k->extension != 0 && !(s->policy->extensions & k->extension))
        return;
    if (k->text != NULL)
        add(line, k->text);
    else
        k->write(s, line);
}

void smtpa_hello(smtpauth_server *s, smtpauth_io *io)
{
    smtpa_end_transaction(s);
    smtpa_release(s);
    if (s->verb == SMTPAUTH_VERB_HELO) {
        smtpauth_tracker_happened(&s->tracker, SMTPAUTH_HAPPENED_HELO);
        smtpa_put(io, "250 ", 4);
        smtpa_put(io, s->policy->hostname, strlen(s->policy->hostname));
        smtpa_put(io, "\r\n", 2);
        return;
    }
    smtpauth_tracker_happened(&s->tracker, SMTPAUTH_HAPPENED_EHLO);
    s->state = STATE_HELLO;
    s->reply_line = 0;
}

uint16_t smtpa_at_hello(smtpauth_server *s, smtpauth_io *io)
{
    for (; s->reply_line < LINES; s->reply_line++) {
        hello_line line;
        write_keyword(s, &keywords[s->reply_line], &line);
        if (line.len == 0)
            continue;
        if (io->next_out == NULL || io->avail_out < line.len + 6)
            return SMTPAUTH_NEED_OUTPUT;
        smtpa_put(io, s->reply_line + 1 < LINES ? "250-" : "250 ", 4);
        smtpa_put(io, line.octets, line.len);
        smtpa_put(io, "\r\n", 2);
    }
    s->state = STATE_LINE;
    return 0;
}
