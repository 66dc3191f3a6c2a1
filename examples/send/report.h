/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SEND_REPORT_H
#define SEND_REPORT_H

/*
 * What became of the message: gathered while it was sent, then told to a person on stderr, to a program as JSON on stdout,
 * and to both as an exit status.
 */

#include "options.h"

#include <smtpauth/client.h>

enum { REPORT_WORDS_MAX = 2048, REPORT_REFUSALS_MAX = 32, REPORT_FATE_WORDS_MAX = 512 };

/* A reply that refused something, and what the library made of it. */
struct refusal {
    smtpauth_refusal what; /* reason 0: there is none; code 0: the engine's own, without words */
    uint16_t cause, action, provider;
    uint32_t wait_s;
    bool same_secret;
    uint8_t words[REPORT_WORDS_MAX]; /* its lines as they came; the last ones where there are more */
    size_t words_len;
};

struct fate {
    uint16_t fate; /* SMTPAUTH_FATE_...; 0: nothing is known yet */
    bool is_final; /* LMTP: the delivery was answered */
    uint16_t code, enhanced_class, enhanced_subject, enhanced_detail, reason;
    uint8_t words[REPORT_FATE_WORDS_MAX]; /* the last line's, without its codes */
    size_t words_len;
};

struct report {
    const struct options *options;
    struct refusal refusals[REPORT_REFUSALS_MAX]; /* the first ones; the last place is for the last */
    size_t refusal_count;
    struct refusal first, last; /* cause and symptom */
    struct fate *recipients;    /* as many as the options have */
    uint16_t fate;              /* of the message; 0: it was never begun */
    bool may_resend;
    uint16_t why;    /* the session closed for this reason */
    int status;      /* EX_OK, or what went wrong here */
    char fault[512]; /* in words, "" for none */
    char login[256]; /* why no login was offered, "" for none */
    char tls[16];    /* "TLSv1.3", "" without */
    char mechanism[32];
};

bool report_begin(struct report *report, const struct options *options);
void report_end(struct report *report);

/* Takes a note of the engine's. */
void report_note(struct report *report, const smtpauth_client_event *event);

/* Something went wrong here, not at the server. The first one counts. */
__attribute__((format(printf, 3, 4))) void report_fail(struct report *report, int status, const char *format,
                                                       ...);

/* To be called when the session is over, if there was one, before it is told. */
void report_close(struct report *report, const smtpauth_client *client);

int report_status(const struct report *report);
bool report_is_accepted(const struct report *report);                    /* by some recipients at least */
const struct refusal *report_login_refusal(const struct report *report); /* NULL: there is none */
const char *report_mechanism(const struct report *report, const struct refusal *refusal);

/* report_text.c: on stderr, for a person. */
void report_print(const struct report *report);

/* report_json.c: on stdout, for a program. */
void report_print_json(const struct report *report);

const char *report_phase_name(uint16_t phase); /* "MAIL"; "" for none */
const char *report_fate_name(uint16_t fate);   /* "accepted" */

#endif
