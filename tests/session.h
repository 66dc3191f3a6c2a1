/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_SESSION_H
#define TESTS_SESSION_H

/*
 * A server session with its windows, as unkind to the engine as the header allows: both windows are heap blocks of
 * exactly the size that is told (so that a sanitizer sees one octet too far), every move poisons and frees the old
 * block, and every event is filled with garbage before it is handed in.
 */

#include <smtpauth/smtpauth.h>

/* A growing run of octets. */
typedef struct octets {
    uint8_t *data;
    size_t len, cap;
} octets;

void octets_add(octets *o, const void *data, size_t len);
void octets_text(octets *o, const char *text);
void octets_byte(octets *o, uint8_t byte, size_t times);
void octets_escaped(octets *o, const uint8_t *data, size_t len); /* printable, for messages */
void octets_base64(octets *o, const void *data, size_t len);
const char *octets_string(octets *o); /* NUL-terminated behind len */
void octets_free(octets *o);

enum { SESSION_GARBAGE = 0xA5, SESSION_POISON = 0xDD };

typedef struct session {
    smtpauth_server server;
    smtpauth_io io;
    smtpauth_event event;
    uint8_t *in, *out; /* the blocks that io points into */
    size_t in_len, out_len;
    size_t out_cap;
    octets replies; /* all that was flushed */
} session;

/* A submission service with PLAIN and LOGIN in clear, named mail.example.test. */
smtpauth_policy session_policy(uint32_t flags);

/* `policy` must outlive the session. Returns what init said. */
int32_t session_begin(session *s, const smtpauth_policy *policy, uint32_t flags, size_t out_cap);
void session_end(session *s);

/* A second session in the same state, with its own windows: sessions are plain memory. */
void session_copy(session *copy, const session *s);

/* Puts octets behind what is left; the window moves to a new block of exactly that size. */
void session_feed(session *s, const void *data, size_t len);
void session_text(session *s, const char *text);
void session_move(session *s);

/* Takes what was written out of the output window and gives a fresh one. */
void session_flush(session *s);

/* One step, with the event garbaged before and its type and unused fields checked behind. NULL, or what is wrong. */
const char *session_step(session *s);

/* Steps to the next ASK, NOTE, NEED_INPUT, NEED_ANSWER, NEED_TLS or CLOSED, flushing as asked. Fails the running
 * cmocka test when an event is not as the header says. */
uint16_t session_next(session *s);

/* Steps over notes and data to the next of NEED_INPUT, CLOSED, NEED_TLS or a question. */
uint16_t session_run(session *s);

/* Feeds the text and runs. */
uint16_t session_say(session *s, const char *text);

/* Feeds the text and answers every question by yes until the one to stop at, or until none can be: NEED_INPUT and its like. */
uint16_t session_until(session *s, const char *text, uint16_t stop);

/* Octets written so far, flushed or not. */
size_t session_written(const session *s);

/* Do the replies since `from` begin with this text? Flushes first. */
bool session_replied(session *s, size_t from, const char *text);

#endif
