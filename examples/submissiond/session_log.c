/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The lines that sessions write into the log.
 */

#include "session_log.h"
#include "log.h"

#include <smtpauth/reason.h>
#include <string.h>

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

void session_log_no_proxy(const struct connection *connection, const char *fault)
{
    struct log_line line;
    begin_line(&line, "no-proxy", connection);
    log_word(&line, "fault", fault);
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
void session_log_auth(const struct connection *connection, const smtpauth_event *event, smtpauth_view identity)
{
    struct log_line line;
    begin_line(&line, "auth", connection);
    log_word(&line, "result", event->reason == SMTPAUTH_REASON_AUTHENTICATED ? "accepted" : "refused");
    log_number(&line, "code", event->code);
    log_word(&line, "reason", smtpauth_reason_words(event->reason, SMTPAUTH_WORDS_NAME));
    log_word(&line, "tls", yes_no(has_tls(connection)));
    log_number(&line, "attempt", event->attempt);
    log_quoted(&line, "mechanism", event->mechanism);
    log_quoted(&line, "identity", identity);
    if (event->authorization.len > 0)
        log_quoted(&line, "authorization", event->authorization);
    log_emit(&line);
}

void session_log_anonymous(const struct connection *connection, const smtpauth_event *event)
{
    struct log_line line;
    begin_line(&line, "anonymous", connection);
    log_quoted(&line, "trace", event->name);
    log_emit(&line);
}

void session_log_xclient(const struct connection *connection, smtpauth_view told)
{
    struct log_line line;
    begin_line(&line, "xclient", connection);
    log_quoted(&line, "told", told);
    log_emit(&line);
}

/* A client that went before it was answered learnt nothing, but made work. */
void session_log_abandoned(const struct connection *connection, const struct job *job)
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
void session_log_error(const struct connection *connection, const smtpauth_event *event)
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

void session_log_mail(const struct connection *connection, const struct job *job)
{
    struct log_line line;
    const struct mail *mail = job->mail;
    const bool is_delivery = job->kind == JOB_DELIVER;
    if (connection != NULL)
        begin_line(&line, "message", connection);
    else
        log_begin(&line, "message-unanswered");
    log_word(&line, "result", job->error != 0 ? "failed" : is_delivery ? "delivered" : "queued");
    log_word(&line, "id", mail->file.id);
    if (!is_delivery)
        log_number(&line, "recipients", mail->recipients);
    log_number(&line, "size", mail_size(mail));
    if (job->error != 0)
        log_quoted_text(&line, "fault", strerror(job->error));
    log_quoted_text(&line, "from", mail->from);
    if (is_delivery)
        log_quoted_text(&line, "to", mail->to[job->index]);
    if (connection != NULL && connection->user != NULL)
        log_quoted_text(&line, "user", connection->user);
    log_emit(&line);
}
