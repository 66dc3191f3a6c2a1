/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * AUTH (RFC 4954 4): asks for credentials at each use, chooses the mechanism, says its responses. An initial response
 * that does not fit a command line is left out and said after the 334. A challenge waits, decoded, in the window.
 */

#include <string.h>

#include <smtpauth/text.h>

#include "internal/client.h"
#include "internal/text.h"
#include "sasl/client.h"

enum { CHUNK = 48, CHUNK_ENCODED = 64 };

typedef char client_size[sizeof(smtpauth_client) <= 512 ? 1 : -1]; /* 512 with pointers of 8 octets */

/* Encodes what lies at the end of the room for its encoding, from its begin: what is written never reaches what is still
 * to be read, as each 48 octets are copied out before they become 64. */
static void encode_in_place(uint8_t *out, const uint8_t *raw, size_t len)
{
    uint8_t chunk[CHUNK];
    while (len > 0) {
        size_t n = len < CHUNK ? len : CHUNK, encoded;
        memcpy(chunk, raw, n);
        (void)smtpauth_base64_encode(out, CHUNK_ENCODED, chunk, n, &encoded);
        raw += n;
        len -= n;
        out += encoded;
    }
    smtpauth_wipe(chunk, sizeof chunk);
}

/* A line that is being made, and what may go into it. */
typedef struct response {
    smtpa_emit e;
    const smtpauth_view *challenge; /* NULL: initial */
    const smtpauth_credentials *who;
    size_t line_max; /* with CRLF; a longer initial response is left out */
} response;

/* Appends the next response in base64; for an initial one the blank before it, "=" when it is empty. Returns what the
 * exchange says; E_OUTPUT when it does not fit the window, WAIT when it is to be left out. */
static int32_t append_response(smtpauth_client *c, response *r)
{
    size_t len = 0;
    bool is_initial = r->challenge == NULL;
    int32_t result = smtpauth_exchange_step(&c->exchange, r->challenge, r->who, NULL, 0, &len);
    if (result == SMTPAUTH_EXCHANGE_SEND) {
        smtpa_emit_text(&r->e, is_initial ? " =" : "");
        return result;
    }
    if (result != SMTPAUTH_E_OUTPUT)
        return result;
    size_t encoded = smtpauth_base64_encoded_len(len), blank = is_initial ? 1 : 0;
    if (len > SIZE_MAX / 4)
        return SMTPAUTH_E_OUTPUT;
    if (is_initial && r->e.len + blank + encoded + 2 > r->line_max)
        return SMTPAUTH_EXCHANGE_WAIT;
    if (r->e.len + blank + encoded + 2 > r->e.cap)
        return SMTPAUTH_E_OUTPUT;
    uint8_t *at = r->e.out + r->e.len + blank, *raw = at + encoded - len;
    result = smtpauth_exchange_step(&c->exchange, r->challenge, r->who, raw, len, &len);
    if (result != SMTPAUTH_EXCHANGE_SEND)
        return result;
    encode_in_place(at, raw, len);
    if (is_initial)
        at[-1] = ' ';
    r->e.len += blank + encoded;
    return result;
}

static int32_t begin_exchange(smtpauth_client *c, uint8_t index)
{
    const smtpauth_client_config *p = c->config;
    smtpauth_exchange_config config;
    uint8_t seed[32];
    memset(&config, 0, sizeof config);
    config.size = sizeof config;
    config.iterations_min = p->iterations_min;
    config.iterations_max = p->iterations_max;
    config.slice = p->slice;
    config.crypto = p->crypto;
    config.server_offered_plus = (c->mechanisms_plus >> index & 1) != 0;
    smtpa_client_exchange_seed(c, seed);
    int32_t result = smtpauth_exchange_begin(&c->exchange, sizeof c->exchange,
                                             smtpa_client_mechanism_at(c, index), &config, seed, sizeof seed);
    smtpauth_wipe(seed, sizeof seed);
    return result;
}

/* Where the server speaks first, unfit credentials would show too late. Both such mechanisms, LOGIN and CRAM-MD5, want the
 * same of them. */
static bool is_fit(const smtpauth_client_mechanism *mechanism, const smtpauth_credentials *who)
{
    if (!(smtpauth_client_mechanism_facts(mechanism) & SMTPAUTH_MECHANISM_SERVER_SPEAKS))
        return true;
    return smtpa_client_has(who->identity) && smtpa_client_has(who->secret) && smtpa_client_acts_as_itself(who);
}

/* AUTH by this mechanism. DONE when it was said; else nothing was. */
static int32_t say_auth(smtpauth_client *c, smtpauth_io *io, uint8_t index, const smtpauth_credentials *who)
{
    response r = {smtpa_emit_begin(io), NULL, who, CLIENT_COMMAND_MAX};
    if (!is_fit(smtpa_client_mechanism_at(c, index), who))
        return SMTPAUTH_E_ANSWER;
    int32_t result = begin_exchange(c, index);
    if (result != SMTPAUTH_DONE)
        return result;
    smtpa_emit_text(&r.e, "AUTH ");
    smtpa_emit_text(&r.e, smtpa_client_mechanism_name_at(c, index));
    size_t secret_at = r.e.len;
    result = smtpa_client_has_mark(c, WANTS_NO_INITIAL) ? SMTPAUTH_EXCHANGE_WAIT : append_response(c, &r);
    if (result != SMTPAUTH_EXCHANGE_SEND && result != SMTPAUTH_EXCHANGE_WAIT) {
        smtpauth_exchange_end(&c->exchange);
        return result;
    }
    (void)smtpa_emit_say(c, io, &r.e, secret_at);
    smtpa_client_await(c, AWAIT_AUTH);
    c->marks &= ~(uint32_t)(HAS_INITIAL | IS_SAME_SECRET);
    c->marks |= result == SMTPAUTH_EXCHANGE_SEND ? HAS_INITIAL : 0;
    c->mechanism = index;
    c->login = LOGIN_OPEN;
    c->attempts = (uint8_t)(c->attempts < UINT8_MAX ? c->attempts + 1 : UINT8_MAX);
    return SMTPAUTH_DONE;
}

static uint8_t kind_of_secret(const smtpauth_credentials *who)
{
    if (who->secret.len == 0)
        return SMTPAUTH_KIND_NONE;
    return who->is_token ? SMTPAUTH_KIND_TOKEN : SMTPAUTH_KIND_PASSWORD;
}

/* The first mechanism that can use them. */
static int32_t begin_login(smtpauth_client *c, smtpauth_io *io, const smtpauth_credentials *who)
{
    uint16_t out = c->mechanisms_out;
    if (smtpa_client_has_mark(c, WANTS_NO_INITIAL))
        out = (uint16_t) ~(1u << c->mechanism);
    if (smtpa_client_has_mark(c, IS_OVER_PLAIN))
        out = (uint16_t) ~(1u << smtpa_client_find_plain(c));
    for (;;) {
        uint8_t index = smtpa_client_choose(c, kind_of_secret(who), out);
        if (index == NO_CLIENT_MECHANISM)
            return SMTPAUTH_E_ANSWER;
        int32_t result = say_auth(c, io, index, who);
        if (result != SMTPAUTH_E_ANSWER)
            return result;
        out = (uint16_t)(out | 1u << index);
    }
}

static void fail_exchange(smtpauth_client *c, uint16_t reason)
{
    c->marks |= WANTS_CANCEL;
    c->note_reason = reason;
    c->state = AT_NEXT;
    c->question = 0;
    smtpa_client_refuse(c, reason, SMTPAUTH_PHASE_AUTH);
}

/* A challenge that is none: of a server that should prove itself, this is the proof that fails. */
static uint16_t fault_of_challenge(const smtpauth_client *c)
{
    const smtpauth_client_mechanism *mechanism = smtpa_client_mechanism_at(c, c->mechanism);
    bool is_proof = (smtpauth_client_mechanism_facts(mechanism) & SMTPAUTH_MECHANISM_PROVES_SERVER) != 0;
    return is_proof ? SMTPAUTH_REASON_SERVER_UNPROVEN : SMTPAUTH_REASON_REPLY_UNEXPECTED;
}

/* The response to the challenge that is held. */
static int32_t say_response(smtpauth_client *c, smtpauth_io *io, const smtpauth_credentials *who)
{
    smtpauth_view challenge = smtpa_view(io->next_in, c->decoded_len);
    response r = {smtpa_emit_begin(io), &challenge, who, 0};
    int32_t result = append_response(c, &r);
    if (result == SMTPAUTH_EXCHANGE_AGAIN) {
        smtpa_client_ask(c, SMTPAUTH_ASK_CREDENTIALS, SMTPAUTH_WHY_AGAIN);
        return SMTPAUTH_DONE;
    }
    if (result == SMTPAUTH_E_OUTPUT || result == SMTPAUTH_E_ARGUMENT)
        return result;
    if (result != SMTPAUTH_EXCHANGE_SEND) {
        fail_exchange(c, result == SMTPAUTH_E_WORDS ? fault_of_challenge(c) : SMTPAUTH_REASON_AUTH_CANCELLED);
        return result == SMTPAUTH_E_WORDS ? SMTPAUTH_DONE : SMTPAUTH_E_ANSWER;
    }
    (void)smtpa_emit_say(c, io, &r.e, 0);
    smtpa_client_await(c, AWAIT_AUTH);
    smtpa_client_release(c, io);
    c->question = 0;
    return SMTPAUTH_DONE;
}

void smtpa_client_challenged(smtpauth_client *c, smtpauth_io *io, const smtpauth_reply *reply)
{
    size_t at = (size_t)(reply->text.data - io->next_in), len = 0;
    c->pending = (uint16_t)(c->pending & ~DUE_RELEASE);
    (void)smtpauth_base64_decode(io->next_in + at, reply->text.data, reply->text.len, &len);
    memmove(io->next_in, io->next_in + at, len);
    c->decoded_len = (uint16_t)len;
}

/* Steps that only answer what the server said need nobody's secret: the end of a refused token, a checked signature. */
static bool needs_credentials(const smtpauth_client *c)
{
    uint32_t facts = smtpauth_client_mechanism_facts(c->exchange.mechanism);
    if (c->exchange.step == 0)
        return true;
    return !(facts & SMTPAUTH_MECHANISM_WANTS_TOKEN) &&
           !((facts & SMTPAUTH_MECHANISM_PROVES_SERVER) && c->exchange.step > 1);
}

static void answer_challenge(smtpauth_client *c, smtpauth_io *io)
{
    smtpauth_credentials nobody;
    bool is_over = c->exchange.step >= c->exchange.mechanism->responses;
    if (!is_over && needs_credentials(c)) {
        smtpa_client_ask(c, SMTPAUTH_ASK_CREDENTIALS, SMTPAUTH_WHY_AGAIN);
        return;
    }
    memset(&nobody, 0, sizeof nobody);
    nobody.size = sizeof nobody;
    (void)say_response(c, io, &nobody);
}

void smtpa_client_log_in(smtpauth_client *c, smtpauth_io *io)
{
    if (smtpa_client_has_mark(c, WANTS_CANCEL)) {
        smtpa_client_release(c, io);
        c->marks &= ~(uint32_t)WANTS_CANCEL;
        smtpa_client_say(c, io, "*", "", AWAIT_CANCEL);
    } else if (c->login == LOGIN_OPEN) {
        answer_challenge(c, io);
    } else if (smtpa_client_kinds(c) == 0) {
        smtpa_client_refuse(c, SMTPAUTH_REASON_NO_MECHANISM, SMTPAUTH_PHASE_AUTH);
        smtpa_client_login_over(c);
    } else {
        smtpa_client_ask(c, SMTPAUTH_ASK_CREDENTIALS, c->login_why);
    }
}

int32_t smtpa_client_no_credentials(smtpauth_client *c, smtpauth_io *io)
{
    (void)io;
    c->question = 0;
    c->state = AT_NEXT;
    if (c->login == LOGIN_OPEN)
        fail_exchange(c, SMTPAUTH_REASON_AUTH_CANCELLED);
    else if (c->why_asked == SMTPAUTH_WHY_FIRST)
        c->login = LOGIN_DECLINED;
    else
        smtpa_client_login_over(c);
    return SMTPAUTH_DONE;
}

static bool is_sound(const smtpauth_credentials *who)
{
    const smtpauth_view views[] = {who->identity, who->authorization, who->secret,
                                   who->host,     who->binding_type,  who->binding};
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
        if (views[i].data == NULL && views[i].len > 0)
            return false;
    bool has_rejected = who->rejected != NULL || who->rejected_count == 0;
    return who->size == sizeof *who && who->reserved8[0] == 0 && has_rejected &&
           smtpa_client_is_clear(who->reserved, sizeof who->reserved / sizeof who->reserved[0]);
}

/* It is not sent; what follows is what a 535 would have asked for. */
static int32_t hold_back(smtpauth_client *c, const smtpauth_credentials *who)
{
    c->question = 0;
    c->state = AT_NEXT;
    c->pending |= DUE_AUTH;
    c->note_reason = SMTPAUTH_REASON_REJECTED_BEFORE;
    smtpa_client_refuse(c, SMTPAUTH_REASON_REJECTED_BEFORE, SMTPAUTH_PHASE_AUTH);
    smtpa_client_remember_rejected(c); /* each time, so that it is not asked for ever */
    smtpa_client_ask_anew(c, who->is_token ? SMTPAUTH_WHY_TOKEN : SMTPAUTH_WHY_REJECTED);
    return SMTPAUTH_DONE;
}

/* As if none were given. */
static int32_t unfit(smtpauth_client *c, smtpauth_io *io)
{
    (void)smtpa_client_no_credentials(c, io);
    return SMTPAUTH_E_ANSWER;
}

int32_t smtpauth_client_credentials(smtpauth_client *c, smtpauth_io *io, const smtpauth_credentials *who)
{
    uint8_t fingerprint[SMTPAUTH_FINGERPRINT];
    int32_t result = smtpa_client_may_answer(c, io, SMTPAUTH_ASK_CREDENTIALS);
    if (result != SMTPAUTH_DONE)
        return result;
    if (who == NULL)
        return smtpa_client_no_credentials(c, io);
    if (!is_sound(who))
        return SMTPAUTH_E_ARGUMENT;
    smtpa_client_fingerprint(c, who, fingerprint);
    bool is_same = memcmp(fingerprint, c->fingerprint, sizeof fingerprint) == 0;
    if (c->login == LOGIN_OPEN) {
        result = is_same ? say_response(c, io, who) : unfit(c, io);
        return result == SMTPAUTH_E_OUTPUT && !smtpa_client_may_wait_for_room(c, io) ? unfit(c, io) : result;
    }
    const uint32_t marks = c->marks;
    if (!is_same)
        c->marks &= ~(uint32_t)(WANTS_NO_INITIAL | IS_OVER_PLAIN | IS_SAME_SECRET);
    bool is_one_more = is_same && smtpa_client_has_mark(c, IS_SAME_SECRET); /* as the engine asked for */
    if (!is_one_more && smtpa_client_was_rejected(c, who, fingerprint)) {
        memcpy(c->fingerprint, fingerprint, sizeof fingerprint);
        return hold_back(c, who);
    }
    result = begin_login(c, io, who);
    bool is_too_long = result == SMTPAUTH_E_OUTPUT && !smtpa_client_may_wait_for_room(c, io);
    if (result == SMTPAUTH_E_ANSWER || is_too_long)
        return unfit(c, io);
    if (result != SMTPAUTH_DONE) {
        c->marks = marks;
        return result;
    }
    memcpy(c->fingerprint, fingerprint, sizeof fingerprint);
    c->marks = who->is_token ? c->marks | IS_TOKEN : c->marks & ~(uint32_t)IS_TOKEN;
    c->question = 0;
    return SMTPAUTH_DONE;
}
