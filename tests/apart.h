/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef TESTS_APART_H
#define TESTS_APART_H

/*
 * Runs a function on a stack of its own, a thread's, and keeps a copy of what its frames left there. What lies on it
 * depends on compiler and flags: what is proven by it is proven for those it was run with.
 */

#include <stddef.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#define APART_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define APART_SANITIZED 1
#endif
#endif
#if defined(APART_SANITIZED)
#error "AddressSanitizer has copies of its own on the stack: make sanitize leaves these tests out"
#endif

enum { APART_STACK = 256 * 1024 };

extern uint8_t apart_copy[APART_STACK]; /* of the stack behind the last run */
extern size_t apart_len;                /* octets of it that lay below the function */

void run_apart(void (*function)(void));

#endif
