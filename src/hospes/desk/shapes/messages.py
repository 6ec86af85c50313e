"""A message's markup, kept in memory: messages hardly ever change, and a long talk is read many times."""

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any, Final

from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from hospes.desk.shapes.thread import item_of, stamp_of
from hospes.tickets.models import Message

KEPT: Final = 3000
_kept: "OrderedDict[tuple[Any, ...], SafeString]" = OrderedDict()
_lock = Lock()


def message_html(message: Message, may: Mapping[str, bool]) -> SafeString:
    """The list item of one message. The key holds all that the template depends on, the day included: times of
    today are written without it."""
    rights = (may["reply"], may["forward"], may["merge"])
    today = timezone.localdate()
    key = (message.pk, stamp_of(message), get_language(), timezone.get_current_timezone_name(), today, rights)
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    context = {"item": item_of(message), "m": message, "may": may}
    made = mark_safe(get_template("desk/message.html").render(context))
    with _lock:
        _kept[key] = made
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made
