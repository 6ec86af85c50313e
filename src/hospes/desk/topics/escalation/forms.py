"""The forms of escalation, work orders and articles: they read and check input, operations decide."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from hospes.desk.conditions_field import ConditionsField
from hospes.routing.models import EscalationPolicy
from hospes.staff.models import Team
from hospes.staff.queries import teams
from hospes.tickets.models import WorkOrderTemplate

STEP_ROWS = 6
FIELD_ROWS = 8
UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
UNIT_CHOICES = [("s", _("seconds")), ("min", _("minutes")), ("h", _("hours")), ("d", _("days"))]
GOALS = [
    ("", "—"),
    ("tier2", _("to tier 2")),
    ("tier3", _("to tier 3")),
    ("call1", _("to the manager on call")),
    ("call2", _("to the next manager on call")),
]


def in_units(seconds: int) -> tuple[int, str]:
    """A length of time in the largest unit that it fills exactly."""
    for unit in ("d", "h", "min"):
        if seconds and seconds % UNITS[unit] == 0:
            return seconds // UNITS[unit], unit
    return seconds, "s"


class WorkTemplateForm(forms.Form):
    """A kind of work order."""

    name = forms.CharField(label=_("What is to be done"), max_length=100)
    team = forms.ModelChoiceField(
        label=_("Team that does it"),
        queryset=Team.objects.none(),
        empty_label="—",
        required=False,
        help_text=_("Or an outside address below."),
    )
    address = forms.EmailField(label=_("Outside e-mail address"), required=False)
    contact_name = forms.CharField(label=_("Name of the person there"), max_length=200, required=False)
    language = forms.ChoiceField(
        label=_("Language of the mail"), choices=[("", "—"), *settings.LANGUAGES], required=False
    )
    text = forms.CharField(label=_("What they should know"), required=False, widget=forms.Textarea(attrs={"rows": 4}))
    amount = forms.IntegerField(label=_("To be done within"), min_value=1, max_value=31_536_000, initial=8)
    unit = forms.ChoiceField(label=_("Unit"), choices=UNIT_CHOICES, initial="h")
    business = forms.BooleanField(
        label=_("Count only service hours"),
        required=False,
        help_text=_("Where a service level for work orders says what they are."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team: Any = self.fields["team"]
        team.queryset = teams()
        for number in range(1, FIELD_ROWS + 1):
            self.fields[f"label{number}"] = forms.CharField(max_length=100, required=False, label=_("Field"))
            self.fields[f"required{number}"] = forms.BooleanField(required=False, label=_("must be filled in"))

    def plain(self) -> Iterator[BoundField]:
        """The fields that stand alone."""
        return (self[name] for name in ("name", "team", "address", "contact_name", "language", "text"))

    def rows(self) -> list[tuple[BoundField, BoundField]]:
        """Label and mark of each field to fill in."""
        return [(self[f"label{n}"], self[f"required{n}"]) for n in range(1, FIELD_ROWS + 1)]

    def values(self) -> dict[str, Any]:
        """What the operation takes."""
        data = dict(self.cleaned_data)
        fields = [
            {"label": data.pop(f"label{n}"), "required": data.pop(f"required{n}")} for n in range(1, FIELD_ROWS + 1)
        ]
        data["due_seconds"] = data.pop("amount") * UNITS[data.pop("unit")]
        return {**data, "fields": fields}


def first_of_template(template: WorkOrderTemplate | None) -> dict[str, Any]:
    """A template as the form shows it."""
    if template is None:
        return {}
    names = ("name", "team", "address", "contact_name", "language", "text", "business")
    amount, unit = in_units(template.due_seconds)
    rows: dict[str, Any] = {}
    for number, field in enumerate(template.fields, start=1):
        rows[f"label{number}"], rows[f"required{number}"] = field["label"], field["required"]
    return {**{n: getattr(template, n) for n in names}, "amount": amount, "unit": unit, **rows}


class PolicyForm(forms.Form):
    """What happens while nobody answers."""

    name = forms.CharField(label=_("Name"), max_length=100)
    conditions = ConditionsField(label=_("For which tickets"), required=False)
    active = forms.BooleanField(label=_("Switched on"), required=False)
    on_breach = forms.BooleanField(label=_("Take the next step at once when a service level is missed"), required=False)
    tell_customer = forms.BooleanField(label=_("Tell the customer who has it now"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, STEP_ROWS + 1):
            self.fields[f"after{number}"] = forms.IntegerField(
                min_value=1, max_value=2_592_000, required=False, label=_("After")
            )
            self.fields[f"unit{number}"] = forms.ChoiceField(choices=UNIT_CHOICES, initial="min", label=_("Unit"))
            self.fields[f"to{number}"] = forms.ChoiceField(choices=GOALS, required=False, label=_("it goes"))

    def first(self) -> Iterator[BoundField]:
        """What stands before the steps."""
        return (self[name] for name in ("name", "conditions"))

    def last(self) -> Iterator[BoundField]:
        """What stands after the steps."""
        return (self[name] for name in ("active", "on_breach", "tell_customer"))

    def rows(self) -> list[tuple[BoundField, BoundField, BoundField]]:
        """After how long, and where to, step by step."""
        return [(self[f"after{n}"], self[f"unit{n}"], self[f"to{n}"]) for n in range(1, STEP_ROWS + 1)]

    def values(self) -> dict[str, Any]:
        """What the operation takes."""
        data = self.cleaned_data
        steps = [_step(data, n) for n in range(1, STEP_ROWS + 1) if data[f"to{n}"] and data[f"after{n}"]]
        names = ("name", "conditions", "active", "on_breach", "tell_customer")
        return {**{n: data[n] for n in names}, "steps": steps}


def _step(data: Mapping[str, Any], number: int) -> dict[str, Any]:
    goal, after = data[f"to{number}"], data[f"after{number}"] * UNITS[data[f"unit{number}"]]
    if goal.startswith("tier"):
        return {"after": after, "to": "tier", "tier": int(goal[-1])}
    return {"after": after, "to": "on_call", "rank": int(goal[-1])}


def first_of_policy(policy: EscalationPolicy | None) -> dict[str, Any]:
    """A policy as the form shows it."""
    if policy is None:
        return {"active": True, "on_breach": True, "tell_customer": True}
    names = ("name", "conditions", "active", "on_breach", "tell_customer")
    rows: dict[str, Any] = {}
    for number, step in enumerate(policy.steps[:STEP_ROWS], start=1):
        rows[f"after{number}"], rows[f"unit{number}"] = in_units(step["after"])
        rows[f"to{number}"] = f"tier{step['tier']}" if step["to"] == "tier" else f"call{min(2, step.get('rank', 1))}"
    return {**{n: getattr(policy, n) for n in names}, **rows}


class ArticleForm(forms.Form):
    """An article."""

    title = forms.CharField(label=_("Title"), max_length=200)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    body_html = forms.CharField(
        label=_("Text"), required=False, widget=forms.Textarea(attrs={"rows": 14, "data-rich": ""})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
