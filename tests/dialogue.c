/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Plays a dialogue. The first time all input comes whole, in step with the replies, which are compared with the
 * text. Then again at every way of cutting it: replies, and ASK and NOTE events with all they hold and the count of
 * reply octets before each, must be the same as the first time. NEED events do not count, and spans of message data
 * are joined. At each open question more input is appended, the window moves twice, and the event filled again must
 * be equal to the first.
 */

#include "dialogue.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* How the input is cut. */
enum { WHOLE = 0, RANDOM = 65535 };

typedef struct way {
    size_t chunk, out_cap;
    bool is_pipelined;
    bool is_carried; /* the session is copied as bytes and restored behind every step and every answer */
} way;

typedef struct player {
    const dialogue *d;
    way how;
    smtpauth_policy policy;
    session s;
    dialogue_trace trace;
    octets input;     /* of the client, up to now; `fed` of it is in the window or consumed */
    size_t fed, read; /* `read`: reply octets that were compared */
    size_t used[DIALOGUE_KINDS];
    uint32_t random;
    bool is_closed, is_held, wants_tls, expects_end;
    octets *why;
} player;

static bool fail(player *p, unsigned line, const char *format, ...)
{
    char text[1024];
    va_list list;
    if (p->why->len != 0)
        return false;
    snprintf(text, sizeof text, "%s:%u: %s [chunk %zu, out %zu, %s]\n  ", p->d->file, line, p->d->title,
             p->how.chunk, p->how.out_cap, p->how.is_pipelined ? "pipelined" : "in step");
    octets_text(p->why, text);
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    octets_text(p->why, text);
    return false;
}

/* ---- Running ---- */

static void feed(player *p)
{
    size_t left = p->input.len - p->fed;
    size_t chunk = p->how.chunk;
    if (chunk == RANDOM) {
        p->random = p->random * 1664525u + 1013904223u;
        chunk = 1 + (p->random >> 24) % 13;
    }
    if (chunk == WHOLE || chunk > left)
        chunk = left;
    session_feed(&p->s, p->input.data + p->fed, chunk);
    p->fed += chunk;
}

/* The session goes on as a copy, which is all that its bytes are. */
static bool carry(player *p, unsigned line)
{
    if (!p->how.is_carried)
        return true;
    smtpauth_server copy = p->s.server;
    memset(&copy.policy, SESSION_GARBAGE, sizeof copy.policy);
    memset(&p->s.server, SESSION_POISON, sizeof p->s.server);
    int32_t result = smtpauth_server_restore(&copy, sizeof copy, &p->policy);
    p->s.server = copy;
    return result == SMTPAUTH_DONE || fail(p, line, "restore returned %d", (int)result);
}

/* The question stays open over a longer and twice moved window; the event is filled again each time. */
static bool ask(player *p, unsigned line)
{
    octets first = {0}, again = {0}, why = {0};
    uint16_t type = p->s.event.type;
    bool is_ok = true;
    dialogue_record(&p->trace, &p->s.event, session_written(&p->s));
    dialogue_describe(&first, &p->s.event);
    for (int i = 0; i < 2 && is_ok; i++) {
        if (i == 0 && p->fed < p->input.len)
            feed(p);
        else
            session_move(&p->s);
        const char *wrong = session_step(&p->s);
        if (wrong != NULL)
            is_ok = fail(p, line, "%s", wrong);
        else if (!carry(p, line))
            is_ok = false;
        else if (p->s.event.type != SMTPAUTH_NEED_ANSWER || p->s.event.asked != type)
            is_ok = fail(p, line, "question %u is open, but step says %u", type, p->s.event.type);
        if (!is_ok)
            break;
        p->s.event.type = type;
        again.len = 0;
        dialogue_describe(&again, &p->s.event);
        if (strcmp(octets_string(&first), octets_string(&again)) != 0)
            is_ok = fail(p, line, "asked again differs:\n  %s\n  %s", first.data, again.data);
    }
    if (is_ok && !dialogue_answer(p->d, p->used, &p->s, &p->is_held, &why))
        is_ok = fail(p, line, "%s", octets_string(&why));
    octets_free(&first);
    octets_free(&again);
    octets_free(&why);
    return is_ok;
}

/* Runs until all input is fed and the engine wants more, or closes, waits for TLS, or a question is left open. */
static bool run(player *p, unsigned line)
{
    size_t limit = 1000 + 20 * p->input.len;
    p->wants_tls = false;
    while (!p->is_closed && !p->is_held) {
        const char *wrong = session_step(&p->s);
        if (wrong != NULL)
            return fail(p, line, "%s", wrong);
        if (!carry(p, line))
            return false;
        if (limit-- == 0)
            return fail(p, line, "no end of events");
        uint16_t type = p->s.event.type;
        size_t written = (size_t)(p->s.io.next_out - p->s.out);
        if (type == SMTPAUTH_NEED_OUTPUT && written == 0)
            return fail(p, line, "NEED_OUTPUT with all of the window free");
        if (type < SMTPAUTH_NEED_ANSWER || type == SMTPAUTH_CLOSED)
            session_flush(&p->s);
        if (type == SMTPAUTH_NEED_INPUT || type == SMTPAUTH_NEED_TLS) {
            session_flush(&p->s);
            if (p->fed == p->input.len) {
                p->wants_tls = type == SMTPAUTH_NEED_TLS;
                return true;
            }
            feed(p);
        } else if (type == SMTPAUTH_CLOSED) {
            p->is_closed = true;
        } else if (type == SMTPAUTH_NEED_ANSWER) {
            return fail(p, line, "a question %u that was not asked", p->s.event.asked);
        } else if (type >= 32 && type < 64) {
            if (!ask(p, line))
                return false;
        } else if (type >= 64) {
            dialogue_record(&p->trace, &p->s.event, session_written(&p->s));
        }
    }
    session_flush(&p->s);
    return true;
}

static bool host_acts(player *p, const dialogue_item *item)
{
    static const struct {
        const char *word;
        uint16_t reason;
    } closes[] = {{"timeout", SMTPAUTH_REASON_TIMEOUT},
                  {"shutdown", SMTPAUTH_REASON_SHUTDOWN},
                  {"lost", SMTPAUTH_REASON_CONNECTION_LOST},
                  {"refused", SMTPAUTH_REASON_REFUSED}};
    const char *word = (const char *)item->text.data;
    for (size_t i = 0; i < sizeof closes / sizeof *closes; i++) {
        if (strcmp(closes[i].word, word) == 0) {
            int32_t result = smtpauth_server_close(&p->s.server, &p->s.io, closes[i].reason);
            p->is_held = false;
            return result == SMTPAUTH_DONE || fail(p, item->line, "close returned %d", (int)result);
        }
    }
    return fail(p, item->line, "unknown act of the host");
}

static bool start_tls(player *p, const dialogue_item *item)
{
    const char *word = (const char *)item->text.data;
    int32_t result;
    if (!p->wants_tls)
        return fail(p, item->line, "no handshake was wanted");
    session_move(&p->s);
    if (strcmp(word, "fail") == 0)
        result = smtpauth_server_tls_failed(&p->s.server);
    else
        result = smtpauth_server_tls_started(&p->s.server, &p->s.io, dialogue_tls_bits(word));
    return result == SMTPAUTH_DONE || fail(p, item->line, "tls_started or tls_failed returned %d", (int)result);
}

/* ---- Comparing with the text ---- */

/* The next reply line that was not compared yet, without its CRLF. */
static bool next_line(player *p, const dialogue_item *item, const uint8_t **line, size_t *len)
{
    const octets *replies = &p->s.replies;
    const uint8_t *end;
    *line = replies->data + p->read;
    if (p->read == replies->len)
        return fail(p, item->line, "no more replies, expected `%s`", item->text.data);
    end = memchr(*line, '\n', replies->len - p->read);
    if (end == NULL || end == *line || end[-1] != '\r')
        return fail(p, item->line, "a reply line without CRLF");
    *len = (size_t)(end - *line) - 1;
    p->read += *len + 2;
    return true;
}

static bool match_reply(player *p, const dialogue_item *item)
{
    const uint8_t *line;
    size_t len;
    if (!next_line(p, item, &line, &len))
        return false;
    return dialogue_matches(item, line, len) ||
           fail(p, item->line, "expected `%s`\n  got      `%.*s`", item->text.data, (int)len, line);
}

/* Does the list of an E: item ("A, B, no C") name this keyword line? */
static bool ehlo_has(const char *list, const char *line, size_t len)
{
    for (const char *at = list; *at != 0; at += strspn(at, ", ")) {
        size_t entry = strcspn(at, ",");
        if (entry == len && memcmp(at, line, len) == 0)
            return true;
        at += entry;
    }
    return false;
}

static bool check_keywords(player *p, const dialogue_item *item, octets *keywords)
{
    const char *list = (const char *)item->text.data;
    for (const char *at = list; *at != 0; at += strspn(at, ", ")) {
        size_t entry = strcspn(at, ",");
        bool is_no = strncmp(at, "no ", 3) == 0;
        size_t len = is_no ? entry - 3 : entry;
        octets wanted = {0};
        octets_text(&wanted, "\n");
        octets_add(&wanted, is_no ? at + 3 : at, len);
        if (!is_no)
            octets_text(&wanted, "\n");
        bool has = strstr(octets_string(keywords), octets_string(&wanted)) != NULL;
        octets_free(&wanted);
        if (has == is_no)
            return fail(p, item->line, "EHLO: `%.*s` does not hold:%s", (int)entry, at, keywords->data);
        at += entry;
    }
    return true;
}

static bool match_ehlo(player *p, const dialogue_item *item)
{
    const uint8_t *line;
    size_t len;
    octets keywords = {0};
    bool is_ok = true, is_last = false;
    octets_text(&keywords, "\n");
    for (int i = 0; is_ok && !is_last; i++) {
        is_ok = next_line(p, item, &line, &len);
        if (!is_ok)
            break;
        is_last = len > 3 && line[3] == ' ';
        if (len < 4 || memcmp(line, is_last ? "250 " : "250-", 4) != 0 ||
            (i == 0 && (len < 21 || memcmp(line + 4, "mail.example.test", 17) != 0)))
            is_ok = fail(p, item->line, "not an EHLO reply: `%.*s`", (int)len, line);
        if (i == 0 || !is_ok)
            continue;
        if (item->mark == '!' && !ehlo_has((const char *)item->text.data, (const char *)line + 4, len - 4))
            is_ok = fail(p, item->line, "EHLO offers `%.*s` too", (int)len - 4, line + 4);
        octets_add(&keywords, line + 4, len - 4);
        octets_text(&keywords, "\n");
    }
    is_ok = is_ok && check_keywords(p, item, &keywords);
    octets_free(&keywords);
    return is_ok;
}

/* All lines of a kind that the dialogue has must be all that happened of that kind. */
static bool match_record(player *p, char item_kind, const char *kind, octets *happened)
{
    octets expected = {0}, got = {0};
    const dialogue_item *first = NULL;
    size_t len = strlen(kind);
    for (size_t i = 0; i < p->d->len; i++) {
        const dialogue_item *item = &p->d->items[i];
        const char *text = (const char *)item->text.data;
        if (item->kind != item_kind || strncmp(text, kind, len) != 0)
            continue;
        first = first != NULL ? first : item;
        if (item_kind == 'D' || strcmp(text + len, " none") != 0)
            octets_add(&expected, text, item->text.len);
        if (item_kind != 'D' && strcmp(text + len, " none") != 0)
            octets_text(&expected, "\n");
    }
    for (const char *at = octets_string(happened); item_kind != 'D' && *at != 0;) {
        size_t line = strcspn(at, "\n") + 1;
        if (strncmp(at, kind, len) == 0)
            octets_add(&got, at, line);
        at += line;
    }
    if (item_kind == 'D')
        octets_add(&got, happened->data, happened->len);
    octets_string(&expected);
    octets_string(&got);
    bool is_ok = first == NULL || (expected.len == got.len && memcmp(expected.data, got.data, got.len) == 0);
    if (!is_ok)
        fail(p, first->line, "%s, expected:\n%s  got:\n%s", item_kind == 'D' ? "data" : kind, expected.data,
             got.data);
    octets_free(&expected);
    octets_free(&got);
    return is_ok;
}

static bool match_end(player *p)
{
    static const char *const notes[] = {"auth", "error", "reset"};
    static const char *const questions[] = {"password",  "token",    "secret", "authorize", "external",
                                            "anonymous", "exchange", "mail",   "rcpt",      "data",
                                            "message",   "verify",   "expand", "etrn",      "xclient"};
    unsigned line = p->d->line;
    if (p->read != p->s.replies.len)
        return fail(p, line, "a reply too many: `%.*s`", (int)(p->s.replies.len - p->read),
                    p->s.replies.data + p->read);
    if (p->is_closed != p->expects_end)
        return fail(p, line, p->is_closed ? "closed" : "not closed");
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        if (!match_record(p, 'N', notes[i], &p->trace.notes))
            return false;
    }
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        if (!match_record(p, 'Q', questions[i], &p->trace.questions))
            return false;
    }
    return match_record(p, 'D', "", &p->trace.data);
}

/* ---- Playing ---- */

static bool expect(player *p, const dialogue_item *item)
{
    if (item->kind == '!') {
        p->expects_end = true;
        return p->is_closed || fail(p, item->line, "not closed");
    }
    return item->kind == 'E' ? match_ehlo(p, item) : match_reply(p, item);
}

/* `is_first` compares with the text. */
static bool play(player *p, bool is_first)
{
    bool is_due = true;
    unsigned line = p->d->line;
    for (size_t i = 0; i < p->d->len; i++) {
        const dialogue_item *item = &p->d->items[i];
        bool is_reply = item->kind == 'S' || item->kind == 'E' || item->kind == '!';
        bool is_act = item->kind == 'T' || item->kind == 'H';
        /* A refusal of the connection comes before the first step. */
        bool is_early = i == 0 && item->kind == 'H';
        if (item->kind == 'C') {
            if (is_first && !is_due && p->read != p->s.replies.len)
                return fail(p, item->line, "a reply before this line: `%.*s`",
                            (int)(p->s.replies.len - p->read), p->s.replies.data + p->read);
            octets_add(&p->input, item->text.data, item->text.len);
            is_due = true;
        }
        line = item->line;
        if (is_due && !is_early && (is_act || (is_reply && !p->how.is_pipelined))) {
            if (!run(p, line))
                return false;
            is_due = false;
        }
        if (is_reply && is_first && !expect(p, item))
            return false;
        if (item->kind == 'T' && !start_tls(p, item))
            return false;
        if (item->kind == 'H' && !host_acts(p, item))
            return false;
        is_due = is_due || is_act;
    }
    if (is_due && !run(p, line))
        return false;
    dialogue_record_end(&p->trace);
    return !is_first || match_end(p);
}

static bool begin(player *p, const dialogue *d, way how, octets *why)
{
    memset(p, 0, sizeof *p);
    p->d = d;
    p->how = how;
    p->why = why;
    p->random = 20251124;
    octets unknown = {0};
    bool is_ok = dialogue_policy(d->policy, &p->policy, &unknown);
    if (!is_ok)
        fail(p, d->line, "%s", octets_string(&unknown));
    octets_free(&unknown);
    if (is_ok && session_begin(&p->s, &p->policy, dialogue_init_flags(d->policy), how.out_cap) != SMTPAUTH_DONE)
        is_ok = fail(p, d->line, "init refuses the policy: %d", (int)smtpauth_policy_check(&p->policy));
    return is_ok;
}

static void end(player *p)
{
    session_end(&p->s);
    dialogue_trace_free(&p->trace);
    octets_free(&p->input);
}

/* The first line in which the two differ. */
static bool compare(player *p, const char *what, octets *first, octets *now)
{
    const char *a = octets_string(first), *b = octets_string(now);
    if (first->len == now->len && memcmp(a, b, now->len) == 0)
        return true;
    size_t at = 0, line = 0;
    for (; at < first->len && at < now->len && a[at] == b[at]; at++) {
        if (a[at] == '\n')
            line = at + 1;
    }
    return fail(p, p->d->line, "%s differ:\n  whole: %.*s\n  now:   %.*s", what, (int)strcspn(a + line, "\n"),
                a + line, (int)strcspn(b + line, "\n"), b + line);
}

bool dialogue_play(const dialogue *d, octets *why)
{
    static const size_t chunks[] = {WHOLE, 1, 2, 3, 7, RANDOM};
    static const size_t outs[] = {4096, SMTPAUTH_REPLY_MAX};
    player first, again;
    bool is_ok = begin(&first, d, (way){WHOLE, 4096, false, false}, why) && play(&first, true);
    for (size_t i = 0; is_ok && i < 4 * sizeof chunks / sizeof *chunks; i++) {
        way how = {chunks[i / 4], outs[i / 2 % 2], i % 2 != 0, i % 4 < 2};
        if (how.is_pipelined && d->is_lockstep)
            continue;
        is_ok = begin(&again, d, how, why) && play(&again, false) &&
                compare(&again, "replies", &first.s.replies, &again.s.replies) &&
                compare(&again, "events", &first.trace.events, &again.trace.events);
        end(&again);
    }
    end(&first);
    return is_ok;
}
