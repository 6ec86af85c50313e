"""What agents can do: skills, languages, capacity, what channels cost."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput
from hospes.core.events import emit
from hospes.staff import events
from hospes.staff.models import Agent, AgentLanguage, AgentSkill, ChannelLoad, Skill
from hospes.staff.operations.base import require_planning, tidy

LEVELS = range(1, 6)
MOST_LANGUAGES = 30


@transaction.atomic
def save_skill(*, name: str, actor: Actor, now: datetime, skill: Skill | None = None) -> Skill:
    """Make or rename a skill; the name of one that was put away takes it back. Raises InvalidInput, Conflict."""
    actor.require("skill.manage")
    name = tidy(name, 100)
    if not name:
        raise InvalidInput(_("Write the skill's name."), field="name")
    kept = Skill.objects.filter(name__iexact=name).exclude(pk=skill.pk if skill else 0).first()
    if kept is not None and (skill is not None or kept.archived_at is None):
        raise Conflict(_("There is a skill of this name."), field="name")
    found, what = skill or kept or Skill(), "changed" if skill or kept else "created"
    found.name, found.archived_at = name, None
    try:
        with transaction.atomic():
            found.save()
    except IntegrityError:
        raise Conflict(_("There is a skill of this name."), field="name") from None
    emit(events.SkillChanged(skill_id=found.pk, skill_name=name, what=what), actor=actor, now=now)
    return found


@transaction.atomic
def archive_skill(*, skill: Skill, actor: Actor, now: datetime) -> None:
    """Put a skill away: nobody is asked for it any more. Who had it is kept, in case it is taken back."""
    actor.require("skill.manage")
    if Skill.objects.filter(pk=skill.pk, archived_at=None).update(archived_at=now):
        emit(events.SkillChanged(skill_id=skill.pk, skill_name=skill.name, what="archived"), actor=actor, now=now)


@transaction.atomic
def set_agent_skills(
    *, agent: Agent, levels: Mapping[int, int], actor: Actor, now: datetime, keep_others: bool = False
) -> None:
    """Say what somebody knows: levels 1 to 5 by the skill's id; 0 takes it off. Without `keep_others` whatever is not
    named is taken off too."""
    require_planning(actor, agent)
    _check_levels(levels.values())
    Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    known = set(Skill.objects.filter(archived_at=None).values_list("pk", flat=True))
    if set(levels) - known:
        raise InvalidInput(_("Choose one of the skills."), field="skill")
    before = dict(AgentSkill.objects.filter(agent=agent).values_list("skill_id", "level"))
    after = {**(before if keep_others else {}), **levels}
    after = {skill: level for skill, level in after.items() if level}
    if after == before:
        return
    AgentSkill.objects.filter(agent=agent).exclude(skill_id__in=after).delete()
    AgentSkill.objects.bulk_create(
        (AgentSkill(agent=agent, skill_id=skill, level=level) for skill, level in after.items()),
        update_conflicts=True,
        unique_fields=["agent", "skill"],
        update_fields=["level"],
    )
    names = dict(Skill.objects.filter(pk__in=after).values_list("pk", "name"))
    said = ", ".join(sorted(f"{names[skill]} {level}" for skill, level in after.items()))
    emit(events.SkillsChanged(agent_id=agent.pk, skills=said), actor=actor, now=now)


@transaction.atomic
def set_agent_languages(*, agent: Agent, levels: Mapping[str, int], actor: Actor, now: datetime) -> None:
    """Say which languages somebody answers customers in: levels 1 to 5 by code ("lv"); the whole list."""
    require_planning(actor, agent)
    _check_levels(levels.values())
    after = {code.strip().lower(): level for code, level in levels.items() if level}
    if len(after) > MOST_LANGUAGES or not all(2 <= len(c) <= 8 and c.replace("-", "").isalpha() for c in after):
        raise InvalidInput(_("Choose one of the languages."), field="language")
    Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    if after == dict(AgentLanguage.objects.filter(agent=agent).values_list("language", "level")):
        return
    AgentLanguage.objects.filter(agent=agent).delete()
    AgentLanguage.objects.bulk_create(AgentLanguage(agent=agent, language=c, level=n) for c, n in after.items())
    said = ", ".join(sorted(f"{code} {level}" for code, level in after.items()))
    emit(events.LanguagesChanged(agent_id=agent.pk, languages=said), actor=actor, now=now)


def _check_levels(levels: Iterable[int]) -> None:
    if not all(level == 0 or level in LEVELS for level in levels):
        raise InvalidInput(_("Choose a level from 1 to 5."), field="level")


@transaction.atomic
def set_capacity(*, agent: Agent, capacity: int, actor: Actor, now: datetime) -> None:
    """How much somebody can have in work at once, in the units of the channels' weights."""
    require_planning(actor, agent)
    if not 0 <= capacity <= 1000:
        raise InvalidInput(_("Choose a number from 0 to 1000."), field="capacity")
    agent = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    before = agent.capacity
    if before == capacity:
        return
    agent.capacity = capacity
    agent.save(update_fields=["capacity"])
    emit(events.CapacityChanged(agent_id=agent.pk, before=before, after=capacity), actor=actor, now=now)


@transaction.atomic
def set_channel_load(
    *, channel: str, weight: int, actor: Actor, now: datetime, limit: int | None = None, agent: Agent | None = None
) -> ChannelLoad:
    """What one ticket of a channel costs, and how many at once: for everybody, or for one agent."""
    if agent is None:
        actor.require("staffing.all")
    else:
        require_planning(actor, agent)
    channel = tidy(channel, 20).lower()
    if not channel.isidentifier():
        raise InvalidInput(_("Choose one of the channels."), field="channel")
    if not 0 <= weight <= 1000:
        raise InvalidInput(_("Choose a number from 0 to 1000."), field="weight")
    if limit is not None and not 0 <= limit <= 1000:
        raise InvalidInput(_("Choose a number from 0 to 1000."), field="limit")
    load, _made = ChannelLoad.objects.update_or_create(
        agent=agent, channel=channel, defaults={"weight": weight, "limit": limit}
    )
    emit(
        events.ChannelLoadChanged(agent_id=agent.pk if agent else None, channel=channel, weight=weight, limit=limit),
        actor=actor,
        now=now,
    )
    return load


@transaction.atomic
def set_phone(*, agent: Agent, phone: str, actor: Actor, now: datetime) -> None:
    """The number by which colleagues reach somebody who is on call."""
    require_planning(actor, agent, own="presence.own")
    phone = tidy(phone, 40)
    if phone and (sum(c.isdigit() for c in phone) < 3 or set(phone) - set("+0123456789 -()/.")):
        raise InvalidInput(_("Write a phone number, such as +371 2000 0000."), field="phone")
    if Agent.objects.filter(pk=agent.pk).exclude(phone=phone).update(phone=phone):
        emit(events.PhoneChanged(agent_id=agent.pk), actor=actor, now=now)
