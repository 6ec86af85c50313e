"""Writing at the desk: replies, notes, forwards, drafts, files, macros, taking back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from hospes.core import clock
from hospes.desk.tests.conftest import signed_in
from hospes.testing import people
from hospes.tickets import operations
from hospes.tickets.models import Attachment, Draft, Message, Ticket


@pytest.fixture(autouse=True)
def files_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def reply(client, ticket, **data):
    return client.post(reverse("desk:reply", args=[ticket.number]), {"html": "<p>Hello Anna</p>", **data})


def test_a_reply_waits_ten_seconds_and_can_be_taken_back(desk, ticket):
    answer = reply(desk, ticket).json()
    message = Message.objects.get(pk=answer["message"])
    assert (message.delivery, answer["seconds"]) == ("held", 10)
    back = desk.post(answer["undo"]).json()
    assert "Hello Anna" in back["html"]
    assert back["kind"] == "reply"
    assert not Message.objects.filter(pk=message.pk).exists()
    assert Draft.objects.get().kind == "reply"


def test_another_agent_cannot_take_a_reply_back(desk, company, ticket):
    undo = reply(desk, ticket).json()["undo"]
    assert signed_in(company.bek).post(undo).status_code == 403
    assert Message.objects.filter(kind="reply").exists()


def test_send_and_solve_solves(desk, ticket):
    reply(desk, ticket, then="solved")
    assert Ticket.objects.get(pk=ticket.pk).category == "solved"


def test_two_agents_never_both_send_unaware(desk, company, ticket):
    seen = ticket.last_message_id
    assert reply(desk, ticket, seen=seen).status_code == 200
    second = reply(signed_in(company.bek), ticket, seen=seen)
    assert second.status_code == 409
    [came] = second.json()["message_ids"]
    assert reply(signed_in(company.bek), ticket, seen=came).status_code == 200


def test_copies_go_to_those_named_and_no_longer_to_those_taken_out(desk, ticket):
    reply(desk, ticket, cc="partner@x.example, boss@x.example")
    first = Message.objects.filter(kind="reply").latest("id")
    assert {p["address"] for p in first.cc} == {"partner@x.example", "boss@x.example"}
    reply(desk, ticket, cc="boss@x.example", cc_shown="partner@x.example, boss@x.example")
    reply(desk, ticket)
    assert {p["address"] for p in Message.objects.latest("id").cc} == {"boss@x.example"}


@pytest.mark.parametrize("data", [{"html": ""}, {"html": "<p> </p>"}, {"cc": "nonsense"}, {"then": "deleted"}])
def test_a_reply_that_cannot_be_sent_says_why_and_sends_nothing(desk, ticket, data):
    answer = reply(desk, ticket, **data)
    assert answer.status_code == 422
    assert answer.json()["message"]
    assert not Message.objects.filter(kind="reply").exists()


def test_what_agents_write_is_cleaned(desk, ticket):
    reply(desk, ticket, html="<p>Hi<script>alert(1)</script><img src=x onerror=alert(1)></p>")
    html = Message.objects.get(kind="reply").html
    assert "script" not in html
    assert "onerror" not in html


def test_a_note_tells_the_colleagues_that_it_calls(desk, company, ticket):
    html = f'<p>Look <span data-mention="{company.bek.pk}">@Bek</span></p>'
    ticket.team = company.second
    ticket.save()
    desk.post(reverse("desk:note", args=[ticket.number]), {"html": html})
    people.settle()
    answer = signed_in(company.bek).get(reverse("desk:news")).json()
    assert answer["count"] == 1
    assert "Ivo" in answer["newest"]["text"]


def test_a_forward_goes_to_an_outsider_with_the_message(desk, ticket):
    answer = desk.post(
        reverse("desk:forward", args=[ticket.number]),
        {"html": "<p>Can you mend it?</p>", "to": "smith@works.example", "message": ticket.last_message_id},
    )
    assert answer.status_code == 200
    message = Message.objects.get(kind="side_out")
    assert message.to[0]["address"] == "smith@works.example"
    assert "My kettle leaks." in message.quoted


def test_a_second_forward_goes_on_in_the_same_side_conversation(desk, ticket):
    url = reverse("desk:forward", args=[ticket.number])
    for text in ("<p>One</p>", "<p>Two</p>"):
        desk.post(url, {"html": text, "to": "smith@works.example"})
    assert ticket.side_conversations.count() == 1


def test_a_draft_is_kept_and_comes_back_with_its_files(desk, ticket):
    token = desk.post(reverse("desk:upload"), {"file": SimpleUploadedFile("a.txt", b"abc")}).json()["token"]
    url = reverse("desk:draft", args=[ticket.number])
    kept = desk.post(url, {"kind": "reply", "html": "<p>Half a sentence</p>", "upload": token}).json()
    assert kept["version"] == 1
    page = desk.get(reverse("desk:ticket", args=[ticket.number])).content.decode()
    assert "Half a sentence" in page
    assert "a.txt" in page
    desk.post(url, {"kind": "reply", "html": "", "version": 1})
    assert not Draft.objects.exists()


def test_two_windows_of_one_agent_do_not_overwrite_each_other_unseen(desk, ticket):
    url = reverse("desk:draft", args=[ticket.number])
    desk.post(url, {"kind": "note", "html": "<p>First</p>"})
    desk.post(url, {"kind": "note", "html": "<p>Second</p>", "version": 1})
    late = desk.post(url, {"kind": "note", "html": "<p>Late</p>", "version": 1})
    assert late.status_code == 409
    assert "Second" in late.json()["html"]


def test_an_uploaded_file_leaves_with_the_message(desk, ticket):
    token = desk.post(reverse("desk:upload"), {"file": SimpleUploadedFile("plan.pdf", b"%PDF-1.4")}).json()["token"]
    reply(desk, ticket, upload=[token])
    assert [a.name for a in Message.objects.get(kind="reply").attachments.all()] == ["plan.pdf"]


def test_row_6_somebody_elses_upload_can_be_neither_sent_nor_seen(desk, company, ticket):
    token = desk.post(reverse("desk:upload"), {"file": SimpleUploadedFile("a.txt", b"abc")}).json()["token"]
    other = signed_in(company.bek)
    assert reply(other, ticket, upload=[token]).status_code == 404
    assert other.get(reverse("desk:attachment", args=[token])).status_code == 404
    assert other.post(reverse("desk:upload"), {"remove": token}).status_code == 404
    assert desk.post(reverse("desk:upload"), {"remove": token}).status_code == 204
    assert not Attachment.objects.exists()


def test_a_file_over_the_limit_is_refused_with_the_limit(desk, settings):
    settings.MAX_ATTACHMENT_BYTES = 1024 * 1024
    big = SimpleUploadedFile("big.bin", b"x" * (1024 * 1024 + 1))
    answer = desk.post(reverse("desk:upload"), {"file": big})
    assert answer.status_code == 413
    assert "1 MB" in answer.json()["message"]


def test_a_macro_fills_in_the_customer_and_changes_the_ticket(desk, company, ticket):
    macro = operations.save_macro(
        name="Picture",
        body_html="<p>Hello {{customer.first_name}}</p>",
        actions={"status": "waiting"},
        actor=people.desk_actor(company.ivo),
        now=clock.now(),
    )
    answer = desk.post(reverse("desk:macro", args=[ticket.number]), {"macro": macro.pk}).json()
    assert "Hello Anna" in answer["html"]
    assert Ticket.objects.get(pk=ticket.pk).category == "waiting"


def test_another_agents_private_macro_cannot_be_used(company, desk, ticket):
    macro = operations.save_macro(
        name="Mine", body_html="<p>x</p>", actor=people.desk_actor(company.bek), now=clock.now()
    )
    assert desk.post(reverse("desk:macro", args=[ticket.number]), {"macro": macro.pk}).status_code == 404
    assert desk.get(reverse("desk:macro_settings", args=[macro.pk])).status_code == 404


def test_we_can_write_first(desk, company):
    answer = desk.post(
        reverse("desk:new"),
        {
            "direction": "outgoing",
            "to": "new@customer.example",
            "name": "New Person",
            "subject": "Your order",
            "html": "<p>It is on its way.</p>",
            "inbox": company.inbox.pk,
            "priority": "2",
        },
    )
    ticket = Ticket.objects.get()
    assert answer["Location"] == reverse("desk:ticket", args=[ticket.number])
    assert (ticket.category, ticket.assignee) == ("waiting", company.ivo)
    assert Message.objects.get().to[0]["address"] == "new@customer.example"


def test_what_a_customer_said_can_be_noted_down(desk, company):
    desk.post(
        reverse("desk:new"),
        {
            "direction": "incoming",
            "to": "caller@customer.example",
            "subject": "Called about a kettle",
            "html": "<p>It leaks.</p>",
            "inbox": company.inbox.pk,
            "priority": "3",
        },
    )
    message = Message.objects.get()
    assert (message.kind, message.ticket.priority) == ("incoming", 3)


def test_a_new_ticket_with_mistakes_keeps_what_was_typed(desk, company):
    answer = desk.post(reverse("desk:new"), {"direction": "outgoing", "to": "x", "html": "<p>Long text</p>"})
    assert answer.status_code == 422
    assert "Long text" in answer.content.decode()
    assert not Ticket.objects.exists()
