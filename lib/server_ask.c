/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Filling events. A question's views are found again in the window each time, so nothing of them is kept. */

#include <string.h>

#include "internal/server.h"
#include "internal/text.h"

void smtpa_reset_event(smtpauth_event *event, uint16_t type)
{
    memset(event, 0, sizeof *event);
    event->type = type;
}

static void fill_command(const smtpauth_server *s, const smtpauth_io *io, smtpauth_event *event)
{
    smtpauth_command command;
    event->line = smtpa_line(s, io);
    if (smtpa_parse(s, io, &command) != 0)
        return;
    event->present = command.present;
    event->name = command.name;
    event->path = command.path;
    event->local_part = command.local_part;
    event->domain = command.domain;
    event->parameters = command.parameters;
    event->auth = command.auth;
    event->size = command.size;
    event->body = command.body;
    event->envid = command.envid;
    event->orcpt = command.orcpt;
    event->hold_until = command.hold_until;
    event->solicit = command.solicit;
    event->hold = command.hold;
    event->by = command.by;
    event->priority = command.priority;
    event->ret = command.ret;
    event->notify = command.notify;
    event->by_mode = command.by_mode;
    if (command.is_utf8) /* VRFY, EXPN: the one parameter they have */
        event->present = SMTPAUTH_PARAM_SMTPUTF8;
}

void smtpa_fill_question(smtpauth_server *s, const smtpauth_io *io, smtpauth_event *event)
{
    smtpa_reset_event(event, s->question);
    event->asked = s->question;
    event->verb = s->verb;
    switch (s->question) {
    case SMTPAUTH_ASK_PASSWORD:
    case SMTPAUTH_ASK_TOKEN:
    case SMTPAUTH_ASK_SECRET:
    case SMTPAUTH_ASK_AUTHORIZE:
    case SMTPAUTH_ASK_EXTERNAL:
    case SMTPAUTH_ASK_EXCHANGE:
    case SMTPAUTH_ASK_ANONYMOUS:
        smtpa_fill_auth(s, io, event);
        break;
    case SMTPAUTH_ASK_MESSAGE:
        event->size = s->message_size;
        event->faults = s->faults;
        event->body = s->body;
        event->recipients = s->recipients;
        event->index = s->answered;
        break;
    default:
        fill_command(s, io, event);
        event->index = s->question == SMTPAUTH_ASK_RCPT ? s->recipients : 0;
        if (s->question == SMTPAUTH_ASK_RCPT || s->question == SMTPAUTH_ASK_DATA)
            event->recipients = s->recipients;
        if (s->question == SMTPAUTH_ASK_XCLIENT)
            event->identity = smtpa_xclient_identity(s, io);
        break;
    }
}

void smtpa_fill_note(smtpauth_server *s, const smtpauth_io *io, uint16_t type, smtpauth_event *event)
{
    smtpauth_view rest;
    uint32_t faults;
    smtpa_reset_event(event, type);
    if (type == SMTPAUTH_NOTE_AUTH)
        smtpa_fill_auth(s, io, event);
    if (type == SMTPAUTH_NOTE_ERROR || type == SMTPAUTH_NOTE_LINE) {
        event->line = smtpa_line(s, io);
        event->secret = smtpa_secret_part(s, io);
    }
    if (type == SMTPAUTH_NOTE_LINE) {
        bool is_response = smtpauth_tracker_is(&s->tracker, SMTPAUTH_IS_EXCHANGE);
        event->verb = is_response ? (uint8_t)SMTPAUTH_VERB_AUTH
                                  : smtpauth_command_verb(event->line.data, event->line.len, &rest, &faults);
    }
    if (type == SMTPAUTH_NOTE_ERROR) {
        event->verb = s->note_verb;
        event->reason = s->note_reason;
        event->code = smtpauth_reason_code(s->note_reason);
        event->faults = s->note_faults;
    }
}
