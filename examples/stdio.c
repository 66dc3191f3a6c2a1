/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The smallest host: one submission session on stdin and stdout, as inetd or socat start it. One user, given as
 * arguments; messages go to stderr. Passwords travel in clear: for loopback and for reading only.
 *
 *     printf 'EHLO me\r\nMAIL FROM:<a@example.test>\r\nQUIT\r\n' | build/examples/stdio alice secret
 */

#include <smtpauth/server.h>
#include <smtpauth/text.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static smtpauth_mechanism_fn *const mechanisms[] = {smtpauth_plain, smtpauth_login, NULL};

static const smtpauth_policy policy = {
    .size = sizeof(smtpauth_policy),
    .flags = SMTPAUTH_CLEAR_AUTH,
    .hostname = "mail.example.test",
    .mechanisms = mechanisms,
};

static uint8_t in[SMTPAUTH_AUTH_LINE_MAX], out[4096];

/* Writes what the engine said. Returns false when nobody is there to hear it. */
static bool flush(smtpauth_io *io)
{
    const uint8_t *from = out;
    while (from < io->next_out) {
        ssize_t n = write(STDOUT_FILENO, from, (size_t)(io->next_out - from));
        if (n <= 0)
            return false;
        from += n;
    }
    io->next_out = out;
    io->avail_out = sizeof out;
    return true;
}

/* Puts what is left to the front of the window and reads behind it. Returns false at the end of input. */
static bool fill(smtpauth_io *io)
{
    memmove(in, io->next_in, io->avail_in);
    io->next_in = in;
    ssize_t n = read(STDIN_FILENO, in + io->avail_in, sizeof in - io->avail_in);
    if (n > 0)
        io->avail_in += (size_t)n;
    return n > 0;
}

static int32_t verdict_on(const smtpauth_event *event, const char *name, const char *password)
{
    bool is_user =
        smtpauth_secret_equal(event->identity.data, event->identity.len, (const uint8_t *)name, strlen(name));
    bool is_password = smtpauth_secret_equal(event->password.data, event->password.len,
                                             (const uint8_t *)password, strlen(password));
    return is_user && is_password ? SMTPAUTH_ACCEPTED : SMTPAUTH_REJECTED;
}

int main(int argc, char **argv)
{
    smtpauth_server session;
    smtpauth_event event;
    smtpauth_io io = {in, 0, out, sizeof out};
    if (argc != 3 || smtpauth_server_init(&session, sizeof session, &policy, 0, NULL, 0) != SMTPAUTH_DONE) {
        fprintf(stderr, "usage: stdio USER PASSWORD\n");
        return 2;
    }
    for (;;) {
        switch (smtpauth_server_step(&session, &io, &event)) {
        case SMTPAUTH_NEED_INPUT:
            if (!flush(&io) || !fill(&io))
                smtpauth_server_close(&session, &io, SMTPAUTH_REASON_CONNECTION_LOST);
            break;
        case SMTPAUTH_NEED_OUTPUT:
            if (!flush(&io))
                return 1;
            break;
        case SMTPAUTH_CLOSED:
            smtpauth_wipe(in, sizeof in);
            return flush(&io) ? 0 : 1;
        case SMTPAUTH_ASK_PASSWORD:
            smtpauth_server_verdict(&session, &io, verdict_on(&event, argv[1], argv[2]), NULL, 0);
            break;
        case SMTPAUTH_ASK_MAIL:
        case SMTPAUTH_ASK_RCPT:
        case SMTPAUTH_ASK_DATA:
            smtpauth_server_answer(&session, &io, SMTPAUTH_REASON_OK);
            break;
        case SMTPAUTH_NOTE_DATA:
            fwrite(event.data.data, 1, event.data.len, stderr);
            break;
        case SMTPAUTH_ASK_MESSAGE:
            smtpauth_server_answer(&session, &io,
                                   fflush(stderr) == 0 ? SMTPAUTH_REASON_OK : SMTPAUTH_REASON_NO_ROOM);
            break;
        default: /* refuses a question that this host does not know, and ignores notes */
            smtpauth_server_answer(&session, &io, 0);
            break;
        }
    }
}
