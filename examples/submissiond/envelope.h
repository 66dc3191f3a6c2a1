/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_ENVELOPE_H
#define SUBMISSIOND_ENVELOPE_H

/*
 * The envelope of a message, for whoever sends it on: a text of commands, one a line with LF, as the next server may
 * hear them,
 *
 *     MAIL FROM:<alice@example.test> BODY=8BITMIME RET=HDRS ENVID=QQ314159
 *     RCPT TO:<bob@example.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob@example.test
 *
 * so that nothing which EHLO offered and the client asked for is lost. Two parameters are left out: SIZE, as the message
 * has grown by our header, and AUTH, which is a claim of the client's (RFC 4954 5).
 */

#include "buffer.h"

/* Append one line. False: no memory, nothing was added. */
bool envelope_add_mail(struct buffer *envelope, smtpauth_view from, smtpauth_view parameters);
bool envelope_add_rcpt(struct buffer *envelope, smtpauth_view to, smtpauth_view parameters);

/* Keeps it on disk as the file `name` of a folder. 0 or an errno. Slow, any thread. */
int envelope_keep(const struct buffer *envelope, int folder, const char *name);

#endif
