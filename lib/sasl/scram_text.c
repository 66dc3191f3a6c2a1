/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "sasl/scram_text.h"

#include <string.h>

#include "internal/text.h"

static size_t comma_at(smtpauth_view v)
{
    size_t at = 0;
    while (at < v.len && v.data[at] != ',')
        at++;
    return at;
}

bool smtpa_scram_attribute(smtpauth_view *text, uint8_t letter, smtpauth_view *value)
{
    size_t comma = comma_at(*text);
    if (comma < 2 || text->data[0] != letter || text->data[1] != '=' || comma + 1 == text->len)
        return false;
    *value = smtpa_slice(*text, 2, comma - 2);
    size_t skip = comma < text->len ? comma + 1 : comma;
    *text = smtpa_slice(*text, skip, text->len - skip);
    return true;
}

bool smtpa_scram_are_extensions(smtpauth_view text)
{
    static const char known[] = "amnrcsipve";
    while (text.len > 0) {
        uint8_t letter = text.data[0];
        smtpauth_view value;
        for (size_t i = 0; i < sizeof known - 1; i++)
            if (letter == (uint8_t)known[i])
                return false;
        if (!smtpa_is_letter(letter) || !smtpa_scram_attribute(&text, letter, &value) || value.len == 0)
            return false;
    }
    return true;
}

size_t smtpa_saslname_decode(uint8_t *out, size_t cap, smtpauth_view name)
{
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.data[i];
        if (c == '=') {
            bool has_code = name.len - i >= 3;
            if (has_code && memcmp(name.data + i, "=2C", 3) == 0)
                c = ',';
            else if (!has_code || memcmp(name.data + i, "=3D", 3) != 0)
                return SIZE_MAX;
            i += 2;
        } else if (c == ',' || c == 0) {
            return SIZE_MAX;
        }
        if (len == cap)
            return SIZE_MAX;
        out[len++] = c;
    }
    return len;
}

size_t smtpa_saslname_encode(uint8_t *out, size_t cap, smtpauth_view name)
{
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.data[i];
        bool is_coded = c == ',' || c == '=';
        size_t need = is_coded ? 3 : 1;
        if (c == 0 || need > cap - len)
            return SIZE_MAX;
        if (is_coded)
            memcpy(out + len, c == ',' ? "=2C" : "=3D", 3);
        else
            out[len] = c;
        len += need;
    }
    return len;
}

bool smtpa_scram_is_nonce(smtpauth_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.data[i] <= ' ' || v.data[i] > '~' || v.data[i] == ',')
            return false;
    return v.len > 0;
}

bool smtpa_gs2_is_binding_type(smtpauth_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (!smtpa_is_alnum(v.data[i]) && v.data[i] != '.' && v.data[i] != '-')
            return false;
    return v.len > 0;
}

bool smtpa_gs2_read(smtpauth_view text, smtpa_gs2 *gs2)
{
    size_t flag_end = comma_at(text);
    memset(gs2, 0, sizeof *gs2);
    if (flag_end == 0 || flag_end == text.len)
        return false;
    smtpauth_view flag = smtpa_slice(text, 0, flag_end);
    smtpauth_view behind = smtpa_slice(text, flag_end + 1, text.len - flag_end - 1);
    size_t name_end = comma_at(behind);
    gs2->flag = flag.data[0];
    gs2->binding_type = gs2->authorization = smtpa_slice(behind, 0, 0);
    if (gs2->flag == 'p' && flag.len > 2 && flag.data[1] == '=')
        gs2->binding_type = smtpa_slice(flag, 2, flag.len - 2);
    bool has_flag = gs2->flag == 'p' ? smtpa_gs2_is_binding_type(gs2->binding_type)
                                     : flag.len == 1 && (gs2->flag == 'n' || gs2->flag == 'y');
    if (!has_flag || name_end == behind.len)
        return false;
    if (name_end > 0) {
        if (name_end < 3 || behind.data[0] != 'a' || behind.data[1] != '=')
            return false;
        gs2->authorization = smtpa_slice(behind, 2, name_end - 2);
    }
    gs2->len = flag_end + 1 + name_end + 1;
    return true;
}
