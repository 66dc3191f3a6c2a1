/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * One dialogue of tests/transcripts/, served over a real socket with the policy and the answers that it scripts:
 *
 *     scripted_host FILE LINE      LINE is that of the dialogue's title
 *
 * Prints `listening on 127.0.0.1:PORT` and `ready`, serves one connection and ends. What happens outside of the
 * connection comes as lines on stdin: `act` (the next H: of the dialogue), `tls`, `tls weak`, `tls fail` (how a
 * handshake ended that somebody in front of this program makes).
 */

#include "dialogue.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct host {
    const dialogue *d;
    session s;
    size_t used[DIALOGUE_KINDS];
    size_t next_act; /* index of the item behind the last H: */
    int peer;
} host;

static void die(const char *what)
{
    fprintf(stderr, "scripted_host: %s\n", what);
    exit(2);
}

static const dialogue *find(dialogue_list *list, const char *file, const char *line)
{
    if (dialogue_read(list, file))
        for (size_t i = 0; i < list->len; i++)
            if (list->data[i].line == strtoul(line, NULL, 10))
                return &list->data[i];
    die("no such dialogue");
    return NULL;
}

static int accept_one(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &len) != 0)
        die("cannot listen");
    printf("listening on 127.0.0.1:%u\nready\n", ntohs(at.sin_port));
    fflush(stdout);
    int peer = accept(listener, NULL, NULL);
    close(listener);
    return peer;
}

static void send_replies(host *h)
{
    session_flush(&h->s);
    const octets *replies = &h->s.replies;
    for (size_t at = 0; at < replies->len;) {
        ssize_t n = send(h->peer, replies->data + at, replies->len - at, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    h->s.replies.len = 0;
}

/* The dialogue's next H:, e.g. `timeout`. */
static void act(host *h)
{
    static const struct {
        const char *word;
        uint16_t reason;
    } acts[] = {{"timeout", SMTPAUTH_REASON_TIMEOUT},
                {"shutdown", SMTPAUTH_REASON_SHUTDOWN},
                {"lost", SMTPAUTH_REASON_CONNECTION_LOST},
                {"refused", SMTPAUTH_REASON_REFUSED}};
    while (h->next_act < h->d->len && h->d->items[h->next_act].kind != 'H')
        h->next_act++;
    if (h->next_act == h->d->len)
        die("the dialogue has no further H:");
    const octets *text = &h->d->items[h->next_act++].text;
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        if (strlen(acts[i].word) == text->len && memcmp(acts[i].word, text->data, text->len) == 0)
            smtpauth_server_close(&h->s.server, &h->s.io, acts[i].reason);
}

static void read_order(host *h)
{
    char line[32];
    if (fgets(line, sizeof line, stdin) == NULL)
        exit(0);
    if (strcmp(line, "act\n") == 0)
        act(h);
    else if (strcmp(line, "tls fail\n") == 0)
        smtpauth_server_tls_failed(&h->s.server);
    else if (strncmp(line, "tls", 3) == 0)
        smtpauth_server_tls_started(&h->s.server, &h->s.io, dialogue_tls_bits(line));
}

/* Waits for the client or for an order. While a question is held open or a handshake is due, only for an order. */
static void wait_outside(host *h, bool for_client)
{
    struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = h->peer, .events = POLLIN}};
    send_replies(h);
    if (poll(fds, for_client ? 2 : 1, -1) < 0)
        die("poll");
    if (fds[0].revents != 0) {
        read_order(h);
        return;
    }
    uint8_t block[4096];
    ssize_t n = recv(h->peer, block, sizeof block, 0);
    if (n > 0)
        session_feed(&h->s, block, (size_t)n);
    else
        smtpauth_server_close(&h->s.server, &h->s.io, SMTPAUTH_REASON_CONNECTION_LOST);
}

static void serve(host *h)
{
    bool is_held = false;
    octets why = {0};
    if (h->d->len > 0 && h->d->items[0].kind == 'H')
        act(h);
    for (;;) {
        const char *wrong = session_step(&h->s);
        if (wrong != NULL)
            die(wrong);
        uint16_t type = h->s.event.type;
        if (type == SMTPAUTH_CLOSED)
            break;
        if (type == SMTPAUTH_NEED_OUTPUT)
            send_replies(h);
        else if (type == SMTPAUTH_NEED_INPUT)
            wait_outside(h, true);
        else if (type == SMTPAUTH_NEED_TLS || (type == SMTPAUTH_NEED_ANSWER && is_held))
            wait_outside(h, false);
        else if (type >= SMTPAUTH_ASK_PASSWORD && type < SMTPAUTH_NOTE_DATA &&
                 !dialogue_answer(h->d, h->used, &h->s, &is_held, &why))
            die(octets_string(&why));
    }
    send_replies(h);
    shutdown(h->peer, SHUT_WR);
    for (uint8_t rest[4096]; recv(h->peer, rest, sizeof rest, 0) > 0;)
        ; /* so that the last reply is not lost to a reset */
}

int main(int argc, char **argv)
{
    dialogue_list list = {0};
    smtpauth_policy policy;
    octets why = {0};
    host h = {0};
    if (argc != 3)
        die("usage: scripted_host FILE LINE");
    setvbuf(stdin, NULL, _IONBF, 0); /* poll must see what fgets has not taken */
    h.d = find(&list, argv[1], argv[2]);
    if (!dialogue_policy(h.d->policy, &policy, &why))
        die(octets_string(&why));
    if (session_begin(&h.s, &policy, dialogue_init_flags(h.d->policy), 4096) != SMTPAUTH_DONE)
        die("the policy does not fit");
    h.peer = accept_one();
    serve(&h);
    close(h.peer);
    session_end(&h.s);
    dialogue_free(&list);
    return 0;
}
