"""Guidance at the desk: the picker, the panel, refusals step by step, playbooks and macros in the settings."""

import pytest
from django.urls import reverse

from hospes.core import clock
from hospes.desk.tests.conftest import signed_in
from hospes.guidance.models import PlaybookUse, PlaybookVersion, Refusal, Signs
from hospes.testing import people
from hospes.tickets import operations
from hospes.tickets.models import Macro, Message

FRAGMENT = {"Hospes-Fragment": "1"}


@pytest.fixture
def lead(company):
    return signed_in(company.lead)


@pytest.fixture
def angry(company):
    """Karl's ticket, on which he went on after a warning."""
    karl = {"sender": "karl@customer.example", "name": "Karl", "inbox": company.inbox}
    ticket = people.receive("You are all idiots. Shut up and pay!", language="en", **karl).ticket
    warning = operations.reply(
        ticket=ticket, actor=people.desk_actor(company.ivo), now=clock.now(), text="Stop, please."
    )
    more = people.receive(
        "Idiots! Shut up!", in_reply_to=warning.external_id, references=(warning.external_id,),
        message_id="2@c.example", language="en", **karl,
    )  # fmt: skip
    people.settle()
    return ticket, warning, more.message


def macro(name="Thanks", **more) -> Macro:
    given = {"body_html": "<p>Dear {{customer.first_name|there}}</p>", "sharing": "all"} | more
    return operations.save_macro(name=name, actor=more.pop("actor", people.SYSTEM), now=people.NOON, **given)


def test_the_picker_offers_answers_with_reasons_and_shows_how_they_read(desk, ticket, django_assert_max_num_queries):
    leak = macro("Leak", body_html="<p>A kettle that leaks, {{customer.first_name}}, is replaced.</p>", language="uz")
    macro("Invoice", body_html="<p>Here it is.</p>")
    with django_assert_max_num_queries(20):
        page = desk.get(reverse("desk:answers", args=[ticket.number]), headers=FRAGMENT).content.decode()
    assert page.index("Leak") < page.index("Invoice")
    assert "kettle" in page
    shown = desk.get(reverse("desk:answer", args=[ticket.number, leak.pk]), headers=FRAGMENT).json()["html"]
    assert "Anna, is replaced" in shown
    foreign = desk.get(reverse("desk:answer", args=[ticket.number, 10**9]), headers=FRAGMENT)
    assert foreign.status_code == 404


def test_the_panel_shows_the_kind_the_reasons_and_sentences(desk, angry, django_assert_max_num_queries):
    ticket, _warning, _more = angry
    page = desk.get(reverse("desk:panels", args=[ticket.number]), headers=FRAGMENT).content.decode()
    assert "kind-rude" in page
    assert "Words: " in page
    assert page.count("data-sentence") == 16
    signs = Signs.objects.filter(ticket=ticket).order_by("-message_id").first()
    answer = desk.post(reverse("desk:dismiss_signs", args=[ticket.number, signs.pk]), headers=FRAGMENT)
    assert answer.status_code == 200
    page = desk.get(reverse("desk:panels", args=[ticket.number]), headers=FRAGMENT).content.decode()
    assert "signs-found" not in page
    assert 'id="playbook-rude"' in page


def test_the_panel_asks_little(company, rf, angry, django_assert_max_num_queries):
    from hospes.desk.topics.guidance.panel import context
    from hospes.tickets.queries import screen

    request = rf.get("/")
    request.actor = people.desk_actor(company.ivo)
    ticket = screen.ticket_for_pane(request.actor, angry[0].number)
    with django_assert_max_num_queries(3):
        context(request, ticket)


def test_use_of_playbooks_is_noted(desk, angry):
    address = reverse("desk:note_playbook", args=[angry[0].number])
    desk.post(address, {"kind": "rude", "what": "sentence"}, headers=FRAGMENT)
    desk.post(address, {"kind": "offended", "what": "opened"}, headers=FRAGMENT)
    assert sorted(PlaybookUse.objects.values_list("kind", "offered")) == [("offended", False), ("rude", True)]
    assert desk.post(address, {"kind": "odd", "what": "opened"}, headers=FRAGMENT).status_code == 422
    figures = desk.get(reverse("desk:playbook_figures")).content.decode()
    assert "Misread" in figures


def test_a_refusal_goes_from_the_ticket_to_the_lead_and_back(desk, lead, angry, company):
    ticket, warning, more = angry
    address = reverse("desk:refuse", args=[ticket.number])
    assert desk.get(address).status_code == 200
    wanted = {"reason": "insults", "words": "Insulted us again.", "scope": "all", "evidence": [more.pk]}
    assert desk.post(address, wanted).status_code == 422
    assert desk.post(address, wanted | {"warning": warning.pk}).status_code == 302
    refusal = Refusal.objects.get()
    step = reverse("desk:refusal_step", args=[refusal.pk])
    approve = {"step": "approve", "words": "Enough.", "message": "We stop here. Answer to complain."}
    assert desk.post(step, approve, headers=FRAGMENT).status_code == 403
    panel = lead.get(reverse("desk:panels", args=[ticket.number]), headers=FRAGMENT).content.decode()
    assert "Approve and tell the customer" in panel
    assert "Approve and tell" not in desk.get(reverse("desk:panels", args=[ticket.number])).content.decode()
    assert lead.post(step, approve, headers=FRAGMENT).status_code == 200
    assert Message.objects.filter(text__contains="We stop here", kind="reply").exists()
    assert "Karl" in lead.get(reverse("desk:refusals")).content.decode()
    assert desk.post(step, {"step": "appeal", "words": "Sorry."}, headers=FRAGMENT).status_code == 200
    assert lead.post(step, {"step": "lift", "words": "Fine."}, headers=FRAGMENT).status_code == 403
    admin = signed_in(company.admin)
    assert admin.post(step, {"step": "lift", "words": "Fine."}, headers=FRAGMENT).status_code == 200
    assert Refusal.objects.get().state == "ended"
    page = desk.get(reverse("desk:ticket", args=[ticket.number])).content.decode()
    assert "asked to refuse service" in page


def test_a_lead_writes_playbooks_and_an_agent_reads_them(desk, lead):
    assert desk.get(reverse("desk:playbooks")).status_code == 200
    address = reverse("desk:playbook", args=["rude", "lv"])
    assert "aizvain" not in desk.get(address).content.decode()
    sent = {
        "signs": "a\n\nb",
        "do": "c",
        "do_not": "d",
        "sentences": "Labi, {{customer.first_name|klient}}.",
        "version": 0,
    }
    assert desk.post(address, sent).status_code == 403
    assert lead.post(address, sent | {"sentences": "{{nope}}"}).status_code == 422
    assert lead.post(address, sent).status_code == 302
    assert PlaybookVersion.objects.get().signs == ["a", "b"]
    assert lead.post(address, sent).status_code == 422
    assert desk.get(reverse("desk:playbook", args=["rude", "xx"])).status_code == 404


def test_macros_stand_by_situation_side_by_side(lead, desk, ticket, django_assert_max_num_queries):
    assert lead.post(reverse("desk:macro_library"), {"language": ["en", "lv"]}).status_code == 302
    assert Macro.objects.count() == 48
    assert lead.post(reverse("desk:macro_library"), {"language": ["en", "lv"]}).status_code == 302
    assert Macro.objects.count() == 48
    assert desk.post(reverse("desk:macro_library")).status_code == 403
    with django_assert_max_num_queries(16):
        page = desk.get(reverse("desk:macros")).content.decode()
    assert page.count('class="card situation"') == 12
    assert "Missing in" in page
    operations.apply_macro(
        macro=Macro.objects.first(), ticket=ticket, actor=people.desk_actor(people.make_agent("Zoe")), now=clock.now()
    )
    people.settle()
    assert "1 use" in desk.get(reverse("desk:macros")).content.decode()


def test_a_macro_is_edited_with_its_faults_named_and_tried_on_a_ticket(desk, ticket):
    address = reverse("desk:new_macro")
    sent = {"name": "Hi", "situation": "Greeting", "language": "lv", "channel": "chat", "sharing": "private"}
    page = desk.post(address, sent | {"body_html": "<p>{{customer.frist_name}}</p>"})
    assert page.status_code == 422
    assert "customer.first_name" in page.content.decode()
    condition = '{"field": "customer.vip", "is": "yes"}'
    assert desk.post(address, sent | {"body_html": "<p>Hi</p>", "conditions": condition}).status_code == 302
    made = Macro.objects.get()
    assert (made.situation, made.channel, made.conditions["field"]) == ("Greeting", "chat", "customer.vip")
    tried = {"number": f"#{ticket.shown_number}", "body_html": "<p>Hi {{customer.name}}</p><script>x</script>"}
    answer = desk.post(reverse("desk:try_macro"), tried, headers=FRAGMENT).json()
    assert answer["html"] == "<p>Hi Anna Kalniņa</p>"
    assert desk.post(reverse("desk:try_macro"), tried | {"number": "none"}, headers=FRAGMENT).status_code == 404


def test_hostile_words_stay_words_in_picker_and_panel(desk, company):
    hostile = "<img src=x onerror=alert(1)>"
    found = people.receive(
        f"You idiots {hostile}! Shut up!", name=hostile, subject=hostile, language="en", inbox=company.inbox
    ).ticket
    people.settle()
    made = macro(hostile, situation=hostile, body_html="<p>{{customer.name}} {{ticket.subject}}</p>")
    for address in (
        reverse("desk:panels", args=[found.number]),
        reverse("desk:answers", args=[found.number]),
        reverse("desk:answer", args=[found.number, made.pk]),
        reverse("desk:macros"),
        reverse("desk:macro_settings", args=[made.pk]),
        reverse("desk:refuse", args=[found.number]),
    ):
        assert "<img src=x" not in desk.get(address).content.decode()
