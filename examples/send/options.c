/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Reads the command line. Every fault ends the program with one line that names the option and what it wants.
 */

#include "options.h"
#include "tls.h"

#include <smtpauth/text.h>

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const char default_port[] = "587";

enum option_name {
    OPT_SERVER = 256,
    OPT_TLS,
    OPT_CA,
    OPT_INSECURE,
    OPT_CERT,
    OPT_KEY,
    OPT_BINDING,
    OPT_EHLO,
    OPT_LMTP,
    OPT_TIMEOUT,
    OPT_USER,
    OPT_PASSWORD_FILE,
    OPT_PASSWORD_COMMAND,
    OPT_TOKEN_FILE,
    OPT_TOKEN_COMMAND,
    OPT_REQUIRE_LOGIN,
    OPT_AUTHORIZE_AS,
    OPT_MECHANISMS,
    OPT_PLAINTEXT,
    OPT_GUARD_FILE,
    OPT_FORGET,
    OPT_MESSAGE,
    OPT_COMPLETE,
    OPT_BODY,
    OPT_SMTPUTF8,
    OPT_RET,
    OPT_ENVID,
    OPT_NOTIFY,
    OPT_ORCPT,
    OPT_REQUIRE_TLS,
    OPT_PRIORITY,
    OPT_BY,
    OPT_HOLD_FOR,
    OPT_HOLD_UNTIL,
    OPT_VERBOSE,
    OPT_JSON,
    OPT_HELP
};

/* clang-format off */
static const struct option long_options[] = {
    {"server",               required_argument, NULL, OPT_SERVER},
    {"tls",                  required_argument, NULL, OPT_TLS},
    {"ca",                   required_argument, NULL, OPT_CA},
    {"insecure",             no_argument,       NULL, OPT_INSECURE},
    {"cert",                 required_argument, NULL, OPT_CERT},
    {"key",                  required_argument, NULL, OPT_KEY},
    {"channel-binding",      required_argument, NULL, OPT_BINDING},
    {"ehlo",                 required_argument, NULL, OPT_EHLO},
    {"lmtp",                 no_argument,       NULL, OPT_LMTP},
    {"timeout",              required_argument, NULL, OPT_TIMEOUT},
    {"user",                 required_argument, NULL, OPT_USER},
    {"password-file",        required_argument, NULL, OPT_PASSWORD_FILE},
    {"password-command",     required_argument, NULL, OPT_PASSWORD_COMMAND},
    {"token-file",           required_argument, NULL, OPT_TOKEN_FILE},
    {"token-command",        required_argument, NULL, OPT_TOKEN_COMMAND},
    {"require-login",        no_argument,       NULL, OPT_REQUIRE_LOGIN},
    {"authorize-as",         required_argument, NULL, OPT_AUTHORIZE_AS},
    {"mechanisms",           required_argument, NULL, OPT_MECHANISMS},
    {"allow-plaintext-auth", no_argument,       NULL, OPT_PLAINTEXT},
    {"guard-file",           required_argument, NULL, OPT_GUARD_FILE},
    {"forget",               no_argument,       NULL, OPT_FORGET},
    {"message",              required_argument, NULL, OPT_MESSAGE},
    {"complete-headers",     no_argument,       NULL, OPT_COMPLETE},
    {"body",                 required_argument, NULL, OPT_BODY},
    {"smtputf8",             no_argument,       NULL, OPT_SMTPUTF8},
    {"ret",                  required_argument, NULL, OPT_RET},
    {"envid",                required_argument, NULL, OPT_ENVID},
    {"notify",               required_argument, NULL, OPT_NOTIFY},
    {"orcpt",                no_argument,       NULL, OPT_ORCPT},
    {"require-tls",          no_argument,       NULL, OPT_REQUIRE_TLS},
    {"priority",             required_argument, NULL, OPT_PRIORITY},
    {"deliver-by",           required_argument, NULL, OPT_BY},
    {"hold-for",             required_argument, NULL, OPT_HOLD_FOR},
    {"hold-until",           required_argument, NULL, OPT_HOLD_UNTIL},
    {"verbose",              no_argument,       NULL, OPT_VERBOSE},
    {"json",                 no_argument,       NULL, OPT_JSON},
    {"help",                 no_argument,       NULL, OPT_HELP},
    {NULL,                   0,                 NULL, 0},
};

/* A word of an option and its value. */
struct word {
    const char *name;
    uint8_t value;
};

static const struct word tls_words[] = {
    {"never", TLS_NEVER}, {"if-offered", TLS_IF_OFFERED}, {"required", TLS_REQUIRED}, {"implicit", TLS_IMPLICIT}, {NULL, 0}};
static const struct word binding_words[] = {
    {"tls-exporter", BINDING_EXPORTER}, {"tls-server-end-point", BINDING_ENDPOINT}, {"none", BINDING_NONE}, {NULL, 0}};
static const struct word body_words[] = {
    {"7bit", SMTPAUTH_BODY_7BIT}, {"8bitmime", SMTPAUTH_BODY_8BITMIME}, {"binarymime", SMTPAUTH_BODY_BINARYMIME}, {NULL, 0}};
static const struct word ret_words[] = {{"full", SMTPAUTH_RET_FULL}, {"hdrs", SMTPAUTH_RET_HDRS}, {NULL, 0}};
static const struct word notify_words[] = {
    {"never", SMTPAUTH_NOTIFY_NEVER}, {"success", SMTPAUTH_NOTIFY_SUCCESS}, {"failure", SMTPAUTH_NOTIFY_FAILURE},
    {"delay", SMTPAUTH_NOTIFY_DELAY}, {NULL, 0}};

/* Strongest first. ANONYMOUS is for who asks for it. */
static smtpauth_client_mechanism_fn *const all_mechanisms[] = {
    smtpauth_client_scram_sha256_plus, smtpauth_client_scram_sha1_plus, smtpauth_client_scram_sha256,
    smtpauth_client_scram_sha1,        smtpauth_client_external,        smtpauth_client_oauthbearer,
    smtpauth_client_xoauth2,           smtpauth_client_cram_md5,        smtpauth_client_plain,
    smtpauth_client_login,             smtpauth_client_anonymous,
};
/* clang-format on */

enum { ALL_MECHANISMS = sizeof all_mechanisms / sizeof *all_mechanisms };

__attribute__((noreturn, format(printf, 1, 2))) static void refuse(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("send: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs("\n", stderr);
    va_end(arguments);
    exit(EX_USAGE);
}

static uint8_t choose(const char *option, const char *text, const struct word *words)
{
    char names[128] = "";
    for (const struct word *word = words; word->name != NULL; word++) {
        if (smtpauth_text_is((const uint8_t *)text, strlen(text), word->name))
            return word->value;
        size_t len = strlen(names);
        snprintf(names + len, sizeof names - len, "%s%s", len > 0 ? ", " : "", word->name);
    }
    refuse("--%s wants one of %s, not '%s'", option, names, text);
}

static int64_t number(const char *option, const char *text, int64_t min, int64_t max)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value < min || value > max)
        refuse("--%s wants a number from %lld to %lld, not '%s'", option, (long long)min, (long long)max, text);
    return value;
}

/* ---- The server ---- */

static void set_server(struct options *options, const char *text)
{
    const char *end = text[0] == '[' ? strchr(text, ']') : NULL;
    const char *host = end != NULL ? text + 1 : text;
    if (end == NULL)
        end = text + strcspn(text, ":");
    size_t len = (size_t)(end - host);
    const char *behind = end + (*end == ']');
    const char *port = *behind == ':' ? behind + 1 : default_port;
    if (len == 0 || len > HOST_MAX || (*behind != ':' && *behind != '\0') || strchr(port, ':') != NULL)
        refuse("--server wants HOST:PORT or [IPv6]:PORT, not '%s'", text);
    options->port_number = (uint16_t)number("server: the port", port, 1, 65535);
    memcpy(options->host, host, len);
    options->host[len] = '\0';
    snprintf(options->port, sizeof options->port, "%u", options->port_number);
}

static bool is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &v6) == 1)
        return memcmp(&v6, &in6addr_loopback, sizeof v6) == 0;
    return smtpauth_text_is((const uint8_t *)host, strlen(host), "localhost");
}

static uint8_t tls_by_port(const struct options *options)
{
    if (strcmp(options->port, "465") == 0)
        return TLS_IMPLICIT;
    return strcmp(options->port, "25") == 0 || is_loopback(options->host) ? TLS_IF_OFFERED : TLS_REQUIRED;
}

/* ---- The login ---- */

static void set_source(struct options *options, const char *text, bool is_command, bool is_token)
{
    if (options->secret_file != NULL || options->secret_command != NULL)
        refuse("--password-file, --password-command, --token-file and --token-command: one of them will do");
    *(is_command ? &options->secret_command : &options->secret_file) = text;
    options->is_token = is_token;
}

static smtpauth_client_mechanism_fn *mechanism_named(const char *name, size_t len)
{
    for (size_t i = 0; i < ALL_MECHANISMS && len > 0; i++) {
        if (smtpauth_text_is((const uint8_t *)name, len, smtpauth_client_mechanism_name(all_mechanisms[i]())))
            return all_mechanisms[i];
    }
    return NULL;
}

static void set_mechanisms(struct options *options, const char *text)
{
    size_t count = 0;
    for (const char *name = text, *end; name != NULL; name = *end == ',' ? end + 1 : NULL) {
        end = name + strcspn(name, ",");
        smtpauth_client_mechanism_fn *found = mechanism_named(name, (size_t)(end - name));
        if (found == NULL)
            refuse("--mechanisms: '%.*s' is not known here", (int)(end - name), name);
        for (size_t i = 0; i < count; i++) {
            if (options->mechanisms[i] == found)
                refuse("--mechanisms lists %.*s twice", (int)(end - name), name);
        }
        options->mechanisms[count++] = found; /* no more than there are, as none comes twice */
    }
    options->mechanisms[count] = NULL;
    options->has_order = true;
}

static void set_default_mechanisms(struct options *options)
{
    size_t count = 0;
    for (size_t i = 0; i < ALL_MECHANISMS; i++) {
        bool is_external = all_mechanisms[i] == smtpauth_client_external;
        if (all_mechanisms[i] != smtpauth_client_anonymous && (!is_external || options->cert != NULL))
            options->mechanisms[count++] = all_mechanisms[i];
    }
    options->mechanisms[count] = NULL;
}

/* ---- The envelope ---- */

void addresses_add(struct addresses *addresses, const char *address, size_t len)
{
    char **larger = realloc(addresses->items, (addresses->count + 1) * sizeof *larger);
    char *copy = larger != NULL ? malloc(len + 1) : NULL;
    if (copy == NULL) {
        fputs("send: out of memory\n", stderr);
        exit(EX_OSERR);
    }
    memcpy(copy, address, len);
    copy[len] = '\0';
    addresses->items = larger;
    addresses->items[addresses->count++] = copy;
}

/* An operand, whose brackets are taken off in place. */
static const char *bare(char *address)
{
    size_t len = strlen(address);
    if (len < 2 || address[0] != '<' || address[len - 1] != '>')
        return address;
    address[len - 1] = '\0';
    return address + 1;
}

static void set_notify(struct options *options, const char *text)
{
    for (const char *name = text, *end; name != NULL; name = *end == ',' ? end + 1 : NULL) {
        char word[16];
        end = name + strcspn(name, ",");
        snprintf(word, sizeof word, "%.*s", (int)(end - name), name);
        options->notify |= choose("notify", word, notify_words);
    }
    if ((options->notify & SMTPAUTH_NOTIFY_NEVER) != 0 && options->notify != SMTPAUTH_NOTIFY_NEVER)
        refuse("--notify: never stands alone (RFC 3461 4.1)");
}

static void set_by(struct options *options, const char *text)
{
    char seconds[16];
    size_t len = strcspn(text, ";");
    snprintf(seconds, sizeof seconds, "%.*s", (int)len, text);
    options->envelope.by = (int32_t)number("deliver-by", seconds, -999999999, 999999999);
    const char *mode = text[len] == ';' ? text + len + 1 : "R";
    bool has_trace = strlen(mode) == 2 && (mode[1] == 'T' || mode[1] == 't');
    bool is_return = *mode == 'R' || *mode == 'r', is_notify = *mode == 'N' || *mode == 'n';
    if ((!is_return && !is_notify) || (mode[1] != '\0' && !has_trace))
        refuse("--deliver-by wants SECONDS and ;R, ;N, ;RT or ;NT, not '%s'", text);
    options->envelope.by_mode =
        (uint8_t)((is_return ? SMTPAUTH_BY_RETURN : SMTPAUTH_BY_NOTIFY) | (has_trace ? SMTPAUTH_BY_TRACE : 0));
}

/* xtext (RFC 3461 4): what is not plain, "+" and "=" go out as hex. */
static void set_envid(struct options *options, const char *text)
{
    enum { ENVID_MAX = 100 };
    static char xtext[3 * ENVID_MAX + 1];
    size_t len = 0;
    if (*text == '\0' || strlen(text) > ENVID_MAX)
        refuse("--envid wants 1 to %d octets", ENVID_MAX);
    for (const uint8_t *at = (const uint8_t *)text; *at != 0; at++) {
        bool is_plain = *at > ' ' && *at < 0x7F && *at != '+' && *at != '=';
        len += (size_t)snprintf(xtext + len, sizeof xtext - len, is_plain ? "%c" : "+%02X", *at);
    }
    options->envelope.envid = (smtpauth_view){(const uint8_t *)xtext, len};
}

static void set_priority(struct options *options, const char *text)
{
    options->envelope.priority = (int8_t)number("priority", text, -9, 9);
    options->envelope.has_priority = true;
}

static void set_body(struct options *options, const char *text)
{
    options->envelope.body = choose("body", text, body_words);
    options->has_body = true;
}

/* clang-format off */
static void take(struct options *options, int name, char *text)
{
    switch (name) {
    case OPT_SERVER: set_server(options, text); break;
    case OPT_TLS: options->tls = choose("tls", text, tls_words); break;
    case OPT_CA: options->ca = text; break;
    case OPT_INSECURE: options->is_insecure = true; break;
    case OPT_CERT: options->cert = text; break;
    case OPT_KEY: options->key = text; break;
    case OPT_BINDING: options->binding = choose("channel-binding", text, binding_words); break;
    case OPT_EHLO: options->hello_name = text; break;
    case OPT_LMTP: options->is_lmtp = true; break;
    case OPT_TIMEOUT: options->timeout_s = (uint16_t)number("timeout", text, 1, 65535); break;
    case OPT_USER: options->user = text; break;
    case OPT_PASSWORD_FILE: set_source(options, text, false, false); break;
    case OPT_PASSWORD_COMMAND: set_source(options, text, true, false); break;
    case OPT_TOKEN_FILE: set_source(options, text, false, true); break;
    case OPT_TOKEN_COMMAND: set_source(options, text, true, true); break;
    case OPT_REQUIRE_LOGIN: options->requires_login = true; break;
    case OPT_AUTHORIZE_AS: options->authorization = text; break;
    case OPT_MECHANISMS: set_mechanisms(options, text); break;
    case OPT_PLAINTEXT: options->allows_plaintext_auth = true; break;
    case OPT_GUARD_FILE: options->guard_file = text; break;
    case OPT_FORGET: options->forgets = true; break;
    case OPT_MESSAGE: options->message = text; break;
    case OPT_COMPLETE: options->completes_header = true; break;
    case OPT_BODY: set_body(options, text); break;
    case OPT_SMTPUTF8: options->envelope.is_utf8 = true; break;
    case OPT_RET: options->envelope.ret = choose("ret", text, ret_words); break;
    case OPT_ENVID: set_envid(options, text); break;
    case OPT_NOTIFY: set_notify(options, text); break;
    case OPT_ORCPT: options->has_orcpt = true; break;
    case OPT_REQUIRE_TLS: options->envelope.requires_tls = true; break;
    case OPT_PRIORITY: set_priority(options, text); break;
    case OPT_BY: set_by(options, text); break;
    case OPT_HOLD_FOR: options->envelope.hold = (uint64_t)number("hold-for", text, 1, 999999999); break;
    case OPT_HOLD_UNTIL: options->envelope.hold_until = (smtpauth_view){(const uint8_t *)text, strlen(text)}; break;
    case OPT_VERBOSE: options->is_verbose = true; break;
    case OPT_JSON: options->is_json = true; break;
    case 'f': options->sender = bare(text); break;
    case 't': options->takes_recipients = true; break;
    case 'i': case 'o': break; /* sendmail's, of which -oi is always so and the others mean nothing here */
    case OPT_HELP:
        for (const char *const *part = help_text; *part != NULL; part++)
            fputs(*part, stdout);
        exit(fflush(stdout) == 0 ? EX_OK : EX_IOERR);
    default: /* getopt_long has said what is wrong */
        fputs("send: see --help\n", stderr);
        exit(EX_USAGE);
    }
}
/* clang-format on */

static void check_tls(const struct options *options)
{
    if ((options->cert == NULL) != (options->key == NULL))
        refuse("--cert and --key go together");
    if (options->ca != NULL && options->is_insecure)
        refuse("--ca and --insecure contradict each other");
    bool wants_tls = options->tls != TLS_NEVER && options->tls != TLS_IF_OFFERED;
    if (wants_tls && !tls_is_built())
        refuse("built without OpenSSL, there is no TLS: --tls never is all that is left");
}

static void check(const struct options *options)
{
    if (options->host[0] == '\0')
        refuse("give --server HOST:PORT; see --help");
    check_tls(options);
    if (options->envelope.hold != 0 && options->envelope.hold_until.len > 0)
        refuse("--hold-for and --hold-until contradict each other");
    if (options->sender == NULL && !options->takes_recipients)
        refuse("who sends? give FROM and TO...");
    if (options->recipients.count == 0 && !options->takes_recipients)
        refuse("to whom? give TO..., or -t for the header's");
}

void options_parse(struct options *options, int argc, char **argv)
{
    memset(options, 0, sizeof *options);
    options->envelope.size = sizeof options->envelope;
    int name;
    while ((name = getopt_long(argc, argv, "f:tio:", long_options, NULL)) != -1)
        take(options, name, optarg);
    for (int i = optind; i < argc; i++) {
        const char *address = bare(argv[i]);
        if (options->sender == NULL)
            options->sender = address;
        else
            addresses_add(&options->recipients, address, strlen(address));
    }
    if (options->tls == TLS_BY_PORT)
        options->tls = tls_by_port(options);
    if (!options->has_order)
        set_default_mechanisms(options);
    check(options);
}

void options_free(struct options *options)
{
    for (size_t i = 0; i < options->recipients.count; i++)
        free(options->recipients.items[i]);
    free(options->recipients.items);
}
