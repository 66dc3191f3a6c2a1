/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* The policy of a dialogue: what the words of its `policy:` line mean. */

#include "dialogue.h"
#include "fixed_nonce.h"
#include "mechanism_pairs.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    uint32_t flags, extensions, asks, notes;
} policy_words[] = {
    {"submission", 0, 0, 0, 0},
    {"no-starttls", 0, 0, 0, 0}, /* said where it matters, for hosts that always offer them */
    {"no-smtputf8", 0, 0, 0, 0},
    {"no-lax-space", 0, 0, 0, 0},
    {"relay", SMTPAUTH_RELAY, 0, 0, 0},
    {"no-auth", SMTPAUTH_NO_AUTH, 0, 0, 0},
    {"lmtp", SMTPAUTH_LMTP, 0, 0, 0},
    {"clear", SMTPAUTH_CLEAR_AUTH, 0, 0, 0},
    {"require-tls", SMTPAUTH_REQUIRE_TLS, 0, 0, 0},
    {"implicit-tls", SMTPAUTH_IMPLICIT_TLS, 0, 0, 0},
    {"text-lf", SMTPAUTH_TEXT_LF, 0, 0, 0},
    {"lax-space", SMTPAUTH_LAX_SPACE_OK, 0, 0, 0},
    {"lax-brackets", SMTPAUTH_LAX_BRACKETS_OK, 0, 0, 0},
    {"starttls", 0, SMTPAUTH_EXT_STARTTLS, 0, 0},
    {"smtputf8", 0, SMTPAUTH_EXT_SMTPUTF8, 0, 0},
    {"expn", 0, SMTPAUTH_EXT_EXPN, 0, 0},
    {"chunking", 0, SMTPAUTH_EXT_CHUNKING, 0, 0},
    {"binarymime", 0, SMTPAUTH_EXT_CHUNKING | SMTPAUTH_EXT_BINARYMIME, 0, 0},
    {"dsn", 0, SMTPAUTH_EXT_DSN, 0, 0},
    {"deliverby", 0, SMTPAUTH_EXT_DELIVERBY, 0, 0},         /* by-min=SECONDS */
    {"futurerelease", 0, SMTPAUTH_EXT_FUTURERELEASE, 0, 0}, /* hold-max=SECONDS, hold-until=DATE-TIME */
    {"mt-priority", 0, SMTPAUTH_EXT_MT_PRIORITY, 0, 0},     /* profile=NAME */
    {"requiretls", 0, SMTPAUTH_EXT_REQUIRETLS, 0, 0},
    {"limits", 0, SMTPAUTH_EXT_LIMITS, 0, 0},
    {"etrn", 0, SMTPAUTH_EXT_ETRN, 0, 0},
    {"no-soliciting", 0, SMTPAUTH_EXT_NO_SOLICITING, 0, 0},
    {"xclient", 0, SMTPAUTH_EXT_XCLIENT, 0, 0},
    {"trusted", 0, 0, 0, 0}, /* of the session: dialogue_init_flags */
    {"ask-hello", 0, 0, SMTPAUTH_ASKS_HELLO, 0},
    {"ask-starttls", 0, 0, SMTPAUTH_ASKS_STARTTLS, 0},
    {"ask-verify", 0, 0, SMTPAUTH_ASKS_VERIFY, 0},
    {"note-lines", 0, 0, 0, SMTPAUTH_NOTES_LINE},
};

uint32_t dialogue_tls_bits(const char *words)
{
    return (strstr(words, "weak") != NULL ? (uint32_t)SMTPAUTH_TLS_WEAK : 0) |
           (strstr(words, "endpoint") != NULL ? (uint32_t)SMTPAUTH_TLS_ENDPOINT : 0) |
           (strstr(words, "exporter") != NULL ? (uint32_t)SMTPAUTH_TLS_EXPORTER : 0);
}

static smtpauth_mechanism_fn *const both[] = {smtpauth_plain, smtpauth_login, NULL};
static smtpauth_mechanism_fn *const plain_only[] = {smtpauth_plain, NULL};

/* ---- Mechanisms ---- */

static smtpauth_mechanism_fn *mechanism_called(const char *name)
{
    for (size_t i = 0; i < MECHANISM_PAIRS; i++) {
        if (strcmp(mechanism_pairs[i].name, name) == 0)
            return mechanism_pairs[i].server;
    }
    return NULL;
}

enum { LISTED_MAX = 16 };

/* What the policy of the dialogue that is played now points to. */
static struct {
    smtpauth_mechanism_fn *mechanisms[LISTED_MAX + 1];
    smtpauth_host_mechanism host_run[LISTED_MAX];
    char names[200], hostname[256], hold_until[64], profile[64];
} kept;

static bool set_mechanisms(smtpauth_policy *policy, char *names)
{
    char *state = NULL;
    size_t count = 0;
    for (char *name = strtok_r(names, ",", &state); name != NULL; name = strtok_r(NULL, ",", &state)) {
        smtpauth_mechanism_fn *function = mechanism_called(name);
        if (function == NULL || count == LISTED_MAX)
            return false;
        kept.mechanisms[count++] = function;
    }
    kept.mechanisms[count] = NULL;
    policy->mechanisms = kept.mechanisms;
    return count > 0;
}

static bool set_host_run(smtpauth_policy *policy, const char *names)
{
    char *state = NULL;
    uint32_t count = 0;
    snprintf(kept.names, sizeof kept.names, "%s", names);
    for (char *name = strtok_r(kept.names, ",", &state); name != NULL; name = strtok_r(NULL, ",", &state)) {
        char *star = strchr(name, '*');
        kept.host_run[count].name = name;
        kept.host_run[count++].flags = star != NULL ? SMTPAUTH_HOST_SERVER_FIRST : 0;
        if (star != NULL)
            *star = 0;
    }
    policy->host_mechanisms = kept.host_run;
    policy->host_mechanisms_len = count;
    return count > 0;
}

static bool set_text(smtpauth_policy *policy, const char *name, char *value)
{
    if (strcmp(name, "mechanisms") == 0)
        return set_mechanisms(policy, value);
    if (strcmp(name, "host-run") == 0)
        return set_host_run(policy, value);
    if (strcmp(name, "nonce") == 0) {
        snprintf(fixed_nonce, sizeof fixed_nonce, "%s", value);
        return true;
    }
    if (strcmp(name, "host") == 0) {
        snprintf(kept.hostname, sizeof kept.hostname, "%s", value);
        policy->hostname = kept.hostname;
        return true;
    }
    if (strcmp(name, "hold-until") == 0) {
        snprintf(kept.hold_until, sizeof kept.hold_until, "%s", value);
        policy->future_release_until = kept.hold_until;
        return true;
    }
    if (strcmp(name, "profile") == 0) {
        snprintf(kept.profile, sizeof kept.profile, "%s", value);
        policy->priority_profile = kept.profile;
        return true;
    }
    return false;
}

static bool set_limit(smtpauth_policy *policy, const char *name, unsigned long value)
{
    const struct {
        const char *name;
        uint16_t *limit;
    } limits[] = {
        {"failures", &policy->auth_failures_max},    {"bad", &policy->bad_commands_max},
        {"idle", &policy->idle_commands_max},        {"messages", &policy->messages_max},
        {"max-recipients", &policy->recipients_max},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (strcmp(limits[i].name, name) == 0) {
            *limits[i].limit = (uint16_t)value;
            return true;
        }
    }
    if (strcmp(name, "max-size") == 0)
        policy->message_max = value;
    else if (strcmp(name, "line") == 0)
        policy->line_max = (uint32_t)value;
    else if (strcmp(name, "auth-line") == 0)
        policy->auth_line_max = (uint32_t)value;
    else if (strcmp(name, "by-min") == 0)
        policy->deliver_by_min_s = (uint32_t)value;
    else if (strcmp(name, "hold-max") == 0)
        policy->future_release_max_s = (uint32_t)value;
    else
        return false;
    return true;
}

static bool set_word(smtpauth_policy *policy, char *word)
{
    char *value = strchr(word, '=');
    if (value != NULL) {
        *value++ = 0;
        return set_text(policy, word, value) || set_limit(policy, word, strtoul(value, NULL, 10));
    }
    if (strcmp(word, "plain-only") == 0) {
        policy->mechanisms = plain_only;
        return true;
    }
    for (size_t i = 0; i < sizeof policy_words / sizeof *policy_words; i++) {
        if (strcmp(policy_words[i].word, word) != 0)
            continue;
        policy->flags |= policy_words[i].flags;
        policy->extensions |= policy_words[i].extensions;
        policy->asks |= policy_words[i].asks;
        policy->notes |= policy_words[i].notes;
        if (policy->flags & SMTPAUTH_NO_AUTH)
            policy->mechanisms = NULL;
        return true;
    }
    return false;
}

bool dialogue_policy(const char *words, smtpauth_policy *policy, octets *why)
{
    char copy[200];
    char *state = NULL;
    *policy = session_policy(0);
    policy->mechanisms = both;
    snprintf(fixed_nonce, sizeof fixed_nonce, "fixed-by-the-tests");
    snprintf(copy, sizeof copy, "%s", words);
    for (char *word = strtok_r(copy, " ", &state); word != NULL; word = strtok_r(NULL, " ", &state)) {
        if (!set_word(policy, word)) {
            octets_text(why, "unknown policy word ");
            octets_text(why, word);
            return false;
        }
    }
    return true;
}

uint32_t dialogue_init_flags(const char *words)
{
    return strstr(words, "trusted") != NULL ? (uint32_t)SMTPAUTH_TRUSTED : 0;
}
