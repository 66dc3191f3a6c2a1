/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves the arguments of MAIL and RCPT: paths and source routes (RFC 5321 4.1.1.2, 4.1.1.3, 4.1.2, 4.5.3.1.3),
 * <postmaster> (4.1.1.3), parameters (4.1.1.11, 4.1.2), SIZE (RFC 1870 6), BODY (RFC 6152 3), SMTPUTF8 (RFC 6531 3.4,
 * 3.5), AUTH= (RFC 4954 5), and which reply each fault gets. Vectors: RFC 5321 Appendix D and 4.1.1.3, RFC 4954 5.
 * Parameters of further extensions are test_command_dsn.c and test_command_delivery.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/command.h>
#include <smtpauth/reason.h>

#include "command_line.h"
#include "rows.h"

enum {
    OK = 0,
    MALFORMED = SMTPAUTH_REASON_MALFORMED,
    ARGUMENT = SMTPAUTH_REASON_ARGUMENT,
    SENDER = SMTPAUTH_REASON_BAD_SENDER,
    RECIPIENT = SMTPAUTH_REASON_BAD_RECIPIENT,
    UNKNOWN = SMTPAUTH_REASON_PARAMETER,
    SYNTAX = 1000, /* some 501: whether 5.5.4, 5.1.7 or 5.1.3 no RFC says */
    UTF8 = SMTPAUTH_EXT_SMTPUTF8,
    AUTH = SMTPAUTH_EXT_AUTH,
    LAX = SMTPAUTH_LAX_SPACE,
    BARE = SMTPAUTH_LAX_BRACKETS,
    WITH_UTF8 = SMTPAUTH_WITH_UTF8,
    IN_UTF8 = SMTPAUTH_IN_UTF8
};

static void check_mail_reason(const char *line, uint16_t got, uint16_t expected)
{
    bool is_syntax = got == ARGUMENT || got == SENDER || got == RECIPIENT;
    check_reason(line, expected == SYNTAX && is_syntax ? SYNTAX : got, expected);
}

/* As check_line, with SYNTAX among what is expected. */
static bool check_mail_line(const char *line, uint32_t extensions, uint32_t options, uint16_t expected,
                            smtpauth_command *command)
{
    uint16_t reason = parse_line(line, strlen(line), extensions, options, command);
    check_mail_reason(line, reason, expected);
    return reason == OK && expected == OK;
}

static void paths(void **state)
{
    static const struct {
        const char *line;
        uint16_t reason;
        const char *path, *local_part, *domain;
    } rows[] = {
        /* RFC 5321 Appendix D */
        {"MAIL FROM:<Smith@bar.com>", OK, "Smith@bar.com", "Smith", "bar.com"},
        {"RCPT TO:<Jones@foo.com>", OK, "Jones@foo.com", "Jones", "foo.com"},
        {"RCPT TO:<Green@foo.com>", OK, "Green@foo.com", "Green", "foo.com"},
        {"RCPT TO:<Brown@foo.com>", OK, "Brown@foo.com", "Brown", "foo.com"},
        {"MAIL FROM:<JQP@bar.com>", OK, "JQP@bar.com", "JQP", "bar.com"},
        {"RCPT TO:<Jones@XYZ.COM>", OK, "Jones@XYZ.COM", "Jones", "XYZ.COM"},
        {"MAIL FROM:<EAK@bar.com>", OK, "EAK@bar.com", "EAK", "bar.com"},
        {"RCPT TO:<Admin.MRC@foo.com>", OK, "Admin.MRC@foo.com", "Admin.MRC", "foo.com"},
        /* RFC 5321 4.1.1.3 and Appendix C */
        {"MAIL FROM:<userx@y.foo.org>", OK, "userx@y.foo.org", "userx", "y.foo.org"},
        {"RCPT TO:<@hosta.int,@jkl.org:userc@d.bar.org>", OK, "userc@d.bar.org", "userc", "d.bar.org"},
        {"RCPT TO:<@jkl.org:userc@d.bar.org>", OK, "userc@d.bar.org", "userc", "d.bar.org"},
        {"RCPT TO:<userc@d.bar.org>", OK, "userc@d.bar.org", "userc", "d.bar.org"},
        /* either case, trailing blanks */
        {"mail from:<a@b>", OK, "a@b", "a", "b"},
        {"Rcpt To:<A@B>", OK, "A@B", "A", "B"},
        {"MAIL FROM:<a@b>   ", OK, "a@b", "a", "b"},
        /* quotes and literals */
        {"MAIL FROM:<\"a b\"@c>", OK, "\"a b\"@c", "\"a b\"", "c"},
        {"MAIL FROM:<\"a>b\"@c>", OK, "\"a>b\"@c", "\"a>b\"", "c"},
        {"MAIL FROM:<\"a@b\"@c>", OK, "\"a@b\"@c", "\"a@b\"", "c"},
        {"RCPT TO:<\"a\\\">\\\\\"@c>", OK, "\"a\\\">\\\\\"@c", "\"a\\\">\\\\\"", "c"},
        {"RCPT TO:<a@[192.0.2.1]>", OK, "a@[192.0.2.1]", "a", "[192.0.2.1]"},
        {"RCPT TO:<a@[IPv6:2001:db8::1]>", OK, "a@[IPv6:2001:db8::1]", "a", "[IPv6:2001:db8::1]"},
        {"RCPT TO:<@a.b:\"x:y\"@c>", OK, "\"x:y\"@c", "\"x:y\"", "c"},
        /* the empty path and the postmaster */
        {"MAIL FROM:<>", OK, "", "", ""},
        {"RCPT TO:<postmaster>", OK, "postmaster", "postmaster", ""},
        {"RCPT TO:<Postmaster>", OK, "Postmaster", "Postmaster", ""},
        {"RCPT TO:<POSTMASTER>", OK, "POSTMASTER", "POSTMASTER", ""},
        {"RCPT TO:<Postmaster@foo.com>", OK, "Postmaster@foo.com", "Postmaster", "foo.com"},
        {"RCPT TO:<>", RECIPIENT, "", "", ""},
        {"MAIL FROM:<postmaster>", SENDER, "", "", ""},
        {"RCPT TO:<postmaste>", RECIPIENT, "", "", ""},
        {"RCPT TO:<postmasters>", RECIPIENT, "", "", ""},
        {"RCPT TO:<\"postmaster\">", RECIPIENT, "", "", ""},
        /* no mailbox */
        {"MAIL FROM:<a>", SENDER, "", "", ""},
        {"RCPT TO:<a>", RECIPIENT, "", "", ""},
        {"MAIL FROM:<a@>", SENDER, "", "", ""},
        {"MAIL FROM:<@b>", SENDER, "", "", ""},
        {"RCPT TO:<a..b@c>", RECIPIENT, "", "", ""},
        {"RCPT TO:<a@b@c>", RECIPIENT, "", "", ""},
        {"RCPT TO:<a b@c>", RECIPIENT, "", "", ""},
        {"RCPT TO:< a@b>", RECIPIENT, "", "", ""},
        {"RCPT TO:<a@b >", RECIPIENT, "", "", ""},
        {"RCPT TO:<<a@b>>", RECIPIENT, "", "", ""},
        {"RCPT TO:<a@[192.0.2.300]>", RECIPIENT, "", "", ""},
        {"RCPT TO:<a@b_c>", RECIPIENT, "", "", ""},
        {"MAIL FROM:<\"a@b>", SENDER, "", "", ""},
        {"MAIL FROM:<\"a\\\"@b>", SENDER, "", "", ""},
        {"MAIL FROM:< >", SENDER, "", "", ""},
        /* source routes gone wrong */
        {"RCPT TO:<@a>", RECIPIENT, "", "", ""},
        {"RCPT TO:<@a:>", RECIPIENT, "", "", ""},
        {"RCPT TO:<@a,@b>", RECIPIENT, "", "", ""},
        {"RCPT TO:<@:u@d>", RECIPIENT, "", "", ""},
        {"RCPT TO:<@a,:u@d>", RECIPIENT, "", "", ""},
        {"RCPT TO:<@a,b:u@d>", RECIPIENT, "", "", ""},
        {"RCPT TO:<a:u@d>", RECIPIENT, "", "", ""},
        {"RCPT TO:<@a @b:u@d>", RECIPIENT, "", "", ""},
        {"RCPT TO:<@-a:u@d>", RECIPIENT, "", "", ""},
        {"RCPT TO:<@a:@b:u@d>", RECIPIENT, "", "", ""},
        {"RCPT TO:<@a:postmaster>", RECIPIENT, "", "", ""},
        /* the frame around the path */
        {"MAIL", ARGUMENT, "", "", ""},
        {"RCPT ", ARGUMENT, "", "", ""},
        {"MAIL TO:<a@b>", ARGUMENT, "", "", ""},
        {"RCPT FROM:<a@b>", ARGUMENT, "", "", ""},
        {"MAIL FROM", ARGUMENT, "", "", ""},
        {"MAIL FROM<a@b>", ARGUMENT, "", "", ""},
        {"MAIL <a@b>", ARGUMENT, "", "", ""},
        {"MAIL FROM:", SYNTAX, "", "", ""},
        {"RCPT TO:", SYNTAX, "", "", ""},
        {"MAIL FROM: <a@b>", SYNTAX, "", "", ""},
        {"MAIL FROM :<a@b>", SYNTAX, "", "", ""},
        {"MAIL  FROM:<a@b>", SYNTAX, "", "", ""},
        {"MAIL FROM:a@b", SYNTAX, "", "", ""},
        {"RCPT TO:a@b", SYNTAX, "", "", ""},
        {"MAIL FROM:<a@b", SYNTAX, "", "", ""},
        {"MAIL FROM:a@b>", SYNTAX, "", "", ""},
        {"MAIL FROM:<a@b>>", SYNTAX, "", "", ""},
        {"MAIL FROM:<a@b>x", SYNTAX, "", "", ""},
        {"MAIL FROM:<a@b>SIZE=1", SYNTAX, "", "", ""},
        {"MAIL FROM:<a@b><c@d>", SYNTAX, "", "", ""},
        {"MAIL FROM:Me <a@b>", SYNTAX, "", "", ""},
        /* octets */
        {"MAIL FROM:<a\x01@b>", MALFORMED, "", "", ""},
        {"MAIL FROM:<\"a\tb\"@c>", MALFORMED, "", "", ""},
        {"MAIL\tFROM:<a@b>", MALFORMED, "", "", ""},
        {"RCPT TO:<a@b>\r", MALFORMED, "", "", ""},
        {"RCPT TO:<a@b\x7F>", MALFORMED, "", "", ""},
        {"RCPT TO:<k\xC3\xA4the@b>", MALFORMED, "", "", ""},
        {"MAIL FROM:<a@b>\nRCPT TO:<c@d>", SMTPAUTH_REASON_BARE_LF, "", "", ""},
        {"RCPT TO:<a@b>\n", SMTPAUTH_REASON_BARE_LF, "", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_command command;
        if (check_mail_line(rows[i].line, 0, 0, rows[i].reason, &command)) {
            check(view_is(&command.path, rows[i].path), rows[i].line, "path");
            check(view_is(&command.local_part, rows[i].local_part), rows[i].line, "local part");
            check(view_is(&command.domain, rows[i].domain), rows[i].line, "domain");
            check(command.present == 0 && command.parameters.len == 0 && command.size == 0, rows[i].line,
                  "parameters");
        }
    }
    static const char with_nul[] = "RCPT TO:<a\0b@c>";
    smtpauth_command command;
    check_mail_reason("NUL", parse_line(with_nul, sizeof with_nul - 1, 0, 0, &command), MALFORMED);
    finish();
}

static void a_path_of_256_octets(void **state)
{
    (void)state;
    for (size_t len = 250; len <= 262; len++) {
        for (unsigned is_rcpt = 0; is_rcpt < 2; is_rcpt++) {
            char line[300], name[64];
            smtpauth_command command;
            size_t at = (size_t)sprintf(line, "%s", is_rcpt ? "RCPT TO:<" : "MAIL FROM:<"), begin = at - 1;
            while (at < begin + 11) {
                line[at++] = 'l';
            }
            line[at++] = '@';
            for (size_t label = 1; at < begin + len - 1; label++) {
                line[at++] = label % 50 == 0 ? '.' : 'd';
            }
            line[at - 1] = 'd';
            line[at++] = '>';
            uint16_t expected = len <= SMTPAUTH_PATH_MAX ? OK : is_rcpt ? RECIPIENT : SENDER;
            sprintf(name, "%s of %u octets", is_rcpt ? "RCPT" : "MAIL", (unsigned)len);
            check_mail_reason(name, parse_line(line, at, 0, 0, &command), expected);
        }
    }
    finish();
}

static void parameters(void **state)
{
    enum {
        S = SMTPAUTH_PARAM_SIZE,
        B = SMTPAUTH_PARAM_BODY,
        U = SMTPAUTH_PARAM_SMTPUTF8,
        A = SMTPAUTH_PARAM_AUTH
    };
    enum { BIT7 = SMTPAUTH_BODY_7BIT, BIT8 = SMTPAUTH_BODY_8BITMIME };
    static const struct {
        const char *words; /* behind "MAIL FROM:<a@b>" or, with a '!' in front, "RCPT TO:<a@b>" */
        uint32_t extensions;
        uint16_t reason;
        uint32_t present;
        uint64_t size;
        uint8_t body;
        const char *auth;
    } rows[] = {
        {" SIZE=0", 0, OK, S, 0, 0, ""},
        {" SIZE=1", 0, OK, S, 1, 0, ""},
        {" size=500000", 0, OK, S, 500000, 0, ""}, /* RFC 1870 8 */
        {" SIZE=18446744073709551615", 0, OK, S, UINT64_MAX, 0, ""},
        {" SIZE=99999999999999999999", 0, OK, S, UINT64_MAX, 0,
         ""}, /* 20 digits are valid; as large as we can say */
        {" SIZE=00000000000000000005", 0, OK, S, 5, 0, ""},
        {" SIZE=000000000000000000005", 0, ARGUMENT, 0, 0, 0, ""}, /* 21 digits */
        {" SIZE=100000000000000000000", 0, ARGUMENT, 0, 0, 0, ""},
        {" SIZE=", 0, ARGUMENT, 0, 0, 0, ""},
        {" SIZE", 0, ARGUMENT, 0, 0, 0, ""},
        {" SIZE=-1", 0, ARGUMENT, 0, 0, 0, ""},
        {" SIZE=+1", 0, ARGUMENT, 0, 0, 0, ""},
        {" SIZE=1k", 0, ARGUMENT, 0, 0, 0, ""},
        {" SIZE=0x1", 0, ARGUMENT, 0, 0, 0, ""},
        {" SIZE=1=2", 0, ARGUMENT, 0, 0, 0, ""},
        {" SIZE=1 SIZE=1", 0, ARGUMENT, 0, 0, 0, ""},
        {" SIZE=1 size=2", 0, ARGUMENT, 0, 0, 0, ""},
        {" SIZE 1", 0, ARGUMENT, 0, 0, 0, ""},
        {" BODY=7BIT", 0, OK, B, 0, BIT7, ""},
        {" BODY=8BITMIME", 0, OK, B, 0, BIT8, ""},
        {" body=8bitmime", 0, OK, B, 0, BIT8, ""},
        {" SIZE=10 BODY=8BITMIME", 0, OK, S | B, 10, BIT8, ""},
        {" BODY=8BITMIME SIZE=10", 0, OK, S | B, 10, BIT8, ""},
        {" BODY=BINARYMIME", 0, ARGUMENT, 0, 0, 0, ""}, /* RFC 3030 is not offered: an unknown value */
        {" BODY=8BIT", 0, ARGUMENT, 0, 0, 0, ""},
        {" BODY=8BITMIMES", 0, ARGUMENT, 0, 0, 0, ""},
        {" BODY=", 0, ARGUMENT, 0, 0, 0, ""},
        {" BODY", 0, ARGUMENT, 0, 0, 0, ""},
        {" BODY=7BIT BODY=7BIT", 0, ARGUMENT, 0, 0, 0, ""},
        {" BODY=7BIT body=8BITMIME", 0, ARGUMENT, 0, 0, 0, ""},
        {" SMTPUTF8", UTF8, OK, U, 0, 0, ""},
        {" BODY=8BITMIME smtputf8 SIZE=9", UTF8, OK, S | B | U, 9, BIT8, ""},
        {" SMTPUTF8", 0, UNKNOWN, 0, 0, 0, ""},
        {" SMTPUTF8=1", UTF8, ARGUMENT, 0, 0, 0, ""}, /* RFC 6531 3.4: no value */
        {" SMTPUTF8=", UTF8, ARGUMENT, 0, 0, 0, ""},
        {" SMTPUTF8 SMTPUTF8", UTF8, ARGUMENT, 0, 0, 0, ""},
        {" AUTH=<>", AUTH, OK, A, 0, 0, "<>"},
        {" AUTH=e+3Dmc2@example.com", AUTH, OK, A, 0, 0, "e+3Dmc2@example.com"}, /* RFC 4954 5 */
        {" AUTH=e+3dmc2@example.com", AUTH, OK, A, 0, 0, "e+3dmc2@example.com"}, /* RFC 4954 8: either case */
        {" auth=user@example.com SIZE=3", AUTH, OK, A | S, 3, 0, "user@example.com"},
        {" AUTH=<>", 0, UNKNOWN, 0, 0, 0, ""},
        {" AUTH=", AUTH, ARGUMENT, 0, 0, 0, ""},
        {" AUTH", AUTH, ARGUMENT, 0, 0, 0, ""},
        {" AUTH=a+", AUTH, ARGUMENT, 0, 0, 0, ""},
        {" AUTH=a+3", AUTH, ARGUMENT, 0, 0, 0, ""},
        {" AUTH=a+3G", AUTH, ARGUMENT, 0, 0, 0, ""},
        {" AUTH=a+0D+0Ab", AUTH, ARGUMENT, 0, 0, 0, ""},
        {" AUTH=a+00b", AUTH, ARGUMENT, 0, 0, 0, ""},
        {" AUTH=e=mc2@example.com", AUTH, ARGUMENT, 0, 0, 0, ""},
        {" AUTH=<> AUTH=<>", AUTH, ARGUMENT, 0, 0, 0, ""},
        {" AUTH=a@b auth=c@d", AUTH, ARGUMENT, 0, 0, 0, ""},
        {" FOO", 0, UNKNOWN, 0, 0, 0, ""},
        {" FOO=BAR", 0, UNKNOWN, 0, 0, 0, ""},
        {" X-9=~!", 0, UNKNOWN, 0, 0, 0, ""},
        {" FOO FOO", 0, UNKNOWN, 0, 0, 0, ""},
        {" SIZE=1 FOO", 0, UNKNOWN, 0, 0, 0, ""},
        {" SIZES=1", 0, UNKNOWN, 0, 0, 0, ""},
        {" SIZ=1", 0, UNKNOWN, 0, 0, 0, ""},
        {" RET=HDRS ENVID=QQ314159", 0, UNKNOWN, 0, 0, 0, ""}, /* RFC 3461 10; DSN is not offered */
        {" MT-PRIORITY=3", 0, UNKNOWN, 0, 0, 0, ""},
        {" =", 0, ARGUMENT, 0, 0, 0, ""},
        {" =x", 0, ARGUMENT, 0, 0, 0, ""},
        {" -A=1", 0, ARGUMENT, 0, 0, 0, ""},
        {" A_B=1", 0, ARGUMENT, 0, 0, 0, ""},
        {" FOO=", 0, ARGUMENT, 0, 0, 0, ""},
        {" FOO=a=b", 0, ARGUMENT, 0, 0, 0, ""},
        {" <x>", 0, ARGUMENT, 0, 0, 0, ""},
        {" SIZE=1  BODY=7BIT", 0, ARGUMENT, 0, 0, 0, ""}, /* one SP, strictly */
        {"  SIZE=1", 0, ARGUMENT, 0, 0, 0, ""},
        {"!", 0, OK, 0, 0, 0, ""},
        {"! SIZE=1", 0, UNKNOWN, 0, 0, 0, ""},
        {"! BODY=7BIT", 0, UNKNOWN, 0, 0, 0, ""},
        {"! SMTPUTF8", UTF8, UNKNOWN, 0, 0, 0, ""},
        {"! AUTH=<>", AUTH, UNKNOWN, 0, 0, 0, ""},
        {"! NOTIFY=NEVER", 0, UNKNOWN, 0, 0, 0, ""},
        {"! NOTIFY=SUCCESS ORCPT=rfc822;Bob@Example.COM", 0, UNKNOWN, 0, 0, 0, ""}, /* RFC 3461 10 */
        {"! =", 0, ARGUMENT, 0, 0, 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[128];
        smtpauth_command command;
        bool is_rcpt = rows[i].words[0] == '!';
        const char *words = rows[i].words + is_rcpt;
        sprintf(line, "%s%s", is_rcpt ? "RCPT TO:<a@b>" : "MAIL FROM:<a@b>", words);
        if (check_mail_line(line, rows[i].extensions, 0, rows[i].reason, &command)) {
            check(command.present == rows[i].present, line, "present");
            check(command.size == rows[i].size, line, "size");
            check(command.body == rows[i].body, line, "body");
            check(view_is(&command.auth, rows[i].auth), line, "auth");
            check(view_is(&command.parameters, words[0] == '\0' ? "" : words + 1), line, "parameters, raw");
            check(view_is(&command.path, "a@b"), line, "path");
        }
    }
    finish();
}

static void leniency_and_utf8(void **state)
{
    static const struct {
        const char *line;
        uint32_t extensions, options;
        uint16_t reason;
        const char *path;
    } rows[] = {
        {"MAIL FROM: <a@b>", 0, LAX, OK, "a@b"},
        {"MAIL FROM :<a@b>", 0, LAX, OK, "a@b"},
        {"MAIL FROM  :   <a@b>", 0, LAX, OK, "a@b"},
        {"RCPT TO: <a@b>", 0, LAX, OK, "a@b"},
        {"RCPT TO: <postmaster>", 0, LAX, OK, "postmaster"},
        {"MAIL FROM: <>", 0, LAX, OK, ""},
        {"MAIL FROM:<a@b>   SIZE=1   BODY=7BIT", 0, LAX, OK, "a@b"},
        {"MAIL FROM: < a@b>", 0, LAX, SENDER, ""},
        {"MAIL FROM:a@b", 0, LAX, SYNTAX, ""},
        {"MAIL FROM:", 0, LAX, SYNTAX, ""},
        {"MAIL FROM:a@b", 0, BARE, OK, "a@b"},
        {"MAIL FROM:a@b SIZE=1", 0, BARE, OK, "a@b"},
        {"RCPT TO:a@[192.0.2.1]", 0, BARE, OK, "a@[192.0.2.1]"},
        {"MAIL FROM:<a@b>", 0, BARE, OK, "a@b"},
        {"MAIL FROM:<\"a b\"@c>", 0, BARE, OK, "\"a b\"@c"},
        {"MAIL FROM:", 0, BARE, SYNTAX, ""},
        {"RCPT TO:", 0, BARE, SYNTAX, ""},
        {"RCPT TO:a", 0, BARE, SYNTAX, ""},
        {"MAIL FROM:a@b>", 0, BARE, SYNTAX, ""},
        {"MAIL FROM:<a@b", 0, BARE, SYNTAX, ""},
        {"MAIL FROM: a@b", 0, BARE, SYNTAX, ""},
        {"MAIL FROM: a@b", 0, LAX | BARE, OK, "a@b"},
        {"MAIL FROM:a@b FOO", 0, LAX | BARE, UNKNOWN, ""},
        {"MAIL FROM:<a\x01@b>", 0, LAX | BARE, MALFORMED, ""},
        {"MAIL FROM: <a@b>\n", 0, LAX | BARE, SMTPAUTH_REASON_BARE_LF, ""},
        /* RFC 6531 3.5 */
        {"MAIL FROM:<k\xC3\xA4the@b> SMTPUTF8", UTF8, WITH_UTF8, OK, "k\xC3\xA4the@b"},
        {"MAIL FROM:<a@b\xC3\xBC"
         "cher.example> SMTPUTF8",
         UTF8, WITH_UTF8, OK,
         "a@b\xC3\xBC"
         "cher.example"},
        {"MAIL FROM:<a@b> SMTPUTF8", UTF8, WITH_UTF8, OK, "a@b"},
        {"MAIL FROM:<k\xC3\xA4the@b>", UTF8, WITH_UTF8, SMTPAUTH_REASON_UTF8_SENDER, ""},
        {"MAIL FROM:<k\xC3\xA4the@b> SIZE=1", UTF8, WITH_UTF8, SMTPAUTH_REASON_UTF8_SENDER, ""},
        {"MAIL FROM:<k\xE4the@b> SMTPUTF8", UTF8, WITH_UTF8, SENDER, ""},
        {"MAIL FROM:<\xC0\xAF@b> SMTPUTF8", UTF8, WITH_UTF8, SENDER, ""},
        {"MAIL FROM:<k\xE4the@b>", UTF8, WITH_UTF8, SENDER, ""},
        {"MAIL FROM:<k\xC3\xA4the@b> SMTPUTF8", UTF8, 0, MALFORMED, ""},
        {"RCPT TO:<k\xC3\xA4the@b>", UTF8, WITH_UTF8 | IN_UTF8, OK, "k\xC3\xA4the@b"},
        {"RCPT TO:<a@b>", UTF8, WITH_UTF8 | IN_UTF8, OK, "a@b"},
        {"RCPT TO:<k\xC3\xA4the@b>", UTF8, WITH_UTF8, SMTPAUTH_REASON_UTF8_RECIPIENT, ""},
        {"RCPT TO:<k\xE4the@b>", UTF8, WITH_UTF8 | IN_UTF8, RECIPIENT, ""},
        {"RCPT TO:<k\xE4the@b>", UTF8, WITH_UTF8, RECIPIENT, ""},
        {"RCPT TO:<k\xC3\xA4the@b>", 0, 0, MALFORMED, ""},
        {"MAIL FROM:<a@b> SMTPUTF8 SIZE=\xC3\xA4", UTF8, WITH_UTF8, MALFORMED,
         ""}, /* 8-bit in addresses only */
        {"MAIL FROM:<a@b> \xC3\xA4=1", UTF8, WITH_UTF8, MALFORMED, ""},
        {"MAIL FROM:<k\xC3\xA4the\x01@b> SMTPUTF8", UTF8, WITH_UTF8, MALFORMED, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_command command;
        if (check_mail_line(rows[i].line, rows[i].extensions, rows[i].options, rows[i].reason, &command))
            check(view_is(&command.path, rows[i].path), rows[i].line, "path");
    }
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(a_path_of_256_octets),
        cmocka_unit_test(parameters),
        cmocka_unit_test(leniency_and_utf8),
    };
    return cmocka_run_group_tests_name("MAIL and RCPT", tests, NULL, NULL);
}
