/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The oracle: knows without the engine how the octets of a client fall into units that want one reply each (a line, a
 * message, a BDAT with its octets; in LMTP a message or its last BDAT wants one for each recipient), and what replies may look like: their shape, which codes answer AUTH alone, who
 * hears 530, and that nothing but QUIT is answered once a session was idle for too long.
 */

#include "oracle.h"

#include <string.h>

static bool is_letters(const uint8_t *line, const char *word)
{
    return smtpauth_text_is(line, strlen(word), word);
}

/* The replies to a message. */
static uint32_t message_ends(const oracle *o)
{
    return policy.flags & SMTPAUTH_LMTP && o->recipients > 0 ? o->recipients : 1;
}

/* "BDAT 12 LAST": its octets, and whether they are the last ones. */
static void read_chunk(oracle *o, size_t len)
{
    size_t at = 5, end = len - 2;
    for (; at < len && o->line[at] >= '0' && o->line[at] <= '9'; at++)
        o->swallow = o->swallow * 10 + (uint64_t)(o->line[at] - '0');
    while (end > at && o->line[end - 1] == ' ')
        end--;
    o->is_last = policy.extensions & SMTPAUTH_EXT_CHUNKING && smtpauth_text_is(o->line + at, end - at, " LAST");
}

uint32_t unit_ends(oracle *o, uint8_t c, uint32_t idle)
{
    static const char end[] = "\r\n.\r\n";
    if (o->in_data) {
        o->dot = c == (uint8_t)end[o->dot] ? o->dot + 1 : c == '\r' ? 1 : 0;
        o->is_last = o->dot == 5;
        return o->is_last ? message_ends(o) : 0;
    }
    if (o->swallow > 0)
        return --o->swallow > 0 ? 0 : o->is_last ? message_ends(o) : 1;
    if (o->len < sizeof o->line)
        o->line[o->len] = c;
    if (o->len++ == 0) {
        o->is_long = o->is_judged = o->is_last = false;
        o->is_too_idle = !o->in_exchange && idle >= (policy.idle_commands_max ? policy.idle_commands_max : 100);
    }
    bool is_auth = o->in_exchange || (o->len >= 5 && is_letters(o->line, "AUTH "));
    bool is_end = c == '\n' && o->after_cr, was_judged = o->is_judged;
    o->after_cr = c == '\r';
    size_t max = is_auth ? (policy.auth_line_max ? policy.auth_line_max : 16384)
                         : (policy.line_max ? policy.line_max : 2048);
    o->is_auth = is_auth;
    if (c != '\n' && o->len >= max && !o->is_judged)
        o->is_long = true;
    if (c == '\n' && !is_end && !o->is_long)
        o->is_judged = true;
    if (!is_end)
        return o->is_judged && !was_judged;
    size_t len = o->len;
    o->len = 0;
    o->after_cr = false;
    if (len > 1 && was_judged)
        return false;
    if (!o->in_exchange && !o->is_long && len >= 8 && is_letters(o->line, "BDAT ")) {
        read_chunk(o, len < sizeof o->line ? len : sizeof o->line);
        return o->swallow > 0 ? 0 : o->is_last ? message_ends(o) : 1;
    }
    return true;
}

bool holds(const void *data, size_t len, const char *what)
{
    const uint8_t *at = data;
    size_t n = strlen(what);
    for (size_t i = 0; i + n <= len; i++)
        if (at[i] == (uint8_t)what[0] && memcmp(at + i, what, n) == 0)
            return true;
    return false;
}

/* zQxJ is what the script puts wherever a client chooses words: a reply never repeats it. */
void judge_line(const uint8_t *line, size_t len)
{
    if (len > 512 || len < 6 || line[len - 2] != '\r' || (line[3] != ' ' && line[3] != '-'))
        fail("shape of a reply");
    for (size_t k = 0; k + 2 < len; k++)
        if (line[k] < ' ' || line[k] == 0x7F || (line[k] > '~' && !holds(line, len, "\xC3\xA9 own")))
            fail("octets of a reply");
    if (holds(line, len, "zQxJ"))
        fail("a reply repeats what the client said");
}

/* What the reply to a command does to the list of recipients. */
static void count_recipients(oracle *o, int code)
{
    static const char *const enders[] = {"MAIL", "RSET", "EHLO", "HELO", "LHLO", "STARTTLS", "XCLIENT"};
    if (is_letters(o->line, "RCPT") && (code == 250 || code == 251))
        o->recipients++;
    if (o->is_last && code != 503) /* that is a transaction broken before */
        o->recipients = 0;
    for (size_t i = 0; i < sizeof enders / sizeof *enders; i++)
        if (code / 100 == 2 && is_letters(o->line, enders[i]))
            o->recipients = 0;
}

bool judge_reply(oracle *o, const uint8_t *line, bool is_authenticated)
{
    int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (code == 421)
        return true;
    o->got++;
    bool auth_only = code == 535 || code == 534 || code == 525 || code == 432 || code == 235 || code == 334;
    if (auth_only && !o->is_auth)
        fail("a reply of AUTH's to something else");
    if (code == 530 && o->is_auth && memcmp(line, "530 5.7.0 Must issue a STARTTLS", 31) != 0)
        fail("530 to AUTH");
    if (code == 530 && is_authenticated)
        fail("530 to somebody authenticated");
    if (o->is_too_idle && !o->is_long && !is_letters(o->line, "QUIT"))
        fail("a session too idle goes on");
    o->is_too_idle = false;
    count_recipients(o, code);
    o->in_data = code == 354;
    o->dot = 2;
    o->in_exchange = code == 334;
    return false;
}
