/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves what holds for the parameters of every extension alike: each is taken exactly where its own extension is
 * offered and at its own verb, else 555 (RFC 5321 4.1.1.11); a second one, a missing or a needless value is 501 with the
 * enhanced code that its RFC names; keywords are in either case (RFC 5321 2.4); all of them go together. And BODY's third
 * value (RFC 3030 3). */

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

enum { OK = 0, ARGUMENT = SMTPAUTH_REASON_ARGUMENT, UNKNOWN = SMTPAUTH_REASON_PARAMETER };

static const struct {
    const char *text; /* a right one */
    uint32_t extension, bit;
    uint16_t fault;
    bool is_rcpt;
} parameters[] = {
    {"SIZE=1", 0, SMTPAUTH_PARAM_SIZE, ARGUMENT, false},
    {"BODY=8BITMIME", 0, SMTPAUTH_PARAM_BODY, ARGUMENT, false},
    {"SMTPUTF8", SMTPAUTH_EXT_SMTPUTF8, SMTPAUTH_PARAM_SMTPUTF8, ARGUMENT, false},
    {"AUTH=<>", SMTPAUTH_EXT_AUTH, SMTPAUTH_PARAM_AUTH, ARGUMENT, false},
    {"RET=HDRS", SMTPAUTH_EXT_DSN, SMTPAUTH_PARAM_RET, ARGUMENT, false},
    {"ENVID=QQ314159", SMTPAUTH_EXT_DSN, SMTPAUTH_PARAM_ENVID, ARGUMENT, false},
    {"NOTIFY=SUCCESS", SMTPAUTH_EXT_DSN, SMTPAUTH_PARAM_NOTIFY, ARGUMENT, true},
    {"ORCPT=rfc822;Carol@Ivory.EDU", SMTPAUTH_EXT_DSN, SMTPAUTH_PARAM_ORCPT, ARGUMENT, true},
    {"BY=120;R", SMTPAUTH_EXT_DELIVERBY, SMTPAUTH_PARAM_BY, ARGUMENT, false},
    {"HOLDFOR=60", SMTPAUTH_EXT_FUTURERELEASE, SMTPAUTH_PARAM_HOLDFOR, ARGUMENT, false},
    {"HOLDUNTIL=2030-01-01T00:00:00Z", SMTPAUTH_EXT_FUTURERELEASE, SMTPAUTH_PARAM_HOLDUNTIL, ARGUMENT, false},
    {"MT-PRIORITY=3", SMTPAUTH_EXT_MT_PRIORITY, SMTPAUTH_PARAM_MT_PRIORITY, SMTPAUTH_REASON_BAD_PRIORITY,
     false},
    {"REQUIRETLS", SMTPAUTH_EXT_REQUIRETLS, SMTPAUTH_PARAM_REQUIRETLS, ARGUMENT, false},
    {"SOLICIT=net.example:ADV", SMTPAUTH_EXT_NO_SOLICITING, SMTPAUTH_PARAM_SOLICIT, ARGUMENT, false},
};

enum { PARAMETERS = sizeof parameters / sizeof *parameters, EXTENSION_BITS = 16 };

static const char *commands[2] = {"MAIL FROM:<a@b>", "RCPT TO:<a@b>"};

static void each_belongs_to_its_extension_and_verb(void **state)
{
    uint32_t seen = 0;
    (void)state;
    for (size_t i = 0; i < PARAMETERS; i++) {
        seen |= parameters[i].bit;
        for (unsigned bit = 0; bit <= EXTENSION_BITS; bit++) {
            for (int others = 0; others < 2; others++) {
                uint32_t offered = bit == EXTENSION_BITS ? 0 : (uint32_t)1 << bit;
                if (others) {
                    offered = ~offered;
                }
                for (int is_rcpt = 0; is_rcpt < 2; is_rcpt++) {
                    char line[128];
                    smtpauth_command command;
                    bool is_fit = is_rcpt == parameters[i].is_rcpt &&
                                  (parameters[i].extension == 0 || (offered & parameters[i].extension));
                    sprintf(line, "%s %s", commands[is_rcpt], parameters[i].text);
                    if (check_line(line, offered, 0, is_fit ? OK : UNKNOWN, &command))
                        check(command.present == parameters[i].bit, line, "present");
                }
            }
        }
    }
    assert_int_equal(seen, SMTPAUTH_PARAM_SOLICIT * 2 - 1);
    finish();
}

static void twice_or_with_a_wrong_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < PARAMETERS; i++) {
        char line[192], lower[64];
        const char *command = commands[parameters[i].is_rcpt], *text = parameters[i].text;
        size_t keyword = strcspn(text, "="), len = strlen(text);
        for (size_t j = 0; j <= len; j++) {
            bool is_letter = j < keyword && text[j] >= 'A' && text[j] <= 'Z';
            lower[j] = (char)(text[j] | (is_letter ? 0x20 : 0));
        }
        sprintf(line, "%s %s", command, lower);
        check_reason(line, reason_of(line, UINT32_MAX, 0), OK);
        sprintf(line, "%s %s %s", command, text, text);
        check_reason(line, reason_of(line, UINT32_MAX, 0), parameters[i].fault);
        sprintf(line, "%s %s %s", command, lower, text);
        check_reason(line, reason_of(line, UINT32_MAX, 0), parameters[i].fault);
        sprintf(line, "%s %.*s=", command, (int)keyword, text); /* an empty value is none */
        check_reason(line, reason_of(line, UINT32_MAX, 0), parameters[i].fault);
        sprintf(line, "%s %s=", command, text);
        check_reason(line, reason_of(line, UINT32_MAX, 0), parameters[i].fault);
        if (keyword == len) {
            sprintf(line, "%s %s=1", command, text);
        } else {
            sprintf(line, "%s %.*s", command, (int)keyword, text);
        }
        check_reason(line, reason_of(line, UINT32_MAX, 0), parameters[i].fault);
        sprintf(line, "%s %.*sS%s", command, (int)keyword, text, text + keyword);
        check_reason(line, reason_of(line, UINT32_MAX, 0), UNKNOWN);
        sprintf(line, "%s %.*s%s", command, (int)keyword - 1, text, text + keyword);
        check_reason(line, reason_of(line, UINT32_MAX, 0), UNKNOWN);
    }
    finish();
}

static void all_together(void **state)
{
    static const char mail[] =
        "MAIL FROM:<a@b> SIZE=10 BODY=BINARYMIME SMTPUTF8 AUTH=c@d RET=FULL ENVID=e BY=-9;NT HOLDFOR=60 "
        "MT-PRIORITY=-4 REQUIRETLS SOLICIT=x";
    static const char rcpt[] = "RCPT TO:<a@b> ORCPT=rfc822;b NOTIFY=DELAY,FAILURE";
    smtpauth_command command;
    (void)state;
    assert_int_equal(parse_line(mail, sizeof mail - 1, UINT32_MAX, 0, &command), OK);
    assert_int_equal(command.present,
                     (SMTPAUTH_PARAM_SOLICIT * 2 - 1) &
                         ~(SMTPAUTH_PARAM_NOTIFY | SMTPAUTH_PARAM_ORCPT | SMTPAUTH_PARAM_HOLDUNTIL));
    assert_int_equal(command.size, 10);
    assert_int_equal(command.body, SMTPAUTH_BODY_BINARYMIME);
    assert_true(view_is(&command.auth, "c@d"));
    assert_int_equal(command.ret, SMTPAUTH_RET_FULL);
    assert_true(view_is(&command.envid, "e"));
    assert_int_equal(command.by, -9);
    assert_int_equal(command.by_mode, SMTPAUTH_BY_NOTIFY | SMTPAUTH_BY_TRACE);
    assert_int_equal(command.hold, 60);
    assert_int_equal(command.hold_until.len, 0);
    assert_int_equal(command.priority, -4);
    assert_true(view_is(&command.solicit, "x"));
    assert_int_equal(command.notify, 0);
    assert_int_equal(command.orcpt.len, 0);
    assert_true(view_is(&command.parameters, mail + 16));
    assert_int_equal(parse_line(rcpt, sizeof rcpt - 1, UINT32_MAX, 0, &command), OK);
    assert_int_equal(command.present, SMTPAUTH_PARAM_NOTIFY | SMTPAUTH_PARAM_ORCPT);
    assert_int_equal(command.notify, SMTPAUTH_NOTIFY_DELAY | SMTPAUTH_NOTIFY_FAILURE);
    assert_true(view_is(&command.orcpt, "rfc822;b"));
}

static void binarymime(void **state)
{
    enum { BINARY = SMTPAUTH_EXT_BINARYMIME };
    static const struct {
        const char *line;
        uint32_t extensions;
        uint16_t reason;
        uint8_t body;
    } rows[] = {
        {"MAIL FROM:<ned@ymir.claremont.edu> BODY=BINARYMIME", BINARY, OK,
         SMTPAUTH_BODY_BINARYMIME}, /* RFC 3030 4.2 */
        {"MAIL FROM:<a@b> body=binarymime", BINARY, OK, SMTPAUTH_BODY_BINARYMIME},
        {"MAIL FROM:<a@b> BODY=8BITMIME", BINARY, OK, SMTPAUTH_BODY_8BITMIME},
        {"MAIL FROM:<a@b> BODY=BINARYMIME", 0, ARGUMENT, 0}, /* an unknown value */
        {"MAIL FROM:<a@b> BODY=BINARYMIME", ~(uint32_t)BINARY, ARGUMENT, 0},
        {"MAIL FROM:<a@b> BODY=BINARY", BINARY, ARGUMENT, 0},
        {"MAIL FROM:<a@b> BODY=BINARYMIMES", BINARY, ARGUMENT, 0},
        {"MAIL FROM:<a@b> BODY=BINARYMIME BODY=7BIT", BINARY, ARGUMENT, 0},
        {"RCPT TO:<a@b> BODY=BINARYMIME", BINARY, UNKNOWN, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_command command;
        if (check_line(rows[i].line, rows[i].extensions, 0, rows[i].reason, &command))
            check(command.body == rows[i].body, rows[i].line, "body");
    }
    finish();
}

/* Structs keep their size: hosts of an older release hand them in. */
static void sizes(void **state)
{
    (void)state;
    assert_int_equal(smtpauth_command_size(), sizeof(smtpauth_command));
    assert_int_equal(smtpauth_command_size(), 80 + 14 * sizeof(smtpauth_view));
    assert_int_equal(smtpauth_xclient_size(), sizeof(smtpauth_xclient));
    assert_int_equal(smtpauth_xclient_size(), 48 + 12 * sizeof(smtpauth_view));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_belongs_to_its_extension_and_verb),
        cmocka_unit_test(twice_or_with_a_wrong_value),
        cmocka_unit_test(all_together),
        cmocka_unit_test(binarymime),
        cmocka_unit_test(sizes),
    };
    return cmocka_run_group_tests_name("parameters of extensions", tests, NULL, NULL);
}
