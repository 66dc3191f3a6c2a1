/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The dialogues of tests/transcripts/, each at every chunking; and that each row of the decision table ("who gets
 * which reply") that concerns a server of this release has at least one. P rows are those of its precedence, A rows of
 * AUTH and E rows of "everything around", in the order of the table.
 *
 * Usage: test_transcripts [file or directory]; without one $TESTS_DIR, then tests/transcripts.
 */

#include "dialogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifndef TESTS_DIR
#define TESTS_DIR "tests/transcripts"
#endif

static const struct {
    const char *id, *situation;
} rows[] = {
    {"P1", "session is closing"},
    {"P2", "line longer than the limit"},
    {"P3", "unknown verb, empty line"},
    {"P4", "TLS required and not active"},
    {"P5", "known verb this server does not offer"},
    {"P6", "authentication required, none in force"},
    {"P7", "before EHLO"},
    {"P8", "command out of sequence"},
    {"P9", "control and 8-bit octets, bare LF"},
    {"P10", "arguments wrong"},
    {"P11", "530 outranks 503; after a failed AUTH MAIL is still 530; what keeps and drops a login"},
    {"A1", "TLS required before any AUTH"},
    {"A2", "AUTH not offered at all"},
    {"A3", "before EHLO, or after HELO"},
    {"A4", "already authenticated, inside a transaction"},
    {"A5", "no mechanism named, a third argument"},
    {"A6", "mechanism unknown or not offered"},
    {"A7", "mechanism under TLS only"},
    {"A8", "initial response to LOGIN"},
    {"A9", "response not valid base64"},
    {"A10", "response is no message of the mechanism"},
    {"A11", "a name or password left blank"},
    {"A12", "client cancels"},
    {"A13", "exchange line over the limit"},
    {"A14", "credentials right"},
    {"A15", "credentials wrong, user unknown, authorisation identity not permitted"},
    {"A16", "mechanism too weak for this user"},
    {"A17", "user must change mechanism"},
    {"A18", "account disabled"},
    {"A19", "the host cannot check, or does not say"},
    {"A20", "failures reach the limit"},
    {"A21", "inside an exchange every line is a response"},
    {"A22", "pipelined behind AUTH"},
    {"E1", "EHLO, HELO with a bad or no argument"},
    {"E2", "EHLO inside a transaction"},
    {"E3", "DATA, RSET, QUIT, STARTTLS with an argument"},
    {"E4", "STARTTLS under TLS"},
    {"E5", "STARTTLS after AUTH or in a transaction"},
    {"E6", "plaintext behind STARTTLS"},
    {"E7", "TLS cannot start, fails, is too weak"},
    {"E8", "host refuses the connection"},
    {"E9", "SIZE over the limit"},
    {"E10", "data over the limit"},
    {"E11", "too many recipients"},
    {"E12", "no recipient accepted, then DATA"},
    {"E13", "sender or recipient not permitted"},
    {"E14", "8-bit address without SMTPUTF8"},
    {"E15", "AUTH= on MAIL"},
    {"E16", "ENVID, ORCPT, RET, NOTIFY; parameters of extensions that are not offered"},
    {"E17", "BODY with an unknown value"},
    {"E18", "BDAT refused"},
    {"E19", "BDAT, then DATA, MAIL, RCPT"},
    {"E20", "BODY=BINARYMIME"},
    {"E21", "VRFY, EXPN"},
    {"E22", "ETRN"},
    {"E23", "LMTP: its greeting, one answer for each recipient; LHLO in SMTP mode"},
    {"E24", "MT-PRIORITY"},
    {"E25", "BURL"},
    {"E26", "idle too long"},
    {"E27", "enhanced codes"},
    {"E28", "reply text holds no client bytes"},
};

static dialogue_list list;

static void test_dialogue(void **state)
{
    octets why = {0};
    if (!dialogue_play(*state, &why)) {
        print_error("%s\n", octets_string(&why));
        octets_free(&why);
        fail();
    }
}

/* Is the id in a list like "P6, E27"? */
static bool has_row(const char *listed, const char *id)
{
    size_t len = strlen(id);
    for (const char *at = listed; *at != 0; at += strspn(at, ", ")) {
        size_t word = strcspn(at, ", ");
        if (word == len && strncmp(at, id, len) == 0)
            return true;
        at += word;
    }
    return false;
}

static void test_rows(void **state)
{
    bool is_ok = true;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t count = 0;
        for (size_t j = 0; j < list.len; j++)
            count += has_row(list.data[j].rows, rows[i].id);
        if (count == 0) {
            print_error("no dialogue for row %s: %s\n", rows[i].id, rows[i].situation);
            is_ok = false;
        }
    }
    assert_true(is_ok);
}

/* Each reply to every dialogue is covered by the compare of the player; that titles are told apart is not. */
static void test_titles(void **state)
{
    (void)state;
    for (size_t i = 0; i < list.len; i++) {
        assert_true(list.data[i].rows[0] != 0);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(list.data[i].title, list.data[j].title);
    }
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : getenv("TESTS_DIR");
    bool is_all = argc <= 1;
    if (!dialogue_read(&list, path != NULL ? path : TESTS_DIR) || list.len == 0)
        return 2;
    struct CMUnitTest *tests = calloc(list.len + 2, sizeof *tests);
    if (tests == NULL)
        return 2;
    for (size_t i = 0; i < list.len; i++)
        tests[i] = (struct CMUnitTest){list.data[i].title, test_dialogue, NULL, NULL, &list.data[i]};
    tests[list.len] = (struct CMUnitTest){"every row has a dialogue", test_rows, NULL, NULL, NULL};
    tests[list.len + 1] = (struct CMUnitTest){"every title is its own", test_titles, NULL, NULL, NULL};
    int failed = _cmocka_run_group_tests("transcripts", tests, list.len + (is_all ? 2 : 0), NULL, NULL);
    free(tests);
    dialogue_free(&list);
    return failed != 0;
}
