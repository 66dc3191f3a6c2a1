/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * libFuzzer's way in: the first octets choose a policy and the size of the pieces, the rest is what a client says to a
 * host that accepts everything (but a login by XCLIENT only in every second run). Each input window is a heap block of exactly the size that is told, so that the
 * sanitizer sees an octet too far. `make fuzz` runs it.
 */

#include <smtpauth/smtpauth.h>

#include <stdlib.h>
#include <string.h>

enum { HEAD = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static smtpauth_mechanism_fn *const mechanisms[] = {smtpauth_plain, smtpauth_login, NULL};

static const uint32_t choices[8] = {
    SMTPAUTH_EXT_CHUNKING,      SMTPAUTH_EXT_CHUNKING | SMTPAUTH_EXT_BINARYMIME,
    SMTPAUTH_EXT_DSN,           SMTPAUTH_EXT_DELIVERBY | SMTPAUTH_EXT_NO_SOLICITING,
    SMTPAUTH_EXT_FUTURERELEASE, SMTPAUTH_EXT_MT_PRIORITY | SMTPAUTH_EXT_LIMITS,
    SMTPAUTH_EXT_REQUIRETLS,    SMTPAUTH_EXT_ETRN};

static smtpauth_policy choose_policy(const uint8_t head[HEAD])
{
    smtpauth_policy policy;
    memset(&policy, 0, sizeof policy);
    policy.size = sizeof policy;
    policy.hostname = "h.test";
    policy.mechanisms = mechanisms;
    policy.flags = (head[0] & 1 ? SMTPAUTH_RELAY : 0) | (head[0] & 2 ? SMTPAUTH_TEXT_LF : 0) |
                   (head[0] & 4 ? SMTPAUTH_LAX_SPACE_OK : 0) | (head[0] & 8 ? SMTPAUTH_LAX_BRACKETS_OK : 0) |
                   (head[1] & 4 ? SMTPAUTH_LMTP : 0) | (head[1] & 128 ? 0 : SMTPAUTH_CLEAR_AUTH);
    policy.message_max = head[0] >> 4; /* 0: the default */
    policy.extensions = SMTPAUTH_EXT_STARTTLS | (head[1] & 1 ? SMTPAUTH_EXT_SMTPUTF8 : 0) |
                        (head[1] & 2 ? SMTPAUTH_EXT_EXPN : 0);
    for (unsigned i = 0; i < 8; i++)
        policy.extensions |= head[3] >> i & 1 ? choices[i] : 0;
    policy.extensions |= head[4] & 1 ? (uint32_t)SMTPAUTH_EXT_XCLIENT : 0;
    policy.future_release_max_s = 60;
    policy.future_release_until = "2027-01-01T00:00:00Z";
    policy.deliver_by_min_s = head[4] & 2;
    policy.asks = head[1] >> 3 & 7;
    policy.notes = head[1] >> 6 & 1;
    policy.line_max = 512;
    policy.auth_line_max = 600;
    policy.bad_commands_max = policy.idle_commands_max = UINT16_MAX;
    return policy;
}

/* A new block, exactly as large as what is left and `more` octets. */
static void feed(smtpauth_io *io, uint8_t **block, const uint8_t *data, size_t more)
{
    uint8_t *to = malloc(io->avail_in + more);
    if (to == NULL)
        abort();
    if (io->avail_in > 0)
        memcpy(to, io->next_in, io->avail_in);
    memcpy(to + io->avail_in, data, more);
    free(*block);
    *block = io->next_in = to;
    io->avail_in += more;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < HEAD)
        return 0;
    smtpauth_policy policy = choose_policy(data);
    size_t chunk = data[2] + 1u, at = HEAD;
    smtpauth_server s;
    if (smtpauth_server_init(&s, sizeof s, &policy, data[4] & 4 ? SMTPAUTH_TRUSTED : 0, NULL, 0) !=
        SMTPAUTH_DONE)
        abort();
    smtpauth_event e;
    uint8_t *in = NULL, *out = malloc(SMTPAUTH_REPLY_MAX);
    smtpauth_io io = {NULL, 0, out, SMTPAUTH_REPLY_MAX};
    bool may_be_in = false;
    for (uint16_t type = 0; type != SMTPAUTH_CLOSED;) {
        type = smtpauth_server_step(&s, &io, &e);
        if ((smtpauth_server_is(&s) & SMTPAUTH_IS_AUTHENTICATED) && !may_be_in)
            abort();
        if (type >= SMTPAUTH_NOTE_DATA)
            continue;
        io.next_out = out;
        io.avail_out = SMTPAUTH_REPLY_MAX;
        size_t more = len - at < chunk ? len - at : chunk;
        if (type == SMTPAUTH_NEED_INPUT && more > 0) {
            feed(&io, &in, data + at, more);
            at += more;
        } else if (type == SMTPAUTH_NEED_INPUT)
            smtpauth_server_close(&s, &io, SMTPAUTH_REASON_TIMEOUT);
        else if (type == SMTPAUTH_NEED_TLS) {
            smtpauth_server_tls_started(&s, &io, 0);
            may_be_in = false;
        } else if (type == SMTPAUTH_ASK_PASSWORD) {
            may_be_in = e.authorization.len == 0;
            smtpauth_server_verdict(&s, &io, SMTPAUTH_ACCEPTED, NULL, 0);
        } else if (type == SMTPAUTH_ASK_XCLIENT && (data[4] & 8)) {
            may_be_in |= e.identity.len > 0;
            smtpauth_server_verdict(&s, &io, SMTPAUTH_ACCEPTED_AS, NULL, 0);
        } else if (type >= SMTPAUTH_ASK_PASSWORD)
            smtpauth_server_answer(&s, &io, SMTPAUTH_REASON_OK);
    }
    free(in);
    free(out);
    return 0;
}
