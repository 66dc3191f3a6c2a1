/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "apart.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 8192 };

uint8_t apart_copy[APART_STACK];
size_t apart_len;

static uint8_t stack[APART_STACK];

/* Runs a function far enough down that the copying afterwards does not lie over its frames. */
static void descend(void (*function)(void))
{
    volatile uint8_t room[ROOM];
    room[0] = 0;
    apart_len = (size_t)((uintptr_t)room - (uintptr_t)stack);
    function();
    room[1] = 0;
}

static void *run(void *function)
{
    void (*volatile call)(void (*)(void)) = descend; /* volatile: a frame of its own, not a part of this one */
    call(*(void (**)(void))function);
    memcpy(apart_copy, stack, apart_len);
    return NULL;
}

void run_apart(void (*function)(void))
{
    pthread_attr_t attributes;
    pthread_t thread;
    memset(stack, 0, sizeof stack);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, sizeof stack), 0);
    assert_int_equal(pthread_create(&thread, &attributes, run, &function), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
}
