/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves smtpauth_reply_write: the form of replies by RFC 5321 4.2 and 4.2.1 (multi-line), 4.5.3.1.5 (512 octets a
 * line), enhanced codes on each line of a reply by RFC 2034 4, 334 by RFC 4954 8, UTF-8 by RFC 6531 3.7.4.2, and that
 * no octet behind the window is touched. Reading replies is test_reply_parse.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/reply.h>

#include "rows.h"

enum { GUARD = 0x5A, ROOM = 8192 };

static int32_t write_text(uint8_t *out, size_t cap, uint16_t code, const char *enhanced, const char *words,
                          uint32_t flags, size_t *written)
{
    return smtpauth_reply_write(out, cap, code, enhanced, (const uint8_t *)words, strlen(words), flags,
                                written);
}

static bool is_untouched(const uint8_t *data, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (data[i] != GUARD) {
            return false;
        }
    }
    return true;
}

static void writes_exactly(void **state)
{
    static const struct {
        const char *name;
        uint16_t code;
        const char *enhanced, *words;
        uint32_t flags;
        const char *expected;
    } rows[] = {
        {"single line", 250, "2.0.0", "OK", 0, "250 2.0.0 OK\r\n"},
        {"without enhanced code", 220, NULL, "mail.example.test ESMTP", 0, "220 mail.example.test ESMTP\r\n"},
        {"RFC 4954 6, 235", 235, "2.7.0", "Authentication Succeeded", 0,
         "235 2.7.0 Authentication Succeeded\r\n"},
        {"RFC 4954 6, 530", 530, "5.7.0", "Authentication required", 0,
         "530 5.7.0 Authentication required\r\n"},
        {"two lines, enhanced on each", 535, "5.7.8",
         "Authentication credentials invalid\nIs the app password current?", 0,
         "535-5.7.8 Authentication credentials invalid\r\n535 5.7.8 Is the app password current?\r\n"},
        {"EHLO's lines have none", 250, NULL, "mail.example.test\nPIPELINING\nAUTH PLAIN LOGIN", 0,
         "250-mail.example.test\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN\r\n"},
        {"class 4", 454, "4.7.0", "Try later", 0, "454 4.7.0 Try later\r\n"},
        {"class 3", 354, NULL, "Go ahead", 0, "354 Go ahead\r\n"},
        {"challenge", 334, NULL, "VXNlcm5hbWU6", 0, "334 VXNlcm5hbWU6\r\n"},
        {"RFC 4954 8: an empty challenge keeps its SP", 334, NULL, "", 0, "334 \r\n"},
        {"lowest code", 200, NULL, "a", 0, "200 a\r\n"},
        {"highest code", 599, NULL, "a", 0, "599 a\r\n"},
        {"long enhanced code", 550, "5.123.999", "x", 0, "550 5.123.999 x\r\n"},
        {"blanks are kept", 250, "2.0.0", " a  b", 0, "250 2.0.0  a  b\r\n"},
        {"all of printable ASCII's ends", 250, NULL, "!~", 0, "250 !~\r\n"},
        {"UTF-8 where allowed", 250, "2.1.5", "K\xC3\xA4the", SMTPAUTH_REPLY_UTF8,
         "250 2.1.5 K\xC3\xA4the\r\n"},
        {"ASCII where UTF-8 is allowed", 250, "2.1.5", "ok", SMTPAUTH_REPLY_UTF8, "250 2.1.5 ok\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t out[256];
        size_t written = 99, len = strlen(rows[i].expected);
        memset(out, GUARD, sizeof out);
        check(write_text(out, sizeof out, rows[i].code, rows[i].enhanced, rows[i].words, rows[i].flags,
                         &written) == SMTPAUTH_DONE,
              rows[i].name, "result");
        check(written == len && memcmp(out, rows[i].expected, len) == 0, rows[i].name, "octets");
        check(is_untouched(out, written < sizeof out ? written : 0, sizeof out), rows[i].name,
              "wrote behind its end");
        memset(out, GUARD, sizeof out);
        check(write_text(out, len, rows[i].code, rows[i].enhanced, rows[i].words, rows[i].flags, &written) ==
                      SMTPAUTH_DONE &&
                  written == len,
              rows[i].name, "a window that just fits");
    }
    finish();
}

static void an_empty_line_is_a_line(void **state)
{
    uint8_t out[64];
    size_t written;
    (void)state;
    assert_int_equal(write_text(out, sizeof out, 250, NULL, "a\n\nb", 0, &written), SMTPAUTH_DONE);
    assert_int_equal(written, 7 + 6 + 7);
    assert_memory_equal(out, "250-a\r\n250-\r\n250 b\r\n", written);
}

static void refuses_arguments(void **state)
{
    static const struct {
        const char *name;
        uint16_t code;
        const char *enhanced, *words;
        uint32_t flags;
        int32_t result;
    } rows[] = {
        {"5.7.8 on 250", 250, "5.7.8", "x", 0, SMTPAUTH_E_ARGUMENT},
        {"2.0.0 on 550", 550, "2.0.0", "x", 0, SMTPAUTH_E_ARGUMENT},
        {"4.7.0 on 535", 535, "4.7.0", "x", 0, SMTPAUTH_E_ARGUMENT},
        {"5.7.0 on 454", 454, "5.7.0", "x", 0, SMTPAUTH_E_ARGUMENT},
        {"2.0.0 on 354", 354, "2.0.0", "x", 0, SMTPAUTH_E_ARGUMENT},
        {"3.0.0 on 334: RFC 3463 2 has no class 3", 334, "3.0.0", "x", 0, SMTPAUTH_E_ARGUMENT},
        {"code 0", 0, NULL, "x", 0, SMTPAUTH_E_ARGUMENT},
        {"code 199", 199, NULL, "x", 0, SMTPAUTH_E_ARGUMENT},
        {"code 600", 600, NULL, "x", 0, SMTPAUTH_E_ARGUMENT},
        {"code 65535", 65535, NULL, "x", 0, SMTPAUTH_E_ARGUMENT},
        {"CR", 250, "2.0.0", "a\rb", 0, SMTPAUTH_E_WORDS},
        {"CRLF", 250, "2.0.0", "a\r\nb", 0, SMTPAUTH_E_WORDS},
        {"TAB", 250, "2.0.0", "a\tb", 0, SMTPAUTH_E_WORDS},
        {"ESC", 250, "2.0.0", "a\x1B[1m", 0, SMTPAUTH_E_WORDS},
        {"DEL", 250, "2.0.0", "a\x7F", 0, SMTPAUTH_E_WORDS},
        {"control in the second line", 250, "2.0.0", "fine\nbad\a", 0, SMTPAUTH_E_WORDS},
        {"control under UTF-8", 250, "2.0.0", "\xC3\xA4\r", SMTPAUTH_REPLY_UTF8, SMTPAUTH_E_WORDS},
        {"8-bit without the flag", 250, "2.0.0", "K\xC3\xA4the", 0, SMTPAUTH_E_WORDS},
        {"8-bit that is no UTF-8", 250, "2.0.0", "K\xE4the", SMTPAUTH_REPLY_UTF8, SMTPAUTH_E_WORDS},
        {"overlong UTF-8", 250, "2.0.0", "\xC0\x8D\xC0\x8A", SMTPAUTH_REPLY_UTF8, SMTPAUTH_E_WORDS},
        {"UTF-8 cut at the end", 250, "2.0.0", "a\xC3", SMTPAUTH_REPLY_UTF8, SMTPAUTH_E_WORDS},
        {"UTF-8 cut by LF", 250, "2.0.0", "a\xC3\n\xA4", SMTPAUTH_REPLY_UTF8, SMTPAUTH_E_WORDS},
    };
    static const char *const malformed[] = {"5.7.8\r\n250 x", "5.7.8 ",  "5.7",      "5..8",
                                            "5.7.",           "5.7.8.9", "5.1000.1", "x"};
    uint8_t out[ROOM];
    size_t written;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        memset(out, GUARD, sizeof out);
        written = 99;
        check(write_text(out, sizeof out, rows[i].code, rows[i].enhanced, rows[i].words, rows[i].flags,
                         &written) == rows[i].result,
              rows[i].name, "result");
        check(written == 0, rows[i].name, "written is 0");
        check(is_untouched(out, 0, sizeof out), rows[i].name, "wrote something");
    }
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        memset(out, GUARD, sizeof out);
        check(write_text(out, sizeof out, 535, malformed[i], "x", 0, &written) != SMTPAUTH_DONE, malformed[i],
              "is no enhanced code");
        check(is_untouched(out, 0, sizeof out), malformed[i], "wrote something");
    }
    check(smtpauth_reply_write(out, sizeof out, 250, NULL, (const uint8_t *)"a\0b", 3, 0, &written) ==
              SMTPAUTH_E_WORDS,
          "NUL", "in the words");
    check(write_text(NULL, 99, 250, NULL, "x", 0, &written) == SMTPAUTH_E_ARGUMENT, "NULL", "out");
    check(write_text(out, 99, 250, NULL, "x", 0, NULL) == SMTPAUTH_E_ARGUMENT, "NULL", "written");
    check(smtpauth_reply_write(out, 99, 250, NULL, NULL, 1, 0, &written) == SMTPAUTH_E_ARGUMENT, "NULL",
          "words");
    finish();
}

static void every_octet_of_words(void **state)
{
    uint8_t out[64];
    size_t written;
    (void)state;
    for (unsigned octet = 0; octet < 256; octet++) {
        uint8_t words[3] = {'a', (uint8_t)octet, 'b'};
        int32_t expected = octet == '\n' || (octet >= 32 && octet < 127) ? SMTPAUTH_DONE : SMTPAUTH_E_WORDS;
        if (smtpauth_reply_write(out, sizeof out, 250, NULL, words, 3, 0, &written) != expected) {
            print_error("octet %u\n", octet);
            add_wrong();
        }
    }
    finish();
}

/* Walks a reply beside the words it was made of: code, separator and enhanced code on each line, no line over 512, no
 * octet of the words lost but a LF or the blank of a fold, each fold at the last blank that fits or, in a line without
 * a blank, where it must and not inside a character. */
static void check_folding(const char *row, const uint8_t *out, size_t written, const char *prefix,
                          const char *words)
{
    size_t prefix_len = strlen(prefix), room = 512 - 2 - prefix_len, at = 0, words_len = strlen(words),
           place = 0;
    bool is_last = false;
    while (at < written) {
        const uint8_t *end = memchr(out + at, '\n', written - at);
        if (end == NULL || end == out + at || end[-1] != '\r' || (size_t)(end - 1 - out) < at + prefix_len) {
            check(false, row, "a line without prefix or CRLF");
            return;
        }
        const uint8_t *text = out + at + prefix_len;
        size_t len = (size_t)(end - 1 - text);
        check(!is_last, row, "a line behind the last one");
        check(len <= room, row, "over 512 octets");
        is_last = out[at + 3] == ' ';
        check((is_last || out[at + 3] == '-') && memcmp(out + at, prefix, 3) == 0 &&
                  memcmp(out + at + 4, prefix + 4, prefix_len - 4) == 0,
              row, "code or enhanced code");
        if (len > words_len - place || memcmp(text, words + place, len) != 0) {
            check(false, row, "words were changed");
            return;
        }
        place += len;
        if (place < words_len && words[place] == ' ') {
            size_t next = strcspn(words + place + 1, " \n");
            check(len + 1 + next > room, row, "folded too early");
            place++;
        } else if (place < words_len && words[place] == '\n') {
            place++;
        } else if (place < words_len) {
            check(memchr(text, ' ', len) == NULL, row, "not folded at a blank");
            check(((uint8_t)words[place] & 0xC0) != 0x80, row, "cut inside a character");
            check(len + 3 >= room, row, "cut too early");
            check(((uint8_t)words[place] & 0x80) != 0 || len == room, row, "cut too early in ASCII");
        }
        at = (size_t)(end + 1 - out);
    }
    check(is_last && place == words_len, row, "complete");
}

static char *fill(char *to, const char *pattern, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        to[i] = pattern[i % strlen(pattern)];
    }
    to[len] = '\0';
    return to;
}

static void folds_at_512(void **state)
{
    static const struct {
        const char *name, *pattern;
    } rows[] = {
        {"no blank", "x"},
        {"words of 7", "sevenly "},
        {"words of 99",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "},
        {"letters and blanks", "a "},
        {"lines and words",
         "some words in a line that goes on\nand the next one, longer than the first one by far "},
        {"two-octet characters", "\xC3\xA4"},
        {"three-octet characters", "\xE2\x82\xAC"},
        {"four-octet characters", "\xF0\x9F\x98\x80"},
        {"mixed widths", "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
    };
    static uint8_t out[ROOM];
    static char words[2200];
    size_t written;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t step = ((uint8_t)rows[i].pattern[0] & 0x80) != 0 || i == 8 ? strlen(rows[i].pattern) : 1;
        for (size_t len = 480 / step * step; len < 2100; len += step) {
            fill(words, rows[i].pattern, len);
            if (words[len - 1] == ' ' || words[len - 1] == '\n') {
                words[len - 1] = 'z';
            }
            for (unsigned with = 0; with < 2; with++) {
                int32_t result = write_text(out, sizeof out, 550, with ? "5.7.1" : NULL, words,
                                            SMTPAUTH_REPLY_UTF8, &written);
                check(result == SMTPAUTH_DONE, rows[i].name, "result");
                check_folding(rows[i].name, out, written, with ? "550 5.7.1 " : "550 ", words);
            }
        }
    }
    /* 550 5.7.1 and a blank are 10 octets, CRLF 2: 500 are left. */
    fill(words, "x", 500);
    write_text(out, sizeof out, 550, "5.7.1", words, 0, &written);
    check(written == 512, "500 octets", "one line of 512");
    fill(words, "x", 501);
    write_text(out, sizeof out, 550, "5.7.1", words, 0, &written);
    check(written == 512 + 13 && memcmp(out, "550-5.7.1 x", 11) == 0 &&
              memcmp(out + 512, "550 5.7.1 x\r\n", 13) == 0,
          "501 octets", "512 and a line of one");
    words[400] = ' ';
    write_text(out, sizeof out, 550, "5.7.1", words, 0, &written);
    check(written == 412 + 112 && memcmp(out + 412, "550 5.7.1 x", 11) == 0, "a blank at 400", "folds there");
    words[400] = 'x';
    words[500] = ' ';
    strcat(words, "y");
    write_text(out, sizeof out, 550, "5.7.1", words, 0, &written);
    check(written == 512 + 13 && memcmp(out + 512, "550 5.7.1 y\r\n", 13) == 0, "a blank at 500",
          "folds there");
    finish();
}

/* A window that is too small holds the lines that fit, and the last of these closes the reply. */
static void truncates_by_lines(void **state)
{
    static const struct {
        const char *name;
        uint16_t code;
        const char *enhanced, *words;
    } rows[] = {
        {"one line", 250, "2.0.0", "OK"},
        {"without enhanced code", 250, NULL, "mail.example.test\nPIPELINING\nSIZE 1000\nAUTH PLAIN LOGIN"},
        {"lines of growing length", 535, "5.7.8", "a\nbb\nccc\ndddd\neeeee"},
        {"lines of shrinking length", 554, "5.7.1", "aaaaaaaaaaaaaaaaaaaa\nbbbbbbbbbb\nc\nd"},
        {"folded", 550, "5.7.1", NULL},
    };
    static char words[1300];
    static uint8_t whole[ROOM], out[ROOM];
    (void)state;
    fill(words, "some words ", 1289);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *text = rows[i].words == NULL ? words : rows[i].words;
        size_t whole_len, written;
        assert_int_equal(write_text(whole, sizeof whole, rows[i].code, rows[i].enhanced, text, 0, &whole_len),
                         SMTPAUTH_DONE);
        for (size_t cap = 0; cap <= whole_len + 3; cap++) {
            size_t expected = 0, last = 0, scan = 0;
            while (scan < whole_len) {
                size_t next =
                    (size_t)((const uint8_t *)memchr(whole + scan, '\n', whole_len - scan) + 1 - whole);
                if (next > cap) {
                    break;
                }
                last = scan;
                expected = scan = next;
            }
            memset(out, GUARD, sizeof out);
            written = 99999;
            int32_t result = write_text(out, cap, rows[i].code, rows[i].enhanced, text, 0, &written);
            bool is_right = result == (cap < whole_len ? SMTPAUTH_E_OUTPUT : SMTPAUTH_DONE) &&
                            written == expected && is_untouched(out, expected, sizeof out);
            if (is_right && expected > 0) {
                is_right = memcmp(out, whole, last + 3) == 0 && out[last + 3] == ' ' &&
                           memcmp(out + last + 4, whole + last + 4, expected - last - 4) == 0;
            }
            if (!is_right) {
                print_error("%s, cap %zu: result %d, %zu octets, expected %zu\n", rows[i].name, cap,
                            (int)result, written, expected);
                add_wrong();
            }
        }
    }
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_exactly),    cmocka_unit_test(an_empty_line_is_a_line),
        cmocka_unit_test(refuses_arguments), cmocka_unit_test(every_octet_of_words),
        cmocka_unit_test(folds_at_512),      cmocka_unit_test(truncates_by_lines),
    };
    return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
