/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Our client and our server talk to each other: over every mechanism, and on random walks over policies, configs,
 * extensions, envelopes, messages, verdicts and refusals, through pipes that hand over octets in pieces of any size. What is
 * to be proved: they always end politely, both agree on who is logged in, on each recipient's and message's fate, and what
 * the server took is octet for octet what the client was given. ENGINES_WALKS in the environment sets how many walks.
 */

#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/smtpauth.h>

enum {
    RECIPIENTS_MAX = 40,
    MESSAGE_CAP = 6000,
    QUEUE_CAP = 1 << 18,
    WALKS = 3000,
    TURNS_MAX = 200000,
    ITERATIONS = 16
};

static const char right[] = "correct-horse";
static const uint8_t salt[8] = "pepper!", binding[32] = {42};
static uint8_t stored[2][32], server_key[2][32];

/* ---- Chance ---- */

static uint64_t chance_state;

static uint32_t chance(uint32_t below)
{
    chance_state = chance_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(chance_state >> 33) % below;
}

/* ---- The world ---- */

typedef struct queue {
    uint8_t data[QUEUE_CAP];
    size_t from, to;
} queue;

typedef struct message {
    char sender[32];
    uint8_t body;
    bool is_accepted;    /* the host's answer */
    unsigned recipients; /* as given to the client; as accepted by the server */
    uint16_t fate[RECIPIENTS_MAX];
    size_t len;
    uint8_t text[MESSAGE_CAP];
} message;

typedef struct end {
    smtpauth_io io;
    uint8_t *in, out[20000];
    size_t out_cap;
    bool is_closed, wants_tls, wants_input;
} end;

typedef struct world {
    smtpauth_client client;
    smtpauth_server server;
    smtpauth_client_config config;
    smtpauth_policy policy;
    end c, s;
    queue to_server, to_client;
    message given, taken; /* of this transaction */
    unsigned deliveries;  /* answers to ASK_MESSAGE in LMTP */
    bool delivered[RECIPIENTS_MAX];
    unsigned messages, messages_max, done, accepted_by_server, accepted_for_client;
    char secret[32];
    uint8_t kind; /* SMTPAUTH_KIND_... of the credentials that the client's host has */
    unsigned rejected_secrets;
    char rejected[8][32];
    bool may_be_denied; /* the server's host may also say UNAVAILABLE and its like */
    bool is_lmtp, is_walk;
    const char *fault;
    unsigned walk;
} world;

static world w;

static void broken(const char *what)
{
    if (w.fault == NULL)
        w.fault = what;
}

static void move_window(end *e, const void *more, size_t len)
{
    size_t left = e->io.avail_in;
    uint8_t *in = malloc(left + len + 1);
    assert_non_null(in);
    if (left > 0)
        memcpy(in, e->io.next_in, left);
    if (len > 0)
        memcpy(in + left, more, len);
    free(e->in);
    e->in = in;
    e->io.next_in = in;
    e->io.avail_in = left + len;
}

static void flush(end *e, queue *to)
{
    size_t len = (size_t)(e->io.next_out - e->out);
    assert_true(to->to + len <= sizeof to->data);
    memcpy(to->data + to->to, e->out, len);
    to->to += len;
    e->io.next_out = e->out;
    e->io.avail_out = e->out_cap;
}

/* Hands over a piece. Returns false when there is none. */
static bool pass_on(queue *from, end *e)
{
    size_t there = from->to - from->from;
    if (there == 0)
        return false;
    size_t len = chance(2) ? there : chance((uint32_t)(there < 40 ? there : 40)) + 1;
    move_window(e, from->data + from->from, len);
    from->from += len;
    if (from->from == from->to)
        from->from = from->to = 0;
    return true;
}

static smtpauth_view view(const char *text)
{
    smtpauth_view v = {(const uint8_t *)text, strlen(text)};
    return v;
}

/* ---- The client's host ---- */

static void make_message(message *m)
{
    static const char *const starts[] = {".", "..", "", "Subject: x", "a.", "\xC3\xA4"};
    memset(m, 0, sizeof *m);
    if (chance(8) != 0)
        snprintf(m->sender, sizeof m->sender, "user%u@example.test", (unsigned)chance(100));
    m->recipients = chance(10) == 0 ? chance(RECIPIENTS_MAX) : 1 + chance(3);
    unsigned lines = chance(4) == 0 ? chance(200) : chance(6);
    for (unsigned i = 0; i < lines; i++) {
        const char *start = starts[chance(6)];
        size_t len = strlen(start), fill = chance(10) ? chance(20) : chance(1200);
        if (m->len + len + fill + 2 > sizeof m->text)
            break;
        memcpy(m->text + m->len, start, len);
        memset(m->text + m->len + len, 'x', fill);
        m->len += len + fill;
        memcpy(m->text + m->len, "\r\n", 2);
        m->len += 2;
    }
    if (m->len > 2 && chance(5) == 0)
        m->len -= 2; /* no line end at its end */
}

static void make_binary(message *m)
{
    m->len = chance(3000);
    for (size_t i = 0; i < m->len; i++)
        m->text[i] = (uint8_t)chance(chance(2) ? 256 : 16);
}

static void answer_envelope(void)
{
    smtpauth_envelope env;

    memset(&env, 0, sizeof env);
    env.size = sizeof env;
    env.sender = view(w.given.sender);
    env.body = w.given.body;
    env.octets = chance(2) ? w.given.len : 0;
    uint32_t offers = smtpauth_client_offers(&w.client);
    if ((offers & SMTPAUTH_EXT_DSN) && chance(2))
        env.ret = SMTPAUTH_RET_HDRS;
    if ((offers & SMTPAUTH_EXT_SMTPUTF8) && chance(2))
        env.is_utf8 = true;
    if ((offers & SMTPAUTH_EXT_MT_PRIORITY) && chance(2)) {
        env.has_priority = true;
        env.priority = (int8_t)((int)chance(19) - 9);
    }
    (void)smtpauth_client_envelope(&w.client, &w.c.io, &env);
}

static void ask_envelope(const smtpauth_client_event *e)
{
    if (e->why == SMTPAUTH_WHY_FIRST && w.messages == w.messages_max) {
        (void)smtpauth_client_envelope(&w.client, &w.c.io, NULL);
        return;
    }
    if (e->why == SMTPAUTH_WHY_FIRST) {
        make_message(&w.given);
        bool may_binary = (smtpauth_client_offers(&w.client) & SMTPAUTH_EXT_BINARYMIME) &&
                          !(w.config.flags & SMTPAUTH_CLIENT_NO_CHUNKING);
        if (may_binary && chance(2)) {
            w.given.body = SMTPAUTH_BODY_BINARYMIME;
            make_binary(&w.given);
        } else if (chance(2)) {
            w.given.body = SMTPAUTH_BODY_8BITMIME;
        }
        if (e->index != w.messages)
            broken("index of an envelope");
        w.messages++;
    }
    memset(w.given.fate, 0, sizeof w.given.fate);
    answer_envelope();
}

static void ask_recipient(uint32_t index)
{
    char address[64];
    smtpauth_recipient to;
    memset(&to, 0, sizeof to);
    to.size = sizeof to;
    if (index >= w.given.recipients) {
        (void)smtpauth_client_recipient(&w.client, &w.c.io, NULL);
        return;
    }
    snprintf(address, sizeof address, "r%u@example.test", (unsigned)index);
    to.address = view(address);
    if ((smtpauth_client_offers(&w.client) & SMTPAUTH_EXT_DSN) && chance(2))
        to.notify = SMTPAUTH_NOTIFY_NEVER;
    (void)smtpauth_client_recipient(&w.client, &w.c.io, &to);
}

static void ask_message(uint64_t at)
{
    size_t taken, left = w.given.len - (size_t)at;
    if (left > 0) {
        size_t len = chance(3) ? left : chance((uint32_t)left) + 1;
        if (smtpauth_client_data(&w.client, &w.c.io, w.given.text + at, len, &taken) != SMTPAUTH_DONE)
            broken("data");
    } else if (smtpauth_client_data_end(&w.client, &w.c.io) == SMTPAUTH_E_OUTPUT) {
        flush(&w.c, &w.to_server);
    }
}

static void give_credentials(void)
{
    smtpauth_credentials who;
    memset(&who, 0, sizeof who);
    who.size = sizeof who;
    who.identity = view("alice");
    who.secret = view(w.secret);
    who.is_token = w.kind == SMTPAUTH_KIND_TOKEN;
    if (w.kind == SMTPAUTH_KIND_NONE)
        who.secret.len = 0;
    who.binding_type = view("tls-exporter");
    who.binding.data = binding;
    who.binding.len = sizeof binding;
    if (!(smtpauth_client_is(&w.client) & SMTPAUTH_IS_TLS))
        who.binding_type.len = who.binding.len = 0;
    (void)smtpauth_client_credentials(&w.client, &w.c.io, &who);
}

static void ask_credentials(const smtpauth_client_event *e)
{
    static const uint8_t kinds[] = {SMTPAUTH_KIND_PASSWORD, SMTPAUTH_KIND_TOKEN, SMTPAUTH_KIND_NONE};
    if (e->why != SMTPAUTH_WHY_AGAIN) {
        if (w.is_walk && chance(8) == 0) {
            (void)smtpauth_client_credentials(&w.client, &w.c.io, NULL);
            return;
        }
        do
            w.kind = kinds[chance(3)];
        while (!(w.kind & e->kinds));
        bool is_right = !w.is_walk || chance(2) == 0;
        if (is_right)
            snprintf(w.secret, sizeof w.secret, "%s", right);
        else
            snprintf(w.secret, sizeof w.secret, "wrong%u", (unsigned)chance(3));
    }
    give_credentials();
}

static void client_note(const smtpauth_client_event *e)
{
    uint32_t index = e->index;
    switch (e->type) {
    case SMTPAUTH_NOTE_RECIPIENT:
        if (index >= w.given.recipients)
            broken("a note for nobody");
        else
            w.given.fate[index] = e->fate;
        break;
    case SMTPAUTH_NOTE_DELIVERY:
        if (w.delivered[index] != (e->fate == SMTPAUTH_FATE_ACCEPTED))
            broken("another fate of a delivery");
        break;
    case SMTPAUTH_NOTE_MESSAGE:
        w.done++;
        w.accepted_for_client += e->fate == SMTPAUTH_FATE_ACCEPTED;
        if (e->fate == SMTPAUTH_FATE_UNKNOWN)
            broken("a fate is unknown");
        if (w.done != w.messages)
            broken("a message without its note");
        break;
    case SMTPAUTH_NOTE_ERROR:
        broken(smtpauth_reason_words(e->reason, SMTPAUTH_WORDS_NAME));
        break;
    case SMTPAUTH_NOTE_AUTH:
        if (e->reason == SMTPAUTH_REASON_AUTHENTICATED &&
            !(smtpauth_server_is(&w.server) & SMTPAUTH_IS_AUTHENTICATED))
            broken("believed to be in");
        break;
    default:
        break;
    }
}

static void client_turn(void)
{
    smtpauth_client_event e;
    uint16_t type = smtpauth_client_step(&w.client, &w.c.io, &e);
    switch (type) {
    case SMTPAUTH_NEED_INPUT:
        flush(&w.c, &w.to_server);
        w.c.wants_input = true;
        break;
    case SMTPAUTH_NEED_OUTPUT:
        flush(&w.c, &w.to_server);
        break;
    case SMTPAUTH_NEED_TLS:
        w.c.wants_tls = true;
        break;
    case SMTPAUTH_CLOSED:
        flush(&w.c, &w.to_server);
        w.c.is_closed = true;
        break;
    case SMTPAUTH_ASK_CREDENTIALS:
        ask_credentials(&e);
        break;
    case SMTPAUTH_ASK_ENVELOPE:
        ask_envelope(&e);
        break;
    case SMTPAUTH_ASK_RECIPIENT:
        ask_recipient(e.index);
        break;
    case SMTPAUTH_ASK_MESSAGE:
        ask_message(e.size);
        break;
    case SMTPAUTH_ASK_STARTTLS:
        (void)smtpauth_client_answer(&w.client, &w.c.io, chance(3) ? SMTPAUTH_REASON_OK : 0);
        break;
    case SMTPAUTH_NEED_ANSWER:
        if (e.asked == SMTPAUTH_ASK_CREDENTIALS)
            give_credentials();
        else
            (void)smtpauth_client_answer(&w.client, &w.c.io, 0);
        flush(&w.c, &w.to_server);
        break;
    default:
        client_note(&e);
        break;
    }
}

/* ---- The server's host ---- */

static bool is_secret(smtpauth_view secret)
{
    return secret.len == strlen(right) && memcmp(secret.data, right, secret.len) == 0;
}

static int32_t verdict_on(bool is_right)
{
    static const int32_t others[] = {SMTPAUTH_UNAVAILABLE, SMTPAUTH_TOO_WEAK, SMTPAUTH_TRANSITION,
                                     SMTPAUTH_DISABLED,    SMTPAUTH_EXPIRED,  SMTPAUTH_TRY_LATER};
    if (w.may_be_denied && chance(5) == 0)
        return others[chance(6)];
    return is_right ? SMTPAUTH_ACCEPTED_AS : SMTPAUTH_REJECTED;
}

/* What shows the secret: none may come twice once it was rejected (but for TRY_ANOTHER). */
static int32_t judge(smtpauth_view secret)
{
    char text[32];
    snprintf(text, sizeof text, "%.*s", (int)secret.len, (const char *)secret.data);
    int32_t verdict = verdict_on(is_secret(secret));
    for (unsigned i = 0; i < w.rejected_secrets; i++)
        if (strcmp(text, w.rejected[i]) == 0 && !(w.config.flags & SMTPAUTH_CLIENT_TRY_ANOTHER))
            broken("a rejected secret came again");
    if (verdict == SMTPAUTH_REJECTED && w.rejected_secrets < 8)
        snprintf(w.rejected[w.rejected_secrets++], sizeof w.rejected[0], "%s", text);
    return verdict;
}

static void ask_secret(const smtpauth_event *e)
{
    smtpauth_secret secret;
    memset(&secret, 0, sizeof secret);
    secret.size = sizeof secret;
    size_t hash = e->mechanism.len >= 13 && memcmp(e->mechanism.data, "SCRAM-SHA-256", 13) == 0 ? 1 : 0,
           len = hash ? 32 : 20;
    secret.iterations = ITERATIONS;
    secret.salt.data = salt;
    secret.salt.len = sizeof salt;
    secret.stored_key.data = stored[hash];
    secret.server_key.data = server_key[hash];
    secret.stored_key.len = secret.server_key.len = len;
    secret.password = view(right);
    secret.is_known = true;
    if (e->binding.len > 0) {
        secret.binding.data = binding;
        secret.binding.len = sizeof binding;
    }
    if (smtpauth_server_secret(&w.server, &w.s.io, &secret) != SMTPAUTH_DONE)
        broken("secret");
}

static uint16_t answer_to(uint16_t question)
{
    static const uint16_t mail[] = {SMTPAUTH_REASON_NOT_PERMITTED, SMTPAUTH_REASON_LOCAL_ERROR};
    static const uint16_t rcpt[] = {SMTPAUTH_REASON_UNKNOWN_RECIPIENT, SMTPAUTH_REASON_RECIPIENT_LATER};
    static const uint16_t data[] = {SMTPAUTH_REASON_NO_ROOM, SMTPAUTH_REASON_MESSAGE_REFUSED};
    if (chance(6) != 0)
        return SMTPAUTH_REASON_OK;
    return question == SMTPAUTH_ASK_MAIL   ? mail[chance(2)]
           : question == SMTPAUTH_ASK_RCPT ? rcpt[chance(2)]
                                           : data[chance(2)];
}

static void compare_messages(void)
{
    size_t len = w.given.len;
    bool is_chunked = (smtpauth_client_offers(&w.client) & SMTPAUTH_EXT_CHUNKING) &&
                      !(w.config.flags & SMTPAUTH_CLIENT_NO_CHUNKING);
    bool has_end = len == 0 || is_chunked || (len > 1 && memcmp(w.given.text + len - 2, "\r\n", 2) == 0);
    size_t want = has_end ? len : len + 2;
    if (w.taken.len != want || memcmp(w.taken.text, w.given.text, len) != 0)
        broken("another message");
    if (strcmp(w.taken.sender, w.given.sender) != 0 || (w.taken.body != 0 && w.taken.body != w.given.body))
        broken("another envelope");
    unsigned accepted = 0;
    for (unsigned i = 0; i < w.given.recipients; i++)
        accepted += w.given.fate[i] == SMTPAUTH_FATE_ACCEPTED;
    if (accepted != w.taken.recipients)
        broken("other recipients");
}

static void server_question(const smtpauth_event *e)
{
    uint16_t answer = answer_to(e->type);
    switch (e->type) {
    case SMTPAUTH_ASK_MAIL:
        memset(&w.taken, 0, sizeof w.taken);
        memset(w.delivered, 0, sizeof w.delivered);
        snprintf(w.taken.sender, sizeof w.taken.sender, "%.*s", (int)e->path.len, (const char *)e->path.data);
        w.taken.body = e->body;
        break;
    case SMTPAUTH_ASK_RCPT:
        w.taken.recipients += answer == SMTPAUTH_REASON_OK;
        w.deliveries = 0;
        break;
    case SMTPAUTH_ASK_MESSAGE:
        compare_messages();
        w.delivered[e->index] = answer == SMTPAUTH_REASON_OK;
        w.deliveries += answer == SMTPAUTH_REASON_OK;
        if (w.is_lmtp)
            w.accepted_by_server += w.deliveries == 1 && answer == SMTPAUTH_REASON_OK;
        else
            w.accepted_by_server += answer == SMTPAUTH_REASON_OK;
        break;
    default:
        break;
    }
    if (smtpauth_server_answer(&w.server, &w.s.io, answer) != SMTPAUTH_DONE)
        broken("answer");
}

static void server_turn(void)
{
    smtpauth_event e;
    uint16_t type = smtpauth_server_step(&w.server, &w.s.io, &e);
    switch (type) {
    case SMTPAUTH_NEED_INPUT:
        flush(&w.s, &w.to_client);
        w.s.wants_input = true;
        break;
    case SMTPAUTH_NEED_OUTPUT:
        flush(&w.s, &w.to_client);
        break;
    case SMTPAUTH_NEED_TLS:
        flush(&w.s, &w.to_client);
        w.s.wants_tls = true;
        break;
    case SMTPAUTH_CLOSED:
        flush(&w.s, &w.to_client);
        w.s.is_closed = true;
        break;
    case SMTPAUTH_ASK_PASSWORD:
    case SMTPAUTH_ASK_TOKEN:
        (void)smtpauth_server_verdict(&w.server, &w.s.io, judge(e.password), NULL, 0);
        break;
    case SMTPAUTH_ASK_AUTHORIZE:
    case SMTPAUTH_ASK_EXTERNAL:
    case SMTPAUTH_ASK_ANONYMOUS:
        (void)smtpauth_server_verdict(&w.server, &w.s.io, verdict_on(true), NULL, 0);
        break;
    case SMTPAUTH_ASK_SECRET:
        ask_secret(&e);
        break;
    case SMTPAUTH_NOTE_DATA:
        assert_true(w.taken.len + e.data.len <= sizeof w.taken.text);
        memcpy(w.taken.text + w.taken.len, e.data.data, e.data.len);
        w.taken.len += e.data.len;
        break;
    default:
        if (type >= 32 && type < 64)
            server_question(&e);
        break;
    }
}

/* ---- A session ---- */

/* One turn of either side. Returns false when neither can go on. */
static bool turn(void)
{
    if (w.c.wants_tls && w.s.wants_tls) {
        flush(&w.c, &w.to_server);
        w.to_server.from = w.to_server.to = w.to_client.from = w.to_client.to = 0;
        if (smtpauth_client_tls_started(&w.client, &w.c.io, SMTPAUTH_TLS_EXPORTER) != SMTPAUTH_DONE ||
            smtpauth_server_tls_started(&w.server, &w.s.io, SMTPAUTH_TLS_EXPORTER) != SMTPAUTH_DONE)
            broken("tls_started");
        w.c.wants_tls = w.s.wants_tls = false;
        w.c.wants_input = w.s.wants_input = false;
    }
    bool may_client = !w.c.is_closed && !w.c.wants_tls && (!w.c.wants_input || pass_on(&w.to_client, &w.c));
    if (may_client) {
        w.c.wants_input = false;
        client_turn();
        return true;
    }
    bool may_server = !w.s.is_closed && !w.s.wants_tls && (!w.s.wants_input || pass_on(&w.to_server, &w.s));
    if (may_server) {
        w.s.wants_input = false;
        server_turn();
        return true;
    }
    if (w.s.is_closed && !w.c.is_closed && w.to_client.to == w.to_client.from) {
        (void)smtpauth_client_close(&w.client, &w.c.io, SMTPAUTH_REASON_CONNECTION_LOST);
        w.c.wants_input = false;
        return true;
    }
    return false;
}

static void open_end(end *e, size_t out_cap)
{
    e->out_cap = out_cap;
    e->io.next_out = e->out;
    e->io.avail_out = out_cap;
    move_window(e, NULL, 0);
}

static void prepare(void)
{
    free(w.c.in);
    free(w.s.in);
    memset(&w, 0, sizeof w);
    w.config.size = sizeof w.config;
    w.config.name = "client.example.test";
    w.config.iterations_min = 1;
    w.policy.size = sizeof w.policy;
    w.policy.hostname = "mail.example.test";
    w.policy.secret = binding;
    w.policy.secret_len = sizeof binding;
    w.messages_max = 1;
    open_end(&w.c, sizeof w.c.out);
    open_end(&w.s, sizeof w.s.out);
}

static bool run(uint32_t flags)
{
    uint8_t seed[16];
    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)chance(256);
    assert_int_equal(smtpauth_client_init(&w.client, sizeof w.client, &w.config, flags, seed, sizeof seed),
                     SMTPAUTH_DONE);
    assert_int_equal(smtpauth_server_init(&w.server, sizeof w.server, &w.policy,
                                          flags & SMTPAUTH_CLIENT_IMPLICIT_TLS ? SMTPAUTH_IMPLICIT_TLS : 0,
                                          seed, sizeof seed),
                     SMTPAUTH_DONE);
    for (unsigned turns = 0; !(w.c.is_closed && w.s.is_closed) && w.fault == NULL; turns++) {
        if (turns == TURNS_MAX)
            broken("does not end");
        else if (!turn() && !w.c.is_closed)
            broken("both wait");
        else if (w.c.is_closed && !w.s.is_closed && w.to_server.to == w.to_server.from && w.s.wants_input) {
            (void)smtpauth_server_close(&w.server, &w.s.io, SMTPAUTH_REASON_CONNECTION_LOST);
            w.s.wants_input = false;
        }
    }
    return w.fault == NULL;
}

/* ---- Every mechanism ---- */

static const struct {
    const char *name;
    smtpauth_mechanism_fn *server;
    smtpauth_client_mechanism_fn *client;
} pairs[] = {
    {"SCRAM-SHA-256-PLUS", smtpauth_scram_sha256_plus, smtpauth_client_scram_sha256_plus},
    {"SCRAM-SHA-1-PLUS", smtpauth_scram_sha1_plus, smtpauth_client_scram_sha1_plus},
    {"SCRAM-SHA-256", smtpauth_scram_sha256, smtpauth_client_scram_sha256},
    {"SCRAM-SHA-1", smtpauth_scram_sha1, smtpauth_client_scram_sha1},
    {"EXTERNAL", smtpauth_external, smtpauth_client_external},
    {"OAUTHBEARER", smtpauth_oauthbearer, smtpauth_client_oauthbearer},
    {"XOAUTH2", smtpauth_xoauth2, smtpauth_client_xoauth2},
    {"CRAM-MD5", smtpauth_cram_md5, smtpauth_client_cram_md5},
    {"PLAIN", smtpauth_plain, smtpauth_client_plain},
    {"LOGIN", smtpauth_login, smtpauth_client_login},
    {"ANONYMOUS", smtpauth_anonymous, smtpauth_client_anonymous},
};
enum { PAIRS = sizeof pairs / sizeof *pairs };

static void every_mechanism(void **state)
{
    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        smtpauth_mechanism_fn *const servers[] = {pairs[i].server, NULL};
        smtpauth_client_mechanism_fn *const clients[] = {pairs[i].client, NULL};
        chance_state = i;
        prepare();
        w.config.mechanisms = clients;
        w.policy.mechanisms = servers;
        w.policy.extensions = SMTPAUTH_EXT_STARTTLS;
        bool is_fine = run(0);
        check(is_fine, pairs[i].name, is_fine ? "" : w.fault);
        check(smtpauth_client_why(&w.client) == SMTPAUTH_REASON_BYE, pairs[i].name, "no polite end");
        check(strcmp(smtpauth_server_mechanism(&w.server), pairs[i].name) == 0, pairs[i].name,
              "logged in otherwise");
        check(w.done == 1, pairs[i].name, "no message");
    }
    finish();
}

/* ---- Walks ---- */

static void choose_mechanisms(smtpauth_mechanism_fn **servers, smtpauth_client_mechanism_fn **clients)
{
    size_t s = 0, c = 0;
    for (size_t i = 0; i < PAIRS; i++) {
        if (chance(2))
            servers[s++] = pairs[i].server;
        if (chance(2))
            clients[c++] = pairs[i].client;
    }
    if (s == 0)
        servers[s++] = smtpauth_plain;
    servers[s] = NULL;
    clients[c] = NULL;
}

static void choose_policy(void)
{
    static const uint32_t flags[] = {
        0, 0, 0, SMTPAUTH_RELAY, SMTPAUTH_REQUIRE_TLS, SMTPAUTH_RELAY | SMTPAUTH_REQUIRE_TLS};
    static const uint32_t extensions[] = {SMTPAUTH_EXT_SMTPUTF8, SMTPAUTH_EXT_CHUNKING, SMTPAUTH_EXT_DSN,
                                          SMTPAUTH_EXT_MT_PRIORITY, SMTPAUTH_EXT_LIMITS};
    w.policy.flags = flags[chance(6)] | (chance(2) ? SMTPAUTH_CLEAR_AUTH : 0);
    w.policy.extensions = SMTPAUTH_EXT_STARTTLS;
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        w.policy.extensions |= chance(2) ? extensions[i] : 0;
    if ((w.policy.extensions & SMTPAUTH_EXT_CHUNKING) && chance(2))
        w.policy.extensions |= SMTPAUTH_EXT_BINARYMIME;
    w.policy.auth_failures_max = (uint16_t)(3 + chance(3));
    w.is_lmtp = chance(6) == 0;
    if (w.is_lmtp)
        w.policy.flags = SMTPAUTH_LMTP | SMTPAUTH_NO_AUTH;
}

static void choose_config(void)
{
    static const uint32_t flags[] = {SMTPAUTH_CLIENT_CLEAR_AUTH,    SMTPAUTH_CLIENT_AUTH_LATE,
                                     SMTPAUTH_CLIENT_IN_ORDER,      SMTPAUTH_CLIENT_TRY_ANOTHER,
                                     SMTPAUTH_CLIENT_NO_PIPELINING, SMTPAUTH_CLIENT_NO_CHUNKING,
                                     SMTPAUTH_CLIENT_ASKS_STARTTLS, SMTPAUTH_CLIENT_NOTES_LINE};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        w.config.flags |= chance(3) == 0 ? flags[i] : 0;
    uint32_t tls = chance(6);
    w.config.flags |= tls == 0 ? SMTPAUTH_CLIENT_TLS_NEVER : tls == 1 ? SMTPAUTH_CLIENT_TLS_REQUIRED : 0;
    w.config.credentials_max = (uint16_t)chance(6);
    w.config.slice = chance(4) == 0 ? 5 : 0;
    w.config.guard_key = chance(2) ? binding : NULL;
    w.config.flags |= w.is_lmtp ? SMTPAUTH_CLIENT_LMTP : 0;
}

static void walk(unsigned number)
{
    smtpauth_mechanism_fn *servers[PAIRS + 1];
    smtpauth_client_mechanism_fn *clients[PAIRS + 1];
    chance_state = number * 7919u + 1;
    prepare();
    w.walk = number;
    w.is_walk = true;
    w.may_be_denied = chance(2) == 0;
    w.messages_max = 1 + chance(4);
    w.c.io.avail_out = w.c.out_cap = 2048 + chance(2) * 8000;
    w.s.io.avail_out = w.s.out_cap = 512 + chance(2) * 8000;
    choose_mechanisms(servers, clients);
    choose_policy();
    choose_config();
    w.policy.mechanisms = w.is_lmtp ? NULL : (smtpauth_mechanism_fn *const *)servers;
    w.config.mechanisms = (smtpauth_client_mechanism_fn *const *)clients;
    uint32_t flags = chance(5) == 0 ? SMTPAUTH_CLIENT_IMPLICIT_TLS : 0;
    if (smtpauth_policy_check(&w.policy) != 0)
        return;
    bool is_fine = run(flags);
    uint16_t why = smtpauth_client_why(&w.client);
    bool is_polite = why == SMTPAUTH_REASON_BYE || why == SMTPAUTH_REASON_SERVER_CLOSING ||
                     why == SMTPAUTH_REASON_TLS_MISSING || why == SMTPAUTH_REASON_TOO_MANY_MESSAGES;
    if (is_fine && !is_polite)
        broken(smtpauth_reason_words(why, SMTPAUTH_WORDS_NAME));
    if (is_fine && w.done != w.messages)
        broken("a message without its note");
    if (is_fine && w.accepted_by_server != w.accepted_for_client)
        broken("another fate of a message");
    if (w.fault != NULL) {
        print_error("walk %u: %s\n", number, w.fault);
        add_wrong();
    }
}

static unsigned total_accepted, total_logins, total_messages;

static void walks(void **state)
{
    const char *count = getenv("ENGINES_WALKS");
    unsigned n = count != NULL ? (unsigned)strtoul(count, NULL, 10) : WALKS;
    (void)state;
    for (unsigned i = 0; i < n; i++) {
        walk(i);
        total_accepted += w.accepted_by_server;
        total_messages += w.messages;
        total_logins += (smtpauth_server_is(&w.server) & SMTPAUTH_IS_AUTHENTICATED) != 0;
    }
    /* They get somewhere: a third of the messages at least, and one walk in five logs in. */
    check(total_accepted * 3 > total_messages, "walks", "few messages were accepted");
    check(total_logins * 5 > n, "walks", "few logins");
    free(w.c.in);
    free(w.s.in);
    w.c.in = w.s.in = NULL;
    finish();
}

int main(void)
{
    for (size_t hash = 0; hash < 2; hash++)
        (void)smtpauth_scram_derive((uint8_t)(hash == 0 ? SMTPAUTH_SHA1 : SMTPAUTH_SHA256),
                                    (const uint8_t *)right, strlen(right), salt, sizeof salt, ITERATIONS, NULL,
                                    stored[hash], server_key[hash]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mechanism),
        cmocka_unit_test(walks),
    };
    return cmocka_run_group_tests_name("engines", tests, NULL, NULL);
}
