/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* The host of a dialogue: its policy, its answers, and its record of what it was asked and told. */

#include "dialogue.h"
#include "fixed_nonce.h"

#include <stdlib.h>
#include <string.h>

/* ---- Policy ---- */

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

static smtpauth_mechanism_fn *const known[] = {
    smtpauth_scram_sha256_plus,
    smtpauth_scram_sha1_plus,
    smtpauth_scram_sha256,
    smtpauth_scram_sha1,
    smtpauth_external,
    smtpauth_oauthbearer,
    smtpauth_xoauth2,
    smtpauth_cram_md5,
    smtpauth_plain,
    smtpauth_login,
    smtpauth_anonymous,
};

static smtpauth_mechanism_fn *mechanism_called(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(smtpauth_mechanism_name(known[i]()), name) == 0)
            return known[i];
    }
    return NULL;
}

enum { LISTED_MAX = 16 };

/* What the policy of the dialogue that is played now points to. */
static struct {
    smtpauth_mechanism_fn *mechanisms[LISTED_MAX + 1];
    smtpauth_host_mechanism host_run[LISTED_MAX];
    char names[200], hostname[256];
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

/* ---- Record ---- */

static void add_number(octets *out, const char *name, uint64_t value)
{
    char text[64];
    if (value == 0)
        return;
    snprintf(text, sizeof text, " %s=%llu", name, (unsigned long long)value);
    octets_text(out, text);
}

static void add_view(octets *out, const char *name, const smtpauth_view *view)
{
    if (view->len == 0)
        return;
    octets_text(out, " ");
    octets_text(out, name);
    octets_text(out, "=\"");
    octets_escaped(out, view->data, view->len);
    octets_text(out, "\"");
}

void dialogue_describe(octets *out, const smtpauth_event *e)
{
    add_number(out, "type", e->type);
    add_number(out, "asked", e->asked);
    add_number(out, "verb", e->verb);
    add_number(out, "reason", e->reason);
    add_number(out, "code", e->code);
    add_number(out, "attempt", e->attempt);
    add_number(out, "delay", e->delay_s);
    add_number(out, "index", e->index);
    add_number(out, "recipients", e->recipients);
    add_number(out, "faults", e->faults);
    add_number(out, "present", e->present);
    add_number(out, "size", e->size);
    add_number(out, "body", e->body);
    add_view(out, "line", &e->line);
    add_view(out, "secret", &e->secret);
    add_view(out, "mechanism", &e->mechanism);
    add_view(out, "identity", &e->identity);
    add_view(out, "authorization", &e->authorization);
    add_view(out, "password", &e->password);
    add_view(out, "name", &e->name);
    add_view(out, "path", &e->path);
    add_view(out, "local_part", &e->local_part);
    add_view(out, "domain", &e->domain);
    add_view(out, "parameters", &e->parameters);
    add_view(out, "auth", &e->auth);
    add_view(out, "response", &e->response);
    add_view(out, "binding", &e->binding);
    add_number(out, "has_response", e->has_response);
    add_number(out, "user", e->user);
}

static void add_word(octets *out, const smtpauth_view *view, const char *before)
{
    if (view->len == 0)
        return;
    octets_text(out, before);
    octets_add(out, view->data, view->len);
}

static void record_note(octets *out, const smtpauth_event *e)
{
    char text[64];
    switch (e->type) {
    case SMTPAUTH_NOTE_AUTH:
        snprintf(text, sizeof text, "auth %u", e->code);
        octets_text(out, text);
        add_word(out, &e->mechanism, " ");
        add_word(out, &e->identity, " ");
        add_word(out, &e->authorization, " as ");
        break;
    case SMTPAUTH_NOTE_ERROR:
        snprintf(text, sizeof text, e->code != 0 ? "error %u" : "error ", e->code);
        octets_text(out, text);
        if (e->code == 0)
            octets_text(out, smtpauth_reason_words(e->reason, SMTPAUTH_WORDS_NAME));
        break;
    case SMTPAUTH_NOTE_RESET:
        octets_text(out, "reset");
        break;
    default:
        return;
    }
    octets_text(out, "\n");
}

static void record_question(octets *out, const smtpauth_event *e)
{
    char text[64];
    switch (e->type) {
    case SMTPAUTH_ASK_PASSWORD:
    case SMTPAUTH_ASK_TOKEN:
    case SMTPAUTH_ASK_SECRET:
        octets_text(out, e->type == SMTPAUTH_ASK_PASSWORD ? "password "
                         : e->type == SMTPAUTH_ASK_TOKEN  ? "token "
                                                          : "secret ");
        octets_add(out, e->mechanism.data, e->mechanism.len);
        add_word(out, &e->identity, " ");
        add_word(out, &e->password, " ");
        add_word(out, &e->authorization, " as ");
        add_word(out, &e->binding, " by ");
        break;
    case SMTPAUTH_ASK_AUTHORIZE:
        octets_text(out, "authorize ");
        octets_add(out, e->mechanism.data, e->mechanism.len);
        add_word(out, &e->identity, " ");
        snprintf(text, sizeof text, " %llu", (unsigned long long)e->user);
        octets_text(out, text);
        break;
    case SMTPAUTH_ASK_EXTERNAL:
        octets_text(out, "external");
        add_word(out, &e->authorization, " as ");
        break;
    case SMTPAUTH_ASK_ANONYMOUS:
        octets_text(out, "anonymous");
        add_word(out, &e->name, " ");
        break;
    case SMTPAUTH_ASK_EXCHANGE:
        octets_text(out, "exchange ");
        octets_add(out, e->mechanism.data, e->mechanism.len);
        octets_text(out, e->has_response ? "" : " -");
        add_word(out, &e->response, " ");
        break;
    case SMTPAUTH_ASK_MAIL:
    case SMTPAUTH_ASK_RCPT:
        octets_text(out, e->type == SMTPAUTH_ASK_MAIL ? "mail" : "rcpt");
        add_word(out, &e->path, " ");
        break;
    case SMTPAUTH_ASK_DATA:
        octets_text(out, "data");
        if (e->verb == SMTPAUTH_VERB_BDAT) {
            snprintf(text, sizeof text, " of %llu", (unsigned long long)e->size);
            octets_text(out, text);
        }
        break;
    case SMTPAUTH_ASK_MESSAGE:
        snprintf(text, sizeof text, "message %llu %u", (unsigned long long)e->size, e->recipients);
        octets_text(out, text);
        if (e->index > 0) {
            snprintf(text, sizeof text, " for %u", e->index);
            octets_text(out, text);
        }
        break;
    default:
        return;
    }
    octets_text(out, "\n");
}

static void record_line(dialogue_trace *trace, size_t written, const char *what)
{
    char text[48];
    snprintf(text, sizeof text, "@%zu", written);
    octets_text(&trace->events, text);
    octets_text(&trace->events, what);
}

void dialogue_record_end(dialogue_trace *trace)
{
    if (trace->span.len == 0)
        return;
    record_line(trace, trace->span_at, " data=\"");
    octets_escaped(&trace->events, trace->span.data, trace->span.len);
    octets_text(&trace->events, "\"\n");
    trace->span.len = 0;
}

void dialogue_record(dialogue_trace *trace, const smtpauth_event *event, size_t written)
{
    if (event->type == SMTPAUTH_NOTE_DATA) {
        if (trace->span.len == 0)
            trace->span_at = written;
        octets_add(&trace->span, event->data.data, event->data.len);
        octets_add(&trace->data, event->data.data, event->data.len);
        return;
    }
    dialogue_record_end(trace);
    record_line(trace, written, "");
    dialogue_describe(&trace->events, event);
    octets_text(&trace->events, "\n");
    record_note(&trace->notes, event);
    record_question(&trace->questions, event);
}

void dialogue_trace_free(dialogue_trace *trace)
{
    octets_free(&trace->events);
    octets_free(&trace->notes);
    octets_free(&trace->questions);
    octets_free(&trace->data);
    octets_free(&trace->span);
}
