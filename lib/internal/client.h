/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_INTERNAL_CLIENT_H
#define SMTPAUTH_INTERNAL_CLIENT_H

/* What the client's files share. Each file conducts one part of a session; client.c turns the wheel. */

#include <smtpauth/client.h>

#include "internal/reply.h"

/* What a session waits for, or does next. */
enum {
    AT_NEXT = 1,     /* nothing: the next thing to say or ask is chosen */
    AT_REPLY = 2,    /* the replies to what was said */
    AT_GROUP = 3,    /* MAIL was said: room for the next RCPT, or the replies to those that were */
    AT_QUESTION = 4, /* the host's answer */
    AT_TLS = 5,      /* the host's handshake */
    AT_MESSAGE = 6,  /* room for octets of the message, or the reply to a chunk */
    AT_CLOSED = 7,
    AT_TAKE = 8 /* the reply that is held was noted; now it takes effect */
};

/* What the next reply answers. */
enum {
    AWAIT_NOTHING = 0, /* nobody asked: 421 may still come */
    AWAIT_GREETING = 1,
    AWAIT_HELLO = 2, /* EHLO, LHLO */
    AWAIT_HELO = 3,
    AWAIT_STARTTLS = 4,
    AWAIT_AUTH = 5,   /* AUTH, or a response within its exchange */
    AWAIT_CANCEL = 6, /* "*" */
    AWAIT_MAIL = 7,
    AWAIT_RCPT = 8,
    AWAIT_DATA = 9,
    AWAIT_CHUNK = 10, /* BDAT but the last */
    AWAIT_END = 11,   /* the final dot, the last BDAT */
    AWAIT_RSET = 12,
    AWAIT_QUIT = 13,
    AWAIT_COUNT = 14
};

/* How far the transaction is. */
enum {
    MAIL_NONE = 0,
    MAIL_SAID = 1,    /* MAIL is unanswered */
    MAIL_TAKEN = 2,   /* it was accepted */
    MAIL_SENDING = 3, /* the message is being sent */
    MAIL_SENT = 4,    /* its end was said */
    MAIL_REFUSED = 5, /* what is still in flight is read, then the message is over */
    MAIL_LOGIN = 6,   /* ... then comes a login, and MAIL again */
    MAIL_ENCRYPT = 7  /* ... then STARTTLS, and MAIL again */
};

/* How far the login is. */
enum {
    LOGIN_NOT_YET = 0,
    LOGIN_WANTED = 1, /* credentials are to be asked for */
    LOGIN_OPEN = 2,   /* an exchange is under way */
    LOGIN_DONE = 3,
    LOGIN_DECLINED = 4, /* the host has none; only a 530 asks again */
    LOGIN_OVER = 5      /* nobody is asked any more */
};

/* What is so, as bits of `marks`. */
enum {
    IS_TLS = 1 << 0,
    IS_GREETED = 1 << 1,
    IS_EXTENDED = 1 << 2,
    IS_OPEN = 1 << 3,      /* a transaction is open at the server: RSET comes before anything else */
    IS_MESSAGE = 1 << 4,   /* a message is under way: NOTE_MESSAGE is owed */
    IS_ANNOUNCED = 1 << 5, /* the open question was asked, or NEED_TLS said */
    IS_EARLY = 1 << 6,     /* octets lay in the window before the command that they seem to answer */
    IS_QUITTING = 1 << 7,
    IS_LMTP = 1 << 8,
    IS_TOKEN = 1 << 9,      /* the secret at work is one */
    AGREED_TLS = 1 << 10,   /* the host said yes to STARTTLS */
    IS_INJECTED = 1 << 11,  /* ... was noted */
    IS_UTF8 = 1 << 12,      /* MAIL said SMTPUTF8 */
    IS_DRAINING = 1 << 13,  /* no RCPT before all replies are in */
    IS_LIST_OVER = 1 << 14, /* the host has no more recipients */
    IS_LOCAL = 1 << 15, /* the recipient asked for last was refused here; its note waits for those before it */
    IS_LATER = 1 << 16, /* a recipient or delivery was answered by class 4 */
    IS_RESENDABLE = 1 << 17, /* the last refusal lets the message be sent again */
    IS_CHUNKED = 1 << 18,    /* BDAT */
    IS_LINE_START = 1 << 19,
    IS_AFTER_CR = 1 << 20, /* a CR was taken and not yet sent */
    HAS_INITIAL = 1 << 21, /* AUTH had an initial response */
    WANTS_NO_INITIAL = 1 << 22,
    DID_TRANSITION = 1 << 23,
    DID_TRY_ANOTHER = 1 << 24,
    DID_TLS = 1 << 25,           /* STARTTLS was said */
    DECLINED_TLS = 1 << 26,      /* by the host */
    DID_INSIST_ON_TLS = 1 << 27, /* by the server, after that */
    IS_SAME_SECRET = 1 << 28, /* the next credentials are those of before: another mechanism, or a step of it */
    IS_OVER_PLAIN = 1 << 29,  /* the transition's login: PLAIN and no other */
    WANTS_CANCEL = 1 << 30    /* "*" ends the exchange next */
};

/* An answer did not fit the window: found, and NEED_OUTPUT said of it. */
enum { NO_SHORTAGE = 0, SHORTAGE_FOUND = 1, SHORTAGE_SAID = 2 };

/* EHLO is unknown there: HELO is said next. */
#define WANTS_HELO (UINT32_C(1) << 31)

/* Notes that are due, in this order, and what is done behind them. */
enum {
    DUE_LINE = 1,
    DUE_REPLY = 2,
    DUE_ADVICE = 4,
    DUE_ERROR = 8,
    DUE_AUTH = 16,
    DUE_RECIPIENT = 32,
    DUE_DELIVERY = 64,
    DUE_MESSAGE = 128,
    DUE_RELEASE = 256 /* the reply is done with */
};

#define SMTPA_CLIENT_HEAD                                                                                      \
    (UINT32_C(0x43) << 24 | (uint32_t)sizeof(smtpauth_client) << 12 | (uint32_t)SMTPAUTH_VERSION_MAJOR << 6 |  \
     (uint32_t)SMTPAUTH_VERSION_MINOR)

enum {
    NO_CLIENT_MECHANISM = 0xFF,
    CLIENT_COMMAND_MAX = 512, /* with CRLF: RFC 5321 4.5.3.1.4; a longer initial response is left out */
    CLIENT_REJECTED_MAX = 5,
    CLIENT_LINE_MAX = 2048 - 2 /* of MAIL or RCPT with all its parameters, without CRLF */
};

static inline bool smtpa_client_has_mark(const smtpauth_client *c, uint32_t mark)
{
    return (c->marks & mark) == mark;
}

static inline bool smtpa_client_wants(const smtpauth_client *c, uint32_t flag)
{
    return (c->config->flags & flag) != 0;
}

static inline bool smtpa_client_is_view(smtpauth_view v)
{
    return v.data != NULL || v.len == 0;
}

static inline bool smtpa_client_is_clear(const uint64_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (words[i] != 0)
            return false;
    return true;
}

/* ---- client_config.c ---- */

uint16_t smtpa_config_fault(const smtpauth_client_config *config);
uint32_t smtpa_config_reply_max(const smtpauth_client_config *config);
uint8_t smtpa_config_credentials_max(const smtpauth_client_config *config);
uint8_t smtpa_config_mechanism_count(const smtpauth_client_config *config);

/* ---- client_emit.c: the one place that writes commands ---- */

/* A line that is being made in the output window. Nothing is said before smtpa_emit_say. */
typedef struct smtpa_emit {
    uint8_t *out;
    size_t cap, len; /* len over cap: only counted */
} smtpa_emit;

smtpa_emit smtpa_emit_begin(const smtpauth_io *io);
void smtpa_emit_octets(smtpa_emit *e, const void *octets, size_t len);
void smtpa_emit_text(smtpa_emit *e, const char *text);
void smtpa_emit_view(smtpa_emit *e, smtpauth_view v);
void smtpa_emit_number(smtpa_emit *e, uint64_t n);
/* Appends " KEYWORD=" and the value, and adds `bit` to `present`; nothing where there is no value. */
void smtpa_emit_parameter(smtpa_emit *e, const char *keyword, smtpauth_view value, uint32_t bit,
                          uint32_t *present);
/* Does our own parser, strict, read the line as a command, of which nothing is missing and to which nothing was added?
 * Returns 0 or a reason. `path` is the address it must have, `present` its parameters. */
uint16_t smtpa_emit_fault(const smtpa_emit *e, uint32_t extensions, uint32_t options, smtpauth_view path,
                          uint32_t present);
/* Ends the line and says it; what stands from `secret_at` on is secret (SIZE_MAX: nothing). Returns false, with nothing
 * said, when it does not fit. */
bool smtpa_emit_say(smtpauth_client *c, smtpauth_io *io, smtpa_emit *e, size_t secret_at);
/* Says a line that needs no more than 512 octets, and awaits `replies` replies. */
void smtpa_client_say(smtpauth_client *c, smtpauth_io *io, const char *verb, const char *argument,
                      uint8_t awaited);
void smtpa_client_await(smtpauth_client *c, uint8_t awaited);

/* An answer does not fit the window. May it be given again behind a flush (E_OUTPUT)? False: the last flush brought no
 * more room, so it never will be, and counts as unfit. */
bool smtpa_client_may_wait_for_room(smtpauth_client *c, const smtpauth_io *io);

/* ---- client_reply.c: reads replies; returns an event or 0 ---- */

uint16_t smtpa_client_at_reply(smtpauth_client *c, smtpauth_io *io);
/* Nobody was asked: something that came is 421 or a fault. */
void smtpa_client_look(smtpauth_client *c, smtpauth_io *io);
/* Does a line of 421 lie in the window, not yet read? */
bool smtpa_client_sees_421(const smtpauth_client *c, const smtpauth_io *io);
bool smtpa_client_held_reply(const smtpauth_client *c, const smtpauth_io *io, smtpauth_reply *reply);
void smtpa_client_release(smtpauth_client *c, smtpauth_io *io);
bool smtpa_client_window_holds(const smtpauth_client *c, const smtpauth_io *io);
void smtpa_client_forget_window(smtpauth_client *c, smtpauth_io *io);

/* ---- client_taken.c ---- */

/* Is it a refusal of what it answers (and not the echo of one)? */
bool smtpa_client_is_refusal(const smtpauth_client *c, const smtpauth_reply *reply);

/* ---- client_taken.c: what a reply means; no output ---- */

void smtpa_client_take(smtpauth_client *c, smtpauth_io *io);

/* ---- client_hello.c ---- */

void smtpa_client_say_hello(smtpauth_client *c, smtpauth_io *io);
void smtpa_client_learn(smtpauth_client *c,
                        smtpauth_view words); /* a line of the answer to EHLO but the first */
void smtpa_client_unlearn(smtpauth_client *c);
/* Returns true when TLS is settled: there, or not to be; else says, asks or ends the session. */
bool smtpa_client_settle_tls(smtpauth_client *c, smtpauth_io *io);
void smtpa_client_insist_on_tls(smtpauth_client *c); /* the server does, although the host said no */

/* ---- client_mechanism.c ---- */

const smtpauth_client_mechanism *smtpa_client_mechanism_at(const smtpauth_client *c, uint8_t index);
const char *smtpa_client_mechanism_name_at(const smtpauth_client *c, uint8_t index); /* "" for none */
uint8_t smtpa_client_kind(const smtpauth_client_mechanism *mechanism);
/* The best of those that may run now, suit a kind in `kinds` and are not in `out`; NO_CLIENT_MECHANISM if there is none. */
uint8_t smtpa_client_choose(const smtpauth_client *c, uint8_t kinds, uint16_t out);
uint8_t smtpa_client_kinds(const smtpauth_client *c);      /* of those that may run now */
uint8_t smtpa_client_find_plain(const smtpauth_client *c); /* listed in the config? */

/* ---- client_auth.c ---- */

/* Goes on with the login: says, asks, or ends it. */
void smtpa_client_log_in(smtpauth_client *c, smtpauth_io *io);
void smtpa_client_challenged(smtpauth_client *c, smtpauth_io *io, const smtpauth_reply *reply);
int32_t smtpa_client_no_credentials(smtpauth_client *c, smtpauth_io *io);
void smtpa_client_exchange_over(smtpauth_client *c);

/* ---- client_refused.c: what a refused login asks for ---- */

void smtpa_client_auth_taken(smtpauth_client *c); /* 235 */
void smtpa_client_auth_refused(smtpauth_client *c, uint16_t code, const smtpauth_advice *advice,
                               bool is_walkable);
void smtpa_client_auth_cancelled(smtpauth_client *c);
/* Nobody is asked for a login any more; a message that waits for it is over. */
void smtpa_client_login_over(smtpauth_client *c);
/* Another secret is asked for, if the limit lets it; this one will not be sent again. */
void smtpa_client_ask_anew(smtpauth_client *c, uint8_t why);
/* TLS begins: who the client was before counts no more (RFC 3207 4.2), nor do refusals that asked for it. */
void smtpa_client_forget_login(smtpauth_client *c);

/* ---- client_guard.c ---- */

void smtpa_client_exchange_seed(const smtpauth_client *c, uint8_t *seed); /* 32 octets */
void smtpa_client_fingerprint(const smtpauth_client *c, const smtpauth_credentials *who, uint8_t *fingerprint);
bool smtpa_client_rejected_now(const smtpauth_client *c, const uint8_t *fingerprint); /* in this session */
bool smtpa_client_was_rejected(const smtpauth_client *c, const smtpauth_credentials *who,
                               const uint8_t *fingerprint);
void smtpa_client_remember_rejected(smtpauth_client *c);
void smtpa_client_condense_seed(smtpauth_client *c, const uint8_t *seed, size_t len);

/* ---- client_mail.c ---- */

/* All replies are in, and no message follows. `cure`: MAIL_LOGIN, MAIL_ENCRYPT, or the message is refused. */
void smtpa_client_leave_transaction(smtpauth_client *c, uint8_t cure);
uint32_t smtpa_client_extensions(const smtpauth_client *c); /* whose parameters may be said */
uint32_t smtpa_client_options(const smtpauth_client *c);    /* for the parser of command.h */
/* The message is over. */
void smtpa_client_message_over(smtpauth_client *c, uint8_t fate);
/* What a refusal of MAIL, RCPT or DATA asks for: MAIL_LOGIN, MAIL_ENCRYPT or MAIL_REFUSED. */
uint8_t smtpa_client_cure(const smtpauth_client *c, const smtpauth_advice *advice);

/* ---- client_group.c ---- */

uint16_t smtpa_client_at_group(smtpauth_client *c, smtpauth_io *io);
void smtpa_client_end_group(smtpauth_client *c); /* no more recipients are asked for */
void smtpa_client_mail_taken(smtpauth_client *c, bool is_yes, const smtpauth_advice *advice);
void smtpa_client_rcpt_taken(smtpauth_client *c, uint16_t code, const smtpauth_advice *advice);

/* ---- client_message.c ---- */

uint16_t smtpa_client_at_message(smtpauth_client *c, smtpauth_io *io);
void smtpa_client_begin_message(smtpauth_client *c, bool is_chunked);
void smtpa_client_give_up_message(smtpauth_client *c, uint16_t reason);
void smtpa_client_chunk_taken(smtpauth_client *c, uint16_t code);
void smtpa_client_end_taken(smtpauth_client *c, uint16_t code);

/* ---- client_result.c ---- */

/* Keeps a refusal as the last, and the first if there is none. */
void smtpa_client_refuse(smtpauth_client *c, uint16_t reason, uint8_t phase);
/* Takes advice about the reply by general rules alone; keeps the refusal. `is_walkable`: the provider book, too, lets the
 * same secret be offered by another mechanism. */
void smtpa_client_judge(smtpauth_client *c, const smtpauth_reply *reply, smtpauth_advice *advice,
                        bool *is_walkable);
uint8_t smtpa_client_phase(uint8_t awaited);
/* Is the refusal only the echo of a login that class 4 refused? Then it is for later too. */
bool smtpa_client_is_for_later(const smtpauth_client *c, uint16_t code, uint16_t reason);
/* The message goes to some: what was said of others is theirs, and no cause of what becomes of it. */
void smtpa_client_forget_recipients(smtpauth_client *c);
void smtpa_client_fill_note(smtpauth_client *c, const smtpauth_io *io, uint16_t due,
                            smtpauth_client_event *event);
void smtpa_client_fill_question(const smtpauth_client *c, smtpauth_client_event *event);

/* ---- client.c ---- */

void smtpa_client_ask(smtpauth_client *c, uint8_t question, uint8_t why);
/* DONE when `question` is open and may be answered now. */
int32_t smtpa_client_may_answer(const smtpauth_client *c, const smtpauth_io *io, uint8_t question);
void smtpa_client_shut(smtpauth_client *c, uint16_t why);
/* The server broke the protocol: noted, and the session is closed. */
void smtpa_client_fault(smtpauth_client *c, uint16_t reason);
/* QUIT is said next, and the session ends for this reason. */
void smtpa_client_quit(smtpauth_client *c, uint16_t why);

#endif
