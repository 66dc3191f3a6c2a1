/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SEND_SESSION_H
#define SEND_SESSION_H

/*
 * One session on the client engine: what it asks is answered by the login, the message and the options, what it notes goes
 * to the report, the guard and, with --verbose, to stderr.
 */

#include "connection.h"
#include "guard.h"
#include "login.h"
#include "message.h"
#include "report.h"

#include <smtpauth/client.h>

enum { SESSION_INPUT = 16384, SESSION_OUTPUT = 1 << 17, SESSION_PART = 1 << 16 };

struct session {
    const struct options *options;
    struct message *message;
    struct report *report;
    struct connection connection;
    struct login login;
    struct guard guard;
    bool has_guard;

    char name[256]; /* said in EHLO */
    smtpauth_client_config config;
    smtpauth_client client;
    smtpauth_io io;
    int64_t deadline; /* of the reply that is waited for; 0: the time has not begun */
    uint8_t binding[TLS_BINDING_MAX];
    size_t binding_len;
    const char *binding_type;
    uint8_t fingerprints[GUARD_ENTRIES_MAX * SMTPAUTH_FINGERPRINT];
    uint64_t shown; /* octets that the progress line told last */
    bool shows_progress;
    uint8_t in[SESSION_INPUT], out[SESSION_OUTPUT], part[SESSION_PART];
};

/* Connects, sends, and closes. What came of it is in the report. */
void session_run(struct session *session, const struct options *options, struct message *message,
                 struct report *report);

#endif
