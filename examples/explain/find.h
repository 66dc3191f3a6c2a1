/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef EXPLAIN_FIND_H
#define EXPLAIN_FIND_H

/* Replies and commands in the lines of logs, as mail programs and libraries write them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct found_reply {
    unsigned code; /* 0: there is none in the line */
    bool is_last;  /* no '-' behind the code */
    const char *words;
    size_t words_len;
    int phase; /* of "(in reply to RCPT TO command)"; 0 where the line does not say */
} found_reply;

found_reply find_reply(const char *line, size_t len);

/* The phase that begins with the command in this line, 0 for none. */
int find_command(const char *line, size_t len);

/* Does the line hold `word`, letters of either case, with no letter or digit before and behind it? */
bool find_word(const char *line, size_t len, const char *word);

#endif
