/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_JOBS_H
#define SUBMISSIOND_JOBS_H

/*
 * Slow work for other threads: checking a password (crypt, SCRAM), asking a program about a token, and bringing a message
 * to disk (fsync). The loop submits a job and goes on; when it is done, the pool's event descriptor wakes the loop, which
 * collects it. A job belongs to the pool between the two; its connection may die meanwhile, then `owner` is NULL when it
 * comes back.
 */

#include "mail.h"
#include "token_command.h"
#include "users.h"

#include <pthread.h>

struct connection;

enum { JOB_VERIFY = 1, JOB_TOKEN = 2, JOB_COMMIT = 3, JOB_DELIVER = 4 };

struct job {
    struct job *next;
    struct connection *owner; /* read and written by the loop thread only */
    struct pool *pool;        /* where it was submitted */
    uint8_t kind;
    bool is_running; /* under the pool's lock */
    bool is_done;    /* collected; written by the loop thread only */
    /* JOB_VERIFY, JOB_TOKEN */
    struct users *users;
    size_t identity_len, password_len;
    uint8_t *identity, *password; /* or token */
    int32_t verdict;
    const char *program;
    int stop_fd;
    struct token_answer answer;
    /* JOB_COMMIT, JOB_DELIVER */
    struct mail *mail;
    size_t index; /* of the recipient */
    int error;    /* errno, or 0 */
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

/* NULL: no memory. A job for a mail takes it over. */
struct job *job_verify(struct connection *owner, struct users *users, smtpauth_view identity,
                       smtpauth_view password);
struct job *job_token(struct connection *owner, const char *program, int stop_fd, smtpauth_view identity,
                      smtpauth_view token);
struct job *job_commit(struct connection *owner, struct mail *mail);
struct job *job_deliver(struct connection *owner, struct mail *mail, size_t index);
void job_free(struct job *job);

void pool_submit(struct pool *pool, struct job *job);
bool pool_withdraw(struct job *job); /* true: it had not begun, and is the caller's again */
size_t pool_waiting(struct pool *pool);
struct job *pool_collect(struct pool *pool); /* all that are done, linked by next */

#endif
