/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_TOKEN_COMMAND_H
#define SUBMISSIOND_TOKEN_COMMAND_H

/*
 * Asks a program whether an OAuth token is good. It is started without a shell and without arguments, and reads two
 * lines from its standard input: the user whom the client says it is (empty when it named none), and the token. Its exit
 * status is the answer: 0 it is this user's, 1 it is not; anything else, a signal, or no answer within ten seconds means
 * that it cannot say just now. Where no user was named it prints the one that the token is for, as its first line.
 */

#include <smtpauth/types.h>

enum { TOKEN_NAME_MAX = SMTPAUTH_IDENTITY_MAX };

struct token_answer {
    int32_t verdict;   /* of tracker.h */
    const char *fault; /* why it is UNAVAILABLE, for the log; static */
    char name[TOKEN_NAME_MAX +
              1]; /* the first line printed; "" if there was none, or one that no user can have */
};

/* Slow, any thread. When `stop_fd` becomes readable the program is ended, and the answer is UNAVAILABLE. */
void token_command_run(const char *program, smtpauth_view user, smtpauth_view token, int stop_fd,
                       struct token_answer *answer);

#endif
