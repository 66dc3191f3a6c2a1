/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves smtpauth_mailbox_parse and smtpauth_domain_is_valid: Mailbox, Domain and address literals as the grammar of
 * RFC 5321 4.1.2 and 4.1.3 has them, lengths by 4.5.3.1, and what RFC 6531 3.3 adds. Each text lies in a block of its
 * own size, so a sanitizer sees any read behind it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/command.h>

#include "rows.h"

static uint8_t *copy(const char *text, size_t len)
{
    uint8_t *block = malloc(len == 0 ? 1 : len);
    assert_non_null(block);
    memcpy(block, text, len);
    return block;
}

static bool domain_is(const char *text, bool with_utf8)
{
    uint8_t *block = copy(text, strlen(text));
    bool is = smtpauth_domain_is_valid(block, strlen(text), with_utf8);
    free(block);
    return is;
}

static void domains(void **state)
{
    static const struct {
        const char *text;
        bool is_valid;
    } rows[] = {
        {"example.com", true},
        {"a", true},
        {"localhost", true},
        {"MAIL.Example.COM", true},
        {"xn--bcher-kva.example", true},
        {"a-b.c-d", true},
        {"a--b.c", true},
        {"1.2.3.4", true}, /* four sub-domains of digits are a Domain by the grammar */
        {"3com.com", true},
        {"", false},
        {".", false},
        {".a", false},
        {"a.", false}, /* no root dot in SMTP */
        {"a..b", false},
        {"-a.b", false},
        {"a-.b", false},
        {"a.-b", false},
        {"a.b-", false},
        {"-", false},
        {"host_name.example", false},
        {"a b", false},
        {" a", false},
        {"a ", false},
        {"a@b", false},
        {"a/b", false},
        {"a:b", false},
        {"a\tb", false},
        {"a\x7F", false},
        {"\"a\"", false},
        {"<a>", false},
        {"b\xC3\xBC"
         "cher.example",
         false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check(domain_is(rows[i].text, false) == rows[i].is_valid, rows[i].text, "as a domain");
    }
    check(!smtpauth_domain_is_valid((const uint8_t *)"a\0b", 3, false), "NUL", "in a domain");
    check(domain_is("b\xC3\xBC"
                    "cher.example",
                    true),
          "U-label", "with UTF-8 (RFC 6531 3.3)");
    check(domain_is("example.com", true), "ASCII", "with UTF-8");
    /* A U-label is as long as its A-label may be, 63 octets (RFC 5890 2.3.2.1): 22 times U+65E5 are 66 octets of UTF-8
     * and an A-label of 28. */
    char label[80] = "";
    for (unsigned i = 0; i < 22; i++) {
        strcat(label, "\xE6\x97\xA5");
    }
    strcat(label, ".example");
    check(domain_is(label, true), "U-label of 66 octets", "with UTF-8");
    /* An ASCII label is what DNS sees: 63 octets (RFC 1035 2.3.4), with UTF-8 or without. */
    memset(label, 'd', 64);
    label[64] = '\0';
    check(!domain_is(label, false), "ASCII label of 64 octets", "without UTF-8");
    check(!domain_is(label, true), "ASCII label of 64 octets", "with UTF-8");
    label[63] = '\0';
    check(domain_is(label, false) && domain_is(label, true), "ASCII label of 63 octets", "is valid");
    check(!domain_is("b\xFC"
                     "cher.example",
                     true),
          "Latin-1", "is no UTF-8");
    check(!domain_is("b\xC0\xAE"
                     "c",
                     true),
          "overlong dot", "is no UTF-8");
    check(!domain_is("\xED\xA0\x80.c", true), "surrogate", "is no UTF-8");
    check(!domain_is("a..\xC3\xBC", true), "empty label", "with UTF-8");
    check(!domain_is("a_\xC3\xBC", true), "underscore", "with UTF-8");
    finish();
}

static void domain_of_255_octets(void **state)
{
    char text[260];
    (void)state;
    /* Four labels of 63 and three dots are 255. */
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = i % 64 == 63 ? '.' : 'd';
    }
    text[255] = '\0';
    assert_true(domain_is(text, false));
    text[253] = '.'; /* one octet more, no label over 63 */
    text[255] = 'd';
    text[256] = '\0';
    assert_false(domain_is(text, false));
}

static void address_literals(void **state)
{
    static const struct {
        const char *text;
        bool is_valid;
    } rows[] = {
        {"[192.0.2.1]", true},
        {"[0.0.0.0]", true},
        {"[255.255.255.255]", true},
        {"[192.000.002.001]", true}, /* Snum is 1*3DIGIT */
        {"[256.0.2.1]", false},
        {"[192.0.2.256]", false},
        {"[192.0.2.999]", false},
        {"[192.0.2.1000]", false},
        {"[192.0.2]", false},
        {"[192.0.2.1.1]", false},
        {"[192.0.2.]", false},
        {"[.0.2.1]", false},
        {"[192..2.1]", false},
        {"[192.0.2.1 ]", false},
        {"[ 192.0.2.1]", false},
        {"[192.0.2.-1]", false},
        {"[192.0.2.0x1]", false},
        {"[192.0.2.1", false},
        {"192.0.2.1]", false},
        {"[192.0.2.1]]", false},
        {"[[192.0.2.1]]", false},
        {"[192.0.2.1].com", false},
        {"[]", false},
        {"[", false},
        {"]", false},
        {"[example.com]", false},
        {"[IPv6:2001:db8:0:0:0:0:0:1]", true},
        {"[IPv6:2001:0DB8:0000:0000:0000:0000:0000:0001]", true},
        {"[ipv6:2001:db8::1]", true}, /* strings of ABNF know no case */
        {"[IPV6:2001:db8::1]", true},
        {"[IPv6:::]", true},
        {"[IPv6:::1]", true},
        {"[IPv6:1::]", true},
        {"[IPv6:1:2:3:4:5:6:7:8]", true},
        {"[IPv6:1:2:3:4:5:6::]", true},
        {"[IPv6:::1:2:3:4:5:6]", true},
        {"[IPv6:1:2:3::4:5:6]", true},
        {"[IPv6:1:2:3:4:5:6:192.0.2.1]", true},
        {"[IPv6:::ffff:192.0.2.1]", true},
        {"[IPv6:::192.0.2.1]", true},
        {"[IPv6:1:2:3:4::192.0.2.1]", true},
        {"[IPv6:1:2::3:4:192.0.2.1]", true},
        {"[IPv6:]", false},
        {"[IPv6:1]", false},
        {"[IPv6::1]", false},
        {"[IPv6:1:]", false},
        {"[IPv6:1:2:3:4:5:6:7]", false},
        {"[IPv6:1:2:3:4:5:6:7:8:9]", false},
        {"[IPv6:1:2:3:4:5:6:7::]", false}, /* "::" stands for two groups at least: six beside it at most */
        {"[IPv6:::1:2:3:4:5:6:7]", false},
        {"[IPv6:1:2:3:4::5:6:7]", false},
        {"[IPv6:1::2::3]", false},
        {"[IPv6:1:::2]", false},
        {"[IPv6:12345::]", false},
        {"[IPv6:1:2:3:4:5:6:7:g]", false},
        {"[IPv6:1:2:3:4:5:6:7:8:]", false},
        {"[IPv6::2:3:4:5:6:7:8]", false},
        {"[IPv6:1:2:3:4:5:192.0.2.1]", false},
        {"[IPv6:1:2:3:4:5:6:7:192.0.2.1]", false},
        {"[IPv6:1:2:3:4:5::192.0.2.1]", false}, /* four beside "::" and IPv4 at most */
        {"[IPv6:192.0.2.1::]", false},
        {"[IPv6:192.0.2.1]", false},
        {"[IPv6:::ffff:192.0.2]", false},
        {"[IPv6:::ffff:192.0.2.256]", false},
        {"[IPv6:fe80::1%eth0]", false},
        {"[IPv6: ::1]", false},
        {"[IPv6:::1", false},
        {"[tag:content]", true},
        {"[x-tag-1:!\"#$%&'()*+,-./:;<=>?@^_`{|}~]", true},
        {"[1:a]", true},
        {"[tag:]", false},
        {"[:content]", false},
        {"[tag-:content]", false}, /* Ldh-str ends in a letter or digit */
        {"[ta_g:content]", false},
        {"[tag:con tent]", false},
        {"[tag:con[tent]", false},
        {"[tag:con]tent]", false},
        {"[tag:con\\tent]", false},
        {"[tag:con\x7Ftent]", false},
        {"[tag:k\xC3\xA4se]", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check(domain_is(rows[i].text, false) == rows[i].is_valid, rows[i].text, "as an address literal");
    }
    check(!domain_is("[tag:k\xC3\xA4se]", true), "dcontent", "stays ASCII with UTF-8");
    finish();
}

static void mailboxes(void **state)
{
    static const struct {
        const char *text;
        bool is_valid;
        const char *local_part, *domain;
    } rows[] = {
        {"a@b", true, "a", "b"},
        {"Smith@bar.com", true, "Smith", "bar.com"},
        {"first.last@example.com", true, "first.last", "example.com"},
        {"!#$%&'*+-/=?^_`{|}~@example.com", true, "!#$%&'*+-/=?^_`{|}~", "example.com"},
        {"0@example.com", true, "0", "example.com"},
        {"postmaster@[192.0.2.1]", true, "postmaster", "[192.0.2.1]"},
        {"a@[IPv6:2001:db8::1]", true, "a", "[IPv6:2001:db8::1]"},
        {"a@[tag:x@y]", true, "a", "[tag:x@y]"}, /* dcontent holds an @; a literal is no place to cut */
        {"\"a b\"@c", true, "\"a b\"", "c"},
        {"\"a@b\"@c", true, "\"a@b\"", "c"},
        {"\"@\"@c", true, "\"@\"", "c"},
        {"\"a\\\"b\"@c", true, "\"a\\\"b\"", "c"},
        {"\"a\\\\\"@c", true, "\"a\\\\\"", "c"},
        {"\"\\ \\a\"@c", true, "\"\\ \\a\"", "c"},
        {"\"<>,;:()[]\"@c", true, "\"<>,;:()[]\"", "c"},
        {"\"..\"@c", true, "\"..\"", "c"},
        {"\"\"@c", true, "\"\"", "c"}, /* DQUOTE *QcontentSMTP DQUOTE */
        {"", false, "", ""},
        {"@", false, "", ""},
        {"a", false, "", ""},
        {"a@", false, "", ""},
        {"@b", false, "", ""},
        {"a@b@c", false, "", ""},
        {"a@@b", false, "", ""},
        {".a@b", false, "", ""},
        {"a.@b", false, "", ""},
        {"a..b@c", false, "", ""},
        {".@b", false, "", ""},
        {"a b@c", false, "", ""},
        {" a@b", false, "", ""},
        {"a@b ", false, "", ""},
        {"a @b", false, "", ""},
        {"a@ b", false, "", ""},
        {"a(b)@c", false, "", ""},
        {"a,b@c", false, "", ""},
        {"a;b@c", false, "", ""},
        {"a:b@c", false, "", ""},
        {"a<b@c", false, "", ""},
        {"a>b@c", false, "", ""},
        {"a[b@c", false, "", ""},
        {"a]b@c", false, "", ""},
        {"a\\b@c", false, "", ""},
        {"a\\@b@c", false, "", ""},
        {"a\tb@c", false, "", ""},
        {"a\x7F"
         "b@c",
         false, "", ""},
        {"a@b_c", false, "", ""},
        {"a@-b", false, "", ""},
        {"a@b.", false, "", ""},
        {"a@[192.0.2.300]", false, "", ""},
        {"\"a@c", false, "", ""},
        {"a\"@c", false, "", ""},
        {"\"a\\\"@c", false, "", ""},
        {"\"a\"b\"@c", false, "", ""},
        {"\"a\".b@c", false, "", ""},
        {"a.\"b\"@c", false, "", ""},
        {"x\"a\"@c", false, "", ""},
        {"\"a\"x@c", false, "", ""},
        {"\"a\tb\"@c", false, "", ""},
        {"\"a\rb\"@c", false, "", ""},
        {"\"a\\\nb\"@c", false, "", ""},
        {"\"a\x7F\"@c", false, "", ""},
        {"\"a\\\x7F\"@c", false, "", ""},
        {"\"a\"@", false, "", ""},
        {"\"a\"", false, "", ""},
        {"k\xC3\xA4the@example.com", false, "", ""},
        {"a@b\xC3\xBC"
         "cher.example",
         false, "", ""},
        {"\"k\xC3\xA4\"@c", false, "", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t len = strlen(rows[i].text);
        uint8_t *block = copy(rows[i].text, len);
        smtpauth_view local_part, domain;
        bool is = smtpauth_mailbox_parse(block, len, false, &local_part, &domain);
        check(is == rows[i].is_valid, rows[i].text, "as a mailbox");
        check(smtpauth_mailbox_parse(block, len, false, NULL, NULL) == is, rows[i].text, "without views");
        /* What ASCII is valid is valid with UTF-8, and what is not is not. */
        bool is_ascii = true;
        for (size_t j = 0; j < len; j++) {
            is_ascii = is_ascii && block[j] < 128;
        }
        check(!is_ascii || smtpauth_mailbox_parse(block, len, true, NULL, NULL) == is, rows[i].text,
              "with UTF-8");
        if (is && rows[i].is_valid) {
            check(local_part.data == block && local_part.len == strlen(rows[i].local_part), rows[i].text,
                  "local part");
            check(domain.data == block + len - strlen(rows[i].domain) && domain.len == strlen(rows[i].domain),
                  rows[i].text, "domain");
        }
        free(block);
    }
    check(!smtpauth_mailbox_parse((const uint8_t *)"a\0b@c", 5, false, NULL, NULL), "NUL", "in the local part");
    check(!smtpauth_mailbox_parse((const uint8_t *)"\"a\0b\"@c", 7, false, NULL, NULL), "NUL", "in quotes");
    check(!smtpauth_mailbox_parse((const uint8_t *)"\"a\\\0\"@c", 7, false, NULL, NULL), "NUL",
          "as a quoted pair");
    check(!smtpauth_mailbox_parse(NULL, 0, false, NULL, NULL), "empty view", "is no mailbox");
    finish();
}

static void every_octet_of_a_local_part(void **state)
{
    static const char atext[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~";
    (void)state;
    for (unsigned octet = 0; octet < 256; octet++) {
        uint8_t atom[5] = {'a', (uint8_t)octet, 'a', '@', 'd'};
        uint8_t quoted[7] = {'"', 'a', (uint8_t)octet, 'a', '"', '@', 'd'};
        uint8_t pair[7] = {'"', 'a', '\\', (uint8_t)octet, '"', '@', 'd'};
        bool is_atext = octet != 0 && strchr(atext, (int)octet) != NULL;
        bool is_graphic = octet >= 32 && octet <= 126;
        bool is_qtext = is_graphic && octet != '"' && octet != '\\';
        /* In the second, a backslash makes a pair of what follows it; a dot is no atext but may part two atoms. */
        bool right = smtpauth_mailbox_parse(atom, 5, false, NULL, NULL) == (is_atext || octet == '.') &&
                     smtpauth_mailbox_parse(quoted, 7, false, NULL, NULL) == (is_qtext || octet == '\\') &&
                     smtpauth_mailbox_parse(pair, 7, false, NULL, NULL) == is_graphic;
        if (!right) {
            print_error("octet %u\n", octet);
            add_wrong();
        }
    }
    finish();
}

static void mailboxes_with_utf8(void **state)
{
    static const struct {
        const char *name, *text;
        bool is_valid;
    } rows[] = {
        {"local part", "k\xC3\xA4the@example.com", true},
        {"domain",
         "a@b\xC3\xBC"
         "cher.example",
         true},
        {"both", "\xE6\x97\xA5@\xE6\x9C\xAC.example", true},
        {"quoted", "\"k \xC3\xA4\"@c", true},
        {"dot between", "\xC3\xA4.\xC3\xB6@c", true},
        {"dots stay wrong", "\xC3\xA4..\xC3\xB6@c", false},
        {"a quoted pair is ASCII", "\"\\\xC3\xA4\"@c", false},
        {"Latin-1", "k\xE4the@example.com", false},
        {"overlong", "\xC1\xA1@c", false},
        {"surrogate", "\xED\xA0\x80@c", false},
        {"over U+10FFFF", "\xF4\x90\x80\x80@c", false},
        {"cut by the @", "a\xC3@c", false},
        {"cut at the end", "a@c\xC3", false},
        {"lone continuation", "\x80@c", false},
        {"in quotes", "\"\xC3\"@c", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t *block = copy(rows[i].text, strlen(rows[i].text));
        check(smtpauth_mailbox_parse(block, strlen(rows[i].text), true, NULL, NULL) == rows[i].is_valid,
              rows[i].name, "with UTF-8");
        check(!smtpauth_mailbox_parse(block, strlen(rows[i].text), false, NULL, NULL), rows[i].name, "without");
        free(block);
    }
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains),
        cmocka_unit_test(domain_of_255_octets),
        cmocka_unit_test(address_literals),
        cmocka_unit_test(mailboxes),
        cmocka_unit_test(every_octet_of_a_local_part),
        cmocka_unit_test(mailboxes_with_utf8),
    };
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
