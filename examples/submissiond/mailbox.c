/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "mailbox.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The folder of an address. False for one that would lead out of the mail folder, or nowhere. */
static bool name_of(smtpauth_view address, char name[NAME_MAX + 1])
{
    if (address.len == 0 || address.len > NAME_MAX || address.data[0] == '.')
        return false;
    for (size_t i = 0; i < address.len; i++) {
        uint8_t octet = address.data[i];
        if (octet == '/' || octet == '\0')
            return false;
        name[i] = (char)(octet >= 'A' && octet <= 'Z' ? octet + 'a' - 'A' : octet);
    }
    name[address.len] = '\0';
    return true;
}

/* Whoever made it hears why mail is refused. */
static void log_link(const char *name)
{
    char detail[NAME_MAX + 32];
    snprintf(detail, sizeof detail, "%s is a symbolic link", name);
    log_problem("mailbox", detail);
}

bool mailbox_exists(const struct maildir *maildir, smtpauth_view address)
{
    char name[NAME_MAX + 1];
    struct stat status;
    if (!name_of(address, name) || fstatat(maildir->top_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    if (S_ISLNK(status.st_mode))
        log_link(name);
    return S_ISDIR(status.st_mode);
}

int mailbox_open(struct maildir *box, const struct maildir *maildir, const char *address)
{
    char name[NAME_MAX + 1];
    smtpauth_view view = {(const uint8_t *)address, strlen(address)};
    if (!name_of(view, name))
        return ENOENT;
    return maildir_open_existing(box, maildir->top_fd, name, maildir->hostname);
}
