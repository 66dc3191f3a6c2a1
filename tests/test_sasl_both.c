/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Client halves against the server engine, every mechanism, with names and secrets at random: who knows the secret is in
 * (235) and, with SCRAM, knows that the server knew it too; who does not hears 535; and the host saw the very name, secret
 * and authorization identity that the client was given. Published exchanges hold each half by itself (test_sasl_client,
 * transcripts/scram.txt ...); this holds that they mean the same, with hashes of the host's as well.
 */

#include "session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/sasl.h>

static const struct {
    smtpauth_mechanism_fn *server;
    smtpauth_client_mechanism_fn *client;
    uint8_t hash; /* of SCRAM */
} pairs[] = {
    {smtpauth_scram_sha256_plus, smtpauth_client_scram_sha256_plus, SMTPAUTH_SHA256},
    {smtpauth_scram_sha1_plus, smtpauth_client_scram_sha1_plus, SMTPAUTH_SHA1},
    {smtpauth_scram_sha256, smtpauth_client_scram_sha256, SMTPAUTH_SHA256},
    {smtpauth_scram_sha1, smtpauth_client_scram_sha1, SMTPAUTH_SHA1},
    {smtpauth_external, smtpauth_client_external, 0},
    {smtpauth_oauthbearer, smtpauth_client_oauthbearer, 0},
    {smtpauth_xoauth2, smtpauth_client_xoauth2, 0},
    {smtpauth_cram_md5, smtpauth_client_cram_md5, 0},
    {smtpauth_plain, smtpauth_client_plain, 0},
    {smtpauth_login, smtpauth_client_login, 0},
    {smtpauth_anonymous, smtpauth_client_anonymous, 0},
};
enum { PAIRS = sizeof pairs / sizeof *pairs, ROUNDS = 60 };

/* ---- What happens at random ---- */

static uint32_t state_of_random;

static uint32_t below(uint32_t n)
{
    state_of_random = state_of_random * 1664525u + 1013904223u;
    return (state_of_random >> 8) % n;
}

/* Characters that some mechanism or other treats in a special way, and letters of two, three and four octets. */
static const char *const characters[] = {
    "a", "b", "Z", "0", "=", ",", "+", "/", " ", "@", ".", "\xc3\xbc", "\xe6\xbc\xa2", "\xf0\x9f\x94\x91",
    "-", "_"};

static void text_at_random(octets *out, uint32_t most, bool is_token)
{
    uint32_t count = 1 + below(most);
    for (uint32_t i = 0; i < count; i++)
        octets_text(out, characters[below(is_token ? 4 : sizeof characters / sizeof *characters)]);
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
    size_t pair;
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
    return strcmp(smtpauth_mechanism_name(pairs[e->pair].server()), name) == 0;
}

static uint32_t hashed_blocks;

static void count_sha1(uint32_t *hash_state, const uint8_t *data, size_t blocks);
static void count_sha256(uint32_t *hash_state, const uint8_t *data, size_t blocks);
static const smtpauth_crypto counting = {count_sha1, count_sha256};

static void answer_secret(exchange *e)
{
    static const uint8_t salt[16] = "0123456789abcde";
    smtpauth_secret secret = {.size = sizeof secret, .iterations = 4096, .user = 42};
    size_t len = smtpauth_hash_size(pairs[e->pair].hash);
    secret.is_known = is_same(&e->s.event.identity, &e->name);
    assert_true(secret.is_known);
    secret.may_act = e->may_act;
    if (len > 0) {
        assert_int_equal(smtpauth_scram_derive(pairs[e->pair].hash, e->right.data, e->right.len, salt,
                                               sizeof salt, 4096, &counting, e->stored_key, e->server_key),
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

static void begin(exchange *e, size_t pair)
{
    smtpauth_exchange_config config = {.size = sizeof config, .slice = 1 + below(5000), .crypto = &counting};
    config.server_offered_plus = strstr(smtpauth_mechanism_name(pairs[pair].server()), "-PLUS") != NULL;
    e->mechanisms[0] = pairs[pair].server;
    e->policy = session_policy(SMTPAUTH_IMPLICIT_TLS);
    e->policy.mechanisms = e->mechanisms;
    e->policy.crypto = &counting;
    assert_int_equal(session_begin(&e->s, &e->policy, 0, 16384), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_server_tls_started(&e->s.server, &e->s.io, SMTPAUTH_TLS_EXPORTER), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_exchange_begin(&e->x, sizeof e->x, pairs[pair].client(), &config,
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
    octets_text(&line, smtpauth_mechanism_name(pairs[e->pair].server()));
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
    return is_called(e, "PLAIN") || is_called(e, "EXTERNAL") ||
           strncmp(smtpauth_mechanism_name(pairs[e->pair].server()), "SCRAM", 5) == 0;
}

/* ---- The tests ---- */

static void test_right(void **state)
{
    (void)state;
    state_of_random = 1;
    for (size_t i = 0; i < PAIRS * ROUNDS; i++) {
        exchange e = {.pair = i % PAIRS};
        bool is_proven;
        choose(&e, true);
        begin(&e, e.pair);
        unsigned long code = play(&e, &is_proven);
        if (code != 235 || !is_proven)
            fail_msg("%s, round %zu: %lu, proven %d", smtpauth_mechanism_name(pairs[e.pair].server()), i, code,
                     is_proven);
        assert_true((smtpauth_server_is(&e.s.server) & SMTPAUTH_IS_AUTHENTICATED) != 0);
        end(&e);
    }
}

static void test_wrong(void **state)
{
    (void)state;
    state_of_random = 2;
    for (size_t i = 0; i < PAIRS * ROUNDS; i++) {
        exchange e = {.pair = i % PAIRS};
        bool is_proven;
        if (!has_secret(&e))
            continue;
        choose(&e, false);
        begin(&e, e.pair);
        unsigned long code = play(&e, &is_proven);
        if (code != 535)
            fail_msg("%s, round %zu: %lu", smtpauth_mechanism_name(pairs[e.pair].server()), i, code);
        if (pairs[e.pair].hash != 0)
            assert_false(is_proven); /* the server never showed that it knows him */
        assert_true((smtpauth_server_is(&e.s.server) & SMTPAUTH_IS_AUTHENTICATED) == 0);
        end(&e);
    }
}

static void test_acting_for_another(void **state)
{
    (void)state;
    state_of_random = 3;
    for (size_t i = 0; i < PAIRS * ROUNDS; i++) {
        exchange e = {.pair = i % PAIRS, .may_act = i / PAIRS % 2 != 0};
        bool is_proven;
        if (!has_authorization(&e))
            continue;
        choose(&e, true);
        octets_text(&e.other, "boss ");
        text_at_random(&e.other, 20, false);
        begin(&e, e.pair);
        unsigned long code = play(&e, &is_proven);
        if (code != (e.may_act ? 235 : 535))
            fail_msg("%s, round %zu, may act %d: %lu", smtpauth_mechanism_name(pairs[e.pair].server()), i,
                     e.may_act, code);
        end(&e);
    }
}

/* The host's hashes are used, by both halves: 4096 iterations need 8192 blocks each. */
static void test_crypto(void **state)
{
    bool is_proven;
    (void)state;
    state_of_random = 4;
    for (size_t pair = 0; pair < 4; pair++) {
        exchange e = {.pair = pair};
        choose(&e, true);
        begin(&e, pair);
        hashed_blocks = 0;
        assert_int_equal(play(&e, &is_proven), 235);
        assert_in_range(hashed_blocks, 2 * 8192 + 20,
                        2 * 8192 + 200); /* derived by host and client, and some signatures */
        end(&e);
    }
}

/* ---- Hashes of the host's: FIPS 180-4 once more, written apart from the library's ---- */

static uint32_t rotate_left(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static uint32_t word_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void count_sha1(uint32_t *h, const uint8_t *data, size_t blocks)
{
    static const uint32_t k[4] = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};
    for (hashed_blocks += (uint32_t)blocks; blocks > 0; blocks--, data += 64) {
        uint32_t w[80], v[5];
        memcpy(v, h, sizeof v);
        for (size_t t = 0; t < 80; t++)
            w[t] = t < 16 ? word_at(data + 4 * t) : rotate_left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
        for (size_t t = 0; t < 80; t++) {
            uint32_t f = t < 20              ? (v[1] & v[2]) | (~v[1] & v[3])
                         : t >= 40 && t < 60 ? (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])
                                             : v[1] ^ v[2] ^ v[3];
            uint32_t next = rotate_left(v[0], 5) + f + v[4] + k[t / 20] + w[t];
            v[4] = v[3], v[3] = v[2], v[2] = rotate_left(v[1], 30), v[1] = v[0], v[0] = next;
        }
        for (size_t i = 0; i < 5; i++)
            h[i] += v[i];
    }
}

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4 4.2.2), computed. */
static uint32_t constant(size_t t)
{
    static uint32_t k[64];
    if (k[0] == 0) {
        size_t found = 0;
        for (uint64_t p = 2; found < 64; p++) {
            bool is_prime = true;
            for (uint64_t d = 2; d * d <= p; d++)
                is_prime = is_prime && p % d != 0;
            if (!is_prime)
                continue;
            /* the largest r with r^3 <= p * 2^96: its low 32 bits are the fraction's */
            uint64_t low = 0, high = (uint64_t)7 << 32;
            while (high - low > 1) {
                uint64_t middle = low + (high - low) / 2;
                __extension__ unsigned __int128 square = (unsigned __int128)middle * middle;
                __extension__ unsigned __int128 limit = ((unsigned __int128)p << 96) / middle;
                if (square <= limit)
                    low = middle;
                else
                    high = middle;
            }
            k[found++] = (uint32_t)low;
        }
    }
    return k[t];
}

static uint32_t rotate_right(uint32_t x, unsigned n)
{
    return rotate_left(x, 32 - n);
}

static void count_sha256(uint32_t *h, const uint8_t *data, size_t blocks)
{
    for (hashed_blocks += (uint32_t)blocks; blocks > 0; blocks--, data += 64) {
        uint32_t w[64], v[8];
        memcpy(v, h, sizeof v);
        for (size_t t = 0; t < 64; t++) {
            w[t] = t < 16 ? word_at(data + 4 * t) : 0;
            if (t >= 16)
                w[t] = (rotate_right(w[t - 2], 17) ^ rotate_right(w[t - 2], 19) ^ w[t - 2] >> 10) + w[t - 7] +
                       (rotate_right(w[t - 15], 7) ^ rotate_right(w[t - 15], 18) ^ w[t - 15] >> 3) + w[t - 16];
        }
        for (size_t t = 0; t < 64; t++) {
            uint32_t one = v[7] + (rotate_right(v[4], 6) ^ rotate_right(v[4], 11) ^ rotate_right(v[4], 25)) +
                           ((v[4] & v[5]) ^ (~v[4] & v[6])) + constant(t) + w[t];
            uint32_t two = (rotate_right(v[0], 2) ^ rotate_right(v[0], 13) ^ rotate_right(v[0], 22)) +
                           ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
            memmove(v + 1, v, 7 * sizeof *v);
            v[4] += one;
            v[0] = one + two;
        }
        for (size_t i = 0; i < 8; i++)
            h[i] += v[i];
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
