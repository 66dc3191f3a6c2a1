/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_CLIENT_PLAY_H
#define TESTS_CLIENT_PLAY_H

/*
 * Plays a client session against a server that is a script: at every cut of the server's octets, in windows that are heap
 * blocks of exactly what they hold and move at each call, with an output window of 512 octets and a large one. Octets and
 * events must be those of the script, and the same in all plays. Each play runs twice: the server waits until the client
 * waits for it, and it answers each command of a group while the host is asked for the next. A script is text:
 *
 *     S: 220 mx ESMTP               the server says a line; ^@ is a NUL, ^A an octet 1, ^M a CR, ^J a LF
 *     s: 220 mx                     ... without its CRLF
 *     C: EHLO client.example.test   the client must have said this line
 *     ? credentials first           it must ask so; the answer follows:
 *     = login alice secret          also: token alice t0ken, as boss alice secret, name (no secret), none
 *     ? starttls first
 *     = yes                         or no
 *     ? envelope 0 again            where it is not written, envelopes are answered silently; also ? message, = abandon
 *     T: started                    at NEED_TLS; with "exporter": its binding; or T: failed
 *     ! auth PLAIN 535 auth-failed  notes, all but replies and advice: mechanism, code, reason
 *     ! recipient 0 accepted 250    index, fate, code; reason where code is 0. ! delivery 0 ... the same
 *     ! message refused cause=535 auth-failed last=530 auth-required resend
 *     ! error injected
 *     ! advice 535 reenter-password where the row has is_advised
 *     X: lost                       the host closes: lost or timeout
 *     closed bye                    CLOSED, and why
 */

#include <smtpauth/client.h>

typedef struct client_row {
    const char *name;
    const char *script;
    uint32_t flags, init_flags;
    smtpauth_client_mechanism_fn *const *mechanisms; /* NULL: client_mechanisms; see client_no_mechanisms */
    const char *sender;                              /* NULL: alice@example.test */
    const char *const *recipients;                   /* NULL: bob@example.test alone */
    const char *message;                             /* NULL: a short one */
    size_t part;                                     /* octets of it that are offered first; 0: all */
    const smtpauth_envelope *envelope;               /* its sender is filled in */
    const smtpauth_recipient *recipient;             /* the same */
    unsigned messages;                               /* 0: 1 */
    bool
        is_racy; /* the server speaks out of turn: what comes of it depends on the cut, only the whole is played */
    bool is_advised, has_guard_key, has_book;
    const uint8_t *rejected; /* one fingerprint */
    uint32_t reply_max, slice;
    uint16_t credentials_max;
} client_row;

extern smtpauth_client_mechanism_fn *const client_mechanisms[];    /* all of them */
extern smtpauth_client_mechanism_fn *const client_no_mechanisms[]; /* none */
extern const uint8_t client_guard_key[SMTPAUTH_FINGERPRINT];
extern uint8_t client_last_fingerprint[SMTPAUTH_FINGERPRINT]; /* of the last NOTE_AUTH that had one */

/* Plays the row in every way; what is wrong is checked and named as in rows.h. */
void client_play(const client_row *row);
void client_play_all(const client_row *rows, size_t count);

#endif
