/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Lines of phase, state and reply, parted by tabs: an object for each, in order, whatever a line holds. */

#include "explain.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

typedef struct batch_line {
    char phase[16], state[16];
    const char *reply;
    size_t reply_len;
    bool has_fields;
} batch_line;

/* Copies a field up to its tab into `out`; what is too long for a word is none. */
static const char *take_word(const char *at, const char *end, char *out, size_t cap)
{
    const char *tab = memchr(at, '\t', (size_t)(end - at));
    if (tab == NULL)
        return NULL;
    size_t len = (size_t)(tab - at);
    if (len < cap) {
        memcpy(out, at, len);
        out[len] = '\0';
    } else {
        memcpy(out, "?", sizeof "?"); /* no word that is known is so long */
    }
    return tab + 1;
}

static batch_line read_line(const char *line, size_t len)
{
    batch_line read = {"", "", line, len, false};
    const char *end = line + len, *state = take_word(line, end, read.phase, sizeof read.phase);
    const char *reply = state != NULL ? take_word(state, end, read.state, sizeof read.state) : NULL;
    read.has_fields = reply != NULL;
    if (reply == NULL && state != NULL)
        reply = state;
    if (reply != NULL) {
        read.reply = reply;
        read.reply_len = (size_t)(end - reply);
    }
    return read;
}

static const char *error_of(const batch_line *line, int phase, int state)
{
    if (!line->has_fields)
        return "not three fields parted by tabs";
    if (phase < 0)
        return "unknown phase";
    return state < 0 ? "unknown state" : NULL;
}

static bool answer(const char *text, size_t len)
{
    batch_line line = read_line(text, len);
    int phase = situation_phase(line.phase), state = situation_state(line.state);
    const char *error = error_of(&line, phase, state);
    smtpauth_situation at;
    memset(&at, 0, sizeof at);
    at.size = sizeof at;
    at.phase = phase < 0 ? (uint8_t)SMTPAUTH_PHASE_UNKNOWN : (uint8_t)phase;
    at.authenticated = state < 0 ? (uint8_t)SMTPAUTH_UNKNOWN : (uint8_t)state;

    char *reply = malloc(line.reply_len + 1);
    if (reply == NULL)
        return false;
    size_t reply_len = answer_unescape(reply, line.reply, line.reply_len);
    smtpauth_advice advice = answer_advise((const uint8_t *)reply, reply_len, &at);
    json_object object = json_begin(stdout);
    answer_json(&object, (const uint8_t *)reply, reply_len, &advice);
    if (error != NULL)
        json_string(&object, "error", error);
    json_end(&object);
    free(reply);
    return true;
}

int batch_run(FILE *in)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    bool is_well = true;
    while (is_well && (len = getline(&line, &cap, in)) >= 0) {
        if (len > 0 && line[len - 1] == '\n')
            len--;
        if (len > 0 && line[len - 1] == '\r')
            len--;
        is_well = answer(line, (size_t)len);
    }
    free(line);
    if (!is_well)
        return EX_OSERR;
    return ferror(in) ? EX_IOERR : EX_OK;
}
