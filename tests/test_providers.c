/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Proves the provider book: each row is met by a reply that its provider really says or by its server's name, with the
 * reason and the remedy it stands for; no two rows answer differently for the same reply; and no row passes the bounds
 * of the code. It sees the rows one by one, so it reaches a private header. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/text.h>

#include "advice_rows.h"
#include "internal/advice.h"
#include "rows.h"

#define R(name) SMTPAUTH_REASON_##name

enum {
    AUTH = SMTPAUTH_PHASE_AUTH,
    MAIL = SMTPAUTH_PHASE_MAIL,
    RCPT = SMTPAUTH_PHASE_RCPT,
    MESSAGE = SMTPAUTH_PHASE_MESSAGE
};

/* clang-format off */
static const struct book_row {
    const char *id;
    uint8_t phase;
    const char *reply, *server;
    uint16_t reason;
    const char *remedy; /* some words of it */
} met[] = {
    {"gmail", AUTH, "534-5.7.9 Application-specific password required. Learn more at\r\n534 5.7.9 https://support.google.com/mail/?p=InvalidSecondFactor x - gsmtp", NULL, R(APP_PASSWORD_NEEDED), "16 letters"},
    {"gmail", AUTH, "534-5.7.14 <https://accounts.google.com/signin/continue?sarp=1> Please log in via your web browser and then try\r\n534 5.7.14 again.", NULL, R(WEB_LOGIN_NEEDED), "browser"},
    {"gmail", AUTH, "535-5.7.8 Username and Password not accepted. Learn more at\r\n535 5.7.8  https://support.google.com/mail/?p=BadCredentials x - gsmtp", NULL, R(AUTH_FAILED), "apppasswords"},
    {"gmail", AUTH, "535 5.7.8 no", "smtp.gmail.com", R(AUTH_FAILED), "apppasswords"},
    {"gmail", AUTH, "334 eyJzdGF0dXMiOiI0MDAifQ==", "smtp.gmail.com", R(TOKEN_REFUSED), "https://mail.google.com/"},
    {"gmail", AUTH, "535 5.7.8 Access token expired", "SMTP.GMAIL.COM", R(TOKEN_REFUSED), "https://mail.google.com/"},
    {"gmail", MAIL, "530-5.7.0 Authentication Required. Learn more at\r\n530 5.7.0  https://support.google.com/mail/?p=WantAuthError x - gsmtp", NULL, R(AUTH_REQUIRED), "587"},
    {"gmail", MESSAGE, "550 5.4.5 Daily user sending quota exceeded. x - gsmtp", NULL, R(QUOTA), "24 hours"},
    {"gmail", MAIL, "550 5.7.0 Mail Sending denied.", NULL, R(ACCOUNT_DISABLED), "administrator"},
    {"microsoft365", AUTH, "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.", NULL, R(SMTP_AUTH_DISABLED), "organization"},
    {"microsoft365", AUTH, "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.", NULL, R(SMTP_AUTH_DISABLED), "Set-CASMailbox"},
    {"microsoft365", AUTH, "535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [BM1P287CA0015.INDP287.PROD.OUTLOOK.COM]", NULL, R(PASSWORDS_DISABLED), "OAuth 2"},
    {"microsoft365", AUTH, "535 5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy.", NULL, R(LOGIN_POLICY), "Entra"},
    {"microsoft365", AUTH, "535 5.7.3 Authentication unsuccessful [BN3PR03CA0067.namprd03.prod.outlook.com]", NULL, R(AUTH_FAILED), "browser"},
    {"microsoft365", AUTH, "535 5.7.3 Invalid access token", "smtp.office365.com", R(TOKEN_REFUSED), "SMTP.Send"},
    {"microsoft365", MAIL, "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM", NULL, R(AUTH_REQUIRED), "smtp.office365.com"},
    {"microsoft365", MESSAGE, "550 5.7.60 SMTP; Client does not have permissions to send as this sender", NULL, R(SENDER_NOT_PERMITTED), "Send As"},
    {"outlook.com", MESSAGE, "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; Actual verdict is RefuseQuota. WASCL UserAction verdict is not None.", NULL, R(QUOTA), "daily"},
    {"outlook.com", MESSAGE, "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; WASCL UserAction verdict is not None. Actual verdict is Suspend.", NULL, R(ACCOUNT_HELD), "holds it"},
    {"outlook.com", MESSAGE, "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; WASCL UserAction verdict is not None. Actual verdict is HipNotify, ShowTierUpgrade.", NULL, R(WEB_LOGIN_NEEDED), "solve"},
    {"outlook.com", MESSAGE, "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; Failed to process message due to a permanent exception", NULL, R(WEB_LOGIN_NEEDED), "follow what it shows"},
    {"yahoo", AUTH, "535 5.7.0 Please use an app password", "smtp.mail.yahoo.com", R(APP_PASSWORD_NEEDED), "Account security"},
    {"yahoo", AUTH, "535 5.7.0 (#MBR1212) Incorrect username or password.", NULL, R(AUTH_FAILED), "app password only"},
    {"icloud", AUTH, "535 5.7.8 Error: authentication failed: ", "smtp.mail.me.com", R(AUTH_FAILED), "account.apple.com"},
    {"icloud", AUTH, "535 5.7.8 App-specific password required, see appleid.apple.com", NULL, R(APP_PASSWORD_NEEDED), "Sign-In and Security"},
    {"icloud", RCPT, "554 5.7.1 <a@icloud.com>: Relay access denied", NULL, R(RECIPIENT_NOT_SERVED), "no mail"},
    {"fastmail", AUTH, "535 5.7.0 Incorrect username or password / Sorry, you need to create an app password to use this service", "smtp.fastmail.com", R(APP_PASSWORD_NEEDED), "plan"},
    {"fastmail", AUTH, "535 5.7.0 Incorrect username or password", "smtp.fastmail.com", R(AUTH_FAILED), "whole address"},
    {"zoho", AUTH, "535 Authentication Failed", "smtp.zoho.eu", R(AUTH_FAILED), "region"},
    {"zoho", MAIL, "554 5.1.8 Sender Address Blocked", NULL, R(ACCOUNT_DISABLED), "unblock"},
    {"zoho", MESSAGE, "550 5.4.6 Unusual sending activity detected. To unblock", NULL, R(ACCOUNT_HELD), "unblock"},
    {"zoho", MESSAGE, "553 Relaying disallowed as user@example.com", NULL, R(SENDER_NOT_PERMITTED), "alias"},
    {"gmx", AUTH, "535 5.7.0 Incorrect username or password {mp039}", NULL, R(AUTH_FAILED), "POP3/IMAP"},
    {"gmx", AUTH, "535 POP3/IMAP is not activated, disabled", "mail.gmx.net", R(SMTP_AUTH_DISABLED), "Einstellungen"},
    {"yandex", AUTH, "535 5.7.8 Error: authentication failed: This user does not have access rights to this service or app password required", NULL, R(APP_PASSWORD_NEEDED), "id.yandex.ru"},
    {"yandex", AUTH, "535 5.7.8 Error: authentication failed: This user does not have access rights to this service", NULL, R(SMTP_AUTH_DISABLED), "terms"},
    {"yandex", AUTH, "530 5.7.7 Email sending without SSL/TLS encryption is not allowed. Please see: http://help.yandex.ru/mail/mail-clients/ssl.xml", NULL, R(TLS_REQUIRED), "465"},
    {"mail.ru", AUTH, "535 5.7.0 NEOBHODIM parol prilozheniya https://help.mail.ru/mail/security/protection/external / Application password is REQUIRED", NULL, R(APP_PASSWORD_NEEDED), "external applications"},
    {"mail.ru", SMTPAUTH_PHASE_DATA, "503 Administrative prohibition -- authorization required. Users in your domain are not allowed to send email without authorization. See http://help.mail.ru/mail-help/mailer/popsmtp for details.", NULL, R(AUTH_REQUIRED), "outgoing server"},
    {"qq", AUTH, "535 Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or system is busy.", NULL, R(APP_PASSWORD_NEEDED), "POP3/IMAP/SMTP"},
    {"qq", AUTH, "535 Login Fail. Please enter your authorization code to login. More information in http://service.mail.qq.com/cgi-bin/help", NULL, R(APP_PASSWORD_NEEDED), "authorization code"},
    {"163", AUTH, "550 User has no permission", NULL, R(SMTP_AUTH_DISABLED), "mail.163.com"},
    {"163", MAIL, "553 authentication is required,163 smtp12,EMCowAC3O", NULL, R(AUTH_REQUIRED), "authorization code"},
    {"163", AUTH, "535 Error: authentication failed", "smtp.163.com", R(AUTH_FAILED), "not the password"},
    {"163", SMTPAUTH_PHASE_CONNECT, "421 HL:ICC 163 mx1,0", NULL, R(RATE_LIMITED), "connections"},
    {"163", MESSAGE, "450 DT:RBL 163 smtp1,x", NULL, R(IP_BLOCKED), "block list"},
    {"163", MESSAGE, "554 DT:SUM 163 smtp1,x", NULL, R(SENDER_NOT_PERMITTED), "From"},
    {"163", MAIL, "554 MI:STC 163 smtp1,x", NULL, R(QUOTA), "tomorrow"},
    {"gmail", MAIL, "550-5.7.1 Invalid credentials for relay [192.0.2.1]. The IP address you've\r\n550 5.7.1 registered", NULL, R(RELAY_DENIED), "registers"},
    {"microsoft365", RCPT, "550 5.7.64 TenantAttribution; Relay Access Denied", NULL, R(RELAY_DENIED), "connector"},
    {"yahoo", AUTH, "535 5.7.0 (#AUTH005) Too many bad auth attempts.", NULL, R(APP_PASSWORD_NEEDED), "wait"},
    {"163", MAIL, "553 mail from must equal authorized user", NULL, R(SENDER_NOT_PERMITTED), "logged in"},
    {"naver", AUTH, "535 5.7.1 Username and Password not accepted 9+0ovge2TIq7k8N74XWkCw - nsmtp", NULL, R(AUTH_FAILED), "IMAP/SMTP"},
    {"proton", MESSAGE, "554 5.0.0 Error: The account is not available in Bridge. Verify the outgoing server settings in your mail client and try again", NULL, R(SETTINGS), "Bridge's own password"},
    {"ses", AUTH, "535 Account not subscribed to SES", NULL, R(ACCOUNT_DISABLED), "one region"},
    {"ses", MESSAGE, "554 Access denied: User <User ARN> is not authorized to perform ses:SendRawEmail on resource <Identity ARN>", NULL, R(SENDING_NOT_GRANTED), "IAM"},
    {"ses", MESSAGE, "554 Message rejected: Email address is not verified. The following identities failed the check in region US-WEST-2: a@b.example", NULL, R(SENDER_NOT_PERMITTED), "sandbox"},
    {"ses", AUTH, "535 Authentication Credentials Invalid", "email-smtp.eu-west-1.amazonaws.com", R(AUTH_FAILED), "SES console"},
    {"sendgrid", AUTH, "451 Authentication failed: Could not authenticate", NULL, R(IP_BLOCKED), "IP Access Management"},
    {"sendgrid", MESSAGE, "550 The from address does not match a verified Sender Identity. Visit https://sendgrid.com/docs/", NULL, R(SENDER_NOT_PERMITTED), "Sender Authentication"},
    {"sendgrid", AUTH, "535 Authentication failed: Bad username / password", "smtp.sendgrid.net", R(AUTH_FAILED), "apikey"},
    {"mailgun", MAIL, "421 Domain sandbox1.mailgun.org is not allowed to send: Please activate your Mailgun account.", NULL, R(ACCOUNT_HELD), "Activate"},
    {"mailgun", AUTH, "535 Authentication failed", "smtp.mailgun.org", R(AUTH_FAILED), "postmaster@"},
    {"postmark", AUTH, "535 5.7.8 Error: authentication failed: ", "smtp.postmarkapp.com", R(AUTH_FAILED), "Server API token"},
    {"brevo", AUTH, "535 5.7.8 Authentication failed", "smtp-relay.brevo.com", R(AUTH_FAILED), "SMTP key"},
    {"mailjet", AUTH, "535 5.7.8 Authentication failed", "in-v3.mailjet.com", R(AUTH_FAILED), "secret key"},
    {"godaddy", AUTH, "535 Authentication not allowed on IBSMTP Servers. IB401", NULL, R(AUTH_NOT_OFFERED), "smtpout"},
    {"ionos", AUTH, "535 Authentication credentials invalid", "smtp.ionos.de", R(AUTH_FAILED), "customer account"},
    {"ionos", RCPT, "550 must be authenticated", "smtp.ionos.de", R(AUTH_REQUIRED), "outgoing server"},
    {"orange", MAIL, "550 5.7.0 Code d'authentification invalide OFR_305", NULL, R(AUTH_FAILED), "OFR"},
    {"tiscali", AUTH, "535 5.7.0 authentication rejected: your password is too simple", NULL, R(PASSWORD_EXPIRED), "longer password"},
    {"exchange", RCPT, "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain", NULL, R(RELAY_NEEDS_LOGIN), "receive connector"},
    {"postfix", RCPT, "553 5.7.1 <a@b.example>: Sender address rejected: not owned by user c@b.example", NULL, R(SENDER_NOT_PERMITTED), "smtpd_sender_login_maps"},
    {"postfix", AUTH, "535 5.7.8 Error: authentication failed: Invalid authentication mechanism", NULL, R(AUTH_UNKNOWN_MECHANISM), "PLAIN"},
    {"postfix", AUTH, "503 5.5.1 Error: authentication not enabled", NULL, R(AUTH_NOT_OFFERED), "port 25"},
    {"exim", AUTH, "535 Incorrect authentication data", NULL, R(AUTH_FAILED), "web hosts"},
    {"exim", AUTH, "503 AUTH command used when not advertised", NULL, R(AUTH_NOT_OFFERED), "EHLO"},
    {"exim", RCPT, "550-Please turn on SMTP Authentication in your mail client.\r\n550-a [192.0.2.1]:11111 is not permitted to\r\n550 relay through this server without authentication.", NULL, R(AUTH_REQUIRED), "outgoing server requires"},
    {"dovecot", AUTH, "523 5.7.10 Authentication disallowed on non-secure (SSL/TLS) connections.", NULL, R(TLS_REQUIRED), "encryption"},
    {"sendmail", RCPT, "550 5.7.1 <user@example.com>... Relaying denied. IP name lookup failed [192.0.2.1]", NULL, R(RELAY_NEEDS_LOGIN), "access table"},
    {"opensmtpd", MAIL, "530 5.5.1 Invalid command: Must issue an AUTH command first", NULL, R(AUTH_REQUIRED), "listener"},
    {"courier", MAIL, "400 STARTTLS is required first.", NULL, R(TLS_REQUIRED), "STARTTLS"},
    {"haraka", MAIL, "550 Envelope domain 'example.com' doesn't match AUTH domain 'example.org'", NULL, R(SENDER_NOT_PERMITTED), "domain of the login"},
};
/* clang-format on */

enum { MET = sizeof met / sizeof *met };

static smtpauth_situation situation_of(const struct book_row *row)
{
    smtpauth_situation at = {0};
    at.size = sizeof at;
    at.phase = row->phase;
    at.authenticated = row->phase == MESSAGE ? SMTPAUTH_YES : SMTPAUTH_NO;
    if (row->server != NULL) {
        at.server.data = (const uint8_t *)row->server;
        at.server.len = strlen(row->server);
    }
    return at;
}

static void every_row_is_met(void **state)
{
    static bool is_met[200];
    size_t rows;
    (void)state;
    assert_non_null(smtpauth_providers(&rows));
    assert_in_range(rows, 50, 200);
    for (size_t i = 0; i < MET; i++) {
        smtpauth_situation at = situation_of(&met[i]);
        smtpauth_advice advice = advise(met[i].reply, strlen(met[i].reply), &at, smtpauth_providers);
        const char *id = smtpauth_provider_words(smtpauth_providers, advice.provider, SMTPAUTH_PROVIDER_ID);
        const char *remedy =
            smtpauth_provider_words(smtpauth_providers, advice.provider, SMTPAUTH_PROVIDER_REMEDY);
        check(advice.reason == met[i].reason, met[i].reply,
              smtpauth_reason_words(advice.reason, SMTPAUTH_WORDS_NAME));
        check(strcmp(id, met[i].id) == 0, met[i].reply, id);
        check(strstr(remedy, met[i].remedy) != NULL, met[i].reply, remedy);
        if (advice.provider > 0)
            is_met[advice.provider - 1] = true;
    }
    for (uint16_t row = 1; row <= rows; row++)
        check(is_met[row - 1], smtpauth_provider_words(smtpauth_providers, row, SMTPAUTH_PROVIDER_REMEDY),
              "is a row that no reply here meets");
    finish();
}

/* ---- Rows one by one ---- */

static size_t only;

static const smtpauth_provider *one_row(size_t *rows)
{
    *rows = 1;
    return smtpauth_providers(NULL) + only;
}

/* Does this row alone fit? Then what it makes of the reply. */
static bool fits_alone(size_t row, const char *reply, const smtpauth_situation *at, smtpauth_advice *advice)
{
    only = row;
    *advice = advise(reply, strlen(reply), at, one_row);
    return advice->provider != 0;
}

static void check_agreement(const char *reply, const smtpauth_situation *at, size_t rows)
{
    smtpauth_advice first = {0}, next;
    bool has_first = false;
    for (size_t row = 0; row < rows; row++) {
        if (!fits_alone(row, reply, at, &next))
            continue;
        if (has_first && (first.reason != next.reason || first.action != next.action ||
                          first.same_secret != next.same_secret || first.resend != next.resend)) {
            print_error("%.100s: %s and %s\n", reply, smtpauth_reason_words(first.reason, SMTPAUTH_WORDS_NAME),
                        smtpauth_reason_words(next.reason, SMTPAUTH_WORDS_NAME));
            add_wrong();
        }
        first = next;
        has_first = true;
    }
}

static void no_two_rows_answer_differently(void **state)
{
    size_t rows, count, listed;
    (void)state;
    smtpauth_providers(&rows);
    const advice_row *replies = advice_rows(&count, &listed);
    for (size_t i = 0; i < count; i++)
        check_agreement(replies[i].reply, &replies[i].at, rows);
    for (size_t i = 0; i < MET; i++) {
        smtpauth_situation at = situation_of(&met[i]);
        check_agreement(met[i].reply, &at, rows);
    }
    finish();
}

/* Two rows with one wording would be one too many. */
static void no_row_is_there_twice(void **state)
{
    size_t rows;
    (void)state;
    const smtpauth_provider *book = smtpauth_providers(&rows);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < i; j++)
            check(book[i].when != book[j].when || book[i].reason != book[j].reason ||
                      strcmp(book[i].words, book[j].words) != 0,
                  book[i].words, "is there twice");
    finish();
}

static void rows_are_well_formed(void **state)
{
    size_t rows;
    (void)state;
    const smtpauth_provider *book = smtpauth_providers(&rows);
    for (size_t i = 0; i < rows; i++) {
        const smtpauth_provider *row = &book[i];
        check(row->low >= 400 && row->low <= row->high && row->high <= 599, row->remedy, "codes");
        check(row->words != NULL && row->words[0] != '\0', row->remedy, "words");
        for (const char *c = row->words; *c != '\0'; c++)
            check((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || strchr(" |&;!", *c) != NULL,
                  row->words, "a sign that no normalised reply holds");
        check(smtpauth_utf8_is_valid((const uint8_t *)row->remedy, strlen(row->remedy)) &&
                  strlen(row->remedy) > 20,
              row->remedy, "remedy");
        check(row->reason == R(NONE) || smtpauth_reason_cause(row->reason) != SMTPAUTH_CAUSE_NONE, row->remedy,
              "reason without advice");
        check(row->reason == R(NONE) || row->servers == NULL || row->words != NULL, row->remedy,
              "reason by server");
    }
    finish();
}

static void server_names_are_whole_labels(void **state)
{
    static const struct {
        const char *server;
        bool is_gmail;
    } names[] = {{"smtp.gmail.com", true},     {"gmail.com", true}, {"notgmail.com", false},
                 {"gmail.com.example", false}, {"", false},         {"com", false},
                 {"smtp.GMAIL.com", true}};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        smtpauth_situation at = {0};
        at.size = sizeof at;
        at.server.data = (const uint8_t *)names[i].server;
        at.server.len = strlen(names[i].server);
        smtpauth_advice advice = advise("535 no", 6, &at, smtpauth_providers);
        check((advice.provider != 0) == names[i].is_gmail, names[i].server, "gmail");
    }
    finish();
}

static void columns(void **state)
{
    size_t rows;
    (void)state;
    smtpauth_providers(&rows);
    for (uint16_t row = 1; row <= rows; row++)
        for (uint8_t column = 0; column <= SMTPAUTH_PROVIDER_WORDS; column++)
            assert_true(smtpauth_provider_words(smtpauth_providers, row, column)[0] != '\0');
    assert_string_equal(smtpauth_provider_words(smtpauth_providers, 0, 0), "");
    assert_string_equal(smtpauth_provider_words(smtpauth_providers, (uint16_t)(rows + 1), 0), "");
    assert_string_equal(smtpauth_provider_words(smtpauth_providers, 1, SMTPAUTH_PROVIDER_WORDS + 1), "");
    assert_string_equal(smtpauth_provider_words(NULL, 1, 0), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_met),
        cmocka_unit_test(no_two_rows_answer_differently),
        cmocka_unit_test(no_row_is_there_twice),
        cmocka_unit_test(rows_are_well_formed),
        cmocka_unit_test(server_names_are_whole_labels),
        cmocka_unit_test(columns),
    };
    return cmocka_run_group_tests_name("providers", tests, NULL, NULL);
}
