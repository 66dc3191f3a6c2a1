/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Which mechanism: one that the config lists, the server offers and the connection permits; the strongest of those that
 * suit the secret at hand, or the first as listed. Secrets are shown under TLS only, unless the config says otherwise.
 */

#include <smtpauth/text.h>

#include <string.h>

#include "internal/client.h"

const smtpauth_client_mechanism *smtpa_client_mechanism_at(const smtpauth_client *c, uint8_t index)
{
    bool is_there = index < smtpa_config_mechanism_count(c->config);
    return is_there ? c->config->mechanisms[index]() : NULL;
}

const char *smtpa_client_mechanism_name_at(const smtpauth_client *c, uint8_t index)
{
    return smtpauth_client_mechanism_name(smtpa_client_mechanism_at(c, index));
}

uint8_t smtpa_client_kind(const smtpauth_client_mechanism *mechanism)
{
    uint32_t facts = smtpauth_client_mechanism_facts(mechanism);
    if (facts & SMTPAUTH_MECHANISM_HAS_NO_SECRET)
        return SMTPAUTH_KIND_NONE;
    return facts & SMTPAUTH_MECHANISM_WANTS_TOKEN ? SMTPAUTH_KIND_TOKEN : SMTPAUTH_KIND_PASSWORD;
}

static bool is_permitted(const smtpauth_client *c, const smtpauth_client_mechanism *mechanism)
{
    uint32_t facts = smtpauth_client_mechanism_facts(mechanism);
    bool has_tls = smtpa_client_has_mark(c, IS_TLS);
    if ((facts & SMTPAUTH_MECHANISM_SHOWS_SECRET) && !has_tls &&
        !smtpa_client_wants(c, SMTPAUTH_CLIENT_CLEAR_AUTH))
        return false;
    if ((facts & SMTPAUTH_MECHANISM_WANTS_BINDING) && (!has_tls || c->bindings == 0))
        return false;
    return has_tls || !(facts & SMTPAUTH_MECHANISM_LAYER_BELOW);
}

uint8_t smtpa_client_choose(const smtpauth_client *c, uint8_t kinds, uint16_t out)
{
    uint8_t best = NO_CLIENT_MECHANISM, best_strength = 0;
    const uint8_t count = smtpa_config_mechanism_count(c->config);
    for (uint8_t i = 0; i < count; i++) {
        const smtpauth_client_mechanism *mechanism = smtpa_client_mechanism_at(c, i);
        bool is_left = (c->mechanisms_offered & ~(uint32_t)out) >> i & 1;
        if (!is_left || !(smtpa_client_kind(mechanism) & kinds) || !is_permitted(c, mechanism))
            continue;
        uint8_t strength = smtpauth_client_mechanism_strength(mechanism);
        if (best != NO_CLIENT_MECHANISM && strength <= best_strength)
            continue;
        best = i;
        best_strength = strength;
        if (smtpa_client_wants(c, SMTPAUTH_CLIENT_IN_ORDER))
            break;
    }
    return best;
}

uint8_t smtpa_client_kinds(const smtpauth_client *c)
{
    static const uint8_t all[] = {SMTPAUTH_KIND_PASSWORD, SMTPAUTH_KIND_TOKEN, SMTPAUTH_KIND_NONE};
    uint8_t kinds = 0;
    for (size_t i = 0; i < sizeof all; i++)
        if (smtpa_client_choose(c, all[i], 0) != NO_CLIENT_MECHANISM)
            kinds |= all[i];
    return kinds;
}

uint8_t smtpa_client_find_plain(const smtpauth_client *c)
{
    const uint8_t count = smtpa_config_mechanism_count(c->config);
    for (uint8_t i = 0; i < count; i++) {
        const char *name = smtpa_client_mechanism_name_at(c, i);
        if (smtpauth_text_is((const uint8_t *)name, strlen(name), "PLAIN"))
            return i;
    }
    return NO_CLIENT_MECHANISM;
}
