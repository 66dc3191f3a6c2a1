/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The conduct of an exchange on the client's side, the same for every mechanism: what may be called when, how many
 * responses there are, that a response fits before anything changes, and that an error ends it for good.
 */

#include <string.h>

#include <smtpauth/text.h>

#include "sasl/client.h"

enum { ITERATIONS_MIN = 4096, ITERATIONS_MAX = 1000000, SEED_MIN = 16, SEED_MAX = 32 };

typedef char exchange_size[sizeof(smtpauth_exchange) <= 256 ? 1 : -1];

const char *smtpauth_client_mechanism_name(const smtpauth_client_mechanism *mechanism)
{
    return mechanism != NULL ? mechanism->row.name : "";
}

uint32_t smtpauth_client_mechanism_facts(const smtpauth_client_mechanism *mechanism)
{
    return mechanism != NULL ? mechanism->row.facts & ~(uint32_t)SMTPA_SERVER_SEED : 0;
}

uint8_t smtpauth_client_mechanism_strength(const smtpauth_client_mechanism *mechanism)
{
    return mechanism != NULL ? mechanism->row.strength : 0;
}

size_t smtpauth_credentials_size(void)
{
    return sizeof(smtpauth_credentials);
}

size_t smtpauth_exchange_config_size(void)
{
    return sizeof(smtpauth_exchange_config);
}

size_t smtpauth_exchange_size(void)
{
    return sizeof(smtpauth_exchange);
}

static bool is_zero(const void *data, size_t len)
{
    const uint8_t *octets = data;
    for (size_t i = 0; i < len; i++)
        if (octets[i] != 0)
            return false;
    return true;
}

static bool is_sound_config(const smtpauth_exchange_config *config)
{
    return config->size == sizeof *config && is_zero(config->reserved8, sizeof config->reserved8) &&
           is_zero(config->reserved, sizeof config->reserved);
}

int32_t smtpauth_exchange_begin(smtpauth_exchange *x, size_t size, const smtpauth_client_mechanism *mechanism,
                                const smtpauth_exchange_config *config, const uint8_t *seed, size_t seed_len)
{
    if (x == NULL || size != sizeof *x || mechanism == NULL || (config != NULL && !is_sound_config(config)))
        return SMTPAUTH_E_ARGUMENT;
    bool is_seed = seed != NULL && seed_len >= SEED_MIN && seed_len <= SEED_MAX;
    uint32_t min = config != NULL && config->iterations_min != 0 ? config->iterations_min : ITERATIONS_MIN;
    uint32_t max = config != NULL && config->iterations_max != 0 ? config->iterations_max : ITERATIONS_MAX;
    if (min > max || (mechanism->begin != NULL && !is_seed))
        return SMTPAUTH_E_ARGUMENT;
    memset(x, 0, sizeof *x);
    x->mechanism = mechanism;
    x->iterations_min = min;
    x->iterations_max = max;
    if (config != NULL) {
        x->crypto = config->crypto;
        x->slice = config->slice;
        x->offered_plus = config->server_offered_plus;
    }
    if (mechanism->begin != NULL)
        mechanism->begin(x, seed, seed_len);
    return SMTPAUTH_DONE;
}

static bool is_view(smtpauth_view v)
{
    return v.data != NULL || v.len == 0;
}

static bool is_sound(const smtpauth_credentials *who)
{
    return who->size == sizeof *who && is_zero(who->reserved8, sizeof who->reserved8) &&
           is_zero(who->reserved, sizeof who->reserved) && is_view(who->identity) &&
           is_view(who->authorization) && is_view(who->secret) && is_view(who->host) &&
           is_view(who->binding_type) && is_view(who->binding);
}

/* Rehearses the response, and when it fits gives it. */
static int32_t respond(smtpa_client_step *step, uint8_t *out, size_t cap)
{
    const smtpauth_client_mechanism *mechanism = step->x->mechanism;
    step->is_rehearsal = true;
    int32_t result = mechanism->respond(step);
    if (result != SMTPAUTH_EXCHANGE_SEND)
        return result;
    if (step->len > cap)
        return SMTPAUTH_E_OUTPUT;
    step->is_rehearsal = false;
    step->out = out;
    step->cap = cap;
    step->len = 0;
    return mechanism->respond(step);
}

/* May there be another challenge, and may it be this one? */
static bool is_due(const smtpauth_exchange *x, smtpauth_view challenge)
{
    bool server_speaks = (x->mechanism->row.facts & SMTPAUTH_MECHANISM_SERVER_SPEAKS) != 0;
    if (x->step == 0 && !server_speaks)
        return challenge.len == 0;
    return x->step < x->mechanism->responses;
}

static void end_badly(smtpauth_exchange *x)
{
    smtpauth_wipe(x->scratch, sizeof x->scratch);
    x->is_proven = false;
    x->is_over = true;
}

int32_t smtpauth_exchange_step(smtpauth_exchange *x, const smtpauth_view *challenge,
                               const smtpauth_credentials *credentials, uint8_t *out, size_t cap,
                               size_t *out_len)
{
    if (x == NULL || credentials == NULL || out_len == NULL || (out == NULL && cap > 0))
        return SMTPAUTH_E_ARGUMENT;
    *out_len = 0;
    if (!is_sound(credentials) || (challenge != NULL && !is_view(*challenge)))
        return SMTPAUTH_E_ARGUMENT;
    if (x->mechanism == NULL || x->is_over)
        return SMTPAUTH_E_STATE;
    if (challenge == NULL && x->step > 0)
        return SMTPAUTH_E_ARGUMENT;
    if (challenge == NULL && (x->mechanism->row.facts & SMTPAUTH_MECHANISM_SERVER_SPEAKS) != 0)
        return SMTPAUTH_EXCHANGE_WAIT;

    smtpa_client_step step = {.x = x, .who = credentials, .challenge = smtpa_view(NULL, 0)};
    if (challenge != NULL)
        step.challenge = *challenge;
    int32_t result = is_due(x, step.challenge) ? respond(&step, out, cap) : SMTPAUTH_E_WORDS;
    if (result == SMTPAUTH_EXCHANGE_SEND || result == SMTPAUTH_E_OUTPUT)
        *out_len = step.len;
    if (result == SMTPAUTH_EXCHANGE_SEND) {
        x->is_proven = step.is_proven;
        if (++x->step == x->mechanism->responses)
            smtpauth_wipe(x->scratch, sizeof x->scratch);
    } else if (result == SMTPAUTH_E_WORDS || result == SMTPAUTH_E_ANSWER) {
        end_badly(x);
    }
    return result;
}

bool smtpauth_exchange_is_proven(const smtpauth_exchange *x)
{
    return x != NULL && x->is_proven != 0;
}

void smtpauth_exchange_end(smtpauth_exchange *x)
{
    if (x != NULL)
        smtpauth_wipe(x, sizeof *x);
}

void smtpa_client_put(smtpa_client_step *step, const void *octets, size_t len)
{
    if (len > 0 && step->len <= step->cap && len <= step->cap - step->len)
        memcpy(step->out + step->len, octets, len);
    step->len = len <= SIZE_MAX - step->len ? step->len + len : SIZE_MAX;
}

void smtpa_client_put_view(smtpa_client_step *step, smtpauth_view v)
{
    smtpa_client_put(step, v.data, v.len);
}

bool smtpa_client_has(smtpauth_view v)
{
    return v.len > 0 && smtpa_is_text(v);
}

bool smtpa_client_acts_as_itself(const smtpauth_credentials *who)
{
    smtpauth_view a = who->authorization, self = who->identity;
    return a.len == 0 || (a.len == self.len && memcmp(a.data, self.data, a.len) == 0);
}
