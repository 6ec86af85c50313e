"""The form of a queue. It reads input; operations decide."""

import re
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.core.conditions import SECONDS, span_of
from hospes.core.text import fold
from hospes.desk.conditions_field import ConditionsField
from hospes.desk.topics.staffing.words import channel_words
from hospes.routing import queries as routing
from hospes.routing.models.queue import MatchLanguage, Queue, Strategy
from hospes.staff import queries as staff
from hospes.staff.models import Skill

STEPS: Final = 3  # as many are always offered
MOST_STEPS: Final = 10  # as the operations take
_SKILL = re.compile(r"(.+?)\s+([1-5])")


def rows_of(queue: Queue | None) -> int:
    """How many steps the form asks for: all there are and one more. What it does not show would be lost on saving."""
    return min(MOST_STEPS, max(STEPS, len(queue.overflow) + 1 if queue else 0))


def span_text(seconds: int | None) -> str:
    """A length of time as people type it: "15 min"."""
    if seconds is None:
        return ""
    for unit, each in sorted(SECONDS.items(), key=lambda pair: -pair[1]):
        if seconds % each == 0 and seconds:
            return f"{seconds // each} {unit}"
    return "0 s"


class SpanField(forms.CharField):
    """A length of time ("90 s", "15 min", "4 h") as seconds; None when empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, widget=forms.TextInput(attrs={"dir": "ltr"}), **kwargs)

    def clean(self, value: Any) -> Any:
        """Whole seconds."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return int(span_of(text).total_seconds())
        except ValueError:
            raise forms.ValidationError(_("Give a length of time such as 30 min, 4 h or 2 d.")) from None


class QueueForm(forms.Form):
    """A queue: which tickets, who may take them, how one of them is chosen, and what when nobody can."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    conditions = ConditionsField(
        namespaces=("ticket", "customer", "message", "time"), label=gettext_lazy("Which tickets it takes")
    )
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Only from these channels"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: from all."),
    )
    tier = forms.TypedChoiceField(
        label=gettext_lazy("Tier"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", gettext_lazy("Any")), (1, "1"), (2, "2"), (3, "3")],
    )
    team: Any = forms.ModelChoiceField(
        label=gettext_lazy("Team"),
        queryset=None,
        required=False,
        empty_label=gettext_lazy("The ticket’s own team"),
    )
    skills = forms.CharField(
        label=gettext_lazy("Skills that are needed"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Names with the least level from 1 to 5, such as: Returns 3, Billing 2"),
    )
    match_language = forms.ChoiceField(label=gettext_lazy("Language"), choices=MatchLanguage.choices)
    strategy = forms.ChoiceField(label=gettext_lazy("Who gets it"), choices=Strategy.choices)
    sticky_days = forms.IntegerField(
        label=gettext_lazy("Prefer who helped the customer in the last days"),
        min_value=0,
        max_value=3650,
        help_text=gettext_lazy("0: do not prefer anybody."),
    )
    boost = forms.IntegerField(
        label=gettext_lazy("Go before others, as if waiting so many minutes longer"), min_value=0, max_value=1440
    )
    offer = forms.BooleanField(label=gettext_lazy("Offer it first: the agent accepts or declines"), required=False)
    offer_seconds = forms.IntegerField(label=gettext_lazy("Seconds to accept an offer"), min_value=5, max_value=3600)
    grace_seconds = SpanField(
        label=gettext_lazy("Take back from who is away for"),
        required=False,
        help_text=gettext_lazy("Such as 60 s or 15 min; only while the customer waits. Empty: never."),
    )
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False)

    def __init__(self, *args: Any, queue: Queue | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["team"].queryset = staff.teams()
        fields["channels"].choices = channel_words()
        targets = [(f"team:{pk}", name) for pk, name in staff.teams().values_list("pk", "name")]
        targets += [
            # Translators: a queue as the place where a ticket goes after a long wait
            (f"queue:{pk}", _("Queue %(name)s") % {"name": name})
            for pk, name in routing.queues().values_list("pk", "name")
            if queue is None or pk != queue.pk
        ]
        self.steps = rows_of(queue)
        for number in range(1, self.steps + 1):
            after = SpanField(required=False, label=_("Step %(n)d: after waiting for") % {"n": number})
            to = forms.ChoiceField(
                required=False, label=_("Step %(n)d: also for") % {"n": number}, choices=[("", "—"), *targets]
            )
            fields[f"after_{number}"], fields[f"to_{number}"] = after, to
        fields["active"] = fields.pop("active")

    def clean_skills(self) -> list[list[int]]:
        """Pairs of a skill's id and the level."""
        known = {fold(name): pk for pk, name in Skill.objects.filter(archived_at=None).values_list("pk", "name")}
        pairs = []
        for part in filter(None, (p.strip() for p in self.cleaned_data["skills"].replace(";", ",").split(","))):
            found = _SKILL.fullmatch(part)
            if found is None or fold(found[1]) not in known:
                raise forms.ValidationError(_("“%(part)s” is not a skill with a level.") % {"part": part[:80]})
            pairs.append([known[fold(found[1])], int(found[2])])
        return pairs

    def values(self) -> dict[str, Any]:
        """What operations take."""
        data = dict(self.cleaned_data)
        steps = []
        for number in range(1, self.steps + 1):
            after, to = data.pop(f"after_{number}"), data.pop(f"to_{number}")
            if after and to:
                kind, _colon, target = to.partition(":")
                steps.append({"after": after, kind: int(target)})
        return {**data, "overflow": steps, "conditions": dict(data["conditions"])}


def first_values(queue: Queue | None) -> Mapping[str, Any]:
    """What the form begins with."""
    if queue is None:
        return {
            "strategy": "least_load", "match_language": "preferred", "sticky_days": 30, "boost": 0, "active": True,
            "offer_seconds": 30, "grace_seconds": "15 min", "conditions": {},
        }  # fmt: skip
    names = dict(Skill.objects.values_list("pk", "name"))
    first: dict[str, Any] = {
        name: getattr(queue, name)
        for name in (
            "name", "conditions", "channels", "tier", "team", "match_language", "strategy", "sticky_days", "boost",
            "offer", "offer_seconds", "active",
        )
    }  # fmt: skip
    first["skills"] = ", ".join(f"{names[skill]} {level}" for skill, level in queue.skills if skill in names)
    first["grace_seconds"] = span_text(queue.grace_seconds)
    for number, step in enumerate(queue.overflow, start=1):
        first[f"after_{number}"] = span_text(step["after"])
        first[f"to_{number}"] = f"queue:{step['queue']}" if "queue" in step else f"team:{step.get('team')}"
    return first
