/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves PROXY headers of version 1 by section 2.1 of HAProxy's doc/proxy-protocol.txt (2020/03/05): its own examples
 * and limits, lines that HAProxy 2.6.12 sent (`server ... send-proxy`; binds on 127.0.0.1, [::1], [::] v4v6 and a Unix
 * socket; clients on loopback), each at every length, every way to be malformed at the octet that shows it, and random
 * mutations against inet_pton and strtoul. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include <smtpauth/proxy.h>

#include "chance.h"
#include "proxy_feed.h"
#include "rows.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define FS            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
#define ALL_ONES      "ffffffffffffffffffffffffffffffff"

static bool address_is(const uint8_t address[16], const char *hex)
{
    uint8_t expected[16] = {0};
    octets_of(hex, expected);
    return memcmp(address, expected, 16) == 0;
}

static void lines_are_taken(void **state)
{
    static const struct {
        const char *name, *line;
        uint8_t family;
        const char *source, *destination;
        uint16_t source_port, destination_port;
    } rows[] = {
        {"the specification's example", "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
         SMTPAUTH_PROXY_INET, "c0a80001", "c0a8000b", 56324, 443},
        {"its longest TCP4", "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", SMTPAUTH_PROXY_INET,
         "ffffffff", "ffffffff", 65535, 65535},
        {"its longest TCP6", "PROXY TCP6 " FS " " FS " 65535 65535\r\n", SMTPAUTH_PROXY_INET6, ALL_ONES,
         ALL_ONES, 65535, 65535},
        {"its short UNKNOWN, and HAProxy's from a Unix socket", "PROXY UNKNOWN\r\n", SMTPAUTH_PROXY_NONE, "",
         "", 0, 0},
        {"its longest UNKNOWN", "PROXY UNKNOWN " FS " " FS " 65535 65535\r\n", SMTPAUTH_PROXY_NONE, "", "", 0,
         0},
        {"HAProxy, IPv4", "PROXY TCP4 127.0.0.2 127.0.0.1 59699 55313\r\n", SMTPAUTH_PROXY_INET, "7f000002",
         "7f000001", 59699, 55313},
        {"HAProxy, IPv6", "PROXY TCP6 ::1 ::1 51560 48103\r\n", SMTPAUTH_PROXY_INET6,
         "00000000000000000000000000000001", "00000000000000000000000000000001", 51560, 48103},
        {"HAProxy, IPv4 on an IPv6 socket", "PROXY TCP6 ::ffff:127.0.0.2 ::ffff:127.0.0.1 42941 37901\r\n",
         SMTPAUTH_PROXY_INET6, "00000000000000000000ffff7f000002", "00000000000000000000ffff7f000001", 42941,
         37901},
        {"HAProxy, its own check", "PROXY TCP4 127.0.0.1 127.0.0.1 47658 59699\r\n", SMTPAUTH_PROXY_INET,
         "7f000001", "7f000001", 47658, 59699},
        {"the shortest TCP4", "PROXY TCP4 0.0.0.0 1.2.3.4 0 1\r\n", SMTPAUTH_PROXY_INET, "00000000", "01020304",
         0, 1},
        {"the shortest TCP6", "PROXY TCP6 :: :: 0 1\r\n", SMTPAUTH_PROXY_INET6, "", "", 0, 1},
        {"digits of either case, zeros in front of groups",
         "PROXY TCP6 2001:0DB8::aBcD 0001:2:3:4:5:6:7:8 1 2\r\n", SMTPAUTH_PROXY_INET6,
         "20010db800000000000000000000abcd", "00010002000300040005000600070008", 1, 2},
        {"zeros at the end, at the begin", "PROXY TCP6 1:2:3:: ::a:b 1 2\r\n", SMTPAUTH_PROXY_INET6,
         "00010002000300000000000000000000", "000000000000000000000000000a000b", 1, 2},
        {"a gap of one group", "PROXY TCP6 1::3:4:5:6:7:8 1:2:3:4:5:6:7:: 1 2\r\n", SMTPAUTH_PROXY_INET6,
         "00010000000300040005000600070008", "00010002000300040005000600070000", 1, 2},
        {"a dotted end without a gap", "PROXY TCP6 1:2:3:4:5:6:7.8.9.10 ::1.2.3.4 1 2\r\n",
         SMTPAUTH_PROXY_INET6, "0001000200030004000500060708090a", "00000000000000000000000001020304", 1, 2},
        {"a dotted end behind a gap of one group",
         "PROXY TCP6 1:2:3:4:5::1.2.3.4 ::2:3:4:5:6:255.0.255.0 1 2\r\n", SMTPAUTH_PROXY_INET6,
         "00010002000300040005000001020304", "000000020003000400050006ff00ff00", 1, 2},
        {"UNKNOWN and a blank", "PROXY UNKNOWN \r\n", SMTPAUTH_PROXY_NONE, "", "", 0, 0},
        {"UNKNOWN and anything", "PROXY UNKNOWN  \t\x01\x7f\xff TCP4 1.2.3.4\r\n", SMTPAUTH_PROXY_NONE, "", "",
         0, 0},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        smtpauth_proxy is, expected;
        expect_taken(rows[i].name, octets(rows[i].line), strlen(rows[i].line), &is);
        memset(&expected, 0, sizeof expected);
        expected.version = 1;
        expected.family = rows[i].family;
        expected.transport =
            rows[i].family == SMTPAUTH_PROXY_NONE ? SMTPAUTH_PROXY_UNSPECIFIED : SMTPAUTH_PROXY_STREAM;
        octets_of(rows[i].source, expected.source);
        octets_of(rows[i].destination, expected.destination);
        expected.source_port = rows[i].source_port;
        expected.destination_port = rows[i].destination_port;
        check(address_is(is.source, rows[i].source), rows[i].name, "source");
        check(address_is(is.destination, rows[i].destination), rows[i].name, "destination");
        check(is.source_port == rows[i].source_port, rows[i].name, "source_port");
        check(is.destination_port == rows[i].destination_port, rows[i].name, "destination_port");
        check(is.family == rows[i].family, rows[i].name, "family");
        check(memcmp(&is, &expected, sizeof is) == 0, rows[i].name, "another field");
    }
    assert_int_equal(strlen(rows[1].line), 56);
    assert_int_equal(strlen(rows[2].line), 104);
    assert_int_equal(strlen(rows[4].line), SMTPAUTH_PROXY_TEXT_MAX);
    static const uint8_t with_nul[] = "PROXY UNKNOWN a\0b\r\n";
    smtpauth_proxy proxy;
    expect_taken("UNKNOWN and NUL", with_nul, sizeof with_nul - 1, &proxy);
    finish();
}

/* The first octet of `bad` is the one that no header can have behind `good`. */
static void other_lines_are_refused(void **state)
{
    static const struct {
        const char *name, *good, *bad;
    } rows[] = {
        {"SMTP", "", "EHLO client.example.test\r\n"},
        {"SMTP that begins alike", "P", "ING\r\n"},
        {"TLS", "", "\x16\x03\x01"},
        {"a blank first", "", " PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n"},
        {"small letters", "", "proxy TCP4 1.2.3.4 1.2.3.4 1 2\r\n"},
        {"another word", "PROX", "IMITY\r\n"},
        {"nothing behind PROXY", "PROXY", "\r\n"},
        {"TAB behind PROXY", "PROXY", "\tTCP4 1.2.3.4 1.2.3.4 1 2\r\n"},
        {"two blanks behind PROXY", "PROXY ", " TCP4 1.2.3.4 1.2.3.4 1 2\r\n"},
        {"TCP5", "PROXY TCP", "5 1.2.3.4 1.2.3.4 1 2\r\n"},
        {"TCP", "PROXY TCP", " 1.2.3.4 1.2.3.4 1 2\r\n"},
        {"tcp4", "PROXY ", "tcp4 1.2.3.4 1.2.3.4 1 2\r\n"},
        {"UDP4", "PROXY U", "DP4 1.2.3.4 1.2.3.4 1 2\r\n"},
        {"TCP44", "PROXY TCP4", "4 1.2.3.4 1.2.3.4 1 2\r\n"},
        {"TCP4 alone", "PROXY TCP4", "\r\n"},
        {"TCP6 alone", "PROXY TCP6", "\r\n"},
        {"UNKNOWNS", "PROXY UNKNOWN", "S\r\n"},
        {"UNKNOWN, LF", "PROXY UNKNOWN", "\n"},
        {"UNKNOWN, LF in the rest", "PROXY UNKNOWN rest", "\nof it\r\n"},
        {"UNKNOWN, CR in the rest", "PROXY UNKNOWN rest\r", "of it\r\n"},
        {"UNKNOWN, two CR", "PROXY UNKNOWN\r", "\r\n"},
        {"UNKNOWN, one octet too long", "PROXY UNKNOWN " FS " " FS " 65535 65535", "5\r\n"},

        {"LF alone", "PROXY TCP4 1.2.3.4 1.2.3.4 1 22", "\n"},
        {"CR alone", "PROXY TCP4 1.2.3.4 1.2.3.4 1 22\r", "x"},
        {"two CR", "PROXY TCP4 1.2.3.4 1.2.3.4 1 22\r", "\r\n"},
        {"CR inside", "PROXY TCP4 1.2.3.4 1.2.3.4 12345\r", " 22\r\n"},
        {"LF inside", "PROXY TCP4 1.2.3.4", "\n1.2.3.4 1 22\r\n"},
        {"TAB for a blank", "PROXY TCP4 1.2.3.4", "\t1.2.3.4 1 22\r\n"},
        {"8-bit", "PROXY TCP4 1.2.3.4 1.2.3.", "\xb4 1 22\r\n"},
        {"a letter", "PROXY TCP4 1.2.3.4 1.2.3.", "g 1 22\r\n"},
        {"hexadecimal with its mark", "PROXY TCP4 1.2.3.0", "x4 1.2.3.4 1 22\r\n"},
        {"a sign", "PROXY TCP4 1.2.3.4 1.2.3.4 ", "-1 22\r\n"},
        {"a plus", "PROXY TCP4 1.2.3.4 1.2.3.4 1 ", "+22\r\n"},
        {"a name", "PROXY TCP4 ", "localhost 1.2.3.4 1 22\r\n"},
        {"brackets", "PROXY TCP6 ", "[::1] [::1] 1 22\r\n"},
        {"a zone", "PROXY TCP6 fe80::1", "%eth0 ::1 1 22\r\n"},
        {"a prefix", "PROXY TCP6 fe80::1", "/64 ::1 1 22\r\n"},
        {"too short for TCP4", "PROXY TCP4 1.2.3.4 1.2.3.4 1", "\r\n"},
        {"one octet too short for TCP4", "PROXY TCP4 1.2.3.4 1.2.3.4 12", "\r\n"},
        {"too short for TCP6", "PROXY TCP6 ::1 :: 1", "\r\n"},
        {"one octet too long for TCP4", "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535", " \r\n"},
        {"one octet too long for TCP6", "PROXY TCP6 " FS " " FS " 65535 65535", " \r\n"},
        {"TCP6 longer by its dotted end",
         "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255 ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
         " 1 2\r\n"},

        {"two blanks before the source", "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r", "\n"},
        {"two blanks between the addresses", "PROXY TCP4 1.2.3.4  1.2.3.4 1 2\r", "\n"},
        {"two blanks before the ports", "PROXY TCP4 1.2.3.4 1.2.3.4  1 2\r", "\n"},
        {"two blanks between the ports", "PROXY TCP4 1.2.3.4 1.2.3.4 1  2\r", "\n"},
        {"a blank behind", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r", "\n"},
        {"a field too many", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r", "\n"},
        {"a field too few", "PROXY TCP4 1.2.3.44 1.2.3.44 12345\r", "\n"},
        {"no port", "PROXY TCP4 1.2.3.44 1.2.3.44 12345 \r", "\n"},
        {"no source port", "PROXY TCP4 1.2.3.44 1.2.3.44  12345\r", "\n"},
        {"one address", "PROXY TCP4 192.168.100.100 12345 54321\r", "\n"},
        {"no blank between the addresses", "PROXY TCP4 1.2.3.41.2.3.4 123 456\r", "\n"},
        {"zero in front, first octet", "PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r", "\n"},
        {"zero in front, last octet", "PROXY TCP4 1.2.3.04 1.2.3.4 1 2\r", "\n"},
        {"two zeros", "PROXY TCP4 1.2.00.4 1.2.3.4 1 2\r", "\n"},
        {"zero in front, destination", "PROXY TCP4 1.2.3.4 1.2.03.4 1 2\r", "\n"},
        {"octet 256", "PROXY TCP4 1.256.3.4 1.2.3.4 1 2\r", "\n"},
        {"octet 1000", "PROXY TCP4 1.2.3.4 1000.2.3.4 1 2\r", "\n"},
        {"octet that wraps 32 bits", "PROXY TCP4 4294967297.2.3.4 1.2.3.4 1 2\r", "\n"},
        {"hexadecimal octet", "PROXY TCP4 a.2.3.44 1.2.3.4 1 2\r", "\n"},
        {"three octets", "PROXY TCP4 1.2.345 1.2.3.4 1 2222\r", "\n"},
        {"five octets", "PROXY TCP4 1.2.3.4.5 1.2.3.4 1 2\r", "\n"},
        {"dot behind", "PROXY TCP4 1.2.3.4. 1.2.3.4 1 2\r", "\n"},
        {"dot in front", "PROXY TCP4 .1.2.3.4 1.2.3.4 1 2\r", "\n"},
        {"empty octet", "PROXY TCP4 1.2..34 1.2.3.45 1 2\r", "\n"},
        {"three octets and a dot", "PROXY TCP4 1.2.34. 1.2.3.45 1 2\r", "\n"},
        {"IPv6 in TCP4", "PROXY TCP4 2001:db8::1 2001:db8::1 1 2\r", "\n"},
        {"IPv6 destination in TCP4", "PROXY TCP4 1.2.3.4 2001:db8::1 1 2\r", "\n"},
        {"port 65536", "PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r", "\n"},
        {"destination port 65536", "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r", "\n"},
        {"port 99999", "PROXY TCP4 1.2.3.4 1.2.3.4 99999 2\r", "\n"},
        {"port of six digits", "PROXY TCP4 1.2.3.4 1.2.3.4 100000 2\r", "\n"},
        {"port that wraps 32 bits", "PROXY TCP4 1.2.3.4 1.2.3.4 4294967297 2\r", "\n"},
        {"port with zero in front", "PROXY TCP4 1.2.3.4 1.2.3.4 025 2\r", "\n"},
        {"port 00", "PROXY TCP4 1.2.3.4 1.2.3.4 1 00\r", "\n"},
        {"hexadecimal port", "PROXY TCP4 1.2.3.4 1.2.3.4 1 a\r", "\n"},
        {"port with a dot", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2.\r", "\n"},

        {"IPv4 in TCP6", "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r", "\n"},
        {"IPv4 destination in TCP6", "PROXY TCP6 2001:db8::1 1.2.3.4 1 2\r", "\n"},
        {"seven groups", "PROXY TCP6 1:2:3:4:5:6:7 ::1 1 2\r", "\n"},
        {"nine groups", "PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\r", "\n"},
        {"nine groups, destination", "PROXY TCP6 ::1 1:2:3:4:5:6:7:8:9 1 2\r", "\n"},
        {"a gap for nothing", "PROXY TCP6 1:2:3:4::5:6:7:8 ::1 1 2\r", "\n"},
        {"a gap for nothing, first", "PROXY TCP6 ::1:2:3:4:5:6:7:8 ::1 1 2\r", "\n"},
        {"a gap for nothing, last", "PROXY TCP6 1:2:3:4:5:6:7:8:: ::1 1 2\r", "\n"},
        {"two gaps", "PROXY TCP6 1::2::3 ::1 1 2\r", "\n"},
        {"two gaps, first", "PROXY TCP6 ::2::3 ::1 1 2\r", "\n"},
        {"three colons", "PROXY TCP6 ::: ::1 1 2\r", "\n"},
        {"three colons inside", "PROXY TCP6 1:::2 ::1 1 2\r", "\n"},
        {"one colon", "PROXY TCP6 : ::1 12345\r", "\n"},
        {"a colon in front", "PROXY TCP6 :2:3:4:5:6:7:8 ::1 1 2\r", "\n"},
        {"a colon in front of eight", "PROXY TCP6 :1:2:3:4:5:6:7:8 ::1 1 2\r", "\n"},
        {"a colon behind", "PROXY TCP6 1:2:3:4:5:6:7: ::1 1 2\r", "\n"},
        {"a colon behind eight", "PROXY TCP6 1:2:3:4:5:6:7:8: ::1 1 2\r", "\n"},
        {"a colon behind a gap", "PROXY TCP6 ::1: ::1 1 2\r", "\n"},
        {"five digits", "PROXY TCP6 12345::1 ::1 1 2\r", "\n"},
        {"five digits, zero in front", "PROXY TCP6 00001::1 ::1 1 2\r", "\n"},
        {"no address", "PROXY TCP6  ::1 12345 54321\r", "\n"},
        {"dotted end of three", "PROXY TCP6 ::1.2.3 ::1 1 2\r", "\n"},
        {"dotted end of five", "PROXY TCP6 ::1.2.3.4.5 ::1 1 2\r", "\n"},
        {"dotted end, 256", "PROXY TCP6 ::1.2.3.256 ::1 1 2\r", "\n"},
        {"dotted end, zero in front", "PROXY TCP6 ::01.2.3.4 ::1 1 2\r", "\n"},
        {"dotted end, hexadecimal", "PROXY TCP6 ::a.2.3.4 ::1 1 2\r", "\n"},
        {"dotted begin", "PROXY TCP6 1.2.3.4::1 ::1 1 2\r", "\n"},
        {"dotted end behind seven groups", "PROXY TCP6 1:2:3:4:5:6:7:1.2.3.4 ::1 1 2\r", "\n"},
        {"dotted end behind five groups", "PROXY TCP6 1:2:3:4:5:1.2.3.4 ::1 1 2\r", "\n"},
        {"dotted end, a gap for nothing", "PROXY TCP6 1:2:3:4:5:6::1.2.3.4 ::1 1 2\r", "\n"},
        {"port in TCP6", "PROXY TCP6 ::1 ::1 1 65536\r", "\n"},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        char line[256];
        int len = snprintf(line, sizeof line, "%s%s", rows[i].good, rows[i].bad);
        expect_refused(rows[i].name, octets(line), (size_t)len, strlen(rows[i].good) + 1);
    }
    static const uint8_t with_nul[] = "PROXY TCP4 1.2.3.4\0 1.2.3.4 1 2\r\n";
    expect_refused("NUL", with_nul, sizeof with_nul - 1, 19);
    finish();
}

/* A line as inet_pton, strtoul and printf see it. */
static bool oracle(const char *line, size_t len, smtpauth_proxy *proxy)
{
    char text[256], again[2048], field[6][256], end;
    memset(proxy, 0, sizeof *proxy);
    memcpy(text, line, len);
    text[len] = '\0';
    if (strlen(text) != len || strcmp(text + len - 2, "\r\n") != 0)
        return false;
    text[len - 2] = '\0';
    if (sscanf(text, "%255s %255s %255s %255s %255s %255s %c", field[0], field[1], field[2], field[3], field[4],
               field[5], &end) != 6)
        return false;
    unsigned long source_port = strtoul(field[4], NULL, 10), destination_port = strtoul(field[5], NULL, 10);
    snprintf(again, sizeof again, "%s %s %s %s %lu %lu", field[0], field[1], field[2], field[3], source_port,
             destination_port);
    bool is_inet = strcmp(field[1], "TCP4") == 0;
    proxy->source_port = (uint16_t)source_port;
    proxy->destination_port = (uint16_t)destination_port;
    return strcmp(again, text) == 0 && source_port <= 65535 && destination_port <= 65535 &&
           strcmp(field[0], "PROXY") == 0 && (is_inet || strcmp(field[1], "TCP6") == 0) &&
           inet_pton(is_inet ? AF_INET : AF_INET6, field[2], proxy->source) == 1 &&
           inet_pton(is_inet ? AF_INET : AF_INET6, field[3], proxy->destination) == 1;
}

static size_t mutate(char *line, size_t len)
{
    static const char alphabet[] = "0123456789abcdefAF::::.... \r\n";
    size_t edits = 1 + chance(3);
    for (; edits > 0; edits--) {
        size_t at = chance((uint32_t)len);
        char c = alphabet[chance(sizeof alphabet - 1)];
        uint32_t kind = chance(3);
        if (kind == 0)
            line[at] = c;
        else if (kind == 1) {
            memmove(line + at + 1, line + at, len - at);
            line[at] = c;
            len++;
        } else if (len > 20) {
            memmove(line + at, line + at + 1, len - at - 1);
            len--;
        }
    }
    return len;
}

static void mutations_agree_with_inet_pton(void **state)
{
    static const char *const seeds[] = {
        "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
        "PROXY TCP4 0.0.0.0 255.1.20.3 0 65535\r\n",
        "PROXY TCP6 2001:db8::1 1:2:3:4:5:6:7:8 1 2\r\n",
        "PROXY TCP6 ::ffff:127.0.0.2 1:2:3:4:5:6:7:: 42941 37901\r\n",
        "PROXY TCP6 ::2:3:4:5:6:7:8 1::3:4:5:6:7.8.9.10 1 2\r\n",
    };
    (void)state;
    chance_begin(1);
    size_t taken = 0, refused = 0;
    for (size_t i = 0; i < 300000; i++) {
        char line[256], shown[256];
        size_t len = strlen(seeds[i % LENGTH(seeds)]);
        memcpy(line, seeds[i % LENGTH(seeds)], len);
        len = mutate(line, len);
        memcpy(shown, line, len);
        shown[len] = '\0';
        size_t end = 0; /* behind the first CRLF */
        for (size_t j = 0; j + 1 < len && end == 0; j++)
            if (line[j] == '\r' && line[j + 1] == '\n')
                end = j + 2;
        smtpauth_proxy expected, is;
        bool is_right = end > 0 && oracle(line, end, &expected);
        int32_t result = smtpauth_proxy_parse(at_the_edge(octets(line), len), len, &is);
        check((result > 0) == is_right && (!is_right || result == (int32_t)end), shown,
              "differs from the oracle");
        if (is_right && result > 0)
            check(memcmp(is.source, expected.source, 16) == 0 &&
                      memcmp(is.destination, expected.destination, 16) == 0 &&
                      is.source_port == expected.source_port &&
                      is.destination_port == expected.destination_port,
                  shown, "read differently than by the oracle");
        taken += is_right;
        refused += !is_right;
    }
    assert_true(taken > 30000 && refused > 30000); /* both were tried */
    finish();
}

/* The least that any header beginning so can have. */
static void what_is_needed_next(void **state)
{
    static const struct {
        const char *begin;
        int32_t needed;
    } rows[] = {
        {"", 15}, /* PROXY UNKNOWN, CRLF */
        {"P", 15},
        {"PROXY ", 15},
        {"PROXY UNKNOWN", 15},
        {"PROXY UNKNOWN\r", 15},
        {"PROXY UNKNOWN x", 17},
        {"PROXY T", 22}, /* PROXY TCP6 :: :: 0 0 */
        {"PROXY TCP6 ", 22},
        {"PROXY TCP6 :: :: 0 0", 22},
        {"PROXY TCP6 :: :: 0 00", 23},
        {"PROXY TCP4", 32}, /* PROXY TCP4 0.0.0.0 0.0.0.0 0 0 */
        {"PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r", 32},
        {"PROXY TCP4 0.0.0.0 0.0.0.0 0 00", 33},
        {"PROXY TCP4 0.0.0.0 0.0.0.0 0 00\r", 33},
        {"\r", 16},
        {"\r\n\r\n", 16},
    };
    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        size_t len = strlen(rows[i].begin);
        check(smtpauth_proxy_needed(at_the_edge(octets(rows[i].begin), len), len) == rows[i].needed,
              rows[i].begin, "needs another number of octets");
    }
    finish();
}

static void misuse_changes_nothing(void **state)
{
    (void)state;
    smtpauth_proxy proxy;
    const uint8_t *line = octets("PROXY UNKNOWN\r\n");
    assert_int_equal(smtpauth_proxy_parse(NULL, 15, &proxy), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_proxy_parse(NULL, 0, &proxy), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_proxy_parse(line, 15, NULL), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_proxy_needed(NULL, 0), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_proxy_size(), sizeof(smtpauth_proxy));

    uint8_t type = 7;
    smtpauth_view empty = {NULL, 0}, wrong = {NULL, 1}, value = {line, 3};
    assert_int_equal(smtpauth_proxy_tlv(NULL, &type, &value), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_proxy_tlv(&empty, NULL, &value), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_proxy_tlv(&empty, &type, NULL), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_proxy_tlv(&wrong, &type, &value), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_proxy_tlv(&empty, &type, &value), 0);
    assert_true(type == 7 && value.data == line && value.len == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_taken),
        cmocka_unit_test(other_lines_are_refused),
        cmocka_unit_test(mutations_agree_with_inet_pton),
        cmocka_unit_test(what_is_needed_next),
        cmocka_unit_test(misuse_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
