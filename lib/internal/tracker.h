/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_INTERNAL_TRACKER_H
#define SMTPAUTH_INTERNAL_TRACKER_H

/* The values of a tracker's fields. */

enum { GREETED_NOT = 0, GREETED_HELO = 1, GREETED_EHLO = 2 };

enum {
    TRANSACTION_NONE = 0,
    TRANSACTION_MAIL = 1,    /* MAIL accepted, no RCPT yet */
    TRANSACTION_REFUSED = 2, /* every RCPT so far was refused */
    TRANSACTION_RCPT = 3,    /* a RCPT was accepted */
    TRANSACTION_DATA = 4,    /* the message is under way, by DATA */
    TRANSACTION_CHUNKS = 5,  /* it is under way, by BDAT */
    TRANSACTION_BROKEN = 6,  /* a BDAT was refused: nothing of the message goes on (RFC 3030 2) */
    TRANSACTION_COUNT = 7
};

#endif
