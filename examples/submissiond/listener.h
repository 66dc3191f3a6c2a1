/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_LISTENER_H
#define SUBMISSIOND_LISTENER_H

/*
 * The sockets that take new connections.
 */

#include "service.h"

/* Binds all that the options name and prints one line for each. False: said on stderr. */
bool listeners_open(struct service *service);
void listeners_close(struct service *service);

void listener_on_socket(struct service *service, struct listener *listener);
void listeners_resume(struct service *service); /* takes connections again, if it is time to */

#endif
