"""A running Hospes for journeys: `hospes up` in a folder of its own, with a mail server that keeps what it gets."""

import email.policy
import fcntl
import os
import queue
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.request
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from aiosmtpd.controller import Controller

HOSPES = Path(sys.executable).with_name("hospes")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Sink:
    """A real SMTP server in place of the world: every mail that Hospes sends lands in a queue."""

    def __init__(self) -> None:
        self.mails: queue.Queue[tuple[list[str], EmailMessage]] = queue.Queue()
        self.kept: list[tuple[list[str], EmailMessage]] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        message = BytesParser(policy=email.policy.default).parsebytes(envelope.content)
        self.mails.put((list(envelope.rcpt_tos), message))
        return "250 taken"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def expect(self, want, *, seconds: float = 20) -> EmailMessage:
        """The first mail that fits, among those kept or yet to come."""
        for _to, message in self.kept:
            if want(message):
                return message
        end = time.monotonic() + seconds
        while True:
            to, message = self.mails.get(timeout=max(0.01, end - time.monotonic()))
            self.kept.append((to, message))
            if want(message):
                return message


class Hospes:
    """One installation: start, stop, kill, hand in mail, run its commands."""

    def __init__(self, folder: Path, sink: Sink | None = None, **settings: str) -> None:
        self.folder = folder
        self.port, self.smtp_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}},
            "HOSPES_DATA": str(folder),
            "HOSPES_PORT": str(self.port),
            "HOSPES_SMTP_PORT": str(self.smtp_port),
            "HOSPES_MAIL_RELAY": f"smtp://127.0.0.1:{sink.port}" if sink else "",
            "HOSPES_UNDO_SEND_SECONDS": "2",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str, seconds: float = 90) -> None:
        """Start and wait until it is ready."""
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [HOSPES, "up", *arguments], env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self.wait_until_ready(seconds=seconds)
        except BaseException:
            self.stop()
            raise

    def wait_until_ready(self, *, seconds: float = 60) -> None:
        """Poll /readyz and the mail port; says what the log holds when it takes too long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process is not None
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        with socket.create_connection(("127.0.0.1", self.smtp_port), timeout=2):
                            return
            except OSError:
                time.sleep(0.1)
        log = self.folder.parent / f"{self.folder.name}.log"
        raise AssertionError(f"Hospes is not ready:\n{log.read_text()[-4000:]}")

    def stop(self) -> None:
        """Stop as Ctrl-C does."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def run(self, *arguments: str) -> str:
        """Run one of its commands beside it."""
        done = subprocess.run(
            [HOSPES, *arguments], env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shell(self, code: str) -> str:
        """Run Python inside the installation."""
        return self.run("admin", "shell", "--no-imports", "-c", code)

    def send(self, text: str, *, sender: str, subject: str, to: str = "support@demo.example", **headers: str) -> str:
        """Hand in a mail by SMTP, as the world does; returns its Message-ID."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, to, subject
        message["Message-ID"] = headers.pop("message_id", f"<{time.monotonic_ns()}@customer.example>")
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=30) as door:
            door.send_message(message)
        return str(message["Message-ID"])


SEED = """
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.staff import operations as staff
from hospes.tickets import operations as tickets
for email, name, role in [("ivo@demo.example", "Ivo", "admin"), ("ada@demo.example", "Ada", "agent")]:
    staff.create_agent(email=email, name=name, role=role, password="correct-horse-battery", actor=SYSTEM, now=now())
tickets.create_inbox(name="Demo shop", address="support@demo.example", actor=SYSTEM, now=now())
"""


def prepared(shared: Path, folder: Path, sink: Sink) -> Path:
    """A folder of data with two agents and an inbox. It is made once a run and copied: most of an installation's
    first start is the making of its database. `shared` is a folder that all test processes of the run see."""
    made = shared / "prepared"
    with (shared / "prepared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made / "ready").exists():
            first = Hospes(made / "data", sink)
            made.mkdir(parents=True, exist_ok=True)
            first.start()
            first.shell(SEED)
            first.stop()
            (made / "ready").touch()
    shutil.copytree(made / "data", folder)
    return folder
