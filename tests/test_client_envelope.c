/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Envelopes that a client is given: what MAIL and RCPT say of them where the server offers it, and what is refused here, so
 * that nothing of it is said. Sources: RFC 5321, 1870, 2852, 3030, 3461, 4865, 4954, 6152, 6531, 6710, 8689, 9422 as named in
 * the rows.
 */

#include "client_lines.h"
#include "client_play.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define NEXT_REFUSED(reason) PLAIN "! message refused cause=0 " reason "\n" QUIT

static const char *const bad_recipients[] = {"bob@example.test", "x@y> NOTIFY=NEVER",  "a\r\nQUIT@b", "",
                                             "no-domain",        "carol@example.test", NULL};
static const char *const utf8_recipient[] = {"b\xC3\xB6"
                                             "b@example.test",
                                             NULL};

static const client_row envelope_rows[] = {
    {.name = "a sender that is none", .sender = "alice", .script = NEXT_REFUSED("bad-sender")},
    {.name = "CR LF in the sender", .sender = "a@b\r\nRCPT TO:<x@y>", .script = NEXT_REFUSED("bad-sender")},
    {.name = "a bracket in the sender", .sender = "a@b.test> SIZE=1", .script = NEXT_REFUSED("bad-sender")},
    {.name = "the null sender",
     .sender = "",
     .script = PLAIN "C: MAIL FROM:<>\nS: 250 ok\n" BOB_TAKEN DATA SENT QUIT},
    {.name = "a quoted local part",
     .sender = "\"a b>\"@example.test",
     .script = PLAIN "C: MAIL FROM:<\"a b>\"@example.test>\nS: 250 ok\n" BOB_TAKEN DATA SENT QUIT},
    {.name = "8BITMIME is not offered",
     .envelope = &(const smtpauth_envelope){.body = SMTPAUTH_BODY_8BITMIME},
     .script = NEXT_REFUSED("parameter")},
    {.name = "8BITMIME is offered (RFC 6152)",
     .envelope = &(const smtpauth_envelope){.body = SMTPAUTH_BODY_8BITMIME},
     .script = OFFERS(
         "S: 250 8BITMIME\n") "C: MAIL FROM:<alice@example.test> BODY=8BITMIME\nS: 250 ok\n" BOB_TAKEN DATA SENT
         QUIT},
    {.name = "SIZE is declared where it is offered (RFC 1870)",
     .envelope = &(const smtpauth_envelope){.octets = 26},
     .script = OFFERS(
         "S: 250 SIZE 26\n") "C: MAIL FROM:<alice@example.test> SIZE=26\nS: 250 ok\n" BOB_TAKEN DATA SENT QUIT},
    {.name = "larger than the server takes",
     .envelope = &(const smtpauth_envelope){.octets = 27},
     .script = OFFERS("S: 250 SIZE 26\n") "! message refused cause=0 message-too-big\n" QUIT},
    {.name = "SIZE without or with 0 limit",
     .envelope = &(const smtpauth_envelope){.octets = 27},
     .script = OFFERS(
         "S: 250 SIZE 0\n") "C: MAIL FROM:<alice@example.test> SIZE=27\nS: 250 ok\n" BOB_TAKEN DATA SENT QUIT},
    {.name = "SMTPUTF8 is needed and not offered (RFC 6531 3.2)",
     .sender = "\xC3\xA4@example.test",
     .script = NEXT_REFUSED("utf8-sender")},
    {.name = "SMTPUTF8 for the sender",
     .sender = "\xC3\xA4@example.test",
     .script =
         OFFERS("S: 250 SMTPUTF8\n") "C: MAIL FROM:<\xC3\xA4@example.test> SMTPUTF8\nS: 250 ok\n" BOB_TAKEN DATA
             SENT QUIT},
    {.name = "a UTF-8 recipient although MAIL did not say SMTPUTF8",
     .recipients = utf8_recipient,
     .script = OFFERS("S: 250 SMTPUTF8\n") ALICE
     "S: 250 ok\n! recipient 0 refused 0 utf8-recipient\n"
     "! message refused cause=0 utf8-recipient\nC: RSET\nS: 250 ok\n" QUIT},
    {.name = "a UTF-8 recipient",
     .recipients = utf8_recipient,
     .envelope = &(const smtpauth_envelope){.is_utf8 = true},
     .script =
         OFFERS("S: 250 SMTPUTF8\n") "C: MAIL FROM:<alice@example.test> SMTPUTF8\nS: 250 ok\n"
                                     "C: RCPT TO:<b\xC3\xB6"
                                     "b@example.test>\nS: 250 ok\n! recipient 0 accepted 250\n" DATA SENT QUIT},
    {.name = "bad recipients among good ones",
     .recipients = bad_recipients,
     .script = PLAIN ALICE
     "S: 250 ok\n" BOB_TAKEN
     "! recipient 1 refused 0 bad-recipient\n! recipient 2 refused 0 bad-recipient\n! recipient 3 refused 0 bad-recipient\n"
     "! recipient 4 refused 0 bad-recipient\n" CAROL "S: 250 ok\n! recipient 5 accepted 250\n" DATA SENT QUIT},
    {.name = "the same in a group: notes stay in order",
     .recipients = bad_recipients,
     .script = PIPELINE ALICE BOB
     "S: 250 ok\nS: 250 ok\n! recipient 0 accepted 250\n"
     "! recipient 1 refused 0 bad-recipient\n! recipient 2 refused 0 bad-recipient\n! recipient 3 refused 0 bad-recipient\n"
     "! recipient 4 refused 0 bad-recipient\n" CAROL "S: 250 ok\n! recipient 5 accepted 250\n" DATA SENT QUIT},
    {.name = "postmaster needs no domain (RFC 5321 4.5.1)",
     .recipients = (const char *const[]){"postmaster", NULL},
     .script = PLAIN ALICE
     "S: 250 ok\nC: RCPT TO:<postmaster>\nS: 250 ok\n! recipient 0 accepted 250\n" DATA SENT QUIT},
    {.name = "RCPTMAX counts what was said",
     .recipients = (const char *const[]){"no address", "bob@example.test", "carol@example.test", NULL},
     .script = OFFERS("S: 250 LIMITS RCPTMAX=1\n") ALICE
     "S: 250 ok\n! recipient 0 refused 0 bad-recipient\n" BOB
     "S: 250 ok\n! recipient 1 accepted 250\n! recipient 2 later 0 too-many-recipients\n" DATA SENT QUIT},
    {.name = "a blank behind the last parameter is none of it",
     .envelope = &(const smtpauth_envelope){.auth = {(const uint8_t *)"<> ", 3}},
     .script = OFFERS("S: 250 AUTH PLAIN\n") "! message refused cause=0 argument\n" QUIT},
    {.name = "RCPTMAX (RFC 9422 4.2): the rest is for later",
     .recipients = TO_TWO,
     .script = OFFERS("S: 250 LIMITS RCPTMAX=1\n") ALICE
     "S: 250 ok\n" BOB_TAKEN "! recipient 1 later 0 too-many-recipients\n" DATA SENT QUIT},
    {.name = "DSN is not offered",
     .recipient = &(const smtpauth_recipient){.notify = SMTPAUTH_NOTIFY_NEVER},
     .script = PLAIN ALICE
     "S: 250 ok\n! recipient 0 refused 0 parameter\n! message refused cause=0 parameter\nC: RSET\nS: 250 ok\n" QUIT},
    {.name = "DSN (RFC 3461 4)",
     .envelope =
         &(const smtpauth_envelope){.ret = SMTPAUTH_RET_HDRS, .envid = {(const uint8_t *)"QQ314159", 8}},
     .recipient = &(const smtpauth_recipient){.notify = SMTPAUTH_NOTIFY_SUCCESS | SMTPAUTH_NOTIFY_FAILURE,
                                              .orcpt = {(const uint8_t *)"rfc822;Bob@Example.Test", 23}},
     .script = OFFERS(
         "S: 250 DSN\n") "C: MAIL FROM:<alice@example.test> RET=HDRS ENVID=QQ314159\nS: 250 ok\n"
                         "C: RCPT TO:<bob@example.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Bob@Example.Test\nS: 250 ok\n"
                         "! recipient 0 accepted 250\n" DATA SENT QUIT},
    {.name = "NEVER stands alone (RFC 3461 4.1)",
     .recipient = &(const smtpauth_recipient){.notify = SMTPAUTH_NOTIFY_NEVER | SMTPAUTH_NOTIFY_DELAY},
     .script = OFFERS("S: 250 DSN\n") ALICE "S: 250 ok\n! recipient 0 refused 0 argument\n"
                                            "! message refused cause=0 argument\nC: RSET\nS: 250 ok\n" QUIT},
    {.name = "a value that would be another parameter",
     .envelope = &(const smtpauth_envelope){.envid = {(const uint8_t *)"a RET=FULL", 10}},
     .script = OFFERS("S: 250 DSN\n") "! message refused cause=0 argument\n" QUIT},
    {.name = "a value with a line end",
     .envelope = &(const smtpauth_envelope){.envid = {(const uint8_t *)"a\r\nQUIT", 7}},
     .script = OFFERS("S: 250 DSN\n") "! message refused cause=0 bare-lf\n" QUIT},
    {.name = "REQUIRETLS without TLS (RFC 8689 4.2.1)",
     .envelope = &(const smtpauth_envelope){.requires_tls = true},
     .script = OFFERS("S: 250 REQUIRETLS\n") "! message refused cause=0 tls-for-requiretls\n" QUIT},
    {.name = "REQUIRETLS not offered",
     .envelope = &(const smtpauth_envelope){.requires_tls = true},
     .init_flags = SMTPAUTH_CLIENT_IMPLICIT_TLS,
     .script = NEXT_REFUSED("requiretls-failed")},
    {.name = "REQUIRETLS",
     .envelope = &(const smtpauth_envelope){.requires_tls = true},
     .init_flags = SMTPAUTH_CLIENT_IMPLICIT_TLS,
     .script = OFFERS(
         "S: 250 REQUIRETLS\n") "C: MAIL FROM:<alice@example.test> REQUIRETLS\nS: 250 ok\n" BOB_TAKEN DATA SENT
         QUIT},
    {.name = "delivery by, held, with priority (RFC 2852, 4865, 6710), AUTH= (RFC 4954 5)",
     .envelope = &(const smtpauth_envelope){.by = -60,
                                            .by_mode = SMTPAUTH_BY_NOTIFY | SMTPAUTH_BY_TRACE,
                                            .hold = 3600,
                                            .priority = -3,
                                            .has_priority = true,
                                            .auth = {(const uint8_t *)"e+3Dmc2@example.com", 19}},
     .mechanisms = client_no_mechanisms,
     .script = OFFERS(
         "S: 250-DELIVERBY\nS: 250-FUTURERELEASE 9999 2030-01-01T00:00:00Z\nS: 250-MT-PRIORITY\nS: 250 AUTH PLAIN\n") "C: MAIL FROM:<alice@example.test> AUTH=e+3Dmc2@example.com BY=-60;NT HOLDFOR=3600 MT-PRIORITY=-3\nS: 250 ok\n" BOB_TAKEN
         DATA SENT QUIT},
    {.name = "BY= not offered",
     .envelope = &(const smtpauth_envelope){.by = 60, .by_mode = SMTPAUTH_BY_RETURN},
     .script = NEXT_REFUSED("parameter")},
    {.name = "BINARYMIME needs CHUNKING that is wanted",
     .envelope = &(const smtpauth_envelope){.body = SMTPAUTH_BODY_BINARYMIME},
     .flags = SMTPAUTH_CLIENT_NO_CHUNKING,
     .script = OFFERS("S: 250-CHUNKING\nS: 250 BINARYMIME\n") "! message refused cause=0 parameter\n" QUIT},
};

static void envelopes(void **state)
{
    (void)state;
    client_play_all(envelope_rows, sizeof envelope_rows / sizeof *envelope_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(envelopes),
    };
    return cmocka_run_group_tests_name("client, envelope", tests, NULL, NULL);
}
