/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * send, a sender of mail on the smtpauth library's client engine. This file puts the parts together: options.c what is
 * wanted, message.c and header.c what is sent, session.c the dialogue, connection.c and tls.c the way, login.c, secret.c
 * and terminal.c who logs in, guard.c what was rejected before, report*.c what came of it.
 */

#include "session.h"
#include "words.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>

static void print_fault(const struct message *message, const char *fault)
{
    fprintf(stderr, "send: the message: %s", fault);
    if (message->words.len > 0) {
        fprintf(stderr, " line %zu, which is no field: ", message->culprit);
        words_print(stderr, message->words);
    }
    putc('\n', stderr);
}

/* Secrets are wiped when they have served, which would be of no use to a core file made before. */
static void prepare_process(void)
{
    const struct rlimit none = {0, 0};
    struct sigaction action;
    setrlimit(RLIMIT_CORE, &none);
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    action.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &action, NULL); /* ended commands must be waited for */
}

int main(int argc, char **argv)
{
    static struct session session;
    static struct report report;
    struct options options;
    struct message message;
    const char *fault = "";
    options_parse(&options, argc, argv);
    prepare_process();
    int status = message_open(&message, &options, &fault);
    if (status == EX_OK && !report_begin(&report, &options)) {
        fault = "out of memory";
        status = EX_OSERR;
    }
    if (status == EX_OK) {
        session_run(&session, &options, &message, &report);
        status = report_status(&report);
        if (options.is_json)
            report_print_json(&report);
        else
            report_print(&report);
    } else {
        print_fault(&message, fault);
    }
    report_end(&report);
    message_close(&message);
    options_free(&options);
    return fflush(stdout) == 0 ? status : EX_IOERR;
}
