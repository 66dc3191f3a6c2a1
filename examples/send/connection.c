/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "connection.h"

#include <smtpauth/text.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECT_TIMEOUT_S = 30, MS = 1000 };

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MS + now.tv_nsec / 1000000;
}

/* Waits until the socket is ready for `events`. False: it was not in time. A socket that broke is ready. */
static bool await(int fd, short events, int64_t until_ms)
{
    for (;;) {
        struct pollfd waits = {fd, events, 0};
        int64_t left = until_ms - monotonic_ms();
        int ready = poll(&waits, 1, left > 0 ? (int)left : 0);
        if (ready > 0)
            return true;
        if (ready == 0 || errno != EINTR)
            return false;
    }
}

int64_t connection_deadline(int timeout_s)
{
    return monotonic_ms() + (int64_t)timeout_s * MS;
}

/* ---- Opening it ---- */

/* 0, or the errno. */
static int connect_within(int fd, const struct addrinfo *address, int timeout_s)
{
    int fault = 0;
    socklen_t fault_len = sizeof fault;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        return errno;
    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
        return 0;
    if (errno != EINPROGRESS && errno != EINTR)
        return errno;
    if (!await(fd, POLLOUT, connection_deadline(timeout_s)))
        return ETIMEDOUT;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &fault_len) == 0 ? fault : errno;
}

/* The same. */
static int try_address(struct connection *connection, const struct addrinfo *address, int timeout_s)
{
    int on = 1;
    connection->fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (connection->fd < 0)
        return errno;
    int fault = connect_within(connection->fd, address, timeout_s);
    if (fault != 0) {
        close(connection->fd);
        connection->fd = -1;
        return fault;
    }
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* what is written is a whole turn */
    return 0;
}

int connection_open(struct connection *connection, const struct options *options)
{
    struct addrinfo hints, *addresses = NULL;
    memset(connection, 0, sizeof *connection);
    memset(&hints, 0, sizeof hints);
    connection->fd = -1;
    hints.ai_socktype = SOCK_STREAM;
    int unresolved = getaddrinfo(options->host, options->port, &hints, &addresses);
    if (unresolved != 0) {
        snprintf(connection->fault, sizeof connection->fault, "%.200s: %s", options->host,
                 gai_strerror(unresolved));
        return unresolved == EAI_AGAIN ? CONNECTION_FAILED : CONNECTION_UNKNOWN_HOST;
    }
    const int timeout_s = options->timeout_s != 0 ? options->timeout_s : CONNECT_TIMEOUT_S;
    int fault = 0;
    for (const struct addrinfo *each = addresses; each != NULL && connection->fd < 0; each = each->ai_next) {
        getnameinfo(each->ai_addr, each->ai_addrlen, connection->peer, sizeof connection->peer, NULL, 0,
                    NI_NUMERICHOST);
        fault = try_address(connection, each, timeout_s);
    }
    freeaddrinfo(addresses);
    if (connection->fd >= 0)
        return CONNECTION_UP;
    snprintf(connection->fault, sizeof connection->fault, "%s port %s: %s", connection->peer, options->port,
             strerror(fault));
    return CONNECTION_FAILED;
}

bool connection_start_tls(struct connection *connection, const struct options *options, int timeout_s)
{
    const int64_t until = connection_deadline(timeout_s);
    connection->tls = tls_make(options, connection->fd, connection->fault);
    while (connection->tls != NULL) {
        ptrdiff_t result = tls_handshake(connection->tls, connection->fault);
        if (result == TLS_HANDSHAKE_DONE)
            return true;
        if (result == IO_BROKEN || result == IO_END)
            return false;
        if (!await(connection->fd, result == IO_WANTS_READ ? POLLIN : POLLOUT, until)) {
            snprintf(connection->fault, sizeof connection->fault, "the handshake took too long");
            return false;
        }
    }
    return false;
}

void connection_close(struct connection *connection)
{
    if (connection->tls != NULL)
        tls_say_goodbye(connection->tls);
    tls_free(connection->tls);
    connection->tls = NULL;
    if (connection->fd >= 0)
        close(connection->fd);
    connection->fd = -1;
}

/* ---- Using it ---- */

static ptrdiff_t outcome(ssize_t moved, ptrdiff_t wants)
{
    if (moved >= 0)
        return moved;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? wants : IO_BROKEN;
}

ptrdiff_t connection_read(struct connection *connection, uint8_t *data, size_t cap, int64_t deadline)
{
    for (;;) {
        ptrdiff_t result = connection->tls != NULL ? tls_read(connection->tls, data, cap)
                                                   : outcome(recv(connection->fd, data, cap, 0), IO_WANTS_READ);
        if (result == IO_END)
            return READ_END;
        if (result == IO_BROKEN)
            return READ_BROKEN;
        if (result > 0)
            return result;
        if (!await(connection->fd, result == IO_WANTS_READ ? POLLIN : POLLOUT, deadline))
            return READ_NOTHING;
    }
}

bool connection_write(struct connection *connection, const uint8_t *data, size_t len, int timeout_s)
{
    while (len > 0) {
        ptrdiff_t result = connection->tls != NULL
                               ? tls_write(connection->tls, data, len)
                               : outcome(send(connection->fd, data, len, MSG_NOSIGNAL), IO_WANTS_WRITE);
        if (result > 0) {
            data += result;
            len -= (size_t)result;
        } else if (result == IO_BROKEN || result == IO_END ||
                   !await(connection->fd, result == IO_WANTS_READ ? POLLIN : POLLOUT,
                          connection_deadline(timeout_s))) {
            return false;
        }
    }
    return true;
}

/* ---- The name of this end ---- */

/* Has it a domain that means something to others? */
static bool is_qualified(const char *name)
{
    static const char nobody[] = ".localdomain";
    size_t len = strlen(name), nobody_len = sizeof nobody - 1;
    if (len > nobody_len && smtpauth_text_is((const uint8_t *)name + len - nobody_len, nobody_len, nobody))
        return false;
    return strchr(name, '.') != NULL && smtpauth_domain_is_valid((const uint8_t *)name, len, false);
}

static bool machine_name(char *name, size_t cap)
{
    struct addrinfo hints, *found = NULL;
    if (gethostname(name, cap) != 0)
        return false;
    name[cap - 1] = '\0';
    if (is_qualified(name))
        return true;
    memset(&hints, 0, sizeof hints);
    hints.ai_flags = AI_CANONNAME;
    bool is_found = getaddrinfo(name, NULL, &hints, &found) == 0 && found->ai_canonname != NULL &&
                    is_qualified(found->ai_canonname) && strlen(found->ai_canonname) < cap;
    if (is_found)
        snprintf(name, cap, "%s", found->ai_canonname);
    if (found != NULL)
        freeaddrinfo(found);
    return is_found;
}

bool connection_own_name(const struct connection *connection, char *name, size_t cap)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } own;
    socklen_t len = sizeof own;
    if (machine_name(name, cap))
        return true;
    if (getsockname(connection->fd, &own.any, &len) != 0)
        return false;
    const uint8_t *address =
        own.any.sa_family == AF_INET ? (const uint8_t *)&own.v4.sin_addr : (const uint8_t *)&own.v6.sin6_addr;
    size_t address_len = own.any.sa_family == AF_INET ? sizeof own.v4.sin_addr : sizeof own.v6.sin6_addr;
    return smtpauth_address_literal(address, address_len, name, cap) == SMTPAUTH_DONE;
}
