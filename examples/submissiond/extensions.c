/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "extensions.h"
#include "tls.h"

#include <smtpauth/command.h>
#include <smtpauth/text.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
/* Those that need a queue which waits and hurries (DELIVERBY, FUTURERELEASE, MT-PRIORITY) are not here. */
static const struct extension {
    const char *name;
    uint32_t bit;
    bool is_handed_on; /* met by whoever sends the message on */
    bool needs_tls;
} extensions[] = {
    {"SMTPUTF8",   SMTPAUTH_EXT_SMTPUTF8,   false, false},
    {"CHUNKING",   SMTPAUTH_EXT_CHUNKING,   false, false},
    {"BINARYMIME", SMTPAUTH_EXT_BINARYMIME, false, false},
    {"LIMITS",     SMTPAUTH_EXT_LIMITS,     false, false},
    {"DSN",        SMTPAUTH_EXT_DSN,        true,  false},
    {"REQUIRETLS", SMTPAUTH_EXT_REQUIRETLS, true,  true},
};
/* clang-format on */

enum { EXTENSIONS = sizeof extensions / sizeof *extensions };

static bool can_be_met(const struct extension *extension, bool is_queue)
{
    return (is_queue || !extension->is_handed_on) && (tls_is_built() || !extension->needs_tls);
}

uint32_t extensions_default(bool is_queue)
{
    uint32_t all = 0;
    for (size_t i = 0; i < EXTENSIONS; i++)
        all |= can_be_met(&extensions[i], is_queue) ? extensions[i].bit : 0;
    return all;
}

static bool refuse(char *error, size_t error_cap, bool is_queue, const char *name, size_t name_len)
{
    int len = snprintf(error, error_cap, "--extensions: '%.*s' is none of", (int)name_len, name);
    for (size_t i = 0; i < EXTENSIONS && len >= 0 && (size_t)len < error_cap; i++) {
        if (can_be_met(&extensions[i], is_queue))
            len += snprintf(error + len, error_cap - (size_t)len, " %s", extensions[i].name);
    }
    return false;
}

static uint32_t bit_of(const char *name, size_t name_len)
{
    for (size_t i = 0; i < EXTENSIONS; i++) {
        if (smtpauth_text_is((const uint8_t *)name, name_len, extensions[i].name))
            return extensions[i].bit;
    }
    return 0;
}

bool extensions_parse(uint32_t *chosen, const char *text, bool is_queue, char *error, size_t error_cap)
{
    *chosen = 0;
    for (bool is_last = *text == '\0'; !is_last;) {
        size_t len = strcspn(text, ",");
        uint32_t bit = bit_of(text, len) & extensions_default(is_queue);
        if (bit == 0)
            return refuse(error, error_cap, is_queue, text, len);
        *chosen |= bit;
        text += len;
        is_last = *text == '\0';
        text += !is_last;
    }
    return true;
}
