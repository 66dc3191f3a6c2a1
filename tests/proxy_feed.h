/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_PROXY_FEED_H
#define TESTS_PROXY_FEED_H

/* PROXY headers at every length, each time with the last octet in front of a page that cannot be read, and a builder of
 * those of version 2. */

#include <smtpauth/proxy.h>

/* Writes the octets that `hex` names, blanks skipped, and returns how many. */
size_t octets_of(const char *hex, uint8_t *out);

/* A copy of the octets that ends where reading ends; the same place each time. */
const uint8_t *at_the_edge(const uint8_t *data, size_t len);

/* Checks that a header of `len` octets is taken exactly, is incomplete at every shorter length, and that a reader that
 * asks smtpauth_proxy_needed gets it and not an octet more. Fills `proxy`, whose views then point into at_the_edge;
 * zeroed when it is not taken. */
void expect_taken(const char *row, const uint8_t *data, size_t len, smtpauth_proxy *proxy);

/* Checks that the octets are refused as soon as `at` of them are there, and neither earlier nor later. */
void expect_refused(const char *row, const uint8_t *data, size_t len, size_t at);

/* Checks that a view is this text, or, for NULL, that it is not there. */
void check_text(const smtpauth_view *view, const char *text, const char *row, const char *what);

/* ---- headers of version 2, made here ---- */

typedef struct proxy_header {
    uint8_t octets[16 + 65535 + 64];
    size_t len, tls_len_at; /* tls_len_at: where the open TLS block's length stands */
} proxy_header;

/* Begins with the fixed octets and addresses of the family's size: 1, 2, 3 ... 12, then zeros. */
void header_begin(proxy_header *h, uint8_t command, uint8_t family);
void header_add(proxy_header *h, const void *octets, size_t len);
void header_set_length(proxy_header *h); /* after header_add; the others below do it */
void header_add_tlv(proxy_header *h, uint8_t type, const void *value, size_t len);
void header_begin_tls(proxy_header *h, uint8_t client, uint32_t verify);
void header_end_tls(proxy_header *h);

/* Adds a checksum of zeros; returns where it stands, for header_sign once the header is whole. */
size_t header_add_checksum(proxy_header *h);
void header_sign(proxy_header *h, size_t at);
uint32_t header_crc32c(const uint8_t *data, size_t len);

/* expect_taken, of such a header. */
void expect_header(const char *row, const proxy_header *h, smtpauth_proxy *proxy);
/* expect_refused, when all of it is there. */
void expect_no_header(const char *row, const proxy_header *h);

#endif
