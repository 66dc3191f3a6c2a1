/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The tracker alone: a host that has a parser of its own (here a toy: one word a line, the password in clear) and asks
 * smtpauth only who may do what, and which reply AUTH gets. Reads a dialogue from stdin, writes replies to stdout:
 *
 *     printf 'ehlo\nmail\nauth wrong\nmail\nauth secret\nmail\nquit\n' | build/examples/tracker
 *
 * answers 250, 530, 535, 530, 235, 250, 221.
 */

#include <smtpauth/reason.h>
#include <smtpauth/tracker.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

static void reply(uint16_t reason)
{
    const char *enhanced = smtpauth_reason_enhanced(reason);
    printf("%u %s%s%s\n", (unsigned)smtpauth_reason_code(reason), enhanced, enhanced[0] != '\0' ? " " : "",
           smtpauth_reason_text(reason));
}

/* What the host's own parser makes of a line: the verb, and what stands behind it. */
static uint8_t verb_of(char *line, char **argument)
{
    line[strcspn(line, "\r\n")] = '\0';
    *argument = line + strcspn(line, " ");
    if (**argument != '\0')
        *(*argument)++ = '\0';
    for (uint8_t verb = 1; verb != SMTPAUTH_VERB_COUNT; verb++)
        if (strcasecmp(line, smtpauth_verb_name(verb)) == 0)
            return verb;
    return SMTPAUTH_VERB_UNKNOWN;
}

/* AUTH: may it begin, was the secret right, and is that one failure too many? */
static void authenticate(smtpauth_tracker *tracker, const char *secret)
{
    uint16_t reason = smtpauth_tracker_auth(tracker, SMTPAUTH_MECHANISM_CLIENT_FIRST, true);
    if (reason == 0) {
        bool is_right = strcmp(secret, "secret") == 0;
        reason = smtpauth_tracker_verdict(tracker, is_right ? SMTPAUTH_ACCEPTED : SMTPAUTH_REJECTED, false);
    }
    reply(reason);
    if (smtpauth_tracker_is(tracker, SMTPAUTH_IS_CLOSING))
        reply(SMTPAUTH_REASON_AUTH_FAILURES);
}

/* What this host does for a verb that may run, and what it tells the tracker then. */
static void run(smtpauth_tracker *tracker, uint8_t verb)
{
    static const struct {
        uint8_t verb, happened;
        uint16_t reason;
    } steps[] = {
        {SMTPAUTH_VERB_EHLO, SMTPAUTH_HAPPENED_EHLO, SMTPAUTH_REASON_HELLO},
        {SMTPAUTH_VERB_HELO, SMTPAUTH_HAPPENED_HELO, SMTPAUTH_REASON_HELLO},
        {SMTPAUTH_VERB_MAIL, SMTPAUTH_HAPPENED_MAIL, SMTPAUTH_REASON_SENDER_OK},
        {SMTPAUTH_VERB_RCPT, SMTPAUTH_HAPPENED_RCPT, SMTPAUTH_REASON_RECIPIENT_OK},
        {SMTPAUTH_VERB_RSET, SMTPAUTH_HAPPENED_END, SMTPAUTH_REASON_OK},
        {SMTPAUTH_VERB_QUIT, SMTPAUTH_HAPPENED_CLOSE, SMTPAUTH_REASON_BYE},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i].verb == verb) {
            smtpauth_tracker_happened(tracker, steps[i].happened);
            reply(steps[i].reason);
            return;
        }
    reply(SMTPAUTH_REASON_OK);
}

int main(void)
{
    smtpauth_tracker tracker;
    const uint32_t offered =
        SMTPAUTH_BIT(SMTPAUTH_VERB_AUTH) | SMTPAUTH_BIT(SMTPAUTH_VERB_MAIL) | SMTPAUTH_BIT(SMTPAUTH_VERB_RCPT);
    smtpauth_tracker_init(&tracker, SMTPAUTH_CLEAR_AUTH, offered, 0, 3);

    char line[256], *argument;
    while (!smtpauth_tracker_is(&tracker, SMTPAUTH_IS_CLOSING) && fgets(line, sizeof line, stdin) != NULL) {
        uint8_t verb = verb_of(line, &argument);
        uint16_t reason = smtpauth_tracker_may(&tracker, verb);
        if (reason != 0)
            reply(reason);
        else if (verb == SMTPAUTH_VERB_AUTH)
            authenticate(&tracker, argument);
        else
            run(&tracker, verb);
    }
    return 0;
}
