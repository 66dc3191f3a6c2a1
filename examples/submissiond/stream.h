/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_STREAM_H
#define SUBMISSIOND_STREAM_H

/*
 * A socket that never blocks, with or without TLS over it. Read and write return the octets moved or one of the
 * values below; `wants` then says which readiness of the socket to wait for.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STREAM_END = 0, STREAM_AGAIN = -1, STREAM_BROKEN = -2 };

struct tls_session;

struct stream {
    int fd;
    uint32_t wants;          /* after STREAM_AGAIN: EPOLLIN or EPOLLOUT */
    struct tls_session *tls; /* NULL: no TLS */
};

ptrdiff_t stream_read(struct stream *stream, uint8_t *data, size_t cap);
ptrdiff_t stream_write(struct stream *stream, const uint8_t *data, size_t len);

/* Has TLS taken octets from the socket that were not read yet? No readiness will tell of them. */
bool stream_has_more(const struct stream *stream);

/* Says that nothing more will be written; what was written still arrives. */
void stream_finish(struct stream *stream);

/* Throws away what the peer still sends, `cap` octets at most. STREAM_AGAIN: wait on. */
ptrdiff_t stream_discard(struct stream *stream, size_t cap);
void stream_close(struct stream *stream);

#endif
