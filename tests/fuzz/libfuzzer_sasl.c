/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * libFuzzer's way into the mechanisms, behind base64: the first octets choose a mechanism, its half and the host's answers;
 * each piece up to a LF is a response (of a client to our server) or a challenge (of a server to our client). Nobody may
 * come in without the host's yes, no SCRAM server may be believed without its signature, and every piece lies in a heap
 * block of exactly its size.
 */

#include "mechanism_pairs.h"

#include <smtpauth/smtpauth.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const uint8_t seed[16] = "sixteen octets,";
static const uint8_t key[32] = {1};

static void *block_of(const void *data, size_t len)
{
    uint8_t *block = malloc(len + (len == 0));
    if (block == NULL)
        abort();
    if (len > 0)
        memcpy(block, data, len);
    return block;
}

static smtpauth_view next_piece(const uint8_t **data, size_t *len)
{
    const uint8_t *lf = *len > 0 ? memchr(*data, '\n', *len) : NULL;
    smtpauth_view piece = {*data, lf != NULL ? (size_t)(lf - *data) : *len};
    size_t taken = piece.len + (lf != NULL);
    *data += taken;
    *len -= taken;
    return piece;
}

/* ---- Our server ---- */

static const smtpauth_host_mechanism host_run[] = {{"HOST-RUN", 0}};

static bool answer(smtpauth_server *s, smtpauth_io *io, const smtpauth_event *e, uint8_t how)
{
    smtpauth_secret secret = {.size = sizeof secret, .iterations = 1, .is_known = how & 1, .may_act = how & 2};
    bool is_yes = (how & 4) != 0;
    if (e->type == SMTPAUTH_ASK_EXCHANGE && e->response.len % 3 == 1)
        smtpauth_server_challenge(s, io, e->response.data, e->response.len);
    else if (e->type != SMTPAUTH_ASK_SECRET)
        smtpauth_server_verdict(s, io, is_yes ? SMTPAUTH_ACCEPTED_AS : SMTPAUTH_REJECTED + (how >> 4) % 6, NULL,
                                0);
    if (e->type != SMTPAUTH_ASK_SECRET)
        return is_yes;
    secret.salt = secret.password = secret.binding = (smtpauth_view){key, 16};
    secret.stored_key = secret.server_key = (smtpauth_view){key, how & 8 ? 20 : 32};
    smtpauth_server_secret(s, io, &secret);
    return false;
}

static void drive_server(const uint8_t head[HEAD], const uint8_t *data, size_t len)
{
    smtpauth_mechanism_fn *servers[MECHANISM_PAIRS + 1];
    mechanism_lists(servers, NULL);
    smtpauth_policy policy = {.size = sizeof policy,
                              .hostname = "h.test",
                              .mechanisms = servers,
                              .host_mechanisms = host_run,
                              .host_mechanisms_len = 1,
                              .secret = key,
                              .secret_len = sizeof key,
                              .flags = SMTPAUTH_IMPLICIT_TLS,
                              .bad_commands_max = UINT16_MAX};
    smtpauth_server s;
    smtpauth_event e;
    uint8_t out[SMTPAUTH_AUTH_LINE_MAX];
    bool may_be_in = false, is_greeted = false;
    if (smtpauth_server_init(&s, sizeof s, &policy, 0, seed, sizeof seed) != SMTPAUTH_DONE)
        abort();
    smtpauth_io io = {NULL, 0, out, sizeof out};
    smtpauth_server_tls_started(&s, &io, head[1] & 6);
    uint8_t *in = NULL;
    for (uint16_t type = 0; type != SMTPAUTH_CLOSED;) {
        type = smtpauth_server_step(&s, &io, &e);
        if ((smtpauth_server_is(&s) & SMTPAUTH_IS_AUTHENTICATED) && !may_be_in)
            abort();
        io.next_out = out;
        io.avail_out = sizeof out;
        if (type == SMTPAUTH_NEED_INPUT && (len > 0 || !is_greeted)) {
            char line[SMTPAUTH_AUTH_LINE_MAX];
            smtpauth_view piece = is_greeted ? next_piece(&data, &len) : (smtpauth_view){NULL, 0};
            bool is_response = (smtpauth_server_is(&s) & SMTPAUTH_IS_EXCHANGE) != 0;
            size_t at = 0, written = 0, pair = head[0] % (MECHANISM_PAIRS + 1);
            if (!is_greeted)
                at = (size_t)snprintf(line, sizeof line, "EHLO x");
            else if (!is_response)
                at = (size_t)snprintf(line, sizeof line, "AUTH %s%s",
                                      pair < MECHANISM_PAIRS ? mechanism_pairs[pair].name : "HOST-RUN",
                                      piece.len > 0 ? " " : "");
            is_greeted = true;
            smtpauth_base64_encode((uint8_t *)line + at, sizeof line - at - 2, piece.data, piece.len, &written);
            at += written;
            memcpy(line + at, "\r\n", 2);
            free(in);
            in = io.next_in = block_of(line, at + 2);
            io.avail_in = at + 2;
        } else if (type == SMTPAUTH_NEED_INPUT) {
            smtpauth_server_close(&s, &io, SMTPAUTH_REASON_CONNECTION_LOST);
        } else if (type >= SMTPAUTH_ASK_PASSWORD && type < SMTPAUTH_ASK_MAIL) {
            may_be_in = answer(&s, &io, &e, head[2]) || (may_be_in && type == SMTPAUTH_ASK_SECRET);
        }
    }
    free(in);
}

/* ---- Our client ---- */

static void drive_client(const uint8_t head[HEAD], const uint8_t *data, size_t len)
{
    const smtpauth_client_mechanism *mechanism = mechanism_pairs[head[0] % MECHANISM_PAIRS].client();
    bool proves = (smtpauth_client_mechanism_facts(mechanism) & SMTPAUTH_MECHANISM_PROVES_SERVER) != 0;
    smtpauth_exchange_config config = {.size = sizeof config,
                                       .iterations_min = 1,
                                       .iterations_max = 50,
                                       .slice = head[1] & 15,
                                       .server_offered_plus = head[1] & 16};
    smtpauth_credentials who = {.size = sizeof who, .port = head[1]};
    who.identity = who.secret = (smtpauth_view){(const uint8_t *)"name", 4};
    who.authorization = (smtpauth_view){(const uint8_t *)"a=b,c", head[2] & 7u};
    if (who.authorization.len > 5)
        who.authorization.len = 0;
    who.binding_type = (smtpauth_view){(const uint8_t *)"tls-exporter", 12};
    who.binding = (smtpauth_view){key, sizeof key};
    smtpauth_exchange x;
    if (smtpauth_exchange_begin(&x, sizeof x, mechanism, &config, seed, sizeof seed) != SMTPAUTH_DONE)
        abort();
    size_t cap = head[2] >> 3 & 1 ? 40 : 2000, written = 0;
    uint8_t *out = malloc(cap);
    int32_t result = smtpauth_exchange_step(&x, NULL, &who, out, cap, &written);
    while (len > 0 && result > 0) {
        smtpauth_view piece = next_piece(&data, &len);
        uint8_t *block = block_of(piece.data, piece.len);
        smtpauth_view challenge = {block, piece.len};
        do {
            result = smtpauth_exchange_step(&x, &challenge, &who, out, cap, &written);
        } while (result == SMTPAUTH_EXCHANGE_AGAIN);
        free(block);
        if (result > 0 && written > cap)
            abort();
        if (proves && smtpauth_exchange_is_proven(&x))
            abort(); /* 256 bits were guessed */
    }
    smtpauth_exchange_end(&x);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < HEAD)
        return 0;
    if (data[0] & 128)
        drive_client(data, data + HEAD, len - HEAD);
    else
        drive_server(data, data + HEAD, len - HEAD);
    return 0;
}
