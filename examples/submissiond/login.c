/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Who is let in: users.c says. A check that takes a hash is a job; the question stays open meanwhile.
 */

#include "login.h"
#include "session.h"
#include "session_log.h"

#include <smtpauth/reason.h>
#include <stdlib.h>
#include <string.h>

/* Hashes that may wait for a worker; who comes then is told to come later (454), not kept waiting for minutes. */
enum { VERIFY_QUEUE_MAX = 256 };

bool login_password(struct connection *connection, smtpauth_io *io, const smtpauth_event *event)
{
    struct service *service = connection->service;
    if (users_is_slow(service->users) && pool_waiting(&service->verifiers) >= VERIFY_QUEUE_MAX) {
        smtpauth_server_verdict(&connection->session, io, SMTPAUTH_TRY_LATER, NULL, 0);
        return true;
    }
    struct job *job = job_verify(connection, service->users, event->identity, event->password);
    if (job != NULL)
        return session_wait(connection, &service->verifiers, job);
    smtpauth_server_verdict(&connection->session, io, SMTPAUTH_UNAVAILABLE, NULL, 0);
    return true;
}

bool login_ended(struct connection *connection, const smtpauth_event *event)
{
    session_log_auth(connection, event);
    if (event->reason == SMTPAUTH_REASON_AUTHENTICATED) {
        free(connection->user);
        connection->user = session_text(event->identity);
    }
    if (event->delay_s == 0)
        return true;
    connection->delayed_until_ms = connection->service->now_ms + event->delay_s * UINT64_C(1000);
    connection->phase = PHASE_DELAYED;
    return false;
}

void login_settle(struct connection *connection, smtpauth_io *io, const struct job *job)
{
    smtpauth_server_verdict(&connection->session, io, job->verdict, NULL, 0);
}
