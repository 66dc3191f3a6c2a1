/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * What a client is begun with: sizes, each fault that config_check names against a config that is good but for it, init's
 * arguments; address literals, which a config's name may be (RFC 5952 4, RFC 5321 4.1.3).
 */

#include "client_play.h"
#include "client_talk.h"
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

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
    int32_t fault = smtpauth_client_config_check(&talk.config);
    int32_t result =
        smtpauth_client_init(&talk.client, sizeof talk.client, &talk.config, 0, talk_seed, sizeof talk_seed);
    assert_int_equal(result, fault == 0 ? SMTPAUTH_DONE : SMTPAUTH_E_POLICY);
    return fault;
}

static void configs(void **state)
{
    static smtpauth_client_mechanism_fn *many[18];
    char long_name[300];
    assert_int_equal(config_fault(), 0);
    assert_int_equal(smtpauth_client_config_check(NULL), SMTPAUTH_E_ARGUMENT);
    talk.config.size--;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_SIZE);
    talk_set_up(state);
    talk.config.reserved[7] = 1;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_SIZE);
    talk_set_up(state);
    talk.config.reserved32[4] = 1;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_SIZE);
    talk_set_up(state);
    talk.config.reserved_pointers[3] = &talk.config;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_SIZE);
    talk_set_up(state);
    talk.config.flags = SMTPAUTH_CLIENT_AUTH_REQUIRED << 1;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_FLAGS);
    talk.config.flags = SMTPAUTH_CLIENT_AUTH_REQUIRED | SMTPAUTH_CLIENT_AUTH_LATE;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_FLAGS);
    talk.config.flags = SMTPAUTH_CLIENT_AUTH_REQUIRED;
    assert_int_equal(config_fault(), 0);
    talk.config.mechanisms = NULL;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_MECHANISM);
    talk_set_up(state);
    talk.config.flags = SMTPAUTH_CLIENT_TLS_NEVER | SMTPAUTH_CLIENT_TLS_REQUIRED;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_FLAGS);
    talk_set_up(state);
    static const char *const bad_names[] = {NULL,          "",     "a b",          "a\r\nQUIT", "[192.0.2.1",
                                            "[300.1.1.1]", "a..b", "\xC3\xA4.test"};
    for (size_t i = 0; i < sizeof bad_names / sizeof *bad_names; i++) {
        talk.config.name = bad_names[i];
        check(config_fault() == SMTPAUTH_REASON_POLICY_HOSTNAME, bad_names[i] != NULL ? bad_names[i] : "NULL",
              "taken");
    }
    memset(long_name, 'a', sizeof long_name);
    for (size_t i = 50; i < sizeof long_name; i += 50)
        long_name[i] = '.';
    long_name[256] = '\0';
    talk.config.name = long_name;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_HOSTNAME);
    long_name[255] = '\0';
    assert_int_equal(config_fault(), 0);
    talk.config.name = "[IPv6:2001:db8::1]";
    assert_int_equal(config_fault(), 0);
    for (size_t i = 0; i < 17; i++)
        many[i] = smtpauth_client_plain;
    talk.config.mechanisms = many;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_MECHANISM);
    many[16] = NULL;
    assert_int_equal(config_fault(), 0);
    talk_set_up(state);
    talk.config.reply_max = 511;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_LIMIT);
    talk.config.reply_max = 512;
    assert_int_equal(config_fault(), 0);
    talk.config.reply_max = 65536;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_LIMIT);
    talk.config.reply_max = 65535;
    assert_int_equal(config_fault(), 0);
    talk.config.credentials_max = 6;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_LIMIT);
    talk.config.credentials_max = 5;
    assert_int_equal(config_fault(), 0);
    talk.config.iterations_max = 4095;
    assert_int_equal(config_fault(), SMTPAUTH_REASON_POLICY_LIMIT);
    talk.config.iterations_max = 4096;
    assert_int_equal(config_fault(), 0);
    finish();
}

static void inits(void **state)
{
    (void)state;
    smtpauth_client before;
    memset(&talk.client, 0x5A, sizeof talk.client);
    before = talk.client;
    assert_int_equal(smtpauth_client_init(NULL, sizeof talk.client, &talk.config, 0, talk_seed, 16),
                     SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_init(&talk.client, sizeof talk.client, NULL, 0, talk_seed, 16),
                     SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_init(&talk.client, sizeof talk.client - 1, &talk.config, 0, talk_seed, 16),
                     SMTPAUTH_E_VERSION);
    assert_int_equal(smtpauth_client_init(&talk.client, sizeof talk.client, &talk.config,
                                          SMTPAUTH_CLIENT_AUTH_LATE, talk_seed, 16),
                     SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_init(&talk.client, sizeof talk.client, &talk.config, 0, NULL, 0),
                     SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_init(&talk.client, sizeof talk.client, &talk.config, 0, talk_seed, 15),
                     SMTPAUTH_E_ARGUMENT);
    assert_int_equal(
        smtpauth_client_init(&talk.client, sizeof talk.client, &talk.config, 0, client_guard_key, 33),
        SMTPAUTH_E_ARGUMENT);
    assert_memory_equal(&talk.client, &before, sizeof talk.client);
    talk.config.mechanisms = client_no_mechanisms;
    assert_int_equal(smtpauth_client_init(&talk.client, sizeof talk.client, &talk.config, 0, NULL, 0),
                     SMTPAUTH_DONE);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sizes, talk_set_up),
        cmocka_unit_test_setup(configs, talk_set_up),
        cmocka_unit_test_setup(inits, talk_set_up),
        cmocka_unit_test_setup(address_literals, talk_set_up),
    };
    return cmocka_run_group_tests_name("client, config", tests, NULL, NULL);
}
