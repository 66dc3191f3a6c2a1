/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_MAILBOX_H
#define SUBMISSIOND_MAILBOX_H

/*
 * Whom LMTP delivers to: an address has a mailbox when there is a folder of its name, in lower case, beside new and
 * tmp: `DIR/bob@example.test`. Its Maildir lies in it.
 */

#include "maildir.h"

bool mailbox_exists(const struct maildir *maildir, smtpauth_view address);

/* Opens it for one delivery; maildir_close ends it. 0 or an errno. Any thread. */
int mailbox_open(struct maildir *box, const struct maildir *maildir, const char *address);

#endif
