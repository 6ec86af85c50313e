"""Every path of a call as a table: what callers, agents and the provider do, and the TwiML that each line hears.

A row is `who | does | hears`: who is anna (the caller), bob (a second one), ivo or mara (agents), the number that a
call-back rings (customer), or the clock. `hears` are the elements of the TwiML in order; a status where none is
answered. After the table stands how the call ended.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from hospes.calls import menus
from hospes.calls.models import Call, Callback, CallPart, PhoneSetup
from hospes.calls.operations import browser
from hospes.channels.models import DoorCount, RawMessage
from hospes.channels.voice.tests.conftest import IVO, MARA
from hospes.channels.voice.tests.telephone import ANNA
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.core.models import EventRow
from hospes.customers import operations as customers
from hospes.sla import operations as sla
from hospes.staff.models import Agent, Presence
from hospes.testing.people import desk_actor
from hospes.tickets.models import Message, Ticket

BOB = "+37120000002"
PHONES = {"ivo": IVO, "mara": MARA, "customer": ANNA}
GREETED_WAIT = "Say Gather Say Say Play"  # greeting, then: stay on the line, offer, music
WAIT = "Gather Say Play"
TALK = "Dial Conference"

PATHS = {
    "an agent answers": (
        """
        anna | rings      | Say Gather Say Say Play
        clock| 0          |
        ivo  | picks up   | Gather Say
        ivo  | presses 1  | Dial Conference
        clock| 0          |
        anna | hears      | Dial Conference
        anna | hangs up   | Hangup
        ivo  | after      | Say Hangup
        """,
        "ended customer answered",
    ),
    "the first agent does not pick up, the next one does": (
        """
        anna | rings      | Say Gather Say Say Play
        clock| 0          |
        ivo  | ignores    | 204
        clock| 0          |
        anna | presses    | Gather Say Play
        mara | picks up   | Gather Say
        mara | presses 5  | Dial Conference
        clock| 0          |
        anna | hears      | Dial Conference
        mara | hangs up   | 204
        anna | after      | Say Hangup
        """,
        "ended agent answered",
    ),
    "an agent's own voicemail picks up and presses no key": (
        """
        anna | rings      | Say Gather Say Say Play
        clock| 0          |
        ivo  | picks up   | Gather Say
        ivo  | presses    | Say Hangup
        clock| 0          |
        mara | picks up   | Gather Say
        mara | presses 1  | Dial Conference
        """,
        "talking",
    ),
    "an agent is busy, the other declines, the caller waits on and then gives up": (
        """
        anna | rings      | Say Gather Say Say Play
        clock| 0          |
        ivo  | busy       | 204
        clock| 0          |
        mara | ignores    | 204
        clock| 5          |
        anna | presses    | Gather Say Play
        anna | hangs up   | Hangup
        """,
        "ended customer",
    ),
    "the caller hangs up while an agent is rung, who picks up too late": (
        """
        anna | rings      | Say Gather Say Say Play
        clock| 0          |
        anna | hangs up   | Hangup
        ivo  | picks up   | Say Hangup
        """,
        "ended customer",
    ),
    "the caller hangs up while the agent hears who calls": (
        """
        anna | rings      | Say Gather Say Say Play
        clock| 0          |
        ivo  | picks up   | Gather Say
        anna | hangs up   | Hangup
        ivo  | presses 1  | Say Hangup
        """,
        "ended customer",
    ),
    "nobody is there": (
        """
        clock| nobody     |
        anna | rings      | Say Gather Say Say Play
        clock| 30         |
        anna | presses    | Gather Say Play
        anna | presses    | Gather Say Play
        anna | hangs up   | Hangup
        """,
        "ended customer",
    ),
    "a second caller hears their place, and an agent takes one call after the other": (
        """
        clock| only ivo   |
        anna | rings      | Say Gather Say Say Play
        clock| 0          |
        bob  | rings      | Say Gather Say Say Say Play
        clock| 0          |
        bob  | presses    | Gather Say Say Play
        ivo  | picks up   | Gather Say
        ivo  | presses 1  | Dial Conference
        clock| 0          |
        bob  | presses    | Gather Say Play
        """,
        "talking",
    ),
    "a call back from the queue, at the number they call from": (
        """
        clock| nobody     |
        anna | rings      | Say Gather Say Say Play
        anna | presses 1  | Gather Say
        anna | presses 1  | Say Hangup
        anna | hangs up   | Hangup
        """,
        "ended customer callback",
    ),
    "a call back at another number, after a wrong one": (
        """
        clock| nobody     |
        anna | rings            | Say Gather Say Say Play
        anna | presses 1        | Gather Say
        anna | presses 999      | Gather Say Say
        anna | presses 20000003 | Say Hangup
        """,
        "ended customer callback",
    ),
    "two wrong numbers lead back to the queue": (
        """
        clock| nobody     |
        anna | rings         | Say Gather Say Say Play
        anna | presses 1     | Gather Say
        anna | presses 999   | Gather Say Say
        anna | presses 90000 | Gather Say Play
        """,
        "queued",
    ),
    "a hidden number calls: it is asked for when a call back is wanted": (
        """
        clock| nobody     |
        hidden | rings            | Say Gather Say Say Play
        hidden | presses 1        | Gather Say
        hidden | presses 20000003 | Say Hangup
        """,
        "ended customer callback",
    ),
    "closed: a message is left": (
        """
        clock| closed     |
        anna | rings      | Say Say Record Say Hangup
        anna | speaks     | Say Hangup
        anna | hangs up   | Hangup
        """,
        "ended customer voicemail",
    ),
    "closed: the caller hangs up before the tone": (
        """
        clock| closed     |
        anna | rings      | Say Say Record Say Hangup
        anna | hangs up   | Hangup
        """,
        "ended customer",
    ),
    "closed with call backs": (
        """
        clock| closed callback |
        anna | rings      | Say Gather Say
        anna | presses 1  | Say Hangup
        """,
        "ended customer callback",
    ),
    "the menu: a key leads to a team": (
        """
        clock| menu       |
        anna | rings      | Say Gather Say Say Say Say Say
        anna | presses 1  | Gather Say Say Play
        clock| 0          |
        ivo  | picks up   | Gather Say
        """,
        "ringing",
    ),
    "the menu: its second level reaches a person by 0": (
        """
        clock| menu       |
        anna | rings      | Say Gather Say Say Say Say Say
        anna | presses 2  | Gather Say Say
        anna | presses 0  | Gather Say Say Play
        """,
        "ringing",
    ),
    "the menu: nothing pressed twice reaches a person": (
        """
        clock| menu       |
        anna | rings      | Say Gather Say Say Say Say Say
        anna | presses    | Gather Say Say Say Say Say
        anna | presses    | Gather Say Say Play
        """,
        "ringing",
    ),
    "the menu: an extension at any time rings that person": (
        """
        clock| menu       |
        anna | rings      | Say Gather Say Say Say Say Say
        anna | presses 42 | Gather Say Say Play
        clock| 0          |
        mara | picks up   | Gather Say
        mara | presses 1  | Dial Conference
        """,
        "talking",
    ),
    "the menu: a message": (
        """
        clock| menu       |
        anna | rings      | Say Gather Say Say Say Say Say
        anna | presses 3  | Say Record Say Hangup
        anna | speaks     | Say Hangup
        """,
        "ended customer voicemail",
    ),
    "the menu: the caller hangs up in it": (
        """
        clock| menu       |
        anna | rings      | Say Gather Say Say Say Say Say
        anna | hangs up   | Hangup
        """,
        "ended customer",
    ),
    "a recorded talk is announced at the beginning": (
        """
        clock| record     |
        anna | rings      | Say Gather Say Say
        anna | presses    | Gather Say Say Play
        clock| 0          |
        ivo  | picks up   | Gather Say
        ivo  | presses 1  | Dial Conference+record
        clock| 0          |
        anna | hears      | Dial Conference+record
        """,
        "talking",
    ),
    "who does not want to be recorded is not, whoever comes in": (
        """
        clock| record     |
        anna | rings      | Say Gather Say Say
        anna | presses 9  | Gather Say Say Play
        clock| 0          |
        ivo  | picks up   | Gather Say
        ivo  | presses 1  | Dial Conference
        clock| 0          |
        anna | hears      | Dial Conference
        clock| mara too   |
        mara | picks up   | Gather Say
        mara | presses 1  | Dial Conference
        ivo  | hangs up   | 204
        """,
        "talking",
    ),
    "nobody is rung before the caller has heard of the recording": (
        """
        clock| record     |
        anna | rings      | Say Gather Say Say
        clock| 0          |
        clock| nobody rung |
        anna | hangs up   | Hangup
        """,
        "ended customer",
    ),
    "the menu: after the words about recording, with its keys known": (
        """
        clock| menu record |
        anna | rings      | Say Gather Say Say
        anna | presses    | Gather Say Say Say Say Say
        bob  | rings      | Say Gather Say Say
        bob  | presses 2  | Gather Say Say Say
        dora | rings      | Say Gather Say Say
        dora | presses 7  | Gather Say Say Say Say Say Say
        anna | presses 1  | Gather Say Say Play
        """,
        "ringing",
    ),
    "refused, then a message in its own words": (
        """
        clock| menu record |
        anna | rings      | Say Gather Say Say
        anna | presses 9  | Gather Say Say Say Say Say
        anna | presses 3  | Say Record Say Hangup
        anna | speaks     | Say Hangup
        """,
        "ended customer voicemail",
    ),
    "refused, then called back": (
        """
        clock| record     |
        anna | rings      | Say Gather Say Say
        anna | presses 9  | Gather Say Say Play
        anna | presses 1  | Gather Say
        anna | presses 1  | Say Hangup
        """,
        "ended customer callback",
    ),
}


def close(net, **more):
    """An inbox whose calendar is never open."""
    calendar = sla.save_calendar(
        name="Never", time_zone="Europe/Riga", windows=[[]] * 7, actor=SYSTEM, now=clock.now(), country="", days=[],
    )  # fmt: skip
    PhoneSetup.objects.update_or_create(inbox=net.inbox, defaults={"calendar": calendar, **more})


def prepare(net, what):
    """What the clock's rows say of the world."""
    mara = Agent.objects.get(name="Mara")
    if what == "nobody":
        Presence.objects.update(state="offline")
    elif what == "only ivo":
        Presence.objects.filter(agent=mara).update(state="offline")
    elif what == "closed":
        close(net)
    elif what == "closed callback":
        close(net, closed="callback")
    elif what == "record":
        PhoneSetup.objects.create(inbox=net.inbox, record=True)
    elif what == "mara too":
        ivo = desk_actor(Agent.objects.get(name="Ivo"))
        browser.invite(call=Call.objects.get(), agent=mara, actor=ivo, now=clock.now())
        net.let()
    elif what == "nobody rung":
        assert not net.rung
    elif what in {"menu", "menu record"}:
        team = mara.teams.get().pk
        menu = {
            "1": {"label": {"en": "orders"}, "do": "team", "team": team},
            "2": {"label": {"en": "repairs"}, "do": "menu", "keys": {
                "1": {"label": {"en": "kettles"}, "do": "team", "team": team}}},
            "3": {"label": {"en": "a message"}, "do": "voicemail"},
        }  # fmt: skip
        menu = menus.checked_menu(menu, teams=frozenset({team}), agents=frozenset({mara.pk}))
        extensions = [{"number": "42", "agent": mara.pk}]
        PhoneSetup.objects.create(inbox=net.inbox, menu=menu, extensions=extensions, record="record" in what)
    else:
        net.let(int(what))


def play(net, table):
    """Play a table row by row, and compare what each line hears."""
    lines = {}
    for row in filter(None, (r.strip() for r in table.splitlines())):
        who, does, hears = (cell.strip() for cell in row.split("|"))
        if who == "clock":
            prepare(net, does)
            continue
        if does == "rings":
            number = {"anna": ANNA, "bob": BOB, "dora": "+37120000003", "hidden": "anonymous"}[who]
            lines[who] = line = net.caller(number)
        elif who in PHONES and does == "picks up":
            lines[who] = line = net.pick_up(PHONES[who])
        elif who in PHONES and does in {"ignores", "busy"}:
            line = net.ignore(PHONES[who], {"ignores": "no-answer", "busy": "busy"}[does])
        else:
            line = lines[who]
            if does.startswith("presses"):
                line.press(does.removeprefix("presses").strip())
            elif does == "after":
                line.post(line.next(), CallStatus="in-progress", DialCallStatus="completed")
            elif does == "speaks":
                line.speak()
            elif does == "hangs up":
                line.hang_up()
        heard = str(line.status) if line.status != 200 else " ".join(line.does)
        heard += "+record" if line.status == 200 and line.mark("Conference", "record") else ""
        assert heard == hears, f"{who} {does}: heard {line.words!r}"


@pytest.mark.parametrize("name", PATHS)
def test_path(net, team, name):
    table, end = PATHS[name]
    play(net, table)
    net.let(2)
    call = Call.objects.order_by("id").first()
    state, *more = end.split()
    assert call.state == state
    if state == "ended":
        assert call.ended_by == more[0]
        assert ("answered" in more) == (call.answered_at is not None)
        assert not CallPart.objects.filter(call=call, state__in=["joined", "held", "ringing"]).exists()
    assert Callback.objects.filter(source="queue").exists() == ("callback" in more)
    assert call.recordings.filter(kind="voicemail", state="ready").exists() == ("voicemail" in more)


def test_the_ticket_is_there_before_anybody_is_rung_and_whoever_answers_has_it(net, team):
    anna = net.caller(CallerName="Anna K.")
    ticket = Ticket.objects.get()
    assert (ticket.channel, ticket.customer.name, net.rung) == ("voice", "Anna K.", [])
    net.let()
    net.pick_up(IVO)
    assert "Anna K." in net.phone(IVO).words
    net.phone(IVO).press("1")
    net.let()
    ticket.refresh_from_db()
    assert ticket.assignee.name == "Ivo"
    assert anna.mark("Conference", "beep") == "false"
    names = list(EventRow.objects.order_by("id").values_list("name", flat=True))
    assert names.index("TicketCreated") < names.index("CallStarted") < names.index("CallRang")


def test_old_webhooks_are_refused_and_the_same_one_at_once_hears_the_same(net, team):
    prepare(net, "nobody")
    anna = net.caller()
    first = anna.sent
    anna.press()
    second, heard = anna.sent, anna.page
    assert anna.again().status == 200
    assert [e.tag for e in anna.page.iter()] == [e.tag for e in heard.iter()]
    anna.press()
    before = Call.objects.values_list("step", "state").get()
    for old in (first, second):
        anna.sent = old
        assert anna.again().status == 403
    assert Call.objects.values_list("step", "state").get() == before
    assert DoorCount.objects.get(outcome="replayed").count == 2


def test_a_forged_step_is_refused_and_leaves_a_counter(net, team):
    prepare(net, "nobody")
    anna = net.caller()
    raws = RawMessage.objects.count()
    anna.press()
    url, body, headers = anna.sent
    anna.sent = (url.replace("/wait/", "/menu/"), body, headers)
    assert anna.again().status == 403
    assert RawMessage.objects.count() == raws + 1
    assert DoorCount.objects.get(outcome="signature").count == 1


def test_a_blocked_caller_is_rejected_and_leaves_no_ticket(net, team):
    customers.block_sender(pattern=ANNA, reason="abuse", actor=SYSTEM, now=clock.now())
    assert net.caller().does == ["Reject"]
    assert not Ticket.objects.exists()


def test_two_who_hide_their_number_are_two_customers(net, team):
    prepare(net, "nobody")
    net.caller("anonymous")
    net.caller("+266696687")
    assert len({t.customer_id for t in Ticket.objects.all()}) == 2


def test_a_caller_who_calls_again_goes_on_with_their_ticket(net, team):
    prepare(net, "nobody")
    net.caller().hang_up()
    net.let(60)
    net.caller()
    assert Ticket.objects.count() == 1
    assert Call.objects.count() == 2


def test_a_voicemail_is_a_message_with_its_sound_fetched_with_our_password(net, team):
    prepare(net, "closed")
    net.caller().speak(seconds=23)
    net.let()
    ring, voicemail = Message.objects.filter(kind=Message.Kind.INCOMING).order_by("id")
    assert ring.ticket_id == voicemail.ticket_id
    assert "0:23" in voicemail.text
    [file] = voicemail.attachments.all()
    assert (file.name, file.size) == ("voicemail.mp3", len(b"ID3 sound"))
    [asked] = [a for a in net.provider.asked if "/Recordings/" in a.path]
    assert asked.path.endswith(f"/Recordings/RE{'7' * 32}.mp3")


def test_what_is_said_is_in_the_callers_language(net, team):
    prepare(net, "nobody")
    anna = net.caller()
    assert anna.mark("Say", "language") == "en-US"
    customer = Ticket.objects.get().customer
    customer.language = "tr"
    customer.save()
    anna.hang_up()
    again = net.caller()
    assert again.mark("Say", "language") == "tr-TR"


def test_a_language_without_a_voice_is_played(net, team):
    PhoneSetup.objects.create(inbox=net.inbox, audio={"hy": {"greeting": "ab" * 32}})
    prepare(net, "nobody")
    net.inbox.language = "hy"
    net.inbox.save()
    anna = net.caller()
    assert anna.page[0].tag == "Play"
    assert f"/channels/voice/{net.inbox.pk}/sound/{'ab' * 32}/" in anna.page[0].text
    assert anna.mark("Say", "language") == "en-US"


def test_a_provider_that_falls_silent_does_not_leave_ghosts(net, team):
    from hospes.calls.operations.phone import sweep_phones

    prepare(net, "nobody")
    net.caller()
    assert sweep_phones(now=clock.now()) == 0
    assert sweep_phones(now=clock.now() + timedelta(minutes=5)) == 1
    assert Call.objects.get().state == "ended"


def test_the_wait_is_told_once_somebody_was_answered(net, team):
    prepare(net, "only ivo")
    Call.objects.all().delete()
    anna = net.caller()
    net.let()
    net.pick_up(IVO).press("1")
    net.let()
    queued = datetime.now(UTC) - timedelta(minutes=4)
    Call.objects.update(queued_at=queued)
    bob = net.caller(BOB)
    net.let()
    third = net.caller("+37120000004")
    assert "number 2" in third.words
    assert anna.page is not None
    assert bob.page is not None


def test_the_words_about_recording_are_played_where_there_is_no_voice_and_the_rest_is_said_in_english(net, team):
    sounds = {"consent": "ab" * 32, "refuse": "cd" * 32}
    PhoneSetup.objects.create(inbox=net.inbox, record=True, audio={"uz": sounds})
    net.inbox.language = "uz"
    net.inbox.save()
    anna = net.caller()
    assert anna.does == ["Say", "Gather", "Play", "Play"]
    root = f"{settings.PUBLIC_URL}/channels/voice/{net.inbox.pk}/sound/"
    assert [play.text for play in anna.page.iter("Play")] == [f"{root}{token}/" for token in sounds.values()]
    assert anna.mark("Say", "language") == "en-US"


def test_a_caller_who_was_not_told_is_not_recorded_when_that_is_turned_on_meanwhile(net, team):
    anna = net.caller()
    net.let()
    PhoneSetup.objects.create(inbox=net.inbox, record=True)
    ivo = net.pick_up(IVO).press("1")
    net.let()
    assert (ivo.does, anna.does) == (["Dial", "Conference"], ["Dial", "Conference"])
    assert anna.mark("Conference", "record") is ivo.mark("Conference", "record") is None


def test_the_refusal_is_an_event_of_the_customers_and_told_once(net, team):
    prepare(net, "record")
    anna = net.caller()
    anna.press("9")
    anna.again()
    [told] = EventRow.objects.filter(name="CallConsent")
    assert (told.data["yes"], told.actor_kind) == (False, "customer")
    assert Call.objects.get().facts["consent"] == "no"
