"""Calls in the browser, from the link to the recording, on a real database."""

from datetime import timedelta

import pytest
from PIL import Image

from hospes.calls import policies, reading
from hospes.calls.models import Call, CallLink, CallPart, Recording, RecordingPiece, Transcript
from hospes.calls.operations import browser, links, recordings, transcripts
from hospes.calls.operations.base import hold, leave
from hospes.calls.tests.test_webm import live
from hospes.core import files
from hospes.core.actors import SYSTEM
from hospes.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, TooLarge
from hospes.core.models import EventRow
from hospes.staff import operations as staff
from hospes.testing.people import NOON, desk_actor, make_agent, make_team, receive, settle
from hospes.testing.standin import Reply, standin
from hospes.tickets import operations as tickets
from hospes.tickets.models import Inbox, Message, Notification
from hospes.tickets.queries import search_tickets

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def after(**time):
    return NOON + timedelta(**time)


def a_call(*, consent=True, medium="browser"):
    """Ivo and Anna talk; what is often needed of it."""
    ivo = desk_actor(make_agent("Ivo"))
    ticket = receive().ticket
    _link, token = links.make_link(ticket=ticket, medium=medium, actor=ivo, now=NOON)
    entered = links.use_link(token=token, now=NOON, consent=consent)
    browser.answer(call=entered.part.call, actor=ivo, now=after(seconds=5))
    return ivo, Call.objects.get(), entered


def png(width=8, height=8):
    from io import BytesIO

    out = BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return out.getvalue()


def test_a_link_works_once_and_its_browser_has_a_key():
    _ivo, call, entered = a_call()
    assert call.state == policies.TALKING
    assert reading.part_by(entered.key) == entered.part
    assert reading.part_by(entered.key + "x") is None
    with pytest.raises(Conflict, match="used already"):
        links.use_link(token=entered.token, now=NOON)


def test_neither_the_link_nor_the_key_can_be_read_from_the_database():
    ivo = desk_actor(make_agent("Ivo"))
    link, token = links.make_link(ticket=receive().ticket, medium="browser", actor=ivo, now=NOON)
    entered = links.use_link(token=token, now=NOON)
    assert token not in str(vars(CallLink.objects.get(pk=link.pk)))
    assert entered.key not in str(vars(CallPart.objects.get(pk=entered.part.pk)))


def test_a_link_grows_old_and_can_be_stopped():
    ivo = desk_actor(make_agent("Ivo"))
    ticket = receive().ticket
    _link, token = links.make_link(ticket=ticket, medium="browser", actor=ivo, now=NOON)
    with pytest.raises(Conflict, match="too old"):
        links.use_link(token=token, now=after(hours=25))
    link, token = links.make_link(ticket=ticket, medium="video", actor=ivo, now=NOON)
    links.withdraw_link(link=link, actor=ivo, now=after(minutes=1))
    with pytest.raises(Conflict):
        links.use_link(token=token, now=after(minutes=2))
    with pytest.raises(NotFound):
        links.use_link(token="no such link", now=NOON)


def test_a_link_goes_out_by_the_customers_channel_in_their_language():
    ivo = desk_actor(make_agent("Ivo"))
    ticket = receive().ticket
    ticket.language = "lv"
    ticket.save()
    _link, message = links.send_link(ticket=ticket, medium="video", actor=ivo, now=NOON)
    assert "/portal/call/" in message.text
    assert message.kind == Message.Kind.REPLY


def test_the_agent_who_made_the_link_is_rung_first():
    ivo = desk_actor(make_agent("Ivo"))
    _link, token = links.make_link(ticket=receive().ticket, medium="browser", actor=ivo, now=NOON)
    entered = links.use_link(token=token, now=NOON)
    rung = CallPart.objects.get(state=policies.RINGING)
    assert (rung.agent_id, rung.kind) == (ivo.id, "agent")
    state = reading.guest_state(entered.part.pk, now=NOON)
    assert (state["state"], state["position"]) == ("ringing", 1)


def test_who_does_not_answer_is_missed_and_a_call_nobody_took_is_told():
    ivo = desk_actor(make_agent("Ivo"))
    _link, token = links.make_link(ticket=receive().ticket, medium="browser", actor=ivo, now=NOON)
    entered = links.use_link(token=token, now=NOON)
    browser.seen(part_ids=[entered.part.pk], now=after(seconds=25))
    assert browser.sweep(now=after(seconds=31)) == 1
    assert CallPart.objects.get(agent_id=ivo.id).state == policies.MISSED
    leave(part=entered.part, actor=links.guest_actor("Anna"), now=after(seconds=60))
    settle()
    assert Notification.objects.get(agent_id=ivo.id).words == "A call was missed"


def test_a_browser_that_is_gone_leaves_the_call():
    _ivo, call, entered = a_call()
    everybody = list(call.parts.values_list("pk", flat=True))
    browser.seen(part_ids=everybody, now=after(seconds=60))
    assert browser.sweep(now=after(seconds=100)) == 0
    browser.seen(part_ids=everybody, now=after(seconds=100))
    browser.unseen(part_id=entered.part.pk, now=after(seconds=100))
    assert browser.sweep(now=after(seconds=120)) == 0
    assert browser.sweep(now=after(seconds=125)) == 1
    call.refresh_from_db()
    assert call.state == policies.ENDED


def test_an_expert_from_elsewhere_comes_in_and_sees_no_ticket():
    ivo, call, _entered = a_call()
    ada = make_agent("Ada", teams=(make_team("Elsewhere"),), only_own_teams=True)
    with pytest.raises(NotFound):
        browser.answer(call=call, actor=desk_actor(ada), now=NOON)
    browser.invite(call=call, agent=ada, actor=ivo, now=after(seconds=20))
    part = browser.answer(call=call, actor=desk_actor(ada), now=after(seconds=25))
    assert (part.kind, part.state) == ("expert", policies.JOINED)
    assert reading.place_of_agent(desk_actor(ada), call.pk).part_id == part.pk


def test_row_21_only_those_in_the_call_have_a_place_in_its_room():
    ivo, call, entered = a_call()
    admin = desk_actor(make_agent("Eva", role="admin"))
    assert reading.place_of_agent(admin, call.pk) is None
    assert reading.place_of_guest("") is None
    part = reading.place_of_agent(ivo, call.pk).part_id
    both = {part, entered.part.pk}
    assert reading.still_seated(both) == both
    staff.deactivate_agent(agent=call.agent, actor=SYSTEM, now=NOON)
    assert reading.still_seated(both) == {entered.part.pk}
    leave(part=entered.part, actor=links.guest_actor("Anna"), now=NOON)
    assert reading.still_seated(both) == set()
    assert reading.place_of_guest(entered.key) is None


def test_row_12_a_free_call_takes_nobodys_word_for_who_they_are():
    known = receive(sender="anna@customer.example").ticket.customer
    inbox = Inbox.objects.create(name="Calls", kind="browser", address="calls", created_at=NOON)
    entered = browser.start_free_call(inbox=inbox, medium="browser", name="anna@customer.example", now=NOON)
    call = entered.part.call
    assert call.ticket.customer_id != known.pk
    assert call.state == policies.QUEUED
    assert reading.link_by(entered.token).call_id == call.pk
    signed_in = browser.start_free_call(inbox=inbox, medium="video", customer=known, topic="My kettle", now=NOON)
    assert signed_in.part.call.ticket.customer_id == known.pk
    assert reading.guest_state(signed_in.part.pk, now=NOON)["position"] >= 1


def test_nothing_is_recorded_before_the_customer_says_yes_and_all_stops_when_they_say_no():
    ivo, call, entered = a_call(consent=False)
    with pytest.raises(Conflict, match="not allowed"):
        recordings.start_recording(call=call, content_type="audio/webm", actor=ivo, now=NOON)
    browser.ask_consent(call=call, actor=ivo, now=NOON)
    assert reading.guest_state(entered.part.pk, now=NOON)["consent"] == "asked"
    browser.consent(part=entered.part, yes=True, now=NOON)
    made = recordings.start_recording(call=call, content_type="audio/webm;codecs=opus", actor=ivo, now=NOON)
    assert reading.guest_state(entered.part.pk, now=NOON)["recorded"]
    browser.consent(part=entered.part, yes=False, now=NOON)
    made.refresh_from_db()
    assert made.state == Recording.State.WAITING
    assert not reading.guest_state(entered.part.pk, now=NOON)["recorded"]


def in_pieces(data, count=4):
    size = len(data) // count + 1
    return [data[n * size : (n + 1) * size] for n in range(count)]


def test_pieces_are_kept_once_in_any_order_and_joined_to_what_plays():
    ivo, call, _entered = a_call()
    made = recordings.start_recording(call=call, content_type="audio/webm", actor=ivo, now=NOON)
    for number, content in reversed(list(enumerate(in_pieces(live(3))))):
        for _again in range(2):
            recordings.keep_piece(token=made.token, number=number, content=content, actor=ivo, now=NOON)
    assert RecordingPiece.objects.count() == 4
    recordings.finish_recording(token=made.token, actor=ivo, now=after(seconds=20))
    assert recordings.join_waiting(now=after(seconds=21)) == 1
    made.refresh_from_db()
    assert (made.state, round(made.seconds)) == (Recording.State.READY, 12)
    assert files.load(made.file_key)[:4] == b"\x1a\x45\xdf\xa3"
    assert RecordingPiece.objects.count() == 0
    with pytest.raises(Conflict, match="closed"):
        recordings.keep_piece(token=made.token, number=9, content=b"late", actor=ivo, now=NOON)


def test_a_lost_tab_keeps_what_it_had_sent():
    ivo, call, entered = a_call()
    made = recordings.start_recording(call=call, content_type="audio/webm", actor=ivo, now=NOON)
    for number, content in enumerate(in_pieces(live(3))[:3]):
        recordings.keep_piece(token=made.token, number=number, content=content, actor=ivo, now=NOON)
    leave(part=entered.part, actor=links.guest_actor("Anna"), now=after(seconds=30))
    assert recordings.join_waiting(now=after(seconds=31)) == 0
    assert recordings.join_waiting(now=after(seconds=90)) == 1
    made.refresh_from_db()
    assert made.state == Recording.State.READY
    assert made.seconds > 12 * 0.6


def test_pieces_come_from_those_who_are_in_the_call_alone():
    _ivo, call, _entered = a_call()
    made = recordings.start_recording(call=call, content_type="audio/webm", actor=_ivo, now=NOON)
    eva = desk_actor(make_agent("Eva", role="admin"))
    with pytest.raises(NotFound):
        recordings.keep_piece(token=made.token, number=0, content=b"x", actor=eva, now=NOON)
    with pytest.raises(NotFound):
        recordings.start_recording(call=call, content_type="audio/webm", actor=eva, now=NOON)
    with pytest.raises(TooLarge):
        recordings.keep_piece(token=made.token, number=10**6, content=b"x", actor=_ivo, now=NOON)


def test_recordings_are_heard_by_those_who_may():
    ivo, call, _entered = a_call()
    ready = Recording.objects.create(call=call, token="t", state="ready", content_type="audio/webm", created_at=NOON)
    assert reading.recording_to_hear(ivo, "t") == ready
    other = desk_actor(make_agent("Ada", teams=(make_team("Elsewhere"),), only_own_teams=True))
    tickets.change_ticket(ticket=call.ticket, team=make_team("Ours"), actor=ivo, now=NOON)
    for who in (other, desk_actor(make_agent("Lia", role="light"))):
        with pytest.raises(NotFound):
            reading.recording_to_hear(who, "t")


def test_row_03_a_picture_is_what_it_says_or_it_is_refused():
    _ivo, _call, entered = a_call()
    guest = links.guest_actor("Anna")
    browser.keep_picture(part=entered.part, content=png(), words="Here <b>it</b> is", now=NOON, actor=guest)
    note = Message.objects.get(kind="note")
    assert (note.author_name, note.text, note.attachments.get().content_type) == (
        entered.part.name, "Here <b>it</b> is", "image/png",
    )  # fmt: skip
    for bad in (b"<svg onload=alert(1)>", b"\x89PNG\r\n\x1a\nnot really", b""):
        with pytest.raises(InvalidInput):
            browser.keep_picture(part=entered.part, content=bad, now=NOON, actor=guest)
    leave(part=entered.part, actor=guest, now=NOON)
    with pytest.raises(Conflict):
        browser.keep_picture(part=entered.part, content=png(), now=NOON, actor=guest)


def test_on_hold_is_said_to_the_customer():
    ivo, _call, entered = a_call()
    hold(part=entered.part, actor=ivo, now=NOON)
    assert reading.guest_state(entered.part.pk, now=NOON)["held"]


def test_light_agents_send_no_links():
    with pytest.raises(NotAllowed):
        links.make_link(
            ticket=receive().ticket, medium="browser", actor=desk_actor(make_agent("Lia", role="light")), now=NOON
        )


@pytest.fixture
def hearing(settings):
    """A stand-in that makes text of speech."""
    with standin() as provider:
        settings.TRANSCRIBE_URL = f"{provider.url}/v1/audio/transcriptions"
        settings.TRANSCRIBE_KEY = "sk-test"
        settings.HTTP_ALLOW = ["127.0.0.1"]
        yield provider


def a_recording():
    ivo, call, _entered = a_call()
    key = files.store(live(1))
    made = Recording.objects.create(
        call=call, token="t", state="ready", content_type="audio/webm", file_key=key, size=100, created_at=NOON
    )
    transcripts.want_transcript(recording_id=made.pk, now=NOON)
    return ivo, made


HEARD = {
    "task": "transcribe", "language": "english", "duration": 4.0, "text": "The samovar whistles too loudly.",
    "segments": [
        {"id": 0, "start": 0.0, "end": 2.5, "text": " The samovar"},
        {"id": 1, "start": 2.5, "end": 4.0, "text": " whistles too loudly."},
    ],
}  # fmt: skip


def test_speech_becomes_text_with_time_stamps_that_search_finds(hearing):
    hearing.usual = lambda asked: Reply(data=HEARD)
    ivo, made = a_recording()
    assert transcripts.transcribe_waiting(now=NOON) == 1
    text = Transcript.objects.get(recording=made)
    assert (text.state, text.segments[1]) == ("ready", {"start": 2.5, "end": 4.0, "text": "whistles too loudly."})
    (asked,) = hearing.asked
    assert asked.headers["authorization"] == "Bearer sk-test"
    assert b'name="response_format"\r\n\r\nverbose_json' in asked.body
    assert b'filename="recording.webm"\r\nContent-Type: audio/webm' in asked.body
    found = search_tickets(ivo, "samovar whistles")
    assert [ticket.number for ticket in found.items] == [made.call.ticket.number]
    assert transcripts.transcribe_waiting(now=after(days=1)) == 0


def test_a_busy_address_is_asked_again_and_a_refusal_is_shown(hearing):
    hearing.answers = [
        Reply(429, headers={"Retry-After": "60"}),
        Reply(500, body=b"oops"),
        Reply(401, data={"error": {"message": "no key"}}),
    ]
    ivo, made = a_recording()
    now = NOON
    assert transcripts.transcribe_waiting(now=now) == 1
    text = Transcript.objects.get(recording=made)
    assert text.next_try_at >= now + timedelta(seconds=60)
    for _try in range(2):
        now = Transcript.objects.get(recording=made).next_try_at
        assert transcripts.transcribe_waiting(now=now) == 1
    text.refresh_from_db()
    assert (text.state, text.words) == ("failed", "no key")
    transcripts.try_again(recording=made, actor=ivo, now=now)
    assert Transcript.objects.get(recording=made).state == "waiting"


def test_row_04_transcription_asks_no_address_inside(hearing, settings):
    settings.HTTP_ALLOW = []
    settings.TRANSCRIBE_URL = "http://127.0.0.1:8080/v1/audio/transcriptions"
    _ivo, made = a_recording()
    transcripts.transcribe_waiting(now=NOON)
    assert hearing.asked == []
    assert "private network" in Transcript.objects.get(recording=made).words


def test_without_an_address_the_recording_stands_alone():
    _ivo, _made = a_recording()
    assert not Transcript.objects.exists()
    assert transcripts.transcribe_waiting(now=NOON) == 0


def test_who_chose_not_to_be_recorded_is_not_and_is_not_asked_again():
    ivo = desk_actor(make_agent("Ivo"))
    ticket = receive().ticket
    _link, token = links.make_link(ticket=ticket, medium="browser", actor=ivo, now=NOON)
    entered = links.use_link(token=token, now=NOON, refused=True)
    call = entered.part.call
    browser.answer(call=call, actor=ivo, now=after(seconds=5))
    assert reading.guest_state(entered.part.pk, now=NOON)["consent"] == "no"
    with pytest.raises(Conflict, match="does not want"):
        browser.ask_consent(call=call, actor=ivo, now=NOON)
    with pytest.raises(Conflict, match="not allowed"):
        recordings.start_recording(call=call, content_type="audio/webm", actor=ivo, now=NOON)
    assert EventRow.objects.filter(name="CallConsent", data__yes=False).count() == 1


def test_who_calls_for_free_may_choose_not_to_be_recorded():
    inbox = Inbox.objects.create(name="Calls", kind="browser", address="calls", created_at=NOON)
    entered = browser.start_free_call(inbox=inbox, medium="browser", consent=True, refused=True, now=NOON)
    assert Call.objects.get().facts["consent"] == "no"
    assert entered.part.call_id == Call.objects.get().pk


def test_pieces_that_a_lost_line_held_back_are_joined_to_what_there_was():
    ivo, call, entered = a_call()
    made = recordings.start_recording(call=call, content_type="audio/webm", actor=ivo, now=NOON)
    pieces = list(enumerate(in_pieces(live(3), 6)))
    for number, content in pieces[:3]:
        recordings.keep_piece(token=made.token, number=number, content=content, actor=ivo, now=NOON)
    leave(part=entered.part, actor=links.guest_actor("Anna"), now=after(seconds=30))
    recordings.join_waiting(now=after(seconds=90))
    made.refresh_from_db()
    short, first = made.seconds, made.file_key
    assert made.state == Recording.State.READY
    Transcript.objects.create(recording=made, state="ready", text="only half")
    for number, content in [*pieces[3:], pieces[0]]:
        recordings.keep_piece(token=made.token, number=number, content=content, actor=ivo, now=after(days=2))
    recordings.finish_recording(token=made.token, actor=ivo, now=after(days=2, seconds=5))
    assert recordings.join_waiting(now=after(days=2, seconds=6)) == 1
    made.refresh_from_db()
    assert (made.state, made.whole, round(made.seconds)) == (Recording.State.READY, True, 12)
    assert made.seconds > short
    assert made.file_key != first
    assert Transcript.objects.get().state == "waiting"
    assert not RecordingPiece.objects.exists()
    with pytest.raises(Conflict, match="closed"):
        recordings.keep_piece(token=made.token, number=9, content=b"late", actor=ivo, now=after(days=2))


def test_pieces_without_their_end_are_joined_too_and_not_waited_for_for_ever():
    ivo, call, entered = a_call()
    made = recordings.start_recording(call=call, content_type="audio/webm", actor=ivo, now=NOON)
    pieces = in_pieces(live(3), 3)
    recordings.keep_piece(token=made.token, number=0, content=pieces[0], actor=ivo, now=NOON)
    leave(part=entered.part, actor=links.guest_actor("Anna"), now=after(seconds=30))
    recordings.join_waiting(now=after(seconds=90))
    recordings.keep_piece(token=made.token, number=1, content=pieces[1], actor=ivo, now=after(hours=1))
    assert recordings.join_waiting(now=after(hours=1)) == 0
    assert recordings.join_waiting(now=after(hours=1, minutes=1)) == 1
    assert EventRow.objects.filter(name="RecordingReady").count() == 2
    recordings.join_waiting(now=after(days=8))
    assert not RecordingPiece.objects.exists()
    with pytest.raises(Conflict, match="closed"):
        recordings.keep_piece(token=made.token, number=2, content=pieces[2], actor=ivo, now=after(days=8))
