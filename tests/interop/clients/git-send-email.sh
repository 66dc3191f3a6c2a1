#!/bin/sh
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
#
# git-send-email HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE
#
# git send-email takes the message for a patch: it writes its own headers around the body.
set -eu
host=$1 port=$2 tls=$3 mechanism=$4 user=$5 password=$6 cert=$7 message=$8

set -- --smtp-server="$host" --smtp-server-port="$port" --smtp-domain=client.example --smtp-ssl-cert-path="$cert"
case $tls in
clear)    set -- "$@" --smtp-encryption=none ;;
starttls) set -- "$@" --smtp-encryption=tls ;;
tls)      set -- "$@" --smtp-encryption=ssl ;;
esac
case $mechanism in
NONE) set -- "$@" --no-smtp-auth ;;
*)    set -- "$@" --smtp-auth="$mechanism" --smtp-user="$user" --smtp-pass="$password" ;;
esac
cd "$TMPDIR"
GIT_CONFIG_NOSYSTEM=1 GIT_CEILING_DIRECTORIES=$TMPDIR exec git send-email "$@" --quiet --smtp-debug=1 --no-validate \
    --confirm=never --suppress-cc=all --transfer-encoding=8bit \
    --from=alice@client.example --to=bob@server.example "$message"
