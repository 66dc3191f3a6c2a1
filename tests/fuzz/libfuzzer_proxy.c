/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * libFuzzer's way into PROXY headers. Whatever comes, parse and needed must agree at every length, views must lie in
 * what was taken, and nothing behind it may matter. Each input is a heap block of exactly its size, so that the
 * sanitizer sees an octet too far. The first octet's lowest bit says that a CRC32C TLV shall be mended, which no fuzzer
 * finds by itself. `make fuzz` runs it.
 */

#include <smtpauth/proxy.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool is_right)
{
    if (!is_right)
        abort();
}

static int32_t parse(const uint8_t *data, size_t len, smtpauth_proxy *proxy, const uint8_t **at)
{
    static uint8_t *block;
    free(block);
    block = malloc(len + (len == 0));
    must(block != NULL);
    if (len > 0)
        memcpy(block, data, len);
    *at = block;
    int32_t taken = smtpauth_proxy_parse(block, len, proxy), needed = smtpauth_proxy_needed(block, len);
    must(taken > 0 ? needed == taken && (size_t)taken <= len
                   : taken == SMTPAUTH_E_WORDS || (taken == 0 && (size_t)needed > len));
    must(needed < 0 || needed <= SMTPAUTH_PROXY_MAX);
    return taken;
}

static void is_inside(const smtpauth_view *view, const uint8_t *block, size_t len)
{
    if (view->data == NULL)
        must(view->len == 0);
    else
        must(view->data >= block && view->len <= len && (size_t)(view->data - block) <= len - view->len);
}

static size_t walk(smtpauth_view rest)
{
    size_t octets = 0;
    uint8_t type;
    smtpauth_view value;
    for (int32_t taken; (taken = smtpauth_proxy_tlv(&rest, &type, &value)) != 0; octets += (size_t)taken)
        must(taken > 0);
    return octets;
}

/* Puts the right number into the first CRC32C TLV that a walk over the header's end finds. */
static void mend_checksum(uint8_t *data, size_t len)
{
    static const size_t sizes[16] = {0, 12, 36, 216};
    size_t at = len < 16 ? len : 16 + sizes[data[13] >> 4];
    size_t end = len < 16 ? 0 : 16u + (size_t)data[14] * 256 + data[15];
    while (end <= len && at + 7 <= end && data[at] != SMTPAUTH_PROXY_TLV_CRC32C)
        at += 3u + (size_t)data[at + 1] * 256 + data[at + 2];
    if (end > len || at + 7 > end)
        return;
    memset(data + at + 3, 0, 4);
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < end; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0x82F63B78) : 0);
    }
    for (size_t i = 0; i < 4; i++)
        data[at + 3 + i] = (uint8_t)(~crc >> (24 - 8 * i) & 0xFF);
}

static void check_views(const smtpauth_proxy *proxy, const uint8_t *block, size_t taken)
{
    const smtpauth_view *views[] = {&proxy->source_path,
                                    &proxy->destination_path,
                                    &proxy->tlvs,
                                    &proxy->alpn,
                                    &proxy->authority,
                                    &proxy->checksum,
                                    &proxy->unique_id,
                                    &proxy->netns,
                                    &proxy->tls_tlvs,
                                    &proxy->tls_version,
                                    &proxy->tls_common_name,
                                    &proxy->tls_cipher,
                                    &proxy->tls_group,
                                    &proxy->tls_signature_algorithm,
                                    &proxy->tls_key_algorithm,
                                    &proxy->tls_certificate,
                                    &proxy->tls_signature_scheme};
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        is_inside(views[i], block, taken);
    must(walk(proxy->tlvs) == proxy->tlvs.len && walk(proxy->tls_tlvs) == proxy->tls_tlvs.len);
    must(proxy->tls_common_name.data == NULL || proxy->tls_is_verified);
    must(!proxy->tls_is_verified || (proxy->tls & SMTPAUTH_PROXY_TLS));
    must(!proxy->is_local || (proxy->family == SMTPAUTH_PROXY_NONE && proxy->tlvs.data == NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t input[SMTPAUTH_PROXY_MAX + 64];
    if (len == 0 || len - 1 > sizeof input)
        return 0;
    bool mends = (data[0] & 1) != 0;
    len--;
    memcpy(input, data + 1, len);
    if (mends)
        mend_checksum(input, len);
    smtpauth_proxy whole, part;
    const uint8_t *block;
    memset(&whole, 0, sizeof whole);
    int32_t taken = parse(input, len, &whole, &block);
    if (taken > 0)
        check_views(&whole, block, (size_t)taken);
    size_t step = len > 512 ? len / 512 : 1;
    bool is_refused = false;
    for (size_t n = 0; n < len; n += step) {
        int32_t of_part = parse(input, n, &part, &block);
        must(!is_refused || of_part == SMTPAUTH_E_WORDS); /* once refused, always refused */
        is_refused = of_part == SMTPAUTH_E_WORDS;
        if (taken > 0)
            must(of_part == (n < (size_t)taken ? 0 : taken));
    }
    must(!is_refused || taken == SMTPAUTH_E_WORDS);
    return 0;
}
