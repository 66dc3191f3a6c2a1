/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_SASL_H
#define SMTPAUTH_SASL_H

/*
 * SASL mechanisms (RFC 4422), both halves. Each is named by its function, so that a list of them may lie in ROM and a
 * mechanism nobody names is never linked:
 *
 *     static smtpauth_mechanism_fn *const mechanisms[] = {smtpauth_scram_sha256, smtpauth_plain, NULL};
 *
 *     name                 first    TLS by default  strength  the server needs       RFC
 *     SCRAM-SHA-256-PLUS   client   yes (binding)   90        stored and server key  7677, 5929, 9266
 *     SCRAM-SHA-1-PLUS     client   yes (binding)   80        the same               5802
 *     SCRAM-SHA-256        client   no              70        the same               7677
 *     SCRAM-SHA-1          client   no              60        the same               5802
 *     EXTERNAL             client   no              55        the client's certificate  4422 appendix A
 *     OAUTHBEARER          client   yes             50        to verify tokens       7628
 *     XOAUTH2              client   yes             45        the same               (Google, Microsoft)
 *     CRAM-MD5             server   no              40        the password itself    2195
 *     PLAIN                client   yes             30        to compare passwords   4616
 *     LOGIN                server*  yes             20        the same               (none)
 *     ANONYMOUS            client   no              10        nothing                4505
 *
 * (*) LOGIN's server half takes a user name as initial response, as habit has it; the client half never sends one.
 * "TLS by default": the response shows the secret, so without TLS it is neither offered nor, by a client, chosen,
 * unless the host says so. Strength is the order in which a client should prefer what a server offers.
 *
 * The server halves are driven by server.h. The client halves are driven by what is at the end of this header, from any
 * protocol that has SASL (SMTP, IMAP, POP3, LDAP ...).
 *
 * Names and passwords are valid UTF-8 here or refused. They are not normalised (SASLprep, RFC 4013; OpaqueString,
 * RFC 8265): where yours may be anything but ASCII, prepare them before you store, compare or hand them over.
 */

#include <smtpauth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Server halves ---- */

typedef struct smtpauth_mechanism smtpauth_mechanism; /* opaque */
typedef const smtpauth_mechanism *smtpauth_mechanism_fn(void);

SMTPAUTH_API const smtpauth_mechanism *smtpauth_scram_sha256_plus(void);
SMTPAUTH_API const smtpauth_mechanism *smtpauth_scram_sha1_plus(void);
SMTPAUTH_API const smtpauth_mechanism *smtpauth_scram_sha256(void);
SMTPAUTH_API const smtpauth_mechanism *smtpauth_scram_sha1(void);
SMTPAUTH_API const smtpauth_mechanism *smtpauth_external(void);
SMTPAUTH_API const smtpauth_mechanism *smtpauth_oauthbearer(void);
SMTPAUTH_API const smtpauth_mechanism *smtpauth_xoauth2(void);
SMTPAUTH_API const smtpauth_mechanism *smtpauth_cram_md5(void);
SMTPAUTH_API const smtpauth_mechanism *smtpauth_plain(void);
SMTPAUTH_API const smtpauth_mechanism *smtpauth_login(void);
SMTPAUTH_API const smtpauth_mechanism *smtpauth_anonymous(void);

/* A mechanism's name, "PLAIN"; "" for NULL. Static storage. */
SMTPAUTH_API const char *smtpauth_mechanism_name(const smtpauth_mechanism *mechanism);

/* ---- Hashes ---- */

/* Faster hashes of the host's: an appliance's hardware, a CPU's instructions. Each runs `blocks` blocks of 64 octets
 * into `state` (5 words of SHA-1, 8 of SHA-256, in the order of FIPS 180-4); NULL: the library's own. Called within a
 * call of yours, on its thread; must be pure. */
typedef struct smtpauth_crypto {
    void (*sha1_blocks)(uint32_t *state, const uint8_t *data, size_t blocks);
    void (*sha256_blocks)(uint32_t *state, const uint8_t *data, size_t blocks);
} smtpauth_crypto;

/* Hashes, by number. */
enum { SMTPAUTH_SHA1 = 1, SMTPAUTH_SHA256 = 2 };

/* Facts of a client's mechanism. */
enum {
    SMTPAUTH_MECHANISM_SHOWS_SECRET = 1,   /* only under TLS, unless you know better */
    SMTPAUTH_MECHANISM_WANTS_BINDING = 2,  /* ..-PLUS: needs channel-binding data */
    SMTPAUTH_MECHANISM_WANTS_TOKEN = 4,    /* the secret is a token, not a password */
    SMTPAUTH_MECHANISM_WANTS_SEED = 8,     /* makes a nonce */
    SMTPAUTH_MECHANISM_HAS_NO_SECRET = 16, /* EXTERNAL, ANONYMOUS */
    SMTPAUTH_MECHANISM_SERVER_SPEAKS = 32, /* the server speaks first: no initial response */
    SMTPAUTH_MECHANISM_PROVES_SERVER = 64, /* success counts only after smtpauth_exchange_is_proven */
    SMTPAUTH_MECHANISM_LAYER_BELOW = 128   /* EXTERNAL: makes sense only above TLS or its like */
};

#ifdef __cplusplus
}
#endif

#endif
