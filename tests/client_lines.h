/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_CLIENT_LINES_H
#define TESTS_CLIENT_LINES_H

/* What the scripts of client_play.h say again and again: a piece is one or more lines, to be written one behind the other. */

/* ---- A session ---- */

#define HELLO       "S: 220 mx ESMTP\nC: EHLO client.example.test\n"
#define PLAIN       HELLO "S: 250 mx\n"
#define OFFERS(all) HELLO "S: 250-mx\n" all /* the last of them ends the reply */
#define PIPELINE    OFFERS("S: 250 PIPELINING\n")
#define QUIT        "C: QUIT\nS: 221 2.0.0 Bye\nclosed bye\n"

/* ---- A message ---- */

#define ALICE     "C: MAIL FROM:<alice@example.test>\n"
#define BOB       "C: RCPT TO:<bob@example.test>\n"
#define CAROL     "C: RCPT TO:<carol@example.test>\n"
#define DAVE      "C: RCPT TO:<dave@example.test>\n"
#define BOB_TAKEN BOB "S: 250 ok\n! recipient 0 accepted 250\n"
#define TEXT      "C: Subject: hello\nC: \nC: Hello\nC: .\n"
#define DATA      "C: DATA\nS: 354 Go\n" TEXT
#define SENT      "S: 250 2.0.0 Queued\n! message accepted\n"
#define ALL_GOOD  ALICE "S: 250 ok\n" BOB_TAKEN DATA SENT QUIT

/* Rows' recipients. */
#define TO_TWO   ((const char *const[]){"bob@example.test", "carol@example.test", NULL})
#define TO_THREE ((const char *const[]){"bob@example.test", "carol@example.test", "dave@example.test", NULL})

/* ---- A login ---- */

#define TLS          .init_flags = SMTPAUTH_CLIENT_IMPLICIT_TLS
#define OFFER(names) OFFERS("S: 250 AUTH " names "\n")
#define ASK(why)     "? credentials " why "\n"
#define SECRET       "= login alice secret\n"
#define NONE         "= none\n"
#define P_SECRET     "C: AUTH PLAIN AGFsaWNlAHNlY3JldA==\n" /* \0alice\0secret */
#define YES(name)    "S: 235 2.7.0 in\n! auth " name " 235 authenticated\n"

#endif
