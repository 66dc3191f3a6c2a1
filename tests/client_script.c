/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "client_player.h"

#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void client_append(text *t, const void *data, size_t len)
{
    t->data = realloc(t->data, t->len + len + 1);
    assert_non_null(t->data);
    if (len > 0)
        memcpy(t->data + t->len, data, len);
    t->len += len;
    t->data[t->len] = '\0';
}

void client_wrong(player *p, const char *what, const char *got)
{
    if (p->is_wrong)
        return;
    p->is_wrong = true;
    const char *end = strchr(p->at, '\n');
    int len = end != NULL ? (int)(end - p->at) : (int)strlen(p->at);
    print_error("%s (cut %zu, out %zu): %s\n  script: %.*s\n  got:    %s\n", p->row->name, p->cut, p->out_cap,
                what, len, p->at, got);
    add_wrong();
}

/* ---- The script ---- */

static bool starts_with(const char *line, const char *prefix)
{
    return strncmp(line, prefix, strlen(prefix)) == 0;
}

static const char *line_behind(const char *at)
{
    const char *end = strchr(at, '\n');
    return end != NULL ? end + 1 : at + strlen(at);
}

/* "S: 250-mx" goes on in the next line, "S: 250 mx" does not. */
static bool ends_reply(const char *line)
{
    size_t code_end = strlen("S: 250");
    return (size_t)(line_behind(line) - line) <= code_end || line[code_end] != '-';
}

static void reply_is_over(player *p, const char *line)
{
    if (ends_reply(line) && p->commands > 0)
        p->commands--;
}

/* What was fed ahead of the script is over as soon as the script comes to it. */
static void drop_early(player *p)
{
    for (; p->early > 0 && starts_with(p->at, "S: "); p->early--) {
        reply_is_over(p, p->at);
        p->at = line_behind(p->at);
    }
}

bool client_next_is(player *p, const char *prefix)
{
    drop_early(p);
    return starts_with(p->at, prefix);
}

/* Takes the script's next line, behind `prefix`, with what ^X stands for. */
text client_take_line(player *p, const char *prefix)
{
    text line = {NULL, 0};
    const char *from = p->at + strlen(prefix), *end = strchr(from, '\n');
    client_append(&line, "", 0);
    if (end == NULL)
        end = from + strlen(from);
    for (const char *c = from; c < end; c++) {
        char octet = *c;
        if (*c == '^' && c + 1 < end && strchr("@AMJ", c[1]) != NULL) {
            octet = (char)(c[1] - '@');
            c++;
        }
        client_append(&line, &octet, 1);
    }
    p->at = *end == '\n' ? end + 1 : end;
    return line;
}

void client_expect_line(player *p, const char *prefix, const char *got)
{
    if (!client_next_is(p, prefix)) {
        client_wrong(p, "another event", got);
        return;
    }
    const char *before = p->at;
    text line = client_take_line(p, "");
    if (strcmp(line.data, got) != 0) {
        p->at = before;
        client_wrong(p, "another event", got);
    }
    free(line.data);
}

static bool is_command(const char *line)
{
    static const char *const verbs[] = {"EHLO ", "HELO ", "LHLO ", "AUTH ", "MAIL ",   "RCPT ",
                                        "DATA",  "BDAT ", "RSET",  "QUIT",  "STARTTLS"};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (starts_with(line, verbs[i]))
            return true;
    return false;
}

void client_match_said(player *p)
{
    for (;;) {
        char *end = p->said.len > 0 ? strstr(p->said.data, "\r\n") : NULL;
        if (end == NULL || p->is_wrong)
            return;
        size_t len = (size_t)(end - p->said.data);
        *end = '\0';
        if (!client_next_is(p, "C: ")) {
            client_wrong(p, "said too much", p->said.data);
            return;
        }
        const char *before = p->at;
        text line = client_take_line(p, "C: ");
        if (line.len != len || memcmp(line.data, p->said.data, len) != 0) {
            p->at = before;
            client_wrong(p, "said something else", p->said.data);
        }
        p->commands += is_command(line.data);
        free(line.data);
        memmove(p->said.data, p->said.data + len + 2, p->said.len - len - 1);
        p->said.len -= len + 2;
    }
}

static void feed_line(player *p)
{
    bool is_whole = *p->at == 'S';
    text line = client_take_line(p, "S: ");
    client_append(&p->feed, line.data, line.len);
    if (is_whole)
        client_append(&p->feed, "\r\n", 2);
    free(line.data);
}

void client_take_server(player *p)
{
    while (client_next_is(p, "S: ") || client_next_is(p, "s: ")) {
        reply_is_over(p, p->at);
        feed_line(p);
    }
}

void client_take_early(player *p)
{
    const char *before = p->at;
    size_t lines = 0, replies = 0;
    while (starts_with(p->at, "C: "))
        p->at = line_behind(p->at);
    for (; replies < p->commands && starts_with(p->at, "S: "); lines++) {
        replies += ends_reply(p->at);
        if (lines < p->early)
            p->at = line_behind(p->at);
        else
            feed_line(p);
    }
    p->early = lines > p->early ? lines : p->early;
    p->at = before;
}
