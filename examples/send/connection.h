/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SEND_CONNECTION_H
#define SEND_CONNECTION_H

/*
 * The way to the server: a socket that never blocks, with or without TLS over it, and waiting with a limit.
 */

#include "options.h"
#include "tls.h"

struct connection {
    int fd;
    struct tls *tls; /* NULL: none */
    char peer[64];   /* the address that answered, for the log */
    char fault[TLS_FAULT_MAX];
};

enum { CONNECTION_UP = 0, CONNECTION_UNKNOWN_HOST, CONNECTION_FAILED };

/* Tries every address that the name has. What went wrong is in `fault`. */
int connection_open(struct connection *connection, const struct options *options);
bool connection_start_tls(struct connection *connection, const struct options *options, int timeout_s);
void connection_close(struct connection *connection);

/* What reading came to, beside the octets that it moved. */
enum { READ_END = 0, READ_NOTHING = -1, READ_BROKEN = -2 };

/* A point in time, from now. */
int64_t connection_deadline(int timeout_s);

/* Waits until something was read, or the deadline is over (READ_NOTHING; 0: does not wait). */
ptrdiff_t connection_read(struct connection *connection, uint8_t *data, size_t cap, int64_t deadline);

/* Writes it all, or returns false; timeout_s is for each part that the server takes. */
bool connection_write(struct connection *connection, const uint8_t *data, size_t len, int timeout_s);

/* What is said in EHLO where no name was given: this machine's, if it has a domain, else the address literal of the
 * socket's own end. */
bool connection_own_name(const struct connection *connection, char *name, size_t cap);

#endif
