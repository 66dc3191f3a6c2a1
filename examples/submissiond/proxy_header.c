/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "proxy_header.h"

#include <smtpauth/proxy.h>
#include <stdlib.h>

struct proxy_header {
    uint8_t data[SMTPAUTH_PROXY_WINDOW];
    size_t len;
};

struct proxy_header *proxy_header_begin(void)
{
    return calloc(1, sizeof(struct proxy_header));
}

void proxy_header_free(struct proxy_header *header)
{
    free(header);
}

static ptrdiff_t parse(const struct proxy_header *header, struct address *client)
{
    smtpauth_proxy proxy;
    if (smtpauth_proxy_parse(header->data, header->len, &proxy) <= 0)
        return PROXY_HEADER_MALFORMED;
    if (proxy.family != SMTPAUTH_PROXY_INET && proxy.family != SMTPAUTH_PROXY_INET6)
        return PROXY_HEADER_UNNAMED;
    address_of_octets(client, proxy.source, proxy.family == SMTPAUTH_PROXY_INET6, proxy.source_port);
    return PROXY_HEADER_NAMED;
}

ptrdiff_t proxy_header_read(struct proxy_header *header, struct stream *stream, struct address *client)
{
    for (;;) {
        int32_t needed = smtpauth_proxy_needed(header->data, header->len);
        if (needed < 0 || (size_t)needed > sizeof header->data)
            return PROXY_HEADER_MALFORMED;
        if ((size_t)needed <= header->len)
            return parse(header, client);
        ptrdiff_t moved = stream_read(stream, header->data + header->len, (size_t)needed - header->len);
        if (moved <= 0)
            return moved;
        header->len += (size_t)moved;
    }
}
