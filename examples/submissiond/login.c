/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Who is let in: users.c says, the token command, or the client's certificate. What hashes or waits for a program is a
 * job; the question stays open meanwhile.
 *
 * `claim` is whom the attempt is about, where that is more than NOTE_AUTH will say: of SCRAM the whole name, of a
 * certificate or a token the name in it.
 */

#include "login.h"
#include "log.h"
#include "mechanisms.h"
#include "session.h"
#include "session_log.h"

#include <smtpauth/reason.h>
#include <stdlib.h>
#include <string.h>

/* Checks that may wait for a worker; who comes then is told to come later (454), not kept waiting for minutes. */
enum { VERIFY_QUEUE_MAX = 256, TOKEN_QUEUE_MAX = 64 };

static bool say(struct connection *connection, smtpauth_io *io, int32_t verdict)
{
    smtpauth_server_verdict(&connection->session, io, verdict, NULL, 0);
    return true;
}

static smtpauth_view view_of(const char *text)
{
    smtpauth_view view = {(const uint8_t *)text, strlen(text)};
    return view;
}

static void claim(struct connection *connection, smtpauth_view name)
{
    free(connection->claim);
    connection->claim = name.len > 0 ? session_text(name) : NULL;
}

bool login_password(struct connection *connection, smtpauth_io *io, const smtpauth_event *event)
{
    struct service *service = connection->service;
    if (users_is_slow(service->users) && pool_waiting(&service->verifiers) >= VERIFY_QUEUE_MAX)
        return say(connection, io, SMTPAUTH_TRY_LATER);
    struct job *job = job_verify(connection, service->users, event->identity, event->password);
    return job != NULL ? session_wait(connection, &service->verifiers, job)
                       : say(connection, io, SMTPAUTH_UNAVAILABLE);
}

/* ---- Tokens ---- */

bool login_token(struct connection *connection, smtpauth_io *io, const smtpauth_event *event)
{
    struct service *service = connection->service;
    if (pool_waiting(&service->token_runners) >= TOKEN_QUEUE_MAX)
        return say(connection, io, SMTPAUTH_TRY_LATER);
    struct job *job = job_token(connection, service->options->token_command, service->stop_fd, event->identity,
                                event->password);
    return job != NULL ? session_wait(connection, &service->token_runners, job)
                       : say(connection, io, SMTPAUTH_UNAVAILABLE);
}

static int32_t judge_token(struct connection *connection, const struct job *job)
{
    smtpauth_view name = {job->identity, job->identity_len};
    const char *fault = job->answer.fault;
    if (job->answer.verdict == SMTPAUTH_ACCEPTED && name.len == 0) {
        name = view_of(job->answer.name);
        claim(connection, name);
        if (name.len == 0)
            fault = "took a token, but printed no user";
    }
    if (fault != NULL) {
        log_problem("token-command", fault);
        return SMTPAUTH_UNAVAILABLE;
    }
    bool is_disabled = users_admit(connection->service->users, name) == SMTPAUTH_DISABLED;
    return job->answer.verdict == SMTPAUTH_ACCEPTED && is_disabled ? SMTPAUTH_DISABLED : job->answer.verdict;
}

/* ---- Secrets ---- */

bool login_secret(struct connection *connection, smtpauth_io *io, const smtpauth_event *event)
{
    uint8_t binding[TLS_BINDING_MAX];
    smtpauth_secret secret;
    users_secret(connection->service->users, event->identity, mechanism_named(event->mechanism)->users,
                 &secret);
    if (event->binding.len > 0) {
        secret.binding.data = binding;
        secret.binding.len = tls_binding(&connection->stream, event->binding, binding);
    }
    claim(connection, event->identity);
    smtpauth_server_secret(&connection->session, io, &secret);
    return true;
}

bool login_authorize(struct connection *connection, smtpauth_io *io, const smtpauth_event *event)
{
    return say(connection, io, event->user == USER_DISABLED ? SMTPAUTH_DISABLED : SMTPAUTH_ACCEPTED);
}

/* ---- Certificates ---- */

/* Of the certificate's names the first that is a user's, and the one that is asked for if one is. */
bool login_external(struct connection *connection, smtpauth_io *io, const smtpauth_event *event)
{
    char name[TLS_NAME_MAX + 1];
    int32_t verdict = SMTPAUTH_REJECTED;
    bool has_tls = connection->stream.tls != NULL;
    for (size_t i = 0; has_tls && verdict == SMTPAUTH_REJECTED && tls_client_name(&connection->stream, i, name);
         i++) {
        bool is_wanted = event->authorization.len == 0 ||
                         (event->authorization.len == strlen(name) &&
                          memcmp(event->authorization.data, name, event->authorization.len) == 0);
        verdict = is_wanted ? users_admit(connection->service->users, view_of(name)) : SMTPAUTH_REJECTED;
        if (i == 0 || verdict != SMTPAUTH_REJECTED)
            claim(connection, view_of(name));
    }
    bool is_named = verdict == SMTPAUTH_ACCEPTED && event->authorization.len > 0;
    return say(connection, io, is_named ? SMTPAUTH_ACCEPTED_AS : verdict);
}

bool login_anonymous(struct connection *connection, smtpauth_io *io, const smtpauth_event *event)
{
    session_log_anonymous(connection, event);
    claim(connection, view_of("anonymous"));
    return say(connection, io, SMTPAUTH_ACCEPTED);
}

/* ---- Ends ---- */

bool login_ended(struct connection *connection, const smtpauth_event *event)
{
    char *name = connection->claim;
    connection->claim = NULL;
    session_log_auth(connection, event, name != NULL ? view_of(name) : event->identity);
    if (event->reason == SMTPAUTH_REASON_AUTHENTICATED) {
        free(connection->user);
        connection->user = name != NULL ? name : session_text(event->identity);
        name = NULL;
    }
    free(name);
    if (event->delay_s == 0)
        return true;
    connection->delayed_until_ms = connection->service->now_ms + event->delay_s * UINT64_C(1000);
    connection->phase = PHASE_DELAYED;
    return false;
}

void login_settle(struct connection *connection, smtpauth_io *io, const struct job *job)
{
    say(connection, io, job->kind == JOB_TOKEN ? judge_token(connection, job) : job->verdict);
}
