/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SEND_OPTIONS_H
#define SEND_OPTIONS_H

/*
 * What the command line says, checked as far as it can be without opening anything. No secret ever stands on it.
 */

#include <smtpauth/client.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern const char *const help_text[]; /* what --help prints, to a NULL */

/* When TLS is used. */
enum { TLS_BY_PORT = 0, TLS_NEVER, TLS_IF_OFFERED, TLS_REQUIRED, TLS_IMPLICIT };

/* Which channel binding the -PLUS mechanisms get. */
enum { BINDING_BEST = 0, BINDING_EXPORTER, BINDING_ENDPOINT, BINDING_NONE };

enum { HOST_MAX = 255, PORT_MAX = 5 };

/* Addresses in the order they were given; each allocated. */
struct addresses {
    char **items;
    size_t count;
};

struct options {
    char host[HOST_MAX + 1], port[PORT_MAX + 1];
    uint16_t port_number;
    uint8_t tls, binding;
    bool is_insecure, allows_plaintext_auth;
    const char *ca, *cert, *key; /* these are NULL when not given */

    const char *user, *authorization;
    const char *secret_file, *secret_command;
    bool is_token, requires_login;
    smtpauth_client_mechanism_fn *mechanisms[SMTPAUTH_CLIENT_MECHANISMS_MAX + 1];
    bool has_order; /* --mechanisms was given */

    const char *sender; /* without brackets; "" for bounces; NULL: the header's */
    struct addresses recipients;
    bool takes_recipients; /* -t: the header's too */
    const char *message;   /* a file; NULL: standard input */
    const char *hello_name;

    smtpauth_envelope envelope; /* all but sender and octets */
    bool has_body;              /* --body was given */
    uint8_t notify;
    bool has_orcpt, completes_header, is_lmtp;

    const char *guard_file;
    bool forgets;
    uint16_t timeout_s; /* 0: RFC 5321's */
    bool is_verbose, is_json;
};

/* Fills `options`; on anything wrong says so and ends the program (EX_USAGE), after --help too (0). */
void options_parse(struct options *options, int argc, char **argv);
void options_free(struct options *options);

/* Ends the program (EX_OSERR) when there is no memory. */
void addresses_add(struct addresses *addresses, const char *address, size_t len);

#endif
