/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * AUTH's conduct (RFC 4954 4): beginning an exchange, taking responses, ending it. Who may begin and what an end is
 * worth is the tracker's; what a response says is the mechanism's; whether it is right is the host's.
 */

#include "internal/server.h"
#include "internal/text.h"

static uint8_t *scratch_of(smtpauth_server *s)
{
    return (uint8_t *)s->scratch;
}

static smtpa_turn recall(const smtpauth_server *s, const smtpauth_io *io)
{
    smtpa_turn turn = {0};
    if (s->mechanism == NO_MECHANISM)
        return turn;
    turn.has_response = true;
    if (s->line_len > 0 && s->decoded_at + s->decoded_len <= s->line_len && s->line_len <= io->avail_in)
        turn.response = smtpa_view(io->next_in + s->decoded_at, s->decoded_len);
    smtpa_mechanism(s->policy, s->mechanism)->recall((const uint8_t *)s->scratch, &turn);
    return turn;
}

static bool is_foreign(const smtpa_turn *turn)
{
    return turn->authorization.len > 0 &&
           !smtpauth_secret_equal(turn->authorization.data, turn->authorization.len, turn->identity.data,
                                  turn->identity.len);
}

/* A name of an exchange that failed before its names were checked may hold anything; a log gets none of it. */
static smtpauth_view loggable(smtpauth_view name)
{
    bool is_fit = name.len <= SMTPAUTH_IDENTITY_MAX && smtpauth_utf8_is_valid(name.data, name.len) &&
                  !smtpa_has_control(name);
    return is_fit ? name : smtpa_view(name.data, 0);
}

void smtpa_fill_auth(const smtpauth_server *s, const smtpauth_io *io, smtpauth_event *event)
{
    smtpa_turn turn = recall(s, io);
    if (s->mechanism != NO_MECHANISM) {
        const char *name = smtpauth_mechanism_name(smtpa_mechanism(s->policy, s->mechanism));
        event->mechanism = smtpa_view((const uint8_t *)name, 0);
        while (name[event->mechanism.len] != '\0')
            event->mechanism.len++;
    }
    event->attempt = s->attempts;
    event->verb = SMTPAUTH_VERB_AUTH;
    event->identity = loggable(turn.identity);
    if (is_foreign(&turn))
        event->authorization = loggable(turn.authorization);
    if (event->type == SMTPAUTH_NOTE_AUTH) {
        bool is_guess =
            smtpauth_reason_code(s->auth_reason) > 500 && s->auth_reason != SMTPAUTH_REASON_AUTH_CANCELLED;
        event->reason = s->auth_reason;
        event->code = smtpauth_reason_code(s->auth_reason);
        event->delay_s = is_guess ? smtpa_failure_delay(s->policy) : 0;
    } else {
        event->password = turn.password;
    }
}

int32_t smtpa_auth_end(smtpauth_server *s, smtpauth_io *io, uint16_t reason, const uint8_t *words, size_t len)
{
    int32_t result = SMTPAUTH_DONE;
    uint16_t code = smtpauth_reason_code(reason);
    bool is_closing = smtpa_is(s, SMTPAUTH_IS_CLOSING);
    smtpa_turn turn = recall(s, io);
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
    smtpa_auth_end(s, io, smtpauth_tracker_broken(&s->tracker, reason), NULL, 0);
}

/* Hands a response, or the want of one, to the mechanism and does what comes of it. */
static void take(smtpauth_server *s, smtpauth_io *io, bool has_response)
{
    smtpa_turn turn = {0};
    turn.has_response = has_response;
    if (has_response)
        turn.response = smtpa_view(io->next_in + s->decoded_at, s->decoded_len);
    smtpa_mechanism(s->policy, s->mechanism)->take(scratch_of(s), &s->exchange_step, &turn);
    if (turn.outcome == SMTPA_TURN_ASK) {
        smtpa_ask(s, SMTPAUTH_ASK_PASSWORD);
    } else if (turn.outcome == SMTPA_TURN_CHALLENGE) {
        smtpa_challenge(io, turn.challenge);
        smtpa_release(s);
    } else {
        broken(s, io, turn.reason);
    }
}

/* Decodes base64 where it lies, `at` octets into the line. */
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

static uint8_t find_mechanism(const smtpauth_policy *p, smtpauth_view name)
{
    for (uint8_t i = 0; i < smtpa_mechanism_count(p); i++)
        if (smtpauth_text_is(name.data, name.len, smtpauth_mechanism_name(smtpa_mechanism(p, i))))
            return i;
    return NO_MECHANISM;
}

static uint8_t class_of(const smtpauth_server *s, uint8_t index)
{
    if (index == NO_MECHANISM)
        return SMTPAUTH_MECHANISM_UNKNOWN;
    if (smtpa_mechanism_needs_tls(s->policy, index) && !smtpa_is(s, SMTPAUTH_IS_TLS))
        return SMTPAUTH_MECHANISM_NEEDS_TLS;
    return smtpa_mechanism(s->policy, index)->first;
}

void smtpa_auth(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command)
{
    uint8_t index = find_mechanism(s->policy, command->mechanism);
    uint16_t reason = smtpauth_tracker_auth(&s->tracker, class_of(s, index), command->has_initial_response);
    if (reason != 0) {
        smtpa_refuse(s, io, reason, 0);
        return;
    }
    s->mechanism = index;
    s->exchange_step = 0;
    if (s->attempts < UINT16_MAX)
        s->attempts++;
    if (command->has_initial_response && !decode(s, io, command->initial_response))
        broken(s, io, SMTPAUTH_REASON_AUTH_BASE64);
    else
        take(s, io, command->has_initial_response);
}

void smtpa_response(smtpauth_server *s, smtpauth_io *io, bool is_bare_lf)
{
    smtpauth_view line = smtpa_line(s, io);
    s->verb = SMTPAUTH_VERB_AUTH;
    if (smtpauth_text_is(line.data, line.len, "*") && !is_bare_lf)
        broken(s, io, SMTPAUTH_REASON_AUTH_CANCELLED);
    else if (is_bare_lf || !decode(s, io, line))
        broken(s, io, SMTPAUTH_REASON_AUTH_BASE64);
    else
        take(s, io, true);
}

int32_t smtpauth_server_verdict(smtpauth_server *s, smtpauth_io *io, int32_t verdict, const uint8_t *words,
                                size_t words_len)
{
    if (s == NULL || io == NULL || (words == NULL && words_len > 0) || !smtpa_window_holds_line(s, io))
        return SMTPAUTH_E_ARGUMENT;
    if (s->state != STATE_QUESTION)
        return SMTPAUTH_E_STATE;
    if (s->question != SMTPAUTH_ASK_PASSWORD) {
        int32_t refused = smtpauth_server_answer(s, io, 0);
        return refused == SMTPAUTH_DONE ? (int32_t)SMTPAUTH_E_ANSWER : refused;
    }
    if (io->next_out == NULL || io->avail_out < SMTPAUTH_REPLY_MAX)
        return SMTPAUTH_E_OUTPUT;
    bool is_verdict = verdict >= SMTPAUTH_ACCEPTED && verdict <= SMTPAUTH_TRY_LATER;
    smtpa_turn turn = recall(s, io);
    uint16_t reason = smtpauth_tracker_verdict(&s->tracker, verdict, is_foreign(&turn));
    int32_t result = smtpa_auth_end(s, io, reason, is_verdict ? words : NULL, words_len);
    return is_verdict ? result : (int32_t)SMTPAUTH_E_ANSWER;
}
