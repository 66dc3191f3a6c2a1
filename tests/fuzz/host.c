/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The fuzzer's host: windows that are blocks of exactly the size that is told, so that a sanitizer sees an octet too
 * far; answers by a plan that all plays of a round share; copies, sound and damaged.
 */

#include "host.h"

#include <stdlib.h>
#include <string.h>

uint32_t next_plan(host *h, uint32_t n)
{
    h->plan = h->plan * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(h->plan >> 33) % n;
}

void flush(host *h)
{
    put(&replies, h->out, (size_t)(h->io.next_out - h->out));
    free(h->out);
    h->out_size = 512 + (chance(2) ? 0 : chance(300));
    h->io.next_out = h->out = malloc(h->out_size);
    h->io.avail_out = h->out_size;
    for (size_t i = h->judged; i < replies.len; i++) {
        if (replies.data[i] != '\n')
            continue;
        const uint8_t *line = replies.data + h->judged;
        judge_line(line, i + 1 - h->judged);
        if (line[3] == ' ' && h->play == BY_OCTET)
            h->is_done |= judge_reply(&h->oracle, line, smtpauth_server_is(h->s) & SMTPAUTH_IS_AUTHENTICATED);
        h->judged = i + 1;
    }
}

/* A new block, exactly as large as what is left and `more` octets of the script. */
void feed(host *h, size_t more)
{
    uint8_t *block = malloc(h->io.avail_in + more + 1);
    uint8_t *to = block + 1; /* off any alignment; its end is the block's */
    if (h->io.avail_in > 0)
        memcpy(to, h->io.next_in, h->io.avail_in);
    if (more > 0)
        memcpy(to + h->io.avail_in, script.data + h->fed, more);
    free(h->in);
    h->in = block;
    h->io.next_in = to;
    h->io.avail_in += more;
    h->fed += more;
}

static size_t piece(const host *h)
{
    size_t left = script.len - h->fed, max = left, n = 0;
    if (h->play == BY_OCTET)
        max = 1;
    else if (h->play == BY_PIECE || (h->play > WHOLE && chance(4) > 0))
        max = 1 + chance(30);
    while (n < max && n < left)
        if (walls.data[h->fed + n++] && h->play <= WHOLE)
            break;
    return n;
}

void need_input(host *h)
{
    flush(h);
    oracle *o = &h->oracle;
    if (h->play == BY_OCTET && h->oracle.wanted != h->oracle.got && !h->is_done)
        fail(o->wanted < o->got ? "a reply too many" : "a reply is missing");
    if (h->fed == script.len) {
        smtpauth_server_close(h->s, &h->io,
                              h->plan & 4 ? SMTPAUTH_REASON_TIMEOUT : SMTPAUTH_REASON_CONNECTION_LOST);
        h->is_done = true;
        return;
    }
    uint32_t idle = smtpauth_server_count(h->s, SMTPAUTH_COUNT_IDLE_COMMANDS);
    if (h->play == BY_OCTET)
        o->wanted += unit_ends(o, script.data[h->fed], idle);
    feed(h, piece(h));
}

void answer(host *h, const smtpauth_event *e)
{
    static const uint16_t reasons[] = {0,
                                       SMTPAUTH_REASON_NOT_PERMITTED,
                                       SMTPAUTH_REASON_NO_ROOM,
                                       SMTPAUTH_REASON_AUTH_REQUIRED,
                                       SMTPAUTH_REASON_AUTH_FAILED,
                                       SMTPAUTH_REASON_SHUTDOWN,
                                       SMTPAUTH_REASON_HELLO,
                                       999};
    if (h->io.avail_out < 512 || chance(4) == 0)
        flush(h);
    uint32_t what = next_plan(h, 16), which = next_plan(h, 8);
    int32_t result;
    if (e->asked == SMTPAUTH_ASK_PASSWORD) {
        int32_t verdict =
            what == 8 ? (int32_t)which : SMTPAUTH_ACCEPTED + (what < 8 ? 0 : (int32_t)(which + (what & 1)));
        h->may_be_in =
            verdict == SMTPAUTH_ACCEPTED_AS || (verdict == SMTPAUTH_ACCEPTED && e->authorization.len == 0);
        if (e->password.len == 0 && !h->is_damaged)
            fail("an empty password");
        result = what == 15 ? smtpauth_server_answer(h->s, &h->io, SMTPAUTH_REASON_OK)
                            : smtpauth_server_verdict(h->s, &h->io, verdict, (const uint8_t *)"Own\nwords",
                                                      which & 1 ? 9 : 0);
        h->may_be_in &= what != 15;
    } else if (e->asked == SMTPAUTH_ASK_XCLIENT &&
               what < 8) { /* that a front end vouches for a login, or not */
        int32_t verdict = which < 6 ? (int32_t)SMTPAUTH_ACCEPTED_AS : (int32_t)SMTPAUTH_ACCEPTED;
        bool may_vouch = verdict == SMTPAUTH_ACCEPTED_AS && e->identity.len > 0;
        h->may_be_in |= may_vouch;
        result = smtpauth_server_verdict(h->s, &h->io, verdict, NULL, 0);
        if ((result == SMTPAUTH_DONE) != may_vouch && !h->is_damaged)
            fail("a vouching that does not fit");
    } else if (what < 13) {
        result = smtpauth_server_answer(h->s, &h->io, SMTPAUTH_REASON_OK);
        if (e->asked == SMTPAUTH_ASK_XCLIENT && result == SMTPAUTH_DONE)
            h->may_be_in = false;
    } else if (what == 13)
        result = smtpauth_server_say(h->s, &h->io, (uint16_t)(which & 1 ? 250 : 550),
                                     which & 2 ? "2.1.5" : NULL, (const uint8_t *)"\xC3\xA9 own", 6);
    else
        result = smtpauth_server_answer(h->s, &h->io, reasons[which]);
    if (result != SMTPAUTH_DONE && result != SMTPAUTH_E_ANSWER && result != SMTPAUTH_E_WORDS && !h->is_damaged)
        fail("an answer was not taken");
}

/* Continues in a copy; a damaged one is refused, or must at least stay within its windows. */
void copy(host *h)
{
    smtpauth_server *twin = malloc(sizeof *twin);
    memcpy(twin, h->s, sizeof *twin);
    memset(&twin->policy, 0xEE, sizeof twin->policy);
    bool was_damaged = h->is_damaged;
    for (uint32_t n = h->play == DAMAGED && chance(8) == 0 ? 1 + chance(2) : 0; n > 0; n--) {
        ((uint8_t *)twin)[chance(sizeof *twin)] ^= (uint8_t)(chance(3) ? 1u << chance(8) : chance(256));
        h->is_damaged = true;
    }
    int32_t result = smtpauth_server_restore(twin, sizeof *twin, &policy);
    if (result != SMTPAUTH_DONE) {
        if (!h->is_damaged)
            fail("a sound copy was refused");
        h->is_damaged = was_damaged;
        free(twin);
        return;
    }
    free(h->s);
    h->s = twin;
}
