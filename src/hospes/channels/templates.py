"""Templates that providers approve: kept in step with them, and put to messages on their way out."""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.channels import operations, queries
from hospes.channels.adapter import ChannelError, Template
from hospes.channels.models import Credential, ReadyTemplate
from hospes.channels.registry import adapters
from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import InvalidInput
from hospes.core.text import storable, storable_json
from hospes.tickets.models import Inbox
from hospes.tickets.queries.setup import active_inboxes

log = logging.getLogger(__name__)


def sync_templates(*, inbox: Inbox, actor: Actor, now: datetime) -> int:
    """Ask an inbox's provider for its templates and keep them; returns how many. Raises ChannelError."""
    actor.require("inbox.manage")
    found = adapters()[inbox.kind].templates(queries.credential_of(inbox.pk))  # outside of any transaction
    _keep(inbox, found, now)
    return len(found)


@transaction.atomic
def _keep(inbox: Inbox, found: Sequence[Template], now: datetime) -> None:
    """The provider's list is the truth: new ones come, changed ones change, others go."""
    rows = {
        (storable(t.name)[:200], t.language[:20]): ReadyTemplate(
            inbox=inbox,
            name=storable(t.name)[:200],
            language=t.language[:20],
            body=storable(t.body),
            state=t.state[:20],
            parts=storable_json([dict(part) for part in t.parts]),
            updated_at=now,
        )
        for t in found
    }
    kept = ReadyTemplate.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["inbox", "name", "language"],
        update_fields=["body", "state", "parts", "updated_at"],
    )
    gone = [t.pk for t in ReadyTemplate.objects.filter(inbox=inbox) if (t.name, t.language) not in rows]
    ReadyTemplate.objects.filter(pk__in=gone).delete()
    log.info("Inbox %s has %s templates", inbox.pk, len(kept))


def sync_all(*, now: datetime) -> None:
    """Every inbox whose channel knows templates; one that cannot be asked is noted and does not hold up the others."""
    for inbox in active_inboxes():
        adapter = adapters().get(inbox.kind)
        if adapter is None or not adapter.traits.templates or not Credential.objects.filter(pk=inbox.pk).exists():
            continue
        try:
            sync_templates(inbox=inbox, actor=SYSTEM, now=now)
        except ChannelError as error:
            operations.note_credential(inbox_id=inbox.pk, working=False, words=error.words, now=now)


_GAP: Final = re.compile(r"\{\{\s*(\d{1,2})\s*\}\}")
MAX_VALUE: Final = 1000


def gaps(body: str) -> int:
    """How many values a template takes."""
    return max((int(n) for n in _GAP.findall(body)), default=0)


def filled(body: str, values: Sequence[str]) -> str:
    """What the customer reads. Values are put in once: a value that looks like a gap stays as it is."""

    def put(found: re.Match[str]) -> str:
        place = int(found[1]) - 1
        return values[place] if 0 <= place < len(values) else found[0]

    return _GAP.sub(put, body)


def words_of(*, inbox_id: int, wanted: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """(what the customer will read, the choice as `tickets.reply` takes it) of a chosen template with its values.
    Raises InvalidInput for one that is not approved and for values that are missing."""
    name, language = wanted.get("name"), wanted.get("language")
    approved = ReadyTemplate.objects.filter(inbox_id=inbox_id, state="approved")
    found = approved.filter(name=storable(str(name or "")), language=storable(str(language or ""))).first()
    if found is None:
        raise InvalidInput(_("This template is not approved any more. Choose another."), field="template")
    given = wanted.get("values")
    # Providers refuse line breaks and long gaps in values.
    listed = given if isinstance(given, list) else []
    values = [" ".join(storable(str(value)).split())[:MAX_VALUE] for value in listed]
    if len(values) != gaps(found.body) or not all(values):
        raise InvalidInput(_("Fill in every gap of the template."), field="template")
    return filled(found.body, values), {"name": found.name, "language": found.language, "values": values}


def with_parts(extra: Mapping[str, Any], inbox: Inbox) -> Mapping[str, Any]:
    """A message's extra with what its channel has to know of the template."""
    wanted = extra.get("template")
    if not wanted:
        return extra
    found = ReadyTemplate.objects.filter(inbox=inbox, name=wanted["name"], language=wanted["language"]).first()
    return {**extra, "template": {**wanted, "parts": found.parts if found else []}}
