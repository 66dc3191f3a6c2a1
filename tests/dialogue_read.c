/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Reads transcripts; dialogue.h says what they look like. */

#include "dialogue.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* What a stage direction stands for. Each begins with the one before. */
static const struct {
    const char *name, *begins_with;
    const char *lines[4];
} stages[] = {
    {"(connect)", NULL, {"S:~ 220 mail.example.test ESMTP"}},
    {"(hello)", "(connect)", {"C: EHLO client.example.test", "E:"}},
    {"(login)", "(hello)", {"C: AUTH PLAIN \\b{\\0alice@example.test\\0correct horse}", "S: 235 2.7.0"}},
    {"(mail)",
     "(login)",
     {"C: MAIL FROM:<alice@example.test>", "S: 250 2.1.0", "C: RCPT TO:<bob@example.test>", "S: 250 2.1.5"}},
    {"(data)", "(mail)", {"C: DATA", "S: 354"}},
    {"(lmtp)", NULL, {"S:~ 220 mail.example.test LMTP", "C: LHLO client.example.test", "E:"}},
};

typedef struct reader {
    const char *file;
    unsigned line;
    dialogue_list *list;
    dialogue *now; /* NULL before the first title */
    char policy[200];
} reader;

static bool complain(const reader *r, const char *what)
{
    fprintf(stderr, "%s:%u: %s\n", r->file, r->line, what);
    return false;
}

static int hex(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);
    return c != 0 && at != NULL ? (int)(at - digits) : -1;
}

static bool unescape(const char *text, size_t len, octets *out);

/* \{text*N} and \b{text}: `at` is behind the brace. Returns where the braces end, or NULL. */
static const char *unescape_braces(const char *at, const char *end, bool is_base64, octets *out)
{
    const char *close = at;
    octets inner = {0};
    for (int depth = 1; close < end; close++) {
        depth += (*close == '{') - (*close == '}');
        if (depth == 0)
            break;
    }
    if (close == end)
        return NULL;
    const char *text_end = close;
    unsigned long times = 1;
    if (!is_base64) {
        while (text_end > at && *text_end != '*')
            text_end--;
        times = strtoul(text_end + 1, NULL, 10);
    }
    bool is_ok = unescape(at, (size_t)(text_end - at), &inner);
    if (is_base64)
        octets_base64(out, inner.data, inner.len);
    while (!is_base64 && times-- != 0)
        octets_add(out, inner.data, inner.len);
    octets_free(&inner);
    return is_ok ? close : NULL;
}

static bool unescape(const char *text, size_t len, octets *out)
{
    static const char names[] = "rnts0\\", values[] = "\r\n\t \0\\";
    const char *end = text + len;
    for (const char *at = text; at < end; at++) {
        if (*at != '\\') {
            octets_add(out, at, 1);
            continue;
        }
        if (++at == end)
            return false;
        const char *simple = strchr(names, *at);
        if (simple != NULL) {
            octets_add(out, &values[simple - names], 1);
        } else if (*at == 'x' && end - at > 2 && hex(at[1]) >= 0 && hex(at[2]) >= 0) {
            octets_byte(out, (uint8_t)(hex(at[1]) * 16 + hex(at[2])), 1);
            at += 2;
        } else if (*at == '{') {
            at = unescape_braces(at + 1, end, false, out);
        } else if (*at == 'b' && end - at > 1 && at[1] == '{') {
            at = unescape_braces(at + 2, end, true, out);
        } else {
            return false;
        }
        if (at == NULL)
            return false;
    }
    return true;
}

static bool add_item(reader *r, char kind, char mark, const char *text, unsigned long times)
{
    octets value = {0};
    size_t len = strlen(text);
    size_t slashes = 0;
    while (slashes < len && text[len - 1 - slashes] == '\\')
        slashes++;
    bool is_open = (kind == 'C' || kind == 'D') && slashes % 2 == 1;
    if (r->now == NULL)
        return complain(r, "a line before the first title");
    if (!unescape(text, len - (is_open ? 1 : 0), &value))
        return complain(r, "unknown escape");
    if ((kind == 'C' || kind == 'D') && !is_open && mark != '!')
        octets_text(&value, "\r\n");
    octets_add(&value, "", 0);
    for (; times != 0; times--) {
        dialogue *d = r->now;
        if (d->len == d->cap) {
            d->cap = d->cap * 2 + 16;
            d->items = realloc(d->items, d->cap * sizeof *d->items);
            if (d->items == NULL)
                exit(2);
        }
        dialogue_item item = {.kind = kind, .mark = mark, .line = r->line};
        octets_add(&item.text, value.data, value.len);
        octets_string(&item.text);
        d->items[d->len++] = item;
    }
    octets_free(&value);
    return true;
}

static bool add_title(reader *r, const char *title)
{
    dialogue_list *list = r->list;
    if (list->len == list->cap) {
        list->cap = list->cap * 2 + 64;
        list->data = realloc(list->data, list->cap * sizeof *list->data);
        if (list->data == NULL)
            exit(2);
    }
    r->now = &list->data[list->len++];
    memset(r->now, 0, sizeof *r->now);
    snprintf(r->now->file, sizeof r->now->file, "%s", r->file);
    snprintf(r->now->title, sizeof r->now->title, "%s", title);
    snprintf(r->now->policy, sizeof r->now->policy, "%s", r->policy);
    r->now->line = r->line;
    return true;
}

static bool read_line(reader *r, const char *text);

static bool add_stage(reader *r, const char *name)
{
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        if (strcmp(stages[i].name, name) != 0)
            continue;
        if (stages[i].begins_with != NULL && !add_stage(r, stages[i].begins_with))
            return false;
        for (size_t j = 0; j < 4 && stages[i].lines[j] != NULL; j++) {
            if (!read_line(r, stages[i].lines[j]))
                return false;
        }
        return true;
    }
    return complain(r, "unknown stage direction");
}

/* `C: x`, `S*20: x`, `S:~ x`, `E! x`, `D!`, ... */
static bool read_item(reader *r, const char *text)
{
    char kind = text[0], mark = 0;
    const char *at = text + 1;
    char *behind = NULL;
    unsigned long times = 1;
    if (*at == '*') {
        times = strtoul(at + 1, &behind, 10);
        at = behind;
    }
    if (*at == '!')
        mark = '!';
    else if (*at != ':')
        return complain(r, "neither remark, title nor item");
    at++;
    if (kind == 'S' && *at == '~')
        mark = *at++;
    if (kind == 'S' && mark == '!')
        kind = '!';
    if (*at == ' ')
        at++;
    return add_item(r, kind, mark, at, times);
}

static bool read_line(reader *r, const char *text)
{
    if (text[0] == 0 || text[0] == ';')
        return true;
    if (text[0] == '#')
        return add_title(r, text + 1 + (text[1] == ' '));
    if (text[0] == '(')
        return r->now != NULL ? add_stage(r, text) : complain(r, "a stage direction before the first title");
    if (strncmp(text, "policy: ", 8) == 0) {
        char *policy = r->now != NULL ? r->now->policy : r->policy;
        snprintf(policy, sizeof r->policy, "%s", text + 8);
        return true;
    }
    if (strncmp(text, "row: ", 5) == 0 && r->now != NULL) {
        snprintf(r->now->rows, sizeof r->now->rows, "%s", text + 5);
        return true;
    }
    if (strcmp(text, "lockstep") == 0 && r->now != NULL) {
        r->now->is_lockstep = true;
        return true;
    }
    if (strncmp(text, "TLS", 3) == 0)
        return add_item(r, 'T', 0, text + 3 + (text[3] == ' '), 1);
    if (strchr("CSENQADH", text[0]) != NULL)
        return read_item(r, text);
    return complain(r, "neither remark, title nor item");
}

static bool read_file(dialogue_list *list, const char *path)
{
    reader r = {.file = path, .list = list};
    char text[4096];
    bool is_ok = true;
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return complain(&r, "cannot be read");
    while (is_ok && fgets(text, sizeof text, file) != NULL) {
        r.line++;
        text[strcspn(text, "\n")] = 0;
        is_ok = read_line(&r, text);
    }
    fclose(file);
    return is_ok;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_text(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".txt") == 0;
}

bool dialogue_read(dialogue_list *list, const char *path)
{
    struct dirent **names = NULL;
    int count = scandir(path, &names, is_text, by_name);
    bool is_ok = true;
    if (count < 0)
        return read_file(list, path);
    for (int i = 0; i < count; i++) {
        char name[1024];
        snprintf(name, sizeof name, "%s/%s", path, names[i]->d_name);
        is_ok = read_file(list, name) && is_ok;
        free(names[i]);
    }
    free(names);
    return is_ok;
}

void dialogue_free(dialogue_list *list)
{
    for (size_t i = 0; i < list->len; i++) {
        for (size_t j = 0; j < list->data[i].len; j++)
            octets_free(&list->data[i].items[j].text);
        free(list->data[i].items);
    }
    free(list->data);
    memset(list, 0, sizeof *list);
}
