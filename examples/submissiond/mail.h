/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_MAIL_H
#define SUBMISSIOND_MAIL_H

/*
 * One transaction: the envelope, kept as the header fields it becomes, and the file behind it. Begun at MAIL, opened at
 * DATA, and owned by whoever has it: the connection, then the job that commits it.
 */

#include "maildir.h"

struct mail {
    struct maildir *maildir;
    struct mail_file file;
    uint8_t *header; /* the fields so far */
    size_t header_len, header_cap;
    size_t from_len; /* of the sender, which lies at a fixed place in the header */
    uint16_t recipients;
};

/* What the Received field tells. Views and strings are read during the call only. */
struct mail_trace {
    const char *client_name; /* of EHLO */
    const char *peer;        /* IP address */
    const char *user;        /* who logged in */
    const char *hostname;
    const char *protocol; /* "ESMTPSA" */
    bool is_utf8;         /* may the field hold UTF-8? */
};

struct mail *mail_begin(struct maildir *maildir, smtpauth_view from); /* NULL: no memory */
bool mail_add_recipient(struct mail *mail, smtpauth_view to);
smtpauth_view mail_from(const struct mail *mail);
uint64_t mail_size(const struct mail *mail); /* octets of the message so far, without our header */

/* These return 0 or an errno. */
int mail_open(struct mail *mail, const struct mail_trace *trace);
int mail_write(struct mail *mail, smtpauth_view data);
int mail_finish(struct mail *mail); /* all is written */
int mail_commit(struct mail *mail); /* slow, any thread */

void mail_free(struct mail *mail); /* what was not committed is gone; NULL is fine */

#endif
