/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The mechanisms that a policy lists, the library's and those that the host runs itself: how many, and which names. Source:
 * server.h; RFC 4422 3.1 (a mechanism's name).
 */

#include "policy_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static smtpauth_mechanism_fn *const none[] = {NULL};
static smtpauth_mechanism_fn *many[18];

static void mechanisms_null(smtpauth_policy *p)
{
    p->mechanisms = NULL;
}

static void mechanisms_none(smtpauth_policy *p)
{
    p->mechanisms = none;
}

static void mechanisms_17(smtpauth_policy *p)
{
    p->mechanisms = many;
}

static void mechanisms_twice(smtpauth_policy *p)
{
    static smtpauth_mechanism_fn *const twice[] = {smtpauth_plain, smtpauth_login, smtpauth_plain, NULL};
    p->mechanisms = twice;
}

static const smtpauth_host_mechanism host_run[17] = {
    {"GSSAPI", 0}, {"NTLM", 0}, {"DIGEST-MD5", SMTPAUTH_HOST_SERVER_FIRST},
    {"M3", 0},     {"M4", 0},   {"M5", 0},
    {"M6", 0},     {"M7", 0},   {"M8", 0},
    {"M9", 0},     {"M10", 0},  {"M11", 0},
    {"M12", 0},    {"M13", 0},  {"M14", SMTPAUTH_HOST_NEEDS_TLS},
    {"M15", 0},    {"M16", 0},
};

static void host_16(smtpauth_policy *p)
{
    p->host_mechanisms = host_run;
    p->host_mechanisms_len = 16;
}

static void host_17(smtpauth_policy *p)
{
    p->host_mechanisms = host_run;
    p->host_mechanisms_len = 17;
}

static void host_null(smtpauth_policy *p)
{
    p->host_mechanisms_len = 1;
}

static void host_alone(smtpauth_policy *p)
{
    host_16(p);
    p->mechanisms = NULL;
    p->extensions = 0; /* GSSAPI needs no TLS */
}

static void host_named(smtpauth_policy *p, const char *name, uint32_t flags)
{
    static smtpauth_host_mechanism one;
    one.name = name;
    one.flags = flags;
    p->host_mechanisms = &one;
    p->host_mechanisms_len = 1;
}

static void host_no_name(smtpauth_policy *p)
{
    host_named(p, NULL, 0);
}

static void host_empty_name(smtpauth_policy *p)
{
    host_named(p, "", 0);
}

static void host_lower_name(smtpauth_policy *p)
{
    host_named(p, "gssapi", 0);
}

static void host_long_name(smtpauth_policy *p)
{
    host_named(p, "ABCDEFGHIJKLMNOPQRSTU", 0);
}

static void host_blank_name(smtpauth_policy *p)
{
    host_named(p, "GSS API", 0);
}

static void host_same_name(smtpauth_policy *p)
{
    host_named(p, "PLAIN", 0);
}

static void host_unknown_flag(smtpauth_policy *p)
{
    host_named(p, "GSSAPI", 8);
}

static const policy_row rows[] = {
    POLICY_ROW(mechanisms_null, POLICY_MECHANISM),
    POLICY_ROW(mechanisms_none, POLICY_MECHANISM),
    POLICY_ROW(mechanisms_17, POLICY_MECHANISM),
    POLICY_ROW(mechanisms_twice, POLICY_MECHANISM),
    POLICY_ROW(host_16, NONE),
    POLICY_ROW(host_17, POLICY_MECHANISM),
    POLICY_ROW(host_null, POLICY_MECHANISM),
    POLICY_ROW(host_alone, NONE),
    POLICY_ROW(host_no_name, POLICY_MECHANISM),
    POLICY_ROW(host_empty_name, POLICY_MECHANISM),
    POLICY_ROW(host_lower_name, POLICY_MECHANISM),
    POLICY_ROW(host_long_name, POLICY_MECHANISM),
    POLICY_ROW(host_blank_name, POLICY_MECHANISM),
    POLICY_ROW(host_same_name, POLICY_MECHANISM),
    POLICY_ROW(host_unknown_flag, POLICY_MECHANISM),
};

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < 17; i++)
        many[i] = i % 2 ? smtpauth_plain : smtpauth_login;
    return 0;
}

static void test_faults(void **state)
{
    (void)state;
    policy_rows_check(rows, sizeof rows / sizeof *rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
    };
    return cmocka_run_group_tests_name("server policy, mechanisms", tests, setup, NULL);
}
