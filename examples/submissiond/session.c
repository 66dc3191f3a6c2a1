/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The decisions of this server: who is let in (users.c says), that any sender and recipient will do for who is in,
 * and that a message is answered 250 when it is on disk. What takes time is a job; the question stays open meanwhile.
 */

#include "session.h"
#include "log.h"

#include <errno.h>
#include <smtpauth/reason.h>
#include <smtpauth/text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Hashes that may wait for a worker; who comes then is told to come later (454), not kept waiting for minutes. */
enum { VERIFY_QUEUE_MAX = 256 };

/* ---- The log ---- */

static void begin_line(struct log_line *line, const char *event, const struct connection *connection)
{
    log_begin(line, event);
    log_word(line, "peer", connection->peer);
    log_number(line, "port", connection->port);
    log_number(line, "session", connection->number);
}

static const char *yes_no(bool is_so)
{
    return is_so ? "yes" : "no";
}

static bool has_tls(const struct connection *connection)
{
    return connection->stream.tls != NULL;
}

void session_log_connect(const struct connection *connection)
{
    struct log_line line;
    begin_line(&line, "connect", connection);
    log_word(&line, "tls", yes_no(has_tls(connection)));
    log_emit(&line);
}

void session_log_tls(const struct connection *connection, bool is_up)
{
    struct log_line line;
    begin_line(&line, "tls", connection);
    log_word(&line, "result", is_up ? "up" : "failed");
    if (is_up) {
        log_word(&line, "version", tls_version(&connection->stream));
        log_word(&line, "cipher", tls_cipher(&connection->stream));
    } else {
        log_quoted_text(&line, "fault", tls_fault(&connection->stream));
    }
    log_emit(&line);
}

void session_log_disconnect(const struct connection *connection, uint16_t reason)
{
    struct log_line line;
    begin_line(&line, "disconnect", connection);
    log_word(&line, "reason", smtpauth_reason_words(reason, SMTPAUTH_WORDS_NAME));
    log_number(&line, "messages", smtpauth_server_count(&connection->session, SMTPAUTH_COUNT_MESSAGES));
    log_number(&line, "ms", connection->service->now_ms - connection->began_ms);
    log_emit(&line);
}

/* fail2ban reads this line: peer and result stand in front of everything that the client chose. */
static void log_auth(const struct connection *connection, const smtpauth_event *event)
{
    struct log_line line;
    begin_line(&line, "auth", connection);
    log_word(&line, "result", event->reason == SMTPAUTH_REASON_AUTHENTICATED ? "accepted" : "refused");
    log_number(&line, "code", event->code);
    log_word(&line, "reason", smtpauth_reason_words(event->reason, SMTPAUTH_WORDS_NAME));
    log_word(&line, "tls", yes_no(has_tls(connection)));
    log_number(&line, "attempt", event->attempt);
    log_quoted(&line, "mechanism", event->mechanism);
    log_quoted(&line, "identity", event->identity);
    if (event->authorization.len > 0)
        log_quoted(&line, "authorization", event->authorization);
    log_emit(&line);
}

/* A client that went before it was answered learnt nothing, but made work. */
static void log_abandoned(const struct connection *connection, const struct job *job)
{
    struct log_line line;
    smtpauth_view identity = {job->identity, job->identity_len};
    begin_line(&line, "auth", connection);
    log_word(&line, "result", "abandoned");
    log_word(&line, "tls", yes_no(has_tls(connection)));
    log_quoted(&line, "identity", identity);
    log_emit(&line);
}

/* The line itself is not logged: a client out of step sends its password where a command belongs. */
static void log_error(const struct connection *connection, const smtpauth_event *event)
{
    struct log_line line;
    begin_line(&line, "error", connection);
    log_number(&line, "code", event->code);
    log_word(&line, "reason", smtpauth_reason_words(event->reason, SMTPAUTH_WORDS_NAME));
    const char *verb = smtpauth_verb_name((uint8_t)event->verb);
    log_word(&line, "verb", *verb != '\0' ? verb : "-");
    log_number(&line, "faults", event->faults);
    log_emit(&line);
}

/* `connection` is NULL when the client went before it was answered. */
static void log_mail(const struct connection *connection, const struct mail *mail, int error)
{
    struct log_line line;
    if (connection != NULL)
        begin_line(&line, "message", connection);
    else
        log_begin(&line, "message-unanswered");
    log_word(&line, "result", error == 0 ? "queued" : "failed");
    log_word(&line, "id", mail->file.id);
    log_number(&line, "recipients", mail->recipients);
    log_number(&line, "size", mail_size(mail));
    if (error != 0)
        log_quoted_text(&line, "fault", strerror(error));
    log_quoted(&line, "from", mail_from(mail));
    if (connection != NULL && connection->user != NULL)
        log_quoted_text(&line, "user", connection->user);
    log_emit(&line);
}

/* ---- Answers ---- */

static char *text_of(smtpauth_view view)
{
    return strndup((const char *)view.data, view.len);
}

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

static uint16_t on_hello(struct connection *connection, const smtpauth_event *event)
{
    free(connection->client_name);
    connection->client_name = text_of(event->name);
    return SMTPAUTH_REASON_OK;
}

static uint16_t on_mail(struct connection *connection, const smtpauth_event *event)
{
    struct service *service = connection->service;
    mail_free(connection->mail);
    connection->mail = NULL;
    if (!maildir_has_room(&service->maildir, event->size))
        return SMTPAUTH_REASON_NO_ROOM;
    connection->mail = mail_begin(&service->maildir, event->path);
    return connection->mail != NULL ? SMTPAUTH_REASON_OK : SMTPAUTH_REASON_LOCAL_ERROR;
}

static uint16_t on_rcpt(struct connection *connection, const smtpauth_event *event)
{
    return mail_add_recipient(connection->mail, event->path) ? SMTPAUTH_REASON_OK : SMTPAUTH_REASON_LOCAL_ERROR;
}

static uint16_t on_data(struct connection *connection)
{
    const struct mail_trace trace = {
        .client_name = connection->client_name != NULL ? connection->client_name : "unknown",
        .peer = connection->peer,
        .user = connection->user != NULL ? connection->user : "",
        .hostname = connection->service->policy.hostname,
        .protocol = smtpauth_server_protocol(&connection->session),
        .is_utf8 = (smtpauth_server_is(&connection->session) & SMTPAUTH_IS_UTF8) != 0,
    };
    int error = mail_open(connection->mail, &trace);
    if (error != 0)
        log_mail(connection, connection->mail, error);
    connection->is_in_data = error == 0;
    return reason_of(error);
}

static bool wait_for(struct connection *connection, struct pool *pool, struct job *job)
{
    connection->job = job;
    connection->phase = PHASE_ANSWERING;
    pool_submit(pool, job);
    return false;
}

static bool on_password(struct connection *connection, smtpauth_io *io, const smtpauth_event *event)
{
    struct service *service = connection->service;
    if (users_is_slow(service->users) && pool_waiting(&service->verifiers) >= VERIFY_QUEUE_MAX) {
        smtpauth_server_verdict(&connection->session, io, SMTPAUTH_TRY_LATER, NULL, 0);
        return true;
    }
    struct job *job = job_verify(connection, service->users, event->identity, event->password);
    if (job != NULL)
        return wait_for(connection, &service->verifiers, job);
    smtpauth_server_verdict(&connection->session, io, SMTPAUTH_UNAVAILABLE, NULL, 0);
    return true;
}

static bool on_message(struct connection *connection, smtpauth_io *io)
{
    connection->is_in_data = false;
    int error = mail_finish(connection->mail);
    struct job *job = error == 0 ? job_commit(connection, connection->mail) : NULL;
    if (job != NULL) {
        connection->mail = NULL;
        return wait_for(connection, &connection->service->committers, job);
    }
    error = error != 0 ? error : ENOMEM;
    log_mail(connection, connection->mail, error);
    smtpauth_server_answer(&connection->session, io, reason_of(error));
    return true;
}

static bool on_auth(struct connection *connection, const smtpauth_event *event)
{
    log_auth(connection, event);
    if (event->reason == SMTPAUTH_REASON_AUTHENTICATED) {
        free(connection->user);
        connection->user = text_of(event->identity);
    }
    if (event->delay_s == 0)
        return true;
    connection->delayed_until_ms = connection->service->now_ms + event->delay_s * UINT64_C(1000);
    connection->phase = PHASE_DELAYED;
    return false;
}

static void on_reset(struct connection *connection)
{
    connection->is_in_data = false;
    mail_free(connection->mail);
    connection->mail = NULL;
}

/* clang-format off */
bool session_on_event(struct connection *connection, smtpauth_io *io, const smtpauth_event *event)
{
    smtpauth_server *session = &connection->session;
    switch (event->type) {
    case SMTPAUTH_ASK_HELLO: smtpauth_server_answer(session, io, on_hello(connection, event)); return true;
    case SMTPAUTH_ASK_PASSWORD: return on_password(connection, io, event);
    case SMTPAUTH_ASK_MAIL: smtpauth_server_answer(session, io, on_mail(connection, event)); return true;
    case SMTPAUTH_ASK_RCPT: smtpauth_server_answer(session, io, on_rcpt(connection, event)); return true;
    case SMTPAUTH_ASK_DATA: smtpauth_server_answer(session, io, on_data(connection)); return true;
    case SMTPAUTH_NOTE_DATA: mail_write(connection->mail, event->data); return true; /* it remembers a failure */
    case SMTPAUTH_ASK_MESSAGE: return on_message(connection, io);
    case SMTPAUTH_NOTE_RESET: on_reset(connection); return true;
    case SMTPAUTH_NOTE_AUTH: return on_auth(connection, event);
    case SMTPAUTH_NOTE_ERROR: log_error(connection, event); return true;
    default: smtpauth_server_answer(session, io, 0); return true; /* refuses questions of later versions */
    }
}
/* clang-format on */

void session_settle(struct connection *connection, smtpauth_io *io)
{
    struct job *job = connection->job;
    connection->job = NULL;
    connection->phase = PHASE_TALKING;
    if (job->kind == JOB_VERIFY) {
        smtpauth_server_verdict(&connection->session, io, job->verdict, NULL, 0);
    } else if (job->error == 0) {
        char words[MAIL_ID_MAX + 16];
        int len = snprintf(words, sizeof words, "Queued as %s", job->mail->file.id);
        smtpauth_server_say(&connection->session, io, 250, "2.0.0", (const uint8_t *)words, (size_t)len);
    } else {
        smtpauth_server_answer(&connection->session, io, reason_of(job->error));
    }
    if (job->kind == JOB_COMMIT)
        log_mail(connection, job->mail, job->error);
    job_free(job);
}

void session_drop_job(struct connection *connection)
{
    struct job *job = connection->job;
    if (job == NULL)
        return;
    struct service *service = connection->service;
    if (job->kind == JOB_VERIFY)
        log_abandoned(connection, job);
    connection->job = NULL;
    job->owner = NULL;
    if (job->is_done)
        session_bury_job(job);
    else if (pool_withdraw(job->kind == JOB_VERIFY ? &service->verifiers : &service->committers, job))
        job_free(job);
}

void session_bury_job(struct job *job)
{
    if (job->kind == JOB_COMMIT)
        log_mail(NULL, job->mail, job->error);
    job_free(job);
}
