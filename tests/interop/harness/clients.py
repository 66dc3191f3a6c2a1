# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""The clients, what they are known to do to a message, and what they cannot do.

Every client is a program in clients/ that is called
    client HOST PORT clear|starttls|tls PLAIN|LOGIN|NONE USER PASSWORD CERT MESSAGE_FILE
It sends the message from alice@client.example to bob@server.example, ends with 0 if the server took it, and else says
why, with the server's reply code. HOME and TMPDIR are its own for each run."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / "clients"


@dataclass
class Client:
    name: str
    program: str
    version: str          # a shell command; fails if the client is not installed
    whole: bool = True    # sends the message file as it is; else with its own headers, and the body is compared
    tail: bytes = b""     # what it is known to add at the end of a message
    note: str = ""        # why whole is false or tail not empty
    code_from: str = ""   # where it tells reply codes, if its ordinary messages have none
    cannot: dict = field(default_factory=dict)  # (mechanism or "*", tls or "*"): reason
    prepare: str = ""     # a shell command that is run once before; $OUT is what it makes, $SOURCE the program

    def reason_against(self, mechanism, tls):
        for key in ((mechanism, tls), (mechanism, "*"), ("*", tls)):
            if key in self.cannot:
                return self.cannot[key]
        return None

    def find_version(self, environment):
        """None if not installed."""
        done = subprocess.run(["sh", "-c", self.version], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
        return lines[0].strip() if done.returncode == 0 and lines else None

    def make_command(self, environment, out):
        """The command that runs the client; builds it first if it must be built."""
        source = HERE / self.program
        if not self.prepare:
            return [str(source)]
        done = subprocess.run(["sh", "-c", self.prepare], env={**environment, "OUT": str(out), "SOURCE": str(source)},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name} cannot be built:\n" + done.stdout.decode("utf-8", "replace"))
        return [str(out)]


CLIENTS = [
    Client("swaks", "swaks.sh", "swaks --version | sed -n '1s/.*version //p'", tail=b"\r\n",
           note="adds a line end at the end, whether there is one or not"),
    Client("curl", "curl.sh", "curl --version | sed -n '1s/^curl \\([^ ]*\\).*/\\1/p'",
           code_from="--verbose"),
    Client("msmtp", "msmtp.sh", "msmtp --version | sed -n '1s/.*version //p'"),
    Client("s-nail", "s-nail.sh", "s-nail -:/ -V | sed -n '1s/^s-nail v\\([^, ]*\\).*/\\1/p'", whole=False,
           note="composes its own headers"),
    Client("mutt", "mutt.sh", "mutt -v | sed -n '1s/^Mutt \\([^ ]*\\).*/\\1/p'", whole=False,
           note="composes its own headers", code_from="its debug log"),
    Client("esmtp", "esmtp.sh", "command -v esmtp >/dev/null && dpkg-query -W -f '${Version}' esmtp",
           code_from="its log of the traffic",
           cannot={("LOGIN", "*"): "no choice of mechanism: it takes PLAIN, and LOGIN after PLAIN was refused",
                   ("*", "tls"): "has STARTTLS only"}),
    Client("git send-email", "git-send-email.sh", "git send-email -h >/dev/null 2>&1; test $? -le 129 && "
           "test -x \"$(git --exec-path)/git-send-email\" && git --version | sed 's/^git version //'", whole=False,
           note="composes its own headers", code_from="--smtp-debug"),
    Client("Python smtplib", "py-smtplib.py", "python3 -c 'import platform; print(platform.python_version())'"),
    Client("Python aiosmtplib", "py-aiosmtplib.py",
           "/usr/bin/python3 -c 'import importlib.metadata as m; print(m.version(\"aiosmtplib\"))'"),
    Client("nodemailer", "nodemailer.js", "node -p 'require(\"nodemailer/package.json\").version'"),
    Client("Perl Net::SMTP", "netsmtp.pl",
           "perl -MAuthen::SASL -MIO::Socket::SSL -MNet::SMTP -e 'print Net::SMTP->VERSION, \"\\n\"'"),
    Client("PHPMailer", "phpmailer.php",
           "php -r 'require \"libphp-phpmailer/autoload.php\"; echo PHPMailer\\PHPMailer\\PHPMailer::VERSION;'",
           whole=False, tail=b"\r\n", note="composes its own headers, adds a line end at the end",
           code_from="SMTPDebug"),
    Client("Ruby net/smtp", "netsmtp.rb", "ruby -rnet/smtp -e 'puts Net::SMTP::VERSION'"),
    Client("Jakarta Mail", "jakarta-mail.sh",
           "command -v javac >/dev/null && test -e /usr/share/java/jakarta-mail.jar && "
           "dpkg-query -W -f '${Version}' libjakarta-mail-java"),
    Client("Go net/smtp", "gosmtp.go", "go version | sed 's/^go version go\\([^ ]*\\).*/\\1/'",
           note="has no LOGIN of its own; clients/gosmtp.go adds it, as people do",
           prepare="GO111MODULE=off CGO_ENABLED=0 GOFLAGS= go build -o \"$OUT\" \"$SOURCE\""),
]
