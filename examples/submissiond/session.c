/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Hands the engine's questions and notes to whom they concern (login.c, transaction.c, front_end.c), and keeps the job that a
 * question waits for.
 */

#include "session.h"
#include "front_end.h"
#include "login.h"
#include "session_log.h"
#include "transaction.h"

#include <smtpauth/reason.h>
#include <stdlib.h>
#include <string.h>

char *session_text(smtpauth_view view)
{
    return strndup((const char *)view.data, view.len);
}

static uint16_t on_hello(struct connection *connection, const smtpauth_event *event)
{
    free(connection->client_name);
    connection->client_name = session_text(event->name);
    return SMTPAUTH_REASON_OK;
}

/* clang-format off */
bool session_on_event(struct connection *connection, smtpauth_io *io, const smtpauth_event *event)
{
    smtpauth_server *session = &connection->session;
    switch (event->type) {
    case SMTPAUTH_ASK_HELLO: smtpauth_server_answer(session, io, on_hello(connection, event)); return true;
    case SMTPAUTH_ASK_PASSWORD: return login_password(connection, io, event);
    case SMTPAUTH_ASK_TOKEN: return login_token(connection, io, event);
    case SMTPAUTH_ASK_SECRET: return login_secret(connection, io, event);
    case SMTPAUTH_ASK_AUTHORIZE: return login_authorize(connection, io, event);
    case SMTPAUTH_ASK_EXTERNAL: return login_external(connection, io, event);
    case SMTPAUTH_ASK_ANONYMOUS: return login_anonymous(connection, io, event);
    case SMTPAUTH_ASK_XCLIENT: return front_end_xclient(connection, io, event);
    case SMTPAUTH_ASK_MAIL: smtpauth_server_answer(session, io, transaction_mail(connection, event)); return true;
    case SMTPAUTH_ASK_RCPT: smtpauth_server_answer(session, io, transaction_rcpt(connection, event)); return true;
    case SMTPAUTH_ASK_DATA: smtpauth_server_answer(session, io, transaction_data(connection)); return true;
    case SMTPAUTH_NOTE_DATA: mail_write(connection->mail, event->data); return true; /* it remembers a failure */
    case SMTPAUTH_ASK_MESSAGE: return transaction_message(connection, io, event);
    case SMTPAUTH_NOTE_RESET: transaction_reset(connection); return true;
    case SMTPAUTH_NOTE_AUTH: return login_ended(connection, event);
    case SMTPAUTH_NOTE_ERROR: session_log_error(connection, event); return true;
    default: smtpauth_server_answer(session, io, 0); return true; /* refuses questions of later versions */
    }
}
/* clang-format on */

bool session_wait(struct connection *connection, struct pool *pool, struct job *job)
{
    connection->job = job;
    connection->phase = PHASE_ANSWERING;
    pool_submit(pool, job);
    return false;
}

void session_settle(struct connection *connection, smtpauth_io *io)
{
    struct job *job = connection->job;
    connection->job = NULL;
    connection->phase = PHASE_TALKING;
    if (job->kind == JOB_VERIFY || job->kind == JOB_TOKEN)
        login_settle(connection, io, job);
    else
        transaction_settle(connection, io, job);
    job_free(job);
}

void session_drop_job(struct connection *connection)
{
    struct job *job = connection->job;
    if (job == NULL)
        return;
    if (job->kind == JOB_VERIFY || job->kind == JOB_TOKEN)
        session_log_abandoned(connection, job);
    connection->job = NULL;
    job->owner = NULL;
    if (job->is_done)
        session_bury_job(job);
    else if (pool_withdraw(job))
        job_free(job);
}

void session_bury_job(struct job *job)
{
    if (job->kind == JOB_COMMIT || job->kind == JOB_DELIVER)
        session_log_mail(NULL, job);
    job_free(job);
}
