/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_DIALOGUE_H
#define TESTS_DIALOGUE_H

/*
 * Dialogues as text, and the one player for them. A file of tests/transcripts/ reads like the examples of an RFC:
 *
 *     policy: submission clear            before the first title: for all dialogues of the file
 *
 *     # MAIL before login is 530          a title begins a dialogue
 *     row: P6, E27                        the rows of the decision table it stands for (test_transcripts.c lists them)
 *     policy: submission starttls         its own policy
 *     lockstep                            is not played pipelined
 *     ; anything                          a remark
 *
 *     (connect)  (hello)  (login)  (mail)  (data)    stage directions: the opening up to the greeting; and EHLO;
 *                                         and AUTH PLAIN as alice; and MAIL and one RCPT; and DATA
 *     (lmtp)                              the opening of an LMTP session up to LHLO
 *     C: NOOP                             a line of the client; CRLF is added unless it ends in `\`
 *     C*20: NOOP                          twenty of them
 *     S: 530 5.7.0 Authentication required     exactly this reply line
 *     S: 501 5.5.4                        this code and enhanced code, with words that the catalogue has for them
 *     S:~ 250 mail.example.test           a reply line that begins so
 *     S*20: 250 2.0.0                     twenty of them
 *     E:                                  a reply to EHLO, whatever is offered
 *     E: AUTH PLAIN LOGIN, no STARTTLS    ... with this line, and without any that begins so
 *     E! PIPELINING, SIZE 1000            ... with exactly these, in any order
 *     S!                                  the server has closed the connection
 *     TLS                                 a handshake takes place; `TLS weak`, `TLS fail`; `TLS exporter`, `TLS
 *                                         endpoint`: with channel binding
 *     H: timeout                          the host ends the session: timeout, shutdown, lost, refused
 *     A: mail not-permitted               the host's next answer to this kind of question (auth, token, secret,
 *                                         authorize, external, exchange, anonymous, mail, rcpt, data, message, hello,
 *                                         starttls, verify, etrn, xclient), in order of the questions of that kind: a verdict, a
 *                                         reason, `say 451 4.3.0 Words`, `refuse` or `hold` (open); to secret also
 *                                         `unknown` and `broken`, to exchange `challenge TEXT`
 *     N: auth 535 PLAIN alice@example.test     notes: as soon as one of a kind (auth, error, reset) is written, all
 *                                         of that kind in the dialogue must be, in order; `N: error none`
 *     Q: mail alice@example.test          questions, likewise: password MECHANISM identity password [as other];
 *                                         token, the same; secret MECHANISM identity [as other] [by binding type];
 *                                         authorize MECHANISM identity USER; external [as other]; anonymous trace;
 *                                         exchange MECHANISM response (or `-` where there is none);
 *                                         mail path and what its parameters came to (ret=HDRS envid=x by=120;R hold=60
 *                                         hold_until=x priority=3 solicit=x requiretls); rcpt path (notify=NEVER
 *                                         orcpt=x); data [of OCTETS, by BDAT]; message SIZE RECIPIENTS [for INDEX];
 *                                         verify or expand NAME [utf8]; etrn NODE; xclient PARAMETERS [as LOGIN];
 *                                         `Q: password none`
 *     D: Subject: x                       a line of the message as the host got it; all of them; `D!`: no octet
 *
 * Escapes: \r \n \t \s (blank) \0 \xHH \\, \{text*N} (N times), \b{...} (base64 of what is in the braces).
 *
 * The host knows alice@example.test with the password `correct horse`, and the users of the RFCs' examples: test
 * with `1234`, tim with `tanstaaftanstaaf`, Kurt with `xipj3plmq`, user with `pencil` (dialogue_users.c has them all).
 * Policies: the words of dialogue_host.c, and `mechanisms=A,B`, `host-run=A,B*` (`*`: server first), `host=NAME`,
 * `nonce=TEXT`, `failures=N` and the other limits.
 */

#include "session.h"

#include <stdio.h>

typedef struct dialogue_item {
    char kind; /* 'C' 'S' 'E' '!' 'T' 'H' 'A' 'N' 'Q' 'D' */
    char mark; /* '~' of S, '!' of E and D */
    unsigned line;
    octets text;
} dialogue_item;

typedef struct dialogue {
    char file[256];
    char title[200];
    char rows[100];
    char policy[200];
    unsigned line;
    bool is_lockstep;
    dialogue_item *items;
    size_t len, cap;
} dialogue;

typedef struct dialogue_list {
    dialogue *data;
    size_t len, cap;
} dialogue_list;

/* Adds the dialogues of one file, or of all *.txt of a directory. False, with a message on stderr, when one cannot
 * be read. */
bool dialogue_read(dialogue_list *list, const char *path);
void dialogue_free(dialogue_list *list);

/* Plays it whole, then at every chunking, with small windows, pipelined, and compares. False, and why. */
bool dialogue_play(const dialogue *d, octets *why);

/* ---- Between the parts of the player ---- */

/* What happened: one line per ASK and NOTE event with all it holds and the count of reply octets before it; and by
 * kind what N:, Q: and D: lines are compared with. */
typedef struct dialogue_trace {
    octets events;
    octets notes, questions, data; /* a line each: "auth 535 PLAIN alice@example.test" */
    octets span;                   /* NOTE_DATA since the last other event */
    size_t span_at;
} dialogue_trace;

/* The policy that the words of a `policy:` line mean (dialogue_policy.c). False on an unknown word, which `why` then
 * names. And the flags that a session begins with: `trusted`. */
uint32_t dialogue_init_flags(const char *words);
bool dialogue_policy(const char *words, smtpauth_policy *policy, octets *why);

/* Writes the event into the trace. */
void dialogue_record(dialogue_trace *trace, const smtpauth_event *event, size_t written);
void dialogue_record_end(dialogue_trace *trace);
void dialogue_trace_free(dialogue_trace *trace);

/* All of an event in one line. */
void dialogue_describe(octets *out, const smtpauth_event *event);

/* Answers the open question: as the dialogue scripts it (`used` counts what was taken, by kind), else as the host
 * would. False, and why. `*is_held` when the script leaves it open. */
enum { DIALOGUE_KINDS = 16 };
bool dialogue_answer(const dialogue *d, size_t used[DIALOGUE_KINDS], session *s, bool *is_held, octets *why);

/* dialogue_users.c: the host's verdict by default, and its answer to ASK_SECRET. */
int32_t dialogue_check(const smtpauth_event *event);
int32_t dialogue_secret(session *s, bool is_known, bool is_broken);

/* The bits of tls_started that the words of a `TLS` line mean. */
uint32_t dialogue_tls_bits(const char *words);

/* Does this reply line (without CRLF) match an S: item? */
bool dialogue_matches(const dialogue_item *item, const uint8_t *line, size_t len);

#endif
