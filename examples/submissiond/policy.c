/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "policy.h"

#include <smtpauth/reason.h>
#include <stdio.h>
#include <string.h>

/* SCRAM cannot hide everything: says to whom it will not do. */
static void note_scram(const struct users *users)
{
    const size_t all = users_count(users),
                 scram = users_count_with(users, USERS_SCRAM_SHA1 | USERS_SCRAM_SHA256);
    const struct users_look look = users_look(users);
    if (scram < all)
        fprintf(stderr, "submissiond: note: SCRAM is offered, and %zu of %zu users have no secret for it\n",
                all - scram, all);
    if (look.others > 0)
        fprintf(
            stderr,
            "submissiond: note: %zu users can be told from names that do not exist: only %u iterations with a "
            "salt of 16 octets are shown for these\n",
            look.others, (unsigned)look.iterations);
}

static bool offers_scram(const struct service *service)
{
    for (size_t i = 0; service->mechanisms[i] != NULL; i++) {
        if (strncmp(smtpauth_mechanism_name(service->mechanisms[i]()), "SCRAM-", 6) == 0)
            return true;
    }
    return false;
}

static uint32_t flags_of(const struct service *service)
{
    const struct options *options = service->options;
    uint32_t flags = SMTPAUTH_LAX_SPACE_OK;
    if (options->lmtp)
        flags |= SMTPAUTH_LMTP;
    if (options->lmtp && options->mechanisms.count == 0)
        flags |= SMTPAUTH_NO_AUTH;
    if (options->require_tls)
        flags |= SMTPAUTH_REQUIRE_TLS;
    if (options->allow_plaintext_auth)
        flags |= SMTPAUTH_CLEAR_AUTH;
    return flags;
}

static void fill(struct service *service)
{
    const struct options *options = service->options;
    smtpauth_policy *policy = &service->policy;
    memset(policy, 0, sizeof *policy);
    policy->size = sizeof *policy;
    policy->flags = flags_of(service);
    policy->extensions = options->extensions;
    if (options->xclient_count > 0)
        policy->extensions |= SMTPAUTH_EXT_XCLIENT;
    if (tls_is_built())
        policy->extensions |= SMTPAUTH_EXT_STARTTLS;
    policy->asks = SMTPAUTH_ASKS_HELLO; /* for the name in Received */
    policy->hostname = options->hostname;
    policy->mechanisms = service->mechanisms;
    policy->message_max = options->max_size;
    policy->recipients_max = options->max_recipients;
    policy->auth_failures_max = options->max_auth_failures;
    if (offers_scram(service)) {
        policy->secret = service->secret;
        policy->secret_len = sizeof service->secret;
        policy->scram_iterations = users_look(service->users).iterations;
    }
}

bool policy_make(struct service *service, char *error, size_t error_cap)
{
    if (!mechanisms_choose(service->mechanisms, service->options, service->users, error, error_cap))
        return false;
    fill(service);
    int32_t fault = smtpauth_policy_check(&service->policy);
    if (fault != 0) {
        snprintf(error, error_cap, "%s", smtpauth_reason_words((uint16_t)fault, SMTPAUTH_WORDS_MEANING));
        return false;
    }
    if (service->policy.secret != NULL)
        note_scram(service->users);
    return true;
}

bool policy_load_secret(struct service *service, char *error, size_t error_cap)
{
    char beside_mail[4096];
    const char *path = service->options->secret_file;
    if (service->policy.secret == NULL)
        return true;
    if (path == NULL) {
        int len = snprintf(beside_mail, sizeof beside_mail, "%s/secret", service->options->maildir);
        if (len < 0 || (size_t)len >= sizeof beside_mail) {
            snprintf(error, error_cap, "the name of the mail folder is too long: give --secret-file");
            return false;
        }
        path = beside_mail;
    }
    return site_secret_load(path, service->secret, error, error_cap);
}
