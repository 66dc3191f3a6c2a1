/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Policies that offer extensions: what each needs beside its bit, against a policy that is good but for it. Source:
 * server.h; RFC 3030 3 (BINARYMIME needs CHUNKING), RFC 4865 4 (both values of FUTURERELEASE), RFC 2852 4 (nine digits),
 * RFC 8689 2 (REQUIRETLS under TLS alone), RFC 6710 (a keyword names the profile).
 */

#include "policy_rows.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void chunking(smtpauth_policy *p)
{
    p->extensions |= SMTPAUTH_EXT_CHUNKING;
}

static void binarymime(smtpauth_policy *p)
{
    p->extensions |= SMTPAUTH_EXT_CHUNKING | SMTPAUTH_EXT_BINARYMIME;
}

static void binarymime_alone(smtpauth_policy *p)
{
    p->extensions |= SMTPAUTH_EXT_BINARYMIME;
}

static void hold(smtpauth_policy *p)
{
    p->extensions |= SMTPAUTH_EXT_FUTURERELEASE;
    p->future_release_max_s = 86400;
    p->future_release_until = "2027-01-01T00:00:00Z";
}

static void all_extensions(smtpauth_policy *p)
{
    hold(p);
    p->extensions = 65535 & ~(uint32_t)(SMTPAUTH_EXT_AUTH | SMTPAUTH_EXT_BURL);
}

static void extension_auth(smtpauth_policy *p)
{
    p->extensions |= SMTPAUTH_EXT_AUTH;
}

static void extension_burl(smtpauth_policy *p)
{
    p->extensions |= SMTPAUTH_EXT_BURL;
}

static void hold_longest(smtpauth_policy *p)
{
    hold(p), p->future_release_max_s = 999999999,
             p->future_release_until = "2027-01-01T00:00:00.0000000000+00:00";
}

static void hold_no_max(smtpauth_policy *p)
{
    hold(p), p->future_release_max_s = 0;
}

static void hold_long_max(smtpauth_policy *p)
{
    hold(p), p->future_release_max_s = 1000000000;
}

static void hold_no_until(smtpauth_policy *p)
{
    hold(p), p->future_release_until = NULL;
}

static void hold_bad_until(smtpauth_policy *p)
{
    hold(p), p->future_release_until = "2027-02-29T00:00:00Z";
}

static void hold_local_until(smtpauth_policy *p)
{
    hold(p), p->future_release_until = "2027-01-01T00:00:00+01:00";
}

static void hold_long_until(smtpauth_policy *p)
{
    hold(p), p->future_release_until = "2027-01-01T00:00:00.000000000000000000000Z";
}

static void hold_not_offered(smtpauth_policy *p)
{
    hold(p), p->extensions = 0, p->future_release_until = "some day";
}

static void require_tls_in_clear(smtpauth_policy *p)
{
    p->extensions = SMTPAUTH_EXT_REQUIRETLS;
}

static void require_tls_starttls(smtpauth_policy *p)
{
    p->extensions = SMTPAUTH_EXT_REQUIRETLS | SMTPAUTH_EXT_STARTTLS;
}

static void require_tls_implicit(smtpauth_policy *p)
{
    p->extensions = SMTPAUTH_EXT_REQUIRETLS, p->flags |= SMTPAUTH_IMPLICIT_TLS;
}

static void profile(smtpauth_policy *p)
{
    p->extensions |= SMTPAUTH_EXT_MT_PRIORITY, p->priority_profile = "STANAG-4406";
}

static void profile_empty(smtpauth_policy *p)
{
    profile(p), p->priority_profile = "";
}

static void profile_blank(smtpauth_policy *p)
{
    profile(p), p->priority_profile = "MIXER NSEP";
}

static void profile_hyphen(smtpauth_policy *p)
{
    profile(p), p->priority_profile = "-MIXER";
}

static void profile_crlf(smtpauth_policy *p)
{
    profile(p), p->priority_profile = "MIXER\r\n250 X";
}

static void profile_longest(smtpauth_policy *p)
{
    profile(p), p->priority_profile = "ABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJ";
}

static void profile_long(smtpauth_policy *p)
{
    profile(p), p->priority_profile = "ABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJK";
}

static void by_longest(smtpauth_policy *p)
{
    p->extensions |= SMTPAUTH_EXT_DELIVERBY, p->deliver_by_min_s = 999999999;
}

static void by_long(smtpauth_policy *p)
{
    p->extensions |= SMTPAUTH_EXT_DELIVERBY, p->deliver_by_min_s = 1000000000;
}

static const policy_row rows[] = {
    POLICY_ROW(chunking, NONE),
    POLICY_ROW(binarymime, NONE),
    POLICY_ROW(binarymime_alone, POLICY_EXTENSION),
    POLICY_ROW(all_extensions, NONE),
    POLICY_ROW(extension_auth, POLICY_FLAGS),
    POLICY_ROW(extension_burl, POLICY_FLAGS),
    POLICY_ROW(hold, NONE),
    POLICY_ROW(hold_longest, NONE),
    POLICY_ROW(hold_no_max, POLICY_EXTENSION),
    POLICY_ROW(hold_long_max, POLICY_EXTENSION),
    POLICY_ROW(hold_no_until, POLICY_EXTENSION),
    POLICY_ROW(hold_bad_until, POLICY_EXTENSION),
    POLICY_ROW(hold_local_until, POLICY_EXTENSION),
    POLICY_ROW(hold_long_until, POLICY_EXTENSION),
    POLICY_ROW(hold_not_offered, NONE),
    POLICY_ROW(require_tls_in_clear, POLICY_EXTENSION),
    POLICY_ROW(require_tls_starttls, NONE),
    POLICY_ROW(require_tls_implicit, NONE),
    POLICY_ROW(profile, NONE),
    POLICY_ROW(profile_empty, POLICY_EXTENSION),
    POLICY_ROW(profile_blank, POLICY_EXTENSION),
    POLICY_ROW(profile_hyphen, POLICY_EXTENSION),
    POLICY_ROW(profile_crlf, POLICY_EXTENSION),
    POLICY_ROW(profile_longest, NONE),
    POLICY_ROW(profile_long, POLICY_EXTENSION),
    POLICY_ROW(by_longest, NONE),
    POLICY_ROW(by_long, POLICY_EXTENSION),
};

static void test_faults(void **state)
{
    (void)state;
    policy_rows_check(rows, sizeof rows / sizeof *rows);
}

/* REQUIRETLS without STARTTLS works for sessions that begin under TLS. */
static void test_implicit(void **state)
{
    smtpauth_policy policy = session_policy(SMTPAUTH_CLEAR_AUTH);
    smtpauth_server s;
    (void)state;
    policy.extensions = SMTPAUTH_EXT_REQUIRETLS;
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &policy, 0, NULL, 0), SMTPAUTH_E_POLICY);
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &policy, SMTPAUTH_IMPLICIT_TLS, NULL, 0),
                     SMTPAUTH_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_implicit),
    };
    return cmocka_run_group_tests_name("server policy, extensions", tests, NULL, NULL);
}
