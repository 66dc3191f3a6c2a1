/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Binds and accepts. When connections are as many as there may be, or descriptors have run out, the listeners are
 * taken from epoll, so that a full server sleeps and does not spin; clients wait in the backlog. A connection that ends
 * brings them back, and so does the clock, as another process may have had the descriptors.
 */

#define _GNU_SOURCE /* accept4 */

#include "listener.h"
#include "arrival.h"
#include "log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { ACCEPT_BATCH = 64, ACCEPT_PAUSE_MS = 1000, BACKLOG = 1024 };

static void print_address(int fd, bool is_tls)
{
    struct endpoint bound;
    char address[INET6_ADDRSTRLEN] = "?";
    bound.address_len = sizeof bound.address;
    getsockname(fd, &bound.address.any, &bound.address_len);
    bool is_v6 = bound.address.any.sa_family == AF_INET6;
    if (is_v6)
        inet_ntop(AF_INET6, &bound.address.v6.sin6_addr, address, sizeof address);
    else
        inet_ntop(AF_INET, &bound.address.v4.sin_addr, address, sizeof address);
    printf(is_v6 ? "listening on [%s]:%u%s\n" : "listening on %s:%u%s\n", address,
           (unsigned)ntohs(is_v6 ? bound.address.v6.sin6_port : bound.address.v4.sin_port),
           is_tls ? " (TLS)" : "");
}

static bool watch(struct service *service, struct listener *listener, int operation, uint32_t events)
{
    struct epoll_event wanted = {.events = events, .data.ptr = &listener->source};
    return epoll_ctl(service->epoll_fd, operation, listener->fd, &wanted) == 0;
}

static bool open_one(struct service *service, struct listener *listener, const struct endpoint *endpoint)
{
    const int on = 1;
    listener->source.kind = SOURCE_LISTENER;
    listener->is_tls = endpoint->is_tls;
    listener->fd = socket(endpoint->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool is_good = listener->fd >= 0 && setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
    if (is_good && endpoint->address.any.sa_family == AF_INET6)
        is_good = setsockopt(listener->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0;
    is_good = is_good && bind(listener->fd, &endpoint->address.any, endpoint->address_len) == 0 &&
              listen(listener->fd, BACKLOG) == 0 && watch(service, listener, EPOLL_CTL_ADD, EPOLLIN);
    return is_good;
}

bool listeners_open(struct service *service, char *error, size_t error_cap)
{
    const struct options *options = service->options;
    service->listeners = calloc(options->listen_count, sizeof *service->listeners);
    if (service->listeners == NULL) {
        snprintf(error, error_cap, "not enough memory");
        return false;
    }
    for (size_t i = 0; i < options->listen_count; i++) {
        service->listener_count++;
        if (!open_one(service, &service->listeners[i], &options->listen[i])) {
            snprintf(error, error_cap, "cannot listen on %s: %s", options->listen[i].text, strerror(errno));
            return false;
        }
    }
    service->is_accepting = true;
    for (size_t i = 0; i < service->listener_count; i++)
        print_address(service->listeners[i].fd, service->listeners[i].is_tls);
    return true;
}

void listeners_close(struct service *service)
{
    for (size_t i = 0; i < service->listener_count; i++) {
        if (service->listeners[i].fd >= 0)
            close(service->listeners[i].fd);
    }
    free(service->listeners);
    service->listeners = NULL;
    service->listener_count = 0;
    service->is_accepting = false;
}

static void pause_accepting(struct service *service, bool is_timed, const char *why)
{
    if (!service->is_accepting)
        return;
    log_problem("accept", why);
    service->is_accepting = false;
    service->accept_again_ms = is_timed ? service->now_ms + ACCEPT_PAUSE_MS : 0;
    for (size_t i = 0; i < service->listener_count; i++)
        watch(service, &service->listeners[i], EPOLL_CTL_MOD, 0);
}

void listeners_resume(struct service *service)
{
    if (service->is_accepting || service->is_stopping || service->connection_count >= service->connection_max)
        return;
    if (service->accept_again_ms > service->now_ms)
        return;
    service->is_accepting = true;
    service->accept_again_ms = 0;
    for (size_t i = 0; i < service->listener_count; i++)
        watch(service, &service->listeners[i], EPOLL_CTL_MOD, EPOLLIN);
}

void listener_on_socket(struct service *service, struct listener *listener)
{
    for (int i = 0; i < ACCEPT_BATCH && service->is_accepting; i++) {
        if (service->connection_count >= service->connection_max) {
            pause_accepting(service, false, "as many connections as there may be");
            return;
        }
        struct endpoint peer;
        peer.address_len = sizeof peer.address;
        int fd = accept4(listener->fd, &peer.address.any, &peer.address_len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            bool is_scarce = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
            if (is_scarce)
                pause_accepting(service, true, strerror(errno));
            if (is_scarce || errno == EAGAIN || errno == EWOULDBLOCK)
                return;
            continue; /* a client that went before it was accepted */
        }
        arrival_start(service, fd, &peer.address.any, listener->is_tls);
    }
}
