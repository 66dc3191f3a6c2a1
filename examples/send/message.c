/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "message.h"
#include "header.h"
#include "words.h"

#include <smtpauth/text.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { HEADER_MAX = 1 << 24, PART = 1 << 16, WORDS_MAX = 60 };

/* ---- Reading it ---- */

static ptrdiff_t read_at(int fd, uint64_t at, uint8_t *data, size_t cap)
{
    ssize_t got;
    do
        got = pread(fd, data, cap, (off_t)at);
    while (got < 0 && errno == EINTR);
    return got;
}

/* A file without a name that holds what `from` yields, or -1. */
static int spool(int from)
{
    FILE *file = tmpfile();
    int fd = file != NULL ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 0) : -1;
    if (file != NULL)
        fclose(file);
    uint8_t part[PART];
    ssize_t got = 0;
    while (fd >= 0 && ((got = read(from, part, sizeof part)) > 0 || (got < 0 && errno == EINTR))) {
        for (ssize_t done = 0; got > 0 && done < got;) {
            ssize_t written = write(fd, part + done, (size_t)(got - done));
            if (written < 0 && errno != EINTR) {
                close(fd);
                return -1;
            }
            done += written > 0 ? written : 0;
        }
    }
    if (fd >= 0 && got < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static int open_source(const char *name)
{
    struct stat facts;
    int fd = name != NULL ? open(name, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (fd < 0 || fstat(fd, &facts) != 0)
        return -1;
    bool is_at_begin = S_ISREG(facts.st_mode) && lseek(fd, 0, SEEK_CUR) == 0;
    if (is_at_begin)
        return fd;
    int spooled = spool(fd);
    if (name != NULL)
        close(fd);
    return spooled;
}

/* Reads it once: how long is it on the wire, are there octets over 127? */
static bool survey(struct message *message)
{
    uint8_t part[PART], before = 0;
    uint64_t at = 0;
    ptrdiff_t got;
    message->octets = message->wire_octets = message->tail_len = 0;
    while ((got = message_read(message, at, part, sizeof part)) > 0) {
        for (ptrdiff_t i = 0; i < got; i++) {
            bool is_bare = (part[i] == '\n' && before != '\r') || (before == '\r' && part[i] != '\n');
            message->wire_octets += is_bare;
            message->has_8bit = message->has_8bit || part[i] > 0x7F;
            before = part[i];
        }
        at += (uint64_t)got;
    }
    bool lacks_end = !message->is_binary && at > 0 && before != '\n';
    message->tail_len = lacks_end && before != '\r' ? 2 : lacks_end;
    message->octets = at + message->tail_len;
    message->wire_octets += message->octets;
    return got == 0;
}

/* Is all of the header there: was the file read to its end, or does a whole line stand behind the header? */
static bool has_header(const struct message *message, size_t len, bool is_end)
{
    size_t culprit;
    size_t end = header_length((smtpauth_view){message->header, len}, &culprit);
    return is_end || (end < len && memchr(message->header + end, '\n', len - end) != NULL);
}

/* `loaded`: the header and what was read behind it. errno is EFBIG where it does not end. */
static bool load_header(struct message *message, smtpauth_view *loaded)
{
    size_t len = 0, cap = PART;
    for (bool is_end = false; !has_header(message, len, is_end);) {
        uint8_t *larger =
            len == cap || message->header == NULL ? realloc(message->header, cap *= 2) : message->header;
        if (larger == NULL || cap > HEADER_MAX) {
            message->header = larger != NULL ? larger : message->header;
            errno = larger != NULL ? EFBIG : ENOMEM;
            return false;
        }
        message->header = larger;
        ptrdiff_t got = read_at(message->fd, message->begin + len, message->header + len, cap - len);
        if (got < 0)
            return false;
        len += (size_t)got;
        is_end = got == 0;
    }
    *loaded = (smtpauth_view){message->header, len};
    message->header_len = header_length(*loaded, &message->culprit);
    message->body_at = message->begin + message->header_len;
    return true;
}

/* Where recipients are the header's, mbox's line before it goes, and where it ends has to be beyond doubt: whoever takes
 * what stands behind a strange line for fields would find a Bcc there. */
static bool load_strictly(struct message *message)
{
    smtpauth_view loaded;
    bool is_loaded = load_header(message, &loaded);
    message->begin = is_loaded ? header_postmark_length(loaded) : 0;
    if (message->begin > 0)
        is_loaded = load_header(message, &loaded);
    if (is_loaded && message->culprit > 0) {
        smtpauth_view rest = {loaded.data + message->header_len, loaded.len - message->header_len};
        words_next_line(&rest, &message->words);
        if (message->words.len > WORDS_MAX)
            message->words.len = WORDS_MAX;
        message->culprit += message->begin > 0;
    }
    return is_loaded;
}

ptrdiff_t message_read(const struct message *message, uint64_t at, uint8_t *data, size_t cap)
{
    static const char line_end[] = "\r\n";
    if (message->tail_len > 0 && at >= message->octets - message->tail_len) {
        size_t left = (size_t)(message->octets - at);
        memcpy(data, line_end + 2 - left, left < cap ? left : cap);
        return (ptrdiff_t)(left < cap ? left : cap);
    }
    if (at >= message->header_len)
        return read_at(message->fd, message->body_at + (at - message->header_len), data, cap);
    size_t len = message->header_len - (size_t)at;
    if (len > cap)
        len = cap;
    memcpy(data, message->header + at, len);
    return (ptrdiff_t)len;
}

/* ---- Who sends, who receives ---- */

/* Is it this field, or its form in a message that was sent on (RFC 5322 3.6.6)? */
static bool is_named(const struct header_field *field, const char *prefix, const char *name)
{
    char whole[32];
    snprintf(whole, sizeof whole, "%s%s", prefix, name);
    return header_field_is(field, whole);
}

static bool is_recipient_field(const struct header_field *field, const char *prefix)
{
    return is_named(field, prefix, "To") || is_named(field, prefix, "Cc") || is_named(field, prefix, "Bcc");
}

static bool is_sent_on(const struct message *message)
{
    smtpauth_view rest = {message->header, message->header_len};
    struct header_field field;
    while (header_next(&rest, &field))
        if (is_recipient_field(&field, "Resent-"))
            return true;
    return false;
}

static void take_addresses(struct message *message, struct options *options)
{
    struct addresses from = {NULL, 0};
    smtpauth_view rest = {message->header, message->header_len};
    struct header_field field;
    const char *prefix = is_sent_on(message) ? "Resent-" : "";
    while (header_next(&rest, &field)) {
        if (is_recipient_field(&field, prefix))
            header_addresses(field.body, &options->recipients);
        else if (is_named(&field, prefix, "Sender"))
            header_addresses(field.body, &message->sender);
        else if (is_named(&field, prefix, "From"))
            header_addresses(field.body, &from);
    }
    if (message->sender.count == 0 && from.count > 0)
        addresses_add(&message->sender, from.items[0], strlen(from.items[0]));
    for (size_t i = 0; i < from.count; i++)
        free(from.items[i]);
    free(from.items);
    if (options->sender == NULL && message->sender.count > 0)
        options->sender = message->sender.items[0];
}

static void drop_bcc(struct message *message)
{
    smtpauth_view rest = {message->header, message->header_len};
    struct header_field field;
    size_t kept = 0;
    while (header_next(&rest, &field)) {
        if (header_field_is(&field, "Bcc") || header_field_is(&field, "Resent-Bcc"))
            continue;
        memmove(message->header + kept, field.all.data, field.all.len);
        kept += field.all.len;
    }
    memmove(message->header + kept, rest.data, rest.len); /* the empty line */
    message->header_len = kept + rest.len;
}

int message_open(struct message *message, struct options *options, const char **fault)
{
    memset(message, 0, sizeof *message);
    message->is_binary = options->envelope.body == SMTPAUTH_BODY_BINARYMIME;
    message->fd = open_source(options->message);
    smtpauth_view loaded;
    if (message->fd < 0 ||
        !(options->takes_recipients ? load_strictly(message) : load_header(message, &loaded))) {
        bool is_endless = errno == EFBIG;
        *fault = is_endless ? "the header does not end within 16 MiB" : strerror(errno);
        return is_endless ? EX_DATAERR : EX_NOINPUT;
    }
    if (options->takes_recipients && message->culprit > 0) {
        *fault = "no empty line ends the header, so that others may find fields, even a Bcc, behind";
        return EX_DATAERR;
    }
    if (options->takes_recipients) {
        take_addresses(message, options);
        drop_bcc(message);
        *fault = options->sender == NULL ? "the header names no sender: give FROM"
                                         : "the header names no recipient, and none was given";
        if (options->sender == NULL || options->recipients.count == 0)
            return EX_DATAERR;
    }
    if (!survey(message)) {
        *fault = strerror(errno);
        return EX_NOINPUT;
    }
    return EX_OK;
}

void message_close(struct message *message)
{
    if (message->fd > STDERR_FILENO)
        close(message->fd);
    free(message->header);
    for (size_t i = 0; i < message->sender.count; i++)
        free(message->sender.items[i]);
    free(message->sender.items);
    memset(message, 0, sizeof *message);
}

/* ---- What a submission client may add (RFC 6409 8) ---- */

static bool has_field(const struct message *message, const char *name)
{
    smtpauth_view rest = {message->header, message->header_len};
    struct header_field field;
    while (header_next(&rest, &field)) {
        if (header_field_is(&field, name))
            return true;
    }
    return false;
}

/* In the C locale, as nothing here sets another. */
static size_t write_date(char *text, size_t cap)
{
    struct tm local;
    time_t now = time(NULL);
    return localtime_r(&now, &local) != NULL ? strftime(text, cap, "Date: %a, %d %b %Y %H:%M:%S %z\r\n", &local)
                                             : 0;
}

/* An address literal has no brackets of its own in a Message-ID's right side: "[192.0.2.1]" is one (RFC 5322 3.6.4). */
static size_t write_message_id(char *text, size_t cap, const char *name)
{
    uint64_t number = 0;
    if (getentropy(&number, sizeof number) != 0)
        return 0;
    int len = snprintf(text, cap, "Message-ID: <%llx.%016llx@%s>\r\n", (unsigned long long)time(NULL),
                       (unsigned long long)number, name);
    return len > 0 && (size_t)len < cap ? (size_t)len : 0;
}

bool message_complete(struct message *message, const char *name)
{
    char added[512];
    size_t len = 0;
    if (!has_field(message, "Date"))
        len += write_date(added, sizeof added);
    if (!has_field(message, "Message-ID"))
        len += write_message_id(added + len, sizeof added - len, name);
    bool has_none = message->header_len == 0 && message->octets > 0;
    if (has_none) {
        memcpy(added + len, "\r\n", 2); /* room: the longest is 44 octets and 47 with a name of 255 */
        len += 2;
    }
    uint8_t *header = malloc(len + message->header_len + 1); /* never none */
    if (header == NULL)
        return false;
    memcpy(header, added, len);
    memcpy(header + len, message->header, message->header_len);
    free(message->header);
    message->header = header;
    message->header_len += len;
    return survey(message);
}
