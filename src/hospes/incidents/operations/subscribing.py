"""People outside who want to hear of the service's state: asked once more by mail before anything is sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core import ids, limits
from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.customers.policies import email_key
from hospes.incidents import events
from hospes.incidents.mails import unsubscribe_token
from hospes.incidents.models import Component, Subscriber
from hospes.incidents.operations.base import languages
from hospes.tickets.operations.addresses import check_addresses
from hospes.tickets.queries.setup import is_own_address

GOOD_FOR = timedelta(days=2)
VISITOR = Actor(kind="customer", name="", via="portal")


@transaction.atomic
def subscribe_to_status(
    *, email: str, language: str, now: datetime, components: Sequence[int] = ()
) -> tuple[Subscriber, str] | None:
    """Somebody typed an address: (subscriber, the token for the mailed link), or None when nothing is to be mailed
    (our own address; asked for often enough). Nothing is sent to it before its owner opened the link and agreed, and
    what it chose before stays until then. Raises InvalidInput for what is no address."""
    address = next(iter(check_addresses([storable(email)], field="email")), "")
    if not address:
        raise InvalidInput(_("Write your e-mail address."), field="email")
    key = email_key(address)[:340]
    if is_own_address(address) or not limits.count(f"status-mail:{key}", limit=3, seconds=86400, now=now).allowed:
        return None
    if language not in languages():
        raise InvalidInput(_("Choose one of the languages."), field="language")
    subscriber, made = Subscriber.objects.get_or_create(
        key=key, defaults={"email": address[:254], "language": language, "created_at": now}
    )
    token = ids.token()
    subscriber.token_hash, subscriber.token_until = ids.token_hash(token), now + GOOD_FOR
    if made or subscriber.confirmed_at is None:
        subscriber.language = language
        subscriber.components.set(Component.objects.filter(pk__in=list(components), archived_at=None))
    subscriber.save()
    return subscriber, token


@transaction.atomic
def confirm_subscription(*, token: str, now: datetime) -> Subscriber:
    """The button behind the mailed link was pressed; the link is good once. Raises NotFound."""
    found = Subscriber.objects.select_for_update().filter(token_hash=ids.token_hash(token), token_until__gt=now).first()
    if found is None or not token:
        raise NotFound
    found.token_hash, found.token_until = "", None
    found.confirmed_at = found.confirmed_at or now
    found.save()
    emit(events.StatusSubscription(subscriber_id=found.pk, what="confirmed"), actor=VISITOR, now=now)
    return found


@transaction.atomic
def unsubscribe_from_status(*, token: str, now: datetime) -> None:
    """The link in a mail was used; a second time changes nothing. Raises NotFound for a link that we did not make."""
    number, _dot, given = token.partition(".")
    if not (number.isascii() and number.isdecimal() and len(number) < 19 and given):
        raise NotFound
    found = Subscriber.objects.select_for_update().filter(pk=int(number)).first()
    if found is None:
        return
    if not ids.same(unsubscribe_token(found), token):
        raise NotFound
    emit(events.StatusSubscription(subscriber_id=found.pk, what="ended"), actor=VISITOR, now=now)
    found.delete()


def forget_unconfirmed(*, now: datetime) -> int:
    """Addresses whose owner never agreed are not kept."""
    gone, _each = Subscriber.objects.filter(confirmed_at=None, token_until__lte=now).delete()
    return gone
