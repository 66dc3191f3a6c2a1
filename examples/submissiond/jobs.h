/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_JOBS_H
#define SUBMISSIOND_JOBS_H

/*
 * Slow work for other threads: checking a password (crypt) and committing a message (fsync). The loop submits a job and
 * goes on; when it is done, the pool's event descriptor wakes the loop, which collects it. A job belongs to the pool
 * between the two; its connection may die meanwhile, then `owner` is NULL when it comes back.
 */

#include "mail.h"
#include "users.h"

#include <pthread.h>

struct connection;

enum { JOB_VERIFY = 1, JOB_COMMIT = 2 };

struct job {
    struct job *next;
    struct connection *owner; /* read and written by the loop thread only */
    uint8_t kind;
    bool is_running; /* under the pool's lock */
    bool is_done;    /* collected; written by the loop thread only */
    /* JOB_VERIFY */
    struct users *users;
    size_t identity_len, password_len;
    uint8_t *identity, *password;
    int32_t verdict;
    /* JOB_COMMIT */
    struct mail *mail;
    int error; /* errno, or 0 */
};

enum { POOL_THREADS_MAX = 8 };

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t has_work;
    struct job *first, *last; /* waiting */
    struct job *done;
    size_t waiting;
    int wake_fd; /* eventfd of the loop */
    bool is_stopping;
    pthread_t threads[POOL_THREADS_MAX];
    size_t thread_count;
};

bool pool_start(struct pool *pool, size_t threads, int wake_fd);
void pool_stop(struct pool *pool); /* works off what waits, then ends the threads */

struct job *job_verify(struct connection *owner, struct users *users, smtpauth_view identity,
                       smtpauth_view password);
struct job *job_commit(struct connection *owner, struct mail *mail);
void job_free(struct job *job);

void pool_submit(struct pool *pool, struct job *job);
bool pool_withdraw(struct pool *pool, struct job *job); /* true: it had not begun, and is the caller's again */
size_t pool_waiting(struct pool *pool);
struct job *pool_collect(struct pool *pool); /* all that are done, linked by next */

#endif
