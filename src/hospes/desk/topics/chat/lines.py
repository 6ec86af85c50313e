"""What happened in chats in words, for the timeline and the audit log."""

from collections.abc import Callable
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hospes.desk.shapes.changes import Names
from hospes.desk.shapes.times import isolated
from hospes.desk.topics import Data, Line


def _rated(data: dict[str, Any], names: Names) -> str:
    score = data.get("score") if isinstance(data.get("score"), int) else 0
    if data.get("with_words"):
        return _("rated the chat with %(score)s of 5 and wrote why") % {"score": score}
    return _("rated the chat with %(score)s of 5") % {"score": score}


def _mailed(data: dict[str, Any], names: Names) -> str:
    count = data.get("count") if isinstance(data.get("count"), int) else 1
    return ngettext(
        "sent %(count)s unread answer of the chat by mail as well",
        "sent %(count)s unread answers of the chat by mail as well",
        int(count or 1),
    ) % {"count": count}


def _set_up(data: Data) -> str:
    name = isolated(f"“{data.get('label', '')}”")
    words = {
        "secret": _("made a new signing secret for the chat %(name)s"),
        "invitation": _("changed the chat's invitation %(name)s"),
        "invitation_deleted": _("deleted the chat's invitation %(name)s"),
    }
    return words.get(str(data.get("what")), _("set up the chat %(name)s")) % {"name": name}


TIMELINE: Final[dict[str, Line]] = {
    "ChatEnded": lambda data, names: _("ended the chat"),
    "ChatRated": _rated,
    "ChatTranscriptAsked": lambda data, names: _("asked for the chat by mail"),
    "ChatContinuedByMail": _mailed,
}
AUDIT: Final[dict[str, Callable[[Data], str]]] = {"ChatSetUp": _set_up}
