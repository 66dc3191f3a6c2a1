/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { MAPPED_BITS = 96 };

static const uint8_t mapped[MAPPED_BITS / 8] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

void address_of_octets(struct address *address, const uint8_t *octets, bool is_v6, uint16_t port)
{
    const size_t before = is_v6 ? 0 : sizeof mapped;
    memcpy(address->octets, mapped, before);
    memcpy(address->octets + before, octets, sizeof address->octets - before);
    address->port = port;
}

void address_of_socket(struct address *address, const struct sockaddr *socket_address)
{
    if (socket_address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)socket_address;
        address_of_octets(address, v6->sin6_addr.s6_addr, true, ntohs(v6->sin6_port));
    } else {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)socket_address;
        uint8_t octets[4];
        memcpy(octets, &v4->sin_addr, sizeof octets);
        address_of_octets(address, octets, false, ntohs(v4->sin_port));
    }
}

bool address_of_text(struct address *address, const char *text)
{
    uint8_t octets[16];
    bool is_v4 = inet_pton(AF_INET, text, octets) == 1;
    if (!is_v4 && inet_pton(AF_INET6, text, octets) != 1)
        return false;
    address_of_octets(address, octets, !is_v4, address->port);
    return true;
}

static bool is_v4(const struct address *address)
{
    return memcmp(address->octets, mapped, sizeof mapped) == 0;
}

void address_print(const struct address *address, char text[ADDRESS_TEXT_MAX])
{
    if (is_v4(address))
        inet_ntop(AF_INET, address->octets + sizeof mapped, text, ADDRESS_TEXT_MAX);
    else
        inet_ntop(AF_INET6, address->octets, text, ADDRESS_TEXT_MAX);
}

/* The octet's bits that lie within a prefix of so many bits. */
static uint8_t mask(size_t octet, size_t bits)
{
    size_t before = octet * 8;
    if (bits <= before)
        return 0;
    if (bits - before >= 8)
        return 0xFF;
    return (uint8_t)(0xFF00 >> (bits - before) & 0xFF);
}

bool network_parse(struct network *network, const char *text)
{
    char name[ADDRESS_TEXT_MAX];
    const char *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    struct address address = {.port = 0};
    if (len >= sizeof name)
        return false;
    memcpy(name, text, len);
    name[len] = '\0';
    if (!address_of_text(&address, name))
        return false;
    const unsigned long before = strchr(name, ':') == NULL ? MAPPED_BITS : 0, most = 128 - before;
    unsigned long bits = most;
    if (slash != NULL) {
        char *end;
        bits = strtoul(slash + 1, &end, 10);
        if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || bits > most)
            return false;
    }
    network->bits = (uint8_t)(before + bits);
    memcpy(network->octets, address.octets, sizeof network->octets);
    for (size_t i = 0; i < sizeof network->octets; i++) {
        if ((network->octets[i] & ~mask(i, network->bits)) != 0)
            return false;
    }
    return true;
}

bool network_holds(const struct network *network, const struct address *address)
{
    uint8_t different = 0;
    for (size_t i = 0; i < sizeof network->octets; i++)
        different |= (uint8_t)((network->octets[i] ^ address->octets[i]) & mask(i, network->bits));
    return different == 0;
}
