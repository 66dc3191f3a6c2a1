/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* SCRAM's first messages: the client's names and nonce; the server's nonce, salt and iterations, for an unknown user too. */

#include "sasl/scram.h"

#include <string.h>

#include "internal/text.h"
#include "sasl/nonce.h"
#include "sasl/scram_keys.h"
#include "sasl/scram_text.h"

enum {
    SALT_MADE = 16, /* octets of an unknown user's salt */
    CLIENT_NONCE_MAX = 128,
    BINDING_MAX = 256,
    ITERATIONS_DEFAULT = 4096
};

typedef struct binding_row {
    const char *name;
    uint8_t bit;
} binding_row;

static const binding_row bindings[] = {
    {"tls-exporter", SMTPAUTH_TLS_EXPORTER},         /* RFC 9266 */
    {"tls-server-end-point", SMTPAUTH_TLS_ENDPOINT}, /* RFC 5929 4 */
};

static uint8_t binding_of(smtpauth_view name)
{
    for (size_t i = 0; i < sizeof bindings / sizeof bindings[0]; i++)
        if (name.len == strlen(bindings[i].name) && memcmp(name.data, bindings[i].name, name.len) == 0)
            return bindings[i].bit;
    return 0;
}

smtpauth_view smtpa_scram_binding_name(uint8_t bit)
{
    for (size_t i = 0; i < sizeof bindings / sizeof bindings[0]; i++)
        if (bindings[i].bit == bit)
            return smtpa_view((const uint8_t *)bindings[i].name, strlen(bindings[i].name));
    return smtpa_view(NULL, 0);
}

/* Judges the channel-binding flag (RFC 5802 6). Returns 0, or the reason to end the exchange with. */
static uint16_t judge_flag(const smtpa_turn *turn, const smtpa_gs2 *gs2, uint8_t *binding)
{
    bool is_plus = smtpa_scram_facts(turn)->is_plus;
    *binding = 0;
    if ((gs2->flag == 'p') != is_plus)
        return SMTPAUTH_REASON_AUTH_MALFORMED;
    if (gs2->flag == 'y' && turn->offers_plus) /* somebody took -PLUS out of the list on its way */
        return SMTPAUTH_REASON_AUTH_FAILED;
    if (!is_plus)
        return 0;
    *binding = binding_of(gs2->binding_type);
    return (*binding & turn->bindings) != 0 ? 0 : SMTPAUTH_REASON_AUTH_FAILED;
}

typedef struct first_message {
    smtpa_gs2 gs2;
    smtpauth_view bare, name, nonce; /* the name raw */
} first_message;

/* n=name,r=nonce and extensions that nobody knows. */
static bool read_bare(first_message *m)
{
    smtpauth_view text = m->bare;
    return smtpa_scram_attribute(&text, 'n', &m->name) && smtpa_scram_attribute(&text, 'r', &m->nonce) &&
           smtpa_scram_is_nonce(m->nonce) && m->nonce.len <= CLIENT_NONCE_MAX &&
           smtpa_scram_are_extensions(text);
}

static bool read_first(smtpauth_view response, first_message *m)
{
    if (!smtpa_is_text(response) || response.len > UINT16_MAX || !smtpa_gs2_read(response, &m->gs2))
        return false;
    m->bare = smtpa_slice(response, m->gs2.len, response.len - m->gs2.len);
    return read_bare(m);
}

/* Decodes both names: the authorization identity where it lies, the other one into `a`. 0, or the reason. */
static uint16_t decode_names(smtpa_turn *turn, const first_message *m, smtpa_scram_asked *a)
{
    smtpauth_view raw = m->gs2.authorization;
    size_t at = (size_t)(raw.data - turn->response);
    size_t len = smtpa_saslname_decode(turn->response + at, raw.len, raw);
    uint8_t name[3 * SMTPAUTH_IDENTITY_MAX + 1]; /* to tell a malformed name from one that is too long */
    size_t name_len =
        m->name.len <= sizeof name ? smtpa_saslname_decode(name, sizeof name, m->name) : sizeof name;
    if (len == SIZE_MAX || name_len == SIZE_MAX)
        return SMTPAUTH_REASON_AUTH_MALFORMED;
    if (name_len > sizeof a->name)
        return SMTPAUTH_REASON_AUTH_FAILED;
    a->authorization_at = (uint16_t)at;
    a->authorization_len = (uint16_t)len;
    a->name_len = (uint8_t)name_len;
    memcpy(a->name, name, name_len);
    return 0;
}

void smtpa_scram_take_first(smtpa_turn *turn)
{
    smtpa_scram_asked a;
    first_message m;
    smtpauth_view response = smtpa_view(turn->response, turn->response_len);
    memset(&a, 0, sizeof a);
    uint16_t reason = read_first(response, &m) ? judge_flag(turn, &m.gs2, &a.binding)
                                               : (uint16_t)SMTPAUTH_REASON_AUTH_MALFORMED;
    if (reason == 0) {
        smtpa_scram_hash(turn, smtpa_slice(response, 0, m.gs2.len), a.gs2);
        a.bare_at = (uint16_t)m.gs2.len;
        reason = decode_names(turn, &m, &a);
    }
    if (reason != 0) {
        smtpa_turn_broken(turn, reason);
        return;
    }
    memcpy(turn->scratch, &a, sizeof a);
    *turn->step = SCRAM_STEP_ASKED;
    smtpa_scram_recall(turn);
    smtpa_turn_ask(turn, SMTPAUTH_ASK_SECRET);
}

/* The secret in force: the host's, or for an unknown user one that is made of the policy's secret and the name, so that it
 * is the same each time. */
typedef struct secret_in_force {
    smtpauth_view salt, stored_key, server_key;
    uint32_t iterations;
    uint8_t made[SMTPA_DIGEST_MAX];
    uint8_t made_salt[SMTPA_SALT_MAX + SMTPA_DIGEST_MAX]; /* in whole digests */
} secret_in_force;

/* As long as real users' salts are: blocks of HMAC, each of the one before. */
static void make_salt(const smtpa_turn *turn, secret_in_force *secret)
{
    size_t len = turn->policy->scram_salt_len != 0 ? turn->policy->scram_salt_len : (size_t)SALT_MADE;
    const smtpa_hash *hash = smtpa_scram_facts(turn)->hash;
    memcpy(secret->made_salt, secret->made, hash->digest_len);
    for (size_t at = hash->digest_len; at < len; at += hash->digest_len) {
        smtpa_hmac hmac;
        smtpa_hmac_begin(&hmac, hash, smtpa_scram_faster(turn), turn->policy->secret, turn->policy->secret_len);
        smtpa_hmac_add(&hmac, secret->made_salt + at - hash->digest_len, hash->digest_len);
        smtpa_hmac_end(&hmac, secret->made_salt + at);
    }
    secret->salt = smtpa_view(secret->made_salt, len);
}

static void make_up(const smtpa_turn *turn, const smtpa_scram_asked *a, secret_in_force *secret)
{
    smtpa_hmac hmac;
    const smtpa_hash *hash = smtpa_scram_facts(turn)->hash;
    smtpa_hmac_begin(&hmac, hash, smtpa_scram_faster(turn), turn->policy->secret, turn->policy->secret_len);
    smtpa_hmac_add(&hmac, "salt", 4);
    smtpa_hmac_add(&hmac, a->name, a->name_len);
    smtpa_hmac_end(&hmac, secret->made);
    make_salt(turn, secret);
    secret->stored_key = secret->server_key = smtpa_view(secret->made, hash->digest_len);
    secret->iterations =
        turn->policy->scram_iterations != 0 ? turn->policy->scram_iterations : (uint32_t)ITERATIONS_DEFAULT;
}

static bool is_fit(const smtpa_turn *turn, const smtpa_scram_asked *a, const smtpauth_secret *s)
{
    size_t digest_len = smtpa_scram_facts(turn)->hash->digest_len;
    bool has_binding = a->binding == 0 || (s->binding.len > 0 && s->binding.len <= BINDING_MAX);
    return s->salt.len >= 1 && s->salt.len <= SMTPA_SALT_MAX && s->stored_key.len == digest_len &&
           s->server_key.len == digest_len && s->iterations >= 1 && has_binding;
}

static void add_number(smtpa_turn *turn, uint32_t n)
{
    uint8_t digits[SMTPA_DECIMAL_MAX];
    smtpa_turn_challenge(turn, digits, smtpa_decimal(n, digits));
}

/* r=nonce,s=salt,i=iterations. Returns the nonce, in the challenge. */
static smtpauth_view say_first(smtpa_turn *turn, smtpauth_view client_nonce, const secret_in_force *secret)
{
    smtpa_turn_challenge(turn, "r=", 2);
    smtpa_turn_challenge(turn, client_nonce.data, client_nonce.len);
    turn->challenge_len += smtpa_nonce(turn->seed, turn->nonce, smtpa_scram_facts(turn)->hash,
                                       smtpa_scram_faster(turn), turn->challenge + turn->challenge_len);
    smtpauth_view nonce = smtpa_view(turn->challenge + 2, turn->challenge_len - 2);
    smtpa_turn_challenge(turn, ",s=", 3);
    smtpa_scram_add_base64(turn, secret->salt);
    smtpa_turn_challenge(turn, ",i=", 3);
    add_number(turn, secret->iterations);
    return nonce;
}

/* Begins AuthMessage under one key. */
static void begin_signature(const smtpa_turn *turn, smtpa_hmac *hmac, smtpauth_view key, smtpauth_view bare)
{
    smtpa_hmac_begin(hmac, smtpa_scram_facts(turn)->hash, smtpa_scram_faster(turn), key.data, key.len);
    smtpa_hmac_add(hmac, bare.data, bare.len);
    smtpa_hmac_add(hmac, ",", 1);
    smtpa_hmac_add(hmac, turn->challenge, turn->challenge_len);
    smtpa_hmac_add(hmac, ",", 1);
}

/* As much of a name as is kept, cut between characters. */
static uint8_t kept_len(const uint8_t *name, uint8_t len)
{
    if (len <= SCRAM_NAME_KEPT)
        return len;
    len = SCRAM_NAME_KEPT;
    while (len > 0 && (name[len] & 0xC0) == 0x80)
        len--;
    return len;
}

static void begin_proving(smtpa_turn *turn, const smtpa_scram_asked *a, const secret_in_force *secret,
                          smtpauth_view bare, smtpa_scram_proving *p)
{
    smtpa_hmac hmac;
    begin_signature(turn, &hmac, secret->server_key, bare);
    memcpy(p->server, hmac.inner.state, sizeof p->server);
    begin_signature(turn, &hmac, secret->stored_key, bare);
    memcpy(p->client, hmac.inner.state, sizeof p->client);
    memcpy(p->buffer, hmac.inner.buffer, sizeof p->buffer);
    p->len = (uint32_t)hmac.inner.len;
    smtpauth_wipe(&hmac, sizeof hmac);
    memcpy(p->stored_key, secret->stored_key.data, secret->stored_key.len);
    memcpy(p->server_key, secret->server_key.data, secret->server_key.len);
    p->name_len = kept_len(a->name, a->name_len);
    memcpy(p->name, a->name, p->name_len);
}

bool smtpa_scram_secret(smtpa_turn *turn, const smtpauth_secret *given)
{
    smtpa_scram_asked a;
    smtpa_scram_proving p;
    first_message m;
    secret_in_force secret;
    memcpy(&a, turn->scratch, sizeof a);
    memset(&p, 0, sizeof p);
    if (a.bare_at > turn->response_len || (given->is_known && !is_fit(turn, &a, given)))
        return false;
    m.bare = smtpa_view(turn->response + a.bare_at, turn->response_len - a.bare_at);
    if (!read_bare(&m))
        return false;
    make_up(turn, &a, &secret); /* always: its time must not tell who is unknown */
    if (given->is_known) {
        secret.salt = given->salt;
        secret.stored_key = given->stored_key;
        secret.server_key = given->server_key;
        secret.iterations = given->iterations;
    }
    p.is_known = given->is_known;
    p.is_foreign =
        turn->authorization.len > 0 &&
        !smtpauth_secret_equal(turn->authorization.data, turn->authorization.len, a.name, a.name_len);
    p.may_act = given->may_act;
    smtpauth_view nonce = say_first(turn, m.nonce, &secret);
    smtpa_scram_repeated(turn, a.gs2, a.binding != 0 ? given->binding : smtpa_view(NULL, 0), nonce, p.repeated);
    begin_proving(turn, &a, &secret, m.bare, &p);
    memset(turn->scratch, 0, SMTPA_SCRATCH_OCTETS);
    memcpy(turn->scratch, &p, sizeof p);
    *turn->step = SCRAM_STEP_PROOF;
    smtpauth_wipe(&p, sizeof p);
    return true;
}
