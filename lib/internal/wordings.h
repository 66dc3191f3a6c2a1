/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_INTERNAL_WORDINGS_H
#define SMTPAUTH_INTERNAL_WORDINGS_H

/*
 * Families of wordings that more than one rule looks for, as patterns of smtpa_words_match. Each names what servers
 * mean, not which server says it: a wording that only one provider has belongs into the provider book.
 */

/* clang-format off */

/* Encryption first: what is missing, and that it is wanted. */
#define WORDS_TLS_FIRST                                                                                        \
    "starttls| tls| ssl|encrypt|secure connection|secure channel|secured connection|non secure|insecure|"      \
    "plaintext auth|plain text auth|cleartext|clear text|verschl"                                              \
    "&must|requir|requier|first|before| only| need|disallow|not allowed|not permitted|without|please use|forbidden|"   \
    "erforderlich|mandatory|prohibited|refused|enable"                                                         \
    "&!client certificate|handshake|not supported|not enabled|unsupported|version|certificate"

/* A password made for one program. The last three are the Chinese "authorization code" in UTF-8, in GBK, and in GBK
 * that was taken for Latin-1. */
#define WORDS_APP_PASSWORD                                                                                     \
    "app password|app passwort|application password|application specific|app specific|application passcode|"   \
    "app passcode|authorization code|authorisation code|specific password|client password|device password|"    \
    "program password|external password|less secure|mot de passe d application|mot de passe application|"      \
    "anwendungsspezifisch|app kennwort|parol prilozheniya|dedicated password|generated password|"              \
    "\xE6\x8E\x88\xE6\x9D\x83\xE7\xA0\x81|\xCA\xDA\xC8\xA8\xC2\xEB|"                                           \
    "\xC3\x8A\xC3\x9A\xC3\x88\xC2\xA8\xC3\x82\xC3\xAB"                                                         \
    ";2 step|two step|two factor| 2fa | mfa |multi factor|multifactor|two stage|second factor"                 \
    ";third party&password|client|app|code"

#define WORDS_WEB_LOGIN                                                                                        \
    "web browser|your browser|via browser|a browser|weblogin|web login|login via the web|log in via the web|"  \
    "captcha|not a robot|use web for|confirm your identity|verify your identity|verify your account|confirm your account|"             \
    "verify it s you|security challenge|continuesignin|log in to your account|login to your account|"          \
    "sign in to your account|log in to webmail|login to webmail|log into webmail|log in to the webmail|"       \
    "log into your account|unlock your"                                                                        \
    ";unusual|suspicious&login|log in|sign in|signin|activity|logon"

/* The mailbox, the domain or the tenant has SMTP switched off. The three at the end of the first clause are the Chinese
 * "user has no right" in UTF-8, in GBK, and in GBK that was taken for Latin-1. */
#define WORDS_SMTP_OFF                                                                                         \
    "smtpclientauthentication|smtp auth disabled|smtp authentication disabled|smtp authentication is disabled|" \
    "smtp auth is disabled|smtp auth not enabled|smtp auth is not|smtp authentication is not|"                 \
    "service is not open|service not open|access rights to this service|smtp access|smtp service is not|"      \
    "not allowed to use smtp|not authorized to use smtp|smtp not allowed|smtp not enabled|smtp is not|"        \
    "smtp is disabled|smtp disabled|smtp service disabled|smtp service is disabled|not enabled for smtp|"      \
    "external access|mail client access|client access is|"                                                     \
    "\xE7\x94\xA8\xE6\x88\xB7\xE6\x97\xA0\xE6\x9D\x83|\xD3\xC3\xBB\xA7\xCE\xDE\xC8\xA8|"                         \
    "\xC3\x93\xC3\x83\xC2\xBB\xC2\xA7\xC3\x8E\xC3\x9E\xC3\x88\xC2\xA8"                                         \
    ";imap|pop3| pop&enable|disabled|activate|aktivier|not allowed|freigeschaltet|switched off|turned off&!before" \
    ";smtp&enable|activate|aktivier|switched off|turned off|freigeschaltet"                                    \
    "&account|mailbox|user|settings|setting|options|plan|konto&!authentication is|authenticate"

#define WORDS_PASSWORDS_OFF                                                                                    \
    "basic authentication|basic auth |modern authentication|legacy authentication|"                            \
    "password authentication is disabled|password authentication disabled|password authentication is not|"     \
    "password login is disabled|password login disabled|password based authentication|passwords are disabled"  \
    ";oauth|oauth2|xoauth2|oauthbearer&requir|must|only|please use|instead|need"

#define WORDS_LOGIN_POLICY                                                                                     \
    "security defaults|conditional access|criteria to be authenticated|locked by your organization|"           \
    "organization s policy|organization policy|organisation s policy|access policy|tenant restriction|"        \
    "disabled by your administrator|disabled by the administrator|disabled by administrator|by admin policy|"  \
    "login restricted|logon restriction|from this country|from your country|country| geo | location"

#define WORDS_TOKEN                                                                                            \
    "access token|oauth token|bearer|invalid grant|jwt"                                                        \
    ";token&expired|invalid|revoked|refused|rejected|not valid|bad|denied|fail&!api|server token|smtp token"   \
    ";oauth|oauth2|xoauth2|oauthbearer&fail|invalid|expired|denied|unauthorized"

#define WORDS_PASSWORD_OLD                                                                                     \
    "password|passwort|kennwort|passphrase&expired|too simple|too weak|must be changed|must change|"           \
    "has to be changed|must be reset|change required|abgelaufen|too old|reset required|weak password"          \
    ";change your password|credentials have expired|credentials expired|simple password|update your password"

#define WORDS_ACCOUNT_OFF                                                                                      \
    "suspended|suspension|deactivated|terminated|not subscribed|unpaid|overdue|abnormal|compromised|gesperrt|" \
    "deaktiviert|gekuendigt|frozen|bloqu|desactiv|subscription|not active|inactive|not activated|not yet activated|not yet active|inactivo|"    \
    "\xD0\xB7\xD0\xB0\xD0\xB1\xD0\xBB\xD0\xBE\xD0\xBA\xD0\xB8\xD1\x80\xD0\xBE\xD0\xB2\xD0\xB0\xD0\xBD|"         \
    "account on hold|abuse detected|banned sender"                                                             \
    ";account|user|mailbox|login|konto|sender|domain|credential|api key"                                       \
    "&disabled|locked|blocked|closed|expired|banned|restricted|on hold|cancelled|canceled|not allowed to send|" \
    "removed|not enabled|disallowed|not authorized to use|not authorised to use"                                                                           \
    "&!authentication is disabled|sender address rejected|blocked using|recipient|ip address"

/* Commands that no sender of mail says. */
#define WORDS_BAD_COMMANDS                                                                                     \
    "unauthenticated commands|nonmail|non mail|bad commands|invalid commands|unrecognized commands|"           \
    "unrecognised commands|unknown commands|junk commands|syntax errors|protocol errors|protocol violations"

/* The client speaks before it is its turn. */
#define WORDS_TOO_SOON                                                                                         \
    "talk too soon|talked too soon|talks too soon|early talk|pregreet|before greeting|before the greeting|"    \
    "before banner|before the banner|spoke too soon|out of turn"

/* A message that was here before. */
#define WORDS_LOOP " hops|received header|received lines|mail loop|message loop|forwarding loop|loop detected|looping|mail is loop"

#define WORDS_TOO_MANY                                                                                         \
    "too many|too much|too often|too frequent|too fast|rate limit|ratelimit|frequency|throttl|slow down|"      \
    "concurrent|maximum number of connections|max connections|connection limit|excessive|brute|complaints|"   \
    "max message|"               \
    "temporarily blocked|temporarily banned|temporarily locked|temporarily disabled|temporarily suspended|"    \
    "temporarily restricted|temporarily prohibited|per second|per minute|thread limit|zu viele|trop de|demasiad|troppi|"                           \
    "\xD1\x81\xD0\xBB\xD0\xB8\xD1\x88\xD0\xBA\xD0\xBE\xD0\xBC|\xE9\xA2\x91\xE7\xB9\x81|\xE9\xA2\x91\xE7\x8E\x87" \
    "&!hops|received header|received lines"                                                                    \
    ";attempts|connections|requests|sessions&exceed|limit|maximum"

#define WORDS_QUOTA                                                                                            \
    "quota&!mailbox;per day|per hour|per month|daily|hourly&only|allowed;daily|hourly|monthly|weekly|per day|per hour|per month|24 hours|sending|outgoing|relay|"   \
    "plan|free|credits|number of messages|number of recipients|number of emails|user|messages|emails"          \
    "&limit|exceed|maximum|allowance|reached|used up|exhausted&!rate |ratelimit|throttl|too fast|per second|per minute"                        \
    ";messaging limit|hour limit|day limit|too many messages|too many emails|too many mails|over limit|out of credits|"             \
    "insufficient credits&!too fast|per second|per minute| minutes"

#define WORDS_SIZE                                                                                             \
    "message size|size limit|maximum size|file size|fixed maximum|too large|too big"                           \
    ";message|mail|size&exceeds|too long"

/* An address of the network that is refused, and by whom. */
#define WORDS_IP_BLOCKED                                                                                       \
    "blocked using|blacklist|black list|blocklist|block list|denylist|dnsbl| rbl |rbls|spamhaus|spamcop|"      \
    "sorbs|barracuda|uceprotect|ip reputation|poor reputation|bad reputation|reputation rb|dynamic ip|residential|generic rdns|reverse dns|ptr record| rdns|"  \
    " ip you re using| ip you are using| ptr |client host rejected|client host&!recipient|banned sending|cannot find your hostname|"              \
    "cannot find your reverse|hostname not found|unauthorized ip|unauthorised ip"                              \
    "&!sender address|sender domain| url | link| dbl |domain present|mailfrom domain|sending domain"                                                                  \
    ";ip| host|network|range|your address|connection|connections&blocked|not allowed|not authorized|"  \
    "not authorised|denied|banned|restricted|whitelist|allowlist|allow list|not permitted|listed|refused|"     \
    "rejected|blocked|forbidden|prohibited|unauthorized&!relay|sender address|from address|recipient|spf|username|user name"

/* A list of addresses that send spam. */
#define WORDS_BLOCK_LIST                                                                                       \
    "spamhaus|blacklist|black list|blocklist|block list|denylist|dnsbl| rbl |spamcop|barracuda|uceprotect"     \
    "& ip | ips | ip address|client host|connection|connecting"                                                \
    "&!sender address|sender domain| url | link| dbl "                                                         \
    ";ip address&not allowed to send|not authorized to send|not authorised to send|not permitted to send&! from "

#define WORDS_MECHANISM                                                                                        \
    "mechanism|authentication type|auth type|authentication method|auth method|authentication scheme|"         \
    "method of authentication|type of authentication|authentication protocol"                                  \
    "&unsupported|supported|unknown|unrecogni|invalid|available|unavailable|no mechanism|implemented|"         \
    "unimplemented|disabled|not allowed|not permitted|not enabled|not offered|bad |weak"                       \
    ";unsupported|unrecognized|unrecognised|unimplemented|not implemented|not supported"                       \
    "& auth|authentication| plain| login|cram|xoauth2|ntlm|gssapi"

/* A login that is missing, said in any phase but AUTH. */
#define WORDS_AUTH_FIRST                                                                                       \
    "authentication|authenticate|authenticated|authenticating|authorization|authorisation|authorize|"         \
    "authorise|"                                                                                               \
    "smtp auth| auth |auth command|login|log in|logged in|logon|sign in"                                       \
    "&requir|first|please|must|need|not authenticated|not logged|without|before|turn on|mandatory|have to|"    \
    "enable|was not|no authentication|never|should|necessary|only|not yet|use smtp|use authentication"         \
    ";unauthenticated|anonymous|pop before smtp|pop3 before|check for new mail|check your mail|checking mail|" \
    "check mail first|retrieve your mail|smtp authentication|not logged in|not authenticated|unlogged|"        \
    "anmelden|authentifizier|authentification requise|authentification obligatoire|authentifiez|"              \
    "identifiez|autenticaz|autenticac|autoryzacj|"                                                              \
    "\xD0\xB0\xD0\xB2\xD1\x82\xD0\xBE\xD1\x80\xD0\xB8\xD0\xB7\xD0\xB0\xD1\x86|"                                 \
    "\xE8\xAE\xA4\xE8\xAF\x81|\xE8\xBA\xAB\xE4\xBB\xBD\xE9\xAA\x8C\xE8\xAF\x81"

#define WORDS_RELAY                                                                                            \
    " relay| relaying|rcpthosts|rcptto hosts|non accepted domain|not a local domain|non local domain|"         \
    "cannot deliver mail for|we do not accept mail for|we don t accept mail for|remote domain|external domain|" \
    "delivery is not allowed to this address|foreign domain|domain not hosted|domain is not hosted|not a local address|forward path| relais|transit&!limit|quota"

#define WORDS_SENDER                                                                                           \
    "not owned by|must equal|send as |sendas|on behalf of|sender identity|verified sender|use of sender|"      \
    "address is not verified|allowed as sender|not verified|unverified|spoof|send from this|send from that|"   \
    "sender address rejected|sender rejected|sender denied|sender refused|sender verify failed|sender verification|verification failed for|bad sender|sender not allowed|invalid sender|"      \
    "unknown sender|sender unknown|sender not found|different from|forged&!recipient"                                 \
    ";from address|from header|from field|from domain|from name|sender|mail from|mailfrom|mail sender|"        \
    "return path|reverse path|email address|domain|from email|header from|in from|sender signature"                             \
    "&not match|doesn t match|does not match|doesnt match|mismatch|must match|not one of your|not allowed|"    \
    "not permitted|not authorized|not authorised|unauthorized|unauthorised|not valid|not owned|must belong|"   \
    "not belong|not registered|must be the same|not your|forbidden|not yours|not validated|not confirmed|"     \
    "disallowed|not verified|not associated|not listed|different|not accepted|not the same|no permission|"     \
    "must be same|unconfigured|not configured|not a sender"      \
    "&!recipient|relay|forward path"                                                                           \
    ";sender address|domain of sender|sender domain|sender s domain|from address"                              \
    "&does not exist|doesn t exist|not exist|not found|not resolve|must be specified|is required|is missing"   \
    ";sender header|local sender|local user only|blank sender|empty sender|null sender"                                      \
    ";not allowed to send|not permitted to send|not authorized to send|not authorised to send|"                \
    "may not send|cannot send|no permission to send|permission to send|permissions to send|not allowed to use|" \
    "incorrect authentication for&from| as |address|sender|domain|on behalf"

#define WORDS_DOMAIN_PROOF                                                                                     \
    " spf| dmarc| dkim|is unauthenticated|sender policy framework|domainkeys"

#define WORDS_SPAM " spam|spam |virus|malware|phish|unsolicited|bulk mail|content reject|content filter|"      \
    "looks like|suspicious content|malicious|prohibited content| dt spm"

/* Of whom an account that is switched off may be spoken: not of the one who sends. */
#define WORDS_RECIPIENTS_ACCOUNT                                                                               \
    "recipient|this mailbox|local mailbox|tried to reach|cannot be delivered|invalid mailbox|our users"

/* A command that is not what the grammar wants. */
#define WORDS_SYNTAX                                                                                           \
    "syntax error|invalid syntax|bad syntax|wrong syntax|incorrect syntax|syntax should be|arg syntax|"        \
    "size syntax|syntax mail|syntax rcpt|syntax ehlo|syntax helo|syntax data|syntax auth|syntax invalid|"      \
    "syntax is|usage|angle brackets|enclosed in|should not be empty|invalid line ending|parameters missing|"   \
    "missing parameter|missing argument|requires an argument|no arguments|improper use|malformed command|"     \
    "address syntax"

#define WORDS_NO_USER                                                                                          \
    "user unknown|unknown user|no such|user not found|recipient not found|mailbox not found|does not exist|"   \
    "doesn t exist|invalid recipient|unknown recipient|recipient unknown|no mailbox|address unknown|"          \
    "unrouteable|unroutable|not a valid|recipient address rejected|invalid mailbox|tried to reach|"            \
    "unknown address|unknown local|mailbox unavailable|recipient rejected|bad recipient|bad address|"          \
    "address not found|user doesn|addressee unknown|not our customer|undeliverable|unbekannt|recipientnotfound"

/* Credentials that are wrong, beyond doubt. */
#define WORDS_BAD_CREDENTIALS                                                                                  \
    "username|user name|userid|user id|password|credential|passwort|kennwort|login name|mot de passe|api key|" \
    "api token|benutzername"                                                                                   \
    "&invalid|incorrect|wrong|bad |not accepted|not match|mismatch|no longer valid|falsch|ung\xC3\xBCltig|ungueltig|invalide|"      \
    "not valid|unknown|not correct|rejected|not recognized|not recognised|fail"                                \
    "&!base64|encod|syntax"

#define WORDS_NOT_NOW                                                                                          \
    "temporar|try again later|try later|please retry|system problem|internal error|internal server|"           \
    "server error|connection lost|timed out|timeout|backend|unavailable|later"                                 \
    "&!reason unavailable|mailbox unavailable"
/* clang-format on */

#endif
