/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_MAILBOX_H
#define SUBMISSIOND_MAILBOX_H

/*
 * Whom LMTP delivers to: an address has a mailbox when there is a folder of its name, in lower case, beside new and
 * tmp: `DIR/bob@example.test`. Its Maildir lies in it. A symbolic link is no mailbox, and no folder of one: whoever may
 * write to a mailbox must not thereby reach the rest of the disk.
 */

#include "maildir.h"

/* The loop's thread: a link of this name is logged. */
bool mailbox_exists(const struct maildir *maildir, smtpauth_view address);

/* Opens it for one delivery; maildir_close ends it. 0 or an errno: ENOENT when it has gone since it was asked for, as it
 * is never made here. Any thread. */
int mailbox_open(struct maildir *box, const struct maildir *maildir, const char *address);

#endif
