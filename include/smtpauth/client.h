/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_CLIENT_H
#define SMTPAUTH_CLIENT_H

/*
 * The client engine: the other half of the dialogue, in the same idiom as server.h. Replies go in, commands
 * come out, and where something is the host's to give (a login, an envelope, the message) the engine asks. It
 * greets, starts TLS, authenticates by the strongest mechanism that both sides know, sends any number of
 * messages and says goodbye; it knows what 530 and 535 ask of it. A whole host but for the functions of your
 * own:
 *
 *     static smtpauth_client_mechanism_fn *const mechanisms[] = {smtpauth_client_scram_sha256,
 *                                                                smtpauth_client_plain, NULL};
 *     static const smtpauth_client_config config = {
 *         .size = sizeof config, .name = "[192.0.2.1]", .mechanisms = mechanisms };
 *
 *     static uint8_t in[SMTPAUTH_CLIENT_WINDOW], out[SMTPAUTH_CLIENT_WINDOW];
 *     smtpauth_client c;  smtpauth_client_event e;  size_t taken;
 *     smtpauth_io io = {in, 0, out, sizeof out};
 *     if (smtpauth_client_init(&c, sizeof c, &config, 0, seed, sizeof seed) != SMTPAUTH_DONE) return 1;
 *     for (;;) {
 *         switch (smtpauth_client_step(&c, &io, &e)) {
 *         case SMTPAUTH_NEED_INPUT:                        // flush, then read; what is left must come first
 *             flush(out, &io);
 *             if (!read_more(in, &io)) smtpauth_client_close(&c, &io, SMTPAUTH_REASON_CONNECTION_LOST);
 *             break;
 *         case SMTPAUTH_NEED_OUTPUT: flush(out, &io); break;
 *         case SMTPAUTH_NEED_TLS:    flush(out, &io);
 *             if (handshake()) smtpauth_client_tls_started(&c, &io, 0);
 *             else smtpauth_client_tls_failed(&c);
 *             break;
 *         case SMTPAUTH_ASK_CREDENTIALS:                   // e.why: the first time, 530, 535 ...
 *             smtpauth_client_credentials(&c, &io, prompt(e.why, &who) ? &who : NULL); break;
 *         case SMTPAUTH_ASK_ENVELOPE:                      // message e.index
 *             smtpauth_client_envelope(&c, &io, e.index == 0 ? &envelope : NULL); break;
 *         case SMTPAUTH_ASK_RECIPIENT:                     // recipient e.index
 *             smtpauth_client_recipient(&c, &io, e.index < count ? &recipients[e.index] : NULL); break;
 *         case SMTPAUTH_ASK_MESSAGE:                       // its octets from e.size on
 *             if (e.size < len) smtpauth_client_data(&c, &io, message + e.size, len - e.size, &taken);
 *             else smtpauth_client_data_end(&c, &io);
 *             break;
 *         case SMTPAUTH_NOTE_RECIPIENT: fate_of(e.index, e.fate); break;
 *         case SMTPAUTH_NOTE_MESSAGE:   done(e.fate, e.may_resend); break;
 *         case SMTPAUTH_CLOSED: flush(out, &io); return is_done ? 0 : smtpauth_client_why(&c);
 *         default: smtpauth_client_answer(&c, &io, 0);     // refuses whatever is asked, ignores notes
 *         }
 *     }
 *
 * WHAT IT DOES BY ITSELF. STARTTLS where it is offered, EHLO anew behind it; HELO where EHLO is unknown; the
 * next mechanism with the same secret where the server wants another (504, 534); AUTH without initial response
 * where it wants none (501, 553); PLAIN under TLS for a transition (432). 530 asks for a login, then MAIL and
 * its recipients are sent again. 535 asks for another secret. Class 4 to AUTH asks nothing: the secret was not
 * judged.
 *
 * WHAT IT DOES NOT PREVENT. A login that fails, cannot be made or is not given does not stop the mail: MAIL is
 * tried without one, and a server that takes it gets it; SMTPAUTH_CLIENT_AUTH_REQUIRED says no to that. Without
 * SMTPAUTH_CLIENT_TLS_REQUIRED whoever sits between can take STARTTLS away, and read the message (not the
 * secret).
 *
 * SECRETS never leave without TLS, unless CLEAR_AUTH is set (mechanisms that do not show them, SCRAM and
 * CRAM-MD5, may run without). They are not kept: ASK_CREDENTIALS comes at each use, and the views you give are
 * used during the call only. The same rejected secret is not sent twice: see smtpauth_client_credentials. With
 * SCRAM a 235 without the server's right signature ends the session (SERVER_UNPROVEN). The line that showed a
 * secret stays in your output window behind the flush, and its beginning behind next_out after E_OUTPUT: wipe
 * the window at NOTE_AUTH.
 *
 * THE INPUT WINDOW is yours, and holds reply_max octets at least. Octets that are left at next_in after a call
 * must come back unchanged in front of new ones; the window may move between two calls.
 *
 * THE OUTPUT WINDOW: nothing is asked or said unless 512 octets are free in it (NEED_OUTPUT). A flush may be
 * partial: move what is left to the front, next_out down and avail_out up by what was sent. One line must fit
 * the window as a whole: an AUTH response takes 4/3 of its octets (tokens!), a MAIL with long addresses and
 * parameters up to 2048. An answer that finds no room is E_OUTPUT, and was not taken: step says NEED_OUTPUT,
 * then asks the same again. If that flush made no more room, the second answer counts as one that does not fit.
 *
 * QUESTIONS (ASK_...) stay open until answered. Meanwhile step says NEED_ANSWER with the event filled anew:
 * `asked` names the question. ASK_MESSAGE is the exception: it comes as itself each time, and replies to chunks
 * on their way wait until sixteen are, or the message has ended. Input may be appended and step called
 * meanwhile: should the server hang up, or say 421 while a person thinks, the question ends. An answer that
 * does not fit is E_ANSWER, and the question is answered by NULL, or the message or recipient counts as
 * refused: nothing of it was sent. smtpauth_client_answer(c, io, 0) does so to any question: put it into your
 * default branch.
 *
 * NOTES. For one reply: NOTE_REPLY, NOTE_ADVICE if it is a refusal, then the note of what it decided: the
 * advice about a recipient stands before his NOTE_RECIPIENT. NOTE_MESSAGE comes once for each envelope that
 * smtpauth_client_envelope took (DONE or E_ANSWER), and for no other: a session that closes before says only
 * CLOSED, and smtpauth_client_why says for what; so it does where NOTE_MESSAGE has no reason.
 *
 * RECIPIENTS. NOTE_RECIPIENT with ACCEPTED says only that the address was taken: what becomes of him is the
 * fate in NOTE_MESSAGE, in LMTP that in NOTE_DELIVERY. REFUSED and LATER are his own. Recipients without a note
 * share the fate of the message. A note may come twice for one of them, when a 530 came in between: the last
 * counts.
 *
 * LIFETIME. Every view in an event is valid until the next call with this session, a move of the window, or a
 * flush. Fields that an event type does not use are zero, but: NEED_INPUT, NEED_OUTPUT, NEED_TLS and CLOSED
 * write `type` alone.
 *
 * THREADS, COPIES. There are no globals: different sessions may run in different threads; one session takes one
 * call at a time. No call blocks, allocates or calls back (but `crypto`). A session is plain memory: it may be
 * moved, and copied within the process, but not to another one, as it holds pointers.
 *
 * TIME. The engine has no clock. Before you wait, ask smtpauth_client_timeout how many seconds you may; on
 * expiry call smtpauth_client_close(c, io, SMTPAUTH_REASON_TIMEOUT), then go on stepping until CLOSED. The time
 * is for a whole reply: let it run on while one drips in, and begin it anew at NOTE_REPLY and when something
 * was written.
 *
 * HOSTILE SERVERS. Whatever comes in, work is bounded: a reply line over reply_max, a reply over 64 KiB, a line
 * that is no reply, a reply that nobody asked for or that cannot answer what was said, end the session with a
 * reason and nothing more is sent. Escape the server's words before you show them: they hold any octets but NUL
 * and LF.
 */

#include <smtpauth/advice.h>
#include <smtpauth/client_config.h>
#include <smtpauth/command.h>
#include <smtpauth/engine.h>
#include <smtpauth/reason.h>
#include <smtpauth/sasl.h>
#include <smtpauth/tracker.h> /* SMTPAUTH_IS_... */
#include <smtpauth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Events ---- */

/* NEED_INPUT, NEED_OUTPUT, NEED_ANSWER, NEED_TLS and CLOSED are those of engine.h: smtpauth_client_why says for
 * what a session was CLOSED. From there also, with a client's meaning:
 *
 * ASK_MESSAGE   the message's octets, from the `size`-th on: by smtpauth_client_data, data_end, or answer(0),
 *               which gives it up. Asked again as long as there is room, until data_end; never NEED_ANSWER
 * ASK_STARTTLS  only with ASKS_STARTTLS. why: FIRST, or REQUIRED when the server insists after a no. By
 *               smtpauth_client_answer: SMTPAUTH_REASON_OK is yes, 0 is no
 * NOTE_AUTH     an attempt ended: mechanism, attempt, code and enhanced code, reason (AUTHENTICATED is the only
 *               success; REJECTED_BEFORE: not sent, and so without mechanism and code), fingerprint of a
 *               rejected secret where there is a guard_key
 * NOTE_ERROR    the server broke the protocol: reason, raw where there is something to show
 * NOTE_LINE     a line was said: line (without its CRLF), secret. Only with NOTES_LINE. Both are empty when out
 *               was flushed between the answer that wrote it and this step: step before you flush. Octets of a
 *               message are not noted; BDAT and the final dot are
 */
enum {
    /* Who logs in? why, attempt, kinds; mechanism where why is AGAIN: the one at work. By
     * smtpauth_client_credentials. */
    SMTPAUTH_ASK_CREDENTIALS = 56,

    /* Sender and parameters of message `index` (from 0). why: FIRST, or AGAIN: the same once more, after a 530.
     * By smtpauth_client_envelope. */
    SMTPAUTH_ASK_ENVELOPE = 57,

    SMTPAUTH_ASK_RECIPIENT = 58, /* recipient `index` (from 0) of this message. By smtpauth_client_recipient */

    SMTPAUTH_NOTE_REPLY = 80, /* a reply: phase (0: to RSET, QUIT), code and enhanced code, lines, raw, text */

    /* What the refusal just noted asks for: phase, code, reason, cause, action, provider, wait_s, same_secret,
     * may_resend, and raw and text as before. */
    SMTPAUTH_NOTE_ADVICE = 81,

    /* What became of a recipient: index, fate, code, enhanced code, reason, text. Only when MAIL was accepted.
     * code 0: refused by the engine, nothing was sent. */
    SMTPAUTH_NOTE_RECIPIENT = 82,

    /* LMTP: the `index`-th of the accepted recipients, from 0; else as NOTE_RECIPIENT. */
    SMTPAUTH_NOTE_DELIVERY = 83,

    /* Message `index` is over: fate, may_resend, recipients, size, faults; the first refusal as its cause in
     * reason, code, enhanced code, phase, mechanism (smtpauth_client_refusal tells both); text: the words of
     * the reply that ended it; empty where none did. */
    SMTPAUTH_NOTE_MESSAGE = 84
};

/* Why a question is asked. */
enum {
    SMTPAUTH_WHY_FIRST = 1,
    SMTPAUTH_WHY_REQUIRED = 2,  /* 530: the server wants a login (or, with ASK_STARTTLS, TLS) */
    SMTPAUTH_WHY_REJECTED = 3,  /* 535: this secret is wrong, or was rejected before; re-enter it */
    SMTPAUTH_WHY_MECHANISM = 4, /* 504, 534: no mechanism is left for such a secret */
    SMTPAUTH_WHY_TOKEN = 5,     /* the token was refused: refresh it */
    SMTPAUTH_WHY_AGAIN = 6      /* the same once more, unchanged */
};

/* Which secrets would be of use, as bits of `kinds`. */
enum {
    SMTPAUTH_KIND_PASSWORD = 1,
    SMTPAUTH_KIND_TOKEN = 2,
    SMTPAUTH_KIND_NONE = 4 /* EXTERNAL, ANONYMOUS: no secret at all */
};

/* What became of a recipient or a message. */
enum {
    SMTPAUTH_FATE_ACCEPTED = 1, /* a message: by one recipient's delivery at least */
    SMTPAUTH_FATE_REFUSED = 2,  /* for good; may_resend: yet it may go again once the cause is mended */
    SMTPAUTH_FATE_LATER = 3,    /* class 4, or never sent: try again */
    SMTPAUTH_FATE_UNKNOWN =
        4 /* the connection was lost after the message's end: it may have been taken; in LMTP,
                               * by those without NOTE_DELIVERY */
};

/* One event. Fixed size for ever, flat, no union. Which fields a type fills is said above. */
typedef struct smtpauth_client_event {
    uint16_t type;
    uint16_t asked;          /* the open question, in ASK events and NEED_ANSWER */
    uint16_t why;            /* SMTPAUTH_WHY_... */
    uint16_t phase;          /* SMTPAUTH_PHASE_... of advice.h: what the reply answers */
    uint16_t code;           /* 200 to 599; 0: no reply */
    uint16_t enhanced_class; /* 0: no enhanced code */
    uint16_t enhanced_subject;
    uint16_t enhanced_detail;
    uint16_t lines;       /* of the reply; raw may hold only the last of them */
    uint16_t reason;      /* SMTPAUTH_REASON_... */
    uint16_t cause;       /* SMTPAUTH_CAUSE_... */
    uint16_t action;      /* SMTPAUTH_ACTION_... */
    uint16_t provider;    /* row of the book, from 1 */
    uint16_t fate;        /* SMTPAUTH_FATE_... */
    uint16_t attempt;     /* ASK_CREDENTIALS, NOTE_AUTH: which exchange of the session, from 1 */
    uint8_t kinds;        /* SMTPAUTH_KIND_... */
    bool same_secret;     /* NOTE_ADVICE: once the action is done, the same secret may be offered */
    bool may_resend;      /* the same message may go again: no second copy, and not sure to be refused again */
    uint8_t reserved8[5]; /* zero */
    uint32_t wait_s;      /* how long the server says to wait; 0: it does not say */
    uint32_t index;
    uint32_t recipients; /* NOTE_MESSAGE: how many were accepted */

    /* NOTE_MESSAGE: SMTPAUTH_FAULT_... of what was sent (8-bit, long lines), or why it was not. */
    uint32_t faults;

    uint64_t size;      /* ASK_MESSAGE, NOTE_MESSAGE: octets of the message taken so far */
    smtpauth_view raw;  /* the reply's lines with their ends, reply_max octets at most */
    smtpauth_view text; /* the last line's words, behind code and enhanced code: any octets but NUL and LF */
    smtpauth_view mechanism;   /* its name */
    smtpauth_view line;        /* NOTE_LINE */
    smtpauth_view secret;      /* the part of `line` that must never be logged; empty if none */
    smtpauth_view fingerprint; /* SMTPAUTH_FINGERPRINT octets, or empty; it lies in the session */
    uint64_t reserved[8];      /* zero */
} smtpauth_client_event;

SMTPAUTH_API size_t smtpauth_client_event_size(void); /* sizeof(smtpauth_client_event) */

/* ---- Session ---- */

/* A refusal, as the session keeps it. */
typedef struct smtpauth_refusal {
    uint16_t reason; /* SMTPAUTH_REASON_...; 0: there is none */
    uint16_t code;   /* 0: by the engine itself */
    uint16_t enhanced_class, enhanced_subject, enhanced_detail;
    uint8_t phase;     /* SMTPAUTH_PHASE_... */
    uint8_t mechanism; /* phase AUTH: index in the config's list; else 255 */
} smtpauth_refusal;

/* 512 bytes for ever where pointers have 64 bits, less where they have 32. Fields are visible for sizeof only
 * and private: use the functions. */
typedef struct smtpauth_client {
    uint32_t head;
    uint32_t flags;
    const smtpauth_client_config *config;
    smtpauth_exchange exchange;
    smtpauth_refusal first, last;
    uint8_t seed[16], fingerprint[32];
    uint8_t rejected[5][8];
    uint64_t size_max, message_size;
    uint32_t held, line_at, scanned, reply_octets, said_at, marks;
    uint32_t offered, asked, noted, accepted, messages, in_flight, said_tail;
    uint16_t reply_code, reply_lines, decoded_len, said_len, secret_at, note_reason;
    uint16_t mechanisms_offered, mechanisms_plus, mechanisms_out, recipients_max, messages_max;
    uint16_t why, pending, column;
    uint8_t state, question, why_asked, awaited, mechanism, authenticated_by, transaction, login;
    uint8_t rejections, attempts, body, bindings, faults, fate, last_octet, local_reason;
    uint8_t login_why, is_reading, chunk_fate, shortage;
    uint32_t short_of;
    uint16_t unfit_recipients, unfit_messages;
    uint8_t reserved[4];
} smtpauth_client;

SMTPAUTH_API size_t smtpauth_client_size(void);  /* sizeof(smtpauth_client) */
SMTPAUTH_API size_t smtpauth_client_align(void); /* its alignment */

/* Begins a session: connect first, the server speaks first. `size` is sizeof(smtpauth_client). `flags`:
 * SMTPAUTH_CLIENT_IMPLICIT_TLS, SMTPAUTH_CLIENT_LMTP; the others belong into the config. `seed`: 16 to 32
 * octets from a random generator fit for keys, fresh for each session; needed where mechanisms are listed
 * (nonces, and the guard within the session), else NULL and 0.
 * DONE; E_ARGUMENT (NULL, unknown flags, no seed where one is needed); E_VERSION (`size`); E_POLICY (see
 * smtpauth_client_config_check). */
SMTPAUTH_API int32_t smtpauth_client_init(smtpauth_client *c, size_t size, const smtpauth_client_config *config,
                                          uint32_t flags, const uint8_t *seed, size_t seed_len);

/* Runs until something is needed, asked or to be known. Fills `event` and returns its type. On NULL, or when
 * the octets left in the window are fewer than they were, returns CLOSED; the session, if there is one, is then
 * closed for good with why = HOST_FAULT. */
SMTPAUTH_API uint16_t smtpauth_client_step(smtpauth_client *c, smtpauth_io *io, smtpauth_client_event *event);

/* Answers ASK_CREDENTIALS. `who` is used during the call only (sasl.h says which mechanism needs what). NULL:
 * there are none, go on without.
 *
 * `is_token` and whether there is a secret decide which mechanisms come into question: without a secret
 * EXTERNAL and ANONYMOUS, with a token OAUTHBEARER and XOAUTH2, else the others. With why = AGAIN they must be
 * the same as before.
 *
 * The lockout guard. Who runs into 535 again and again with one wrong password gets an account locked. So a
 * secret that was rejected is not sent again: not in this session, and not in a later one if you keep the 32
 * octets that NOTE_AUTH hands out at a 535 and give them back here as `rejected`. They are an HMAC-SHA-256
 * under the config's guard_key of host, identity and secret, so that a stolen file tells nothing without the
 * key. What matches is not sent: NOTE_AUTH says REJECTED_BEFORE, and ASK_CREDENTIALS comes again with REJECTED,
 * as after a 535. Set `host` to the server's name, so that a secret rejected by one server is not held back
 * from another.
 *
 * DONE; E_STATE (another question or none is open: nothing changed); E_OUTPUT (not taken, see above);
 * E_ARGUMENT (NULL, wrong `size`, reserves: nothing changed); E_ANSWER (no mechanism that is left can use them:
 * as NULL). */
SMTPAUTH_API int32_t smtpauth_client_credentials(smtpauth_client *c, smtpauth_io *io,
                                                 const smtpauth_credentials *who);

/* Sender and parameters of a message. Zero means "not given" in every field but size. Values are as on the
 * wire, as the server's events give them (smtpauth_event); what a server does not offer cannot be used. */
typedef struct smtpauth_envelope {
    uint32_t size;   /* sizeof(smtpauth_envelope) */
    uint8_t body;    /* SMTPAUTH_BODY_...; BINARYMIME needs CHUNKING */
    uint8_t ret;     /* SMTPAUTH_RET_... */
    uint8_t by_mode; /* SMTPAUTH_BY_... bits; 0: no BY= */
    int8_t priority; /* MT-PRIORITY, -9 to 9; sent where has_priority */
    bool has_priority;
    bool is_utf8;      /* SMTPUTF8: a recipient or header field is not ASCII; a sender that is not implies it */
    bool requires_tls; /* REQUIRETLS (RFC 8689) */
    uint8_t reserved8[5];     /* zero */
    uint64_t octets;          /* of the message, as far as known: SIZE=; 0: not known */
    uint64_t hold;            /* HOLDFOR=, seconds */
    int32_t by;               /* BY=, seconds */
    uint32_t reserved32;      /* zero */
    smtpauth_view sender;     /* local-part@domain, without brackets; empty: <>, as bounces have it */
    smtpauth_view auth;       /* AUTH=: xtext, or "<>" */
    smtpauth_view envid;      /* ENVID=: xtext */
    smtpauth_view hold_until; /* HOLDUNTIL= */
    smtpauth_view solicit;    /* SOLICIT= */
    uint64_t reserved[8];     /* zero */
} smtpauth_envelope;

SMTPAUTH_API size_t smtpauth_envelope_size(void); /* sizeof(smtpauth_envelope) */

/* Answers ASK_ENVELOPE. NULL: no more messages, QUIT.
 * DONE; E_STATE, E_OUTPUT, E_ARGUMENT as above; E_ANSWER (an address that is none, a parameter that is not
 * offered or is malformed, more octets than the server takes: nothing was sent, NOTE_MESSAGE says
 * why). */
SMTPAUTH_API int32_t smtpauth_client_envelope(smtpauth_client *c, smtpauth_io *io,
                                              const smtpauth_envelope *envelope);

/* One recipient. */
typedef struct smtpauth_recipient {
    uint32_t size;         /* sizeof(smtpauth_recipient) */
    uint8_t notify;        /* SMTPAUTH_NOTIFY_... bits; 0: no NOTIFY= */
    uint8_t reserved8[3];  /* zero */
    smtpauth_view address; /* local-part@domain, or "postmaster", without brackets */
    smtpauth_view orcpt;   /* ORCPT=: "rfc822;" and xtext */
    uint64_t reserved[4];  /* zero */
} smtpauth_recipient;

SMTPAUTH_API size_t smtpauth_recipient_size(void); /* sizeof(smtpauth_recipient) */

/* Answers ASK_RECIPIENT. NULL: no more.
 * DONE; E_STATE, E_OUTPUT, E_ARGUMENT as above; E_ANSWER (unfit: nothing was sent, NOTE_RECIPIENT says the
 * reason). */
SMTPAUTH_API int32_t smtpauth_client_recipient(smtpauth_client *c, smtpauth_io *io,
                                               const smtpauth_recipient *to);

/* Answers ASK_MESSAGE by octets of the message, header first, lines ending in CRLF. Dots are stuffed here.
 * `taken` gets how many were taken, none to all: as many as out has room for. Where the server offers CHUNKING
 * each call makes one chunk (BDAT): give it as much as you have at hand; the end is a chunk of its own, "BDAT 0
 * LAST".
 * DONE; E_STATE (not asked; nothing changed); E_ARGUMENT (NULL); E_WORDS (a bare CR or LF that may not be
 * mended, or a NUL, in what is no BINARYMIME: the message is given up and NOTE_MESSAGE says so. Where DATA has
 * begun that closes the connection, as SMTP has no other way to take back half a message). */
SMTPAUTH_API int32_t smtpauth_client_data(smtpauth_client *c, smtpauth_io *io, const uint8_t *data, size_t len,
                                          size_t *taken);

/* The message is complete. DONE; E_STATE; E_OUTPUT; E_ARGUMENT; E_WORDS (it ends in a bare CR: as above). */
SMTPAUTH_API int32_t smtpauth_client_data_end(smtpauth_client *c, smtpauth_io *io);

/* Answers any question without giving anything: 0 refuses (no TLS, no credentials, no more messages or
 * recipients; a message that has begun is given up). SMTPAUTH_REASON_OK says yes to ASK_STARTTLS. Where step
 * said NEED_TLS, 0 does what tls_failed does.
 * DONE; E_STATE (nothing is open); E_OUTPUT (not taken); E_ANSWER (does not fit: refused); E_ARGUMENT (NULL). */
SMTPAUTH_API int32_t smtpauth_client_answer(smtpauth_client *c, smtpauth_io *io, uint16_t reason);

/* The handshake succeeded (and you checked the certificate). All that is left in the input window is dropped,
 * what the server said before is forgotten. `bits`: SMTPAUTH_TLS_ENDPOINT, _EXPORTER: the binding data you have
 * make the -PLUS mechanisms possible; SMTPAUTH_TLS_WEAK: too weak for you: as tls_failed, but with QUIT. On a
 * port with implicit TLS it may be called once before the first step, to say the bits.
 * DONE; E_STATE (step did not say NEED_TLS); E_ARGUMENT (NULL, unknown bits). */
SMTPAUTH_API int32_t smtpauth_client_tls_started(smtpauth_client *c, smtpauth_io *io, uint32_t bits);

/* The handshake failed: step says CLOSED, nothing is written. DONE; E_STATE; E_ARGUMENT. */
SMTPAUTH_API int32_t smtpauth_client_tls_failed(smtpauth_client *c);

/* Ends the session from outside, in any state. `reason`: TIMEOUT, SHUTDOWN, or CONNECTION_LOST (end of input,
 * or a flush that failed). Nothing is written; the last notes come, then CLOSED. To end it politely answer
 * ASK_ENVELOPE by NULL.
 * DONE, also when already closed; E_ARGUMENT (NULL, another reason: nothing changed). */
SMTPAUTH_API int32_t smtpauth_client_close(smtpauth_client *c, smtpauth_io *io, uint16_t reason);

/* Seconds that the host may wait now for input (RFC 5321 4.5.3.2). 0 while a question is open and when closed:
 * the engine has no limit then. */
SMTPAUTH_API uint16_t smtpauth_client_timeout(const smtpauth_client *c);

/* SMTPAUTH_IS_... bits of tracker.h: TLS, GREETED, EXTENDED, AUTHENTICATED, TRANSACTION, EXCHANGE, CLOSING. 0
 * on NULL. */
SMTPAUTH_API uint32_t smtpauth_client_is(const smtpauth_client *c);

/* What the server offers beside SMTPAUTH_EXT_... of command.h. */
enum {
    SMTPAUTH_OFFERS_PIPELINING = 1 << 24,
    SMTPAUTH_OFFERS_8BITMIME = 1 << 25,
    SMTPAUTH_OFFERS_SIZE = 1 << 26,
    SMTPAUTH_OFFERS_ENHANCED_CODES = 1 << 27
};

/* What the last answer to EHLO offered: SMTPAUTH_EXT_... and SMTPAUTH_OFFERS_... bits. 0 on NULL. */
SMTPAUTH_API uint32_t smtpauth_client_offers(const smtpauth_client *c);

/* Octets of a message that the server takes; 0: it does not say. */
SMTPAUTH_API uint64_t smtpauth_client_size_max(const smtpauth_client *c);

/* The mechanism that authenticated the session; "" if none did. */
SMTPAUTH_API const char *smtpauth_client_authenticated_by(const smtpauth_client *c);

/* Why the session closed or is closing: BYE (after QUIT), SERVER_CLOSING (421), CONNECTION_LOST, TLS_MISSING,
 * REPLY_MALFORMED ...; 0 while it goes on. */
SMTPAUTH_API uint16_t smtpauth_client_why(const smtpauth_client *c);

/* The refusals that matter to the message at hand (or the last one): the first is the cause, the last the
 * symptom, as in "530 at MAIL, because PLAIN got 535". A login's refusal is the first of all messages behind
 * it, until a login succeeds; a fault of the message's own goes before it. What single recipients were refused
 * for counts only where none was accepted. */
enum { SMTPAUTH_REFUSAL_FIRST = 0, SMTPAUTH_REFUSAL_LAST = 1 };

/* Copies one of them.
 * DONE; E_ARGUMENT (NULL, another `which`); a refusal without reason means that there was none. */
SMTPAUTH_API int32_t smtpauth_client_refusal(const smtpauth_client *c, uint8_t which,
                                             smtpauth_refusal *refusal);

SMTPAUTH_API size_t smtpauth_refusal_size(void); /* sizeof(smtpauth_refusal) */

#ifdef __cplusplus
}
#endif

#endif
