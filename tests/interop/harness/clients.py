# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""The clients, what they are known to do to a message, and what they cannot do.

Every client is a program in clients/ that is called
    client HOST PORT clear|starttls|tls MECHANISM USER PASSWORD CERT MESSAGE_FILE
It sends the message from alice@client.example to bob@server.example, ends with 0 if the server took it, and else says
why, with the server's reply code. MECHANISM may be NONE; of those with tokens PASSWORD is the token. HOME and TMPDIR
are its own for each run; CLIENT_CERT and CLIENT_KEY are files for EXTERNAL. SOURCE_ADDRESS is where to come from
(swaks, curl and Python smtplib only); PROTOCOL (lmtp), EXTENSION (to make use of) and RECIPIENT are read by those that
parts/lmtp.py and parts/extensions.py name."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from servers import exim, postfix

from .peer import Peer, package

HERE = Path(__file__).resolve().parent.parent / "clients"


@dataclass(eq=False)
class Client(Peer):
    program: str = ""
    mechanisms: str = "PLAIN LOGIN"  # that it has
    whole: bool = True    # sends the message file as it is; else with its own headers, and the body is compared
    tail: bytes = b""     # what it is known to add at the end of a message
    note: str = ""        # why whole is false or tail not empty
    code_from: str = ""   # where it tells reply codes, if its ordinary messages have none
    cannot: dict = field(default_factory=dict)  # (mechanism or "*", tls or "*"): reason
    alone: tuple = ()     # mechanisms that it takes only where no other is offered
    breaks_off: tuple = ()  # mechanisms of which it does not hear 535: it goes where a 334 says why a token is refused
    prepare: str = ""     # a shell command that is run once before; $OUT is what it makes, $SOURCE the program

    def knows(self, mechanism):
        return mechanism in self.mechanisms.split()

    def reason_against(self, mechanism, tls):
        keys = ((mechanism, tls), (mechanism, "*"), ("*", tls))
        return next((self.cannot[key] for key in keys if key in self.cannot), None)

    def command(self, context):
        """The command that runs the client; builds it first if it must be built."""
        out = context.directory / self.program.partition(".")[0]
        environment = context.environment_at(context.directory)
        source = HERE / self.program
        if not self.prepare:
            return [str(source)]
        done = subprocess.run(["sh", "-c", self.prepare], env={**environment, "OUT": str(out), "SOURCE": str(source)},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name} cannot be built:\n" + done.stdout.decode("utf-8", "replace"))
        return [str(out)]


CLIENTS = [
    Client("swaks", "swaks --version | sed -n '1s/.*version //p'", "swaks.sh", tail=b"\r\n",
           note="adds a line end at the end, whether there is one or not",
           mechanisms="PLAIN LOGIN CRAM-MD5 DIGEST-MD5"),
    Client("curl", "curl --version | sed -n '1s/^curl \\([^ ]*\\).*/\\1/p'", "curl.sh", code_from="--verbose",
           alone=("XOAUTH2",), breaks_off=("XOAUTH2",),
           mechanisms="PLAIN LOGIN CRAM-MD5 OAUTHBEARER XOAUTH2 EXTERNAL DIGEST-MD5 GSSAPI"),
    Client("msmtp", "msmtp --version | sed -n '1s/.*version //p'", "msmtp.sh",
           mechanisms="PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 OAUTHBEARER XOAUTH2 EXTERNAL DIGEST-MD5 GSSAPI"),
    Client("s-nail", "s-nail -:/ -V | sed -n '1s/^s-nail v\\([^, ]*\\).*/\\1/p'", "s-nail.sh", whole=False,
           note="composes its own headers",
           breaks_off=("XOAUTH2",), mechanisms="PLAIN LOGIN CRAM-MD5 XOAUTH2 EXTERNAL GSSAPI"),
    Client("mutt", "mutt -v | sed -n '1s/^Mutt \\([^ ]*\\).*/\\1/p'", "mutt.sh", whole=False,
           note="composes its own headers", code_from="its debug log",
           mechanisms="PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 OAUTHBEARER XOAUTH2 ANONYMOUS DIGEST-MD5 GSSAPI"),
    Client("esmtp", package("esmtp", needs="esmtp"), "esmtp.sh", code_from="its log of the traffic",
           cannot={("LOGIN", "*"): "no choice of mechanism: it takes PLAIN, and LOGIN after PLAIN was refused",
                   ("*", "tls"): "has STARTTLS only"},
           mechanisms="PLAIN"),
    Client("git send-email",
           "git send-email -h >/dev/null 2>&1; test $? -le 129 && perl -MMail::Address -e 1 && "
           "test -x \"$(git --exec-path)/git-send-email\" && git --version | sed 's/^git version //'",
           "git-send-email.sh", whole=False, note="composes its own headers", code_from="--smtp-debug",
           mechanisms="PLAIN LOGIN CRAM-MD5 DIGEST-MD5"),
    Client("Python smtplib", "python3 -c 'import platform; print(platform.python_version())'", "py-smtplib.py",
           mechanisms="PLAIN LOGIN CRAM-MD5 OAUTHBEARER XOAUTH2"),
    Client("Python aiosmtplib",
           "/usr/bin/python3 -c 'import importlib.metadata as m; print(m.version(\"aiosmtplib\"))'",
           "py-aiosmtplib.py",
           mechanisms="PLAIN LOGIN CRAM-MD5"),
    Client("nodemailer", "node -p 'require(\"nodemailer/package.json\").version'", "nodemailer.js",
           mechanisms="PLAIN LOGIN CRAM-MD5 XOAUTH2"),
    Client("Perl Net::SMTP",
           "perl -MAuthen::SASL -MIO::Socket::SSL -MNet::SMTP -e 'print Net::SMTP->VERSION, \"\\n\"'", "netsmtp.pl",
           mechanisms="PLAIN LOGIN CRAM-MD5 EXTERNAL ANONYMOUS DIGEST-MD5"),
    Client("PHPMailer",
           "php -r 'require \"libphp-phpmailer/autoload.php\"; echo PHPMailer\\PHPMailer\\PHPMailer::VERSION;'",
           "phpmailer.php", whole=False, tail=b"\r\n",
           note="composes its own headers, adds a line end at the end", code_from="SMTPDebug",
           mechanisms="PLAIN LOGIN CRAM-MD5 XOAUTH2"),
    Client("Ruby net/smtp", "ruby -rnet/smtp -e 'puts Net::SMTP::VERSION'", "netsmtp.rb",
           mechanisms="PLAIN LOGIN CRAM-MD5"),
    Client("Jakarta Mail",
           "test -e /usr/share/java/jakarta-mail.jar && " + package("libjakarta-mail-java", needs="javac"),
           "jakarta-mail.sh", code_from="its debug output", breaks_off=("XOAUTH2",),
           mechanisms="PLAIN LOGIN CRAM-MD5 XOAUTH2 EXTERNAL DIGEST-MD5"),
    Client("Go net/smtp", "go version | sed 's/^go version go\\([^ ]*\\).*/\\1/'", "gosmtp.go",
           note="has no LOGIN of its own; clients/gosmtp.go adds it, as people do",
           prepare="GO111MODULE=off CGO_ENABLED=0 GOFLAGS= go build -o \"$OUT\" \"$SOURCE\"",
           mechanisms="PLAIN LOGIN CRAM-MD5"),
    Client("gsasl", "gsasl --version | sed -n '1s/^gsasl (GNU SASL) //p'", "gsasl.py",
           cannot={("*", "tls"): "has STARTTLS only", ("NONE", "*"): "does nothing without a login"},
           mechanisms="PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS EXTERNAL "
                      "ANONYMOUS DIGEST-MD5 GSSAPI"),
    Client("Cyrus smtptest", package("cyrus-clients", needs="smtptest"), "smtptest.py",
           cannot={("LOGIN", "*"): "takes the name for that of IMAP's command"},
           mechanisms="PLAIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 EXTERNAL ANONYMOUS DIGEST-MD5 GSSAPI"),
    Client("Postfix", postfix.PEER.version, "postfix.py", code_from="its log", needs_root=True,
           mechanisms="PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256"),
    Client("Exim", exim.PEER.version, "exim.py", code_from="its log", needs_root=True,
           mechanisms="PLAIN LOGIN CRAM-MD5 EXTERNAL"),
]
