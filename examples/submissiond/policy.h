/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_POLICY_H
#define SUBMISSIOND_POLICY_H

/*
 * What the options and the users make of the library's policy.
 */

#include "service.h"

/* Fills the service's policy; its users are loaded. What may look wrong later is noted on stderr. False: `error` says
 * what can never work. */
bool policy_make(struct service *service, char *error, size_t error_cap);

/* Reads or makes the secret that the policy points to, where it needs one. The mail folder is open. */
bool policy_load_secret(struct service *service, char *error, size_t error_cap);

#endif
