/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_INTERNAL_REPLY_H
#define SMTPAUTH_INTERNAL_REPLY_H

#include <smtpauth/reply.h>

/* One line of a reply. */
typedef struct smtpa_reply_line {
    size_t len; /* with line end; 0: incomplete */
    uint16_t code;
    bool is_last, is_bad;
    smtpauth_view words; /* behind code and separator, without line end */
} smtpa_reply_line;

smtpa_reply_line smtpa_reply_line_read(const uint8_t *data, size_t len);

/* "c.ddd.ddd" with the class of the code (RFC 2034 4, RFC 3463 2). */
bool smtpa_enhanced_fits(const char *enhanced, uint16_t code);

/* May these octets be a reply's words? LF parts lines. */
bool smtpa_words_fit(const uint8_t *words, size_t len, bool allow_utf8);

/* Splits "5.7.8 words" when the class is the code's own (RFC 2034 4); else leaves the words as they are. `reply` may
 * be NULL. */
void smtpa_split_enhanced(smtpauth_reply *reply, smtpauth_view *words, uint16_t code);

#endif
