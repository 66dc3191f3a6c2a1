/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Message data (RFC 5321 4.1.1.4, 4.5.2): only CRLF.CRLF ends it, wherever the windows are cut. Dots are unstuffed by
 * leaving them out between two spans. At the first fault (a bare CR or LF, a NUL, too big) the spans stop, and the
 * message is refused at its true end; nothing of it is ever read as a command. BDAT shares all but the dots.
 */

#include "internal/scan.h"
#include "internal/server.h"

enum { TEXT_LINE_MAX = 1000 }; /* with CRLF, RFC 5321 4.5.3.1.6 */

void smtpa_data_begin(smtpauth_server *s, uint8_t state)
{
    s->state = state;
    s->at_line_start = 1; /* a dot on the first line counts */
    s->after_cr = 0;
    s->faults = 0;
    s->column = 0;
    s->message_size = 0;
}

void smtpa_data_fault(smtpauth_server *s, uint16_t reason, uint32_t fault)
{
    s->refused_by = REFUSED_FAULT;
    s->refused_for = reason;
    smtpa_note_error(s, reason, fault);
}

static int dot_at(const uint8_t *data, size_t len)
{
    if (data[0] != '.')
        return DOT_NONE;
    if (len == 1)
        return DOT_WAIT;
    if (data[1] != '\r')
        return DOT_STUFFED;
    if (len == 2)
        return DOT_WAIT;
    return data[2] == '\n' ? DOT_END : DOT_STUFFED;
}

static void count_column(smtpauth_server *s, size_t n)
{
    s->column = n > UINT32_MAX - s->column ? UINT32_MAX : s->column + (uint32_t)n;
    if (s->column > TEXT_LINE_MAX - 2)
        s->faults |= SMTPAUTH_FAULT_LONG_LINE;
}

/* One octet that ends a run: CR, LF, NUL, or whatever follows a CR. Returns the fault that it shows, or 0. */
static uint32_t special(smtpauth_server *s, uint8_t c)
{
    bool was_cr = s->after_cr != 0;
    s->after_cr = 0;
    if (was_cr && c == '\n') {
        s->at_line_start = 1;
        s->column = 0;
        return 0;
    }
    if (was_cr) {
        s->after_cr = c == '\r';
        return SMTPAUTH_FAULT_BARE_CR;
    }
    if (c == '\r') {
        s->after_cr = 1;
        return 0;
    }
    if (c == 0)
        return SMTPAUTH_FAULT_NUL;
    s->faults |= SMTPAUTH_FAULT_BARE_LF;
    s->column = 0;
    return s->policy->flags & SMTPAUTH_TEXT_LF ? 0 : SMTPAUTH_FAULT_BARE_LF;
}

/* Takes octets as far as one span goes. In a message at fault, `fault` is left out and there is no span. */
smtpa_run smtpa_take_run(smtpauth_server *s, const uint8_t *data, size_t len, bool has_dots)
{
    smtpa_run run = {0, DOT_NONE, 0};
    while (run.len < len && run.fault == 0) {
        const uint8_t *at = data + run.len;
        size_t left = len - run.len;
        if (s->at_line_start && has_dots) {
            run.dot = (uint8_t)dot_at(at, left);
            if (run.dot != DOT_NONE)
                return run;
            s->at_line_start = 0;
        }
        if (s->after_cr || *at == '\r' || *at == '\n' || *at == 0) {
            run.fault = special(s, *at);
            run.len++;
            if (s->refused_by != REFUSED_NOT)
                run.fault = 0;
            continue;
        }
        uint8_t high = 0;
        size_t plain = smtpa_scan_plain(at, left, &high);
        s->faults |= high & 0x80 ? (uint32_t)SMTPAUTH_FAULT_8BIT : 0;
        count_column(s, plain);
        run.len += plain;
    }
    return run;
}

static uint16_t finish(smtpauth_server *s)
{
    s->line_len = s->scanned = END_OF_DATA;
    s->last_octet = '\n';
    smtpa_message_end(s);
    return 0;
}

size_t smtpa_hand_out(smtpauth_server *s, const uint8_t *data, size_t len, smtpauth_event *event)
{
    uint64_t room = smtpa_message_max(s->policy) - s->message_size;
    if (len > room) {
        smtpa_data_fault(s, SMTPAUTH_REASON_MESSAGE_TOO_BIG, SMTPAUTH_FAULT_TOO_BIG);
        len = (size_t)room;
    }
    s->message_size += len;
    event->data.data = data;
    event->data.len = len;
    return len;
}

uint16_t smtpa_at_data(smtpauth_server *s, smtpauth_io *io, smtpauth_event *event)
{
    if (io->avail_in == 0)
        return SMTPAUTH_NEED_INPUT;
    const uint8_t *data = io->next_in;
    bool was_at_fault = s->refused_by != REFUSED_NOT;
    smtpa_run run = smtpa_take_run(s, data, io->avail_in, true);
    size_t span = run.len - (run.fault != 0 ? 1 : 0);
    if (run.len > 0) {
        smtpa_consume(s, io, run.len);
        size_t handed = was_at_fault ? 0 : smtpa_hand_out(s, data, span, event);
        if (run.fault != 0 && s->refused_by == REFUSED_NOT)
            smtpa_data_fault(s, SMTPAUTH_REASON_BAD_CONTENT, run.fault);
        return handed > 0 ? SMTPAUTH_NOTE_DATA : 0;
    }
    if (run.dot == DOT_END)
        return finish(s);
    if (run.dot == DOT_WAIT)
        return SMTPAUTH_NEED_INPUT;
    smtpa_consume(s, io, 1); /* the stuffed dot */
    s->at_line_start = 0;
    return 0;
}
