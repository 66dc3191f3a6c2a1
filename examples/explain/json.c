/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* One object a line (RFC 8259). Octets that are not UTF-8 become U+FFFD, so that every line is valid. */

#include "explain.h"

#include <smtpauth/text.h>
#include <string.h>

static void put_string(FILE *out, const uint8_t *data, size_t len)
{
    putc('"', out);
    for (size_t at = 0; at < len;) {
        size_t n = 1;
        while (n <= 4 && at + n <= len && !smtpauth_utf8_is_valid(data + at, n))
            n++;
        bool is_valid = n <= 4 && at + n <= len;
        if (!is_valid)
            fputs("\\ufffd", out);
        else if (data[at] == '"' || data[at] == '\\')
            fprintf(out, "\\%c", data[at]);
        else if (data[at] < 0x20 || data[at] == 0x7F)
            fprintf(out, "\\u%04x", data[at]);
        else
            fwrite(data + at, 1, n, out);
        at += is_valid ? n : 1;
    }
    putc('"', out);
}

static void put_name(json_object *object, const char *name)
{
    fputs(object->has_fields ? ", " : "{", object->out);
    object->has_fields = true;
    put_string(object->out, (const uint8_t *)name, strlen(name));
    fputs(": ", object->out);
}

json_object json_begin(FILE *out)
{
    json_object object = {out, false};
    return object;
}

void json_end(json_object *object)
{
    fputs(object->has_fields ? "}\n" : "{}\n", object->out);
}

void json_string(json_object *object, const char *name, const char *value)
{
    json_octets(object, name, (const uint8_t *)value, strlen(value));
}

void json_octets(json_object *object, const char *name, const uint8_t *data, size_t len)
{
    put_name(object, name);
    put_string(object->out, data, len);
}

void json_number(json_object *object, const char *name, unsigned long value)
{
    put_name(object, name);
    fprintf(object->out, "%lu", value);
}

void json_bool(json_object *object, const char *name, bool value)
{
    put_name(object, name);
    fputs(value ? "true" : "false", object->out);
}

void json_null(json_object *object, const char *name)
{
    put_name(object, name);
    fputs("null", object->out);
}
