/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Reads the command line. Every fault ends the program with one line that names the option and what it wants, and
 * never repeats a password.
 */

#include "options.h"
#include "extensions.h"
#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <smtpauth/text.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FLOOR_RECIPIENTS = 100, FLOOR_AUTH_FAILURES = 3 }; /* what the library takes at least */

static const char default_listen[] = "127.0.0.1:5870";

enum option_name {
    OPT_LISTEN = 256,
    OPT_LISTEN_TLS,
    OPT_HOSTNAME,
    OPT_USER,
    OPT_USERS,
    OPT_MAILDIR,
    OPT_CERT,
    OPT_KEY,
    OPT_CLIENT_CA,
    OPT_MECHANISMS,
    OPT_SECRET_FILE,
    OPT_TOKEN_COMMAND,
    OPT_REQUIRE_TLS,
    OPT_PLAINTEXT,
    OPT_SIZE,
    OPT_RECIPIENTS,
    OPT_FAILURES,
    OPT_PROXY,
    OPT_XCLIENT,
    OPT_LMTP,
    OPT_EXTENSIONS,
    OPT_LOG,
    OPT_HELP
};

/* clang-format off */
static const struct option long_options[] = {
    {"listen",               required_argument, NULL, OPT_LISTEN},
    {"listen-tls",           required_argument, NULL, OPT_LISTEN_TLS},
    {"hostname",             required_argument, NULL, OPT_HOSTNAME},
    {"user",                 required_argument, NULL, OPT_USER},
    {"users",                required_argument, NULL, OPT_USERS},
    {"maildir",              required_argument, NULL, OPT_MAILDIR},
    {"cert",                 required_argument, NULL, OPT_CERT},
    {"key",                  required_argument, NULL, OPT_KEY},
    {"client-ca",            required_argument, NULL, OPT_CLIENT_CA},
    {"mechanisms",           required_argument, NULL, OPT_MECHANISMS},
    {"secret-file",          required_argument, NULL, OPT_SECRET_FILE},
    {"token-command",        required_argument, NULL, OPT_TOKEN_COMMAND},
    {"require-tls",          no_argument,       NULL, OPT_REQUIRE_TLS},
    {"allow-plaintext-auth", no_argument,       NULL, OPT_PLAINTEXT},
    {"max-size",             required_argument, NULL, OPT_SIZE},
    {"max-recipients",       required_argument, NULL, OPT_RECIPIENTS},
    {"max-auth-failures",    required_argument, NULL, OPT_FAILURES},
    {"proxy-protocol",       no_argument,       NULL, OPT_PROXY},
    {"xclient-from",         required_argument, NULL, OPT_XCLIENT},
    {"extensions",           required_argument, NULL, OPT_EXTENSIONS},
    {"lmtp",                 no_argument,       NULL, OPT_LMTP},
    {"log",                  no_argument,       NULL, OPT_LOG},
    {"help",                 no_argument,       NULL, OPT_HELP},
    {NULL,                   0,                 NULL, 0},
};
/* clang-format on */

__attribute__((noreturn, format(printf, 1, 2))) static void refuse(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("submissiond: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs("\n", stderr);
    va_end(arguments);
    exit(EXIT_USAGE);
}

static void *grown(void *list, size_t count, size_t size)
{
    void *larger = realloc(list, (count + 1) * size);
    if (larger == NULL)
        refuse("out of memory");
    return larger;
}

static uint64_t number(const char *option, const char *text, uint64_t max)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value == 0 || value > max)
        refuse("--%s wants a number from 1 to %llu, not '%s'", option, (unsigned long long)max, text);
    return value;
}

static uint16_t port_number(const char *option, const char *text, const char *digits)
{
    char *end;
    unsigned long value = strtoul(digits, &end, 10);
    if (*digits < '0' || *digits > '9' || *end != '\0' || value > 65535)
        refuse("--%s %s: the port is no number from 0 to 65535", option, text);
    return htons((uint16_t)value);
}

static void add_endpoint(struct options *options, const char *option, const char *text, bool is_tls)
{
    options->listen = grown(options->listen, options->listen_count, sizeof *options->listen);
    struct endpoint *endpoint = &options->listen[options->listen_count++];
    char address[64];
    memset(endpoint, 0, sizeof *endpoint);
    endpoint->text = text;
    endpoint->is_tls = is_tls;

    const char *colon = strrchr(text, ':');
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;
    if (len == 0 || len >= sizeof address)
        refuse("--%s wants ADDR:PORT or [IPv6]:PORT, not '%s'", option, text);
    bool is_v6 = text[0] == '[' && text[len - 1] == ']';
    memcpy(address, text + is_v6, len - 2 * is_v6);
    address[len - 2 * is_v6] = '\0';

    bool is_read;
    if (is_v6) {
        endpoint->address_len = sizeof endpoint->address.v6;
        endpoint->address.v6.sin6_family = AF_INET6;
        endpoint->address.v6.sin6_port = port_number(option, text, colon + 1);
        is_read = inet_pton(AF_INET6, address, &endpoint->address.v6.sin6_addr) == 1;
    } else {
        endpoint->address_len = sizeof endpoint->address.v4;
        endpoint->address.v4.sin_family = AF_INET;
        endpoint->address.v4.sin_port = port_number(option, text, colon + 1);
        is_read = inet_pton(AF_INET, address, &endpoint->address.v4.sin_addr) == 1;
    }
    if (!is_read)
        refuse("--%s %s: '%s' is no IP address (IPv6 goes into brackets)", option, text, address);
}

static void add_user(struct options *options, char *text)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL || colon == text || colon[1] == '\0')
        refuse("--user wants NAME:PASSWORD, neither of them empty");
    if (colon - text > SMTPAUTH_IDENTITY_MAX)
        refuse("--user: the name is longer than %d octets", SMTPAUTH_IDENTITY_MAX);
    options->users = grown(options->users, options->user_count, sizeof *options->users);
    options->users[options->user_count] = strdup(text);
    if (options->users[options->user_count++] == NULL)
        refuse("out of memory");
    memset(text, 'x', strlen(text));
}

static void add_network(struct options *options, const char *text)
{
    options->xclient_from = grown(options->xclient_from, options->xclient_count, sizeof *options->xclient_from);
    if (!network_parse(&options->xclient_from[options->xclient_count++], text))
        refuse("--xclient-from wants an IP address, or a network like 192.0.2.0/24 or 2001:db8::/32, not '%s'",
               text);
}

static void set_mechanisms(struct options *options, const char *text)
{
    char error[512];
    if (!mechanisms_parse(&options->mechanisms, text, error, sizeof error))
        refuse("%s", error);
}

static void set_extensions(struct options *options)
{
    char error[256];
    options->extensions = extensions_default(!options->lmtp);
    if (options->extension_names != NULL &&
        !extensions_parse(&options->extensions, options->extension_names, !options->lmtp, error, sizeof error))
        refuse("%s", error);
}

/* clang-format off */
static void take(struct options *options, int name, char *text)
{
    switch (name) {
    case OPT_LISTEN: add_endpoint(options, "listen", text, false); break;
    case OPT_LISTEN_TLS: add_endpoint(options, "listen-tls", text, true); break;
    case OPT_HOSTNAME: options->hostname = text; break;
    case OPT_USER: add_user(options, text); break;
    case OPT_USERS: options->users_file = text; break;
    case OPT_MAILDIR: options->maildir = text; break;
    case OPT_CERT: options->cert = text; break;
    case OPT_KEY: options->key = text; break;
    case OPT_CLIENT_CA: options->client_ca = text; break;
    case OPT_MECHANISMS: set_mechanisms(options, text); break;
    case OPT_SECRET_FILE: options->secret_file = text; break;
    case OPT_TOKEN_COMMAND: options->token_command = text; break;
    case OPT_REQUIRE_TLS: options->require_tls = true; break;
    case OPT_PLAINTEXT: options->allow_plaintext_auth = true; break;
    case OPT_SIZE: options->max_size = number("max-size", text, INT64_MAX); break;
    case OPT_RECIPIENTS: options->max_recipients = (uint16_t)number("max-recipients", text, 65535); break;
    case OPT_FAILURES: options->max_auth_failures = (uint16_t)number("max-auth-failures", text, 65535); break;
    case OPT_PROXY: options->proxy_protocol = true; break;
    case OPT_XCLIENT: add_network(options, text); break;
    case OPT_EXTENSIONS: options->extension_names = text; break;
    case OPT_LMTP: options->lmtp = true; break;
    case OPT_LOG: options->log = true; break;
    case OPT_HELP:
        for (const char *const *part = help_text; *part != NULL; part++)
            fputs(*part, stdout);
        exit(fflush(stdout) == 0 ? 0 : 1);
    default: /* getopt_long has said what is wrong */
        fputs("submissiond: see --help\n", stderr);
        exit(EXIT_USAGE);
    }
}
/* clang-format on */

static bool lists(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->mechanisms.count; i++) {
        if (strcmp(options->mechanisms.rows[i]->name, name) == 0)
            return true;
    }
    return false;
}

static void check_logins(const struct options *options)
{
    bool has_users = options->user_count > 0 || options->users_file != NULL;
    bool is_listed = options->mechanisms.count > 0;
    if (options->lmtp && !is_listed) {
        if (has_users || options->token_command != NULL || options->client_ca != NULL)
            refuse("--lmtp takes mail without login: give --mechanisms if there are users who shall log in");
        return;
    }
    if (!has_users && options->token_command == NULL && !lists(options, "ANONYMOUS"))
        refuse("nobody could log in: give --user NAME:PASSWORD or --users FILE");
    if (is_listed && options->token_command != NULL && !lists(options, "OAUTHBEARER") &&
        !lists(options, "XOAUTH2"))
        refuse("--token-command would never run: --mechanisms lists neither OAUTHBEARER nor XOAUTH2");
    if (is_listed && options->client_ca != NULL && !lists(options, "EXTERNAL"))
        refuse("--client-ca would be of no use: --mechanisms does not list EXTERNAL");
    if (options->client_ca != NULL && !has_users)
        refuse("--client-ca needs users, whose names certificates may bear: give --users FILE");
}

static void check_tls(const struct options *options)
{
    if ((options->cert == NULL) != (options->key == NULL))
        refuse("--cert and --key go together");
    if (tls_is_built())
        return;
    if (options->cert != NULL)
        refuse("--cert and --key: built without OpenSSL, there is no TLS");
    if (options->client_ca != NULL)
        refuse("--client-ca: built without OpenSSL, there is no TLS");
    if (options->require_tls)
        refuse("--require-tls: built without OpenSSL, there is no TLS");
    for (size_t i = 0; i < options->listen_count; i++) {
        if (options->listen[i].is_tls)
            refuse("--listen-tls: built without OpenSSL, there is no TLS");
    }
}

static void check(const struct options *options)
{
    check_tls(options);
    check_logins(options);
    if (options->max_recipients != 0 && options->max_recipients < FLOOR_RECIPIENTS)
        fprintf(stderr, "submissiond: note: --max-recipients is %d, the least there is (RFC 5321 4.5.3.1.8)\n",
                FLOOR_RECIPIENTS);
    if (options->max_auth_failures != 0 && options->max_auth_failures < FLOOR_AUTH_FAILURES)
        fprintf(stderr, "submissiond: note: --max-auth-failures is %d, the least there is (RFC 4954 9)\n",
                FLOOR_AUTH_FAILURES);
}

void options_parse(struct options *options, int argc, char **argv)
{
    static char this_host[256];
    memset(options, 0, sizeof *options);
    options->maildir = "./mail";
    int name;
    while ((name = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        take(options, name, optarg);
    if (optind < argc)
        refuse("'%s' is no option; see --help", argv[optind]);
    if (options->listen_count == 0)
        add_endpoint(options, "listen", default_listen, false);
    if (options->hostname == NULL) {
        bool is_named = gethostname(this_host, sizeof this_host - 1) == 0 && this_host[0] != '\0';
        options->hostname = is_named ? this_host : "localhost";
    }
    set_extensions(options);
    check(options);
}

void options_free(struct options *options)
{
    for (size_t i = 0; i < options->user_count; i++) {
        smtpauth_wipe(options->users[i], strlen(options->users[i]));
        free(options->users[i]);
    }
    free(options->users);
    free(options->xclient_from);
    free(options->listen);
}
