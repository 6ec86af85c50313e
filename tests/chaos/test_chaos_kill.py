"""Row 25: processes are killed while mail pours in; every acknowledged mail is on exactly one ticket, none twice."""

import json
import os
import random
import smtplib
import threading
import time
from email.message import EmailMessage

import psutil
import pytest

from tests.journeys.running import SEED, Hospes, Sink

MAILS = int(os.environ.get("HOSPES_CHAOS_MAILS", "2000"))
KILLS = int(os.environ.get("HOSPES_CHAOS_KILLS", "20"))
CONNECTIONS = 8

COUNT = """
import json
from hospes.channels.models import RawMessage
from hospes.tickets.models import Message, Ticket
from hospes.core.models import EventRow
found = {}
for external, ticket in Message.objects.filter(kind="incoming").values_list("external_id", "ticket_id"):
    found.setdefault(external, []).append(ticket)
print("COUNT" + json.dumps({
    "found": found,
    "waiting": RawMessage.objects.filter(state="new").count(),
    "attention": RawMessage.objects.filter(state="attention").count(),
    "created": EventRow.objects.filter(name="TicketCreated").count(),
    "tickets": Ticket.objects.count(),
    "twice": Ticket.objects.count() - Ticket.objects.values("number").distinct().count(),
}))
"""


def mail(number: int) -> EmailMessage:
    """A mail of its own, from one of 400 customers."""
    message = EmailMessage()
    message["From"] = f"Customer {number % 400} <c{number % 400}@customer.example>"
    message["To"] = "support@demo.example"
    message["Subject"] = f"Mail {number}"
    message["Message-ID"] = f"<chaos-{number}@customer.example>"
    message.set_content(f"This is mail number {number}.\n" * 20)
    return message


class Postman(threading.Thread):
    """Sends its share as mail servers do: what was not acknowledged is sent again later."""

    def __init__(self, hospes: Hospes, numbers: list[int], taken: set[str], end: float) -> None:
        super().__init__(daemon=True)
        self.hospes, self.numbers, self.taken, self.end = hospes, numbers, taken, end

    def run(self) -> None:
        waiting = list(self.numbers)
        while waiting and time.monotonic() < self.end:
            try:
                with smtplib.SMTP("127.0.0.1", self.hospes.smtp_port, timeout=20) as door:
                    while waiting:
                        message = mail(waiting[0])
                        door.send_message(message)
                        self.taken.add(str(message["Message-ID"]).strip("<>"))
                        waiting.pop(0)
            except (OSError, smtplib.SMTPException):
                waiting.append(waiting.pop(0))
                time.sleep(0.2)  # as a mail server waits before it tries again


def kill_one(hospes: Hospes, dice: random.Random) -> str:
    """SIGKILL one of the listener, web and worker processes."""
    assert hospes.process is not None
    parts = [p for p in psutil.Process(hospes.process.pid).children() if "postgres" not in p.name()]
    if not parts:
        return ""
    victim = dice.choice(parts)
    victim.kill()
    return str(victim.pid)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_row_25_chaos_every_acknowledged_mail_is_on_exactly_one_ticket(tmp_path):
    sink = Sink()
    sink.start()
    hospes = Hospes(tmp_path / "data", sink)
    hospes.start()
    try:
        hospes.shell(SEED)
        taken: set[str] = set()
        end = time.monotonic() + 600
        postmen = [Postman(hospes, list(range(i, MAILS, CONNECTIONS)), taken, end) for i in range(CONNECTIONS)]
        for postman in postmen:
            postman.start()
        dice = random.Random(25)
        killed = 0
        while killed < KILLS and time.monotonic() < end:
            time.sleep(dice.uniform(0.3, 1.5))  # the moments of the faults are random on purpose
            killed += bool(kill_one(hospes, dice))
        for postman in postmen:
            postman.join(max(1.0, end - time.monotonic()))
        hospes.wait_until_ready()
        counted = settled(hospes, end)
    finally:
        hospes.stop()
        sink.stop()
    assert killed == KILLS
    assert len(taken) == MAILS
    lost = [m for m in taken if m not in counted["found"]]
    twice = {m: t for m, t in counted["found"].items() if m.startswith("chaos-") and len(t) > 1}
    assert (lost, twice, counted["attention"]) == ([], {}, 0)
    assert counted["created"] == counted["tickets"] == MAILS


def settled(hospes: Hospes, end: float) -> dict:
    """Wait until every stored mail was taken in, then count."""
    while True:
        counted = json.loads(hospes.shell(COUNT).split("COUNT")[-1])
        if not counted["waiting"] or time.monotonic() > end:
            return counted
        time.sleep(1)
