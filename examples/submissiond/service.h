/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_SERVICE_H
#define SUBMISSIOND_SERVICE_H

/*
 * The running server: what all connections share. One thread, the loop's, owns all of it; the pools' threads see
 * nothing but their jobs.
 */

#include "jobs.h"
#include "maildir.h"
#include "mechanisms.h"
#include "options.h"
#include "site_secret.h"
#include "timers.h"
#include "tls.h"
#include "users.h"

#include <smtpauth/server.h>

/* The windows hold an AUTH line and more, so that message data move in large pieces. */
enum { INPUT_WINDOW = 32768, OUTPUT_WINDOW = 8192 };

/* What epoll hands back: the first member of everything that is watched. */
struct source {
    uint8_t kind;
};

enum { SOURCE_LISTENER = 1, SOURCE_CONNECTION = 2, SOURCE_JOBS = 3, SOURCE_SIGNALS = 4 };

struct listener {
    struct source source;
    int fd;
    bool is_tls;
};

struct service {
    const struct options *options;
    smtpauth_policy policy;
    smtpauth_mechanism_fn *mechanisms[MECHANISMS_MAX + 1]; /* the policy's */
    uint8_t secret[SITE_SECRET_LEN];                       /* the policy's */
    struct users *users;
    struct tls_context *tls; /* NULL: no TLS */
    struct maildir maildir;
    struct pool verifiers, token_runners, committers;
    int stop_fd; /* readable: token commands must end */
    struct source job_source, signal_source;
    int epoll_fd, job_fd, signal_fd;

    struct listener *listeners;
    size_t listener_count;
    bool is_accepting;
    uint64_t accept_again_ms; /* when accepting is tried again after descriptors ran out; 0: when one is free */

    struct connection *connections; /* all that live */
    struct connection *ready;       /* those with work that no descriptor tells of */
    struct connection *dead;        /* to be freed at the end of the round */
    size_t connection_count, connection_max;
    uint64_t connection_number;
    struct timers timers;
    uint64_t now_ms; /* monotonic, read once a round */

    bool is_stopping;
    uint64_t stop_ms; /* when sessions that are still busy are ended too */

    /* The windows of the session that runs now. Between its runs a connection keeps what is left in them, no more. */
    uint8_t input[INPUT_WINDOW];
    uint8_t output[OUTPUT_WINDOW];
};

#endif
