/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Any sender and recipient will do for who may send at all, and a message is answered 250 when it is on disk: storing
 * it is a job, and the question stays open meanwhile.
 */

#include "transaction.h"
#include "session.h"
#include "session_log.h"

#include <errno.h>
#include <smtpauth/reason.h>
#include <stdio.h>

static uint16_t reason_of(int error)
{
    switch (error) {
    case 0:
        return SMTPAUTH_REASON_OK;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return SMTPAUTH_REASON_NO_ROOM;
    default:
        return SMTPAUTH_REASON_LOCAL_ERROR;
    }
}

uint16_t transaction_mail(struct connection *connection, const smtpauth_event *event)
{
    struct service *service = connection->service;
    mail_free(connection->mail);
    connection->mail = NULL;
    if (!maildir_has_room(&service->maildir, event->size))
        return SMTPAUTH_REASON_NO_ROOM;
    connection->mail = mail_begin(&service->maildir, false, event->path, event->parameters);
    return connection->mail != NULL ? SMTPAUTH_REASON_OK : SMTPAUTH_REASON_LOCAL_ERROR;
}

uint16_t transaction_rcpt(struct connection *connection, const smtpauth_event *event)
{
    return mail_add_recipient(connection->mail, event->path, event->parameters) ? SMTPAUTH_REASON_OK
                                                                                : SMTPAUTH_REASON_LOCAL_ERROR;
}

uint16_t transaction_data(struct connection *connection)
{
    struct trace trace = {
        .client_name = connection->client_name != NULL ? connection->client_name : "unknown",
        .peer = connection->peer,
        .user = connection->user,
        .hostname = connection->service->policy.hostname,
        .protocol = smtpauth_server_protocol(&connection->session),
        .is_utf8 = (smtpauth_server_is(&connection->session) & SMTPAUTH_IS_UTF8) != 0,
    };
    int error = mail_open(connection->mail, &trace);
    if (error != 0)
        session_log_mail(connection, connection->mail, error);
    connection->is_in_data = error == 0;
    return reason_of(error);
}

bool transaction_message(struct connection *connection, smtpauth_io *io)
{
    connection->is_in_data = false;
    int error = mail_finish(connection->mail);
    struct job *job = error == 0 ? job_commit(connection, connection->mail) : NULL;
    if (job != NULL) {
        connection->mail = NULL;
        return session_wait(connection, &connection->service->committers, job);
    }
    error = error != 0 ? error : ENOMEM;
    session_log_mail(connection, connection->mail, error);
    smtpauth_server_answer(&connection->session, io, reason_of(error));
    return true;
}

void transaction_settle(struct connection *connection, smtpauth_io *io, const struct job *job)
{
    if (job->error == 0) {
        char words[MAIL_ID_MAX + 16];
        int len = snprintf(words, sizeof words, "Queued as %s", job->mail->file.id);
        smtpauth_server_say(&connection->session, io, 250, "2.0.0", (const uint8_t *)words, (size_t)len);
    } else {
        smtpauth_server_answer(&connection->session, io, reason_of(job->error));
    }
    session_log_mail(connection, job->mail, job->error);
}

void transaction_reset(struct connection *connection)
{
    connection->is_in_data = false;
    mail_free(connection->mail);
    connection->mail = NULL;
}
