#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Copyright (c) the smtpauth authors
//
// nodemailer HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE
'use strict';

const fs = require('fs');
const nodemailer = require('nodemailer');

const [host, port, tls, mechanism, user, pass, cert, message] = process.argv.slice(2);

const options = {
    host,
    port: Number(port),
    name: 'client.example',
    lmtp: process.env.PROTOCOL === 'lmtp',
    secure: tls === 'tls',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'clear',
    tls: { ca: fs.readFileSync(cert) },
};
if (mechanism === 'XOAUTH2') {
    options.auth = { type: 'OAuth2', user, accessToken: pass };
} else if (mechanism !== 'NONE') {
    options.auth = { user, pass };
    options.authMethod = mechanism;
}

nodemailer.createTransport(options).sendMail({
    envelope: {
        from: 'alice@client.example',
        to: [process.env.RECIPIENT || 'bob@server.example'],
        use8BitMime: process.env.EXTENSION === '8BITMIME',
        requireTLSExtensionEnabled: process.env.EXTENSION === 'REQUIRETLS',
    },
    dsn: process.env.EXTENSION === 'DSN' && { id: 'interop', return: 'headers', notify: ['success', 'failure'] },
    raw: fs.readFileSync(message),
}).then((info) => {
    console.log(info.response);
}, (error) => {
    console.error(error);
    process.exitCode = 1;
});
