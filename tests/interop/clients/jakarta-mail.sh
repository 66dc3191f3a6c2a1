#!/bin/sh
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
#
# jakarta-mail HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE
set -eu
jars=/usr/share/java
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$jars/jakarta-mail.jar:$jars/jakarta-activation.jar" \
    "${0%/*}/JakartaMail.java" "$@"
