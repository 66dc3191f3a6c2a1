/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_ENGINE_H
#define SMTPAUTH_ENGINE_H

/* What the two engines, server.h and client.h, have in common: the numbers of events that both know. */

#include <smtpauth/types.h>

/* Types of events. Below QUESTIONS_FROM bytes are to be moved; from there on questions, to be answered; from
 * NOTES_FROM on notes, which need no answer. Values are fixed for ever. */
enum {
    SMTPAUTH_QUESTIONS_FROM = 32,
    SMTPAUTH_NOTES_FROM = 64,

    SMTPAUTH_NEED_INPUT = 1,  /* flush out, then read more behind what is left at next_in */
    SMTPAUTH_NEED_OUTPUT = 2, /* flush out: SMTPAUTH_REPLY_MAX (512) octets must be free in it */
    SMTPAUTH_NEED_ANSWER = 3, /* the question `asked` is still open; the event is filled as it was */
    SMTPAUTH_NEED_TLS = 4,    /* flush out, do the handshake, then tls_started or tls_failed */
    SMTPAUTH_CLOSED = 5, /* flush out, then close the connection, and drop all you opened for the session */

    SMTPAUTH_ASK_MESSAGE = 43, /* a server: the message is complete, is it safe? A client: give me its octets */
    SMTPAUTH_ASK_STARTTLS = 45, /* only where the policy or the config wants to be asked */

    SMTPAUTH_NOTE_AUTH = 66,  /* an attempt to log in has ended */
    SMTPAUTH_NOTE_ERROR = 67, /* the other side broke the protocol, or asked for what it may not have */
    SMTPAUTH_NOTE_LINE = 68   /* a line is about to be judged (server), was said (client); for a dialogue log */
};

/* What smtpauth_server_tls_started and smtpauth_client_tls_started are told of the handshake, as bits. */
enum {
    /* Its outcome is too weak for you: a server says 554 5.7.0 to all but QUIT, a client QUIT. */
    SMTPAUTH_TLS_WEAK = 1,

    SMTPAUTH_TLS_ENDPOINT = 2, /* you have the data of tls-server-end-point (RFC 5929 4) */

    /* You have the data of tls-exporter (RFC 9266): TLS 1.3, or extended master secret. */
    SMTPAUTH_TLS_EXPORTER = 4
};

#endif
