/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_SASL_H
#define SMTPAUTH_SASL_H

/*
 * Mechanisms. Each is named by its function, so that a list of them may lie in ROM and a mechanism nobody names is
 * never linked:
 *
 *     static smtpauth_mechanism_fn *const mechanisms[] = {smtpauth_plain, smtpauth_login, NULL};
 */

#include <smtpauth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct smtpauth_mechanism smtpauth_mechanism; /* opaque */
typedef const smtpauth_mechanism *smtpauth_mechanism_fn(void);

/* Server halves. Both send the password itself, so without TLS neither is offered unless the policy says
 * SMTPAUTH_CLEAR_AUTH. */
SMTPAUTH_API const smtpauth_mechanism *smtpauth_plain(void); /* RFC 4616 */
SMTPAUTH_API const smtpauth_mechanism *smtpauth_login(void); /* no RFC: what appliances and Outlook use */

/* A mechanism's name, "PLAIN"; "" for NULL. Static storage. */
SMTPAUTH_API const char *smtpauth_mechanism_name(const smtpauth_mechanism *mechanism);

#ifdef __cplusplus
}
#endif

#endif
