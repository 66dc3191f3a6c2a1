/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Delivery as Maildir has it: write to tmp, fsync, rename to new, fsync the folder. A failure unlinks the file at once,
 * so that a full disk is not kept full by what could not be stored. Files are made and dropped here by whoever runs the
 * server, in folders that may belong to others: no symbolic link in them is followed.
 */

#include "maildir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { STALE_SECONDS = 36 * 3600, FOLDER = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

static int open_folder(int parent, const char *name, int flags, bool *is_new)
{
    if (mkdirat(parent, name, 0700) == 0)
        *is_new = true;
    else if (errno != EEXIST)
        return -1;
    return openat(parent, name, flags);
}

static void drop_stale(int folder)
{
    int copy = openat(folder, ".", FOLDER);
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
    if (list == NULL) {
        if (copy >= 0)
            close(copy);
        return;
    }
    const struct dirent *entry;
    struct stat status;
    while ((entry = readdir(list)) != NULL) {
        if (fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode) &&
            time(NULL) - status.st_mtime > STALE_SECONDS)
            unlinkat(folder, entry->d_name, 0);
    }
    closedir(list);
}

/* All but the top, which is open or has failed with errno. */
static int open_rest(struct maildir *maildir, const char *hostname, bool has_envelopes, bool is_new)
{
    const int top = maildir->top_fd, flags = FOLDER | O_NOFOLLOW;
    maildir->hostname = hostname;
    maildir->count = 0;
    maildir->tmp_fd = maildir->new_fd = maildir->envelope_fd = -1;
    int cur = top >= 0 ? open_folder(top, "cur", flags, &is_new) : -1;
    bool is_open = cur >= 0 && (maildir->tmp_fd = open_folder(top, "tmp", flags, &is_new)) >= 0 &&
                   (maildir->new_fd = open_folder(top, "new", flags, &is_new)) >= 0;
    if (is_open && has_envelopes)
        is_open = (maildir->envelope_fd = open_folder(top, "envelope", flags, &is_new)) >= 0;
    if (is_open && is_new)
        is_open = fsync(top) == 0;
    int error = is_open ? 0 : errno;
    if (cur >= 0)
        close(cur);
    if (is_open)
        drop_stale(maildir->tmp_fd);
    else
        maildir_close(maildir);
    return error;
}

int maildir_open(struct maildir *maildir, const char *path, const char *hostname, bool has_envelopes)
{
    bool is_new = false;
    maildir->top_fd = open_folder(AT_FDCWD, path, FOLDER, &is_new);
    return open_rest(maildir, hostname, has_envelopes, is_new);
}

int maildir_open_existing(struct maildir *maildir, int parent, const char *name, const char *hostname)
{
    maildir->top_fd = openat(parent, name, FOLDER | O_NOFOLLOW);
    return open_rest(maildir, hostname, false, false);
}

static void close_folder(int *folder)
{
    if (*folder >= 0)
        close(*folder);
    *folder = -1;
}

void maildir_close(struct maildir *maildir)
{
    close_folder(&maildir->top_fd);
    close_folder(&maildir->tmp_fd);
    close_folder(&maildir->new_fd);
    close_folder(&maildir->envelope_fd);
}

bool maildir_has_room(const struct maildir *maildir, uint64_t size)
{
    struct statvfs disk;
    if (fstatvfs(maildir->tmp_fd, &disk) != 0 || disk.f_frsize == 0)
        return true;
    return size / disk.f_frsize < disk.f_bavail;
}

/* Time, process and count make the name unique; the id in it leads from a log line to the file. */
static void name_file(struct mail_file *file, struct maildir *maildir)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t count = file->count = ++maildir->count;
    snprintf(file->id, sizeof file->id, "%08llX%05lX%04llX", (unsigned long long)now.tv_sec,
             (unsigned long)now.tv_nsec / 1000, (unsigned long long)count & 0xFFFF);
    snprintf(file->name, sizeof file->name, "%llu.%sP%ldQ%llu.%.64s", (unsigned long long)now.tv_sec, file->id,
             (long)getpid(), (unsigned long long)count, maildir->hostname);
    for (char *character = file->name; *character != '\0'; character++) {
        if (*character == '/' || *character == ':')
            *character = '_';
    }
}

static int fail(struct mail_file *file, const struct maildir *maildir, int error)
{
    file->error = error != 0 ? error : EIO;
    mail_file_abandon(file, maildir);
    return file->error;
}

int mail_file_open(struct mail_file *file, struct maildir *maildir)
{
    file->error = 0;
    file->size = 0;
    file->buffered = 0;
    file->fd = -1;
    file->buffer = malloc(MAIL_BUFFER);
    if (file->buffer == NULL)
        return file->error = ENOMEM;
    name_file(file, maildir);
    file->fd = openat(maildir->tmp_fd, file->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return file->fd >= 0 ? 0 : fail(file, maildir, errno);
}

static int write_all(struct mail_file *file, const struct maildir *maildir, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t written = write(file->fd, data, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(file, maildir, errno);
        data += written;
        len -= (size_t)written;
    }
    return 0;
}

int mail_file_write(struct mail_file *file, const struct maildir *maildir, const void *data, size_t len)
{
    if (file->error != 0 || len == 0)
        return file->error;
    file->size += len;
    if (len > MAIL_BUFFER - file->buffered && mail_file_flush(file, maildir) != 0)
        return file->error;
    if (len > MAIL_BUFFER - file->buffered)
        return write_all(file, maildir, data, len);
    memcpy(file->buffer + file->buffered, data, len);
    file->buffered += len;
    return 0;
}

int mail_file_flush(struct mail_file *file, const struct maildir *maildir)
{
    if (file->error != 0)
        return file->error;
    size_t len = file->buffered;
    file->buffered = 0;
    return write_all(file, maildir, file->buffer, len);
}

int mail_file_commit(struct mail_file *file, const struct maildir *maildir)
{
    if (file->error != 0)
        return file->error;
    if (fsync(file->fd) != 0)
        return fail(file, maildir, errno);
    int closed = close(file->fd);
    file->fd = -1;
    if (closed != 0 || renameat(maildir->tmp_fd, file->name, maildir->new_fd, file->name) != 0) {
        int error = errno;
        unlinkat(maildir->tmp_fd, file->name, 0);
        return file->error = error;
    }
    if (fsync(maildir->new_fd) != 0) {
        int error = errno;
        unlinkat(maildir->new_fd, file->name, 0);
        return file->error = error;
    }
    return 0;
}

void mail_file_abandon(struct mail_file *file, const struct maildir *maildir)
{
    if (file->fd >= 0) {
        close(file->fd);
        unlinkat(maildir->tmp_fd, file->name, 0);
        file->fd = -1;
    }
    free(file->buffer);
    file->buffer = NULL;
    file->buffered = 0;
}
