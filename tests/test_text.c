/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves the small tools of text.h: ASCII case, comparing and wiping secrets, line ends, xtext (RFC 3461 4, RFC 4954 5
 * and 8). Where the domain is small enough it is walked whole. Base64 is test_base64.c, UTF-8 test_utf8.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/text.h>

#include "rows.h"

enum { GUARD = 0x5A };

static uint8_t lower(uint8_t octet)
{
    return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet + 32) : octet;
}

static void text_is_compares_ascii_case(void **state)
{
    static const struct {
        const char *name, *a;
        size_t a_len;
        const char *b;
        bool is_equal;
    } rows[] = {
        {"equal", "MAIL", 4, "MAIL", true},
        {"lower against upper", "mail", 4, "MAIL", true},
        {"mixed", "mAiL", 4, "MaIl", true},
        {"shorter", "MAI", 3, "MAIL", false},
        {"longer", "MAILS", 5, "MAIL", false},
        {"other", "RCPT", 4, "MAIL", false},
        {"both empty", "", 0, "", true},
        {"empty against text", "", 0, "x", false},
        {"text against empty", "x", 1, "", false},
        {"NUL is no end of a", "a\0b", 3, "a", false},
        {"trailing NUL counts", "a\0", 2, "a", false},
        {"hyphen and digits", "scram-sha-256", 13, "SCRAM-SHA-256", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check(smtpauth_text_is(octets(rows[i].a), rows[i].a_len, rows[i].b) == rows[i].is_equal, rows[i].name,
              "text_is");
    }
    check(smtpauth_text_is(NULL, 0, ""), "empty view", "a NULL of length 0 is empty");
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 1; b < 256; b++) {
            uint8_t one = (uint8_t)a;
            char other[2] = {(char)b, 0};
            bool expected = lower(one) == lower((uint8_t)b);
            if (smtpauth_text_is(&one, 1, other) != expected) {
                print_error("octets %u and %u\n", a, b);
                add_wrong();
            }
        }
    }
    finish();
}

static void secret_equal_compares_octets(void **state)
{
    uint8_t a[64], b[64];
    (void)state;
    for (size_t i = 0; i < sizeof a; i++) {
        a[i] = b[i] = (uint8_t)(i * 7);
    }
    for (size_t len = 0; len <= sizeof a; len++) {
        check(smtpauth_secret_equal(a, len, b, len), "equal", "secret_equal");
        for (size_t at = 0; at < len; at++) {
            for (unsigned bit = 0; bit < 8; bit++) {
                b[at] ^= (uint8_t)(1U << bit);
                check(!smtpauth_secret_equal(a, len, b, len), "one bit differs", "secret_equal");
                b[at] ^= (uint8_t)(1U << bit);
            }
        }
    }
    check(!smtpauth_secret_equal(a, 5, b, 4), "prefix", "lengths differ");
    check(!smtpauth_secret_equal(a, 0, b, 1), "empty against one", "lengths differ");
    check(!smtpauth_secret_equal(octets("a"), 1, octets("A"), 1), "case", "matters in a secret");
    check(smtpauth_secret_equal(NULL, 0, NULL, 0), "both empty", "NULL of length 0");
    finish();
}

static void wipe_zeroes(void **state)
{
    uint8_t data[40];
    (void)state;
    for (size_t from = 0; from < 8; from++) {
        for (size_t len = 0; len + from + 8 <= sizeof data; len++) {
            memset(data, GUARD, sizeof data);
            smtpauth_wipe(data + from, len);
            for (size_t i = 0; i < sizeof data; i++) {
                check(data[i] == (i >= from && i < from + len ? 0 : GUARD), "wipe", "exactly the span");
            }
        }
    }
    smtpauth_wipe(NULL, 0);
    finish();
}

static void line_scan_finds_first_lf(void **state)
{
    uint8_t data[80];
    (void)state;
    /* LFs lie before `from` and behind `len` to be overlooked; every place, length and start, and every alignment. */
    for (size_t base = 0; base < 8; base++) {
        for (size_t len = 0; len <= 40; len++) {
            for (size_t at = 0; at <= len; at++) {
                for (size_t from = 0; from <= len; from++) {
                    size_t expected = at < len && at >= from ? at : len;
                    memset(data, '\r', sizeof data);
                    memset(data, '\n', base + from);
                    data[base + len] = '\n';
                    if (at < len) {
                        data[base + at] = '\n';
                    }
                    if (smtpauth_line_scan(data + base, len, from) != expected) {
                        print_error("base %zu len %zu LF at %zu from %zu\n", base, len, at, from);
                        add_wrong();
                    }
                }
            }
        }
    }
    for (unsigned octet = 0; octet < 256; octet++) {
        memset(data, (int)octet, sizeof data);
        check(smtpauth_line_scan(data, sizeof data, 0) == (octet == '\n' ? 0 : sizeof data), "one octet",
              "only LF");
    }
    check(smtpauth_line_scan(octets("a\nb\nc"), 5, 0) == 1, "two LFs", "the first");
    check(smtpauth_line_scan(octets("a\nb\nc"), 5, 2) == 3, "from behind the first", "the second");
    check(smtpauth_line_scan(octets("a\nb"), 3, 9) == 3, "from beyond the end", "none");
    finish();
}

static void xtext_decodes(void **state)
{
    enum { BOTH = 2 };
    static const struct {
        const char *name, *coded;
        size_t len;
        uint8_t hex_case;  /* BOTH: the same with either */
        const char *plain; /* NULL: not xtext */
        size_t plain_len;
    } rows[] = {
        {"RFC 4954 5's example", "e+3Dmc2@example.com", 19, BOTH, "e=mc2@example.com", 17},
        {"RFC 4954 5's empty mailbox", "<>", 2, BOTH, "<>", 2},
        {"empty", "", 0, BOTH, "", 0},
        {"first and last xchar", "!~", 2, BOTH, "!~", 2},
        {"plus, equals and blank", "+2B+3D+20", 9, BOTH, "+= ", 3},
        {"xchar may be coded", "+41+61", 6, BOTH, "Aa", 2},
        {"digits only in hex", "+00", 3, BOTH, NULL, 0},
        {"decoded CR", "a+0Db", 5, BOTH, NULL, 0},
        {"decoded LF", "a+0Ab", 5, BOTH, NULL, 0},
        {"decoded LF, lower", "a+0ab", 5, BOTH, NULL, 0},
        {"decoded NUL", "a+00b", 5, BOTH, NULL, 0},
        {"decoded TAB and DEL", "+09+7F", 6, BOTH, "\t\x7F", 2},
        {"decoded 8-bit", "+C3+A4+FF", 9, BOTH, "\xC3\xA4\xFF", 3},
        {"lower hex where upper is asked", "e+3dmc2", 7, SMTPAUTH_XTEXT_UPPER, NULL, 0},
        {"lower hex where either is taken", "e+3dmc2", 7, SMTPAUTH_XTEXT_EITHER, "e=mc2", 5},
        {"mixed hex, upper", "+aB", 3, SMTPAUTH_XTEXT_UPPER, NULL, 0},
        {"mixed hex, either", "+aB+Ab", 6, SMTPAUTH_XTEXT_EITHER, "\xAB\xAB", 2},
        {"raw equals", "a=b", 3, BOTH, NULL, 0},
        {"raw blank", "a b", 3, BOTH, NULL, 0},
        {"raw NUL", "a\0b", 3, BOTH, NULL, 0},
        {"raw CR", "a\r", 2, BOTH, NULL, 0},
        {"raw DEL", "a\x7F", 2, BOTH, NULL, 0},
        {"raw 8-bit", "\xC3\xA4", 2, BOTH, NULL, 0},
        {"plus at the end", "a+", 2, BOTH, NULL, 0},
        {"plus and one digit", "a+3", 3, BOTH, NULL, 0},
        {"not hex, first", "+G0", 3, BOTH, NULL, 0},
        {"not hex, second", "+0G", 3, BOTH, NULL, 0},
        {"not hex, neighbours of the digits", "+/0", 3, BOTH, NULL, 0},
        {"not hex, colon", "+3:", 3, BOTH, NULL, 0},
        {"not hex, at", "+@1", 3, BOTH, NULL, 0},
        {"two plusses", "++3D", 4, BOTH, NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (uint8_t hex_case = 0; hex_case < 2; hex_case++) {
            uint8_t out[32];
            size_t got = 99;
            if (rows[i].hex_case != BOTH && rows[i].hex_case != hex_case) {
                continue;
            }
            memset(out, GUARD, sizeof out);
            int32_t result = smtpauth_xtext_decode(out, octets(rows[i].coded), rows[i].len, hex_case, &got);
            for (size_t j = rows[i].len; j < sizeof out; j++) {
                check(out[j] == GUARD, rows[i].name, "wrote beyond len");
            }
            if (rows[i].plain == NULL) {
                check(result == SMTPAUTH_E_WORDS, rows[i].name, "is refused");
                continue;
            }
            check(result == SMTPAUTH_DONE, rows[i].name, "is taken");
            check(got == rows[i].plain_len && memcmp(out, rows[i].plain, rows[i].plain_len) == 0, rows[i].name,
                  "decoded");
            memcpy(out, rows[i].coded, rows[i].len);
            result = smtpauth_xtext_decode(out, out, rows[i].len, hex_case, &got);
            check(result == SMTPAUTH_DONE && got == rows[i].plain_len && memcmp(out, rows[i].plain, got) == 0,
                  rows[i].name, "decoded in place");
        }
    }
    uint8_t out[4];
    size_t got;
    for (unsigned octet = 0; octet < 256; octet++) {
        uint8_t raw = (uint8_t)octet;
        bool is_xchar = octet >= 33 && octet <= 126 && octet != '+' && octet != '=';
        check((smtpauth_xtext_decode(out, &raw, 1, SMTPAUTH_XTEXT_UPPER, &got) == SMTPAUTH_DONE) == is_xchar,
              "every raw octet", "xchar is 33 to 126 but + and =");
    }
    check(smtpauth_xtext_decode(NULL, octets("a"), 1, 0, &got) == SMTPAUTH_E_ARGUMENT, "NULL", "out");
    check(smtpauth_xtext_decode(out, NULL, 1, 0, &got) == SMTPAUTH_E_ARGUMENT, "NULL", "data");
    check(smtpauth_xtext_decode(out, octets("a"), 1, 0, NULL) == SMTPAUTH_E_ARGUMENT, "NULL", "out_len");
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_compares_ascii_case),
        cmocka_unit_test(secret_equal_compares_octets),
        cmocka_unit_test(wipe_zeroes),
        cmocka_unit_test(line_scan_finds_first_lf),
        cmocka_unit_test(xtext_decodes),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
