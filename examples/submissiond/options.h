/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_OPTIONS_H
#define SUBMISSIOND_OPTIONS_H

/*
 * What the command line says, checked as far as it can be without opening anything.
 */

#include "mechanisms.h"
#include "network.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { EXIT_USAGE = 2 };

extern const char *const help_text[]; /* what --help prints, to a NULL */

struct endpoint {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    socklen_t address_len;
    bool is_tls; /* TLS from the first octet */
    const char *text;
};

struct options {
    struct endpoint *listen;
    size_t listen_count;
    const char *hostname;
    char **users; /* NAME:PASSWORD, each with a colon */
    size_t user_count;
    const char *users_file; /* these are NULL when not given */
    const char *cert;
    const char *key;
    const char *client_ca;
    const char *secret_file;
    const char *token_command;
    const char *extension_names;
    const char *maildir;
    uint32_t extensions; /* SMTPAUTH_EXT_... bits of extensions.h */
    struct network *xclient_from;
    size_t xclient_count;
    struct mechanism_list mechanisms; /* as --mechanisms lists them; none: the default */
    uint64_t max_size;                /* octets; 0: the library's default */
    uint16_t max_recipients;          /* 0: the library's default */
    uint16_t max_auth_failures;
    bool require_tls, allow_plaintext_auth, proxy_protocol, lmtp, log;
};

/* Fills `options`; on anything wrong says so and ends the program (2), after --help too (0). Passwords are blanked in
 * argv, where `ps` shows them. */
void options_parse(struct options *options, int argc, char **argv);
void options_free(struct options *options);

#endif
