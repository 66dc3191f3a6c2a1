/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Drives one session: bytes from the socket into the window, replies back, and waiting in between. One window of input
 * is worked off per wake-up, so a busy client does not keep the others waiting. The session decides nothing here
 * (session.c does); the begins of a connection are arrival.c's, its ends farewell.c's.
 */

#include "connection.h"
#include "arrival.h"
#include "farewell.h"
#include "session.h"
#include "session_log.h"
#include "windows.h"

#include <smtpauth/reason.h>
#include <sys/epoll.h>

enum { HANDSHAKE_MS = 60000 };

bool connection_is_busy(const struct connection *connection)
{
    const struct job *job = connection->job;
    return connection->is_in_data || (job != NULL && (job->kind == JOB_COMMIT || job->kind == JOB_DELIVER));
}

static void watch(struct connection *connection, uint32_t events)
{
    struct epoll_event wanted = {.events = events, .data.ptr = &connection->source};
    if (connection->watched == events)
        return;
    connection->watched = events;
    epoll_ctl(connection->service->epoll_fd, EPOLL_CTL_MOD, connection->stream.fd, &wanted);
}

static void set_timer(struct connection *connection, uint64_t wait_ms)
{
    timers_set(&connection->service->timers, &connection->timer, connection->service->now_ms + wait_ms);
}

/* ---- The session ---- */

/* Tells the engine why to end, if there is a reason. False: the output window is full and cannot be emptied now. */
static bool tell_ending(struct connection *connection, smtpauth_io *io)
{
    if (connection->is_lost)
        connection->ending = SMTPAUTH_REASON_CONNECTION_LOST;
    else if (connection->ending == 0 && connection->service->is_stopping && !connection_is_busy(connection))
        connection->ending = SMTPAUTH_REASON_SHUTDOWN;
    if (connection->ending == 0 || connection->was_closed)
        return true;
    if (io->avail_out < SMTPAUTH_REPLY_MAX && !windows_flush(connection, io))
        return false;
    smtpauth_server_close(&connection->session, io, connection->ending);
    connection->was_closed = true;
    return true;
}

/* Moves bytes where the engine needs it. Returns whether to step on. */
static bool go_on(struct connection *connection, smtpauth_io *io, const smtpauth_event *event)
{
    switch (event->type) {
    case SMTPAUTH_NEED_INPUT:
        if (!windows_flush(connection, io) || connection->was_closed)
            return false;
        if (connection->is_ended)
            connection->ending = SMTPAUTH_REASON_CONNECTION_LOST;
        return connection->is_ended || connection->is_lost;
    case SMTPAUTH_NEED_OUTPUT:
        return windows_flush(connection, io);
    case SMTPAUTH_NEED_TLS:
        connection->wants_tls = true;
        return false;
    case SMTPAUTH_CLOSED:
        connection->phase = PHASE_FLUSHING;
        return false;
    default:
        connection->has_moved = true;
        return session_on_event(connection, io, event);
    }
}

static void await(struct connection *connection);

/* Runs the session until it must wait. `is_tls_new`: a handshake has just succeeded. */
static void run(struct connection *connection, bool may_read, bool is_tls_new)
{
    smtpauth_io io;
    smtpauth_event event;
    bool is_data_alone = connection->is_in_data;
    windows_open(connection, &io);
    size_t used = io.avail_in;
    if (is_tls_new)
        smtpauth_server_tls_started(&connection->session, &io, tls_bindings(&connection->stream));
    if (connection->job != NULL)
        session_settle(connection, &io);
    if (may_read) {
        windows_read(connection, &io);
        used = io.avail_in > used ? io.avail_in : used;
    }
    do {
        if (!tell_ending(connection, &io))
            break;
        uint16_t type = smtpauth_server_step(&connection->session, &io, &event);
        is_data_alone = is_data_alone && (type == SMTPAUTH_NOTE_DATA || type == SMTPAUTH_NEED_INPUT);
    } while (go_on(connection, &io, &event));
    windows_flush(connection, &io);
    windows_close(connection, &io, used, is_data_alone);
    await(connection);
}

/* ---- Waiting ---- */

static void add_ready(struct connection *connection)
{
    if (connection->is_ready)
        return;
    connection->is_ready = true;
    connection->next_ready = connection->service->ready;
    connection->service->ready = connection;
}

static void await_input(struct connection *connection)
{
    uint16_t seconds = smtpauth_server_timeout(&connection->session);
    if (connection->has_moved || connection->timer.position == 0)
        set_timer(connection, seconds * UINT64_C(1000));
    connection->has_moved = false;
    watch(connection, connection->read_wants != 0 ? connection->read_wants : EPOLLIN);
    if (connection->is_lost || connection->wants_tls || stream_has_more(&connection->stream))
        add_ready(connection);
}

/* Arms descriptor and deadline for what the phase waits for. */
static void await(struct connection *connection)
{
    if (connection->unsent != NULL) {
        watch(connection, connection->stream.wants);
        return;
    }
    switch (connection->phase) {
    case PHASE_TALKING:
        await_input(connection);
        break;
    case PHASE_ANSWERING:
        timers_clear(&connection->service->timers, &connection->timer);
        watch(connection, 0);
        break;
    case PHASE_DELAYED:
        timers_set(&connection->service->timers, &connection->timer, connection->delayed_until_ms);
        watch(connection, 0);
        break;
    case PHASE_FLUSHING:
        farewell_linger(connection, SMTPAUTH_REASON_BYE);
        break;
    default:
        break;
    }
}

static void begin_handshake(struct connection *connection)
{
    connection->wants_tls = false;
    connection->phase = PHASE_HANDSHAKE;
    set_timer(connection, HANDSHAKE_MS);
    if (!tls_begin(&connection->stream, connection->service->tls)) {
        farewell_now(connection, SMTPAUTH_REASON_TLS_FAILED);
        return;
    }
    watch(connection, EPOLLIN);
}

/* A session that has not begun greets; one that said STARTTLS hears that TLS is up. */
static void handshake(struct connection *connection)
{
    ptrdiff_t result = tls_handshake(&connection->stream);
    if (result == STREAM_AGAIN) {
        watch(connection, connection->stream.wants);
        return;
    }
    session_log_tls(connection, result == TLS_HANDSHAKE_DONE);
    if (result != TLS_HANDSHAKE_DONE) { /* OpenSSL has sent an alert, which should arrive */
        farewell_linger(connection, SMTPAUTH_REASON_TLS_FAILED);
        return;
    }
    connection->phase = PHASE_TALKING;
    connection->has_moved = true;
    run(connection, false, true);
}

/* Goes on with whatever it waited for; nothing is unsent. */
static void proceed(struct connection *connection)
{
    switch (connection->phase) {
    case PHASE_PROXY:
        arrival_on_socket(connection);
        break;
    case PHASE_HANDSHAKE:
        handshake(connection);
        break;
    case PHASE_TALKING:
        if (connection->wants_tls && connection->ending == 0 && !connection->is_lost)
            begin_handshake(connection);
        else
            run(connection, connection->ending == 0, false);
        break;
    case PHASE_ANSWERING:
        if (connection->job->is_done)
            run(connection, false, false);
        else
            await(connection);
        break;
    case PHASE_DELAYED:
        if (connection->service->now_ms >= connection->delayed_until_ms) {
            connection->phase = PHASE_TALKING;
            run(connection, false, false);
        } else {
            await(connection);
        }
        break;
    case PHASE_FLUSHING:
        farewell_linger(connection, SMTPAUTH_REASON_BYE);
        break;
    case PHASE_LINGERING:
        farewell_discard(connection);
        break;
    default:
        break;
    }
}

/* ---- What happens to it ---- */

void connection_on_socket(struct connection *connection, uint32_t events)
{
    if (connection->phase == PHASE_DEAD)
        return;
    bool is_waiting = connection->phase == PHASE_ANSWERING || connection->phase == PHASE_DELAYED;
    if (is_waiting && (events & (EPOLLHUP | EPOLLERR)) != 0) {
        connection->is_lost = true;
        connection_end(connection, SMTPAUTH_REASON_CONNECTION_LOST);
        return;
    }
    if (connection->unsent != NULL && !windows_flush_unsent(connection))
        await(connection);
    else
        proceed(connection);
}

void connection_on_ready(struct connection *connection)
{
    if (connection->unsent == NULL && connection->phase == PHASE_TALKING)
        proceed(connection);
}

void connection_on_job(struct connection *connection)
{
    if (connection->unsent == NULL)
        proceed(connection);
}

void connection_on_timer(struct connection *connection)
{
    if (connection->unsent != NULL) { /* the client does not read */
        connection->is_lost = true;
        windows_drop_unsent(connection);
    }
    if (connection->phase == PHASE_DELAYED && !connection->is_lost)
        proceed(connection);
    else
        connection_end(connection,
                       connection->is_lost ? SMTPAUTH_REASON_CONNECTION_LOST : SMTPAUTH_REASON_TIMEOUT);
}

void connection_end(struct connection *connection, uint16_t reason)
{
    if (connection->phase <= PHASE_HANDSHAKE || connection->phase >= PHASE_FLUSHING) {
        farewell_now(connection, reason);
        return;
    }
    session_drop_job(connection);
    connection->phase = PHASE_TALKING;
    connection->ending = reason;
    if (connection->is_lost)
        windows_drop_unsent(connection);
    if (connection->unsent == NULL)
        run(connection, false, false);
}

void connection_greet(struct connection *connection)
{
    if (connection->is_tls)
        begin_handshake(connection);
    if (connection->phase != PHASE_DEAD)
        session_log_connect(connection);
    if (connection->phase == PHASE_TALKING)
        run(connection, false, false);
}
