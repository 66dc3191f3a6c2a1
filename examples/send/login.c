/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "login.h"

#include <smtpauth/text.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void login_begin(struct login *login, const struct options *options)
{
    memset(login, 0, sizeof *login);
    login->options = options;
    login->terminal.fd = -1;
    login->is_token = options->is_token;
    snprintf(login->user, sizeof login->user, "%.*s", LOGIN_USER_MAX,
             options->user != NULL ? options->user : "");
}

static bool has_source(const struct options *options)
{
    return options->secret_file != NULL || options->secret_command != NULL;
}

/* A certificate is the whole login where nothing else is given; so is a user's name for ANONYMOUS alone. */
static bool has_no_secret(const struct options *options)
{
    bool is_anonymous = options->mechanisms[0] == smtpauth_client_anonymous && options->mechanisms[1] == NULL;
    return is_anonymous || (options->cert != NULL && options->user == NULL && !has_source(options));
}

bool login_is_named(const struct options *options)
{
    return has_source(options) || options->user != NULL;
}

bool login_is_early(const struct options *options)
{
    return has_no_secret(options) || login_is_named(options) || options->requires_login;
}

void login_wipe(struct login *login)
{
    secret_wipe(&login->secret);
    login->is_ready = login->has_secret = false;
}

void login_end(struct login *login)
{
    login_abandon(login);
    login_wipe(login);
    terminal_close(&login->terminal);
}

__attribute__((format(printf, 2, 3))) static int none(struct login *login, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(login->fault, sizeof login->fault, format, arguments);
    va_end(arguments);
    login_wipe(login);
    return LOGIN_NONE;
}

/* ---- What the options name ---- */

static int fetch(struct login *login)
{
    const struct options *options = login->options;
    const char *fault;
    if (secret_fetch(&login->secret, options, &fault)) {
        login->has_secret = true;
        return LOGIN_HAS;
    }
    const char *option = options->secret_file != NULL
                             ? (options->is_token ? "--token-file" : "--password-file")
                             : (options->is_token ? "--token-command" : "--password-command");
    none(login, "%s: %s", option, fault);
    return LOGIN_BROKEN;
}

/* A rejected secret is not offered again, so its source is asked again only for a token, which may be a new one now. */
static int fetch_for(struct login *login, uint16_t why)
{
    bool is_refused = why == SMTPAUTH_WHY_TOKEN || why == SMTPAUTH_WHY_REJECTED;
    if (is_refused && login->is_token && login->refreshed++ == 0)
        return fetch(login);
    if (why == SMTPAUTH_WHY_FIRST || why == SMTPAUTH_WHY_REQUIRED || why == SMTPAUTH_WHY_AGAIN)
        return fetch(login);
    return none(login, "%s",
                why == SMTPAUTH_WHY_MECHANISM ? "no mechanism that both sides know takes this login" : "");
}

/* ---- What a person types ---- */

static int ask(struct login *login, const char *question, bool is_secret, int watched, char *line, size_t cap)
{
    int result =
        terminal_ask(&login->terminal, login->is_asking ? NULL : question, is_secret, watched, line, cap);
    login->is_asking = result == TERMINAL_DISTURBED;
    return result;
}

void login_abandon(struct login *login)
{
    if (login->is_asking)
        terminal_say(&login->terminal, "\n");
    login->is_asking = login->is_asking_user = false;
}

static const char *explain(uint16_t why)
{
    switch (why) {
    case SMTPAUTH_WHY_REQUIRED:
        return " wants a login.\n";
    case SMTPAUTH_WHY_REJECTED:
    case SMTPAUTH_WHY_TOKEN:
        return " did not take this login. Enter it again.\n";
    default:
        return NULL;
    }
}

static void say_why(struct login *login, uint16_t why)
{
    const char *words = explain(why);
    if (words == NULL)
        return;
    terminal_say(&login->terminal, login->options->host);
    terminal_say(&login->terminal, words);
}

/* An empty line keeps the name that was typed before. */
static int ask_user(struct login *login, int watched)
{
    char question[LOGIN_USER_MAX + 64], line[LOGIN_USER_MAX + 2];
    if (login->user[0] != '\0')
        snprintf(question, sizeof question, "User name [%s]: ", login->user);
    else
        snprintf(question, sizeof question, "User name: ");
    int result = ask(login, question, false, watched, line, sizeof line);
    if (result == TERMINAL_LINE && line[0] != '\0')
        memcpy(login->user, line, sizeof line);
    return result == TERMINAL_LINE && login->user[0] == '\0' ? TERMINAL_NOTHING : result;
}

static int ask_password(struct login *login, int watched)
{
    char question[LOGIN_USER_MAX + HOST_MAX + 64];
    snprintf(question, sizeof question, "Password for %s at %s: ", login->user, login->options->host);
    int result = ask(login, question, true, watched, login->secret.text, sizeof login->secret.text);
    login->secret.len = result == TERMINAL_LINE ? strlen(login->secret.text) : 0;
    login->has_secret = login->secret.len > 0;
    return result == TERMINAL_LINE && !login->has_secret ? TERMINAL_NOTHING : result;
}

static int type(struct login *login, uint16_t why, int watched)
{
    if (login->is_declined)
        return LOGIN_NONE;
    if (login->terminal.fd < 0 && !terminal_open(&login->terminal))
        return none(login, "there is no terminal to ask on, and none was given");
    if (!login->is_asking) {
        login_wipe(login);
        say_why(login, why);
        login->is_asking_user = login->options->user == NULL;
    }
    int result = TERMINAL_LINE;
    if (login->is_asking_user) {
        result = ask_user(login, watched);
        login->is_asking_user = result == TERMINAL_DISTURBED;
    }
    if (result == TERMINAL_LINE)
        result = ask_password(login, watched);
    if (result == TERMINAL_DISTURBED)
        return LOGIN_DISTURBED;
    login->is_declined = result != TERMINAL_LINE;
    return login->is_declined ? none(login, "none was typed") : LOGIN_HAS;
}

/* ---- Which of these ---- */

static int gather(struct login *login, uint16_t why, uint8_t kinds, int watched)
{
    const struct options *options = login->options;
    bool is_again = why == SMTPAUTH_WHY_REJECTED || why == SMTPAUTH_WHY_TOKEN || why == SMTPAUTH_WHY_MECHANISM;
    if (has_no_secret(options) && (kinds & SMTPAUTH_KIND_NONE) != 0)
        return is_again ? none(login, "%s", "") : LOGIN_HAS;
    if (has_source(options))
        return fetch_for(login, why);
    if ((kinds & SMTPAUTH_KIND_PASSWORD) == 0)
        return none(login, "no mechanism that may run here takes a password");
    return type(login, why, watched);
}

int login_ask(struct login *login, uint16_t why, uint8_t kinds, int watched)
{
    if (why == SMTPAUTH_WHY_AGAIN && login->is_ready)
        return LOGIN_HAS;
    int result = gather(login, why, kinds, watched);
    login->is_ready = result == LOGIN_HAS;
    return result;
}
