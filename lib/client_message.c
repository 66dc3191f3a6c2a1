/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The message on its way out: dots stuffed and the last line ended for DATA (RFC 5321 4.5.2, 4.1.1.4), a chunk for each
 * call with BDAT (RFC 3030 2). A bare CR or LF, or a NUL, never leaves: relays behind may take it for a line end, and what
 * follows for commands. A CR is held back until the octet behind it is known.
 */

#include <string.h>

#include "internal/client.h"
#include "internal/scan.h"

enum {
    LINE_OCTETS_MAX = 998, /* without CRLF: RFC 5321 4.5.3.1.6 */
    CHUNKS_MAX = 16,       /* without a reply */
    CHUNK_HEAD_MAX = 32,   /* "BDAT 18446744073709551615\r\n" and some more */
    END_ROOM = 16          /* CRLF "." CRLF; "BDAT 0 LAST" CRLF */
};

void smtpa_client_begin_message(smtpauth_client *c, bool is_chunked)
{
    c->transaction = MAIL_SENDING;
    c->state = AT_MESSAGE;
    c->message_size = 0;
    c->column = 0;
    c->marks &= ~(uint32_t)(IS_AFTER_CR | IS_CHUNKED);
    c->marks |= IS_LINE_START | (is_chunked ? IS_CHUNKED : 0);
}

static bool is_mended(const smtpauth_client *c)
{
    return smtpa_client_wants(c, SMTPAUTH_CLIENT_FIX_LINE_ENDS);
}

static bool is_binary(const smtpauth_client *c)
{
    return c->body == SMTPAUTH_BODY_BINARYMIME;
}

/* Octets on their way into the window. */
typedef struct outlet {
    uint8_t *out;
    size_t cap, len;
    bool is_stuffed;
    uint32_t fault; /* SMTPAUTH_FAULT_...: what stopped it for good */
} outlet;

static bool put_line_end(smtpauth_client *c, outlet *o)
{
    if (o->cap - o->len < 2)
        return false;
    memcpy(o->out + o->len, "\r\n", 2);
    o->len += 2;
    c->marks = (c->marks & ~(uint32_t)IS_AFTER_CR) | IS_LINE_START;
    c->column = 0;
    return true;
}

/* A CR, an LF, a NUL, or what follows a CR. Returns how many octets of `data` it took; 0 with no fault: there is no room. */
static size_t take_special(smtpauth_client *c, uint8_t octet, outlet *o)
{
    bool was_cr = smtpa_client_has_mark(c, IS_AFTER_CR);
    if (was_cr && octet == '\n')
        return put_line_end(c, o) ? 1 : 0;
    if (was_cr) { /* it was a bare one; the octet itself is looked at next */
        o->fault = is_mended(c) ? 0 : (uint32_t)SMTPAUTH_FAULT_BARE_CR;
        if (o->fault == 0)
            (void)put_line_end(c, o);
        return 0;
    }
    if (octet == '\r') {
        c->marks |= IS_AFTER_CR;
        return 1;
    }
    if (octet == '\n' && is_mended(c))
        return put_line_end(c, o) ? 1 : 0;
    o->fault = octet == '\n' ? SMTPAUTH_FAULT_BARE_LF : SMTPAUTH_FAULT_NUL;
    return 0;
}

static void count_line(smtpauth_client *c, size_t n)
{
    c->column = (uint16_t)(n > (size_t)(UINT16_MAX - c->column) ? UINT16_MAX : c->column + n);
    if (c->column > LINE_OCTETS_MAX)
        c->faults |= SMTPAUTH_FAULT_LONG_LINE;
}

/* A dot that begins a line, with its double. Never one without the other: what was taken may be all there is. */
static bool put_dots(smtpauth_client *c, outlet *o)
{
    if (o->cap - o->len < 2)
        return false;
    memcpy(o->out + o->len, "..", 2);
    o->len += 2;
    c->marks &= ~(uint32_t)IS_LINE_START;
    count_line(c, 1);
    return true;
}

/* Copies octets as far as the room goes. Returns how many were taken. */
static size_t take_text(smtpauth_client *c, const uint8_t *data, size_t len, outlet *o)
{
    size_t at = 0;
    while (at < len && o->fault == 0) {
        uint8_t octet = data[at], high = 0;
        bool was_cr = smtpa_client_has_mark(c, IS_AFTER_CR);
        if (was_cr || octet == '\r' || octet == '\n' || octet == 0) {
            size_t n = take_special(c, octet, o);
            bool is_stuck = n == 0 && was_cr == smtpa_client_has_mark(c, IS_AFTER_CR);
            at += n;
            if (is_stuck)
                break;
            continue;
        }
        if (o->len == o->cap)
            break;
        if (o->is_stuffed && octet == '.' && smtpa_client_has_mark(c, IS_LINE_START)) {
            if (!put_dots(c, o))
                break;
            at++;
            continue;
        }
        size_t room = o->cap - o->len,
               n = smtpa_scan_plain(data + at, len - at < room ? len - at : room, &high);
        memcpy(o->out + o->len, data + at, n);
        o->len += n;
        at += n;
        c->marks &= ~(uint32_t)IS_LINE_START;
        c->faults = (uint8_t)(c->faults | (high & 0x80 ? SMTPAUTH_FAULT_8BIT : 0));
        count_line(c, n);
    }
    return at;
}

static size_t take_octets(smtpauth_client *c, const uint8_t *data, size_t len, outlet *o)
{
    if (!is_binary(c))
        return take_text(c, data, len, o);
    size_t n = len < o->cap ? len : o->cap;
    memcpy(o->out, data, n);
    o->len = n;
    return n;
}

static int32_t give_up(smtpauth_client *c, uint32_t fault)
{
    c->faults = (uint8_t)(c->faults | fault);
    smtpa_client_give_up_message(c, SMTPAUTH_REASON_BAD_CONTENT);
    return SMTPAUTH_E_WORDS;
}

void smtpa_client_give_up_message(smtpauth_client *c, uint16_t reason)
{
    bool is_chunked = smtpa_client_has_mark(c, IS_CHUNKED);
    c->question = 0;
    smtpa_client_refuse(c, reason, SMTPAUTH_PHASE_MESSAGE);
    if (is_chunked) { /* whatever the chunks on their way are answered */
        c->chunk_fate = SMTPAUTH_FATE_REFUSED;
        c->transaction = MAIL_REFUSED;
        c->state = AT_MESSAGE;
        return;
    }
    smtpa_client_message_over(c, SMTPAUTH_FATE_REFUSED);
    smtpa_client_shut(c, reason);
}

/* NOTE_LINE finds the line behind which `tail` octets were written. */
static void said_before(smtpauth_client *c, const smtpauth_io *io, size_t tail)
{
    c->said_tail = (uint32_t)(tail < UINT32_MAX ? tail : UINT32_MAX);
    c->said_at = (uint32_t)(uintptr_t)io->next_out;
}

/* "BDAT n", the octets right behind it. They were written behind the room for its longest form. */
static void say_chunk(smtpauth_client *c, smtpauth_io *io, size_t len)
{
    uint8_t *octets = io->next_out + CHUNK_HEAD_MAX;
    smtpa_emit e = {io->next_out, CHUNK_HEAD_MAX, 0};
    smtpa_emit_text(&e, "BDAT ");
    smtpa_emit_number(&e, len);
    (void)smtpa_emit_say(c, io, &e, SIZE_MAX);
    memmove(io->next_out, octets, len);
    io->next_out += len;
    io->avail_out -= len;
    said_before(c, io, len);
    smtpa_client_await(c, AWAIT_CHUNK);
    c->state = AT_MESSAGE;
    c->question = 0;
}

static int32_t may_push(const smtpauth_client *c, const smtpauth_io *io)
{
    int32_t result = smtpa_client_may_answer(c, io, SMTPAUTH_ASK_MESSAGE);
    return result == SMTPAUTH_E_OUTPUT ? (int32_t)SMTPAUTH_DONE : result;
}

int32_t smtpauth_client_data(smtpauth_client *c, smtpauth_io *io, const uint8_t *data, size_t len,
                             size_t *taken)
{
    if (taken == NULL || (data == NULL && len > 0))
        return SMTPAUTH_E_ARGUMENT;
    *taken = 0;
    int32_t result = may_push(c, io);
    if (result != SMTPAUTH_DONE || len == 0 || io->next_out == NULL)
        return result;
    bool is_chunked = smtpa_client_has_mark(c, IS_CHUNKED);
    size_t head = is_chunked ? CHUNK_HEAD_MAX : 0;
    if (io->avail_out <= head + END_ROOM)
        return SMTPAUTH_DONE;
    outlet o = {io->next_out + head, io->avail_out - head, 0, !is_chunked, 0};
    size_t n = take_octets(c, data, len, &o);
    if (o.fault != 0)
        return give_up(c, o.fault);
    c->message_size += n;
    *taken = n;
    if (is_chunked && o.len > 0) {
        say_chunk(c, io, o.len);
    } else if (!is_chunked) {
        io->next_out += o.len;
        io->avail_out -= o.len;
    }
    return SMTPAUTH_DONE;
}

static void close_line(smtpauth_io *io)
{
    memcpy(io->next_out, "\r\n", 2);
    io->next_out += 2;
    io->avail_out -= 2;
}

int32_t smtpauth_client_data_end(smtpauth_client *c, smtpauth_io *io)
{
    int32_t result = may_push(c, io);
    if (result != SMTPAUTH_DONE)
        return result;
    if (io->next_out == NULL || io->avail_out < END_ROOM + 2)
        return SMTPAUTH_E_OUTPUT;
    bool is_chunked = smtpa_client_has_mark(c, IS_CHUNKED), has_cr = smtpa_client_has_mark(c, IS_AFTER_CR);
    if (has_cr && !is_mended(c))
        return give_up(c, SMTPAUTH_FAULT_BARE_CR);
    bool is_first = c->in_flight == 0, is_cut = has_cr || !smtpa_client_has_mark(c, IS_LINE_START);
    if (!is_chunked && is_cut)
        close_line(io);
    smtpa_emit e = smtpa_emit_begin(io);
    smtpa_emit_text(&e, !is_chunked ? "." : has_cr ? "BDAT 2 LAST" : "BDAT 0 LAST");
    (void)smtpa_emit_say(c, io, &e, SIZE_MAX);
    if (is_chunked && has_cr) {
        close_line(io);
        said_before(c, io, 2);
    }
    smtpa_client_await(c, is_first ? AWAIT_END : AWAIT_CHUNK);
    if (smtpa_client_has_mark(c, IS_LMTP))
        c->in_flight += c->accepted - 1;
    c->transaction = MAIL_SENT;
    c->asked = c->noted = 0; /* LMTP: deliveries accepted, deliveries answered */
    c->marks &= ~(uint32_t)(IS_AFTER_CR | IS_LATER);
    c->question = 0;
    return SMTPAUTH_DONE;
}

/* LMTP has as many replies to the last chunk as recipients, or one when a chunk before it failed: those are waited for. */
static uint32_t chunks_max(const smtpauth_client *c)
{
    bool is_pipelined = (c->offered & SMTPAUTH_OFFERS_PIPELINING) &&
                        !smtpa_client_wants(c, SMTPAUTH_CLIENT_NO_PIPELINING) &&
                        !smtpa_client_has_mark(c, IS_LMTP);
    return is_pipelined ? CHUNKS_MAX : 1;
}

uint16_t smtpa_client_at_message(smtpauth_client *c, smtpauth_io *io)
{
    bool is_refused = c->transaction == MAIL_REFUSED;
    if (c->in_flight >= chunks_max(c) || (is_refused && c->in_flight > 0))
        return smtpa_client_at_reply(c, io);
    if (is_refused) {
        smtpa_client_leave_transaction(c, MAIL_REFUSED);
        return 0;
    }
    if (c->in_flight == 0)
        smtpa_client_look(c, io);
    if (c->state != AT_MESSAGE)
        return 0;
    if (io->avail_out < SMTPAUTH_REPLY_MAX)
        return SMTPAUTH_NEED_OUTPUT;
    smtpa_client_ask(c, SMTPAUTH_ASK_MESSAGE, 0);
    return 0;
}

static uint8_t fate_of_code(uint16_t code)
{
    return code < 400 ? SMTPAUTH_FATE_ACCEPTED : code < 500 ? SMTPAUTH_FATE_LATER : SMTPAUTH_FATE_REFUSED;
}

/* The first refusal of a chunk is the message's (RFC 3030 2). What answers the chunks behind it is its echo. */
void smtpa_client_chunk_taken(smtpauth_client *c, uint16_t code)
{
    bool is_ended = c->transaction == MAIL_SENT, is_refused = code >= 400 && c->chunk_fate == 0;
    c->state = is_ended ? AT_REPLY : AT_MESSAGE;
    if (is_ended && c->in_flight == 1)
        c->awaited = AWAIT_END;
    if (is_refused)
        c->chunk_fate = fate_of_code(code);
    if (is_refused && !is_ended)
        c->transaction = MAIL_REFUSED;
}

/* The last chunk's reply, behind one that was refused. A yes to it would be for a message with a hole. */
static void echo_taken(smtpauth_client *c, uint16_t code)
{
    if (code >= 400) {
        smtpa_client_message_over(c, c->chunk_fate);
        return;
    }
    c->chunk_fate = SMTPAUTH_FATE_UNKNOWN;
    smtpa_client_fault(c, SMTPAUTH_REASON_REPLY_UNEXPECTED);
}

void smtpa_client_end_taken(smtpauth_client *c, uint16_t code)
{
    if (c->chunk_fate != 0) {
        echo_taken(c, code);
        return;
    }
    if (!smtpa_client_has_mark(c, IS_LMTP)) {
        c->marks &= ~(uint32_t)IS_OPEN;
        smtpa_client_message_over(c, fate_of_code(code));
        return;
    }
    c->noted++;
    c->asked += code < 400 ? 1 : 0;
    c->marks |= code / 100 == 4 ? IS_LATER : 0;
    c->note_reason = code < 400 ? (uint16_t)SMTPAUTH_REASON_MESSAGE_OK : c->last.reason;
    c->pending |= DUE_DELIVERY;
    c->state = AT_REPLY;
    if (c->in_flight > 0)
        return;
    c->marks &= ~(uint32_t)IS_OPEN;
    c->accepted = c->asked;
    smtpa_client_message_over(c, c->asked > 0                         ? SMTPAUTH_FATE_ACCEPTED
                                 : smtpa_client_has_mark(c, IS_LATER) ? SMTPAUTH_FATE_LATER
                                                                      : SMTPAUTH_FATE_REFUSED);
}
