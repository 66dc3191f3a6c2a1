/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves base64 both ways: RFC 4648 4, the vectors of its section 10, strictness by its 3.2, 3.3 and 3.5 (RFC 4954 4
 * wants 501 for anything else), every octet at every place, every value of one to three octets there and back. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/text.h>

#include "rows.h"

enum { GUARD = 0x5A };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int digit_of(unsigned octet)
{
    const char *at = octet == 0 ? NULL : strchr(alphabet, (int)octet);
    return at == NULL ? -1 : (int)(at - alphabet);
}

static void base64_vectors_of_rfc4648_10(void **state)
{
    static const struct {
        const char *plain, *coded;
    } rows[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"Username:", "VXNlcm5hbWU6"},
        {"Password:", "UGFzc3dvcmQ6"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t plain_len = strlen(rows[i].plain), coded_len = strlen(rows[i].coded), got;
        uint8_t out[32];
        for (size_t cap = 0; cap <= coded_len + 3; cap++) {
            memset(out, GUARD, sizeof out);
            got = 99;
            int32_t result = smtpauth_base64_encode(out, cap, octets(rows[i].plain), plain_len, &got);
            check(result == (cap < coded_len ? SMTPAUTH_E_OUTPUT : SMTPAUTH_DONE), rows[i].coded,
                  "encode's result");
            size_t expected = cap < coded_len ? 0 : coded_len;
            check(got == expected, rows[i].coded, "encode's out_len");
            check(memcmp(out, rows[i].coded, expected) == 0, rows[i].coded, "encoded");
            for (size_t j = expected; j < sizeof out; j++) {
                check(out[j] == GUARD, rows[i].coded, "written beyond the output");
            }
        }
        check(smtpauth_base64_encoded_len(plain_len) == coded_len, rows[i].coded, "encoded_len");
        memset(out, GUARD, sizeof out);
        got = 99;
        check(smtpauth_base64_decode(out, octets(rows[i].coded), coded_len, &got) == SMTPAUTH_DONE,
              rows[i].coded, "decode");
        check(got == plain_len && memcmp(out, rows[i].plain, plain_len) == 0, rows[i].coded, "decoded");
        for (size_t j = 3 * (coded_len / 4); j < sizeof out; j++) {
            check(out[j] == GUARD, rows[i].coded, "decode wrote beyond 3 * (len / 4)");
        }
        memset(out, GUARD, sizeof out);
        memcpy(out, rows[i].coded, coded_len);
        got = 99;
        check(smtpauth_base64_decode(out, out, coded_len, &got) == SMTPAUTH_DONE, rows[i].coded,
              "decode in place");
        check(got == plain_len && memcmp(out, rows[i].plain, plain_len) == 0, rows[i].coded,
              "decoded in place");
    }
    finish();
}

static void base64_refuses_what_is_not_canonical(void **state)
{
    static const struct {
        const char *name, *coded;
        size_t len;
    } rows[] = {
        {"one digit", "Z", 1},
        {"two digits without padding", "Zg", 2},
        {"three digits without padding", "Zm8", 3},
        {"half of the padding", "Zg=", 3},
        {"too much padding", "Zg===", 5},
        {"padding behind a whole group", "Zm9v=", 5},
        {"a group of padding", "Zm9v====", 8},
        {"only padding", "====", 4},
        {"one =", "=", 1},
        {"= first", "=m9v", 4},
        {"= second", "Z=9v", 4},
        {"= third, digit behind", "Zm=v", 4},
        {"three =", "Z===", 4},
        {"padding inside", "Zg==Zg==", 8},
        {"padding inside, one", "Zm8=Zm9v", 8},
        {"trailing bits of one octet", "Zh==", 4},
        {"trailing bits of one octet, high", "Zo==", 4},
        {"trailing bits of two octets", "Zm9=", 4},
        {"blank in front", " Zg==", 5},
        {"blank behind", "Zg== ", 5},
        {"blank for a digit", "Zm 9", 4},
        {"CRLF behind", "Zg==\r\n", 6},
        {"line break inside", "Zm9v\r\nZm9v", 10},
        {"four octets of line break", "Zm9v\r\n\r\n", 8},
        {"TAB", "Zm9\t", 4},
        {"NUL", "Zm9\0", 4},
        {"NUL behind", "Zm9v\0\0\0\0", 8},
        {"URL alphabet, minus", "Zm9-", 4},
        {"URL alphabet, underscore", "Zm9_", 4},
        {"asterisk", "*", 1},
        {"8-bit", "Zm9\xC3", 4},
        {"QUIT is base64, QUIT and a blank is not", "QUIT ", 5},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t out[32];
        size_t got = 99;
        check(smtpauth_base64_decode(out, octets(rows[i].coded), rows[i].len, &got) == SMTPAUTH_E_WORDS,
              rows[i].name, "is refused");
        check(got == 0, rows[i].name, "out_len is 0");
        memcpy(out, rows[i].coded, rows[i].len);
        check(smtpauth_base64_decode(out, out, rows[i].len, &got) == SMTPAUTH_E_WORDS, rows[i].name,
              "is refused in place");
    }
    for (size_t len = 0; len <= 12; len++) {
        uint8_t out[16];
        size_t got;
        check((smtpauth_base64_decode(out, octets("AAAAAAAAAAAAAAAA"), len, &got) == SMTPAUTH_DONE) ==
                  (len % 4 == 0),
              "digits behind the end", "are not read");
    }
    /* Every octet at every place of the last of two groups, and what must be zero in front of the padding. */
    for (size_t place = 0; place < 8; place++) {
        for (unsigned octet = 0; octet < 256; octet++) {
            uint8_t data[8], out[8];
            size_t got;
            memcpy(data, "AAAAAAAA", 8);
            data[place] = (uint8_t)octet;
            bool expected = digit_of(octet) >= 0 || (octet == '=' && place == 7);
            bool is = smtpauth_base64_decode(out, data, 8, &got) == SMTPAUTH_DONE;
            if (is != expected) {
                print_error("octet %u at %zu: %s\n", octet, place, is ? "taken" : "refused");
                add_wrong();
            }
        }
    }
    for (size_t digit = 0; digit < 64; digit++) {
        uint8_t out[4], one[4] = {'A', (uint8_t)alphabet[digit], '=', '='};
        uint8_t two[4] = {'A', 'A', (uint8_t)alphabet[digit], '='};
        size_t got;
        check((smtpauth_base64_decode(out, one, 4, &got) == SMTPAUTH_DONE) == (digit % 16 == 0),
              "4 unused bits", "must be zero");
        check((smtpauth_base64_decode(out, two, 4, &got) == SMTPAUTH_DONE) == (digit % 4 == 0), "2 unused bits",
              "must be zero");
    }
    finish();
}

static void base64_round_trips_all_short_values(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 3; len++) {
        for (uint32_t value = 0; value < UINT32_C(1) << (8 * len); value++) {
            uint8_t plain[3] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16)};
            uint8_t coded[4], back[4];
            size_t coded_len = 0, back_len = 0;
            if (smtpauth_base64_encode(coded, sizeof coded, plain, len, &coded_len) != SMTPAUTH_DONE ||
                coded_len != 4 || smtpauth_base64_decode(back, coded, 4, &back_len) != SMTPAUTH_DONE ||
                back_len != len || memcmp(back, plain, len) != 0) {
                print_error("%zu octets, %06x\n", len, (unsigned)value);
                fail();
            }
            /* The digits themselves, apart from any decoder: RFC 4648 4. */
            uint32_t bits =
                (uint32_t)plain[0] << 16 | (len > 1 ? (uint32_t)plain[1] << 8 : 0) | (len > 2 ? plain[2] : 0U);
            for (size_t i = 0; i < 4; i++) {
                if (coded[i] != (uint8_t)(i <= len ? alphabet[bits >> (18 - 6 * i) & 63] : '=')) {
                    fail_msg("digit %zu of %06x", i, (unsigned)value);
                }
            }
        }
    }
}

static void base64_lengths_and_nulls(void **state)
{
    size_t most = SIZE_MAX / 4 * 3, got = 0;
    uint8_t out[16] = {0};
    (void)state;
    for (size_t len = 0; len < 100; len++) {
        check(smtpauth_base64_encoded_len(len) == (len + 2) / 3 * 4, "small", "encoded_len");
    }
    check(smtpauth_base64_encoded_len(most) == SIZE_MAX / 4 * 4, "the most that fits", "encoded_len");
    check(smtpauth_base64_encoded_len(most - 2) == SIZE_MAX / 4 * 4, "two less", "encoded_len");
    check(smtpauth_base64_encoded_len(most + 1) == SIZE_MAX, "one more", "encoded_len");
    check(smtpauth_base64_encoded_len(SIZE_MAX) == SIZE_MAX, "SIZE_MAX", "encoded_len");
    check(smtpauth_base64_encode(NULL, 16, octets("foo"), 3, &got) == SMTPAUTH_E_ARGUMENT, "encode",
          "out NULL");
    check(smtpauth_base64_encode(out, 16, NULL, 3, &got) == SMTPAUTH_E_ARGUMENT, "encode", "data NULL");
    check(smtpauth_base64_encode(out, 16, octets("foo"), 3, NULL) == SMTPAUTH_E_ARGUMENT, "encode",
          "out_len NULL");
    check(smtpauth_base64_decode(NULL, octets("Zm9v"), 4, &got) == SMTPAUTH_E_ARGUMENT, "decode", "out NULL");
    check(smtpauth_base64_decode(out, NULL, 4, &got) == SMTPAUTH_E_ARGUMENT, "decode", "data NULL");
    check(smtpauth_base64_decode(out, octets("Zm9v"), 4, NULL) == SMTPAUTH_E_ARGUMENT, "decode",
          "out_len NULL");
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_vectors_of_rfc4648_10),
        cmocka_unit_test(base64_refuses_what_is_not_canonical),
        cmocka_unit_test(base64_round_trips_all_short_values),
        cmocka_unit_test(base64_lengths_and_nulls),
    };
    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
