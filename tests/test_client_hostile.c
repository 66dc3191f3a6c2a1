/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Servers that break the rules: whatever they send, the session ends with a reason, after bounded work, and nothing secret
 * was said. Sources: RFC 5321 4.2 and 4.3.2 (what a reply is, and to what), RFC 3207 4.2 and 6, RFC 5802 5; field-notes 17
 * and 18.
 */

#include "chance.h"
#include "client_lines.h"
#include "client_play.h"

#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MALFORMED  "! error reply-malformed\nclosed reply-malformed\n"
#define UNEXPECTED "! error reply-unexpected\nclosed reply-unexpected\n"
#define LATER      "! message later resend\n"

static const client_row reply_rows[] = {
    {.name = "HTTP", .script = "S: HTTP/1.1 400 Bad Request\n" MALFORMED},
    {.name = "no digits", .script = "S: hello\n" MALFORMED},
    {.name = "two digits", .script = "S: 22 mx\n" MALFORMED},
    {.name = "four digits", .script = "S: 2200 mx\n" MALFORMED},
    {.name = "a code below 200", .script = "S: 120 mx\n" MALFORMED},
    {.name = "a code over 599", .script = "S: 620 mx\n" MALFORMED},
    {.name = "an empty line", .script = "s: ^M^J\n" MALFORMED},
    {.name = "a NUL", .script = "S: 220 m^@x\n" MALFORMED},
    {.name = "codes that change", .script = "S: 220-mx\nS: 221 mx\n" MALFORMED},
    {.name = "codes that change in EHLO", .script = HELLO "S: 250-mx\nS: 550 mx\n" MALFORMED},
    {.name = "8-bit words are let be",
     .script = "S: 220 m\xE4x \xFF\nC: EHLO client.example.test\nS: 250 \x80\n" ALICE "S: 250 ok\n" BOB_TAKEN
               "C: DATA\nS: 354 \xFE\n" TEXT SENT QUIT},
    {.name = "334 as greeting", .script = "S: 334 AAAA\n" UNEXPECTED},
    {.name = "250 as greeting", .script = "S: 250 mx\n" UNEXPECTED},
    {.name = "235 to EHLO (nobody asked)", .script = HELLO "S: 235 in\n" UNEXPECTED},
    {.name = "354 to EHLO", .script = HELLO "S: 354 go\n" UNEXPECTED},
    {.name = "250 to STARTTLS",
     .script = HELLO "S: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 250 ok\n" UNEXPECTED},
    {.name = "250 to AUTH",
     .init_flags = SMTPAUTH_CLIENT_IMPLICIT_TLS,
     .script = HELLO "S: 250-mx\nS: 250 AUTH PLAIN\n? credentials first\n= login alice secret\n"
                     "C: AUTH PLAIN AGFsaWNlAHNlY3JldA==\nS: 250 ok\n" UNEXPECTED},
    {.name = "354 to AUTH",
     .init_flags = SMTPAUTH_CLIENT_IMPLICIT_TLS,
     .script = HELLO "S: 250-mx\nS: 250 AUTH PLAIN\n? credentials first\n= login alice secret\n"
                     "C: AUTH PLAIN AGFsaWNlAHNlY3JldA==\nS: 354 ok\n" UNEXPECTED},
    {.name = "235 to MAIL",
     .script = HELLO "S: 250 mx\n" ALICE "S: 235 in\n"
                     "! error reply-unexpected\n" LATER "closed reply-unexpected\n"},
    {.name = "354 to MAIL",
     .script = HELLO "S: 250 mx\n" ALICE "S: 354 in\n"
                     "! error reply-unexpected\n" LATER "closed reply-unexpected\n"},
    {.name = "354 to RCPT",
     .script = HELLO "S: 250 mx\n" ALICE "S: 250 ok\n" BOB "S: 354 in\n"
                     "! error reply-unexpected\n" LATER "closed reply-unexpected\n"},
    {.name = "250 to DATA",
     .script = HELLO "S: 250 mx\n" ALICE "S: 250 ok\n" BOB_TAKEN "C: DATA\nS: 250 ok\n"
                     "! error reply-unexpected\n" LATER "closed reply-unexpected\n"},
    {.name = "354 to the message: it may have been taken",
     .script = HELLO "S: 250 mx\n" ALICE "S: 250 ok\n" BOB_TAKEN "C: DATA\nS: 354 go\n" TEXT "S: 354 go\n"
                     "! error reply-unexpected\n! message unknown\nclosed reply-unexpected\n"},
    {.name = "rubbish after the final dot: it may have been taken",
     .script = HELLO "S: 250 mx\n" ALICE "S: 250 ok\n" BOB_TAKEN "C: DATA\nS: 354 go\n" TEXT "S: what\n"
                     "! error reply-malformed\n! message unknown\nclosed reply-malformed\n"},
};

static const client_row early_rows[] = {
    {.name = "a reply flood before the greeting was answered",
     .is_racy = true,
     .script = "S: 220 mx\nS: 250 mx\nS: 250 mx\nC: EHLO client.example.test\n" UNEXPECTED},
    {.name = "two replies to EHLO", .is_racy = true, .script = HELLO "S: 250 mx\nS: 250 mx\n" UNEXPECTED},
    {.name = "two replies to MAIL",
     .is_racy = true,
     .script = HELLO "S: 250 mx\n" ALICE "S: 250 ok\nS: 250 ok\n! error reply-unexpected\n" LATER
                     "closed reply-unexpected\n"},
    {.name = "the answer to STARTTLS before it was said",
     .is_racy = true,
     .script = HELLO "S: 250-mx\nS: 250 STARTTLS\nS: 220 go\nC: STARTTLS\n" UNEXPECTED},
    {.name = "a 235 nobody asked for, before the login",
     .is_racy = true,
     .init_flags = SMTPAUTH_CLIENT_IMPLICIT_TLS,
     .script = HELLO "S: 250-mx\nS: 250 AUTH PLAIN\nS: 235 in\n" UNEXPECTED},
    {.name = "one reply too many to a group",
     .is_racy = true,
     .script =
         HELLO "S: 250-mx\nS: 250 PIPELINING\n" ALICE BOB
               "S: 250 ok\nS: 250 ok\nS: 250 ok\n! recipient 0 accepted 250\n! error reply-unexpected\n" LATER
               "closed reply-unexpected\n"},
    {.name = "354 before DATA",
     .is_racy = true,
     .script = HELLO "S: 250 mx\n" ALICE "S: 250 ok\n" BOB
                     "S: 250 ok\nS: 354 go\n! recipient 0 accepted 250\n! error reply-unexpected\n" LATER
                     "closed reply-unexpected\n"},
    {.name = "the final reply before the message",
     .is_racy = true,
     .script = HELLO "S: 250 mx\n" ALICE "S: 250 ok\n" BOB_TAKEN
                     "C: DATA\nS: 354 go\nS: 250 queued\n! error reply-unexpected\n" LATER
                     "closed reply-unexpected\n"},
};

static void no_replies(void **state)
{
    (void)state;
    client_play_all(reply_rows, sizeof reply_rows / sizeof *reply_rows);
}

static void early_replies(void **state)
{
    (void)state;
    client_play_all(early_rows, sizeof early_rows / sizeof *early_rows);
}

/* ---- Length: what the engine keeps, and where it gives up ---- */

static char *repeat(const char *head, const char *line, size_t count, const char *tail)
{
    size_t len = strlen(head) + strlen(line) * count + strlen(tail) + 1;
    char *text = malloc(len), *at = text;
    assert_non_null(text);
    at += sprintf(at, "%s", head);
    for (size_t i = 0; i < count; i++)
        at += sprintf(at, "%s", line);
    sprintf(at, "%s", tail);
    return text;
}

static void play_long(const char *name, char *script, uint32_t reply_max)
{
    const client_row row = {.name = name, .script = script, .reply_max = reply_max};
    client_play(&row);
    free(script);
}

static void lengths(void **state)
{
    (void)state;
    char line[600];
    memset(line, 'x', sizeof line);
    memcpy(line, "220 ", 4);
    line[510] = '\0'; /* 512 with CRLF */
    char script[4096];
    snprintf(script, sizeof script, "S: %s\nC: EHLO client.example.test\nX: lost\nclosed connection-lost\n",
             line);
    play_long("a line of exactly the limit", repeat(script, "", 0, ""), 512);
    line[510] = 'x';
    line[511] = '\0';
    snprintf(script, sizeof script, "S: %s\n! error reply-too-long\nclosed reply-too-long\n", line);
    play_long("a line one octet over the limit", repeat(script, "", 0, ""), 512);
    line[512] = '\0';
    line[511] = 'x';
    snprintf(script, sizeof script, "s: %s\n! error reply-too-long\nclosed reply-too-long\n", line);
    play_long("no line end within the limit", repeat(script, "", 0, ""), 512);
    play_long("many lines: the last are kept, all are counted",
              repeat("", "S: 220-twenty octets....\n", 2000,
                     "S: 220 mx\nC: EHLO client.example.test\nX: lost\nclosed connection-lost\n"),
              512);
    play_long("a reply over 64 KiB",
              repeat("", "S: 220-twenty-five octets.......\n", 2500,
                     "! error reply-too-long\nclosed reply-too-long\n"),
              0);
    play_long("EHLO of more lines than are kept: all are learnt",
              repeat(HELLO "S: 250-mx\nS: 250-STARTTLS\n", "S: 250-X-TWENTY-OCTETS-....\n", 300,
                     "S: 250 HELP\nC: STARTTLS\nX: lost\nclosed connection-lost\n"),
              512);
    char aligned[512] = ""; /* with "250-mx" 64 octets a line: eight of them are the limit */
    memset(line, 'x', sizeof line);
    memcpy(line, "S: 250-", 7);
    memcpy(line + 65, "\n", 2);
    memcpy(aligned, line, strlen(line) + 1);
    play_long("EHLO cut where the lines are just as long as what is kept: all are learnt",
              repeat(HELLO, aligned, 8,
                     "S: 250-STARTTLS\nS: 250 HELP\nC: STARTTLS\nX: lost\nclosed connection-lost\n"),
              512);
    play_long("a code that changes there", repeat(HELLO, aligned, 8, "S: 500 what\n" MALFORMED), 512);
    play_long("a reply over 64 KiB of such lines",
              repeat(HELLO, aligned, 1100, "! error reply-too-long\nclosed reply-too-long\n"), 512);
    finish();
}

/* A window that is exactly as large as reply_max always has room for more, whatever the server sends. */
static void window_is_enough(void **state)
{
    static const smtpauth_client_config config = {.size = sizeof config, .name = "a.test", .reply_max = 512};
    uint8_t in[512], out[512];
    (void)state;
    for (uint32_t round = 0; round < 300; round++) {
        smtpauth_client c;
        smtpauth_client_event e;
        smtpauth_io io = {in, 0, out, sizeof out};
        chance_begin(round);
        assert_int_equal(smtpauth_client_init(&c, sizeof c, &config, 0, NULL, 0), SMTPAUTH_DONE);
        for (unsigned i = 0; i < 4000; i++) {
            uint16_t type = smtpauth_client_step(&c, &io, &e);
            if (type == SMTPAUTH_CLOSED)
                break;
            if (type != SMTPAUTH_NEED_INPUT)
                continue;
            memmove(in, io.next_in, io.avail_in);
            io.next_in = in;
            assert_true(io.avail_in < sizeof in);
            static const char *const pieces[] = {"220-", "x", "\r\n", "\n", "220-abcdefghijklmnop\r\n", "220 "};
            const char *piece = pieces[chance(8) != 0 ? chance(5) : 5];
            for (; *piece != '\0' && io.avail_in < sizeof in; piece++)
                in[io.avail_in++] = (uint8_t)*piece;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_replies),
        cmocka_unit_test(early_replies),
        cmocka_unit_test(lengths),
        cmocka_unit_test(window_is_enough),
    };
    return cmocka_run_group_tests_name("client_hostile", tests, NULL, NULL);
}
