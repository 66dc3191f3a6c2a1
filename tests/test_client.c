/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Client sessions as dialogues: greeting, EHLO, STARTTLS, the transaction, the message, QUIT. Sources: RFC 5321, 3207, 2920,
 * 3030, 2033, 1870, 6531, 3461, 9422 as named in the rows; decisions.md, "What a client should do". test_client_auth.c has
 * logins, test_client_hostile.c servers that break the rules.
 */

#include "client_play.h"

#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HELLO     "S: 220 mx ESMTP\nC: EHLO client.example.test\n"
#define QUIT      "C: QUIT\nS: 221 2.0.0 Bye\nclosed bye\n"
#define ALICE     "C: MAIL FROM:<alice@example.test>\n"
#define BOB       "C: RCPT TO:<bob@example.test>\n"
#define BOB_TAKEN BOB "S: 250 ok\n! recipient 0 accepted 250\n"
#define TEXT      "C: Subject: hello\nC: \nC: Hello\nC: .\n"
#define DATA      "C: DATA\nS: 354 Go\n" TEXT
#define SENT      "S: 250 2.0.0 Queued\n! message accepted\n"
#define ALL_GOOD  ALICE "S: 250 ok\n" BOB_TAKEN DATA SENT QUIT

static const char *const two[] = {"bob@example.test", "carol@example.test", NULL};
static const char *const three[] = {"bob@example.test", "carol@example.test", "dave@example.test", NULL};

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
     .recipients = three,
     .script = "S: 220 mx LMTP\nC: LHLO client.example.test\nS: 250 mx\n" ALICE "S: 250 ok\n" BOB_TAKEN
               "C: RCPT TO:<carol@example.test>\nS: 550 5.1.1 who\n! recipient 1 refused 550\n"
               "C: RCPT TO:<dave@example.test>\nS: 250 ok\n! recipient 2 accepted 250\n" DATA
               "S: 250 2.0.0 ok\n! delivery 0 accepted 250\nS: 452 4.2.2 full\n! delivery 1 later 452\n"
               "! message accepted\n" QUIT},
    {.name = "LMTP, nobody's delivery accepted",
     .init_flags = SMTPAUTH_CLIENT_LMTP,
     .recipients = two,
     .script = "S: 220 mx LMTP\nC: LHLO client.example.test\nS: 250 mx\n" ALICE "S: 250 ok\n" BOB_TAKEN
               "C: RCPT TO:<carol@example.test>\nS: 250 ok\n! recipient 1 accepted 250\n" DATA
               "S: 550 5.7.1 no\n! delivery 0 refused 550\nS: 550 5.7.1 no\n! delivery 1 refused 550\n"
               "! message refused cause=550 message-refused\n" QUIT},
    {.name = "LMTP, lost between two deliveries",
     .flags = SMTPAUTH_CLIENT_LMTP,
     .recipients = two,
     .script = "S: 220 mx LMTP\nC: LHLO client.example.test\nS: 250 mx\n" ALICE "S: 250 ok\n" BOB_TAKEN
               "C: RCPT TO:<carol@example.test>\nS: 250 ok\n! recipient 1 accepted 250\n" DATA
               "S: 250 ok\n! delivery 0 accepted 250\nX: lost\n! message unknown\nclosed connection-lost\n"},
    {.name = "LMTP with EHLO unknown has no HELO",
     .flags = SMTPAUTH_CLIENT_LMTP,
     .script = "S: 220 mx\nC: LHLO client.example.test\nS: 500 what\nC: QUIT\nS: 221 bye\nclosed refused\n"},
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

#define OFFER   HELLO "S: 250-mx\nS: 250 STARTTLS\n"
#define STARTED "C: STARTTLS\nS: 220 2.0.0 Go\nT: started\nC: EHLO client.example.test\n"

static const client_row tls_rows[] = {
    {.name = "TLS where it is offered, EHLO again", .script = OFFER STARTED "S: 250 mx\n" ALL_GOOD},
    {.name = "what EHLO said in clear is forgotten",
     .envelope = &(const smtpauth_envelope){.octets = 25},
     .script = HELLO "S: 250-mx\nS: 250-SIZE 10\nS: 250 STARTTLS\n" STARTED "S: 250 mx\n" ALL_GOOD},
    {.name = "never", .flags = SMTPAUTH_CLIENT_TLS_NEVER, .script = OFFER ALL_GOOD},
    {.name = "refused, and not required", .script = OFFER "C: STARTTLS\nS: 454 4.7.0 no\n" ALL_GOOD},
    {.name = "refused, and required",
     .flags = SMTPAUTH_CLIENT_TLS_REQUIRED,
     .script = OFFER "C: STARTTLS\nS: 454 4.7.0 no\nC: QUIT\nS: 221 bye\nclosed tls-missing\n"},
    {.name = "not offered, and required: nothing more is said, no login, no mail",
     .flags = SMTPAUTH_CLIENT_TLS_REQUIRED,
     .script = HELLO "S: 250-mx\nS: 250 AUTH PLAIN\nC: QUIT\nS: 221 bye\nclosed tls-missing\n"},
    {.name = "HELO only, and required",
     .flags = SMTPAUTH_CLIENT_TLS_REQUIRED,
     .script =
         HELLO "S: 500 no\nC: HELO client.example.test\nS: 250 mx\nC: QUIT\nS: 221 bye\nclosed tls-missing\n"},
    {.name = "handshake failed", .script = OFFER "C: STARTTLS\nS: 220 Go\nT: failed\nclosed tls-failed\n"},
    {.name = "too weak for the host",
     .script = OFFER "C: STARTTLS\nS: 220 Go\nT: started weak\nC: QUIT\nS: 221 bye\nclosed tls-too-weak\n"},
    {.name = "421 to STARTTLS", .script = OFFER "C: STARTTLS\nS: 421 4.3.2 no\nclosed server-closing\n"},
    {.name = "asked, and yes",
     .flags = SMTPAUTH_CLIENT_ASKS_STARTTLS,
     .script = OFFER "? starttls first\n= yes\n" STARTED "S: 250 mx\n" ALL_GOOD},
    {.name = "asked, and no",
     .flags = SMTPAUTH_CLIENT_ASKS_STARTTLS,
     .script = OFFER "? starttls first\n= no\n" ALL_GOOD},
    {.name = "asked, and no, but required",
     .flags = SMTPAUTH_CLIENT_ASKS_STARTTLS | SMTPAUTH_CLIENT_TLS_REQUIRED,
     .script = OFFER "? starttls first\n= no\nC: QUIT\nS: 221 bye\nclosed tls-missing\n"},
    {.name = "530 at MAIL wants TLS after a no (decisions.md)",
     .flags = SMTPAUTH_CLIENT_ASKS_STARTTLS,
     .script = OFFER "? starttls first\n= no\n" ALICE "S: 530 5.7.0 Must issue a STARTTLS command first\n"
                     "? starttls required\n= yes\n" STARTED "S: 250 mx\n? envelope 0 again\n" ALL_GOOD},
    {.name = "... and no again",
     .flags = SMTPAUTH_CLIENT_ASKS_STARTTLS,
     .script = OFFER "? starttls first\n= no\n" ALICE "S: 530 5.7.0 Must issue a STARTTLS command first\n"
                     "? starttls required\n= no\n! message refused cause=530 tls-required resend\n" QUIT},
    {.name = "530 wants TLS that never may be",
     .flags = SMTPAUTH_CLIENT_TLS_NEVER,
     .script = OFFER ALICE "S: 530 5.7.0 Must issue a STARTTLS command first\n"
                           "! message refused cause=530 tls-required resend\n" QUIT},
    {.name = "implicit TLS: no STARTTLS although offered",
     .init_flags = SMTPAUTH_CLIENT_IMPLICIT_TLS,
     .script = OFFER ALL_GOOD},
    {.name = "implicit TLS satisfies a requirement",
     .flags = SMTPAUTH_CLIENT_IMPLICIT_TLS | SMTPAUTH_CLIENT_TLS_REQUIRED,
     .script = HELLO "S: 250 mx\n" ALL_GOOD},
    {.name = "clear octets behind the 220 are dropped, and noted (RFC 3207 4.2)",
     .is_racy = true, /* when they come behind the handshake's begin they are the handshake's */
     .script = OFFER "C: STARTTLS\nS: 220 Go\nS: 250-evil\nS: 250 AUTH PLAIN\n! error injected\nT: started\n"
                     "C: EHLO client.example.test\nS: 250 mx\n" ALL_GOOD},
};

static void starttls(void **state)
{
    (void)state;
    client_play_all(tls_rows, sizeof tls_rows / sizeof *tls_rows);
}

/* ---- Transactions ---- */

#define CAROL    "C: RCPT TO:<carol@example.test>\n"
#define DAVE     "C: RCPT TO:<dave@example.test>\n"
#define PIPELINE HELLO "S: 250-mx\nS: 250 PIPELINING\n"
#define PLAIN    HELLO "S: 250 mx\n"

static const client_row transaction_rows[] = {
    {.name = "MAIL refused",
     .script = PLAIN ALICE "S: 550 5.7.1 no\n! message refused cause=550 access-denied resend\n" QUIT},
    {.name = "MAIL refused for now",
     .script = PLAIN ALICE "S: 451 4.3.0 later\n! message later cause=451 local-error resend\n" QUIT},
    {.name = "one of three refused, one later: the message goes (field-notes 21)",
     .recipients = three,
     .script = PLAIN ALICE "S: 250 ok\n" BOB "S: 550 5.1.1 who\n! recipient 0 refused 550\n" CAROL
                           "S: 250 ok\n! recipient 1 accepted 250\n" DAVE
                           "S: 450 4.2.1 later\n! recipient 2 later 450\n" DATA SENT QUIT},
    {.name = "251 is accepted",
     .script = PLAIN ALICE "S: 250 ok\n" BOB "S: 251 forward\n! recipient 0 accepted 251\n" DATA SENT QUIT},
    {.name = "all refused: RSET, no DATA",
     .recipients = two,
     .script = PLAIN ALICE "S: 250 ok\n" BOB "S: 550 5.1.1 who\n! recipient 0 refused 550\n" CAROL
                           "S: 550 5.1.1 who\n! recipient 1 refused 550\n"
                           "! message refused cause=550 unknown-recipient\nC: RSET\nS: 250 ok\n" QUIT},
    {.name = "all refused, one for now: later",
     .recipients = two,
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
     .recipients = two,
     .script = PLAIN ALICE "S: 250 ok\n" BOB "S: 421 4.3.2 stop\n! recipient 0 later 421\n"
                           "! message later cause=421 shutdown resend\nclosed server-closing\n"},
    {.name = "the host gives a message up: only the connection's end takes it back",
     .script = PLAIN ALICE "S: 250 ok\n" BOB_TAKEN "C: DATA\nS: 354 go\n? message\n= abandon\n"
                           "! message refused cause=0 message-abandoned\nclosed message-abandoned\n"},
    {.name = "a group (RFC 2920 3.2)",
     .recipients = two,
     .script = PIPELINE ALICE BOB CAROL "S: 250 ok\nS: 250 ok\n! recipient 0 accepted 250\nS: 250 ok\n"
                                        "! recipient 1 accepted 250\n" DATA SENT QUIT},
    {.name = "a group not wanted", .flags = SMTPAUTH_CLIENT_NO_PIPELINING, .script = PIPELINE ALL_GOOD},
    {.name = "a group whose MAIL is refused: its RCPTs are echoes",
     .recipients = two,
     .script = PIPELINE ALICE BOB CAROL "S: 550 5.7.1 no\nS: 503 5.5.1 MAIL first\nS: 503 5.5.1 MAIL first\n"
                                        "! message refused cause=550 access-denied resend\n" QUIT},
    {.name = "a group, some refused",
     .recipients = three,
     .script = PIPELINE ALICE BOB CAROL DAVE
     "S: 250 ok\nS: 550 5.1.1 who\n! recipient 0 refused 550\nS: 250 ok\n! recipient 1 accepted 250\nS: 450 4.2.0 "
     "grey\n! recipient 2 later 450\n" DATA SENT QUIT},
    {.name = "lost within a group",
     .recipients = two,
     .script = PIPELINE ALICE BOB CAROL
     "S: 250 ok\nS: 250 ok\n! recipient 0 accepted 250\nX: lost\n! message later resend\nclosed connection-lost\n"},
};

static void transactions(void **state)
{
    (void)state;
    client_play_all(transaction_rows, sizeof transaction_rows / sizeof *transaction_rows);
}

/* ---- What is refused here: nothing of it is said ---- */

#define NEXT_REFUSED(reason) PLAIN "! message refused cause=0 " reason "\n" QUIT
#define OFFERS(words)        HELLO "S: 250-mx\n" words

static const char *const bad_recipients[] = {"bob@example.test", "x@y> NOTIFY=NEVER",  "a\r\nQUIT@b", "",
                                             "no-domain",        "carol@example.test", NULL};
static const char *const utf8_recipient[] = {"b\xC3\xB6"
                                             "b@example.test",
                                             NULL};

static const client_row local_rows[] = {
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
    {.name = "RCPTMAX (RFC 9422 4.2): the rest is for later",
     .recipients = two,
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

static void refused_here(void **state)
{
    (void)state;
    client_play_all(local_rows, sizeof local_rows / sizeof *local_rows);
}

/* ---- The message ---- */

#define OPENED   PLAIN ALICE "S: 250 ok\n" BOB_TAKEN "C: DATA\nS: 354 go\n"
#define CHUNKING OFFERS("S: 250 CHUNKING\n") ALICE "S: 250 ok\n" BOB_TAKEN

static const client_row message_rows[] = {
    {.name = "dots are stuffed (RFC 5321 4.5.2)",
     .message = ".\r\n..\r\n.a\r\na.\r\n\r\n.\r\n",
     .script = OPENED "C: ..\nC: ...\nC: ..a\nC: a.\nC: \nC: ..\nC: .\n" SENT QUIT},
    {.name = "an empty message", .message = "", .script = OPENED "C: .\n" SENT QUIT},
    {.name = "a last line without end gets one",
     .message = "a\r\nb",
     .script = OPENED "C: a\nC: b\nC: .\n" SENT QUIT},
    {.name = "a bare LF ends it: nothing of it may be taken for another command",
     .message = "a\r\nb\n.\r\nMAIL FROM:<x@y.test>\r\n",
     .script = OPENED "! message refused cause=0 bad-content\nclosed bad-content\n"},
    {.name = "a bare CR",
     .message = "a\rb\r\n",
     .script = OPENED "! message refused cause=0 bad-content\nclosed bad-content\n"},
    {.name = "a CR at the end",
     .message = "a\r",
     .script = OPENED "! message refused cause=0 bad-content\nclosed bad-content\n"},
    {.name = "bare ends are mended where that is wanted",
     .flags = SMTPAUTH_CLIENT_FIX_LINE_ENDS,
     .message = "a\n.\nb\rc\r\rd\r\n\ne\r",
     .script = OPENED "C: a\nC: ..\nC: b\nC: c\nC: \nC: d\nC: \nC: e\nC: .\n" SENT QUIT},
    {.name = "chunks (RFC 3030 2): dots are not stuffed, nothing is added",
     .message = ".\r\na\r\n",
     .script = CHUNKING "C: BDAT 6\nC: .\nC: a\nS: 250 ok\nC: BDAT 0 LAST\n" SENT QUIT},
    {.name = "chunks not wanted",
     .flags = SMTPAUTH_CLIENT_NO_CHUNKING,
     .script = OFFERS("S: 250 CHUNKING\n") ALL_GOOD},
    {.name = "a chunk refused: RSET",
     .message = "a\r\n",
     .script = CHUNKING "C: BDAT 3\nC: a\nS: 552 5.3.4 no\n! message refused cause=552 message-too-big\n"
                        "C: RSET\nS: 250 ok\n" QUIT},
    {.name = "the last chunk refused: no RSET is due",
     .message = "a\r\n",
     .script = CHUNKING "C: BDAT 3\nC: a\nS: 250 ok\nC: BDAT 0 LAST\nS: 452 4.3.1 no\n"
                        "! message later cause=452 no-room resend\n" QUIT},
    {.name = "a bare LF in what would be a chunk",
     .message = "a\nb\r\n",
     .script = CHUNKING "! message refused cause=0 bad-content\nC: RSET\nS: 250 ok\n" QUIT},
    {.name = "a message given up before its last chunk",
     .script = CHUNKING
     "? message\n= abandon\n! message refused cause=0 message-abandoned\nC: RSET\nS: 250 ok\n" QUIT},
    {.name = "binary: octets as they are (RFC 3030 3)",
     .message = "a\rb\nc\r\n",
     .envelope = &(const smtpauth_envelope){.body = SMTPAUTH_BODY_BINARYMIME},
     .script = OFFERS(
         "S: 250-CHUNKING\nS: 250 BINARYMIME\n") "C: MAIL FROM:<alice@example.test> BODY=BINARYMIME\n"
                                                 "S: 250 ok\n" BOB_TAKEN
                                                 "C: BDAT 7\nC: a^Mb^Jc\nS: 250 ok\nC: BDAT 0 LAST\n" SENT
                                                     QUIT},
    {.name = "chunks in a row where the server takes it",
     .message = "a\r\n",
     .script = OFFERS("S: 250-PIPELINING\nS: 250 CHUNKING\n") ALICE BOB
     "S: 250 ok\nS: 250 ok\n! recipient 0 accepted 250\n"
     "C: BDAT 3\nC: a\nC: BDAT 0 LAST\nS: 250 ok\n" SENT QUIT},
    {.name = "421 while the message is sent",
     .is_racy = true,
     .message = "a\r\n",
     .script = PLAIN ALICE "S: 250 ok\n" BOB_TAKEN "C: DATA\nS: 354 go\nS: 421 4.3.2 stop\n"
                           "! message later cause=421 shutdown resend\nclosed server-closing\n"},
};

static void messages(void **state)
{
    (void)state;
    client_play_all(message_rows, sizeof message_rows / sizeof *message_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions),     cmocka_unit_test(starttls), cmocka_unit_test(transactions),
        cmocka_unit_test(refused_here), cmocka_unit_test(messages),
    };
    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
