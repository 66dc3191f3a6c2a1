#!/usr/bin/env php
<?php
// SPDX-License-Identifier: MIT
// Copyright (c) the smtpauth authors
//
// phpmailer HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE
//
// PHPMailer composes: it writes its own headers around the body.

require_once 'libphp-phpmailer/autoload.php';

use PHPMailer\PHPMailer\OAuthTokenProvider;
use PHPMailer\PHPMailer\PHPMailer;
use PHPMailer\PHPMailer\SMTP;

[, $host, $port, $tls, $mechanism, $user, $password, $cert, $message] = $argv;
[$headers, $body] = explode("\n\n", file_get_contents($message), 2);
preg_match('/^Subject: (.*)$/m', $headers, $subject);

$mail = new PHPMailer();
$mail->isSMTP();
$mail->Host = $host;
$mail->Port = (int) $port;
$mail->Helo = 'client.example';
$mail->Timeout = 50;
// The error that is left after a failed login has no reply code; the debug output has.
$mail->SMTPDebug = SMTP::DEBUG_SERVER;
$mail->Debugoutput = 'echo';
$mail->SMTPSecure = [
    'clear' => '',
    'starttls' => PHPMailer::ENCRYPTION_STARTTLS,
    'tls' => PHPMailer::ENCRYPTION_SMTPS,
][$tls];
$mail->SMTPAutoTLS = false;
$mail->SMTPOptions = ['ssl' => ['cafile' => $cert]];
if ($mechanism !== 'NONE') {
    $mail->SMTPAuth = true;
    $mail->AuthType = $mechanism;
    $mail->Username = $user;
    $mail->Password = $password;
}
if ($mechanism === 'XOAUTH2') {
    $mail->setOAuth(new class($user, $password) implements OAuthTokenProvider {
        private $user;
        private $token;

        public function __construct($user, $token)
        {
            [$this->user, $this->token] = [$user, $token];
        }

        public function getOauth64()
        {
            return base64_encode("user={$this->user}\1auth=Bearer {$this->token}\1\1");
        }
    });
}
if (getenv('EXTENSION') === 'DSN') {
    $mail->dsn = 'SUCCESS,FAILURE';
}
$mail->setFrom('alice@client.example');
$mail->addAddress('bob@server.example');
$mail->Subject = $subject[1];
$mail->CharSet = PHPMailer::CHARSET_UTF8;
$mail->Encoding = PHPMailer::ENCODING_8BIT;
$mail->Body = $body;
if (!$mail->send()) {
    echo $mail->ErrorInfo, "
";
    exit(1);
}
