/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves the parameters about when and how to deliver: BY (RFC 2852 4), HOLDFOR and HOLDUNTIL (RFC 4865 3 with erratum
 * 2040, RFC 3339 5.6 and 5.7), MT-PRIORITY (RFC 6710 4.1), REQUIRETLS (RFC 8689 2), SOLICIT (RFC 3865 2.2, 2.3). Vectors:
 * RFC 3339 5.8, RFC 3865 2.3. */

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

enum {
    OK = 0,
    ARGUMENT = SMTPAUTH_REASON_ARGUMENT,
    MALFORMED = SMTPAUTH_REASON_MALFORMED,
    UNKNOWN = SMTPAUTH_REASON_PARAMETER,
    BAD_PRIORITY = SMTPAUTH_REASON_BAD_PRIORITY
};

static void deliver_by(void **state)
{
    enum { R = SMTPAUTH_BY_RETURN, N = SMTPAUTH_BY_NOTIFY, T = SMTPAUTH_BY_TRACE };
    static const struct {
        const char *value;
        uint16_t reason;
        int32_t by;
        uint8_t mode;
    } rows[] = {
        {"120;R", OK, 120, R},
        {"3600;RT", OK, 3600, R | T},
        {"98;R", OK, 98, R},
        {"1;R", OK, 1, R},
        {"120;N", OK, 120, N},
        {"-30;N", OK, -30, N},
        {"-30;NT", OK, -30, N | T},
        {"+30;R", OK, 30, R},
        {"+0;N", OK, 0, N},
        {"-0;N", OK, 0, N},
        {"0;N", OK, 0, N},
        {"007;R", OK, 7, R},
        {"120;r", OK, 120, R},
        {"120;nt", OK, 120, N | T},
        {"999999999;R", OK, 999999999, R},
        {"-999999999;N", OK, -999999999, N},
        {"000000001;R", OK, 1, R},
        /* "a negative or zero value is not allowed with a by-mode of R" */
        {"0;R", ARGUMENT, 0, 0},
        {"-0;R", ARGUMENT, 0, 0},
        {"-1;R", ARGUMENT, 0, 0},
        {"-1;RT", ARGUMENT, 0, 0},
        {"1000000000;R", ARGUMENT, 0, 0}, /* ten digits */
        {"0000000001;R", ARGUMENT, 0, 0},
        {"-1000000000;N", ARGUMENT, 0, 0},
        {"4294967416;R", ARGUMENT, 0, 0},
        {";R", ARGUMENT, 0, 0},
        {"-;N", ARGUMENT, 0, 0},
        {"+;N", ARGUMENT, 0, 0},
        {"--1;N", ARGUMENT, 0, 0},
        {"+-1;N", ARGUMENT, 0, 0},
        {"1-;N", ARGUMENT, 0, 0},
        {"120", ARGUMENT, 0, 0},
        {"120;", ARGUMENT, 0, 0},
        {"120R", ARGUMENT, 0, 0},
        {"120,R", ARGUMENT, 0, 0},
        {"120;T", ARGUMENT, 0, 0},
        {"120;X", ARGUMENT, 0, 0},
        {"120;RN", ARGUMENT, 0, 0},
        {"120;TR", ARGUMENT, 0, 0},
        {"120;RTT", ARGUMENT, 0, 0},
        {"120;RX", ARGUMENT, 0, 0},
        {"120;R;T", ARGUMENT, 0, 0},
        {"120;;R", ARGUMENT, 0, 0},
        {"R;120", ARGUMENT, 0, 0},
        {"0x10;R", ARGUMENT, 0, 0},
        {"1.5;R", ARGUMENT, 0, 0},
        {"120;\xC3\xA4", MALFORMED, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[64];
        smtpauth_command command;
        sprintf(line, "MAIL FROM:<a@b> BY=%s", rows[i].value);
        if (check_line(line, SMTPAUTH_EXT_DELIVERBY, 0, rows[i].reason, &command)) {
            check(command.by == rows[i].by, line, "by");
            check(command.by_mode == rows[i].mode, line, "mode");
        }
    }
    finish();
}

static void hold(void **state)
{
    enum { FOR = SMTPAUTH_PARAM_HOLDFOR, UNTIL = SMTPAUTH_PARAM_HOLDUNTIL };
    static const struct {
        const char *words;
        uint16_t reason;
        uint32_t present;
        uint64_t hold;
        const char *until;
    } rows[] = {
        {"HOLDFOR=1", OK, FOR, 1, ""},
        {"HOLDFOR=86400", OK, FOR, 86400, ""},
        {"holdfor=999999999", OK, FOR, 999999999, ""},
        {"HOLDFOR=0", ARGUMENT, 0, 0, ""},
        {"HOLDFOR=060", ARGUMENT, 0, 0, ""},
        {"HOLDFOR=1000000000", ARGUMENT, 0, 0, ""},
        {"HOLDFOR=4294967297", ARGUMENT, 0, 0, ""},
        {"HOLDFOR=-1", ARGUMENT, 0, 0, ""},
        {"HOLDFOR=+1", ARGUMENT, 0, 0, ""},
        {"HOLDFOR=1s", ARGUMENT, 0, 0, ""},
        {"HOLDFOR=1.5", ARGUMENT, 0, 0, ""},
        {"HOLDFOR=", ARGUMENT, 0, 0, ""},
        {"HOLDFOR=2030-01-01T00:00:00Z", ARGUMENT, 0, 0, ""},
        {"HOLDUNTIL=60", ARGUMENT, 0, 0, ""},
        {"HOLDUNTIL=2030-01-01T00:00:00Z", OK, UNTIL, 0, "2030-01-01T00:00:00Z"},
        {"holduntil=2030-01-01t00:00:00z", OK, UNTIL, 0, "2030-01-01t00:00:00z"},
        /* not both, in whichever order */
        {"HOLDFOR=60 HOLDUNTIL=2030-01-01T00:00:00Z", ARGUMENT, 0, 0, ""},
        {"HOLDUNTIL=2030-01-01T00:00:00Z HOLDFOR=60", ARGUMENT, 0, 0, ""},
        {"HOLDUNTIL=2030-01-01T00:00:00Z SIZE=1 HOLDFOR=60", ARGUMENT, 0, 0, ""},
        {"HOLDFOR=60 HOLDFOR=60", ARGUMENT, 0, 0, ""},
        {"HOLDUNTIL=2030-01-01T00:00:00Z HOLDUNTIL=2030-01-01T00:00:00Z", ARGUMENT, 0, 0, ""},
        {"HOLD=60", UNKNOWN, 0, 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[128];
        smtpauth_command command;
        sprintf(line, "MAIL FROM:<a@b> %s", rows[i].words);
        if (check_line(line, SMTPAUTH_EXT_FUTURERELEASE, 0, rows[i].reason, &command)) {
            check(command.present == rows[i].present, line, "present");
            check(command.hold == rows[i].hold, line, "hold");
            check(view_is(&command.hold_until, rows[i].until), line, "hold_until");
        }
    }
    finish();
}

static uint16_t until(const char *date_time)
{
    char line[96];
    sprintf(line, "MAIL FROM:<a@b> HOLDUNTIL=%s", date_time);
    return reason_of(line, SMTPAUTH_EXT_FUTURERELEASE, 0);
}

static void date_times(void **state)
{
    static const struct {
        const char *text;
        uint16_t reason;
    } rows[] = {
        {"1985-04-12T23:20:50.52Z", OK},         /* RFC 3339 5.8 */
        {"1990-12-31T23:59:60Z", OK},            /* a leap second */
        {"1996-12-19T16:39:57-08:00", ARGUMENT}, /* a date-time, but not in UTC */
        {"1937-01-01T12:00:27.87+00:20", ARGUMENT},
        {"0000-01-01T00:00:00Z", OK},
        {"9999-12-31T23:59:59Z", OK},
        {"2030-01-01T00:00:00.0Z", OK},
        {"2030-01-01T00:00:00.123456789012345678901234567890Z", OK},
        {"2030-01-01T00:00:00+00:00", OK},
        {"2030-01-01T00:00:00-00:00", OK},
        {"2030-01-01T00:00:00.5+00:00", OK},
        {"2030-01-01T00:00:00", ARGUMENT},
        {"2030-01-01T00:00:00ZZ", ARGUMENT},
        {"2030-01-01T00:00:00.Z", ARGUMENT},
        {"2030-01-01T00:00:00.", ARGUMENT},
        {"2030-01-01T00:00:00.1", ARGUMENT},
        {"2030-01-01T00:00:00,1Z", ARGUMENT},
        {"2030-01-01T00:00:00.1.2Z", ARGUMENT},
        {"2030-01-01T00:00:00+0000", ARGUMENT},
        {"2030-01-01T00:00:00+00", ARGUMENT},
        {"2030-01-01T00:00:00UTC", ARGUMENT},
        {"2030-01-01T00:00:00+01:00", ARGUMENT},
        {"2030-01-01T00:00Z", ARGUMENT},
        {"2030-01-01T24:00:00Z", ARGUMENT},
        {"2030-01-01T00:60:00Z", ARGUMENT},
        {"2030-01-01T00:00:61Z", ARGUMENT},
        {"2030-01-01_00:00:00Z", ARGUMENT},
        {"2030-01-01-00:00:00Z", ARGUMENT},
        {"2030-01-01", ARGUMENT},
        {"2030-1-1T0:0:0Z", ARGUMENT},
        {"30-01-01T00:00:00Z", ARGUMENT},
        {"12030-01-01T00:00:00Z", ARGUMENT},
        {"-030-01-01T00:00:00Z", ARGUMENT},
        {"20300101T000000Z", ARGUMENT},
        {"2030/01/01T00:00:00Z", ARGUMENT},
        {"2030-01-01T00.00.00Z", ARGUMENT},
        {"2030-01-0aT00:00:00Z", ARGUMENT},
        {"Z", ARGUMENT},
        {"T", ARGUMENT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_reason(rows[i].text, until(rows[i].text), rows[i].reason);
    }
    finish();
}

/* The table of RFC 3339 5.7, and the leap years of its appendix C. */
static void days_of_months(void **state)
{
    static const struct {
        unsigned year;
        bool is_leap;
    } years[] = {{2023, false}, {2024, true}, {1900, false}, {2000, true}, {2100, false}, {2400, true}};
    (void)state;
    for (size_t i = 0; i < sizeof years / sizeof *years; i++) {
        for (unsigned month = 0; month <= 13; month++) {
            unsigned last = month < 1 || month > 12 ? 0
                            : month == 2            ? (years[i].is_leap ? 29 : 28)
                            : month == 4 || month == 6 || month == 9 || month == 11 ? 30
                                                                                    : 31;
            for (unsigned day = 0; day <= 32; day++) {
                char text[32];
                sprintf(text, "%04u-%02u-%02uT12:00:00Z", years[i].year, month, day);
                check_reason(text, until(text), day >= 1 && day <= last ? OK : ARGUMENT);
            }
        }
    }
    for (unsigned n = 0; n <= 99; n++) {
        char text[32];
        sprintf(text, "2030-01-01T%02u:00:00Z", n);
        check_reason(text, until(text), n <= 23 ? OK : ARGUMENT);
        sprintf(text, "2030-01-01T00:%02u:00Z", n);
        check_reason(text, until(text), n <= 59 ? OK : ARGUMENT);
        sprintf(text, "2030-01-01T00:00:%02uZ", n);
        check_reason(text, until(text), n <= 60 ? OK : ARGUMENT);
    }
    finish();
}

/* Every value of up to three octets that might be taken for a number: only -9 to 9, without "+", "-0" or a zero in
 * front, is one (RFC 6710 4.1, 11). */
static void priorities(void **state)
{
    static const char octets_tried[] = "-+0123456789a.;";
    const size_t n = sizeof octets_tried - 1;
    (void)state;
    for (size_t i = 0; i < n + n * n + n * n * n; i++) {
        char value[4] = {0}, line[64], written[16];
        size_t len = i < n ? 1 : i < n + n * n ? 2 : 3, rest = i - (len == 1 ? 0 : len == 2 ? n : n + n * n);
        smtpauth_command command;
        int number = 99;
        for (size_t j = 0; j < len; j++, rest /= n) {
            value[j] = octets_tried[rest % n];
        }
        for (int p = -9; p <= 9; p++) {
            sprintf(written, "%d", p);
            number = strcmp(value, written) == 0 ? p : number;
        }
        sprintf(line, "MAIL FROM:<a@b> MT-PRIORITY=%s", value);
        if (check_line(line, SMTPAUTH_EXT_MT_PRIORITY, 0, number == 99 ? BAD_PRIORITY : OK, &command))
            check(command.priority == number, line, "priority");
    }
    check_reason("twice", reason_of("MAIL FROM:<a@b> MT-PRIORITY=3 MT-PRIORITY=3", SMTPAUTH_EXT_MT_PRIORITY, 0),
                 BAD_PRIORITY);
    check_reason("empty", reason_of("MAIL FROM:<a@b> MT-PRIORITY=", SMTPAUTH_EXT_MT_PRIORITY, 0), BAD_PRIORITY);
    check_reason("none", reason_of("MAIL FROM:<a@b> MT-PRIORITY", SMTPAUTH_EXT_MT_PRIORITY, 0), BAD_PRIORITY);
    finish();
}

static void requiretls_and_solicit(void **state)
{
    static const struct {
        const char *words;
        uint16_t reason;
        const char *solicit;
    } rows[] = {
        {"REQUIRETLS", OK, ""},
        {"requiretls", OK, ""},
        {"REQUIRETLS=1", ARGUMENT, ""}, /* no esmtp-value */
        {"REQUIRETLS=", ARGUMENT, ""},
        {"SOLICIT=org.example:ADV:ADLT", OK, "org.example:ADV:ADLT"}, /* RFC 3865 2.3 */
        {"SOLICIT=net.example:ADV,org.example:ADV:ADLT", OK, "net.example:ADV,org.example:ADV:ADLT"},
        {"SOLICIT=a", OK, "a"},
        {"SOLICIT=a,b,c", OK, "a,b,c"},
        {"SOLICIT=a.b-c_d:e9", OK, "a.b-c_d:e9"},
        {"SOLICIT=", ARGUMENT, ""},
        {"SOLICIT", ARGUMENT, ""},
        {"SOLICIT=,", ARGUMENT, ""},
        {"SOLICIT=a,", ARGUMENT, ""},
        {"SOLICIT=,a", ARGUMENT, ""},
        {"SOLICIT=a,,b", ARGUMENT, ""},
        {"SOLICIT=9a", ARGUMENT, ""}, /* a letter first */
        {"SOLICIT=a,9b", ARGUMENT, ""},
        {"SOLICIT=.a", ARGUMENT, ""},
        {"SOLICIT=:a", ARGUMENT, ""},
        {"SOLICIT=a;b", ARGUMENT, ""},
        {"SOLICIT=a+2Cb", ARGUMENT, ""},
        {"SOLICIT=a@b", ARGUMENT, ""},
        {"SOLICIT=\"a\"", ARGUMENT, ""},
        {"SOLICIT=a SOLICIT=b", ARGUMENT, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[128];
        smtpauth_command command;
        sprintf(line, "MAIL FROM:<save@example.com> %s", rows[i].words);
        if (check_line(line, SMTPAUTH_EXT_REQUIRETLS | SMTPAUTH_EXT_NO_SOLICITING, 0, rows[i].reason, &command))
            check(view_is(&command.solicit, rows[i].solicit), line, "solicit");
    }
    for (size_t len = 998; len <= 1002; len++) { /* Solicitation-keywords: at most 1000 characters */
        char line[1100];
        size_t at = (size_t)sprintf(line, "MAIL FROM:<a@b> SOLICIT=");
        memset(line + at, 'x', len);
        line[at + len] = '\0';
        check_reason("keywords of about 1000 octets", reason_of(line, SMTPAUTH_EXT_NO_SOLICITING, 0),
                     len <= 1000 ? OK : ARGUMENT);
    }
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deliver_by), cmocka_unit_test(hold),
        cmocka_unit_test(date_times), cmocka_unit_test(days_of_months),
        cmocka_unit_test(priorities), cmocka_unit_test(requiretls_and_solicit),
    };
    return cmocka_run_group_tests_name("when and how to deliver", tests, NULL, NULL);
}
