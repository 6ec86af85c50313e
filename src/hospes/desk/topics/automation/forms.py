"""The forms of rules and webhooks: they read input, operations decide."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.automation.triggers import BY_KEY, TIME
from hospes.desk.conditions_field import MAX_LENGTH, ConditionsField
from hospes.desk.forms import zone_choices


def trigger_choices() -> list[tuple[str, Any]]:
    """Triggers in their groups; by time first."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for trigger in BY_KEY.values():
        groups.setdefault(str(trigger.group), []).append((trigger.key, str(trigger.label)))
    return [("", "—"), (TIME, _("By time")), *groups.items()]


def weekdays() -> list[tuple[int, str]]:
    """Days by their ISO number."""
    names = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    return list(enumerate(names, start=1))


class ActionsWidget(forms.Textarea):
    """A text area with JSON; actions.js puts steps in its place."""

    template_name = "desk/automation/actions_field.html"

    def format_value(self, value: Any) -> str:
        """Indented JSON; what somebody typed stays as it is."""
        return value if isinstance(value, str) else json.dumps(value or [], ensure_ascii=False, indent=1)


class ActionsField(forms.Field):
    """The steps of a rule as a list; what they hold is checked by the operation, which names the place."""

    widget = ActionsWidget

    def clean(self, value: Any) -> Any:
        """A list out of JSON."""
        try:
            parsed = json.loads(str(value or "[]")[:MAX_LENGTH])
        except (ValueError, RecursionError):
            raise ValidationError(_("This is not JSON."), code="invalid") from None
        if not isinstance(parsed, list):
            raise ValidationError(_("Say what is to be done."), code="invalid")
        return parsed


class RuleForm(forms.Form):
    """When, if, then."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    description = forms.CharField(label=gettext_lazy("What it is for"), max_length=500, required=False)
    trigger = forms.ChoiceField(label=gettext_lazy("When"))
    every = forms.CharField(
        label=gettext_lazy("Every"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Such as 30 min, 4 h or 1 d."),
    )
    at = forms.CharField(
        label=gettext_lazy("or at"), required=False, max_length=5, widget=forms.TextInput({"type": "time"})
    )
    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("on these days"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)
    conditions = ConditionsField(label=gettext_lazy("If"))
    actions = ActionsField(label=gettext_lazy("Then"), required=False)
    stop_after = forms.BooleanField(
        label=gettext_lazy("The last one: rules below are not asked when this one fits"), required=False
    )
    messages_per_hour = forms.IntegerField(
        label=gettext_lazy("At most so many messages to customers in an hour"), required=False, min_value=1
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser: Any = self.fields["trigger"]
        chooser.choices = trigger_choices()
        days: Any = self.fields["days"]
        days.choices = weekdays()
        zone: Any = self.fields["zone"]
        zone.choices = zone_choices()

    def content(self) -> dict[str, Any]:
        """What was filled in, as operations take it."""
        data = self.cleaned_data
        content = {n: data[n] for n in ("name", "description", "trigger", "conditions", "actions", "stop_after")}
        content["schedule"] = self._schedule() if data["trigger"] == TIME else {}
        content["limits"] = {"messages_per_hour": n} if (n := data["messages_per_hour"]) else {}
        return content

    def _schedule(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not data["at"]:
            return {"every": data["every"].strip()}
        schedule: dict[str, Any] = {"at": data["at"], "zone": data["zone"] or settings.TIME_ZONE}
        return {**schedule, "days": data["days"]} if data["days"] else schedule


def first_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """A content as the form shows it."""
    schedule = content.get("schedule") or {}
    return {
        **{name: content.get(name) for name in ("name", "description", "trigger", "conditions", "actions")},
        "stop_after": content.get("stop_after", False),
        "messages_per_hour": (content.get("limits") or {}).get("messages_per_hour"),
        "every": schedule.get("every", "" if schedule else "1 h"),
        "at": schedule.get("at", ""),
        "days": schedule.get("days", []),
        "zone": schedule.get("zone", ""),
    }


class WebhookForm(forms.Form):
    """Somebody else's address, and what it hears of."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        widget=forms.TextInput({"type": "url", "dir": "ltr", "placeholder": "https://example.com/hook"}),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("It hears when"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: only when a rule calls it."),
    )
    active = forms.BooleanField(label=gettext_lazy("On"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser: Any = self.fields["events"]
        chooser.choices = [(trigger.key, str(trigger.label)) for trigger in BY_KEY.values()]


class InboundForm(forms.Form):
    """An address at which another system calls."""

    name = forms.CharField(label=gettext_lazy("Name of the other system"), max_length=100)


class ImportForm(forms.Form):
    """A file of rules, or its text."""

    file = forms.FileField(label=gettext_lazy("File"), required=False)
    text = forms.CharField(
        label=gettext_lazy("or its text"),
        required=False,
        widget=forms.Textarea({"rows": 12, "dir": "ltr", "class": "code", "spellcheck": "false"}),
    )
