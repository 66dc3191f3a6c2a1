/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Which mechanism a client logs in by, what it says by it, and when it believes the server. Sources: RFC 4954 4; exchanges are
 * RFC 7677's, RFC 2195's challenge, RFC 4616's form, Google's for XOAUTH2. What a refusal asks for: test_client_auth.c.
 */

#include "client_lines.h"
#include "client_play.h"
#include "fixed_nonce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* RFC 7677 3 */
#define S256_FIRST "biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8="
#define S256_SERVER                                                                                            \
    "cj1yT3ByTkdmd0ViZVJXZ2JORWtxTyVodllEcFdVYTJSYVRDQWZ1eEZJbGopaE5sRiRrMCxzPVcyMlphSjBTTlk3c29Fc1VFamI2Z1E9PSxpPTQwOTY="
#define S256_FEWER                                                                                             \
    "cj1yT3ByTkdmd0ViZVJXZ2JORWtxTyVodllEcFdVYTJSYVRDQWZ1eEZJbGopaE5sRiRrMCxzPVcyMlphSjBTTlk3c29Fc1VFamI2Z1E9PSxpPTQwOTU="
#define S256_FINAL                                                                                                     \
    "Yz1iaXdzLHI9ck9wck5HZndFYmVSV2diTkVrcU8laHZZRHBXVWEyUmFUQ0FmdXhGSWxqKWhObEYkazAscD1kSHpiWmFwV0lrNGpVaE4rVXRlOXl0" \
    "YWc5empmTUhnc3FtbWl6N0FuZFZRPQ=="
#define S256_SIGNED "dj02cnJpVFJCaTIzV3BSUi93dHVwK21NaFVaVW4vZEI1bkxUSlJzamw5NUc0PQ=="
#define S256_FORGED "dj03cnJpVFJCaTIzV3BSUi93dHVwK21NaFVaVW4vZEI1bkxUSlJzamw5NUc0PQ=="
#define PENCIL      ASK("first") "= login user pencil\n"
#define SCRAM       "C: AUTH SCRAM-SHA-256 " S256_FIRST "\n"

static const client_row mechanism_rows[] = {
    {.name = "PLAIN under TLS",
     TLS,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET YES("PLAIN") ALL_GOOD},
    {.name = "as somebody else",
     TLS,
     .script = OFFER("PLAIN")
         ASK("first") "= as boss alice secret\nC: AUTH PLAIN Ym9zcwBhbGljZQBzZWNyZXQ=\n" YES("PLAIN") ALL_GOOD},
    {.name = "LOGIN never has an initial response; its prompts are not read",
     TLS,
     .script = OFFER("LOGIN") ASK("first") SECRET
     "C: AUTH LOGIN\nS: 334 UGFzc3dvcmQ6\nC: YWxpY2U=\nS: 334\nC: c2VjcmV0\n" YES("LOGIN") ALL_GOOD},
    {.name = "the strongest that both know, not the first listed: SCRAM-SHA-256 (RFC 7677 3)",
     TLS,
     .script = OFFER("PLAIN LOGIN SCRAM-SHA-1 SCRAM-SHA-256 CRAM-MD5") PENCIL SCRAM
     "S: 334 " S256_SERVER "\nC: " S256_FINAL "\nS: 334 " S256_SIGNED "\nC: \n" YES("SCRAM-SHA-256") ALL_GOOD},
    {.name = "SCRAM without TLS: it does not show the secret",
     .script = OFFER("PLAIN SCRAM-SHA-256") PENCIL SCRAM
     "S: 334 " S256_SERVER "\nC: " S256_FINAL "\nS: 334 " S256_SIGNED "\nC: \n" YES("SCRAM-SHA-256") ALL_GOOD},
    {.name = "SCRAM in slices",
     .slice = 100,
     .script = OFFER("SCRAM-SHA-256") PENCIL SCRAM
     "S: 334 " S256_SERVER "\nC: " S256_FINAL "\nS: 334 " S256_SIGNED "\nC: \n" YES("SCRAM-SHA-256") ALL_GOOD},
    {.name = "the server's signature is wrong: cancelled, and no success is believed",
     .script = OFFER("SCRAM-SHA-256") PENCIL SCRAM
     "S: 334 " S256_SERVER "\nC: " S256_FINAL "\nS: 334 " S256_FORGED
     "\nC: *\nS: 501 5.7.0 ok\n! auth SCRAM-SHA-256 501 server-unproven\nC: QUIT\nS: 221 bye\nclosed server-unproven\n"},
    {.name = "235 in place of the signature",
     .script = OFFER("SCRAM-SHA-256") PENCIL SCRAM
     "S: 334 " S256_SERVER "\nC: " S256_FINAL
     "\nS: 235 2.7.0 in\n! error server-unproven\nclosed server-unproven\n"},
    {.name = "235 to SCRAM's first message",
     .script = OFFER("SCRAM-SHA-256") PENCIL SCRAM
     "S: 235 2.7.0 in\n! error server-unproven\nclosed server-unproven\n"},
    {.name = "235 to the cancel",
     .script = OFFER("SCRAM-SHA-256") PENCIL SCRAM "S: 334 " S256_FEWER
                                                   "\nC: *\nS: 235 in\n! error reply-unexpected\n"
                                                   "closed reply-unexpected\n"},
    {.name = "too few iterations (RFC 7677 4)",
     .script = OFFER("SCRAM-SHA-256") PENCIL SCRAM
     "S: 334 " S256_FEWER "\nC: *\nS: 501 ok\n"
     "! auth SCRAM-SHA-256 501 server-unproven\nC: QUIT\nS: 221 bye\nclosed server-unproven\n"},
    {.name = "235 before LOGIN's password was asked for",
     TLS,
     .script = OFFER("LOGIN") ASK("first") SECRET "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YWxpY2U=\nS: 235 in\n"
                                                  "! error server-unproven\nclosed server-unproven\n"},
    {.name = "235 to AUTH LOGIN at once",
     TLS,
     .script = OFFER("LOGIN") ASK("first") SECRET
     "C: AUTH LOGIN\nS: 235 in\n! error server-unproven\nclosed server-unproven\n"},
    {.name = "-PLUS where there is binding data",
     .script = HELLO
     "S: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nT: started exporter\nC: EHLO client.example.test\n"
     "S: 250-mx\nS: 250 AUTH SCRAM-SHA-256 SCRAM-SHA-256-PLUS\n" PENCIL
     "C: AUTH SCRAM-SHA-256-PLUS cD10bHMtZXhwb3J0ZXIsLG49dXNlcixyPXJPcHJOR2Z3RWJlUldnYk5Fa3FP\nS: 454 4.7.0 later\n"
     "! auth SCRAM-SHA-256-PLUS 454 auth-unavailable\n" ALL_GOOD},
    {.name = "binding data, and -PLUS not offered: the server is told (RFC 5802 6)",
     .script = HELLO
     "S: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nT: started exporter\nC: EHLO client.example.test\n"
     "S: 250-mx\nS: 250 AUTH SCRAM-SHA-256\n" PENCIL
     "C: AUTH SCRAM-SHA-256 eSwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8=\nS: 454 4.7.0 later\n"
     "! auth SCRAM-SHA-256 454 auth-unavailable\n" ALL_GOOD},
    {.name = "CRAM-MD5 (RFC 2195): the server speaks first",
     .script = OFFER("CRAM-MD5") ASK("first") SECRET
     "C: AUTH CRAM-MD5\nS: 334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UuZXhhbXBsZS5uZXQ+\n"
     "C: YWxpY2UgYWJiN2RlNDljNThkYTE0MTY4NjZiYmM1NjZiN2U1ODU=\n" YES("CRAM-MD5") ALL_GOOD},
    {.name = "a token",
     TLS,
     .script = OFFER("PLAIN XOAUTH2")
         ASK("first") "= token alice t0ken\n"
                      "C: AUTH XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0MGtlbgEB\n" YES("XOAUTH2") ALL_GOOD},
    {.name = "OAUTHBEARER before XOAUTH2",
     TLS,
     .script = OFFER("XOAUTH2 OAUTHBEARER") ASK(
         "first") "= token alice t0ken\n"
                  "C: AUTH OAUTHBEARER bixhPWFsaWNlLAFob3N0PW14LmV4YW1wbGUudGVzdAFhdXRoPUJlYXJlciB0MGtlbgEB\n" YES(
                      "OAUTHBEARER") ALL_GOOD},
    {.name = "a refused token: its error is answered, then 535, and another token is asked for",
     TLS,
     .script = OFFER("XOAUTH2") ASK(
         "first") "= token alice t0ken\nC: AUTH XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0MGtlbgEB\n"
                  "S: 334 eyJzdGF0dXMiOiI0MDEifQ==\nC: \nS: 535 5.7.8 no\n! auth XOAUTH2 535 token-refused\n" ASK(
                      "token") NONE ALL_GOOD},
    {.name = "OAUTHBEARER's error is answered by an octet 1 (RFC 7628 3.2.3)",
     TLS,
     .script = OFFER("OAUTHBEARER") ASK(
         "first") "= token alice t0ken\n"
                  "C: AUTH OAUTHBEARER bixhPWFsaWNlLAFob3N0PW14LmV4YW1wbGUudGVzdAFhdXRoPUJlYXJlciB0MGtlbgEB\n"
                  "S: 334 eyJzdGF0dXMiOiI0MDEifQ==\nC: AQ==\nS: 535 5.7.8 no\n! auth OAUTHBEARER 535 token-refused\n" ASK(
                      "token") NONE ALL_GOOD},
    {.name = "a password is no token: PLAIN although XOAUTH2 is stronger",
     TLS,
     .script = OFFER("XOAUTH2 PLAIN") ASK("first") SECRET P_SECRET YES("PLAIN") ALL_GOOD},
    {.name = "EXTERNAL, its empty initial response is =",
     TLS,
     .script = OFFER("EXTERNAL PLAIN") ASK("first") "= nobody\nC: AUTH EXTERNAL =\n" YES("EXTERNAL") ALL_GOOD},
    {.name = "ANONYMOUS",
     .script = OFFER("ANONYMOUS") ASK("first") "= name alice\nC: AUTH ANONYMOUS YWxpY2U=\n" YES("ANONYMOUS")
         ALL_GOOD},
    {.name = "AUTH= before RFC 2554 (field-notes 23)",
     TLS,
     .script = HELLO "S: 250-mx\nS: 250 AUTH=PLAIN LOGIN\n" ASK("first") SECRET P_SECRET YES("PLAIN") ALL_GOOD},
    {.name = "mechanisms in lower case",
     TLS,
     .script = OFFER("plain") ASK("first") SECRET P_SECRET YES("PLAIN") ALL_GOOD},
    {.name = "in the order of the list",
     TLS,
     .flags = SMTPAUTH_CLIENT_IN_ORDER,
     .script = OFFER("SCRAM-SHA-256 LOGIN PLAIN") ASK("first") SECRET P_SECRET YES("PLAIN") ALL_GOOD},
    {.name = "an authorization identity that LOGIN cannot carry: PLAIN is not there, nothing is sent",
     TLS,
     .script = OFFER("LOGIN") ASK("first") "= as boss alice secret\n" ALL_GOOD},
    {.name = "no mechanism in common: nothing is asked", TLS, .script = OFFER("GSSAPI") ALL_GOOD},
    {.name = "no mechanisms of ours",
     TLS,
     .mechanisms = client_no_mechanisms,
     .script = OFFER("PLAIN") ALL_GOOD},
    {.name = "PLAIN is not even asked for without TLS",
     .script = OFFER("PLAIN LOGIN XOAUTH2 OAUTHBEARER EXTERNAL") ALL_GOOD},
    {.name = "... but where the host knows better",
     .flags = SMTPAUTH_CLIENT_CLEAR_AUTH,
     .script = OFFER("PLAIN") ASK("first") SECRET P_SECRET YES("PLAIN") ALL_GOOD},
    {.name = "no credentials: MAIL is tried", TLS, .script = OFFER("PLAIN") ASK("first") NONE ALL_GOOD},
    {.name = "not before it is wanted",
     TLS,
     .flags = SMTPAUTH_CLIENT_AUTH_LATE,
     .script = OFFER("PLAIN") ALL_GOOD},
};

static void mechanisms(void **state)
{
    (void)state;
    strcpy(fixed_nonce, "rOprNGfwEbeRWgbNEkqO");
    client_play_all(mechanism_rows, sizeof mechanism_rows / sizeof *mechanism_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mechanisms),
    };
    return cmocka_run_group_tests_name("client, mechanism", tests, NULL, NULL);
}
