"""Forms of the topic guidance. They read input; operations decide."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hospes.core.text import shorten
from hospes.desk.conditions_field import ConditionsField
from hospes.guidance.models import Refusal
from hospes.staff.queries import teams
from hospes.tickets.models import Category, Macro, Message, Priority
from hospes.tickets.ways import all_traits, channel_label

ASKED = ("ticket", "customer", "message", "order", "signs", "time")


def channel_names() -> dict[str, str]:
    """The channels that an answer can be written for, in the reader's language."""
    return {kind: channel_label(kind) for kind, traits in all_traits().items() if not traits.spoken}


def _channels() -> list[tuple[str, str]]:
    return [("", gettext("Any")), *channel_names().items()]


class MacroForm(forms.Form):
    """A ready answer: its situation, form, words, whom and what it is for, and the changes made with it."""

    name = forms.CharField(label=_("Name"), max_length=100)
    situation = forms.CharField(
        label=_("Situation"),
        max_length=100,
        required=False,
        help_text=_("Answers with the same situation are one answer in several languages and lengths."),
        widget=forms.TextInput({"list": "situations-known", "autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("", _("Any")), *settings.LANGUAGES], required=False)
    channel = forms.ChoiceField(label=_("Channel"), choices=_channels, required=False)
    body_html = forms.CharField(
        label=_("Answer"), required=False, widget=forms.Textarea(attrs={"rows": 8, "data-rich": ""})
    )
    conditions = ConditionsField(namespaces=ASKED, label=_("Offer it only when"))
    sharing = forms.ChoiceField(label=_("Who may use it"), choices=Macro.Sharing.choices)
    team = forms.ModelChoiceField(label=_("Team"), queryset=teams(), required=False, empty_label="—")
    status = forms.ChoiceField(label=_("Set the status to"), required=False, choices=[("", "—"), *Category.choices])
    priority = forms.TypedChoiceField(
        label=_("Set the priority to"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "—"), *Priority.choices],
    )
    tags = forms.CharField(label=_("Add tags"), required=False, help_text=_("Several with commas between them."))
    take = forms.BooleanField(label=_("Make whoever uses it the owner"), required=False)


class PlaybookForm(forms.Form):
    """A playbook in one language, a line each."""

    signs = forms.CharField(label=_("Signs"), required=False, widget=forms.Textarea({"rows": 4}))
    do = forms.CharField(label=_("Do"), required=False, widget=forms.Textarea({"rows": 5}))
    do_not = forms.CharField(label=_("Do not"), required=False, widget=forms.Textarea({"rows": 4}))
    sentences = forms.CharField(
        label=_("Sentences to use"),
        widget=forms.Textarea({"rows": 6}),
        help_text=_("One a line. They may have the same variables as ready answers."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)


class RefusalForm(forms.Form):
    """A request to refuse service: why, with which proof, after which warning, for how long."""

    reason = forms.ChoiceField(label=_("Reason"), choices=Refusal.Reason.choices)
    words = forms.CharField(
        label=_("What happened"),
        widget=forms.Textarea({"rows": 3}),
        help_text=_("For the lead who decides. The customer does not see it."),
    )
    evidence = forms.MultipleChoiceField(label=_("Messages that show it"), widget=forms.CheckboxSelectMultiple)
    warning = forms.ChoiceField(
        label=_("Our message that warned them"),
        required=False,
        help_text=_("Needed for every reason but a threat."),
    )
    scope = forms.ChoiceField(label=_("What is refused"), choices=Refusal.Scope.choices)
    until = forms.DateField(
        label=_("Until and including"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text=_("Empty: until somebody ends it."),
    )

    def __init__(self, *args: Any, theirs: Sequence[Message], ours: Sequence[Message], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        evidence, warning = self.fields["evidence"], self.fields["warning"]
        assert isinstance(evidence, forms.MultipleChoiceField)
        assert isinstance(warning, forms.ChoiceField)
        evidence.choices = [(str(m.pk), _line(m)) for m in theirs]
        warning.choices = [("", "—"), *((str(m.pk), _line(m)) for m in ours)]


def _line(message: Message) -> str:
    when = date_format(timezone.localtime(message.created_at), "SHORT_DATETIME_FORMAT")
    return f"{when} · {shorten(message.text, 90)}"
