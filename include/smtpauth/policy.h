/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_POLICY_H
#define SMTPAUTH_POLICY_H

/*
 * What a service is like: whom it serves, what it offers, its limits, its words. The server engine (server.h)
 * reads it and never writes it. Every field but `size` and `hostname` may be zero, which is its default:
 *
 *     static smtpauth_mechanism_fn *const mechanisms[] = {smtpauth_scram_sha256, smtpauth_plain, NULL};
 *     static const smtpauth_policy policy = {.size = sizeof policy, .hostname = "mail.example.test",
 *                                            .mechanisms = mechanisms, .extensions = SMTPAUTH_EXT_STARTTLS,
 *                                            .secret = secret, .secret_len = sizeof secret};
 */

#include <smtpauth/command.h>
#include <smtpauth/reason.h>
#include <smtpauth/sasl.h>
#include <smtpauth/tracker.h>
#include <smtpauth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Further bits of a policy's flags, beside SMTPAUTH_RELAY, _NO_AUTH, _LMTP, _REQUIRE_TLS and _CLEAR_AUTH of
 * tracker.h (here _CLEAR_AUTH means that mechanisms which show the secret, PLAIN, LOGIN, XOAUTH2, OAUTHBEARER,
 * may run without TLS: loopback and tests only). No flag at all is a submission service that takes passwords
 * under TLS only. LMTP (RFC 2033) is most often joined by NO_AUTH. */
enum {
    SMTPAUTH_IMPLICIT_TLS = 32, /* sessions begin under TLS (port 465); may also be given to init */

    /* A bare LF in message data is text. Never an end, but relays behind you may take it for one and be
     * smuggled to (CVE-2023-51764): only where you rewrite line ends. */
    SMTPAUTH_TEXT_LF = 64,

    SMTPAUTH_LAX_SPACE_OK = 128,    /* SMTPAUTH_LAX_SPACE of command.h, for MAIL and RCPT */
    SMTPAUTH_LAX_BRACKETS_OK = 256, /* SMTPAUTH_LAX_BRACKETS */

    /* init only: this client is a front end that may say XCLIENT, where EXT_XCLIENT is offered. The trust ends
     * at the first other command behind an XCLIENT, as that may be its client's own. */
    SMTPAUTH_TRUSTED = 512
};

/* Questions that are asked only when wanted, as bits of `asks`; without them the default is answered. */
enum {
    SMTPAUTH_ASKS_HELLO = 1,    /* ASK_HELLO; else every well-formed name is welcome */
    SMTPAUTH_ASKS_STARTTLS = 2, /* ASK_STARTTLS; else 220 */
    SMTPAUTH_ASKS_VERIFY = 4    /* ASK_VERIFY for VRFY, and EXPN where offered; else 252 */
};

/* Notes that are given only when wanted, as bits of `notes`. */
enum {
    /* NOTE_LINE before each line is judged, its secret part marked: for a dialogue log. */
    SMTPAUTH_NOTES_LINE = 1
};

/* Own words for a reason: one line of printable ASCII, 100 octets at most. The code stays the catalogue's. */
typedef struct smtpauth_words {
    uint16_t reason;
    const char *text;
} smtpauth_words;

/* A mechanism that the host runs itself (GSSAPI, NTLM, DIGEST-MD5 ... by Cyrus SASL, GNU SASL or a Dovecot auth
 * socket): the engine hands its responses over by ASK_EXCHANGE. */
enum {
    /* Shows the secret: offered under TLS only, unless the policy says CLEAR_AUTH. */
    SMTPAUTH_HOST_NEEDS_TLS = 1,

    SMTPAUTH_HOST_SERVER_FIRST = 2, /* takes no initial response (DIGEST-MD5) */
    SMTPAUTH_HOST_NEEDS_BINDING = 4 /* offered only where tls_started named a binding type (..-PLUS) */
};

typedef struct smtpauth_host_mechanism {
    const char *name; /* 1 to 20 upper-case letters, digits, '-', '_' (RFC 4422 3.1) */
    uint32_t flags;   /* SMTPAUTH_HOST_... */
} smtpauth_host_mechanism;

/* Limits lower than their floor are taken as the floor (but line_max and auth_line_max: POLICY_LIMIT). A policy
 * may lie in ROM, and is shared by all sessions and threads; it and all it points to must outlive them. */
typedef struct smtpauth_policy {
    uint32_t size;  /* sizeof(smtpauth_policy) */
    uint32_t flags; /* SMTPAUTH_RELAY ... above; 0: submission */

    /* SMTPAUTH_EXT_... but _AUTH and _BURL: what EHLO may offer. PIPELINING, 8BITMIME, SIZE and
     * ENHANCEDSTATUSCODES are always offered. BINARYMIME needs CHUNKING; REQUIRETLS is offered under TLS only;
     * ETRN never by a submission service; XCLIENT to TRUSTED clients only. */
    uint32_t extensions;

    uint32_t asks;  /* SMTPAUTH_ASKS_... */
    uint32_t notes; /* SMTPAUTH_NOTES_... */

    /* SMTPAUTH_BIT of verbs that need login, beyond MAIL RCPT DATA BDAT BURL VRFY EXPN ETRN. */
    uint32_t auth_verbs;

    const char
        *hostname; /* in the greeting, EHLO, 221 and 421: a domain or address literal, 255 octets at most */
    smtpauth_mechanism_fn *const
        *mechanisms;             /* NULL-terminated, as EHLO shall list them, 16 at most; NULL: none */
    const smtpauth_words *words; /* own words, `words_len` of them; NULL: the catalogue's */
    size_t words_len;
    uint64_t message_max; /* octets of a message; 0: 33554432 (32 MiB); UINT64_MAX: no limit */
    uint32_t line_max;    /* octets of a command line with CRLF; 0: 2048; not below 512 */

    /* Octets of an AUTH or exchange line with CRLF; 0: 16384, or line_max if that is more; not below line_max.
     * RFC 4954 wants 12288, and tokens and Kerberos need them; PLAIN, LOGIN, CRAM-MD5, EXTERNAL and ANONYMOUS
     * need 2048 for names and passwords of 255, SCRAM 2560. */
    uint32_t auth_line_max;

    uint16_t recipients_max;    /* in one transaction; 0: 1000; floor 100 (RFC 5321 4.5.3.1.8) */
    uint16_t messages_max;      /* in a session, then 421; 0: no limit */
    uint16_t auth_failures_max; /* failed logins in a session, then 421; 0: 5; floor 3 (RFC 4954 9) */

    /* 500, 501, 502, 503, 530 ... in a session since the last message, then 421; 0: 20. */
    uint16_t bad_commands_max;

    /* NOOP, RSET, EHLO, VRFY, refused MAIL ... since the last message; then the next command is 421. 0: 100. */
    uint16_t idle_commands_max;

    uint16_t command_timeout_s; /* 0: 300 (RFC 5321 4.5.3.2.7) */
    uint16_t data_timeout_s;    /* 0: 300 */
    uint16_t failure_delay_s;   /* NOTE_AUTH's delay_s after a refusal; 0: 1; 65535: none */

    /* `host_mechanisms_len` of them, listed behind the others, 16 at most; NULL: none. */
    const smtpauth_host_mechanism *host_mechanisms;

    /* `secret_len` octets, 16 at least, the same in all processes and after a restart: makes the salts that
     * SCRAM shows for unknown users. Needed where a SCRAM mechanism is listed. */
    const uint8_t *secret;

    const smtpauth_crypto *crypto; /* faster hashes of the host's (sasl.h); NULL: the library's */
    const char
        *future_release_until; /* FUTURERELEASE: the latest date-time (RFC 4865 4), "2027-01-01T00:00:00Z" */
    const char
        *priority_profile; /* MT-PRIORITY: the policy's name in EHLO, e.g. "MIXER"; NULL: none is named */
    const void *reserved_pointers[3]; /* NULL */
    uint32_t host_mechanisms_len, secret_len;
    uint32_t scram_iterations; /* shown for unknown users: as your real ones have; 0: 4096 */

    /* DELIVERBY: the shortest time taken with mode R (RFC 2852 3); 0: none is named. */
    uint32_t deliver_by_min_s;

    uint32_t future_release_max_s; /* FUTURERELEASE: the longest HOLDFOR; needed where it is offered */

    /* Shown for unknown users: as your real ones have, 1 to 64 octets; 0: 16. Users whose salt has another
     * length, or who have other iterations, can be told from unknown ones. */
    uint32_t scram_salt_len;

    uint32_t reserved32[2]; /* zero */
    uint64_t reserved[8];   /* zero */
} smtpauth_policy;

SMTPAUTH_API size_t smtpauth_policy_size(void); /* sizeof(smtpauth_policy) */

/* Finds what can never work. Returns 0, or the first fault as a reason (SMTPAUTH_REASON_POLICY_...). E_ARGUMENT
 * on NULL. smtpauth_server_init checks the same, and with IMPLICIT_TLS lets policies pass that only miss TLS
 * (POLICY_NO_TLS): for those set the flag in a copy of the policy before you check it. */
SMTPAUTH_API int32_t smtpauth_policy_check(const smtpauth_policy *policy);

#ifdef __cplusplus
}
#endif

#endif
