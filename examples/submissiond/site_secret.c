/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "site_secret.h"

#include <errno.h>
#include <fcntl.h>
#include <smtpauth/text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Written under another name and linked to its own, so that it is whole from the first, and of two processes that make it
 * at once both use the same. 0 or an errno. */
static int make(const char *path)
{
    uint8_t secret[SITE_SECRET_LEN];
    size_t cap = strlen(path) + 32;
    char *draft = malloc(cap);
    if (draft == NULL)
        return ENOMEM;
    snprintf(draft, cap, "%s.%ld", path, (long)getpid());
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_made = fd >= 0 && getrandom(secret, sizeof secret, 0) == SITE_SECRET_LEN &&
                   write(fd, secret, sizeof secret) == SITE_SECRET_LEN && fsync(fd) == 0 &&
                   (link(draft, path) == 0 || errno == EEXIST);
    int error = is_made ? 0 : errno;
    if (fd >= 0) {
        close(fd);
        unlink(draft);
    }
    free(draft);
    smtpauth_wipe(secret, sizeof secret);
    return error;
}

bool site_secret_load(const char *path, uint8_t secret[SITE_SECRET_LEN], char *error, size_t error_cap)
{
    struct stat status;
    uint8_t one_more;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int fault = fd < 0 ? errno : 0;
    if (fault == ENOENT && (fault = make(path)) == 0)
        fault = (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0 ? errno : 0;
    const char *what = NULL;
    if (fault != 0 || fstat(fd, &status) != 0)
        what = strerror(fault != 0 ? fault : errno);
    else if ((status.st_mode & 077) != 0)
        what = "others than its owner may use it: chmod 600 it, or remove it for a new one";
    else if (read(fd, secret, SITE_SECRET_LEN) != SITE_SECRET_LEN || read(fd, &one_more, 1) != 0)
        what = "is not 32 octets long: remove it for a new one";
    if (fd >= 0)
        close(fd);
    if (what != NULL)
        snprintf(error, error_cap, "secret file %s: %s", path, what);
    return what == NULL;
}
