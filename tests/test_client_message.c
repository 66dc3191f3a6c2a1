/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * A message's octets on their way out of a client: dots, line ends, chunks. Sources: RFC 5321 4.5.2, RFC 3030.
 */

#include "client_lines.h"
#include "client_play.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define OPENED   PLAIN ALICE "S: 250 ok\n" BOB_TAKEN "C: DATA\nS: 354 go\n"
#define CHUNKING OFFERS("S: 250 CHUNKING\n") ALICE "S: 250 ok\n" BOB_TAKEN

#define PIPELINED_CHUNKS                                                                                       \
    OFFERS("S: 250-PIPELINING\nS: 250 CHUNKING\n")                                                             \
    ALICE BOB "S: 250 ok\nS: 250 ok\n! recipient 0 accepted 250\n"

#define TWO_CHUNKS                                                                                             \
    OFFERS("S: 250-PIPELINING\nS: 250 CHUNKING\n")                                                             \
    ALICE BOB "S: 250 ok\nS: 250 ok\n! recipient 0 accepted 250\nC: BDAT 3\nC: a\nC: BDAT 0 LAST\n"

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
    {.name = "the last chunk taken behind a refused one: a message with a hole is none (RFC 3030 2)",
     .message = "a\r\n",
     .script = TWO_CHUNKS "S: 552 5.3.4 no\nS: 250 queued\n! error reply-unexpected\n"
                          "! message unknown cause=552 message-too-big\nclosed reply-unexpected\n"},
    {.name = "what answers the last chunk is the echo of the first refusal",
     .message = "a\r\n",
     .script = TWO_CHUNKS "S: 452 4.3.1 full\nS: 503 5.5.1 no\n! message later cause=452 no-room resend\n"
                          "C: RSET\nS: 250 ok\n" QUIT},
    {.name = "lost behind a refused chunk: it was not taken",
     .message = "a\r\n",
     .script = TWO_CHUNKS "S: 552 5.3.4 no\nX: lost\n! message refused cause=552 message-too-big\n"
                          "closed connection-lost\n"},
    {.name = "the refusal of a chunk is no other message's",
     .message = "a\r\n",
     .messages = 2,
     .script = TWO_CHUNKS "S: 552 5.3.4 no\nS: 503 5.5.1 no\n! message refused cause=552 message-too-big\n"
                          "C: RSET\nS: 250 ok\n" ALICE BOB "X: lost\n! message later resend\n"
                          "closed connection-lost\n"},
    {.name = "given up between chunks: for good, whatever the chunk on its way is answered",
     .message = "a\r\n\r\n.\n", /* a bare LF behind what was sent */
     .part = 5,
     .script =
         PIPELINED_CHUNKS "C: BDAT 5\nC: a\nC: \nS: 452 4.3.1 full\n! message refused cause=0 bad-content\n"
                          "C: RSET\nS: 250 ok\n" QUIT},
    {.name = "... or lost",
     .message = "a\r\n\r\n.\n",
     .part = 5,
     .script = PIPELINED_CHUNKS "C: BDAT 5\nC: a\nC: \nX: lost\n! message refused cause=0 bad-content\n"
                                "closed connection-lost\n"},
    {.name = "LMTP: how many replies the last chunk has is known only when the others are answered",
     .flags = SMTPAUTH_CLIENT_LMTP,
     .message = "a\r\n",
     .script =
         "S: 220 mx LMTP\nC: LHLO client.example.test\nS: 250-mx\nS: 250-PIPELINING\nS: 250 CHUNKING\n" ALICE
             BOB
         "S: 250 ok\nS: 250 ok\n! recipient 0 accepted 250\nC: BDAT 3\nC: a\nS: 250 ok\nC: BDAT 0 LAST\n"
         "S: 250 ok\n! delivery 0 accepted 250\n! message accepted\n" QUIT},
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
        cmocka_unit_test(messages),
    };
    return cmocka_run_group_tests_name("client, message", tests, NULL, NULL);
}
