#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
"""send on a terminal: it asks for a login on 530 and again on 535, without echo, and leaves the terminal as it was. Takes
submissiond's path, beside which send lies; python3's standard library only."""
import fcntl
import os
import select
import signal
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True

from daemon_helpers import MINUTE, PASSWORD, USER, Server, run_all
from send_helpers import MESSAGE, NOPERM, OK, TEMPFAIL, Fake, Folder, Terminal, plain

TIOCGPTN = 0x80045430  # Linux's; Python has no name for it
WIRE = MESSAGE.replace(b"\n", b"\r\n")


def login_on_530():
    """530 prompts for user and password, then the message goes out; the password is nowhere to be seen."""
    with Folder() as folder, Server() as server:
        terminal = Terminal(folder, server.port, "--insecure", "--verbose")
        assert "wants a login" in terminal.expect("User name: ")
        assert terminal.echoes()
        terminal.type(USER + "\n")
        terminal.type_secret(f"Password for {USER} at 127.0.0.1: ", PASSWORD)
        result = terminal.finish().expect(OK)
        assert PASSWORD not in terminal.shown + result.stderr
        assert result.stderr.index("S: 530 5.7.0") < result.stderr.index("C: AUTH") < result.stderr.index("S: 235 2.7.0")
        [message] = server.messages()
        assert message.endswith(WIRE), message


def password_for_a_user():
    """--user alone asks for the password before MAIL."""
    with Folder() as folder, Server() as server:
        terminal = Terminal(folder, server.port, "--insecure", "--verbose", "--user", USER)
        terminal.type_secret("Password for", PASSWORD)
        result = terminal.finish().expect(OK)
        assert "530" not in result.stderr and "User name" not in terminal.shown


def again_on_535():
    """535 prompts to enter it again; the name may be changed too, an empty line keeps it."""
    with Folder() as folder, Server() as server:
        terminal = Terminal(folder, server.port, "--insecure")
        terminal.expect("User name: ")
        terminal.type("alicia\n")
        terminal.type_secret("Password for alicia", PASSWORD)
        assert "did not take this login" in terminal.expect("User name [alicia]: ")
        terminal.type(USER + "\n")
        terminal.type_secret(f"Password for {USER}", "wrong horse")
        terminal.expect(f"User name [{USER}]: ")
        terminal.type("\n")
        terminal.type_secret(f"Password for {USER}", PASSWORD)
        terminal.finish().expect(OK)
        assert len(server.messages()) == 1
        assert len(open(folder.guard()).read().splitlines()) == 3, "both rejected ones are remembered"


def three_times():
    """After three rejected ones nobody is asked any more, and it is told why."""
    with Folder() as folder, Server() as server:
        terminal = Terminal(folder, server.port, "--insecure", "--user", USER, "--mechanisms", "PLAIN")
        for attempt in range(3):
            terminal.type_secret("Password for", f"wrong {attempt}")
        result = terminal.finish().expect(NOPERM, "530 5.7.0 at MAIL, because AUTH PLAIN got 535 5.7.8")
        assert "Password for" not in terminal.shown, terminal.shown
        assert server.log_text().count(b'mechanism="PLAIN"') == 3
        for attempt in range(3):
            assert f"wrong {attempt}" not in result.stderr


def rejected_before():
    """A password of which an earlier run knows is not sent; another is asked for at once."""
    with Folder() as folder, Server() as server:
        for runs in (1, 2):
            terminal = Terminal(folder, server.port, "--insecure", "--user", USER, "--mechanisms", "PLAIN")
            terminal.type_secret("Password for", "wrong horse")
            assert "did not take this login" in terminal.expect("Password for")
            terminal.shown = "Password for"
            terminal.type_secret("Password for", PASSWORD)
            terminal.finish().expect(OK)
            assert server.log_text().count(b'mechanism="PLAIN"') == 1 + runs, "wrong once, right each time"


def no_prompt_for_454():
    """454 asks nothing."""
    def dialogue(t):
        t.hello("AUTH PLAIN")
        t.take("AUTH PLAIN ", "454 4.7.0 Temporary authentication failure")
        while t.line() != "QUIT":
            t.say("530 5.7.0 Authentication required")
        t.say("221 bye")

    with Folder() as folder, Fake(dialogue) as fake:
        terminal = Terminal(folder, fake.port, "--tls", "never", "--allow-plaintext-auth", "--user", USER)
        terminal.type_secret("Password for", PASSWORD)
        terminal.finish().expect(TEMPFAIL)
        assert "Password" not in terminal.shown and "User" not in terminal.shown, terminal.shown


def nothing_typed():
    """End of input, or an empty password, offers nothing: 77."""
    with Folder() as folder, Server() as server:
        for typed in ("\x04", "\n"):
            terminal = Terminal(folder, server.port, "--insecure", "--user", USER)
            terminal.expect("Password for")
            while terminal.echoes():
                pass
            terminal.type(typed)
            terminal.finish().expect(NOPERM, "none was typed")
        assert b"mechanism=" not in server.log_text()


def a_source_never_prompts():
    """With --password-file nobody is asked, even on a terminal: the file is what is wrong."""
    with Folder() as folder, Server() as server:
        terminal = Terminal(folder, server.port, "--insecure", "--user", USER, "--password-file",
                            folder.file("password", "wrong horse\n"))
        terminal.finish().expect(NOPERM, "535 5.7.8")
        assert terminal.shown == "", terminal.shown


def other_end(master):
    """The name of the terminal behind it."""
    return "/dev/pts/%d" % struct.unpack("I", fcntl.ioctl(master, TIOCGPTN, bytes(4)))[0]


def interrupted():
    """A signal at the prompt ends it with echo on again."""
    for typed, signal_number in (("\x03", signal.SIGINT), ("\x1c", signal.SIGQUIT), (None, signal.SIGTERM)):
        with Folder() as folder, Server() as server:
            terminal = Terminal(folder, server.port, "--insecure", "--user", USER)
            terminal.expect("Password for")
            spare = os.open(other_end(terminal.master), os.O_RDWR | os.O_NOCTTY)  # so that the terminal outlives it
            while terminal.echoes():
                pass
            if typed:
                terminal.type(typed)
            else:
                os.kill(terminal.pid, signal_number)
            _, status = os.waitpid(terminal.pid, 0)
            with open(terminal.stderr) as stderr:
                assert os.waitstatus_to_exitcode(status) == -signal_number, (status, stderr.read(), server.log_text())
            assert terminal.echoes(), "the terminal is as it was"
            os.close(spare)
            os.close(terminal.master)


def stopped_and_continued():
    """Stopped at the prompt, echo is on while it is stopped and off when it goes on; what is typed then counts."""
    with Folder() as folder, Server() as server:
        terminal = Terminal(folder, server.port, "--insecure", "--user", USER)
        terminal.expect("Password for")
        while terminal.echoes():
            pass
        os.kill(terminal.pid, signal.SIGTSTP)
        end = time.monotonic() + MINUTE
        while not terminal.echoes():  # an orphaned group is not stopped, but echo is put back in between all the same
            if time.monotonic() > end or "Password for" in terminal.shown:
                break
            if select.select([terminal.master], [], [], 0.01)[0]:
                terminal.shown += os.read(terminal.master, 4096).decode()
        os.kill(terminal.pid, signal.SIGCONT)
        while terminal.echoes():
            assert time.monotonic() < end
        terminal.type(PASSWORD + "\n")
        terminal.finish().expect(OK)


def server_hangs_up():
    """A server that says 421 or hangs up while a person thinks ends the question."""
    for reply in ("421 4.4.2 idle too long", None):
        asked = threading.Event()

        def dialogue(t):
            t.hello("AUTH PLAIN")
            assert asked.wait(MINUTE)
            if reply:
                t.say(reply)

        with Folder() as folder, Fake(dialogue) as fake:
            terminal = Terminal(folder, fake.port, "--tls", "never", "--allow-plaintext-auth", "--user", USER)
            terminal.expect("Password for")
            asked.set()
            terminal.finish().expect(TEMPFAIL)


def progress():
    """A large message shows how far it is, on a terminal only, and leaves no line behind."""
    wire = []

    def dialogue(t):
        t.hello()
        t.take("MAIL", "250 ok")
        t.take("RCPT", "250 ok")
        wire.append(len(t.data()))
        t.say("250 taken")
        t.quit()

    message = b"Subject: large\n\n" + (b"y" * 70 + b"\n") * 40000
    with Folder() as folder, Fake(dialogue) as fake:
        terminal = Terminal(folder, fake.port, "--tls", "never", message=message, errors_on_terminal=True)
        shown = terminal.expect("50%")
        assert "send:   2% of 2.7 MiB" in shown, shown
        terminal.finish().expect(OK)
        assert terminal.shown.endswith("\r                              \r"), terminal.shown
    assert wire and wire[0] > len(message)


def command_asks():
    """A command that reads the terminal has it while it runs, and send has it again; Ctrl-C there ends both."""
    with Folder() as folder, Server() as server:
        command = 'printf "Key: " > /dev/tty; IFS= read -r key < /dev/tty; test "$key" = open && echo "%s"' % PASSWORD
        terminal = Terminal(folder, server.port, "--insecure", "--user", USER, "--password-command", command)
        terminal.expect("Key: ")
        terminal.type("open\n")
        terminal.finish().expect(OK)
        terminal = Terminal(folder, server.port, "--insecure", "--user", USER, "--password-command", command)
        terminal.expect("Key: ")
        terminal.type("\x03")
        assert terminal.finish().status == -signal.SIGINT


if __name__ == "__main__":
    sys.exit(run_all(login_on_530, password_for_a_user, again_on_535, three_times, rejected_before, no_prompt_for_454,
                     nothing_typed, a_source_never_prompts, interrupted, stopped_and_continued, server_hangs_up, progress, command_asks))
