/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_MAILDIR_H
#define SUBMISSIOND_MAILDIR_H

/*
 * A Maildir and the files that are being delivered to it. A file grows in tmp while the message streams in; commit
 * makes it safe and moves it to new. From then on a crash at any moment leaves it there; before, it leaves at most a
 * file in tmp, which nobody reads.
 */

#include <smtpauth/types.h>

struct maildir {
    int top_fd, tmp_fd, new_fd; /* the folders; -1: closed */
    int envelope_fd;            /* where the envelopes of the messages in new are; -1: there are none */
    const char *hostname;
    uint64_t count; /* of the last file begun; makes names unique within this process */
};

enum { MAIL_ID_MAX = 32, MAIL_NAME_MAX = 160, MAIL_BUFFER = 16384 };

struct mail_file {
    int fd;    /* -1: none */
    int error; /* the first errno; whoever has failed stays failed */
    uint64_t size;
    uint64_t count; /* the Maildir's, when it was begun */
    size_t buffered;
    uint8_t *buffer;
    char id[MAIL_ID_MAX]; /* the queue id, letters and digits */
    char name[MAIL_NAME_MAX];
};

/* Opens the one at `path`: makes it and its folders where they are missing and drops what crashes left in tmp more than
 * 36 hours ago. 0 or an errno; ENOTDIR for a folder in it that is a symbolic link. */
int maildir_open(struct maildir *maildir, const char *path, const char *hostname, bool has_envelopes);

/* The same for the one called `name` in the folder `parent`, without envelopes; but it is never made itself (ENOENT), nor
 * may it be a symbolic link (ENOTDIR). */
int maildir_open_existing(struct maildir *maildir, int parent, const char *name, const char *hostname);
void maildir_close(struct maildir *maildir);
bool maildir_has_room(const struct maildir *maildir, uint64_t size);

/* These return 0 or an errno. */
int mail_file_open(struct mail_file *file, struct maildir *maildir);
int mail_file_write(struct mail_file *file, const struct maildir *maildir, const void *data, size_t len);
int mail_file_flush(struct mail_file *file, const struct maildir *maildir);  /* before commit */
int mail_file_commit(struct mail_file *file, const struct maildir *maildir); /* slow, any thread */

void mail_file_abandon(struct mail_file *file,
                       const struct maildir *maildir); /* unlinks what was not committed */

#endif
