/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Reading replies (RFC 5321 4.2): a line at a time, each octet scanned once, however they drip in. Of a long reply the
 * last lines are kept, the others consumed and counted; a line over the limit, a reply over 64 KiB, one whose code
 * changes or that is none, is a fault of the server's. Lines of the answer to EHLO are learnt as they come.
 */

#include <string.h>

#include "internal/client.h"
#include "internal/text.h"

enum { REPLY_OCTETS_LIMIT = 65536 };

/* Where replies are read: behind the one that is held for the open question. */
static smtpauth_view unread(const smtpauth_client *c, const smtpauth_io *io)
{
    if (io->avail_in <= c->held)
        return smtpa_view(io->next_in, 0);
    return smtpa_view(io->next_in + c->held, io->avail_in - c->held);
}

bool smtpa_client_window_holds(const smtpauth_client *c, const smtpauth_io *io)
{
    size_t known = (size_t)c->held + c->scanned;
    if (known == 0)
        return true;
    return io->next_in != NULL && io->avail_in >= known && io->next_in[known - 1] == c->last_octet;
}

static void consume(smtpauth_io *io, size_t n)
{
    if (n > 0) {
        io->next_in += n;
        io->avail_in -= n;
    }
}

static void begin_reply(smtpauth_client *c)
{
    c->line_at = c->scanned = c->reply_octets = 0;
    c->reply_code = c->reply_lines = 0;
    c->is_reading = 1;
}

void smtpa_client_release(smtpauth_client *c, smtpauth_io *io)
{
    if (c->held > 0)
        smtpauth_wipe(io->next_in, c->held); /* a challenge is decoded in place */
    consume(io, c->held);
    c->held = 0;
    c->decoded_len = 0;
    if (c->scanned > 0)
        c->last_octet = io->next_in[c->scanned - 1];
}

void smtpa_client_forget_window(smtpauth_client *c, smtpauth_io *io)
{
    smtpauth_wipe(io->next_in, io->avail_in);
    consume(io, io->avail_in);
    c->held = c->scanned = c->line_at = 0;
    c->is_reading = 0;
}

/* A whole line. Returns false when it is none of a reply's. */
static bool take_line(smtpauth_client *c, smtpauth_view line, bool *is_last)
{
    smtpa_reply_line read = smtpa_reply_line_read(line.data, line.len);
    c->reply_octets += (uint32_t)line.len;
    if (read.is_bad || (c->reply_lines > 0 && read.code != c->reply_code))
        return false;
    if (c->reply_lines > 0 && c->awaited == AWAIT_HELLO && read.code == 250)
        smtpa_client_learn(c, read.words);
    c->reply_code = read.code;
    c->reply_lines = (uint16_t)(c->reply_lines < UINT16_MAX ? c->reply_lines + 1 : UINT16_MAX);
    *is_last = read.is_last;
    return true;
}

/* Lets go of the lines before the one at hand. */
static void drop_lines(smtpauth_client *c, smtpauth_io *io)
{
    consume(io, c->line_at);
    c->scanned -= c->line_at;
    c->line_at = 0;
}

typedef enum reading { READ_MORE, READ_REPLY, READ_FAULT } reading;

static reading read_reply(smtpauth_client *c, smtpauth_io *io)
{
    const size_t max = smtpa_config_reply_max(c->config);
    if (!c->is_reading) /* nothing scanned tells nothing: the window may hold none of a reply that has begun */
        begin_reply(c);
    for (;;) {
        smtpauth_view in = unread(c, io);
        size_t lf = smtpauth_line_scan(in.data, in.len, c->scanned);
        bool has_line = lf < in.len;
        size_t end = has_line ? lf + 1 : in.len, len = end - c->line_at;
        if (len > max || (!has_line && len == max) || c->reply_octets + len > REPLY_OCTETS_LIMIT) {
            c->note_reason = SMTPAUTH_REASON_REPLY_TOO_LONG;
            return READ_FAULT;
        }
        c->scanned = (uint32_t)end;
        if (end > 0)
            c->last_octet = in.data[end - 1];
        bool is_full = end > max || (!has_line && end == max);
        if (is_full && c->held > 0) {
            c->note_reason =
                SMTPAUTH_REASON_REPLY_TOO_LONG; /* of what nobody asked for, no lines are dropped */
            return READ_FAULT;
        }
        if (is_full) {
            drop_lines(c, io);
            in = unread(c, io);
            end = len;
        }
        if (!has_line)
            return READ_MORE;
        bool is_last = false;
        if (!take_line(c, smtpa_slice(in, c->line_at, len), &is_last)) {
            c->note_reason = SMTPAUTH_REASON_REPLY_MALFORMED;
            return READ_FAULT;
        }
        if (is_last)
            return READ_REPLY;
        c->line_at = (uint32_t)end;
    }
}

bool smtpa_client_held_reply(const smtpauth_client *c, const smtpauth_io *io, smtpauth_reply *reply)
{
    memset(reply, 0, sizeof *reply);
    if (c->held == 0 || io->avail_in < c->held || smtpauth_reply_parse(io->next_in, c->held, reply) <= 0)
        return false;
    if (c->reply_lines > reply->lines)
        reply->lines = c->reply_lines;
    return true;
}

/* The whole reply is at next_in, and held there until it was noted and took effect. */
static void hold_reply(smtpauth_client *c, const smtpauth_io *io)
{
    smtpauth_reply reply;
    c->held = c->scanned;
    c->scanned = c->line_at = 0;
    c->is_reading = 0;
    c->pending |= DUE_REPLY;
    c->state = AT_TAKE;
    if (smtpa_client_held_reply(c, io, &reply) && smtpa_client_is_refusal(c, &reply))
        c->pending |= DUE_ADVICE;
}

uint16_t smtpa_client_at_reply(smtpauth_client *c, smtpauth_io *io)
{
    reading result = read_reply(c, io);
    if (result == READ_MORE)
        return SMTPAUTH_NEED_INPUT;
    if (result == READ_FAULT)
        smtpa_client_fault(c, c->note_reason);
    else
        hold_reply(c, io);
    return 0;
}

bool smtpa_client_sees_421(const smtpauth_client *c, const smtpauth_io *io)
{
    smtpauth_view in = unread(c, io);
    for (size_t at = 0, lf; at < in.len; at = lf + 1) {
        lf = smtpauth_line_scan(in.data, in.len, at);
        if (lf < in.len && lf - at >= 3 && memcmp(in.data + at, "421", 3) == 0)
            return true;
    }
    return false;
}

void smtpa_client_look(smtpauth_client *c, smtpauth_io *io)
{
    if (io->avail_in <= c->held)
        return;
    reading result = read_reply(c, io);
    if (result == READ_MORE)
        return;
    if (result == READ_FAULT) {
        smtpa_client_fault(c, c->note_reason);
        return;
    }
    size_t len = c->scanned;
    smtpa_client_release(c, io);
    c->scanned = (uint32_t)len;
    c->awaited = AWAIT_NOTHING;
    hold_reply(c, io);
}
