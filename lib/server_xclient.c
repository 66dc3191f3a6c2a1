/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * XCLIENT (Postfix's XCLIENT_README): a front end tells for whom it speaks, and the session begins anew as that
 * client's. TLS stays, as it is the front end's, and so do the counts. Its client is taken for logged in by one answer
 * alone, which no other question has: the verdict ACCEPTED_AS. What comes behind XCLIENT may be the client's own words,
 * passed through: the first other command ends the trust.
 */

#include "internal/server.h"
#include "internal/text.h"

enum { FRONT_END_SPEAKS = 1, FRONT_END_SPOKE = 2 };

bool smtpa_xclient_is_trusted(const smtpauth_server *s)
{
    return (s->flags & SMTPAUTH_TRUSTED) && s->front_end_spoke != FRONT_END_SPOKE;
}

void smtpa_xclient_behind(smtpauth_server *s)
{
    if (s->front_end_spoke == FRONT_END_SPEAKS && s->verb != SMTPAUTH_VERB_XCLIENT)
        s->front_end_spoke = FRONT_END_SPOKE;
}

smtpauth_view smtpa_xclient_identity(const smtpauth_server *s, const smtpauth_io *io)
{
    smtpauth_command command;
    smtpauth_xclient client;
    bool is_read =
        smtpa_parse(s, io, &command) == 0 &&
        smtpauth_xclient_parse(command.parameters.data, command.parameters.len, &client) == SMTPAUTH_DONE;
    if (!is_read || ((client.unavailable | client.later) & SMTPAUTH_XCLIENT_LOGIN))
        return smtpa_view(io->next_in, 0);
    return client.login;
}

void smtpa_xclient_begin(smtpauth_server *s, bool is_vouched)
{
    uint16_t refused = smtpauth_tracker_happened(&s->tracker, is_vouched ? SMTPAUTH_HAPPENED_XCLIENT_LOGIN
                                                                         : SMTPAUTH_HAPPENED_XCLIENT);
    s->front_end_spoke = FRONT_END_SPEAKS;
    s->authenticated_by = is_vouched && refused == 0 ? (uint8_t)BY_XCLIENT : (uint8_t)NO_MECHANISM;
}

void smtpa_xclient_vouched(smtpauth_server *s, smtpauth_io *io)
{
    smtpa_say(s, io, SMTPAUTH_REASON_GREETING);
    smtpa_release(s);
    smtpa_xclient_begin(s, true);
}
