#!/bin/sh
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
#
# curl HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE
#
# curl sends a file as it is, so the line ends are made CRLF first. It does not use initial responses unless told to
# (--sasl-ir), so PLAIN here means an empty challenge. The reply codes are in its verbose output only.
set -eu
host=$1 port=$2 tls=$3 mechanism=$4 user=$5 password=$6 cert=$7 message=$8

scheme=smtp
case $tls in tls) scheme=smtps ;; esac
set -- --disable --silent --show-error --verbose --max-time 50 --cacert "$cert"
[ -z "${SOURCE_ADDRESS-}" ] || set -- "$@" --interface "$SOURCE_ADDRESS"
case $tls in starttls) set -- "$@" --ssl-reqd ;; esac
case $mechanism in
NONE) ;;
OAUTHBEARER|XOAUTH2)
      set -- "$@" --user "$user:" --oauth2-bearer "$password" --login-options "AUTH=$mechanism" ;;
GSSAPI)
      set -- "$@" --user : --login-options AUTH=GSSAPI ;;
EXTERNAL)
      set -- "$@" --user "$user:" --login-options AUTH=EXTERNAL --cert "$CLIENT_CERT" --key "$CLIENT_KEY" ;;
*)    set -- "$@" --user "$user:$password" --login-options "AUTH=$mechanism" ;;
esac

awk '{ printf "%s\r\n", $0 }' "$message" > "$TMPDIR/crlf"
exec curl "$@" --mail-from alice@client.example --mail-rcpt "${RECIPIENT:-bob@server.example}" --upload-file "$TMPDIR/crlf" \
    "$scheme://$host:$port/client.example"
