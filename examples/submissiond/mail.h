/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_MAIL_H
#define SUBMISSIOND_MAIL_H

/*
 * One transaction: its envelope and the file that the message streams into. Begun at MAIL, opened at DATA or the first
 * BDAT, and owned by whoever has it: the connection, or the job that commits or delivers it.
 *
 * A submission server queues: mail_commit puts one file with all recipients into the Maildir's new, and the envelope
 * beside it. An LMTP server delivers: the message is spooled, and mail_deliver copies it into the Maildir of one
 * recipient after the other.
 */

#include "buffer.h"
#include "maildir.h"
#include "trace.h"

struct mail {
    struct maildir *maildir;
    struct mail_file file;
    struct buffer envelope;
    struct buffer header; /* what is put before the message; LMTP: only what is so for all recipients */
    size_t header_len;    /* of it in the file: LMTP none */
    char *from;
    char **to;
    uint16_t recipients;
    bool is_lmtp;
};

/* `parameters`: of the command, raw. NULL, false: no memory. */
struct mail *mail_begin(struct maildir *maildir, bool is_lmtp, smtpauth_view from, smtpauth_view parameters);
bool mail_add_recipient(struct mail *mail, smtpauth_view to, smtpauth_view parameters);

uint64_t mail_size(const struct mail *mail); /* octets of the message so far, without our header */

/* These return 0 or an errno. `trace->id` is filled in. */
int mail_open(struct mail *mail, struct trace *trace);
int mail_write(struct mail *mail, smtpauth_view data);
int mail_finish(struct mail *mail);                /* all is written; may be called again */
int mail_commit(struct mail *mail);                /* slow, any thread */
int mail_deliver(struct mail *mail, size_t index); /* the same */

void mail_free(struct mail *mail); /* what was not committed is gone; NULL is fine */

#endif
