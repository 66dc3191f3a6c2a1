/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves the verbs (RFC 5321 2.4 and 4.1.1: either case, trailing blanks, nothing stuck to them), the faults of a line
 * (RFC 5321 4.1.2) and the arguments of every command but MAIL and RCPT, which are test_command_mail.c: EHLO and its
 * kind (RFC 5321 4.1.1.1, RFC 2033), AUTH (RFC 4954 4), BDAT (RFC 3030 2), VRFY, EXPN, HELP, NOOP, DATA, RSET, QUIT
 * (RFC 5321 4.1.1), STARTTLS (RFC 3207 4), ETRN (RFC 1985). Vectors: RFC 5321 Appendix D, RFC 4954 4.1. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/command.h>
#include <smtpauth/reason.h>

#include "command_line.h"
#include "rows.h"

static const char *const verbs[SMTPAUTH_VERB_COUNT] = {
    "",     "EHLO", "HELO", "LHLO", "AUTH", "STARTTLS", "MAIL", "RCPT", "DATA", "BDAT", "BURL", "RSET",
    "NOOP", "QUIT", "HELP", "VRFY", "EXPN", "ETRN",     "ATRN", "TURN", "SEND", "SOML", "SAML", "XCLIENT",
};

static void verbs_in_any_case(void **state)
{
    (void)state;
    for (uint8_t verb = 1; verb < SMTPAUTH_VERB_COUNT; verb++) {
        size_t len = strlen(verbs[verb]);
        for (unsigned mask = 0; mask < 1U << len; mask++) {
            uint8_t line[16];
            smtpauth_view rest = {NULL, 99};
            uint32_t faults = 99;
            for (size_t i = 0; i < len; i++) {
                line[i] = (uint8_t)(verbs[verb][i] | (mask >> i & 1 ? 0x20 : 0));
            }
            check(smtpauth_command_verb(line, len, &rest, &faults) == verb, verbs[verb], "in some case");
            check(rest.len == 0 && faults == 0, verbs[verb], "rest and faults");
        }
        assert_string_equal(smtpauth_verb_name(verb), verbs[verb]);
    }
    assert_string_equal(smtpauth_verb_name(SMTPAUTH_VERB_UNKNOWN), "");
    assert_string_equal(smtpauth_verb_name(SMTPAUTH_VERB_COUNT), "");
    assert_string_equal(smtpauth_verb_name(255), "");
    finish();
}

static void verbs_of_lines(void **state)
{
    enum { ANY = 77 };
    static const struct {
        const char *name, *line;
        size_t len;
        uint8_t verb;
        const char *rest; /* NULL: not told */
        uint32_t faults;
    } rows[] = {
        {"alone", "NOOP", 4, SMTPAUTH_VERB_NOOP, "", 0},
        {"argument", "NOOP x", 6, SMTPAUTH_VERB_NOOP, "x", 0},
        {"two words", "AUTH PLAIN abc=", 15, SMTPAUTH_VERB_AUTH, "PLAIN abc=", 0},
        {"a trailing blank", "DATA ", 5, SMTPAUTH_VERB_DATA, "", 0},
        {"trailing blanks", "DATA    ", 8, SMTPAUTH_VERB_DATA, "", 0},
        {"trailing blanks of an argument", "NOOP x  ", 8, SMTPAUTH_VERB_NOOP, "x", 0},
        {"one blank parts", "NOOP  x", 7, SMTPAUTH_VERB_NOOP, " x", 0},
        {"longest verb", "STARTTLS", 8, SMTPAUTH_VERB_STARTTLS, "", 0},
        {"empty line", "", 0, SMTPAUTH_VERB_UNKNOWN, NULL, 0},
        {"blank line", "  ", 2, SMTPAUTH_VERB_UNKNOWN, NULL, 0},
        {"blank in front", " NOOP", 5, SMTPAUTH_VERB_UNKNOWN, NULL, 0},
        {"no verb", "HELLO", 5, SMTPAUTH_VERB_UNKNOWN, NULL, 0},
        {"prefix of one", "NOO", 3, SMTPAUTH_VERB_UNKNOWN, NULL, 0},
        {"prefix of the longest", "STARTTL", 7, SMTPAUTH_VERB_UNKNOWN, NULL, 0},
        {"one letter more", "NOOPX", 5, SMTPAUTH_VERB_UNKNOWN, NULL, 0},
        {"a digit more", "NOOP1", 5, SMTPAUTH_VERB_UNKNOWN, NULL, 0},
        {"a hyphen more", "NOOP-", 5, SMTPAUTH_VERB_UNKNOWN, NULL, 0},
        {"colon behind", "MAIL:", 5, SMTPAUTH_VERB_UNKNOWN, NULL, 0},
        {"= behind", "AUTH=PLAIN", 10, SMTPAUTH_VERB_UNKNOWN, NULL, 0},
        {"no blank", "MAILFROM:<a@b>", 14, SMTPAUTH_VERB_UNKNOWN, NULL, 0},
        {"digits", "1234", 4, SMTPAUTH_VERB_UNKNOWN, NULL, 0},
        {"HTTP", "GET / HTTP/1.1", 14, SMTPAUTH_VERB_UNKNOWN, NULL, 0},
        {"XCLIENT", "XCLIENT NAME=x", 14, SMTPAUTH_VERB_XCLIENT, "NAME=x", 0},
        {"NUL behind the verb", "NOOP\0", 5, SMTPAUTH_VERB_NOOP, NULL, SMTPAUTH_FAULT_NUL},
        {"NUL in the argument", "NOOP a\0b", 8, SMTPAUTH_VERB_NOOP, NULL, SMTPAUTH_FAULT_NUL},
        {"TAB behind the verb", "NOOP\tx", 6, SMTPAUTH_VERB_NOOP, NULL, SMTPAUTH_FAULT_CONTROL},
        {"DEL in the argument",
         "NOOP a\x7F"
         "b",
         8, SMTPAUTH_VERB_NOOP, NULL, SMTPAUTH_FAULT_CONTROL},
        {"ESC", "NOOP \x1B[1m", 9, SMTPAUTH_VERB_NOOP, NULL, SMTPAUTH_FAULT_CONTROL},
        {"8-bit behind the verb", "NOOP\xC3\xA4", 6, SMTPAUTH_VERB_NOOP, NULL, SMTPAUTH_FAULT_8BIT},
        {"8-bit in the argument", "NOOP \xE4", 6, SMTPAUTH_VERB_NOOP, NULL, SMTPAUTH_FAULT_8BIT},
        {"bare CR behind the verb", "NOOP\r", 5, SMTPAUTH_VERB_NOOP, NULL, SMTPAUTH_FAULT_BARE_CR},
        {"bare CR in the argument", "NOOP a\rb", 8, SMTPAUTH_VERB_NOOP, NULL, SMTPAUTH_FAULT_BARE_CR},
        {"bare LF behind the verb", "NOOP\nRSET", 9, SMTPAUTH_VERB_NOOP, NULL, SMTPAUTH_FAULT_BARE_LF},
        {"bare LF in the argument", "NOOP a\nb", 8, SMTPAUTH_VERB_NOOP, NULL, SMTPAUTH_FAULT_BARE_LF},
        {"several", "NOOP \0\x01\xFF", 8, SMTPAUTH_VERB_NOOP, NULL,
         SMTPAUTH_FAULT_NUL | SMTPAUTH_FAULT_CONTROL | SMTPAUTH_FAULT_8BIT},
        {"control in an unknown verb", "NO\x01OP", 5, SMTPAUTH_VERB_UNKNOWN, NULL, SMTPAUTH_FAULT_CONTROL},
        {"TLS hello", "\x16\x03\x01\x02\x80", 5, SMTPAUTH_VERB_UNKNOWN, NULL,
         SMTPAUTH_FAULT_CONTROL | SMTPAUTH_FAULT_8BIT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t *block = malloc(rows[i].len == 0 ? 1 : rows[i].len);
        smtpauth_view rest = {NULL, ANY};
        uint32_t faults = ANY;
        assert_non_null(block);
        memcpy(block, rows[i].line, rows[i].len);
        check(smtpauth_command_verb(block, rows[i].len, &rest, &faults) == rows[i].verb, rows[i].name, "verb");
        check(faults == rows[i].faults, rows[i].name, "faults");
        check(rows[i].rest == NULL || view_is(&rest, rows[i].rest), rows[i].name, "rest");
        check(rest.len <= rows[i].len &&
                  (rest.len == 0 || (rest.data >= block && rest.data + rest.len <= block + rows[i].len)),
              rows[i].name, "the rest lies in the line");
        free(block);
    }
    smtpauth_view rest;
    uint32_t faults;
    assert_int_equal(smtpauth_command_verb(NULL, 4, &rest, &faults), SMTPAUTH_VERB_UNKNOWN);
    assert_int_equal(smtpauth_command_verb((const uint8_t *)"NOOP", 4, NULL, &faults), SMTPAUTH_VERB_UNKNOWN);
    assert_int_equal(smtpauth_command_verb((const uint8_t *)"NOOP", 4, &rest, NULL), SMTPAUTH_VERB_UNKNOWN);
    finish();
}

static void every_octet_behind_a_verb(void **state)
{
    (void)state;
    for (unsigned octet = 0; octet < 256; octet++) {
        uint8_t line[5] = {'R', 'S', 'E', 'T', (uint8_t)octet};
        smtpauth_view rest;
        uint32_t faults;
        bool is_fault = octet < 32 || octet >= 127;
        uint8_t verb = smtpauth_command_verb(line, 5, &rest, &faults);
        if (verb != (is_fault || octet == ' ' ? SMTPAUTH_VERB_RSET : SMTPAUTH_VERB_UNKNOWN) ||
            (faults != 0) != is_fault) {
            print_error("octet %u: verb %u, faults %u\n", octet, verb, (unsigned)faults);
            add_wrong();
        }
    }
    finish();
}

static void arguments(void **state)
{
    enum { OK = 0, ARGUMENT = SMTPAUTH_REASON_ARGUMENT, MALFORMED = SMTPAUTH_REASON_MALFORMED };
    static const struct {
        const char *line;
        uint16_t reason;
        const char *name; /* the view `name`, where all is well */
    } rows[] = {
        /* RFC 5321 Appendix D; MAIL and RCPT are elsewhere. */
        {"EHLO bar.com", OK, "bar.com"},
        {"EHLO foo.com", OK, "foo.com"},
        {"VRFY Crispin", OK, "Crispin"},
        {"DATA", OK, ""},
        {"RSET", OK, ""},
        {"QUIT", OK, ""},
        {"EHLO client.example.com", OK, "client.example.com"}, /* RFC 4954 4.1 */
        {"STARTTLS", OK, ""},
        {"EHLO [192.0.2.1]", OK, "[192.0.2.1]"},
        {"EHLO [IPv6:2001:db8::1]", OK, "[IPv6:2001:db8::1]"},
        {"EHLO localhost", OK, "localhost"},
        {"EHLO bar.com  ", OK, "bar.com"},
        {"HELO bar.com", OK, "bar.com"},
        {"LHLO foo.edu", OK, "foo.edu"}, /* RFC 2033 4.1 */
        {"EHLO", ARGUMENT, ""},
        {"EHLO ", ARGUMENT, ""},
        {"HELO", ARGUMENT, ""},
        {"LHLO", ARGUMENT, ""},
        {"EHLO a b", ARGUMENT, ""},
        {"HELO a b", ARGUMENT, ""},
        {"LHLO a b", ARGUMENT, ""},
        {"EHLO -bad.example", ARGUMENT, ""},
        {"EHLO bad..example", ARGUMENT, ""},
        {"EHLO WIN_PC.example", OK, "WIN_PC.example"}, /* no Domain, but what real machines are called */
        {"HELO _host", OK, "_host"},
        {"EHLO [::1]", OK, "[::1]"}, /* its tag is missing */
        {"EHLO [::1", ARGUMENT, ""},
        {"EHLO ::1", ARGUMENT, ""},
        {"EHLO [:::1]", ARGUMENT, ""},
        {"EHLO bad_.-name", ARGUMENT, ""},
        {"EHLO a@b", ARGUMENT, ""},
        {"EHLO [192.0.2.300]", ARGUMENT, ""},
        {"EHLO [192.0.2.1", ARGUMENT, ""},
        {"HELO <a>", ARGUMENT, ""},
        {"LHLO -", ARGUMENT, ""},
        {"DATA x", ARGUMENT, ""},
        {"RSET x", ARGUMENT, ""},
        {"QUIT x", ARGUMENT, ""},
        {"QUIT now please", ARGUMENT, ""},
        {"STARTTLS x", ARGUMENT, ""},
        {"DATA  ", OK, ""},
        {"RSET ", OK, ""},
        {"QUIT   ", OK, ""},
        {"STARTTLS ", OK, ""},
        {"NOOP", OK, ""},
        {"NOOP x", OK, "x"},
        {"NOOP what ever <it> is=1", OK, "what ever <it> is=1"},
        {"HELP", OK, ""},
        {"HELP MAIL", OK, "MAIL"},
        {"VRFY", ARGUMENT, ""},
        {"VRFY ", ARGUMENT, ""},
        {"VRFY <user@example.com>", OK, "<user@example.com>"},
        {"VRFY Sam Q. Smith", OK, "Sam Q. Smith"}, /* RFC 5321 3.5.1: free text is common */
        {"EXPN", ARGUMENT, ""},
        {"EXPN Example-People", OK, "Example-People"}, /* RFC 5321 3.5.1 */
        {"ETRN", ARGUMENT, ""},
        {"ETRN example.com", OK, "example.com"},
        {"ETRN @example.com", OK, "@example.com"}, /* RFC 1985 5.2 */
        {"ETRN #queue1", OK, "#queue1"},
        /* Faults outrank arguments. */
        {"EHLO b\xC3\xBC"
         "cher.example",
         MALFORMED, ""},
        {"NOOP \xC3\xA4", MALFORMED, ""},
        {"NOOP a\rb", MALFORMED, ""},
        {"NOOP\t", MALFORMED, ""},
        {"QUIT\r", MALFORMED, ""},
        {"RSET \x7F", MALFORMED, ""},
        {"DATA\x01", MALFORMED, ""},
        {"HELP \x1B", MALFORMED, ""},
        {"STARTTLS\xFF", MALFORMED, ""},
        {"AUTH PLAIN \x01", MALFORMED, ""},
        {"NOOP\nMAIL FROM:<a@b>", SMTPAUTH_REASON_BARE_LF, ""},
        {"QUIT\n", SMTPAUTH_REASON_BARE_LF, ""},
        {"EHLO bar.com\n", SMTPAUTH_REASON_BARE_LF, ""},
        {"AUTH PLAIN\n", SMTPAUTH_REASON_BARE_LF, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_command command;
        if (check_line(rows[i].line, 0, 0, rows[i].reason, &command)) {
            check(view_is(&command.name, rows[i].name), rows[i].line, "name");
            check(command.present == 0 && command.size == 0 && command.body == 0 && !command.is_last &&
                      !command.has_initial_response && command.path.len == 0 && command.mechanism.len == 0 &&
                      command.parameters.len == 0 && command.auth.len == 0,
                  rows[i].line, "what the verb does not use is zero");
            for (size_t j = 0; j < sizeof command.reserved / sizeof *command.reserved; j++) {
                check(command.reserved[j] == 0, rows[i].line, "the reserve is zero");
            }
        }
    }
    smtpauth_command command;
    check(parse_line("NOOP a\0b", 8, 0, 0, &command) == MALFORMED, "NUL", "in an argument");
    check(parse_line("QUIT\0", 5, 0, 0, &command) == MALFORMED, "NUL", "behind the verb");
    finish();
}

static void auth_arguments(void **state)
{
    static const struct {
        const char *line;
        uint16_t reason;
        const char *mechanism;
        bool has_initial_response;
        const char *initial_response;
    } rows[] = {
        /* RFC 4954 4.1 */
        {"AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ=", 0, "PLAIN", true, "dGVzdAB0ZXN0ADEyMzQ="},
        {"AUTH DIGEST-MD5", 0, "DIGEST-MD5", false, ""},
        {"AUTH GSSAPI", 0, "GSSAPI", false, ""},
        {"AUTH PLAIN", 0, "PLAIN", false, ""},
        {"AUTH PLAIN ", 0, "PLAIN", false, ""},
        {"AUTH PLAIN =", 0, "PLAIN", true, ""},
        {"AUTH EXTERNAL =", 0, "EXTERNAL", true, ""},
        {"auth login", 0, "login", false, ""},
        {"AUTH LOGIN VXNlcg==  ", 0, "LOGIN", true, "VXNlcg=="},
        {"AUTH SCRAM-SHA-256-PLUS biws", 0, "SCRAM-SHA-256-PLUS", true, "biws"},
        {"AUTH X_1 ==", 0, "X_1", true, "=="}, /* not for the grammar to decode */
        {"AUTH", SMTPAUTH_REASON_ARGUMENT, "", false, ""},
        {"AUTH ", SMTPAUTH_REASON_ARGUMENT, "", false, ""},
        {"AUTH PLAIN a b", SMTPAUTH_REASON_ARGUMENT, "", false, ""},
        {"AUTH PLAIN = =", SMTPAUTH_REASON_ARGUMENT, "", false, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_command command;
        if (check_line(rows[i].line, SMTPAUTH_EXT_AUTH, 0, rows[i].reason, &command)) {
            check(command.verb == SMTPAUTH_VERB_AUTH, rows[i].line, "verb");
            check(view_is(&command.mechanism, rows[i].mechanism), rows[i].line, "mechanism");
            check(command.has_initial_response == rows[i].has_initial_response, rows[i].line,
                  "has_initial_response");
            check(view_is(&command.initial_response, rows[i].initial_response), rows[i].line,
                  "initial_response");
        }
    }
    finish();
}

static void bdat_arguments(void **state)
{
    enum { ARGUMENT = SMTPAUTH_REASON_ARGUMENT, NO_SIZE = SMTPAUTH_REASON_BDAT_SIZE };
    static const struct {
        const char *line;
        uint16_t reason;
        uint64_t size; /* also where the reason is ARGUMENT: the octets must be swallowed */
        bool is_last;
    } rows[] = {
        {"BDAT 86 LAST", 0, 86, true}, /* RFC 3030 4.1 */
        {"BDAT 100000", 0, 100000, false},
        {"BDAT 324", 0, 324, false},
        {"BDAT 0 LAST", 0, 0, true},
        {"BDAT 0", 0, 0, false},
        {"BDAT 1 last", 0, 1, true},
        {"BDAT 1 LaSt ", 0, 1, true},
        {"BDAT 0000000000000000000000007", 0, 7, false},
        {"BDAT 18446744073709551615", 0, UINT64_MAX, false},
        {"BDAT 18446744073709551616", NO_SIZE, 0, false},
        {"BDAT 99999999999999999999", NO_SIZE, 0, false},
        {"BDAT 100000000000000000000000000000", NO_SIZE, 0, false},
        {"BDAT", NO_SIZE, 0, false},
        {"BDAT ", NO_SIZE, 0, false},
        {"BDAT LAST", NO_SIZE, 0, false},
        {"BDAT -1", NO_SIZE, 0, false},
        {"BDAT +1", NO_SIZE, 0, false},
        {"BDAT 0x10", NO_SIZE, 0, false},
        {"BDAT 10x", NO_SIZE, 0, false},
        {"BDAT 10LAST", NO_SIZE, 0, false},
        {"BDAT 1.5", NO_SIZE, 0, false},
        {"BDAT <a@b>", NO_SIZE, 0, false},
        {"BDAT 10\nQUIT", NO_SIZE, 0, false}, /* a bare LF: where the octets begin nobody knows */
        {"BDAT 10 FIRST", ARGUMENT, 10, false},
        {"BDAT 10 LASTLY", ARGUMENT, 10, false},
        {"BDAT 10 LAST x", ARGUMENT, 10, false},
        {"BDAT 10 20", ARGUMENT, 10, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_command command;
        uint16_t reason = parse_line(rows[i].line, strlen(rows[i].line), 0, 0, &command);
        check_reason(rows[i].line, reason, rows[i].reason);
        if (reason == rows[i].reason && reason != NO_SIZE) {
            check(command.size == rows[i].size, rows[i].line, "size");
            check(reason != 0 || command.is_last == rows[i].is_last, rows[i].line, "is_last");
        }
    }
    finish();
}

static void verbs_that_do_not_exist(void **state)
{
    smtpauth_view rest = {(const uint8_t *)"x", 1};
    smtpauth_command command;
    (void)state;
    for (unsigned verb = 0; verb < 256; verb++) {
        if (verb != 0 && verb < SMTPAUTH_VERB_COUNT) {
            continue;
        }
        assert_int_equal(smtpauth_command_parse((uint8_t)verb, &rest, 0, 0, 0, &command),
                         SMTPAUTH_REASON_UNKNOWN_COMMAND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verbs_in_any_case),
        cmocka_unit_test(verbs_of_lines),
        cmocka_unit_test(every_octet_behind_a_verb),
        cmocka_unit_test(arguments),
        cmocka_unit_test(auth_arguments),
        cmocka_unit_test(bdat_arguments),
        cmocka_unit_test(verbs_that_do_not_exist),
    };
    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
