#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
#
# netsmtp HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE
use strict;
use warnings;
use Authen::SASL;
use Net::SMTP;

my ($host, $port, $tls, $mechanism, $user, $password, $cert, $message) = @ARGV;

my @tls_options = (SSL_ca_file => $cert);
push @tls_options, SSL_cert_file => $ENV{CLIENT_CERT}, SSL_key_file => $ENV{CLIENT_KEY} if $mechanism eq 'EXTERNAL';

my $smtp;

sub check {
    my ($done, $what) = @_;
    return if $done;
    die "$what: ", $smtp->code, ' ', $smtp->message, "\n";
}

$smtp = Net::SMTP->new(
    $host, Port => $port, Hello => 'client.example', Timeout => 50, SSL => $tls eq 'tls', @tls_options)
    or die "connect: $@\n";
check($smtp->starttls(@tls_options), 'STARTTLS') if $tls eq 'starttls';
if ($mechanism ne 'NONE') {
    # The name to act as; an empty one is another than none to DIGEST-MD5.
    my @authname = $mechanism eq 'DIGEST-MD5' ? ()
        : (authname => $mechanism eq 'ANONYMOUS' || $mechanism eq 'EXTERNAL' ? $user : '');
    my $sasl = Authen::SASL->new(
        mechanism => $mechanism, callback => {user => $user, pass => $password, @authname});
    check($smtp->auth($sasl), 'AUTH');
}
# What to say with MAIL and RCPT, by extension.
my $extension = $ENV{EXTENSION} // '';
my %mail = ('8BITMIME' => [Bits => '8'], DSN => [Return => 'HDRS', ENVID => 'interop']);
my %to = (DSN => [{Notify => ['SUCCESS', 'FAILURE']}]);
check($smtp->mail('alice@client.example', @{$mail{$extension} // []}), 'MAIL');
check($smtp->to($ENV{RECIPIENT} // 'bob@server.example', @{$to{$extension} // []}), 'RCPT');

open my $file, '<:raw', $message or die "$message: $!\n";
check($smtp->data(<$file>), 'DATA');
$smtp->quit;
