/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_CLIENT_TALK_H
#define TESTS_CLIENT_TALK_H

/*
 * A client's session without a script (those play in client_play.h): the test says what the server says, looks at what the
 * client says, and answers by itself, rightly or not.
 */

#include <smtpauth/client.h>

typedef struct client_talk {
    smtpauth_client_config config;
    smtpauth_client client;
    smtpauth_client_event event; /* of the last step */
    smtpauth_io io;              /* in `in` and `out` */
    uint8_t in[8192], out[32768];
} client_talk;

extern client_talk talk;

enum { TALK_SEED_LEN = 16 };
extern const uint8_t talk_seed[TALK_SEED_LEN];

/* A setup for cmocka: a config with a name and all mechanisms. */
int talk_set_up(void **state);

/* Begins a session by that config, with empty windows. */
void talk_begin(uint32_t flags);

/* The server says this; steps to the next event that is no reply and no advice. */
uint16_t talk_hear(const char *text);

/* Takes what the client said since. Is it this? */
bool talk_said(const char *text);
void talk_flush(void);

/* The server greets and offers; then there must be such an event. */
#define TALK_GREETING "220 mx\r\n"
#define TALK_OFFERS   "250-mx\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN XOAUTH2 SCRAM-SHA-256\r\n"
void talk_greet(uint16_t type);

/* A session in clear without a login, up to the question for its message: so many recipients were taken. */
void talk_open_message(uint32_t flags, unsigned recipients);

/* Answers, good but for what the test then changes. */
smtpauth_credentials talk_alice(const char *secret);
smtpauth_envelope talk_from(const char *sender);
smtpauth_recipient talk_to(const char *address);

#endif
