/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * submissiond, a mail submission server on the smtpauth library, for Linux. This file puts the parts together:
 * options.c what is wanted, listener.c and connection.c the clients, session.c the decisions, users.c who may log in,
 * mail.c and maildir.c where messages go, jobs.c the threads for what is slow, tls.c TLS, log.c the log, loop.c time.
 */

#include "connection.h"
#include "listener.h"
#include "log.h"
#include "loop.h"
#include "session.h"

#include <fcntl.h>
#include <signal.h>
#include <smtpauth/reason.h>
#include <smtpauth/sasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Threads: hashing costs processors, committing waits for the disk, where many fsyncs at once share one flush. */
enum { COMMITTERS = 8, VERIFIERS_MAX = 4 };

/* Descriptors that are not connections: standard ones, loop, folders, log; and a share for files of messages. */
enum { DESCRIPTORS_OWN = 16, DESCRIPTORS_SHARE = 8, CONNECTIONS_MIN = 4, CONNECTIONS_MAX = 1000000 };

static smtpauth_mechanism_fn *const mechanisms[] = {smtpauth_plain, smtpauth_login, NULL};

static void ignore(int signal_number)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_IGN;
    sigaction(signal_number, &action, NULL);
}

static size_t connections_possible(size_t listeners)
{
    struct rlimit limit = {1024, 1024};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > CONNECTIONS_MAX)
        return CONNECTIONS_MAX;
    size_t all = (size_t)limit.rlim_cur, others = DESCRIPTORS_OWN + listeners + all / DESCRIPTORS_SHARE;
    return all > others + CONNECTIONS_MIN ? all - others : CONNECTIONS_MIN;
}

static void fill_policy(smtpauth_policy *policy, const struct options *options)
{
    memset(policy, 0, sizeof *policy);
    policy->size = sizeof *policy;
    policy->flags = SMTPAUTH_LAX_SPACE_OK;
    if (options->require_tls)
        policy->flags |= SMTPAUTH_REQUIRE_TLS;
    if (options->allow_plaintext_auth)
        policy->flags |= SMTPAUTH_CLEAR_AUTH;
    policy->extensions = SMTPAUTH_EXT_SMTPUTF8;
    if (tls_is_built())
        policy->extensions |= SMTPAUTH_EXT_STARTTLS;
    policy->asks = SMTPAUTH_ASKS_HELLO; /* for the name in Received */
    policy->hostname = options->hostname;
    policy->mechanisms = mechanisms;
    policy->message_max = options->max_size;
    policy->recipients_max = options->max_recipients;
    policy->auth_failures_max = options->max_auth_failures;
}

/* What may be wrong with the options and is only seen when things are opened: says so. */
static bool prepare(struct service *service)
{
    char error[512] = "";
    const struct options *options = service->options;
    fill_policy(&service->policy, options);
    int32_t fault = smtpauth_policy_check(&service->policy);
    if (fault != 0) {
        fprintf(stderr, "submissiond: %s\n", smtpauth_reason_words((uint16_t)fault, SMTPAUTH_WORDS_MEANING));
        return false;
    }
    service->users = users_load(options, error, sizeof error);
    bool is_good = service->users != NULL;
    if (is_good && users_count(service->users) == 0) {
        is_good = false;
        snprintf(error, sizeof error, "nobody could log in: %s has no user", options->users_file);
    }
    if (is_good && tls_is_built()) {
        service->tls = tls_context_make(options->cert, options->key, options->hostname, error, sizeof error);
        is_good = service->tls != NULL;
    } else if (is_good) {
        fputs("submissiond: note: built without OpenSSL, STARTTLS is not offered\n", stderr);
    }
    if (!is_good)
        fprintf(stderr, "submissiond: %s\n", error);
    return is_good;
}

static size_t verifier_count(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 1 : processors > VERIFIERS_MAX ? VERIFIERS_MAX : (size_t)processors;
}

static bool start(struct service *service)
{
    service->connection_max = connections_possible(service->options->listen_count);
    int error =
        maildir_open(&service->maildir, AT_FDCWD, service->options->maildir, service->policy.hostname, true);
    if (error != 0) {
        fprintf(stderr, "submissiond: maildir %s: %s\n", service->options->maildir, strerror(error));
        return false;
    }
    if (!timers_init(&service->timers, service->connection_max) ||
        !pool_start(&service->verifiers, verifier_count(), service->job_fd) ||
        !pool_start(&service->committers, COMMITTERS, service->job_fd)) {
        fputs("submissiond: not enough memory or threads\n", stderr);
        return false;
    }
    return listeners_open(service);
}

static void finish(struct service *service)
{
    listeners_close(service);
    connection_free_all(service);
    pool_stop(&service->verifiers);
    pool_stop(&service->committers);
    for (struct job *job = pool_collect(&service->verifiers), *next; job != NULL; job = next) {
        next = job->next;
        session_bury_job(job);
    }
    for (struct job *job = pool_collect(&service->committers), *next; job != NULL; job = next) {
        next = job->next;
        session_bury_job(job);
    }
    maildir_close(&service->maildir);
    timers_free(&service->timers);
}

int main(int argc, char **argv)
{
    static struct service service;
    struct options options;
    int status = 1;
    options_parse(&options, argc, argv);
    if (options.log)
        log_enable();
    ignore(SIGPIPE);
    ignore(SIGXFSZ); /* a write over the limit then fails with EFBIG */
    service.options = &options;
    service.maildir.top_fd = service.maildir.tmp_fd = service.maildir.new_fd = service.maildir.envelope_fd = -1;
    if (!prepare(&service)) {
        status = EXIT_USAGE;
    } else if (loop_open(&service)) {
        if (start(&service)) {
            puts("ready");
            fflush(stdout);
            loop_run(&service);
            status = 0;
        }
        finish(&service);
        loop_close(&service);
    }
    users_release(service.users);
    tls_context_free(service.tls);
    options_free(&options);
    return status;
}
