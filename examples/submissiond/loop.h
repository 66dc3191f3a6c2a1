/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_LOOP_H
#define SUBMISSIOND_LOOP_H

/*
 * The loop: waits for sockets, workers, signals and the clock, and hands each to whom it concerns.
 */

#include "service.h"

/* Opens what the loop waits on and blocks the signals it takes, before any thread is started. */
bool loop_open(struct service *service);
void loop_run(struct service *service); /* until a signal says stop and all sessions have ended */
void loop_close(struct service *service);

#endif
