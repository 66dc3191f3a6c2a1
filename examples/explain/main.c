/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * explain, the reference page of SMTP replies as a command. What it is given decides what it does:
 *
 *     explain 530                          a code: every reason it has
 *     explain 530 535                      two codes beside each other, then the differences
 *     explain '535-5.7.8 Username ...'     a reply: why it came, what to do, what helps at this provider
 *     explain < log                        each reply in the log, explained under its line
 *     explain --batch < list               phase, state and reply by tabs: an object of JSON for each
 *     explain --list                       the whole catalogue
 *
 * page.c has the pages, answer.c a single reply, log.c and find.c logs, facts.c what 530 and 535 have in common and what
 * not. Everything else comes from the library: reason.h and advice.h.
 */

#include "explain.h"

#include <getopt.h>
#include <smtpauth/reason.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { REASONS_MAX = 40 };

typedef struct settings {
    smtpauth_situation at;
    bool as_json, is_batch, is_list, is_markdown, is_help;
} settings;

static const char usage_text[] =
    "usage: explain [options] CODE...          what the codes mean; two: beside each other\n"
    "       explain [options] REPLY            one reply; \\n is a line end\n"
    "       explain [options] NAME...          reasons by name, such as auth-required\n"
    "       explain [options] < LOG            each reply in the log\n"
    "       explain --batch < LIST             lines of phase, state, reply parted by tabs; JSON\n"
    "       explain --list [--json]            the whole catalogue\n"
    "\n"
    "  --phase PHASE     what the reply answered: connect ehlo starttls auth mail rcpt data message any\n"
    "  --state STATE     authenticated, unauthenticated or any\n"
    "  --tls on|off      was the connection encrypted?\n"
    "  --secret KIND     what AUTH offered: password or token\n"
    "  --server NAME     the server's name, to recognise the provider by\n"
    "  --json            one object a line\n";

static int usage_error(const char *what, const char *value)
{
    fprintf(stderr, "explain: %s%s%s\nTry: explain --help\n", what, value[0] != '\0' ? ": " : "", value);
    return EX_USAGE;
}

/* Sets what one option says; false for a value that is none. */
static bool set_option(settings *s, int option, const char *value)
{
    int n;
    switch (option) {
    case 'p':
        n = situation_phase(value);
        s->at.phase = (uint8_t)n;
        return n >= 0;
    case 's':
        n = situation_state(value);
        s->at.authenticated = (uint8_t)n;
        return n >= 0;
    case 't':
        s->at.tls = strcmp(value, "on") == 0 ? SMTPAUTH_YES : SMTPAUTH_NO;
        return strcmp(value, "on") == 0 || strcmp(value, "off") == 0;
    case 'k':
        s->at.secret = strcmp(value, "token") == 0 ? SMTPAUTH_SECRET_TOKEN : SMTPAUTH_SECRET_PASSWORD;
        return strcmp(value, "token") == 0 || strcmp(value, "password") == 0;
    case 'n':
        s->at.server.data = (const uint8_t *)value;
        s->at.server.len = strlen(value);
        return true;
    case 'j':
        return s->as_json = true;
    case 'b':
        return s->is_batch = true;
    case 'l':
        return s->is_list = true;
    case 'm':
        return s->is_markdown = true;
    default:
        return s->is_help = option == 'h';
    }
}

/* Reads the options; the index of the first argument, or -1 when one was wrong. */
static int read_options(settings *s, int argc, char **argv)
{
    static const struct option options[] = {
        {"phase", required_argument, NULL, 'p'},
        {"state", required_argument, NULL, 's'},
        {"tls", required_argument, NULL, 't'},
        {"secret", required_argument, NULL, 'k'},
        {"server", required_argument, NULL, 'n'},
        {"json", no_argument, NULL, 'j'},
        {"batch", no_argument, NULL, 'b'},
        {"list", no_argument, NULL, 'l'},
        {"markdown", no_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (option == '?')
            return -1;
        if (!set_option(s, option, optarg != NULL ? optarg : "")) {
            usage_error("no such value", optarg != NULL ? optarg : "");
            return -1;
        }
    }
    return optind;
}

/* "530": three digits of a reply code. */
static uint16_t code_of(const char *text)
{
    if (strlen(text) != 3 || text[0] < '2' || text[0] > '5' || strspn(text, "0123456789") != 3)
        return 0;
    return (uint16_t)strtoul(text, NULL, 10);
}

/* The reasons that one argument names; 0 when it is neither code nor name. */
static size_t reasons_of(const char *text, uint16_t *reasons, size_t max)
{
    uint16_t code = code_of(text);
    if (code != 0)
        return page_reasons(code, reasons, max);
    reasons[0] = page_reason_named(text);
    return reasons[0] != SMTPAUTH_REASON_NONE;
}

static bool are_reasons(char **arguments, int count)
{
    uint16_t reasons[REASONS_MAX];
    for (int i = 0; i < count; i++)
        if (reasons_of(arguments[i], reasons, REASONS_MAX) == 0)
            return false;
    return true;
}

static int explain_reasons(const settings *s, char **arguments, int count)
{
    bool is_beside = count == 2 && !s->as_json;
    uint16_t reasons[REASONS_MAX], first[2] = {0, 0};
    for (int i = 0; i < count; i++) {
        size_t n = reasons_of(arguments[i], reasons, REASONS_MAX);
        if (is_beside)
            first[i] = reasons[0];
        for (size_t k = 0; k < n && !is_beside; k++) {
            json_object object = json_begin(stdout);
            if (s->as_json) {
                page_json(&object, reasons[k]);
                json_end(&object);
                continue;
            }
            if (i > 0 || k > 0)
                putchar('\n');
            page_print(reasons[k]);
        }
    }
    if (is_beside)
        page_beside(first[0], first[1]);
    return EX_OK;
}

/* The arguments as one reply, a blank between them as the shell took one away. */
static char *joined(char **arguments, int count)
{
    size_t len = 1;
    for (int i = 0; i < count; i++)
        len += strlen(arguments[i]) + 1;
    char *text = malloc(len), *at = text;
    if (text == NULL)
        return NULL;
    for (int i = 0; i < count; i++) {
        size_t argument_len = strlen(arguments[i]);
        if (i > 0)
            *at++ = ' ';
        memcpy(at, arguments[i], argument_len);
        at += argument_len;
    }
    *at = '\0';
    return text;
}

static int explain_reply(const settings *s, char **arguments, int count)
{
    char *text = joined(arguments, count), *reply = text != NULL ? malloc(strlen(text) + 1) : NULL;
    if (reply == NULL) {
        free(text);
        return EX_OSERR;
    }
    size_t len = answer_unescape(reply, text, strlen(text));
    smtpauth_advice advice = answer_advise((const uint8_t *)reply, len, &s->at);
    int status = advice.code != 0 ? EX_OK : EX_DATAERR;
    if (s->as_json) {
        json_object object = json_begin(stdout);
        answer_json(&object, (const uint8_t *)reply, len, &advice);
        json_end(&object);
    } else if (advice.code != 0) {
        answer_print((const uint8_t *)reply, len, &advice);
    } else {
        fprintf(stderr, "explain: neither a code, nor a reason, nor a reply: %s\n", text);
    }
    free(reply);
    free(text);
    return status;
}

static int run(const settings *s, char **arguments, int count)
{
    if ((s->is_batch || s->is_list || s->is_markdown) && count > 0)
        return usage_error("takes no arguments", arguments[0]);
    if (s->is_markdown)
        return markdown_run();
    if (s->is_batch)
        return batch_run(stdin);
    if (s->is_list) {
        page_list(s->as_json);
        return EX_OK;
    }
    if (count == 0 && isatty(STDIN_FILENO))
        return usage_error("nothing to explain", "");
    if (count == 0)
        return log_run(stdin, &s->at, s->as_json);
    return are_reasons(arguments, count) ? explain_reasons(s, arguments, count)
                                         : explain_reply(s, arguments, count);
}

int main(int argc, char **argv)
{
    settings s;
    memset(&s, 0, sizeof s);
    s.at.size = sizeof s.at;
    int first = read_options(&s, argc, argv);
    if (first < 0)
        return EX_USAGE;
    if (s.is_help) {
        fputs(usage_text, stdout);
        return EX_OK;
    }
    int status = run(&s, argv + first, argc - first);
    if (fflush(stdout) != 0 || ferror(stdout))
        return EX_IOERR;
    return status;
}
