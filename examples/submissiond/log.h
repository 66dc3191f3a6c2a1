/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_LOG_H
#define SUBMISSIOND_LOG_H

/*
 * One line per event on stderr: `2026-11-24T14:20:21.123Z auth peer=192.0.2.7 ... identity="alice"`. A line is begun,
 * gets its fields and is emitted. What came from a client goes through log_quoted, which leaves printable ASCII only.
 * Loop thread only. Without --log every call does nothing.
 */

#include <smtpauth/types.h>

/* At most what a pipe takes in one piece (PIPE_BUF), so that a line is written whole or not at all. */
enum { LOG_LINE_MAX = 4096 };

struct log_line {
    size_t len;
    char text[LOG_LINE_MAX];
};

void log_enable(void);
bool log_is_enabled(void);

void log_begin(struct log_line *line, const char *event);
void log_word(struct log_line *line, const char *key, const char *value); /* our own words, no blanks */
void log_number(struct log_line *line, const char *key, uint64_t value);
void log_quoted(struct log_line *line, const char *key, smtpauth_view value);
void log_quoted_text(struct log_line *line, const char *key, const char *value);
void log_emit(struct log_line *line);

/* A problem of the server itself, in one call. */
void log_problem(const char *what, const char *detail);

#endif
