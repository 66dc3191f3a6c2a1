/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * A log with each reply explained under it. The commands and replies before it in the log tell where it came from: what
 * was asked, whether TLS and a login are there, and which refusal was the first, of which a 530 may be the echo.
 */

#include "explain.h"
#include "find.h"

#include <smtpauth/reason.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { REPLY_MAX = 16384, INDENT = 6 };

typedef struct log_reader {
    const smtpauth_situation *given; /* what the command line says stands above what the log tells */
    smtpauth_situation session;
    char reply[REPLY_MAX];
    size_t reply_len;
    unsigned code; /* of a reply whose last line has not come; 0: none */
    int phase_told;
    unsigned long line, first_line, replies;
    bool as_json, to_terminal;
    char server[256]; /* the name in the greeting */
} log_reader;

static smtpauth_situation situation(const log_reader *r)
{
    smtpauth_situation at = r->session;
    at.server.data = (const uint8_t *)r->server;
    at.server.len = strlen(r->server);
    if (r->phase_told !=
        0) { /* a line that says itself what it answered: the one before it may be another session's */
        memset(&at, 0, sizeof at);
        at.size = sizeof at;
        at.phase = (uint8_t)r->phase_told;
    }
    if (r->given->phase != 0)
        at.phase = r->given->phase;
    if (r->given->authenticated != 0)
        at.authenticated = r->given->authenticated;
    if (r->given->tls != 0)
        at.tls = r->given->tls;
    if (r->given->secret != 0)
        at.secret = r->given->secret;
    if (r->given->server.len != 0)
        at.server = r->given->server;
    return at;
}

static void print_under(const smtpauth_advice *advice)
{
    unsigned width = text_width();
    printf("  --> %s (%s)%s%s\n", smtpauth_reason_words(advice->reason, SMTPAUTH_WORDS_TITLE),
           smtpauth_reason_words(advice->reason, SMTPAUTH_WORDS_NAME),
           advice->cause != SMTPAUTH_CAUSE_NONE ? ", action: " : "",
           advice->cause != SMTPAUTH_CAUSE_NONE ? smtpauth_action_name(advice->action) : "");
    if (advice->cause == SMTPAUTH_CAUSE_NONE)
        return;
    text_paragraph("", smtpauth_reason_words(advice->reason, SMTPAUTH_WORDS_FIX), INDENT, width);
    if (advice->provider == 0)
        return;
    printf("%*s%s:\n", INDENT, "",
           smtpauth_provider_words(smtpauth_providers, advice->provider, SMTPAUTH_PROVIDER_TITLE));
    text_paragraph("", smtpauth_provider_words(smtpauth_providers, advice->provider, SMTPAUTH_PROVIDER_REMEDY),
                   INDENT, width);
}

/* What the client now knows of the session. */
static void learn(log_reader *r, const smtpauth_advice *advice)
{
    smtpauth_situation *s = &r->session;
    const char *reply = r->reply;
    if (r->phase_told != 0)
        return;
    if (advice->code == 220 && s->phase == SMTPAUTH_PHASE_STARTTLS) {
        s->tls = SMTPAUTH_YES;
        s->authenticated = SMTPAUTH_NO;
    } else if (advice->code == 220) {
        memset(s, 0, sizeof *s);
        s->size = sizeof *s;
        s->authenticated = SMTPAUTH_NO;
        snprintf(r->server, sizeof r->server, "%.*s", (int)strcspn(reply + 4, " \r\n"), reply + 4);
    } else if (advice->code == 250 && s->phase == SMTPAUTH_PHASE_HELLO) {
        s->tls_offered = find_word(reply, r->reply_len, "STARTTLS") ? SMTPAUTH_YES : SMTPAUTH_NO;
        s->auth_offered = find_word(reply, r->reply_len, "AUTH") ? SMTPAUTH_YES : SMTPAUTH_NO;
        if (s->tls == SMTPAUTH_UNKNOWN && s->tls_offered == SMTPAUTH_YES)
            s->tls = SMTPAUTH_NO;
        if (s->authenticated == SMTPAUTH_UNKNOWN)
            s->authenticated = SMTPAUTH_NO;
    } else if (advice->code == 235) {
        s->authenticated = SMTPAUTH_YES;
        s->first_refusal = 0;
        s->attempts = 0;
    } else if (advice->code == 354) {
        s->phase = SMTPAUTH_PHASE_MESSAGE;
    } else if (s->phase == SMTPAUTH_PHASE_AUTH && advice->code >= 400) {
        s->attempts = (uint8_t)(s->attempts + (s->attempts < UINT8_MAX));
        if (s->first_refusal == 0)
            s->first_refusal = advice->reason;
    }
}

static void explain_reply(log_reader *r)
{
    if (r->code == 0)
        return;
    smtpauth_situation at = situation(r);
    smtpauth_advice advice = answer_advise((const uint8_t *)r->reply, r->reply_len, &at);
    r->code = 0;
    r->replies++;
    if (r->as_json) {
        json_object object = json_begin(stdout);
        json_number(&object, "line", r->first_line);
        answer_json(&object, (const uint8_t *)r->reply, r->reply_len, &advice);
        json_end(&object);
    } else {
        print_under(&advice);
    }
    learn(r, &advice);
}

static void take_reply(log_reader *r, const found_reply *found)
{
    if (r->code != found->code) {
        explain_reply(r);
        r->code = found->code;
        r->reply_len = 0;
        r->first_line = r->line;
        r->phase_told = found->phase;
    }
    size_t room = REPLY_MAX - r->reply_len;
    if (found->words_len + 8 < room)
        r->reply_len += (size_t)snprintf(r->reply + r->reply_len, room, "%03u%c%.*s\r\n", found->code,
                                         found->is_last ? ' ' : '-', (int)found->words_len, found->words);
    if (found->is_last)
        explain_reply(r);
}

static void take_line(log_reader *r, const char *line, size_t len)
{
    found_reply found = find_reply(line, len);
    if (found.code == 0 || found.code != r->code)
        explain_reply(r);
    if (!r->as_json) {
        if (r->to_terminal)
            text_foreign(stdout, (const uint8_t *)line, len);
        else
            fwrite(line, 1, len, stdout);
        putchar('\n');
    }
    if (found.code != 0) {
        take_reply(r, &found);
        return;
    }
    int phase = find_command(line, len);
    if (phase != SMTPAUTH_PHASE_UNKNOWN)
        r->session.phase = (uint8_t)phase;
}

int log_run(FILE *in, const smtpauth_situation *given, bool as_json)
{
    log_reader *r = calloc(1, sizeof *r);
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    if (r == NULL)
        return EX_OSERR;
    r->given = given;
    r->session.size = sizeof r->session;
    r->as_json = as_json;
    r->to_terminal = isatty(STDOUT_FILENO) != 0;
    while ((len = getline(&line, &cap, in)) >= 0) {
        if (len > 0 && line[len - 1] == '\n')
            len--;
        if (len > 0 && line[len - 1] == '\r')
            len--;
        r->line++;
        take_line(r, line, (size_t)len);
    }
    explain_reply(r);
    bool found_any = r->replies > 0;
    free(line);
    free(r);
    if (ferror(in))
        return EX_IOERR;
    if (!found_any)
        fprintf(stderr, "explain: no SMTP reply in this\n");
    return found_any ? EX_OK : EX_DATAERR;
}
