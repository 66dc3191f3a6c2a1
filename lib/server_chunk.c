/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * BDAT (RFC 3030 2): a message in chunks whose octets are counted, not looked at for their end. Whatever a BDAT is
 * refused for, its octets are dropped before its reply, and those behind it with them: what stands in a chunk is never
 * read as a command. Only where the size cannot be read is there nothing to do but to close.
 */

#include "internal/server.h"
#include "internal/tracker.h"

enum { CHUNK_TINY = 64 }; /* smaller ones bring a message no nearer to its end: no client makes many */

static void close_over_size(smtpauth_server *s, smtpauth_io *io)
{
    smtpa_say(s, io, SMTPAUTH_REASON_BDAT_SIZE);
    smtpa_release(s);
    smtpa_note_error(s, SMTPAUTH_REASON_BDAT_SIZE, 0);
    smtpa_shut(s, SMTPAUTH_REASON_BDAT_SIZE);
}

/* The first chunk is asked for; the host that took it takes the next ones. */
static void take(smtpauth_server *s, uint64_t size)
{
    bool is_first = s->tracker.transaction != TRANSACTION_CHUNKS;
    uint64_t room = smtpa_message_max(s->policy) - (is_first ? 0 : s->message_size);
    if (size < CHUNK_TINY && !s->is_last_chunk)
        smtpa_count_idle(s);
    if (size <= room && is_first) {
        smtpa_ask(s, SMTPAUTH_ASK_DATA);
        return;
    }
    smtpa_release(s);
    s->state = STATE_CHUNK;
    if (size > room)
        smtpa_chunk_refuse(s, REFUSED_COMMAND, SMTPAUTH_REASON_MESSAGE_TOO_BIG);
}

void smtpa_bdat(smtpauth_server *s, smtpauth_io *io, uint16_t reason)
{
    smtpauth_command command;
    uint16_t fault = smtpa_parse(s, io, &command);
    if (fault == SMTPAUTH_REASON_BDAT_SIZE) {
        close_over_size(s, io);
        return;
    }
    if (reason == 0)
        reason = fault;
    s->swallow = command.size;
    s->is_last_chunk = command.is_last && reason != SMTPAUTH_REASON_NOT_IMPLEMENTED;
    if (reason == 0) {
        take(s, command.size);
        return;
    }
    smtpauth_tracker_happened(&s->tracker, SMTPAUTH_HAPPENED_CHUNK_REFUSED);
    smtpa_release(s);
    smtpa_chunk_refuse(s, REFUSED_COMMAND, reason);
}

static void end_chunk(smtpauth_server *s, smtpauth_io *io)
{
    if (!s->is_last_chunk) {
        smtpa_say(s, io, SMTPAUTH_REASON_CHUNK_OK);
        smtpa_release(s);
        return;
    }
    if (s->after_cr) /* no LF comes any more */
        smtpa_data_fault(s, SMTPAUTH_REASON_BAD_CONTENT, SMTPAUTH_FAULT_BARE_CR);
    smtpa_message_end(s);
}

uint16_t smtpa_at_chunk(smtpauth_server *s, smtpauth_io *io, smtpauth_event *event)
{
    if (s->swallow == 0) {
        end_chunk(s, io);
        return 0;
    }
    if (io->avail_in == 0)
        return SMTPAUTH_NEED_INPUT;
    const uint8_t *data = io->next_in;
    smtpa_run run = {s->swallow < io->avail_in ? (size_t)s->swallow : io->avail_in, DOT_NONE, 0};
    if (s->body != SMTPAUTH_BODY_BINARYMIME)
        run = smtpa_take_run(s, data, run.len, false);
    smtpa_consume(s, io, run.len);
    s->swallow -= run.len;
    size_t handed = smtpa_hand_out(s, data, run.len - (run.fault != 0 ? 1 : 0), event);
    if (run.fault != 0) {
        smtpa_data_fault(s, SMTPAUTH_REASON_BAD_CONTENT, run.fault);
        s->state = STATE_SWALLOW;
    }
    return handed > 0 ? SMTPAUTH_NOTE_DATA : 0;
}

uint16_t smtpa_at_swallow(smtpauth_server *s, smtpauth_io *io)
{
    size_t n = s->swallow < io->avail_in ? (size_t)s->swallow : io->avail_in;
    smtpa_consume(s, io, n);
    s->swallow -= n;
    if (s->swallow > 0)
        return SMTPAUTH_NEED_INPUT;
    smtpa_message_end(s);
    return 0;
}
