/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_ENGINES_H
#define TESTS_ENGINES_H

/*
 * Our client and our server in one world: two engines, the host of each (engines_client.c, engines_server.c), and pipes
 * between them that hand over octets in pieces of any size. The client's host makes up messages, the server's answers by
 * chance; both know what the other did, and say so where the two engines do not agree on it.
 */

#include <smtpauth/smtpauth.h>

enum { ENGINES_RECIPIENTS_MAX = 40, ENGINES_MESSAGE_CAP = 6000, ENGINES_PIPE_CAP = 1 << 18 };

typedef struct engines_pipe {
    uint8_t data[ENGINES_PIPE_CAP];
    size_t from, to;
} engines_pipe;

typedef struct engines_message {
    char sender[32];
    uint8_t body;
    unsigned recipients; /* as given to the client; as accepted by the server */
    uint16_t fate[ENGINES_RECIPIENTS_MAX];
    size_t len;
    uint8_t text[ENGINES_MESSAGE_CAP];
} engines_message;

typedef struct engines_end {
    smtpauth_io io;
    uint8_t *in, out[20000];
    size_t out_cap;
    bool is_closed, wants_tls, wants_input;
} engines_end;

typedef struct engines_world {
    smtpauth_client client;
    smtpauth_server server;
    smtpauth_client_config config;
    smtpauth_policy policy;
    engines_end c, s;
    engines_pipe to_server, to_client;
    engines_message given, taken; /* of this transaction */
    unsigned deliveries;          /* answers to ASK_MESSAGE in LMTP */
    bool delivered[ENGINES_RECIPIENTS_MAX];
    unsigned messages, messages_max, done, accepted_by_server, accepted_for_client;
    char secret[32];
    uint8_t kind; /* SMTPAUTH_KIND_... of the credentials that the client's host has */
    unsigned rejected_secrets;
    char rejected[8][32];
    bool may_be_denied; /* the server's host may also say UNAVAILABLE and its like */
    bool may_be_wrong;  /* the client's host may have wrong credentials, or none */
    bool is_lmtp;
    const char *fault; /* the first thing that is wrong */
} engines_world;

extern engines_world w;

extern const char engines_password[]; /* the one that is right */
enum { ENGINES_BINDING_LEN = 32 };
extern const uint8_t engines_binding[ENGINES_BINDING_LEN];

/* A new world: no mechanisms, no extensions, one message. What is chosen then goes into `w`. */
void engines_prepare(void);

/* Plays the session to both sides' end. Returns false when something is wrong: `w.fault`. */
bool engines_run(uint32_t flags);

/* Says what is wrong; the first counts. */
void engines_broken(const char *what);

/* Frees what the world holds. */
void engines_end_world(void);

/* ---- Between the parts ---- */

void engines_flush(engines_end *e, engines_pipe *to);

/* One step, and what its host does about it. */
void engines_client_turn(void);
void engines_server_turn(void);

#endif
