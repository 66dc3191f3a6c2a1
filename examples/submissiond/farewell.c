/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Ends connections. A socket that is closed with input unread sends RST, and RST makes the peer forget the last reply
 * (the 421 that says why); so the sending half is closed first, and input is read and thrown away, for two seconds and
 * four megabytes at most.
 */

#include "farewell.h"
#include "session.h"
#include "session_log.h"
#include "windows.h"

#include <smtpauth/text.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>

enum { LINGER_MS = 2000, LINGER_PIECE = 65536, LINGER_PIECES = 64 };

static void log_once(struct connection *connection, uint16_t reason)
{
    uint16_t why = smtpauth_server_why(&connection->session);
    if (connection->phase < PHASE_LINGERING)
        session_log_disconnect(connection, why != 0 ? why : reason);
}

void farewell_linger(struct connection *connection, uint16_t reason)
{
    struct service *service = connection->service;
    stream_finish(&connection->stream);
    if (connection->is_lost || connection->is_ended) {
        farewell_now(connection, reason);
        return;
    }
    log_once(connection, reason);
    connection->phase = PHASE_LINGERING;
    timers_set(&service->timers, &connection->timer, service->now_ms + LINGER_MS);
    struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = &connection->source};
    epoll_ctl(service->epoll_fd, EPOLL_CTL_MOD, connection->stream.fd, &wanted);
    farewell_discard(connection);
}

void farewell_discard(struct connection *connection)
{
    ptrdiff_t result = stream_discard(&connection->stream, LINGER_PIECE);
    if (result != STREAM_AGAIN || ++connection->lingered > LINGER_PIECES)
        farewell_now(connection, SMTPAUTH_REASON_BYE);
}

static void leave_lists(struct connection *connection)
{
    struct service *service = connection->service;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        service->connections = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    struct connection **link = &service->ready;
    while (connection->is_ready && *link != NULL && *link != connection)
        link = &(*link)->next_ready;
    if (connection->is_ready && *link == connection)
        *link = connection->next_ready;
}

void farewell_now(struct connection *connection, uint16_t reason)
{
    struct service *service = connection->service;
    if (connection->phase == PHASE_DEAD)
        return;
    log_once(connection, reason);
    connection->phase = PHASE_DEAD;
    session_drop_job(connection);
    timers_clear(&service->timers, &connection->timer);
    leave_lists(connection);
    /* Not left to close: while another thread spawns a program its child holds the descriptor, too, and an event would
     * still come, with a pointer to what is freed. */
    epoll_ctl(connection->service->epoll_fd, EPOLL_CTL_DEL, connection->stream.fd, NULL);
    stream_close(&connection->stream);
    mail_free(connection->mail);
    windows_drop(connection);
    proxy_header_free(connection->proxy);
    free(connection->client_name);
    free(connection->user);
    free(connection->peer_name);
    free(connection->told_name);
    free(connection->claim);
    service->connection_count--;
    connection->next = service->dead;
    service->dead = connection;
}

void connection_free_dead(struct service *service)
{
    while (service->dead != NULL) {
        struct connection *connection = service->dead;
        service->dead = connection->next;
        smtpauth_wipe(connection, sizeof *connection);
        free(connection);
    }
}

void connection_free_all(struct service *service)
{
    while (service->connections != NULL)
        farewell_now(service->connections, SMTPAUTH_REASON_SHUTDOWN);
    connection_free_dead(service);
}

struct connection *connection_of_timer(struct timer *timer)
{
    return (struct connection *)(void *)((char *)timer - offsetof(struct connection, timer));
}
