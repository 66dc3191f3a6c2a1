/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* What the host of a dialogue answers, and whether a reply is the one that the dialogue has. */

#include "dialogue.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    int32_t verdict;
} verdicts[] = {
    {"accepted", SMTPAUTH_ACCEPTED}, {"accepted-as", SMTPAUTH_ACCEPTED_AS},
    {"rejected", SMTPAUTH_REJECTED}, {"unavailable", SMTPAUTH_UNAVAILABLE},
    {"too-weak", SMTPAUTH_TOO_WEAK}, {"transition", SMTPAUTH_TRANSITION},
    {"disabled", SMTPAUTH_DISABLED}, {"expired", SMTPAUTH_EXPIRED},
    {"later", SMTPAUTH_TRY_LATER},
};

static const struct {
    const char *word;
    uint16_t reason;
} answers[] = {
    {"ok", SMTPAUTH_REASON_OK},
    {"not-permitted", SMTPAUTH_REASON_NOT_PERMITTED},
    {"no-room", SMTPAUTH_REASON_NO_ROOM},
    {"mailbox-full", SMTPAUTH_REASON_MAILBOX_FULL},
    {"unknown-recipient", SMTPAUTH_REASON_UNKNOWN_RECIPIENT},
    {"recipient-later", SMTPAUTH_REASON_RECIPIENT_LATER},
    {"local-error", SMTPAUTH_REASON_LOCAL_ERROR},
    {"message-refused", SMTPAUTH_REASON_MESSAGE_REFUSED},
    {"tls-unavailable", SMTPAUTH_REASON_TLS_UNAVAILABLE},
    {"parameter-later", SMTPAUTH_REASON_PARAMETER_LATER},
    {"shutdown", SMTPAUTH_REASON_SHUTDOWN},
    {"auth-required", SMTPAUTH_REASON_AUTH_REQUIRED},
    {"etrn-none", SMTPAUTH_REASON_ETRN_NONE},
    {"etrn-pending", SMTPAUTH_REASON_ETRN_PENDING},
    {"etrn-later", SMTPAUTH_REASON_ETRN_LATER},
    {"etrn-not-allowed", SMTPAUTH_REASON_ETRN_NOT_ALLOWED},
    {"xclient-refused", SMTPAUTH_REASON_XCLIENT_REFUSED},
    {"utf8-reply", SMTPAUTH_REASON_UTF8_REPLY},
};

static const struct {
    uint16_t type;
    const char *word;
} kinds[DIALOGUE_KINDS] = {
    {SMTPAUTH_ASK_PASSWORD, "auth"},       {SMTPAUTH_ASK_MAIL, "mail"},
    {SMTPAUTH_ASK_RCPT, "rcpt"},           {SMTPAUTH_ASK_DATA, "data"},
    {SMTPAUTH_ASK_MESSAGE, "message"},     {SMTPAUTH_ASK_HELLO, "hello"},
    {SMTPAUTH_ASK_VERIFY, "verify"},       {SMTPAUTH_ASK_STARTTLS, "starttls"},
    {SMTPAUTH_ASK_TOKEN, "token"},         {SMTPAUTH_ASK_SECRET, "secret"},
    {SMTPAUTH_ASK_AUTHORIZE, "authorize"}, {SMTPAUTH_ASK_EXTERNAL, "external"},
    {SMTPAUTH_ASK_EXCHANGE, "exchange"},   {SMTPAUTH_ASK_ANONYMOUS, "anonymous"},
    {SMTPAUTH_ASK_ETRN, "etrn"},           {SMTPAUTH_ASK_XCLIENT, "xclient"},
};

/* ---- Answers ---- */

static int32_t answer_by_default(session *s)
{
    switch (s->event.type) {
    case SMTPAUTH_ASK_SECRET:
        return dialogue_secret(s, true, false);
    case SMTPAUTH_ASK_PASSWORD:
    case SMTPAUTH_ASK_TOKEN:
    case SMTPAUTH_ASK_AUTHORIZE:
    case SMTPAUTH_ASK_EXTERNAL:
    case SMTPAUTH_ASK_EXCHANGE:
    case SMTPAUTH_ASK_ANONYMOUS:
        return smtpauth_server_verdict(&s->server, &s->io, dialogue_check(&s->event), NULL, 0);
    case SMTPAUTH_ASK_VERIFY:
        return smtpauth_server_answer(&s->server, &s->io, SMTPAUTH_REASON_UNVERIFIED);
    default:
        return smtpauth_server_answer(&s->server, &s->io, SMTPAUTH_REASON_OK);
    }
}

/* `say 451 4.3.0 Words` */
static int32_t answer_by_words(session *s, const char *text)
{
    char enhanced[16];
    const char *words = strchr(text + 4, ' ');
    size_t len = words != NULL ? strlen(words + 1) : 0;
    snprintf(enhanced, sizeof enhanced, "%.*s", words != NULL ? (int)(words - text - 4) : 12, text + 4);
    return smtpauth_server_say(&s->server, &s->io, (uint16_t)strtoul(text, NULL, 10), enhanced,
                               words != NULL ? (const uint8_t *)words + 1 : NULL, len);
}

static int32_t answer_by_script(session *s, const char *word)
{
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        bool is_fit = s->event.asked < SMTPAUTH_ASK_MAIL || s->event.asked == SMTPAUTH_ASK_XCLIENT;
        if (is_fit && strcmp(verdicts[i].word, word) == 0)
            return smtpauth_server_verdict(&s->server, &s->io, verdicts[i].verdict, NULL, 0);
    }
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (strcmp(answers[i].word, word) == 0)
            return smtpauth_server_answer(&s->server, &s->io, answers[i].reason);
    }
    if (s->event.asked == SMTPAUTH_ASK_SECRET && strcmp(word, "unknown") == 0)
        return dialogue_secret(s, false, false);
    if (s->event.asked == SMTPAUTH_ASK_SECRET && strcmp(word, "broken") == 0)
        return dialogue_secret(s, true, true);
    if (s->event.asked == SMTPAUTH_ASK_EXCHANGE && strncmp(word, "challenge", 9) == 0) {
        const char *text = word + 9 + (word[9] == ' ');
        return smtpauth_server_challenge(&s->server, &s->io, (const uint8_t *)text, strlen(text));
    }
    if (strncmp(word, "say ", 4) == 0)
        return answer_by_words(s, word + 4);
    if (strcmp(word, "refuse") == 0) {
        smtpauth_server_answer(&s->server, &s->io, 0);
        return SMTPAUTH_DONE;
    }
    return SMTPAUTH_E_WORDS;
}

/* The text of the n-th A: item of a kind, or NULL. */
static const char *scripted(const dialogue *d, const char *kind, size_t n)
{
    size_t len = strlen(kind);
    for (size_t i = 0; i < d->len; i++) {
        const char *text = (const char *)d->items[i].text.data;
        if (d->items[i].kind == 'A' && strncmp(text, kind, len) == 0 && text[len] == ' ' && n-- == 0)
            return text + len + 1;
    }
    return NULL;
}

bool dialogue_answer(const dialogue *d, size_t used[DIALOGUE_KINDS], session *s, bool *is_held, octets *why)
{
    const char *word = NULL;
    int32_t result;
    for (size_t i = 0; i < DIALOGUE_KINDS; i++) {
        if (kinds[i].type == s->event.asked)
            word = scripted(d, kinds[i].word, used[i]++);
    }
    *is_held = word != NULL && strcmp(word, "hold") == 0;
    if (*is_held)
        return true;
    if (word != NULL) {
        result = answer_by_script(s, word);
    } else {
        s->event.type = s->event.asked;
        result = answer_by_default(s);
    }
    if (result == SMTPAUTH_DONE)
        return true;
    char text[200];
    snprintf(text, sizeof text, "question %u: answer `%s` returned %d", s->event.asked,
             word != NULL ? word : "by default", (int)result);
    octets_text(why, text);
    return false;
}

/* ---- Replies ---- */

/* Length of "5.5.4" at the begin of a text, or 0. */
static size_t enhanced_len(const char *text)
{
    size_t len = 0;
    for (int part = 0; part < 3; part++) {
        size_t digits = strspn(text + len, "0123456789");
        if (digits == 0 || digits > 3)
            return 0;
        len += digits;
        if (part < 2 && text[len++] != '.')
            return 0;
    }
    return len;
}

/* Are these the words that the catalogue has for the code and enhanced code at the begin of an S: item? 221 and 421
 * name the host first (RFC 5321 4.2.2). */
static bool is_catalogue(const char *expected, const char *words)
{
    static const char hostname[] = "mail.example.test ";
    unsigned long code = strtoul(expected, NULL, 10);
    const char *enhanced = strlen(expected) > 4 ? expected + 4 : "";
    if (code == 221 || code == 421) {
        if (strncmp(words, hostname, sizeof hostname - 1) != 0)
            return false;
        words += sizeof hostname - 1;
    }
    for (uint16_t reason = 1; reason < SMTPAUTH_REASON_COUNT; reason++) {
        if (smtpauth_reason_code(reason) == code && strcmp(smtpauth_reason_enhanced(reason), enhanced) == 0 &&
            strcmp(smtpauth_reason_text(reason), words) == 0)
            return true;
    }
    return false;
}

bool dialogue_matches(const dialogue_item *item, const uint8_t *line, size_t len)
{
    const char *expected = (const char *)item->text.data;
    size_t expected_len = item->text.len;
    if (item->mark == '~')
        return len >= expected_len && memcmp(line, expected, expected_len) == 0;
    bool has_words = expected_len > 3 && expected_len != 4 + enhanced_len(expected + 4);
    if (has_words || strncmp(expected, "334", 3) == 0)
        return len == expected_len && memcmp(line, expected, len) == 0;
    if (len < expected_len + 2 || memcmp(line, expected, expected_len) != 0 || line[expected_len] != ' ')
        return false;
    octets words = {0};
    octets_add(&words, line + expected_len + 1, len - expected_len - 1);
    bool is_known = is_catalogue(expected, octets_string(&words));
    octets_free(&words);
    return is_known;
}
