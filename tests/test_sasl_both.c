/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Client halves against the server engine, every mechanism, with names and secrets at random: who knows the secret is in
 * (235) and, with SCRAM, knows that the server knew it too; who does not hears 535; and the host saw the very name, secret
 * and authorization identity that the client was given. Published exchanges hold each half by itself (test_sasl_client,
 * transcripts/scram.txt ...); this holds that they mean the same, with hashes of the host's as well.
 */

#include "chance.h"
#include "counting_hashes.h"
#include "mechanism_pairs.h"
#include "session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 60 * MECHANISM_PAIRS };

/* ---- What happens at random ---- */

/* Characters that some mechanism or other treats in a special way, and letters of two, three and four octets. */
static const char *const characters[] = {
    "a", "b", "Z", "0", "=", ",", "+", "/", " ", "@", ".", "\xc3\xbc", "\xe6\xbc\xa2", "\xf0\x9f\x94\x91",
    "-", "_"};

static void text_at_random(octets *out, uint32_t most, bool is_token)
{
    uint32_t count = 1 + chance(most);
    for (uint32_t i = 0; i < count; i++)
        octets_text(out, characters[chance(is_token ? 4 : sizeof characters / sizeof *characters)]);
    octets_string(out);
}

static smtpauth_view view_of(const octets *o)
{
    smtpauth_view view = {o->data, o->len};
    return view;
}

static bool is_same(const smtpauth_view *view, const octets *text)
{
    return view->len == text->len && (view->len == 0 || memcmp(view->data, text->data, view->len) == 0);
}

/* ---- One exchange ---- */

typedef struct exchange {
    const mechanism_pair *pair;
    session s;
    smtpauth_exchange x;
    octets name, other, secret, right; /* `other`: authorization identity; `right`: what the host knows */
    uint8_t stored_key[32], server_key[32];
    bool may_act;
    smtpauth_policy policy;
    smtpauth_mechanism_fn *mechanisms[2];
} exchange;

static const uint8_t binding[32] = {1, 2, 3};

static bool is_called(const exchange *e, const char *name)
{
    return strcmp(e->pair->name, name) == 0;
}

static void answer_secret(exchange *e)
{
    static const uint8_t salt[16] = "0123456789abcde";
    smtpauth_secret secret = {.size = sizeof secret, .iterations = 4096, .user = 42};
    size_t len = smtpauth_hash_size(e->pair->hash);
    secret.is_known = is_same(&e->s.event.identity, &e->name);
    assert_true(secret.is_known);
    secret.may_act = e->may_act;
    if (len > 0) {
        assert_int_equal(smtpauth_scram_derive(e->pair->hash, e->right.data, e->right.len, salt, sizeof salt,
                                               4096, &counting_hashes, e->stored_key, e->server_key),
                         SMTPAUTH_DONE);
        secret.salt = (smtpauth_view){salt, sizeof salt};
        secret.stored_key = (smtpauth_view){e->stored_key, len};
        secret.server_key = (smtpauth_view){e->server_key, len};
    }
    secret.password = view_of(&e->right);
    if (e->s.event.binding.len > 0)
        secret.binding = (smtpauth_view){binding, sizeof binding};
    assert_int_equal(smtpauth_server_secret(&e->s.server, &e->s.io, &secret), SMTPAUTH_DONE);
}

static void answer(exchange *e)
{
    const smtpauth_event *event = &e->s.event;
    bool is_right = is_same(&event->password, &e->right);
    int32_t yes = e->may_act ? SMTPAUTH_ACCEPTED_AS : SMTPAUTH_ACCEPTED;
    switch (event->asked) {
    case SMTPAUTH_ASK_SECRET:
        if (e->other.len > 0 && !is_same(&event->identity, &e->other))
            assert_true(is_same(&event->authorization, &e->other) || is_called(e, "CRAM-MD5"));
        answer_secret(e);
        return;
    case SMTPAUTH_ASK_PASSWORD:
    case SMTPAUTH_ASK_TOKEN:
        assert_true(is_same(&event->identity, &e->name));
        assert_true(is_same(&event->password, &e->secret));
        smtpauth_server_verdict(&e->s.server, &e->s.io, is_right ? yes : (int32_t)SMTPAUTH_REJECTED, NULL, 0);
        return;
    case SMTPAUTH_ASK_AUTHORIZE:
        assert_int_equal(event->user, 42);
        smtpauth_server_verdict(&e->s.server, &e->s.io, SMTPAUTH_ACCEPTED, NULL, 0);
        return;
    case SMTPAUTH_ASK_EXTERNAL:
        assert_true(is_same(&event->authorization, &e->other));
        smtpauth_server_verdict(&e->s.server, &e->s.io, yes, NULL, 0);
        return;
    default:
        assert_int_equal(event->asked, SMTPAUTH_ASK_ANONYMOUS);
        assert_true(is_same(&event->name, &e->name));
        smtpauth_server_verdict(&e->s.server, &e->s.io, SMTPAUTH_ACCEPTED, NULL, 0);
        return;
    }
}

/* Runs the server until it waits; answers on the way. Returns the replies since `from`. */
static const char *serve(exchange *e, size_t from)
{
    uint16_t type;
    while ((type = session_run(&e->s)) != SMTPAUTH_NEED_INPUT && type != SMTPAUTH_CLOSED)
        answer(e);
    session_flush(&e->s);
    return octets_string(&e->s.replies) + from;
}

static smtpauth_credentials credentials_of(const exchange *e)
{
    smtpauth_credentials who = {.size = sizeof who};
    who.identity = view_of(&e->name);
    who.authorization = view_of(&e->other);
    who.secret = view_of(&e->secret);
    who.binding_type = (smtpauth_view){(const uint8_t *)"tls-exporter", 12};
    who.binding = (smtpauth_view){binding, sizeof binding};
    return who;
}

/* One step of the client; keys are derived in slices. */
static int32_t respond(exchange *e, const smtpauth_view *challenge, octets *out)
{
    smtpauth_credentials who = credentials_of(e);
    uint8_t response[4096];
    size_t len = 0;
    int32_t result;
    do {
        result = smtpauth_exchange_step(&e->x, challenge, &who, response, sizeof response, &len);
    } while (result == SMTPAUTH_EXCHANGE_AGAIN);
    if (result == SMTPAUTH_EXCHANGE_SEND)
        octets_base64(out, response, len);
    return result;
}

static void begin(exchange *e)
{
    smtpauth_exchange_config config = {
        .size = sizeof config, .slice = 1 + chance(5000), .crypto = &counting_hashes};
    config.server_offered_plus = strstr(e->pair->name, "-PLUS") != NULL;
    e->mechanisms[0] = e->pair->server;
    e->policy = session_policy(SMTPAUTH_IMPLICIT_TLS);
    e->policy.mechanisms = e->mechanisms;
    e->policy.crypto = &counting_hashes;
    assert_int_equal(session_begin(&e->s, &e->policy, 0, 16384), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_server_tls_started(&e->s.server, &e->s.io, SMTPAUTH_TLS_EXPORTER), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_exchange_begin(&e->x, sizeof e->x, e->pair->client(), &config,
                                             (const uint8_t *)"a seed for clients", 18),
                     SMTPAUTH_DONE);
}

/* Plays it to its end. Returns the code, and whether the client may believe it. */
static unsigned long play(exchange *e, bool *is_proven)
{
    octets line = {0};
    size_t from;
    const char *reply;
    session_text(&e->s, "EHLO client.example.test\r\n");
    serve(e, 0);
    octets_text(&line, "AUTH ");
    octets_text(&line, e->pair->name);
    size_t bare = line.len;
    octets_text(&line, " ");
    int32_t result = respond(e, NULL, &line);
    if (result == SMTPAUTH_EXCHANGE_WAIT)
        line.len = bare;
    else if (line.len == bare + 1)
        octets_text(&line, "=");
    for (int turns = 0;; turns++) {
        uint8_t challenge[1024];
        smtpauth_view view = {challenge, 0};
        octets_text(&line, "\r\n");
        from = e->s.replies.len;
        session_feed(&e->s, line.data, line.len);
        reply = serve(e, from);
        if (strncmp(reply, "334 ", 4) != 0 || turns > 5)
            break;
        assert_int_equal(
            smtpauth_base64_decode(challenge, (const uint8_t *)reply + 4, strcspn(reply + 4, "\r"), &view.len),
            SMTPAUTH_DONE);
        line.len = 0;
        result = respond(e, &view, &line);
        if (result != SMTPAUTH_EXCHANGE_SEND)
            octets_text(&line, "*");
    }
    *is_proven = smtpauth_exchange_is_proven(&e->x);
    octets_free(&line);
    return strtoul(reply, NULL, 10);
}

static void end(exchange *e)
{
    smtpauth_exchange_end(&e->x);
    session_end(&e->s);
    octets_free(&e->name);
    octets_free(&e->other);
    octets_free(&e->secret);
    octets_free(&e->right);
}

static void choose(exchange *e, bool is_right)
{
    bool is_token = is_called(e, "XOAUTH2") || is_called(e, "OAUTHBEARER");
    text_at_random(&e->name, 60, is_called(e, "ANONYMOUS")); /* a trace with an @ must be a mailbox */
    text_at_random(&e->right, 40, is_token);
    octets_add(&e->secret, e->right.data, e->right.len);
    if (!is_right)
        octets_text(&e->secret, "x");
}

static bool has_secret(const exchange *e)
{
    return !is_called(e, "EXTERNAL") && !is_called(e, "ANONYMOUS");
}

static bool has_authorization(const exchange *e)
{
    return is_called(e, "PLAIN") || is_called(e, "EXTERNAL") || e->pair->hash != 0;
}

/* ---- The tests ---- */

static void test_right(void **state)
{
    (void)state;
    chance_begin(1);
    for (size_t i = 0; i < ROUNDS; i++) {
        exchange e = {.pair = &mechanism_pairs[i % MECHANISM_PAIRS]};
        bool is_proven;
        choose(&e, true);
        begin(&e);
        unsigned long code = play(&e, &is_proven);
        if (code != 235 || !is_proven)
            fail_msg("%s, round %zu: %lu, proven %d", e.pair->name, i, code, is_proven);
        assert_true((smtpauth_server_is(&e.s.server) & SMTPAUTH_IS_AUTHENTICATED) != 0);
        end(&e);
    }
}

static void test_wrong(void **state)
{
    (void)state;
    chance_begin(2);
    for (size_t i = 0; i < ROUNDS; i++) {
        exchange e = {.pair = &mechanism_pairs[i % MECHANISM_PAIRS]};
        bool is_proven;
        if (!has_secret(&e))
            continue;
        choose(&e, false);
        begin(&e);
        unsigned long code = play(&e, &is_proven);
        if (code != 535)
            fail_msg("%s, round %zu: %lu", e.pair->name, i, code);
        if (e.pair->hash != 0)
            assert_false(is_proven); /* the server never showed that it knows him */
        assert_true((smtpauth_server_is(&e.s.server) & SMTPAUTH_IS_AUTHENTICATED) == 0);
        end(&e);
    }
}

static void test_acting_for_another(void **state)
{
    (void)state;
    chance_begin(3);
    for (size_t i = 0; i < ROUNDS; i++) {
        exchange e = {.pair = &mechanism_pairs[i % MECHANISM_PAIRS], .may_act = i / MECHANISM_PAIRS % 2 != 0};
        bool is_proven;
        if (!has_authorization(&e))
            continue;
        choose(&e, true);
        octets_text(&e.other, "boss ");
        text_at_random(&e.other, 20, false);
        begin(&e);
        unsigned long code = play(&e, &is_proven);
        if (code != (e.may_act ? 235 : 535))
            fail_msg("%s, round %zu, may act %d: %lu", e.pair->name, i, e.may_act, code);
        end(&e);
    }
}

/* The host's hashes are used, by both halves: 4096 iterations need 8192 blocks each. */
static void test_crypto(void **state)
{
    bool is_proven;
    (void)state;
    chance_begin(4);
    for (size_t pair = 0; pair < SCRAM_PAIRS; pair++) {
        exchange e = {.pair = &mechanism_pairs[pair]};
        choose(&e, true);
        begin(&e);
        counted_blocks = 0;
        assert_int_equal(play(&e, &is_proven), 235);
        assert_in_range(counted_blocks, 2 * 8192 + 20,
                        2 * 8192 + 200); /* derived by host and client, and some signatures */
        end(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_acting_for_another),
        cmocka_unit_test(test_crypto),
    };
    return cmocka_run_group_tests_name("SASL, both halves", tests, NULL, NULL);
}
