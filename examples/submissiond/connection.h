/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_CONNECTION_H
#define SUBMISSIOND_CONNECTION_H

/*
 * One client. It waits in one of these phases, for the client, a worker or the clock:
 *
 *     HANDSHAKE -> TALKING <-> ANSWERING   a worker checks a password or stores a message
 *         ^          |  ^
 *         |          |  +----> DELAYED     after a failed login
 *         +----------+                     STARTTLS
 *                    v
 *                 FLUSHING -> LINGERING -> DEAD
 *
 * In every phase unsent replies are sent first; while there are any nothing is read and the session does not go on.
 * An idle connection costs this struct: windows belong to the service, `rest` and `unsent` exist while they hold
 * something.
 */

#include "service.h"
#include "stream.h"

enum {
    PHASE_HANDSHAKE = 1,
    PHASE_TALKING = 2,
    PHASE_ANSWERING = 3,
    PHASE_DELAYED = 4,
    PHASE_FLUSHING = 5,
    PHASE_LINGERING = 6,
    PHASE_DEAD = 7
};

enum { PEER_MAX = 46 };

struct connection {
    struct source source;
    uint8_t phase;
    bool is_ready;   /* in the service's list of such */
    bool is_ended;   /* the client sends no more */
    bool is_lost;    /* nothing can be sent any more */
    bool has_moved;  /* the client made progress since the deadline was set */
    bool is_in_data; /* a message is streaming in */
    bool wants_tls;  /* handshake when the 220 is sent */
    bool was_closed; /* the engine was told `ending` */
    uint16_t ending; /* why to end from outside, a reason; 0: not */
    uint16_t port;
    uint32_t watched;    /* what epoll watches */
    uint32_t read_wants; /* readiness the last read waits for; 0: it did not wait */
    struct timer timer;
    struct service *service;
    struct connection *previous, *next, *next_ready;
    uint64_t number;
    uint64_t began_ms, delayed_until_ms;
    struct stream stream;
    struct job *job;   /* the open question's, owned by its pool */
    struct mail *mail; /* the open transaction's */
    char *client_name, *user;
    uint8_t *rest, *unsent;
    size_t rest_len, unsent_len;
    size_t lingered;
    char peer[PEER_MAX];
    smtpauth_server session;
};

/* Takes over `fd`. On failure it is closed. */
void connection_start(struct service *service, int fd, const struct sockaddr *peer, bool is_tls);

void connection_on_socket(struct connection *connection, uint32_t events);
void connection_on_timer(struct connection *connection);
void connection_on_job(struct connection *connection); /* its job is done */
void connection_on_ready(struct connection *connection);

/* Ends it with this reason (421, or nothing for CONNECTION_LOST) as soon as the unsent replies are out. */
void connection_end(struct connection *connection, uint16_t reason);

/* Is it in the middle of handing over a message? */
bool connection_is_busy(const struct connection *connection);

void connection_free_dead(struct service *service);
void connection_free_all(struct service *service);

struct connection *connection_of_timer(struct timer *timer);

#endif
