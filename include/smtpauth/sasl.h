/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_SASL_H
#define SMTPAUTH_SASL_H

/*
 * SASL mechanisms (RFC 4422), both halves. Each is named by its function, so that a list of them may lie in ROM
 * and a mechanism nobody names is never linked:
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
 * (*) LOGIN's server half takes a user name as initial response, as habit has it; the client half never sends
 * one. "TLS by default": the response shows the secret, so without TLS it is neither offered nor, by a client,
 * chosen, unless the host says so. Strength is the order in which a client should prefer what a server offers.
 *
 * The server halves are driven by server.h. The client halves are driven by what is at the end of this header,
 * from any protocol that has SASL (SMTP, IMAP, POP3, LDAP ...).
 *
 * Names and passwords are valid UTF-8 here or refused. They are not normalised (SASLprep, RFC 4013;
 * OpaqueString, RFC 8265): where yours may be anything but ASCII, prepare them before you store, compare or
 * hand them over.
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

/* Faster hashes of the host's: an appliance's hardware, a CPU's instructions. Each runs `blocks` blocks of 64
 * octets into `state` (5 words of SHA-1, 8 of SHA-256, in the order of FIPS 180-4); NULL: the library's own.
 * Called within a call of yours, on its thread; must be pure. */
typedef struct smtpauth_crypto {
    void (*sha1_blocks)(uint32_t *state, const uint8_t *data, size_t blocks);
    void (*sha256_blocks)(uint32_t *state, const uint8_t *data, size_t blocks);
} smtpauth_crypto;

/* Hashes, by number. */
enum { SMTPAUTH_SHA1 = 1, SMTPAUTH_SHA256 = 2 };

/* Octets of a hash: 20, 32; 0 for another number. */
SMTPAUTH_API size_t smtpauth_hash_size(uint8_t hash);

/* Derives what a server stores for SCRAM (RFC 5802 3): both keys, smtpauth_hash_size octets each, which may not
 * overlap anything else. `salt`: 1 to 64 random octets, of one user's own. `iterations`: 4096 at least
 * (RFC 7677 4), today's advice is more; each takes two hash blocks. Fewer are derived too, but clients refuse
 * them. `crypto` may be NULL.
 * DONE; E_ARGUMENT (NULL, another hash, an empty password, no or a longer salt, no iterations); E_WORDS (the
 * password is not UTF-8, or holds a NUL). */
SMTPAUTH_API int32_t smtpauth_scram_derive(uint8_t hash, const uint8_t *password, size_t password_len,
                                           const uint8_t *salt, size_t salt_len, uint32_t iterations,
                                           const smtpauth_crypto *crypto, uint8_t *stored_key,
                                           uint8_t *server_key);

/* ---- Client halves ---- */

/*
 * One exchange, client's side, whatever the protocol around it:
 *
 *     smtpauth_exchange x;
 *     smtpauth_exchange_begin(&x, sizeof x, smtpauth_client_scram_sha256(), NULL, seed, sizeof seed);
 *     result = smtpauth_exchange_step(&x, NULL, &who, out, sizeof out, &len);  // for the command that begins it
 *     while (result > 0) {
 *         AGAIN: the same step once more       WAIT: say AUTH without an initial response
 *         SEND:  say out[0, len)               then read what the server says:
 *             a challenge  -> result = smtpauth_exchange_step(&x, &challenge, &who, out, sizeof out, &len);
 *             success      -> you are in if smtpauth_exchange_is_proven(&x); if not, hang up: an impostor said it
 *             failure      -> the server's reply says why
 *     }
 *     an error: cancel the exchange ("*" in SMTP), and believe no success that the server still reports
 *     smtpauth_exchange_end(&x);
 *
 * Where AUTH had no initial response, the server asks for it by an empty challenge, which is stepped like any
 * other. Where success itself carries octets (IMAP, LDAP, XMPP), step them before you ask is_proven; what is
 * then to be sent has no octets: send nothing. A refused token is told in a challenge, a JSON object whose
 * "status" says why (RFC 7628 3.2.2): it is answered as any other, and the server's failure follows.
 *
 * An exchange serves once: the next begins anew, with a new seed.
 */

typedef struct smtpauth_client_mechanism smtpauth_client_mechanism; /* opaque */
typedef const smtpauth_client_mechanism *smtpauth_client_mechanism_fn(void);

SMTPAUTH_API const smtpauth_client_mechanism *smtpauth_client_scram_sha256_plus(void);
SMTPAUTH_API const smtpauth_client_mechanism *smtpauth_client_scram_sha1_plus(void);
SMTPAUTH_API const smtpauth_client_mechanism *smtpauth_client_scram_sha256(void);
SMTPAUTH_API const smtpauth_client_mechanism *smtpauth_client_scram_sha1(void);
SMTPAUTH_API const smtpauth_client_mechanism *smtpauth_client_external(void);
SMTPAUTH_API const smtpauth_client_mechanism *smtpauth_client_oauthbearer(void);
SMTPAUTH_API const smtpauth_client_mechanism *smtpauth_client_xoauth2(void);
SMTPAUTH_API const smtpauth_client_mechanism *smtpauth_client_cram_md5(void);
SMTPAUTH_API const smtpauth_client_mechanism *smtpauth_client_plain(void);
SMTPAUTH_API const smtpauth_client_mechanism *smtpauth_client_login(void);
SMTPAUTH_API const smtpauth_client_mechanism *smtpauth_client_anonymous(void);

/* A mechanism's name, "PLAIN"; "" for NULL. Static storage. */
SMTPAUTH_API const char *smtpauth_client_mechanism_name(const smtpauth_client_mechanism *mechanism);

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

/* Facts, and strength as in the table above; 0 for NULL. */
SMTPAUTH_API uint32_t smtpauth_client_mechanism_facts(const smtpauth_client_mechanism *mechanism);
SMTPAUTH_API uint8_t smtpauth_client_mechanism_strength(const smtpauth_client_mechanism *mechanism);

/*
 * Who logs in, and how. Given anew at each step and used during the call only; nothing of it is kept but
 * derived keys. What a mechanism has no use for is not looked at, with one exception: an authorization identity
 * that it cannot carry is E_ANSWER, or you would act as somebody else than you said.
 *
 *                  identity           authorization           secret     host, port  binding
 *     SCRAM        user name          optional                password   -           -PLUS: needed (*)
 *     EXTERNAL     -                  optional                -          -           -
 *     OAUTHBEARER  optional           in place of identity    token      optional    -
 *     XOAUTH2      user name          in place of identity    token      -           -
 *     CRAM-MD5     user name          none, or as identity    password   -           -
 *     PLAIN        user name          optional                password   -           -
 *     LOGIN        user name          none, or as identity    password   -           -
 *     ANONYMOUS    optional: a trace  none                    -          -           -
 *
 * (*) Without -PLUS they only tell that you have some, which is how the loss of -PLUS on its way is noticed:
 * see server_offered_plus.
 *
 * A trace is 1 to 255 characters for the server's operator to see, without '@', or a mail address (RFC 4505 2).
 * Names of the OAuth mechanisms hold no control characters, tokens are those of RFC 6750 2.1, the host is
 * printable ASCII.
 */
typedef struct smtpauth_credentials {
    uint32_t size; /* sizeof(smtpauth_credentials) */
    uint16_t port; /* OAUTHBEARER: the server's port; 0: not told */
    bool is_token; /* client.h only: the secret is a token, for mechanisms that WANT_TOKEN and no other */
    uint8_t reserved8[1];        /* zero */
    smtpauth_view identity;      /* authentication identity: the user name; ANONYMOUS: the trace to leave */
    smtpauth_view authorization; /* as whom to act; empty: as oneself */
    smtpauth_view secret;        /* password, or token */
    smtpauth_view host;          /* OAUTHBEARER, and client.h's guard: the server's name; empty: not told */
    smtpauth_view binding_type;  /* "tls-exporter", "tls-server-end-point"; empty: there is none */
    smtpauth_view binding;       /* its data */
    const uint8_t
        *rejected; /* client.h only: fingerprints of secrets that this server rejected before, 32 octets each */
    size_t rejected_count; /* how many */
    uint64_t reserved[6];  /* zero */
} smtpauth_credentials;

SMTPAUTH_API size_t smtpauth_credentials_size(void); /* sizeof(smtpauth_credentials) */

/* How an exchange is to be made. Zero means the default in every field but size. */
typedef struct smtpauth_exchange_config {
    uint32_t size;           /* sizeof(smtpauth_exchange_config) */
    uint32_t iterations_min; /* SCRAM: a server that asks for fewer is refused; 0: 4096 (RFC 7677 4) */
    uint32_t iterations_max; /* ... for more is refused, as it would only burn your time; 0: 1000000 */
    uint32_t slice;          /* SCRAM: iterations a call runs at most, then EXCHANGE_AGAIN; 0: all at once */
    const smtpauth_crypto *crypto; /* NULL: the library's; else it must outlive the exchange */

    /* The server listed the -PLUS form of this mechanism too. Where it did not and you have binding data, the
     * server is told so ("y"): if it did list it, somebody between took it away, and the server refuses
     * (RFC 5802 6). */
    bool server_offered_plus;
    uint8_t reserved8[7]; /* zero */
    uint64_t reserved[4]; /* zero */
} smtpauth_exchange_config;

SMTPAUTH_API size_t smtpauth_exchange_config_size(void); /* sizeof(smtpauth_exchange_config) */

/* What smtpauth_exchange_step returns when it succeeds. */
enum {
    SMTPAUTH_EXCHANGE_SEND = 1,  /* send `out` (your protocol encodes it; it may be empty) */
    SMTPAUTH_EXCHANGE_AGAIN = 2, /* keys are not derived yet: call again with the same arguments */
    SMTPAUTH_EXCHANGE_WAIT = 3   /* nothing to send before the server speaks: AUTH without initial response */
};

/* At most 256 bytes for ever; plain memory that may be copied and moved. Fields are private. As secret as the
 * password while keys are derived; wiped as soon as they are used. */
typedef struct smtpauth_exchange {
    const smtpauth_client_mechanism *mechanism;
    const smtpauth_crypto *crypto;
    uint64_t scratch[26]; /* the mechanism's */
    uint32_t iterations_min, iterations_max, slice;
    uint8_t step, is_proven, offered_plus, is_over;
    uint64_t reserved[2];
} smtpauth_exchange;

SMTPAUTH_API size_t smtpauth_exchange_size(void); /* sizeof(smtpauth_exchange) */

/* Begins an exchange. `config` may be NULL: defaults. `seed`: 16 to 32 octets from a random generator fit for
 * keys, used for this exchange only, where the mechanism WANTS_SEED; else it is not looked at: NULL and 0.
 * DONE; E_ARGUMENT (NULL, sizes, a reserve that is not zero, no seed where one is wanted, iterations_min over
 * iterations_max: nothing changed). */
SMTPAUTH_API int32_t smtpauth_exchange_begin(smtpauth_exchange *x, size_t size,
                                             const smtpauth_client_mechanism *mechanism,
                                             const smtpauth_exchange_config *config, const uint8_t *seed,
                                             size_t seed_len);

/* Takes the server's challenge, decoded (NULL: none yet, give the initial response), and writes the response,
 * not yet encoded. `out_len` gets its octets; with E_OUTPUT the octets that it needs; else 0. `out` may be NULL
 * when `cap` is 0, which asks for the length; it may not overlap anything else.
 *
 * SEND, AGAIN, WAIT, or an error that ends the exchange (believe no success that the server still reports):
 *   E_WORDS   the challenge is none of this mechanism's, or breaks its rules: one too many, a wrong nonce, too few
 *             iterations; or the server's signature is wrong, so it does not know the password
 *   E_ANSWER  the credentials cannot be used: no UTF-8, a NUL, nothing where something must be, no binding data
 * or one that changes nothing:
 *   E_OUTPUT    `cap` is too small
 *   E_STATE     the exchange is over, or never began
 *   E_ARGUMENT  NULL, sizes, a reserve that is not zero, no challenge although the exchange is under way */
SMTPAUTH_API int32_t smtpauth_exchange_step(smtpauth_exchange *x, const smtpauth_view *challenge,
                                            const smtpauth_credentials *credentials, uint8_t *out, size_t cap,
                                            size_t *out_len);

/* May a success be believed now? SCRAM: only once the server's signature was right. OAuth: not after the server
 * showed an error. Others: once the last response went out. False after an error, at the end, and for NULL. */
SMTPAUTH_API bool smtpauth_exchange_is_proven(const smtpauth_exchange *x);

/* Wipes it. NULL is let pass. */
SMTPAUTH_API void smtpauth_exchange_end(smtpauth_exchange *x);

#ifdef __cplusplus
}
#endif

#endif
