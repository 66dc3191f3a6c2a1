/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_COMMAND_H
#define SMTPAUTH_COMMAND_H

/*
 * The grammar of commands: a line becomes a verb, its argument, addresses and parameters. Knows no state:
 * whether a command may run now is the tracker's (tracker.h) to say, and should be asked between the two calls
 * here, so that the arguments of a refused command are never looked at:
 *
 *     smtpauth_command_verb   line           -> verb, rest of the line
 *     smtpauth_tracker_may    verb           -> 530, 503, ... or go on
 *     smtpauth_command_parse  verb, rest     -> mailbox, parameters, ... or a reason
 *
 * Views point into the line. Nothing is decoded: local parts keep their quotes, xtext its plus signs.
 */

#include <smtpauth/reason.h>
#include <smtpauth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Values are bit numbers of the tracker's verb sets: SMTPAUTH_BIT(verb). */
enum {
    SMTPAUTH_VERB_UNKNOWN = 0,
    SMTPAUTH_VERB_EHLO = 1,
    SMTPAUTH_VERB_HELO = 2,
    SMTPAUTH_VERB_LHLO = 3,     /* RFC 2033 */
    SMTPAUTH_VERB_AUTH = 4,     /* RFC 4954 */
    SMTPAUTH_VERB_STARTTLS = 5, /* RFC 3207 */
    SMTPAUTH_VERB_MAIL = 6,
    SMTPAUTH_VERB_RCPT = 7,
    SMTPAUTH_VERB_DATA = 8,
    SMTPAUTH_VERB_BDAT = 9,  /* RFC 3030 */
    SMTPAUTH_VERB_BURL = 10, /* RFC 4468 */
    SMTPAUTH_VERB_RSET = 11,
    SMTPAUTH_VERB_NOOP = 12,
    SMTPAUTH_VERB_QUIT = 13,
    SMTPAUTH_VERB_HELP = 14,
    SMTPAUTH_VERB_VRFY = 15,
    SMTPAUTH_VERB_EXPN = 16,
    SMTPAUTH_VERB_ETRN = 17, /* RFC 1985 */
    SMTPAUTH_VERB_ATRN = 18, /* RFC 2645 */
    SMTPAUTH_VERB_TURN = 19, /* RFC 821, obsolete, as are the next three */
    SMTPAUTH_VERB_SEND = 20,
    SMTPAUTH_VERB_SOML = 21,
    SMTPAUTH_VERB_SAML = 22,
    SMTPAUTH_VERB_XCLIENT = 23,
    SMTPAUTH_VERB_COUNT = 24
};

/* The verb's word, "MAIL"; "" for an unknown one. Static storage. */
SMTPAUTH_API const char *smtpauth_verb_name(uint8_t verb);

/* Faults of a line's octets, as bits. */
enum {
    SMTPAUTH_FAULT_BARE_CR = 1,
    SMTPAUTH_FAULT_BARE_LF = 2,
    SMTPAUTH_FAULT_NUL = 4,
    SMTPAUTH_FAULT_CONTROL = 8, /* another control character */
    SMTPAUTH_FAULT_8BIT = 16,   /* an octet over 127; in an address it may be UTF-8 */

    /* In message data: a text line over 1000 octets with CRLF (RFC 5321 4.5.3.1.6). */
    SMTPAUTH_FAULT_LONG_LINE = 32,

    SMTPAUTH_FAULT_TOO_BIG = 64 /* in message data: over the size limit */
};

/* Reads the verb at the begin of a line (`len` without its CRLF): the letters up to a blank or the end, in
 * either case. Anything else directly behind the letters makes it unknown, but a control or 8-bit octet, which
 * is a fault of a known verb's line. `rest` gets what lies behind the verb and one blank, without trailing
 * blanks; `faults` gets the whole line's faults. Returns the verb; UNKNOWN on NULL. */
SMTPAUTH_API uint8_t smtpauth_command_verb(const uint8_t *line, size_t len, smtpauth_view *rest,
                                           uint32_t *faults);

/* What a parse may overlook and what it knows of the session. */
enum {
    /* Blanks around the colon of FROM: and TO: and between parameters; harmless, common. */
    SMTPAUTH_LAX_SPACE = 1,

    SMTPAUTH_LAX_BRACKETS = 2, /* a path without <>: it then ends at the first blank */
    SMTPAUTH_WITH_UTF8 = 4,    /* 8-bit addresses are syntax, to be judged by the SMTPUTF8 parameter */
    SMTPAUTH_IN_UTF8 = 8       /* RCPT: the transaction was opened with SMTPUTF8 */
};

/* Extensions, as bits: what may be offered, and whose parameters are taken. */
enum {
    SMTPAUTH_EXT_STARTTLS = 1,
    SMTPAUTH_EXT_SMTPUTF8 = 2,    /* RFC 6531 */
    SMTPAUTH_EXT_EXPN = 4,        /* EXPN is offered and asked */
    SMTPAUTH_EXT_AUTH = 8,        /* parameter AUTH= of MAIL; an engine sets it where mechanisms are offered */
    SMTPAUTH_EXT_CHUNKING = 16,   /* RFC 3030: BDAT */
    SMTPAUTH_EXT_BINARYMIME = 32, /* RFC 3030: BODY=BINARYMIME */
    SMTPAUTH_EXT_DSN = 64,        /* RFC 3461: RET=, ENVID= of MAIL, NOTIFY=, ORCPT= of RCPT */
    SMTPAUTH_EXT_DELIVERBY = 128, /* RFC 2852: BY= of MAIL */
    SMTPAUTH_EXT_FUTURERELEASE = 256,  /* RFC 4865: HOLDFOR=, HOLDUNTIL= of MAIL */
    SMTPAUTH_EXT_MT_PRIORITY = 512,    /* RFC 6710: MT-PRIORITY= of MAIL */
    SMTPAUTH_EXT_REQUIRETLS = 1024,    /* RFC 8689: REQUIRETLS of MAIL */
    SMTPAUTH_EXT_LIMITS = 2048,        /* RFC 9422 */
    SMTPAUTH_EXT_ETRN = 4096,          /* RFC 1985 */
    SMTPAUTH_EXT_NO_SOLICITING = 8192, /* RFC 3865: SOLICIT= of MAIL */
    SMTPAUTH_EXT_BURL = 16384,         /* RFC 4468 */
    SMTPAUTH_EXT_XCLIENT = 32768       /* Postfix's XCLIENT_README */
};

/* Parameters of MAIL, where not said otherwise, and RCPT, as bits of `present`. */
enum {
    SMTPAUTH_PARAM_SIZE = 1,
    SMTPAUTH_PARAM_BODY = 2,
    SMTPAUTH_PARAM_SMTPUTF8 = 4,
    SMTPAUTH_PARAM_AUTH = 8,
    SMTPAUTH_PARAM_RET = 16,
    SMTPAUTH_PARAM_ENVID = 32,
    SMTPAUTH_PARAM_NOTIFY = 64, /* RCPT */
    SMTPAUTH_PARAM_ORCPT = 128, /* RCPT */
    SMTPAUTH_PARAM_BY = 256,
    SMTPAUTH_PARAM_HOLDFOR = 512, /* never together with HOLDUNTIL */
    SMTPAUTH_PARAM_HOLDUNTIL = 1024,
    SMTPAUTH_PARAM_MT_PRIORITY = 2048,
    SMTPAUTH_PARAM_REQUIRETLS = 4096,
    SMTPAUTH_PARAM_SOLICIT = 8192
};

/* Values of BODY=. */
enum {
    SMTPAUTH_BODY_NONE = 0,
    SMTPAUTH_BODY_7BIT = 1,
    SMTPAUTH_BODY_8BITMIME = 2,
    SMTPAUTH_BODY_BINARYMIME = 3
};

/* Values of RET= (RFC 3461 4.3): what a report of failure returns. */
enum { SMTPAUTH_RET_FULL = 1, SMTPAUTH_RET_HDRS = 2 };

/* Bits of NOTIFY= (RFC 3461 4.1): what the sender wants reports of. NEVER stands alone. */
enum {
    SMTPAUTH_NOTIFY_NEVER = 1,
    SMTPAUTH_NOTIFY_SUCCESS = 2,
    SMTPAUTH_NOTIFY_FAILURE = 4,
    SMTPAUTH_NOTIFY_DELAY = 8
};

/* Bits of BY= (RFC 2852 4): what is to be done when the time is over, RETURN or NOTIFY, and whether relays that
 * do not know the extension are reported too. */
enum { SMTPAUTH_BY_RETURN = 1, SMTPAUTH_BY_NOTIFY = 2, SMTPAUTH_BY_TRACE = 4 };

/* A parsed command. Fields that the verb does not use are zero. */
typedef struct smtpauth_command {
    uint8_t verb;
    uint8_t body;                   /* MAIL: SMTPAUTH_BODY_... */
    bool is_last;                   /* BDAT, BURL: LAST was given */
    bool has_initial_response;      /* AUTH: a second word was given, even if it is "=" */
    uint32_t present;               /* MAIL, RCPT: which parameters, SMTPAUTH_PARAM_... */
    uint64_t size;                  /* MAIL: SIZE=; BDAT: the chunk's octets */
    smtpauth_view name;             /* EHLO, HELO, LHLO: the client's name (underscores and [::1] are let
                                  through, as real machines are called so); VRFY, EXPN: the argument without the
                                  word SMTPUTF8; ETRN: the node, "@domain" or "#queue"; BURL: the URL; HELP, NOOP:
                                  the argument */
    smtpauth_view mechanism;        /* AUTH */
    smtpauth_view initial_response; /* AUTH, still base64; empty for "=" */
    smtpauth_view path;       /* MAIL, RCPT: the mailbox without brackets and source route; empty for <> */
    smtpauth_view local_part; /* its part before the last @, quotes kept */
    smtpauth_view domain;     /* its part behind; empty for <> and <postmaster>; literals keep their brackets */
    smtpauth_view parameters; /* MAIL, RCPT: all parameters, raw, without the blank before them; XCLIENT: all
                                  attributes, for smtpauth_xclient_parse */
    smtpauth_view auth;       /* MAIL: AUTH=, raw xtext (smtpauth_xtext_decode), "<>" included */
    smtpauth_view envid;      /* MAIL: ENVID=, raw xtext of 1 to 100 octets; decoded it is printable ASCII */

    /* RCPT: ORCPT=, "type;address", at most 500 octets. The address is raw xtext, printable ASCII when decoded;
     * of type utf-8 it is RFC 6533 3's utf-8-addr-xtext or, with WITH_UTF8, utf-8-addr-unitext, which write
     * "\x{2B}" where xtext writes "+2B". */
    smtpauth_view orcpt;

    smtpauth_view hold_until;        /* MAIL: HOLDUNTIL=, a date-time of RFC 3339 in UTC */
    smtpauth_view solicit;           /* MAIL: SOLICIT=, keywords parted by commas, at most 1000 octets */
    smtpauth_view reserved_views[2]; /* empty */
    uint64_t hold;                   /* MAIL: HOLDFOR=, seconds, 1 to 999999999 */
    int32_t by;                      /* MAIL: BY=, seconds, -999999999 to 999999999; over 0 in mode RETURN */
    int8_t priority;                 /* MAIL: MT-PRIORITY=, -9 to 9 */
    uint8_t ret;                     /* MAIL: SMTPAUTH_RET_... */
    uint8_t notify;                  /* RCPT: SMTPAUTH_NOTIFY_... bits */
    uint8_t by_mode;                 /* MAIL: SMTPAUTH_BY_... bits */
    bool is_utf8;         /* VRFY, EXPN: SMTPUTF8 was given: the reply may be UTF-8 (RFC 6531 3.7.4.2) */
    uint8_t reserved8[7]; /* zero */
    uint64_t reserved[5]; /* zero */
} smtpauth_command;

SMTPAUTH_API size_t smtpauth_command_size(void); /* sizeof(smtpauth_command) */

/* Parses what lies behind a verb. `rest` and `faults` come from smtpauth_command_verb, `extensions` says whose
 * parameters are taken, `options` are the LAX and UTF8 bits above (WITH_UTF8 where EXT_SMTPUTF8 is). `command`
 * is zeroed and filled; after a failure it holds what was read before it (BDAT: the size, when that is
 * readable). Returns 0, or the reason to answer with:
 *   MALFORMED 501 5.5.2, ARGUMENT 501 5.5.4, BAD_SENDER 501 5.1.7, BAD_RECIPIENT 501 5.1.3, PARAMETER 555 5.5.4,
 *   BAD_PRIORITY 501 5.5.2, UTF8_SENDER 550 5.6.7, UTF8_RECIPIENT 553 5.6.7, BDAT_SIZE (no readable size: the session
 *   must close), BARE_LF when `faults` says so, UNKNOWN_COMMAND for a verb that is not in the list.
 * RFC 5321 4.1.1, 4.1.2; parameters by their own RFCs. */
SMTPAUTH_API uint16_t smtpauth_command_parse(uint8_t verb, const smtpauth_view *rest, uint32_t faults,
                                             uint32_t extensions, uint32_t options, smtpauth_command *command);

/* Attributes of XCLIENT, as bits. */
enum {
    SMTPAUTH_XCLIENT_NAME = 1,
    SMTPAUTH_XCLIENT_ADDR = 2,
    SMTPAUTH_XCLIENT_PORT = 4,
    SMTPAUTH_XCLIENT_PROTO = 8,
    SMTPAUTH_XCLIENT_HELO = 16,
    SMTPAUTH_XCLIENT_LOGIN = 32,
    SMTPAUTH_XCLIENT_DESTADDR = 64,
    SMTPAUTH_XCLIENT_DESTPORT = 128
};

/* What a front end says of its client by XCLIENT (Postfix's XCLIENT_README). Values are raw xtext with hex
 * digits in either case (smtpauth_xtext_decode), 1 to 255 octets when decoded; views of what was not given are
 * empty. An attribute whose value is [UNAVAILABLE] or [TEMPUNAVAIL] keeps that word in its view. */
typedef struct smtpauth_xclient {
    uint32_t given;         /* which attributes were there, SMTPAUTH_XCLIENT_... bits */
    uint32_t unavailable;   /* which of them have no value: [UNAVAILABLE] */
    uint32_t later;         /* which could not be found out just now: [TEMPUNAVAIL] */
    uint32_t reserved32;    /* zero */
    smtpauth_view name;     /* the client's host name */
    smtpauth_view address;  /* its IPv4 address, or an IPv6 address behind "IPv6:" in any case */
    smtpauth_view port;     /* 1 to 65535 */
    smtpauth_view protocol; /* SMTP or ESMTP, in any case */
    smtpauth_view helo;     /* what it said in EHLO: UTF-8 without control characters, nothing else is sure */
    smtpauth_view login;    /* as whom it authenticated: UTF-8 without control characters */
    smtpauth_view destination_address; /* where it connected to, as `address` */
    smtpauth_view destination_port;    /* as `port` */
    smtpauth_view reserved_views[4];   /* empty */
    uint64_t reserved[4];              /* zero */
} smtpauth_xclient;

SMTPAUTH_API size_t smtpauth_xclient_size(void); /* sizeof(smtpauth_xclient) */

/* Reads XCLIENT's attributes, "NAME=value" parted by one blank; names in any case, each at most once. `out` is
 * zeroed and filled; its views point into `parameters`.
 * DONE; E_ARGUMENT (NULL); E_WORDS (none, an unknown one, or a value that cannot be: `out` is zero). */
SMTPAUTH_API int32_t smtpauth_xclient_parse(const uint8_t *parameters, size_t len, smtpauth_xclient *out);

/* Is it a mailbox, local-part@domain, as RFC 5321 4.1.2 has it (RFC 6531 3.3 with `with_utf8`)? Fills both
 * parts when it is; they may be NULL. */
SMTPAUTH_API bool smtpauth_mailbox_parse(const uint8_t *data, size_t len, bool with_utf8,
                                         smtpauth_view *local_part, smtpauth_view *domain);

/* Is it a domain or an address literal ([192.0.2.1], [IPv6:2001:db8::1], [tag:content]) by RFC 5321 4.1.2,
 * 4.1.3? */
SMTPAUTH_API bool smtpauth_domain_is_valid(const uint8_t *data, size_t len, bool with_utf8);

#ifdef __cplusplus
}
#endif

#endif
