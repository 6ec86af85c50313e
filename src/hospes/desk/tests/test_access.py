"""Who gets into the desk, and what each role is refused."""

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from django.urls.converters import IntConverter

from hospes.desk import urls
from hospes.desk.tests.conftest import signed_in
from hospes.staff.policies import rights_of
from hospes.testing import people

SAMPLES = {"key": "open", "number": "AAAAAAA"}


def sample(name: str, converter: object) -> object:
    """Some value that fits an address."""
    return SAMPLES.get(name, 1 if isinstance(converter, IntConverter) else "none")


def address(pattern: URLPattern, **known) -> str:
    parts = pattern.pattern.converters.items()
    values = {name: known.get(name, sample(name, converter)) for name, converter in parts}
    return reverse(f"desk:{pattern.name}", kwargs=values)


def test_every_screen_names_the_right_that_it_needs():
    assert [pattern.name for pattern in urls.urlpatterns if not pattern.callback.desk_right] == []


def test_no_two_screens_have_one_name():
    names = [pattern.name for pattern in urls.urlpatterns]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_nobody_enters_without_signing_in(db):
    entered = []
    for pattern in urls.urlpatterns:
        for method in ("get", "post"):
            answer = getattr(Client(), method)(address(pattern))
            sent_away = answer.status_code == 302 and "/account/login" in answer["Location"]
            if not sent_away and answer.status_code != 405:
                entered.append((method, pattern.name, answer.status_code))
    assert entered == []


def test_a_fragment_without_a_session_is_told_so_instead_of_being_sent_a_sign_in_page(db):
    answer = Client().get(reverse("desk:counts"), headers={"Hospes-Fragment": "1"})
    assert answer.status_code == 401


ADMIN_ONLY = ("inboxes", "new_inbox", "teams", "agents", "invite", "statuses")
LEAD_ONLY = ("tags", "attention", "blocked")


@pytest.mark.parametrize("name", ADMIN_ONLY + LEAD_ONLY)
def test_an_agent_is_kept_out_of_the_companys_settings(desk, name):
    assert desk.get(reverse(f"desk:{name}")).status_code == 403


@pytest.mark.parametrize("name", ADMIN_ONLY)
def test_a_lead_is_kept_out_of_what_admins_set_up(company, name):
    assert signed_in(company.lead).get(reverse(f"desk:{name}")).status_code == 403


@pytest.mark.parametrize("name", LEAD_ONLY)
def test_a_lead_cares_for_tags_blocks_and_deliveries(company, name):
    assert signed_in(company.lead).get(reverse(f"desk:{name}")).status_code == 200


@pytest.mark.parametrize("name", ADMIN_ONLY + LEAD_ONLY)
def test_an_admin_opens_every_settings_page(company, name):
    assert signed_in(company.admin).get(reverse(f"desk:{name}")).status_code == 200


@pytest.mark.parametrize("what", ["change", "reply", "merge", "link", "block", "forward"])
def test_a_light_agent_reads_but_changes_nothing(company, ticket, what):
    client = signed_in(company.light)
    assert client.get(reverse("desk:ticket", args=[ticket.number])).status_code == 200
    answer = client.post(reverse(f"desk:{what}", args=[ticket.number]), {"html": "x", "subject": "y"})
    assert answer.status_code == 403


def test_a_light_agent_may_write_a_note(company, ticket):
    answer = signed_in(company.light).post(reverse("desk:note", args=[ticket.number]), {"html": "<p>Seen.</p>"})
    assert answer.status_code == 200


def _ticket_addresses(number: str, message_id: int) -> list[tuple[str, str]]:
    about_tickets = [p for p in urls.urlpatterns if set(p.pattern.converters) & {"number", "message_id"}]
    urls_of_it = [address(pattern, number=number, message_id=message_id) for pattern in about_tickets]
    return [(method, url) for url in urls_of_it for method in ("get", "post")]


def test_row_6_an_agent_of_another_team_gets_404_for_every_address_of_a_hidden_ticket(company, ticket):
    message_id = ticket.last_message_id
    client = signed_in(company.limited)
    answers = {
        (method, url): getattr(client, method)(url, {"html": "<p>x</p>", "to": "a@b.example"}).status_code
        for method, url in _ticket_addresses(ticket.number, message_id)
    }
    # Rights that an agent lacks are refused before the ticket is looked for; that tells nothing of the ticket.
    refused = {url for (_m, url), status in answers.items() if status == 403}
    lacking = {address(p, number=ticket.number, message_id=message_id) for p in urls.urlpatterns
               if p.callback.desk_right not in rights_of("agent")}  # fmt: skip
    assert refused <= lacking
    assert set(answers.values()) <= {403, 404, 405}


def test_row_6_a_hidden_tickets_files_are_hidden_too(company, ticket, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    from hospes.core import files
    from hospes.tickets.operations import StoredFile

    key = files.store(b"\x89PNG\r\n\x1a\nsecret")
    received = people.receive(inbox=company.inbox, sender="other@x.example", message_id="f1@x")
    from hospes.tickets.operations.base import attach

    attach(received.message, [StoredFile("a.png", "image/png", 14, key)], now=people.NOON)
    token = received.message.attachments.get().token
    shown = signed_in(company.ivo).get(reverse("desk:attachment", args=[token]))
    assert shown.status_code == 200
    assert b"".join(shown.streaming_content).endswith(b"secret")
    for name in ("attachment", "thumbnail"):
        assert signed_in(company.limited).get(reverse(f"desk:{name}", args=[token])).status_code == 404


def test_a_hidden_ticket_is_in_no_list_no_count_and_no_search(company, ticket):
    client = signed_in(company.limited)
    assert ticket.number not in client.get(reverse("desk:view", args=["open"])).content.decode()
    assert client.get(reverse("desk:counts")).json()["counts"]["open"] == 0
    assert ticket.number not in client.get(reverse("desk:search"), {"q": "kettle"}).content.decode()
    assert client.get(reverse("desk:palette"), {"q": ticket.number}).json()["tickets"] == []
    rows = client.get(reverse("desk:rows", args=["open"]), {"ids": str(ticket.pk)})
    assert ticket.number not in rows.content.decode()
