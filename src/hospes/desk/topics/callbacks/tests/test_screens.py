"""The list of call-backs, the part beside the talk, phone settings, and the portal's form."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from hospes.calls.menus import checked_menu, choose
from hospes.calls.models import Callback, PhoneSetup
from hospes.calls.operations.callbacks import request_callback
from hospes.channels import operations
from hospes.channels.voice.words import PLAYED, phrase, unvoiced
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.core.errors import InvalidInput
from hospes.core.models import EventRow
from hospes.customers.models import Customer
from hospes.desk.shapes.changes import Names
from hospes.desk.topics.callbacks import TOPIC, typed
from hospes.portal import guard
from hospes.staff.models import Agent
from hospes.testing.people import NOON, make_agent, make_team, receive
from hospes.tickets.models import Inbox, Ticket

ANNA = "+37120000001"


@pytest.fixture
def inbox(db):
    """A number."""
    return Inbox.objects.create(name="Phone", kind="voice", address="+37167000000", created_at=NOON)


@pytest.fixture
def desk(inbox):
    """An admin at the desk with a phone."""
    admin = make_agent("Ada", role="admin")
    Agent.objects.filter(pk=admin.pk).update(phone="+37129000009")
    client = Client()
    client.force_login(admin)
    return client


def promise(ticket, number=ANNA, **more):
    """A call-back that an agent promised."""
    return request_callback(
        number=number, source="agent", actor=SYSTEM, now=clock.now(), customer=ticket.customer, ticket=ticket, **more
    )


def test_the_list_shows_who_waits_and_costs_the_same_for_many(desk):
    ticket = receive().ticket
    counts = []
    for number in range(5):
        promise(ticket, f"+3712000000{number}")
        with CaptureQueriesContext(connection) as asked:
            page = desk.get(reverse("desk:callbacks"))
        counts.append(len(asked))
        assert page.status_code == 200
    assert len(set(counts[1:])) == 1
    assert "+371 20 000 004" in page.content.decode()
    assert "Kettle leaks" in page.content.decode()


def test_a_late_one_says_so(desk):
    callback = promise(receive().ticket)
    Callback.objects.filter(pk=callback.pk).update(promised_at=clock.now() - timedelta(minutes=30))
    assert "late by" in desk.get(reverse("desk:callbacks")).content.decode()


def test_it_is_promised_moved_and_cancelled_beside_the_talk(desk):
    ticket = receive().ticket
    page = reverse("desk:ticket_callback", args=[ticket.number])
    desk.post(page, {"number": "20 000 001", "do": "later", "when": ""})
    callback = Callback.objects.get()
    assert (callback.number, callback.source) == (ANNA, "agent")
    desk.post(reverse("desk:callback", args=[callback.pk]), {"do": "cancel"})
    callback.refresh_from_db()
    assert callback.state == "cancelled"
    desk.post(page, {"number": "20 000 001", "do": "later", "when": "not a time"})
    assert Callback.objects.count() == 1


def test_the_part_beside_the_talk_costs_three_queries(desk, rf):
    ticket = receive().ticket
    promise(ticket)
    request = rf.get("/")
    from hospes.testing.people import desk_actor

    request.user = Agent.objects.get(name="Ada")
    request.actor = desk_actor(request.user)
    ticket = Ticket.objects.select_related("inbox").get(pk=ticket.pk)
    with CaptureQueriesContext(connection) as asked:
        assert TOPIC.panel.context(request, ticket)["may"]
    assert len(asked) <= 3


def test_phone_settings_are_typed_and_come_back_as_typed(desk, inbox):
    make_team("Service")
    menu = "1 Orders | lv Pasūtījumi = team Service\n2 Repairs\n2.1 Kettles = Ada\n3 A message = voicemail"
    values = {
        "menu": menu, "extensions": "21 = Ada", "closed": "voicemail", "ring_seconds": 25, "voicemail_seconds": 90,
        "callback_minutes": 45, "countries": "LV, EE", "greeting": "Good day.", "record": "on",
        "detect_machines": "on",
    }  # fmt: skip
    where = reverse("desk:phone", args=[inbox.pk])
    assert desk.post(where, values).status_code == 302
    setup = PhoneSetup.objects.get()
    assert (setup.countries, setup.record, setup.ring_seconds) == (["EE", "LV"], True, 25)
    assert setup.detect_machines
    assert setup.menu["2"]["keys"]["1"]["agent"] == Agent.objects.get(name="Ada").pk
    assert menu in desk.get(where).content.decode().replace("&#x27;", "'")
    assert EventRow.objects.filter(name="PhoneSetUp").exists()


@pytest.mark.parametrize(
    "menu",
    [
        "1 Orders = team Nowhere",
        "0 Person = team Service",
        "2.1 Kettles = Ada",
        "x",
        "1 A\n1.1 B\n1.1 C = voicemail\n2 D",
    ],
)
def test_a_menu_that_leads_nowhere_is_refused(desk, inbox, menu):
    make_team("Service")
    values = {"menu": menu, "closed": "voicemail", "ring_seconds": 25, "voicemail_seconds": 90, "callback_minutes": 45}
    page = desk.post(reverse("desk:phone", args=[inbox.pk]), values)
    assert page.status_code == 422
    assert not PhoneSetup.objects.exists()


def test_a_sound_is_taken_and_played_and_other_files_are_not(desk, inbox, tmp_path):
    where = reverse("desk:phone_sounds", args=[inbox.pk])
    good, bad = tmp_path / "a.mp3", tmp_path / "a.html"
    good.write_bytes(b"ID3" + b"\0" * 50)
    bad.write_bytes(b"<script>alert(1)</script>")
    with bad.open("rb") as file:
        desk.post(where, {"language": "hy", "line": "greeting", "sound": file})
    assert not PhoneSetup.objects.exists()
    with good.open("rb") as file:
        desk.post(where, {"language": "hy", "line": "greeting", "sound": file})
    token = PhoneSetup.objects.get().audio["hy"]["greeting"]
    played = Client().get(f"/channels/voice/{inbox.pk}/sound/{token}/")
    assert played.status_code == 200
    assert played["Content-Type"] == "audio/mpeg"
    assert Client().get(f"/channels/voice/{inbox.pk}/sound/{'0' * 64}/").status_code == 404


def form(**more):
    """What a visitor fills in."""
    token = guard.new_token(now=clock.now() - timedelta(seconds=20))
    return {"name": "Bek", "number": "20 000 002", "when": "", "about": "My kettle", "token": token, **more}


def test_a_visitor_asks_for_a_call_and_calls_it_off(inbox):
    page = Client().get("/portal/call-back/")
    assert page.status_code == 200
    client = Client()
    sent = client.post("/portal/call-back/", form())
    assert sent.status_code == 302, sent.content.decode()[:3000]
    callback = Callback.objects.select_related("ticket", "customer").get()
    assert (callback.number, callback.source, callback.customer.name) == ("+37120000002", "portal", "Bek")
    shown = client.get(sent["Location"])
    assert "+371 20 000 002" in shown.content.decode()
    client.post(sent["Location"])
    callback.refresh_from_db()
    assert callback.state == "cancelled"


def test_somebodys_number_does_not_make_a_stranger_them(inbox):
    known = receive().ticket.customer
    known.contact_points.create(kind="phone", value=ANNA, key=ANNA, created_at=NOON)
    Client().post("/portal/call-back/", form(number=ANNA))
    assert Callback.objects.get().customer_id != known.pk
    assert Customer.objects.filter(name="Bek").count() == 1


@pytest.mark.parametrize("number", ["+1 900 555 0123", "+44 20 7946 0018", "12", "+371 90 000 000"])
def test_row_toll_fraud_dear_and_foreign_numbers_are_refused_at_the_field(inbox, number):
    page = Client().post("/portal/call-back/", form(number=number))
    assert page.status_code == 422
    assert not Callback.objects.exists()
    assert not Ticket.objects.exists()


def test_many_from_one_place_are_slowed_down(inbox):
    statuses = [Client().post("/portal/call-back/", form(number=f"2000001{n}")).status_code for n in range(6)]
    assert statuses == [302] * 4 + [429] * 2


def test_row_2_a_hostile_name_is_shown_as_words(desk, inbox):
    Client().post("/portal/call-back/", form(name="<script>alert(1)</script>"))
    assert "<script>alert(1)" not in desk.get(reverse("desk:callbacks")).content.decode()


@pytest.mark.parametrize("name", sorted({**TOPIC.timeline, **TOPIC.audit}))
def test_every_event_reads_as_a_sentence(name):
    data = {"number": ANNA, "wanted_from": "2026-05-04T12:00:00+00:00", "why": "customer", "label": "Phone"}
    line = TOPIC.timeline[name](data, Names()) if name in TOPIC.timeline else TOPIC.audit[name](data)
    assert line
    assert "%(" not in line


KEYS = st.sampled_from("123456789")
ENTRIES = st.recursive(
    st.fixed_dictionaries({"label": st.just({"en": "x"}), "do": st.sampled_from(["voicemail", "callback"])}),
    lambda inner: st.fixed_dictionaries(
        {"label": st.just({"en": "x"}), "do": st.just("menu"), "keys": st.dictionaries(KEYS, inner, max_size=4)}
    ),
    max_leaves=6,
)


@given(
    menu=st.dictionaries(KEYS, ENTRIES, max_size=5),
    pressed=st.lists(st.text("0123456789#*", max_size=6) | st.just(""), max_size=6),
)
def test_whatever_is_pressed_the_menu_ends_within_four_steps(menu, pressed):
    try:
        menu = checked_menu(menu, teams=frozenset(), agents=frozenset())
    except InvalidInput:
        return
    path, tries = (), 0
    assert choose(menu, [], path=(), digits="0", tries=0).to == "person"
    steps = 0
    for digits in [*pressed, "", ""]:
        steps += 1
        chosen = choose(menu, [], path=path, digits=digits, tries=tries)
        path, tries = chosen.path, chosen.tries
        assert len(path) <= 2
        if chosen.to not in {"menu", "again"}:
            break
    assert chosen.to in {"person", "voicemail", "callback"}
    assert steps <= 5


def test_extensions_come_back_as_typed():
    rows = typed.extensions_typed("21 = Ivo\n300 = team Service", teams={"service": 4}, agents={"ivo": 7})
    assert typed.extensions_text(rows, teams={4: "Service"}, agents={7: "Ivo"}) == "21 = Ivo\n300 = team Service"


FRAME = b"\xff\xfb\x90\x64" + b"\0" * 60
WAVE = b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 28


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"ID3\x04" + b"\0" * 60, "audio/mpeg"),
        (FRAME, "audio/mpeg"),
        (WAVE, "audio/wav"),
        (b"RIFF\x24\0\0\0AVI LIST", ""),
        (b"RIFF\x24\0\0\0WEBPVP8 ", ""),
        (b"\xff\xd8\xff\xe0 a picture", ""),
        (b"\xff\xfb\xf0\x64 no such bit rate", ""),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_a_sound_is_known_by_its_content(desk, inbox, content, kind):
    where = reverse("desk:phone_sounds", args=[inbox.pk])
    file = SimpleUploadedFile("a.mp3", content, "audio/mpeg")
    desk.post(where, {"language": "fa", "line": "offer", "sound": file})
    if not kind:
        assert not PhoneSetup.objects.exists()
        return
    token = PhoneSetup.objects.get().audio["fa"]["offer"]
    played = Client().get(f"/channels/voice/{inbox.pk}/sound/{token}/")
    assert (played.content, played["Content-Type"]) == (content, kind)


def test_a_sound_that_is_too_large_is_refused(desk, inbox):
    file = SimpleUploadedFile("a.mp3", FRAME + b"\0" * 5 * 1024 * 1024, "audio/mpeg")
    where = reverse("desk:phone_sounds", args=[inbox.pk])
    desk.post(where, {"language": "fa", "line": "offer", "sound": file})
    assert not PhoneSetup.objects.exists()


def test_the_settings_say_which_phrases_of_a_language_callers_hear_in_english(desk, inbox):
    PhoneSetup.objects.create(inbox=inbox, audio={"fa": dict.fromkeys(PLAYED, "ab" * 32), "uz": {"wait": "ab" * 32}})
    page = desk.get(reverse("desk:phone", args=[inbox.pk])).content.decode()
    shown = dict(re.findall(r'id="voice-(\w+)".*?(\d+) / \d+</span>', page, re.S))
    assert shown == {"fa": str(len(PLAYED) - 1), "hy": "0", "uz": "1"}
    assert f'<span class="what" lang="uz" dir="auto">{escape(phrase("goodbye", "uz"))}</span>' in page
    assert f'<span class="what" lang="fa" dir="auto">{escape(phrase("goodbye", "fa"))}</span>' not in page
    operations.save_credential(
        inbox=inbox, values={"account_sid": "AC1", "auth_token": "t", "voices": "uz=uz-UZ"}, actor=SYSTEM, now=NOON
    )
    assert 'id="voice-uz"' not in desk.get(reverse("desk:phone", args=[inbox.pk])).content.decode()
    assert set(unvoiced("hy", {}, {})) == set(PLAYED) - {"music"}
