/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_CLIENT_CONFIG_H
#define SMTPAUTH_CLIENT_CONFIG_H

/*
 * How a client behaves: what it may do without TLS, which mechanisms it may use, how long and how much it
 * takes. The client engine (client.h) reads it and never writes it. Every field but `size` and `name` may be
 * zero, which is its default.
 */

#include <smtpauth/advice.h>
#include <smtpauth/sasl.h>
#include <smtpauth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bits of flags. None: STARTTLS where it is offered, and secrets under TLS only. */
enum {
    SMTPAUTH_CLIENT_TLS_NEVER = 1, /* do not start TLS, even where it is offered */

    /* No mail and no secret without TLS: where it is not to be had the session ends (TLS_MISSING). */
    SMTPAUTH_CLIENT_TLS_REQUIRED = 2,

    SMTPAUTH_CLIENT_IMPLICIT_TLS = 4, /* sessions begin under TLS (port 465); may also be given to init */
    SMTPAUTH_CLIENT_CLEAR_AUTH = 8,   /* secrets may be shown without TLS: loopback and tests only */
    SMTPAUTH_CLIENT_AUTH_LATE = 16,   /* ask for credentials only when the server wants a login (530) */
    SMTPAUTH_CLIENT_IN_ORDER = 32,    /* mechanisms are tried as listed, not the strongest first */

    /* After a 535 one more mechanism with the same secret, once in a session: some servers refuse one mechanism
     * by 535. Where three failures lock an account, this costs one. */
    SMTPAUTH_CLIENT_TRY_ANOTHER = 64,

    SMTPAUTH_CLIENT_LMTP = 128,          /* RFC 2033: LHLO, and a reply for each recipient (NOTE_DELIVERY) */
    SMTPAUTH_CLIENT_NO_PIPELINING = 256, /* one command at a time, even where PIPELINING is offered */
    SMTPAUTH_CLIENT_NO_CHUNKING = 512,   /* DATA even where BDAT is offered; BINARYMIME is then not possible */

    /* A bare CR or LF in a message, as Unix has it, becomes CRLF; else it is refused. */
    SMTPAUTH_CLIENT_FIX_LINE_ENDS = 1024,

    SMTPAUTH_CLIENT_ASKS_STARTTLS = 2048, /* ASK_STARTTLS where it is offered; else yes */
    SMTPAUTH_CLIENT_NOTES_LINE = 4096,    /* NOTE_LINE for each line that is said: for a dialogue log */

    /* No mail without a login: where none succeeds the session ends (AUTH_REQUIRED). Else MAIL is tried
     * without. Not with AUTH_LATE. */
    SMTPAUTH_CLIENT_AUTH_REQUIRED = 8192
};

enum {
    /* Octets of a window that ordinary sessions fit, each way; reply_max by default. */
    SMTPAUTH_CLIENT_WINDOW = 4096,

    SMTPAUTH_CLIENT_MECHANISMS_MAX = 16, /* in the list */
    SMTPAUTH_CLIENT_LITERAL_MAX = 48,    /* octets of an address literal, with its NUL */
    SMTPAUTH_FINGERPRINT = 32            /* octets of a fingerprint, and of the key that makes it */
};

/* May lie in ROM, and is shared by all sessions and threads; it and all it points to must outlive them. */
typedef struct smtpauth_client_config {
    uint32_t size;  /* sizeof(smtpauth_client_config) */
    uint32_t flags; /* SMTPAUTH_CLIENT_... */

    /* Said in EHLO: this machine's domain, or an address literal (smtpauth_address_literal), 255 octets at
     * most; its syntax alone is checked. There is no default: "localhost" is refused by many servers (RFC 5321
     * 4.1.4). */
    const char *name;

    smtpauth_client_mechanism_fn *const *mechanisms; /* NULL-terminated: those that may be used; NULL: none */

    /* What advice knows of providers: smtpauth_providers. NULL: general rules only. */
    smtpauth_provider_fn *book;

    const smtpauth_crypto *crypto; /* faster hashes of the host's (sasl.h); NULL: the library's */

    /* SMTPAUTH_FINGERPRINT octets of your own, secret, kept beside the file of fingerprints. NULL: the lockout
     * guard works within a session only, and no fingerprints are given. */
    const uint8_t *guard_key;

    const void *reserved_pointers[4]; /* NULL */
    uint32_t iterations_min;          /* SCRAM: a server that asks for fewer is refused; 0: 4096 */
    uint32_t iterations_max;          /* ... for more; 0: 1000000 */

    /* SCRAM: iterations that one call of smtpauth_client_credentials runs at most; ASK_CREDENTIALS (AGAIN) then
     * comes once more, until keys are derived. 0: all at once. */
    uint32_t slice;

    uint32_t reply_max; /* octets of a reply that are kept, and of one line; 0: 4096; not below 512 */

    /* Secrets that may be rejected, or held back, before no more are asked for; 0: 3; at most 5. */
    uint16_t credentials_max;

    uint16_t timeout_s;     /* upper limit of what smtpauth_client_timeout says; 0: RFC 5321's times */
    uint32_t reserved32[5]; /* zero */
    uint64_t reserved[8];   /* zero */
} smtpauth_client_config;

SMTPAUTH_API size_t smtpauth_client_config_size(void); /* sizeof(smtpauth_client_config) */

/* Finds what can never work. Returns 0, or the first fault as a reason: POLICY_SIZE, POLICY_FLAGS,
 * POLICY_HOSTNAME (the name), POLICY_MECHANISM (too many, or none with AUTH_REQUIRED), POLICY_LIMIT. E_ARGUMENT
 * on NULL. smtpauth_client_init checks the same. */
SMTPAUTH_API int32_t smtpauth_client_config_check(const smtpauth_client_config *config);

/* Writes an address literal for `name`, NUL-terminated: "[192.0.2.1]" for 4 octets in network order,
 * "[IPv6:2001:db8::1]" for 16 (RFC 5321 4.1.3, RFC 5952 4).
 * DONE; E_ARGUMENT (NULL, another number of octets); E_OUTPUT (`cap` too small: SMTPAUTH_CLIENT_LITERAL_MAX
 * always fits). */
SMTPAUTH_API int32_t smtpauth_address_literal(const uint8_t *address, size_t len, char *out, size_t cap);

#ifdef __cplusplus
}
#endif

#endif
