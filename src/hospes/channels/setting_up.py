"""Inboxes of channels set up: made with their settings, changed, checked with the provider, tried out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from hospes.channels import operations, queries
from hospes.channels.adapter import Adapter, BaseAdapter, ChannelError, Finding, OutgoingMessage, SettingField
from hospes.channels.registry import adapters
from hospes.core import ids
from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput, NotFound
from hospes.customers.policies import contact_key
from hospes.tickets import operations as tickets
from hospes.tickets.models import Inbox

OWN: Final = frozenset({"name", "language", "team", "promise_hours", "acknowledge", "signature_html"})


def adapter_of(kind: str) -> Adapter:
    """A channel's adapter. Raises NotFound."""
    found = adapters().get(kind)
    if found is None:
        raise NotFound
    return found


def has_door(adapter: Adapter) -> bool:
    """Whether its provider calls our webhook, so that there is an address to copy."""
    verify: Any = type(adapter).verify
    return verify is not BaseAdapter.verify


def webhook_url(inbox: Inbox) -> str:
    """The address that the provider is told."""
    return f"{settings.PUBLIC_URL}/channels/{inbox.kind}/{inbox.pk}/"


@transaction.atomic
def make_channel(
    *, kind: str, address: str, own: Mapping[str, Any], values: Mapping[str, Any], actor: Actor, now: datetime
) -> Inbox:
    """Make an inbox of a channel with its settings, together or not at all. What the provider has to be told is drawn
    at random here. Raises InvalidInput, Conflict."""
    adapter = adapter_of(kind)
    chosen = {name: own[name] for name in ("name", "language", "team") if name in own}
    inbox = tickets.create_inbox(**chosen, address=_address(adapter, address), kind=kind, actor=actor, now=now)
    drawn = {field.name: ids.token(24) for field in adapter.fields if field.generate}
    _keep(adapter, inbox, {**drawn, **values}, actor, now)
    rest = {name: value for name, value in own.items() if name in OWN - chosen.keys()}
    return tickets.change_inbox(inbox=inbox, actor=actor, now=now, **rest) if rest else inbox


@transaction.atomic
def change_channel(
    *, inbox: Inbox, own: Mapping[str, Any], values: Mapping[str, Any], actor: Actor, now: datetime
) -> Inbox:
    """Change an inbox and its settings. A secret that is left empty stays as it is; another field that is emptied is
    forgotten."""
    adapter = adapter_of(inbox.kind)
    _keep(adapter, inbox, values, actor, now)
    return tickets.change_inbox(
        inbox=inbox, actor=actor, now=now, **{name: value for name, value in own.items() if name in OWN}
    )


def _address(adapter: Adapter, address: str) -> str:
    plain = " ".join(address.split())
    if adapter.traits.identity == "phone":
        plain = contact_key("phone", plain)
        if not plain.startswith("+") or not 7 <= len(plain) <= 16:
            raise InvalidInput(
                _("Write the number with + and its country code, such as +371 2000 0000."), field="address"
            )
    if not plain:
        raise InvalidInput(_("Write what customers see: a number, a page or the name of the bot."), field="address")
    return plain[:320]


def _keep(adapter: Adapter, inbox: Inbox, values: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    kept: dict[str, Any] = {}
    for field in adapter.fields:
        if field.name in values:
            value = values[field.name]
            kept[field.name] = None if _emptied(field, value) else value
    operations.save_credential(inbox=inbox, values=kept, actor=actor, now=now)


def _emptied(field: SettingField, value: Any) -> bool:
    return value in ("", None, []) and field.kind != "secret"


def check_now(*, inbox: Inbox, actor: Actor, now: datetime) -> Sequence[Finding]:
    """Ask the provider whether the settings work, and keep what came of it. Uses the network: never in a transaction.
    Where a channel has nothing to ask, nothing is found."""
    actor.require("inbox.manage")
    adapter = adapter_of(inbox.kind)
    try:
        found = list(adapter.check(queries.credential_of(inbox.pk), webhook_url(inbox)))
    except ChannelError as error:
        found = [Finding(False, error.words)]
    if found:
        wrong = "; ".join(finding.words for finding in found if not finding.good)
        operations.note_credential(inbox_id=inbox.pk, working=not wrong, words=wrong, now=now)
    return found


def may_test(adapter: Adapter) -> bool:
    """Whether a test can be sent: where we may write first, in free words, to an address that people know."""
    traits = adapter.traits
    return traits.starts and traits.window is None and traits.identity in {"phone", "email"} and not traits.spoken


def send_test(*, inbox: Inbox, to: str, actor: Actor, now: datetime) -> Finding:
    """Send a short message to an address of the admin's, outside of any ticket. Uses the network."""
    actor.require("inbox.manage")
    adapter = adapter_of(inbox.kind)
    address = contact_key(adapter.traits.identity, to.strip())
    if not may_test(adapter) or (adapter.traits.identity == "phone") != address.startswith("+"):
        raise InvalidInput(_("Write the number with + and its country code, such as +371 2000 0000."), field="to")
    with translation.override(inbox.language):
        text = _("A test message from %(name)s. All is well.") % {"name": inbox.name}
    message = OutgoingMessage(
        message_id=f"test-{ids.token(12)}@hospes.invalid", number="", subject=text, text=text, html="",
        sender=(inbox.name, inbox.address), to=(("", address),), cc=(), reply_to={}, in_reply_to="", references=(),
        automatic=True, language=inbox.language, at=now, inbox_id=inbox.pk,
    )  # fmt: skip
    try:
        receipt = adapter.send(message, queries.credential_of(inbox.pk))
    except ChannelError as error:
        operations.note_credential(inbox_id=inbox.pk, working=False, words=error.words, now=now)
        return Finding(False, error.words)
    operations.note_credential(inbox_id=inbox.pk, working=True, words="", now=now)
    return Finding(True, receipt.words or _("The provider took the test message."))
