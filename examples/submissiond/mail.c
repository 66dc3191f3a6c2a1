/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Turns an envelope into header fields: Return-Path and Delivered-To, and Received by RFC 5321 4.4. Nothing that a
 * client chose may break out of its field: addresses were checked by the library, names are cleaned here.
 */

#include "mail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char return_path[] = "Return-Path: <";

static bool append(struct mail *mail, const void *data, size_t len)
{
    if (len > mail->header_cap - mail->header_len) {
        size_t cap = (mail->header_len + len) * 2;
        uint8_t *header = realloc(mail->header, cap);
        if (header == NULL)
            return false;
        mail->header = header;
        mail->header_cap = cap;
    }
    memcpy(mail->header + mail->header_len, data, len);
    mail->header_len += len;
    return true;
}

static bool append_text(struct mail *mail, const char *text)
{
    return append(mail, text, strlen(text));
}

struct mail *mail_begin(struct maildir *maildir, smtpauth_view from)
{
    struct mail *mail = calloc(1, sizeof *mail);
    if (mail == NULL)
        return NULL;
    mail->maildir = maildir;
    mail->file.fd = -1;
    mail->from_len = from.len;
    if (append_text(mail, return_path) && append(mail, from.data, from.len) && append_text(mail, ">\r\n"))
        return mail;
    mail_free(mail);
    return NULL;
}

bool mail_add_recipient(struct mail *mail, smtpauth_view to)
{
    size_t before = mail->header_len;
    if (append_text(mail, "Delivered-To: ") && append(mail, to.data, to.len) && append_text(mail, "\r\n")) {
        mail->recipients++;
        return true;
    }
    mail->header_len = before;
    return false;
}

smtpauth_view mail_from(const struct mail *mail)
{
    smtpauth_view from = {mail->header + sizeof return_path - 1, mail->from_len};
    return from;
}

uint64_t mail_size(const struct mail *mail)
{
    return mail->file.size > mail->header_len ? mail->file.size - mail->header_len : 0;
}

/* The name of EHLO: what is not a domain's or an address literal's character becomes '?'. */
static bool append_name(struct mail *mail, const char *name, bool is_utf8)
{
    bool is_good = true;
    for (; *name != '\0' && is_good; name++) {
        bool is_plain = *name > ' ' && *name < 0x7F && strchr("()<>\\\"", *name) == NULL;
        bool is_kept = is_plain || (is_utf8 && (uint8_t)*name > 0x7F);
        is_good = append(mail, is_kept ? name : "?", 1);
    }
    return is_good;
}

/* The user's name, in a comment: parentheses and backslashes are quoted (RFC 5322 3.2.1). */
static bool append_comment(struct mail *mail, const char *text, bool is_utf8)
{
    bool is_good = true;
    for (; *text != '\0' && is_good; text++) {
        bool is_special = strchr("()\\", *text) != NULL;
        bool is_kept = (*text >= ' ' && *text < 0x7F) || (is_utf8 && (uint8_t)*text > 0x7F);
        is_good = (!is_special || append_text(mail, "\\")) && append(mail, is_kept ? text : "?", 1);
    }
    return is_good;
}

static bool append_received(struct mail *mail, const struct mail_trace *trace)
{
    char date[64];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &utc);
    const char *const tag = strchr(trace->peer, ':') != NULL ? "IPv6:" : "";
    return append_text(mail, "Received: from ") && append_name(mail, trace->client_name, trace->is_utf8) &&
           append_text(mail, " ([") && append_text(mail, tag) && append_text(mail, trace->peer) &&
           append_text(mail, "])\r\n\t(Authenticated sender: ") &&
           append_comment(mail, trace->user, trace->is_utf8) && append_text(mail, ")\r\n\tby ") &&
           append_text(mail, trace->hostname) && append_text(mail, " with ") &&
           append_text(mail, trace->protocol) && append_text(mail, " id ") &&
           append_text(mail, mail->file.id) && append_text(mail, ";\r\n\t") && append_text(mail, date) &&
           append_text(mail, "\r\n");
}

int mail_open(struct mail *mail, const struct mail_trace *trace)
{
    size_t before = mail->header_len;
    int error = mail_file_open(&mail->file, mail->maildir);
    if (error == 0 && !append_received(mail, trace))
        error = ENOMEM;
    if (error == 0)
        error = mail_file_write(&mail->file, mail->maildir, mail->header, mail->header_len);
    if (error != 0) { /* as if never opened: DATA may come again */
        mail_file_abandon(&mail->file, mail->maildir);
        mail->header_len = before;
    }
    return error;
}

int mail_write(struct mail *mail, smtpauth_view data)
{
    return mail_file_write(&mail->file, mail->maildir, data.data, data.len);
}

int mail_finish(struct mail *mail)
{
    return mail_file_flush(&mail->file, mail->maildir);
}

int mail_commit(struct mail *mail)
{
    return mail_file_commit(&mail->file, mail->maildir);
}

void mail_free(struct mail *mail)
{
    if (mail == NULL)
        return;
    mail_file_abandon(&mail->file, mail->maildir);
    free(mail->header);
    free(mail);
}
