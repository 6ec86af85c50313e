"""What an SMSC delivers is stored as it came before it is told "taken". Parts of a long message are kept in one row,
in any order; once all are there, or when the rest does not come, the gate takes it in.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

from hospes.channels import operations
from hospes.channels.keywords import keyword
from hospes.channels.models import Credential, RawMessage, SeenCall
from hospes.channels.smpp import pdus, texts
from hospes.channels.smpp.texts import Part
from hospes.tickets.models import Inbox

#: An SMSC gives no id to what it delivers, and delivers again what it thinks we did not take. The very same octets
#: from the same sender within this time are the same message.
AGAIN: Final = timedelta(minutes=5)
REST_OF_LONG: Final = timedelta(minutes=5)


def settings_of(credential: Mapping[str, Any]) -> dict[str, str]:
    """What parsing needs to know of the inbox, kept with each message."""
    return {
        "alphabet": str(credential.get("alphabet") or "gsm"),
        "ids": str(credential.get("ids") or "same"),
        "country": str(credential.get("country") or ""),
    }


@transaction.atomic
def take(*, inbox: Inbox, pdu: bytes, about: Mapping[str, str], now: datetime) -> bool:
    """Keep one deliver_sm or data_sm; False when it is there already. Raises DatabaseError: then it was not taken."""
    digest = _digest(pdu)
    if not _is_new(inbox, digest, now):
        operations.count_call(inbox=inbox, outcome="repeated", now=now)
        return False
    found = pdus.read(pdu)
    external_id = f"{digest[:40]}:{int(now.timestamp())}"
    part = texts.part_of(found) if texts.report_of(found) is None else None
    if part is not None:
        _take_part(inbox, pdu, f"{found.source}\0{found.destination}\0{part.reference}\0{part.total}", part,
                   {**about, "part": external_id}, now)  # fmt: skip
    else:
        _take_whole(inbox, pdu, found, external_id, about, now)
    Credential.objects.update_or_create(inbox=inbox, defaults={"seen_at": now})
    operations.count_call(inbox=inbox, outcome="taken", now=now)
    return True


def _digest(pdu: bytes) -> str:
    """What makes two PDUs the same message: all but the number in the sequence."""
    return hashlib.sha256(b"smpp\0" + pdu[4:8] + pdu[16:]).hexdigest()


def _is_new(inbox: Inbox, digest: str, now: datetime) -> bool:
    """Whether these octets have not come lately; from now on they have."""
    seen, new = SeenCall.objects.select_for_update().get_or_create(inbox=inbox, digest=digest, defaults={"at": now})
    if new:
        return True
    if seen.at > now - AGAIN:
        return False
    seen.at = now
    seen.save(update_fields=["at"])
    return True


def _take_whole(
    inbox: Inbox, pdu: bytes, found: pdus.Delivered, external_id: str, about: Mapping[str, str], now: datetime
) -> None:
    """A message, a receipt, or a word such as STOP (which is a message too where it may be an answer)."""
    word = None
    if texts.report_of(found) is None:
        word = keyword(texts.read(found, alphabet=about["alphabet"]).text)
    raws = []
    if word is not None and word.kind != "help":
        envelope = {**about, "as": word.kind}
        raws.append(operations.NewRaw(inbox.pk, f"{external_id}:{word.kind}", pdu, envelope, "smpp"))
    if word is None or word.answer:
        raws.append(operations.NewRaw(inbox.pk, external_id, pdu, dict(about), "smpp"))
    operations.store_raws(raws=raws, now=now)


def _take_part(inbox: Inbox, pdu: bytes, key: str, part: Part, about: Mapping[str, str], now: datetime) -> None:
    """Put a part to the others of its message. Only what waits is looked at, so it costs the same however much there
    has been. A reference that a phone uses again begins a row of its own."""
    group = hashlib.sha256(key.encode()).hexdigest()[:32]
    _one_at_a_time(inbox.pk, group)
    waiting = RawMessage.objects.select_for_update().filter(
        inbox=inbox, channel="smpp", state=RawMessage.State.NEW, next_try_at__gt=now - REST_OF_LONG,
        envelope__group=group, attempts=0,
    )  # fmt: skip
    for raw in waiting.order_by("id"):
        have = {int(number) for number in raw.envelope.get("have", [])}
        if part.number in have or len(have) >= part.total:
            continue
        have.add(part.number)
        raw.body = bytes(raw.body or b"") + pdu
        raw.size = len(raw.body)
        raw.envelope = {**raw.envelope, "have": sorted(have)}
        raw.next_try_at = now if len(have) == part.total else now + REST_OF_LONG
        raw.save(update_fields=["body", "size", "envelope", "next_try_at"])
        if len(have) == part.total:
            _wake()
        return
    envelope = {**about, "group": group, "have": [part.number], "of": asdict(part)["total"]}
    operations.store_raw(inbox=inbox, external_id=about["part"], body=pdu, envelope=envelope, now=now, channel="smpp")
    RawMessage.objects.filter(inbox=inbox, external_id=about["part"]).update(next_try_at=now + REST_OF_LONG)


def _one_at_a_time(inbox_id: int, group: str) -> None:
    """Two parts at the same moment must not both begin a row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [int(group[:7], 16), inbox_id])


def _wake() -> None:
    """Tell the workers at commit, as the trigger does for what is new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('hospes_wake', 'raw')")
