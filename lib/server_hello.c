/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The reply to EHLO (RFC 5321 4.1.1.1), one line at a time, as it may be longer than the room. It names only what is
 * true now: no STARTTLS under TLS, AUTH only where it may be used, and nothing twice.
 */

#include <string.h>

#include "internal/server.h"
#include "internal/text.h"

enum { LINE_ROOM = 400 };

typedef struct hello_line {
    uint8_t octets[LINE_ROOM];
    size_t len;
} hello_line;

static void add(hello_line *line, const char *text)
{
    size_t len = strlen(text);
    if (len <= LINE_ROOM - line->len) {
        memcpy(line->octets + line->len, text, len);
        line->len += len;
    }
}

static void add_number(hello_line *line, uint64_t n)
{
    char digits[21];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    add(line, digits + at);
}

static void hostname(const smtpauth_server *s, hello_line *line)
{
    add(line, s->policy->hostname);
}

static void pipelining(const smtpauth_server *s, hello_line *line)
{
    (void)s;
    add(line, "PIPELINING");
}

static void size(const smtpauth_server *s, hello_line *line)
{
    uint64_t max = smtpa_message_max(s->policy);
    add(line, "SIZE ");
    add_number(line, max == UINT64_MAX ? 0 : max); /* 0: no fixed limit (RFC 1870 4) */
}

static void eightbit(const smtpauth_server *s, hello_line *line)
{
    (void)s;
    add(line, "8BITMIME");
}

static void smtputf8(const smtpauth_server *s, hello_line *line)
{
    if (s->policy->extensions & SMTPAUTH_EXT_SMTPUTF8)
        add(line, "SMTPUTF8");
}

static void chunking(const smtpauth_server *s, hello_line *line)
{
    if (s->policy->extensions & SMTPAUTH_EXT_CHUNKING)
        add(line, "CHUNKING");
}

static void binarymime(const smtpauth_server *s, hello_line *line)
{
    if (s->policy->extensions & SMTPAUTH_EXT_BINARYMIME)
        add(line, "BINARYMIME");
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

static void enhanced_codes(const smtpauth_server *s, hello_line *line)
{
    (void)s;
    add(line, "ENHANCEDSTATUSCODES");
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

static void help(const smtpauth_server *s, hello_line *line)
{
    (void)s;
    add(line, "HELP");
}

/* In this order; a line that stays empty is left out, but the last never does. */
static void (*const lines[])(const smtpauth_server *s, hello_line *line) = {
    hostname, pipelining, size,           eightbit, smtputf8, chunking, binarymime,
    starttls, auth,       enhanced_codes, vrfy,     expn,     help,
};

enum { LINES = sizeof lines / sizeof lines[0] };

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
        line.len = 0;
        lines[s->reply_line](s, &line);
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
