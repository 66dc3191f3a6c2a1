/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * A queue, a lock and a few threads. There are several pools, so that a message never waits behind guesses of passwords.
 * A queue cannot grow without bound: a connection has one job at most, and takes it back when it dies.
 */

#include "jobs.h"

#include <smtpauth/text.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void run(struct job *job)
{
    smtpauth_view identity = {job->identity, job->identity_len};
    smtpauth_view password = {job->password, job->password_len};
    switch (job->kind) {
    case JOB_VERIFY:
        job->verdict = users_verify(job->users, identity, password);
        break;
    case JOB_TOKEN:
        token_command_run(job->program, identity, password, job->stop_fd, &job->answer);
        break;
    case JOB_COMMIT:
        job->error = mail_commit(job->mail);
        break;
    case JOB_DELIVER:
        job->error = mail_deliver(job->mail, job->index);
        break;
    }
    if (job->password != NULL)
        smtpauth_wipe(job->password, job->password_len);
}

static struct job *wait_for_job(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->first == NULL && !pool->is_stopping)
        pthread_cond_wait(&pool->has_work, &pool->lock);
    struct job *job = pool->first;
    if (job != NULL) {
        pool->first = job->next;
        pool->waiting--;
        job->is_running = true;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void hand_back(struct pool *pool, struct job *job)
{
    pthread_mutex_lock(&pool->lock);
    job->next = pool->done;
    pool->done = job;
    pthread_mutex_unlock(&pool->lock);
    uint64_t one = 1;
    ssize_t written = write(pool->wake_fd, &one, sizeof one);
    (void)written; /* a full counter wakes as well */
}

static void *work(void *argument)
{
    struct pool *pool = argument;
    struct job *job;
    while ((job = wait_for_job(pool)) != NULL) {
        run(job);
        hand_back(pool, job);
    }
    return NULL;
}

bool pool_start(struct pool *pool, size_t threads, int wake_fd)
{
    memset(pool, 0, sizeof *pool);
    pool->wake_fd = wake_fd;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->has_work, NULL);
    while (pool->thread_count < threads && pool->thread_count < POOL_THREADS_MAX) {
        if (pthread_create(&pool->threads[pool->thread_count], NULL, work, pool) != 0)
            return pool->thread_count > 0;
        pool->thread_count++;
    }
    return true;
}

void pool_stop(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->is_stopping = true;
    pthread_cond_broadcast(&pool->has_work);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    pool->thread_count = 0;
}

static uint8_t *copy_of(smtpauth_view view)
{
    uint8_t *copy = malloc(view.len + 1);
    if (copy != NULL && view.len > 0)
        memcpy(copy, view.data, view.len);
    return copy;
}

static struct job *make(uint8_t kind, struct connection *owner)
{
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return NULL;
    job->kind = kind;
    job->owner = owner;
    return job;
}

static struct job *with_credentials(struct job *job, smtpauth_view identity, smtpauth_view password)
{
    if (job == NULL)
        return NULL;
    job->identity = copy_of(identity);
    job->identity_len = identity.len;
    job->password = copy_of(password);
    job->password_len = job->password != NULL ? password.len : 0;
    if (job->identity != NULL && job->password != NULL)
        return job;
    job_free(job);
    return NULL;
}

struct job *job_verify(struct connection *owner, struct users *users, smtpauth_view identity,
                       smtpauth_view password)
{
    struct job *job = with_credentials(make(JOB_VERIFY, owner), identity, password);
    if (job != NULL)
        job->users = users_hold(users);
    return job;
}

struct job *job_token(struct connection *owner, const char *program, int stop_fd, smtpauth_view identity,
                      smtpauth_view token)
{
    struct job *job = with_credentials(make(JOB_TOKEN, owner), identity, token);
    if (job != NULL) {
        job->program = program;
        job->stop_fd = stop_fd;
    }
    return job;
}

struct job *job_commit(struct connection *owner, struct mail *mail)
{
    struct job *job = make(JOB_COMMIT, owner);
    if (job != NULL)
        job->mail = mail;
    return job;
}

struct job *job_deliver(struct connection *owner, struct mail *mail, size_t index)
{
    struct job *job = make(JOB_DELIVER, owner);
    if (job != NULL) {
        job->mail = mail;
        job->index = index;
    }
    return job;
}

void job_free(struct job *job)
{
    if (job->password != NULL)
        smtpauth_wipe(job->password, job->password_len);
    free(job->password);
    free(job->identity);
    users_release(job->users);
    mail_free(job->mail);
    free(job);
}

void pool_submit(struct pool *pool, struct job *job)
{
    job->pool = pool;
    pthread_mutex_lock(&pool->lock);
    job->next = NULL;
    if (pool->first == NULL)
        pool->first = job;
    else
        pool->last->next = job;
    pool->last = job;
    pool->waiting++;
    pthread_cond_signal(&pool->has_work);
    pthread_mutex_unlock(&pool->lock);
}

bool pool_withdraw(struct job *job)
{
    struct pool *pool = job->pool;
    pthread_mutex_lock(&pool->lock);
    bool is_waiting = !job->is_running;
    struct job *before = NULL;
    for (struct job *other = pool->first; is_waiting && other != job; other = other->next)
        before = other;
    if (is_waiting) {
        if (before == NULL)
            pool->first = job->next;
        else
            before->next = job->next;
        if (pool->last == job)
            pool->last = before;
        pool->waiting--;
    }
    pthread_mutex_unlock(&pool->lock);
    return is_waiting;
}

size_t pool_waiting(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    size_t waiting = pool->waiting;
    pthread_mutex_unlock(&pool->lock);
    return waiting;
}

struct job *pool_collect(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct job *done = pool->done;
    pool->done = NULL;
    pthread_mutex_unlock(&pool->lock);
    for (struct job *job = done; job != NULL; job = job->next)
        job->is_done = true;
    return done;
}
