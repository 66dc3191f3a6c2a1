/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The event log. It must neither lie nor stop the server: untrusted octets are escaped, so that no client can forge a
 * line or a field, and a reader that does not read (a stuck pipe) costs lines, which are counted, but never time.
 */

#include "log.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool is_enabled;
static uint64_t dropped;

void log_enable(void)
{
    is_enabled = true;
}

bool log_is_enabled(void)
{
    return is_enabled;
}

/* Appends what fits; the last octet of the buffer is kept for the line end. */
static void append(struct log_line *line, const char *text, size_t len)
{
    size_t room = LOG_LINE_MAX - 1 - line->len;
    if (len > room)
        len = room;
    memcpy(line->text + line->len, text, len);
    line->len += len;
}

static void append_key(struct log_line *line, const char *key)
{
    append(line, " ", 1);
    append(line, key, strlen(key));
    append(line, "=", 1);
}

void log_begin(struct log_line *line, const char *event)
{
    line->len = 0;
    if (!is_enabled)
        return;
    struct timespec now;
    struct tm utc;
    char stamp[64], whole[80];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    int len = snprintf(whole, sizeof whole, "%s.%03ldZ ", stamp, now.tv_nsec / 1000000);
    append(line, whole, (size_t)len);
    append(line, event, strlen(event));
}

void log_word(struct log_line *line, const char *key, const char *value)
{
    if (!is_enabled)
        return;
    append_key(line, key);
    append(line, value, strlen(value));
}

void log_number(struct log_line *line, const char *key, uint64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    log_word(line, key, digits);
}

void log_quoted(struct log_line *line, const char *key, smtpauth_view value)
{
    if (!is_enabled)
        return;
    append_key(line, key);
    append(line, "\"", 1);
    for (size_t i = 0; i < value.len; i++) {
        uint8_t octet = value.data[i];
        char escaped[8];
        int len = octet == '"' || octet == '\\'    ? snprintf(escaped, sizeof escaped, "\\%c", octet)
                  : octet >= 0x20 && octet <= 0x7E ? snprintf(escaped, sizeof escaped, "%c", octet)
                                                   : snprintf(escaped, sizeof escaped, "\\x%02X", octet);
        append(line, escaped, (size_t)len);
    }
    append(line, "\"", 1);
}

void log_quoted_text(struct log_line *line, const char *key, const char *value)
{
    smtpauth_view view = {(const uint8_t *)value, strlen(value)};
    log_quoted(line, key, view);
}

/* POLLOUT on a pipe promises PIPE_BUF octets of room: a write of one line then does not block. */
static bool write_line(const char *text, size_t len)
{
    struct pollfd reader = {STDERR_FILENO, POLLOUT, 0};
    if (poll(&reader, 1, 0) != 1 || !(reader.revents & POLLOUT))
        return false;
    return write(STDERR_FILENO, text, len) == (ssize_t)len;
}

void log_emit(struct log_line *line)
{
    if (!is_enabled)
        return;
    line->text[line->len++] = '\n';
    if (dropped > 0) {
        struct log_line note;
        uint64_t count = dropped;
        log_begin(&note, "log-lines-lost");
        log_number(&note, "count", count);
        note.text[note.len++] = '\n';
        if (!write_line(note.text, note.len)) {
            dropped++;
            return;
        }
        dropped = 0;
    }
    if (!write_line(line->text, line->len))
        dropped++;
}

void log_problem(const char *what, const char *detail)
{
    struct log_line line;
    log_begin(&line, "problem");
    log_word(&line, "what", what);
    log_quoted_text(&line, "detail", detail);
    log_emit(&line);
}
