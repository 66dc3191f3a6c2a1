/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "scram_secret.h"

#include <smtpauth/sasl.h>
#include <smtpauth/text.h>
#include <string.h>

enum { BASE64_MAX = (SCRAM_SALT_MAX + 2) / 3 * 4 };

/* clang-format off */
static const struct scheme {
    const char *name;
    uint8_t hash;
} schemes[] = {
    {"SCRAM-SHA-1",   SMTPAUTH_SHA1},
    {"SCRAM-SHA-256", SMTPAUTH_SHA256},
};
/* clang-format on */

bool scram_secret_is_one(const char *text)
{
    return strncmp(text, "SCRAM-", 6) == 0;
}

/* The text up to one of `ends`, and past this: blanks may stand around a '$' (RFC 3112 2.1). */
static smtpauth_view cut(const char **text, const char *ends)
{
    smtpauth_view piece = {(const uint8_t *)*text, strcspn(*text, ends)};
    *text += piece.len;
    while (piece.len > 0 && piece.data[piece.len - 1] == ' ')
        piece.len--;
    if (**text != '\0')
        (*text)++;
    *text += strspn(*text, " ");
    return piece;
}

static bool read_base64(smtpauth_view piece, uint8_t *out, size_t cap, size_t *len)
{
    uint8_t decoded[BASE64_MAX / 4 * 3];
    *len = 0;
    bool is_good = piece.len > 0 && piece.len <= BASE64_MAX &&
                   smtpauth_base64_decode(decoded, piece.data, piece.len, len) == SMTPAUTH_DONE && *len <= cap;
    if (is_good)
        memcpy(out, decoded, *len);
    smtpauth_wipe(decoded, sizeof decoded);
    return is_good;
}

static bool read_iterations(smtpauth_view piece, uint32_t *iterations)
{
    uint64_t value = 0;
    for (size_t i = 0; i < piece.len && value <= SCRAM_ITERATIONS_MAX; i++) {
        if (piece.data[i] < '0' || piece.data[i] > '9')
            return false;
        value = value * 10 + (piece.data[i] - (uint8_t)'0');
    }
    *iterations = (uint32_t)value;
    return piece.len > 0 && piece.data[0] != '0' && value <= SCRAM_ITERATIONS_MAX;
}

static bool read_scheme(smtpauth_view piece, struct scram_secret *secret)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (piece.len == strlen(schemes[i].name) && memcmp(piece.data, schemes[i].name, piece.len) == 0) {
            secret->hash = schemes[i].hash;
            secret->key_len = schemes[i].hash == SMTPAUTH_SHA1 ? 20 : 32;
            return true;
        }
    }
    return false;
}

const char *scram_secret_parse(struct scram_secret *secret, const char *text)
{
    size_t stored_len, server_len;
    if (!read_scheme(cut(&text, "$"), secret))
        return "has a hash other than SCRAM-SHA-1 and SCRAM-SHA-256";
    if (!read_iterations(cut(&text, ":$"), &secret->iterations))
        return "has no count of iterations, 1 to 1000000, where SCRAM wants one";
    if (!read_base64(cut(&text, "$"), secret->salt, sizeof secret->salt, &secret->salt_len))
        return "has no salt in base64, of 64 octets at most, where SCRAM wants one";
    if (!read_base64(cut(&text, ":"), secret->stored_key, sizeof secret->stored_key, &stored_len) ||
        !read_base64(cut(&text, ""), secret->server_key, sizeof secret->server_key, &server_len) ||
        stored_len != secret->key_len || server_len != secret->key_len)
        return "has not two keys in base64, of the hash's length, where SCRAM wants them";
    return NULL;
}
