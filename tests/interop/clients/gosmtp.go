// SPDX-License-Identifier: MIT
// Copyright (c) the smtpauth authors

// gosmtp HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log"
	"net"
	"net/smtp"
	"os"
	"time"
)

// net/smtp has PLAIN and CRAM-MD5 only; this is the LOGIN that people write for it.
type loginAuth struct{ user, password string }

func (a loginAuth) Start(*smtp.ServerInfo) (string, []byte, error) { return "LOGIN", nil, nil }

func (a loginAuth) Next(challenge []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	switch string(challenge) {
	case "Username:", "User Name\x00":
		return []byte(a.user), nil
	case "Password:", "Password\x00":
		return []byte(a.password), nil
	}
	return nil, errors.New("unexpected challenge: " + string(challenge))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	host, port, mode, mechanism := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	user, password, cert, message := os.Args[5], os.Args[6], os.Args[7], os.Args[8]

	pem, err := os.ReadFile(cert)
	check(err)
	config := &tls.Config{ServerName: host, RootCAs: x509.NewCertPool()}
	config.RootCAs.AppendCertsFromPEM(pem)

	conn, err := net.DialTimeout("tcp", net.JoinHostPort(host, port), 50*time.Second)
	check(err)
	check(conn.SetDeadline(time.Now().Add(50 * time.Second)))
	if mode == "tls" {
		conn = tls.Client(conn, config)
	}
	client, err := smtp.NewClient(conn, host)
	check(err)
	check(client.Hello("client.example"))
	if mode == "starttls" {
		check(client.StartTLS(config))
	}
	switch mechanism {
	case "PLAIN":
		check(client.Auth(smtp.PlainAuth("", user, password, host)))
	case "CRAM-MD5":
		check(client.Auth(smtp.CRAMMD5Auth(user, password)))
	case "LOGIN":
		check(client.Auth(loginAuth{user, password}))
	}
	check(client.Mail("alice@client.example"))
	recipient := os.Getenv("RECIPIENT")
	if recipient == "" {
		recipient = "bob@server.example"
	}
	check(client.Rcpt(recipient))
	writer, err := client.Data()
	check(err)
	body, err := os.ReadFile(message)
	check(err)
	_, err = writer.Write(body)
	check(err)
	check(writer.Close())
	check(client.Quit())
}
