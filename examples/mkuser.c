/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Makes lines for submissiond's users file, and shows how a host makes what SCRAM needs:
 *
 *     mkuser alice@example.test >>users                            asks for the password at the terminal
 *     echo 'correct horse' | mkuser --crypt --scram-sha-256 alice@example.test >>users
 */

#include <smtpauth/sasl.h>
#include <smtpauth/text.h>

#include <crypt.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <termios.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, SALT_LEN = 16, PASSWORD_MAX = 1024 };

/* More than the least there may be (RFC 7677 4), and the most that clients with Cyrus SASL take. */
enum { ITERATIONS = 65536, ITERATIONS_MIN = 4096, ITERATIONS_MAX = 1000000 };

enum { KIND_SCRAM_SHA1 = 1, KIND_SCRAM_SHA256 = 2, KIND_CRYPT = 4, KIND_PLAIN = 8 };

static const char help[] =
    "usage: mkuser [--scram-sha-256] [--scram-sha-1] [--crypt] [--plain] [--iterations N] NAME\n"
    "Prints a line for submissiond's --users file for each kind that is named; default --scram-sha-256.\n"
    "The password is asked for at the terminal, or read as one line from stdin.\n"
    "\n"
    "  --scram-sha-256, --scram-sha-1   serve SCRAM, and PLAIN and LOGIN\n"
    "  --crypt                          a hash of crypt(3), SHA-512: serves PLAIN and LOGIN\n"
    "  --plain                          the password itself: serves CRAM-MD5, PLAIN and LOGIN\n"
    "  --iterations N                   of SCRAM; default 65536, 4096 to 1000000. The same for all users, or those\n"
    "                                   with another number can be told from names that do not exist\n";

__attribute__((noreturn, format(printf, 2, 3))) static void refuse(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("mkuser: ", stderr);
    vfprintf(stderr, format, arguments);
    fputs("\n", stderr);
    va_end(arguments);
    exit(status);
}

static void randomise(uint8_t *data, size_t len)
{
    if (getrandom(data, len, 0) != (ssize_t)len)
        refuse(EXIT_FAILURE, "no random octets: %s", strerror(errno));
}

/* ---- The password ---- */

/* Does nothing, but ends the reading: the terminal must show again what is typed before the program ends. */
static void on_interrupt(int signal_number)
{
    (void)signal_number;
}

static bool be_silent(struct termios *before)
{
    struct termios silent;
    struct sigaction action;
    if (tcgetattr(STDIN_FILENO, before) != 0)
        return false;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    silent = *before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    return tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
}

static void ask(const char *question, char *password)
{
    struct termios before;
    bool is_silent = be_silent(&before);
    if (is_silent)
        fputs(question, stderr);
    bool is_read = fgets(password, PASSWORD_MAX, stdin) != NULL;
    if (is_silent) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputs("\n", stderr);
    }
    if (!is_read)
        refuse(EXIT_FAILURE, "no password was given");
    size_t len = strcspn(password, "\r\n");
    if (len == PASSWORD_MAX - 1)
        refuse(EXIT_FAILURE, "the password is longer than %d octets", PASSWORD_MAX - 2);
    password[len] = '\0';
    if (len == 0)
        refuse(EXIT_FAILURE, "an empty password lets nobody in");
    if (!smtpauth_utf8_is_valid((const uint8_t *)password, len))
        refuse(EXIT_FAILURE, "the password is not UTF-8");
}

static void ask_twice(char *password)
{
    char again[PASSWORD_MAX];
    ask("Password: ", password);
    if (!isatty(STDIN_FILENO))
        return;
    ask("Once more: ", again);
    bool is_same = strcmp(password, again) == 0;
    smtpauth_wipe(again, sizeof again);
    if (!is_same)
        refuse(EXIT_FAILURE, "the two are not the same");
}

/* ---- The lines ---- */

static void print_base64(const uint8_t *data, size_t len)
{
    uint8_t text[64];
    size_t text_len;
    smtpauth_base64_encode(text, sizeof text, data, len, &text_len);
    fwrite(text, 1, text_len, stdout);
}

static void print_scram(const char *name, const char *scheme, uint8_t hash, uint32_t iterations,
                        const char *password)
{
    uint8_t salt[SALT_LEN], stored_key[32], server_key[32];
    randomise(salt, sizeof salt);
    if (smtpauth_scram_derive(hash, (const uint8_t *)password, strlen(password), salt, sizeof salt, iterations,
                              NULL, stored_key, server_key) != SMTPAUTH_DONE)
        refuse(EXIT_FAILURE, "SCRAM cannot use this password");
    printf("%s:%s$%u:", name, scheme, (unsigned)iterations);
    print_base64(salt, sizeof salt);
    fputs("$", stdout);
    print_base64(stored_key, smtpauth_hash_size(hash));
    fputs(":", stdout);
    print_base64(server_key, smtpauth_hash_size(hash));
    fputs("\n", stdout);
    smtpauth_wipe(stored_key, sizeof stored_key);
    smtpauth_wipe(server_key, sizeof server_key);
}

static void print_crypt(const char *name, const char *password)
{
    static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static struct crypt_data data;
    uint8_t octets[SALT_LEN];
    char setting[3 + SALT_LEN + 1] = "$6$";
    randomise(octets, sizeof octets);
    for (size_t i = 0; i < SALT_LEN; i++)
        setting[3 + i] = digits[octets[i] % 64];
    const char *hash = crypt_r(password, setting, &data);
    if (hash == NULL || *hash == '*')
        refuse(EXIT_FAILURE, "crypt(3) has no SHA-512 here");
    printf("%s:%s\n", name, hash);
    smtpauth_wipe(&data, sizeof data);
}

/* ---- The command line ---- */

static uint32_t iterations_of(const char *text)
{
    char *end;
    unsigned long value = text != NULL ? strtoul(text, &end, 10) : 0;
    if (text == NULL || *text < '0' || *text > '9' || *end != '\0' || value < ITERATIONS_MIN ||
        value > ITERATIONS_MAX)
        refuse(EXIT_USAGE, "--iterations wants a number from %d to %d", ITERATIONS_MIN, ITERATIONS_MAX);
    return (uint32_t)value;
}

static const char *name_of(const char *text)
{
    if (*text == '\0' || strlen(text) > SMTPAUTH_IDENTITY_MAX || strpbrk(text, ":\r\n") != NULL ||
        text[strspn(text, " \t")] == '#')
        refuse(EXIT_USAGE, "'%s' cannot be a user's name: 1 to %d octets without a colon", text,
               SMTPAUTH_IDENTITY_MAX);
    return text;
}

/* clang-format off */
static const struct kind {
    const char *option;
    unsigned bit;
} kinds[] = {
    {"--scram-sha-256", KIND_SCRAM_SHA256},
    {"--scram-sha-1",   KIND_SCRAM_SHA1},
    {"--crypt",         KIND_CRYPT},
    {"--plain",         KIND_PLAIN},
};
/* clang-format on */

static unsigned kind_of(const char *option)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(option, kinds[i].option) == 0)
            return kinds[i].bit;
    }
    refuse(EXIT_USAGE, "'%s' is no option; see --help", option);
}

int main(int argc, char **argv)
{
    char password[PASSWORD_MAX];
    const char *name = NULL;
    unsigned wanted = 0;
    uint32_t iterations = ITERATIONS;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(help, stdout);
            return EXIT_SUCCESS;
        }
        if (strcmp(argv[i], "--iterations") == 0)
            iterations = iterations_of(argv[++i]);
        else if (strncmp(argv[i], "--", 2) == 0)
            wanted |= kind_of(argv[i]);
        else if (name == NULL)
            name = name_of(argv[i]);
        else
            refuse(EXIT_USAGE, "one name, please; see --help");
    }
    if (name == NULL)
        refuse(EXIT_USAGE, "whose lines? See --help");
    if (wanted == 0)
        wanted = KIND_SCRAM_SHA256;
    ask_twice(password);
    if ((wanted & KIND_SCRAM_SHA256) != 0)
        print_scram(name, "SCRAM-SHA-256", SMTPAUTH_SHA256, iterations, password);
    if ((wanted & KIND_SCRAM_SHA1) != 0)
        print_scram(name, "SCRAM-SHA-1", SMTPAUTH_SHA1, iterations, password);
    if ((wanted & KIND_CRYPT) != 0)
        print_crypt(name, password);
    if ((wanted & KIND_PLAIN) != 0)
        printf("%s:{PLAIN}%s\n", name, password);
    smtpauth_wipe(password, sizeof password);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
