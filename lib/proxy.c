/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* PROXY headers: which form it is, by its first octet, and when it is complete. proxy_text.c and proxy_binary.c read the
 * forms. */

#include <smtpauth/proxy.h>

#include <string.h>

#include "internal/proxy.h"

size_t smtpauth_proxy_size(void)
{
    return sizeof(smtpauth_proxy);
}

int32_t smtpauth_proxy_needed(const uint8_t *data, size_t len)
{
    if (data == NULL)
        return SMTPAUTH_E_ARGUMENT;
    if (len == 0)
        return SMTPA_PROXY_LEAST;
    return data[0] == 'P' ? smtpa_proxy_text_needed(data, len) : smtpa_proxy_binary_needed(data, len);
}

int32_t smtpauth_proxy_parse(const uint8_t *data, size_t len, smtpauth_proxy *proxy)
{
    if (proxy == NULL)
        return SMTPAUTH_E_ARGUMENT;
    int32_t needed = smtpauth_proxy_needed(data, len);
    if (needed < 0)
        return needed;
    size_t size = (size_t)needed;
    if (size > len)
        return 0;
    smtpauth_proxy read;
    memset(&read, 0, sizeof read);
    bool is_right =
        data[0] == 'P' ? smtpa_proxy_text_read(data, size, &read) : smtpa_proxy_binary_read(data, size, &read);
    if (!is_right)
        return SMTPAUTH_E_WORDS;
    *proxy = read;
    return needed;
}
