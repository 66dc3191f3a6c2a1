/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * What a round of the walk is played with: chance, the script (octets of a client, mostly a plausible one, made from a
 * grammar and then perhaps damaged), and the policy of the service.
 */

#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

octets script, walls, replies;
smtpauth_policy policy;
bool is_trusted;

static uint64_t state_of_chance, round_seed;

void seed_chance(uint64_t seed)
{
    round_seed = seed;
    state_of_chance = (seed + 1) * UINT64_C(0x9E3779B97F4A7C15);
}

uint32_t chance(uint32_t n)
{
    state_of_chance ^= state_of_chance << 13;
    state_of_chance ^= state_of_chance >> 7;
    state_of_chance ^= state_of_chance << 17;
    return (uint32_t)(state_of_chance >> 33) % n;
}

void dump(const char *name, const octets *o)
{
    fprintf(stderr, "%s:\n", name);
    for (size_t i = 0; i < o->len && i < 6000; i++)
        if (o->data[i] == '\n')
            fputs("\\n\n", stderr);
        else
            fprintf(stderr, o->data[i] >= ' ' && o->data[i] < 0x7F ? "%c" : "\\x%02x", o->data[i]);
    fputc('\n', stderr);
}

void tell_seed(void)
{
    fprintf(stderr, "seed %llu\n", (unsigned long long)round_seed);
    dump("script", &script);
}

static uint64_t passed;

void round_passed(void)
{
    passed++;
}

void fail(const char *what)
{
    fprintf(stderr, "FAILED: %s\n", what);
    dump("replies", &replies);
    tell_seed();
    printf("%llu passed, 1 failed\n", (unsigned long long)passed);
    exit(1);
}

void report(void)
{
    printf("%llu passed, 0 failed\n", (unsigned long long)passed);
}

void put(octets *o, const void *data, size_t len)
{
    if (o->len + len > o->cap) {
        o->cap = (o->len + len) * 2;
        o->data = realloc(o->data, o->cap);
        if (o->data == NULL)
            exit(2);
    }
    if (len > 0)
        memcpy(o->data + o->len, data, len);
    o->len += len;
}

static void text(const char *s)
{
    put(&script, s, strlen(s));
}

/* ---- the script ---- */

static const char *const commands[] = {
    "EHLO zQxJ.example\r\n",
    "HELO zQxJ\r\n",
    "EHLO\r\n",
    "LHLO x\r\n",
    "NOOP zQxJ\r\n",
    "RSET\r\n",
    "HELP\r\n",
    "QUIT x\r\n",
    "VRFY zQxJ\r\n",
    "EXPN zQxJ\r\n",
    "STARTTLS\r\n",
    "STARTTLS \r\n",
    "STARTTLS x\r\n",
    "BURL x\r\n",
    "ETRN x\r\n",
    "zQxJ\r\n",
    "\r\n",
    "\n",
    "\n\n\nNOOP\n\r\n",
    "RSET\nVRFY zQxJ\r\n",
    "NOOP\rVRFY zQxJ\r\n",
    "NOOP\r\r\n",
    "MAIL FROM:<>\r\n",
    "MAIL FROM:<zQxJ@example.test> SIZE=99 BODY=8BITMIME\r\n",
    "MAIL FROM:<a@[IPv6:::1]> SIZE=99999999999999999999\r\n",
    "MAIL FROM:<@a,@b:c@d> AUTH=a+3Db SMTPUTF8\r\n",
    "MAIL FROM:<\"a\\>\"@x.test>\r\n",
    "MAIL FROM:<\xC3\xA9@x.test> SMTPUTF8\r\n",
    "MAIL FROM: <a@b>\r\n",
    "RCPT TO:<zQxJ@example.test>\r\n",
    "RCPT TO:<postmaster>\r\n",
    "RCPT TO:<b@c> X=Y\r\n",
    "MAIL FROM:<a@b.test> RET=HDRS ENVID=zQxJ BY=10;RT\r\n",
    "MAIL FROM:<a@b.test> HOLDFOR=60 MT-PRIORITY=-3\r\n",
    "MAIL FROM:<a@b.test> HOLDUNTIL=2026-12-24T18:00:00Z SOLICIT=test.x:zQxJ\r\n",
    "MAIL FROM:<a@b.test> REQUIRETLS\r\n",
    "RCPT TO:<b@c.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;zQxJ@c.test\r\n",
    "VRFY zQxJ SMTPUTF8\r\n",
    "ETRN #zQxJ\r\n",
    "XCLIENT NAME=zQxJ ADDR=192.0.2.1 LOGIN=zQxJ\r\n",
    "XCLIENT LOGIN=[UNAVAILABLE]\r\n",
    "DATA\r\n",
    "DATA x\r\n",
    "BDAT x\r\n",
    "AUTH PLAIN\r\n",
    "AUTH LOGIN\r\n",
    "AUTH LOGIN dXMzcm5t\r\n",
    "dXMzcm5t\r\n",
    "czNjcjN0\r\n",
    "*\r\n",
    "AUTH PLAIN AHVzM3JubQBzM2NyM3Q=\r\n",
    "AUTH PLAIN b3RoZXIAdXMzcm5tAHMzY3IzdA==\r\n",
    "AHVzM3JubQBzM2NyM3Q=\r\n",
    "AUTH PLAIN AHVzM3JubQA=\r\n",
    "AUTH PLAIN AHUKMwBzM2NyM3Q=\r\n",
    "AUTH PLAIN =\r\n",
    "AUTH PLAIN x y\r\n",
    "AUTH CRAM-MD5\r\n",
    "AUTH PLAIN AH\n",
    "AUTH\tPLAIN x\r\n",
    "=\r\n",
    "QUIT\r\n",
};

static void message(void)
{
    static const char *const parts[] = {
        "a",       "\r\n",  ".",       "\r\n.",   "\r\n..",  "VRFY zQxJ\r\n", "\n",
        "\r",      "\n.\n", "\r\n.\r", "\n.\r\n", "\r\n.\n", "\r.\r",         "abcdefghijklmnopqrstuvwxyz",
        "\xC3\xA9"};
    for (uint32_t n = chance(24); n > 0; n--) /* mostly clean, else the first fault ends the interest */
        text(parts[chance(chance(3) == 0 ? 15 : 6)]);
    if (chance(16) == 0)
        put(&script, "\0", 1);
    text(chance(16) == 0 ? ".\r\n" : "\r\n.\r\n");
}

static void chunk(void)
{
    char line[64];
    uint32_t size = chance(40);
    snprintf(line, sizeof line, "BDAT %u%s\r\n", (unsigned)size,
             chance(2)   ? " LAST"
             : chance(3) ? ""
                         : " zQxJ");
    text(line);
    for (size_t n = size; n > 0; n--)
        put(&script, &"VRFY zQxJ\r\n."[chance(12)], 1);
}

/* A whole message in chunks, mostly right. */
static void chunks(void)
{
    static const char *const texts[] = {"ab\r\n", ".\r\n",     "VRFY zQxJ\r\n", "a\r",
                                        "\n",     "\r\n.\r\n", "\xC3\xA9"};
    char line[64];
    text(chance(3) ? "MAIL FROM:<zQxJ@x.test>\r\n" : "MAIL FROM:<zQxJ@x.test> BODY=BINARYMIME\r\n");
    for (uint32_t recipients = 1 + chance(3); recipients > 0; recipients--)
        text("RCPT TO:<b@x.test>\r\n");
    for (uint32_t n = 1 + chance(4); n > 0; n--) {
        octets body = {NULL, 0, 0};
        for (uint32_t parts = chance(5); parts > 0; parts--) {
            const char *part = texts[chance(chance(4) ? 3 : 7)];
            put(&body, part, strlen(part));
        }
        snprintf(line, sizeof line, "BDAT %u%s\r\n", (unsigned)body.len, n == 1 && chance(8) ? " LAST" : "");
        text(line);
        put(&script, body.data, body.len);
        free(body.data);
        if (chance(16) == 0)
            text(chance(2) ? "NOOP zQxJ\r\n" : "DATA\r\n");
    }
}

static void long_line(void)
{
    static const char *const heads[] = {"NOOP ", "AUTH PLAIN ", "", "BDAT 3 ", "auth login ", "MAIL FROM:<"};
    size_t around[] = {508, 2042, 700, 5000};
    text(heads[chance(chance(4) ? 3 : 6)]);
    for (size_t n = around[chance(4)] + chance(8); n > 0; n--)
        text("A");
    text(chance(4) ? "\r\n" : chance(2) ? "\n\r\n" : "\nVRFY zQxJ\r\r\n");
}

static void mutate(void)
{
    static const uint8_t odd[] = {'\r', '\n', 0, 0x80, '.', ' ', '*', '=', 0xC3, 0x7F, '\t', '<', '"'};
    for (uint32_t n = 1 + chance(4), what; n > 0 && script.len > 1; n--) {
        size_t at = chance((uint32_t)script.len);
        if ((what = chance(3)) == 0) { /* one octet less, one more, or another one */
            memmove(script.data + at, script.data + at + 1, script.len - at - 1);
            script.len--;
            continue;
        }
        if (what == 1) {
            put(&script, "", 1);
            memmove(script.data + at + 1, script.data + at, script.len - at - 1);
        }
        script.data[at] = chance(4) ? odd[chance(sizeof odd)] : (uint8_t)chance(256);
    }
}

/* A piece never goes across the end of a line with STARTTLS: what lies behind in the same window is dropped, and so
 * differs by nature. */
static void find_walls(void)
{
    bool is_behind = false;
    walls.len = 0;
    for (size_t at = 0; at < script.len; at++) {
        is_behind |= script.len - at >= 8 && smtpauth_text_is(script.data + at, 8, "STARTTLS");
        put(&walls, is_behind && script.data[at] == '\n' ? "\1" : "", 1);
        is_behind &= script.data[at] != '\n';
    }
}

void make_script(void)
{
    script.len = 0;
    const char *hello = policy.flags & SMTPAUTH_LMTP && chance(16) > 0 ? "LHLO zQxJ.example\r\n" : commands[0];
    if (chance(8) > 0)
        text(hello);
    if (chance(4) == 0) {
        text("STARTTLS\r\n");
        text(hello);
    }
    if (chance(2))
        text(chance(2) ? "AUTH PLAIN AHVzM3JubQBzM2NyM3Q=\r\n" : "AUTH LOGIN\r\ndXMzcm5t\r\nczNjcjN0\r\n");
    for (uint32_t n = 1 + chance(chance(16) == 0 ? 200 : 20); n > 0; n--) {
        uint32_t what = chance(12);
        if (what < 2) {
            text("MAIL FROM:<zQxJ@x.test>\r\n");
            for (uint32_t recipients = 1 + chance(3); recipients > 0; recipients--)
                text("RCPT TO:<b@x.test>\r\n");
            text("DATA\r\n");
            message();
        } else if (what == 2)
            chunk();
        else if (what == 3)
            long_line();
        else if (what == 4)
            chunks();
        else
            text(commands[chance(sizeof commands / sizeof commands[0] - (chance(8) > 0))]);
    }
    if (chance(3) == 0)
        mutate();
    find_walls();
}

/* ---- the policy ---- */

static smtpauth_mechanism_fn *const mechanisms[] = {smtpauth_plain, smtpauth_login, NULL};
static char hostname[256];

static uint16_t limit_of(uint32_t odds)
{
    static const uint16_t values[] = {1, 2, 7, 65535};
    return chance(odds) == 0 ? values[chance(4)] : 0;
}

void make_policy(void)
{
    static const smtpauth_words words[] = {{SMTPAUTH_REASON_AUTH_FAILED, "No"},
                                           {SMTPAUTH_REASON_TOO_MANY_ERRORS, "Enough"}};
    static const uint32_t ways[] = {0,
                                    SMTPAUTH_CLEAR_AUTH,
                                    SMTPAUTH_CLEAR_AUTH,
                                    SMTPAUTH_RELAY | SMTPAUTH_CLEAR_AUTH,
                                    SMTPAUTH_NO_AUTH,
                                    SMTPAUTH_NO_AUTH | SMTPAUTH_LMTP,
                                    SMTPAUTH_CLEAR_AUTH | SMTPAUTH_LMTP,
                                    SMTPAUTH_REQUIRE_TLS,
                                    SMTPAUTH_IMPLICIT_TLS,
                                    SMTPAUTH_RELAY};
    memset(&policy, 0, sizeof policy);
    memset(hostname, 'h', sizeof hostname - 1);
    for (size_t i = 50; i < sizeof hostname; i += 51)
        hostname[i] = '.';
    hostname[chance(3) == 0 ? 254 : 4] = '\0';
    policy.size = sizeof policy;
    policy.hostname = hostname;
    policy.flags = ways[chance(sizeof ways / sizeof *ways)] | (chance(4) == 0 ? SMTPAUTH_TEXT_LF : 0) |
                   (chance(4) == 0 ? SMTPAUTH_LAX_SPACE_OK : 0) |
                   (chance(4) == 0 ? SMTPAUTH_LAX_BRACKETS_OK : 0);
    policy.extensions =
        SMTPAUTH_EXT_STARTTLS | (chance(2) ? SMTPAUTH_EXT_SMTPUTF8 : 0) | (chance(2) ? SMTPAUTH_EXT_EXPN : 0);
    if (chance(3) > 0)
        policy.extensions |= SMTPAUTH_EXT_CHUNKING | (chance(3) ? SMTPAUTH_EXT_BINARYMIME : 0);
    for (uint32_t bit = SMTPAUTH_EXT_DSN; bit <= SMTPAUTH_EXT_XCLIENT; bit <<= 1)
        policy.extensions |= bit != SMTPAUTH_EXT_BURL && chance(2) ? bit : 0;
    policy.future_release_max_s = 59 + chance(2);
    policy.future_release_until = chance(2) ? "2026-12-24T17:00:00Z" : "2027-01-01T00:00:00Z";
    policy.deliver_by_min_s = chance(2) * 11;
    policy.priority_profile = chance(2) ? "MIXER" : NULL;
    is_trusted = chance(2);
    policy.asks = chance(8);
    policy.notes = chance(2);
    policy.mechanisms = mechanisms;
    policy.words = words;
    policy.words_len = chance(3);
    policy.message_max = chance(4) == 0 ? 1 + chance(60) : chance(2) ? UINT64_MAX : 0;
    policy.line_max = chance(2) ? 512 : 0;
    policy.auth_line_max = chance(2) ? 2048 : 0;
    policy.bad_commands_max = chance(2) ? 65535 : limit_of(3);
    policy.idle_commands_max = limit_of(6);
    policy.auth_failures_max = limit_of(3);
    policy.messages_max = limit_of(6);
    policy.recipients_max = limit_of(6);
    policy.failure_delay_s = limit_of(4);
    if (smtpauth_policy_check(&policy) != 0)
        fail("policy");
}
