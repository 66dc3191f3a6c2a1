/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Proves the client halves that need no hashes, the facts of all, and the exchange's own contract: PLAIN by RFC 4616, EXTERNAL by RFC 4422
 * appendix A, ANONYMOUS by RFC 4505, OAUTHBEARER by RFC 7628, XOAUTH2 by Google's and Microsoft's pages, LOGIN by habit.
 * How each step is played stands in exchange.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/sasl.h>

#include "exchange.h"
#include "rows.h"

#define SEND   SMTPAUTH_EXCHANGE_SEND
#define WAIT   SMTPAUTH_EXCHANGE_WAIT
#define WORDS  SMTPAUTH_E_WORDS
#define ANSWER SMTPAUTH_E_ANSWER

#define UMLAUT    "\xC3\xBC"
#define OVERLONG  "\xC0\xAF"
#define SURROGATE "\xED\xA0\x80"
#define CUT       "\xE2\x82"

#define A50  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A255 A50 A50 A50 A50 A50 "aaaaa"
#define U50                                                                                                    \
    UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT   \
        UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT      \
            UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT  \
                UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT
#define U255 U50 U50 U50 U50 U50 UMLAUT UMLAUT UMLAUT UMLAUT UMLAUT

static void play_rows(const exchange_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(exchange_play(&rows[i], NULL), 0);
    finish();
}

#define PLAY(rows) play_rows(rows, sizeof rows / sizeof *rows)

/* clang-format off */

static void plain_rows(void **state)
{
#define PLAIN(name, authorization, identity, secret, ...) {name, smtpauth_client_plain, identity, authorization, secret, NULL, NULL, NULL, 0, {__VA_ARGS__}}
    static const exchange_row rows[] = {
        PLAIN("RFC 4616 4, tim", NULL, "tim", "tanstaaftanstaaf", {NULL, SEND, "^@tim^@tanstaaftanstaaf", true}),
        PLAIN("RFC 4616 4, Kurt as Ursel", "Ursel", "Kurt", "xipj3plmq", {NULL, SEND, "Ursel^@Kurt^@xipj3plmq", true}),
        PLAIN("RFC 4954 4.1, test", "test", "test", "1234", {"", SEND, "test^@test^@1234", true}),
        PLAIN("the empty challenge first", NULL, "tim", "secret", {"", SEND, "^@tim^@secret", true}),
        PLAIN("UTF-8", UMLAUT, "J" UMLAUT "rgen", "p" UMLAUT, {NULL, SEND, UMLAUT "^@J" UMLAUT "rgen^@p" UMLAUT, true}),
        PLAIN("blanks are text", NULL, " a b ", " ", {NULL, SEND, "^@ a b ^@ ", true}),
        PLAIN("a challenge that says something", NULL, "tim", "secret", {"hello", WORDS, NULL, false}),
        PLAIN("a challenge of one NUL", NULL, "tim", "secret", {"^@", WORDS, NULL, false}),
        PLAIN("one challenge too many", NULL, "tim", "secret", {NULL, SEND, "^@tim^@secret", true}, {"", WORDS, NULL, false}),
        PLAIN("no initial response given again", NULL, "tim", "secret", {NULL, SEND, "^@tim^@secret", true}, {NULL, SMTPAUTH_E_ARGUMENT, NULL, true}),
        PLAIN("no name", NULL, NULL, "secret", {NULL, ANSWER, NULL, false}),
        PLAIN("no name but an authorization", "tim", NULL, "secret", {NULL, ANSWER, NULL, false}),
        PLAIN("no password", NULL, "tim", NULL, {NULL, ANSWER, NULL, false}),
        PLAIN("a NUL in the name", NULL, "tim^@", "secret", {NULL, ANSWER, NULL, false}),
        PLAIN("a NUL in the password", NULL, "tim", "sec^@ret", {NULL, ANSWER, NULL, false}),
        PLAIN("a NUL in the authorization", "^@tim", "tim", "secret", {NULL, ANSWER, NULL, false}),
        PLAIN("Latin-1 in the name", NULL, "J\xFCrgen", "secret", {NULL, ANSWER, NULL, false}),
        PLAIN("overlong in the password", NULL, "tim", OVERLONG, {NULL, ANSWER, NULL, false}),
        PLAIN("surrogate in the authorization", SURROGATE, "tim", "secret", {NULL, ANSWER, NULL, false}),
        PLAIN("cut character in the password", NULL, "tim", "secret" CUT, {NULL, ANSWER, NULL, false}),
    };
    (void)state;
    PLAY(rows);
}

static void login_rows(void **state)
{
#define LOGIN(name, authorization, identity, secret, ...) {name, smtpauth_client_login, identity, authorization, secret, NULL, NULL, NULL, 0, {__VA_ARGS__}}
    static const exchange_row rows[] = {
        LOGIN("the usual prompts", NULL, "tim", "secret", {NULL, WAIT, NULL, false}, {"Username:", SEND, "tim", false}, {"Password:", SEND, "secret", true}),
        LOGIN("the draft's prompts", NULL, "tim", "secret", {"User Name^@", SEND, "tim", false}, {"Password^@", SEND, "secret", true}),
        LOGIN("prompts in another tongue", NULL, "tim", "secret", {"Benutzer", SEND, "tim", false}, {"Kennwort", SEND, "secret", true}),
        LOGIN("empty prompts", NULL, "tim", "secret", {"", SEND, "tim", false}, {"", SEND, "secret", true}),
        LOGIN("prompts swapped are not read", NULL, "tim", "secret", {"Password:", SEND, "tim", false}, {"Username:", SEND, "secret", true}),
        LOGIN("UTF-8", NULL, UMLAUT, "p" UMLAUT, {"", SEND, UMLAUT, false}, {"", SEND, "p" UMLAUT, true}),
        LOGIN("waits as often as asked", NULL, "tim", "secret", {NULL, WAIT, NULL, false}, {NULL, WAIT, NULL, false}, {"", SEND, "tim", false}, {"", SEND, "secret", true}),
        LOGIN("success after the name alone", NULL, "tim", "secret", {"", SEND, "tim", false}),
        LOGIN("no waiting between", NULL, "tim", "secret", {"", SEND, "tim", false}, {NULL, SMTPAUTH_E_ARGUMENT, NULL, false}, {"", SEND, "secret", true}),
        LOGIN("a third challenge", NULL, "tim", "secret", {"", SEND, "tim", false}, {"", SEND, "secret", true}, {"", WORDS, NULL, false}),
        LOGIN("as oneself", "tim", "tim", "secret", {"", SEND, "tim", false}, {"", SEND, "secret", true}),
        LOGIN("as another cannot be said", "root", "tim", "secret", {"", ANSWER, NULL, false}),
        LOGIN("as another whose name begins so", "tim2", "tim", "secret", {"", ANSWER, NULL, false}),
        LOGIN("as another with whose name one's own begins", "ti", "tim", "secret", {"", ANSWER, NULL, false}),
        LOGIN("as another of the same length", "tom", "tim", "secret", {"", ANSWER, NULL, false}),
        LOGIN("no name", NULL, NULL, "secret", {"", ANSWER, NULL, false}),
        LOGIN("no password is seen before the name goes out", NULL, "tim", NULL, {"", ANSWER, NULL, false}),
        LOGIN("a NUL in the name", NULL, "^@tim", "secret", {"", ANSWER, NULL, false}),
        LOGIN("a NUL in the password", NULL, "tim", "secret^@", {"", ANSWER, NULL, false}),
        LOGIN("no UTF-8 in the name", NULL, "tim\xFF", "secret", {"", ANSWER, NULL, false}),
        LOGIN("no UTF-8 in the password", NULL, "tim", CUT, {"", ANSWER, NULL, false}),
    };
    (void)state;
    PLAY(rows);
}

static void external_rows(void **state)
{
#define EXTERNAL(name, authorization, identity, ...) {name, smtpauth_client_external, identity, authorization, NULL, NULL, NULL, NULL, 0, {__VA_ARGS__}}
    static const exchange_row rows[] = {
        EXTERNAL("RFC 4422 A.2, no authorization", NULL, NULL, {NULL, SEND, "", true}),
        EXTERNAL("RFC 4422 A.2, fred@example.com", "fred@example.com", NULL, {NULL, SEND, "fred@example.com", true}),
        EXTERNAL("the empty challenge first", "fred", NULL, {"", SEND, "fred", true}),
        EXTERNAL("the certificate has the identity", NULL, "fred", {NULL, SEND, "", true}),
        EXTERNAL("UTF-8", UMLAUT, NULL, {NULL, SEND, UMLAUT, true}),
        EXTERNAL("a challenge that says something", NULL, NULL, {"who?", WORDS, NULL, false}),
        EXTERNAL("one challenge too many", NULL, NULL, {NULL, SEND, "", true}, {"", WORDS, NULL, false}),
        EXTERNAL("a NUL", "fr^@ed", NULL, {NULL, ANSWER, NULL, false}),
        EXTERNAL("no UTF-8", "fred\x80", NULL, {NULL, ANSWER, NULL, false}),
    };
    (void)state;
    PLAY(rows);
}

static void anonymous_rows(void **state)
{
#define ANONYMOUS(name, authorization, identity, ...) {name, smtpauth_client_anonymous, identity, authorization, NULL, NULL, NULL, NULL, 0, {__VA_ARGS__}}
    static const exchange_row rows[] = {
        ANONYMOUS("RFC 4505 4, sirhc", NULL, "sirhc", {"", SEND, "sirhc", true}),
        ANONYMOUS("no trace", NULL, NULL, {NULL, SEND, "", true}),
        ANONYMOUS("one character", NULL, "x", {NULL, SEND, "x", true}),
        ANONYMOUS("255 characters", NULL, A255, {NULL, SEND, A255, true}),
        ANONYMOUS("256 characters", NULL, A255 "a", {NULL, ANSWER, NULL, false}),
        ANONYMOUS("255 characters of two octets", NULL, U255, {NULL, SEND, U255, true}),
        ANONYMOUS("256 characters of two octets", NULL, U255 UMLAUT, {NULL, ANSWER, NULL, false}),
        ANONYMOUS("blanks", NULL, "some body", {NULL, SEND, "some body", true}),
        ANONYMOUS("a mail address", NULL, "sirhc@example.com", {NULL, SEND, "sirhc@example.com", true}),
        ANONYMOUS("a mail address in UTF-8", NULL, UMLAUT "@example.com", {NULL, SEND, UMLAUT "@example.com", true}),
        ANONYMOUS("an at sign alone", NULL, "@", {NULL, ANSWER, NULL, false}),
        ANONYMOUS("no local part", NULL, "@example.com", {NULL, ANSWER, NULL, false}),
        ANONYMOUS("no domain", NULL, "sirhc@", {NULL, ANSWER, NULL, false}),
        ANONYMOUS("two at signs", NULL, "a@b@example.com", {NULL, ANSWER, NULL, false}),
        ANONYMOUS("a NUL", NULL, "sir^@hc", {NULL, ANSWER, NULL, false}),
        ANONYMOUS("a control character", NULL, "sir^Ahc", {NULL, ANSWER, NULL, false}),
        ANONYMOUS("DEL", NULL, "sir\x7Fhc", {NULL, ANSWER, NULL, false}),
        ANONYMOUS("a C1 control", NULL, "sir\xC2\x85hc", {NULL, ANSWER, NULL, false}),
        ANONYMOUS("no UTF-8", NULL, "sirhc" CUT, {NULL, ANSWER, NULL, false}),
        ANONYMOUS("as somebody", "root", "sirhc", {NULL, ANSWER, NULL, false}),
        ANONYMOUS("as what the trace says", "sirhc", "sirhc", {NULL, ANSWER, NULL, false}),
        ANONYMOUS("a challenge that says something", NULL, "sirhc", {"who?", WORDS, NULL, false}),
        ANONYMOUS("one challenge too many", NULL, "sirhc", {NULL, SEND, "sirhc", true}, {"", WORDS, NULL, false}),
    };
    (void)state;
    PLAY(rows);
}

#define TOKEN       "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
#define GOOGLE      "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"
#define EVERY_MARK  "AZaz09-._~+/"
#define ERROR_OF_43 "{\"status\":\"invalid_token\",\"scope\":\"example_scope\",\"openid-configuration\":\"https://example.com/.well-known/openid-configuration\"}"
#define ERROR_400   "{\"status\":\"400\",\"schemes\":\"Bearer\",\"scope\":\"https://mail.google.com/\"}"

static void oauthbearer_rows(void **state)
{
#define BEARER(name, authorization, identity, secret, host, port, ...) {name, smtpauth_client_oauthbearer, identity, authorization, secret, host, NULL, NULL, port, {__VA_ARGS__}}
    static const exchange_row rows[] = {
        BEARER("RFC 7628 4.1, IMAP", NULL, "user@example.com", TOKEN, "server.example.com", 143, {NULL, SEND, "n,a=user@example.com,^Ahost=server.example.com^Aport=143^Aauth=Bearer " TOKEN "^A^A", true}),
        BEARER("RFC 7628 4.1, SMTP", NULL, "user@example.com", TOKEN, "server.example.com", 587, {NULL, SEND, "n,a=user@example.com,^Ahost=server.example.com^Aport=587^Aauth=Bearer " TOKEN "^A^A", true}),
        BEARER("RFC 7628 4.3, the error is answered by ^A", NULL, "user@example.com", TOKEN, "server.example.com", 143,
               {NULL, SEND, "n,a=user@example.com,^Ahost=server.example.com^Aport=143^Aauth=Bearer " TOKEN "^A^A", true}, {ERROR_OF_43, SEND, "^A", false}),
        BEARER("behind the error is nothing", NULL, "u", "t", NULL, 0, {NULL, SEND, "n,a=u,^Aauth=Bearer t^A^A", true}, {ERROR_400, SEND, "^A", false}, {"", WORDS, NULL, false}),
        BEARER("an error without words", NULL, "u", "t", NULL, 0, {NULL, SEND, "n,a=u,^Aauth=Bearer t^A^A", true}, {"", SEND, "^A", false}),
        BEARER("the empty challenge first", NULL, "u", "t", NULL, 0, {"", SEND, "n,a=u,^Aauth=Bearer t^A^A", true}),
        BEARER("a challenge that says something first", NULL, "u", "t", NULL, 0, {ERROR_400, WORDS, NULL, false}),
        BEARER("host alone", NULL, "u", "t", "h", 0, {NULL, SEND, "n,a=u,^Ahost=h^Aauth=Bearer t^A^A", true}),
        BEARER("port alone", NULL, "u", "t", NULL, 1, {NULL, SEND, "n,a=u,^Aport=1^Aauth=Bearer t^A^A", true}),
        BEARER("the largest port", NULL, "u", "t", NULL, 65535, {NULL, SEND, "n,a=u,^Aport=65535^Aauth=Bearer t^A^A", true}),
        BEARER("a port that ends in zeros", NULL, "u", "t", NULL, 10000, {NULL, SEND, "n,a=u,^Aport=10000^Aauth=Bearer t^A^A", true}),
        BEARER("the token says who", NULL, NULL, "t", NULL, 0, {NULL, SEND, "n,,^Aauth=Bearer t^A^A", true}),
        BEARER("as whom to act", "shared", "u", "t", NULL, 0, {NULL, SEND, "n,a=shared,^Aauth=Bearer t^A^A", true}),
        BEARER("RFC 5801 4, commas and equals signs", NULL, "a,b=c,", "t", NULL, 0, {NULL, SEND, "n,a=a=2Cb=3Dc=2C,^Aauth=Bearer t^A^A", true}),
        BEARER("UTF-8 in the name", NULL, UMLAUT, "t", NULL, 0, {NULL, SEND, "n,a=" UMLAUT ",^Aauth=Bearer t^A^A", true}),
        BEARER("RFC 6750 2.1, every character", NULL, "u", EVERY_MARK "==", NULL, 0, {NULL, SEND, "n,a=u,^Aauth=Bearer " EVERY_MARK "==^A^A", true}),
        BEARER("no token", NULL, "u", NULL, NULL, 0, {NULL, ANSWER, NULL, false}),
        BEARER("a token of padding", NULL, "u", "==", NULL, 0, {NULL, ANSWER, NULL, false}),
        BEARER("padding inside the token", NULL, "u", "a=b", NULL, 0, {NULL, ANSWER, NULL, false}),
        BEARER("a blank in the token", NULL, "u", "a b", NULL, 0, {NULL, ANSWER, NULL, false}),
        BEARER("a line end behind the token", NULL, "u", "t\n", NULL, 0, {NULL, ANSWER, NULL, false}),
        BEARER("^A in the token", NULL, "u", "t^Ahost=x", NULL, 0, {NULL, ANSWER, NULL, false}),
        BEARER("a NUL in the token", NULL, "u", "t^@", NULL, 0, {NULL, ANSWER, NULL, false}),
        BEARER("UTF-8 in the token", NULL, "u", UMLAUT, NULL, 0, {NULL, ANSWER, NULL, false}),
        BEARER("^A in the name", NULL, "u^Aauth=Bearer x", "t", NULL, 0, {NULL, ANSWER, NULL, false}),
        BEARER("^A in the authorization", "u^A", "u", "t", NULL, 0, {NULL, ANSWER, NULL, false}),
        BEARER("a NUL in the name", NULL, "u^@", "t", NULL, 0, {NULL, ANSWER, NULL, false}),
        BEARER("no UTF-8 in the name", NULL, "\xFF", "t", NULL, 0, {NULL, ANSWER, NULL, false}),
        BEARER("^A in the host", NULL, "u", "t", "h^A", 0, {NULL, ANSWER, NULL, false}),
        BEARER("a blank in the host", NULL, "u", "t", "h h", 0, {NULL, ANSWER, NULL, false}),
        BEARER("UTF-8 in the host", NULL, "u", "t", UMLAUT, 0, {NULL, ANSWER, NULL, false}),
        BEARER("DEL in the host", NULL, "u", "t", "\x7F", 0, {NULL, ANSWER, NULL, false}),
    };
    (void)state;
    PLAY(rows);
}

static void xoauth2_rows(void **state)
{
#define XOAUTH2(name, authorization, identity, secret, ...) {name, smtpauth_client_xoauth2, identity, authorization, secret, NULL, NULL, NULL, 0, {__VA_ARGS__}}
    static const exchange_row rows[] = {
        XOAUTH2("Google's example", NULL, "someuser@example.com", GOOGLE, {NULL, SEND, "user=someuser@example.com^Aauth=Bearer " GOOGLE "^A^A", true}),
        XOAUTH2("the error is answered by nothing", NULL, "u", "t", {NULL, SEND, "user=u^Aauth=Bearer t^A^A", true}, {ERROR_400, SEND, "", false}),
        XOAUTH2("behind the error is nothing", NULL, "u", "t", {NULL, SEND, "user=u^Aauth=Bearer t^A^A", true}, {ERROR_400, SEND, "", false}, {"", WORDS, NULL, false}),
        XOAUTH2("the empty challenge first", NULL, "u", "t", {"", SEND, "user=u^Aauth=Bearer t^A^A", true}),
        XOAUTH2("a challenge that says something first", NULL, "u", "t", {ERROR_400, WORDS, NULL, false}),
        XOAUTH2("another's mailbox", "shared@example.com", "u", "t", {NULL, SEND, "user=shared@example.com^Aauth=Bearer t^A^A", true}),
        XOAUTH2("commas and equals signs stay", NULL, "a,b=c", "t", {NULL, SEND, "user=a,b=c^Aauth=Bearer t^A^A", true}),
        XOAUTH2("every character of a token", NULL, "u", EVERY_MARK "=", {NULL, SEND, "user=u^Aauth=Bearer " EVERY_MARK "=^A^A", true}),
        XOAUTH2("no name", NULL, NULL, "t", {NULL, ANSWER, NULL, false}),
        XOAUTH2("no token", NULL, "u", NULL, {NULL, ANSWER, NULL, false}),
        XOAUTH2("^A in the name", NULL, "u^A", "t", {NULL, ANSWER, NULL, false}),
        XOAUTH2("a NUL in the name", NULL, "u^@", "t", {NULL, ANSWER, NULL, false}),
        XOAUTH2("no UTF-8 in the name", NULL, "u\xC3", "t", {NULL, ANSWER, NULL, false}),
        XOAUTH2("^A in the token", NULL, "u", "^At", {NULL, ANSWER, NULL, false}),
        XOAUTH2("a comma in the token", NULL, "u", "t,t", {NULL, ANSWER, NULL, false}),
    };
    (void)state;
    PLAY(rows);
}
/* clang-format on */

/* Octets that a token may hold, alone and in the middle: RFC 6750 2.1 and nothing else. */
static void token_octets(void **state)
{
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        uint8_t token[3] = {'t', (uint8_t)c, 't'}, out[64];
        smtpauth_exchange x;
        smtpauth_credentials who = {
            .size = sizeof who, .identity = {octets("u"), 1}, .secret = {token, sizeof token}};
        size_t len;
        bool is_good = c != 0 && strchr(good, (int)c) != NULL;
        assert_int_equal(smtpauth_exchange_begin(&x, sizeof x, smtpauth_client_xoauth2(), NULL, NULL, 0),
                         SMTPAUTH_DONE);
        int32_t result = smtpauth_exchange_step(&x, NULL, &who, out, sizeof out, &len);
        if (result != (is_good ? SEND : ANSWER))
            fail_msg("octet %u: %d", c, (int)result);
    }
}

/* clang-format off */
#define F(fact) SMTPAUTH_MECHANISM_##fact
static const struct {
    smtpauth_client_mechanism_fn *mechanism;
    const char *name;
    uint32_t facts;
    uint8_t strength;
} mechanisms[] = {
    {smtpauth_client_scram_sha256_plus, "SCRAM-SHA-256-PLUS", F(WANTS_BINDING) | F(WANTS_SEED) | F(PROVES_SERVER),          90},
    {smtpauth_client_scram_sha1_plus,   "SCRAM-SHA-1-PLUS",   F(WANTS_BINDING) | F(WANTS_SEED) | F(PROVES_SERVER),          80},
    {smtpauth_client_scram_sha256,      "SCRAM-SHA-256",      F(WANTS_SEED) | F(PROVES_SERVER),                             70},
    {smtpauth_client_scram_sha1,        "SCRAM-SHA-1",        F(WANTS_SEED) | F(PROVES_SERVER),                             60},
    {smtpauth_client_external,          "EXTERNAL",           F(HAS_NO_SECRET) | F(LAYER_BELOW),                            55},
    {smtpauth_client_oauthbearer,       "OAUTHBEARER",        F(SHOWS_SECRET) | F(WANTS_TOKEN),                             50},
    {smtpauth_client_xoauth2,           "XOAUTH2",            F(SHOWS_SECRET) | F(WANTS_TOKEN),                             45},
    {smtpauth_client_cram_md5,          "CRAM-MD5",           F(SERVER_SPEAKS),                                             40},
    {smtpauth_client_plain,             "PLAIN",              F(SHOWS_SECRET),                                              30},
    {smtpauth_client_login,             "LOGIN",              F(SHOWS_SECRET) | F(SERVER_SPEAKS),                           20},
    {smtpauth_client_anonymous,         "ANONYMOUS",          F(HAS_NO_SECRET),                                             10},
};
/* clang-format on */

enum { MECHANISMS = sizeof mechanisms / sizeof *mechanisms };

static void facts_by_the_headers_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < MECHANISMS; i++) {
        const smtpauth_client_mechanism *m = mechanisms[i].mechanism();
        check(strcmp(smtpauth_client_mechanism_name(m), mechanisms[i].name) == 0, mechanisms[i].name, "name");
        check(smtpauth_client_mechanism_facts(m) == mechanisms[i].facts, mechanisms[i].name, "facts");
        check(smtpauth_client_mechanism_strength(m) == mechanisms[i].strength, mechanisms[i].name, "strength");
    }
    assert_string_equal(smtpauth_client_mechanism_name(NULL), "");
    assert_int_equal(smtpauth_client_mechanism_facts(NULL), 0);
    assert_int_equal(smtpauth_client_mechanism_strength(NULL), 0);
    finish();
}

static void sizes(void **state)
{
    (void)state;
    assert_true(sizeof(smtpauth_exchange) <= 256);
    assert_int_equal(smtpauth_exchange_size(), sizeof(smtpauth_exchange));
    assert_int_equal(smtpauth_exchange_config_size(), sizeof(smtpauth_exchange_config));
    assert_int_equal(smtpauth_credentials_size(), sizeof(smtpauth_credentials));
}

/* Is begin refused, and the exchange left as it was? */
static bool refuses(smtpauth_exchange *x, size_t size, const smtpauth_client_mechanism *m,
                    const smtpauth_exchange_config *config, const uint8_t *seed, size_t seed_len)
{
    smtpauth_exchange before;
    memset(x, EXCHANGE_GARBAGE, sizeof *x);
    before = *x;
    return smtpauth_exchange_begin(x, size, m, config, seed, seed_len) == SMTPAUTH_E_ARGUMENT &&
           memcmp(&before, x, sizeof before) == 0;
}

static void begin_refuses(void **state)
{
    smtpauth_exchange x;
    const smtpauth_client_mechanism *plain = smtpauth_client_plain();
    const smtpauth_exchange_config good = {.size = sizeof good};
    smtpauth_exchange_config config = good;
    (void)state;
    assert_int_equal(smtpauth_exchange_begin(NULL, sizeof x, plain, NULL, NULL, 0), SMTPAUTH_E_ARGUMENT);
    assert_true(refuses(&x, sizeof x - 8, plain, NULL, NULL, 0));
    assert_true(refuses(&x, sizeof x + 8, plain, NULL, NULL, 0));
    assert_true(refuses(&x, 0, plain, NULL, NULL, 0));
    assert_true(refuses(&x, sizeof x, NULL, NULL, NULL, 0));
    config.size = sizeof config - 8;
    assert_true(refuses(&x, sizeof x, plain, &config, NULL, 0));
    config = good;
    config.reserved8[6] = 1;
    assert_true(refuses(&x, sizeof x, plain, &config, NULL, 0));
    config = good;
    config.reserved[3] = 1;
    assert_true(refuses(&x, sizeof x, plain, &config, NULL, 0));
    config = good;
    config.iterations_min = 5000;
    config.iterations_max = 4999;
    assert_true(refuses(&x, sizeof x, plain, &config, NULL, 0));
    config = good;
    config.iterations_max = 4095; /* below the default's least */
    assert_true(refuses(&x, sizeof x, plain, &config, NULL, 0));
    config = good;
    config.iterations_min = 1000001; /* above the default's most */
    assert_true(refuses(&x, sizeof x, plain, &config, NULL, 0));
    config = good;
    config.iterations_min = config.iterations_max = 1;
    assert_int_equal(smtpauth_exchange_begin(&x, sizeof x, plain, &config, NULL, 0), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_exchange_begin(&x, sizeof x, plain, &good, octets("s"), 1),
                     SMTPAUTH_DONE); /* not looked at */
}

/* A step with one thing wrong: E_ARGUMENT, and nothing changed. */
static bool step_refuses(smtpauth_exchange *x, const smtpauth_view *challenge, const smtpauth_credentials *who,
                         uint8_t *out, size_t cap, size_t *len)
{
    smtpauth_exchange before = *x;
    return smtpauth_exchange_step(x, challenge, who, out, cap, len) == SMTPAUTH_E_ARGUMENT &&
           memcmp(&before, x, sizeof before) == 0;
}

static void step_refuses_what_is_no_argument(void **state)
{
    smtpauth_exchange x;
    uint8_t out[64];
    size_t len;
    const smtpauth_view nowhere = {NULL, 1};
    const smtpauth_credentials good = {
        .size = sizeof good, .identity = {octets("u"), 1}, .secret = {octets("p"), 1}};
    (void)state;
    for (size_t i = 0; i < MECHANISMS; i++) {
        smtpauth_credentials who[10];
        for (size_t j = 0; j < 10; j++)
            who[j] = good;
        who[0].size = 0;
        who[1].size++;
        who[2].reserved8[0] = 1;
        who[3].reserved[5] = 1;
        who[4].identity = who[5].authorization = who[6].secret = nowhere;
        who[7].host = who[8].binding_type = who[9].binding = nowhere;
        assert_int_equal(
            smtpauth_exchange_begin(&x, sizeof x, mechanisms[i].mechanism(), NULL, exchange_seed(), 32),
            SMTPAUTH_DONE);
        for (size_t j = 0; j < 10; j++)
            check(step_refuses(&x, NULL, &who[j], out, sizeof out, &len), mechanisms[i].name, "credentials");
        check(step_refuses(&x, &nowhere, &good, out, sizeof out, &len), mechanisms[i].name, "challenge");
        check(step_refuses(&x, NULL, NULL, out, sizeof out, &len), mechanisms[i].name, "no credentials");
        check(step_refuses(&x, NULL, &good, NULL, sizeof out, &len), mechanisms[i].name, "no window");
        check(step_refuses(&x, NULL, &good, out, sizeof out, NULL), mechanisms[i].name, "no length");
    }
    assert_int_equal(smtpauth_exchange_step(NULL, NULL, &good, out, sizeof out, &len), SMTPAUTH_E_ARGUMENT);
    finish();
}

/* An exchange that is none: not begun, but zero; or ended. */
static void never_begun(void **state)
{
    smtpauth_exchange x;
    uint8_t out[64];
    size_t len;
    const smtpauth_credentials who = {
        .size = sizeof who, .identity = {octets("u"), 1}, .secret = {octets("p"), 1}};
    (void)state;
    memset(&x, 0, sizeof x);
    assert_int_equal(smtpauth_exchange_step(&x, NULL, &who, out, sizeof out, &len), SMTPAUTH_E_STATE);
    assert_false(smtpauth_exchange_is_proven(&x));
    assert_int_equal(smtpauth_exchange_begin(&x, sizeof x, smtpauth_client_plain(), NULL, NULL, 0),
                     SMTPAUTH_DONE);
    assert_int_equal(smtpauth_exchange_step(&x, NULL, &who, out, sizeof out, &len), SEND);
    assert_true(smtpauth_exchange_is_proven(&x));
    smtpauth_exchange_end(&x);
    assert_false(smtpauth_exchange_is_proven(&x));
    assert_int_equal(smtpauth_exchange_step(&x, NULL, &who, out, sizeof out, &len), SMTPAUTH_E_STATE);
    smtpauth_exchange_end(NULL);
    assert_false(smtpauth_exchange_is_proven(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_rows),
        cmocka_unit_test(login_rows),
        cmocka_unit_test(external_rows),
        cmocka_unit_test(anonymous_rows),
        cmocka_unit_test(oauthbearer_rows),
        cmocka_unit_test(xoauth2_rows),
        cmocka_unit_test(token_octets),
        cmocka_unit_test(facts_by_the_headers_table),
        cmocka_unit_test(sizes),
        cmocka_unit_test(begin_refuses),
        cmocka_unit_test(never_begun),
        cmocka_unit_test(step_refuses_what_is_no_argument),
    };
    return cmocka_run_group_tests_name("sasl_client", tests, NULL, NULL);
}
