/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * A refusal that waits for the end of the octets it is about (RFC 3030 2): by whom and for what a BDAT or a message is
 * refused, and how it is said at last. Of a host's own reply code and enhanced code are kept; its words are not.
 */

#include <string.h>

#include "internal/reply.h"
#include "internal/server.h"

enum { PART_MAX = 999 }; /* of an enhanced code */

void smtpa_chunk_refuse(smtpauth_server *s, uint8_t by, uint16_t reason)
{
    s->state = STATE_SWALLOW;
    s->refused_by = by;
    s->refused_for = reason;
}

/* Reads the digits at `at`; returns where they end. */
static const char *take_number(const char *at, uint16_t *number)
{
    *number = 0;
    for (; *at >= '0' && *at <= '9'; at++)
        *number = (uint16_t)(*number * 10 + (*at - '0'));
    return at;
}

void smtpa_chunk_refuse_by(smtpauth_server *s, uint16_t code, const char *enhanced)
{
    smtpa_chunk_refuse(s, REFUSED_BY_HOST, 0);
    s->own_code = code;
    const char *dot = take_number(enhanced + sizeof "5." - 1, &s->own_subject);
    take_number(dot + 1, &s->own_detail);
}

void smtpa_message_forget(smtpauth_server *s)
{
    s->swallow = 0;
    s->answered = s->refused_for = s->own_code = s->own_subject = s->own_detail = 0;
    s->is_taken = s->is_last_chunk = s->refused_by = 0;
}

static char *put_number(char *to, uint16_t n)
{
    for (uint16_t unit = n < 10 ? 1 : n < 100 ? 10 : 100; unit > 0; unit /= 10)
        *to++ = (char)('0' + n / unit % 10);
    return to;
}

/* The catalogue's, of the first row with these codes; else the least telling. */
static const char *words_for(uint16_t code, const char *enhanced, size_t len)
{
    for (int32_t i = 1; i < SMTPAUTH_REASON_COUNT; i++) {
        const uint16_t reason = (uint16_t)i;
        const char *of_row = smtpauth_reason_enhanced(reason);
        if (smtpauth_reason_code(reason) == code && strlen(of_row) == len && memcmp(of_row, enhanced, len) == 0)
            return smtpauth_reason_text(reason);
    }
    return smtpauth_reason_text(SMTPAUTH_REASON_LOCAL_ERROR);
}

void smtpa_say_refusal(smtpauth_server *s, smtpauth_io *io)
{
    char enhanced[sizeof "5.999.999"];
    size_t written;
    if (s->own_code == 0) {
        smtpa_say(s, io, s->refused_for);
        return;
    }
    char *at = put_number(enhanced, s->own_code / 100);
    *at++ = '.';
    at = put_number(at, s->own_subject);
    *at++ = '.';
    at = put_number(at, s->own_detail);
    *at = '\0';
    const char *words = words_for(s->own_code, enhanced, (size_t)(at - enhanced));
    smtpauth_reply_write(io->next_out, SMTPAUTH_REPLY_MAX, s->own_code, enhanced, (const uint8_t *)words,
                         strlen(words), 0, &written);
    io->next_out += written;
    io->avail_out -= written;
}

bool smtpa_refusal_is_sound(const smtpauth_server *s)
{
    bool has_own = s->own_code != 0;
    if (s->refused_by == REFUSED_NOT || s->refused_by > REFUSED_BY_HOST)
        return s->refused_by == REFUSED_NOT && s->refused_for == 0 && !has_own && s->own_subject == 0 &&
               s->own_detail == 0;
    if (!has_own)
        return smtpauth_reason_code(s->refused_for) >= 400 && s->own_subject == 0 && s->own_detail == 0;
    return s->refused_by == REFUSED_BY_HOST && s->refused_for == 0 && s->own_code >= 400 &&
           s->own_code <= 599 && s->own_subject <= PART_MAX && s->own_detail <= PART_MAX;
}
