#!/bin/sh
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
#
# esmtp HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE
set -eu
host=$1 port=$2 tls=$3 mechanism=$4 user=$5 password=$6 cert=$7 message=$8

# libesmtp trusts what it finds here; both want their files to be private.
umask 077
mkdir -p "$HOME/.config/libesmtp"
cat "$cert" > "$HOME/.config/libesmtp/ca.pem"
{
    echo "hostname = $host:$port"
    case $mechanism in NONE) ;; *) echo "username = \"$user\""; echo "password = \"$password\"" ;; esac
    case $tls in starttls) echo "starttls = required" ;; *) echo "starttls = disabled" ;; esac
} > "$HOME/.esmtprc"

set --
case ${EXTENSION-} in
DSN)      set -- -N success,failure -R hdrs ;;
8BITMIME) set -- -B 8BITMIME ;;
esac

# What the server said to AUTH is in its log of the traffic only.
if esmtp "$@" -v -X "$TMPDIR/traffic" -f alice@client.example bob@server.example < "$message"; then
    exit 0
else
    status=$?
    cat "$TMPDIR/traffic"
    exit $status
fi
