/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Message data through a session against memcpy of the same octets: a message that lies in memory whole, and one that
 * comes through a window which stays in the processor's cache. Lines have 76 octets and CRLF, as base64 and quoted
 * printable make them; every fortieth begins with a stuffed dot.
 */

#include <smtpauth/server.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { LINE_LEN = 78, LINES = 840, WINDOW = LINE_LEN * LINES, WINDOWS = 1024, MESSAGE = WINDOW * WINDOWS };

static const smtpauth_policy policy = {.size = sizeof(smtpauth_policy),
                                       .flags = SMTPAUTH_NO_AUTH,
                                       .hostname = "mail.example.test",
                                       .message_max = UINT64_MAX};

static uint8_t *message, *other;
static size_t window, taken;

static void fail(const char *what)
{
    fprintf(stderr, "data: %s\n", what);
    exit(1);
}

/* Steps as far as the window goes, saying yes to all. Returns what stopped it. */
static uint16_t run(smtpauth_server *s, smtpauth_io *io)
{
    static uint8_t out[4096];
    smtpauth_event event;
    for (;;) {
        uint16_t type = smtpauth_server_step(s, io, &event);
        io->next_out = out;
        io->avail_out = sizeof out;
        if (type == SMTPAUTH_NOTE_DATA)
            taken += event.data.len;
        else if (type == SMTPAUTH_ASK_MESSAGE || type == SMTPAUTH_NEED_INPUT || type == SMTPAUTH_CLOSED)
            return type;
        else
            smtpauth_server_answer(s, io, SMTPAUTH_REASON_OK);
    }
}

static void step_ours(void)
{
    uint8_t before[] = "EHLO me\r\nMAIL FROM:<a@example.test>\r\nRCPT TO:<b@example.test>\r\nDATA\r\n",
            end[] = ".\r\n";
    static uint8_t out[4096];
    smtpauth_server s;
    smtpauth_io io = {before, sizeof before - 1, out, sizeof out};
    taken = 0;
    if (smtpauth_server_init(&s, sizeof s, &policy, 0, NULL, 0) != SMTPAUTH_DONE ||
        run(&s, &io) != SMTPAUTH_NEED_INPUT)
        fail("the session does not begin");
    for (size_t at = 0; at < MESSAGE; at += window) {
        io.next_in = window == MESSAGE ? message + at : message;
        io.avail_in = window;
        if (run(&s, &io) != SMTPAUTH_NEED_INPUT || io.avail_in != 0)
            fail("a window was not taken whole");
    }
    io.next_in = end;
    io.avail_in = sizeof end - 1;
    if (run(&s, &io) != SMTPAUTH_ASK_MESSAGE || taken != MESSAGE - MESSAGE / LINE_LEN / 40)
        fail("the message is not what was sent");
}

static void copy_other(void)
{
    void *(*volatile copy)(void *, const void *, size_t) = memcpy; /* volatile: copied though nobody reads it */
    for (size_t at = 0; at < MESSAGE; at += window)
        copy(other + (window == MESSAGE ? at : 0), message + (window == MESSAGE ? at : 0), window);
}

int main(void)
{
    message = malloc(MESSAGE);
    other = malloc(MESSAGE);
    if (message == NULL || other == NULL)
        fail("no memory");
    for (size_t line = 0; line < MESSAGE / LINE_LEN; line++) {
        uint8_t *at = message + line * LINE_LEN;
        memset(at, 'a' + (int)(line % 26), LINE_LEN - 2);
        memcpy(at + LINE_LEN - 2, "\r\n", 2);
        if (line % 40 == 0)
            memcpy(at, "..", 2);
    }
    memset(other, 0, MESSAGE);
    bench_heading("Message data", "memcpy");
    window = MESSAGE;
    bench_row("  64 MiB that lie in memory", MESSAGE, step_ours, copy_other);
    window = WINDOW;
    bench_row("  64 MiB through a window of 64 KiB", MESSAGE, step_ours, copy_other);
    free(message);
    free(other);
    return 0;
}
