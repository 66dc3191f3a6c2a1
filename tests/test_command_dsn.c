/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves the parameters about delivery reports: RET, ENVID, NOTIFY, ORCPT (RFC 3461 4) and addresses of type utf-8
 * (RFC 6533 3). Vectors: the dialogues of RFC 3461 10. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/reason.h>
#include <smtpauth/text.h>

#include "command_line.h"
#include "rows.h"

enum {
    OK = 0,
    ARGUMENT = SMTPAUTH_REASON_ARGUMENT,
    MALFORMED = SMTPAUTH_REASON_MALFORMED,
    UNKNOWN = SMTPAUTH_REASON_PARAMETER,
    DSN = SMTPAUTH_EXT_DSN,
    UTF8 = SMTPAUTH_EXT_SMTPUTF8,
    WITH_UTF8 = SMTPAUTH_WITH_UTF8
};

static void ret_and_envid(void **state)
{
    enum { RET = SMTPAUTH_PARAM_RET, ENVID = SMTPAUTH_PARAM_ENVID };
    static const struct {
        const char *words;
        uint16_t reason;
        uint32_t present;
        uint8_t ret;
        const char *envid;
    } rows[] = {
        {"RET=HDRS ENVID=QQ314159", OK, RET | ENVID, SMTPAUTH_RET_HDRS, "QQ314159"}, /* RFC 3461 10.1 */
        {"RET=FULL ENVID=QQ314159", OK, RET | ENVID, SMTPAUTH_RET_FULL, "QQ314159"},
        {"ENVID=QQ314159 RET=FULL", OK, RET | ENVID, SMTPAUTH_RET_FULL, "QQ314159"},
        {"RET=full", OK, RET, SMTPAUTH_RET_FULL, ""},
        {"RET=hDrS", OK, RET, SMTPAUTH_RET_HDRS, ""},
        {"RET=", ARGUMENT, 0, 0, ""},
        {"RET", ARGUMENT, 0, 0, ""},
        {"RET=FUL", ARGUMENT, 0, 0, ""},
        {"RET=FULLY", ARGUMENT, 0, 0, ""},
        {"RET=HDR", ARGUMENT, 0, 0, ""},
        {"RET=NONE", ARGUMENT, 0, 0, ""},
        {"RET=FULL,HDRS", ARGUMENT, 0, 0, ""},
        {"RET=FULL RET=FULL", ARGUMENT, 0, 0, ""}, /* RFC 3461 4.5 */
        {"RET=FULL RET=HDRS", ARGUMENT, 0, 0, ""},
        {"ENVID=a ENVID=a", ARGUMENT, 0, 0, ""},
        {"ENVID=a envid=b", ARGUMENT, 0, 0, ""},
        {"ENVID=", ARGUMENT, 0, 0, ""},
        {"ENVID", ARGUMENT, 0, 0, ""},
        {"ENVID=~", OK, ENVID, 0, "~"},
        {"ENVID=a+20b+2B+3D", OK, ENVID, 0, "a+20b+2B+3D"},
        {"ENVID=a+09b", OK, ENVID, 0, "a+09b"}, /* white space */
        {"ENVID=<>();:\\\".[],@", OK, ENVID, 0, "<>();:\\\".[],@"},
        {"ENVID=a+3db", ARGUMENT, 0, 0, ""}, /* RFC 3461 4: upper case */
        {"ENVID=a+3Db+2b", ARGUMENT, 0, 0, ""},
        {"ENVID=a+", ARGUMENT, 0, 0, ""},
        {"ENVID=a+2", ARGUMENT, 0, 0, ""},
        {"ENVID=a+G0", ARGUMENT, 0, 0, ""},
        {"ENVID=a+0G", ARGUMENT, 0, 0, ""},
        {"ENVID=a++2B", ARGUMENT, 0, 0, ""},
        {"ENVID=a=b", ARGUMENT, 0, 0, ""},
        {"ENVID=\xC3\xA4", MALFORMED, 0, 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[128];
        smtpauth_command command;
        sprintf(line, "MAIL FROM:<Alice@Example.ORG> %s", rows[i].words);
        if (check_line(line, DSN | UTF8, WITH_UTF8, rows[i].reason, &command)) {
            check(command.present == rows[i].present, line, "present");
            check(command.ret == rows[i].ret, line, "ret");
            check(view_is(&command.envid, rows[i].envid), line, "envid");
        }
    }
    finish();
}

/* "The ENVID parameter MAY be up to 100 characters in length", "the entire ORCPT parameter ... up to 500". */
static void lengths(void **state)
{
    static const struct {
        const char *begin;
        size_t max;
    } rows[] = {
        {"MAIL FROM:<a@b> ENVID=", 100},
        {"RCPT TO:<a@b> ORCPT=", 500},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int is_hex = 0; is_hex < 2; is_hex++) {
            for (size_t len = rows[i].max - 4; len <= rows[i].max + 3; len++) {
                char line[640];
                size_t at = (size_t)sprintf(line, "%s", rows[i].begin), end = at + len;
                while (at < end) {
                    line[at++] = 'x';
                }
                line[at] = '\0';
                if (is_hex) {
                    memcpy(line + end - 3, "+20", 3);
                }
                if (i == 1) {
                    memcpy(line + end - len, "rfc822;", 7);
                }
                check_reason(line, reason_of(line, DSN, 0), len <= rows[i].max ? OK : ARGUMENT);
            }
        }
    }
    finish();
}

/* RFC 3461 4.2, 4.4: before its encoding the value is graphic characters and white space of ASCII, and nothing else. */
static void every_octet_as_hexchar(void **state)
{
    (void)state;
    for (unsigned octet = 0; octet < 256; octet++) {
        bool is_printable = (octet >= ' ' && octet <= '~') || octet == '\t';
        char line[64];
        sprintf(line, "MAIL FROM:<a@b> ENVID=x+%02X", octet);
        check_reason(line, reason_of(line, DSN, 0), is_printable ? OK : ARGUMENT);
        sprintf(line, "RCPT TO:<a@b> ORCPT=rfc822;+%02Xx", octet);
        check_reason(line, reason_of(line, DSN, 0), is_printable ? OK : ARGUMENT);
        sprintf(line, "RCPT TO:<a@b> ORCPT=rfc822;+%02xx",
                octet); /* lower case: only where that has no letters */
        bool has_letter = octet % 16 > 9 || octet / 16 > 9;
        check_reason(line, reason_of(line, DSN, 0), is_printable && !has_letter ? OK : ARGUMENT);
    }
    finish();
}

static const char *const notify_words[] = {"NEVER", "SUCCESS", "FAILURE", "DELAY"};

/* Every list of up to four words, in both cases: NEVER stands alone; the others go in any order. */
static void notify_lists(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= 4; count++) {
        for (unsigned choice = 0; choice < 1U << (2 * count); choice++) {
            char line[128], small[128];
            uint8_t bits = 0;
            size_t at = (size_t)sprintf(line, "RCPT TO:<a@b> NOTIFY="), begin = at;
            for (unsigned i = 0; i < count; i++) {
                unsigned word = choice >> (2 * i) & 3;
                bits = (uint8_t)(bits | 1U << word);
                at += (size_t)sprintf(line + at, "%s%s", i == 0 ? "" : ",", notify_words[word]);
            }
            for (size_t i = 0; i <= at; i++) {
                small[i] = (char)(i >= begin && line[i] >= 'A' ? line[i] | 0x20 : line[i]);
            }
            bool is_fit = count == 1 || !(bits & SMTPAUTH_NOTIFY_NEVER);
            for (int is_small = 0; is_small < 2; is_small++) {
                smtpauth_command command;
                if (check_line(is_small ? small : line, DSN, 0, is_fit ? OK : ARGUMENT, &command))
                    check(command.notify == bits, line, "bits");
            }
        }
    }
    finish();
}

static void notify_and_orcpt(void **state)
{
    enum { N = SMTPAUTH_PARAM_NOTIFY, O = SMTPAUTH_PARAM_ORCPT, LATE = SMTPAUTH_NOTIFY_DELAY };
    static const struct {
        const char *words;
        uint16_t reason;
        uint32_t present;
        uint8_t notify;
        const char *orcpt;
    } rows[] = {
        /* RFC 3461 10.1 */
        {"NOTIFY=SUCCESS ORCPT=rfc822;Bob@Example.COM", OK, N | O, SMTPAUTH_NOTIFY_SUCCESS,
         "rfc822;Bob@Example.COM"},
        {"NOTIFY=FAILURE ORCPT=rfc822;Carol@Ivory.EDU", OK, N | O, SMTPAUTH_NOTIFY_FAILURE,
         "rfc822;Carol@Ivory.EDU"},
        {"NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Dana@Ivory.EDU", OK, N | O,
         SMTPAUTH_NOTIFY_SUCCESS | SMTPAUTH_NOTIFY_FAILURE, "rfc822;Dana@Ivory.EDU"},
        {"NOTIFY=FAILURE ORCPT=rfc822;Eric@Bombs.AF.MIL", OK, N | O, SMTPAUTH_NOTIFY_FAILURE,
         "rfc822;Eric@Bombs.AF.MIL"},
        {"NOTIFY=NEVER", OK, N, SMTPAUTH_NOTIFY_NEVER, ""},
        {"NOTIFY=FAILURE ORCPT=rfc822;George@Tax-ME.GOV", OK, N | O, SMTPAUTH_NOTIFY_FAILURE,
         "rfc822;George@Tax-ME.GOV"},
        {"ORCPT=rfc822;George@Tax-ME.GOV NOTIFY=FAILURE", OK, N | O, SMTPAUTH_NOTIFY_FAILURE,
         "rfc822;George@Tax-ME.GOV"},
        {"ORCPT=rfc822;George@Tax-ME.GOV", OK, O, 0, "rfc822;George@Tax-ME.GOV"},
        {"NOTIFY=DELAY", OK, N, LATE, ""},
        {"NOTIFY", ARGUMENT, 0, 0, ""},
        {"NOTIFY=", ARGUMENT, 0, 0, ""},
        {"NOTIFY=ALWAYS", ARGUMENT, 0, 0, ""},
        {"NOTIFY=NEVE", ARGUMENT, 0, 0, ""},
        {"NOTIFY=NEVERS", ARGUMENT, 0, 0, ""},
        {"NOTIFY=,", ARGUMENT, 0, 0, ""},
        {"NOTIFY=SUCCESS,", ARGUMENT, 0, 0, ""},
        {"NOTIFY=,SUCCESS", ARGUMENT, 0, 0, ""},
        {"NOTIFY=SUCCESS,,DELAY", ARGUMENT, 0, 0, ""},
        {"NOTIFY=NEVER,", ARGUMENT, 0, 0, ""},
        {"NOTIFY=SUCCESS;DELAY", ARGUMENT, 0, 0, ""},
        {"NOTIFY=SUCCESS, DELAY", ARGUMENT, 0, 0, ""},
        {"NOTIFY=SUCCESS+2CDELAY", ARGUMENT, 0, 0, ""},
        {"NOTIFY=SUCCESS NOTIFY=DELAY", ARGUMENT, 0, 0, ""}, /* RFC 3461 4.5 */
        {"ORCPT=rfc822;a ORCPT=rfc822;a", ARGUMENT, 0, 0, ""},
        {"ORCPT", ARGUMENT, 0, 0, ""},
        {"ORCPT=", ARGUMENT, 0, 0, ""},
        {"ORCPT=;", ARGUMENT, 0, 0, ""},
        {"ORCPT=;a@b", ARGUMENT, 0, 0, ""},
        {"ORCPT=a@b", ARGUMENT, 0, 0, ""},
        {"ORCPT=rfc822", ARGUMENT, 0, 0, ""},
        {"ORCPT=rfc822:a@b", ARGUMENT, 0, 0, ""},
        {"ORCPT=<rfc822>;a@b", ARGUMENT, 0, 0, ""},
        {"ORCPT=rfc.822;a@b", ARGUMENT, 0, 0, ""}, /* no atom */
        {"ORCPT=\"rfc822\";a@b", ARGUMENT, 0, 0, ""},
        {"ORCPT=rfc822;", OK, O, 0, "rfc822;"}, /* xtext may be empty */
        {"ORCPT=x400;/S=a", ARGUMENT, 0, 0, ""},
        {"ORCPT=x400;/S+3Da/", OK, O, 0, "x400;/S+3Da/"},
        {"ORCPT=X-!#$%&'*+-/?^_`{|}~;a", OK, O, 0, "X-!#$%&'*+-/?^_`{|}~;a"}, /* an atom of RFC 822 */
        {"ORCPT=rfc822;a+2Bb@c", OK, O, 0, "rfc822;a+2Bb@c"},
        {"ORCPT=rfc822;a+2bb@c", ARGUMENT, 0, 0, ""},
        {"ORCPT=rfc822;a+b@c", ARGUMENT, 0, 0, ""},
        {"ORCPT=rfc822;a;b;c", OK, O, 0, "rfc822;a;b;c"}, /* the address need not be one (4.2) */
        {"ORCPT=rfc822;+22a+20b+22@c", OK, O, 0, "rfc822;+22a+20b+22@c"},
        {"RET=FULL", UNKNOWN, 0, 0, ""},
        {"ENVID=a", UNKNOWN, 0, 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[128];
        smtpauth_command command;
        sprintf(line, "RCPT TO:<Bob@Example.COM> %s", rows[i].words);
        if (check_line(line, DSN | UTF8, WITH_UTF8, rows[i].reason, &command)) {
            check(command.present == rows[i].present, line, "present");
            check(command.notify == rows[i].notify, line, "notify");
            check(view_is(&command.orcpt, rows[i].orcpt), line, "orcpt");
        }
    }
    finish();
}

static void utf8_addresses(void **state)
{
    static const struct {
        const char *words;
        uint32_t extensions, options;
        uint16_t reason;
    } rows[] = {
        /* utf-8-addr-xtext: 7 bits, wherever DSN is offered */
        {"ORCPT=utf-8;a@b", DSN, 0, OK},
        {"ORCPT=UTF-8;a@b", DSN, 0, OK},
        {"ORCPT=utf-8;k\\x{E4}the@b", DSN, 0, OK},
        {"ORCPT=utf-8;\\x{5C}\\x{2B}\\x{3D}\\x{20}\\x{7F}", DSN, 0, OK},
        {"ORCPT=utf-8;\\x{80}\\x{FF}\\x{100}\\x{FFF}\\x{1000}", DSN, 0, OK},
        {"ORCPT=utf-8;\\x{D7FF}\\x{E000}\\x{FFFF}\\x{10000}\\x{FFFFF}", DSN, 0, OK},
        {"ORCPT=utf-8;\\x{100000}\\x{10FFFF}", DSN, 0, OK},
        {"ORCPT=utf-8;\\x{e4}", DSN, 0, OK}, /* HEXDIG is in either case (RFC 5234 B.1) */
        {"ORCPT=utf-8;", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;a+2Bb@c", DSN, 0, ARGUMENT}, /* "\x{2B}", not "+2B" */
        {"ORCPT=utf-8;a+b", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;a=b", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\x", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\x{", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\x{E4", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\x{}", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\x{4}", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\x{41}", DSN, 0, ARGUMENT}, /* what can stand for itself */
        {"ORCPT=utf-8;\\x{0D}", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\x{00}", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\x{0E4}", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\x{D800}", DSN, 0, ARGUMENT}, /* surrogates */
        {"ORCPT=utf-8;\\x{DFFF}", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\x{110000}", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\x{1000000}", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\x{EG}", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\x(E4)", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\X{E4}", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;\\u{E4}", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8;a\\b", DSN, 0, ARGUMENT},
        {"ORCPT=utf-8x;a+2Bb", DSN, 0, OK}, /* another type: xtext */
        {"ORCPT=utf-8;a@b", 0, 0, UNKNOWN},
        /* utf-8-addr-unitext: 8 bits, where SMTPUTF8 is offered too */
        {"ORCPT=utf-8;k\xC3\xA4the@b", DSN | UTF8, WITH_UTF8, OK},
        {"orcpt=Utf-8;k\xC3\xA4the@b", DSN | UTF8, WITH_UTF8, OK},
        {"NOTIFY=DELAY ORCPT=utf-8;\xF0\x9F\x93\xA7\\x{2B}@\xC3\xBC.example", DSN | UTF8, WITH_UTF8, OK},
        {"ORCPT=utf-8;\xC3\xA4 NOTIFY=DELAY", DSN | UTF8, WITH_UTF8, OK},
        {"ORCPT=utf-8;k\\x{E4}the@b", DSN | UTF8, WITH_UTF8, OK},
        {"ORCPT=utf-8;k\xC3\xA4the+2B@b", DSN | UTF8, WITH_UTF8, ARGUMENT},
        {"ORCPT=utf-8;k\xE4the@b", DSN | UTF8, WITH_UTF8, ARGUMENT}, /* not UTF-8 */
        {"ORCPT=utf-8;\xC0\xAF", DSN | UTF8, WITH_UTF8, ARGUMENT},
        {"ORCPT=utf-8;\xED\xA0\x80", DSN | UTF8, WITH_UTF8, ARGUMENT},
        {"ORCPT=utf-8;\xC3", DSN | UTF8, WITH_UTF8, ARGUMENT},
        {"ORCPT=utf-8;k\xC3\xA4the@b", DSN, 0, MALFORMED},
        {"ORCPT=utf-8;k\xC3\xA4the@b", UTF8, WITH_UTF8, MALFORMED},
        {"ORCPT=rfc822;k\xC3\xA4the@b", DSN | UTF8, WITH_UTF8, MALFORMED},
        {"ORCPT=utf-\xC3\xA4;a", DSN | UTF8, WITH_UTF8, MALFORMED},
        {"ORCPT=\xC3\xA4", DSN | UTF8, WITH_UTF8, MALFORMED},
        {"ORCPT=utf-8;a NOTIFY=\xC3\xA4", DSN | UTF8, WITH_UTF8, MALFORMED},
        {"NOTIFY=WRONG ORCPT=rfc822;\xC3\xA4", DSN | UTF8, WITH_UTF8,
         MALFORMED}, /* it outranks bad arguments */
        {"\xC3\xA4=utf-8;a", DSN | UTF8, WITH_UTF8, MALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[128];
        sprintf(line, "RCPT TO:<a@b> %s", rows[i].words);
        check_reason(line, reason_of(line, rows[i].extensions, rows[i].options), rows[i].reason);
    }
    /* MAIL has no such parameter, and its 8-bit octets are none of an address. */
    check_reason("MAIL", reason_of("MAIL FROM:<a@b> ORCPT=utf-8;\xC3\xA4", DSN | UTF8, WITH_UTF8), MALFORMED);
    finish();
}

/* HEXPOINT of RFC 6533 3, alternative by alternative as its ABNF has them. */
static bool is_hexpoint(const char *hex)
{
    static const char *const listed[] = {"10", "20", "2B", "3D", "7F", "5C"};
    size_t n = strlen(hex);
    for (size_t i = 0; i < sizeof listed / sizeof *listed; i++) {
        if (strcmp(hex, listed[i]) == 0) {
            return true;
        }
    }
    bool is_no_zero = strchr("123456789ABCDEF", hex[0]) != NULL;
    switch (n) {
    case 2:
        return strchr("89ABCDEF", hex[0]) != NULL ||
               ((hex[0] == '0' || hex[0] == '1') && hex[1] >= '1' && hex[1] <= '9');
    case 3:
    case 5:
        return is_no_zero;
    case 4:
        return is_no_zero && (hex[0] != 'D' || (hex[1] >= '0' && hex[1] <= '7'));
    case 6:
        return hex[0] == '1' && hex[1] == '0';
    default:
        return false;
    }
}

static void hexpoints(void **state)
{
    (void)state;
    for (uint32_t point = 0; point < 0x1200000; point += point < 0x1100 ? 1 : point < 0x11000 ? 61 : 4099) {
        for (int width = 1; width <= 7; width++) {
            char hex[16], line[64];
            if (sprintf(hex, "%0*X", width, (unsigned)point) > width && width > 1) {
                continue; /* as with fewer digits */
            }
            sprintf(line, "RCPT TO:<a@b> ORCPT=utf-8;a\\x{%s}b", hex);
            check_reason(line, reason_of(line, DSN, 0), is_hexpoint(hex) ? OK : ARGUMENT);
        }
    }
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ret_and_envid),
        cmocka_unit_test(lengths),
        cmocka_unit_test(every_octet_as_hexchar),
        cmocka_unit_test(notify_lists),
        cmocka_unit_test(notify_and_orcpt),
        cmocka_unit_test(utf8_addresses),
        cmocka_unit_test(hexpoints),
    };
    return cmocka_run_group_tests_name("delivery reports", tests, NULL, NULL);
}
