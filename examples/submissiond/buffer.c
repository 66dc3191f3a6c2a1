/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "buffer.h"

#include <stdlib.h>
#include <string.h>

bool buffer_add(struct buffer *buffer, const void *data, size_t len)
{
    if (len > buffer->cap - buffer->len) {
        size_t cap = (buffer->len + len) * 2;
        uint8_t *larger = realloc(buffer->data, cap);
        if (larger == NULL)
            return false;
        buffer->data = larger;
        buffer->cap = cap;
    }
    if (len > 0)
        memcpy(buffer->data + buffer->len, data, len);
    buffer->len += len;
    return true;
}

bool buffer_add_text(struct buffer *buffer, const char *text)
{
    return buffer_add(buffer, text, strlen(text));
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    buffer->data = NULL;
    buffer->len = buffer->cap = 0;
}
