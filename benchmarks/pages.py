"""Lists, the ticket screen and writes, beside a bare Django view of the same rows."""

import json
from typing import Any

from benchmarks.http import bare_application, request
from benchmarks.report import Line, against, rates

COLUMNS = (
    "id, number, subject, category, priority, last_words, created_at, updated_at, customer_id, assignee_id, team_id"
)


def rows() -> list[Any]:
    """Fifty rows as a bare view would fetch them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.{', t.'.join(COLUMNS.split(', '))}, c.name FROM tickets_ticket t "
            "JOIN customers_customer c ON c.id = t.customer_id WHERE t.active ORDER BY t.updated_at DESC, t.id DESC LIMIT 50"
        )
        return cursor.fetchall()


def bare_json(_request: Any) -> Any:
    """The floor of a list in the API."""
    from django.http import HttpResponse

    return HttpResponse(json.dumps(rows(), default=str), content_type="application/json")


TEMPLATE = (
    '{% for r in rows %}<li id="t{{ r.0 }}"><a href="/desk/t/{{ r.1 }}/"><b>{{ r.11 }}</b> <span>{{ r.2 }}</span>'
    '<span class="words">{{ r.5 }}</span></a><time datetime="{{ r.7.isoformat }}">{{ r.7 }}</time>'
    '<span class="{{ r.3 }}">{{ r.4 }}</span></li>{% endfor %}'
)


def bare_page(_request: Any) -> Any:
    """The floor of a list at the desk: the same rows through a plain template."""
    from django.http import HttpResponse
    from django.template import Context, engines

    template = engines["django"].engine.from_string(TEMPLATE)  # type: ignore[attr-defined]
    return HttpResponse(template.render(Context({"rows": rows()})))


def session_cookie(agent: Any) -> str:
    """A signed-in agent's cookie."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def application() -> Any:
    """Hospes with all its middleware."""
    from hospes.config.wsgi import application as ours

    return ours


def api_list(facts: dict[str, Any], *, name: str = "ticket list, 50 rows, API") -> tuple[Line, float]:
    """GET /api/v1/tickets beside the bare view; also our rate, to compare table sizes."""
    ours, bare = application(), bare_application(bare_json)
    bearer = f"Bearer {facts['token']}"

    def get() -> None:
        request(ours, "/api/v1/tickets", query="limit=50&view=open", authorization=bearer)

    mine, floor = rates(get, lambda: request(bare, "/bare"))
    return against(name, mine, floor, beside="bare Django view", aim=1 / 3), mine


def desk_list(facts: dict[str, Any]) -> Line:
    """The desk's list fragment beside a plain template of the same rows."""
    ours, bare, cookie = application(), bare_application(bare_page), session_cookie(facts["agent"])

    def get() -> None:
        request(ours, "/desk/v/open/rows/", cookie=cookie, hx_request="true")

    mine, floor = rates(get, lambda: request(bare, "/bare"))
    return against("ticket list, desk fragment", mine, floor, beside="bare template", aim=1 / 2)


def ticket_screen(facts: dict[str, Any]) -> Line:
    """A ticket with thirty messages at the desk."""
    from hospes.core.actors import SYSTEM
    from hospes.core.clock import now
    from hospes.tickets import operations
    from hospes.tickets.models import Ticket

    ticket = Ticket.objects.order_by("id")[0]
    for index in range(29):
        operations.add_note(ticket=ticket, actor=SYSTEM, now=now(), text=f"Words of message {index}. " * 20)
    ours, cookie = application(), session_cookie(facts["agent"])
    [mine] = rates(lambda: request(ours, f"/desk/t/{ticket.number}/", cookie=cookie, hx_request="true"))
    return Line("ticket screen with 30 messages", mine, "/s")


def api_create(facts: dict[str, Any]) -> Line:
    """POST /api/v1/tickets."""
    ours, bearer = application(), f"Bearer {facts['token']}"
    body = json.dumps(
        {
            "subject": "Made by API",
            "text": "Words of a ticket. " * 20,
            "customer": {"email": "api@customer.example", "name": "Api"},
            "inbox": facts["inbox"].pk,
        }
    ).encode()
    [mine] = rates(lambda: request(ours, "/api/v1/tickets", method="POST", body=body, authorization=bearer))
    return Line("ticket created by API", mine, "/s")
