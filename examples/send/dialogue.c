/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "dialogue.h"
#include "words.h"

#include <stdio.h>

void dialogue_connected(const struct session *session)
{
    if (session->options->is_verbose)
        fprintf(stderr, "-- %s port %s\n", session->connection.peer, session->options->port);
}

void dialogue_tls(const struct session *session)
{
    if (session->options->is_verbose)
        fprintf(stderr, "-- %s, certificate %schecked, channel binding %s\n", session->report->tls,
                session->options->is_insecure ? "not " : "",
                session->binding_len > 0 ? session->binding_type : "none");
}

void dialogue_message(const struct session *session)
{
    if (session->options->is_verbose)
        fprintf(stderr, "C: (the message, %llu octets)\n", (unsigned long long)session->message->octets);
}

static void print_line(const smtpauth_client_event *event)
{
    size_t shown = event->secret.len > 0 ? (size_t)(event->secret.data - event->line.data) : event->line.len;
    size_t behind = event->secret.len > 0 ? shown + event->secret.len : shown;
    fputs("C: ", stderr);
    words_print(stderr, (smtpauth_view){event->line.data, shown});
    if (event->secret.len > 0)
        fputs(*event->secret.data == ' ' ? " ****" : "****", stderr);
    words_print(stderr, (smtpauth_view){event->line.data + behind, event->line.len - behind});
    putc('\n', stderr);
}

static void print_reply(smtpauth_view rest)
{
    smtpauth_view line;
    while (words_next_line(&rest, &line)) {
        fputs("S: ", stderr);
        words_print(stderr, line);
        putc('\n', stderr);
    }
}

void dialogue_note(const struct session *session, const smtpauth_client_event *event)
{
    if (!session->options->is_verbose)
        return;
    if (event->type == SMTPAUTH_NOTE_LINE && event->line.data != NULL)
        print_line(event);
    else if (event->type == SMTPAUTH_NOTE_REPLY)
        print_reply(event->raw);
    else if (event->type == SMTPAUTH_NOTE_ERROR)
        fprintf(stderr, "-- %s\n", smtpauth_reason_words(event->reason, SMTPAUTH_WORDS_TITLE));
}
