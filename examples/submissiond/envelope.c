/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "envelope.h"

#include <errno.h>
#include <fcntl.h>
#include <smtpauth/text.h>
#include <string.h>
#include <unistd.h>

static bool is_left_out(smtpauth_view parameter)
{
    static const char *const keywords[] = {"SIZE=", "AUTH="};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        size_t len = strlen(keywords[i]);
        if (parameter.len >= len && smtpauth_text_is(parameter.data, len, keywords[i]))
            return true;
    }
    return false;
}

static bool add_parameters(struct buffer *envelope, smtpauth_view all)
{
    bool is_good = true;
    for (size_t at = 0; at < all.len && is_good;) {
        size_t end = at;
        while (end < all.len && all.data[end] != ' ' && all.data[end] != '\t')
            end++;
        smtpauth_view one = {all.data + at, end - at};
        if (one.len > 0 && !is_left_out(one))
            is_good = buffer_add(envelope, " ", 1) && buffer_add(envelope, one.data, one.len);
        at = end + 1;
    }
    return is_good;
}

static bool add_line(struct buffer *envelope, const char *command, smtpauth_view path, smtpauth_view parameters)
{
    size_t before = envelope->len;
    if (buffer_add_text(envelope, command) && buffer_add(envelope, path.data, path.len) &&
        buffer_add(envelope, ">", 1) && add_parameters(envelope, parameters) && buffer_add(envelope, "\n", 1))
        return true;
    envelope->len = before;
    return false;
}

bool envelope_add_mail(struct buffer *envelope, smtpauth_view from, smtpauth_view parameters)
{
    return add_line(envelope, "MAIL FROM:<", from, parameters);
}

bool envelope_add_rcpt(struct buffer *envelope, smtpauth_view to, smtpauth_view parameters)
{
    return add_line(envelope, "RCPT TO:<", to, parameters);
}

static int write_all(int fd, const struct buffer *envelope)
{
    for (size_t at = 0; at < envelope->len;) {
        ssize_t written = write(fd, envelope->data + at, envelope->len - at);
        if (written < 0 && errno != EINTR)
            return errno;
        at += written > 0 ? (size_t)written : 0;
    }
    return 0;
}

int envelope_keep(const struct buffer *envelope, int folder, const char *name)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    int error = write_all(fd, envelope);
    if (error == 0 && fsync(fd) != 0)
        error = errno;
    if (close(fd) != 0 && error == 0)
        error = errno;
    if (error == 0 && fsync(folder) != 0)
        error = errno;
    if (error != 0)
        unlinkat(folder, name, 0);
    return error;
}
