/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The client half of a SASL exchange as a filter, for servers of other makers and for scripts:
 *
 *     sasl_client MECHANISM IDENTITY SECRET [NAME=VALUE ...]
 *
 *     authorization=  as whom to act           host=, port=  of the server (OAUTHBEARER)
 *     binding_type=, binding=  base64          offered_plus=1
 *     iterations_min=, iterations_max=, slice=               seed=  base64; without it a random one
 *
 * Prints the initial response in base64 on a line of its own, where the mechanism has one (an empty line is an empty
 * response); then reads challenges in base64, a line each, and prints the response to each. What breaks the exchange is
 * answered by "*", named on stderr, and ends with 2. At the end of input, which stands for the server's success, it ends
 * with 0 if the success may be believed, else with 1.
 */

#include "mechanism_pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <smtpauth/sasl.h>
#include <smtpauth/text.h>

/* What the arguments say. */
typedef struct arguments {
    const smtpauth_client_mechanism *mechanism;
    smtpauth_credentials who;
    smtpauth_exchange_config config;
    uint8_t seed[64];
    size_t seed_len;
} arguments;

static void die(const char *what)
{
    fprintf(stderr, "sasl_client: %s\n", what);
    exit(2);
}

static smtpauth_view view_of(const char *text)
{
    smtpauth_view v = {(const uint8_t *)text, strlen(text)};
    return v;
}

/* Decodes base64, in a block that is not freed. */
static smtpauth_view decode(const char *text, size_t len)
{
    smtpauth_view v = {NULL, 0};
    uint8_t *octets = malloc(3 * (len / 4) + 1);
    if (octets == NULL || smtpauth_base64_decode(octets, (const uint8_t *)text, len, &v.len) != SMTPAUTH_DONE)
        die("no base64");
    v.data = octets;
    return v;
}

static void read_seed(arguments *a, const char *text)
{
    smtpauth_view seed = decode(text, strlen(text));
    if (seed.len > sizeof a->seed)
        die("too long a seed");
    memcpy(a->seed, seed.data, seed.len);
    a->seed_len = seed.len;
}

static void read_option(arguments *a, const char *option)
{
    const char *value = strchr(option, '=');
    if (value == NULL)
        die("an option without a value");
    size_t name_len = (size_t)(value++ - option);
    const uint8_t *name = (const uint8_t *)option;
    uint32_t number = (uint32_t)strtoul(value, NULL, 10);
    if (smtpauth_text_is(name, name_len, "authorization"))
        a->who.authorization = view_of(value);
    else if (smtpauth_text_is(name, name_len, "host"))
        a->who.host = view_of(value);
    else if (smtpauth_text_is(name, name_len, "port"))
        a->who.port = (uint16_t)number;
    else if (smtpauth_text_is(name, name_len, "binding_type"))
        a->who.binding_type = view_of(value);
    else if (smtpauth_text_is(name, name_len, "binding"))
        a->who.binding = decode(value, strlen(value));
    else if (smtpauth_text_is(name, name_len, "offered_plus"))
        a->config.server_offered_plus = number != 0;
    else if (smtpauth_text_is(name, name_len, "iterations_min"))
        a->config.iterations_min = number;
    else if (smtpauth_text_is(name, name_len, "iterations_max"))
        a->config.iterations_max = number;
    else if (smtpauth_text_is(name, name_len, "slice"))
        a->config.slice = number;
    else if (smtpauth_text_is(name, name_len, "seed"))
        read_seed(a, value);
    else
        die("an option that is none");
}

static void read_arguments(arguments *a, int argc, char **argv)
{
    memset(a, 0, sizeof *a);
    a->who.size = sizeof a->who;
    a->config.size = sizeof a->config;
    if (argc < 4)
        die("usage: sasl_client MECHANISM IDENTITY SECRET [NAME=VALUE ...]");
    for (size_t i = 0; i < MECHANISM_PAIRS; i++)
        if (strcmp(argv[1], mechanism_pairs[i].name) == 0)
            a->mechanism = mechanism_pairs[i].client();
    if (a->mechanism == NULL)
        die("no such mechanism");
    a->who.identity = view_of(argv[2]);
    a->who.secret = view_of(argv[3]);
    for (int i = 4; i < argc; i++)
        read_option(a, argv[i]);
}

static void make_seed(arguments *a)
{
    FILE *random = fopen("/dev/urandom", "rb");
    if (random == NULL || fread(a->seed, 32, 1, random) != 1)
        die("no random octets");
    fclose(random);
    a->seed_len = 32;
}

static void print_base64(const uint8_t *octets, size_t len)
{
    size_t coded_len = smtpauth_base64_encoded_len(len);
    uint8_t *coded = malloc(coded_len + 1);
    if (coded == NULL || smtpauth_base64_encode(coded, coded_len, octets, len, &coded_len) != SMTPAUTH_DONE)
        die("no memory");
    printf("%.*s\n", (int)coded_len, (const char *)coded);
    fflush(stdout);
    free(coded);
}

static void give_up(int32_t result)
{
    printf("*\n");
    fflush(stdout);
    die(result == SMTPAUTH_E_WORDS    ? "the challenge is wrong"
        : result == SMTPAUTH_E_ANSWER ? "the credentials cannot be used"
                                      : "out of turn");
}

/* Asks how long the response is, then for the response. */
static void respond(smtpauth_exchange *x, const smtpauth_view *challenge, const smtpauth_credentials *who)
{
    size_t len;
    uint8_t *out = NULL;
    int32_t result = smtpauth_exchange_step(x, challenge, who, NULL, 0, &len);
    if (result == SMTPAUTH_E_OUTPUT) {
        size_t cap = len;
        out = malloc(cap);
        do
            result = smtpauth_exchange_step(x, challenge, who, out, cap, &len);
        while (result == SMTPAUTH_EXCHANGE_AGAIN);
    }
    if (result == SMTPAUTH_EXCHANGE_SEND)
        print_base64(out, len);
    else if (result != SMTPAUTH_EXCHANGE_WAIT)
        give_up(result);
    free(out);
}

int main(int argc, char **argv)
{
    arguments a;
    smtpauth_exchange x;
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    read_arguments(&a, argc, argv);
    if (a.seed_len == 0)
        make_seed(&a);
    if (smtpauth_exchange_begin(&x, sizeof x, a.mechanism, &a.config, a.seed, a.seed_len) != SMTPAUTH_DONE)
        die("the arguments do not fit");
    respond(&x, NULL, &a.who);
    while ((len = getline(&line, &cap, stdin)) > 0) {
        while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
            len--;
        smtpauth_view challenge = decode(line, (size_t)len);
        respond(&x, &challenge, &a.who);
    }
    bool is_proven = smtpauth_exchange_is_proven(&x);
    smtpauth_exchange_end(&x);
    free(line);
    return is_proven ? 0 : 1;
}
