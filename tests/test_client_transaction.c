/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * A client's transactions: what MAIL, RCPT, DATA and the end of the message may be answered, the fate of each recipient and
 * message, and whether it may go again. Sources: RFC 5321, RFC 2920 3.2, RFC 1047; decisions.md, "What a client should do".
 */

#include "client_lines.h"
#include "client_play.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const client_row transaction_rows[] = {
    {.name = "MAIL refused",
     .script = PLAIN ALICE "S: 550 5.7.1 no\n! message refused cause=550 access-denied resend\n" QUIT},
    {.name = "MAIL refused for now",
     .script = PLAIN ALICE "S: 451 4.3.0 later\n! message later cause=451 local-error resend\n" QUIT},
    {.name = "one of three refused, one later: the message goes (field-notes 21)",
     .recipients = TO_THREE,
     .script = PLAIN ALICE "S: 250 ok\n" BOB "S: 550 5.1.1 who\n! recipient 0 refused 550\n" CAROL
                           "S: 250 ok\n! recipient 1 accepted 250\n" DAVE
                           "S: 450 4.2.1 later\n! recipient 2 later 450\n" DATA SENT QUIT},
    {.name = "251 is accepted",
     .script = PLAIN ALICE "S: 250 ok\n" BOB "S: 251 forward\n! recipient 0 accepted 251\n" DATA SENT QUIT},
    {.name = "all refused: RSET, no DATA",
     .recipients = TO_TWO,
     .script = PLAIN ALICE "S: 250 ok\n" BOB "S: 550 5.1.1 who\n! recipient 0 refused 550\n" CAROL
                           "S: 550 5.1.1 who\n! recipient 1 refused 550\n"
                           "! message refused cause=550 unknown-recipient\nC: RSET\nS: 250 ok\n" QUIT},
    {.name = "all refused, one for now: later",
     .recipients = TO_TWO,
     .script = PLAIN ALICE "S: 250 ok\n" BOB "S: 450 4.2.1 later\n! recipient 0 later 450\n" CAROL
                           "S: 550 5.1.1 who\n! recipient 1 refused 550\n"
                           "! message later cause=450 recipient-later last=550 unknown-recipient resend\n"
                           "C: RSET\nS: 250 ok\n" QUIT},
    {.name = "no recipients at all",
     .recipients = (const char *const[]){NULL},
     .script =
         PLAIN ALICE "S: 250 ok\n! message refused cause=0 no-valid-recipients\nC: RSET\nS: 250 ok\n" QUIT},
    {.name = "the next message after a refused one",
     .messages = 2,
     .script = PLAIN ALICE "S: 250 ok\n" BOB "S: 550 5.1.1 who\n! recipient 0 refused 550\n"
                           "! message refused cause=550 unknown-recipient\nC: RSET\nS: 250 ok\n" ALL_GOOD},
    {.name = "DATA refused",
     .script = PLAIN ALICE "S: 250 ok\n" BOB_TAKEN "C: DATA\nS: 554 5.5.1 no\n! message refused cause=554 "
                           "no-valid-recipients resend\nC: RSET\nS: 250 ok\n" QUIT},
    {.name = "the message refused",
     .script =
         PLAIN ALICE "S: 250 ok\n" BOB_TAKEN DATA "S: 550 5.7.1 spam\n! message refused cause=550 spam\n" QUIT},
    {.name = "the message later",
     .script = PLAIN ALICE "S: 250 ok\n" BOB_TAKEN DATA
                           "S: 452 4.3.1 full\n! message later cause=452 no-room resend\n" QUIT},
    {.name = "421 to the final dot: not taken, so it may go again",
     .script =
         PLAIN ALICE "S: 250 ok\n" BOB_TAKEN DATA
                     "S: 421 4.3.2 stop\n! message later cause=421 shutdown resend\nclosed server-closing\n"},
    {.name = "lost after the final dot: unknown (RFC 1047)",
     .script = PLAIN ALICE "S: 250 ok\n" BOB_TAKEN DATA "X: lost\n! message unknown\nclosed connection-lost\n"},
    {.name = "lost before DATA's reply: it may go again",
     .script = PLAIN ALICE "S: 250 ok\n" BOB_TAKEN
                           "C: DATA\nX: lost\n! message later resend\nclosed connection-lost\n"},
    {.name = "421 at RCPT",
     .recipients = TO_TWO,
     .script = PLAIN ALICE "S: 250 ok\n" BOB "S: 421 4.3.2 stop\n! recipient 0 later 421\n"
                           "! message later cause=421 shutdown resend\nclosed server-closing\n"},
    {.name = "the host gives a message up: only the connection's end takes it back",
     .script = PLAIN ALICE "S: 250 ok\n" BOB_TAKEN "C: DATA\nS: 354 go\n? message\n= abandon\n"
                           "! message refused cause=0 message-abandoned\nclosed message-abandoned\n"},
    {.name = "a group (RFC 2920 3.2)",
     .recipients = TO_TWO,
     .script = PIPELINE ALICE BOB CAROL "S: 250 ok\nS: 250 ok\n! recipient 0 accepted 250\nS: 250 ok\n"
                                        "! recipient 1 accepted 250\n" DATA SENT QUIT},
    {.name = "a group not wanted", .flags = SMTPAUTH_CLIENT_NO_PIPELINING, .script = PIPELINE ALL_GOOD},
    {.name = "a group whose MAIL is refused: its RCPTs are echoes",
     .recipients = TO_TWO,
     .script = PIPELINE ALICE BOB CAROL "S: 550 5.7.1 no\nS: 503 5.5.1 MAIL first\nS: 503 5.5.1 MAIL first\n"
                                        "! message refused cause=550 access-denied resend\n" QUIT},
    {.name = "a group, some refused",
     .recipients = TO_THREE,
     .script = PIPELINE ALICE BOB CAROL DAVE
     "S: 250 ok\nS: 550 5.1.1 who\n! recipient 0 refused 550\nS: 250 ok\n! recipient 1 accepted 250\nS: 450 4.2.0 "
     "grey\n! recipient 2 later 450\n" DATA SENT QUIT},
    {.name = "a recipient's refusal is not the cause of what becomes of the message for others",
     .recipients = TO_TWO,
     .script = PIPELINE ALICE BOB CAROL
     "S: 250 ok\nS: 550 5.1.1 who\n! recipient 0 refused 550\nS: 250 ok\n! recipient 1 accepted 250\n" DATA
     "S: 554 5.7.1 spam\n! message refused cause=554 spam\n" QUIT},
    {.name = "... nor when it is lost",
     .recipients = TO_TWO,
     .script = PIPELINE ALICE BOB CAROL
     "S: 250 ok\nS: 550 5.1.1 who\n! recipient 0 refused 550\nS: 250 ok\n! recipient 1 accepted 250\n" DATA
     "X: lost\n! message unknown\nclosed connection-lost\n"},
    {.name = "nobody accepted: the cause is the one that may be tried again",
     .recipients = TO_TWO,
     .script = PIPELINE ALICE BOB CAROL
     "S: 250 ok\nS: 550 5.1.1 who\n! recipient 0 refused 550\nS: 450 4.2.1 full\n! recipient 1 later 450\n"
     "! message later cause=450 recipient-later resend\nC: RSET\nS: 250 ok\n" QUIT},
    {.name = "lost within a group",
     .recipients = TO_TWO,
     .script = PIPELINE ALICE BOB CAROL
     "S: 250 ok\nS: 250 ok\n! recipient 0 accepted 250\nX: lost\n! message later resend\nclosed connection-lost\n"},
};

static void transactions(void **state)
{
    (void)state;
    client_play_all(transaction_rows, sizeof transaction_rows / sizeof *transaction_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transactions),
    };
    return cmocka_run_group_tests_name("client, transaction", tests, NULL, NULL);
}
