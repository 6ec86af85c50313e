"""The status page: open to all, in the reader's language, without secrets or scripts; followed by mail and feed."""

import json
import re
from xml.etree import ElementTree

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.core.models import EventRow
from hospes.incidents import operations
from hospes.incidents.models import Subscriber
from hospes.testing.people import desk_actor, make_agent, make_inbox, receive

pytestmark = pytest.mark.django_db
CANARY = "<script>alert(1)</script>\"'&amp;"


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


@pytest.fixture
def lead():
    return desk_actor(make_agent("Lead", role="lead"))


def outage(lead, *, title="Payments fail", public=True, text="We look into it.", **more):
    now = clock.now()
    part = operations.save_component(name="Payments", names={"lv": "Maksājumi"}, actor=lead, now=now)
    incident = operations.declare(title=title, components=[part.pk], public=public, actor=lead, now=now, **more)
    operations.post_update(
        incident=incident, texts={"en": text, "lv": "Mēs to pētām."}, public=True, actor=lead, now=now
    )
    operations.post_update(incident=incident, texts={"en": "The bank is to blame"}, actor=lead, now=now)
    return incident


def test_what_goes_on_is_shown_with_its_public_words_and_no_others(client, lead):
    assert "Everything works" in client.get("/portal/status/").content.decode()
    cache.clear()
    secret = receive("I cannot pay", name="Anna Kalniņa").ticket
    incident = outage(lead)
    operations.link_tickets(incident=incident, tickets=[secret], actor=lead, now=clock.now())
    answer = client.get("/portal/status/")
    page = answer.content.decode()
    assert "Payments fail" in page
    assert "We look into it." in page
    assert "Some things do not work" in page
    assert "The bank is to blame" not in page
    assert not any(word in page for word in ("Anna", "Lead", secret.shown_number))
    assert answer["Cache-Control"] == "public, max-age=10"


def test_it_is_read_in_the_readers_language(client, lead):
    outage(lead, titles={"lv": "Maksājumi neizdodas"})
    page = client.get("/portal/status/?lang=lv").content.decode()
    assert "Maksājumi neizdodas" in page
    assert "Mēs to pētām." in page
    turkish = client.get("/portal/status/?lang=tr").content.decode()
    assert "We look into it." in turkish


def test_an_incident_that_is_not_public_is_nowhere(client, lead):
    incident = outage(lead, public=False)
    for address in ("", "history/", "feed.rss", "feed.atom", "status.json"):
        assert "Payments fail" not in client.get(f"/portal/status/{address}").content.decode()
    assert client.get(f"/portal/status/{incident.pk}/").status_code == 404


def test_whatever_is_written_is_text_everywhere(client, lead):
    incident = outage(lead, title=f"T{CANARY}", text=f"U{CANARY}\x0b")
    for address in ("", "history/", f"{incident.pk}/", "feed.rss", "feed.atom"):
        assert "<script>alert" not in client.get(f"/portal/status/{address}").content.decode(), address


def test_the_feeds_are_valid_and_tell_every_public_word(client, lead):
    incident = outage(lead)
    rss = ElementTree.fromstring(client.get("/portal/status/feed.rss").content)
    assert rss.tag == "rss"
    [item] = rss.findall("channel/item")
    assert item.findtext("title") == "Payments fail: Investigating"
    assert item.findtext("description") == "We look into it."
    assert item.findtext("guid").endswith(f"/portal/status/{incident.pk}/#u{incident.updates.get(public=True).pk}")
    atom = ElementTree.fromstring(client.get("/portal/status/feed.atom").content)
    names = {"a": "http://www.w3.org/2005/Atom"}
    assert [e.findtext("a:title", namespaces=names) for e in atom.findall("a:entry", names)] == [
        "Payments fail: Investigating"
    ]
    assert all(atom.find(f"a:{name}", names) is not None for name in ("id", "title", "updated"))


def test_programs_read_it_as_json_from_any_site(client, lead):
    outage(lead)
    answer = client.get("/portal/status/status.json")
    said = json.loads(answer.content)
    assert said["state"] == "partial"
    assert said["components"][0]["state"] == "partial"
    assert [u["text"] for u in said["incidents"][0]["updates"]] == ["We look into it."]
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_it_is_asked_of_the_database_once_in_ten_seconds(client, lead, django_assert_num_queries):
    outage(lead)
    client.get("/portal/status/")
    with django_assert_num_queries(1):  # the company's name alone
        client.get("/portal/status/")


def link_in(message):
    return re.search(r"https?://[^/]+(/portal/status/(?:confirm|unsubscribe)/\S+)", message.body).group(1)


def subscribed(client, email="anna@customer.example"):
    client.post("/portal/status/subscribe/", {"email": email})
    link = link_in(mail.outbox[-1])
    assert client.get(link).status_code == 200
    assert Subscriber.objects.get(email=email).confirmed_at is None, "opening a link is no consent"
    assert client.post(link).status_code == 200
    return link


def test_nothing_is_sent_before_the_owner_of_the_address_agreed(client, lead):
    client.post("/portal/status/subscribe/", {"email": "anna@customer.example"})
    assert len(mail.outbox) == 1
    outage(lead)
    operations.tell_waiting(now=clock.now())
    assert len(mail.outbox) == 1


def test_a_follower_gets_each_public_word_once_and_leaves_by_one_click(client, lead):
    link = subscribed(client)
    assert client.post(link).status_code == 404, "a link is good once"
    incident = outage(lead)
    operations.tell_waiting(now=clock.now())
    operations.tell_waiting(now=clock.now())
    assert len(mail.outbox) == 2
    sent = mail.outbox[-1]
    assert sent.subject == "[Investigating] Payments fail"
    assert "We look into it." in sent.body
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = re.search(r"(/portal/status/unsubscribe/[^>]+)>", sent.extra_headers["List-Unsubscribe"]).group(1)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Subscriber.objects.exists()
    operations.post_update(incident=incident, texts={"en": "Fixed."}, public=True, actor=lead, now=clock.now())
    operations.tell_waiting(now=clock.now())
    assert len(mail.outbox) == 2


def test_links_that_we_did_not_make_do_nothing(client, lead):
    subscribed(client)
    pk = Subscriber.objects.get().pk
    for token in ("x", f"{pk}.", f"{pk}.0000", "9999999999999999999999.aa", "%00", "²3.a"):
        assert client.post(f"/portal/status/unsubscribe/{token}/").status_code in {404, 200}
        assert client.post(f"/portal/status/confirm/{token}/").status_code == 404
    assert Subscriber.objects.filter(pk=pk).exists()
    assert client.post(f"/portal/status/unsubscribe/{pk}.{'0' * 32}/").status_code == 404


def test_of_tokens_only_the_hash_is_kept(client):
    client.post("/portal/status/subscribe/", {"email": "anna@customer.example"})
    token = link_in(mail.outbox[-1]).rstrip("/").rpartition("/")[2]
    kept = Subscriber.objects.get()
    assert token not in str(list(Subscriber.objects.values())) + str(list(EventRow.objects.values("data")))
    assert kept.token_hash


def test_an_address_is_asked_at_most_three_times_a_day_and_a_visitor_counts(client):
    answers = [
        client.post("/portal/status/subscribe/", {"email": "anna@customer.example"}).status_code for _ in range(12)
    ]
    assert len(mail.outbox) == 3
    assert answers == [302] * 10 + [429] * 2


def test_our_own_inbox_is_never_written_to(client):
    inbox = make_inbox()
    client.post("/portal/status/subscribe/", {"email": inbox.address})
    assert mail.outbox == []
    assert client.post("/portal/status/subscribe/", {"email": "no address"}).status_code == 422


def test_followers_of_one_part_hear_of_that_part_alone(client, lead):
    other = operations.save_component(name="App", actor=SYSTEM, now=clock.now())
    client.post("/portal/status/subscribe/", {"email": "anna@customer.example", "components": [other.pk]})
    client.post(link_in(mail.outbox[-1]))
    outage(lead)
    operations.tell_waiting(now=clock.now())
    assert len(mail.outbox) == 1
