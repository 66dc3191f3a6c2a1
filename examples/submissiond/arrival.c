/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * A connection is entered into the lists, its session initialised and, where a proxy stands in front, the client's
 * address read. Who sends no header of the PROXY protocol is no proxy and hears nothing.
 */

#include "arrival.h"
#include "farewell.h"
#include "front_end.h"
#include "session_log.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <smtpauth/reason.h>
#include <smtpauth/text.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

enum { PROXY_MS = 5000, SEED_LEN = 32 };

static bool init_session(struct connection *connection, bool is_trusted)
{
    uint8_t seed[SEED_LEN];
    const uint32_t flags =
        (connection->is_tls ? SMTPAUTH_IMPLICIT_TLS : 0u) | (is_trusted ? SMTPAUTH_TRUSTED : 0u);
    bool is_good =
        getrandom(seed, sizeof seed, 0) == SEED_LEN &&
        smtpauth_server_init(&connection->session, sizeof connection->session, &connection->service->policy,
                             flags, seed, sizeof seed) == SMTPAUTH_DONE;
    smtpauth_wipe(seed, sizeof seed);
    return is_good;
}

static void name_peer(struct connection *connection, const struct address *address)
{
    address_print(address, connection->peer);
    connection->port = address->port;
}

static void enter_lists(struct connection *connection)
{
    struct service *service = connection->service;
    connection->next = service->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    service->connections = connection;
    service->connection_count++;
}

static void begin(struct connection *connection, bool is_trusted)
{
    connection->phase = PHASE_TALKING;
    if (init_session(connection, is_trusted))
        connection_greet(connection);
    else
        farewell_now(connection, SMTPAUTH_REASON_LOCAL_ERROR);
}

static void await_proxy(struct connection *connection)
{
    struct service *service = connection->service;
    connection->proxy = proxy_header_begin();
    timers_set(&service->timers, &connection->timer, service->now_ms + PROXY_MS);
    if (connection->proxy == NULL)
        farewell_now(connection, SMTPAUTH_REASON_CONNECTION_LOST);
    else
        arrival_on_socket(connection);
}

void arrival_start(struct service *service, int fd, const struct sockaddr *peer, bool is_tls)
{
    const int on = 1;
    struct address address;
    struct connection *connection = calloc(1, sizeof *connection);
    struct epoll_event wanted = {.events = EPOLLIN};
    if (connection != NULL)
        wanted.data.ptr = &connection->source;
    if (connection == NULL || epoll_ctl(service->epoll_fd, EPOLL_CTL_ADD, fd, &wanted) != 0) {
        free(connection);
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection->source.kind = SOURCE_CONNECTION;
    connection->service = service;
    connection->stream.fd = fd;
    connection->watched = EPOLLIN;
    connection->number = ++service->connection_number;
    connection->began_ms = service->now_ms;
    connection->phase = PHASE_PROXY;
    connection->is_tls = is_tls;
    address_of_socket(&address, peer);
    name_peer(connection, &address);
    enter_lists(connection);
    if (service->options->proxy_protocol)
        await_proxy(connection);
    else
        begin(connection, front_end_is_trusted(service, &address));
}

/* A proxy that names no client speaks for itself, or for somebody behind a Unix socket: nothing is granted for that. */
void arrival_on_socket(struct connection *connection)
{
    struct address client;
    ptrdiff_t result = proxy_header_read(connection->proxy, &connection->stream, &client);
    if (result == STREAM_AGAIN)
        return;
    if (result != PROXY_HEADER_NAMED && result != PROXY_HEADER_UNNAMED) {
        session_log_no_proxy(connection, result == PROXY_HEADER_MALFORMED ? "malformed" : "lost");
        farewell_now(connection, SMTPAUTH_REASON_CONNECTION_LOST);
        return;
    }
    proxy_header_free(connection->proxy);
    connection->proxy = NULL;
    timers_clear(&connection->service->timers, &connection->timer);
    if (result == PROXY_HEADER_NAMED)
        name_peer(connection, &client);
    begin(connection, result == PROXY_HEADER_NAMED && front_end_is_trusted(connection->service, &client));
}
