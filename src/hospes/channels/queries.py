"""Every read of the channels room."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet, Sum

from hospes.channels.models import Credential, Delivery, DoorCount, OptOut, RawMessage, ReadyTemplate
from hospes.core import files, secrets
from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.tickets.models import Inbox
from hospes.tickets.queries.ticket import get_message


def credential_of(inbox_id: int) -> dict[str, Any]:
    """An inbox's provider settings, opened."""
    found = Credential.objects.filter(pk=inbox_id).first()
    return secrets.unseal(found.sealed) if found else {}


def raw_bytes(raw: RawMessage) -> bytes:
    """The original, byte for byte."""
    return files.load(raw.file_key) if raw.file_key else bytes(raw.body or b"")


def raw_of_message(actor: Actor, message_id: int) -> RawMessage:
    """The raw original of a message that an agent may see. Raises NotFound."""
    message = get_message(actor, message_id)
    found = RawMessage.objects.filter(pk=message.source_id or 0).first()
    if found is None:
        raise NotFound
    return found


def needing_attention(actor: Actor) -> QuerySet[RawMessage]:
    """Raw messages that could not be taken in."""
    actor.require("delivery.decide")
    return RawMessage.objects.filter(state=RawMessage.State.ATTENTION).select_related("inbox").order_by("-id")


def stuck_counts() -> dict[str, int]:
    """What waits for somebody, for `hospes check` and the desk's badge."""
    return {
        "raw_attention": RawMessage.objects.filter(state=RawMessage.State.ATTENTION).count(),
        "raw_waiting": RawMessage.objects.filter(state=RawMessage.State.NEW).count(),
        "given_up": Delivery.objects.filter(state=Delivery.State.GIVEN_UP).count(),
        "waiting": Delivery.objects.filter(state=Delivery.State.WAITING).count(),
    }


def templates_for(inbox_id: int, language: str = "") -> list[ReadyTemplate]:
    """The approved templates of an inbox by name, each in one language: the wanted one, else English, else any."""
    found: dict[str, ReadyTemplate] = {}
    rows = ReadyTemplate.objects.filter(inbox_id=inbox_id, state="approved").order_by("name", "language")
    for row in rows:
        if row.name not in found or _suits(row, language) > _suits(found[row.name], language):
            found[row.name] = row
    return list(found.values())


def _suits(template: ReadyTemplate, language: str) -> int:
    spoken = template.language.replace("-", "_").partition("_")[0]
    return 2 if spoken == language.partition("-")[0] else int(spoken == "en")


def who_stopped(pairs: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Those of these (inbox id, address) that want no more messages: one query."""
    inboxes, addresses = {pk for pk, _address in pairs}, {address for _pk, address in pairs}
    found = OptOut.objects.filter(inbox_id__in=inboxes, address__in=addresses)
    return set(found.values_list("inbox_id", "address")) & set(pairs)


@dataclass(frozen=True, slots=True)
class State:
    """How an inbox fares: the provider's last call, the last check, calls of the last week by outcome."""

    inbox: Inbox
    credential: Credential | None
    calls: Mapping[str, int]

    @property
    def refused(self) -> int:
        """Calls that were not the provider's."""
        return sum(count for outcome, count in self.calls.items() if outcome not in {"taken", "repeated"})


def states(actor: Actor, *, since: date) -> list[State]:
    """Every inbox in use with how it fares: three queries."""
    actor.require("inbox.manage")
    inboxes = list(Inbox.objects.filter(archived_at=None).select_related("team").order_by("kind", "name"))
    credentials = {c.pk: c for c in Credential.objects.defer("sealed")}
    calls: dict[int, dict[str, int]] = {}
    counted = DoorCount.objects.filter(day__gte=since).values_list("inbox_id", "outcome").annotate(n=Sum("count"))
    for inbox_id, outcome, count in counted:
        calls.setdefault(inbox_id, {})[outcome] = count
    return [State(inbox, credentials.get(inbox.pk), calls.get(inbox.pk, {})) for inbox in inboxes]


def all_templates(inbox_id: int) -> QuerySet[ReadyTemplate]:
    """Every template of an inbox, also those that are not approved."""
    return ReadyTemplate.objects.filter(inbox_id=inbox_id)
