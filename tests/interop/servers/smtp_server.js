// SPDX-License-Identifier: MIT
// Copyright (c) the smtpauth authors
//
// nodemailer's smtp-server with one user: PORT STRICT_PORT DIRECTORY CERTIFICATE KEY USER PASSWORD TOKEN. On the strict
// port nobody logs in before STARTTLS. Messages become files of the directory.
"use strict";

const fs = require("fs");
const path = require("path");
const { SMTPServer } = require("smtp-server");

const [port, strictPort, directory, certificate, key, user, password, token] = process.argv.slice(2);
let number = 0;

function isRight(auth) {
    if (auth.username !== user) return false;
    if (auth.method === "XOAUTH2") return auth.accessToken === token;
    return auth.method === "CRAM-MD5" ? auth.validatePassword(password) : auth.password === password;
}

function onAuth(auth, _session, done) {
    if (isRight(auth)) done(null, { user });
    else if (auth.method === "XOAUTH2") done(null, { data: { status: "401", schemes: "bearer" } });
    else done(new Error("Invalid username or password"));
}

function onData(stream, _session, done) {
    const parts = [];
    stream.on("data", (part) => parts.push(part));
    stream.on("end", () => {
        const name = path.join(directory, String(number++));
        fs.writeFileSync(name + ".new", Buffer.concat(parts));
        fs.renameSync(name + ".new", name);
        done();
    });
}

for (const [each, allowInsecureAuth] of [[port, true], [strictPort, false]])
    new SMTPServer({
        name: "nodemailer.server.example", banner: "ready", disableReverseLookup: true, allowInsecureAuth,
        authMethods: ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"], onAuth, onData,
        cert: fs.readFileSync(certificate), key: fs.readFileSync(key),
    }).listen(Number(each), "127.0.0.1");
