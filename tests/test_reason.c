/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves the catalogue: that each reason has the code and enhanced code that decisions.md and the RFCs behind it give
 * (RFC 5321 4.2, RFC 4954 6, RFC 3207 4, RFC 5248 2.4, RFC 6531 3.5, RFC 1870), that codes and classes agree and that
 * greeting, EHLO's reply and class 3 carry none (RFC 2034 4), that the words are fit for the wire, and that the long
 * words carry each fact a person must learn about 530 and 535. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/reason.h>
#include <smtpauth/text.h>

#include "rows.h"

#define ROW(name, code, enhanced)                                                                              \
    {                                                                                                          \
#name, SMTPAUTH_REASON_##name, code, enhanced                                                          \
    }

static const struct reason_row {
    const char *name;
    uint16_t reason, code;
    const char *enhanced;
} reasons[] = {
    ROW(OK, 250, "2.0.0"),
    ROW(GREETING, 220, ""),
    ROW(HELLO, 250, ""),
    ROW(BYE, 221, "2.0.0"),
    ROW(TLS_READY, 220, "2.0.0"),
    ROW(AUTHENTICATED, 235, "2.7.0"),
    ROW(CHALLENGE, 334, ""),
    ROW(START_DATA, 354, ""),
    ROW(SENDER_OK, 250, "2.1.0"),
    ROW(RECIPIENT_OK, 250, "2.1.5"),
    ROW(RECIPIENT_FORWARDED, 251, "2.1.5"),
    ROW(MESSAGE_OK, 250, "2.0.0"),
    ROW(CHUNK_OK, 250, "2.0.0"),
    ROW(HELP, 214, "2.0.0"),
    ROW(UNVERIFIED, 252, "2.0.0"),

    ROW(AUTH_REQUIRED, 530, "5.7.0"),
    ROW(TLS_REQUIRED, 530, "5.7.0"),
    ROW(AUTH_FAILED, 535, "5.7.8"),
    ROW(AUTH_EXPIRED, 535, "5.7.8"),
    ROW(AUTH_TOO_WEAK, 534, "5.7.9"),
    ROW(AUTH_TRANSITION, 432, "4.7.12"),
    ROW(AUTH_DISABLED, 525, "5.7.13"),
    ROW(AUTH_UNAVAILABLE, 454, "4.7.0"),
    ROW(AUTH_LATER, 454, "4.7.0"),
    ROW(AUTH_UNKNOWN_MECHANISM, 504, "5.5.4"),
    ROW(AUTH_NEEDS_TLS, 504, "5.5.4"),
    ROW(AUTH_ALREADY, 503, "5.5.1"),
    ROW(AUTH_IN_TRANSACTION, 503, "5.5.1"),
    ROW(AUTH_NO_INITIAL, 501, "5.7.0"),
    ROW(AUTH_BASE64, 501, "5.5.2"),
    ROW(AUTH_MALFORMED, 501, "5.5.2"),
    ROW(AUTH_CANCELLED, 501, "5.7.0"),
    ROW(AUTH_LINE_TOO_LONG, 500, "5.5.6"),
    ROW(AUTH_FAILURES, 421, "4.7.0"),

    ROW(UNKNOWN_COMMAND, 500, "5.5.2"),
    ROW(LINE_TOO_LONG, 500, "5.5.2"),
    ROW(NOT_IMPLEMENTED, 502, "5.5.1"),
    ROW(HELLO_FIRST, 503, "5.5.1"),
    ROW(BAD_SEQUENCE, 503, "5.5.1"),
    ROW(NESTED_MAIL, 503, "5.5.1"),
    ROW(MAIL_FIRST, 503, "5.5.1"),
    ROW(RCPT_FIRST, 503, "5.5.1"),
    ROW(MALFORMED, 501, "5.5.2"),
    ROW(BARE_LF, 501, "5.5.2"),
    ROW(ARGUMENT, 501, "5.5.4"),
    ROW(BAD_SENDER, 501, "5.1.7"),
    ROW(BAD_RECIPIENT, 501, "5.1.3"),
    ROW(PARAMETER, 555, "5.5.4"),
    ROW(PARAMETER_LATER, 455, "4.5.0"),
    ROW(TLS_ACTIVE, 503, "5.5.1"),
    ROW(WRONG_HELLO, 500, "5.5.1"),
    ROW(BDAT_SIZE, 501, "5.5.4"),
    ROW(BAD_PRIORITY, 501, "5.5.2"),
    ROW(CHUNK_BROKEN, 503, "5.5.1"),
    ROW(BINARY_NEEDS_BDAT, 503, "5.5.1"),
    ROW(TLS_FOR_REQUIRETLS, 550, "5.7.10"),
    ROW(BY_TOO_SHORT, 555, "5.5.4"),
    ROW(HOLD_TOO_LONG, 501, "5.5.4"),
    ROW(CHUNKS_BEGUN, 503, "5.5.1"),

    ROW(MESSAGE_TOO_BIG, 552, "5.3.4"),
    ROW(NO_ROOM, 452, "4.3.1"),
    ROW(MAILBOX_FULL, 552, "5.2.2"),
    ROW(TOO_MANY_RECIPIENTS, 452, "4.5.3"),
    ROW(NO_VALID_RECIPIENTS, 554, "5.5.1"),
    ROW(NOT_PERMITTED, 550, "5.7.1"),
    ROW(UTF8_SENDER, 550, "5.6.7"),
    ROW(UTF8_RECIPIENT, 553, "5.6.7"),
    ROW(BAD_CONTENT, 550, "5.6.0"),
    ROW(UNKNOWN_RECIPIENT, 550, "5.1.1"),
    ROW(RECIPIENT_LATER, 450, "4.2.1"),
    ROW(LOCAL_ERROR, 451, "4.3.0"),
    ROW(MESSAGE_REFUSED, 554, "5.7.1"),
    ROW(URL_NOT_TRUSTED, 554, "5.7.14"),
    ROW(ETRN_STARTED, 250, "2.0.0"),
    ROW(ETRN_NONE, 251, "2.0.0"),
    ROW(ETRN_PENDING, 252, "2.0.0"),
    ROW(ETRN_LATER, 458, "4.3.0"),
    ROW(ETRN_NOT_ALLOWED, 459, "4.7.1"),
    ROW(UTF8_REPLY, 252, "2.6.8"),
    ROW(XCLIENT_REFUSED, 550, "5.7.0"),
    ROW(REQUIRETLS_FAILED, 550, "5.7.30"),

    ROW(TLS_UNAVAILABLE, 454, "4.7.0"),
    ROW(TLS_TOO_WEAK, 554, "5.7.0"),
    ROW(REFUSED, 554, "5.3.2"),
    ROW(STILL_REFUSED, 503, "5.5.1"),
    ROW(TIMEOUT, 421, "4.4.2"),
    ROW(SHUTDOWN, 421, "4.3.2"),
    ROW(TOO_MANY_ERRORS, 421, "4.7.0"),
    ROW(TOO_IDLE, 421, "4.7.0"),
    ROW(TOO_MANY_MESSAGES, 421, "4.7.0"),

    /* Never said on the wire. */
    ROW(CONNECTION_LOST, 0, ""),
    ROW(TLS_FAILED, 0, ""),
    ROW(INJECTED, 0, ""),
    ROW(HOST_FAULT, 0, ""),
    ROW(POLICY_SIZE, 0, ""),
    ROW(POLICY_FLAGS, 0, ""),
    ROW(POLICY_HOSTNAME, 0, ""),
    ROW(POLICY_MECHANISM, 0, ""),
    ROW(POLICY_NO_TLS, 0, ""),
    ROW(POLICY_WORDS, 0, ""),
    ROW(POLICY_LIMIT, 0, ""),
    ROW(POLICY_SECRET, 0, ""),
    ROW(POLICY_EXTENSION, 0, ""),
    ROW(REPLY_MALFORMED, 0, ""),
    ROW(REPLY_TOO_LONG, 0, ""),
    ROW(REPLY_UNEXPECTED, 0, ""),
    ROW(SERVER_UNPROVEN, 0, ""),
    ROW(TLS_MISSING, 0, ""),
    ROW(REJECTED_BEFORE, 0, ""),
    ROW(NO_MECHANISM, 0, ""),
    ROW(SERVER_CLOSING, 0, ""),
    ROW(MESSAGE_ABANDONED, 0, ""),

    /* What only advice gives; no engine says it. */
    ROW(APP_PASSWORD_NEEDED, 0, ""),
    ROW(WEB_LOGIN_NEEDED, 0, ""),
    ROW(SMTP_AUTH_DISABLED, 0, ""),
    ROW(PASSWORDS_DISABLED, 0, ""),
    ROW(LOGIN_POLICY, 0, ""),
    ROW(TOKEN_REFUSED, 0, ""),
    ROW(PASSWORD_EXPIRED, 0, ""),
    ROW(ACCOUNT_DISABLED, 0, ""),
    ROW(ACCOUNT_HELD, 0, ""),
    ROW(AUTH_NOT_OFFERED, 0, ""),
    ROW(CERTIFICATE_NEEDED, 0, ""),
    ROW(LOGIN_SERVICE_BROKEN, 0, ""),
    ROW(RATE_LIMITED, 0, ""),
    ROW(QUOTA, 0, ""),
    ROW(DEFERRED, 0, ""),
    ROW(IP_BLOCKED, 0, ""),
    ROW(RELAY_NEEDS_LOGIN, 0, ""),
    ROW(RELAY_DENIED, 0, ""),
    ROW(SENDER_NOT_PERMITTED, 0, ""),
    ROW(SENDING_NOT_GRANTED, 0, ""),
    ROW(DOMAIN_NOT_PROVEN, 0, ""),
    ROW(SPAM, 0, ""),
    ROW(ACCESS_DENIED, 0, ""),
    ROW(REFUSED_UNSPECIFIED, 0, ""),
    ROW(TLS_NOT_OFFERED, 0, ""),
    ROW(TLS_TOO_OLD, 0, ""),
    ROW(TLS_HANDSHAKE, 0, ""),
    ROW(TOO_MANY_COMMANDS, 0, ""),
    ROW(HELLO_NAME, 0, ""),
    ROW(SETTINGS, 0, ""),
    ROW(RECIPIENT_NOT_SERVED, 0, ""),
    ROW(MAIL_LOOP, 0, ""),
};

enum { REASONS = sizeof reasons / sizeof *reasons };

static const struct reason_row *row_of(uint16_t reason)
{
    for (size_t i = 0; i < REASONS; i++) {
        if (reasons[i].reason == reason) {
            return &reasons[i];
        }
    }
    return NULL;
}

static void codes_are_those_of_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < REASONS; i++) {
        uint16_t code = smtpauth_reason_code(reasons[i].reason);
        const char *enhanced = smtpauth_reason_enhanced(reasons[i].reason);
        if (code != reasons[i].code || strcmp(enhanced, reasons[i].enhanced) != 0) {
            print_error("%s: %u %s\n", reasons[i].name, code, enhanced);
            add_wrong();
        }
        check(enhanced[0] == '\0' || enhanced[0] - '0' == code / 100, reasons[i].name, "class (RFC 2034 4)");
        bool is_advice =
            reasons[i].reason >= SMTPAUTH_REASON_ADVICE && reasons[i].reason < SMTPAUTH_REASON_ADVICE_END;
        check(is_advice || (reasons[i].reason >= 16 && reasons[i].reason < 0xA5 &&
                            reasons[i].reason < SMTPAUTH_REASON_COUNT),
              reasons[i].name, "value");
        check(!is_advice || reasons[i].code == 0, reasons[i].name, "is only advice, and has a code");
        check(row_of(reasons[i].reason) == &reasons[i], reasons[i].name, "value is its own");
    }
    finish();
}

static void enhanced_codes_are_where_rfc2034_wants_them(void **state)
{
    (void)state;
    for (uint16_t reason = 0; reason < SMTPAUTH_REASON_COUNT; reason++) {
        uint16_t code = smtpauth_reason_code(reason);
        bool has_none = code == 0 || code / 100 == 3 || reason == SMTPAUTH_REASON_GREETING ||
                        reason == SMTPAUTH_REASON_HELLO;
        if ((smtpauth_reason_enhanced(reason)[0] == '\0') != has_none) {
            print_error("reason %u, code %u\n", reason, code);
            add_wrong();
        }
    }
    finish();
}

static void texts_are_fit_for_the_wire(void **state)
{
    (void)state;
    for (uint16_t reason = 0; reason < SMTPAUTH_REASON_COUNT; reason++) {
        const char *text = smtpauth_reason_text(reason);
        const struct reason_row *row = row_of(reason);
        const char *name = row == NULL ? "unknown reason" : row->name;
        check(strlen(text) <= 100, name, "over 100 octets");
        for (const char *at = text; *at != '\0'; at++) {
            check(*at >= 32 && *at <= 126, name, "not printable ASCII");
        }
        check(text[0] != ' ' && (text[0] == '\0' || text[strlen(text) - 1] != ' '), name, "blank at an end");
        /* The engine makes the words of these three: host name, host name, base64. */
        if (row != NULL && row->code != 0 && reason != SMTPAUTH_REASON_GREETING &&
            reason != SMTPAUTH_REASON_HELLO && reason != SMTPAUTH_REASON_CHALLENGE) {
            check(text[0] != '\0', name, "has words");
        }
    }
    finish();
}

static void texts_that_others_rely_on(void **state)
{
    (void)state;
    assert_string_equal(smtpauth_reason_text(SMTPAUTH_REASON_AUTH_REQUIRED), "Authentication required");
    assert_string_equal(smtpauth_reason_text(SMTPAUTH_REASON_TLS_REQUIRED),
                        "Must issue a STARTTLS command first");
    assert_non_null(strstr(smtpauth_reason_text(SMTPAUTH_REASON_AUTH_NEEDS_TLS), "STARTTLS"));
    assert_non_null(strstr(smtpauth_reason_text(SMTPAUTH_REASON_NO_VALID_RECIPIENTS), "o valid recipients"));
    assert_non_null(strstr(smtpauth_reason_text(SMTPAUTH_REASON_HELLO_FIRST), "EHLO"));
    assert_null(strstr(smtpauth_reason_text(SMTPAUTH_REASON_AUTH_REQUIRED), "STARTTLS"));
    assert_null(strstr(smtpauth_reason_text(SMTPAUTH_REASON_AUTH_FAILED), "user unknown"));
}

static void unknown_reasons_are_empty(void **state)
{
    (void)state;
    for (uint32_t reason = 0; reason <= UINT16_MAX; reason++) {
        if (row_of((uint16_t)reason) != NULL) {
            continue;
        }
        uint16_t id = (uint16_t)reason;
        bool is_empty = smtpauth_reason_code(id) == 0 && smtpauth_reason_enhanced(id)[0] == '\0' &&
                        smtpauth_reason_text(id)[0] == '\0';
        for (unsigned column = 0; column < 10; column++) {
            is_empty = is_empty && smtpauth_reason_words(id, (uint8_t)column)[0] == '\0';
        }
        if (!is_empty) {
            print_error("reason %u\n", (unsigned)reason);
            add_wrong();
        }
    }
    for (size_t i = 0; i < REASONS; i++) {
        for (unsigned column = SMTPAUTH_WORDS_ACTION + 1; column < 256; column++) {
            check(smtpauth_reason_words(reasons[i].reason, (uint8_t)column)[0] == '\0', reasons[i].name,
                  "unknown column");
        }
    }
    finish();
}

static void every_row_has_all_long_words(void **state)
{
    static const char *const columns[] = {"name", "title", "meaning", "seen", "fix", "source", "action"};
    (void)state;
    for (size_t i = 0; i < REASONS; i++) {
        char name[64];
        size_t len = strlen(reasons[i].name);
        assert_true(len < sizeof name);
        for (size_t j = 0; j <= len; j++) {
            char letter = reasons[i].name[j];
            name[j] = letter == '_' ? '-' : (char)(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
        }
        if (strcmp(smtpauth_reason_words(reasons[i].reason, SMTPAUTH_WORDS_NAME), name) != 0) {
            print_error("%s: named %s\n", name, smtpauth_reason_words(reasons[i].reason, SMTPAUTH_WORDS_NAME));
            add_wrong();
        }
        for (uint8_t column = SMTPAUTH_WORDS_NAME; column <= SMTPAUTH_WORDS_ACTION; column++) {
            const char *words = smtpauth_reason_words(reasons[i].reason, column);
            if (words[0] == '\0' || !smtpauth_utf8_is_valid((const uint8_t *)words, strlen(words)) ||
                strpbrk(words, "\r\n\t") != NULL) {
                print_error("%s: %s is empty or not one line of UTF-8\n", name, columns[column]);
                add_wrong();
            }
        }
        const char *action = smtpauth_reason_words(reasons[i].reason, SMTPAUTH_WORDS_ACTION);
        check(strspn(action, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(action), name,
              "action is a token");
    }
    finish();
}

/* Is one of the keywords, split by '|', in one of the columns of the bit set? Letters of either case. */
static bool has_keyword(uint16_t reason, unsigned columns, const char *keywords)
{
    for (const char *from = keywords; *from != '\0'; from += strcspn(from, "|"), from += *from == '|') {
        size_t len = strcspn(from, "|");
        char keyword[48];
        assert_true(len < sizeof keyword);
        memcpy(keyword, from, len);
        keyword[len] = '\0';
        for (uint8_t column = 0; column <= SMTPAUTH_WORDS_ACTION; column++) {
            const char *words = smtpauth_reason_words(reason, column);
            if ((columns >> column & 1) == 0) {
                continue;
            }
            for (size_t at = 0; at + len <= strlen(words); at++) {
                if (smtpauth_text_is((const uint8_t *)words + at, len, keyword)) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* 530-535.md, row by row. */
static void facts_about_530_and_535(void **state)
{
    enum {
        TITLE = 1 << SMTPAUTH_WORDS_TITLE,
        MEANING = 1 << SMTPAUTH_WORDS_MEANING,
        SEEN = 1 << SMTPAUTH_WORDS_SEEN,
        FIX = 1 << SMTPAUTH_WORDS_FIX,
        SOURCE = 1 << SMTPAUTH_WORDS_SOURCE,
        ALL = TITLE | MEANING | SEEN | FIX,
        R530 = SMTPAUTH_REASON_AUTH_REQUIRED,
        R535 = SMTPAUTH_REASON_AUTH_FAILED,
        TLS = SMTPAUTH_REASON_TLS_REQUIRED
    };
    static const struct {
        const char *name;
        uint16_t reason;
        unsigned columns;
        const char *keywords;
    } rows[] = {
        {"530: in two words", R530, ALL, "authenticate first|authentication required"},
        {"530: meaning, only authenticated clients", R530, MEANING, "authenticated"},
        {"530: AUTH was not issued", R530, ALL,
         "without AUTH|no AUTH|not authenticated|before AUTH|AUTH has not"},
        {"530: answers MAIL FROM", R530, ALL, "MAIL FROM"},
        {"530: answers RCPT TO", R530, ALL, "RCPT TO"},
        {"530: seen on submission", R530, SEEN, "submission"},
        {"530: seen on port 587", R530, SEEN, "587"},
        {"530: seen where login is required", R530, SEEN | MEANING,
         "requires login|requires authentication|require"},
        {"530: fix, AUTH", R530, FIX, "AUTH"},
        {"530: fix, before MAIL FROM", R530, FIX, "before MAIL FROM"},
        {"530: fix, user name", R530, FIX, "user name|username|credentials"},
        {"530: fix, password", R530, FIX, "password|credentials"},
        {"530: fix, mail program's SMTP credentials", R530, FIX, "SMTP credentials|credentials"},
        {"530: fix, authentication method", R530, FIX, "authentication method|method"},
        {"530: a mail program prompts for login", R530, ALL,
         "prompt for login|prompt for a login|prompts for login"},
        {"530: source", R530, SOURCE, "4954"},
        {"535: in two words", R535, ALL,
         "wrong credentials|credentials invalid|invalid credentials|authentication failed"},
        {"535: meaning, AUTH", R535, MEANING, "AUTH"},
        {"535: meaning, credentials", R535, MEANING, "credentials"},
        {"535: meaning, user name", R535, MEANING | SEEN, "user name|username"},
        {"535: meaning, password", R535, MEANING | SEEN, "password"},
        {"535: meaning, mechanism", R535, MEANING | SEEN, "mechanism"},
        {"535: AUTH was issued and refused", R535, MEANING, "rejected|refused|invalid"},
        {"535: answers AUTH itself", R535, ALL, "AUTH command|AUTH itself|answers AUTH|after AUTH|with AUTH"},
        {"535: seen, app password", R535, SEEN | FIX, "app password"},
        {"535: seen, revoked", R535, SEEN | FIX, "revoked"},
        {"535: seen, outdated", R535, SEEN | FIX, "outdated|expired|current"},
        {"535: fix, check user name", R535, FIX, "user name|username"},
        {"535: fix, check password", R535, FIX, "password"},
        {"535: fix, app password", R535, FIX, "app password"},
        {"535: fix, of providers such as Gmail", R535, FIX | SEEN, "Gmail"},
        {"535: fix, or Outlook", R535, FIX | SEEN, "Outlook"},
        {"535: fix, mechanism", R535, FIX, "mechanism"},
        {"535: fix, PLAIN", R535, FIX, "PLAIN"},
        {"535: fix, LOGIN", R535, FIX, "LOGIN"},
        {"535: a mail program prompts again", R535, ALL, "re-enter|reenter"},
        {"535: source", R535, SOURCE, "4954"},
        {"530 for TLS: fix", TLS, FIX, "STARTTLS"},
        {"530 for TLS: source", TLS, SOURCE, "3207"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check(has_keyword(rows[i].reason, rows[i].columns, rows[i].keywords), rows[i].name, rows[i].keywords);
    }
    check(!has_keyword(R530, TITLE | MEANING, "wrong credentials"), "530", "is not about wrong credentials");
    assert_string_equal(smtpauth_reason_words(R530, SMTPAUTH_WORDS_NAME), "auth-required");
    assert_string_equal(smtpauth_reason_words(R530, SMTPAUTH_WORDS_TITLE), "Authentication required");
    assert_string_equal(smtpauth_reason_words(R530, SMTPAUTH_WORDS_ACTION), "prompt-login");
    assert_string_equal(smtpauth_reason_words(R535, SMTPAUTH_WORDS_ACTION), "reenter-password");
    assert_string_not_equal(smtpauth_reason_words(TLS, SMTPAUTH_WORDS_ACTION), "prompt-login");
    assert_string_not_equal(smtpauth_reason_words(SMTPAUTH_REASON_AUTH_UNAVAILABLE, SMTPAUTH_WORDS_ACTION),
                            "reenter-password");
    assert_string_not_equal(smtpauth_reason_words(SMTPAUTH_REASON_AUTH_LATER, SMTPAUTH_WORDS_ACTION),
                            "reenter-password");
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_those_of_the_table),
        cmocka_unit_test(enhanced_codes_are_where_rfc2034_wants_them),
        cmocka_unit_test(texts_are_fit_for_the_wire),
        cmocka_unit_test(texts_that_others_rely_on),
        cmocka_unit_test(unknown_reasons_are_empty),
        cmocka_unit_test(every_row_has_all_long_words),
        cmocka_unit_test(facts_about_530_and_535),
    };
    return cmocka_run_group_tests_name("reason", tests, NULL, NULL);
}
