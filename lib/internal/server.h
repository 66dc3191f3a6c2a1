/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_INTERNAL_SERVER_H
#define SMTPAUTH_INTERNAL_SERVER_H

/* What the server's files share. Each file conducts one part of a session; server.c turns the wheel. */

#include <smtpauth/server.h>

#include "sasl/mechanism.h"

/* What a session waits for, or does next. */
enum {
    STATE_GREETING = 1, /* nothing yet: the greeting comes first */
    STATE_LINE = 2,     /* a command line, or a response when an exchange is open */
    STATE_DISCARD = 3,  /* the rest of a line that was too long or had a bare LF */
    STATE_QUESTION = 4, /* the host's answer; the line stays in the window */
    STATE_HELLO = 5,    /* room for the next line of the reply to EHLO */
    STATE_TLS = 6,      /* the host's handshake */
    STATE_DATA = 7,     /* message octets */
    STATE_SWALLOW = 8,  /* the octets of a refused BDAT */
    STATE_CLOSED = 9,
    STATE_ANSWERS = 10, /* the message is over: the next recipient's answer, or room for a refusal */
    STATE_CHUNK = 11,   /* the octets of an accepted BDAT */
    STATE_LAST = STATE_CHUNK
};

/* What `step` does before anything else, in this order. */
enum {
    PENDING_ERROR = 1,  /* NOTE_ERROR */
    PENDING_AUTH = 2,   /* NOTE_AUTH */
    PENDING_RESET = 4,  /* NOTE_RESET */
    PENDING_RELEASE = 8 /* wipe and consume the line */
};

/* Who refuses the BDAT or message at hand, whose reply must wait for the end of its octets. */
enum {
    REFUSED_NOT = 0,
    REFUSED_COMMAND = 1, /* the engine, for the command: noted and counted with the reply */
    REFUSED_FAULT = 2,   /* the engine, for an octet or the size: noted when it was seen */
    REFUSED_BY_HOST = 3
};

enum { DISCARD_LONG = 1, DISCARD_LONG_AUTH = 2, DISCARD_BARE_LF = 3 };

/* A session of this size and version; what another library wrote is not taken. */
#define SMTPA_SERVER_HEAD                                                                                      \
    (UINT32_C(512) << 16 | (uint32_t)SMTPAUTH_VERSION_MAJOR << 8 | (uint32_t)SMTPAUTH_VERSION_MINOR)

/* `proven`, once a mechanism has checked a proof: a second lock beside the question, that no flipped bit of a copy opens. */
enum { PROVEN = 0x5A };

enum { NO_MECHANISM = 0xFF, BY_XCLIENT = 0xFE, MECHANISMS_MAX = 16, POLICY_WORDS_MAX = 100 };

enum {
    HOST_CHALLENGE_MAX = 12288 / 4 * 3,
    SEED_MIN = 16,
    POLICY_SECRET_MIN = 16
}; /* RFC 4954 4: 12288 of base64 */

/* ---- policy.c: the values in force ---- */

uint64_t smtpa_message_max(const smtpauth_policy *p);
uint32_t smtpa_line_max(const smtpauth_policy *p);
uint32_t smtpa_auth_line_max(const smtpauth_policy *p);
uint16_t smtpa_recipients_max(const smtpauth_policy *p);
uint16_t smtpa_bad_commands_max(const smtpauth_policy *p);
uint16_t smtpa_idle_commands_max(const smtpauth_policy *p);
uint16_t smtpa_failure_delay(const smtpauth_policy *p);
uint16_t smtpa_policy_fault(const smtpauth_policy *p, uint32_t init_flags);

/* ---- policy_mechanisms.c: by index ---- */

uint8_t smtpa_mechanism_count(const smtpauth_policy *p);
const smtpauth_mechanism *smtpa_mechanism(const smtpauth_policy *p, uint8_t index);
const char *smtpa_mechanism_name(const smtpauth_policy *p, uint8_t index);
uint8_t smtpa_mechanism_first(const smtpauth_policy *p,
                              uint8_t index); /* SMTPAUTH_MECHANISM_CLIENT_FIRST ... */
bool smtpa_mechanism_needs_tls(const smtpauth_policy *p, uint8_t index);
bool smtpa_mechanism_needs_binding(const smtpauth_policy *p, uint8_t index);
uint8_t smtpa_mechanism_find(const smtpauth_policy *p, smtpauth_view name); /* NO_MECHANISM if not listed */
bool smtpa_mechanism_is_offered(const smtpauth_server *s, uint8_t index);   /* in this session, now */
bool smtpa_mechanisms_want_seed(const smtpauth_policy *p);
bool smtpa_mechanisms_want_secret(const smtpauth_policy *p); /* the policy's, for unknown users */
bool smtpa_mechanisms_are_fit(const smtpauth_policy *p);

/* ---- server_reply.c: what is said. All need SMTPAUTH_REPLY_MAX octets of room, but smtpa_append ---- */

void smtpa_put(smtpauth_io *io, const void *octets, size_t len);
void smtpa_say(smtpauth_server *s, smtpauth_io *io, uint16_t reason);
/* Own words for the reason's reply, one line of POLICY_WORDS_MAX octets, so that a 421 fits behind it; the catalogue's
 * and E_WORDS when they are unfit. */
int32_t smtpa_say_words(smtpauth_server *s, smtpauth_io *io, uint16_t reason, const uint8_t *words, size_t len);
void smtpa_challenge(smtpauth_io *io, const uint8_t *challenge,
                     size_t len); /* room for its base64 and 6 more */

/* ---- server.c ---- */

/* Refuses the line: says `reason`, notes it, counts it, and closes when that was one too many. */
void smtpa_refuse(smtpauth_server *s, smtpauth_io *io, uint16_t reason, uint32_t faults);
void smtpa_refused(smtpauth_server *s, smtpauth_io *io, uint16_t reason, uint32_t faults); /* ... said before */
void smtpa_note_error(smtpauth_server *s, uint16_t reason, uint32_t faults);
/* Counts what brings no mail nearer; the next command is judged by it. */
void smtpa_count_idle(smtpauth_server *s);
/* Counts a bad command; says 421 and closes at the limit. */
void smtpa_count_bad(smtpauth_server *s, smtpauth_io *io);
void smtpa_ask(smtpauth_server *s, uint8_t question);
void smtpa_release(smtpauth_server *s); /* the line is done with: back to STATE_LINE */
void smtpa_end_transaction(smtpauth_server *s);
void smtpa_shut(smtpauth_server *s, uint16_t why);
void smtpa_consume(smtpauth_server *s, smtpauth_io *io, size_t n);
bool smtpa_is(const smtpauth_server *s, uint32_t what);
bool smtpa_window_holds_line(const smtpauth_server *s, const smtpauth_io *io);

/* ---- server_data.c: what a message's octets are ---- */

/* What stands at a line's start. */
enum { DOT_NONE, DOT_STUFFED, DOT_END, DOT_WAIT };

enum {
    END_OF_DATA = 3
}; /* the dot and its CRLF: the line that is held while the message's answer is awaited */

typedef struct smtpa_run {
    size_t len;     /* octets taken from the window */
    uint8_t dot;    /* DOT_STUFFED, DOT_END, DOT_WAIT: what stands behind them */
    uint32_t fault; /* the fault that the octet behind the span shows; that octet is among `len` */
} smtpa_run;

/* ---- one file each; those that return a type return an event, or 0 to go on ---- */

uint16_t smtpa_at_line(smtpauth_server *s, smtpauth_io *io, smtpauth_event *event); /* server_line.c */
uint16_t smtpa_at_discard(smtpauth_server *s, smtpauth_io *io);                     /* server_line.c */
smtpauth_view smtpa_line(const smtpauth_server *s, const smtpauth_io *io);          /* without its line end */
smtpauth_view smtpa_secret_part(const smtpauth_server *s, const smtpauth_io *io);   /* server_line.c */
void smtpa_command(smtpauth_server *s, smtpauth_io *io, bool is_bare_lf);           /* server_command.c */
uint16_t smtpa_parse(const smtpauth_server *s, const smtpauth_io *io, smtpauth_command *command);
void smtpa_auth(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command); /* server_auth.c */
void smtpa_response(smtpauth_server *s, smtpauth_io *io, bool is_bare_lf);             /* server_auth.c */
void smtpa_auth_refused(smtpauth_server *s, smtpauth_io *io);        /* 535, told before in a challenge */
void smtpa_auth_too_long(smtpauth_server *s, smtpauth_io *io);       /* the exchange's line was overlong */
smtpa_turn smtpa_turn_of(smtpauth_server *s, const smtpauth_io *io); /* the exchange's memory and response */
smtpa_turn smtpa_recall(smtpauth_server *s, const smtpauth_io *io);  /* ... with the views of its question */
bool smtpa_is_foreign(const smtpa_turn *turn);
void smtpa_auth_go_on(smtpauth_server *s, smtpauth_io *io,
                      const smtpa_turn *turn); /* does what came of a turn */
/* Ends the exchange by the turn's verdict. `words` may be NULL. */
int32_t smtpa_auth_verdict(smtpauth_server *s, smtpauth_io *io, const smtpa_turn *turn, const uint8_t *words,
                           size_t len);
void smtpa_fill_auth(smtpauth_server *s, const smtpauth_io *io, smtpauth_event *event);
/* DONE when an answer to the open question may be written now. */
int32_t smtpa_may_answer(const smtpauth_server *s, const smtpauth_io *io); /* server_answer.c */
void smtpa_hello(smtpauth_server *s, smtpauth_io *io); /* server_hello.c: the greeting command is welcome */
uint16_t smtpa_at_hello(smtpauth_server *s, smtpauth_io *io);
uint16_t smtpa_at_data(smtpauth_server *s, smtpauth_io *io, smtpauth_event *event); /* server_data.c */
void smtpa_data_begin(smtpauth_server *s, uint8_t state); /* STATE_DATA or STATE_CHUNK */
void smtpa_data_fault(smtpauth_server *s, uint16_t reason, uint32_t fault);
smtpa_run smtpa_take_run(smtpauth_server *s, const uint8_t *data, size_t len, bool has_dots);
/* Makes octets the event's span, as far as the size limit goes. Returns its length. */
size_t smtpa_hand_out(smtpauth_server *s, const uint8_t *data, size_t len, smtpauth_event *event);
void smtpa_bdat(smtpauth_server *s, smtpauth_io *io,
                uint16_t reason); /* server_chunk.c: refused for it, or not */
uint16_t smtpa_at_chunk(smtpauth_server *s, smtpauth_io *io, smtpauth_event *event);
uint16_t smtpa_at_swallow(smtpauth_server *s, smtpauth_io *io);
void smtpa_message_end(smtpauth_server *s); /* server_message.c: its octets are over, refused or not */
uint16_t smtpa_at_answers(smtpauth_server *s, smtpauth_io *io);
void smtpa_message_answered(smtpauth_server *s, smtpauth_io *io, bool yes);
bool smtpa_message_is_sound(const smtpauth_server *s);                    /* of a copied session */
void smtpa_chunk_refuse(smtpauth_server *s, uint8_t by, uint16_t reason); /* server_refusal.c */
void smtpa_chunk_refuse_by(smtpauth_server *s, uint16_t code,
                           const char *enhanced); /* ... the host's own code */
void smtpa_say_refusal(smtpauth_server *s, smtpauth_io *io);
void smtpa_message_forget(smtpauth_server *s);
bool smtpa_refusal_is_sound(const smtpauth_server *s);
/* server_xclient.c: LOGIN=, if it names anybody; the session begins anew. */
smtpauth_view smtpa_xclient_identity(const smtpauth_server *s, const smtpauth_io *io);
bool smtpa_xclient_is_trusted(const smtpauth_server *s);
void smtpa_xclient_behind(smtpauth_server *s); /* a command came: if it is behind XCLIENT, the trust ends */
void smtpa_xclient_begin(smtpauth_server *s, bool is_vouched);
void smtpa_xclient_vouched(smtpauth_server *s, smtpauth_io *io);
void smtpa_fill_question(smtpauth_server *s, const smtpauth_io *io, smtpauth_event *event); /* server_ask.c */
void smtpa_fill_note(smtpauth_server *s, const smtpauth_io *io, uint16_t type, smtpauth_event *event);
void smtpa_reset_event(smtpauth_event *event, uint16_t type);

#endif
