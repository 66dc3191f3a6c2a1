/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "header.h"

#include <smtpauth/text.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* ---- Fields ---- */

/* Octets of the line that begins at `at`, with its end: CRLF, or a CR or LF alone, which goes out as CRLF. */
static size_t line_length(smtpauth_view message, size_t at)
{
    for (size_t i = at; i < message.len; i++) {
        bool has_lf = message.data[i] == '\r' && i + 1 < message.len && message.data[i + 1] == '\n';
        if (message.data[i] == '\r' || message.data[i] == '\n')
            return i + 1 + has_lf - at;
    }
    return message.len - at;
}

static bool is_empty_line(smtpauth_view message, size_t at, size_t len)
{
    return len > 0 && (message.data[at] == '\r' || message.data[at] == '\n');
}

static bool is_continuation(smtpauth_view message, size_t at)
{
    return message.data[at] == ' ' || message.data[at] == '\t';
}

static size_t name_length(smtpauth_view line)
{
    size_t len = 0;
    while (len < line.len && line.data[len] > ' ' && line.data[len] < 0x7F && line.data[len] != ':')
        len++;
    size_t colon = len;
    while (colon < line.len && (line.data[colon] == ' ' || line.data[colon] == '\t'))
        colon++;
    return colon < line.len && line.data[colon] == ':' ? len : 0;
}

/* A line that is neither begins the body here (RFC 5322 wants an empty line before it; not all programs know). */
size_t header_length(smtpauth_view message, size_t *culprit)
{
    size_t at = 0;
    *culprit = 0;
    for (size_t line = 1; at < message.len; line++) {
        size_t len = line_length(message, at);
        if (is_empty_line(message, at, len))
            return at + len;
        bool is_field = (is_continuation(message, at) && at > 0) ||
                        name_length((smtpauth_view){message.data + at, len}) > 0;
        if (!is_field) {
            *culprit = line;
            break;
        }
        at += len;
    }
    return at;
}

size_t header_postmark_length(smtpauth_view message)
{
    static const char begin[] = "From ";
    size_t len = line_length(message, 0);
    bool is_postmark = len >= sizeof begin - 1 && memcmp(message.data, begin, sizeof begin - 1) == 0 &&
                       name_length((smtpauth_view){message.data, len}) == 0;
    return is_postmark ? len : 0;
}

bool header_next(smtpauth_view *rest, struct header_field *field)
{
    size_t len = rest->len > 0 ? line_length(*rest, 0) : 0;
    if (len == 0 || is_empty_line(*rest, 0, len))
        return false;
    field->name = (smtpauth_view){rest->data, name_length((smtpauth_view){rest->data, len})};
    while (len < rest->len && is_continuation(*rest, len))
        len += line_length(*rest, len);
    field->all = (smtpauth_view){rest->data, len};
    const uint8_t *colon = memchr(rest->data, ':', len);
    size_t before = field->name.len > 0 && colon != NULL ? (size_t)(colon - rest->data) + 1 : len;
    field->body = (smtpauth_view){rest->data + before, len - before};
    rest->data += len;
    rest->len -= len;
    return true;
}

bool header_field_is(const struct header_field *field, const char *name)
{
    return field->name.len > 0 && smtpauth_text_is(field->name.data, field->name.len, name);
}

/* ---- Addresses ---- */

/* One mailbox that is being read. What stands in brackets is the address, else all that is no comment or blank. */
struct reader {
    smtpauth_view rest;
    char *address;
    size_t len;
    bool has_brackets, in_brackets;
};

static void keep(struct reader *reader, uint8_t octet)
{
    if (!reader->has_brackets || reader->in_brackets)
        reader->address[reader->len++] = (char)octet;
}

static uint8_t next(struct reader *reader)
{
    reader->rest.len--;
    return *reader->rest.data++;
}

static void skip_comment(struct reader *reader)
{
    for (size_t depth = 1; depth > 0 && reader->rest.len > 0;) {
        uint8_t octet = next(reader);
        if (octet == '\\' && reader->rest.len > 0)
            next(reader);
        depth += octet == '(';
        depth -= octet == ')';
    }
}

static void take_quoted(struct reader *reader)
{
    keep(reader, '"');
    while (reader->rest.len > 0) {
        uint8_t octet = next(reader);
        keep(reader, octet);
        if (octet == '\\' && reader->rest.len > 0)
            keep(reader, next(reader));
        else if (octet == '"')
            return;
    }
}

static void end_mailbox(struct reader *reader, struct addresses *addresses)
{
    if (reader->len > 0)
        addresses_add(addresses, reader->address, reader->len);
    reader->len = 0;
    reader->has_brackets = reader->in_brackets = false;
}

/* A route, "<@a,@b:c@d>", is read and dropped (RFC 5322 4.4). */
static void take_special(struct reader *reader, uint8_t octet, struct addresses *addresses)
{
    bool is_route = reader->in_brackets && reader->len > 0 && reader->address[0] == '@';
    if (octet == '<') {
        reader->len = 0;
        reader->has_brackets = reader->in_brackets = true;
    } else if (octet == '>') {
        reader->in_brackets = false;
    } else if (octet == ':') { /* the name of a group was before it */
        reader->len = 0;
    } else if (!is_route) {
        end_mailbox(reader, addresses);
    }
}

void header_addresses(smtpauth_view body, struct addresses *addresses)
{
    struct reader reader = {body, malloc(body.len + 1), 0, false, false};
    if (reader.address == NULL) {
        fputs("send: out of memory\n", stderr);
        exit(EX_OSERR);
    }
    bool in_literal = false;
    while (reader.rest.len > 0) {
        uint8_t octet = next(&reader);
        if (octet == '(')
            skip_comment(&reader);
        else if (octet == '"')
            take_quoted(&reader);
        else if (octet != 0 && strchr("<>:,;", octet) != NULL && !in_literal)
            take_special(&reader, octet, addresses);
        else if (octet != ' ' && octet != '\t' && octet != '\r' && octet != '\n')
            keep(&reader, octet);
        in_literal = octet == '[' || (in_literal && octet != ']');
    }
    end_mailbox(&reader, addresses);
    free(reader.address);
}
