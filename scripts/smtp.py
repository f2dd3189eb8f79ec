"""What scripts/smtp runs: the program as a release, and a real SMTP server beside it."""
import asyncio
import contextlib
import email
import email.policy
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from aiosmtpd.controller import Controller

PATIENCE = 30


class Mailbox:
    """Keeps every message."""

    def __init__(self):
        self.messages = []
        self.pause = 0
        self.begun = False

    async def handle_DATA(self, server, session, envelope):
        self.begun = True
        await asyncio.sleep(self.pause)
        self.messages.append((envelope, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 taken"


def until(what, found):
    give_up = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < give_up, f"no {what} within {PATIENCE} s"
        time.sleep(0.05)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ask(url, body=None, method=None, access=None):
    """The status and the JSON of an answer."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    if access is not None:
        headers["Authorization"] = f"Bearer {access}"
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text, status = answer.read(), answer.status
    except urllib.error.HTTPError as refused:
        text, status = refused.read(), refused.code
    try:
        return status, json.loads(text)
    except ValueError:
        return status, None


def listening(mailbox, port):
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    return controller


def taken(mailbox, to):
    """The one new message to an address."""
    until(f"mail to {to}", lambda: any(to in envelope.rcpt_tos for envelope, _ in mailbox.messages))
    place = next(n for n, (envelope, _) in enumerate(mailbox.messages) if to in envelope.rcpt_tos)
    envelope, message = mailbox.messages.pop(place)
    assert envelope.mail_from == "no-reply@example.com", envelope.mail_from
    assert message["To"] == to and message["From"] == "App <no-reply@example.com>", message.items()
    return message


def ticket(mailbox, to, page, url):
    """The ticket of the one new message. Fetching its link, as a mail scanner does, changes nothing."""
    message = taken(mailbox, to)
    links = re.findall(r"https://app\.example\.com/\S*", message.get_content())
    assert len(links) == 1 and links[0].startswith(f"https://app.example.com/{page}#ticket="), links
    for method, headers in [("GET", {}), ("HEAD", {}), ("GET", {"Sec-Purpose": "prefetch"})]:
        fetched = urllib.request.Request(f"{url}/{page}", headers=headers, method=method)
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(fetched, timeout=PATIENCE).close()
    return links[0].split("#ticket=")[1]


def main():
    program = os.path.abspath(sys.argv[1])
    mailbox, mail_port, port = Mailbox(), free_port(), free_port()
    controllers = [listening(mailbox, mail_port)]
    with tempfile.TemporaryDirectory() as folder:
        smtp = f'smtp={{url="smtp://127.0.0.1:{mail_port}",from="App <no-reply@example.com>"}}'
        flows = 'flows={sign_up="open",reset=true,magic_link=true,change_email=true}'
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ROCKET_")},
            "ROCKET_PROFILE": "release",
            "ROCKET_PORT": str(port),
            "ROCKET_AUTH": f'{{public_url="https://app.example.com",{flows},{smtp}}}',
            "JWT_ACCESS_SECRET": secrets.token_urlsafe(48),
            "JWT_REFRESH_SECRET": secrets.token_urlsafe(48),
            "DATABASE_URL": f"sqlite://{folder}/auth.db",
        }
        server = subprocess.Popen([program], env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            check(mailbox, controllers, mail_port, f"http://127.0.0.1:{port}")
            # A mail that is under way when the server is told to end arrives.
            mailbox.pause, mailbox.begun = 2, False
            assert ask(f"http://127.0.0.1:{port}/api/auth/login/link", {"email": "zoe.quill@example.com"}) == (202, {})
            until("mail under way", lambda: mailbox.begun)
        finally:
            server.terminate()
            said = server.communicate(timeout=PATIENCE)[0].decode()
            arrived = [to for envelope, _ in mailbox.messages for to in envelope.rcpt_tos]
            controllers.pop().stop()
        assert arrived == ["zoe.quill@example.com"], arrived
        assert "#ticket=" not in said and "zoe@" not in said, "a link or an address is in the log"
    print("the account flows work with a real SMTP server")


def check(mailbox, controllers, mail_port, url):
    def is_up():
        try:
            return ask(f"{url}/health")[0] == 200
        except OSError:
            return False

    until("server", is_up)
    auth = f"{url}/api/auth"
    zoe, first, second = "zoe@example.com", "zoe hums yellow ferries", "zoe hums violet ferries"

    assert ask(f"{auth}/register", {"email": zoe}) == (202, {})
    sign_up = ticket(mailbox, zoe, "sign-up", url)
    body = {"ticket": sign_up, "password": first}
    assert ask(f"{auth}/register/complete", body)[0] == 201
    status, answer = ask(f"{auth}/register/complete", body)
    assert (status, answer["error"]) == (401, "invalid_ticket"), answer

    # The mail server is down for a moment: the mail is tried again.
    controllers.pop().stop()
    assert ask(f"{auth}/password/forgot", {"email": zoe}) == (202, {})
    time.sleep(0.5)
    controllers.append(listening(mailbox, mail_port))
    reset = ticket(mailbox, zoe, "reset-password", url)
    assert ask(f"{auth}/password/reset", {"ticket": reset, "newPassword": second})[0] == 204
    assert ask(f"{auth}/login", {"email": zoe, "password": first})[0] == 401
    status, answer = ask(f"{auth}/login", {"email": zoe, "password": second, "delivery": "body"})
    assert status == 200, answer

    # The link goes to the new address, and a notice to the old one.
    quill = "zoe.quill@example.com"
    assert ask(f"{auth}/email", {"newEmail": quill}, access=answer["accessToken"]) == (202, {})
    confirm = {"ticket": ticket(mailbox, quill, "confirm-email", url)}
    assert "#ticket=" not in taken(mailbox, zoe).get_content()
    assert ask(f"{auth}/email/confirm", confirm)[0] == 204
    assert ask(f"{auth}/email/confirm", confirm)[0] == 401
    assert ask(f"{auth}/login", {"email": zoe, "password": second})[0] == 401
    zoe = quill

    assert ask(f"{auth}/login/link", {"email": zoe}) == (202, {})
    link = ticket(mailbox, zoe, "sign-in-link", url)
    assert ask(f"{auth}/login/link/complete", {"ticket": link})[0] == 200
    assert ask(f"{auth}/login/link/complete", {"ticket": link})[0] == 401
    assert not mailbox.messages


main()
