/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_PROXY_HEADER_H
#define SUBMISSIOND_PROXY_HEADER_H

/*
 * Reads the header of the PROXY protocol, which stands before TLS and greeting (smtpauth/proxy.h). Not one octet more
 * is taken from the socket than the header has.
 */

#include "network.h"
#include "stream.h"

struct proxy_header;

struct proxy_header *proxy_header_begin(void); /* NULL: no memory */
void proxy_header_free(struct proxy_header *header);

enum { PROXY_HEADER_NAMED = 1, PROXY_HEADER_UNNAMED = 2, PROXY_HEADER_MALFORMED = 3 };

/* NAMED: `client` is whom the proxy speaks for. UNNAMED: the header names nobody, as for the proxy's own health checks;
 * `client` is unchanged. MALFORMED, STREAM_BROKEN, STREAM_END: close. STREAM_AGAIN: wait. */
ptrdiff_t proxy_header_read(struct proxy_header *header, struct stream *stream, struct address *client);

#endif
