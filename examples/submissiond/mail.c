/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Puts header fields before a message, Return-Path, Delivered-To and Received, and brings both to disk: to the queue, or
 * to a recipient.
 */

#include "mail.h"
#include "envelope.h"
#include "mailbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 65536 };

static char *text_of(smtpauth_view view)
{
    return strndup(view.len > 0 ? (const char *)view.data : "", view.len);
}

struct mail *mail_begin(struct maildir *maildir, bool is_lmtp, smtpauth_view from, smtpauth_view parameters)
{
    struct mail *mail = calloc(1, sizeof *mail);
    if (mail == NULL)
        return NULL;
    mail->maildir = maildir;
    mail->is_lmtp = is_lmtp;
    mail->file.fd = -1;
    mail->from = text_of(from);
    if (mail->from != NULL && envelope_add_mail(&mail->envelope, from, parameters))
        return mail;
    mail_free(mail);
    return NULL;
}

bool mail_add_recipient(struct mail *mail, smtpauth_view to, smtpauth_view parameters)
{
    char **list = realloc(mail->to, (mail->recipients + (size_t)1) * sizeof *list);
    if (list == NULL)
        return false;
    mail->to = list;
    mail->to[mail->recipients] = text_of(to);
    if (mail->to[mail->recipients] == NULL)
        return false;
    if (!envelope_add_rcpt(&mail->envelope, to, parameters)) {
        free(mail->to[mail->recipients]);
        return false;
    }
    mail->recipients++;
    return true;
}

uint64_t mail_size(const struct mail *mail)
{
    return mail->file.size > mail->header_len ? mail->file.size - mail->header_len : 0;
}

static bool add_return_path(struct buffer *header, const struct mail *mail)
{
    return buffer_add_text(header, "Return-Path: <") && buffer_add_text(header, mail->from) &&
           buffer_add_text(header, ">\r\n");
}

static bool add_delivered_to(struct buffer *header, const struct mail *mail, size_t index)
{
    return buffer_add_text(header, "Delivered-To: ") && buffer_add_text(header, mail->to[index]) &&
           buffer_add_text(header, "\r\n");
}

static bool make_header(struct mail *mail, struct trace *trace)
{
    bool is_good = mail->is_lmtp || add_return_path(&mail->header, mail);
    for (size_t i = 0; i < mail->recipients && !mail->is_lmtp; i++)
        is_good = is_good && add_delivered_to(&mail->header, mail, i);
    trace->id = mail->file.id;
    return is_good && trace_add(&mail->header, trace);
}

int mail_open(struct mail *mail, struct trace *trace)
{
    mail->header.len = 0; /* DATA may come again, with more recipients */
    int error = mail_file_open(&mail->file, mail->maildir);
    if (error == 0 && !make_header(mail, trace))
        error = ENOMEM;
    mail->header_len = mail->is_lmtp ? 0 : mail->header.len;
    if (error == 0)
        error = mail_file_write(&mail->file, mail->maildir, mail->header.data, mail->header_len);
    if (error != 0)
        mail_file_abandon(&mail->file, mail->maildir);
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

/* The envelope is safe before the message shows up, so who finds a message finds its envelope. A crash between the two
 * leaves an envelope alone, which nobody looks for. */
int mail_commit(struct mail *mail)
{
    int error = mail->file.error;
    if (error == 0)
        error = envelope_keep(&mail->envelope, mail->maildir->envelope_fd, mail->file.name);
    if (error != 0)
        return error;
    error = mail_file_commit(&mail->file, mail->maildir);
    if (error != 0)
        unlinkat(mail->maildir->envelope_fd, mail->file.name, 0);
    return error;
}

/* ---- LMTP ---- */

static int write_header(const struct mail *mail, size_t index, struct mail_file *copy,
                        const struct maildir *box)
{
    struct buffer header = {NULL, 0, 0};
    bool is_made = add_return_path(&header, mail) && add_delivered_to(&header, mail, index) &&
                   buffer_add(&header, mail->header.data, mail->header.len);
    int error = is_made ? mail_file_write(copy, box, header.data, header.len) : ENOMEM;
    buffer_free(&header);
    return error;
}

static int write_message(const struct mail *mail, struct mail_file *copy, const struct maildir *box)
{
    uint8_t *piece = malloc(PIECE);
    int error = piece != NULL ? 0 : ENOMEM;
    uint64_t at = 0;
    while (error == 0 && at < mail->file.size) {
        ssize_t got = pread(mail->file.fd, piece, PIECE, (off_t)at);
        if (got > 0)
            error = mail_file_write(copy, box, piece, (size_t)got);
        else if (got == 0 || errno != EINTR)
            error = got == 0 ? EIO : errno;
        at += got > 0 ? (uint64_t)got : 0;
    }
    free(piece);
    return error;
}

int mail_deliver(struct mail *mail, size_t index)
{
    struct maildir box;
    struct mail_file copy;
    int error = mailbox_open(&box, mail->maildir, mail->to[index]);
    if (error != 0)
        return error;
    box.count = mail->file.count << 16 | index; /* recipients are fewer; the same one may come twice */
    error = mail_file_open(&copy, &box);
    if (error == 0)
        error = write_header(mail, index, &copy, &box);
    if (error == 0)
        error = write_message(mail, &copy, &box);
    if (error == 0)
        error = mail_file_flush(&copy, &box);
    if (error == 0)
        error = mail_file_commit(&copy, &box);
    mail_file_abandon(&copy, &box);
    maildir_close(&box);
    return error;
}

void mail_free(struct mail *mail)
{
    if (mail == NULL)
        return;
    mail_file_abandon(&mail->file, mail->maildir);
    for (size_t i = 0; i < mail->recipients; i++)
        free(mail->to[i]);
    free(mail->to);
    free(mail->from);
    buffer_free(&mail->header);
    buffer_free(&mail->envelope);
    free(mail);
}
