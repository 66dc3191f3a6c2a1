/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves the TLVs of PROXY headers, by sections 2.2 to 2.2.7 of HAProxy's doc/proxy-protocol.txt (2020/03/05, with the
 * types 0x26 to 0x28 of 2025 and 2026): what does not fit, each type at each level, texts, who counts as verified. */

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

enum { PROXY = 0x21, TCP4 = 0x11 };

static void tlvs_must_fit(void **state)
{
    (void)state;
    static proxy_header h;
    smtpauth_proxy proxy;
    static const char *const cut[] = {
        "\x01", "\x01\x00", "\x01\x00\x01", "\x01\x00\x05smtp", "\x01\xff\xfdsmtp", "\xea\x00\x02x"};
    static const size_t cut_len[] = {1, 2, 3, 7, 7, 4};
    for (size_t i = 0; i < LENGTH(cut); i++) {
        char row[48];
        snprintf(row, sizeof row, "cut TLV %zu", i);
        header_begin(&h, PROXY, TCP4);
        header_add_tlv(&h, SMTPAUTH_PROXY_TLV_NOOP, "xx", 2);
        header_add(&h, cut[i], cut_len[i]);
        header_set_length(&h);
        expect_no_header(row, &h);
        header_begin(&h, PROXY, TCP4);
        header_begin_tls(&h, 7, 0);
        header_add(&h, cut[i], cut_len[i]);
        header_set_length(&h);
        header_end_tls(&h);
        snprintf(row, sizeof row, "cut TLV %zu inside TLS", i);
        expect_no_header(row, &h);
    }
    static uint8_t filler[70000];
    for (size_t len = 0; len <= 5; len++) {
        header_begin(&h, PROXY, TCP4);
        header_add_tlv(&h, SMTPAUTH_PROXY_TLV_TLS, filler, len);
        if (len == 5)
            expect_header("TLS of 5 octets", &h, &proxy);
        else
            expect_no_header("TLS too short", &h);
        header_begin(&h, PROXY, TCP4);
        size_t checksum = h.len + 3;
        header_add_tlv(&h, SMTPAUTH_PROXY_TLV_CRC32C, filler, len);
        if (len != 4) {
            expect_no_header("checksum of another length", &h);
            continue;
        }
        expect_no_header("checksum of zeros", &h);
        header_sign(&h, checksum);
        expect_header("checksum", &h, &proxy);
    }
    header_begin(&h, PROXY, TCP4);
    header_add_tlv(&h, SMTPAUTH_PROXY_TLV_UNIQUE_ID, filler, 128);
    expect_header("unique id of 128 octets", &h, &proxy);
    check(proxy.unique_id.len == 128, "unique id of 128 octets", "is read");
    header_begin(&h, PROXY, TCP4);
    header_add_tlv(&h, SMTPAUTH_PROXY_TLV_UNIQUE_ID, filler, 129);
    expect_no_header("unique id of 129 octets", &h);

    header_begin(&h, PROXY, TCP4);
    header_add_tlv(&h, SMTPAUTH_PROXY_TLV_ALPN, filler, 65535 - 12 - 3);
    expect_header("the largest header", &h, &proxy);
    check(h.len == SMTPAUTH_PROXY_MAX && proxy.alpn.len == 65535 - 12 - 3, "the largest header", "is read");
    check(smtpauth_proxy_needed(h.octets, 15) == 16, "the largest header", "needs 16 octets to be known");
    check(smtpauth_proxy_needed(h.octets, 16) == SMTPAUTH_PROXY_MAX, "the largest header",
          "is known at 16 octets");
    finish();
}

/* Every registered type alone, twice, empty, and at the other level, where it is no more than unknown. */
static void each_type(void **state)
{
    static const struct {
        uint8_t type;
        size_t field;
        bool is_inner;
    } rows[] = {
        {0x01, offsetof(smtpauth_proxy, alpn), false},
        {0x02, offsetof(smtpauth_proxy, authority), false},
        {0x05, offsetof(smtpauth_proxy, unique_id), false},
        {0x30, offsetof(smtpauth_proxy, netns), false},
        {0x21, offsetof(smtpauth_proxy, tls_version), true},
        {0x22, offsetof(smtpauth_proxy, tls_common_name), true},
        {0x23, offsetof(smtpauth_proxy, tls_cipher), true},
        {0x24, offsetof(smtpauth_proxy, tls_signature_algorithm), true},
        {0x25, offsetof(smtpauth_proxy, tls_key_algorithm), true},
        {0x26, offsetof(smtpauth_proxy, tls_group), true},
        {0x27, offsetof(smtpauth_proxy, tls_signature_scheme), true},
        {0x28, offsetof(smtpauth_proxy, tls_certificate), true},
    };
    (void)state;
    static proxy_header h;
    for (size_t i = 0; i < LENGTH(rows); i++)
        for (int is_inner = 0; is_inner < 2; is_inner++)
            for (size_t times = 0; times <= 2; times++)
                for (size_t len = 0; len <= 4; len += 4) {
                    char row[64];
                    smtpauth_proxy is, expected;
                    snprintf(row, sizeof row, "type %02x, %zu times, %zu octets%s", rows[i].type, times, len,
                             is_inner ? ", inside TLS" : "");
                    header_begin(&h, PROXY, TCP4);
                    if (is_inner)
                        header_begin_tls(&h, 7, 0);
                    size_t value_at = h.len + 3;
                    for (size_t j = 0; j < times; j++)
                        header_add_tlv(&h, rows[i].type, "text", len);
                    if (is_inner)
                        header_end_tls(&h);
                    bool is_known = rows[i].is_inner == (is_inner == 1);
                    if (is_known && times == 2) {
                        expect_no_header(row, &h);
                        continue;
                    }
                    expect_header(row, &h, &is);
                    /* nothing but the one field differs from a header without it */
                    expected = is;
                    smtpauth_view none = {NULL, 0}, found;
                    memcpy(&found, (uint8_t *)&is + rows[i].field, sizeof found);
                    if (is_known && times == 1)
                        check(found.len == len && found.data == at_the_edge(h.octets, h.len) + value_at, row,
                              "is read");
                    else
                        check(found.data == NULL && found.len == 0, row, "is not there");
                    for (size_t j = 0; j < LENGTH(rows); j++)
                        if (j != i)
                            memcpy((uint8_t *)&expected + rows[j].field, &none, sizeof none);
                    check(memcmp(&is, &expected, sizeof is) == 0, row, "changes another field");
                }
    header_begin(&h, PROXY, TCP4);
    header_begin_tls(&h, 1, 0);
    header_begin_tls(&h, 1, 0);
    expect_no_header("TLS twice", &h);
    header_begin(&h, PROXY, TCP4);
    size_t first = header_add_checksum(&h);
    header_add_checksum(&h);
    header_sign(&h, first);
    expect_no_header("checksum twice", &h);
    smtpauth_proxy proxy;
    header_begin(&h, PROXY, TCP4);
    static const uint8_t others[] = {0x04, 0x04, 0x00, 0x06, 0x1f, 0x29, 0x31,
                                     0xe0, 0xea, 0xea, 0xef, 0xf0, 0xff, 0xff};
    for (size_t i = 0; i < LENGTH(others); i++)
        header_add_tlv(&h, others[i], "\x01\x00\x04", i % 4);
    expect_header("NOOP and types unknown, some twice", &h, &proxy);
    check(proxy.alpn.data == NULL && proxy.tls == 0, "NOOP and types unknown, some twice", "are skipped");
    finish();
}

static void walking_all_tlvs(void **state)
{
    (void)state;
    static proxy_header h;
    smtpauth_proxy proxy;
    header_begin(&h, PROXY, TCP4);
    header_add_tlv(&h, 0xEA, "\x01vpce-1", 7);
    header_add_tlv(&h, SMTPAUTH_PROXY_TLV_NOOP, "", 0);
    header_begin_tls(&h, 1, 0);
    header_add_tlv(&h, SMTPAUTH_PROXY_TLV_TLS_VERSION, "TLSv1.3", 7);
    header_add_tlv(&h, 0x7F, "x", 1);
    header_end_tls(&h);
    header_add_tlv(&h, 0xEA, "two", 3);
    expect_header("walk", &h, &proxy);
    static const uint8_t types[] = {0xEA, 0x04, 0x20, 0xEA}, inner_types[] = {0x21, 0x7F};
    static const size_t lengths[] = {7, 0, 5 + 10 + 4, 3}, inner_lengths[] = {7, 1};
    smtpauth_view rest = proxy.tlvs, value;
    uint8_t type;
    for (size_t i = 0; i < LENGTH(types); i++) {
        assert_int_equal(smtpauth_proxy_tlv(&rest, &type, &value), 3 + lengths[i]);
        assert_int_equal(type, types[i]);
        assert_int_equal(value.len, lengths[i]);
    }
    assert_memory_equal(value.data, "two", 3);
    assert_int_equal(smtpauth_proxy_tlv(&rest, &type, &value), 0);
    rest = proxy.tls_tlvs;
    for (size_t i = 0; i < LENGTH(inner_types); i++) {
        assert_int_equal(smtpauth_proxy_tlv(&rest, &type, &value), 3 + inner_lengths[i]);
        assert_int_equal(type, inner_types[i]);
        assert_int_equal(value.len, inner_lengths[i]);
    }
    assert_int_equal(smtpauth_proxy_tlv(&rest, &type, &value), 0);
    for (size_t len = 1; len < 5; len++) {
        const uint8_t *cut = at_the_edge(octets("\x01\x00\x02xy"), len);
        smtpauth_view left = {cut, len};
        assert_int_equal(smtpauth_proxy_tlv(&left, &type, &value), SMTPAUTH_E_WORDS);
        assert_true(left.data == cut && left.len == len && type == 0x7F &&
                    value.len == 1); /* nothing changed */
    }
    finish();
}

/* 2.2.2, 2.2.6: UTF-8; versions, algorithms and names of namespaces are ASCII. Neither may break a log's line. */
static void texts_that_are_none(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        bool is_utf8, is_ascii;
    } rows[] = {
        {"mail.example", 12, true, true},
        {"p\xc3\xb6st.example", 13, true, false},
        {"\xf0\x9f\x93\xa7", 4, true, false},
        {"p\xf6st", 4, false, false},
        {"\xc3", 1, false, false},
        {"\xed\xa0\x80", 3, false, false},
        {"a\r\nb", 4, false, false},
        {"a\nb", 3, false, false},
        {"a\0b", 3, false, false},
        {"a\x1b[m", 4, false, false},
        {"\x7f", 1, false, false},
        {"\xc2\x85", 2, false, false},
        {"", 0, true, true},
    };
    (void)state;
    static proxy_header h;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        const char *text = rows[i].text;
        size_t len = rows[i].len;
        char row[32];
        snprintf(row, sizeof row, "text %zu", i);
        header_begin(&h, PROXY, TCP4);
        header_add_tlv(&h, SMTPAUTH_PROXY_TLV_ALPN, text, len);
        header_add_tlv(&h, SMTPAUTH_PROXY_TLV_AUTHORITY, text, len);
        header_add_tlv(&h, SMTPAUTH_PROXY_TLV_UNIQUE_ID, text, len);
        header_add_tlv(&h, SMTPAUTH_PROXY_TLV_NETNS, text, len);
        header_begin_tls(&h, 7, 0);
        for (uint8_t type = 0x21; type <= 0x28; type++)
            header_add_tlv(&h, type, text, len);
        header_end_tls(&h);
        smtpauth_proxy is;
        expect_header(row, &h, &is);
        const smtpauth_view *any[] = {&is.alpn, &is.unique_id, &is.tls_certificate};
        const smtpauth_view *utf8[] = {&is.authority, &is.tls_common_name};
        const smtpauth_view *ascii[] = {&is.netns,
                                        &is.tls_version,
                                        &is.tls_cipher,
                                        &is.tls_signature_algorithm,
                                        &is.tls_key_algorithm,
                                        &is.tls_group,
                                        &is.tls_signature_scheme};
        for (size_t j = 0; j < LENGTH(any); j++)
            check(any[j]->data != NULL && any[j]->len == len, row, "octets are given as they are");
        for (size_t j = 0; j < LENGTH(utf8); j++)
            check((utf8[j]->data != NULL) == rows[i].is_utf8 && utf8[j]->len == (rows[i].is_utf8 ? len : 0),
                  row, "UTF-8");
        for (size_t j = 0; j < LENGTH(ascii); j++)
            check((ascii[j]->data != NULL) == rows[i].is_ascii && ascii[j]->len == (rows[i].is_ascii ? len : 0),
                  row, "ASCII");
    }
    finish();
}

/* Verified is: TLS, a certificate on this connection or in its session, and no error. All 256 bits, three numbers. */
static void who_is_verified(void **state)
{
    static const uint32_t verify[] = {0, 1, UINT32_C(0x01000000), UINT32_MAX};
    (void)state;
    static proxy_header h;
    for (unsigned client = 0; client < 256; client++)
        for (size_t i = 0; i < LENGTH(verify); i++) {
            char row[48];
            smtpauth_proxy is;
            snprintf(row, sizeof row, "client %02x, verify %lx", client, (unsigned long)verify[i]);
            header_begin(&h, PROXY, TCP4);
            header_begin_tls(&h, (uint8_t)client, verify[i]);
            header_add_tlv(&h, SMTPAUTH_PROXY_TLV_TLS_COMMON_NAME, "alice", 5);
            header_add_tlv(&h, SMTPAUTH_PROXY_TLV_TLS_CERTIFICATE, "DER", 3);
            header_end_tls(&h);
            expect_header(row, &h, &is);
            unsigned known = client & 7;
            bool expected = verify[i] == 0 && (known == 3 || known == 5 || known == 7);
            check(is.tls == known, row, "tls");
            check(is.tls_verify_error == verify[i], row, "tls_verify_error");
            check(is.tls_is_verified == expected, row, "tls_is_verified");
            check_text(&is.tls_common_name, expected ? "alice" : NULL, row, "tls_common_name");
            check_text(&is.tls_certificate, "DER", row, "tls_certificate");
        }
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tlvs_must_fit),    cmocka_unit_test(each_type),
        cmocka_unit_test(walking_all_tlvs), cmocka_unit_test(texts_that_are_none),
        cmocka_unit_test(who_is_verified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
