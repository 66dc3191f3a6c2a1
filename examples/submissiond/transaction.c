/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Any sender will do for who may send at all, and any recipient, but in LMTP one without a mailbox. A message is
 * answered 250 when it is on disk: storing it is a job, and the question stays open meanwhile. In LMTP there is one for
 * each recipient, and the mail goes back and forth between connection and jobs.
 */

#include "transaction.h"
#include "mailbox.h"
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
    connection->mail = mail_begin(&service->maildir, service->options->lmtp, event->path, event->parameters);
    return connection->mail != NULL ? SMTPAUTH_REASON_OK : SMTPAUTH_REASON_LOCAL_ERROR;
}

uint16_t transaction_rcpt(struct connection *connection, const smtpauth_event *event)
{
    const struct service *service = connection->service;
    if (service->options->lmtp && !mailbox_exists(&service->maildir, event->path))
        return SMTPAUTH_REASON_UNKNOWN_RECIPIENT;
    return mail_add_recipient(connection->mail, event->path, event->parameters) ? SMTPAUTH_REASON_OK
                                                                                : SMTPAUTH_REASON_LOCAL_ERROR;
}

/* A job that failed before it was begun. */
static void log_failure(const struct connection *connection, size_t index, int error)
{
    const struct job job = {
        .kind = connection->mail->is_lmtp ? JOB_DELIVER : JOB_COMMIT,
        .mail = connection->mail,
        .index = index,
        .error = error,
    };
    session_log_mail(connection, &job);
}

uint16_t transaction_data(struct connection *connection)
{
    const char *name = connection->told_name != NULL ? connection->told_name : connection->client_name;
    struct trace trace = {
        .client_name = name != NULL ? name : "unknown",
        .peer = connection->peer,
        .peer_name = connection->peer_name,
        .user = connection->user,
        .hostname = connection->service->policy.hostname,
        .protocol = smtpauth_server_protocol(&connection->session),
        .is_utf8 = (smtpauth_server_is(&connection->session) & SMTPAUTH_IS_UTF8) != 0,
    };
    int error = mail_open(connection->mail, &trace);
    if (error != 0)
        log_failure(connection, 0, error);
    connection->is_in_data = error == 0;
    return reason_of(error);
}

static struct job *job_for(struct connection *connection, size_t index)
{
    bool is_lmtp = connection->service->options->lmtp;
    return is_lmtp ? job_deliver(connection, connection->mail, index)
                   : job_commit(connection, connection->mail);
}

bool transaction_message(struct connection *connection, smtpauth_io *io, const smtpauth_event *event)
{
    int error = mail_finish(connection->mail);
    struct job *job = error == 0 ? job_for(connection, event->index) : NULL;
    if (job != NULL) {
        connection->mail = NULL;
        return session_wait(connection, &connection->service->committers, job);
    }
    error = error != 0 ? error : ENOMEM;
    log_failure(connection, event->index, error);
    smtpauth_server_answer(&connection->session, io, reason_of(error));
    return true;
}

void transaction_settle(struct connection *connection, smtpauth_io *io, struct job *job)
{
    bool is_delivery = job->kind == JOB_DELIVER;
    if (job->error == 0) {
        char words[MAIL_ID_MAX + 16];
        int len =
            snprintf(words, sizeof words, "%s as %s", is_delivery ? "Delivered" : "Queued", job->mail->file.id);
        smtpauth_server_say(&connection->session, io, 250, "2.0.0", (const uint8_t *)words, (size_t)len);
    } else {
        smtpauth_server_answer(&connection->session, io, reason_of(job->error));
    }
    session_log_mail(connection, job);
    if (is_delivery) { /* for the next recipient */
        connection->mail = job->mail;
        job->mail = NULL;
    }
}

void transaction_reset(struct connection *connection)
{
    connection->is_in_data = false;
    mail_free(connection->mail);
    connection->mail = NULL;
}
