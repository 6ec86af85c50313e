"""Notifications by mail: to those who want them, once, and again when the mail server was away."""

import smtplib

import pytest
from django.core import mail

from hospes.channels import notices
from hospes.testing.people import NOON, make_agent, receive
from hospes.tickets import operations as tickets
from hospes.tickets.models import Notification

pytestmark = pytest.mark.django_db


def told(agent, ticket, event_id=1):
    tickets.notify(
        agent_id=agent.pk, ticket_id=ticket.pk, kind="mentioned", event_id=event_id, by_name="Eve\nBcc: x@y.example",
        words="please look", now=NOON,
    )  # fmt: skip


def test_only_who_wants_mail_gets_it_and_once(mailoutbox):
    wanting, other = make_agent("Wanda"), make_agent("Otto")
    wanting.notify = {"mentioned": {"mail": True}}
    wanting.save()
    ticket = receive().ticket
    told(wanting, ticket)
    told(other, ticket)
    assert notices.mail_waiting(now=NOON) == 1
    assert notices.mail_waiting(now=NOON) == 0
    [sent] = mail.outbox
    assert sent.to == ["wanda@demo.example"]
    assert f"/desk/t/{ticket.number}/" in sent.body
    raw = sent.message()
    assert raw["Auto-Submitted"] == "auto-generated"
    assert raw["Bcc"] is None
    assert "preferences" in raw["List-Unsubscribe"]


def test_what_was_read_meanwhile_is_not_mailed(mailoutbox):
    agent = make_agent()
    agent.notify = {"mentioned": {"mail": True}}
    agent.save()
    told(agent, receive().ticket)
    Notification.objects.update(read_at=NOON)
    assert notices.mail_waiting(now=NOON) == 0
    assert mail.outbox == []


def test_a_notification_that_could_not_be_mailed_is_tried_again(monkeypatch, mailoutbox):
    agent = make_agent()
    agent.notify = {"mentioned": {"mail": True}}
    agent.save()
    told(agent, receive().ticket)

    def refuse(self):
        raise smtplib.SMTPServerDisconnected("gone")

    with monkeypatch.context() as patch:
        patch.setattr(notices.EmailMessage, "send", refuse)
        assert notices.mail_waiting(now=NOON) == 0
    assert notices.mail_waiting(now=NOON) == 1
