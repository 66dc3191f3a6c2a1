#!/bin/sh
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
#
# msmtp HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE
set -eu
host=$1 port=$2 tls=$3 mechanism=$4 user=$5 password=$6 cert=$7 message=$8

set -- --file=/dev/null --timeout=50 --host="$host" --port="$port" --domain=client.example
case ${EXTENSION-} in DSN) set -- "$@" --dsn-notify=success,failure --dsn-return=headers ;; esac
[ -z "${PROTOCOL-}" ] || set -- "$@" --protocol="$PROTOCOL"
set -- "$@" --from=alice@client.example
case $tls in
clear)    set -- "$@" --tls=off ;;
starttls) set -- "$@" --tls=on --tls-starttls=on --tls-trust-file="$cert" ;;
tls)      set -- "$@" --tls=on --tls-starttls=off --tls-trust-file="$cert" ;;
esac
case $mechanism in
NONE) set -- "$@" --auth=off ;;
*)    set -- "$@" --auth="$(echo "$mechanism" | tr '[:upper:]' '[:lower:]')" ;;
esac
case $mechanism in
NONE) ;;
EXTERNAL)
    set -- "$@" --user="$user" --tls-cert-file="$CLIENT_CERT" --tls-key-file="$CLIENT_KEY" ;;
*)  printf '%s\n' "$password" > "$TMPDIR/password"
    set -- "$@" --user="$user" --passwordeval="cat $TMPDIR/password" ;;
esac
exec msmtp "$@" -- "${RECIPIENT:-bob@server.example}" < "$message"
