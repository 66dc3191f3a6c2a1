/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Nothing that a client chose may break out of its place in the field: names are cleaned, comments quoted.
 */

#include "trace.h"

#include <string.h>
#include <time.h>

/* A name of a host: what is not a domain's or an address literal's character becomes '?'. */
static bool add_name(struct buffer *header, const char *name, bool is_utf8)
{
    bool is_good = true;
    for (; *name != '\0' && is_good; name++) {
        bool is_plain = *name > ' ' && *name < 0x7F && strchr("()<>\\\"", *name) == NULL;
        bool is_kept = is_plain || (is_utf8 && (uint8_t)*name > 0x7F);
        is_good = buffer_add(header, is_kept ? name : "?", 1);
    }
    return is_good;
}

/* Text in a comment: parentheses and backslashes are quoted (RFC 5322 3.2.1). */
static bool add_comment(struct buffer *header, const char *text, bool is_utf8)
{
    bool is_good = true;
    for (; *text != '\0' && is_good; text++) {
        bool is_special = strchr("()\\", *text) != NULL;
        bool is_kept = (*text >= ' ' && *text < 0x7F) || (is_utf8 && (uint8_t)*text > 0x7F);
        is_good = (!is_special || buffer_add(header, "\\", 1)) && buffer_add(header, is_kept ? text : "?", 1);
    }
    return is_good;
}

static bool add_peer(struct buffer *header, const struct trace *trace)
{
    const char *const tag = strchr(trace->peer, ':') != NULL ? "IPv6:" : "";
    return buffer_add_text(header, " (") &&
           (trace->peer_name == NULL ||
            (add_name(header, trace->peer_name, trace->is_utf8) && buffer_add_text(header, " "))) &&
           buffer_add_text(header, "[") && buffer_add_text(header, tag) &&
           buffer_add_text(header, trace->peer) && buffer_add_text(header, "])\r\n");
}

static bool add_user(struct buffer *header, const struct trace *trace)
{
    return trace->user == NULL ||
           (buffer_add_text(header, "\t(Authenticated sender: ") &&
            add_comment(header, trace->user, trace->is_utf8) && buffer_add_text(header, ")\r\n"));
}

bool trace_add(struct buffer *header, const struct trace *trace)
{
    char date[64];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &utc);
    return buffer_add_text(header, "Received: from ") && add_name(header, trace->client_name, trace->is_utf8) &&
           add_peer(header, trace) && add_user(header, trace) && buffer_add_text(header, "\tby ") &&
           buffer_add_text(header, trace->hostname) && buffer_add_text(header, " with ") &&
           buffer_add_text(header, trace->protocol) && buffer_add_text(header, " id ") &&
           buffer_add_text(header, trace->id) && buffer_add_text(header, ";\r\n\t") &&
           buffer_add_text(header, date) && buffer_add_text(header, "\r\n");
}
