/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * submissiond, a mail submission server on the smtpauth library, for Linux. This file puts the parts together. What is
 * wanted: options.c, mechanisms.c, extensions.c, policy.c. Clients: listener.c, arrival.c, connection.c, windows.c,
 * farewell.c; front_end.c and proxy_header.c where others stand before them; tls*.c. Decisions: session.c, login.c,
 * transaction.c. Who may log in: users*.c, scram_secret.c, site_secret.c, token_command.c. Where messages go: mail.c,
 * envelope.c, trace.c, maildir.c, mailbox.c. And jobs.c the threads for what is slow, log.c and session_log.c the log,
 * loop.c and timers.c time.
 */

#include "connection.h"
#include "listener.h"
#include "log.h"
#include "loop.h"
#include "policy.h"
#include "session.h"

#include <fcntl.h>
#include <signal.h>
#include <smtpauth/text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Threads: hashing costs processors, committing waits for the disk, where many fsyncs at once share one flush. */
enum { COMMITTERS = 8, VERIFIERS_MAX = 4, TOKEN_RUNNERS = 8 };

/* Descriptors that are not connections: standard ones, loop, folders, log; and a share for files of messages. */
enum {
    DESCRIPTORS_OWN = 16,
    DESCRIPTORS_SHARE = 8,
    DESCRIPTORS_TOKEN = 4,
    DESCRIPTORS_DELIVERY = 5,
    CONNECTIONS_MIN = 4,
    CONNECTIONS_MAX = 1000000
};

static void handle(int signal_number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigaction(signal_number, &action, NULL);
}

static size_t connections_possible(const struct options *options)
{
    struct rlimit limit = {1024, 1024};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > CONNECTIONS_MAX)
        return CONNECTIONS_MAX;
    size_t all = (size_t)limit.rlim_cur,
           others = DESCRIPTORS_OWN + options->listen_count + all / DESCRIPTORS_SHARE;
    if (options->lmtp)
        others += COMMITTERS * DESCRIPTORS_DELIVERY;
    if (options->token_command != NULL)
        others += TOKEN_RUNNERS * DESCRIPTORS_TOKEN;
    return all > others + CONNECTIONS_MIN ? all - others : CONNECTIONS_MIN;
}

/* What may be wrong with the options and is only seen when things are opened. */
static bool prepare(struct service *service, char *error, size_t error_cap)
{
    const struct options *options = service->options;
    const struct tls_files files = {options->cert, options->key, options->client_ca};
    service->users = users_load(options, error, error_cap);
    if (service->users == NULL || !policy_make(service, error, error_cap))
        return false;
    if (!tls_is_built()) {
        fputs("submissiond: note: built without OpenSSL, STARTTLS is not offered\n", stderr);
        return true;
    }
    service->tls = tls_context_make(&files, options->hostname, error, error_cap);
    return service->tls != NULL;
}

static size_t verifier_count(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 1 : processors > VERIFIERS_MAX ? VERIFIERS_MAX : (size_t)processors;
}

static bool start_pools(struct service *service)
{
    const size_t token_runners = service->options->token_command != NULL ? TOKEN_RUNNERS : 0;
    return pool_start(&service->verifiers, verifier_count(), service->job_fd) &&
           pool_start(&service->token_runners, token_runners, service->job_fd) &&
           pool_start(&service->committers, COMMITTERS, service->job_fd);
}

static bool start(struct service *service, char *error, size_t error_cap)
{
    const struct options *options = service->options;
    service->connection_max = connections_possible(options);
    int fault = maildir_open(&service->maildir, options->maildir, options->hostname, !options->lmtp);
    if (fault != 0) {
        snprintf(error, error_cap, "maildir %s: %s", options->maildir, strerror(fault));
        return false;
    }
    if (!policy_load_secret(service, error, error_cap))
        return false;
    if (!timers_init(&service->timers, service->connection_max) || !start_pools(service)) {
        snprintf(error, error_cap, "not enough memory or threads");
        return false;
    }
    return listeners_open(service, error, error_cap);
}

static void bury_jobs(struct pool *pool)
{
    for (struct job *job = pool_collect(pool), *next; job != NULL; job = next) {
        next = job->next;
        session_bury_job(job);
    }
}

static void stop_token_commands(const struct service *service)
{
    const uint64_t one = 1;
    ssize_t written = write(service->stop_fd, &one, sizeof one);
    (void)written; /* a full counter is readable as well */
}

static void finish(struct service *service)
{
    listeners_close(service);
    connection_free_all(service);
    stop_token_commands(service);
    pool_stop(&service->verifiers);
    pool_stop(&service->token_runners);
    pool_stop(&service->committers);
    bury_jobs(&service->verifiers);
    bury_jobs(&service->token_runners);
    bury_jobs(&service->committers);
    maildir_close(&service->maildir);
    timers_free(&service->timers);
}

static int serve(struct service *service)
{
    char error[512] = "";
    int status = EXIT_USAGE;
    if (prepare(service, error, sizeof error)) {
        status = EXIT_FAILURE;
        if (loop_open(service)) {
            if (start(service, error, sizeof error)) {
                puts("ready");
                fflush(stdout);
                loop_run(service);
                status = EXIT_SUCCESS;
            }
            finish(service);
            loop_close(service);
        }
    }
    if (*error != '\0')
        fprintf(stderr, "submissiond: %s\n", error);
    return status;
}

int main(int argc, char **argv)
{
    static struct service service;
    struct options options;
    options_parse(&options, argc, argv);
    if (options.log)
        log_enable();
    handle(SIGPIPE, SIG_IGN);
    handle(SIGXFSZ, SIG_IGN); /* a write over the limit then fails with EFBIG */
    handle(SIGCHLD, SIG_DFL); /* ended programs must be waited for */
    service.options = &options;
    service.maildir.top_fd = service.maildir.tmp_fd = service.maildir.new_fd = service.maildir.envelope_fd = -1;
    int status = serve(&service);
    users_release(service.users);
    tls_context_free(service.tls);
    smtpauth_wipe(service.secret, sizeof service.secret);
    options_free(&options);
    return status;
}
