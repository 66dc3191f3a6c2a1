/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves PROXY headers of version 2 by what HAProxy sent: each read at every length, and under its checksum with every
 * bit flipped. How they were made is said above the table. test_proxy.c has its lines of version 1. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/proxy.h>

#include "proxy_feed.h"
#include "rows.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

#define SIGNATURE "0d0a0d0a000d0a515549540a"
#define LOOPBACK6 "00000000000000000000000000000001"

/* What HAProxy 2.6.12 (Debian 12, OpenSSL 3.0) sent in TCP mode to a server on loopback, by the options named; clients
 * from 127.0.0.2, ::1 or a Unix socket, over TLS with SNI mail.example.test and ALPN smtp. `bind` had `verify optional`
 * and ignored errors of the certificates; alice's was signed by the CA it knew, mallory's by nobody. "all" is
 * proxy-v2-options crc32c,authority,unique-id,ssl,cert-cn,ssl-cipher,cert-sig,cert-key. */
typedef struct capture {
    const char *name, *hex;
    bool is_local;
    uint8_t family;
    const char *source, *destination; /* hex */
    uint16_t source_port, destination_port;
    const char *alpn, *authority, *unique_id, *netns;
    bool has_checksum;
    uint8_t tls;
    bool tls_is_verified;
    uint32_t tls_verify_error;
    const char *tls_version, *tls_common_name, *tls_cipher, *tls_signature_algorithm, *tls_key_algorithm;
} capture;

static const capture captures[] = {
    {.name = "send-proxy-v2, IPv4",
     .hex = SIGNATURE "2111000c 7f0000027f000001 89cdafd7",
     .family = SMTPAUTH_PROXY_INET,
     .source = "7f000002",
     .destination = "7f000001",
     .source_port = 0x89cd,
     .destination_port = 0xafd7},
    {.name = "send-proxy-v2, IPv6",
     .hex = SIGNATURE "21210024" LOOPBACK6 LOOPBACK6 "985ab8e9",
     .family = SMTPAUTH_PROXY_INET6,
     .source = LOOPBACK6,
     .destination = LOOPBACK6,
     .source_port = 0x985a,
     .destination_port = 0xb8e9},
    {.name = "send-proxy-v2, IPv4 on an IPv6 socket",
     .hex = SIGNATURE "21210024 00000000000000000000ffff7f000002 00000000000000000000ffff7f000001 a479ad41",
     .family = SMTPAUTH_PROXY_INET6,
     .source = "00000000000000000000ffff7f000002",
     .destination = "00000000000000000000ffff7f000001",
     .source_port = 0xa479,
     .destination_port = 0xad41},
    {.name = "crc32c, a client on a Unix socket; and the health check",
     .hex = SIGNATURE "20000007 030004a9b87e8f",
     .is_local = true},
    {.name = "send-proxy-v2-ssl, no TLS",
     .hex = SIGNATURE "21110014 7f0000027f000001 b4339f8d 2000050000000000",
     .family = SMTPAUTH_PROXY_INET,
     .source = "7f000002",
     .destination = "7f000001",
     .source_port = 0xb433,
     .destination_port = 0x9f8d},
    {.name = "send-proxy-v2-ssl, no certificate",
     .hex = SIGNATURE "21110025 7f0000027f000001 ec6dec9d 010004736d7470 20000f0100000000 210007544c5376312e33",
     .family = SMTPAUTH_PROXY_INET,
     .source = "7f000002",
     .destination = "7f000001",
     .source_port = 0xec6d,
     .destination_port = 0xec9d,
     .alpn = "smtp",
     .tls = SMTPAUTH_PROXY_TLS,
     .tls_version = "TLSv1.3"},
    {.name = "send-proxy-v2-ssl-cn, alice",
     .hex = SIGNATURE "2111003a 7f0000027f000001 d799d469 010004736d7470 2000240700000000 210007544c5376312e33"
                      "220012616c6963652e6578616d706c652e74657374",
     .family = SMTPAUTH_PROXY_INET,
     .source = "7f000002",
     .destination = "7f000001",
     .source_port = 0xd799,
     .destination_port = 0xd469,
     .alpn = "smtp",
     .tls = SMTPAUTH_PROXY_TLS | SMTPAUTH_PROXY_CERTIFICATE | SMTPAUTH_PROXY_CERTIFICATE_SESSION,
     .tls_is_verified = true,
     .tls_version = "TLSv1.3",
     .tls_common_name = "alice.example.test"},
    {.name = "send-proxy-v2-ssl-cn, mallory",
     .hex = SIGNATURE "2111003c 7f0000027f000001 c84bba69 010004736d7470 2000260700000012 210007544c5376312e33"
                      "2200146d616c6c6f72792e6578616d706c652e74657374",
     .family = SMTPAUTH_PROXY_INET,
     .source = "7f000002",
     .destination = "7f000001",
     .source_port = 0xc84b,
     .destination_port = 0xba69,
     .alpn = "smtp",
     .tls = SMTPAUTH_PROXY_TLS | SMTPAUTH_PROXY_CERTIFICATE | SMTPAUTH_PROXY_CERTIFICATE_SESSION,
     .tls_verify_error = 18, /* X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT */
     .tls_version = "TLSv1.3"},
    {.name = "all, alice",
     .hex = SIGNATURE "2111009e 7f0000027f000001 9f279b47 030004d61fadb9 010004736d7470"
                      "0200116d61696c2e6578616d706c652e74657374"
                      "05001669642d3132372e302e302e322d302d6578616d706c65"
                      "2000540700000000 210007544c5376312e33 220012616c6963652e6578616d706c652e74657374"
                      "25000752534132303438 24000a5253412d534841323536"
                      "230016544c535f4145535f3235365f47434d5f534841333834",
     .family = SMTPAUTH_PROXY_INET,
     .source = "7f000002",
     .destination = "7f000001",
     .source_port = 0x9f27,
     .destination_port = 0x9b47,
     .alpn = "smtp",
     .authority = "mail.example.test",
     .unique_id = "id-127.0.0.2-0-example",
     .has_checksum = true,
     .tls = SMTPAUTH_PROXY_TLS | SMTPAUTH_PROXY_CERTIFICATE | SMTPAUTH_PROXY_CERTIFICATE_SESSION,
     .tls_is_verified = true,
     .tls_version = "TLSv1.3",
     .tls_common_name = "alice.example.test",
     .tls_cipher = "TLS_AES_256_GCM_SHA384",
     .tls_signature_algorithm = "RSA-SHA256",
     .tls_key_algorithm = "RSA2048"},
    {.name = "all, alice, a resumed session of TLS 1.2",
     .hex = SIGNATURE "211100a3 7f0000027f000001 a6cfc9ed 030004dffeb67a 010004736d7470"
                      "0200116d61696c2e6578616d706c652e74657374"
                      "05001669642d3132372e302e302e322d302d6578616d706c65"
                      "2000590500000000 210007544c5376312e32 220012616c6963652e6578616d706c652e74657374"
                      "25000752534132303438 24000a5253412d534841323536"
                      "23001b45434448452d5253412d4145533235362d47434d2d534841333834",
     .family = SMTPAUTH_PROXY_INET,
     .source = "7f000002",
     .destination = "7f000001",
     .source_port = 0xa6cf,
     .destination_port = 0xc9ed,
     .alpn = "smtp",
     .authority = "mail.example.test",
     .unique_id = "id-127.0.0.2-0-example",
     .has_checksum = true,
     .tls = SMTPAUTH_PROXY_TLS | SMTPAUTH_PROXY_CERTIFICATE_SESSION,
     .tls_is_verified = true,
     .tls_version = "TLSv1.2",
     .tls_common_name = "alice.example.test",
     .tls_cipher = "ECDHE-RSA-AES256-GCM-SHA384",
     .tls_signature_algorithm = "RSA-SHA256",
     .tls_key_algorithm = "RSA2048"},
    {.name = "crc32c,unique-id, IPv6",
     .hex = SIGNATURE "2121003e" LOOPBACK6 LOOPBACK6
                      "a298cb71 030004a5692b85 05001069642d3a3a312d302d6578616d706c65",
     .family = SMTPAUTH_PROXY_INET6,
     .source = LOOPBACK6,
     .destination = LOOPBACK6,
     .source_port = 0xa298,
     .destination_port = 0xcb71,
     .unique_id = "id-::1-0-example",
     .has_checksum = true},
    {.name = "crc32c, bind in network namespace mailns",
     .hex = SIGNATURE "2111001c 7f0000017f000001 e0a89bd1 030004e8ad0fcc 3000066d61696c6e73",
     .family = SMTPAUTH_PROXY_INET,
     .source = "7f000001",
     .destination = "7f000001",
     .source_port = 0xe0a8,
     .destination_port = 0x9bd1,
     .netns = "mailns",
     .has_checksum = true},
};

static void headers_of_haproxy(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(captures); i++) {
        const capture *row = &captures[i];
        uint8_t header[1024], source[16] = {0}, destination[16] = {0};
        smtpauth_proxy is;
        expect_taken(row->name, header, octets_of(row->hex, header), &is);
        octets_of(row->source == NULL ? "" : row->source, source);
        octets_of(row->destination == NULL ? "" : row->destination, destination);
        check(is.version == 2, row->name, "version");
        check(is.is_local == row->is_local, row->name, "is_local");
        check(is.family == row->family, row->name, "family");
        check(is.transport == (row->is_local ? SMTPAUTH_PROXY_UNSPECIFIED : SMTPAUTH_PROXY_STREAM), row->name,
              "transport");
        check(memcmp(is.source, source, 16) == 0, row->name, "source");
        check(memcmp(is.destination, destination, 16) == 0, row->name, "destination");
        check(is.source_port == row->source_port, row->name, "source_port");
        check(is.destination_port == row->destination_port, row->name, "destination_port");
        check_text(&is.alpn, row->alpn, row->name, "alpn");
        check_text(&is.authority, row->authority, row->name, "authority");
        check_text(&is.unique_id, row->unique_id, row->name, "unique_id");
        check_text(&is.netns, row->netns, row->name, "netns");
        check((is.checksum.data != NULL) == row->has_checksum && is.checksum.len == (row->has_checksum ? 4 : 0),
              row->name, "checksum");
        check(is.tls == row->tls, row->name, "tls");
        check(is.tls_is_verified == row->tls_is_verified, row->name, "tls_is_verified");
        check(is.tls_verify_error == row->tls_verify_error, row->name, "tls_verify_error");
        check_text(&is.tls_version, row->tls_version, row->name, "tls_version");
        check_text(&is.tls_common_name, row->tls_common_name, row->name, "tls_common_name");
        check_text(&is.tls_cipher, row->tls_cipher, row->name, "tls_cipher");
        check_text(&is.tls_signature_algorithm, row->tls_signature_algorithm, row->name,
                   "tls_signature_algorithm");
        check_text(&is.tls_key_algorithm, row->tls_key_algorithm, row->name, "tls_key_algorithm");
        check_text(&is.tls_group, NULL, row->name, "tls_group");
        check_text(&is.source_path, NULL, row->name, "source_path");
    }
    finish();
}

static void flipped_bits(void **state)
{
    (void)state;
    smtpauth_proxy proxy;
    /* With a flipped bit no header is taken that claims to be checked. Those that remain have lost their checksum: they
     * became LOCAL, or the checksum's own type or the header's length was hit. */
    for (size_t i = 0; i < LENGTH(captures); i++) {
        uint8_t octets[1024];
        size_t len = octets_of(captures[i].hex, octets);
        if (!captures[i].has_checksum)
            continue;
        for (size_t bit = 0; bit < len * 8; bit++) {
            octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
            int32_t taken = smtpauth_proxy_parse(at_the_edge(octets, len), len, &proxy);
            check(taken <= 0 || proxy.checksum.data == NULL, captures[i].name, "is taken with a flipped bit");
            size_t at = bit / 8, type_at = 16u + (captures[i].family == SMTPAUTH_PROXY_INET ? 12 : 36);
            bool is_hit = bit == 12 * 8 || at == 14 || at == 15 || at == type_at;
            check(taken <= 0 || is_hit, captures[i].name, "is taken without its checksum");
            octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_of_haproxy),
        cmocka_unit_test(flipped_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
