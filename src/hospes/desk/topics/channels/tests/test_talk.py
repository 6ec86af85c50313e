"""A talk over several channels at the desk: the way chosen and named, templates, marks, who somebody may be."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from hospes.channels.models import OptOut, ReadyTemplate
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.core.models import EventRow
from hospes.customers import joining
from hospes.customers import operations as customers
from hospes.customers.models import Customer, IdentityClaim
from hospes.desk.tests.conftest import signed_in
from hospes.testing.people import desk_actor, receive, settle
from hospes.tickets import operations
from hospes.tickets.models import Inbox, Message, Ticket

PHONE = "+37120000001"


@pytest.fixture
def whatsapp(company):
    return Inbox.objects.create(
        name="Shop", kind="whatsapp", address="+37167000000", team=company.first, created_at=clock.now()
    )


def by_whatsapp(inbox, text="Is it ready?", *, now=None, sender=PHONE, **more):
    return receive(
        text, sender=sender, name="Anna Kalniņa", subject="", inbox=inbox, now=now or clock.now(), identity="phone",
        authenticated=True, thread_key=sender, message_id=f"wamid.{text}{now}", **more,
    )  # fmt: skip


def ways(client, ticket):
    return client.get(reverse("desk:ways", args=[ticket.number])).json()["ways"]


def reply(client, ticket, **data):
    return client.post(reverse("desk:reply", args=[ticket.number]), {"html": "<p>It <b>is</b></p>", **data})


def test_an_answer_goes_by_whatsapp_exactly_as_by_mail(desk, whatsapp):
    ticket = by_whatsapp(whatsapp).ticket
    [way] = ways(desk, ticket)
    assert (way["label"], way["address"], way["open"]) == ("WhatsApp", PHONE, True)
    assert way["why"] == "\u2068Anna\u2069 wrote by WhatsApp last"
    assert way["until_words"].startswith("Free answers until")
    answer = reply(desk, ticket, via=way["via"]).json()
    assert answer["undo"] == ""  # it cannot be taken back there
    sent = Message.objects.get(pk=answer["message"])
    assert (sent.channel, sent.to[0]["address"], sent.html, sent.text) == ("whatsapp", PHONE, "", "It is")


def test_the_agent_chooses_mail_for_somebody_who_wrote_by_whatsapp(desk, whatsapp, company):
    ticket = by_whatsapp(whatsapp).ticket
    customers.add_proven_point(customer=ticket.customer, kind="email", value="anna@c.example", now=clock.now())
    assert [w["kind"] for w in ways(desk, ticket)] == ["whatsapp", "email"]
    message = Message.objects.get(pk=reply(desk, ticket, via=company.inbox.pk).json()["message"])
    assert (message.channel, message.to[0]["address"], "<b>" in message.html) == ("email", "anna@c.example", True)


def test_a_closed_window_asks_for_a_template_and_sends_its_words(desk, whatsapp):
    ticket = by_whatsapp(whatsapp, now=clock.now() - timedelta(hours=30)).ticket
    ReadyTemplate.objects.create(
        inbox=whatsapp, name="order_update", language="en", body="Hello {{1}}, order {{2}} is ready.",
        updated_at=clock.now(),
    )  # fmt: skip
    [way] = ways(desk, ticket)
    assert (way["open"], way["usable"]) == (False, True)
    assert way["shut"] == "The time for free answers (24 hours) is over: send a template"
    assert reply(desk, ticket, via=way["via"]).status_code == 422
    [shown] = desk.get(reverse("desk:ready_templates", args=[ticket.number, whatsapp.pk])).json()["templates"]
    assert shown["gaps"] == 2
    wanted = {"name": "order_update", "language": "en", "values": ["Anna"]}
    assert reply(desk, ticket, via=way["via"], template=json.dumps(wanted)).status_code == 422
    wanted["values"] = ["Anna", "{{1}}\n4711"]
    sent = reply(desk, ticket, via=way["via"], template=json.dumps(wanted), html="").json()
    message = Message.objects.get(pk=sent["message"])
    assert message.text == "Hello Anna, order {{1}} 4711 is ready."
    assert message.extra["template"]["values"] == ["Anna", "{{1}} 4711"]


def test_who_asked_for_no_more_messages_gets_none(desk, whatsapp):
    ticket = by_whatsapp(whatsapp).ticket
    OptOut.objects.create(inbox=whatsapp, address=PHONE, at=clock.now())
    [way] = ways(desk, ticket)
    assert (way["usable"], way["shut"]) == (False, "Asked for no more messages here")
    assert reply(desk, ticket, via=way["via"]).status_code == 422


def test_limits_are_named_before_anything_is_sent(desk, whatsapp, company, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    ticket = by_whatsapp(whatsapp).ticket
    actor, now = desk_actor(company.ivo), clock.now()
    files = [
        operations.upload(name=f"{n}.exe", content_type="application/x-msdownload", content=b"x", actor=actor, now=now)
        for n in range(1)
    ]
    refused = reply(desk, ticket, via=whatsapp.pk, upload=[f.token for f in files])
    assert (refused.status_code, refused.json()["field"]) == (422, "uploads")
    many = reply(desk, ticket, via=whatsapp.pk, button=[f"b{n}" for n in range(11)])
    assert many.json()["field"] == "buttons"
    kept = reply(desk, ticket, via=whatsapp.pk, button=["Yes", "No", ""]).json()
    assert Message.objects.get(pk=kept["message"]).extra["buttons"] == ["Yes", "No"]


def test_the_talk_shows_channel_receipts_reactions_changed_and_withdrawn_words(desk, whatsapp, company):
    received = by_whatsapp(whatsapp)
    now = clock.now()
    sent = operations.reply(ticket=received.ticket, actor=desk_actor(company.ivo), now=now, text="Yes")
    operations.mark_delivery(message_id=sent.pk, state="sent", actor=SYSTEM, now=now)
    operations.note_receipt(message=sent, what="read", at=now, now=now)
    operations.note_reaction(message=sent, who=PHONE, emoji="👍", now=now, actor=SYSTEM)
    operations.note_edited(message=received.message, text="Is it ready now?", at=now, now=now)
    page = desk.get(reverse("desk:ticket", args=[received.ticket.number])).content.decode()
    assert "#check-check" in page
    assert "👍" in page
    assert "First words" in page
    assert "Is it ready?" in page
    assert 'title="WhatsApp"' in page
    operations.note_withdrawn(message=received.message, at=now, now=now)
    page = desk.get(reverse("desk:ticket", args=[received.ticket.number])).content.decode()
    assert "The customer took this back." in page


def claimed(ticket, owner_name="Anna K."):
    other = customers.create_customer(name=owner_name, email="anna@c.example", actor=SYSTEM, now=clock.now())
    claim = IdentityClaim.objects.create(
        customer=ticket.customer, kind="email", key="anna@c.example", value="anna@c.example", source="chat",
        created_at=clock.now(),
    )  # fmt: skip
    return other, claim


def panel(client, ticket):
    return client.get(reverse("desk:panels", args=[ticket.number])).content.decode()


def test_a_suggestion_is_shown_with_its_reason_and_decided_with_who_and_why(company, whatsapp):
    ticket = by_whatsapp(whatsapp).ticket
    other, claim = claimed(ticket)
    lead = signed_in(company.lead)
    shown = panel(lead, ticket)
    assert "May be the same as Anna K." in shown
    assert "named by them on Live chat, not proven" in shown
    answer = lead.post(reverse("desk:claim", args=[claim.pk]), {"decide": "accept", "why": "Called her back"})
    assert answer.status_code == 200
    assert Customer.objects.get(pk=ticket.customer_id).merged_into_id == other.pk
    row = EventRow.objects.get(name="ClaimDecided")
    assert (row.actor_name, row.data["why"], row.data["joined"]) == ("Mina", "Called her back", True)
    assert "May be the same" not in panel(lead, ticket)
    assert {w["kind"] for w in ways(lead, Ticket.objects.get(pk=ticket.pk))} == {"whatsapp", "email"}


def test_a_dismissed_suggestion_does_not_come_back_and_joins_nobody(company, whatsapp):
    ticket = by_whatsapp(whatsapp).ticket
    _other, claim = claimed(ticket)
    lead = signed_in(company.lead)
    lead.post(reverse("desk:claim", args=[claim.pk]), {"decide": "dismiss", "why": "Her mother"})
    joining._note(ticket.customer, joining.Claimed("email", "anna@c.example"), "chat", clock.now())
    assert "May be the same" not in panel(lead, ticket)
    assert [w["kind"] for w in ways(lead, ticket)] == ["whatsapp"]


def test_agents_see_a_suggestion_and_leads_decide(desk, company, whatsapp):
    ticket = by_whatsapp(whatsapp).ticket
    _other, claim = claimed(ticket)
    assert "A team lead can decide this." in panel(desk, ticket)
    assert desk.post(reverse("desk:claim", args=[claim.pk]), {"decide": "accept"}).status_code == 403


def test_a_preferred_channel_is_noted_by_an_agent_and_shown_with_its_reason(desk, whatsapp, ticket):
    customers.add_proven_point(customer=ticket.customer, kind="phone", value=PHONE, now=clock.now())
    address = reverse("desk:preferred_channel", args=[ticket.customer_id])
    assert desk.post(address, {"channel": "whatsapp"}).status_code == 200
    assert desk.post(address, {"channel": "pigeon"}).status_code == 422
    by_whatsapp(whatsapp)
    best = ways(desk, ticket)[0]
    assert (best["kind"], best["why"]) == ("whatsapp", "\u2068Anna\u2069 prefers WhatsApp")
    assert "A colleague noted it." in panel(desk, ticket)


def test_what_they_answer_by_is_learned_and_never_over_what_was_chosen(desk, company, whatsapp, ticket):
    customers.add_proven_point(customer=ticket.customer, kind="phone", value=PHONE, now=clock.now())
    actor = desk_actor(company.ivo)
    receive("By mail", subject=f"Re: [#{ticket.shown_number}]", now=clock.now())
    for n in range(4):
        operations.reply(ticket=ticket, actor=actor, now=clock.now(), text=f"Question {n}")
        by_whatsapp(whatsapp, f"Answer {n}")
        settle()
    person = Customer.objects.get(pk=ticket.customer_id)
    assert (person.preferred_channel, person.preferred_by) == ("whatsapp", "learned")
    desk.post(reverse("desk:preferred_channel", args=[person.pk]), {"channel": "email"})
    by_whatsapp(whatsapp, "Once more")
    settle()
    person.refresh_from_db()
    assert (person.preferred_channel, person.preferred_by) == ("email", "agent")
