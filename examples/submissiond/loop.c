/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * One thread runs everything but hashing and fsync. A round takes what epoll has, then finished jobs, then deadlines;
 * whoever dies in it is freed at its end. The first SIGTERM or SIGINT stops gently: sessions hear 421, but those that
 * are handing over a message may finish; the second one stops at once.
 */

#include "loop.h"
#include "connection.h"
#include "listener.h"
#include "log.h"
#include "session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_A_ROUND = 256, STOP_BUSY_MS = 10000, STOP_ALL_MS = 12000 };

static uint64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool watch(struct service *service, int fd, struct source *source, uint8_t kind)
{
    struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = source};
    source->kind = kind;
    return fd >= 0 && epoll_ctl(service->epoll_fd, EPOLL_CTL_ADD, fd, &wanted) == 0;
}

bool loop_open(struct service *service)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    service->now_ms = monotonic_ms();
    service->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    service->job_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    service->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    service->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    bool is_open = service->epoll_fd >= 0 && service->stop_fd >= 0 &&
                   watch(service, service->job_fd, &service->job_source, SOURCE_JOBS) &&
                   watch(service, service->signal_fd, &service->signal_source, SOURCE_SIGNALS);
    if (!is_open)
        perror("submissiond: event loop");
    return is_open;
}

void loop_close(struct service *service)
{
    close(service->signal_fd);
    close(service->job_fd);
    close(service->stop_fd);
    close(service->epoll_fd);
}

/* ---- Signals ---- */

static void reload(struct service *service)
{
    char error[512];
    const struct options *options = service->options;
    struct users *users = users_load(options, error, sizeof error);
    if (users != NULL && (users_count(users) > 0 || users_count(service->users) == 0)) {
        users_release(service->users);
        service->users = users;
    } else {
        users_release(users);
        fprintf(stderr, "submissiond: users stay as they were: %s\n", users == NULL ? error : "nobody is left");
    }
    if (options->cert == NULL)
        return;
    const struct tls_files files = {options->cert, options->key, options->client_ca};
    struct tls_context *tls = tls_context_make(&files, options->hostname, error, sizeof error);
    if (tls == NULL) {
        fprintf(stderr, "submissiond: the certificate stays as it was: %s\n", error);
        return;
    }
    tls_context_free(service->tls);
    service->tls = tls;
}

/* Ends all sessions, or those only that are not handing over a message. */
static void end_sessions(struct service *service, bool busy_too)
{
    struct connection *next;
    for (struct connection *connection = service->connections; connection != NULL; connection = next) {
        next = connection->next;
        if (connection->phase < PHASE_FLUSHING && (busy_too || !connection_is_busy(connection)))
            connection_end(connection, SMTPAUTH_REASON_SHUTDOWN);
    }
}

static void stop(struct service *service)
{
    if (service->is_stopping) {
        connection_free_all(service);
        return;
    }
    service->is_stopping = true;
    service->stop_ms = service->now_ms + STOP_BUSY_MS;
    listeners_close(service);
    end_sessions(service, false);
}

static void take_signals(struct service *service)
{
    struct signalfd_siginfo signal;
    while (read(service->signal_fd, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        if (signal.ssi_signo == SIGHUP)
            reload(service);
        else
            stop(service);
    }
}

static void take_jobs_of(struct pool *pool)
{
    struct job *next;
    for (struct job *job = pool_collect(pool); job != NULL; job = next) {
        next = job->next;
        if (job->owner != NULL)
            connection_on_job(job->owner);
        else
            session_bury_job(job);
    }
}

static void take_jobs(struct service *service)
{
    uint64_t count;
    ssize_t got = read(service->job_fd, &count, sizeof count);
    (void)got;
    take_jobs_of(&service->verifiers);
    take_jobs_of(&service->token_runners);
    take_jobs_of(&service->committers);
}

/* ---- Rounds ---- */

static void take_event(struct service *service, const struct epoll_event *event)
{
    struct source *source = event->data.ptr;
    switch (source->kind) {
    case SOURCE_LISTENER:
        if (!service->is_stopping)
            listener_on_socket(service, (struct listener *)(void *)source);
        break;
    case SOURCE_CONNECTION:
        connection_on_socket((struct connection *)(void *)source, event->events);
        break;
    default:
        break;
    }
}

static void take_timers(struct service *service)
{
    struct timer *timer;
    while ((timer = timers_soonest(&service->timers)) != NULL && timer->due_ms <= service->now_ms) {
        timers_clear(&service->timers, timer);
        connection_on_timer(connection_of_timer(timer));
    }
    if (!service->is_stopping || service->stop_ms > service->now_ms)
        return;
    if (service->now_ms - service->stop_ms < STOP_ALL_MS - STOP_BUSY_MS)
        end_sessions(service, true);
    else
        connection_free_all(service);
}

static void take_ready(struct service *service)
{
    struct connection *list = service->ready;
    service->ready = NULL;
    while (list != NULL) {
        struct connection *connection = list;
        list = connection->next_ready;
        connection->is_ready = false;
        connection_on_ready(connection);
    }
}

static int wait_ms(const struct service *service)
{
    const struct timer *timer = timers_soonest(&service->timers);
    uint64_t until = timer != NULL ? timer->due_ms : UINT64_MAX;
    if (service->ready != NULL)
        return 0;
    if (service->accept_again_ms != 0 && service->accept_again_ms < until)
        until = service->accept_again_ms;
    if (service->is_stopping && until > service->now_ms + 100)
        until = service->now_ms + 100;
    if (until <= service->now_ms)
        return 0;
    return until - service->now_ms < 60000 ? (int)(until - service->now_ms) : 60000;
}

void loop_run(struct service *service)
{
    struct epoll_event events[EVENTS_A_ROUND];
    while (!service->is_stopping || service->connection_count > 0) {
        int count = epoll_wait(service->epoll_fd, events, EVENTS_A_ROUND, wait_ms(service));
        if (count < 0 && errno != EINTR) {
            perror("submissiond: epoll_wait");
            return;
        }
        service->now_ms = monotonic_ms();
        take_ready(service);
        bool has_signals = false, has_jobs = false;
        for (int i = 0; i < count; i++) {
            has_signals |= events[i].data.ptr == &service->signal_source;
            has_jobs |= events[i].data.ptr == &service->job_source;
            take_event(service, &events[i]);
        }
        if (has_jobs)
            take_jobs(service);
        take_timers(service);
        if (has_signals)
            take_signals(service);
        connection_free_dead(service);
        listeners_resume(service);
    }
}
