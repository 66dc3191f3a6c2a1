/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The client's interface as client.h promises it: configs, address literals (RFC 5952 4, RFC 5321 4.1.3), what each call
 * returns and that it then changes nothing, the window's contract, lines for a log, secrets that are gone, the lockout guard's
 * fingerprint (its value is Python's hmac), times (RFC 5321 4.5.3.2).
 */

#include "client_play.h"
#include "fixed_nonce.h"

#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/text.h>

/* ---- A session without a script ---- */

static smtpauth_client_config config;
static smtpauth_client client;
static smtpauth_client_event event;
static smtpauth_io io;
static uint8_t in[8192], out[32768];
static const uint8_t seed[16] = {1, 2, 3};

static int set_up(void **state)
{
    (void)state;
    memset(&config, 0, sizeof config);
    config.size = sizeof config;
    config.name = "client.example.test";
    config.mechanisms = client_mechanisms;
    return 0;
}

static void begin(uint32_t flags)
{
    assert_int_equal(smtpauth_client_init(&client, sizeof client, &config, flags, seed, sizeof seed),
                     SMTPAUTH_DONE);
    io.next_in = in;
    io.avail_in = 0;
    io.next_out = out;
    io.avail_out = sizeof out;
}

/* The server says this; steps until something other than a reply is to be known. */
static uint16_t hear(const char *text)
{
    size_t len = strlen(text);
    memmove(in, io.next_in, io.avail_in);
    io.next_in = in;
    memcpy(in + io.avail_in, text, len);
    io.avail_in += len;
    uint16_t type;
    do
        type = smtpauth_client_step(&client, &io, &event);
    while (type == SMTPAUTH_NOTE_REPLY || type == SMTPAUTH_NOTE_ADVICE);
    return type;
}

static bool said(const char *text)
{
    size_t len = (size_t)(io.next_out - out);
    bool is_it = len == strlen(text) && memcmp(out, text, len) == 0;
    if (!is_it)
        print_error("said: %.*s\n", (int)len, (const char *)out);
    io.next_out = out;
    io.avail_out = sizeof out;
    return is_it;
}

static smtpauth_view view(const char *text)
{
    smtpauth_view v = {octets(text), strlen(text)};
    return v;
}

static smtpauth_credentials alice(const char *secret)
{
    smtpauth_credentials who;
    memset(&who, 0, sizeof who);
    who.size = sizeof who;
    who.identity = view("alice");
    who.secret = view(secret);
    who.host = view("mx.example.test");
    return who;
}

static smtpauth_envelope from(const char *sender)
{
    smtpauth_envelope env;
    memset(&env, 0, sizeof env);
    env.size = sizeof env;
    env.sender = view(sender);
    return env;
}

static smtpauth_recipient to(const char *address)
{
    smtpauth_recipient recipient;
    memset(&recipient, 0, sizeof recipient);
    recipient.size = sizeof recipient;
    recipient.address = view(address);
    return recipient;
}

#define GREETING "220 mx\r\n"
#define OFFERS   "250-mx\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN XOAUTH2 SCRAM-SHA-256\r\n"

static void greet(uint16_t type)
{
    assert_int_equal(hear(GREETING), SMTPAUTH_NEED_INPUT);
    assert_true(said("EHLO client.example.test\r\n"));
    assert_int_equal(hear(OFFERS), type);
}

/* ---- Config, literals ---- */

static void sizes(void **state)
{
    (void)state;
    assert_int_equal(sizeof(smtpauth_client), 512);
    assert_int_equal(smtpauth_client_size(), sizeof(smtpauth_client));
    assert_int_equal(smtpauth_client_event_size(), sizeof(smtpauth_client_event));
    assert_int_equal(smtpauth_client_config_size(), sizeof(smtpauth_client_config));
    assert_int_equal(smtpauth_envelope_size(), sizeof(smtpauth_envelope));
    assert_int_equal(smtpauth_recipient_size(), sizeof(smtpauth_recipient));
    assert_int_equal(smtpauth_refusal_size(), sizeof(smtpauth_refusal));
    struct probe {
        char octet;
        smtpauth_client c;
    };
    assert_int_equal(smtpauth_client_align(), offsetof(struct probe, c));
}

static int32_t config_fault(void)
{
    int32_t fault = smtpauth_client_config_check(&config);
    int32_t result = smtpauth_client_init(&client, sizeof client, &config, 0, seed, sizeof seed);
    assert_int_equal(result, fault == 0 ? SMTPAUTH_DONE : SMTPAUTH_E_POLICY);
    return fault;
}

static void configs(void **state)
{
    static smtpauth_client_mechanism_fn *many[18];
    char long_name[300];
    assert_int_equal(config_fault(), 0);
    assert_int_equal(smtpauth_client_config_check(NULL), SMTPAUTH_E_ARGUMENT);
    config.size--;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_SIZE);
    set_up(state);
    config.reserved[7] = 1;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_SIZE);
    set_up(state);
    config.reserved32[4] = 1;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_SIZE);
    set_up(state);
    config.reserved_pointers[3] = &config;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_SIZE);
    set_up(state);
    config.flags = SMTPAUTH_CLIENT_NOTES_LINE << 1;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_FLAGS);
    config.flags = SMTPAUTH_CLIENT_TLS_NEVER | SMTPAUTH_CLIENT_TLS_REQUIRED;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_FLAGS);
    set_up(state);
    static const char *const bad_names[] = {NULL,          "",     "a b",          "a\r\nQUIT", "[192.0.2.1",
                                            "[300.1.1.1]", "a..b", "\xC3\xA4.test"};
    for (size_t i = 0; i < sizeof bad_names / sizeof *bad_names; i++) {
        config.name = bad_names[i];
        check(config_fault() == SMTPAUTH_REASON_POLICY_HOSTNAME, bad_names[i] != NULL ? bad_names[i] : "NULL",
              "taken");
    }
    memset(long_name, 'a', sizeof long_name);
    for (size_t i = 50; i < sizeof long_name; i += 50)
        long_name[i] = '.';
    long_name[256] = '\0';
    config.name = long_name;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_HOSTNAME);
    long_name[255] = '\0';
    assert_int_equal(config_fault(), 0);
    config.name = "[IPv6:2001:db8::1]";
    assert_int_equal(config_fault(), 0);
    for (size_t i = 0; i < 17; i++)
        many[i] = smtpauth_client_plain;
    config.mechanisms = many;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_MECHANISM);
    many[16] = NULL;
    assert_int_equal(config_fault(), 0);
    set_up(state);
    config.reply_max = 511;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_LIMIT);
    config.reply_max = 65536;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_LIMIT);
    config.reply_max = 512;
    config.credentials_max = 6;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_LIMIT);
    config.credentials_max = 5;
    config.iterations_max = 4095;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_LIMIT);
    finish();
}

static void inits(void **state)
{
    (void)state;
    smtpauth_client before;
    memset(&client, 0x5A, sizeof client);
    before = client;
    assert_int_equal(smtpauth_client_init(NULL, sizeof client, &config, 0, seed, 16), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_init(&client, sizeof client, NULL, 0, seed, 16), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_init(&client, sizeof client - 1, &config, 0, seed, 16),
                     SMTPAUTH_E_VERSION);
    assert_int_equal(smtpauth_client_init(&client, sizeof client, &config, SMTPAUTH_CLIENT_AUTH_LATE, seed, 16),
                     SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_init(&client, sizeof client, &config, 0, NULL, 0), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_init(&client, sizeof client, &config, 0, seed, 15), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_init(&client, sizeof client, &config, 0, client_guard_key, 33),
                     SMTPAUTH_E_ARGUMENT);
    assert_memory_equal(&client, &before, sizeof client);
    config.mechanisms = client_no_mechanisms;
    assert_int_equal(smtpauth_client_init(&client, sizeof client, &config, 0, NULL, 0), SMTPAUTH_DONE);
}

static const struct literal_row {
    uint8_t address[16];
    size_t len;
    const char *literal;
} literals[] = {
    {{192, 0, 2, 1}, 4, "[192.0.2.1]"},
    {{0, 10, 100, 255}, 4, "[0.10.100.255]"},
    {{0}, 16, "[IPv6:::]"},
    {{[15] = 1}, 16, "[IPv6:::1]"},
    {{0x20, 1, 0x0D, 0xB8, [15] = 1}, 16, "[IPv6:2001:db8::1]"},
    {{0x20, 1, 0x0D, 0xB8}, 16, "[IPv6:2001:db8::]"},
    /* RFC 5952 4.2.2: one zero group stays */
    {{0x20, 1, 0x0D, 0xB8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, 16, "[IPv6:2001:db8:0:1:1:1:1:1]"},
    /* RFC 5952 4.2.3: the longest run, the first of equal ones */
    {{0x20, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}, 16, "[IPv6:2001:0:0:1::1]"},
    {{0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1}, 16, "[IPv6:2001:db8::1:0:0:1]"},
    {{0x20, 1, 0x0D, 0xB8, 0xAA, 0xAA, 0xBB, 0xBB, 0xCC, 0xCC, 0xDD, 0xDD, 0xEE, 0xEE, 0xFF, 0xFF},
     16,
     "[IPv6:2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]"},
};

static void address_literals(void **state)
{
    (void)state;
    char text[SMTPAUTH_CLIENT_LITERAL_MAX];
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        const struct literal_row *row = &literals[i];
        size_t len = strlen(row->literal);
        memset(text, 'x', sizeof text);
        check(smtpauth_address_literal(row->address, row->len, text, len) == SMTPAUTH_E_OUTPUT &&
                  text[0] == 'x',
              row->literal, "fits a window that is too small");
        check(smtpauth_address_literal(row->address, row->len, text, len + 1) == SMTPAUTH_DONE &&
                  strcmp(text, row->literal) == 0,
              row->literal, text);
        check(smtpauth_domain_is_valid(octets(text), strlen(text), false), row->literal,
              "is no literal of RFC 5321");
    }
    assert_int_equal(smtpauth_address_literal(NULL, 4, text, sizeof text), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_address_literal(literals[0].address, 5, text, sizeof text), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_address_literal(literals[0].address, 4, NULL, sizeof text), SMTPAUTH_E_ARGUMENT);
    finish();
}

/* ---- Answers ---- */

/* Nothing but the question that is open takes an answer, and a refused one changes nothing. */
static void wrong_answers(void **state)
{
    (void)state;
    smtpauth_credentials who = alice("secret");
    smtpauth_envelope env = from("alice@example.test");
    smtpauth_recipient rcpt = to("bob@example.test");
    size_t taken = 7;
    begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    assert_int_equal(smtpauth_client_answer(&client, &io, 0), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_E_STATE);
    greet(SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(event.why, SMTPAUTH_WHY_FIRST);
    assert_int_equal(event.kinds, SMTPAUTH_KIND_PASSWORD | SMTPAUTH_KIND_TOKEN);
    assert_int_equal(event.attempt, 1);
    smtpauth_client before = client;
    assert_int_equal(smtpauth_client_envelope(&client, &io, &env), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_client_recipient(&client, &io, &rcpt), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_client_data(&client, &io, out, 1, &taken), SMTPAUTH_E_STATE);
    assert_int_equal(taken, 0);
    assert_int_equal(smtpauth_client_data_end(&client, &io), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_client_tls_started(&client, &io, 0), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_client_tls_failed(&client), SMTPAUTH_E_STATE);
    who.size--;
    assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_E_ARGUMENT);
    who = alice("secret");
    who.reserved[5] = 1;
    assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_E_ARGUMENT);
    who = alice("secret");
    who.reserved8[0] = 1;
    assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_E_ARGUMENT);
    who = alice("secret");
    who.identity.data = NULL;
    assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_E_ARGUMENT);
    who = alice("secret");
    who.rejected_count = 1;
    assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_E_ARGUMENT);
    who = alice("secret");
    io.avail_out = SMTPAUTH_REPLY_MAX - 1;
    assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_E_OUTPUT);
    io.avail_out = sizeof out;
    memset(&before.exchange, 0, sizeof before.exchange);
    memset(&client.exchange, 0, sizeof client.exchange);
    assert_memory_equal(&client, &before, sizeof client);
    assert_true(said(""));
    assert_int_equal(hear(""), SMTPAUTH_NEED_ANSWER);
    assert_int_equal(event.asked, SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(event.why, SMTPAUTH_WHY_FIRST);
    assert_int_equal(smtpauth_client_credentials(&client, &io, NULL), SMTPAUTH_DONE);
    assert_int_equal(hear(""), SMTPAUTH_ASK_ENVELOPE);
    env.reserved[7] = 1;
    assert_int_equal(smtpauth_client_envelope(&client, &io, &env), SMTPAUTH_E_ARGUMENT);
    env = from("alice@example.test");
    env.reserved8[4] = 1;
    assert_int_equal(smtpauth_client_envelope(&client, &io, &env), SMTPAUTH_E_ARGUMENT);
    env = from("alice@example.test");
    assert_int_equal(smtpauth_client_envelope(&client, &io, &env), SMTPAUTH_DONE);
    assert_true(said("MAIL FROM:<alice@example.test>\r\n"));
    assert_int_equal(hear("250 ok\r\n"), SMTPAUTH_ASK_RECIPIENT);
    rcpt.reserved[3] = 1;
    assert_int_equal(smtpauth_client_recipient(&client, &io, &rcpt), SMTPAUTH_E_ARGUMENT);
    rcpt = to("bob@example.test");
    assert_int_equal(smtpauth_client_recipient(&client, &io, &rcpt), SMTPAUTH_DONE);
    assert_int_equal(hear("250 ok\r\n"), SMTPAUTH_NOTE_RECIPIENT);
    assert_int_equal(event.fate, SMTPAUTH_FATE_ACCEPTED);
    assert_int_equal(smtpauth_client_recipient(NULL, &io, NULL), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_envelope(&client, NULL, NULL), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_answer(NULL, &io, 0), SMTPAUTH_E_ARGUMENT);
}

/* A host that knows no question at all ends politely, and nothing is sent but QUIT. */
static void default_branch(void **state)
{
    (void)state;
    begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    uint16_t type = hear(GREETING);
    assert_true(said("EHLO client.example.test\r\n"));
    type = hear(OFFERS);
    for (unsigned i = 0; i < 20 && type != SMTPAUTH_NEED_INPUT; i++) {
        (void)smtpauth_client_answer(&client, &io, 0);
        type = smtpauth_client_step(&client, &io, &event);
    }
    assert_true(said("QUIT\r\n"));
    assert_int_equal(hear("221 bye\r\n"), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&client), SMTPAUTH_REASON_BYE);
    assert_int_equal(smtpauth_client_step(&client, &io, &event), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_close(&client, &io, SMTPAUTH_REASON_TIMEOUT), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_client_why(&client), SMTPAUTH_REASON_BYE);
}

/* An initial response beyond 512 octets with CRLF is left out and said after the 334 (RFC 4954 4). */
static void long_tokens(void **state)
{
    (void)state;
    char token[3000], line[8000];
    memset(token, 't', sizeof token);
    /* "AUTH XOAUTH2 " is 13, CRLF 2: 372 octets of "user=alice^Aauth=Bearer " (23), token and ^A^A (2) are 496 of base64 */
    const size_t fits = 372 - 23 - 2;
    for (size_t len = fits; len <= fits + 1; len++) {
        token[len] = '\0';
        begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
        greet(SMTPAUTH_ASK_CREDENTIALS);
        smtpauth_credentials who = alice(token);
        who.is_token = true;
        assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_DONE);
        size_t n = (size_t)(io.next_out - out);
        assert_int_equal(n, len == fits ? 511 : strlen("AUTH XOAUTH2\r\n"));
        token[len] = 't';
        io.next_out = out;
        io.avail_out = sizeof out;
    }
    token[sizeof token - 1] = '\0';
    begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    greet(SMTPAUTH_ASK_CREDENTIALS);
    smtpauth_credentials who = alice(token);
    who.is_token = true;
    assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_DONE);
    assert_true(said("AUTH XOAUTH2\r\n"));
    assert_int_equal(hear("334 \r\n"), SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(event.why, SMTPAUTH_WHY_AGAIN);
    assert_true(view_is(&event.mechanism, "XOAUTH2"));
    io.avail_out = 4000; /* too little */
    assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_E_OUTPUT);
    assert_true(said(""));
    assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_DONE);
    size_t raw_len = (size_t)snprintf(line, sizeof line, "user=alice\1auth=Bearer %s\1\1", token), encoded_len;
    static uint8_t encoded[8000];
    assert_int_equal(smtpauth_base64_encode(encoded, sizeof encoded, octets(line), raw_len, &encoded_len),
                     SMTPAUTH_DONE);
    assert_memory_equal(out, encoded, encoded_len);
    assert_int_equal(io.next_out - out, encoded_len + 2);
    io.next_out = out;
    assert_int_equal(hear("235 in\r\n"), SMTPAUTH_NOTE_AUTH);
    assert_int_equal(event.reason, SMTPAUTH_REASON_AUTHENTICATED);
    assert_string_equal(smtpauth_client_authenticated_by(&client), "XOAUTH2");
    assert_true(smtpauth_client_is(&client) & SMTPAUTH_IS_AUTHENTICATED);
}

/* ---- Lines for a log, and secrets ---- */

static void lines_are_noted(void **state)
{
    (void)state;
    config.flags = SMTPAUTH_CLIENT_NOTES_LINE;
    begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    assert_int_equal(hear(GREETING), SMTPAUTH_NOTE_LINE);
    assert_true(view_is(&event.line, "EHLO client.example.test"));
    assert_int_equal(event.secret.len, 0);
    assert_int_equal(smtpauth_client_step(&client, &io, &event), SMTPAUTH_NEED_INPUT);
    assert_int_equal(hear("250-mx\r\n250-CHUNKING\r\n250 AUTH PLAIN LOGIN\r\n"), SMTPAUTH_ASK_CREDENTIALS);
    smtpauth_credentials who = alice("secret");
    assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_client_step(&client, &io, &event), SMTPAUTH_NOTE_LINE);
    assert_true(view_is(&event.line, "AUTH PLAIN AGFsaWNlAHNlY3JldA=="));
    assert_true(view_is(&event.secret, " AGFsaWNlAHNlY3JldA=="));
    assert_int_equal(smtpauth_client_step(&client, &io, &event), SMTPAUTH_NEED_INPUT);
    assert_int_equal(hear("235 in\r\n"), SMTPAUTH_NOTE_AUTH);
    assert_int_equal(hear(""), SMTPAUTH_ASK_ENVELOPE);
    smtpauth_envelope env = from("alice@example.test");
    assert_int_equal(smtpauth_client_envelope(&client, &io, &env), SMTPAUTH_DONE);
    io.next_out = out; /* a flush in between: the line is gone, and nothing is read that is not there */
    io.avail_out = sizeof out;
    assert_int_equal(smtpauth_client_step(&client, &io, &event), SMTPAUTH_NOTE_LINE);
    assert_int_equal(event.line.len, 0);
    assert_int_equal(hear("250 ok\r\n"), SMTPAUTH_ASK_RECIPIENT);
    smtpauth_recipient rcpt = to("bob@example.test");
    assert_int_equal(smtpauth_client_recipient(&client, &io, &rcpt), SMTPAUTH_DONE);
    assert_int_equal(hear(""), SMTPAUTH_NOTE_LINE);
    assert_int_equal(hear("250 ok\r\n"), SMTPAUTH_NOTE_RECIPIENT);
    assert_int_equal(hear(""), SMTPAUTH_ASK_RECIPIENT);
    assert_int_equal(smtpauth_client_recipient(&client, &io, NULL), SMTPAUTH_DONE);
    assert_int_equal(hear(""), SMTPAUTH_ASK_MESSAGE);
    size_t taken;
    assert_int_equal(smtpauth_client_data(&client, &io, octets("a\r\n\xFF\r\n"), 6, &taken), SMTPAUTH_DONE);
    assert_int_equal(hear(""), SMTPAUTH_NOTE_LINE);
    assert_true(view_is(&event.line, "BDAT 6"));
    assert_int_equal(hear("250 ok\r\n"), SMTPAUTH_ASK_MESSAGE);
    assert_int_equal(event.size, 6);
    assert_int_equal(smtpauth_client_data(&client, &io, octets("\r"), 1, &taken), SMTPAUTH_DONE);
    assert_int_equal(taken, 1); /* held back: no chunk of no octets */
    assert_int_equal(hear(""), SMTPAUTH_ASK_MESSAGE);
    assert_int_equal(smtpauth_client_data(&client, &io, octets("\nb\r\n"), 4, &taken), SMTPAUTH_DONE);
    assert_int_equal(hear(""), SMTPAUTH_NOTE_LINE);
    assert_true(view_is(&event.line, "BDAT 5"));
    assert_int_equal(hear("250 ok\r\n"), SMTPAUTH_ASK_MESSAGE);
    assert_int_equal(smtpauth_client_data_end(&client, &io), SMTPAUTH_DONE);
    assert_int_equal(hear(""), SMTPAUTH_NOTE_LINE);
    assert_true(view_is(&event.line, "BDAT 0 LAST"));
    assert_int_equal(hear("250 queued as 1\r\n"), SMTPAUTH_NOTE_MESSAGE);
    assert_int_equal(event.fate, SMTPAUTH_FATE_ACCEPTED);
    assert_int_equal(event.faults, SMTPAUTH_FAULT_8BIT);
    assert_int_equal(event.size, 11);
    assert_int_equal(event.recipients, 1);
    assert_true(view_is(&event.text, "queued as 1"));
}

/* The message's last line is ended for the host, and that line end is no part of the line that is noted. */
static void end_of_message_is_noted(const char *ehlo, const char *body, const char *sent, const char *line)
{
    config.flags = SMTPAUTH_CLIENT_NOTES_LINE | SMTPAUTH_CLIENT_FIX_LINE_ENDS;
    begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    assert_int_equal(hear(GREETING), SMTPAUTH_NOTE_LINE);
    assert_int_equal(hear(ehlo), SMTPAUTH_ASK_ENVELOPE);
    smtpauth_envelope env = from("alice@example.test");
    assert_int_equal(smtpauth_client_envelope(&client, &io, &env), SMTPAUTH_DONE);
    assert_int_equal(hear(""), SMTPAUTH_NOTE_LINE);
    assert_int_equal(hear("250 ok\r\n"), SMTPAUTH_ASK_RECIPIENT);
    smtpauth_recipient rcpt = to("bob@example.test");
    assert_int_equal(smtpauth_client_recipient(&client, &io, &rcpt), SMTPAUTH_DONE);
    assert_int_equal(hear(""), SMTPAUTH_NOTE_LINE);
    assert_int_equal(hear("250 ok\r\n"), SMTPAUTH_NOTE_RECIPIENT);
    assert_int_equal(hear(""), SMTPAUTH_ASK_RECIPIENT);
    assert_int_equal(smtpauth_client_recipient(&client, &io, NULL), SMTPAUTH_DONE);
    uint16_t what = hear("");
    if (what == SMTPAUTH_NOTE_LINE) /* DATA */
        what = hear("354 go\r\n");
    assert_int_equal(what, SMTPAUTH_ASK_MESSAGE);
    io.next_out = out;
    io.avail_out = sizeof out;
    size_t taken;
    assert_int_equal(smtpauth_client_data(&client, &io, octets(body), strlen(body), &taken), SMTPAUTH_DONE);
    assert_int_equal(taken, strlen(body));
    assert_int_equal(hear(""), SMTPAUTH_ASK_MESSAGE);
    assert_int_equal(smtpauth_client_data_end(&client, &io), SMTPAUTH_DONE);
    assert_int_equal(io.next_out - out, strlen(sent));
    assert_memory_equal(out, sent, strlen(sent));
    assert_int_equal(hear(""), SMTPAUTH_NOTE_LINE);
    assert_true(view_is(&event.line, line));
    assert_int_equal(hear("250 queued\r\n"), SMTPAUTH_NOTE_MESSAGE);
}

static void ends_are_noted(void **state)
{
    (void)state;
    end_of_message_is_noted("250 mx\r\n", "a", "a\r\n.\r\n", ".");
    end_of_message_is_noted("250 mx\r\n", "\r", "\r\n.\r\n", ".");
    end_of_message_is_noted("250-mx\r\n250 CHUNKING\r\n", "\r", "BDAT 2 LAST\r\n\r\n", "BDAT 2 LAST");
}

static bool holds(const void *memory, size_t len, const char *text)
{
    const uint8_t *at = memory;
    for (size_t i = 0; i + strlen(text) <= len; i++)
        if (memcmp(at + i, text, strlen(text)) == 0)
            return true;
    return false;
}

/* Neither the session nor the input window holds a secret or what it was encoded to. */
static void secrets_are_not_kept(void **state)
{
    static const char *const replies[] = {"235 in\r\n", "535 no\r\n", "454 later\r\n", "504 other\r\n",
                                          "501 no\r\n"};
    (void)state;
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
        assert_int_equal(hear(GREETING), SMTPAUTH_NEED_INPUT);
        assert_int_equal(hear("250-mx\r\n250 AUTH PLAIN\r\n"), SMTPAUTH_ASK_CREDENTIALS);
        smtpauth_credentials who = alice("topsecretword");
        memset(out, 0, sizeof out);
        assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_DONE);
        assert_false(holds(out, sizeof out, "topsecretword")); /* encoded in place, and nothing stays behind */
        assert_false(holds(&client, sizeof client, "topsecretword"));
        assert_false(holds(&client, sizeof client, "AGFsaWNlAHRvcHNlY3JldHdvcmQ="));
        io.next_out = out;
        assert_int_equal(hear(replies[i]), SMTPAUTH_NOTE_AUTH);
        for (unsigned octet = 0; octet < sizeof client.exchange; octet++)
            assert_int_equal(((const uint8_t *)&client.exchange)[octet], 0);
    }
}

/* Each exchange has a seed of its own, none is the session's. */
static void nonces_differ(void **state)
{
    (void)state;
    uint8_t first[32];
    begin(0);
    greet(SMTPAUTH_ASK_CREDENTIALS);
    smtpauth_credentials who = alice("secret"), other = alice("other");
    assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_DONE);
    memcpy(first, fixed_nonce_seed, sizeof first);
    assert_int_equal(hear("535 no\r\n"), SMTPAUTH_NOTE_AUTH);
    assert_int_equal(hear(""), SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(smtpauth_client_credentials(&client, &io, &other), SMTPAUTH_DONE);
    assert_memory_not_equal(first, fixed_nonce_seed, sizeof first);
    assert_false(holds(&client, sizeof client, "\1\2\3"));
}

/* ---- The lockout guard ---- */

static void fingerprints(void **state)
{
    /* Python: hmac.new(key, b"".join(struct.pack(">Q", len(x)) + x for x in (host, identity, secret)), "sha256") */
    static const uint8_t expected[32] = {0x32, 0x15, 0xCE, 0x9F, 0x24, 0x98, 0x1C, 0x41, 0x22, 0xB6, 0x78,
                                         0x76, 0x44, 0x67, 0xE8, 0x4A, 0xC1, 0xC6, 0xDB, 0xD9, 0xA9, 0x2C,
                                         0xAA, 0xC9, 0x1C, 0xCB, 0x52, 0x13, 0xC1, 0x5F, 0x89, 0xB2};
    (void)state;
    client_row fixed = {
        .name = "a fingerprint at 535",
        .has_guard_key = true,
        .init_flags = SMTPAUTH_CLIENT_IMPLICIT_TLS,
        .credentials_max = 1,
        .script =
            "S: 220 mx\nC: EHLO client.example.test\nS: 250-mx\nS: 250 AUTH PLAIN\n? credentials first\n"
            "= login alice secret\nC: AUTH PLAIN AGFsaWNlAHNlY3JldA==\nS: 535 5.7.8 Authentication credentials invalid\n"
            "! auth PLAIN 535 auth-failed\nC: MAIL FROM:<alice@example.test>\nX: lost\n"
            "! message later cause=535 auth-failed resend\nclosed connection-lost\n"};
    client_row again = fixed;
    memset(client_last_fingerprint, 0, sizeof client_last_fingerprint);
    client_play(&fixed);
    assert_memory_equal(client_last_fingerprint, expected, sizeof expected);
    again.name = "a later session does not send it, and asks";
    again.rejected = client_last_fingerprint;
    again.credentials_max = 2;
    again.script =
        "S: 220 mx\nC: EHLO client.example.test\nS: 250-mx\nS: 250 AUTH PLAIN\n? credentials first\n"
        "= login alice secret\n! auth  0 rejected-before\n? credentials rejected\n= login alice other\n"
        "C: AUTH PLAIN AGFsaWNlAG90aGVy\nS: 235 in\n! auth PLAIN 235 authenticated\nC: MAIL FROM:<alice@example.test>\n"
        "X: lost\n! message later resend\nclosed connection-lost\n";
    client_play(&again);
    memset(client_last_fingerprint, 0, sizeof client_last_fingerprint);
    fixed.name = "without a key none is given";
    fixed.has_guard_key = false;
    client_play(&fixed);
    uint8_t none[32] = {0};
    assert_memory_equal(client_last_fingerprint, none, sizeof none);
    fixed.name = "nor for a 535 that answers an asterisk: no secret was shown";
    fixed.has_guard_key = true;
    fixed.script = "S: 220 mx\nC: EHLO client.example.test\nS: 250-mx\nS: 250 AUTH LOGIN\n? credentials first\n"
                   "= login alice secret\nC: AUTH LOGIN\nS: 334 not base64!\nC: *\nS: 535 5.7.8 no\n"
                   "! auth LOGIN 535 auth-failed\nC: MAIL FROM:<alice@example.test>\nX: lost\n"
                   "! message later cause=334 auth-failed resend\nclosed connection-lost\n";
    client_play(&fixed);
    assert_memory_equal(client_last_fingerprint, none, sizeof none);
    finish();
}

/* ---- While a question waits ---- */

static void unasked_input(void **state)
{
    (void)state;
    begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    greet(SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(smtpauth_client_timeout(&client), 0);
    assert_int_equal(hear("421-4.4.2 you"), SMTPAUTH_NEED_ANSWER);
    assert_int_equal(hear(" sleep\r\n421 4.4.2 bye\r"), SMTPAUTH_NEED_ANSWER);
    assert_int_equal(hear("\n"), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&client), SMTPAUTH_REASON_SERVER_CLOSING);
    begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    greet(SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(hear("250 hello\r\n"), SMTPAUTH_NOTE_ERROR);
    assert_int_equal(event.reason, SMTPAUTH_REASON_REPLY_UNEXPECTED);
    assert_int_equal(hear(""), SMTPAUTH_CLOSED);
    /* Within an exchange, while the challenge waits in the window. */
    begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    assert_int_equal(hear(GREETING), SMTPAUTH_NEED_INPUT);
    assert_int_equal(hear("250-mx\r\n250 AUTH LOGIN\r\n"), SMTPAUTH_ASK_CREDENTIALS);
    smtpauth_credentials who = alice("secret");
    assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_DONE);
    assert_int_equal(hear("334 VXNlcm5hbWU6\r\n"), SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(hear("421 4.4."), SMTPAUTH_NEED_ANSWER);
    assert_true(view_is(&event.mechanism, "LOGIN"));
    assert_int_equal(hear("2 bye\r\n"), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&client), SMTPAUTH_REASON_SERVER_CLOSING);
    /* An answer given meanwhile: the 421 ends it all the same. */
    begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    greet(SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(hear("421 4."), SMTPAUTH_NEED_ANSWER);
    assert_int_equal(smtpauth_client_credentials(&client, &io, &who), SMTPAUTH_DONE);
    assert_int_equal(hear("4.2 bye\r\n"), SMTPAUTH_NOTE_AUTH);
    assert_int_equal(hear(""), SMTPAUTH_CLOSED);
}

static void window_contract(void **state)
{
    (void)state;
    begin(0);
    assert_int_equal(hear("220 m"), SMTPAUTH_NEED_INPUT);
    assert_int_equal(io.avail_in, 5);
    io.avail_in = 4;
    assert_int_equal(smtpauth_client_step(&client, &io, &event), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&client), SMTPAUTH_REASON_HOST_FAULT);
    begin(0);
    assert_int_equal(hear("220 m"), SMTPAUTH_NEED_INPUT);
    in[4] = 'n';
    assert_int_equal(smtpauth_client_step(&client, &io, &event), SMTPAUTH_CLOSED);
    begin(0);
    assert_int_equal(smtpauth_client_step(NULL, &io, &event), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_step(&client, NULL, &event), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&client), SMTPAUTH_REASON_HOST_FAULT);
    begin(0);
    assert_int_equal(smtpauth_client_step(&client, &io, NULL), SMTPAUTH_CLOSED);
    begin(0);
    io.avail_out = 511;
    assert_int_equal(hear(GREETING), SMTPAUTH_NEED_OUTPUT);
    io.avail_out = 512;
    assert_int_equal(smtpauth_client_step(&client, &io, &event), SMTPAUTH_NEED_INPUT);
}

static void closes(void **state)
{
    (void)state;
    begin(0);
    assert_int_equal(smtpauth_client_close(&client, &io, SMTPAUTH_REASON_BYE), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_close(NULL, &io, SMTPAUTH_REASON_TIMEOUT), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_close(&client, &io, SMTPAUTH_REASON_SHUTDOWN), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_client_step(&client, &io, &event), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&client), SMTPAUTH_REASON_SHUTDOWN);
    assert_int_equal(smtpauth_client_timeout(&client), 0);
    assert_true(said(""));
    assert_int_equal(smtpauth_client_is(NULL), 0);
    assert_int_equal(smtpauth_client_offers(NULL), 0);
    assert_int_equal(smtpauth_client_size_max(NULL), 0);
    assert_int_equal(smtpauth_client_why(NULL), 0);
    assert_string_equal(smtpauth_client_authenticated_by(NULL), "");
    smtpauth_refusal refusal;
    assert_int_equal(smtpauth_client_refusal(&client, 2, &refusal), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_refusal(NULL, 0, &refusal), SMTPAUTH_E_ARGUMENT);
}

static void times(void **state)
{
    (void)state;
    size_t taken;
    config.mechanisms = client_no_mechanisms;
    begin(0);
    assert_int_equal(smtpauth_client_timeout(&client), 300);
    greet(SMTPAUTH_ASK_ENVELOPE);
    assert_int_equal(smtpauth_client_offers(&client),
                     SMTPAUTH_OFFERS_SIZE | SMTPAUTH_OFFERS_8BITMIME | SMTPAUTH_EXT_AUTH);
    assert_int_equal(smtpauth_client_size_max(&client), 1000);
    smtpauth_envelope env = from("alice@example.test");
    (void)smtpauth_client_envelope(&client, &io, &env);
    assert_int_equal(hear(""), SMTPAUTH_NEED_INPUT);
    assert_int_equal(smtpauth_client_timeout(&client), 300); /* MAIL */
    assert_int_equal(hear("250 ok\r\n"), SMTPAUTH_ASK_RECIPIENT);
    smtpauth_recipient rcpt = to("bob@example.test");
    (void)smtpauth_client_recipient(&client, &io, &rcpt);
    assert_int_equal(hear(""), SMTPAUTH_NEED_INPUT);
    assert_int_equal(smtpauth_client_timeout(&client), 300); /* RCPT */
    assert_int_equal(hear("250 ok\r\n"), SMTPAUTH_NOTE_RECIPIENT);
    assert_int_equal(hear(""), SMTPAUTH_ASK_RECIPIENT);
    (void)smtpauth_client_recipient(&client, &io, NULL);
    assert_int_equal(hear(""), SMTPAUTH_NEED_INPUT);
    assert_int_equal(smtpauth_client_timeout(&client), 120); /* DATA */
    assert_int_equal(hear("354 go\r\n"), SMTPAUTH_ASK_MESSAGE);
    io.avail_out = 600;
    static const uint8_t block[1000] = {'x'};
    (void)smtpauth_client_data(&client, &io, block, 1, &taken);
    io.avail_out = 100;
    assert_int_equal(hear(""), SMTPAUTH_NEED_OUTPUT);
    assert_int_equal(smtpauth_client_timeout(&client), 180); /* a block */
    io.avail_out = sizeof out;
    io.next_out = out;
    assert_int_equal(hear(""), SMTPAUTH_ASK_MESSAGE);
    assert_int_equal(smtpauth_client_data_end(&client, &io), SMTPAUTH_DONE);
    assert_int_equal(hear(""), SMTPAUTH_NEED_INPUT);
    assert_int_equal(smtpauth_client_timeout(&client), 600); /* the end */
    config.timeout_s = 60;
    assert_int_equal(smtpauth_client_timeout(&client), 60);
}

/* ---- Advice ---- */

static void advice(void **state)
{
    (void)state;
    const client_row row = {
        .name = "advice behind each refusal",
        .is_advised = true,
        .has_book = true,
        .init_flags = SMTPAUTH_CLIENT_IMPLICIT_TLS,
        .script =
            "S: 220 mx\nC: EHLO client.example.test\nS: 250-mx\nS: 250 AUTH PLAIN\n? credentials first\n"
            "= login alice secret\nC: AUTH PLAIN AGFsaWNlAHNlY3JldA==\n"
            "S: 535-5.7.8 Username and Password not accepted. For more information, go to\n"
            "S: 535 5.7.8  https://support.google.com/mail/?p=BadCredentials a1 - gsmtp\n"
            "! advice 535 reenter-password\n! auth PLAIN 535 auth-failed\n? credentials rejected\n= none\n"
            "C: MAIL FROM:<alice@example.test>\nS: 530 5.7.0 Authentication Required\n! advice 530 reenter-password\n"
            "! message refused cause=535 auth-failed last=530 auth-failed resend\nC: QUIT\nS: 221 bye\nclosed bye\n"};
    client_play(&row);
    finish();
}

/* A host that answers everything it does not know by 0 loses no handshake by it, unless that is what is waited for. */
static void note_before_tls(void **state)
{
    (void)state;
    begin(0);
    assert_int_equal(hear("220 mx\r\n"), SMTPAUTH_NEED_INPUT);
    assert_int_equal(hear("250-mx\r\n250 STARTTLS\r\n"), SMTPAUTH_NEED_INPUT);
    assert_int_equal(hear("220 go\r\n250 evil\r\n"), SMTPAUTH_NOTE_ERROR);
    assert_int_equal(event.reason, SMTPAUTH_REASON_INJECTED);
    assert_int_equal(smtpauth_client_answer(&client, &io, 0), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_client_step(&client, &io, &event), SMTPAUTH_NEED_TLS);
    assert_int_equal(smtpauth_client_answer(&client, &io, 0), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_client_step(&client, &io, &event), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&client), SMTPAUTH_REASON_TLS_FAILED);
}

/* Replies to a group come while it is still being said: they wait, and answer what they answer. */
static void replies_within_a_group(void **state)
{
    static const uint8_t address[] = "bob@example.test";
    const smtpauth_envelope envelope = {.size = sizeof envelope};
    const smtpauth_recipient to = {.size = sizeof to, .address = {address, sizeof address - 1}};
    (void)state;
    config.mechanisms = NULL;
    begin(0);
    hear("220 mx\r\n");
    assert_int_equal(hear("250-mx\r\n250 PIPELINING\r\n"), SMTPAUTH_ASK_ENVELOPE);
    io.next_out = out;
    assert_int_equal(smtpauth_client_envelope(&client, &io, &envelope), SMTPAUTH_DONE);
    assert_int_equal(hear(""), SMTPAUTH_ASK_RECIPIENT);
    assert_int_equal(hear("250 sender\r\n"), SMTPAUTH_NEED_ANSWER);
    assert_int_equal(smtpauth_client_recipient(&client, &io, &to), SMTPAUTH_DONE);
    assert_int_equal(hear("550 no\r\n"), SMTPAUTH_ASK_RECIPIENT);
    assert_int_equal(event.index, 1);
    assert_int_equal(smtpauth_client_recipient(&client, &io, NULL), SMTPAUTH_DONE);
    assert_int_equal(hear(""), SMTPAUTH_NOTE_RECIPIENT);
    assert_int_equal(event.fate, SMTPAUTH_FATE_REFUSED);
    assert_int_equal(event.code, 550);
    assert_int_equal(smtpauth_client_why(&client), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sizes, set_up),
        cmocka_unit_test_setup(configs, set_up),
        cmocka_unit_test_setup(inits, set_up),
        cmocka_unit_test_setup(address_literals, set_up),
        cmocka_unit_test_setup(wrong_answers, set_up),
        cmocka_unit_test_setup(default_branch, set_up),
        cmocka_unit_test_setup(long_tokens, set_up),
        cmocka_unit_test_setup(lines_are_noted, set_up),
        cmocka_unit_test_setup(ends_are_noted, set_up),
        cmocka_unit_test_setup(secrets_are_not_kept, set_up),
        cmocka_unit_test_setup(nonces_differ, set_up),
        cmocka_unit_test_setup(fingerprints, set_up),
        cmocka_unit_test_setup(unasked_input, set_up),
        cmocka_unit_test_setup(window_contract, set_up),
        cmocka_unit_test_setup(closes, set_up),
        cmocka_unit_test_setup(times, set_up),
        cmocka_unit_test_setup(advice, set_up),
        cmocka_unit_test_setup(note_before_tls, set_up),
        cmocka_unit_test_setup(replies_within_a_group, set_up),
    };
    return cmocka_run_group_tests_name("client_api", tests, NULL, NULL);
}
