/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SEND_LOGIN_H
#define SEND_LOGIN_H

/*
 * Who logs in: what the options name, or what a person types when the server asks for a login (530) or rejects one (535).
 */

#include "secret.h"
#include "terminal.h"

#include <smtpauth/client.h>

enum { LOGIN_USER_MAX = SMTPAUTH_IDENTITY_MAX };

/* How a question came out. */
enum {
    LOGIN_BROKEN = 2, /* the source that was named has none, so nothing is to be sent; `fault` says why */
    LOGIN_HAS = 1,    /* `user` and `secret` are to be offered */
    LOGIN_NONE = 0,   /* there is none to offer; `fault` says why, unless it was refused */
    LOGIN_DISTURBED =
        -1 /* the server said something meanwhile: look, then ask again if the question is still open */
};

struct login {
    const struct options *options;
    struct terminal terminal;
    char user[LOGIN_USER_MAX + 2]; /* one more, for a line end */
    struct secret secret;
    bool is_token, has_secret;
    bool is_ready;                  /* what is here was offered, and may be asked for again */
    bool is_declined;               /* who was asked typed none: nobody is asked again */
    bool is_asking_user, is_asking; /* a question of ours stands on the terminal */
    uint8_t refreshed;              /* how often a refused token was fetched anew */
    char fault[256];
};

void login_begin(struct login *login, const struct options *options);

/* Is there something to offer before the server insists? */
bool login_is_early(const struct options *options);

/* Did the options say who logs in, other than by a certificate? */
bool login_is_named(const struct options *options);

/* Answers why (SMTPAUTH_WHY_...), for mechanisms that take `kinds`. `watched`: the server's socket. */
int login_ask(struct login *login, uint16_t why, uint8_t kinds, int watched);

/* The question is over, answered or not: nothing of it stays on the terminal. */
void login_abandon(struct login *login);

/* Wipes what was offered: it served, or must not be offered again. */
void login_wipe(struct login *login);
void login_end(struct login *login);

#endif
