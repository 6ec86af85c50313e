"""Ready answers on a ticket: who may use which, in which form, in what order, and what came of them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.core.errors import InvalidInput
from hospes.guidance import queries
from hospes.guidance.models import MacroUse, MacroWords
from hospes.guidance.operations.uses import note_score
from hospes.guidance.policies.ranking import Candidate, rank
from hospes.testing.people import NOON, desk_actor, make_agent, make_team, receive, settle
from hospes.tickets import operations as tickets
from hospes.tickets.models import Macro, Ticket
from hospes.tickets.policies import Variant, choose_variant
from hospes.tickets.queries import macros_for


def make_macro(name: str, body: str = "<p>x</p>", **more) -> Macro:
    given = {"sharing": "all", "actor": SYSTEM, "now": NOON} | more
    return tickets.save_macro(name=name, body_html=body, **given)


@pytest.fixture
def ticket(db) -> Ticket:
    return receive("My kettle leaks on the table.", language="lv").ticket


@pytest.fixture
def ivo(db):
    return desk_actor(make_agent("Ivo"))


def shown(ticket, actor) -> list[str]:
    return [one.macro.name for one in queries.suggestions(ticket=ticket, actor=actor, now=NOON)]


def test_sharing_decides_who_may_use_an_answer(db):
    ours, theirs = make_team("Ours"), make_team("Theirs")
    mina, ivo, bek = (make_agent(n, role=r, teams=t) for n, r, t in (
        ("Mina", "lead", (ours,)), ("Ivo", "agent", (ours,)), ("Bek", "agent", (theirs,))))  # fmt: skip
    make_macro("mine", sharing="private", actor=desk_actor(mina))
    make_macro("team's", sharing="team", team=ours, actor=desk_actor(mina))
    make_macro("everybody's", actor=desk_actor(mina))
    names = {a.name: set(macros_for(desk_actor(a)).values_list("name", flat=True)) for a in (mina, ivo, bek)}
    assert names == {
        "Mina": {"mine", "team's", "everybody's"}, "Ivo": {"team's", "everybody's"}, "Bek": {"everybody's"},
    }  # fmt: skip
    with pytest.raises(InvalidInput):
        make_macro("no team", sharing="team", actor=desk_actor(mina))


def test_a_situation_is_offered_once_in_the_customers_language(ticket, ivo):
    make_macro("Thanks", situation="Thanks", language="en")
    make_macro("Paldies", situation="thanks", language="lv")
    make_macro("Rahmat", situation="Thanks", language="uz")
    found = queries.suggestions(ticket=ticket, actor=ivo, now=NOON)
    assert [(one.macro.name, one.fell_back) for one in found] == [("Paldies", False)]


def test_a_fallback_shows_that_it_is_one(ticket, ivo):
    make_macro("Rahmat", situation="Thanks", language="uz")
    make_macro("Thanks", situation="Thanks", language="en")
    found = queries.suggestions(ticket=ticket, actor=ivo, now=NOON)
    assert [(one.macro.name, one.fell_back) for one in found] == [("Thanks", True)]


@pytest.mark.parametrize(
    ("language", "channel", "chosen"),
    [
        ("lv", "email", (1, False)), ("lv", "chat", (2, False)), ("lv", "sms", (2, False)), ("tr", "email", (4, True)),
        ("tr", "chat", (3, False)), ("", "email", (4, False)),
    ],
)  # fmt: skip
def test_the_form_follows_language_then_channel(language, channel, chosen):
    forms = [Variant(1, "lv", ""), Variant(2, "lv", "chat"), Variant(4, "en", "")]
    if language == "tr" and channel == "chat":
        forms.append(Variant(3, "tr", "email"))
    found = choose_variant(forms, language=language, channel=channel, otherwise=("en",))
    assert found is not None
    assert (found[0].id, found[1]) == chosen


def test_conditions_decide_on_which_tickets_it_is_offered(ticket, ivo):
    make_macro("For VIPs", conditions={"field": "customer.vip", "is": "yes"})
    make_macro("For kettles", conditions={"field": "message.text", "is": "contains", "value": ["kettle"]})
    assert shown(ticket, ivo) == ["For kettles"]
    with pytest.raises(InvalidInput):
        make_macro("x", conditions={"field": "nothing.such", "is": "yes"})


def test_words_and_use_bring_an_answer_to_the_top(ticket, ivo):
    make_macro("Invoice copy", "<p>The invoice is attached.</p>")
    make_macro("Leak", "<p>A kettle that leaks is replaced.</p>")
    often = make_macro("Habit", "<p>Hello.</p>")
    assert shown(ticket, ivo)[0] == "Leak"
    tickets.change_ticket(ticket=ticket, actor=ivo, now=NOON, type="problem")
    for n in range(6):
        other = receive("Something else entirely", message_id=f"{n}@x.example", subject=f"n{n}").ticket
        tickets.change_ticket(ticket=other, actor=ivo, now=NOON, type="problem")
        tickets.apply_macro(macro=often, ticket=other, actor=ivo, now=NOON)
    settle()
    ticket.refresh_from_db()
    found = {one.macro.name: one.ranked for one in queries.suggestions(ticket=ticket, actor=ivo, now=NOON)}
    assert list(found)[:2] in (["Leak", "Habit"], ["Habit", "Leak"])
    assert "used" in found["Habit"].why
    assert "kettle" in found["Leak"].shared
    assert MacroWords.objects.get(macro=often).words["something"] == 6


def test_rare_words_count_for_more():
    common = [Candidate(n, True, frozenset({"thanks", "order"})) for n in range(5)]
    special = Candidate(9, True, frozenset({"thanks", "samovar"}))
    assert rank([*common, special], said=["thanks", "order", "samovar"])[0].id == 9


def test_the_number_of_queries_does_not_grow_with_the_answers(ticket, ivo):
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            queries.suggestions(ticket=ticket, actor=ivo, now=NOON)
        return len(seen)

    make_macro("One", conditions={"field": "customer.vip", "is": "no"})
    few = count()
    for n in range(20):
        make_macro(f"M{n}", conditions={"field": "customer.vip", "is": "no"})
    assert count() == few <= 11


def test_a_use_is_followed_to_its_outcome(ticket, ivo):
    macro = make_macro("Leak")
    now = clock.now()
    tickets.apply_macro(macro=macro, ticket=ticket, actor=ivo, now=now)
    settle()
    sent = tickets.reply(ticket=ticket, actor=ivo, now=clock.now(), text="It is replaced.", status="solved")
    settle()
    use = MacroUse.objects.get()
    assert (use.message_id, use.agent_id, use.solved_at is not None) == (sent.pk, ivo.id, True)
    receive(
        "You idiots, shut up, it leaks again!", now=clock.now(), in_reply_to=sent.external_id,
        references=(sent.external_id,), message_id="again@customer.example",
    )  # fmt: skip
    settle()
    use.refresh_from_db()
    assert (use.upset, use.reopened_at is not None) == (True, True)
    assert note_score(ticket_id=ticket.pk, message_id=sent.pk, score=40) == 1
    figures = queries.macro_figures([macro.pk], since=now - timedelta(days=1))[macro.pk]
    assert (figures.n, figures.solved_share, figures.reopened_share, figures.calm_share) == (1, 100, 100, 0)
    assert figures.score == 40


def test_hostile_names_stay_words_in_what_is_put_in(ivo):
    hostile = '<script>alert(1)</script>{{agent.name}} "><img src=x onerror=alert(2)>'
    found = receive("x", name=hostile, subject=hostile, sender="evil@customer.example").ticket
    macro = make_macro("m", '<p>{{customer.name}} {{ticket.subject}}</p><a href="https://{{customer.name}}/">x</a>')
    html = tickets.apply_macro(macro=macro, ticket=found, actor=ivo, now=NOON)
    assert "<script" not in html
    assert "<img" not in html
    assert "Ivo" not in html


def test_faults_are_told_when_an_answer_is_saved(db):
    for body in ("{{customer.frist_name}}", "{% if customer.vip %}x", "{% load x %}", "{{ticket.subject"):
        with pytest.raises(InvalidInput) as error:
            make_macro("x", f"<p>{body}</p>")
        assert error.value.field == "body_html"


def test_times_are_told_by_the_customers_clock(ticket, ivo):
    ticket.customer.time_zone = "Asia/Tashkent"
    ticket.promised_at = NOON
    macro = make_macro("When", "<p>{{ticket.promise}}</p>", language="en")
    html = tickets.render_macro(macro=macro, ticket=ticket, actor=ivo, now=NOON)
    assert "5 p.m. (+05)" in html
