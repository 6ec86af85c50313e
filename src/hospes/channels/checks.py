"""What `hospes check` asks of mail, in and out: (name, whether it is well, what it is or what to do)."""

import os
import smtplib

from django.conf import settings

from hospes.channels import queries
from hospes.channels.email import send
from hospes.channels.models import Credential
from hospes.tickets import queries as tickets


def checks() -> list[tuple[str, bool, str]]:
    """All of them; never raises for a server that is away."""
    return [_inboxes(), _certificate(), *_servers(), *_mailboxes(), _incoming(), _outgoing()]


def _inboxes() -> tuple[str, bool, str]:
    count = tickets.active_inboxes("email").count()
    if not count:
        return "mail in", False, "No inbox is set up: add one under Settings, Inboxes; until then mail is put off."
    return "mail in", True, f"{count} inboxes take mail."


def _certificate() -> tuple[str, bool, str]:
    path = os.environ.get("HOSPES_SMTP_CERT", "")
    if not path:
        return "mail in, encryption", True, "Without STARTTLS: set HOSPES_SMTP_CERT and HOSPES_SMTP_KEY for it."
    try:
        with open(path, "rb"):
            return "mail in, encryption", True, "STARTTLS is offered."
    except OSError as error:
        return "mail in, encryption", False, f"HOSPES_SMTP_CERT cannot be read: {error.strerror}."


def _servers() -> list[tuple[str, bool, str]]:
    """The relay and the inboxes' own servers, each tried once."""
    urls = {"mail out": str(settings.MAIL_RELAY_URL)}
    bare = False
    for inbox in tickets.active_inboxes("email"):
        credential = queries.credential_of(inbox.pk)
        if credential.get("smtp"):
            urls[f"mail out of {inbox.address}"] = str(credential["smtp"])
        elif not credential.get("anymail_backend"):
            bare = True
    if not urls["mail out"] and not bare:
        del urls["mail out"]
    return [_server(name, url) for name, url in urls.items()]


def _server(name: str, url: str) -> tuple[str, bool, str]:
    if not url:
        return name, False, send.NOT_SET_UP
    try:
        server = send.connect(url)
        server.quit()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return name, False, send.words_of(error)
    return name, True, "The server takes mail from us."


def _mailboxes() -> list[tuple[str, bool, str]]:
    inboxes = tickets.active_inboxes().values_list("pk", "kind", "address", "name")
    names = {
        pk: f"mailbox of {address}" if kind == "email" else f"{kind} of {name}" for pk, kind, address, name in inboxes
    }
    found = Credential.objects.filter(pk__in=names, working__isnull=False).order_by("pk")
    return [(names[c.pk], bool(c.working), c.words or "Fetched without trouble.") for c in found]


def _incoming() -> tuple[str, bool, str]:
    stuck = queries.stuck_counts()["raw_attention"]
    words = f"{stuck} incoming messages could not be taken in: open “Needs attention” at the desk."
    return "mail taken in", not stuck, words if stuck else "All mail that came is on its ticket or on its way."


def _outgoing() -> tuple[str, bool, str]:
    stuck = queries.stuck_counts()["given_up"]
    words = f"{stuck} outgoing messages could not be sent: open “Failed” at the desk."
    return "mail sent", not stuck, words if stuck else "All mail that was written is sent or on its way."
