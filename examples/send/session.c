/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "session.h"
#include "dialogue.h"
#include "words.h"

#include <smtpauth/text.h>

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>
#include <unistd.h>

enum { HANDSHAKE_TIMEOUT_S = 60, WRITE_TIMEOUT_S = 180, SEED = 32, MEBIBYTE = 1 << 20 };

static int seconds(const struct session *session, int otherwise)
{
    return session->options->timeout_s != 0 ? session->options->timeout_s : otherwise;
}

/* ---- Moving octets ---- */

static void reset_output(struct session *session)
{
    smtpauth_wipe(session->out, sizeof session->out - session->io.avail_out);
    session->io.next_out = session->out;
    session->io.avail_out = sizeof session->out;
}

static void flush(struct session *session)
{
    size_t len = (size_t)(session->io.next_out - session->out);
    bool is_written =
        connection_write(&session->connection, session->out, len, seconds(session, WRITE_TIMEOUT_S));
    if (len > 0)
        session->deadline = 0;
    reset_output(session);
    if (!is_written)
        smtpauth_client_close(&session->client, &session->io, SMTPAUTH_REASON_CONNECTION_LOST);
}

/* Reads behind what is left of the window, until the deadline; 0: only what is there. */
static void fill(struct session *session, int64_t deadline)
{
    smtpauth_io *io = &session->io;
    memmove(session->in, io->next_in, io->avail_in);
    io->next_in = session->in;
    size_t room = sizeof session->in - io->avail_in;
    ptrdiff_t got = room > 0 ? connection_read(&session->connection, session->in + io->avail_in, room, deadline)
                             : READ_BROKEN;
    if (got > 0)
        io->avail_in += (size_t)got;
    else if (got == READ_END || got == READ_BROKEN)
        smtpauth_client_close(&session->client, io, SMTPAUTH_REASON_CONNECTION_LOST);
    else if (deadline > 0)
        smtpauth_client_close(&session->client, io, SMTPAUTH_REASON_TIMEOUT);
}

/* One deadline for a whole reply, however it drips in. */
static void await_reply(struct session *session)
{
    flush(session);
    if (session->deadline == 0)
        session->deadline = connection_deadline(seconds(session, smtpauth_client_timeout(&session->client)));
    fill(session, session->deadline);
}

/* The bits of smtpauth_client_tls_started, or false. */
static bool start_tls(struct session *session, uint32_t *bits)
{
    struct connection *connection = &session->connection;
    if (!connection_start_tls(connection, session->options, seconds(session, HANDSHAKE_TIMEOUT_S))) {
        report_fail(session->report, EX_CONFIG, "TLS with %s: %s", session->options->host, connection->fault);
        return false;
    }
    snprintf(session->report->tls, sizeof session->report->tls, "%s", tls_version(connection->tls));
    session->binding_len =
        tls_binding(connection->tls, session->options->binding, &session->binding_type, session->binding);
    bool is_exporter = strcmp(session->binding_type, "tls-exporter") == 0;
    *bits = session->binding_len == 0 ? 0u : is_exporter ? SMTPAUTH_TLS_EXPORTER : SMTPAUTH_TLS_ENDPOINT;
    dialogue_tls(session);
    return true;
}

static void upgrade(struct session *session)
{
    uint32_t bits;
    flush(session);
    if (start_tls(session, &bits))
        smtpauth_client_tls_started(&session->client, &session->io, bits);
    else
        smtpauth_client_tls_failed(&session->client);
}

/* An answer that found no room is given again behind a flush; one that no window holds is given up. */
static void answered(struct session *session, int32_t result)
{
    if (result != SMTPAUTH_E_OUTPUT)
        return;
    if (session->io.avail_out == sizeof session->out)
        smtpauth_client_answer(&session->client, &session->io, 0);
    else
        flush(session);
}

/* ---- Questions ---- */

static void offer(struct session *session)
{
    const struct login *login = &session->login;
    smtpauth_credentials who;
    memset(&who, 0, sizeof who);
    who.size = sizeof who;
    who.identity = words_of(login->user);
    if (session->options->authorization != NULL)
        who.authorization = words_of(session->options->authorization);
    if (login->has_secret)
        who.secret = (smtpauth_view){(const uint8_t *)login->secret.text, login->secret.len};
    who.is_token = login->has_secret && login->is_token;
    who.host = words_of(session->options->host);
    who.port = session->options->port_number;
    if (session->binding_len > 0) {
        who.binding_type = words_of(session->binding_type);
        who.binding = (smtpauth_view){session->binding, session->binding_len};
    }
    if (session->has_guard) {
        who.rejected = session->fingerprints;
        who.rejected_count = guard_fingerprints(&session->guard, session->fingerprints);
    }
    int32_t result = smtpauth_client_credentials(&session->client, &session->io, &who);
    if (result == SMTPAUTH_E_ANSWER)
        snprintf(session->report->login, sizeof session->report->login,
                 "no mechanism that both sides know and that may run here takes this name and secret");
    else if (result == SMTPAUTH_E_ARGUMENT)
        answered(session, smtpauth_client_credentials(&session->client, &session->io, NULL));
    answered(session, result);
}

static void ask_credentials(struct session *session, const smtpauth_client_event *event)
{
    struct login *login = &session->login;
    flush(session);
    switch (login_ask(login, event->why, event->kinds, session->connection.fd)) {
    case LOGIN_HAS:
        session->report->login[0] = '\0';
        offer(session);
        break;
    case LOGIN_DISTURBED:
        fill(session, 0);
        break;
    case LOGIN_BROKEN: /* give_envelope ends it */
        report_fail(session->report, EX_NOINPUT, "%s", login->fault);
        answered(session, smtpauth_client_credentials(&session->client, &session->io, NULL));
        break;
    default:
        snprintf(session->report->login, sizeof session->report->login, "%s", login->fault);
        answered(session, smtpauth_client_credentials(&session->client, &session->io, NULL));
    }
}

static bool has_8bit_recipient(const struct options *options)
{
    for (size_t i = 0; i < options->recipients.count; i++) {
        for (const uint8_t *at = (const uint8_t *)options->recipients.items[i]; *at != 0; at++) {
            if (*at > 0x7F)
                return true;
        }
    }
    return false;
}

static void give_envelope(struct session *session, const smtpauth_client_event *event)
{
    const struct options *options = session->options;
    const struct message *message = session->message;
    if (event->index > 0 || session->report->status != EX_OK) {
        answered(session, smtpauth_client_envelope(&session->client, &session->io, NULL));
        return;
    }
    smtpauth_envelope envelope = options->envelope;
    envelope.sender = words_of(options->sender);
    envelope.octets = envelope.body == SMTPAUTH_BODY_BINARYMIME ? message->octets : message->wire_octets;
    envelope.is_utf8 = envelope.is_utf8 || has_8bit_recipient(options);
    bool offers_8bit = (smtpauth_client_offers(&session->client) & SMTPAUTH_OFFERS_8BITMIME) != 0;
    if (!options->has_body && message->has_8bit && offers_8bit)
        envelope.body = SMTPAUTH_BODY_8BITMIME;
    answered(session, smtpauth_client_envelope(&session->client, &session->io, &envelope));
}

/* ORCPT= names the recipient as it is given here, in xtext (RFC 3461 4.2). */
static size_t write_orcpt(char *out, size_t cap, const char *address)
{
    size_t len = (size_t)snprintf(out, cap, "rfc822;");
    for (const uint8_t *at = (const uint8_t *)address; *at != 0 && len + 4 < cap; at++) {
        bool is_plain = *at > ' ' && *at < 0x7F && *at != '+' && *at != '=';
        len += (size_t)snprintf(out + len, cap - len, is_plain ? "%c" : "+%02X", *at);
    }
    return len;
}

static void give_recipient(struct session *session, const smtpauth_client_event *event)
{
    const struct options *options = session->options;
    char orcpt[1024];
    smtpauth_recipient to;
    if (event->index >= options->recipients.count) {
        answered(session, smtpauth_client_recipient(&session->client, &session->io, NULL));
        return;
    }
    memset(&to, 0, sizeof to);
    to.size = sizeof to;
    to.address = words_of(options->recipients.items[event->index]);
    to.notify = options->notify;
    if (options->has_orcpt)
        to.orcpt = (smtpauth_view){(const uint8_t *)orcpt,
                                   write_orcpt(orcpt, sizeof orcpt, options->recipients.items[event->index])};
    answered(session, smtpauth_client_recipient(&session->client, &session->io, &to));
}

/* One line that is written over; gone at the end. */
static void show_progress(struct session *session, uint64_t at)
{
    const uint64_t all = session->message->octets;
    if (!session->shows_progress || (at < all && at - session->shown < all / 100))
        return;
    session->shown = at;
    if (at < all)
        fprintf(stderr, "\rsend: %3u%% of %.1f MiB", (unsigned)(100 * at / all), (double)all / MEBIBYTE);
    else
        fputs("\r                              \r", stderr);
    fflush(stderr);
}

static void give_message(struct session *session, const smtpauth_client_event *event)
{
    const struct message *message = session->message;
    const uint64_t left = message->octets - event->size;
    size_t taken = 0;
    if (event->size == 0)
        dialogue_message(session);
    show_progress(session, event->size);
    if (left == 0) {
        answered(session, smtpauth_client_data_end(&session->client, &session->io));
        return;
    }
    ptrdiff_t got = message_read(message, event->size, session->part,
                                 left < sizeof session->part ? (size_t)left : sizeof session->part);
    if (got <= 0) {
        report_fail(session->report, EX_NOINPUT, "the message cannot be read to its end");
        answered(session, smtpauth_client_answer(&session->client, &session->io, 0));
        return;
    }
    smtpauth_client_data(&session->client, &session->io, session->part, (size_t)got, &taken);
}

/* ---- Notes ---- */

static void note_auth(struct session *session, const smtpauth_client_event *event)
{
    struct report *report = session->report;
    if (event->fingerprint.len == SMTPAUTH_FINGERPRINT && session->has_guard &&
        !guard_add(&session->guard, session->login.user, event->fingerprint.data))
        fprintf(stderr, "send: note: %s cannot be written, so the next run may offer this login again\n",
                session->guard.path);
    if (event->reason == SMTPAUTH_REASON_AUTHENTICATED) {
        snprintf(report->mechanism, sizeof report->mechanism, "%.*s", (int)event->mechanism.len,
                 event->mechanism.len > 0 ? (const char *)event->mechanism.data : "");
        login_wipe(&session->login);
    }
}

/* False: the session is over. */
static bool turn(struct session *session)
{
    smtpauth_client_event event;
    uint16_t type = smtpauth_client_step(&session->client, &session->io, &event);
    if (type == SMTPAUTH_NEED_ANSWER)
        type = event.asked;
    if (type != SMTPAUTH_ASK_CREDENTIALS)
        login_abandon(&session->login);
    report_note(session->report, &event);
    dialogue_note(session, &event);
    switch (type) {
    case SMTPAUTH_NEED_INPUT:
        await_reply(session);
        break;
    case SMTPAUTH_NEED_OUTPUT:
        flush(session);
        break;
    case SMTPAUTH_NEED_TLS:
        upgrade(session);
        break;
    case SMTPAUTH_ASK_CREDENTIALS:
        ask_credentials(session, &event);
        break;
    case SMTPAUTH_ASK_ENVELOPE:
        give_envelope(session, &event);
        break;
    case SMTPAUTH_ASK_RECIPIENT:
        give_recipient(session, &event);
        break;
    case SMTPAUTH_ASK_MESSAGE:
        give_message(session, &event);
        break;
    case SMTPAUTH_NOTE_REPLY:
        session->deadline = 0;
        break;
    case SMTPAUTH_NOTE_AUTH:
        note_auth(session, &event);
        break;
    case SMTPAUTH_CLOSED:
        return false;
    default: /* other notes need nothing, other questions get nothing */
        if (event.asked != 0)
            smtpauth_client_answer(&session->client, &session->io, 0);
        break;
    }
    return true;
}

/* ---- From beginning to end ---- */

static uint32_t flags(const struct session *session)
{
    const struct options *options = session->options;
    static const uint32_t by_tls[] = {[TLS_BY_PORT] = 0,
                                      [TLS_NEVER] = SMTPAUTH_CLIENT_TLS_NEVER,
                                      [TLS_IF_OFFERED] = 0,
                                      [TLS_REQUIRED] = SMTPAUTH_CLIENT_TLS_REQUIRED,
                                      [TLS_IMPLICIT] = SMTPAUTH_CLIENT_IMPLICIT_TLS};
    uint32_t flags = tls_is_built() ? by_tls[options->tls] : SMTPAUTH_CLIENT_TLS_NEVER;
    flags |= options->allows_plaintext_auth ? SMTPAUTH_CLIENT_CLEAR_AUTH : 0u;
    flags |= options->requires_login ? SMTPAUTH_CLIENT_AUTH_REQUIRED : 0u;
    flags |= login_is_early(options) ? 0u : SMTPAUTH_CLIENT_AUTH_LATE;
    flags |= options->has_order ? SMTPAUTH_CLIENT_IN_ORDER : 0u;
    flags |= options->is_lmtp ? SMTPAUTH_CLIENT_LMTP : 0u;
    flags |= options->is_verbose ? SMTPAUTH_CLIENT_NOTES_LINE : 0u;
    return flags | SMTPAUTH_CLIENT_FIX_LINE_ENDS;
}

static bool set_up(struct session *session)
{
    const struct options *options = session->options;
    uint8_t seed[SEED];
    session->config.size = sizeof session->config;
    session->config.flags = flags(session);
    session->config.name = session->name;
    session->config.mechanisms = options->mechanisms;
    session->config.book = smtpauth_providers;
    session->config.guard_key = session->has_guard ? session->guard.key : NULL;
    session->config.timeout_s = options->timeout_s;
    session->io = (smtpauth_io){session->in, 0, session->out, sizeof session->out};
    int32_t fault = smtpauth_client_config_check(&session->config);
    if (fault == SMTPAUTH_REASON_POLICY_HOSTNAME)
        report_fail(session->report, EX_USAGE, "--ehlo: '%s' is neither a domain nor an address literal",
                    session->name);
    else if (fault != 0)
        report_fail(session->report, EX_SOFTWARE, "the engine does not take its settings: %s",
                    smtpauth_reason_words((uint16_t)fault, SMTPAUTH_WORDS_TITLE));
    else if (getentropy(seed, sizeof seed) != 0 ||
             smtpauth_client_init(&session->client, sizeof session->client, &session->config, 0, seed,
                                  sizeof seed) != SMTPAUTH_DONE)
        report_fail(session->report, EX_OSERR, "there is no entropy to be had");
    smtpauth_wipe(seed, sizeof seed);
    return session->report->status == EX_OK;
}

static bool name_self(struct session *session)
{
    bool is_named = session->options->hello_name != NULL
                        ? snprintf(session->name, sizeof session->name, "%s", session->options->hello_name) <
                              (int)sizeof session->name
                        : connection_own_name(&session->connection, session->name, sizeof session->name);
    if (!is_named)
        report_fail(session->report, EX_USAGE, "this machine has no name to be said: give --ehlo");
    return is_named;
}

/* Was a login to be had that was never asked for, as there was no AUTH for it? */
static void note_missing_login(const struct session *session)
{
    const struct options *options = session->options;
    struct report *report = session->report;
    bool is_wanted = login_is_named(options) || options->requires_login;
    bool was_due = report->fate != 0 || report->why == SMTPAUTH_REASON_AUTH_REQUIRED;
    if (is_wanted && was_due && report->mechanism[0] == '\0' && report->login[0] == '\0' &&
        report->fault[0] == '\0' && report_login_refusal(report) == NULL)
        snprintf(report->login, sizeof report->login, "the server offers no AUTH that may be used here");
}

static void converse(struct session *session)
{
    uint32_t bits = 0;
    if (!name_self(session) || !set_up(session))
        return;
    if (session->options->completes_header && !message_complete(session->message, session->name)) {
        report_fail(session->report, EX_OSERR, "out of memory");
        return;
    }
    bool is_implicit = session->options->tls == TLS_IMPLICIT;
    if (is_implicit && !start_tls(session, &bits))
        return;
    if (is_implicit)
        smtpauth_client_tls_started(&session->client, &session->io, bits);
    while (turn(session))
        ;
    flush(session);
    report_close(session->report, &session->client);
    note_missing_login(session);
}

static void open_guard(struct session *session)
{
    const char *fault;
    session->has_guard = guard_open(&session->guard, session->options, &fault);
    if (fault != NULL)
        fprintf(stderr, "send: note: %s: %s: a rejected login is not remembered\n", session->guard.path, fault);
}

void session_run(struct session *session, const struct options *options, struct message *message,
                 struct report *report)
{
    session->options = options;
    session->message = message;
    session->report = report;
    session->binding_type = "";
    session->shows_progress = !options->is_verbose && message->octets > MEBIBYTE && isatty(STDERR_FILENO) == 1;
    if (options->is_insecure)
        fputs("send: note: the server's certificate is not checked\n", stderr);
    int opened = connection_open(&session->connection, options);
    if (opened != CONNECTION_UP) {
        report_fail(report, opened == CONNECTION_UNKNOWN_HOST ? EX_NOHOST : EX_TEMPFAIL, "%s",
                    session->connection.fault);
        report_close(report, NULL);
        return;
    }
    open_guard(session);
    login_begin(&session->login, options);
    dialogue_connected(session);
    converse(session);
    if (report->status != EX_OK && report->why == 0)
        report_close(report, NULL);
    login_end(&session->login);
    guard_close(&session->guard);
    connection_close(&session->connection);
    smtpauth_wipe(session->in, sizeof session->in);
    reset_output(session);
}
