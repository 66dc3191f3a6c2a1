/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Mailboxes and paths (RFC 5321 4.1.2). Source routes are read and dropped (RFC 5321 4.1.1.3, appendix C). */

#include <smtpauth/command.h>

#include "internal/address.h"
#include "internal/text.h"

static bool is_atext(uint8_t c, bool with_utf8)
{
    return smtpa_is_atext(c) || (c >= 0x80 && with_utf8);
}

static size_t dot_string_len(smtpauth_view v, bool with_utf8)
{
    size_t at = 0;
    while (at < v.len &&
           (is_atext(v.data[at], with_utf8) || (v.data[at] == '.' && at > 0 && v.data[at - 1] != '.')))
        at++;
    return at > 0 && v.data[at - 1] == '.' ? 0 : at;
}

static size_t quoted_string_len(smtpauth_view v, bool with_utf8)
{
    for (size_t at = 1; at < v.len; at++) {
        if (v.data[at] == '"')
            return at + 1;
        if (v.data[at] == '\\' && (++at == v.len || v.data[at] < ' ' || v.data[at] > '~'))
            return 0;
        if (v.data[at] < ' ' || v.data[at] == 0x7F || (v.data[at] >= 0x80 && !with_utf8))
            return 0;
    }
    return 0;
}

static size_t local_part_len(smtpauth_view v, bool with_utf8)
{
    return v.len > 0 && v.data[0] == '"' ? quoted_string_len(v, with_utf8) : dot_string_len(v, with_utf8);
}

bool smtpauth_mailbox_parse(const uint8_t *data, size_t len, bool with_utf8, smtpauth_view *local_part,
                            smtpauth_view *domain)
{
    if (data == NULL)
        return false;
    smtpauth_view v = smtpa_view(data, len);
    size_t local = local_part_len(v, with_utf8);
    if (local == 0 || local == len || data[local] != '@' || (with_utf8 && !smtpauth_utf8_is_valid(data, local)))
        return false;
    smtpauth_view behind = smtpa_slice(v, local + 1, len - local - 1);
    if (!smtpa_domain_is_valid(behind, with_utf8 ? SMTPA_DOMAIN_UTF8 : 0))
        return false;
    if (local_part != NULL)
        *local_part = smtpa_slice(v, 0, local);
    if (domain != NULL)
        *domain = behind;
    return true;
}

/* Where the path at text[0] == '<' ends: the '>' outside of quotes. Returns its offset, or text.len. */
static size_t closing_bracket(smtpauth_view text)
{
    bool is_quoted = false;
    for (size_t at = 1; at < text.len; at++) {
        if (is_quoted && text.data[at] == '\\')
            at++;
        else if (text.data[at] == '"')
            is_quoted = !is_quoted;
        else if (text.data[at] == '>' && !is_quoted)
            return at;
    }
    return text.len;
}

/* Octets of a source route "@one,@two:"; 0 when there is none, `v.len + 1` when it is broken. */
static size_t route_len(smtpauth_view v)
{
    size_t at = 0;
    if (v.len == 0 || v.data[0] != '@')
        return 0;
    for (;;) {
        size_t from = ++at;
        bool in_literal = false;
        while (at < v.len && (in_literal || (v.data[at] != ',' && v.data[at] != ':'))) {
            in_literal = v.data[at] == '[' || (in_literal && v.data[at] != ']');
            at++;
        }
        if (at == v.len || !smtpa_domain_is_valid(smtpa_slice(v, from, at - from), 0))
            return v.len + 1;
        if (v.data[at++] == ':')
            return at;
        if (at == v.len || v.data[at] != '@')
            return v.len + 1;
    }
}

smtpa_path smtpa_path_read(smtpauth_view text, uint32_t options)
{
    smtpa_path path = {0}, none = {0};
    bool with_utf8 = (options & SMTPAUTH_WITH_UTF8) != 0;
    bool has_brackets = text.len > 0 && text.data[0] == '<';
    size_t end;
    if (has_brackets) {
        end = closing_bracket(text);
        if (end == text.len)
            return none;
        path.taken = end + 1;
        path.mailbox = smtpa_slice(text, 1, end - 1);
    } else {
        if (!(options & SMTPAUTH_LAX_BRACKETS))
            return none;
        for (end = 0; end < text.len && text.data[end] != ' ';)
            end++;
        path.taken = end;
        path.mailbox = smtpa_slice(text, 0, end);
    }
    if (path.mailbox.len + 2 > SMTPAUTH_PATH_MAX)
        return none;
    size_t route = route_len(path.mailbox);
    if (route > path.mailbox.len)
        return none;
    path.mailbox = smtpa_slice(path.mailbox, route, path.mailbox.len - route);
    if (path.mailbox.len == 0)
        return has_brackets && route == 0 ? path : none;
    if (smtpauth_text_is(path.mailbox.data, path.mailbox.len, "postmaster") && route == 0) {
        path.local_part = path.mailbox;
        return path;
    }
    return smtpauth_mailbox_parse(path.mailbox.data, path.mailbox.len, with_utf8, &path.local_part,
                                  &path.domain)
               ? path
               : none;
}
