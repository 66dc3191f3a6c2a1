/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Lines: finding their ends, limits, bare LF, and which part of a line is secret. Only CRLF ends a line; a bare LF is
 * judged at once, so that a person at a raw connection sees why, and never executed.
 */

#include "internal/server.h"
#include "internal/text.h"

smtpauth_view smtpa_line(const smtpauth_server *s, const smtpauth_io *io)
{
    size_t len = s->line_len, end = 0;
    if (len > 0 && len <= io->avail_in && io->next_in[len - 1] == '\n')
        end = len > 1 && io->next_in[len - 2] == '\r' ? 2 : 1;
    return smtpa_view(io->next_in, end > 0 ? len - end : 0);
}

static bool is_mechanism_octet(uint8_t c)
{
    return smtpa_is_alnum(c) || c == '-' || c == '_';
}

/* AUTH's line is secret from behind the mechanism on, a response is secret, and so is what no verb begins: it may be a
 * password that comes too late. */
smtpauth_view smtpa_secret_part(const smtpauth_server *s, const smtpauth_io *io)
{
    smtpauth_view line = smtpa_line(s, io), rest, none = smtpa_view(line.data, 0);
    uint32_t faults;
    if (line.len == 0)
        return none;
    if (smtpa_is(s, SMTPAUTH_IS_EXCHANGE))
        return line;
    uint8_t verb = smtpauth_command_verb(line.data, line.len, &rest, &faults);
    if (verb == SMTPAUTH_VERB_UNKNOWN)
        return line;
    if (verb != SMTPAUTH_VERB_AUTH)
        return none;
    size_t at = (size_t)(rest.data - line.data);
    while (at < line.len && !is_mechanism_octet(line.data[at])) /* whatever a broken client takes for a blank */
        at++;
    while (at < line.len && is_mechanism_octet(line.data[at]))
        at++;
    return smtpa_slice(line, at, line.len - at);
}

static bool begins_with(const smtpauth_io *io, const char *word, size_t len)
{
    return io->avail_in >= len && smtpauth_text_is(io->next_in, len, word);
}

static size_t limit(const smtpauth_server *s, const smtpauth_io *io)
{
    bool is_auth = smtpa_is(s, SMTPAUTH_IS_EXCHANGE) || begins_with(io, "AUTH ", 5);
    return is_auth ? smtpa_auth_line_max(s->policy) : smtpa_line_max(s->policy);
}

static void begin_discard(smtpauth_server *s, uint8_t why)
{
    s->state = STATE_DISCARD;
    s->discard = why;
    s->discard_cr = 0;
}

static void too_long(smtpauth_server *s, const smtpauth_io *io)
{
    bool is_auth = smtpa_is(s, SMTPAUTH_IS_EXCHANGE) || begins_with(io, "AUTH ", 5);
    begin_discard(s, is_auth ? DISCARD_LONG_AUTH : DISCARD_LONG);
    s->verb = SMTPAUTH_VERB_UNKNOWN;
    s->scanned = 0;
}

/* Octets of a BDAT whose size cannot be read cannot be told from commands. */
static void close_over_bdat(smtpauth_server *s, smtpauth_io *io)
{
    s->verb = SMTPAUTH_VERB_BDAT;
    s->scanned = 0;
    smtpa_say(s, io, SMTPAUTH_REASON_BDAT_SIZE);
    smtpa_note_error(s, SMTPAUTH_REASON_BDAT_SIZE, 0);
    smtpa_shut(s, SMTPAUTH_REASON_BDAT_SIZE);
}

static uint16_t judge(smtpauth_server *s, smtpauth_io *io, smtpauth_event *event)
{
    bool is_bare_lf = s->line_len < 2 || io->next_in[s->line_len - 2] != '\r';
    if ((s->policy->notes & SMTPAUTH_NOTES_LINE) && !s->is_line_noted) {
        s->is_line_noted = 1;
        smtpa_fill_note(s, io, SMTPAUTH_NOTE_LINE, event);
        return SMTPAUTH_NOTE_LINE;
    }
    if (smtpa_is(s, SMTPAUTH_IS_EXCHANGE))
        smtpa_response(s, io, is_bare_lf);
    else
        smtpa_command(s, io, is_bare_lf);
    if (is_bare_lf && s->state == STATE_LINE)
        begin_discard(s, DISCARD_BARE_LF);
    return 0;
}

uint16_t smtpa_at_line(smtpauth_server *s, smtpauth_io *io, smtpauth_event *event)
{
    if (s->line_len > 0) /* noted before, judged now */
        return judge(s, io, event);
    size_t max = limit(s, io), room = io->avail_in < max ? io->avail_in : max;
    size_t lf = smtpauth_line_scan(io->next_in, room, s->scanned);
    if (lf < room) {
        s->line_len = s->scanned = (uint32_t)(lf + 1);
        s->last_octet = '\n';
        return judge(s, io, event);
    }
    if (io->avail_in >= max) {
        bool is_bdat = !smtpa_is(s, SMTPAUTH_IS_EXCHANGE) && begins_with(io, "BDAT", 4) &&
                       !smtpa_is_letter(io->next_in[4]);
        if (is_bdat)
            close_over_bdat(s, io);
        else
            too_long(s, io);
        return 0;
    }
    s->scanned = (uint32_t)io->avail_in;
    s->last_octet = io->avail_in > 0 ? io->next_in[io->avail_in - 1] : 0;
    return SMTPAUTH_NEED_INPUT;
}

/* The CRLF of a discarded line was found. */
static void end_discard(smtpauth_server *s, smtpauth_io *io)
{
    uint8_t why = s->discard;
    s->discard = 0;
    s->discard_cr = 0;
    s->state = STATE_LINE;
    if (why == DISCARD_LONG)
        smtpa_refuse(s, io, SMTPAUTH_REASON_LINE_TOO_LONG, 0);
    else if (why == DISCARD_LONG_AUTH && smtpa_is(s, SMTPAUTH_IS_EXCHANGE))
        smtpa_auth_too_long(s, io);
    else if (why == DISCARD_LONG_AUTH)
        smtpa_refuse(s, io, SMTPAUTH_REASON_AUTH_LINE_TOO_LONG, 0);
}

uint16_t smtpa_at_discard(smtpauth_server *s, smtpauth_io *io)
{
    size_t at = 0;
    bool is_over = false;
    while (at < io->avail_in && !is_over && s->state == STATE_DISCARD) {
        uint8_t c = io->next_in[at++];
        is_over = c == '\n' && s->discard_cr;
        if (c == '\n' && !s->discard_cr && s->discard == DISCARD_BARE_LF)
            smtpa_count_bad(s, io);
        s->discard_cr = c == '\r';
    }
    smtpauth_wipe(io->next_in, at);
    smtpa_consume(s, io, at);
    if (is_over)
        end_discard(s, io);
    return is_over || s->state != STATE_DISCARD ? 0 : SMTPAUTH_NEED_INPUT;
}
