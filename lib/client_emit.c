/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The one place that writes commands. What a host supplies for MAIL and RCPT is first written, then read back by our own
 * strict parser, and said only if that finds exactly the address and the parameters that were meant: nothing in an
 * address or a value can become another command, another parameter or another recipient.
 */

#include <string.h>

#include "internal/client.h"
#include "internal/text.h"

smtpa_emit smtpa_emit_begin(const smtpauth_io *io)
{
    smtpa_emit e = {io->next_out, io->avail_out, 0};
    return e;
}

void smtpa_emit_octets(smtpa_emit *e, const void *octets, size_t len)
{
    if (len > 0 && e->len <= e->cap && len <= e->cap - e->len)
        memcpy(e->out + e->len, octets, len);
    e->len = len <= SIZE_MAX / 2 - e->len ? e->len + len : SIZE_MAX / 2;
}

void smtpa_emit_text(smtpa_emit *e, const char *text)
{
    smtpa_emit_octets(e, text, strlen(text));
}

void smtpa_emit_view(smtpa_emit *e, smtpauth_view v)
{
    smtpa_emit_octets(e, v.data, v.len);
}

void smtpa_emit_number(smtpa_emit *e, uint64_t n)
{
    uint8_t digits[SMTPA_DECIMAL_MAX];
    smtpa_emit_octets(e, digits, smtpa_decimal(n, digits));
}

void smtpa_emit_parameter(smtpa_emit *e, const char *keyword, smtpauth_view value, uint32_t bit,
                          uint32_t *present)
{
    if (value.len == 0)
        return;
    smtpa_emit_text(e, keyword);
    smtpa_emit_view(e, value);
    *present |= bit;
}

uint16_t smtpa_emit_fault(const smtpa_emit *e, uint32_t extensions, uint32_t options, smtpauth_view path,
                          uint32_t present)
{
    smtpauth_view rest;
    smtpauth_command command;
    uint32_t faults;
    bool has_blank_end = e->len > 0 && (e->out[e->len - 1] == ' ' || e->out[e->len - 1] == '\t');
    if (has_blank_end) /* the parser would overlook it */
        return SMTPAUTH_REASON_ARGUMENT;
    uint8_t verb = smtpauth_command_verb(e->out, e->len, &rest, &faults);
    uint16_t bad = verb == SMTPAUTH_VERB_MAIL ? SMTPAUTH_REASON_BAD_SENDER : SMTPAUTH_REASON_BAD_RECIPIENT;
    uint16_t reason = smtpauth_command_parse(verb, &rest, faults, extensions, options, &command);
    if (reason != 0)
        return reason;
    bool is_path =
        command.path.len == path.len && (path.len == 0 || memcmp(command.path.data, path.data, path.len) == 0);
    if (!is_path)
        return bad;
    return command.present == present ? 0 : (uint16_t)SMTPAUTH_REASON_ARGUMENT;
}

bool smtpa_emit_say(smtpauth_client *c, smtpauth_io *io, smtpa_emit *e, size_t secret_at)
{
    size_t line = e->len;
    smtpa_emit_text(e, "\r\n");
    if (e->len > e->cap)
        return false;
    if (c->in_flight == 0 && io->avail_in > c->held)
        c->marks |= IS_EARLY;
    io->next_out += e->len;
    io->avail_out -= e->len;
    if (smtpa_client_wants(c, SMTPAUTH_CLIENT_NOTES_LINE)) {
        c->pending |= DUE_LINE;
        c->said_len = (uint16_t)(line < UINT16_MAX ? line : UINT16_MAX);
        c->secret_at =
            (uint16_t)(secret_at < line ? (secret_at < UINT16_MAX ? secret_at : UINT16_MAX) : c->said_len);
        c->said_tail = 0;
        c->said_at = (uint32_t)(uintptr_t)io->next_out;
    }
    return true;
}

void smtpa_client_await(smtpauth_client *c, uint8_t awaited)
{
    c->in_flight++;
    c->awaited = awaited;
    c->state = AT_REPLY;
}

void smtpa_client_say(smtpauth_client *c, smtpauth_io *io, const char *verb, const char *argument,
                      uint8_t awaited)
{
    smtpa_emit e = smtpa_emit_begin(io);
    smtpa_emit_text(&e, verb);
    smtpa_emit_text(&e, argument);
    (void)smtpa_emit_say(c, io, &e, SIZE_MAX);
    smtpa_client_await(c, awaited);
}
