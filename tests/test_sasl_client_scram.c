/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Proves SCRAM's client half: the messages by RFC 5802 5 to 7 and RFC 7677, their examples and others whose proofs and
 * signatures were made by Python's hashlib.pbkdf2_hmac and hmac; what a server may not say; what credentials cannot be
 * used. How each step is played stands in exchange.h. The nonce is the row's, not one of the seed: fixed_nonce.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/sasl.h>

#include "exchange.h"
#include "fixed_nonce.h"
#include "rows.h"

#define SEND   SMTPAUTH_EXCHANGE_SEND
#define WORDS  SMTPAUTH_E_WORDS
#define ANSWER SMTPAUTH_E_ANSWER

#define UMLAUT "\xC3\xBC"
#define NONCE  "rOprNGfwEbeRWgbNEkqO" /* the client's of RFC 7677 3 */
#define BOTH   NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define SALT   "W22ZaJ0SNY7soEsUEjb6gQ=="
#define KEYS   "0123456789abcdefghijklmnopqrstuv" /* a binding's data */

/* clang-format off */

/* Exchanges that go well: nonce, bounds of the iterations, whether -PLUS is on offer, and the play. */
static const struct {
    const char *nonce;
    uint32_t min, max;
    bool offered_plus;
    exchange_row row;
} good[] = {
    {"fyko+d2lbbFgONRv9qkxdawL", 0, 0, false, {"RFC 5802 5",
     smtpauth_client_scram_sha1, "user", NULL, "pencil", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", false},
     {"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096", SEND,
      "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", false},
     {"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"bound to the exporter",
     smtpauth_client_scram_sha1_plus, "user", NULL, "pencil", NULL, "tls-exporter", KEYS, 0, {
     {NULL, SEND, "p=tls-exporter,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=cD10bHMtZXhwb3J0ZXIsLDAxMjM0NTY3ODlhYmNkZWZnaGlqa2xtbm9wcXJzdHV2,r=" BOTH ",p=nYsiD5U9A/K3fG+kbjyWdQR/dlg=", false},
     {"v=/Vv5TG245yT9+FFp6syBFSyM13I=", SEND, "", true}}}},
    {NONCE, 0, 0, true, {"bound to the certificate, as another",
     smtpauth_client_scram_sha1_plus, "user", "ro,ot=", "pencil", NULL, "tls-server-end-point", "^@^Ax", 0, {
     {NULL, SEND, "p=tls-server-end-point,a=ro=2Cot=3D,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCxhPXJvPTJDb3Q9M0QsAAF4,r=" BOTH ",p=ahvbLg5uzhVSSdAWLnYzMsjlUco=", false},
     {"v=AFcIEzXhkd3+6CA3kzX6ngearbw=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"-PLUS is not on offer though there is a binding",
     smtpauth_client_scram_sha1, "user", NULL, "pencil", NULL, "tls-exporter", KEYS, 0, {
     {NULL, SEND, "y,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=eSws,r=" BOTH ",p=LwgxoC+nBGGtabpufmreUItJ0Rc=", false},
     {"v=9Z+mYcKK0ICIikGE6HDdFAYghq4=", SEND, "", true}}}},
    {NONCE, 0, 0, true, {"-PLUS is on offer but not taken",
     smtpauth_client_scram_sha1, "user", NULL, "pencil", NULL, "tls-exporter", KEYS, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=biws,r=" BOTH ",p=NxII6noLm3UpyIjcNk1DjtdZIIQ=", false},
     {"v=Tq1dKKdFondzApGMADAzcCNmCr4=", SEND, "", true}}}},
    {NONCE, 0, 0, true, {"-PLUS is on offer, no binding at hand",
     smtpauth_client_scram_sha1, "user", NULL, "pencil", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=biws,r=" BOTH ",p=NxII6noLm3UpyIjcNk1DjtdZIIQ=", false},
     {"v=Tq1dKKdFondzApGMADAzcCNmCr4=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"a type without data is no binding",
     smtpauth_client_scram_sha1, "user", NULL, "pencil", NULL, "tls-exporter", NULL, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=biws,r=" BOTH ",p=NxII6noLm3UpyIjcNk1DjtdZIIQ=", false},
     {"v=Tq1dKKdFondzApGMADAzcCNmCr4=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"data without a type is no binding",
     smtpauth_client_scram_sha1, "user", NULL, "pencil", NULL, NULL, KEYS, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=biws,r=" BOTH ",p=NxII6noLm3UpyIjcNk1DjtdZIIQ=", false},
     {"v=Tq1dKKdFondzApGMADAzcCNmCr4=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"commas and equals signs",
     smtpauth_client_scram_sha1, "a,b=c,", ",=", "pencil", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,a==2C=3D,n=a=2Cb=3Dc=2C,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=bixhPT0yQz0zRCw=,r=" BOTH ",p=/hS38oDS6gq5xrCsVE3IaNAaocc=", false},
     {"v=JucEnq6+IaX0G0JWOnqcBxlrvmY=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"UTF-8",
     smtpauth_client_scram_sha1, "J\xC3\xBCrgen", NULL, "p\xC3\xA4ssw\xC3\xB6rd", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,,n=J\xC3\xBCrgen,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=biws,r=" BOTH ",p=PHdEQLVQ+1dwmMGJJ5nB4DIap7s=", false},
     {"v=+WYpekf57ZArhQNDqcvAVMCkVr0=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"a password of 100 octets",
     smtpauth_client_scram_sha1, "user", NULL, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=biws,r=" BOTH ",p=u/ZwvMaGHT8fYi3aVXVIAXmwE8s=", false},
     {"v=arr9HpvFQu3E6WUGSBhOrZsfuog=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"extensions",
     smtpauth_client_scram_sha1, "user", NULL, "pencil", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,x=1,Q=a=b,z=\xC3\xBC", SEND,
      "c=biws,r=" BOTH ",p=Jkt6LRdoEPgh4+3+/fAAE+0DtyI=", false},
     {"v=LUjZPQjsH8UIeYTX7KQLQgXr5gc=", SEND, "", true}}}},
    {NONCE, 1, 0, false, {"the shortest server nonce and salt, one iteration",
     smtpauth_client_scram_sha1, "user", NULL, "pencil", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=rOprNGfwEbeRWgbNEkqO~,s=AA==,i=1", SEND,
      "c=biws,r=rOprNGfwEbeRWgbNEkqO~,p=B9pwXEBvMM1zqkQPFCQX5MgX2uk=", false},
     {"v=o+xsk2NLrP5sNCvAA8f8qggU11o=", SEND, "", true}}}},
    {NONCE, 4097, 4097, false, {"a salt of 64 octets, iterations on both bounds",
     smtpauth_client_scram_sha1, "user", NULL, "pencil", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==,i=4097", SEND,
      "c=biws,r=" BOTH ",p=ljA9PydeZjnqFQVBiTSkPZZRmeU=", false},
     {"v=gBf0ulBkFLZOBc6/yEierQlyyG0=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"RFC 7677 3",
     smtpauth_client_scram_sha256, "user", NULL, "pencil", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=biws,r=" BOTH ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", false},
     {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"bound to the exporter",
     smtpauth_client_scram_sha256_plus, "user", NULL, "pencil", NULL, "tls-exporter", KEYS, 0, {
     {NULL, SEND, "p=tls-exporter,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=cD10bHMtZXhwb3J0ZXIsLDAxMjM0NTY3ODlhYmNkZWZnaGlqa2xtbm9wcXJzdHV2,r=" BOTH ",p=y+GVGW8HYiAdIlF9WWK1gbt+GR3EEAsMM/79qeQmtL8=", false},
     {"v=yKMMM/Q3bGiVZ6dcwJ183WLlg32DN4cwRnaBkUbGRqc=", SEND, "", true}}}},
    {NONCE, 0, 0, true, {"bound to the certificate, as another",
     smtpauth_client_scram_sha256_plus, "user", "ro,ot=", "pencil", NULL, "tls-server-end-point", "^@^Ax", 0, {
     {NULL, SEND, "p=tls-server-end-point,a=ro=2Cot=3D,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCxhPXJvPTJDb3Q9M0QsAAF4,r=" BOTH ",p=HioPb6RrEf6X9k1D6C3iIBOrVTbrGXeiAOtnLq4hiIg=", false},
     {"v=YhY41TA76g9QM9dex888qxHuT6fFlXXeSK9k3Xj6jm0=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"-PLUS is not on offer though there is a binding",
     smtpauth_client_scram_sha256, "user", NULL, "pencil", NULL, "tls-exporter", KEYS, 0, {
     {NULL, SEND, "y,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=eSws,r=" BOTH ",p=FoqiHTtQEDE8lz1CdaEe3tK4mS+iMDTl77SPyDS53DY=", false},
     {"v=dI4KpiQJwBr1+V+K6U1dA6l6I4I9DUNXWND4pcpRU3U=", SEND, "", true}}}},
    {NONCE, 0, 0, true, {"-PLUS is on offer but not taken",
     smtpauth_client_scram_sha256, "user", NULL, "pencil", NULL, "tls-exporter", KEYS, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=biws,r=" BOTH ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", false},
     {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", SEND, "", true}}}},
    {NONCE, 0, 0, true, {"-PLUS is on offer, no binding at hand",
     smtpauth_client_scram_sha256, "user", NULL, "pencil", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=biws,r=" BOTH ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", false},
     {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"a type without data is no binding",
     smtpauth_client_scram_sha256, "user", NULL, "pencil", NULL, "tls-exporter", NULL, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=biws,r=" BOTH ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", false},
     {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"data without a type is no binding",
     smtpauth_client_scram_sha256, "user", NULL, "pencil", NULL, NULL, KEYS, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=biws,r=" BOTH ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", false},
     {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"commas and equals signs",
     smtpauth_client_scram_sha256, "a,b=c,", ",=", "pencil", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,a==2C=3D,n=a=2Cb=3Dc=2C,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=bixhPT0yQz0zRCw=,r=" BOTH ",p=0RD8qqwqst5Ar/0FkXwtHBgjrGDtDUczV/KRdkHSP1U=", false},
     {"v=fYf9JdSeX86QWEqky8P+IIS4bGMKn4x1VoMEeHTCfAs=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"UTF-8",
     smtpauth_client_scram_sha256, "J\xC3\xBCrgen", NULL, "p\xC3\xA4ssw\xC3\xB6rd", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,,n=J\xC3\xBCrgen,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=biws,r=" BOTH ",p=0l88mlKipb21EyyAJfZkBp6btmWyJEdo6l56FI558kc=", false},
     {"v=S07WRqWYYn/Mruw35S+OfRIz94eSfIvJqB8anCsA+pM=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"a password of 100 octets",
     smtpauth_client_scram_sha256, "user", NULL, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=biws,r=" BOTH ",p=wmswk4oyr3WguM4ys0gEmyQ9YP1It84ENVia1n8GleY=", false},
     {"v=YnutgBKe/onu4iKoJ76Lq8WjJbE+VQ3OAd+HsihKwJg=", SEND, "", true}}}},
    {NONCE, 0, 0, false, {"extensions",
     smtpauth_client_scram_sha256, "user", NULL, "pencil", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,x=1,Q=a=b,z=\xC3\xBC", SEND,
      "c=biws,r=" BOTH ",p=wfXreKqJkV7TmN04LRoBIvzc919w5pjX4xUbNkyrfnY=", false},
     {"v=ErkuFtft9gLH6F6b5V7BRefC1/8j3dbsRM6/LJPV+Uc=", SEND, "", true}}}},
    {NONCE, 1, 0, false, {"the shortest server nonce and salt, one iteration",
     smtpauth_client_scram_sha256, "user", NULL, "pencil", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=rOprNGfwEbeRWgbNEkqO~,s=AA==,i=1", SEND,
      "c=biws,r=rOprNGfwEbeRWgbNEkqO~,p=ggwEB4Dr5ymxivuQwllR8QVx83aSyBgiymJQodNkdGA=", false},
     {"v=KaTraK91uYsv6JYt8sFviUWuAErz6KeHjN4cuRv/ytQ=", SEND, "", true}}}},
    {NONCE, 4097, 4097, false, {"a salt of 64 octets, iterations on both bounds",
     smtpauth_client_scram_sha256, "user", NULL, "pencil", NULL, NULL, NULL, 0, {
     {NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==,i=4097", SEND,
      "c=biws,r=" BOTH ",p=n9JMZ9QnHWFEVhGjDQOm76b9wi+kJY9PRth5TH4coEg=", false},
     {"v=qwTKnLzuTq90Nshu4fi6WvX/XawoZ/dXNDmAEziOFq8=", SEND, "", true}}}},
};

/* A server's first messages that are none. */
static const char *const bad_firsts[][2] = {
    {"empty", ""},
    {"an error", "e=other-error"},
    {"no words", "hello"},
    {"another's nonce", "r=sOprNGfwEbeRWgbNEkqO%hv,s=" SALT ",i=4096"},
    {"our nonce in another case", "r=ROPRNGFWEBERWGBNEKQO%hv,s=" SALT ",i=4096"},
    {"our nonce cut", "r=rOprNGfwEbeRWgbNEkq,s=" SALT ",i=4096"},
    {"our nonce and nothing of the server's", "r=" NONCE ",s=" SALT ",i=4096"},
    {"our nonce at the end", "r=%hv" NONCE ",s=" SALT ",i=4096"},
    {"no nonce", "r=,s=" SALT ",i=4096"},
    {"a blank in the nonce", "r=" NONCE " x,s=" SALT ",i=4096"},
    {"a control character in the nonce", "r=" NONCE "x\x1F,s=" SALT ",i=4096"},
    {"DEL in the nonce", "r=" NONCE "x\x7F,s=" SALT ",i=4096"},
    {"UTF-8 in the nonce", "r=" NONCE UMLAUT ",s=" SALT ",i=4096"},
    {"a NUL behind the nonce", "r=" BOTH "^@,s=" SALT ",i=4096"},
    {"an extension that must be known", "m=x,r=" BOTH ",s=" SALT ",i=4096"},
    {"the same in its place for others", "r=" BOTH ",s=" SALT ",i=4096,m=x"},
    {"no r", "s=" SALT ",i=4096"},
    {"no s", "r=" BOTH ",i=4096"},
    {"no i", "r=" BOTH ",s=" SALT},
    {"s before r", "s=" SALT ",r=" BOTH ",i=4096"},
    {"i before s", "r=" BOTH ",i=4096,s=" SALT},
    {"r as R", "R=" BOTH ",s=" SALT ",i=4096"},
    {"s as S", "r=" BOTH ",S=" SALT ",i=4096"},
    {"i as I", "r=" BOTH ",s=" SALT ",I=4096"},
    {"a blank behind the comma", "r=" BOTH ", s=" SALT ",i=4096"},
    {"a comma first", ",r=" BOTH ",s=" SALT ",i=4096"},
    {"a comma last", "r=" BOTH ",s=" SALT ",i=4096,"},
    {"two commas", "r=" BOTH ",,s=" SALT ",i=4096"},
    {"a line end", "r=" BOTH ",s=" SALT ",i=4096\r\n"},
    {"no salt", "r=" BOTH ",s=,i=4096"},
    {"a salt without padding", "r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ,i=4096"},
    {"a salt with too much padding", "r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ===,i=4096"},
    {"padding inside the salt", "r=" BOTH ",s=W2==aJ0SNY7soEsUEjb6gQ==,i=4096"},
    {"bits behind the salt", "r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gR==,i=4096"},
    {"a salt in base64url", "r=" BOTH ",s=W22ZaJ0-NY7soEsUEjb6gQ==,i=4096"},
    {"a salt of 65 octets", "r=" BOTH ",s=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A=,i=4096"},
    {"a salt of 66 octets", "r=" BOTH ",s=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BB,i=4096"},
    {"a salt of 96 octets", "r=" BOTH ",s=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g,i=4096"},
    {"no iterations", "r=" BOTH ",s=" SALT ",i="},
    {"zero iterations", "r=" BOTH ",s=" SALT ",i=0"},
    {"one too few", "r=" BOTH ",s=" SALT ",i=4095"},
    {"one too many", "r=" BOTH ",s=" SALT ",i=1000001"},
    {"a leading zero", "r=" BOTH ",s=" SALT ",i=04096"},
    {"a sign", "r=" BOTH ",s=" SALT ",i=+4096"},
    {"a minus", "r=" BOTH ",s=" SALT ",i=-4096"},
    {"hexadecimal", "r=" BOTH ",s=" SALT ",i=0x1000"},
    {"a blank before the number", "r=" BOTH ",s=" SALT ",i= 4096"},
    {"a letter behind the number", "r=" BOTH ",s=" SALT ",i=4096x"},
    {"2^32 and 4096", "r=" BOTH ",s=" SALT ",i=4294971392"},
    {"2^64 and 4096", "r=" BOTH ",s=" SALT ",i=18446744073709555712"},
    {"an extension without a value", "r=" BOTH ",s=" SALT ",i=4096,x="},
    {"an extension without an equals sign", "r=" BOTH ",s=" SALT ",i=4096,x"},
    {"an extension of two letters", "r=" BOTH ",s=" SALT ",i=4096,xy=z"},
    {"an extension that is no letter", "r=" BOTH ",s=" SALT ",i=4096,1=z"},
    {"an extension and a comma", "r=" BOTH ",s=" SALT ",i=4096,x=y,"},
    {"no UTF-8 in an extension", "r=" BOTH ",s=" SALT ",i=4096,x=\xFF"},
    {"a NUL in an extension", "r=" BOTH ",s=" SALT ",i=4096,x=^@"},
    {"i twice", "r=" BOTH ",s=" SALT ",i=4096,i=4096"},
    {"r twice", "r=" BOTH ",s=" SALT ",i=4096,r=" BOTH},
    {"a final message first", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
};

/* Final messages, behind RFC 7677's proof. */
static const struct {
    const char *name, *message;
    bool is_right;
} finals[] = {
    {"RFC 7677 3", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", true},
    {"extensions", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=,x=y,Z=" UMLAUT, true},
    {"the first bit is wrong", "v=arriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", false},
    {"the last bit is wrong", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G8=", false},
    {"bits behind the last", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=", false},
    {"zeros", "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false},
    {"our own proof", "v=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", false},
    {"31 octets", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95A==", false},
    {"33 octets", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4A", false},
    {"20 octets", "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", false},
    {"no padding", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4", false},
    {"nothing", "v=", false},
    {"empty", "", false},
    {"an error", "e=invalid-proof", false},
    {"an error behind the right signature", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=,e=other-error", false},
    {"an error before it", "e=other-error,v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", false},
    {"v as V", "V=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", false},
    {"an extension that must be known", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=,m=x", false},
    {"an extension first", "x=y,v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", false},
    {"a comma last", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=,", false},
    {"a blank", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4= ", false},
    {"a line end", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=\r\n", false},
    {"a NUL", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=^@", false},
    {"no UTF-8 in an extension", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=,x=\xFF", false},
    {"the first message again", "r=" BOTH ",s=" SALT ",i=4096", false},
};

/* Credentials that cannot be used. */
#define PLAIN_ROW(name, identity, authorization, secret) {name, smtpauth_client_scram_sha256, identity, authorization, secret, NULL, NULL, NULL, 0, {{NULL, ANSWER, NULL, false}}}
#define PLUS_ROW(name, type, data) {name, smtpauth_client_scram_sha256_plus, "user", NULL, "pencil", NULL, type, data, 0, {{NULL, ANSWER, NULL, false}}}
static const exchange_row bad_credentials[] = {
    PLAIN_ROW("no name", NULL, NULL, "pencil"),
    PLAIN_ROW("no password", "user", NULL, NULL),
    PLAIN_ROW("a NUL in the name", "us^@er", NULL, "pencil"),
    PLAIN_ROW("a NUL in the password", "user", NULL, "pencil^@"),
    PLAIN_ROW("a NUL in the authorization", "user", "^@", "pencil"),
    PLAIN_ROW("no UTF-8 in the name", "us\xFC" "r", NULL, "pencil"),
    PLAIN_ROW("no UTF-8 in the password", "user", NULL, "\xC0\x80"),
    PLAIN_ROW("no UTF-8 in the authorization", "user", "\xED\xA0\x80", "pencil"),
    PLUS_ROW("no binding", NULL, NULL),
    PLUS_ROW("no binding's type", NULL, KEYS),
    PLUS_ROW("no binding's data", "tls-exporter", NULL),
    PLUS_ROW("a comma in the type", "tls-exporter,", KEYS),
    PLUS_ROW("a blank in the type", "tls exporter", KEYS),
    PLUS_ROW("an underscore in the type", "tls_exporter", KEYS),
    PLUS_ROW("an equals sign in the type", "tls=exporter", KEYS),
    PLUS_ROW("UTF-8 in the type", UMLAUT, KEYS),
};

/* A proof is made and nothing else is wrong. */
static const exchange_row rfc7677 = {"", smtpauth_client_scram_sha256, "user", NULL, "pencil", NULL, NULL, NULL, 0, {
    {NULL, SEND, "n,,n=user,r=" NONCE, false},
    {"r=" BOTH ",s=" SALT ",i=4096", SEND, "c=biws,r=" BOTH ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", false},
}};

/* clang-format on */

static void use_nonce(const char *nonce)
{
    snprintf(fixed_nonce, sizeof fixed_nonce, "%s", nonce);
}

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        smtpauth_exchange_config config = {.size = sizeof config};
        config.iterations_min = good[i].min;
        config.iterations_max = good[i].max;
        config.server_offered_plus = good[i].offered_plus;
        use_nonce(good[i].nonce);
        assert_int_equal(exchange_play(&good[i].row, &config), 0);
    }
    finish();
}

/* The same where AUTH has no initial response, and with one challenge too many. */
static void test_empty_challenge_and_one_too_many(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        exchange_row row = good[i].row;
        smtpauth_exchange_config config = {.size = sizeof config};
        config.iterations_min = good[i].min;
        config.iterations_max = good[i].max;
        config.server_offered_plus = good[i].offered_plus;
        row.steps[0].challenge = "";
        row.steps[3] = (exchange_step){"", WORDS, NULL, false};
        use_nonce(good[i].nonce);
        exchange_play(&row, &config);
    }
    finish();
}

static void test_bad_firsts(void **state)
{
    (void)state;
    use_nonce(NONCE);
    for (size_t i = 0; i < sizeof bad_firsts / sizeof *bad_firsts; i++) {
        exchange_row row = rfc7677;
        row.name = bad_firsts[i][0];
        row.steps[1] = (exchange_step){bad_firsts[i][1], WORDS, NULL, false};
        exchange_play(&row, NULL);
    }
    finish();
}

static void test_finals(void **state)
{
    (void)state;
    use_nonce(NONCE);
    for (size_t i = 0; i < sizeof finals / sizeof *finals; i++) {
        exchange_row row = rfc7677;
        row.name = finals[i].name;
        row.steps[2] =
            (exchange_step){finals[i].message, finals[i].is_right ? SEND : WORDS, NULL, finals[i].is_right};
        exchange_play(&row, NULL);
    }
    finish();
}

/* Challenges out of turn: none where one is due, words where the first message is. */
static void test_out_of_turn(void **state)
{
    exchange_row row = rfc7677;
    (void)state;
    use_nonce(NONCE);
    row.name = "words first";
    row.steps[0] = (exchange_step){"r=" BOTH ",s=" SALT ",i=4096", WORDS, NULL, false};
    row.steps[1].result = 0;
    exchange_play(&row, NULL);
    row = rfc7677;
    row.name = "no challenge behind the first message";
    row.steps[2] = row.steps[1];
    row.steps[1] = (exchange_step){NULL, SMTPAUTH_E_ARGUMENT, NULL, false};
    exchange_play(&row, NULL);
    finish();
}

static void test_bad_credentials(void **state)
{
    (void)state;
    use_nonce(NONCE);
    for (size_t i = 0; i < sizeof bad_credentials / sizeof *bad_credentials; i++)
        exchange_play(&bad_credentials[i], NULL);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),        cmocka_unit_test(test_empty_challenge_and_one_too_many),
        cmocka_unit_test(test_bad_firsts),  cmocka_unit_test(test_finals),
        cmocka_unit_test(test_out_of_turn), cmocka_unit_test(test_bad_credentials),
    };
    return cmocka_run_group_tests_name("sasl_client_scram", tests, NULL, NULL);
}
