/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* What the server says: a reason's code, enhanced code and words, the host name where RFC 5321 4.2 wants it. */

#include <string.h>

#include "internal/reply.h"
#include "internal/server.h"
#include "internal/text.h"

void smtpa_put(smtpauth_io *io, const void *octets, size_t len)
{
    memcpy(io->next_out, octets, len);
    io->next_out += len;
    io->avail_out -= len;
}

static const char *text_of(const smtpauth_server *s, uint16_t reason)
{
    const smtpauth_policy *p = s->policy;
    for (size_t i = 0; i < p->words_len; i++)
        if (p->words[i].reason == reason)
            return p->words[i].text;
    if (reason == SMTPAUTH_REASON_GREETING && (p->flags & SMTPAUTH_LMTP))
        return "LMTP service ready";
    return smtpauth_reason_text(reason);
}

/* RFC 5321 4.2.2 and 4.2.3: 220, 221 and 421 name the server. */
static bool names_server(uint16_t reason)
{
    uint16_t code = smtpauth_reason_code(reason);
    return code == 221 || code == 421 || reason == SMTPAUTH_REASON_GREETING;
}

static size_t write_reply(smtpauth_server *s, smtpauth_io *io, uint16_t reason, const uint8_t *words,
                          size_t len)
{
    const char *enhanced = smtpauth_reason_enhanced(reason);
    size_t written;
    smtpauth_reply_write(io->next_out, SMTPAUTH_REPLY_MAX, smtpauth_reason_code(reason),
                         enhanced[0] != '\0' ? enhanced : NULL, words, len,
                         s->is_utf8 ? SMTPAUTH_REPLY_UTF8 : 0, &written);
    io->next_out += written;
    io->avail_out -= written;
    return written;
}

void smtpa_say(smtpauth_server *s, smtpauth_io *io, uint16_t reason)
{
    uint8_t words[256 + POLICY_WORDS_MAX];
    size_t len = 0;
    if (names_server(reason)) {
        len = strlen(s->policy->hostname);
        memcpy(words, s->policy->hostname, len);
        words[len++] = ' ';
    }
    const char *text = text_of(s, reason);
    size_t text_len = strlen(text);
    memcpy(words + len, text, text_len);
    write_reply(s, io, reason, words, len + text_len);
}

int32_t smtpa_say_words(smtpauth_server *s, smtpauth_io *io, uint16_t reason, const uint8_t *words, size_t len)
{
    bool is_one_line = smtpauth_line_scan(words, len, 0) == len;
    if (len > POLICY_WORDS_MAX || !is_one_line || !smtpa_words_fit(words, len, false)) {
        smtpa_say(s, io, reason);
        return SMTPAUTH_E_WORDS;
    }
    write_reply(s, io, reason, words, len);
    return SMTPAUTH_DONE;
}

void smtpa_challenge(smtpauth_io *io, const uint8_t *challenge, size_t len)
{
    size_t written;
    smtpa_put(io, "334 ", 4);
    smtpauth_base64_encode(io->next_out, io->avail_out, challenge, len, &written);
    io->next_out += written;
    io->avail_out -= written;
    smtpa_put(io, "\r\n", 2);
}
