"""Incidents at the desk: what is proposed, declared, told and looked back on, by whom."""

import json

import pytest

from hospes.core import clock
from hospes.core.models import EventRow
from hospes.incidents import operations, queries
from hospes.incidents.models import Burst, Incident, IncidentTicket, Suggestion, TicketSign
from hospes.testing.people import NOON, desk_actor, make_agent, make_team, receive
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message

pytestmark = pytest.mark.django_db
CANARY = "<img src=x onerror=alert(1)>"


@pytest.fixture
def lead():
    return make_agent("Lead", role="lead")


@pytest.fixture
def desk(client, lead):
    client.force_login(lead, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def behind(number, **more):
    return [receive(f"I cannot pay {n}", sender=f"c{n}@customer.example", **more).ticket for n in range(number)]


def declared(lead, **more):
    more.setdefault("title", "Payments fail")
    return operations.declare(actor=desk_actor(lead), now=NOON, **more)


def proposed(found):
    burst = Burst.objects.create(
        words={"pay": 6.0, "cannot": 3.0}, began_at=NOON, proposed_at=NOON, last_at=NOON, term="pay", window=120,
        seen=len(found), expected=0.2, p_value=3e-9,
    )  # fmt: skip
    for ticket in found:
        TicketSign.objects.update_or_create(
            ticket=ticket, defaults={"who_id": ticket.customer_id, "at": NOON, "terms": ["pay"], "burst": burst}
        )
    return burst


def test_a_proposal_shows_why_and_becomes_an_incident_with_its_tickets(desk):
    found = behind(6)
    burst = proposed(found)
    page = desk.get("/desk/incidents/").content.decode()
    assert "6 tickets in 2 min where 0.2 are usual" in page
    assert found[0].number in page
    form = desk.get(f"/desk/incidents/new/?burst={burst.pk}").content.decode()
    assert f'name="burst" value="{burst.pk}"' in form
    answer = desk.post(
        "/desk/incidents/new/",
        {"burst": burst.pk, "title": "Payments fail", "severity": "major", "title_lv": "Nemaksā"},
    )
    incident = Incident.objects.get()
    assert answer["Location"] == f"/desk/incidents/{incident.pk}/"
    assert incident.titles == {"lv": "Nemaksā"}
    assert IncidentTicket.objects.filter(incident=incident, way="burst").count() == 6
    burst.refresh_from_db()
    assert (burst.state, burst.incident) == ("declared", incident)
    assert not Message.objects.filter(kind="reply").exists(), "declaring alone tells nobody"
    again = desk.post("/desk/incidents/new/", {"burst": burst.pk, "title": "Twice", "severity": "major"})
    assert again.status_code == 422


def test_a_proposal_can_be_dismissed_or_added_to_what_goes_on(desk, lead):
    burst = proposed(behind(2))
    desk.post(f"/desk/incidents/bursts/{burst.pk}/")
    burst.refresh_from_db()
    assert burst.state == "dismissed"
    incident = declared(lead)
    other = Burst.objects.create(
        began_at=NOON, proposed_at=NOON, last_at=NOON, term="x", window=120, seen=5, expected=0.1, p_value=1e-9
    )
    TicketSign.objects.update(burst=other)
    desk.post(f"/desk/incidents/bursts/{other.pk}/", {"incident": incident.pk})
    assert IncidentTicket.objects.filter(incident=incident).count() == 2


def test_before_all_are_told_the_page_says_whom_it_reaches_and_loses_nothing(desk, lead):
    incident = declared(lead, public=True)
    found = [*behind(2, language="lv"), receive("x", sender="h@customer.example", language="hy").ticket]
    operations.link_tickets(incident=incident, tickets=found, actor=desk_actor(lead), now=NOON)
    typed = {"text_en": "We look into it.", "text_lv": "Mēs to pētām.", "public": "1", "state": "identified",
             "version": str(Incident.objects.get().version)}  # fmt: skip
    asked = desk.post(f"/desk/incidents/{incident.pk}/tell/", typed)
    page = asked.content.decode()
    assert "Tell 3 customers" in page
    assert "1 person reads a language that has no text" in page
    assert not incident.updates.exists()
    back = desk.post(f"/desk/incidents/{incident.pk}/tell/", {**typed, "back": "1"}).content.decode()
    assert "Mēs to pētām." in back
    sent = desk.post(f"/desk/incidents/{incident.pk}/tell/", {**typed, "sure": "1"})
    assert sent.status_code == 302
    update = incident.updates.get()
    assert (update.public, update.state, update.texts["lv"]) == (True, "identified", "Mēs to pētām.")
    operations.tell_waiting(now=clock.now())
    live = desk.get(f"/desk/incidents/{incident.pk}/live/").content.decode()
    assert "3 of 3 told" in live
    stale = desk.post(f"/desk/incidents/{incident.pk}/tell/", {**typed, "sure": "1"})
    assert stale.status_code == 409
    assert "Mēs to pētām." in stale.content.decode()
    assert incident.updates.count() == 1


def test_an_agent_links_and_notes_but_does_not_speak_to_all(client, lead):
    incident = declared(lead)
    [ticket] = behind(1)
    client.force_login(make_agent("Ivo"), backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post(f"/desk/incidents/{incident.pk}/tickets/", {"numbers": f"#{ticket.shown_number}, nonsense"})
    assert IncidentTicket.objects.get().way == "hand"
    assert client.post(f"/desk/incidents/{incident.pk}/tell/", {"text_en": "The bank knows"}).status_code == 302
    refused = client.post(f"/desk/incidents/{incident.pk}/tell/", {"text_en": "Hello", "public": "1", "sure": "1"})
    assert refused.status_code == 403
    assert client.get("/desk/incidents/new/").status_code == 403


def test_the_panel_says_that_a_ticket_looks_like_an_incident_and_links_it_in_one_click(client, lead):
    incident = declared(lead)
    operations.post_update(
        incident=incident, actor=desk_actor(lead), now=NOON, texts={"en": "We look into it."}, public=True
    )
    [ticket] = behind(1)
    Suggestion.objects.create(incident=incident, ticket=ticket, score=9.0, why=["pay", "@3"], at=NOON)
    client.force_login(make_agent("Ivo"), backend="allauth.account.auth_backends.AuthenticationBackend")
    panel = client.get(f"/desk/t/{ticket.number}/panels/").content.decode()
    assert "This looks like" in panel
    assert "“pay”" in panel
    assert "We look into it." in panel
    data = {"incident": incident.pk, "do": "accept"}
    answer = client.post(f"/desk/t/{ticket.number}/incident/", data, headers={"Hospes-Fragment": "1"})
    assert json.loads(answer.content) == {"message": "Linked."}
    place = IncidentTicket.objects.get()
    assert (place.way, place.why) == ("suggestion", ["pay", "@3"])
    assert "This looks like" not in client.get(f"/desk/t/{ticket.number}/panels/").content.decode()
    assert "linked it to the incident" in client.get(f"/desk/t/{ticket.number}/").content.decode()
    client.post(f"/desk/t/{ticket.number}/incident/", {"incident": incident.pk, "do": "unlink"})
    assert IncidentTicket.objects.get().unlinked_at is not None


def test_agents_of_other_teams_neither_see_nor_link_tickets_that_are_not_theirs(client, lead):
    ours, theirs = make_team("Ours"), make_team("Theirs")
    [ticket] = behind(1)
    tickets.change_ticket(ticket=ticket, actor=desk_actor(lead), now=NOON, team=ours)
    incident = declared(lead)
    operations.link_tickets(incident=incident, tickets=[ticket], actor=desk_actor(lead), now=NOON)
    limited = make_agent("Zoe", teams=(theirs,), only_own_teams=True)
    client.force_login(limited, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert ticket.number not in client.get(f"/desk/incidents/{incident.pk}/").content.decode()
    other = declared(lead, title="Other")
    data = {"incident": other.pk, "tickets": ticket.number}
    assert json.loads(client.post("/desk/incidents/link/", data).content)["done"] == []
    assert client.post(f"/desk/t/{ticket.number}/incident/", {"incident": other.pk, "do": "link"}).status_code == 404


def test_looking_back_tells_the_steps_and_keeps_what_was_learned(desk, lead):
    incident = declared(lead)
    operations.link_tickets(incident=incident, tickets=behind(2), actor=desk_actor(lead), now=NOON)
    operations.post_update(
        incident=incident, actor=desk_actor(lead), now=NOON, texts={"en": "All is well."}, public=True, state="resolved"
    )
    incident.refresh_from_db()
    typed = {"cause": "A certificate ran out", "action_what": ["Watch it", ""], "action_owner": ["Ivo", ""],
             "action_due": ["2026-06-01", ""], "action_done": ["0"], "version": str(incident.version)}  # fmt: skip
    assert desk.post(f"/desk/incidents/{incident.pk}/review/", typed).status_code == 302
    incident.refresh_from_db()
    assert incident.review["cause"] == "A certificate ran out"
    assert incident.review["actions"] == [{"what": "Watch it", "owner": "Ivo", "due": "2026-06-01", "done": True}]
    page = desk.get(f"/desk/incidents/{incident.pk}/review/").content.decode()
    assert "A certificate ran out" in page
    assert "Everybody was told" in page
    assert desk.post(f"/desk/incidents/{incident.pk}/review/", typed).status_code == 409, "written by two at once"
    looked = queries.review_of(incident)
    assert (looked.tickets, looked.customers) == (2, 2)
    assert looked.to_resolve is not None


def test_whatever_customers_and_colleagues_write_is_text(desk, lead):
    part = operations.save_component(name=f"P{CANARY}", actor=desk_actor(lead), now=NOON)
    incident = declared(lead, title=f"T{CANARY}", components=[part.pk], public=True)
    ticket = receive(f"pay {CANARY}", subject=f"S{CANARY}", name=f"N{CANARY}").ticket
    operations.link_tickets(incident=incident, tickets=[ticket], actor=desk_actor(lead), now=NOON)
    operations.post_update(incident=incident, actor=desk_actor(lead), now=NOON, texts={"en": f"U{CANARY}"}, public=True)
    burst = proposed([ticket])
    Burst.objects.filter(pk=burst.pk).update(words={CANARY: 5.0})
    Suggestion.objects.create(incident=incident, ticket=receive("y", sender="y@customer.example").ticket, score=1,
                              why=[CANARY], at=NOON)  # fmt: skip
    for address in (
        "/desk/incidents/", f"/desk/incidents/{incident.pk}/", f"/desk/incidents/{incident.pk}/review/",
        f"/desk/incidents/{incident.pk}/change/", f"/desk/incidents/new/?burst={burst.pk}", "/desk/settings/parts/",
        f"/desk/t/{ticket.number}/panels/", f"/desk/t/{ticket.number}/", "/desk/settings/audit/",
    ):  # fmt: skip
        assert CANARY not in desk.get(address).content.decode(), address


def test_parts_are_named_in_every_language_and_put_away(desk):
    data = {"name": "Payments", "state": "operational", "position": "1", "name_lv": "Maksājumi",
            "keywords_lv": "maksājums, karte", "keywords_en": "pay, card"}  # fmt: skip
    assert desk.post("/desk/settings/parts/new/", data).status_code == 302
    part = queries.components().get()
    assert (part.names, part.keywords) == ({"lv": "Maksājumi"}, {"en": ["pay", "card"], "lv": ["maksājums", "karte"]})
    assert desk.post("/desk/settings/parts/new/", data).status_code == 422, "one of a name"
    assert "maksājums" in desk.get(f"/desk/settings/parts/{part.pk}/").content.decode()
    desk.post(f"/desk/settings/parts/{part.pk}/", {"archive": "1"})
    assert not queries.components().exists()


def test_pages_ask_the_same_number_of_questions_for_one_ticket_and_for_forty(desk, lead, django_assert_max_num_queries):
    incident = declared(lead, public=True)
    operations.link_tickets(incident=incident, tickets=behind(40), actor=desk_actor(lead), now=NOON)
    for text in ("One", "Two", "Three"):
        operations.post_update(incident=incident, actor=desk_actor(lead), now=NOON, texts={"en": text}, public=True)
    with django_assert_max_num_queries(24):
        desk.get(f"/desk/incidents/{incident.pk}/")
    with django_assert_max_num_queries(13):
        desk.get(f"/desk/incidents/{incident.pk}/live/")
    with django_assert_max_num_queries(13):
        desk.get("/desk/incidents/")
    assert EventRow.objects.filter(name="TicketJoinedIncident").count() == 40
