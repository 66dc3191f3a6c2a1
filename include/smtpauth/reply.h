/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_REPLY_H
#define SMTPAUTH_REPLY_H

/*
 * Replies, both ways: writing one (RFC 5321 4.2, enhanced codes by RFC 2034) and reading one.
 *
 *     535-5.7.8 Authentication credentials invalid
 *     535 5.7.8 Is the app password current?
 *     ^^^ ^^^^^
 *     code, enhanced code: on each line, equal on each line
 */

#include <smtpauth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SMTPAUTH_REPLY_UTF8 = 1 }; /* the words may be UTF-8 (RFC 6531 3.7.4.2), else ASCII only */

/* Writes a whole reply. A LF in `words` begins a new line of it; a line that would pass 512 octets is folded at
 * its last blank, or where it must. `enhanced` ("5.7.8") goes on every line, or on none when NULL. `written`
 * gets the octets written, CRLFs included; nothing is NUL-terminated.
 * DONE.
 * E_OUTPUT: `cap` holds only the first lines; these are written, the last of them as a reply's last line.
 * Nothing is
 *   written when not even one line fits.
 * E_WORDS: a control character other than LF, or 8-bit that the flags or UTF-8 do not allow; nothing written.
 * E_ARGUMENT: NULL, a code outside 200 to 599, or an enhanced code of another class; nothing written. */
SMTPAUTH_API int32_t smtpauth_reply_write(uint8_t *out, size_t cap, uint16_t code, const char *enhanced,
                                          const uint8_t *words, size_t words_len, uint32_t flags,
                                          size_t *written);

/* A reply that was read. The views point into the bytes that were parsed. */
typedef struct smtpauth_reply {
    uint16_t code;             /* 200 to 599 */
    uint16_t lines;            /* how many, 65535 at most */
    uint16_t enhanced_class;   /* 2, 4 or 5; 0 where there is no enhanced code of the code's own class */
    uint16_t enhanced_subject; /* 0 to 999 */
    uint16_t enhanced_detail;  /* 0 to 999 */
    uint16_t reserved16[3];    /* zero */
    smtpauth_view raw;         /* all lines, with their CRLFs */
    smtpauth_view text;        /* the last line's words, behind code and enhanced code */
    uint64_t reserved[4];      /* zero */
} smtpauth_reply;

SMTPAUTH_API size_t smtpauth_reply_size(void); /* sizeof(smtpauth_reply) */

/* Reads the reply that begins at `data`. Lines may end in CRLF or LF, a last line may be the bare code ("334").
 * Returns how many octets the reply takes, 0 when more input is needed (`*reply` is untouched), or E_WORDS when
 * this is no reply: no three digits, a code that changes from line to line, or a NUL. E_ARGUMENT on NULL, or
 * when `len` is over 65,536 octets and the reply still has no end. */
SMTPAUTH_API int32_t smtpauth_reply_parse(const uint8_t *data, size_t len, smtpauth_reply *reply);

/* The words of line `index` (from 0), behind code and enhanced code, without the line end.
 * DONE; E_ARGUMENT (NULL, or no such line). */
SMTPAUTH_API int32_t smtpauth_reply_line(const smtpauth_reply *reply, uint16_t index, smtpauth_view *line);

#ifdef __cplusplus
}
#endif

#endif
