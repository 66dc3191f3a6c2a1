/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Commands: the tracker says whether a verb may run, the grammar whether its line is well formed, the table below what
 * it does. BDAT is the one verb whose argument is read in every state, as its octets must be swallowed
 * (server_chunk.c).
 */

#include <string.h>

#include "internal/parameter.h"
#include "internal/server.h"
#include "internal/text.h"

uint16_t smtpa_parse(const smtpauth_server *s, const smtpauth_io *io, smtpauth_command *command)
{
    const smtpauth_policy *p = s->policy;
    smtpauth_view line = smtpa_line(s, io), rest;
    uint32_t faults = 0;
    uint8_t verb = smtpauth_command_verb(line.data, line.len, &rest, &faults);
    bool is_bare_lf = s->line_len < 2 || line.len + 2 != s->line_len;
    uint32_t options = (p->flags & SMTPAUTH_LAX_SPACE_OK ? (uint32_t)SMTPAUTH_LAX_SPACE : 0) |
                       (p->flags & SMTPAUTH_LAX_BRACKETS_OK ? (uint32_t)SMTPAUTH_LAX_BRACKETS : 0) |
                       (p->extensions & SMTPAUTH_EXT_SMTPUTF8 ? (uint32_t)SMTPAUTH_WITH_UTF8 : 0) |
                       (s->is_utf8 ? (uint32_t)SMTPAUTH_IN_UTF8 : 0);
    uint32_t extensions = p->extensions | (smtpa_mechanism_count(p) > 0 ? (uint32_t)SMTPAUTH_EXT_AUTH : 0);
    if (is_bare_lf)
        faults |= SMTPAUTH_FAULT_BARE_LF;
    return smtpauth_command_parse(verb, &rest, faults, extensions, options, command);
}

static void done(smtpauth_server *s, smtpauth_io *io, uint16_t reason)
{
    smtpa_say(s, io, reason);
    smtpa_release(s);
}

/* Refuses for a limit of the session: 421. */
static void close_with(smtpauth_server *s, smtpauth_io *io, uint16_t reason)
{
    smtpa_say(s, io, reason);
    smtpa_release(s);
    smtpa_note_error(s, reason, 0);
    smtpa_shut(s, reason);
}

static void do_hello(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command)
{
    (void)command;
    if (s->policy->asks & SMTPAUTH_ASKS_HELLO)
        smtpa_ask(s, SMTPAUTH_ASK_HELLO);
    else
        smtpa_hello(s, io);
}

static void do_starttls(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command)
{
    (void)command;
    if (s->policy->asks & SMTPAUTH_ASKS_STARTTLS) {
        smtpa_ask(s, SMTPAUTH_ASK_STARTTLS);
        return;
    }
    done(s, io, SMTPAUTH_REASON_TLS_READY);
    s->state = STATE_TLS;
}

static smtpauth_view last_release(const smtpauth_policy *p)
{
    return smtpa_view((const uint8_t *)p->future_release_until, strlen(p->future_release_until));
}

/* What MAIL's parameters ask for beyond what EHLO said. */
static uint16_t over_limit(const smtpauth_server *s, const smtpauth_command *command)
{
    const smtpauth_policy *p = s->policy;
    bool is_by_too_short =
        (command->by_mode & SMTPAUTH_BY_RETURN) && command->by < (int64_t)p->deliver_by_min_s;
    if (command->size > smtpa_message_max(p))
        return SMTPAUTH_REASON_MESSAGE_TOO_BIG; /* RFC 1870 6.1 */
    if ((command->present & SMTPAUTH_PARAM_REQUIRETLS) && !smtpa_is(s, SMTPAUTH_IS_TLS))
        return SMTPAUTH_REASON_TLS_FOR_REQUIRETLS; /* RFC 8689 2 */
    if ((command->present & SMTPAUTH_PARAM_BY) && is_by_too_short)
        return SMTPAUTH_REASON_BY_TOO_SHORT; /* RFC 2852 4 */
    if ((command->present & SMTPAUTH_PARAM_HOLDFOR) && command->hold > p->future_release_max_s)
        return SMTPAUTH_REASON_HOLD_TOO_LONG; /* RFC 4865 4 */
    if ((command->present & SMTPAUTH_PARAM_HOLDUNTIL) &&
        smtpa_date_time_is_later(command->hold_until, last_release(p)))
        return SMTPAUTH_REASON_HOLD_TOO_LONG;
    return 0;
}

static void do_mail(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command)
{
    uint16_t reason = over_limit(s, command);
    if (s->policy->messages_max != 0 && s->messages >= s->policy->messages_max)
        close_with(s, io, SMTPAUTH_REASON_TOO_MANY_MESSAGES);
    else if (reason != 0)
        smtpa_refuse(s, io, reason, 0);
    else
        smtpa_ask(s, SMTPAUTH_ASK_MAIL);
}

static void do_rcpt(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command)
{
    (void)command;
    if (s->recipients >= smtpa_recipients_max(s->policy))
        smtpa_refuse(s, io, SMTPAUTH_REASON_TOO_MANY_RECIPIENTS, 0);
    else
        smtpa_ask(s, SMTPAUTH_ASK_RCPT);
}

static void do_data(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command)
{
    (void)command;
    if (s->body == SMTPAUTH_BODY_BINARYMIME)
        smtpa_refuse(s, io, SMTPAUTH_REASON_BINARY_NEEDS_BDAT, 0);
    else
        smtpa_ask(s, SMTPAUTH_ASK_DATA);
}

static void do_rset(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command)
{
    (void)command;
    done(s, io, SMTPAUTH_REASON_OK);
    smtpa_end_transaction(s);
}

static void do_noop(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command)
{
    (void)command;
    done(s, io, SMTPAUTH_REASON_OK);
}

static void do_quit(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command)
{
    (void)command;
    done(s, io, SMTPAUTH_REASON_BYE);
    smtpa_shut(s, SMTPAUTH_REASON_BYE);
}

static void do_help(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command)
{
    (void)command;
    done(s, io, SMTPAUTH_REASON_HELP);
}

static void do_verify(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command)
{
    (void)command;
    if (s->policy->asks & SMTPAUTH_ASKS_VERIFY)
        smtpa_ask(s, SMTPAUTH_ASK_VERIFY);
    else
        done(s, io, SMTPAUTH_REASON_UNVERIFIED);
}

static void do_etrn(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command)
{
    (void)io;
    (void)command;
    smtpa_ask(s, SMTPAUTH_ASK_ETRN);
}

static void do_xclient(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command)
{
    (void)io;
    (void)command;
    smtpa_ask(s, SMTPAUTH_ASK_XCLIENT);
}

typedef struct action {
    void (*run)(smtpauth_server *s, smtpauth_io *io, const smtpauth_command *command);
    bool is_idle; /* brings no mail nearer; counted */
} action;

/* clang-format off */
static const action actions[SMTPAUTH_VERB_COUNT] = {
    [SMTPAUTH_VERB_EHLO]     = {do_hello,    true},
    [SMTPAUTH_VERB_HELO]     = {do_hello,    true},
    [SMTPAUTH_VERB_LHLO]     = {do_hello,    true},
    [SMTPAUTH_VERB_AUTH]     = {smtpa_auth,  false},
    [SMTPAUTH_VERB_STARTTLS] = {do_starttls, false},
    [SMTPAUTH_VERB_MAIL]     = {do_mail,     false},
    [SMTPAUTH_VERB_RCPT]     = {do_rcpt,     false},
    [SMTPAUTH_VERB_DATA]     = {do_data,     false},
    [SMTPAUTH_VERB_RSET]     = {do_rset,     true},
    [SMTPAUTH_VERB_NOOP]     = {do_noop,     true},
    [SMTPAUTH_VERB_QUIT]     = {do_quit,     false},
    [SMTPAUTH_VERB_HELP]     = {do_help,     true},
    [SMTPAUTH_VERB_VRFY]     = {do_verify,   true},
    [SMTPAUTH_VERB_EXPN]     = {do_verify,   true},
    [SMTPAUTH_VERB_ETRN]     = {do_etrn,     true},
    [SMTPAUTH_VERB_XCLIENT]  = {do_xclient,  true},
};
/* clang-format on */

void smtpa_command(smtpauth_server *s, smtpauth_io *io, bool is_bare_lf)
{
    smtpauth_view line = smtpa_line(s, io), rest;
    uint32_t faults;
    s->verb = smtpauth_command_verb(line.data, line.len, &rest, &faults);
    if (is_bare_lf)
        faults |= SMTPAUTH_FAULT_BARE_LF;

    bool is_too_idle = s->idle_commands >= smtpa_idle_commands_max(s->policy);
    if (is_too_idle && s->verb != SMTPAUTH_VERB_QUIT) {
        close_with(s, io, SMTPAUTH_REASON_TOO_IDLE);
        return;
    }
    uint16_t reason = smtpauth_tracker_may(&s->tracker, s->verb);
    if (s->refusal != 0 && s->verb != SMTPAUTH_VERB_QUIT)
        reason = s->refusal;
    smtpa_xclient_behind(s);
    if (reason == 0 && s->verb == SMTPAUTH_VERB_XCLIENT && !smtpa_xclient_is_trusted(s))
        reason = SMTPAUTH_REASON_XCLIENT_REFUSED;
    if (s->verb == SMTPAUTH_VERB_BDAT) {
        smtpa_bdat(s, io, reason);
        return;
    }
    smtpauth_command command;
    if (reason == 0)
        reason = smtpa_parse(s, io, &command);
    if (reason != 0) {
        smtpa_refuse(s, io, reason, faults);
        return;
    }
    if (actions[s->verb].is_idle)
        smtpa_count_idle(s);
    actions[s->verb].run(s, io, &command);
}
