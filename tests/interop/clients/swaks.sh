#!/bin/sh
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
#
# swaks HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE
set -eu
host=$1 port=$2 tls=$3 mechanism=$4 user=$5 password=$6 cert=$7 message=$8

set -- --server "$host" --port "$port" --ehlo client.example --timeout 50
set -- "$@" --from alice@client.example --to "${RECIPIENT:-bob@server.example}" --data "@$message" --suppress-data
case ${EXTENSION-} in PIPELINING) set -- "$@" --pipeline ;; esac
[ -z "${PROTOCOL-}" ] || set -- "$@" --protocol "$PROTOCOL"
[ -z "${SOURCE_ADDRESS-}" ] || set -- "$@" --local-interface "$SOURCE_ADDRESS"
case $tls in
starttls) set -- "$@" --tls --tls-verify --tls-ca-path "$cert" ;;
tls)      set -- "$@" --tls-on-connect --tls-verify --tls-ca-path "$cert" ;;
esac
case $mechanism in
NONE) ;;
*)    set -- "$@" --auth "$mechanism" --auth-user "$user" --auth-password "$password" ;;
esac
exec swaks "$@"
