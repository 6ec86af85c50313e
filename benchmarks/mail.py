"""Mail taken in by one process: raw stored, parsed, threaded, events and deliveries written."""

import json
import statistics
import time
from email.message import EmailMessage
from typing import Any

from benchmarks.report import Line, against

MAILS = 200
RUNS = 5


def mail(number: int, run: str) -> bytes:
    """A mail of about 5 kB as people send them: text and HTML."""
    message = EmailMessage()
    message["From"] = f"Customer {number % 50} <c{number % 50}@customer.example>"
    message["To"] = "support@demo.example"
    message["Subject"] = f"Question {run} {number}"
    message["Message-ID"] = f"<{run}-{number}@customer.example>"
    message["Date"] = "Mon, 04 May 2026 12:00:00 +0000"
    words = f"My kettle number {number} leaks, and I would like to know what to do about it. " * 12
    message.set_content(words)
    message.add_alternative(f"<html><body><p>{words}</p><p><b>Thank you</b></p></body></html>", subtype="html")
    return message.as_bytes()


def take_in(mails: list[bytes], inbox: Any) -> float:
    """Our way, in seconds."""
    from hospes.channels import inbound
    from hospes.channels.email.receive import accept
    from hospes.core.clock import now

    start = time.perf_counter()
    for raw in mails:
        accept(raw, mail_from="c@customer.example", rcpt_to=[inbox.address], via="bench", now=now())
    while inbound.ingest_waiting(now=now()):
        pass
    return time.perf_counter() - start


def bare(count: int, inbox: Any, customer: int, run: str) -> float:
    """The same rows by bare psycopg, one transaction a mail, in seconds."""
    import psycopg

    from hospes.realtime.hub import connection_parameters

    status = "(SELECT id FROM tickets_status WHERE builtin AND category = 'new')"
    body = mail(1, "x")
    doc = " ".join(f"'word{i}':{i + 1}" for i in range(150))
    with psycopg.connect(**connection_parameters(), autocommit=True) as connection:
        start = time.perf_counter()
        for number in range(count):
            with connection.transaction():
                one = connection.execute(
                    "INSERT INTO hospes_channels_rawmessage (inbox_id, channel, external_id, envelope, body, file_key, size,"
                    " received_at, state, attempts, next_try_at, error) VALUES (%s, 'email', %s, '{}', %s, '', %s, now(),"
                    " 'done', 0, now(), '') RETURNING id",
                    [inbox.pk, f"bare-{run}-{number}", body, len(body)],
                ).fetchone()
                two = connection.execute(
                    "INSERT INTO tickets_ticket (number, subject, status_id, category, active, priority, type, customer_id,"
                    " inbox_id, channel, language, fields, created_at, updated_at, spam, last_words, last_from_customer,"
                    f" message_count, version, product, tier) VALUES (%s, 'Bare', {status}, 'new', true, 2, '', %s, %s, 'email', 'en', '{{}}',"
                    " now(), now(), false, '', true, 1, 1, '', 1) RETURNING id",
                    [f"{run[:3]}{number:08}"[:12], customer, inbox.pk],
                ).fetchone()
                three = connection.execute(
                    "INSERT INTO tickets_message (ticket_id, kind, channel, customer_id, author_name, author_address, subject,"
                    ' text, html, quoted, signature, "to", cc, external_id, in_reply_to, "references", auto_kind, automatic,'
                    " flags, source_id, created_at, delivery, delivery_words, undo, thread_key, extra) VALUES (%s, 'incoming', 'email', %s, '', '',"
                    " '', %s, %s, '', '', '[]', '[]', %s, '', '[]', '', false, '[]', %s, now(), 'none', '', '{}', '', '{}') RETURNING id",
                    [two[0], customer, body[:900].decode(), body[900:2000].decode(), f"bare-{run}-{number}", one[0]],
                ).fetchone()
                connection.execute(
                    "INSERT INTO tickets_message_search (message_id, ticket_id, doc) VALUES (%s, %s, %s::tsvector)",
                    [three[0], two[0], doc],
                )
                connection.execute(
                    "INSERT INTO core_event (name, at, actor_kind, actor_name, via, subject, subject_id, live, data, depth)"
                    " VALUES ('TicketCreated', now(), 'customer', '', '', 'ticket', %s, true, %s, 0),"
                    " ('MessageReceived', now(), 'customer', '', '', 'ticket', %s, true, %s, 0)",
                    [two[0], json.dumps({"ticket_id": two[0]}), two[0], json.dumps({"message_id": three[0]})],
                )
        return time.perf_counter() - start


def mail_in(facts: dict[str, Any]) -> Line:
    """Our rate beside the bare transaction's, in turn, medians."""
    from hospes.customers.models import Customer

    inbox, customer = facts["inbox"], Customer.objects.order_by("id").values_list("pk", flat=True)[0]
    ours, floor = [], []
    for run in range(RUNS):
        mails = [mail(n, f"run{run}") for n in range(MAILS)]
        ours.append(MAILS / take_in(mails, inbox))
        floor.append(MAILS / bare(MAILS, inbox, customer, f"r{run}"))
    return against(
        "mail taken in, one worker process", statistics.median(ours), statistics.median(floor),
        beside="bare transaction", aim=1 / 6,
    )  # fmt: skip
