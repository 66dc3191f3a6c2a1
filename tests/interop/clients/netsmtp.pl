#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
#
# netsmtp HOST PORT clear|starttls|tls PLAIN|LOGIN|NONE USER PASSWORD CERT MESSAGE_FILE
use strict;
use warnings;
use Authen::SASL;
use Net::SMTP;

my ($host, $port, $tls, $mechanism, $user, $password, $cert, $message) = @ARGV;

my $smtp;

sub check {
    my ($done, $what) = @_;
    return if $done;
    die "$what: ", $smtp->code, ' ', $smtp->message, "\n";
}

$smtp = Net::SMTP->new(
    $host, Port => $port, Hello => 'client.example', Timeout => 50,
    SSL => $tls eq 'tls', SSL_ca_file => $cert) or die "connect: $@\n";
check($smtp->starttls(SSL_ca_file => $cert), 'STARTTLS') if $tls eq 'starttls';
if ($mechanism ne 'NONE') {
    my $sasl = Authen::SASL->new(
        mechanism => $mechanism, callback => {user => $user, pass => $password, authname => ''});
    check($smtp->auth($sasl), 'AUTH');
}
check($smtp->mail('alice@client.example'), 'MAIL');
check($smtp->to('bob@server.example'), 'RCPT');

open my $file, '<:raw', $message or die "$message: $!\n";
check($smtp->data(<$file>), 'DATA');
$smtp->quit;
