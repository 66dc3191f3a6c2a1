#!/bin/sh
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
#
# mutt HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE
#
# mutt takes the message as a draft: it writes its own headers around the body.
set -eu
host=$1 port=$2 tls=$3 mechanism=$4 user=$5 password=$6 cert=$7 message=$8

percent() { printf '%s' "$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ /%/g'; }

scheme=smtp starttls=no
case $tls in
starttls) starttls=yes ;;
tls)      scheme=smtps ;;
esac
{
    case $mechanism in
    NONE) echo "set smtp_url=\"$scheme://$host:$port/\"" ;;
    *)    echo "set smtp_url=\"$scheme://$(percent "$user"):$(percent "$password")@$host:$port/\""
          echo "set smtp_authenticators=\"$mechanism\"" ;;
    esac
    case $mechanism in OAUTHBEARER|XOAUTH2)
        printf '%s\n' "$password" > "$TMPDIR/token"
        echo "set smtp_oauth_refresh_command=\"cat $TMPDIR/token\"" ;;
    esac
    case ${EXTENSION-} in
    DSN)      echo 'set dsn_notify="success,failure" dsn_return=hdrs' ;;
    8BITMIME) echo 'set use_8bitmime=yes' ;;
    esac
    echo "set ssl_starttls=$starttls"
    echo "set ssl_force_tls=no"
    echo "set certificate_file=\"$cert\""
    echo "set connect_timeout=50"
    echo "set envelope_from=yes use_envelope_from=yes from=alice@client.example hostname=client.example"
    echo "set copy=no charset=utf-8 send_charset=utf-8 allow_8bit=yes"
} > "$TMPDIR/muttrc"
# Of a failed login it says no more than that it failed; the reply is in its debug log.
if mutt -n -d 2 -F "$TMPDIR/muttrc" -H "$message" < /dev/null; then
    exit 0
else
    status=$?
    cat "$HOME/.muttdebug0"
    exit $status
fi
