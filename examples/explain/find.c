/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * A reply is three digits of a known code where a line could begin it: behind a marker ("S:", "<", "said:", a quote), or
 * anywhere when an enhanced code of its class follows. Forms that are known:
 *
 *     S: 535 5.7.8 no                            most programs
 *     ... said: 550 5.7.1 no (in reply to RCPT TO command)       Postfix
 *     (535, b'5.7.8 no')                         Python
 *     permanent error (535): 5.7.8 no            lettre
 */

#include "find.h"

#include <ctype.h>
#include <smtpauth/advice.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return isalnum((unsigned char)c) != 0;
}

static bool is_known_code(unsigned code)
{
    static const uint16_t codes[] = {211, 214, 220, 221, 235, 250, 251, 252, 334, 354, 421, 432, 435, 450, 451,
                                     452, 453, 454, 455, 458, 459, 471, 500, 501, 502, 503, 504, 505, 521, 523,
                                     524, 525, 530, 534, 535, 538, 541, 550, 551, 552, 553, 554, 555, 556, 571};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] == code)
            return true;
    return false;
}

/* "5.7.8" of this class at `at`? */
static bool has_enhanced(const char *at, size_t len, char class)
{
    return len >= 5 && at[0] == class && at[1] == '.' && is_digit(at[2]) &&
           (at[3] == '.' || (is_digit(at[3]) && (at[4] == '.' || is_digit(at[4]))));
}

/* May a reply begin here, judged by what stands before it? */
static bool may_begin(const char *line, size_t at)
{
    if (at > 0 && (is_alnum(line[at - 1]) || strchr("._@#%", line[at - 1]) != NULL))
        return false;
    if (at > 1 && strchr("-:/,+", line[at - 1]) != NULL && is_digit(line[at - 2]))
        return false; /* a date or a time */
    return true;
}

/* Is there a marker before it, or nothing? */
static bool is_marked(const char *line, size_t at)
{
    while (at > 0 && strchr(" \t'\"`", line[at - 1]) != NULL)
        at--;
    return at == 0 || strchr(":<>=-*~|(,;[]", line[at - 1]) != NULL;
}

/* Where the words begin behind the code, and whether a '-' parts them; 0 when the code is followed by something else. */
static size_t words_at(const char *line, size_t len, size_t at, bool *is_last)
{
    static const char *const forms[] = {"): ", ", b'", ", b\"", ", '"};
    size_t behind = at + 3;
    *is_last = true;
    if (behind == len)
        return behind;
    if (line[behind] == ' ' || line[behind] == '-') {
        *is_last = line[behind] == ' ';
        return behind + 1;
    }
    if (strchr("\r'\"", line[behind]) != NULL && behind + 1 == len)
        return behind;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t n = strlen(forms[i]);
        if (len - behind >= n && memcmp(line + behind, forms[i], n) == 0)
            return behind + n;
    }
    return 0;
}

bool find_word(const char *line, size_t len, const char *word)
{
    size_t n = strlen(word);
    for (size_t at = 0; at + n <= len; at++)
        if (strncasecmp(line + at, word, n) == 0 && (at == 0 || !is_alnum(line[at - 1])) &&
            (at + n == len || !is_alnum(line[at + n])))
            return true;
    return false;
}

/* Octet `at` of the first of these texts in the line; `len` for none. */
static size_t first_of(const char *line, size_t len, const char *text)
{
    size_t n = strlen(text);
    for (size_t at = 0; at + n <= len; at++)
        if (memcmp(line + at, text, n) == 0)
            return at;
    return len;
}

/* What the line says that the reply answered. */
static int phase_told(const char *line, size_t len)
{
    static const struct {
        const char *words;
        int phase;
    } rows[] = {
        {"in reply to end of DATA", SMTPAUTH_PHASE_MESSAGE},
        {"in reply to DATA", SMTPAUTH_PHASE_DATA},
        {"in reply to RCPT TO", SMTPAUTH_PHASE_RCPT},
        {"in reply to MAIL FROM", SMTPAUTH_PHASE_MAIL},
        {"in reply to AUTH", SMTPAUTH_PHASE_AUTH},
        {"in reply to EHLO", SMTPAUTH_PHASE_HELLO},
        {"in reply to HELO", SMTPAUTH_PHASE_HELLO},
        {"after RCPT TO", SMTPAUTH_PHASE_RCPT},
        {"after MAIL FROM", SMTPAUTH_PHASE_MAIL},
        {"after end of data", SMTPAUTH_PHASE_MESSAGE},
        {"reject: RCPT", SMTPAUTH_PHASE_RCPT},
        {"reject: MAIL", SMTPAUTH_PHASE_MAIL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (first_of(line, len, rows[i].words) < len)
            return rows[i].phase;
    return SMTPAUTH_PHASE_UNKNOWN;
}

/* Leaves out what the program wrote behind the reply. */
static size_t trimmed(const char *words, size_t len)
{
    static const char *const tails[] = {" (in reply to", "\\r\\n", "; from=<"};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
        len = first_of(words, len, tails[i]);
    while (len > 0 && strchr("\r\n'\"` ", words[len - 1]) != NULL)
        len--;
    return len;
}

found_reply find_reply(const char *line, size_t len)
{
    found_reply found = {0, true, "", 0, 0};
    for (size_t at = 0; at + 3 <= len; at++) {
        bool is_last;
        if (line[at] < '2' || line[at] > '5' || !is_digit(line[at + 1]) || !is_digit(line[at + 2]) ||
            !may_begin(line, at))
            continue;
        size_t words = words_at(line, len, at, &is_last);
        unsigned code = (unsigned)(line[at] - '0') * 100 + (unsigned)(line[at + 1] - '0') * 10 +
                        (unsigned)(line[at + 2] - '0');
        if (words == 0)
            continue;
        if (!has_enhanced(line + words, len - words, line[at]) && !(is_known_code(code) && is_marked(line, at)))
            continue;
        found.code = code;
        found.is_last = is_last;
        found.words = line + words;
        found.words_len = trimmed(line + words, len - words);
        found.phase = phase_told(line, len);
        break;
    }
    return found;
}

int find_command(const char *line, size_t len)
{
    static const struct {
        const char *text;
        bool is_whole; /* nothing may follow */
        int phase;
    } rows[] = {
        {"EHLO ", false, SMTPAUTH_PHASE_HELLO},   {"HELO ", false, SMTPAUTH_PHASE_HELLO},
        {"LHLO ", false, SMTPAUTH_PHASE_HELLO},   {"STARTTLS", true, SMTPAUTH_PHASE_STARTTLS},
        {"AUTH ", false, SMTPAUTH_PHASE_AUTH},    {"MAIL FROM:", false, SMTPAUTH_PHASE_MAIL},
        {"RCPT TO:", false, SMTPAUTH_PHASE_RCPT}, {"DATA", true, SMTPAUTH_PHASE_DATA},
        {"BDAT ", false, SMTPAUTH_PHASE_MESSAGE},
    };
    while (len > 0 && strchr("\r\n'\" ", line[len - 1]) != NULL)
        len--;
    if (len >= 4 && memcmp(line + len - 4, "\\r\\n", 4) == 0)
        len -= 4;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = strlen(rows[i].text);
        for (size_t at = 0; at + n <= len; at++)
            if (strncasecmp(line + at, rows[i].text, n) == 0 && (at == 0 || !is_alnum(line[at - 1])) &&
                is_marked(line, at) && (!rows[i].is_whole || at + n == len))
                return rows[i].phase;
    }
    return SMTPAUTH_PHASE_UNKNOWN;
}
