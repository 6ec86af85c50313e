"""The editor's forms: a step as fields, and fields as a step. Texts are of one language at a time; the others stay."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from hospes.core.conditions import Field
from hospes.desk.conditions_field import ConditionsField
from hospes.desk.topics.workflows.words import INPUT_KINDS, OPEN_TO, OUTCOMES, STATUSES
from hospes.workflows.policies.actions import ACTIONS

Json = dict[str, Any]
NAMESPACES = ("ticket", "customer", "order", "time")
DOINGS = [("", "—"), *((kind, label) for kind, (_allowed, label) in ACTIONS.items())]
PRIORITIES = [("", "—"), (1, _("Low")), (2, _("Normal")), (3, _("High")), (4, _("Urgent"))]


def in_language(text: Any, language: str) -> str:
    """A text's words in one language, "" when it has none."""
    if isinstance(text, Mapping):
        return str(text.get(language) or "")
    return str(text or "")


def put_language(text: Any, language: str, words: str, fallback: str) -> Any:
    """The text with its words of one language changed."""
    kept = dict(text) if isinstance(text, Mapping) else ({fallback: text} if text else {})
    kept.pop(language, None)
    return kept | ({language: words} if words else {})


def pairs(text: str, mark: str = "=") -> dict[str, str]:
    """Lines such as "email = run.email" as a mapping."""
    found = (line.partition(mark) for line in text.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _mark, value in found if name.strip()}


def as_lines(mapping: Any) -> str:
    """A mapping as such lines."""
    return "\n".join(f"{name} = {value}" for name, value in mapping.items()) if isinstance(mapping, Mapping) else ""


def _line(direction: str = "auto") -> forms.TextInput:
    return forms.TextInput(attrs={"dir": direction})


def _area(rows: int, **attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "dir": "auto", **attrs})


class HeadForm(forms.Form):
    """What a workflow is called and who may start it."""

    name = forms.CharField(label=_("Name"), max_length=200, required=False, widget=forms.TextInput({"dir": "auto"}))
    summary = forms.CharField(
        label=_("What it is for"),
        required=False,
        max_length=500,
        widget=_area(2),
        help_text=_("Customers read it too."),
    )
    group = forms.CharField(label=_("Group"), required=False, max_length=100)
    open_to = forms.ChoiceField(label=_("Who may start it"), choices=list(OPEN_TO.items()))
    language = forms.ChoiceField(
        label=_("Its own language"), choices=settings.LANGUAGES, help_text=_("Shown where a translation is missing.")
    )


class BaseStepForm(forms.Form):
    """What every step has."""

    key = forms.RegexField(
        r"^[a-z][a-z0-9_]{0,59}$", label=_("Key"), help_text=_("Small letters, digits and _. Conditions name it.")
    )
    title = forms.CharField(label=_("Title"), max_length=300, required=False, widget=forms.TextInput({"dir": "auto"}))
    text = forms.CharField(
        label=_("Text for everybody"), max_length=10_000, required=False, widget=_area(3),
        help_text=_("Names such as {{run.reason}} or {{customer.first_name}} are filled in."),
    )  # fmt: skip
    hint = forms.CharField(label=_("Hint for agents only"), max_length=10_000, required=False, widget=_area(2))
    next = forms.ChoiceField(label=_("Then go to"), required=False)


class InputForm(forms.Form):
    """One question."""

    key = forms.CharField(label=_("Key of the answer"), max_length=60, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=list(INPUT_KINDS.items()))
    label = forms.CharField(label=_("Question"), max_length=500, required=False, widget=_line())
    help = forms.CharField(label=_("Help"), max_length=500, required=False, widget=_line())
    required = forms.BooleanField(label=_("Must be answered"), required=False)
    choices = forms.CharField(
        label=_("Answers to choose from"), required=False, widget=_area(3),
        help_text=_("One a line: value = words. “order.lines” offers what was ordered."),
    )  # fmt: skip
    min = forms.CharField(label=_("At least"), required=False, max_length=20)
    max = forms.CharField(label=_("At most"), required=False, max_length=20)
    pattern = forms.CharField(label=_("Pattern"), required=False, max_length=500, widget=_line("ltr"))


class ActionForm(forms.Form):
    """One action. What is given with it depends on the kind."""

    do = forms.ChoiceField(label=_("Do"), choices=DOINGS, required=False)
    value = forms.CharField(
        label=_("With"), required=False, widget=_area(2),
        help_text=_("A text, a name, tags with commas, or name = value for a field."),
    )  # fmt: skip


class BranchForm(forms.Form):
    """One branch."""

    label = forms.CharField(label=_("Branch"), max_length=300, required=False, widget=forms.TextInput({"dir": "auto"}))
    next = forms.ChoiceField(label=_("After it go to"), required=False)

    def __init__(self, *args: Any, more: list[Field], targets: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["when"] = ConditionsField(namespaces=NAMESPACES, more=lambda: more, label=_("When"))
        choice = self.fields["next"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = targets


class LookUpForm(forms.Form):
    """What is looked up, and by which answers."""

    find = forms.ChoiceField(
        label=_("Look up"), choices=[("order", _("An order")), ("customer", _("A customer")), ("table", _("Own table"))]
    )
    by = forms.CharField(label=_("By"), required=False, widget=_area(2), help_text=_("Such as run.order"))
    verify = forms.CharField(
        label=_("Only when these are right"), required=False, widget=_area(2), help_text=_("Such as email = run.email")
    )
    table = forms.CharField(label=_("Table"), required=False)
    into = forms.CharField(label=_("Keep"), required=False, widget=_area(2), help_text=_("Such as fee = amount"))


class WaitForm(forms.Form):
    """How long to wait, and for what."""

    span = forms.CharField(label=_("For how long"), required=False, help_text=_("Such as 30 min, 4 h or 2 d"))
    until = forms.CharField(label=_("Until a date that was given"), required=False, help_text=_("Such as run.day"))
    for_answer = forms.BooleanField(label=_("Go on as soon as the customer answers"), required=False)


class HandOverForm(forms.Form):
    """To whom, and why."""

    team = forms.CharField(label=_("Team"), required=False, max_length=100)
    reason = forms.CharField(label=_("What they should know"), required=False, widget=_area(2))
    priority = forms.TypedChoiceField(
        label=_("Priority at least"), required=False, choices=PRIORITIES, coerce=int, empty_value=None
    )


class CallForm(forms.Form):
    """The address and what is sent."""

    method = forms.ChoiceField(label=_("Method"), choices=[(m, m) for m in ("POST", "GET", "PUT", "PATCH", "DELETE")])
    url = forms.CharField(label=_("Address"), required=False, max_length=1000, widget=forms.TextInput({"dir": "ltr"}))
    headers = forms.CharField(label=_("Headers"), required=False, widget=_area(2), help_text=_("Name = value"))
    body = forms.CharField(
        label=_("Fields to send"), required=False, widget=_area(3),
        help_text=_("Such as reason = {{run.reason}}. Empty sends all answers."),
    )  # fmt: skip
    into = forms.CharField(
        label=_("Keep of the answer"), required=False, widget=_area(2), help_text=_("Such as fee = price.amount")
    )


class EndForm(forms.Form):
    """How it ends."""

    outcome = forms.ChoiceField(label=_("It ends as"), choices=list(OUTCOMES.items()))
    status = forms.ChoiceField(label=_("The ticket is then"), choices=list(STATUSES.items()), required=False)
    label = forms.CharField(
        label=_("Label to print"), required=False, widget=_area(3), help_text=_("An address to stick on a parcel.")
    )


KIND_FORMS: dict[str, type[forms.Form]] = {
    "look_up": LookUpForm,
    "wait": WaitForm,
    "hand_over": HandOverForm,
    "call": CallForm,
    "end": EndForm,
}
