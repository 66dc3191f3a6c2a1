/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves smtpauth_reply_parse and smtpauth_reply_line: replies as RFC 5321 4.2 writes them and as servers send them
 * (LF alone, a bare code), enhanced codes by RFC 2034 4 and RFC 3463 2, never a reply before its end was seen, never an
 * octet behind the end read. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/reply.h>
#include <smtpauth/types.h>

#include "rows.h"

/* Parses out of a block of exactly `len` octets, so that a sanitizer sees any read behind them. */
static int32_t parse_exactly(const char *text, size_t len, smtpauth_reply *reply, uint8_t **block)
{
    *block = malloc(len == 0 ? 1 : len);
    assert_non_null(*block);
    memcpy(*block, text, len);
    return smtpauth_reply_parse(*block, len, reply);
}

typedef struct reply_row {
    const char *name, *input;
    size_t taken; /* 0: the whole input */
    uint16_t code, lines, class, subject, detail;
    const char *words[5]; /* line by line; the last is `text` too */
} reply_row;

static const reply_row replies[] = {
    {"single", "250 OK\r\n", 0, 250, 1, 0, 0, 0, {"OK"}},
    {"greeting",
     "220 mail.example.test ESMTP ready\r\n",
     0,
     220,
     1,
     0,
     0,
     0,
     {"mail.example.test ESMTP ready"}},
    {"bare code", "334\r\n", 0, 334, 1, 0, 0, 0, {""}},
    {"code and blank", "334 \r\n", 0, 334, 1, 0, 0, 0, {""}},
    {"challenge", "334 VXNlcm5hbWU6\r\n", 0, 334, 1, 0, 0, 0, {"VXNlcm5hbWU6"}},
    {"LF only", "250 OK\n", 0, 250, 1, 0, 0, 0, {"OK"}},
    {"bare code, LF only", "334\n", 0, 334, 1, 0, 0, 0, {""}},
    {"lowest", "200 a\r\n", 0, 200, 1, 0, 0, 0, {"a"}},
    {"highest", "599 a\r\n", 0, 599, 1, 0, 0, 0, {"a"}},
    {"two blanks", "250  OK\r\n", 0, 250, 1, 0, 0, 0, {" OK"}},
    {"8-bit in the words", "250 K\xC3\xA4the\r\n", 0, 250, 1, 0, 0, 0, {"K\xC3\xA4the"}},
    {"multi-line",
     "250-first\r\n250-second\r\n250 third\r\n",
     0,
     250,
     3,
     0,
     0,
     0,
     {"first", "second", "third"}},
    {"RFC 5321 4.2.1's example",
     "250-First line\r\n250-Second line\r\n250-234 Text beginning with numbers\r\n"
     "250 The last line\r\n",
     0,
     250,
     4,
     0,
     0,
     0,
     {"First line", "Second line", "234 Text beginning with numbers", "The last line"}},
    {"multi-line, LF only", "250-a\n250 b\n", 0, 250, 2, 0, 0, 0, {"a", "b"}},
    {"mixed ends", "250-a\r\n250-b\n250 c\r\n", 0, 250, 3, 0, 0, 0, {"a", "b", "c"}},
    {"250- with nothing", "250-\r\n250 b\r\n", 0, 250, 2, 0, 0, 0, {"", "b"}},
    {"250- with nothing, LF only", "250-\n250\n", 0, 250, 2, 0, 0, 0, {"", ""}},
    {"last line a bare code", "250-a\r\n250\r\n", 0, 250, 2, 0, 0, 0, {"a", ""}},
    {"the next reply is left", "250 a\r\n251 b\r\n", 7, 250, 1, 0, 0, 0, {"a"}},
    {"NUL behind the end is left", "250 a\r\n\0", 7, 250, 1, 0, 0, 0, {"a"}},
    {"5.7.8", "535 5.7.8 no\r\n", 0, 535, 1, 5, 7, 8, {"no"}},
    {"2.0.0", "250 2.0.0 yes\r\n", 0, 250, 1, 2, 0, 0, {"yes"}},
    {"4.7.12", "432 4.7.12 change\r\n", 0, 432, 1, 4, 7, 12, {"change"}},
    {"three digits", "550 5.999.139 x\r\n", 0, 550, 1, 5, 999, 139, {"x"}},
    {"enhanced code without words", "535 5.7.8\r\n", 0, 535, 1, 5, 7, 8, {""}},
    {"enhanced code and a blank", "535 5.7.8 \r\n", 0, 535, 1, 5, 7, 8, {""}},
    {"enhanced code, LF only", "535 5.7.8\n", 0, 535, 1, 5, 7, 8, {""}},
    {"enhanced on each line",
     "535-5.7.8 first\r\n535 5.7.8 second\r\n",
     0,
     535,
     2,
     5,
     7,
     8,
     {"first", "second"}},
    {"enhanced, a line without words", "535-5.7.8\r\n535 5.7.8 b\r\n", 0, 535, 2, 5, 7, 8, {"", "b"}},
    {"Google's 534",
     "534-5.7.9 Application-specific password required. Learn more at\r\n534 5.7.9  https://example.test/ x1 - gsmtp\r\n",
     0,
     534,
     2,
     5,
     7,
     9,
     {"Application-specific password required. Learn more at", " https://example.test/ x1 - gsmtp"}},
    {"class 5 on 250", "250 5.7.8 x\r\n", 0, 250, 1, 0, 0, 0, {"5.7.8 x"}},
    {"class 2 on 535", "535 2.7.0 x\r\n", 0, 535, 1, 0, 0, 0, {"2.7.0 x"}},
    {"class 4 on 535", "535 4.7.8 x\r\n", 0, 535, 1, 0, 0, 0, {"4.7.8 x"}},
    {"there is no class 3", "334 3.0.0 x\r\n", 0, 334, 1, 0, 0, 0, {"3.0.0 x"}},
    {"Stalwart's 334", "334 5.7.8 code wanted\r\n", 0, 334, 1, 0, 0, 0, {"5.7.8 code wanted"}},
    {"words stick to it", "535 5.7.8x\r\n", 0, 535, 1, 0, 0, 0, {"5.7.8x"}},
    {"four parts", "535 5.7.8.1 x\r\n", 0, 535, 1, 0, 0, 0, {"5.7.8.1 x"}},
    {"two parts", "535 5.7 x\r\n", 0, 535, 1, 0, 0, 0, {"5.7 x"}},
    {"no detail", "535 5.7. x\r\n", 0, 535, 1, 0, 0, 0, {"5.7. x"}},
    {"no subject", "535 5..8 x\r\n", 0, 535, 1, 0, 0, 0, {"5..8 x"}},
    {"four digits of detail", "535 5.7.1000 x\r\n", 0, 535, 1, 0, 0, 0, {"5.7.1000 x"}},
    {"four digits of subject", "535 5.1000.7 x\r\n", 0, 535, 1, 0, 0, 0, {"5.1000.7 x"}},
    {"two digits of class", "535 55.7.8 x\r\n", 0, 535, 1, 0, 0, 0, {"55.7.8 x"}},
    {"a blank in front of it", "535  5.7.8 x\r\n", 0, 535, 1, 0, 0, 0, {" 5.7.8 x"}},
    {"an address", "550 5.1.2.3 is blocked\r\n", 0, 550, 1, 0, 0, 0, {"5.1.2.3 is blocked"}},
};

static void reads_replies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        const reply_row *row = &replies[i];
        size_t len = strlen(row->input), taken = row->taken == 0 ? len : row->taken;
        smtpauth_reply reply;
        smtpauth_view line;
        uint8_t *block;
        memset(&reply, 0x5A, sizeof reply);
        if (strstr(row->name, "NUL behind") != NULL) {
            len++;
        }
        int32_t got = parse_exactly(row->input, len, &reply, &block);
        if (got != (int32_t)taken) {
            check(false, row->name, "octets taken");
            free(block);
            continue;
        }
        check(reply.code == row->code, row->name, "code");
        check(reply.lines == row->lines, row->name, "lines");
        check(reply.enhanced_class == row->class && reply.enhanced_subject == row->subject &&
                  reply.enhanced_detail == row->detail,
              row->name, "enhanced code");
        check(reply.raw.data == block && reply.raw.len == taken, row->name, "raw");
        check(view_is(&reply.text, row->words[row->lines - 1]), row->name, "text");
        for (uint16_t index = 0; index < row->lines; index++) {
            check(smtpauth_reply_line(&reply, index, &line) == SMTPAUTH_DONE &&
                      view_is(&line, row->words[index]),
                  row->name, "line");
        }
        check(smtpauth_reply_line(&reply, row->lines, &line) == SMTPAUTH_E_ARGUMENT, row->name,
              "a line too many");
        check(smtpauth_reply_line(&reply, 65535, &line) == SMTPAUTH_E_ARGUMENT, row->name, "line 65535");
        check(reply.reserved16[0] == 0 && reply.reserved16[1] == 0 && reply.reserved16[2] == 0 &&
                  reply.reserved[0] == 0 && reply.reserved[1] == 0 && reply.reserved[2] == 0 &&
                  reply.reserved[3] == 0,
              row->name, "the reserve is zero");
        free(block);
    }
    finish();
}

static void waits_for_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        size_t whole = replies[i].taken == 0 ? strlen(replies[i].input) : replies[i].taken;
        for (size_t cut = 0; cut < whole; cut++) {
            smtpauth_reply reply, before;
            uint8_t *block;
            memset(&reply, 0x5A, sizeof reply);
            memcpy(&before, &reply, sizeof reply);
            if (parse_exactly(replies[i].input, cut, &reply, &block) != 0) {
                print_error("%s, cut at %zu: not 0\n", replies[i].name, cut);
                add_wrong();
            }
            check(memcmp(&before, &reply, sizeof reply) == 0, replies[i].name, "the struct was touched");
            free(block);
        }
    }
    finish();
}

static void refuses_what_is_no_reply(void **state)
{
    static const struct {
        const char *name, *input;
        size_t len;
    } rows[] = {
        {"words only", "hello there\r\n", 13},
        {"empty line", "\r\n", 2},
        {"two digits", "25 OK\r\n", 7},
        {"four digits", "2500 OK\r\n", 9},
        {"letter in the code", "2x0 OK\r\n", 8},
        {"letter behind the code", "250x\r\n", 6},
        {"colon behind the code", "250: x\r\n", 8},
        {"blank first", " 250 OK\r\n", 9},
        {"HTTP", "HTTP/1.1 400 Bad Request\r\n", 26},
        {"POP3", "+OK\r\n", 5},
        {"below 200", "199 x\r\n", 7},
        {"000", "000 x\r\n", 7},
        {"over 599", "600 x\r\n", 7},
        {"the code changes", "250-a\r\n251 b\r\n", 14},
        {"the code changes in the middle", "250-a\r\n550-b\r\n250 c\r\n", 21},
        {"second line without code", "250-a\r\nhello\r\n", 14},
        {"second line empty", "250-a\r\n\r\n", 9},
        {"NUL in the words", "250 a\0b\r\n", 9},
        {"NUL in the first of two lines", "250-a\0\r\n250 b\r\n", 15},
        {"NUL in the code",
         "2\0"
         "50 a\r\n",
         8},
        {"NUL in the enhanced code", "535 5.7\0.8 a\r\n", 14},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_reply reply;
        uint8_t *block;
        memset(&reply, 0, sizeof reply);
        check(parse_exactly(rows[i].input, rows[i].len, &reply, &block) == SMTPAUTH_E_WORDS, rows[i].name,
              "E_WORDS");
        free(block);
    }
    finish();
}

static void limits_and_nulls(void **state)
{
    enum { MOST = 65536 };
    uint8_t *data = malloc(2 * MOST);
    smtpauth_reply reply;
    smtpauth_view line;
    (void)state;
    assert_non_null(data);
    memset(data, 'x', 2 * MOST);
    memcpy(data, "250 ", 4);
    check(smtpauth_reply_parse(data, MOST, &reply) == 0, "65536 octets of one line", "more is needed");
    check(smtpauth_reply_parse(data, MOST + 1, &reply) == SMTPAUTH_E_ARGUMENT, "65537 octets of one line",
          "too long");
    memcpy(data + MOST - 2, "\r\n", 2);
    check(smtpauth_reply_parse(data, MOST, &reply) == MOST, "65536 octets with their end", "a reply");
    check(smtpauth_reply_parse(data, 2 * MOST, &reply) == MOST, "and more behind it", "a reply");
    for (size_t i = 0; i + 5 <= 2 * MOST; i += 5) {
        memcpy(data + i, "250-\n", 5);
    }
    check(smtpauth_reply_parse(data, MOST, &reply) == 0, "65536 octets of short lines", "more is needed");
    check(smtpauth_reply_parse(data, MOST + 1, &reply) == SMTPAUTH_E_ARGUMENT, "65537 octets of short lines",
          "too long");
    data[65525 + 3] = ' ';
    check(smtpauth_reply_parse(data, MOST, &reply) == 65530 && reply.lines == 13106, "13106 lines", "a reply");
    check(smtpauth_reply_line(&reply, 13105, &line) == SMTPAUTH_DONE && line.len == 0, "13106 lines",
          "the last");
    check(smtpauth_reply_line(&reply, 13106, &line) == SMTPAUTH_E_ARGUMENT, "13106 lines", "one too many");
    check(smtpauth_reply_parse((const uint8_t *)"250 a\r\n", 0, &reply) == 0, "nothing yet", "more is needed");
    check(smtpauth_reply_parse(NULL, 7, &reply) == SMTPAUTH_E_ARGUMENT, "NULL", "data");
    check(smtpauth_reply_parse((const uint8_t *)"250 a\r\n", 7, NULL) == SMTPAUTH_E_ARGUMENT, "NULL", "reply");
    check(smtpauth_reply_parse((const uint8_t *)"250 a\r\n", 7, &reply) == 7, "again", "a reply");
    check(smtpauth_reply_line(NULL, 0, &line) == SMTPAUTH_E_ARGUMENT, "NULL", "line of no reply");
    check(smtpauth_reply_line(&reply, 0, NULL) == SMTPAUTH_E_ARGUMENT, "NULL", "no line");
    free(data);
    finish();
}

/* What the writer writes the reader reads. */
static void reads_what_was_written(void **state)
{
    static const char words[] = "first\nsecond line\nthird";
    uint8_t out[256];
    size_t written;
    smtpauth_reply reply;
    smtpauth_view line;
    (void)state;
    assert_int_equal(
        smtpauth_reply_write(out, sizeof out, 535, "5.7.8", (const uint8_t *)words, strlen(words), 0, &written),
        SMTPAUTH_DONE);
    assert_int_equal(smtpauth_reply_parse(out, written, &reply), (int32_t)written);
    assert_int_equal(reply.code, 535);
    assert_int_equal(reply.lines, 3);
    assert_int_equal(reply.enhanced_class * 10000 + reply.enhanced_subject * 100 + reply.enhanced_detail,
                     50708);
    assert_int_equal(smtpauth_reply_line(&reply, 1, &line), SMTPAUTH_DONE);
    assert_true(view_is(&line, "second line"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_replies),
        cmocka_unit_test(waits_for_the_end),
        cmocka_unit_test(refuses_what_is_no_reply),
        cmocka_unit_test(limits_and_nulls),
        cmocka_unit_test(reads_what_was_written),
    };
    return cmocka_run_group_tests_name("reply parse", tests, NULL, NULL);
}
