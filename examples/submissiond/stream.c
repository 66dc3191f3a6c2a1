/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Moves bytes over a socket and hands them to TLS where there is some. All errors of a socket are one: it is broken.
 */

#include "stream.h"
#include "tls.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static ptrdiff_t result(struct stream *stream, ssize_t moved, uint32_t wants)
{
    if (moved >= 0)
        return moved;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return STREAM_BROKEN;
    stream->wants = wants;
    return STREAM_AGAIN;
}

ptrdiff_t stream_read(struct stream *stream, uint8_t *data, size_t cap)
{
    ssize_t moved;
    if (stream->tls != NULL)
        return tls_read(stream, data, cap);
    do
        moved = recv(stream->fd, data, cap, 0);
    while (moved < 0 && errno == EINTR);
    return result(stream, moved, EPOLLIN);
}

ptrdiff_t stream_write(struct stream *stream, const uint8_t *data, size_t len)
{
    ssize_t moved;
    if (stream->tls != NULL)
        return tls_write(stream, data, len);
    do
        moved = send(stream->fd, data, len, MSG_NOSIGNAL);
    while (moved < 0 && errno == EINTR);
    return result(stream, moved, EPOLLOUT);
}

bool stream_has_more(const struct stream *stream)
{
    return stream->tls != NULL && tls_has_more(stream);
}

void stream_finish(struct stream *stream)
{
    if (stream->tls != NULL)
        tls_say_goodbye(stream);
    shutdown(stream->fd, SHUT_WR);
}

ptrdiff_t stream_discard(struct stream *stream, size_t cap)
{
    uint8_t waste[4096];
    for (size_t seen = 0; seen < cap;) {
        ssize_t moved = recv(stream->fd, waste, sizeof waste, 0);
        if (moved <= 0)
            return result(stream, moved, EPOLLIN);
        seen += (size_t)moved;
    }
    return STREAM_AGAIN;
}

void stream_close(struct stream *stream)
{
    tls_end(stream);
    close(stream->fd);
}
