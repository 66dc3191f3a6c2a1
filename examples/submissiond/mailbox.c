/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "mailbox.h"

#include <errno.h>
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

bool mailbox_exists(const struct maildir *maildir, smtpauth_view address)
{
    char name[NAME_MAX + 1];
    struct stat status;
    return name_of(address, name) && fstatat(maildir->top_fd, name, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

int mailbox_open(struct maildir *box, const struct maildir *maildir, const char *address)
{
    char name[NAME_MAX + 1];
    smtpauth_view view = {(const uint8_t *)address, strlen(address)};
    if (!name_of(view, name))
        return ENOENT;
    return maildir_open(box, maildir->top_fd, name, maildir->hostname, false);
}
