/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * What XCLIENT tells takes the place of what the socket and EHLO told, in the log and in Received, until the next XCLIENT
 * tells otherwise; what it does not name stays. A login is believed: the front end has checked it. But an account that
 * is disabled here stays so.
 */

#include "front_end.h"
#include "session.h"
#include "session_log.h"

#include <smtpauth/command.h>
#include <smtpauth/reason.h>
#include <smtpauth/text.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 255 };

bool front_end_is_trusted(const struct service *service, const struct address *address)
{
    const struct options *options = service->options;
    for (size_t i = 0; i < options->xclient_count; i++) {
        if (network_holds(&options->xclient_from[i], address))
            return true;
    }
    return false;
}

/* An attribute's value; "" when it has none. */
static void read_value(const smtpauth_xclient *told, uint32_t attribute, smtpauth_view raw,
                       char value[VALUE_MAX + 1])
{
    size_t len = 0;
    bool has_value = (told->given & ~(told->unavailable | told->later) & attribute) != 0;
    if (has_value && raw.len <= VALUE_MAX * 3) {
        uint8_t decoded[VALUE_MAX * 3];
        smtpauth_xtext_decode(decoded, raw.data, raw.len, SMTPAUTH_XTEXT_EITHER, &len);
        len = len <= VALUE_MAX ? len : 0;
        memcpy(value, decoded, len);
    }
    value[len] = '\0';
}

static bool replace(char **place, const char *value)
{
    char *copy = *value != '\0' ? strdup(value) : NULL;
    if (copy == NULL && *value != '\0')
        return false;
    free(*place);
    *place = copy;
    return true;
}

static void take_address(struct connection *connection, const char *value)
{
    static const char tag[] = "IPv6:";
    const size_t tag_len = sizeof tag - 1;
    struct address address = {.port = 0};
    bool is_tagged = strlen(value) > tag_len && smtpauth_text_is((const uint8_t *)value, tag_len, tag);
    if (address_of_text(&address, is_tagged ? value + tag_len : value))
        address_print(&address, connection->peer);
    else
        strcpy(connection->peer, "unknown");
}

static bool take(struct connection *connection, const smtpauth_xclient *told)
{
    char value[VALUE_MAX + 1];
    if ((told->given & SMTPAUTH_XCLIENT_NAME) != 0) {
        read_value(told, SMTPAUTH_XCLIENT_NAME, told->name, value);
        if (!replace(&connection->peer_name, value))
            return false;
    }
    if ((told->given & SMTPAUTH_XCLIENT_HELO) != 0) {
        read_value(told, SMTPAUTH_XCLIENT_HELO, told->helo, value);
        if (!replace(&connection->told_name, value))
            return false;
    }
    if ((told->given & SMTPAUTH_XCLIENT_ADDR) != 0) {
        read_value(told, SMTPAUTH_XCLIENT_ADDR, told->address, value);
        take_address(connection, value);
    }
    if ((told->given & SMTPAUTH_XCLIENT_PORT) != 0) {
        read_value(told, SMTPAUTH_XCLIENT_PORT, told->port, value);
        connection->port = (uint16_t)strtoul(value, NULL, 10);
    }
    return true;
}

/* Lets the session begin anew, as this user's when there is one. */
static void begin(struct connection *connection, smtpauth_io *io, const char *login)
{
    smtpauth_server *session = &connection->session;
    if (*login == '\0') {
        smtpauth_server_answer(session, io, SMTPAUTH_REASON_OK);
        return;
    }
    smtpauth_server_verdict(session, io, SMTPAUTH_ACCEPTED_AS, NULL, 0);
    if ((smtpauth_server_is(session) & SMTPAUTH_IS_AUTHENTICATED) != 0)
        connection->user = strdup(login);
}

bool front_end_xclient(struct connection *connection, smtpauth_io *io, const smtpauth_event *event)
{
    char login[VALUE_MAX + 1];
    smtpauth_xclient told;
    if (smtpauth_xclient_parse(event->parameters.data, event->parameters.len, &told) != SMTPAUTH_DONE) {
        smtpauth_server_answer(&connection->session, io, 0);
        return true;
    }
    read_value(&told, SMTPAUTH_XCLIENT_LOGIN, told.login, login);
    smtpauth_view name = {(const uint8_t *)login, strlen(login)};
    if (users_admit(connection->service->users, name) == SMTPAUTH_DISABLED) {
        smtpauth_server_answer(&connection->session, io, SMTPAUTH_REASON_NOT_PERMITTED);
        return true;
    }
    session_log_xclient(connection, event->parameters);
    if (!take(connection, &told)) {
        smtpauth_server_answer(&connection->session, io, SMTPAUTH_REASON_LOCAL_ERROR);
        return true;
    }
    free(connection->user);
    free(connection->client_name);
    connection->user = connection->client_name = NULL;
    begin(connection, io, login);
    return true;
}
