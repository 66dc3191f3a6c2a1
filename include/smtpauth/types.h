/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_TYPES_H
#define SMTPAUTH_TYPES_H

/*
 * What every part shares: a view of bytes, the two windows, result codes and sizes.
 *
 * Wire bytes are always a pointer and a length, never NUL-terminated. Strings that a host writes into its own
 * configuration are NUL-terminated. No struct is passed or returned by value, no enum type is a struct's field.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) && !defined(_WIN32)
#define SMTPAUTH_API __attribute__((visibility("default")))
#else
#define SMTPAUTH_API
#endif

#define SMTPAUTH_VERSION_MAJOR 0
#define SMTPAUTH_VERSION_MINOR 1
#define SMTPAUTH_VERSION_PATCH 0

/* The version that the library was built as: major << 16 | minor << 8 | patch. Where header and library may
 * come from different places compare major with the constant above, and before 1.0 minor too: such versions may
 * have other functions. Values and the layouts of structures stay as they are. */
SMTPAUTH_API uint32_t smtpauth_version(void);

/* Bytes that lie somewhere else. Whoever hands out a view says how long it stays valid. `data` may be NULL when
 * `len` is 0. */
typedef struct smtpauth_view {
    const uint8_t *data;
    size_t len; /* octets */
} smtpauth_view;

/* The two windows of bytes an engine works on. The caller owns both; the engine moves the pointers forward and
 * the counts down by what it consumed and wrote, and never touches a byte outside of them. Input may be decoded
 * and wiped where it lies, so the input window must be writable. */
typedef struct smtpauth_io {
    uint8_t *next_in; /* received, not yet consumed */
    size_t avail_in;
    uint8_t *next_out; /* room for what is to be sent */
    size_t avail_out;
} smtpauth_io;

/* Results of functions that return int32_t. */
enum {
    SMTPAUTH_DONE = 0,
    SMTPAUTH_E_ARGUMENT = -1, /* NULL or out of range: nothing changed */
    SMTPAUTH_E_STATE = -2,    /* no such question is open: nothing changed */

    /* The answer does not fit the question, which WAS answered safely: by a server with 454 or 451, by a client
     * as if nothing were given. */
    SMTPAUTH_E_ANSWER = -3,

    SMTPAUTH_E_OUTPUT = -4, /* too little room in out: flush and call again; nothing changed */

    /* A server's words are unfit (CR, NUL, 8-bit, too long): the code was said, with the catalogue's words. A
     * client's message is unfit: it was given up. */
    SMTPAUTH_E_WORDS = -5,

    SMTPAUTH_E_POLICY = -6, /* the policy or config can never work; its _check names the fault */
    SMTPAUTH_E_VERSION = -7 /* a session of another size or version (a policy's wrong size is E_POLICY) */
};

/* Sizes in octets; those of lines include the CRLF. */
enum {
    SMTPAUTH_REPLY_MAX = 512,       /* room that must be free in out before anything is written */
    SMTPAUTH_LINE_MAX = 2048,       /* default limit of a command line (RFC 5321 4.5.3.1.4 asks for 512) */
    SMTPAUTH_AUTH_LINE_MAX = 16384, /* default limit of an AUTH line (RFC 4954 4 asks for 12288) */
    SMTPAUTH_IDENTITY_MAX = 255,    /* a longer user name is never asked about: 535 */
    SMTPAUTH_PATH_MAX = 256         /* a path with its brackets (RFC 5321 4.5.3.1.3) */
};

#ifdef __cplusplus
}
#endif

#endif
