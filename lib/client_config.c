/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* A client config's defaults, floors and faults; the sizes of what client.h defines. */

#include <smtpauth/client_config.h>

#include <string.h>

#include "internal/address.h"
#include "internal/client.h"
#include "internal/text.h"

enum {
    NAME_MAX = 255,
    REPLY_FLOOR = 512, /* RFC 5321 4.5.3.1.5 */
    REPLY_DEFAULT = 4096,
    REPLY_CEILING = 65535,
    CREDENTIALS_DEFAULT = 3,
    ITERATIONS_MIN = 4096, /* as sasl.h has it */
    ITERATIONS_MAX = 1000000,
    ALL_CLIENT_FLAGS = SMTPAUTH_CLIENT_AUTH_REQUIRED * 2 - 1
};

static bool is_all_zero(const void *data, size_t len)
{
    const uint8_t *octets = data;
    for (size_t i = 0; i < len; i++)
        if (octets[i] != 0)
            return false;
    return true;
}

static bool has_client_reserve(const smtpauth_client_config *config)
{
    for (size_t i = 0; i < sizeof config->reserved_pointers / sizeof config->reserved_pointers[0]; i++)
        if (config->reserved_pointers[i] != NULL)
            return true;
    return !is_all_zero(config->reserved32, sizeof config->reserved32) ||
           !is_all_zero(config->reserved, sizeof config->reserved);
}

static bool is_client_name(const char *name)
{
    if (name == NULL || strlen(name) > NAME_MAX)
        return false;
    return smtpauth_domain_is_valid((const uint8_t *)name, strlen(name), false);
}

uint8_t smtpa_config_mechanism_count(const smtpauth_client_config *config)
{
    uint8_t count = 0;
    while (config->mechanisms != NULL && count <= SMTPAUTH_CLIENT_MECHANISMS_MAX &&
           config->mechanisms[count] != NULL)
        count++;
    return count;
}

uint16_t smtpa_config_fault(const smtpauth_client_config *config)
{
    const uint32_t opposites = SMTPAUTH_CLIENT_TLS_NEVER | SMTPAUTH_CLIENT_TLS_REQUIRED;
    const uint32_t first_or_late = SMTPAUTH_CLIENT_AUTH_REQUIRED | SMTPAUTH_CLIENT_AUTH_LATE;
    if (config->size != sizeof *config || has_client_reserve(config))
        return SMTPAUTH_REASON_POLICY_SIZE;
    if ((config->flags & ~(uint32_t)ALL_CLIENT_FLAGS) || (config->flags & opposites) == opposites ||
        (config->flags & first_or_late) == first_or_late)
        return SMTPAUTH_REASON_POLICY_FLAGS;
    if (!is_client_name(config->name))
        return SMTPAUTH_REASON_POLICY_HOSTNAME;
    uint8_t count = smtpa_config_mechanism_count(config);
    bool is_without = count == 0 && (config->flags & SMTPAUTH_CLIENT_AUTH_REQUIRED);
    if (count > SMTPAUTH_CLIENT_MECHANISMS_MAX || is_without)
        return SMTPAUTH_REASON_POLICY_MECHANISM;
    uint32_t least = config->iterations_min != 0 ? config->iterations_min : (uint32_t)ITERATIONS_MIN;
    uint32_t most = config->iterations_max != 0 ? config->iterations_max : (uint32_t)ITERATIONS_MAX;
    bool is_small = config->reply_max != 0 && config->reply_max < REPLY_FLOOR;
    if (is_small || config->reply_max > REPLY_CEILING || config->credentials_max > CLIENT_REJECTED_MAX ||
        least > most)
        return SMTPAUTH_REASON_POLICY_LIMIT;
    return 0;
}

uint32_t smtpa_config_reply_max(const smtpauth_client_config *config)
{
    return config->reply_max != 0 ? config->reply_max : (uint32_t)REPLY_DEFAULT;
}

uint8_t smtpa_config_credentials_max(const smtpauth_client_config *config)
{
    return (uint8_t)(config->credentials_max != 0 ? config->credentials_max : CREDENTIALS_DEFAULT);
}

int32_t smtpauth_client_config_check(const smtpauth_client_config *config)
{
    return config != NULL ? (int32_t)smtpa_config_fault(config) : (int32_t)SMTPAUTH_E_ARGUMENT;
}

size_t smtpauth_client_config_size(void)
{
    return sizeof(smtpauth_client_config);
}

size_t smtpauth_client_event_size(void)
{
    return sizeof(smtpauth_client_event);
}

size_t smtpauth_client_size(void)
{
    return sizeof(smtpauth_client);
}

size_t smtpauth_client_align(void)
{
    struct client_probe {
        char octet;
        smtpauth_client client;
    };
    return offsetof(struct client_probe, client);
}

size_t smtpauth_envelope_size(void)
{
    return sizeof(smtpauth_envelope);
}

size_t smtpauth_recipient_size(void)
{
    return sizeof(smtpauth_recipient);
}

size_t smtpauth_refusal_size(void)
{
    return sizeof(smtpauth_refusal);
}
