/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef EXPLAIN_H
#define EXPLAIN_H

/* What the files of explain share. */

#include <smtpauth/advice.h>
#include <stdbool.h>
#include <stdio.h>

/* ---- text.c: words for a person ---- */

enum { TEXT_WIDTH_MIN = 40 };

/* Columns to write in: COLUMNS, or 80. */
unsigned text_width(void);

/* Words in lines of up to `width` columns, each behind `indent` blanks; the first begins behind `label`. */
void text_paragraph(const char *label, const char *words, unsigned indent, unsigned width);

/* Two texts beside each other. */
void text_columns(const char *left, const char *right, unsigned width);

/* Octets of somebody else: control characters and what is not UTF-8 become U+FFFD, so that no server writes to the
 * terminal. */
void text_foreign(FILE *out, const uint8_t *data, size_t len);

/* ---- json.c ---- */

typedef struct json_object {
    FILE *out;
    bool has_fields;
} json_object;

json_object json_begin(FILE *out);
void json_end(json_object *object); /* and a line end */
void json_string(json_object *object, const char *name, const char *value);
void json_octets(json_object *object, const char *name, const uint8_t *data, size_t len);
void json_number(json_object *object, const char *name, unsigned long value);
void json_bool(json_object *object, const char *name, bool value);
void json_null(json_object *object, const char *name);

/* ---- situation.c: where a reply came from, in words ---- */

/* A value of SMTPAUTH_PHASE_COUNT or SMTPAUTH_UNKNOWN and so on; -1 for a word that is none of them. */
int situation_phase(const char *word);
int situation_state(const char *word);
const char *situation_phase_name(uint8_t phase);

/* ---- answer.c: one reply ---- */

/* The words of line ends as they are typed: "\n" becomes CR LF. `out` needs 1 + strlen(text) octets; returns how many
 * there are. */
size_t answer_unescape(char *out, const char *text, size_t len);

/* Advice with the provider book; an empty one for what is no reply. */
smtpauth_advice answer_advise(const uint8_t *reply, size_t len, const smtpauth_situation *at);

void answer_print(const uint8_t *reply, size_t len, const smtpauth_advice *advice);
void answer_json(json_object *object, const uint8_t *reply, size_t len, const smtpauth_advice *advice);

/* "5.7.8"; "" where there is none. `out` holds 16. */
void answer_enhanced(const smtpauth_advice *advice, char *out);

/* ---- page.c: reasons ---- */

/* Reasons of a code in the catalogue, up to `max` of them; where it has none, the reason of the bare code. */
size_t page_reasons(uint16_t code, uint16_t *reasons, size_t max);

/* By name ("auth-required"); NONE for an unknown one. */
uint16_t page_reason_named(const char *name);

void page_print(uint16_t reason);
void page_json(json_object *object, uint16_t reason);
void page_beside(uint16_t left, uint16_t right);
void page_list(bool as_json);

/* ---- facts.c: what two codes that are taken for each other have in common, and what not ---- */

typedef struct fact {
    const char *aspect, *left, *right;
} fact;

typedef struct comparison {
    uint16_t left, right; /* reasons */
    const fact *facts;
    size_t fact_count;
    const char *const *differences;
    size_t difference_count;
} comparison;

/* NULL where none is written. `*swapped` when it is written for (right, left). */
const comparison *facts_between(uint16_t left, uint16_t right, bool *swapped);

/* ---- batch.c, log.c, markdown.c ---- */

/* These return a status of sysexits.h. */
int batch_run(FILE *in);
int log_run(FILE *in, const smtpauth_situation *given, bool as_json);
int markdown_run(void);

#endif
