/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_NETWORK_H
#define SUBMISSIOND_NETWORK_H

/*
 * IP addresses and networks. Both families are one here: an IPv4 address is ::ffff:a.b.c.d, so that a client is the
 * same one whichever way it came, and it is printed as IPv4.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;

struct address {
    uint8_t octets[16]; /* network order */
    uint16_t port;      /* this machine's order */
};

struct network {
    uint8_t octets[16];
    uint8_t bits; /* that must be equal, from the front */
};

enum { ADDRESS_TEXT_MAX = 46 };

void address_of_socket(struct address *address, const struct sockaddr *socket_address);
void address_of_octets(struct address *address, const uint8_t *octets, bool is_v6, uint16_t port);
bool address_of_text(struct address *address,
                     const char *text); /* "192.0.2.7", "2001:db8::1"; the port stays */
void address_print(const struct address *address, char text[ADDRESS_TEXT_MAX]); /* without the port */

/* "192.0.2.0/24", "2001:db8::/32", or one address. False also when bits behind the prefix are set: that is a slip. */
bool network_parse(struct network *network, const char *text);
bool network_holds(const struct network *network, const struct address *address);

#endif
