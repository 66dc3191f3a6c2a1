/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Fills the windows for a run of a session and keeps what is left of them afterwards: input that the engine has not
 * consumed, replies that the socket has not taken. Both are as large as they must be and gone when they are empty.
 */

#include "windows.h"

#include <smtpauth/text.h>
#include <stdlib.h>
#include <string.h>

enum { WRITE_MS = 60000 }; /* for a client to read 8 kilobytes of replies */

void windows_drop_unsent(struct connection *connection)
{
    if (connection->unsent == NULL)
        return;
    free(connection->unsent);
    connection->unsent = NULL;
    connection->unsent_len = 0;
    connection->has_moved = true;
}

/* Sends what the socket takes. Returns how much that was; less than all: wait, or it is lost. */
static size_t send_some(struct connection *connection, const uint8_t *data, size_t len)
{
    size_t sent = 0;
    while (sent < len && !connection->is_lost) {
        ptrdiff_t moved = stream_write(&connection->stream, data + sent, len - sent);
        if (moved == STREAM_AGAIN)
            break;
        if (moved <= 0)
            connection->is_lost = true;
        else
            sent += (size_t)moved;
    }
    return connection->is_lost ? len : sent;
}

bool windows_flush(struct connection *connection, smtpauth_io *io)
{
    uint8_t *output = connection->service->output;
    size_t len = (size_t)(io->next_out - output);
    size_t sent = connection->unsent == NULL ? send_some(connection, output, len) : 0;
    io->next_out = output;
    io->avail_out = OUTPUT_WINDOW;
    if (sent == len)
        return connection->unsent == NULL;
    uint8_t *unsent = realloc(connection->unsent, connection->unsent_len + len - sent);
    if (unsent == NULL) {
        connection->is_lost = true;
        return true;
    }
    if (connection->unsent == NULL)
        timers_set(&connection->service->timers, &connection->timer, connection->service->now_ms + WRITE_MS);
    memcpy(unsent + connection->unsent_len, output + sent, len - sent);
    connection->unsent = unsent;
    connection->unsent_len += len - sent;
    return false;
}

bool windows_flush_unsent(struct connection *connection)
{
    size_t sent = send_some(connection, connection->unsent, connection->unsent_len);
    if (sent == connection->unsent_len) {
        windows_drop_unsent(connection);
        return true;
    }
    connection->unsent_len -= sent;
    memmove(connection->unsent, connection->unsent + sent, connection->unsent_len);
    return false;
}

static void drop_rest(struct connection *connection)
{
    if (connection->rest != NULL)
        smtpauth_wipe(connection->rest, connection->rest_len);
    free(connection->rest);
    connection->rest = NULL;
    connection->rest_len = 0;
}

void windows_open(struct connection *connection, smtpauth_io *io)
{
    io->next_in = connection->service->input;
    io->avail_in = connection->rest_len;
    io->next_out = connection->service->output;
    io->avail_out = OUTPUT_WINDOW;
    if (connection->rest_len > 0)
        memcpy(io->next_in, connection->rest, connection->rest_len);
    drop_rest(connection);
}

void windows_read(struct connection *connection, smtpauth_io *io)
{
    size_t room = INPUT_WINDOW - io->avail_in;
    if (room == 0 || connection->is_ended || connection->is_lost)
        return;
    ptrdiff_t moved = stream_read(&connection->stream, io->next_in + io->avail_in, room);
    connection->read_wants = moved == STREAM_AGAIN ? connection->stream.wants : 0;
    if (moved > 0)
        io->avail_in += (size_t)moved;
    else if (moved == STREAM_END)
        connection->is_ended = true;
    else if (moved == STREAM_BROKEN)
        connection->is_lost = true;
}

/* Keeps what the session has not consumed and leaves no secret in the shared window. Message data are none. */
void windows_close(struct connection *connection, const smtpauth_io *io, size_t used, bool is_data_alone)
{
    if (io->avail_in > 0) {
        connection->rest = malloc(io->avail_in);
        if (connection->rest == NULL) {
            connection->is_lost = true;
        } else {
            memcpy(connection->rest, io->next_in, io->avail_in);
            connection->rest_len = io->avail_in;
        }
    }
    if (!is_data_alone)
        smtpauth_wipe(connection->service->input, used);
}

void windows_drop(struct connection *connection)
{
    drop_rest(connection);
    windows_drop_unsent(connection);
}
