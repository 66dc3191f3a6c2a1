/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_PROXY_H
#define SMTPAUTH_PROXY_H

/*
 * The PROXY protocol, versions 1 and 2: the header that a load balancer (HAProxy, nginx, Envoy, cloud
 * balancers) sends first on each connection, to say who its client is. The specification is HAProxy's
 * doc/proxy-protocol.txt; section numbers below are its own. The header comes before TLS and before the
 * greeting:
 *
 *     PROXY TCP4 192.0.2.7 198.51.100.1 56324 587<CRLF>       version 1, 107 octets at most
 *     0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A 21 11 00 0C ...     version 2, binary, 16 to 65551 octets
 *
 *     for (;;) {                                               // window: an array; received: octets in it, at first 0
 *         int32_t needed = smtpauth_proxy_needed(window, received);
 *         if (needed < 0 || (size_t)needed > sizeof window) return close_silently(fd);
 *         if ((size_t)needed == received) break;               // the whole header, and nothing behind it
 *         ssize_t n = recv(fd, window + received, needed - received, 0);
 *         if (n <= 0 || timed_out()) return close_silently(fd); // 3 seconds are the least to wait (2)
 *         received += n;
 *     }
 *     smtpauth_proxy proxy;
 *     if (smtpauth_proxy_parse(window, received, &proxy) <= 0) return close_silently(fd);
 *
 * A host with a buffer of its own receives what comes, calls smtpauth_proxy_parse each time, and drops the
 * octets that it says were taken; what is behind them is TLS or SMTP.
 *
 * WHOM TO BELIEVE. Whoever may send this header may claim any address. So:
 *   - Expect it only on connections from addresses (or on a port) that only your own proxies can use.
 *   - There, require it. Never guess whether one is there: where it is optional, a client decides who it is (2,
 *     5).
 *   - Say nothing before it is complete, and close without a word when it is malformed (2, 2.1).
 *   - Where `family` is NONE the proxy names no client: log the socket's own addresses, but grant nothing for
 *     them. They are the proxy's; a relay that trusts its proxy's address would be open to all. HAProxy says
 *     LOCAL both for its health checks and for clients on a Unix socket.
 *   - Where a proxy listens on IPv6 and IPv4 at once, IPv4 clients come as ::ffff:192.0.2.7, in both versions.
 *     Compare such an address as IPv4, or no IPv4 block list will match.
 *
 * Every call is pure. Feeding a header octet by octet gives the same result as giving it at once, and an input
 * that can become no header fails at the octet that shows it, so that nobody waits for a client that speaks
 * another protocol. Only addresses, ports and TLVs are judged when all of the header is there (2.1, 2.2).
 */

#include <smtpauth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sizes of a header in octets. The specification wants headers to fit the smallest TCP segment, 536 octets (2);
 * a window of that size takes all but those with large TLVs (certificates). Whether yours is too small,
 * smtpauth_proxy_needed says as soon as the length is known. */
enum {
    SMTPAUTH_PROXY_TEXT_MAX = 107,   /* version 1, with CRLF (2.1) */
    SMTPAUTH_PROXY_WINDOW = 536,     /* enough for both versions in practice */
    SMTPAUTH_PROXY_MAX = 16 + 65535, /* version 2 */
    SMTPAUTH_PROXY_UNIQUE_ID_MAX = 128
};

/* Families of addresses; values are those on the wire. */
enum {
    SMTPAUTH_PROXY_NONE = 0, /* no address was given: LOCAL, UNKNOWN, AF_UNSPEC */
    SMTPAUTH_PROXY_INET = 1,
    SMTPAUTH_PROXY_INET6 = 2,
    SMTPAUTH_PROXY_UNIX = 3
};

/* How the client reached the proxy; values are those on the wire. */
enum {
    SMTPAUTH_PROXY_UNSPECIFIED = 0, /* where the family is NONE */
    SMTPAUTH_PROXY_STREAM = 1,      /* TCP, or a Unix stream */
    SMTPAUTH_PROXY_DATAGRAM = 2     /* UDP: never of use for mail */
};

/* What the proxy says of TLS between its client and itself, as bits (2.2.6). */
enum {
    SMTPAUTH_PROXY_TLS = 1,                /* there was TLS. HAProxy sends a TLS block without this bit, too */
    SMTPAUTH_PROXY_CERTIFICATE = 2,        /* the client presented a certificate on this connection */
    SMTPAUTH_PROXY_CERTIFICATE_SESSION = 4 /* or at least once in the TLS session that it resumed */
};

/* Types of TLVs that are read into fields; smtpauth_proxy_tlv walks over all. 0xE0 to 0xEF are yours and the
 * clouds'. */
enum {
    SMTPAUTH_PROXY_TLV_ALPN = 0x01,
    SMTPAUTH_PROXY_TLV_AUTHORITY = 0x02,
    SMTPAUTH_PROXY_TLV_CRC32C = 0x03,
    SMTPAUTH_PROXY_TLV_NOOP = 0x04,
    SMTPAUTH_PROXY_TLV_UNIQUE_ID = 0x05,
    SMTPAUTH_PROXY_TLV_TLS = 0x20, /* those named TLS_... lie inside of it */
    SMTPAUTH_PROXY_TLV_TLS_VERSION = 0x21,
    SMTPAUTH_PROXY_TLV_TLS_COMMON_NAME = 0x22,
    SMTPAUTH_PROXY_TLV_TLS_CIPHER = 0x23,
    SMTPAUTH_PROXY_TLV_TLS_SIGNATURE_ALGORITHM = 0x24,
    SMTPAUTH_PROXY_TLV_TLS_KEY_ALGORITHM = 0x25,
    SMTPAUTH_PROXY_TLV_TLS_GROUP = 0x26,
    SMTPAUTH_PROXY_TLV_TLS_SIGNATURE_SCHEME = 0x27,
    SMTPAUTH_PROXY_TLV_TLS_CERTIFICATE = 0x28,
    SMTPAUTH_PROXY_TLV_NETNS = 0x30
};

/* A header that was read. Views point into the bytes that were parsed, so they live as long as these stay
 * unchanged where they are. A view's `data` is NULL when the header did not carry it; one that came empty has
 * `len` 0 only.
 *
 * Texts come from the proxy, authority and common name from the client: valid UTF-8 without control characters,
 * or ASCII where the specification says so. One that is not reads as not carried; smtpauth_proxy_tlv shows it
 * raw. */
typedef struct smtpauth_proxy {
    uint8_t version;      /* 1 or 2 */
    bool is_local;        /* version 2, LOCAL: the proxy's own connection; nothing else of the header is read */
    uint8_t family;       /* SMTPAUTH_PROXY_NONE, _INET, _INET6, _UNIX: which fields below hold an address */
    uint8_t transport;    /* SMTPAUTH_PROXY_STREAM ...; version 1 knows TCP only */
    uint16_t source_port; /* INET, INET6; this machine's byte order */
    uint16_t destination_port;
    uint8_t source[16];        /* the client; network order, INET in the first four */
    uint8_t destination[16];   /* where it connected to */
    smtpauth_view source_path; /* UNIX, 108 octets at most, not checked; empty for an unnamed socket, with its
                                  leading NUL for an abstract one */
    smtpauth_view destination_path;

    uint8_t tls;          /* SMTPAUTH_PROXY_TLS ... as bits. Believe it (SMTPAUTH_IMPLICIT_TLS of policy.h) only
                                  where nobody can listen between the proxy and you */
    bool tls_is_verified; /* TLS, a certificate of the client, and the proxy found it right */
    uint8_t reserved8[6]; /* zero */

    /* The proxy's own number when it found it wrong (HAProxy: X509_V_ERR_... of OpenSSL). 0 also where there is
     * none: decide by tls_is_verified. */
    uint32_t tls_verify_error;

    uint32_t reserved32; /* zero */

    smtpauth_view tlvs;      /* all TLVs, raw; not of LOCAL */
    smtpauth_view alpn;      /* octets: the protocol's name as a rule (2.2.1) */
    smtpauth_view authority; /* text: the name the client asked for by SNI (2.2.2) */

    /* CRC32C, 4 octets; it was compared and is right (2.2.3). Where your proxies send it, you may require it. */
    smtpauth_view checksum;

    smtpauth_view unique_id; /* octets, 128 at most (2.2.5) */
    smtpauth_view netns;     /* text: the proxy's network namespace (2.2.7) */

    smtpauth_view tls_tlvs;    /* the TLVs inside the TLS block, raw */
    smtpauth_view tls_version; /* text: "TLSv1.3" */

    /* text: the client certificate's; only when tls_is_verified, so that nobody logs in by a name that nobody
     * checked. */
    smtpauth_view tls_common_name;

    smtpauth_view tls_cipher;              /* text: "TLS_AES_256_GCM_SHA384" */
    smtpauth_view tls_signature_algorithm; /* text: "RSA-SHA256", of the proxy's certificate */
    smtpauth_view tls_key_algorithm;       /* text: "RSA2048", of the proxy's certificate */
    smtpauth_view tls_group;               /* text: of the key exchange, "secp256r1" */
    smtpauth_view tls_signature_scheme;    /* text: "rsa_pss_rsae_sha256" */
    smtpauth_view tls_certificate;         /* DER, the client's, whether tls_is_verified or not */
    smtpauth_view reserved_views[6];       /* empty */
    uint64_t reserved[8];                  /* zero */
} smtpauth_proxy;

SMTPAUTH_API size_t smtpauth_proxy_size(void); /* sizeof(smtpauth_proxy) */

/* Reads the header at the begin of `data`; what lies behind it is not looked at.
 * Returns how many octets it takes (> 0). 0: all is well so far, but more input is needed; when your window is
 * full or the connection has ended, treat that as malformed. E_WORDS: this is no header, whatever may follow.
 * E_ARGUMENT: NULL. `*proxy` is written only when a header was read.
 *
 * Version 1 is taken to the letter: single blanks, one address family, decimal numbers without leading zeros,
 * CRLF within 56 (TCP4), 104 (TCP6) or 107 (UNKNOWN) octets; an IPv6 address may end in a dotted IPv4 one, as
 * inet_ntop writes it. What follows UNKNOWN is ignored, but a CR or LF alone.
 * Version 2 is refused for: an unknown version, command, family or transport (a family without transport and
 * the reverse included); a length too short for its addresses; TLVs that do not fill the rest exactly; a wrong
 * CRC32C; a unique id over 128 octets; a type of the list above given twice, NOOP excepted. LOCAL's family,
 * addresses and TLVs are skipped unseen (2.2). AF_UNSPEC has no addresses: TLVs alone. */
SMTPAUTH_API int32_t smtpauth_proxy_parse(const uint8_t *data, size_t len, smtpauth_proxy *proxy);

/* How many octets the header at `data` has in all, as far as that is known: never more than it really has, so
 * whoever receives up to this number takes nothing of what follows, which matters when a TLS library reads the
 * socket next. `len` or less: all of it is there, and this is its exact size; its content may still be
 * malformed. `len` may be 0. E_WORDS: this is no header, whatever may follow. E_ARGUMENT: NULL. */
SMTPAUTH_API int32_t smtpauth_proxy_needed(const uint8_t *data, size_t len);

/* Takes the next TLV from the front of `rest`, which begins as a copy of `tlvs` or `tls_tlvs`:
 *
 *     smtpauth_view rest = proxy.tlvs, value;  uint8_t type;
 *     while (smtpauth_proxy_tlv(&rest, &type, &value) > 0)
 *         if (type == 0xEA) ...                                // AWS: the endpoint's id
 *
 * Returns how many octets were taken (> 0); 0: `rest` is empty; E_WORDS: a TLV is cut short, nothing changed
 * (views of a parsed header are never so); E_ARGUMENT: NULL. */
SMTPAUTH_API int32_t smtpauth_proxy_tlv(smtpauth_view *rest, uint8_t *type, smtpauth_view *value);

#ifdef __cplusplus
}
#endif

#endif
