"""Notifications that agents want by mail: short, in their language, with the way to the ticket."""

import logging
import smtplib
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from hospes.tickets import operations as tickets
from hospes.tickets.models import Notification

log = logging.getLogger(__name__)


def mail_waiting(*, now: datetime) -> int:
    """Send one batch; returns how many were sent. What could not be sent stays for the next round."""
    taken = tickets.take_notices_to_mail(now=now)
    sent = 0
    for notice in taken:
        try:
            mail_of(notice).send()
            sent += 1
        except (OSError, smtplib.SMTPException) as error:
            log.warning("A notification could not be mailed: %s", error)
            tickets.give_back_notice(notification_id=notice.pk)
    return sent


def mail_of(notice: Notification) -> EmailMessage:
    """The mail. Only the first words of the message are in it."""
    agent, ticket = notice.agent, notice.ticket
    with translation.override(agent.language or settings.LANGUAGE_CODE):
        subject = f"[#{ticket.shown_number}] {' '.join(_told(notice).split())}"
        address = f"{settings.PUBLIC_URL}/desk/t/{ticket.number}/"
        lines = [
            _told(notice),
            " ".join(ticket.subject.split()),
            "",
            notice.words,
            "",
            address,
            "",
            # Translators: below a notification mail to an agent
            _("You can choose which notifications come by mail under “Preferences”."),
        ]
    return EmailMessage(
        subject=subject[:200],
        body="\n".join(lines),
        to=[agent.email],
        headers={
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "List-Unsubscribe": f"<{settings.PUBLIC_URL}/desk/settings/preferences/>",
        },
    )


def _told(notice: Notification) -> str:
    who = {"who": notice.by_name or _("Somebody")}
    return {
        "assigned": _("%(who)s gave you a ticket"),
        "mentioned": _("%(who)s mentioned you"),
        "called": _("%(who)s needs you now"),
        "replied": _("%(who)s answered"),
        "due_soon": _("A ticket is due soon"),
        "overdue": _("A ticket is overdue"),
        "failed": _("Your message could not be delivered"),
        "burst": _("Many customers write about the same thing"),
    }.get(notice.kind, _("Something new on a ticket")) % who
