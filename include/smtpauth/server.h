/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_SERVER_H
#define SMTPAUTH_SERVER_H

/*
 * The server engine: a whole SMTP submission session without sockets, clock, malloc or threads. Bytes go in,
 * replies come out, and where a decision is the host's the engine asks. This is a complete host but for the
 * functions of your own (inetd style, LOGIN and PLAIN in clear for brevity; examples/stdio.c is the same with
 * error handling). Its two windows are smtpauth_io {next_in, avail_in, next_out, avail_out}; a smtpauth_view
 * {data, len} is bytes without a NUL at the end, and its data may be NULL when len is 0:
 *
 *     static smtpauth_mechanism_fn *const mechanisms[] = {smtpauth_plain, smtpauth_login, NULL};
 *     static const smtpauth_policy policy = {
 *         .size = sizeof policy, .hostname = "mail.example.test",
 *         .mechanisms = mechanisms, .flags = SMTPAUTH_CLEAR_AUTH };
 *
 *     static uint8_t in[SMTPAUTH_AUTH_LINE_MAX], out[4096];
 *     smtpauth_server s;  smtpauth_event e;
 *     smtpauth_io io = {in, 0, out, sizeof out};
 *     if (smtpauth_server_init(&s, sizeof s, &policy, 0, NULL, 0) != SMTPAUTH_DONE) return 1;
 *     for (;;) {
 *         switch (smtpauth_server_step(&s, &io, &e)) {
 *         case SMTPAUTH_NEED_INPUT:                        // flush, then read
 *             flush(out, &io);                             // write [out, next_out); next_out = out; avail_out =
 *                                                          // sizeof out. The first time this is the greeting
 *             memmove(in, io.next_in, io.avail_in);        // what is left must come first
 *             io.next_in = in;
 *             n = read(0, in + io.avail_in, sizeof in - io.avail_in); // there is always room
 *             if (n > 0) io.avail_in += n;                 // TIMEOUT says 421, CONNECTION_LOST nothing
 *             else smtpauth_server_close(&s, &io, timed_out() ? SMTPAUTH_REASON_TIMEOUT
 *                                                             : SMTPAUTH_REASON_CONNECTION_LOST);
 *             break;
 *         case SMTPAUTH_NEED_OUTPUT: flush(out, &io); break;
 *         case SMTPAUTH_CLOSED:      flush(out, &io); return 0;
 *         case SMTPAUTH_ASK_PASSWORD:                      // e.identity, e.password: see smtpauth_secret_equal
 *             smtpauth_server_verdict(&s, &io, is_right(&e) ? SMTPAUTH_ACCEPTED : SMTPAUTH_REJECTED, NULL, 0);
 *             break;
 *         case SMTPAUTH_ASK_MAIL: case SMTPAUTH_ASK_RCPT: case SMTPAUTH_ASK_DATA:
 *             smtpauth_server_answer(&s, &io, SMTPAUTH_REASON_OK); break;
 *         case SMTPAUTH_NOTE_DATA:   keep(e.data.data, e.data.len); break;
 *         case SMTPAUTH_ASK_MESSAGE: // safe on disk now? then yes
 *             smtpauth_server_answer(&s, &io, stored() ? SMTPAUTH_REASON_OK : SMTPAUTH_REASON_NO_ROOM); break;
 *         case SMTPAUTH_NOTE_RESET:  forget_message(); break;
 *         default: smtpauth_server_answer(&s, &io, 0);     // refuses questions (and NEED_TLS), ignores notes
 *         }
 *     }
 *
 * WHO HEARS 530 AND WHO 535. With no flag a policy is a submission service: MAIL, RCPT, DATA, VRFY and their
 * like are answered 530 until a verdict ACCEPTED. 535 answers AUTH only, when the verdict is REJECTED. Both are
 * the engine's to say; a host cannot mix them up, as it answers AUTH by verdicts and everything else by
 * reasons.
 *
 * THE INPUT WINDOW is yours. It holds at least the larger of line_max and auth_line_max octets: in a smaller
 * one a long line never ends, and step says NEED_INPUT with the window full. The engine consumes what it can
 * and leaves the tail of an incomplete line (and the line that a question is about) at next_in: these octets
 * must come back unchanged in front of new ones, and may be moved to another place between two calls. When
 * avail_in is 0 after NEED_INPUT the buffer may be freed or lent to another session. Responses of AUTH are
 * decoded and wiped in it; wipe the buffer yourself before you free it, as moved copies may have stayed behind.
 *
 * THE OUTPUT WINDOW: nothing is asked and no line is consumed unless SMTPAUTH_REPLY_MAX (512) octets are free
 * in it; step says NEED_OUTPUT otherwise. After a flush there must be at least as many: 512 do, more save
 * flushes. Flush before every wait. When a flush fails, close with CONNECTION_LOST and step until CLOSED, so
 * that the last notes come.
 *
 * QUESTIONS (ASK_...) stay open until answered, at once or hours later, from the same thread or not. Meanwhile
 * step says NEED_ANSWER with the event filled anew (`asked` names the question), so nothing but the window need
 * be kept; input may be appended, and waits. Questions about AUTH are answered by smtpauth_server_verdict
 * (SECRET by _secret, EXCHANGE by _challenge until it ends); all others by smtpauth_server_answer (a reason) or
 * smtpauth_server_say (own code and words). An answer that does not fit refuses safely: 454 or 451.
 * smtpauth_server_answer(s, io, 0) refuses whatever is open: put it into your default branch.
 *
 * DELAY. NOTE_AUTH comes after its reply was written. To honour its delay_s: flush, wait, then step again; a
 * host that serves one connection at a time may ignore it.
 *
 * LIFETIME. Every view in an event is valid until the next call with this session, or until you move the
 * window, whichever comes first. In ASK events the views lie at or behind next_in, or in the session (LOGIN's
 * user name); NOTE_DATA's span lies in front of next_in: use it before you move what is left. Fields that an
 * event type does not use are zero, but: NEED_INPUT, NEED_OUTPUT, NEED_TLS and CLOSED write `type` alone,
 * NOTE_DATA `type` and `data`.
 *
 * STARTTLS. After the 220, step says NEED_TLS: flush, do the handshake, then smtpauth_server_tls_started before
 * the first decrypted octet goes into the window, or smtpauth_server_tls_failed. Plaintext that came behind
 * STARTTLS is thrown away, never answered (RFC 3207 4.2), and noted.
 *
 * CHUNKS. Where EXT_CHUNKING is offered, a message may come by BDAT (RFC 3030): ASK_DATA with verb BDAT at its
 * first chunk, spans as with DATA but never unstuffed, ASK_MESSAGE after the last. The engine answers the
 * chunks between. Bare CR, bare LF and NUL are refused as in DATA, but with BODY=BINARYMIME, which takes any
 * octets. What is refused is dropped before its reply, and the rest of the message with it. A chunk that the
 * engine refuses is a NOTE_ERROR; NOTE_RESET comes only when the client says RSET or EHLO, or the session ends.
 *
 * LMTP. With SMTPAUTH_LMTP the message has an answer for each recipient: ASK_MESSAGE comes as often, `index`
 * counts.
 *
 * TIME. The engine has no clock. Before you wait, ask smtpauth_server_timeout how many seconds you may; on
 * expiry call smtpauth_server_close(s, io, SMTPAUTH_REASON_TIMEOUT), then go on stepping until CLOSED.
 *
 * COPIES. A session is plain memory with one pointer, to its policy. Move or copy it as you like; to continue
 * it in another process see smtpauth_server_restore. The unconsumed window belongs to it.
 */

#include <smtpauth/command.h>
#include <smtpauth/engine.h>
#include <smtpauth/policy.h>
#include <smtpauth/reason.h>
#include <smtpauth/tracker.h>
#include <smtpauth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Events ---- */

/* NEED_INPUT, NEED_OUTPUT, NEED_ANSWER, NEED_TLS and CLOSED are those of engine.h: smtpauth_server_why says for
 * what a session was CLOSED. From there also, with a server's meaning:
 *
 * ASK_MESSAGE   all of the message was handed out: size, recipients, faults (bits that were let pass), body. OK
 *               means: it is safe. In LMTP asked once for each accepted recipient, `index` says which
 * ASK_STARTTLS  only if in asks. OK says 220; else TLS_UNAVAILABLE (454)
 * NOTE_AUTH     an exchange ended: mechanism, identity, authorization, reason, code, attempt, delay_s; reason
 *               AUTHENTICATED is the only success. Its reply was written before (but a client that hangs up at
 *               the challenge which tells it that its token was refused). smtpauth_reason_words(reason,
 *               SMTPAUTH_WORDS_NAME) names the reason for a log. Quote identities there: they hold no control
 *               characters, but any other Unicode
 * NOTE_ERROR    the engine refused a line or a message: verb, reason, code, line, secret, faults
 * NOTE_LINE     a line is about to be judged: line, secret. Only if in notes
 *
 * In questions `verb` is the command's, and `line` its line, but in those about AUTH and in ASK_MESSAGE. 32 to
 * 39 are about AUTH: answered by smtpauth_server_verdict (ASK_SECRET by _secret, ASK_EXCHANGE by _challenge or
 * a verdict). 40 to 63 by smtpauth_server_answer or _say:
 *
 *     question      OK says           other yeses   refusals meant for it
 *     ASK_MAIL      250 SENDER_OK     250           NOT_PERMITTED, MESSAGE_TOO_BIG, NO_ROOM, AUTH_REQUIRED
 *     ASK_RCPT      250 RECIPIENT_OK  250, 251      UNKNOWN_RECIPIENT, RECIPIENT_LATER, MAILBOX_FULL
 *     ASK_DATA      354 START_DATA                  NO_VALID_RECIPIENTS, NO_ROOM
 *     ASK_MESSAGE   250 MESSAGE_OK    250           MESSAGE_REFUSED, LOCAL_ERROR, NO_ROOM
 *     ASK_HELLO     250 HELLO                       NOT_PERMITTED
 *     ASK_STARTTLS  220 TLS_READY                   TLS_UNAVAILABLE
 *     ASK_VERIFY    252 UNVERIFIED    250 to 252    UNKNOWN_RECIPIENT; UTF8_REPLY: yes
 *     ASK_ETRN      250 ETRN_STARTED  250 to 253    ETRN_LATER, ETRN_NOT_ALLOWED; ETRN_NONE, ETRN_PENDING: yes
 *     ASK_XCLIENT   220 GREETING                    XCLIENT_REFUSED
 *
 * Any other reason of class 4 or 5 refuses as well, but for those that answer AUTH alone.
 */
enum {
    /* PLAIN, LOGIN: identity, authorization, password, mechanism. ACCEPTED with an authorization identity says
     * 535; ACCEPTED_AS lets him act as that one. */
    SMTPAUTH_ASK_PASSWORD = 32,

    /* XOAUTH2, OAUTHBEARER: password is the token; identity is whose the client says it is (it may be empty
     * with OAUTHBEARER): ACCEPTED only if the token says so too. */
    SMTPAUTH_ASK_TOKEN = 33,

    /* SCRAM, CRAM-MD5: identity, authorization, mechanism, binding (the type of channel binding whose data is
     * wanted, "tls-exporter"; empty: none). By smtpauth_server_secret; by a verdict only to refuse, where
     * REJECTED means an unknown user: he goes through the same exchange before he hears 535. */
    SMTPAUTH_ASK_SECRET = 34,

    /* The engine checked the proof, and it is right: may he in? identity (of SCRAM its first 64 octets: decide
     * by user), user (as you gave it), mechanism. */
    SMTPAUTH_ASK_AUTHORIZE = 35,

    /* EXTERNAL: are the credentials of the layer below (the client's certificate) somebody's? authorization: as
     * whom he wants to act; then ACCEPTED says 535, ACCEPTED_AS lets him. Empty: as whom the certificate says;
     * ACCEPTED lets him. */
    SMTPAUTH_ASK_EXTERNAL = 36,

    /* A mechanism of your own: response (has_response: false where AUTH came without), mechanism. By a
     * challenge to go on, by a verdict to end. */
    SMTPAUTH_ASK_EXCHANGE = 37,

    /* ANONYMOUS: name is the trace that the client left, e.g. an address: not an identity. */
    SMTPAUTH_ASK_ANONYMOUS = 38,

    /* path and its parts ("" for <>), size, body, auth, ret, envid, by, by_mode, hold, hold_until, priority,
     * solicit, present, parameters. */
    SMTPAUTH_ASK_MAIL = 40,

    SMTPAUTH_ASK_RCPT = 41, /* path and its parts, index, notify, orcpt, present, parameters */

    /* Ready to take the message? verb DATA: OK says 354. verb BDAT, of the first chunk (size: its octets): OK
     * says nothing yet, a refusal comes when its octets were dropped. */
    SMTPAUTH_ASK_DATA = 42,

    SMTPAUTH_ASK_HELLO = 44, /* name; only if in asks */

    /* verb VRFY or EXPN, name; only if in asks. say(250, ...) or UNVERIFIED (252). `present` has PARAM_SMTPUTF8
     * where the reply may be UTF-8; UTF8_REPLY where it would have to. */
    SMTPAUTH_ASK_VERIFY = 46,

    SMTPAUTH_ASK_ETRN = 47, /* name; where EXT_ETRN is offered */

    /* parameters: smtpauth_xclient_parse reads them. OK says 220 and begins the session anew, but for TLS and
     * the counts; verdict(ACCEPTED_AS) does so and takes LOGIN= (identity, raw xtext; empty: nobody's) for
     * logged in. No NOTE_AUTH follows. */
    SMTPAUTH_ASK_XCLIENT = 48,

    /* data: the next octets of the message, CRLFs kept, dots unstuffed, without the final dot. No Received or
     * Return-Path is added: these are yours. */
    SMTPAUTH_NOTE_DATA = 64,

    /* The transaction is over, for whatever reason, also behind ASK_MESSAGE's answer: drop what is still open
     * for it, keep what you stored. */
    SMTPAUTH_NOTE_RESET = 65
};

/* One event. Fixed size for ever, flat, no union. Which fields a type fills is said above. */
typedef struct smtpauth_event {
    uint16_t type;
    uint16_t asked;   /* the open question, in ASK events and NEED_ANSWER */
    uint16_t verb;    /* SMTPAUTH_VERB_... */
    uint16_t reason;  /* SMTPAUTH_REASON_... */
    uint16_t code;    /* its reply code; 0 where nothing was said */
    uint16_t attempt; /* NOTE_AUTH, questions about AUTH: which exchange of the session, from 1 */

    /* NOTE_AUTH after 501, 525, 534, 535 (not after '*'): seconds to wait before the next step, a hint against
     * guessing; flush what was said first. */
    uint16_t delay_s;

    uint16_t index; /* ASK_RCPT: which recipient this one would be, from 0; ASK_MESSAGE in LMTP: whose answer */
    uint32_t faults;      /* SMTPAUTH_FAULT_...: NOTE_ERROR: what was wrong; ASK_MESSAGE: what was let pass */
    uint32_t present;     /* ASK_MAIL, ASK_RCPT: which parameters were given, SMTPAUTH_PARAM_... */
    smtpauth_view line;   /* the line without its CRLF; after an overlong one, empty */
    smtpauth_view secret; /* the part of `line` that must never be logged; empty if none */
    smtpauth_view mechanism; /* its name, as the policy has it */
    smtpauth_view identity;  /* authentication identity, 1 to 255 octets of UTF-8 without control characters; in
                                    NOTE_AUTH empty where the client's was none or the host runs the mechanism */

    /* authorization identity when one was asked for that differs; else empty; of SCRAM in ASK_SECRET only. */
    smtpauth_view authorization;

    smtpauth_view password; /* or token; never empty */
    smtpauth_view name;
    smtpauth_view path;       /* the mailbox, without brackets and source route; empty for <> */
    smtpauth_view local_part; /* quotes kept */
    smtpauth_view domain;     /* empty for <postmaster> */
    smtpauth_view parameters; /* all of them, raw */
    smtpauth_view auth;       /* AUTH=, raw xtext; treat as <> unless you trust the client (RFC 4954 5) */
    smtpauth_view data;

    /* ASK_MAIL: as declared, 0 if not; ASK_DATA: of the chunk; ASK_MESSAGE: of the message; octets. */
    uint64_t size;

    uint8_t body;             /* ASK_MAIL, ASK_MESSAGE: SMTPAUTH_BODY_... */
    uint8_t ret;              /* SMTPAUTH_RET_...; 0: not given */
    uint8_t notify;           /* SMTPAUTH_NOTIFY_... bits; 0: not given */
    uint8_t by_mode;          /* SMTPAUTH_BY_... bits; 0: not given */
    int8_t priority;          /* MT-PRIORITY, -9 to 9; 0 also where not given */
    bool has_response;        /* ASK_EXCHANGE */
    uint16_t recipients;      /* ASK_RCPT, ASK_DATA, ASK_MESSAGE: how many were accepted so far */
    smtpauth_view response;   /* ASK_EXCHANGE: decoded, up to auth_line_max * 3 / 4 octets */
    smtpauth_view binding;    /* ASK_SECRET: a channel binding's type (RFC 5929, RFC 9266) */
    smtpauth_view envid;      /* ENVID, raw xtext */
    smtpauth_view orcpt;      /* ORCPT, "type;address", the address raw xtext (or RFC 6533's form) */
    smtpauth_view hold_until; /* HOLDUNTIL, a date-time */
    smtpauth_view solicit;    /* SOLICIT, raw */
    uint64_t user;            /* ASK_AUTHORIZE: the number that came with the secret */
    uint64_t hold;            /* HOLDFOR, seconds */
    int32_t by;               /* BY, seconds; may be negative in mode N */
    uint32_t reserved32;      /* zero */
    uint64_t reserved[4];     /* zero */
} smtpauth_event;

SMTPAUTH_API size_t smtpauth_event_size(void); /* sizeof(smtpauth_event) */

/* ---- Session ---- */

/* 512 bytes for ever where pointers have 64 bits, less where they have 32. Fields are visible for sizeof only
 * and private: use the functions. */
typedef struct smtpauth_server {
    uint32_t head; /* version and size, checked by restore */
    uint32_t flags;
    const smtpauth_policy *policy;
    smtpauth_tracker tracker;
    uint64_t scratch[38]; /* the mechanism's */
    uint64_t message_size, swallow, user;
    uint8_t seed[32];
    uint32_t scanned, line_len, faults, note_faults, decoded_at, decoded_len, column, nonces;
    uint16_t why, refusal, refused_for, own_code, note_reason, auth_reason, pending, reply_line;
    uint16_t recipients, messages, bad_commands, idle_commands, attempts;
    uint8_t state, question, verb, note_verb, mechanism, authenticated_by, exchange_step, body;
    uint8_t is_utf8, at_line_start, after_cr, discard, last_octet, is_line_noted, is_injected;
    uint8_t bindings, has_response, is_last_chunk, is_announced, is_taken;
    uint16_t answered, own_subject, own_detail;
    uint8_t refused_by, discard_cr, proven, front_end_spoke;
    uint64_t reserved[2];
} smtpauth_server;

SMTPAUTH_API size_t smtpauth_server_size(void);  /* sizeof(smtpauth_server) */
SMTPAUTH_API size_t smtpauth_server_align(void); /* its alignment */

/* Begins a session. `size` is sizeof(smtpauth_server). `flags`: SMTPAUTH_IMPLICIT_TLS, SMTPAUTH_TRUSTED.
 * `seed`: 16 to 32 octets from a random generator fit for keys, fresh for each session, where SCRAM or CRAM-MD5
 * is listed: their nonces come from it; else NULL and 0. Of two live copies of one session only one may go on.
 * DONE; E_ARGUMENT (NULL, unknown flags, no seed where one is needed); E_VERSION (`size`); E_POLICY (see
 * smtpauth_policy_check). After a failure `*s` is as it was, and no session: call nothing else with it. */
SMTPAUTH_API int32_t smtpauth_server_init(smtpauth_server *s, size_t size, const smtpauth_policy *policy,
                                          uint32_t flags, const uint8_t *seed, size_t seed_len);

/* Runs until something is needed, asked or to be known. Fills `event` and returns its type. The first call
 * writes the greeting. On NULL, or when the octets left in the window are fewer than they were or the last of
 * them is another, returns CLOSED; the session, if there is one, is then closed for good with why = HOST_FAULT.
 * That finds most windows that got lost, not every octet that was changed: the rest of that contract is yours
 * to keep. */
SMTPAUTH_API uint16_t smtpauth_server_step(smtpauth_server *s, smtpauth_io *io, smtpauth_event *event);

/* Answers a question that is not about AUTH by a reason: OK (it says what fits there: 250 2.1.0, 354, 252 to
 * VRFY ...); a reason whose code is a yes to it (250, RCPT also 251, VRFY also 251 and 252), said with its own
 * words; or a refusal (4xx or 5xx; 421 also closes; AUTH_REQUIRED only while the client is not authenticated,
 * none of the replies that answer AUTH alone). 0 refuses any open question (454 to AUTH, 451 else), and does
 * what tls_failed does where step said NEED_TLS.
 * DONE; E_STATE (nothing is open; nothing changed); E_OUTPUT (nothing changed); E_ANSWER (does not fit, or the
 * question wants a verdict: refused safely, by 451 or 454); E_ARGUMENT (NULL). */
SMTPAUTH_API int32_t smtpauth_server_answer(smtpauth_server *s, smtpauth_io *io, uint16_t reason);

/* The same with an own code and words, e.g. say(250, "2.0.0", "Queued as 4F2A"). `enhanced` may be NULL:
 * "X.0.0". A LF in the words begins a new line; the reply must fit 512 octets. Codes: 250 (RCPT also 251; VRFY
 * also 251, 252; ETRN also 251, 252, 253), and 4xx and 5xx but 454, 523, 525, 534, 535, 538; 432 and 504
 * neither; 530 only while not authenticated; 421 also closes. ASK_DATA, ASK_STARTTLS and ASK_XCLIENT take
 * refusals only (and STARTTLS takes 454).
 * As above, and E_WORDS (unfit words: the code stands, with the catalogue's words); E_ANSWER (the code does not
 * fit, or `enhanced` is malformed or of another class). Words are ASCII; UTF-8 where the transaction, MAIL or
 * VRFY has SMTPUTF8. A refusal of ASK_DATA for a BDAT is said when the chunk's octets were dropped (RFC 3030
 * 2); words are not kept so long: E_WORDS. */
SMTPAUTH_API int32_t smtpauth_server_say(smtpauth_server *s, smtpauth_io *io, uint16_t code,
                                         const char *enhanced, const uint8_t *words, size_t words_len);

/* Answers questions about AUTH (32 to 39). `verdict` is SMTPAUTH_ACCEPTED ... of tracker.h; any other value is
 * UNAVAILABLE (454). DONE says that it was answered, not that he is in: ACCEPTED is 535 where he wants to act
 * as somebody else (smtpauth_server_is tells, and NOTE_AUTH).
 *
 * At ASK_SECRET a proof is still owed: ACCEPTED and ACCEPTED_AS do not fit and are 454; REJECTED, DISABLED and
 * EXPIRED mean an unknown user, who hears 535 when he has made his proof, so that nobody learns of accounts
 * without a password; say DISABLED and EXPIRED at ASK_AUTHORIZE. UNAVAILABLE and TRY_LATER are said at once; so
 * are TOO_WEAK and TRANSITION, which show that the user exists.
 *
 * When SCRAM's ASK_AUTHORIZE is accepted, and when a token is REJECTED, one more 334 goes out, and the reply
 * behind the client's next line; own words are not used then, nor where ACCEPTED turns into 535.
 *
 * `words` may be NULL: the catalogue's. Own words, one line of 100 octets at most, must not tell an unknown
 * user from a wrong password. The password is wiped from the window. When failures reach the policy's limit a
 * 421 follows and the session closes.
 *
 * ASK_XCLIENT takes ACCEPTED_AS too, where LOGIN= names somebody: it says 220, and the session is logged in.
 *
 * DONE; E_STATE (nothing is open); E_OUTPUT; E_ANSWER (no verdict, or it does not fit, or another question was
 * open: refused by 454 or 451); E_WORDS (the catalogue's words were said); E_ARGUMENT. */
SMTPAUTH_API int32_t smtpauth_server_verdict(smtpauth_server *s, smtpauth_io *io, int32_t verdict,
                                             const uint8_t *words, size_t words_len);

/* What a host stores of a user: the answer to ASK_SECRET. Copied as needed during the call. Zero is an unknown
 * user. */
typedef struct smtpauth_secret {
    uint32_t size;       /* sizeof(smtpauth_secret) */
    uint32_t iterations; /* SCRAM */
    smtpauth_view salt;  /* SCRAM: 1 to 64 octets */

    /* SCRAM: 20 or 32 octets, as the hash has (smtpauth_scram_derive makes both keys). */
    smtpauth_view stored_key;

    smtpauth_view server_key; /* SCRAM: the same */
    smtpauth_view password;   /* CRAM-MD5, which needs the password itself */
    smtpauth_view
        binding;          /* data of the channel binding that the event named (32 octets for "tls-exporter", the
                                 certificate's hash for "tls-server-end-point"); at most 256 octets */
    uint64_t user;        /* handed back at ASK_AUTHORIZE: a row number, a pointer ... */
    bool is_known;        /* false: the exchange is played with a made-up secret and ends in 535 */
    bool may_act;         /* he may act as the authorization identity that was asked for */
    uint8_t reserved8[6]; /* zero */
    uint64_t reserved[5]; /* zero */
} smtpauth_secret;

SMTPAUTH_API size_t smtpauth_secret_size(void); /* sizeof(smtpauth_secret) */

/* Answers ASK_SECRET. The user's secret, or `is_known` false. SCRAM says 334 and goes on; CRAM-MD5, whose proof
 * is there already, says 535 or asks ASK_AUTHORIZE. Secrets are not kept but SCRAM's two keys, which are wiped
 * when the exchange ends.
 * DONE; E_STATE (another question or none is open: nothing changed); E_OUTPUT; E_ARGUMENT (NULL, wrong `size`:
 * nothing changed); E_ANSWER (a secret that cannot be one: a key of wrong length, no salt, no iterations, no
 * password, a binding that was asked for is missing: refused by 454). */
SMTPAUTH_API int32_t smtpauth_server_secret(smtpauth_server *s, smtpauth_io *io, const smtpauth_secret *secret);

/* Answers ASK_EXCHANGE by a challenge of your mechanism, at most 12288 octets of base64; the client's response
 * is the next ASK_EXCHANGE. `data` may be NULL when `len` is 0. It needs room for 4 * ceil(len / 3) + 6 octets
 * in out, and not less than SMTPAUTH_REPLY_MAX.
 * DONE; E_STATE (ASK_EXCHANGE is not open); E_OUTPUT; E_ARGUMENT (NULL, or too long: nothing changed). */
SMTPAUTH_API int32_t smtpauth_server_challenge(smtpauth_server *s, smtpauth_io *io, const uint8_t *data,
                                               size_t len);

/* The handshake succeeded. Everything left in the input window is dropped; what the client said before is
 * forgotten. Binding types named here make the -PLUS mechanisms be offered. On a port with implicit TLS it may
 * be called once before the first step, to say the bits.
 * DONE; E_STATE (step did not say NEED_TLS, nor is it that time); E_ARGUMENT (NULL, unknown bits). */
SMTPAUTH_API int32_t smtpauth_server_tls_started(smtpauth_server *s, smtpauth_io *io, uint32_t bits);

/* The handshake failed: step says CLOSED, nothing is written. DONE; E_STATE; E_ARGUMENT. */
SMTPAUTH_API int32_t smtpauth_server_tls_failed(smtpauth_server *s);

/* Ends the session from outside, in any state; then step until CLOSED. Reasons: TIMEOUT, SHUTDOWN, any other
 * with code 421 (in place of the greeting, when that was not yet written); CONNECTION_LOST (end of input,
 * error: nothing is written); REFUSED (before the first step only: 554 in place of the greeting, then 503 until
 * QUIT; the session goes on until then). An open question is dropped, a transaction noted by NOTE_RESET.
 * DONE, also when already closing; E_OUTPUT (flush and call again); E_STATE (REFUSED too late); E_ARGUMENT. */
SMTPAUTH_API int32_t smtpauth_server_close(smtpauth_server *s, smtpauth_io *io, uint16_t reason);

/* Seconds that the host may wait now for input; 0 while a question is open (that wait is yours) and when
 * closed. */
SMTPAUTH_API uint16_t smtpauth_server_timeout(const smtpauth_server *s);

/* SMTPAUTH_IS_... bits of tracker.h; 0 on NULL. */
SMTPAUTH_API uint32_t smtpauth_server_is(const smtpauth_server *s);

/* The protocol keyword for a Received header: "ESMTPSA", "LMTP", "UTF8SMTPS", ... (RFC 3848, RFC 6531 4.3). */
SMTPAUTH_API const char *smtpauth_server_protocol(const smtpauth_server *s);

/* The mechanism that authenticated the session; "XCLIENT" where a front end vouched for it; "" if none did. */
SMTPAUTH_API const char *smtpauth_server_mechanism(const smtpauth_server *s);

/* Why the session closed or is closing: BYE, TIMEOUT, AUTH_FAILURES, ...; 0 while it goes on. */
SMTPAUTH_API uint16_t smtpauth_server_why(const smtpauth_server *s);

/* What smtpauth_server_count counts. */
enum {
    SMTPAUTH_COUNT_RECIPIENTS = 1,    /* accepted in this transaction */
    SMTPAUTH_COUNT_MESSAGES = 2,      /* answered 250 in this session */
    SMTPAUTH_COUNT_AUTH_ATTEMPTS = 3, /* exchanges begun */
    SMTPAUTH_COUNT_AUTH_FAILURES = 4,
    SMTPAUTH_COUNT_BAD_COMMANDS = 5, /* since the last message */
    SMTPAUTH_COUNT_IDLE_COMMANDS = 6 /* since the last message */
};

/* One of the counts; 0 on NULL or an unknown one. */
SMTPAUTH_API uint32_t smtpauth_server_count(const smtpauth_server *s, uint8_t what);

/* Readies a session that was copied as bytes, e.g. from another process of the same build with an equal policy:
 * sets the policy, checks version and the range of every field. Nothing else may be called before. The
 * unconsumed input must come with it. This finds damage, not forgery: a copy that passes through hands you do
 * not trust needs a MAC of yours.
 * DONE; E_VERSION; E_POLICY; E_ARGUMENT (NULL, or a field out of range: the copy is damaged, do not use it). */
SMTPAUTH_API int32_t smtpauth_server_restore(smtpauth_server *s, size_t size, const smtpauth_policy *policy);

#ifdef __cplusplus
}
#endif

#endif
