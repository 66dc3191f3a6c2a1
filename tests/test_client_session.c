/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * A client's session around its messages, as dialogues: greeting, EHLO, LHLO, one message and another, QUIT; STARTTLS. Sources:
 * RFC 5321, 3207, 2033, 9422 as named in the rows; decisions.md, "What a client should do".
 */

#include "client_lines.h"
#include "client_play.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* ---- Greeting, EHLO, QUIT ---- */

static const client_row session_rows[] = {
    {.name = "one message, no extensions (RFC 5321 appendix D.1)", .script = HELLO "S: 250 mx\n" ALL_GOOD},
    {.name = "greeting and EHLO of several lines",
     .script = "S: 220-mx ESMTP\nS: 220 ready\nC: EHLO client.example.test\nS: 250-mx\nS: 250-HELP\nS: 250 "
               "8BITMIME\n" ALL_GOOD},
    {.name = "LF alone, bare codes (RFC 5321 4.2.1)",
     .script =
         "s: 220^J\nC: EHLO client.example.test\ns: 250^J\n" ALICE "s: 250^J\n" BOB
         "s: 250^J\n! recipient 0 accepted 250\nC: DATA\ns: 354^J\n" TEXT "S: 250\n! message accepted\n" QUIT},
    {.name = "HELO where EHLO is unknown (RFC 5321 3.2)",
     .script = HELLO "S: 500 what\nC: HELO client.example.test\nS: 250 mx\n" ALL_GOOD},
    {.name = "HELO refused too",
     .script =
         HELLO "S: 502 no\nC: HELO client.example.test\nS: 550 no\nC: QUIT\nS: 221 bye\nclosed refused\n"},
    {.name = "554 in place of the greeting (RFC 5321 3.1)",
     .script = "S: 554 5.3.2 no\nC: QUIT\nS: 221 bye\nclosed refused\n"},
    {.name = "421 in place of the greeting", .script = "S: 421 4.3.2 no\nclosed server-closing\n"},
    {.name = "EHLO refused", .script = HELLO "S: 550 5.7.1 your name\nC: QUIT\nS: 221 bye\nclosed refused\n"},
    {.name = "421 to EHLO", .script = HELLO "S: 421 4.7.0 busy\nclosed server-closing\n"},
    {.name = "connection lost at the greeting", .script = "X: lost\nclosed connection-lost\n"},
    {.name = "timeout at EHLO", .script = HELLO "X: timeout\nclosed timeout\n"},
    {.name = "no reply to QUIT",
     .script = HELLO "S: 250 mx\n" ALICE "S: 250 ok\n" BOB_TAKEN DATA SENT "C: QUIT\nX: lost\nclosed bye\n"},
    {.name = "421 to QUIT",
     .script = HELLO "S: 250 mx\n" ALICE "S: 250 ok\n" BOB_TAKEN DATA SENT "C: QUIT\nS: 421 no\nclosed bye\n"},
    {.name = "three messages on one connection",
     .messages = 3,
     .script = HELLO "S: 250 mx\n? envelope 0 first\n" ALICE "S: 250 ok\n" BOB_TAKEN DATA SENT
                     "? envelope 1 first\n" ALICE "S: 250 ok\n" BOB_TAKEN DATA SENT "? envelope 2 first\n" ALICE
                     "S: 250 ok\n" BOB_TAKEN DATA SENT "? envelope 3 first\n" QUIT},
    {.name = "LMTP says LHLO (RFC 2033 4.1)",
     .flags = SMTPAUTH_CLIENT_LMTP,
     .recipients = TO_THREE,
     .script = "S: 220 mx LMTP\nC: LHLO client.example.test\nS: 250 mx\n" ALICE "S: 250 ok\n" BOB_TAKEN
               "C: RCPT TO:<carol@example.test>\nS: 550 5.1.1 who\n! recipient 1 refused 550\n"
               "C: RCPT TO:<dave@example.test>\nS: 250 ok\n! recipient 2 accepted 250\n" DATA
               "S: 250 2.0.0 ok\n! delivery 0 accepted 250\nS: 452 4.2.2 full\n! delivery 1 later 452\n"
               "! message accepted\n" QUIT},
    {.name = "LMTP, nobody's delivery accepted",
     .init_flags = SMTPAUTH_CLIENT_LMTP,
     .recipients = TO_TWO,
     .script = "S: 220 mx LMTP\nC: LHLO client.example.test\nS: 250 mx\n" ALICE "S: 250 ok\n" BOB_TAKEN
               "C: RCPT TO:<carol@example.test>\nS: 250 ok\n! recipient 1 accepted 250\n" DATA
               "S: 550 5.7.1 no\n! delivery 0 refused 550\nS: 550 5.7.1 no\n! delivery 1 refused 550\n"
               "! message refused cause=550 message-refused\n" QUIT},
    {.name = "LMTP, lost between two deliveries",
     .flags = SMTPAUTH_CLIENT_LMTP,
     .recipients = TO_TWO,
     .script = "S: 220 mx LMTP\nC: LHLO client.example.test\nS: 250 mx\n" ALICE "S: 250 ok\n" BOB_TAKEN
               "C: RCPT TO:<carol@example.test>\nS: 250 ok\n! recipient 1 accepted 250\n" DATA
               "S: 250 ok\n! delivery 0 accepted 250\nX: lost\n! message unknown\nclosed connection-lost\n"},
    {.name = "LMTP with EHLO unknown has no HELO",
     .flags = SMTPAUTH_CLIENT_LMTP,
     .script = "S: 220 mx\nC: LHLO client.example.test\nS: 500 what\nC: QUIT\nS: 221 bye\nclosed refused\n"},
    {.name = "limits of more than can be counted are none",
     .messages = 2,
     .script = HELLO "S: 250-mx\nS: 250 LIMITS MAILMAX=65536 RCPTMAX=65536\n" ALICE
                     "S: 250 ok\n" BOB_TAKEN DATA SENT ALICE "S: 250 ok\n" BOB_TAKEN DATA SENT QUIT},
    {.name = "MAILMAX counts what was said",
     .sender = "bad sender",
     .messages = 2,
     .script = HELLO "S: 250-mx\nS: 250 LIMITS MAILMAX=1\n! message refused cause=0 bad-sender\n"
                     "! message refused cause=0 bad-sender\n" QUIT},
    {.name = "MAILMAX (RFC 9422 4.1)",
     .messages = 2,
     .script = HELLO "S: 250-mx\nS: 250 LIMITS MAILMAX=1\n" ALICE "S: 250 ok\n" BOB_TAKEN DATA SENT
                     "C: QUIT\nS: 221 bye\nclosed too-many-messages\n"},
};

static void sessions(void **state)
{
    (void)state;
    client_play_all(session_rows, sizeof session_rows / sizeof *session_rows);
}

/* ---- STARTTLS, RFC 3207 ---- */

#define CLEAR   HELLO "S: 250-mx\nS: 250 STARTTLS\n"
#define STARTED "C: STARTTLS\nS: 220 2.0.0 Go\nT: started\nC: EHLO client.example.test\n"

static const client_row tls_rows[] = {
    {.name = "TLS where it is offered, EHLO again", .script = CLEAR STARTED "S: 250 mx\n" ALL_GOOD},
    {.name = "what EHLO said in clear is forgotten",
     .envelope = &(const smtpauth_envelope){.octets = 25},
     .script = HELLO "S: 250-mx\nS: 250-SIZE 10\nS: 250 STARTTLS\n" STARTED "S: 250 mx\n" ALL_GOOD},
    {.name = "never", .flags = SMTPAUTH_CLIENT_TLS_NEVER, .script = CLEAR ALL_GOOD},
    {.name = "refused, and not required", .script = CLEAR "C: STARTTLS\nS: 454 4.7.0 no\n" ALL_GOOD},
    {.name = "refused, and required",
     .flags = SMTPAUTH_CLIENT_TLS_REQUIRED,
     .script = CLEAR "C: STARTTLS\nS: 454 4.7.0 no\nC: QUIT\nS: 221 bye\nclosed tls-missing\n"},
    {.name = "not offered, and required: nothing more is said, no login, no mail",
     .flags = SMTPAUTH_CLIENT_TLS_REQUIRED,
     .script = HELLO "S: 250-mx\nS: 250 AUTH PLAIN\nC: QUIT\nS: 221 bye\nclosed tls-missing\n"},
    {.name = "HELO only, and required",
     .flags = SMTPAUTH_CLIENT_TLS_REQUIRED,
     .script =
         HELLO "S: 500 no\nC: HELO client.example.test\nS: 250 mx\nC: QUIT\nS: 221 bye\nclosed tls-missing\n"},
    {.name = "handshake failed", .script = CLEAR "C: STARTTLS\nS: 220 Go\nT: failed\nclosed tls-failed\n"},
    {.name = "too weak for the host",
     .script = CLEAR "C: STARTTLS\nS: 220 Go\nT: started weak\nC: QUIT\nS: 221 bye\nclosed tls-too-weak\n"},
    {.name = "421 to STARTTLS", .script = CLEAR "C: STARTTLS\nS: 421 4.3.2 no\nclosed server-closing\n"},
    {.name = "asked, and yes",
     .flags = SMTPAUTH_CLIENT_ASKS_STARTTLS,
     .script = CLEAR "? starttls first\n= yes\n" STARTED "S: 250 mx\n" ALL_GOOD},
    {.name = "asked, and no",
     .flags = SMTPAUTH_CLIENT_ASKS_STARTTLS,
     .script = CLEAR "? starttls first\n= no\n" ALL_GOOD},
    {.name = "asked, and no, but required",
     .flags = SMTPAUTH_CLIENT_ASKS_STARTTLS | SMTPAUTH_CLIENT_TLS_REQUIRED,
     .script = CLEAR "? starttls first\n= no\nC: QUIT\nS: 221 bye\nclosed tls-missing\n"},
    {.name = "530 at MAIL wants TLS after a no (decisions.md)",
     .flags = SMTPAUTH_CLIENT_ASKS_STARTTLS,
     .script = CLEAR "? starttls first\n= no\n" ALICE "S: 530 5.7.0 Must issue a STARTTLS command first\n"
                     "? starttls required\n= yes\n" STARTED "S: 250 mx\n? envelope 0 again\n" ALL_GOOD},
    {.name = "... and no again",
     .flags = SMTPAUTH_CLIENT_ASKS_STARTTLS,
     .script = CLEAR "? starttls first\n= no\n" ALICE "S: 530 5.7.0 Must issue a STARTTLS command first\n"
                     "? starttls required\n= no\n! message refused cause=530 tls-required resend\n" QUIT},
    {.name = "530 wants TLS that never may be",
     .flags = SMTPAUTH_CLIENT_TLS_NEVER,
     .script = CLEAR ALICE "S: 530 5.7.0 Must issue a STARTTLS command first\n"
                           "! message refused cause=530 tls-required resend\n" QUIT},
    {.name = "implicit TLS: no STARTTLS although offered",
     .init_flags = SMTPAUTH_CLIENT_IMPLICIT_TLS,
     .script = CLEAR ALL_GOOD},
    {.name = "implicit TLS satisfies a requirement",
     .flags = SMTPAUTH_CLIENT_IMPLICIT_TLS | SMTPAUTH_CLIENT_TLS_REQUIRED,
     .script = HELLO "S: 250 mx\n" ALL_GOOD},
    {.name = "clear octets behind the 220 are dropped, and noted (RFC 3207 4.2)",
     .is_racy = true, /* when they come behind the handshake's begin they are the handshake's */
     .script = CLEAR "C: STARTTLS\nS: 220 Go\nS: 250-evil\nS: 250 AUTH PLAIN\n! error injected\nT: started\n"
                     "C: EHLO client.example.test\nS: 250 mx\n" ALL_GOOD},
};

static void starttls(void **state)
{
    (void)state;
    client_play_all(tls_rows, sizeof tls_rows / sizeof *tls_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions),
        cmocka_unit_test(starttls),
    };
    return cmocka_run_group_tests_name("client, session", tests, NULL, NULL);
}
