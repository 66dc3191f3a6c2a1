/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_CLIENT_PLAYER_H
#define TESTS_CLIENT_PLAYER_H

/* What the parts of the player share: client_play.c (windows, turns), client_script.c (the text), client_host.c (a host's
 * answers, and notes as words). */

#include <stdbool.h>
#include <stddef.h>

#include "client_play.h"

typedef struct text {
    char *data;
    size_t len;
} text;

typedef struct player {
    const client_row *row;
    smtpauth_client_config config;
    smtpauth_client *client;
    smtpauth_client_event event;
    smtpauth_io io;
    uint8_t *in, *out;
    size_t out_cap, cut;
    const char *at;   /* the script's next line */
    text feed;        /* what the server has said and the client not yet got */
    text said;        /* what the client said and no C: line has matched yet */
    text log;         /* octets and events, to compare plays */
    size_t noted_out; /* octets of out that are in `said` already */
    size_t commands;  /* that the server has not answered yet */
    size_t early;     /* S: lines ahead in the script that were fed already */
    bool is_eager; /* the server answers each command at once, also while the host has a question to answer */
    bool is_wrong, is_over;
} player;

void client_append(text *t, const void *data, size_t len);
void client_wrong(player *p, const char *what, const char *got);

bool client_next_is(player *p, const char *prefix);
text client_take_line(player *p,
                      const char *prefix); /* the script's next line behind `prefix`; the caller frees it */
void client_expect_line(player *p, const char *prefix, const char *got);
void client_match_said(player *p);  /* what was said must be the script's next C: lines */
void client_take_server(player *p); /* the script's next S: lines go to `feed` */
void client_take_early(player *p);  /* ... those that answer what was said already, ahead of the script */

void client_ask(player *p, uint16_t question); /* answers it as the script says */
void client_note(player *p);
void client_log_event(player *p, const char *words);
const char *client_reason_name(uint16_t reason);

#endif
