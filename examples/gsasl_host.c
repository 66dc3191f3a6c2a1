/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * A host that runs mechanisms which the library has not, by GNU SASL: DIGEST-MD5 and GSSAPI (Kerberos). One submission
 * session on stdin and stdout, as inetd or socat start it; one user, given as arguments, of whom PRINCIPAL is the
 * Kerberos name. Messages go to stderr. stdio.c is the same with PLAIN and LOGIN; what differs here is
 *
 *     policy.host_mechanisms    what EHLO lists
 *     SMTPAUTH_ASK_EXCHANGE     a response for GNU SASL, whose word goes back by smtpauth_server_challenge, or by
 *                               smtpauth_server_verdict when it is the last
 *     SMTPAUTH_NOTE_AUTH        the exchange is over, by a verdict or by the client's '*': forget it
 *
 * No security layer of SASL's is offered (quality of protection "qop-auth"): in SMTP that is left to TLS.
 */

#include <smtpauth/server.h>

#include <gsasl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HOSTNAME "mail.example.test"

static const smtpauth_host_mechanism host_mechanisms[] = {{"DIGEST-MD5", SMTPAUTH_HOST_SERVER_FIRST},
                                                          {"GSSAPI", 0}};

static const smtpauth_policy policy = {
    .size = sizeof(smtpauth_policy),
    .hostname = HOSTNAME,
    .host_mechanisms = host_mechanisms,
    .host_mechanisms_len = sizeof host_mechanisms / sizeof host_mechanisms[0],
};

/* A challenge may be as long as a response. */
static uint8_t in[SMTPAUTH_AUTH_LINE_MAX], out[SMTPAUTH_AUTH_LINE_MAX];

static const char *user, *password, *principal;
static Gsasl *gsasl;
static Gsasl_session *exchange; /* NULL: none is open */
static bool is_proven; /* GNU SASL is content; the client still owes an empty response to its last words */

/* What GNU SASL asks in its turn. */
static int on_property(Gsasl *context, Gsasl_session *session, Gsasl_property property)
{
    (void)context;
    const char *name;
    switch (property) {
    case GSASL_SERVICE:
        return gsasl_property_set(session, property, "smtp");
    case GSASL_HOSTNAME:
    case GSASL_REALM:
        return gsasl_property_set(session, property, HOSTNAME);
    case GSASL_QOPS:
        return gsasl_property_set(session, property, "qop-auth");
    case GSASL_PASSWORD: /* of a user that nobody knows there is none, which refuses him */
        name = gsasl_property_fast(session, GSASL_AUTHID);
        return name != NULL && strcmp(name, user) == 0 ? gsasl_property_set(session, property, password)
                                                       : GSASL_NO_PASSWORD;
    case GSASL_VALIDATE_GSSAPI: /* the ticket is valid; whose is it? */
        name = gsasl_property_fast(session, GSASL_GSSAPI_DISPLAY_NAME);
        return name != NULL && strcmp(name, principal) == 0 ? GSASL_OK : GSASL_AUTHENTICATION_ERROR;
    default:
        return GSASL_NO_CALLBACK;
    }
}

/* Whatever is not clearly the client's fault is ours, and keeps him from asking for another password. */
static int32_t verdict_on(int result)
{
    const char *as;
    switch (result) {
    case GSASL_OK: /* but he may act as himself only */
        as = gsasl_property_fast(exchange, GSASL_AUTHZID);
        return as == NULL || *as == '\0' || strcmp(as, user) == 0 ? SMTPAUTH_ACCEPTED : SMTPAUTH_REJECTED;
    case GSASL_AUTHENTICATION_ERROR:
    case GSASL_NO_PASSWORD:
    case GSASL_MECHANISM_PARSE_ERROR:
    case GSASL_INTEGRITY_ERROR:
    case GSASL_SASLPREP_ERROR:
    case GSASL_GSSAPI_ACCEPT_SEC_CONTEXT_ERROR:
        return SMTPAUTH_REJECTED;
    default:
        fprintf(stderr, "GNU SASL: %s\n", gsasl_strerror(result));
        return SMTPAUTH_UNAVAILABLE;
    }
}

/* One response of the client's. A NULL response is none at all: AUTH came without. */
static void on_exchange(smtpauth_server *session, smtpauth_io *io, const smtpauth_event *event)
{
    char *words = NULL;
    size_t words_len = 0;
    int result = GSASL_OK;
    if (exchange == NULL) {
        char name[GSASL_MAX_MECHANISM_SIZE + 1] = "";
        memcpy(name, event->mechanism.data, event->mechanism.len); /* it is one of host_mechanisms */
        result = gsasl_server_start(gsasl, name, &exchange);
    }
    if (is_proven)
        result = event->response.len == 0 ? GSASL_OK : GSASL_MECHANISM_PARSE_ERROR;
    else if (result == GSASL_OK)
        result = gsasl_step(exchange, event->has_response ? (const char *)event->response.data : NULL,
                            event->response.len, &words, &words_len);
    is_proven = result == GSASL_OK && words_len > 0;
    if (result == GSASL_NEEDS_MORE || is_proven)
        smtpauth_server_challenge(session, io, (const uint8_t *)words, words_len);
    else
        smtpauth_server_verdict(session, io, verdict_on(result), NULL, 0);
    gsasl_free(words);
}

static void forget_exchange(void)
{
    if (exchange != NULL)
        gsasl_finish(exchange);
    exchange = NULL;
    is_proven = false;
}

/* Writes what the engine said. Returns false when nobody is there to hear it. */
static bool flush(smtpauth_io *io)
{
    const uint8_t *from = out;
    while (from < io->next_out) {
        ssize_t n = write(STDOUT_FILENO, from, (size_t)(io->next_out - from));
        if (n <= 0)
            return false;
        from += n;
    }
    io->next_out = out;
    io->avail_out = sizeof out;
    return true;
}

/* Puts what is left to the front of the window and reads behind it. Returns false at the end of input. */
static bool fill(smtpauth_io *io)
{
    memmove(in, io->next_in, io->avail_in);
    io->next_in = in;
    ssize_t n = read(STDIN_FILENO, in + io->avail_in, sizeof in - io->avail_in);
    if (n > 0)
        io->avail_in += (size_t)n;
    return n > 0;
}

static int serve(smtpauth_server *session)
{
    smtpauth_event event;
    smtpauth_io io = {in, 0, out, sizeof out};
    for (;;) {
        switch (smtpauth_server_step(session, &io, &event)) {
        case SMTPAUTH_NEED_INPUT:
            if (!flush(&io) || !fill(&io))
                smtpauth_server_close(session, &io, SMTPAUTH_REASON_CONNECTION_LOST);
            break;
        case SMTPAUTH_NEED_OUTPUT:
            if (!flush(&io))
                return 1;
            break;
        case SMTPAUTH_CLOSED:
            return flush(&io) ? 0 : 1;
        case SMTPAUTH_ASK_EXCHANGE: /* a challenge is kept nowhere, so there must be room for it before it is made */
            if (!flush(&io))
                return 1;
            on_exchange(session, &io, &event);
            break;
        case SMTPAUTH_NOTE_AUTH:
            forget_exchange();
            break;
        case SMTPAUTH_ASK_MAIL:
        case SMTPAUTH_ASK_RCPT:
        case SMTPAUTH_ASK_DATA:
            smtpauth_server_answer(session, &io, SMTPAUTH_REASON_OK);
            break;
        case SMTPAUTH_NOTE_DATA:
            fwrite(event.data.data, 1, event.data.len, stderr);
            break;
        case SMTPAUTH_ASK_MESSAGE:
            smtpauth_server_answer(session, &io,
                                   fflush(stderr) == 0 ? SMTPAUTH_REASON_OK : SMTPAUTH_REASON_NO_ROOM);
            break;
        default: /* refuses a question that this host does not know, and ignores notes */
            smtpauth_server_answer(session, &io, 0);
            break;
        }
    }
}

int main(int argc, char **argv)
{
    smtpauth_server session;
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: gsasl_host USER PASSWORD [PRINCIPAL]\n");
        return 2;
    }
    user = argv[1];
    password = argv[2];
    principal = argc > 3 ? argv[3] : "";
    if (smtpauth_server_init(&session, sizeof session, &policy, 0, NULL, 0) != SMTPAUTH_DONE ||
        gsasl_init(&gsasl) != GSASL_OK)
        return 1;
    gsasl_callback_set(gsasl, on_property);
    int status = serve(&session);
    forget_exchange();
    gsasl_done(gsasl);
    return status;
}
