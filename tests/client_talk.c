/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "client_talk.h"

#include "client_play.h"
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

client_talk talk;
const uint8_t talk_seed[TALK_SEED_LEN] = {1, 2, 3};

int talk_set_up(void **state)
{
    (void)state;
    memset(&talk.config, 0, sizeof talk.config);
    talk.config.size = sizeof talk.config;
    talk.config.name = "client.example.test";
    talk.config.mechanisms = client_mechanisms;
    return 0;
}

void talk_begin(uint32_t flags)
{
    assert_int_equal(smtpauth_client_init(&talk.client, sizeof talk.client, &talk.config, flags, talk_seed,
                                          sizeof talk_seed),
                     SMTPAUTH_DONE);
    talk.io.next_in = talk.in;
    talk.io.avail_in = 0;
    talk_flush();
}

uint16_t talk_hear(const char *text)
{
    size_t len = strlen(text);
    assert_true(talk.io.avail_in + len <= sizeof talk.in);
    memmove(talk.in, talk.io.next_in, talk.io.avail_in);
    talk.io.next_in = talk.in;
    memcpy(talk.in + talk.io.avail_in, text, len);
    talk.io.avail_in += len;
    uint16_t type;
    do
        type = smtpauth_client_step(&talk.client, &talk.io, &talk.event);
    while (type == SMTPAUTH_NOTE_REPLY || type == SMTPAUTH_NOTE_ADVICE);
    return type;
}

bool talk_said(const char *text)
{
    size_t len = (size_t)(talk.io.next_out - talk.out);
    bool is_it = len == strlen(text) && memcmp(talk.out, text, len) == 0;
    if (!is_it)
        print_error("said: %.*s\n", (int)len, (const char *)talk.out);
    talk_flush();
    return is_it;
}

void talk_flush(void)
{
    talk.io.next_out = talk.out;
    talk.io.avail_out = sizeof talk.out;
}

void talk_greet(uint16_t type)
{
    assert_int_equal(talk_hear(TALK_GREETING), SMTPAUTH_NEED_INPUT);
    assert_true(talk_said("EHLO client.example.test\r\n"));
    assert_int_equal(talk_hear(TALK_OFFERS), type);
}

void talk_open_message(uint32_t flags, unsigned recipients)
{
    const smtpauth_envelope env = talk_from("");
    const smtpauth_recipient to = talk_to("bob@example.test");
    talk.config.mechanisms = NULL;
    talk_begin(flags);
    talk_hear(TALK_GREETING);
    assert_int_equal(talk_hear("250 mx\r\n"), SMTPAUTH_ASK_ENVELOPE);
    assert_int_equal(smtpauth_client_envelope(&talk.client, &talk.io, &env), SMTPAUTH_DONE);
    assert_int_equal(talk_hear("250 ok\r\n"), SMTPAUTH_ASK_RECIPIENT);
    for (unsigned i = 0; i < recipients; i++) {
        assert_int_equal(smtpauth_client_recipient(&talk.client, &talk.io, &to), SMTPAUTH_DONE);
        assert_int_equal(talk_hear("250 ok\r\n"), SMTPAUTH_NOTE_RECIPIENT);
        assert_int_equal(talk_hear(""), SMTPAUTH_ASK_RECIPIENT);
    }
    assert_int_equal(smtpauth_client_recipient(&talk.client, &talk.io, NULL), SMTPAUTH_DONE);
    talk_hear("");
    assert_int_equal(talk_hear("354 go\r\n"), SMTPAUTH_ASK_MESSAGE);
}

smtpauth_credentials talk_alice(const char *secret)
{
    smtpauth_credentials who;
    memset(&who, 0, sizeof who);
    who.size = sizeof who;
    who.identity = view_of("alice");
    who.secret = view_of(secret);
    who.host = view_of("mx.example.test");
    return who;
}

smtpauth_envelope talk_from(const char *sender)
{
    smtpauth_envelope env;
    memset(&env, 0, sizeof env);
    env.size = sizeof env;
    env.sender = view_of(sender);
    return env;
}

smtpauth_recipient talk_to(const char *address)
{
    smtpauth_recipient recipient;
    memset(&recipient, 0, sizeof recipient);
    recipient.size = sizeof recipient;
    recipient.address = view_of(address);
    return recipient;
}
