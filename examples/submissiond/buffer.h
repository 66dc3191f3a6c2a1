/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_BUFFER_H
#define SUBMISSIOND_BUFFER_H

/*
 * Octets that grow.
 */

#include <smtpauth/types.h>

struct buffer {
    uint8_t *data;
    size_t len, cap;
};

/* False: no memory, nothing was added. */
bool buffer_add(struct buffer *buffer, const void *data, size_t len);
bool buffer_add_text(struct buffer *buffer, const char *text);
void buffer_free(struct buffer *buffer);

#endif
