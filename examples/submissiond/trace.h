/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_TRACE_H
#define SUBMISSIOND_TRACE_H

/*
 * The Received field: where a message came from, and how (RFC 5321 4.4).
 */

#include "buffer.h"

/* Strings are read during the call only. */
struct trace {
    const char *client_name; /* of EHLO */
    const char *peer;        /* IP address */
    const char *peer_name;   /* its host name, where a front end told it; or NULL */
    const char *user;        /* who logged in; or NULL */
    const char *hostname;
    const char *protocol; /* "ESMTPSA" */
    const char *id;
    bool is_utf8; /* may the field hold UTF-8? */
};

bool trace_add(struct buffer *header, const struct trace *trace); /* false: no memory */

#endif
