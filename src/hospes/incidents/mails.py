"""The mails to those who follow the service's state: the question whether they want to, and each update."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from hospes.core import ids
from hospes.incidents.models import IncidentUpdate, Subscriber
from hospes.incidents.models.incident import IncidentState
from hospes.incidents.policies import chosen_language
from hospes.tickets.queries.setup import active_inboxes

QUIET = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def _company() -> str:
    first = active_inboxes().order_by("pk").values_list("name", flat=True).first()
    return " ".join(str(first or "Hospes").split())


def unsubscribe_token(subscriber: Subscriber) -> str:
    """What stands in the link below every mail. It is computed and never kept."""
    return f"{subscriber.pk}.{ids.keyed_digest('status-unsubscribe', f'{subscriber.pk}:{subscriber.key}', length=32)}"


def send_confirmation(subscriber: Subscriber, token: str, *, language: str) -> None:
    """Ask whether they really want it. Raises what the mail backend raises (OSError, smtplib.SMTPException)."""
    company = _company()
    with translation.override(language):
        link = settings.PUBLIC_URL + reverse("portal:status-confirm", args=[token])
        lines = [
            _("Hello,"),
            "",
            _("somebody asked us to write to this address when something is wrong with %(company)s.")
            % {"company": company},
            _("If that was you, open this page within two days and press the button:"),
            "",
            link,
            "",
            _("If it was not you, do nothing: we will not write again."),
            "",
            company,
        ]
        message = EmailMessage(
            subject=_("News about the service of %(company)s: please confirm") % {"company": company},
            body="\n".join(lines),
            to=[subscriber.email],
            headers=QUIET,
        )
    message.send()


def send_update(subscriber: Subscriber, update: IncidentUpdate, *, number: int) -> str:
    """Mail an update in the subscriber's language; returns the language. Raises what the mail backend raises.

    One click ends it (RFC 8058); `number` makes the Message-ID the same at every try.
    """
    incident, company = update.incident, _company()
    language = chosen_language(update.texts, subscriber.language)
    with translation.override(language):
        leave = settings.PUBLIC_URL + reverse("portal:status-unsubscribe", args=[unsubscribe_token(subscriber)])
        state = str(IncidentState(update.state).label)
        title = " ".join(incident.called(language).split())
        lines = [
            f"{title} · {state}",
            "",
            update.texts[language],
            "",
            settings.PUBLIC_URL + reverse("portal:status-incident", args=[incident.pk]),
            "",
            company,
            "",
            _("You get this mail because you follow the state of our service. To stop it, open:"),
            leave,
        ]
    host = urlsplit(settings.PUBLIC_URL).hostname or "hospes.invalid"
    digest = ids.keyed_digest("status-mail", str(number), length=24)
    EmailMessage(
        subject=f"[{state}] {title}"[:200],
        body="\n".join(lines),
        to=[subscriber.email],
        headers={
            **QUIET,
            "Message-ID": f"<status.{number}.{digest}@{host}>",
            "List-Unsubscribe": f"<{leave}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    ).send()
    return language
