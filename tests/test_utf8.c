/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves smtpauth_utf8_is_valid by RFC 3629 3 and 4: each code point but the surrogates has exactly one form of one to
 * four octets, and nothing else is UTF-8. Forms of up to three octets are walked whole, code points too. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/text.h>

static void utf8_rows(void **state)
{
    static const struct {
        const char *name, *text;
        size_t len;
        bool is_valid;
    } rows[] = {
        {"empty", "", 0, true},
        {"ASCII", "abc", 3, true},
        {"NUL is U+0000", "a\0b", 3, true},
        {"two octets", "\xC3\xA4", 2, true},
        {"U+0080, the first of two", "\xC2\x80", 2, true},
        {"U+07FF, the last of two", "\xDF\xBF", 2, true},
        {"U+0800, the first of three", "\xE0\xA0\x80", 3, true},
        {"U+D7FF, before the surrogates", "\xED\x9F\xBF", 3, true},
        {"U+E000, behind the surrogates", "\xEE\x80\x80", 3, true},
        {"U+FFFF", "\xEF\xBF\xBF", 3, true},
        {"U+10000, the first of four", "\xF0\x90\x80\x80", 4, true},
        {"U+10FFFF, the last", "\xF4\x8F\xBF\xBF", 4, true},
        {"RFC 3629 7, A not-identical-to alpha", "\x41\xE2\x89\xA2\xCE\x91\x2E", 7, true},
        {"RFC 3629 7, hangugeo", "\xED\x95\x9C\xEA\xB5\xAD\xEC\x96\xB4", 9, true},
        {"RFC 3629 7, nihongo", "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", 9, true},
        {"RFC 3629 7, BOM and stump of tree", "\xEF\xBB\xBF\xF0\xA3\x8E\xB4", 7, true},
        {"overlong NUL", "\xC0\x80", 2, false},
        {"overlong, two octets", "\xC1\xBF", 2, false},
        {"overlong slash, three octets", "\xE0\x80\xAF", 3, false},
        {"overlong, last of three", "\xE0\x9F\xBF", 3, false},
        {"overlong slash, four octets", "\xF0\x80\x80\xAF", 4, false},
        {"overlong, last of four", "\xF0\x8F\xBF\xBF", 4, false},
        {"U+D800", "\xED\xA0\x80", 3, false},
        {"U+DFFF", "\xED\xBF\xBF", 3, false},
        {"a pair of surrogates", "\xED\xA0\x8C\xED\xBE\xB4", 6, false},
        {"U+110000", "\xF4\x90\x80\x80", 4, false},
        {"lead F5", "\xF5\x80\x80\x80", 4, false},
        {"five octets", "\xF8\x88\x80\x80\x80", 5, false},
        {"six octets", "\xFC\x84\x80\x80\x80\x80", 6, false},
        {"FE", "\xFE", 1, false},
        {"FF", "\xFF", 1, false},
        {"lone continuation", "\x80", 1, false},
        {"lone continuation behind text", "a\xBF", 2, false},
        {"one continuation too many", "\xC3\xA4\xA4", 3, false},
        {"lead then ASCII",
         "\xC3"
         "a",
         2, false},
        {"three octets cut by ASCII",
         "\xE2\x89"
         "a",
         3, false},
        {"lead then lead", "\xC3\xC3\xA4", 3, false},
        {"two octets truncated", "ab\xC3", 3, false},
        {"three octets truncated to one", "\xE2", 1, false},
        {"three octets truncated to two", "\xE2\x89", 2, false},
        {"four octets truncated to three", "\xF0\x90\x80", 3, false},
        {"Latin-1", "K\xE4the", 5, false},
    };
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (smtpauth_utf8_is_valid((const uint8_t *)rows[i].text, rows[i].len) != rows[i].is_valid) {
            print_error("%s\n", rows[i].name);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(smtpauth_utf8_is_valid(NULL, 0));
}

static size_t encode(uint32_t point, uint8_t out[4])
{
    if (point < 0x80) {
        out[0] = (uint8_t)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (uint8_t)(0xC0 | point >> 6);
        out[1] = (uint8_t)(0x80 | (point & 63));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (uint8_t)(0xE0 | point >> 12);
        out[1] = (uint8_t)(0x80 | (point >> 6 & 63));
        out[2] = (uint8_t)(0x80 | (point & 63));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | point >> 18);
    out[1] = (uint8_t)(0x80 | (point >> 12 & 63));
    out[2] = (uint8_t)(0x80 | (point >> 6 & 63));
    out[3] = (uint8_t)(0x80 | (point & 63));
    return 4;
}

static void every_code_point(void **state)
{
    uint8_t text[4];
    (void)state;
    for (uint32_t point = 0; point < 0x200000; point++) {
        size_t len = encode(point, text);
        bool expected = point <= 0x10FFFF && !(point >= 0xD800 && point <= 0xDFFF);
        if (smtpauth_utf8_is_valid(text, len) != expected) {
            fail_msg("U+%04X is %s", (unsigned)point, expected ? "refused" : "taken");
        }
        for (size_t cut = 1; cut < len; cut++) {
            if (smtpauth_utf8_is_valid(text, cut)) {
                fail_msg("U+%04X cut to %zu octets is taken", (unsigned)point, cut);
            }
        }
    }
}

/* How many strings of n octets are UTF-8, counted against what RFC 3629 allows: 128 characters of one octet, 1920 of
 * two, 61440 of three (65536 less 2048 shorter ones and 2048 surrogates). */
static void every_string_of_up_to_three_octets(void **state)
{
    uint32_t count[4] = {0};
    (void)state;
    for (uint32_t value = 0; value < 0x1000000; value++) {
        uint8_t text[3] = {(uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
        count[3] += smtpauth_utf8_is_valid(text, 3);
        if ((value & 0xFF) == 0) {
            count[2] += smtpauth_utf8_is_valid(text, 2);
        }
        if ((value & 0xFFFF) == 0) {
            count[1] += smtpauth_utf8_is_valid(text, 1);
        }
    }
    assert_int_equal(count[1], 128);
    assert_int_equal(count[2], 128 * 128 + 1920);
    assert_int_equal(count[3], 128 * 128 * 128 + 2 * 128 * 1920 + 61440);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_rows),
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(every_string_of_up_to_three_octets),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
