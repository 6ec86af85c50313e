"""What tests of Meta's channels share: signing calls, answering after a while, what the provider was asked."""

import json

from django.db.models import F

from hospes.channels import meta
from hospes.core import clock
from hospes.testing.channels import Sent, work
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Ticket


def sign(value):
    """A call as Meta signs it."""
    body = json.dumps(value).encode()
    return Sent(body, {"X-Hub-Signature-256": meta.signature(body, "app-secret-of-tests")})


def answer(agent, text="It left today.", *, later=None, **more):
    """The only ticket is answered, `later` after all that was said."""
    if later:
        Message.objects.update(created_at=F("created_at") - later)
    reply = tickets.reply(ticket=Ticket.objects.get(), actor=agent, now=clock.now(), text=text, **more)
    work()
    reply.refresh_from_db()
    return reply


def posted(provider):
    """(path, body) of what the provider was asked to do."""
    return [(one.path, one.data) for one in provider.asked if one.method == "POST"]
