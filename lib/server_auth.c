/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * AUTH's conduct (RFC 4954 4): beginning an exchange, taking responses, ending it. Who may begin and what an end is
 * worth is the tracker's; what a response says is the mechanism's; whether it is right is the host's (server_verdict.c).
 */

#include <string.h>

#include "internal/server.h"
#include "internal/text.h"

smtpa_turn smtpa_turn_of(smtpauth_server *s, const smtpauth_io *io)
{
    smtpa_turn turn;
    memset(&turn, 0, sizeof turn);
    turn.scratch = (uint8_t *)s->scratch;
    turn.step = &s->exchange_step;
    turn.has_response = s->has_response != 0;
    if (s->line_len > 0 && s->decoded_at + s->decoded_len <= s->line_len && s->line_len <= io->avail_in) {
        turn.response = io->next_in + s->decoded_at;
        turn.response_len = s->decoded_len;
    }
    turn.bindings = s->bindings;
    turn.seed = s->seed;
    turn.nonce = s->nonces;
    turn.policy = s->policy;
    turn.mechanism = s->mechanism != NO_MECHANISM ? smtpa_mechanism(s->policy, s->mechanism) : NULL;
    return turn;
}

smtpa_turn smtpa_recall(smtpauth_server *s, const smtpauth_io *io)
{
    smtpa_turn turn = smtpa_turn_of(s, io);
    if (turn.mechanism != NULL)
        turn.mechanism->recall(&turn);
    return turn;
}

bool smtpa_is_foreign(const smtpa_turn *turn)
{
    return turn->authorization.len > 0 &&
           !smtpauth_secret_equal(turn->authorization.data, turn->authorization.len, turn->identity.data,
                                  turn->identity.len);
}

/* A name of an exchange that failed before its names were checked may hold anything; a log gets none of it. */
static smtpauth_view loggable(smtpauth_view name)
{
    bool is_fit = smtpa_is_identity(name) && smtpauth_utf8_is_valid(name.data, name.len);
    return is_fit ? name : smtpa_view(name.data, 0);
}

static void fill_note(const smtpauth_server *s, smtpauth_event *event)
{
    bool is_guess =
        smtpauth_reason_code(s->auth_reason) > 500 && s->auth_reason != SMTPAUTH_REASON_AUTH_CANCELLED;
    event->reason = s->auth_reason;
    event->code = smtpauth_reason_code(s->auth_reason);
    event->delay_s = is_guess ? smtpa_failure_delay(s->policy) : 0;
}

static void fill_question(const smtpauth_server *s, const smtpa_turn *turn, smtpauth_event *event)
{
    event->password = turn->password;
    event->name = turn->name;
    event->binding = turn->binding;
    if (s->question == SMTPAUTH_ASK_AUTHORIZE)
        event->user = s->user;
    if (s->question == SMTPAUTH_ASK_EXCHANGE) {
        event->response = smtpa_view(turn->response, turn->response_len);
        event->has_response = turn->has_response;
    }
}

void smtpa_fill_auth(smtpauth_server *s, const smtpauth_io *io, smtpauth_event *event)
{
    smtpa_turn turn = smtpa_recall(s, io);
    if (s->mechanism != NO_MECHANISM) {
        const char *name = smtpa_mechanism_name(s->policy, s->mechanism);
        event->mechanism = smtpa_view((const uint8_t *)name, strlen(name));
    }
    event->attempt = s->attempts;
    event->verb = SMTPAUTH_VERB_AUTH;
    event->identity = loggable(turn.identity);
    if (smtpa_is_foreign(&turn))
        event->authorization = loggable(turn.authorization);
    if (event->type == SMTPAUTH_NOTE_AUTH)
        fill_note(s, event);
    else
        fill_question(s, &turn, event);
}

/* Ends the exchange with this reason's reply. `words` may be NULL. */
static int32_t auth_end(smtpauth_server *s, smtpauth_io *io, uint16_t reason, const uint8_t *words, size_t len)
{
    int32_t result = SMTPAUTH_DONE;
    uint16_t code = smtpauth_reason_code(reason);
    bool is_closing = smtpa_is(s, SMTPAUTH_IS_CLOSING);
    smtpa_turn turn = smtpa_recall(s, io);
    if (turn.password.len > 0)
        smtpauth_wipe(io->next_in + (turn.password.data - io->next_in), turn.password.len);
    if (words != NULL)
        result = smtpa_say_words(s, io, reason, words, len);
    else
        smtpa_say(s, io, reason);
    if (reason == SMTPAUTH_REASON_AUTHENTICATED)
        s->authenticated_by = s->mechanism;
    s->auth_reason = reason;
    s->pending |= PENDING_AUTH;
    smtpa_release(s);
    if (is_closing) {
        smtpa_say(s, io, SMTPAUTH_REASON_AUTH_FAILURES);
        smtpa_shut(s, SMTPAUTH_REASON_AUTH_FAILURES);
    } else if (reason == SMTPAUTH_REASON_AUTH_CANCELLED || code == 500 || code / 100 == 4) {
        smtpa_count_bad(s, io);
    }
    return result;
}

static void broken(smtpauth_server *s, smtpauth_io *io, uint16_t reason)
{
    auth_end(s, io, smtpauth_tracker_broken(&s->tracker, reason), NULL, 0);
}

int32_t smtpa_auth_verdict(smtpauth_server *s, smtpauth_io *io, const smtpa_turn *turn, const uint8_t *words,
                           size_t len)
{
    bool is_foreign = smtpa_is_foreign(turn) && !turn->may_act;
    uint16_t reason = smtpauth_tracker_verdict(&s->tracker, turn->verdict, is_foreign);
    /* Words of welcome do not go with a refusal, which a yes to a foreign identity is. */
    bool is_turned = turn->verdict == SMTPAUTH_ACCEPTED && reason != SMTPAUTH_REASON_AUTHENTICATED;
    return auth_end(s, io, reason, is_turned ? NULL : words, len);
}

void smtpa_auth_go_on(smtpauth_server *s, smtpauth_io *io, const smtpa_turn *turn)
{
    switch (turn->outcome) {
    case SMTPA_TURN_ASK:
        s->proven = turn->question == SMTPAUTH_ASK_AUTHORIZE ? PROVEN : 0;
        smtpa_ask(s, (uint8_t)turn->question);
        break;
    case SMTPA_TURN_CHALLENGE:
        smtpa_challenge(io, turn->challenge, turn->challenge_len);
        smtpa_release(s);
        break;
    case SMTPA_TURN_VERDICT:
        smtpa_auth_verdict(s, io, turn, NULL, 0);
        break;
    default:
        broken(s, io, turn->reason);
        break;
    }
}

/* Is "NAME-PLUS" offered beside the mechanism NAME of this exchange? */
static bool offers_plus(const smtpauth_server *s)
{
    static const char plus[] = "-PLUS";
    uint8_t name[32 + sizeof plus];
    const char *plain = smtpa_mechanism_name(s->policy, s->mechanism);
    size_t len = strlen(plain);
    if (len > 32)
        return false;
    memcpy(name, plain, len);
    memcpy(name + len, plus, sizeof plus - 1);
    uint8_t index = smtpa_mechanism_find(s->policy, smtpa_view(name, len + sizeof plus - 1));
    return index != NO_MECHANISM && smtpa_mechanism_is_offered(s, index);
}

/* Hands a response, or the want of one, to the mechanism and does what comes of it. */
static void take(smtpauth_server *s, smtpauth_io *io)
{
    uint8_t challenge[SMTPA_CHALLENGE_MAX];
    smtpa_turn turn = smtpa_turn_of(s, io);
    turn.offers_plus = offers_plus(s);
    turn.challenge = challenge;
    smtpa_mechanism(s->policy, s->mechanism)->take(&turn);
    smtpa_auth_go_on(s, io, &turn);
}

/* Decodes base64 where it lies. */
static bool decode(smtpauth_server *s, smtpauth_io *io, smtpauth_view text)
{
    uint8_t *place = io->next_in + (text.data - io->next_in);
    size_t len;
    if (smtpauth_base64_decode(place, text.data, text.len, &len) != SMTPAUTH_DONE)
        return false;
    s->decoded_at = (uint32_t)(text.data - io->next_in);
    s->decoded_len = (uint32_t)len;
    return true;
}

static uint8_t class_of(const smtpauth_server *s, uint8_t index)
{
    if (index == NO_MECHANISM || (smtpa_mechanism_needs_binding(s->policy, index) && s->bindings == 0))
        return SMTPAUTH_MECHANISM_UNKNOWN;
    if (!smtpa_mechanism_is_offered(s, index))
        return SMTPAUTH_MECHANISM_NEEDS_TLS;
    return smtpa_mechanism_first(s->policy, index);
}

void smtpa_auth(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command)
{
    uint8_t index = smtpa_mechanism_find(s->policy, command->mechanism);
    uint16_t reason = smtpauth_tracker_auth(&s->tracker, class_of(s, index), command->has_initial_response);
    if (reason != 0) {
        smtpa_refuse(s, io, reason, 0);
        return;
    }
    s->mechanism = index;
    s->exchange_step = 0;
    s->has_response = command->has_initial_response;
    if (s->attempts < UINT16_MAX)
        s->attempts++;
    s->nonces++; /* wraps long after the limits have closed the session */
    if (command->has_initial_response && !decode(s, io, command->initial_response))
        broken(s, io, SMTPAUTH_REASON_AUTH_BASE64);
    else
        take(s, io);
}

void smtpa_response(smtpauth_server *s, smtpauth_io *io, bool is_bare_lf)
{
    smtpauth_view line = smtpa_line(s, io);
    s->verb = SMTPAUTH_VERB_AUTH;
    s->has_response = 1;
    if (s->exchange_step == SMTPA_STEP_REFUSED)
        smtpa_auth_refused(s, io);
    else if (smtpauth_text_is(line.data, line.len, "*") && !is_bare_lf)
        broken(s, io, SMTPAUTH_REASON_AUTH_CANCELLED);
    else if (is_bare_lf || !decode(s, io, line))
        broken(s, io, SMTPAUTH_REASON_AUTH_BASE64);
    else
        take(s, io);
}

void smtpa_auth_refused(smtpauth_server *s, smtpauth_io *io)
{
    smtpa_turn turn = smtpa_recall(s, io);
    turn.verdict = SMTPAUTH_REJECTED;
    smtpa_auth_verdict(s, io, &turn, NULL, 0);
}

void smtpa_auth_too_long(smtpauth_server *s, smtpauth_io *io)
{
    if (s->exchange_step == SMTPA_STEP_REFUSED)
        smtpa_auth_refused(s, io);
    else
        broken(s, io, SMTPAUTH_REASON_AUTH_LINE_TOO_LONG);
}
