/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SEND_MESSAGE_H
#define SEND_MESSAGE_H

/*
 * The message: a header in memory, which may be changed, and a body that is read from a file wherever it is asked for, as a
 * login or another try may send it from its beginning again. What is no file is spooled into one without a name.
 */

#include "options.h"

struct message {
    int fd;
    uint8_t *header;
    size_t header_len;
    uint64_t begin;           /* where the header begins in the file: behind mbox's line */
    uint64_t body_at, octets; /* where the body begins in the file; octets of header, body and tail */
    size_t tail_len;          /* of the line end that the last line lacks, or of its LF */
    bool is_binary;
    uint64_t wire_octets; /* with every line end as CRLF */
    bool has_8bit;
    struct addresses sender; /* -t without FROM: the header's */
    size_t culprit;          /* the line of the header, from 1, that is no field; 0: there is none */
    smtpauth_view words;     /* it, for whom it is a fault; of the header */
};

/* Opens and reads it, takes recipients and sender from it where the options say so, and completes it. Returns EX_OK, or the
 * exit status when it cannot be, with `fault` saying why. `name` is this end's, for Message-ID. */
int message_open(struct message *message, struct options *options, const char **fault);
bool message_complete(struct message *message, const char *name);
void message_close(struct message *message);

/* Octets from the at-th on: how many, 0 at the end, -1 when they cannot be read. */
ptrdiff_t message_read(const struct message *message, uint64_t at, uint8_t *data, size_t cap);

#endif
