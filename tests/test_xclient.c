/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves XCLIENT's attributes as Postfix's XCLIENT_README has them: names, values and the two special words in any case,
 * xtext, up to 255 octets; and that command and pure function judge alike. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/reason.h>

#include "command_line.h"
#include "rows.h"

/* Parses out of a block of its own size; free it when done with the views. */
static int32_t parse(const char *text, smtpauth_xclient *out, uint8_t **block)
{
    size_t len = strlen(text);
    *block = malloc(len == 0 ? 1 : len);
    assert_non_null(*block);
    memcpy(*block, text, len);
    memset(out, 0x5A, sizeof *out);
    return smtpauth_xclient_parse(*block, len, out);
}

static void one_attribute(void **state)
{
    enum {
        NAME = SMTPAUTH_XCLIENT_NAME,
        ADDR = SMTPAUTH_XCLIENT_ADDR,
        PORT = SMTPAUTH_XCLIENT_PORT,
        PROTO = SMTPAUTH_XCLIENT_PROTO,
        HELO = SMTPAUTH_XCLIENT_HELO,
        LOGIN = SMTPAUTH_XCLIENT_LOGIN,
        DESTADDR = SMTPAUTH_XCLIENT_DESTADDR,
        DESTPORT = SMTPAUTH_XCLIENT_DESTPORT,
        GONE = 1, /* [UNAVAILABLE] */
        LATE = 2  /* [TEMPUNAVAIL] */
    };
    static const struct {
        const char *text;
        uint32_t bit; /* 0: malformed */
        int special;
    } rows[] = {
        {"NAME=spike.porcupine.org", NAME, 0}, /* XCLIENT_README, Examples */
        {"ADDR=168.100.189.2", ADDR, 0},
        {"PROTO=SMTP", PROTO, 0},
        {"PROTO=ESMTP", PROTO, 0},
        {"HELO=spike.porcupine.org", HELO, 0},
        {"LOGIN=wietse", LOGIN, 0},
        {"PORT=54321", PORT, 0},
        {"DESTADDR=192.0.2.1", DESTADDR, 0},
        {"DESTPORT=25", DESTPORT, 0},
        {"name=a", NAME, 0},
        {"aDdR=192.0.2.1", ADDR, 0},
        {"proto=esmtp", PROTO, 0},
        {"ADDR=IPv6:2001:db8::1", ADDR, 0},
        {"ADDR=IPV6:::1", ADDR, 0},
        {"ADDR=ipv6:::ffff:192.0.2.1", ADDR, 0},
        {"DESTADDR=IPV6:2001:db8::1", DESTADDR, 0},
        {"NAME=[UNAVAILABLE]", NAME, GONE},
        {"NAME=[unavailable]", NAME, GONE},
        {"NAME=[TEMPUNAVAIL]", NAME, LATE},
        {"NAME=[TempUnavail]", NAME, LATE},
        {"ADDR=[UNAVAILABLE]", ADDR, GONE},
        {"PORT=[UNAVAILABLE]", PORT, GONE},
        {"PROTO=[UNAVAILABLE]", PROTO, GONE},
        {"HELO=[UNAVAILABLE]", HELO, GONE},
        {"LOGIN=[UNAVAILABLE]", LOGIN, GONE},
        {"LOGIN=[TEMPUNAVAIL]", LOGIN, LATE},
        {"DESTADDR=[UNAVAILABLE]", DESTADDR, GONE},
        {"DESTPORT=[UNAVAILABLE]", DESTPORT, GONE},
        {"LOGIN=+5BUNAVAILABLE+5D", LOGIN, GONE}, /* encoded or not, it is the same word */
        {"NAME=a_b.example", NAME, 0},            /* machines are called so */
        {"NAME=a-b.example", NAME, 0},
        {"NAME=a+2Db", NAME, 0},
        {"NAME=a+2db", NAME, 0},
        {"HELO=[192.0.2.1]", HELO, 0},
        {"HELO=a+20b", HELO, 0}, /* a client may have said anything */
        {"HELO=k+C3+A4the", HELO, 0},
        {"LOGIN=user@example.com", LOGIN, 0},
        {"LOGIN=a+2Bb+3Dc", LOGIN, 0},
        {"LOGIN=k+C3+A4the", LOGIN, 0},
        {"PORT=1", PORT, 0},
        {"PORT=65535", PORT, 0},
        {"PORT=00025", PORT, 0},
        {"PORT=+32+35", PORT, 0}, /* "25" */
        {"", 0, 0},
        {" ", 0, 0},
        {"NAME", 0, 0},
        {"NAME=", 0, 0},
        {"=a", 0, 0},
        {"=", 0, 0},
        {"FOO=a", 0, 0},
        {"NAMES=a", 0, 0},
        {"NAM=a", 0, 0},
        {"N+41ME=a", 0, 0},
        {"SESSION=a", 0, 0}, /* Dovecot's, never offered */
        {"NAME=a=b", 0, 0},
        {"NAME=-a", 0, 0},
        {"NAME=a..b", 0, 0},
        {"NAME=a+20b", 0, 0},
        {"NAME=[192.0.2.1]", 0, 0}, /* a name, not an address */
        {"NAME=[UNAVAILABLE", 0, 0},
        {"NAME=[UNAVAILABLE]x", 0, 0},
        {"NAME=UNAVAILABLE]", 0, 0},
        {"NAME=k\xC3\xA4the", 0, 0},
        {"NAME=a\x01", 0, 0},
        {"NAME=a+", 0, 0},
        {"NAME=a+4", 0, 0},
        {"NAME=a+4G", 0, 0},
        {"NAME=+00", 0, 0},
        {"ADDR=", 0, 0},
        {"ADDR=192.0.2", 0, 0},
        {"ADDR=192.0.2.256", 0, 0},
        {"ADDR=[192.0.2.1]", 0, 0}, /* not enclosed with [] */
        {"ADDR=2001:db8::1", 0, 0}, /* its prefix is missing */
        {"ADDR=IPv6:", 0, 0},
        {"ADDR=IPv6:192.0.2.1", 0, 0},
        {"ADDR=IPv6:2001:db8::1::2", 0, 0},
        {"ADDR=IPv4:192.0.2.1", 0, 0},
        {"ADDR=localhost", 0, 0},
        {"PORT=", 0, 0},
        {"PORT=0", 0, 0},
        {"PORT=65536", 0, 0},
        {"PORT=100000", 0, 0},
        {"PORT=000025", 0, 0},
        {"PORT=-1", 0, 0},
        {"PORT=+1", 0, 0},
        {"PORT=2x", 0, 0},
        {"PORT=smtp", 0, 0},
        {"PROTO=", 0, 0},
        {"PROTO=LMTP", 0, 0},
        {"PROTO=SMTPS", 0, 0},
        {"PROTO=ESMT", 0, 0},
        {"HELO=", 0, 0},
        {"HELO=+0A", 0, 0},
        {"HELO=+0D+0AMAIL", 0, 0},
        {"HELO=+07", 0, 0},
        {"HELO=+7F", 0, 0},
        {"HELO=+E4", 0, 0},
        {"HELO=+C2+80", 0, 0}, /* a control character of C1 */
        {"LOGIN=", 0, 0},
        {"LOGIN=a+00b", 0, 0},
        {"LOGIN=a+09b", 0, 0},
        {"LOGIN=+C3", 0, 0},
        {"DESTADDR=mail.example", 0, 0},
        {"DESTPORT=", 0, 0},
        {"DESTPORT=x", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_xclient x;
        uint8_t *block;
        char line[64];
        int32_t status = parse(rows[i].text, &x, &block);
        check(status == (rows[i].bit != 0 ? SMTPAUTH_DONE : SMTPAUTH_E_WORDS), rows[i].text, "status");
        const smtpauth_view *const views[] = {&x.name,
                                              &x.address,
                                              &x.port,
                                              &x.protocol,
                                              &x.helo,
                                              &x.login,
                                              &x.destination_address,
                                              &x.destination_port};
        if (status == SMTPAUTH_DONE) {
            check(x.given == rows[i].bit, rows[i].text, "given");
            check(x.unavailable == (rows[i].special == GONE ? rows[i].bit : 0), rows[i].text, "unavailable");
            check(x.later == (rows[i].special == LATE ? rows[i].bit : 0), rows[i].text, "later");
            for (size_t j = 0; j < sizeof views / sizeof *views; j++) {
                const char *value = rows[i].bit == 1U << j ? strchr(rows[i].text, '=') + 1 : "";
                check(view_is(views[j], value), rows[i].text, "views");
            }
        } else {
            check(is_zero(&x, sizeof x), rows[i].text, "nothing is left of a malformed one");
        }
        free(block);
        sprintf(line, "XCLIENT %s", rows[i].text);
        uint16_t reason = reason_of(line, SMTPAUTH_EXT_XCLIENT, 0);
        check((reason == 0) == (rows[i].bit != 0), line, "as a command");
        check(reason == 0 || reason == SMTPAUTH_REASON_ARGUMENT || reason == SMTPAUTH_REASON_MALFORMED, line,
              "reason");
    }
    finish();
}

static void several_attributes(void **state)
{
    static const char all[] =
        "NAME=client.example ADDR=192.0.2.7 PORT=40000 PROTO=ESMTP HELO=client LOGIN=alice "
        "DESTADDR=IPV6:2001:db8::25 DESTPORT=587";
    smtpauth_xclient x;
    smtpauth_command command;
    uint8_t *block;
    (void)state;
    assert_int_equal(parse(all, &x, &block), SMTPAUTH_DONE);
    assert_int_equal(x.given, 255);
    assert_int_equal(x.unavailable, 0);
    assert_int_equal(x.later, 0);
    assert_true(view_is(&x.name, "client.example"));
    assert_true(view_is(&x.address, "192.0.2.7"));
    assert_true(view_is(&x.port, "40000"));
    assert_true(view_is(&x.protocol, "ESMTP"));
    assert_true(view_is(&x.helo, "client"));
    assert_true(view_is(&x.login, "alice"));
    assert_true(view_is(&x.destination_address, "IPV6:2001:db8::25"));
    assert_true(view_is(&x.destination_port, "587"));
    free(block);

    char line[256];
    size_t len = (size_t)sprintf(line, "xclient %s  ", all);
    assert_int_equal(parse_line(line, len, SMTPAUTH_EXT_XCLIENT, 0, &command), 0);
    assert_true(view_is(&command.parameters, all));
    assert_int_equal(command.present, 0);

    static const struct {
        const char *text;
        int32_t status;
        uint32_t given, unavailable, later;
    } rows[] = {
        {"NAME=[TEMPUNAVAIL] ADDR=192.0.2.7 LOGIN=[UNAVAILABLE]", SMTPAUTH_DONE, 35, 32, 1},
        {"ADDR=192.0.2.7 NAME=[UNAVAILABLE]", SMTPAUTH_DONE, 3, 1, 0},
        {"NAME=a NAME=a", SMTPAUTH_E_WORDS, 0, 0, 0},
        {"NAME=a name=[UNAVAILABLE]", SMTPAUTH_E_WORDS, 0, 0, 0},
        {"NAME=a  HELO=b", SMTPAUTH_E_WORDS, 0, 0, 0}, /* one SP */
        {" NAME=a", SMTPAUTH_E_WORDS, 0, 0, 0},
        {"NAME=a ", SMTPAUTH_E_WORDS, 0, 0, 0}, /* a command's blanks at its end are cut before */
        {"NAME=a HELO", SMTPAUTH_E_WORDS, 0, 0, 0},
        {"NAME=a FOO=b", SMTPAUTH_E_WORDS, 0, 0, 0},
        {"NAME=a PORT=x LOGIN=c", SMTPAUTH_E_WORDS, 0, 0, 0},
        {"NAME=a\tHELO=b", SMTPAUTH_E_WORDS, 0, 0, 0},
        {"NAME=a,HELO=b", SMTPAUTH_E_WORDS, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check(parse(rows[i].text, &x, &block) == rows[i].status, rows[i].text, "status");
        check(x.given == rows[i].given && x.unavailable == rows[i].unavailable && x.later == rows[i].later,
              rows[i].text, "bits");
        check(rows[i].status == SMTPAUTH_DONE || is_zero(&x, sizeof x), rows[i].text,
              "nothing is left of a malformed one");
        free(block);
    }
    finish();
}

/* "syntactically valid NAME and HELO attributes can be up to 255 characters": decoded, however many digits that takes. */
static void lengths(void **state)
{
    static const char *const begins[] = {"NAME=", "HELO=", "LOGIN="};
    (void)state;
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        for (int is_hex = 0; is_hex < 2; is_hex++) {
            for (size_t len = 253; len <= 258; len++) {
                char text[800];
                smtpauth_xclient x;
                uint8_t *block;
                size_t at = (size_t)sprintf(text, "%s", begins[i]);
                for (size_t j = 1; j <= len; j++) {
                    char c = j % 50 == 0 && j < len ? '.' : 'x';
                    at += (size_t)sprintf(text + at, is_hex ? "+%02X" : "%c", c);
                }
                check((parse(text, &x, &block) == SMTPAUTH_DONE) == (len <= 255), begins[i],
                      "about 255 octets");
                free(block);
            }
        }
    }
    finish();
}

static void nulls(void **state)
{
    smtpauth_xclient x;
    (void)state;
    assert_int_equal(smtpauth_xclient_parse(NULL, 6, &x), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_xclient_parse(octets("NAME=a"), 6, NULL), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_xclient_parse(octets("NAME=a"), 6, &x), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_xclient_parse(octets("NAME=a"), 5, &x), SMTPAUTH_E_WORDS);
    assert_int_equal(smtpauth_xclient_parse(octets("NAME=a"), 0, &x), SMTPAUTH_E_WORDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_attribute),
        cmocka_unit_test(several_attributes),
        cmocka_unit_test(lengths),
        cmocka_unit_test(nulls),
    };
    return cmocka_run_group_tests_name("XCLIENT", tests, NULL, NULL);
}
