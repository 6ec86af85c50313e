"""How a voice inbox answers: its menu, hours, texts, recording, and which countries may be called."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import phonenumbers
from django.db import transaction
from django.utils.translation import gettext as _

from hospes.calls import menus
from hospes.calls.events import PhoneSetUp
from hospes.calls.models import PhoneSetup
from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.staff.models import Agent, Team
from hospes.tickets.models import Inbox

PLAIN = (
    "calendar_id", "closed", "record", "detect_machines", "ring_seconds", "voicemail_seconds", "offer_callback",
    "callback_minutes",
)  # fmt: skip


@transaction.atomic
def save_phone_setup(*, inbox: Inbox, values: Mapping[str, Any], actor: Actor, now: datetime) -> PhoneSetup:
    """Change what is given of menu, extensions, texts, countries and the rest. Raises InvalidInput naming the field."""
    actor.require("inbox.manage")
    if inbox.kind != "voice":
        raise InvalidInput(_("This inbox takes no calls."), field="inbox")
    setup, _made = PhoneSetup.objects.select_for_update().get_or_create(inbox=inbox)
    teams = frozenset(Team.objects.filter(archived_at=None).values_list("pk", flat=True))
    agents = frozenset(Agent.objects.filter(is_active=True).values_list("pk", flat=True))
    if "menu" in values:
        setup.menu = menus.checked_menu(values["menu"], teams=teams, agents=agents)
    if "extensions" in values:
        setup.extensions = menus.checked_extensions(values["extensions"], teams=teams, agents=agents)
    if "texts" in values:
        setup.texts = _texts(values["texts"])
    if "countries" in values:
        setup.countries = _countries(values["countries"])
    for name in PLAIN:
        if name in values:
            setattr(setup, name, values[name])
    if not 5 <= setup.ring_seconds <= 60:
        raise InvalidInput(_("Ring between 5 and 60 seconds."), field="ring_seconds")
    if not 10 <= setup.voicemail_seconds <= 600:
        raise InvalidInput(_("A message may be 10 to 600 seconds long."), field="voicemail_seconds")
    if not 5 <= setup.callback_minutes <= 1440:
        raise InvalidInput(_("Promise between 5 minutes and a day."), field="callback_minutes")
    setup.save()
    emit(PhoneSetUp(inbox_id=inbox.pk, label=inbox.name), actor=actor, now=now)
    return setup


@transaction.atomic
def save_sound(*, inbox: Inbox, language: str, line: str, file_key: str, actor: Actor, now: datetime) -> PhoneSetup:
    """Play a stored sound instead of words ("" for words again)."""
    actor.require("inbox.manage")
    setup, _made = PhoneSetup.objects.select_for_update().get_or_create(inbox=inbox)
    lines = {**setup.audio.get(language, {}), line: file_key.rpartition("/")[2]}
    setup.audio = {**setup.audio, language[:8]: {k: v for k, v in lines.items() if v}}
    setup.save(update_fields=["audio"])
    emit(PhoneSetUp(inbox_id=inbox.pk, label=inbox.name), actor=actor, now=now)
    return setup


def _texts(given: Any) -> dict[str, dict[str, str]]:
    kept: dict[str, dict[str, str]] = {}
    for language, lines in dict(given or {}).items():
        own = {str(k)[:20]: " ".join(storable(str(v)).split())[:600] for k, v in dict(lines).items()}
        kept[str(language)[:8]] = {k: v for k, v in own.items() if v}
    return {language: lines for language, lines in kept.items() if lines}


def _countries(given: Any) -> list[str]:
    codes = [str(code).strip().upper() for code in given or ()]
    wrong = [code for code in codes if code not in phonenumbers.SUPPORTED_REGIONS]
    if wrong:
        raise InvalidInput(_("%(code)s is no country code. Write them as LV or US.") % {"code": wrong[0]},
                           field="countries")  # fmt: skip
    return sorted(set(codes))
