"""Channels in the settings as people read them: how an inbox fares, what a channel can do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hospes.channels.adapter import Adapter
from hospes.channels.queries import State
from hospes.channels.registry import adapters
from hospes.channels.setting_up import has_door
from hospes.desk.shapes.times import ago
from hospes.desk.shapes.ways import length_of
from hospes.tickets.models import Inbox
from hospes.tickets.ways import MB, Traits, channel_icon, channel_label

#: Channels whose settings are more than a form have pages of their own: (a new one, one of them).
PAGES: Final[Mapping[str, tuple[str, str]]] = {
    "email": ("desk:new_inbox", "desk:inbox"),
    "chat": ("desk:new_chat", "desk:chat"),
}
# Why the door did not let a call in, by what is counted.
REFUSED: Final = {
    "unsigned": gettext_lazy("without a signature"),
    "signature": gettext_lazy("with a wrong signature"),
    "time": gettext_lazy("too old"),
    "replayed": gettext_lazy("sent a second time"),
    "unreadable": gettext_lazy("not readable"),
    "size": gettext_lazy("too large"),
    "not ours": gettext_lazy("for another number or page"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An inbox in the list. `kind` colours its state: good, warn, bad or nothing."""

    inbox: Inbox
    label: str
    icon: str
    url: str
    kind: str
    state: str
    seen: str
    refused: str


def own_page(kind: str, inbox_id: int | None = None) -> str:
    """The address of a channel's own settings pages; "" for those that are a form."""
    pages = PAGES.get(kind)
    if pages is None:
        return ""
    try:
        return reverse(pages[0]) if inbox_id is None else reverse(pages[1], args=[inbox_id])
    except NoReverseMatch:
        return ""


def line_of(state: State, *, now: datetime) -> Line:
    """How an inbox fares, in words."""
    inbox, adapter = state.inbox, adapters().get(state.inbox.kind)
    kind, words = _working(state, now)
    return Line(
        inbox=inbox,
        label=channel_label(inbox.kind),
        icon=channel_icon(inbox.kind),
        url=own_page(inbox.kind, inbox.pk) or reverse("desk:channel", args=[inbox.pk]),
        kind=kind,
        state=words,
        seen=_seen(state, adapter, now),
        refused=refused_words(state),
    )


def _working(state: State, now: datetime) -> tuple[str, str]:
    found = state.credential
    if found is None or found.checked_at is None or found.working is None:
        return "", _("not checked yet") if found is not None else ""
    when = ago(found.checked_at, now=now)
    if found.working:
        return "good", _("works, checked %(ago)s ago") % {"ago": when}
    return "bad", found.words or _("does not work")


def _seen(state: State, adapter: Adapter | None, now: datetime) -> str:
    if adapter is None or not has_door(adapter):
        return ""
    if state.credential is None or state.credential.seen_at is None:
        return _("The provider has not called yet")
    return _("Provider called %(ago)s ago") % {"ago": ago(state.credential.seen_at, now=now)}


def refused_words(state: State) -> str:
    """Refused calls of the last seven days by reason; "" when there were none."""
    parts = [f"{REFUSED.get(why, why)}: {n}" for why, n in sorted(state.calls.items()) if why in REFUSED]
    if not parts:
        return ""
    total = ngettext("%(n)d call refused in 7 days", "%(n)d calls refused in 7 days", state.refused)
    return f"{total % {'n': state.refused}} ({', '.join(parts)})"


def card_of(adapter: Adapter) -> dict[str, Any]:
    """A channel to add, with what it can do in a few words."""
    traits = adapter.traits
    return {
        "kind": adapter.kind,
        "label": str(traits.label),
        "icon": traits.icon,
        "url": own_page(adapter.kind) or reverse("desk:make_channel", args=[adapter.kind]),
        "can": abilities(traits),
    }


def abilities(traits: Traits) -> list[str]:
    """What an admin should know before choosing a channel."""
    if traits.spoken:
        return [_("Calls")]
    found = []
    if traits.window:
        # Translators: the time is “24 hours” or “7 days”
        found.append(_("Free answers for %(time)s") % {"time": length_of(traits.window)})
    if traits.templates:
        found.append(_("Templates afterwards"))
    if traits.live:
        found.append(_("The customer waits while you answer"))
    if traits.private_window:
        found.append(_("Public comments"))
    if traits.starts and not traits.window:
        found.append(_("You can write first"))
    if traits.files:
        found.append(_("Files up to %(n)d MB") % {"n": traits.file_bytes // MB})
    if traits.receipts:
        found.append(_("Tells what was read"))
    return found[:4]


def generated_of(adapter: Adapter, kept: Mapping[str, Any]) -> list[dict[str, str]]:
    """What we drew at random for the provider to know, to be copied."""
    return [
        {"label": str(one.label), "value": str(kept[one.name]), "help": str(one.help)}
        for one in adapter.fields
        if one.generate and kept.get(one.name)
    ]
