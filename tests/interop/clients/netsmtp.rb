#!/usr/bin/env ruby
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
#
# netsmtp HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE

require 'net/smtp'

host, port, tls, mechanism, user, password, cert, message = ARGV

smtp = Net::SMTP.new(host, port.to_i)
smtp.open_timeout = smtp.read_timeout = 50
context = OpenSSL::SSL::SSLContext.new
context.set_params(ca_file: cert, verify_mode: OpenSSL::SSL::VERIFY_PEER)
smtp.disable_starttls
smtp.enable_starttls(context) if tls == 'starttls'
smtp.enable_tls(context) if tls == 'tls'

credentials = mechanism == 'NONE' ? [] : [user, password, mechanism.downcase.tr('-', '_').to_sym]
smtp.start('client.example', *credentials) do
  smtp.send_message(File.binread(message), 'alice@client.example', 'bob@server.example')
end
