/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "proxy_feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "rows.h"

enum { ROOM = 128 * 1024, POISON = 0x5A };

static int digit_of(char c)
{
    const char digits[] = "0123456789abcdef", *at = strchr(digits, c);
    return c == '\0' || at == NULL ? -1 : (int)(at - digits);
}

size_t octets_of(const char *hex, uint8_t *out)
{
    size_t len = 0;
    for (; *hex != '\0'; hex++) {
        if (*hex == ' ')
            continue;
        int high = digit_of(hex[0]), low = digit_of(hex[1]);
        if (high < 0 || low < 0)
            abort();
        out[len++] = (uint8_t)(high * 16 + low);
        hex++;
    }
    return len;
}

const uint8_t *at_the_edge(const uint8_t *data, size_t len)
{
    static uint8_t *end;
    if (end == NULL) {
        uint8_t *room = mmap(NULL, 2 * ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (room == MAP_FAILED || mprotect(room + ROOM, ROOM, PROT_NONE) != 0)
            abort();
        end = room + ROOM;
    }
    if (len > ROOM)
        abort();
    return len == 0 ? end : memcpy(end - len, data, len);
}

/* All lengths of a short header; of a long one the ends and some between. */
static size_t next_length(size_t n, size_t len)
{
    return len < 1024 || n < 300 || n + 300 > len ? n + 1 : n + 997;
}

static bool is_poison(const smtpauth_proxy *proxy)
{
    smtpauth_proxy poison;
    memset(&poison, POISON, sizeof poison);
    return memcmp(proxy, &poison, sizeof poison) == 0;
}

/* What the library says of a part of the input: parse's result, after it was compared with needed's. */
static int32_t judge(const char *row, const uint8_t *data, size_t len)
{
    const uint8_t *copy = at_the_edge(data, len);
    smtpauth_proxy proxy;
    memset(&proxy, POISON, sizeof proxy);
    int32_t taken = smtpauth_proxy_parse(copy, len, &proxy), needed = smtpauth_proxy_needed(copy, len);
    if (taken > 0)
        check(needed == taken, row, "needed differs from what parse took");
    else {
        check(is_poison(&proxy), row, "proxy is written, though none was read");
        check(taken == 0 || taken == SMTPAUTH_E_WORDS, row, "another error than E_WORDS");
        if (taken == 0)
            check(needed > 0 && (size_t)needed > len, row, "incomplete, but needed asks for no more");
    }
    return taken;
}

/* Receives as proxy.h's example does, from a stream that goes on behind the header. */
static void read_by_need(const char *row, const uint8_t *data, size_t len)
{
    size_t received = 0;
    for (size_t turn = 0; turn <= len; turn++) {
        int32_t needed = smtpauth_proxy_needed(at_the_edge(data, received), received);
        if (needed <= 0 || (size_t)needed > len) {
            check(false, row, "needed is more than the header has");
            return;
        }
        if ((size_t)needed == received)
            break;
        received = (size_t)needed;
    }
    check(received == len, row, "needed does not lead to the header's end");
}

void expect_taken(const char *row, const uint8_t *data, size_t len, smtpauth_proxy *proxy)
{
    for (size_t n = 0; n < len; n = next_length(n, len))
        if (judge(row, data, n) != 0) {
            printf("%s: at %zu of %zu\n", row, n, len);
            check(false, row, "is not incomplete");
            break;
        }
    read_by_need(row, data, len);
    uint8_t *longer = malloc(len + 64);
    if (longer == NULL)
        abort();
    memcpy(longer, data, len);
    memcpy(longer + len, "\r\nEHLO client.example.test\r\nPROXY TCP4 \r\n\r\n\0\r\nQUIT\n", 52);
    check(judge(row, longer, len + 52) == (int32_t)len, row, "is not taken with something behind it");
    check(judge(row, longer, len + 1) == (int32_t)len, row, "is not taken with an octet behind it");
    free(longer);
    memset(proxy, 0, sizeof *proxy);
    check(smtpauth_proxy_parse(at_the_edge(data, len), len, proxy) == (int32_t)len, row, "is not taken");
}

void expect_refused(const char *row, const uint8_t *data, size_t len, size_t at)
{
    for (size_t n = 0; n <= len; n = next_length(n, len)) {
        int32_t expected = n < at ? 0 : SMTPAUTH_E_WORDS, is = judge(row, data, n);
        if (is != expected) {
            printf("%s: %d instead of %d at %zu of %zu octets\n", row, (int)is, (int)expected, n, len);
            add_wrong();
            return;
        }
    }
    check(at <= len, row, "the row never gets to its fault");
}

void check_text(const smtpauth_view *view, const char *text, const char *row, const char *what)
{
    bool is_there = view->data != NULL;
    check(text == NULL ? !is_there && view->len == 0 : is_there && view_is(view, text), row, what);
}

/* ---- headers of version 2, made here ---- */

void header_add(proxy_header *h, const void *octets, size_t len)
{
    memcpy(h->octets + h->len, octets, len);
    h->len += len;
}

void header_set_length(proxy_header *h)
{
    h->octets[14] = (uint8_t)((h->len - 16) >> 8);
    h->octets[15] = (uint8_t)((h->len - 16) & 0xFF);
}

void header_begin(proxy_header *h, uint8_t command, uint8_t family)
{
    static const uint8_t numbers[216] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    static const size_t sizes[16] = {0, 12, 36, 216};
    memset(h, 0, sizeof *h);
    header_add(h, "\r\n\r\n\0\r\nQUIT\n", 12);
    h->octets[h->len++] = command;
    h->octets[h->len++] = family;
    h->len += 2;
    header_add(h, numbers, sizes[family >> 4]);
    header_set_length(h);
}

void header_add_tlv(proxy_header *h, uint8_t type, const void *value, size_t len)
{
    uint8_t head[3] = {type, (uint8_t)(len >> 8), (uint8_t)(len & 0xFF)};
    header_add(h, head, sizeof head);
    header_add(h, value, len);
    header_set_length(h);
}

static void put_big_endian(uint8_t *at, uint32_t word)
{
    for (size_t i = 0; i < 4; i++)
        at[i] = (uint8_t)(word >> (24 - 8 * i) & 0xFF);
}

void header_begin_tls(proxy_header *h, uint8_t client, uint32_t verify)
{
    uint8_t head[5] = {client};
    put_big_endian(head + 1, verify);
    h->tls_len_at = h->len + 1;
    header_add_tlv(h, SMTPAUTH_PROXY_TLV_TLS, head, sizeof head);
}

void header_end_tls(proxy_header *h)
{
    size_t len = h->len - h->tls_len_at - 2;
    h->octets[h->tls_len_at] = (uint8_t)(len >> 8);
    h->octets[h->tls_len_at + 1] = (uint8_t)(len & 0xFF);
}

static uint32_t mirror(uint32_t word, int bits)
{
    uint32_t out = 0;
    for (int i = 0; i < bits; i++)
        out |= (word >> i & 1) << (bits - 1 - i);
    return out;
}

/* As the polynomial reads, highest bit first; mirrored in and out. */
uint32_t header_crc32c(const uint8_t *data, size_t len)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        crc ^= mirror(data[i], 8) << 24;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & UINT32_C(0x80000000) ? crc << 1 ^ UINT32_C(0x1EDC6F41) : crc << 1;
    }
    return ~mirror(crc, 32);
}

size_t header_add_checksum(proxy_header *h)
{
    size_t at = h->len + 3;
    header_add_tlv(h, SMTPAUTH_PROXY_TLV_CRC32C, "\0\0\0\0", 4);
    return at;
}

void header_sign(proxy_header *h, size_t at)
{
    memset(h->octets + at, 0, 4);
    put_big_endian(h->octets + at, header_crc32c(h->octets, h->len));
}

void expect_header(const char *row, const proxy_header *h, smtpauth_proxy *proxy)
{
    expect_taken(row, h->octets, h->len, proxy);
}

void expect_no_header(const char *row, const proxy_header *h)
{
    expect_refused(row, h->octets, h->len, h->len);
}
