/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_CONNECTION_H
#define SUBMISSIOND_CONNECTION_H

/*
 * One client. It waits in one of these phases, for the client, a worker or the clock:
 *
 *     PROXY                                the header of the PROXY protocol, where there must be one
 *         |
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

#include "network.h"
#include "proxy_header.h"
#include "service.h"
#include "stream.h"

enum {
    PHASE_PROXY = 1,
    PHASE_HANDSHAKE = 2,
    PHASE_TALKING = 3,
    PHASE_ANSWERING = 4,
    PHASE_DELAYED = 5,
    PHASE_FLUSHING = 6,
    PHASE_LINGERING = 7,
    PHASE_DEAD = 8
};

struct connection {
    struct source source;
    uint8_t phase;
    bool is_tls;     /* from the first octet */
    bool is_ready;   /* in the service's list of such */
    bool is_ended;   /* the client sends no more */
    bool is_lost;    /* nothing can be sent any more */
    bool has_moved;  /* the client made progress since the deadline was set */
    bool is_in_data; /* a message streams in, or waits for its answers */
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
    char *peer_name,
        *told_name; /* of the client, by a front end: its host's name, and what it said in EHLO; or NULL */
    char *claim;    /* whom the login that goes on is about (login.c) */
    struct proxy_header *proxy; /* while it is read */
    uint8_t *rest, *unsent;
    size_t rest_len, unsent_len;
    size_t lingered;
    char peer[ADDRESS_TEXT_MAX]; /* the client's address, by its socket or by what a proxy says */
    smtpauth_server session;
};

void connection_greet(struct connection *connection); /* its first words, or its handshake */

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
