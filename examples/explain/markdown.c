/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* The reference page of replies, from the catalogue: what `make docs` writes. */

#include "explain.h"

#include <smtpauth/reason.h>
#include <string.h>
#include <sysexits.h>

static const char *words(uint16_t reason, uint8_t column)
{
    return smtpauth_reason_words(reason, column);
}

/* Words in a cell of a table. */
static void cell(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|' || *text == '<' || *text == '*')
            putchar('\\');
        putchar(*text);
    }
}

static void row(const char *aspect, const char *left, const char *right)
{
    printf("| %s | ", aspect);
    cell(left);
    fputs(" | ", stdout);
    cell(right);
    puts(" |");
}

static void print_comparison(const char *heading, uint16_t left, uint16_t right)
{
    bool swapped;
    const comparison *c = facts_between(left, right, &swapped);
    printf("\n## %s\n\n| | %u %s %s | %u %s %s |\n| --- | --- | --- |\n", heading, smtpauth_reason_code(left),
           smtpauth_reason_enhanced(left), smtpauth_reason_text(left), smtpauth_reason_code(right),
           smtpauth_reason_enhanced(right), smtpauth_reason_text(right));
    row("description", words(left, SMTPAUTH_WORDS_MEANING), words(right, SMTPAUTH_WORDS_MEANING));
    row("when you see it", words(left, SMTPAUTH_WORDS_SEEN), words(right, SMTPAUTH_WORDS_SEEN));
    row("how to fix it", words(left, SMTPAUTH_WORDS_FIX), words(right, SMTPAUTH_WORDS_FIX));
    for (size_t i = 0; c != NULL && i < c->fact_count; i++)
        row(c->facts[i].aspect, c->facts[i].left, c->facts[i].right);
    row("source", words(left, SMTPAUTH_WORDS_SOURCE), words(right, SMTPAUTH_WORDS_SOURCE));
    puts("\nKey differences:\n");
    for (size_t i = 0; c != NULL && i < c->difference_count; i++)
        printf("%u. %s\n", (unsigned)i + 1, c->differences[i]);
}

static void print_reason(uint16_t reason)
{
    uint16_t code = smtpauth_reason_code(reason);
    printf("\n### %s\n\n", words(reason, SMTPAUTH_WORDS_TITLE));
    if (code != 0)
        printf("`%u %s%s%s`, ", code, smtpauth_reason_enhanced(reason),
               smtpauth_reason_enhanced(reason)[0] != '\0' ? " " : "", smtpauth_reason_text(reason));
    printf("`%s`\n\n", words(reason, SMTPAUTH_WORDS_NAME));
    printf("%s\n\n- When seen: %s\n- How to fix: %s\n- Action: `%s`\n- Source: %s\n",
           words(reason, SMTPAUTH_WORDS_MEANING), words(reason, SMTPAUTH_WORDS_SEEN),
           words(reason, SMTPAUTH_WORDS_FIX), words(reason, SMTPAUTH_WORDS_ACTION),
           words(reason, SMTPAUTH_WORDS_SOURCE));
}

/* The reasons of codes from `low` to `high`, in the order of codes. */
static void print_codes(const char *heading, uint16_t low, uint16_t high)
{
    printf("\n## %s\n", heading);
    for (uint16_t code = low; code <= high; code++)
        for (uint16_t reason = 1; reason < smtpauth_reason_count(); reason++)
            if (smtpauth_reason_code(reason) == code)
                print_reason(reason);
}

static void print_providers(void)
{
    size_t rows;
    smtpauth_providers(&rows);
    puts(
        "\n## Providers\n\nWhat helps at providers and with servers that are recognised by their wording or by the server's "
        "name.\n\n| provider | recognised by | what helps |\n| --- | --- | --- |");
    for (uint16_t i = 1, last = (uint16_t)rows; i <= last; i++) {
        printf("| %s | ", smtpauth_provider_words(smtpauth_providers, i, SMTPAUTH_PROVIDER_TITLE));
        cell(smtpauth_provider_words(smtpauth_providers, i, SMTPAUTH_PROVIDER_WORDS));
        fputs(" | ", stdout);
        cell(smtpauth_provider_words(smtpauth_providers, i, SMTPAUTH_PROVIDER_REMEDY));
        puts(" |");
    }
}

int markdown_run(void)
{
    puts(
        "<!-- Written by `make docs` from the catalogue (lib/reason.def, lib/reason_advice.def, lib/providers.def); "
        "do not edit. -->\n\n# Replies\n\nEvery reply that smtpauth says or understands: what it means, when it is seen, "
        "how to fix it, and what a mail\nprogram should do. `explain` prints the same on the command line, for a code, two "
        "codes beside each other, a whole reply\nor a log.");
    print_comparison("530 and 535 beside each other", SMTPAUTH_REASON_AUTH_REQUIRED,
                     SMTPAUTH_REASON_AUTH_FAILED);
    print_comparison("The two meanings of 530", SMTPAUTH_REASON_AUTH_REQUIRED, SMTPAUTH_REASON_TLS_REQUIRED);
    print_codes("2xx and 3xx: success", 200, 399);
    print_codes("4xx: not now", 400, 499);
    print_codes("5xx: refused", 500, 599);
    puts(
        "\n## What clients meet in other servers' replies\n\nThese have no code of their own: servers say them with many.");
    for (uint16_t reason = SMTPAUTH_REASON_ADVICE; reason < smtpauth_advice_reason_end(); reason++)
        print_reason(reason);
    puts("\n## Never said\n");
    puts("What an engine tells its host only.");
    for (uint16_t reason = 1; reason < smtpauth_reason_count(); reason++)
        if (smtpauth_reason_code(reason) == 0 && words(reason, SMTPAUTH_WORDS_NAME)[0] != '\0')
            print_reason(reason);
    print_providers();
    return EX_OK;
}
