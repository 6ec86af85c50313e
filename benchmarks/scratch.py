"""A scratch database with as many tickets as wanted, made in SQL so that a million take minutes, not hours."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def database() -> Iterator[Path]:
    """An embedded server with our tables; Django is set up on it."""
    from hospes.config.postgres import Server

    with TemporaryDirectory(prefix="hospes-bench-") as folder, Server(Path(folder) / "postgres") as server:
        os.environ |= {
            "DATABASE_URL": server.url,
            "HOSPES_DATA": folder,
            "HOSPES_SECRET_KEY": secrets.token_hex(32),
            "DJANGO_SETTINGS_MODULE": "hospes.config.settings",
            "HOSPES_API_RATE": "100000000",
        }
        import django

        django.setup()
        from hospes.config.migrations import migrate

        migrate()
        try:
            yield Path(folder)
        finally:
            from django.db import connections

            connections.close_all()


def execute(sql: str, *parameters: object) -> None:
    """Run one statement."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)


def company() -> dict[str, object]:
    """An admin, an inbox, a team and a token."""
    from hospes.core.actors import SYSTEM
    from hospes.core.clock import now
    from hospes.staff import operations as staff
    from hospes.tickets import operations as tickets

    agent = staff.create_agent(
        email="bench@demo.example", name="Bench", role="admin", password=secrets.token_hex(), actor=SYSTEM, now=now()
    )
    inbox = tickets.create_inbox(name="Bench", address="support@demo.example", actor=SYSTEM, now=now())
    team = staff.create_team(name="Bench", actor=SYSTEM, now=now())
    _token, text = staff.create_api_token(agent=agent, name="bench", actor=SYSTEM, now=now())
    return {"agent": agent, "inbox": inbox, "team": team, "token": text}


# Word k of the vocabulary turns up in about one message in k: few common words, many rare ones (Zipf).
FILL = """
INSERT INTO customers_customer (name, language, time_zone, vip, notes, fields, search, preferred_channel, preferred_by,
  created_at, updated_at)
SELECT 'Customer ' || i, 'en', '', i %% 50 = 0, '', '{{}}', 'customer ' || i, '', '', now(), now()
FROM generate_series(1, 1000) i WHERE NOT EXISTS (SELECT 1 FROM customers_customer OFFSET 999);

WITH made AS (
  INSERT INTO tickets_ticket (number, subject, status_id, category, active, priority, type, customer_id, inbox_id,
    channel, language, fields, created_at, updated_at, waiting_since, snoozed_until, spam, last_words,
    last_from_customer, message_count, version, assignee_id, team_id, product, tier)
  SELECT translate(lpad((i + {start})::text, 7, '0'), '0123456789', '23456789BC'), 'Subject number ' || (i + {start}), s.id, s.category,
    s.category NOT IN ('solved', 'closed'), 1 + i %% 4, '', c.id, {inbox}, 'email', 'en', '{{}}',
    now() - make_interval(secs => i + {start}), now() - make_interval(secs => i + {start}), NULL, NULL, false,
    'The newest words of ticket ' || (i + {start}), true, 1, 1, CASE WHEN i %% 3 = 0 THEN {agent} END, CASE WHEN i %% 2 = 0 THEN {team} END, '', 1
  FROM generate_series(1, {tickets}) i
  JOIN LATERAL (SELECT id, category FROM tickets_status WHERE builtin AND category =
    CASE WHEN i %% 20 < 17 THEN 'closed' WHEN i %% 20 = 17 THEN 'solved' WHEN i %% 20 = 18 THEN 'open' ELSE 'new' END) s ON true
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM customers_customer) c ON c.place = i %% 1000
  RETURNING id, customer_id, created_at
), said AS (
  INSERT INTO tickets_message (ticket_id, kind, channel, customer_id, author_name, author_address, subject, text, html,
    quoted, signature, "to", cc, external_id, in_reply_to, "references", auto_kind, automatic, flags, created_at,
    delivery, delivery_words, undo, thread_key, extra)
  SELECT id, 'incoming', 'email', customer_id, 'Customer', 'c@customer.example', '', 'Words of a message', '', '', '',
    '[]', '[]', '', '', '[]', '', false, '[]', created_at, 'none', '', '{{}}', '', '{{}}' FROM made
  RETURNING id, ticket_id
)
INSERT INTO tickets_message_search (message_id, ticket_id, doc)
SELECT id, ticket_id, ((SELECT string_agg(DISTINCT '''w' || floor(exp(random() * ln(200000)))::int || ''':' || n, ' ')
  FROM generate_series(1, 25) n WHERE said.id IS NOT NULL))::tsvector FROM said;
"""


AT_ONCE = 50_000
WORD_INDEX = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'tickets_message_search' AND indexdef LIKE '%gin%'"
)


def fill(tickets: int, facts: dict[str, object], *, start: int = 0) -> None:
    """Add tickets with one message of 25 words each.

    Foreign keys and triggers sleep meanwhile, and the word index is made again after a large filling, as when a
    database is restored; what is measured later is the same.
    """
    from django.db import connection

    execute("SET session_replication_role = replica")
    execute("SET maintenance_work_mem = '512MB'")
    indexes: list[tuple[str, str]] = []
    if tickets > 2 * AT_ONCE:
        with connection.cursor() as cursor:
            cursor.execute(WORD_INDEX)
            indexes = cursor.fetchall()
    for name, _definition in indexes:
        execute(f"DROP INDEX {name}")
    for first in range(start, start + tickets, AT_ONCE):
        _fill(min(AT_ONCE, start + tickets - first), facts, first)
    for _name, definition in indexes:
        execute(definition)
    execute("RESET session_replication_role")


def _fill(tickets: int, facts: dict[str, object], start: int) -> None:
    sql = FILL.format(
        tickets=tickets,
        start=start,
        inbox=facts["inbox"].pk,  # type: ignore[attr-defined]
        agent=facts["agent"].pk,  # type: ignore[attr-defined]
        team=facts["team"].pk,  # type: ignore[attr-defined]
    )
    for statement in sql.replace("%%", "%").split(";\n"):
        if statement.strip():
            execute(statement)


def deliver() -> None:
    """Empty what earlier measurements left in the workers' queues."""
    from hospes.core.drains import DRAINS

    while sum(DRAINS[name].run() for name in ("raw", "outbox", "routing")):
        pass


def settle() -> None:
    """What autovacuum would do in time: statistics and visibility, so that plans are those of a living system."""
    from django.db import connection

    connection.ensure_connection()
    with connection.connection.cursor() as cursor:  # VACUUM takes no transaction
        cursor.execute("VACUUM ANALYZE")
