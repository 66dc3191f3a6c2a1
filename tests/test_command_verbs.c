/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves the arguments of the verbs that extensions brought: ETRN (RFC 1985 5), BURL (RFC 4468 3, RFC 3986 4.3), XCLIENT
 * (Postfix's XCLIENT_README), and the word SMTPUTF8 behind VRFY's and EXPN's (RFC 6531 3.7.4.2). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/reason.h>

#include "command_line.h"
#include "rows.h"

enum { OK = 0, ARGUMENT = SMTPAUTH_REASON_ARGUMENT, MALFORMED = SMTPAUTH_REASON_MALFORMED };

static void etrn(void **state)
{
    static const struct {
        const char *line, *name;
        uint16_t reason;
    } rows[] = {
        {"ETRN example.com", "example.com", OK},
        {"ETRN @example.com", "@example.com", OK},
        {"ETRN #queue1", "#queue1", OK},
        {"ETRN #a@b", "#a@b", OK}, /* how queues are called is the server's affair */
        {"ETRN [192.0.2.1]", "[192.0.2.1]", OK},
        {"etrn EXAMPLE  ", "EXAMPLE", OK},
        {"ETRN", "", ARGUMENT},
        {"ETRN ", "", ARGUMENT},
        {"ETRN @", "", ARGUMENT},
        {"ETRN #", "", ARGUMENT},
        {"ETRN @@example.com", "", ARGUMENT},
        {"ETRN @#queue", "", ARGUMENT},
        {"ETRN @[192.0.2.1]", "", ARGUMENT}, /* an address has no domains in it */
        {"ETRN a b", "", ARGUMENT},
        {"ETRN #a b", "", ARGUMENT},
        {"ETRN  example.com", "", ARGUMENT},
        {"ETRN -example.com", "", ARGUMENT},
        {"ETRN a..b", "", ARGUMENT},
        {"ETRN a_b", "", ARGUMENT},
        {"ETRN <example.com>", "", ARGUMENT},
        {"ETRN user@example.com", "", ARGUMENT},
        {"ETRN b\xC3\xBC"
         "cher.example",
         "", MALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_command command;
        if (check_line(rows[i].line, 0, 0, rows[i].reason, &command))
            check(view_is(&command.name, rows[i].name), rows[i].line, "name");
    }
    finish();
}

static void burl(void **state)
{
    static const char long_url[] =
        "imap://harry@gryffindor.example.com/outbox;uidvalidity=1078863300/;uid=25;urlauth=submit+harry:internal:"
        "91354a473744909de610943775f92038";
    static const struct {
        const char *before, *url, *behind;
        uint16_t reason;
        bool is_last;
    } rows[] = {
        {"BURL ", long_url, " LAST", OK, true}, /* RFC 4468 3.4 */
        {"BURL ", long_url, "", OK, false},
        {"BURL ", long_url, " last", OK, true},
        {"burl ", "http://a/?b=%20", "   ", OK, false},
        {"BURL ", "imap:", "", OK, false},
        {"BURL ", "a+b-c.9:x", "", OK, false},
        {"BURL ", "http://[2001:db8::1]:80/a;b,c", "", OK, false},
        {"BURL", "", "", ARGUMENT, false},
        {"BURL ", "", "", ARGUMENT, false},
        {"BURL ", "LAST", "", ARGUMENT, false},
        {"BURL ", long_url, " LAST LAST", ARGUMENT, false},
        {"BURL ", long_url, " LASTS", ARGUMENT, false},
        {"BURL ", long_url, " FIRST", ARGUMENT, false},
        {"BURL ", long_url, "  LAST", ARGUMENT, false},
        {"BURL  ", long_url, "", ARGUMENT, false},
        {"BURL ", "/outbox", "", ARGUMENT, false}, /* no scheme */
        {"BURL ", "outbox", "", ARGUMENT, false},
        {"BURL ", ":x", "", ARGUMENT, false},
        {"BURL ", "9p:x", "", ARGUMENT, false},
        {"BURL ", "-a:x", "", ARGUMENT, false},
        {"BURL ", "a_b:x", "", ARGUMENT, false},
        {"BURL ", "imap://a/b#c", "", ARGUMENT, false}, /* absolute-URI has no fragment */
        {"BURL ", "imap://a/%", "", ARGUMENT, false},
        {"BURL ", "imap://a/%2", "", ARGUMENT, false},
        {"BURL ", "imap://a/%2G", "", ARGUMENT, false},
        {"BURL ", "imap://a/\"", "", ARGUMENT, false},
        {"BURL ", "<imap://a/>", "", ARGUMENT, false},
        {"BURL ", "imap://a/\\", "", ARGUMENT, false},
        {"BURL ", "imap://a/{b}", "", ARGUMENT, false},
        {"BURL ", "imap://\xC3\xA4/", "", MALFORMED, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[256];
        smtpauth_command command;
        sprintf(line, "%s%s%s", rows[i].before, rows[i].url, rows[i].behind);
        if (check_line(line, 0, 0, rows[i].reason, &command)) {
            check(view_is(&command.name, rows[i].url), line, "URL");
            check(command.is_last == rows[i].is_last, line, "LAST");
        }
    }
    /* Octets that a URI may hold beyond letters and digits (RFC 3986 2). */
    for (unsigned octet = '!'; octet <= '~'; octet++) {
        char line[16];
        sprintf(line, "BURL a:x%cy", (char)octet);
        bool is_letter_or_digit =
            (octet >= '0' && octet <= '9') || ((octet | 0x20) >= 'a' && (octet | 0x20) <= 'z');
        bool is_fit = is_letter_or_digit || strchr("-._~:/?[]@!$&'()*+,;=", (char)octet) != NULL;
        check_reason(line, reason_of(line, 0, 0), is_fit ? OK : ARGUMENT);
    }
    finish();
}

static void vrfy_and_expn(void **state)
{
    enum { WITH_UTF8 = SMTPAUTH_WITH_UTF8 };
    static const struct {
        const char *argument;
        uint32_t options;
        uint16_t reason;
        const char *name;
        bool is_utf8;
    } rows[] = {
        {"Crispin SMTPUTF8", WITH_UTF8, OK, "Crispin", true},
        {"Crispin smtputf8  ", WITH_UTF8, OK, "Crispin", true},
        {"Sam Q. Smith SMTPUTF8", WITH_UTF8, OK, "Sam Q. Smith", true},
        {"Crispin  SMTPUTF8", WITH_UTF8, OK, "Crispin", true},
        {"Crispin", WITH_UTF8, OK, "Crispin", false},
        {"k\xC3\xA4the SMTPUTF8", WITH_UTF8, OK, "k\xC3\xA4the", true},
        {"k\xC3\xA4the", WITH_UTF8, OK, "k\xC3\xA4the", false}, /* the word is about the reply */
        {"SMTPUTF8", WITH_UTF8, OK, "SMTPUTF8", false},         /* somebody's name */
        {"SMTPUTF8 SMTPUTF8", WITH_UTF8, OK, "SMTPUTF8", true},
        {"Crispin SMTPUTF8 SMTPUTF8", WITH_UTF8, OK, "Crispin SMTPUTF8", true},
        {"CrispinSMTPUTF8", WITH_UTF8, OK, "CrispinSMTPUTF8", false},
        {"Crispin SMTPUTF8=", WITH_UTF8, OK, "Crispin SMTPUTF8=", false},
        {"Crispin SMTPUTF", WITH_UTF8, OK, "Crispin SMTPUTF", false},
        {"Crispin SMTPUTF8", 0, OK, "Crispin SMTPUTF8", false}, /* not offered: words like others */
        {" SMTPUTF8", WITH_UTF8, ARGUMENT, "", false},
        {"", WITH_UTF8, ARGUMENT, "", false},
        {"k\xE4the SMTPUTF8", WITH_UTF8, ARGUMENT, "", false},
        {"k\xE4the", WITH_UTF8, ARGUMENT, "", false},
        {"k\xC3\xA4the", 0, MALFORMED, "", false},
        {"k\xC3\xA4the SMTPUTF8", 0, MALFORMED, "", false},
    };
    (void)state;
    for (size_t i = 0; i < 2 * (sizeof rows / sizeof *rows); i++) {
        char line[64];
        smtpauth_command command;
        size_t row = i / 2;
        sprintf(line, "%s %s", i % 2 ? "EXPN" : "VRFY", rows[row].argument);
        if (check_line(line, 0, rows[row].options, rows[row].reason, &command)) {
            check(view_is(&command.name, rows[row].name), line, "name");
            check(command.is_utf8 == rows[row].is_utf8, line, "is_utf8");
        }
    }
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(etrn),
        cmocka_unit_test(burl),
        cmocka_unit_test(vrfy_and_expn),
    };
    return cmocka_run_group_tests_name("verbs of extensions", tests, NULL, NULL);
}
