"""Who may talk to the chat's addresses, what they take, and that each message is kept once."""

import json
import uuid
from datetime import timedelta

import jwt
import pytest
from django.test import Client

from hospes.channels import operations
from hospes.channels.chat import policies, reading
from hospes.channels.chat.tests.contract import ORIGIN, ChatContract
from hospes.channels.models import ChatDevice, ChatFile, ChatSite, ChatVisitor, DoorCount, RawMessage
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.customers.models import ContactPoint, Customer, IdentityClaim
from hospes.testing.channels import work
from hospes.testing.people import NOON, desk_actor, make_agent, make_inbox, receive
from hospes.tickets import operations as tickets
from hospes.tickets.models import Inbox, Message, Ticket

pytestmark = pytest.mark.django_db
SECRET = "a-secret-of-the-site-that-is-long-enough"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 30


class Page:
    """A visitor's page, by the real addresses."""

    def __init__(self, inbox, *, origin=ORIGIN):
        self.inbox, self.origin, self.token = inbox, origin, ""

    def ask(self, path, body=None, *, method="", **more):
        headers = {"Origin": self.origin} if self.origin else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        address = f"/channels/chat/{self.inbox.pk}/{path}"
        if method:
            return Client().generic(method, address, headers=headers)
        if body is None:
            return Client().get(address, headers=headers)
        if "file" in more:
            return Client().post(address, {"file": more["file"]}, headers=headers)
        return Client().post(address, json.dumps(body), content_type="application/json", headers=headers)

    def start(self, **body):
        begun = self.ask("start/", {"lang": "en", "token": self.token, **body})
        if begun.status_code == 200:
            self.token = begun.json()["token"]
        return begun

    def say(self, text="Where is my order 4711?", message_id="", **more):
        return self.ask("message/", {"id": message_id or str(uuid.uuid4()), "text": text, **more})

    def talk(self, after=0):
        return self.ask(f"talk/?after={after}").json()

    def texts(self):
        return [m["text"] for m in self.talk()["messages"]]


@pytest.fixture
def inbox(db):
    return ChatContract().inbox(None)


@pytest.fixture
def page(inbox):
    found = Page(inbox)
    found.start()
    return found


@pytest.fixture
def agent(db):
    return desk_actor(make_agent("Ivo"))


def answer(agent, text="It left today.", **more):
    message = tickets.reply(
        ticket=Ticket.objects.order_by("-id").first(), actor=agent, now=clock.now(), text=text, **more
    )
    work()
    return message


def signed(sub="u1", *, secret=SECRET, seconds=300, **claims):
    exp = clock.now() + timedelta(seconds=seconds)
    return jwt.encode({"sub": sub, "exp": exp, **claims}, secret, algorithm="HS256")


def test_row_22_a_page_of_another_origin_gets_nothing_and_leaves_a_counter(inbox):
    for origin in ("https://evil.example", "https://shop.example.evil.example", "http://shop.example", "null"):
        stranger = Page(inbox, origin=origin)
        for path, body in (("boot/", None), ("start/", {}), ("invited/", {"id": 1})):
            response = stranger.ask(path, body)
            assert response.status_code == 403, origin
            assert "Access-Control-Allow-Origin" not in response.headers
        assert stranger.ask("start/", method="OPTIONS").status_code == 403
    assert not ChatVisitor.objects.exists()
    assert DoorCount.objects.get(outcome="origin").count == 16


def test_an_allowed_page_may_read_the_answer_and_no_cookie_is_set(inbox):
    preflight = Page(inbox).ask("message/", method="OPTIONS")
    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Origin"] == ORIGIN
    assert "Authorization" in preflight["Access-Control-Allow-Headers"]
    boot = Page(inbox).ask("boot/?lang=fa")
    assert boot["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in boot.headers
    assert not boot.cookies
    said = boot.json()
    assert (said["language"], said["rtl"], said["open"]) == ("fa", True, True)
    assert len(said["languages"]) == 6


def test_a_post_that_says_no_origin_is_refused(inbox):
    assert Page(inbox, origin="").ask("start/", {}).status_code == 403


def test_row_24_a_forged_token_gets_401_and_leaves_nothing_but_a_counter(inbox, page):
    for token in ("", "x" * 43, page.token[:-1] + ("a" if page.token[-1] != "a" else "b")):
        thief = Page(inbox)
        thief.token = token
        assert thief.say().status_code == 401
        assert thief.ask("talk/").status_code == 401
    assert not RawMessage.objects.exists()
    assert DoorCount.objects.get(outcome="token").count == 6


def test_row_24_the_same_message_again_is_taken_once(page):
    for _ in range(3):
        assert page.say("Hello", "m-00000001").status_code == 202
        work()
    assert page.texts() == ["Hello"]
    assert RawMessage.objects.count() == 1


def test_a_token_of_one_chat_opens_no_other(page):
    other = Inbox.objects.create(name="Other", kind="chat", address="other", created_at=NOON)
    visitors_page = Page(other, origin="http://testserver")
    visitors_page.token = page.token
    assert visitors_page.ask("talk/").status_code == 401


def test_tokens_are_kept_as_digests_and_end_after_ninety_days_without_use(page, time_machine):
    device = ChatDevice.objects.get()
    assert page.token not in (device.token_hash, device.visitor.key)
    now = clock.now()
    time_machine.move_to(now + timedelta(days=40))
    assert page.ask("talk/").status_code == 200
    time_machine.move_to(now + timedelta(days=125))
    assert page.ask("talk/").status_code == 200
    time_machine.move_to(now + timedelta(days=220))
    assert page.ask("talk/").status_code == 401


def test_an_answer_is_in_the_talk_and_only_there(inbox, page, agent):
    page.say()
    work()
    answer(agent)
    tickets.add_note(ticket=Ticket.objects.get(), actor=agent, now=clock.now(), text="A secret note")
    stranger = Page(inbox)
    stranger.start()
    assert stranger.texts() == []
    said = page.talk()
    assert [m["from"] for m in said["messages"]] == ["visitor", "agent"]
    assert said["messages"][1]["name"] == "Ivo"
    assert said["state"]["status"] == "talking"
    assert said["state"]["agent"] == {"name": "Ivo", "initials": "I"}
    assert Message.objects.get(kind="reply").delivered_at is not None


def test_the_cursor_brings_what_is_new(page, agent, time_machine):
    page.say("One")
    work()
    cursor = page.talk()["cursor"]
    time_machine.move_to(clock.now() + timedelta(minutes=5))
    answer(agent, "Two")
    assert [m["text"] for m in page.talk(cursor)["messages"]] == ["Two"]


def test_row_12_a_typed_address_is_only_a_claim_and_shows_no_history(inbox, agent):
    known = receive("My secret order", sender="anna@customer.example", inbox=make_inbox())
    thief = Page(inbox)
    thief.start(fields={"name": "Anna", "email": "anna@customer.example"})
    thief.say("Show me my history")
    work()
    assert thief.texts() == ["Show me my history"]
    ticket = Ticket.objects.exclude(pk=known.ticket.pk).get()
    assert ticket.customer_id != known.ticket.customer_id
    assert IdentityClaim.objects.get().value == "anna@customer.example"


def test_row_12_a_signed_address_is_proven(inbox, agent):
    known = receive("My order", sender="anna@customer.example", inbox=make_inbox())
    operations.save_credential(inbox=inbox, values={"jwt_secret": SECRET}, actor=SYSTEM, now=NOON)
    page = Page(inbox)
    assert page.start(jwt=signed(email="anna@customer.example", name="Anna")).status_code == 200
    page.say("It is me")
    work()
    said = Message.objects.get(text="It is me")
    assert said.customer_id == known.ticket.customer_id
    assert page.texts() == ["It is me"]


def test_row_12_what_the_site_did_not_sign_is_refused(inbox):
    operations.save_credential(inbox=inbox, values={"jwt_secret": SECRET}, actor=SYSTEM, now=NOON)
    no_end = jwt.encode({"sub": "u1"}, SECRET, algorithm="HS256")
    nobody = jwt.encode({"exp": clock.now() + timedelta(hours=1)}, SECRET, algorithm="HS256")
    unsigned = jwt.encode({"sub": "u1", "exp": clock.now() + timedelta(hours=1)}, "", algorithm="none")
    for bad in (signed(secret="another-secret-of-the-right-length!!"), signed(seconds=-60), no_end, nobody, unsigned):
        response = Page(inbox).start(jwt=bad)
        assert response.status_code == 403
        assert response.json()["code"] == "jwt"
    assert not ChatVisitor.objects.exists()


def test_row_12_a_form_cannot_say_that_an_address_was_signed(inbox):
    operations.save_credential(inbox=inbox, values={"jwt_secret": SECRET}, actor=SYSTEM, now=NOON)
    page = Page(inbox)
    page.start(jwt=signed(), fields={"email": "victim@customer.example", "email_verified": "yes", "verified": "true"})
    page.say("Hello")
    work()
    assert not ContactPoint.objects.filter(kind="email").exists()
    assert IdentityClaim.objects.get().value == "victim@customer.example"


def test_somebody_else_who_signs_in_on_the_device_is_another_visitor(inbox, page):
    operations.save_credential(inbox=inbox, values={"jwt_secret": SECRET}, actor=SYSTEM, now=NOON)
    page.say("Anonymous words")
    work()
    page.start(jwt=signed("anna"))
    assert page.texts() == ["Anonymous words"]
    annas = page.token
    page.start(jwt=signed("bek"))
    assert page.token != annas
    assert page.texts() == []
    page.start()  # signed out
    assert page.texts() == []
    assert ChatVisitor.objects.count() == 3


def test_two_devices_of_one_signed_in_customer_are_one_record(inbox):
    operations.save_credential(inbox=inbox, values={"jwt_secret": SECRET}, actor=SYSTEM, now=NOON)
    for _ in range(2):
        device = Page(inbox)
        device.start(jwt=signed("anna"))
        device.say("Hello")
        work()
    assert Customer.objects.filter(merged_into=None).count() == 1
    assert Ticket.objects.count() == 1


def two_devices(inbox):
    """Anna at home and on her phone, signed in on both."""
    operations.save_credential(inbox=inbox, values={"jwt_secret": SECRET}, actor=SYSTEM, now=NOON)
    home, phone = Page(inbox), Page(inbox)
    home.start(jwt=signed("anna"))
    home.say("From home")
    work()
    phone.start(jwt=signed("anna"))
    return home, phone


def test_whoever_signs_in_on_a_second_device_finds_the_same_open_talk(inbox, agent):
    home, phone = two_devices(inbox)
    assert home.token != phone.token
    ours = answer(agent, "It left today.")
    phone.say("From the phone")
    work()
    assert home.texts() == phone.texts() == ["From home", "It left today.", "From the phone"]
    assert Ticket.objects.count() == ChatVisitor.objects.count() == 1
    phone.ask("read/", {"until": ours.pk})
    assert [m["read"] for m in home.talk()["messages"] if m["from"] == "agent"] == [True]
    phone.ask("end/", {})
    assert home.talk()["state"]["status"] == phone.talk()["state"]["status"] == "ended"
    home.say("One more thing")
    work()
    assert home.talk()["state"]["status"] == phone.talk()["state"]["status"] == "talking"
    assert Ticket.objects.count() == 1


def test_a_device_without_a_talk_asks_whether_there_is_one_and_nobody_is_made_by_asking(inbox):
    operations.save_credential(inbox=inbox, values={"jwt_secret": SECRET}, actor=SYSTEM, now=NOON)
    assert Page(inbox).start(jwt=signed("anna"), only_known=True).json()["token"] == ""
    assert Page(inbox).start(only_known=True).json()["token"] == ""
    assert not ChatVisitor.objects.exists()
    _home, _phone = two_devices(inbox)
    tablet = Page(inbox)
    tablet.start(jwt=signed("anna"), only_known=True)
    assert tablet.texts() == ["From home"]
    assert Page(inbox).start(jwt=signed("bek"), only_known=True).json()["token"] == ""


def test_row_12_no_token_but_their_own_opens_the_talk_of_whoever_is_signed_in(inbox):
    two_devices(inbox)
    good = signed("anna")
    head, body, signature = good.split(".")
    changed = jwt.encode({"sub": "anna", "exp": clock.now() + timedelta(hours=1)}, "x" * 40, algorithm="HS256")
    bad = (
        signed("anna", secret="another-secret-of-the-right-length!!"),
        signed("anna", seconds=-60),
        f"{head}.{changed.split('.')[1]}.{signature}",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body}.",
        jwt.encode({"sub": "anna", "exp": clock.now() + timedelta(hours=1)}, "", algorithm="none"),
    )
    for token in bad:
        for only_known in (False, True):
            response = Page(inbox).start(jwt=token, only_known=only_known)
            assert (response.status_code, response.json()["code"]) == (403, "jwt")
    for other in (signed("ann"), signed("Anna"), signed("bek", name="anna", email="anna@customer.example")):
        stranger = Page(inbox)
        stranger.start(jwt=other)
        assert stranger.texts() == []
    stranger = Page(inbox)
    stranger.start(fields={"name": "anna", "email": "anna@customer.example"})
    assert stranger.texts() == []


def test_a_subject_of_one_chat_is_nobody_in_another(inbox):
    two_devices(inbox)
    elsewhere = ChatContract()
    elsewhere.address = "chat-other"
    other = elsewhere.inbox(None)
    operations.save_credential(inbox=other, values={"jwt_secret": SECRET}, actor=SYSTEM, now=NOON)
    page = Page(other)
    page.start(jwt=signed("anna"))
    assert page.texts() == []


def test_anonymous_visitors_stay_apart_on_each_device(inbox, page):
    page.say("Only here")
    work()
    other = Page(inbox)
    other.start()
    assert other.texts() == []
    assert ChatVisitor.objects.count() == 2


def test_whoever_signs_in_amid_a_talk_keeps_it_and_finds_it_on_the_other_device(inbox):
    home, phone = two_devices(inbox)
    tablet = Page(inbox)
    tablet.start()
    tablet.say("Begun before I signed in")
    work()
    tablet.start(jwt=signed("anna"))
    assert tablet.texts() == ["Begun before I signed in"]
    phone.start(jwt=signed("anna"))
    assert phone.texts() == ["Begun before I signed in"]
    assert home.texts() == ["From home"]  # until its page is loaded anew


def test_a_device_that_signs_out_shows_nothing_and_the_other_goes_on(inbox):
    home, phone = two_devices(inbox)
    phone.start()
    assert phone.texts() == []
    assert home.texts() == ["From home"]


def test_each_device_ends_by_its_own_disuse(inbox, time_machine):
    home, phone = two_devices(inbox)
    now = clock.now()
    for days in (40, 80, 120):
        time_machine.move_to(now + timedelta(days=days))
        assert home.ask("talk/").status_code == 200
    assert phone.ask("talk/").status_code == 401
    phone.start(jwt=signed("anna"))
    assert phone.texts() == ["From home"]


def test_of_many_devices_the_one_longest_unused_makes_room(inbox):
    home, phone = two_devices(inbox)
    for _ in range(policies.MOST_DEVICES - 1):
        Page(inbox).start(jwt=signed("anna"))
    assert ChatDevice.objects.count() == policies.MOST_DEVICES
    assert home.ask("talk/").status_code == 401
    assert phone.ask("talk/").status_code == 200


def test_a_picture_is_shown_and_nothing_else_can_run(page, agent):
    from django.core.files.uploadedfile import SimpleUploadedFile as File

    sent = page.ask("upload/", {}, file=File("kettle.png", PNG, "text/html")).json()
    fake = page.ask("upload/", {}, file=File("photo.png", b"<script>alert(1)</script>", "image/png")).json()
    assert (sent["type"], fake["type"]) == ("image/png", "application/octet-stream")
    for name in ("page.html", "drawing.svg", "run.exe", "noend", "a.xhtml"):
        assert page.ask("upload/", {}, file=File(name, b"<script>", "image/png")).status_code == 422
    assert page.say("", files=[sent["token"], fake["token"]]).status_code == 202
    work()
    files = page.talk()["messages"][0]["files"]
    assert [f["name"] for f in files] == ["kettle.png", "photo.png"]
    for file, shown in zip(files, ("inline", "attachment"), strict=True):
        response = Client().get(f"{file['url'].partition('//')[2].partition('/')[2].join(['/', ''])}?t={page.token}")
        assert response.status_code == 200
        assert response["Content-Disposition"].startswith(shown)
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]


def test_row_6_a_file_of_another_talk_is_not_given_out(inbox, page):
    from django.core.files.uploadedfile import SimpleUploadedFile as File

    token = page.ask("upload/", {}, file=File("kettle.png", PNG, "image/png")).json()["token"]
    stranger = Page(inbox)
    stranger.start()
    assert stranger.ask(f"file/{token}/").status_code == 404
    assert stranger.say("Mine", files=[token]).status_code == 404
    page.say("Mine", files=[token])
    work()
    sent = page.talk()["messages"][0]["files"][0]["token"]
    assert page.ask(f"file/{sent}/").status_code == 200
    assert stranger.ask(f"file/{sent}/").status_code == 404


def test_row_16_a_file_larger_than_we_take_is_refused_before_it_is_kept(page, monkeypatch):
    from django.core.files.uploadedfile import SimpleUploadedFile as File

    monkeypatch.setattr(policies, "LARGEST_FILE", 1000)
    assert page.ask("upload/", {}, file=File("big.png", PNG + b"\0" * 2000, "image/png")).status_code == 413
    assert not ChatFile.objects.exists()


def test_row_7_a_page_cannot_say_who_wrote(page):
    page.say("Hello", **{"from": "agent", "agent_id": 1, "kind": "reply", "verified": True, "inbox": 999})
    work()
    [message] = Message.objects.all()
    assert (message.kind, message.agent_id) == ("incoming", None)


def test_rows_1_and_2_hostile_words_come_back_as_words(page, agent):
    page.say("<img src=x onerror=alert(1)>")
    work()
    answer(agent, text="", html='<p onclick="x()">Hi <img src=x onerror=alert(1)><script>alert(1)</script></p>')
    mine, theirs = page.talk()["messages"]
    assert mine["html"] == ""
    assert theirs["html"] == "<p>Hi </p>"


def test_read_receipts_go_both_ways(page, agent):
    page.say()
    work()
    ours = answer(agent)
    assert page.ask("read/", {"until": ours.pk}).status_code == 204
    ours.refresh_from_db()
    assert ours.read_at is not None
    said = Message.objects.get(kind="incoming")
    reading.note_seen_by_agent(visitor=ChatVisitor.objects.get(), until_id=said.pk, now=clock.now())
    assert page.talk()["messages"][0]["read"] is True


def test_a_talk_is_rated_and_ended_and_goes_on_when_they_write_again(page, agent):
    assert page.ask("rate/", {"score": 5}).status_code == 404
    page.say()
    work()
    answer(agent)
    assert page.ask("rate/", {"score": 0}).status_code == 422
    assert page.ask("rate/", {"score": 4, "text": "Good"}).status_code == 204
    assert page.ask("end/", {}).status_code == 204
    state = page.talk()["state"]
    assert (state["status"], state["rated"]) == ("ended", True)
    page.say("One more thing")
    work()
    assert page.talk()["state"]["status"] == "talking"
    assert Ticket.objects.count() == 1


def test_row_14_too_many_messages_are_slowed_down(page, time_machine):
    time_machine.move_to(NOON.replace(year=2027), tick=False)
    page.start()
    statuses = [page.say(f"{n}").status_code for n in range(42)]
    assert statuses == [202] * 40 + [429] * 2
    assert page.say("once more")["Retry-After"] == "60"


def test_calls_are_offered_where_somebody_can_be_called_and_nobody_said_no(inbox):
    def offered():
        said = Page(inbox).ask("boot/").json()
        return said["call"], said["callback"]

    assert offered() == (False, False)
    browser = make_inbox(address="browser-1", kind="browser")
    assert offered() == (True, False)
    make_inbox(address="+37167000010", kind="voice")
    assert offered() == (True, True)
    browser.archived_at = NOON
    browser.save()
    assert offered() == (False, True)
    ChatSite.objects.filter(pk=inbox.pk).update(callback=False)
    assert offered() == (False, False)


def test_the_links_for_calls_open_the_pages_that_they_name(inbox):
    browser = make_inbox(address="browser-1", kind="browser")
    make_inbox(address="+37167000010", kind="voice")
    page = Client().get(f"/portal/call/?inbox={inbox.pk}&lang=en")
    assert page.status_code == 200
    assert page.context["inbox"] == browser
    assert Client().get("/portal/call-back/?from=chat&lang=en").status_code == 200


def test_a_method_that_an_address_does_not_know_is_told_so_before_anything_else(inbox):
    for path in ("boot/", "talk/"):
        assert Page(inbox, origin="").ask(path, {}).status_code == 405
    assert Page(inbox, origin="").ask("start/").status_code == 405
