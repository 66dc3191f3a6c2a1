/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * What a client does when it is told to log in, or its login is refused: what 530 and 535 and the codes around them ask
 * for, what is never sent. A row for each row of decisions.md's "What a client should do" that the engine acts on; RFC 4954 4
 * and 6. Which mechanism, and how it speaks: test_client_mechanism.c.
 */

#include "client_lines.h"
#include "client_play.h"
#include "fixed_nonce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define OTHER        "= login alice other\n"
#define THIRD        "= login alice third\n"
#define P_OTHER      "C: AUTH PLAIN AGFsaWNlAG90aGVy\n"
#define P_THIRD      "C: AUTH PLAIN AGFsaWNlAHRoaXJk\n"
#define NO           "S: 535 5.7.8 Authentication credentials invalid\n! auth PLAIN 535 auth-failed\n"
#define LOGIN_SECRET "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YWxpY2U=\nS: 334 UGFzc3dvcmQ6\nC: c2VjcmV0\n"
#define NEEDS        "S: 530 5.7.0 Authentication required\n"

static smtpauth_client_mechanism_fn *const plain_login_cram[] = {smtpauth_client_plain, smtpauth_client_login,
                                                                 smtpauth_client_cram_md5, NULL};

static smtpauth_client_mechanism_fn *const cram_login_plain[] = {
    smtpauth_client_cram_md5, smtpauth_client_login, smtpauth_client_plain, NULL};
static smtpauth_client_mechanism_fn *const login_plain[] = {smtpauth_client_login, smtpauth_client_plain, NULL};

#define CRAM_SECRET /* HMAC-MD5 of <1.2@mx>, by Python's hmac */                                               \
    "C: AUTH CRAM-MD5\nS: 334 PDEuMkBteD4=\n"                                                                  \
    "C: YWxpY2UgNGVmNDUwNWE3MTdjMzkyMjAwNmZiNTA1ZGVmMGFiZTk=\n"

static const client_row decision_rows[] = {
    {.name = "530 to MAIL: login, then MAIL and its recipients again",
     TLS,
     .flags = SMTPAUTH_CLIENT_AUTH_LATE,
     .script = OFFER("PLAIN") ALICE NEEDS ASK("required")
         SECRET P_SECRET YES("PLAIN") "? envelope 0 again\n" ALL_GOOD},
    {.name = "530 within a group: the recipients' replies are echoes",
     TLS,
     .flags = SMTPAUTH_CLIENT_AUTH_LATE,
     .script = HELLO "S: 250-mx\nS: 250-PIPELINING\nS: 250 AUTH PLAIN\n" ALICE BOB NEEDS NEEDS ASK("required")
         SECRET P_SECRET YES("PLAIN") ALICE BOB
     "S: 250 ok\nS: 250 ok\n! recipient 0 accepted 250\nC: DATA\nS: 354 Go\n" TEXT
     "S: 250 ok\n! message accepted\n" QUIT},
    {.name = "530 to RCPT: RSET first, as AUTH may not stand in a transaction (RFC 4954 4)",
     TLS,
     .flags = SMTPAUTH_CLIENT_AUTH_LATE,
     .script = OFFER("PLAIN") ALICE "S: 250 ok\n" BOB NEEDS "C: RSET\nS: 250 ok\n" ASK("required")
         SECRET P_SECRET YES("PLAIN") ALL_GOOD},
    {.name = "530 to DATA",
     TLS,
     .flags = SMTPAUTH_CLIENT_AUTH_LATE,
     .script =
         OFFER("PLAIN") ALICE "S: 250 ok\n" BOB "S: 250 ok\n! recipient 0 accepted 250\nC: DATA\n" NEEDS
                              "C: RSET\nS: 250 ok\n" ASK("required") SECRET P_SECRET YES("PLAIN") ALL_GOOD},
    {.name = "530, and the host has no login: refused, with hope",
     TLS,
     .script = OFFER("PLAIN") ASK("first") NONE ALICE NEEDS ASK("required") NONE
     "! message refused cause=530 auth-required resend\n" QUIT},
    {.name = "530 once more after a no: nobody is asked again",
     TLS,
     .messages = 2,
     .script = OFFER("PLAIN") ASK("first") NONE ALICE NEEDS ASK("required") NONE
     "! message refused cause=530 auth-required resend\n" ALICE NEEDS
     "! message refused cause=530 auth-required resend\n" QUIT},
    {.name = "530 although authenticated: no loop (field-notes 3a 15)",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET YES("PLAIN") ALICE NEEDS
     "! message refused cause=530 auth-required resend\n" QUIT},
    {.name = "530, and no mechanism may be used",
     .script = OFFER("PLAIN") ALICE NEEDS "! message refused cause=530 no-mechanism resend\n" QUIT},
    {.name = "... which nobody hears of where no login is wanted", .script = OFFER("PLAIN") ALL_GOOD},
    {.name = "a login is required, and none can be made",
     .flags = SMTPAUTH_CLIENT_AUTH_REQUIRED,
     .script = OFFER("PLAIN") "C: QUIT\nS: 221 bye\nclosed auth-required\n"},
    {.name = "a login is required, and AUTH is not offered",
     .flags = SMTPAUTH_CLIENT_AUTH_REQUIRED,
     .script = PLAIN "C: QUIT\nS: 221 bye\nclosed auth-required\n"},
    {.name = "a login is required, and refused for now",
     TLS,
     .flags = SMTPAUTH_CLIENT_AUTH_REQUIRED,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET
     "S: 454 4.7.0 Temporary authentication failure\n! auth PLAIN 454 auth-unavailable\n"
     "C: QUIT\nS: 221 bye\nclosed auth-required\n"},
    {.name = "a login is required, and made",
     TLS,
     .flags = SMTPAUTH_CLIENT_AUTH_REQUIRED,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET YES("PLAIN") ALL_GOOD},
    {.name = "530 after an own 535: the first refusal is the cause (field-notes trap 5)",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET NO ASK("rejected") NONE ALICE NEEDS
     "! message refused cause=535 auth-failed last=530 auth-failed resend\n" QUIT},
    {.name = "502 with the word, as 530",
     TLS,
     .flags = SMTPAUTH_CLIENT_AUTH_LATE,
     .script = OFFER("PLAIN") ALICE "S: 502 5.7.0 Please authenticate first\n" ASK("required")
         SECRET P_SECRET YES("PLAIN") ALL_GOOD},
    {.name = "550 with the word at RCPT, as 530",
     TLS,
     .flags = SMTPAUTH_CLIENT_AUTH_LATE,
     .script = OFFER("PLAIN") ALICE "S: 250 ok\n" BOB
                                    "S: 550 5.7.1 Authentication required\nC: RSET\nS: 250 ok\n" ASK("required")
                                        SECRET P_SECRET YES("PLAIN") ALL_GOOD},
    {.name = "535 asks to re-enter, and the new one is sent",
     TLS,
     .script =
         OFFER("PLAIN") ASK("first") SECRET P_SECRET NO ASK("rejected") OTHER P_OTHER YES("PLAIN") ALL_GOOD},
    {.name = "535 up to the limit",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET NO ASK("rejected") OTHER P_OTHER NO ASK("rejected")
         THIRD P_THIRD NO ALICE "S: 250 ok\n" BOB_TAKEN DATA SENT QUIT},
    {.name = "a limit of one",
     TLS,
     .credentials_max = 1,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET NO ALL_GOOD},
    {.name = "the same rejected secret is not sent again, by no mechanism",
     TLS,
     .script = OFFER("PLAIN LOGIN SCRAM-SHA-256") ASK("first") SECRET
     "C: AUTH SCRAM-SHA-256 biwsbj1hbGljZSxyPXJPcHJOR2Z3RWJlUldnYk5Fa3FP\nS: 535 5.7.8 no\n"
     "! auth SCRAM-SHA-256 535 auth-failed\n" ASK("rejected") SECRET
     "! auth  0 rejected-before\n" ASK("rejected") SECRET "! auth  0 rejected-before\n" ALL_GOOD},
    {.name = "... nor after another one in between",
     TLS,
     .credentials_max = 5,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET NO ASK("rejected") OTHER P_OTHER NO ASK("rejected")
         SECRET "! auth  0 rejected-before\n" ASK("rejected") THIRD P_THIRD YES("PLAIN") ALL_GOOD},
    {.name = "one more mechanism where that is wanted, once",
     TLS,
     .flags = SMTPAUTH_CLIENT_TRY_ANOTHER,
     .script = OFFER("PLAIN LOGIN") ASK("first") SECRET P_SECRET NO LOGIN_SECRET
     "S: 535 5.7.8 no\n! auth LOGIN 535 auth-failed\n" ASK("rejected") OTHER P_OTHER NO ASK("rejected")
         NONE ALL_GOOD},
    {.name = "... and a secret that another one took the place of is not forgotten",
     TLS,
     .flags = SMTPAUTH_CLIENT_TRY_ANOTHER,
     .credentials_max = 5,
     .script = OFFER("PLAIN LOGIN") ASK("first") SECRET P_SECRET NO ASK("again") OTHER
     "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YWxpY2U=\nS: 334 UGFzc3dvcmQ6\nC: b3RoZXI=\n"
     "S: 535 5.7.8 no\n! auth LOGIN 535 auth-failed\n" ASK("rejected") SECRET
     "! auth  0 rejected-before\n" ASK("rejected") NONE ALL_GOOD},
    {.name = "... and walks no further with a rejected secret, whatever the second one is answered",
     TLS,
     .flags = SMTPAUTH_CLIENT_TRY_ANOTHER | SMTPAUTH_CLIENT_IN_ORDER,
     .mechanisms = plain_login_cram,
     .script = OFFER("PLAIN LOGIN CRAM-MD5") ASK("first") SECRET P_SECRET NO LOGIN_SECRET
     "S: 504 5.5.4 Unrecognized authentication type\n! auth LOGIN 504 auth-unknown-mechanism\n" ASK("rejected")
         NONE ALL_GOOD},
    {.name = "504: the next mechanism with the same secret",
     TLS,
     .script = OFFER("PLAIN LOGIN") ASK("first") SECRET P_SECRET
     "S: 504 5.5.4 Unrecognized authentication type\n"
     "! auth PLAIN 504 auth-unknown-mechanism\n" LOGIN_SECRET YES("LOGIN") ALL_GOOD},
    {.name = "534: the same",
     TLS,
     .script = OFFER("PLAIN LOGIN") ASK("first") SECRET P_SECRET
     "S: 534 5.7.9 Authentication mechanism is too weak\n"
     "! auth PLAIN 534 auth-too-weak\n" LOGIN_SECRET YES("LOGIN") ALL_GOOD},
    {.name = "504, and none is left",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET
     "S: 504 5.5.4 Unrecognized authentication type\n"
     "! auth PLAIN 504 auth-unknown-mechanism\n" ASK("mechanism") NONE ALL_GOOD},
    {.name = "534 of Google: an app password; the same secret walks no further (decisions.md)",
     TLS,
     .has_book = true,
     .script = OFFER("PLAIN LOGIN") ASK("first") SECRET P_SECRET
     "S: 534-5.7.9 Application-specific password required. Learn more at\n"
     "S: 534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor - gsmtp\n"
     "! auth PLAIN 534 app-password-needed\n" ASK("rejected") OTHER P_OTHER YES("PLAIN") ALL_GOOD},
    {.name = "535 naming the mechanism (Postfix): the next",
     TLS,
     .script = OFFER("PLAIN LOGIN") ASK("first") SECRET P_SECRET
     "S: 535 5.7.8 Error: authentication failed: Invalid authentication mechanism\n! auth PLAIN 535 auth-unknown-mechanism\n" LOGIN_SECRET
         YES("LOGIN") ALL_GOOD},
    {.name = "553 to an initial response: the same mechanism without, once",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET
     "S: 553 5.5.4 no initial response\n! auth PLAIN 553 auth-no-initial\n"
     "C: AUTH PLAIN\nS: 334\nC: AGFsaWNlAHNlY3JldA==\n" YES("PLAIN") ALL_GOOD},
    {.name = "501 to an initial response, and again",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET
     "S: 501 5.7.0 no initial response\n! auth PLAIN 501 auth-no-initial\n"
     "C: AUTH PLAIN\nS: 501 5.5.4 what\n! auth PLAIN 501 argument\n" ALL_GOOD},
    {.name = "501 to an initial response that says the password is wrong: it is not sent once more",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET
     "S: 501 5.7.8 Authentication failed: bad username or password\n! auth PLAIN 501 auth-failed\n" ASK(
         "rejected") "= none\n" ALL_GOOD},
    {.name = "454: the secret is kept, nobody is asked, the message is for later",
     TLS,
     .script = OFFER("PLAIN LOGIN") ASK("first") SECRET P_SECRET
     "S: 454 4.7.0 Temporary authentication failure\n"
     "! auth PLAIN 454 auth-unavailable\n" ALICE NEEDS
     "! message later cause=454 auth-unavailable last=530 auth-unavailable resend\n" QUIT},
    {.name = "435 (Exim)",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET "S: 435 Unable to authenticate at present\n"
                                                           "! auth PLAIN 435 auth-unavailable\n" ALL_GOOD},
    {.name = "421 to AUTH",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET
     "S: 421 4.7.0 Too many attempts\n! auth PLAIN 421 rate-limited\n"
     "closed server-closing\n"},
    {.name = "432: PLAIN once, under TLS (RFC 4954 6)",
     TLS,
     .script = OFFER("PLAIN SCRAM-SHA-256") ASK("first") SECRET
     "C: AUTH SCRAM-SHA-256 biwsbj1hbGljZSxyPXJPcHJOR2Z3RWJlUldnYk5Fa3FP\nS: 432 4.7.12 A password transition is needed\n"
     "! auth SCRAM-SHA-256 432 auth-transition\n" P_SECRET YES("PLAIN") ALL_GOOD},
    {.name = "432 to PLAIN itself: that was the transition's mechanism already",
     TLS,
     .script =
         OFFER("PLAIN LOGIN") ASK("first") SECRET P_SECRET "S: 432 4.7.12 A password transition is needed\n"
                                                           "! auth PLAIN 432 auth-transition\n" ALL_GOOD},
    {.name = "432 in clear: never",
     .script = OFFER("PLAIN SCRAM-SHA-256") ASK("first") SECRET
     "C: AUTH SCRAM-SHA-256 biwsbj1hbGljZSxyPXJPcHJOR2Z3RWJlUldnYk5Fa3FP\nS: 432 4.7.12 A password transition is needed\n"
     "! auth SCRAM-SHA-256 432 auth-transition\n" ALL_GOOD},
    {.name = "432 in clear: not even where secrets may be shown",
     .flags = SMTPAUTH_CLIENT_CLEAR_AUTH,
     .script = OFFER("PLAIN SCRAM-SHA-256") ASK("first") SECRET
     "C: AUTH SCRAM-SHA-256 biwsbj1hbGljZSxyPXJPcHJOR2Z3RWJlUldnYk5Fa3FP\nS: 432 4.7.12 A password transition is needed\n"
     "! auth SCRAM-SHA-256 432 auth-transition\n" ALL_GOOD},
    {.name = "525: nobody is asked",
     TLS,
     .script = OFFER("PLAIN LOGIN") ASK("first") SECRET P_SECRET
     "S: 525 5.7.13 User account disabled\n"
     "! auth PLAIN 525 auth-disabled\n" ALICE NEEDS
     "! message refused cause=525 auth-disabled last=530 auth-disabled resend\n" QUIT},
    {.name = "500 to AUTH: the program's fault, nobody is asked",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET
     "S: 500 5.5.1 Command unrecognized\n! auth PLAIN 500 auth-not-offered\n" ALL_GOOD},
    {.name = "538 in clear after a no to STARTTLS",
     .flags = SMTPAUTH_CLIENT_ASKS_STARTTLS,
     .script =
         HELLO "S: 250-mx\nS: 250-STARTTLS\nS: 250 AUTH CRAM-MD5\n? starttls first\n= no\n" ASK("first") SECRET
     "C: AUTH CRAM-MD5\nS: 538 5.7.11 Encryption required\n! auth CRAM-MD5 538 tls-required\n? starttls required\n= yes\n"
     "C: STARTTLS\nS: 220 go\nT: started\nC: EHLO client.example.test\nS: 250-mx\nS: 250 AUTH PLAIN\n" P_SECRET
         YES("PLAIN") ALL_GOOD},
    {.name = "503 to AUTH in clear with STARTTLS offered",
     .flags = SMTPAUTH_CLIENT_ASKS_STARTTLS,
     .script =
         HELLO "S: 250-mx\nS: 250-STARTTLS\nS: 250 AUTH CRAM-MD5\n? starttls first\n= no\n" ASK("first") SECRET
     "C: AUTH CRAM-MD5\nS: 503 5.5.1 no\n! auth CRAM-MD5 503 auth-needs-tls\n? starttls required\n= no\n" ALL_GOOD},
    {.name = "523 to AUTH in clear after a no to STARTTLS, and no again",
     .flags = SMTPAUTH_CLIENT_ASKS_STARTTLS,
     .script =
         HELLO "S: 250-mx\nS: 250-STARTTLS\nS: 250 AUTH CRAM-MD5\n? starttls first\n= no\n" ASK("first") SECRET
     "C: AUTH CRAM-MD5\nS: 523 5.7.10 Encryption Needed\n! auth CRAM-MD5 523 tls-required\n? starttls required\n= no\n" ALL_GOOD},
    {.name = "530 to AUTH wants TLS, which is there already: no loop",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET "S: 530 5.7.0 Must issue a STARTTLS command first\n"
                                                           "! auth PLAIN 530 auth-required\n" ALL_GOOD},
    {.name = "550 to AUTH: nobody is asked",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET
     "S: 550 5.7.1 Access denied\n! auth PLAIN 550 access-denied\n" ALL_GOOD},
    {.name = "554 5.7.8 naming the mechanism (Stalwart): the next",
     TLS,
     .script = OFFER("PLAIN LOGIN") ASK("first") SECRET P_SECRET
     "S: 554 5.7.8 Authentication mechanism not supported.\n"
     "! auth PLAIN 554 auth-unknown-mechanism\n" LOGIN_SECRET YES("LOGIN") ALL_GOOD},
    {.name = "455 (Stalwart) is class 4",
     TLS,
     .script = OFFER("PLAIN LOGIN") ASK("first") SECRET P_SECRET
     "S: 455 4.5.0 Not now\n! auth PLAIN 455 auth-unavailable\n" ALL_GOOD},
    {.name = "503 to MAIL, as 530 where a login is offered",
     TLS,
     .flags = SMTPAUTH_CLIENT_AUTH_LATE,
     .script = OFFER("PLAIN") ALICE "S: 503 5.5.1 You must authenticate first.\n" ASK("required")
         SECRET P_SECRET YES("PLAIN") ALL_GOOD},
    {.name = "454 to AUTH, and RCPT refuses what the login would have allowed: for later too",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET
     "S: 454 4.7.0 Temporary authentication failure\n! auth PLAIN 454 auth-unavailable\n" ALICE
     "S: 250 ok\n" BOB "S: 554 5.7.1 <bob@example.test>: Relay access denied\n! recipient 0 later 554\n"
     "! message later cause=454 auth-unavailable last=554 auth-unavailable resend\nC: RSET\nS: 250 ok\n" QUIT},
    {.name = "... but not a recipient that is none",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET
     "S: 454 4.7.0 Temporary authentication failure\n! auth PLAIN 454 auth-unavailable\n" ALICE
     "S: 250 ok\n" BOB "S: 550 5.1.1 User unknown\n! recipient 0 refused 550\n"
     "! message refused cause=454 auth-unavailable last=550 unknown-recipient\nC: RSET\nS: 250 ok\n" QUIT},
    {.name = "454 at RCPT with relay in its words, as 530",
     TLS,
     .flags = SMTPAUTH_CLIENT_AUTH_LATE,
     .script = OFFER("PLAIN") ALICE
     "S: 250 ok\n" BOB "S: 454 4.7.1 <bob@example.test>: Relay access denied\nC: RSET\nS: 250 ok\n" ASK(
         "required") SECRET P_SECRET YES("PLAIN") ALL_GOOD},
    {.name = "after a login nobody is asked at 550 either",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET YES("PLAIN") ALICE
     "S: 250 ok\n" BOB "S: 550 5.7.1 Authentication required\n! recipient 0 refused 550\n"
     "! message refused cause=550 access-denied resend\nC: RSET\nS: 250 ok\n" QUIT},
    {.name = "334 that is no base64: a refusal in disguise",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET
     "S: 334 Please log in via your web browser\nC: *\nS: 501 5.7.0 ok\n"
     "! auth PLAIN 501 web-login-needed\n" ALL_GOOD},
    {.name = "a challenge too many",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET "S: 334 AAAA\nC: *\nS: 501 5.7.0 ok\n"
                                                           "! auth PLAIN 501 reply-unexpected\n" ALL_GOOD},
    {.name = "the host gives up within an exchange",
     TLS,
     .script = OFFER("LOGIN") ASK("first") SECRET "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\n" ASK("again") NONE
     "C: *\nS: 501 5.7.0 ok\n! auth LOGIN 501 auth-cancelled\n" ALL_GOOD},
    {.name = "another secret within an exchange",
     TLS,
     .script = OFFER("LOGIN") ASK("first") SECRET "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\n" ASK("again") OTHER
     "C: *\nS: 501 5.7.0 ok\n! auth LOGIN 501 auth-cancelled\n" ALL_GOOD},
    {.name = "432 to one more mechanism: the rejected secret is not shown a third time",
     TLS,
     .flags = SMTPAUTH_CLIENT_TRY_ANOTHER | SMTPAUTH_CLIENT_IN_ORDER,
     .mechanisms = cram_login_plain,
     .script = OFFER("CRAM-MD5 LOGIN PLAIN") ASK("first") SECRET CRAM_SECRET
     "S: 535 5.7.8 no\n! auth CRAM-MD5 535 auth-failed\n" LOGIN_SECRET
     "S: 432 4.7.12 A password transition is needed\n! auth LOGIN 432 auth-transition\n" ALL_GOOD},
    {.name = "501 to it: nor without initial response",
     TLS,
     .flags = SMTPAUTH_CLIENT_TRY_ANOTHER | SMTPAUTH_CLIENT_IN_ORDER,
     .mechanisms = login_plain,
     .script = OFFER("LOGIN PLAIN") ASK("first") SECRET LOGIN_SECRET
     "S: 535 5.7.8 no\n! auth LOGIN 535 auth-failed\n" P_SECRET
     "S: 501 5.5.2 what\n! auth PLAIN 501 auth-malformed\n" ASK("rejected") NONE ALL_GOOD},
    {.name = "a login in clear counts no more when TLS begins (RFC 3207 4.2)",
     .flags = SMTPAUTH_CLIENT_ASKS_STARTTLS | SMTPAUTH_CLIENT_CLEAR_AUTH,
     .mechanisms = cram_login_plain,
     .script = HELLO "S: 250-mx\nS: 250-STARTTLS\nS: 250 AUTH CRAM-MD5\n? starttls first\n= no\n" ASK("first")
         SECRET CRAM_SECRET YES("CRAM-MD5") ALICE
     "S: 530 5.7.0 Must issue a STARTTLS command first\n"
     "? starttls required\n= yes\nC: STARTTLS\nS: 220 go\nT: started\nC: EHLO client.example.test\n"
     "S: 250-mx\nS: 250 AUTH PLAIN\n" ASK("first") SECRET P_SECRET YES("PLAIN") ALICE
     "S: 550 5.7.1 no\n! message refused cause=550 not-permitted resend\n" QUIT},
    {.name = "a login that ended in clear is asked for anew when TLS begins",
     .flags = SMTPAUTH_CLIENT_ASKS_STARTTLS | SMTPAUTH_CLIENT_CLEAR_AUTH,
     .mechanisms = cram_login_plain,
     .script =
         HELLO "S: 250-mx\nS: 250-STARTTLS\nS: 250 AUTH CRAM-MD5\n? starttls first\n= no\n" ASK("first") SECRET
     "C: AUTH CRAM-MD5\nS: 454 4.7.0 not now\n! auth CRAM-MD5 454 auth-unavailable\n" ALICE
     "S: 530 5.7.0 Must issue a STARTTLS command first\n? starttls required\n= yes\nC: STARTTLS\nS: 220 go\n"
     "T: started\nC: EHLO client.example.test\nS: 250-mx\nS: 250 AUTH PLAIN\n" ASK("first")
         SECRET P_SECRET YES("PLAIN") ALL_GOOD},
    {.name = "an address that is none is its own cause, whatever the login was refused for",
     TLS,
     .sender = "bad sender",
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET NO ASK("rejected") NONE
     "! message refused cause=0 bad-sender\n" QUIT},
    {.name = "535, then 421 in one breath: nobody is asked",
     TLS,
     .is_racy = true,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET
     "S: 535 5.7.8 Authentication credentials invalid\nS: 421 4.7.0 Too many\n! auth PLAIN 535 auth-failed\nclosed server-closing\n"},
    {.name = "lost while a person thinks",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET "X: lost\nclosed connection-lost\n"},
};

static void decisions(void **state)
{
    (void)state;
    strcpy(fixed_nonce, "rOprNGfwEbeRWgbNEkqO");
    client_play_all(decision_rows, sizeof decision_rows / sizeof *decision_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions),
    };
    return cmocka_run_group_tests_name("client, login", tests, NULL, NULL);
}
