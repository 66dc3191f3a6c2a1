/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves the fixed octets, addresses and checksum of PROXY headers of version 2, by section 2.2 of HAProxy's
 * doc/proxy-protocol.txt (2020/03/05): every value of every fixed octet, every length, LOCAL and AF_UNSPEC, and CRC32C
 * by the vectors of RFC 3720 B.4. */

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

enum { LOCAL = 0x20, PROXY = 0x21, TCP4 = 0x11, TCP6 = 0x21, UNIX = 0x31 };

static void every_fixed_octet(void **state)
{
    static const uint8_t families[] = {0x00, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32}; /* 2.2, "in practice" */
    (void)state;
    static proxy_header h;
    smtpauth_proxy proxy;
    for (size_t at = 0; at < 12; at++)
        for (unsigned value = 0; value < 256; value++) {
            header_begin(&h, PROXY, TCP4);
            if (h.octets[at] == value || (at == 0 && value == 'P'))
                continue;
            h.octets[at] = (uint8_t)value;
            expect_refused("signature", h.octets, h.len, at + 1);
        }
    for (unsigned value = 0; value < 256; value++) {
        char row[32];
        snprintf(row, sizeof row, "command %02x", value);
        header_begin(&h, (uint8_t)value, TCP4);
        if (value == LOCAL || value == PROXY)
            expect_header(row, &h, &proxy);
        else
            expect_refused(row, h.octets, h.len, 13);
        snprintf(row, sizeof row, "family %02x", value);
        header_begin(&h, PROXY, (uint8_t)value);
        bool is_family = memchr(families, (int)value, sizeof families) != NULL;
        if (is_family) {
            expect_header(row, &h, &proxy);
            check(proxy.family == value >> 4 && proxy.transport == (value & 15) && !proxy.is_local, row,
                  "is read");
        } else
            expect_refused(row, h.octets, h.len, 14);
        snprintf(row, sizeof row, "local, family %02x", value);
        header_begin(&h, LOCAL, (uint8_t)value);
        expect_header(row, &h, &proxy);
        check(proxy.is_local && proxy.family == SMTPAUTH_PROXY_NONE && proxy.transport == 0, row, "is ignored");
    }
    finish();
}

static void addresses_and_lengths(void **state)
{
    static const struct {
        uint8_t family;
        size_t size;
    } rows[] = {{0x11, 12}, {0x12, 12}, {0x21, 36}, {0x22, 36}, {0x31, 216}, {0x32, 216}};
    (void)state;
    static proxy_header h;
    smtpauth_proxy proxy;
    for (size_t i = 0; i < LENGTH(rows); i++)
        for (size_t size = 0; size < rows[i].size + 4; size++) {
            char row[48];
            snprintf(row, sizeof row, "family %02x, %zu octets", rows[i].family, size);
            header_begin(&h, PROXY, rows[i].family);
            if (size > rows[i].size)
                memset(h.octets + h.len, SMTPAUTH_PROXY_TLV_NOOP, 1);
            h.len = 16 + size;
            header_set_length(&h);
            if (size < rows[i].size)
                expect_refused(row, h.octets, h.len, 16);
            else if (size == rows[i].size || size == rows[i].size + 3) /* an empty NOOP */
                expect_header(row, &h, &proxy);
            else
                expect_no_header(row, &h);
        }
    header_begin(&h, PROXY, TCP4);
    expect_header("order of IPv4", &h, &proxy);
    check(memcmp(proxy.source, "\1\2\3\4\0\0\0\0\0\0\0\0\0\0\0\0", 16) == 0, "IPv4", "source");
    check(memcmp(proxy.destination, "\5\6\7\10\0\0\0\0\0\0\0\0\0\0\0\0", 16) == 0, "IPv4", "destination");
    check(proxy.source_port == 0x090A && proxy.destination_port == 0x0B0C, "IPv4", "ports");
    check(proxy.tlvs.data != NULL && proxy.tlvs.len == 0, "IPv4", "no TLVs");
    header_begin(&h, PROXY, TCP6);
    for (uint8_t j = 0; j < 36; j++)
        h.octets[16 + j] = (uint8_t)(j + 1);
    expect_header("order of IPv6", &h, &proxy);
    check(memcmp(proxy.source, h.octets + 16, 16) == 0, "IPv6", "source");
    check(memcmp(proxy.destination, h.octets + 32, 16) == 0, "IPv6", "destination");
    check(proxy.source_port == 0x2122 && proxy.destination_port == 0x2324, "IPv6", "ports");
    finish();
}

static void unix_paths(void **state)
{
    static const struct {
        const char *name, *octets;
        size_t octets_len, len;
    } rows[] = {
        {"a path", "/run/smtp", 9, 9},
        {"unnamed", "", 0, 0},
        {"octets behind the NUL", "/run/smtp\0rest", 14, 9},
        {"abstract", "\0smtp", 5, 5},
        {"abstract, NUL inside", "\0sm\0tp", 6, 6},
    };
    (void)state;
    static proxy_header h;
    smtpauth_proxy proxy;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        header_begin(&h, PROXY, UNIX);
        memset(h.octets + 16, 0, 216);
        memcpy(h.octets + 16, rows[i].octets, rows[i].octets_len);
        memset(h.octets + 16 + 108, 'd', 108); /* without a NUL */
        header_add_tlv(&h, SMTPAUTH_PROXY_TLV_ALPN, "smtp", 4);
        expect_header(rows[i].name, &h, &proxy);
        check(proxy.source_path.len == rows[i].len &&
                  memcmp(proxy.source_path.data, rows[i].octets, rows[i].len) == 0,
              rows[i].name, "source_path");
        check(proxy.destination_path.len == 108 && proxy.destination_path.data[107] == 'd', rows[i].name,
              "destination_path");
        check(view_is(&proxy.alpn, "smtp"), rows[i].name, "TLVs behind");
        check(proxy.source_port == 0 && proxy.source[0] == 0, rows[i].name, "no other address");
    }
    header_begin(&h, PROXY, UNIX);
    memset(h.octets + 16, 0, 216);
    expect_header("both unnamed", &h, &proxy);
    check(proxy.source_path.len == 0 && proxy.destination_path.len == 0, "both unnamed", "paths");
    finish();
}

static void without_addresses(void **state)
{
    (void)state;
    static proxy_header h;
    smtpauth_proxy is, expected;
    memset(&expected, 0, sizeof expected);
    expected.version = 2;
    expected.is_local = true;
    header_begin(&h, LOCAL, 0);
    expect_header("LOCAL", &h, &is);
    check(memcmp(&is, &expected, sizeof is) == 0, "LOCAL", "has another field");
    header_begin(&h, LOCAL, TCP4);
    header_add_tlv(&h, SMTPAUTH_PROXY_TLV_AUTHORITY, "mail.example.test", 17);
    header_add_tlv(&h, SMTPAUTH_PROXY_TLV_CRC32C, "bad", 3);
    header_add(&h, "\x02\xff\xff rest", 8);
    header_set_length(&h);
    expect_header("LOCAL with anything", &h, &is);
    check(memcmp(&is, &expected, sizeof is) == 0, "LOCAL with anything", "is read");

    header_begin(&h, PROXY, 0);
    expect_header("AF_UNSPEC", &h, &is);
    expected.is_local = false;
    expected.tlvs = is.tlvs;
    check(memcmp(&is, &expected, sizeof is) == 0 && is.tlvs.len == 0, "AF_UNSPEC", "has another field");
    header_add_tlv(&h, SMTPAUTH_PROXY_TLV_AUTHORITY, "mail.example.test", 17);
    size_t checksum = header_add_checksum(&h);
    header_sign(&h, checksum);
    expect_header("AF_UNSPEC with TLVs", &h, &is);
    check(is.family == SMTPAUTH_PROXY_NONE && !is.is_local && view_is(&is.authority, "mail.example.test"),
          "AF_UNSPEC with TLVs", "is read");
    h.octets[checksum] ^= 1;
    expect_no_header("AF_UNSPEC with a wrong checksum", &h);
    header_begin(&h, PROXY, 0);
    header_add(&h, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", 12);
    header_set_length(&h);
    expect_no_header("AF_UNSPEC with addresses", &h);
    finish();
}

static void the_checksum(void **state)
{
    (void)state;
    /* RFC 3720 B.4 */
    uint8_t block[32] = {0};
    assert_int_equal(header_crc32c(block, 32), 0x8A9136AA);
    memset(block, 0xFF, 32);
    assert_int_equal(header_crc32c(block, 32), 0x62A8AB43);
    for (uint8_t i = 0; i < 32; i++)
        block[i] = i;
    assert_int_equal(header_crc32c(block, 32), 0x46DD794E);

    static proxy_header h;
    smtpauth_proxy proxy;
    for (size_t before = 0; before < 40; before++) {
        char row[48];
        snprintf(row, sizeof row, "checksum at %zu", before);
        header_begin(&h, PROXY, before % 2 ? TCP6 : UNIX);
        header_add_tlv(&h, SMTPAUTH_PROXY_TLV_NOOP, block, before % 32);
        size_t at = header_add_checksum(&h);
        header_add_tlv(&h, 0xE0, block, (before * 7) % 32);
        header_sign(&h, at);
        expect_header(row, &h, &proxy);
        check(proxy.checksum.data == at_the_edge(h.octets, h.len) + at && proxy.checksum.len == 4, row,
              "is there");
    }

    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fixed_octet), cmocka_unit_test(addresses_and_lengths),
        cmocka_unit_test(unix_paths),        cmocka_unit_test(without_addresses),
        cmocka_unit_test(the_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
