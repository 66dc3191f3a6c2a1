/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SEND_HEADER_H
#define SEND_HEADER_H

/*
 * A message's header: its fields, and the addresses in them (RFC 5322 3.4).
 */

#include "options.h"

#include <smtpauth/types.h>

/* Octets of the header in `message`, with the empty line behind it if there is one. `culprit`: the line, counted from 1,
 * that ends it without being empty; 0: there is none. Other readers may find more fields behind such a line. */
size_t header_length(smtpauth_view message, size_t *culprit);

/* Octets of the line by which mbox files begin a message, "From joe Thu Jan 1 00:00:00 1970"; 0: there is none. */
size_t header_postmark_length(smtpauth_view message);

/* One field, with its continuation lines and line end. */
struct header_field {
    smtpauth_view all, name, body;
};

/* Takes the first field off `rest`. A line that begins no field is a field without name. False: there is none. */
bool header_next(smtpauth_view *rest, struct header_field *field);
bool header_field_is(const struct header_field *field, const char *name);

/* Adds the addresses of a field's body: "Ann (of us) <ann@example.test>, friends: bob@example.test, carol@example.test;" */
void header_addresses(smtpauth_view body, struct addresses *addresses);

#endif
