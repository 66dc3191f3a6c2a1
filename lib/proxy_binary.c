/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* PROXY headers of version 2 (section 2.2 of the specification): 16 fixed octets, addresses, TLVs. */

#include <smtpauth/proxy.h>

#include <string.h>

#include "internal/proxy.h"
#include "internal/text.h"

enum { SIGNATURE_LEN = 12, FIXED_LEN = 16, COMMAND_AT = 12, FAMILY_AT = 13, LENGTH_AT = 14 };
enum { COMMAND_LOCAL = 0x20, COMMAND_PROXY = 0x21 }; /* the version in the high four bits */
enum { UNIX_PATH_LEN = 108, TLV_HEAD_LEN = 3, TLS_HEAD_LEN = 5, CHECKSUM_LEN = 4, ANY_LEN = UINT16_MAX };

enum { ANY_CERTIFICATE = SMTPAUTH_PROXY_CERTIFICATE | SMTPAUTH_PROXY_CERTIFICATE_SESSION };

/* clang-format off */
static const uint8_t signature[SIGNATURE_LEN] = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};
/* clang-format on */

static uint32_t big_endian16(const uint8_t *data)
{
    return (uint32_t)data[0] << 8 | data[1];
}

static uint32_t big_endian32(const uint8_t *data)
{
    return big_endian16(data) << 16 | big_endian16(data + 2);
}

/* ---- the fixed part ---- */

/* Octets of the addresses, by family. */
static const uint8_t addresses_len[] = {0, 4 + 4 + 2 + 2, 16 + 16 + 2 + 2, 2 * UNIX_PATH_LEN};

/* Family in the high four bits, transport in the low ones. Either both are unspecified or none is: of a family without
 * transport nobody knows what its addresses look like. */
static bool is_family(uint8_t octet)
{
    uint8_t family = octet >> 4, transport = octet & 15;
    return octet == 0 || (family >= SMTPAUTH_PROXY_INET && family <= SMTPAUTH_PROXY_UNIX &&
                          (transport == SMTPAUTH_PROXY_STREAM || transport == SMTPAUTH_PROXY_DATAGRAM));
}

int32_t smtpa_proxy_binary_needed(const uint8_t *data, size_t len)
{
    if (memcmp(data, signature, len < SIGNATURE_LEN ? len : SIGNATURE_LEN) != 0)
        return SMTPAUTH_E_WORDS;
    if (len > COMMAND_AT && data[COMMAND_AT] != COMMAND_LOCAL && data[COMMAND_AT] != COMMAND_PROXY)
        return SMTPAUTH_E_WORDS;
    bool is_read = len > FAMILY_AT && data[COMMAND_AT] == COMMAND_PROXY; /* LOCAL's family is ignored */
    if (is_read && !is_family(data[FAMILY_AT]))
        return SMTPAUTH_E_WORDS;
    if (len < FIXED_LEN)
        return FIXED_LEN;
    uint32_t length = big_endian16(data + LENGTH_AT);
    if (is_read && length < addresses_len[data[FAMILY_AT] >> 4])
        return SMTPAUTH_E_WORDS;
    return (int32_t)(FIXED_LEN + length);
}

/* ---- addresses ---- */

/* A name ends at its first NUL, or at its last other octet when it begins with NUL: an abstract one, of Linux. */
static smtpauth_view read_path(const uint8_t *data)
{
    size_t len = 0;
    while (len < UNIX_PATH_LEN && data[len] != 0)
        len++;
    if (len == 0) {
        len = UNIX_PATH_LEN;
        while (len > 0 && data[len - 1] == 0)
            len--;
    }
    return smtpa_view(data, len);
}

static void read_addresses(const uint8_t *data, smtpauth_proxy *proxy)
{
    if (proxy->family == SMTPAUTH_PROXY_UNIX) {
        proxy->source_path = read_path(data);
        proxy->destination_path = read_path(data + UNIX_PATH_LEN);
    } else if (proxy->family != SMTPAUTH_PROXY_NONE) {
        size_t n = proxy->family == SMTPAUTH_PROXY_INET ? 4 : 16;
        memcpy(proxy->source, data, n);
        memcpy(proxy->destination, data + n, n);
        proxy->source_port = (uint16_t)big_endian16(data + 2 * n);
        proxy->destination_port = (uint16_t)big_endian16(data + 2 * n + 2);
    }
}

/* ---- TLVs ---- */

enum { LEVEL_HEADER, LEVEL_TLS };
enum { CONTENT_OCTETS, CONTENT_ASCII, CONTENT_UTF8 };

typedef struct tlv_row {
    uint8_t type, level, content;
    uint16_t min, max; /* octets */
    size_t field;      /* the view in smtpauth_proxy */
} tlv_row;

#define FIELD(name) offsetof(smtpauth_proxy, name)

/* clang-format off */
static const tlv_row rows[] = {
    {SMTPAUTH_PROXY_TLV_ALPN,          LEVEL_HEADER, CONTENT_OCTETS, 0, ANY_LEN, FIELD(alpn)},                        /* 2.2.1 */
    {SMTPAUTH_PROXY_TLV_AUTHORITY,     LEVEL_HEADER, CONTENT_UTF8,   0, ANY_LEN, FIELD(authority)},                   /* 2.2.2 */
    {SMTPAUTH_PROXY_TLV_CRC32C,        LEVEL_HEADER, CONTENT_OCTETS, CHECKSUM_LEN, CHECKSUM_LEN, FIELD(checksum)},    /* 2.2.3 */
    {SMTPAUTH_PROXY_TLV_UNIQUE_ID,     LEVEL_HEADER, CONTENT_OCTETS, 0, SMTPAUTH_PROXY_UNIQUE_ID_MAX, FIELD(unique_id)}, /* 2.2.5 */
    {SMTPAUTH_PROXY_TLV_TLS,           LEVEL_HEADER, CONTENT_OCTETS, TLS_HEAD_LEN, ANY_LEN, FIELD(tls_tlvs)},         /* 2.2.6 */
    {SMTPAUTH_PROXY_TLV_NETNS,         LEVEL_HEADER, CONTENT_ASCII,  0, ANY_LEN, FIELD(netns)},                       /* 2.2.7 */
    {SMTPAUTH_PROXY_TLV_TLS_VERSION,             LEVEL_TLS, CONTENT_ASCII,  0, ANY_LEN, FIELD(tls_version)},          /* 2.2.6, all below */
    {SMTPAUTH_PROXY_TLV_TLS_COMMON_NAME,         LEVEL_TLS, CONTENT_UTF8,   0, ANY_LEN, FIELD(tls_common_name)},
    {SMTPAUTH_PROXY_TLV_TLS_CIPHER,              LEVEL_TLS, CONTENT_ASCII,  0, ANY_LEN, FIELD(tls_cipher)},
    {SMTPAUTH_PROXY_TLV_TLS_SIGNATURE_ALGORITHM, LEVEL_TLS, CONTENT_ASCII,  0, ANY_LEN, FIELD(tls_signature_algorithm)},
    {SMTPAUTH_PROXY_TLV_TLS_KEY_ALGORITHM,       LEVEL_TLS, CONTENT_ASCII,  0, ANY_LEN, FIELD(tls_key_algorithm)},
    {SMTPAUTH_PROXY_TLV_TLS_GROUP,               LEVEL_TLS, CONTENT_ASCII,  0, ANY_LEN, FIELD(tls_group)},
    {SMTPAUTH_PROXY_TLV_TLS_SIGNATURE_SCHEME,    LEVEL_TLS, CONTENT_ASCII,  0, ANY_LEN, FIELD(tls_signature_scheme)},
    {SMTPAUTH_PROXY_TLV_TLS_CERTIFICATE,         LEVEL_TLS, CONTENT_OCTETS, 0, ANY_LEN, FIELD(tls_certificate)},
};
/* clang-format on */

int32_t smtpauth_proxy_tlv(smtpauth_view *rest, uint8_t *type, smtpauth_view *value)
{
    if (rest == NULL || type == NULL || value == NULL || (rest->data == NULL && rest->len > 0))
        return SMTPAUTH_E_ARGUMENT;
    if (rest->len == 0)
        return 0;
    if (rest->len < TLV_HEAD_LEN || rest->len - TLV_HEAD_LEN < big_endian16(rest->data + 1))
        return SMTPAUTH_E_WORDS;
    *type = rest->data[0];
    *value = smtpa_slice(*rest, TLV_HEAD_LEN, big_endian16(rest->data + 1));
    size_t taken = TLV_HEAD_LEN + value->len;
    *rest = smtpa_slice(*rest, taken, rest->len - taken);
    return (int32_t)taken;
}

static bool is_content(uint8_t content, smtpauth_view value)
{
    if (content == CONTENT_OCTETS)
        return true;
    for (size_t i = 0; content == CONTENT_ASCII && i < value.len; i++)
        if (value.data[i] >= 0x80)
            return false;
    return smtpauth_utf8_is_valid(value.data, value.len) && !smtpa_has_control(value);
}

/* Fills the views of one level. False where the TLVs do not fill it exactly, or one is too short, too long or there
 * twice. Types that the table does not know are skipped. */
static bool read_tlvs(smtpauth_view tlvs, uint8_t level, smtpauth_proxy *proxy)
{
    uint32_t seen = 0; /* rows, as bits */
    for (;;) {
        uint8_t type;
        smtpauth_view value;
        int32_t taken = smtpauth_proxy_tlv(&tlvs, &type, &value);
        if (taken <= 0)
            return taken == 0;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            const tlv_row *row = &rows[i];
            if (row->type != type || row->level != level)
                continue;
            if ((seen & UINT32_C(1) << i) || value.len < row->min || value.len > row->max)
                return false;
            seen |= UINT32_C(1) << i;
            if (is_content(row->content, value))
                memcpy((uint8_t *)proxy + row->field, &value, sizeof value);
        }
    }
}

/* The TLS block: bits, a number, TLVs. HAProxy's number is 0 also where no certificate was asked for. */
static bool read_tls(smtpauth_proxy *proxy)
{
    smtpauth_view block = proxy->tls_tlvs;
    if (block.data == NULL)
        return true;
    proxy->tls = block.data[0] & (SMTPAUTH_PROXY_TLS | ANY_CERTIFICATE);
    proxy->tls_verify_error = big_endian32(block.data + 1);
    proxy->tls_is_verified =
        (proxy->tls & SMTPAUTH_PROXY_TLS) && (proxy->tls & ANY_CERTIFICATE) && proxy->tls_verify_error == 0;
    proxy->tls_tlvs = smtpa_slice(block, TLS_HEAD_LEN, block.len - TLS_HEAD_LEN);
    if (!read_tlvs(proxy->tls_tlvs, LEVEL_TLS, proxy))
        return false;
    if (!proxy->tls_is_verified)
        proxy->tls_common_name = smtpa_view(NULL, 0);
    return true;
}

/* ---- the checksum ---- */

/* CRC32C (RFC 4960 appendix B), bit by bit: a header is short and comes once a connection. */
static uint32_t crc32c_add(uint32_t crc, uint8_t octet)
{
    crc ^= octet;
    for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0x82F63B78) : 0);
    return crc;
}

/* Is it that of the header with its own octets zero? */
static bool is_checksum_right(const uint8_t *data, size_t len, smtpauth_view checksum)
{
    if (checksum.data == NULL)
        return true;
    size_t at = (size_t)(checksum.data - data);
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++)
        crc = crc32c_add(crc, i >= at && i < at + CHECKSUM_LEN ? 0 : data[i]);
    return (crc ^ UINT32_MAX) == big_endian32(checksum.data);
}

bool smtpa_proxy_binary_read(const uint8_t *data, size_t len, smtpauth_proxy *proxy)
{
    proxy->version = 2;
    proxy->is_local = data[COMMAND_AT] == COMMAND_LOCAL;
    if (proxy->is_local)
        return true;
    proxy->family = data[FAMILY_AT] >> 4;
    proxy->transport = data[FAMILY_AT] & 15;
    read_addresses(data + FIXED_LEN, proxy);
    size_t at = FIXED_LEN + (size_t)addresses_len[proxy->family];
    proxy->tlvs = smtpa_view(data + at, len - at);
    return read_tlvs(proxy->tlvs, LEVEL_HEADER, proxy) && is_checksum_right(data, len, proxy->checksum) &&
           read_tls(proxy);
}
