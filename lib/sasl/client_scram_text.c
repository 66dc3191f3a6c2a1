/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * SCRAM's messages as a client writes and reads them (RFC 5802 5.1, 7). The GS2 header and what follows it are not kept,
 * but made anew where they are said again: as base64, and under the signatures.
 */

#include <string.h>

#include <smtpauth/text.h>

#include "sasl/client_scram.h"
#include "sasl/scram_text.h"

static bool is_plus(const smtpa_client_step *step)
{
    return (step->x->mechanism->row.facts & SMTPAUTH_MECHANISM_WANTS_BINDING) != 0;
}

static bool has_binding(const smtpauth_credentials *who)
{
    return who->binding_type.len > 0 && who->binding.len > 0;
}

bool smtpa_scram_is_fit(const smtpa_client_step *step)
{
    const smtpauth_credentials *who = step->who;
    return smtpa_client_has(who->identity) && smtpa_client_has(who->secret) &&
           smtpa_is_text(who->authorization) &&
           (!is_plus(step) || (has_binding(who) && smtpa_gs2_is_binding_type(who->binding_type)));
}

/* ---- Writing ---- */

/* Where a piece of a message goes: into the response, or into it as base64, or under a signature. */
typedef struct sink {
    smtpa_client_step *step;
    smtpa_hmac *signature; /* NULL: into the response */
    bool is_base64;
    uint8_t group[3]; /* octets that wait for their fellows */
    size_t grouped;
} sink;

static void add(sink *to, const void *octets, size_t len)
{
    const uint8_t *from = octets;
    if (to->signature != NULL) {
        smtpa_hmac_add(to->signature, octets, len);
    } else if (!to->is_base64) {
        smtpa_client_put(to->step, octets, len);
    } else {
        for (size_t i = 0; i < len; i++) {
            to->group[to->grouped++] = from[i];
            if (to->grouped == sizeof to->group) {
                smtpa_scram_put_base64(to->step, smtpa_view(to->group, to->grouped));
                to->grouped = 0;
            }
        }
    }
}

static void add_saslname(sink *to, smtpauth_view name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t coded[3];
        add(to, coded, smtpa_saslname_encode(coded, sizeof coded, smtpa_slice(name, i, 1)));
    }
}

static void add_header(sink *to, const smtpa_client_step *step)
{
    const smtpauth_credentials *who = step->who;
    if (is_plus(step)) {
        add(to, "p=", 2);
        add(to, who->binding_type.data, who->binding_type.len);
    } else {
        add(to, has_binding(who) && !step->x->offered_plus ? "y" : "n", 1);
    }
    add(to, ",", 1);
    if (who->authorization.len > 0) {
        add(to, "a=", 2);
        add_saslname(to, who->authorization);
    }
    add(to, ",", 1);
}

static void add_bare(sink *to, const smtpauth_credentials *who, smtpauth_view nonce)
{
    add(to, "n=", 2);
    add_saslname(to, who->identity);
    add(to, ",r=", 3);
    add(to, nonce.data, nonce.len);
}

void smtpa_scram_put_first(smtpa_client_step *step, smtpauth_view nonce)
{
    sink to = {.step = step};
    add_header(&to, step);
    add_bare(&to, step->who, nonce);
}

void smtpa_scram_sign_first(smtpa_hmac *signature, const smtpauth_credentials *who, smtpauth_view nonce)
{
    sink to = {.signature = signature};
    add_bare(&to, who, nonce);
}

void smtpa_scram_put_final(smtpa_client_step *step, smtpauth_view nonce)
{
    sink to = {.step = step, .is_base64 = true};
    smtpa_client_put(step, "c=", 2);
    add_header(&to, step);
    if (is_plus(step))
        add(&to, step->who->binding.data, step->who->binding.len);
    smtpa_scram_put_base64(step, smtpa_view(to.group, to.grouped));
    smtpa_client_put(step, ",r=", 3);
    smtpa_client_put_view(step, nonce);
}

void smtpa_scram_put_base64(smtpa_client_step *step, smtpauth_view v)
{
    uint8_t coded[(SMTPA_DIGEST_MAX + 2) / 3 * 4];
    size_t len;
    smtpauth_base64_encode(coded, sizeof coded, v.data, v.len, &len);
    smtpa_client_put(step, coded, len);
}

/* ---- Reading ---- */

/* posit-number; 0: it is none, or too large. */
static uint32_t read_number(smtpauth_view v)
{
    uint64_t number = 0;
    if (v.len == 0 || v.len > 10 || v.data[0] == '0')
        return 0;
    for (size_t i = 0; i < v.len; i++) {
        if (!smtpa_is_digit(v.data[i]))
            return 0;
        number = number * 10 + (uint64_t)(v.data[i] - '0');
    }
    return number <= UINT32_MAX ? (uint32_t)number : 0;
}

static bool read_salt(smtpauth_view coded, smtpa_scram_first *first)
{
    return coded.len <= smtpauth_base64_encoded_len(SMTPA_SALT_MAX) &&
           smtpauth_base64_decode(first->salt, coded.data, coded.len, &first->salt_len) == SMTPAUTH_DONE &&
           first->salt_len >= 1 && first->salt_len <= SMTPA_SALT_MAX;
}

bool smtpa_scram_read_first(const smtpauth_exchange *x, smtpauth_view message, smtpauth_view nonce,
                            smtpa_scram_first *first)
{
    smtpauth_view text = message, salt, iterations;
    if (!smtpa_is_text(message) || !smtpa_scram_attribute(&text, 'r', &first->nonce) ||
        !smtpa_scram_attribute(&text, 's', &salt) || !smtpa_scram_attribute(&text, 'i', &iterations) ||
        !smtpa_scram_are_extensions(text))
        return false;
    bool is_nonce = smtpa_scram_is_nonce(first->nonce) && first->nonce.len > nonce.len &&
                    memcmp(first->nonce.data, nonce.data, nonce.len) == 0;
    first->iterations = read_number(iterations);
    return is_nonce && read_salt(salt, first) && first->iterations >= x->iterations_min &&
           first->iterations <= x->iterations_max;
}

bool smtpa_scram_read_final(smtpauth_view message, size_t digest_len, uint8_t *signature)
{
    smtpauth_view text = message, coded;
    size_t len;
    return smtpa_is_text(message) && smtpa_scram_attribute(&text, 'v', &coded) &&
           smtpa_scram_are_extensions(text) && coded.len == smtpauth_base64_encoded_len(digest_len) &&
           smtpauth_base64_decode(signature, coded.data, coded.len, &len) == SMTPAUTH_DONE && len == digest_len;
}
