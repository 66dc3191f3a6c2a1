#!/bin/sh
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
#
# s-nail HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE
#
# s-nail composes: it writes its own headers around the body.
set -eu
host=$1 port=$2 tls=$3 mechanism=$4 user=$5 password=$6 cert=$7 message=$8

# What is unreserved in URLs must be left alone, else it is refused as badly encoded.
percent() {
    printf '%s' "$1" | od -An -v -tx1 | tr -s ' ' '\n' | while read -r hex; do
        case $hex in
        '') ;;
        2d|2e|5f|7e|3[0-9]|4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a]) printf "\\$(printf '%03o' "0x$hex")" ;;
        *) printf '%%%s' "$hex" | tr '[:lower:]' '[:upper:]' ;;
        esac
    done
}

scheme=smtp
case $tls in tls) scheme=smtps ;; esac
credentials=
case $mechanism in
NONE) auth=none ;;
XOAUTH2) auth=oauthbearer ;; # as it calls it
*)    auth=$(echo "$mechanism" | tr '[:upper:]' '[:lower:]') ;;
esac
case $mechanism in NONE) ;; *) credentials=$(percent "$user"):$(percent "$password")@ ;; esac

set -- -:/ -Sv15-compat=yes -Ssendwait -Snosave -Sttycharset=utf-8 -Ssendcharsets=utf-8 -Smime-encoding=8b
set -- "$@" -Ssocket-connect-timeout=50 -Shostname=client.example
set -- "$@" -Stls-ca-file="$cert" -Stls-ca-no-defaults -Stls-verify=strict
set -- "$@" -Ssmtp-auth="$auth" -Smta="$scheme://$credentials$host:$port"
case $tls in starttls) set -- "$@" -Ssmtp-use-starttls ;; esac
case $mechanism in EXTERNAL)
    set -- "$@" -Stls-config-pairs="Certificate=$CLIENT_CERT,PrivateKey=$CLIENT_KEY" ;;
esac
exec s-nail "$@" -r alice@client.example -t < "$message"
