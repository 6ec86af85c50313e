"""Forms of incidents: they read and check input, operations decide."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from hospes.incidents.models.incident import ComponentState, Severity
from hospes.incidents.queries import components
from hospes.staff.queries import active_agents

LANGUAGES = settings.LANGUAGES


class IncidentForm(forms.Form):
    """What it is, how bad, who leads it, who hears of it."""

    title = forms.CharField(
        label=_("What does not work?"),
        max_length=200,
        help_text=_("As customers would say it: they read it, also as the subject of mails."),
    )
    severity = forms.ChoiceField(label=_("How severe is it?"), choices=Severity.choices, initial=Severity.MAJOR)
    components = forms.ModelMultipleChoiceField(
        label=_("Parts of the service"), queryset=components(), required=False, widget=forms.CheckboxSelectMultiple
    )
    owner = forms.ModelChoiceField(label=_("Who leads it?"), queryset=active_agents(), required=False)
    began_at = forms.DateTimeField(
        label=_("Since when?"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Left empty: since now."),
    )
    public = forms.BooleanField(label=_("Show it on the public status page"), required=False)
    link_close_matches = forms.BooleanField(
        label=_("Link new tickets that look the same by themselves"),
        required=False,
        help_text=_("Others are suggested, and somebody decides."),
    )
    answer_newcomers = forms.BooleanField(
        label=_("Tell those who come later where we are, once"),
        required=False,
        help_text=_("In their language, by the way they wrote."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not components().exists():
            del self.fields["components"]

    def titles(self) -> dict[str, str]:
        """The titles by language, out of fields that the template writes itself."""
        return {code: self.data.get(f"title_{code}", "").strip() for code, _name in LANGUAGES}

    def languages(self) -> list[tuple[str, str, str]]:
        """(code, name, title) for the template."""
        kept = self.initial.get("titles") or {}
        return [
            (code, name, self.data.get(f"title_{code}", "") if self.is_bound else kept.get(code, ""))
            for code, name in LANGUAGES
        ]


class ComponentForm(forms.Form):
    """A part of the service, what it is called and by which words customers mean it."""

    name = forms.CharField(label=_("Name"), max_length=100)
    state = forms.ChoiceField(
        label=_("How is it?"),
        choices=ComponentState.choices,
        help_text=_("Incidents change this by themselves; maintenance is begun and ended here."),
    )
    position = forms.IntegerField(label=_("Place in the list"), min_value=0, max_value=30_000, initial=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, name in LANGUAGES:
            self.fields[f"name_{code}"] = forms.CharField(
                label=_("Name (%(language)s)") % {"language": name}, max_length=100, required=False
            )
            self.fields[f"keywords_{code}"] = forms.CharField(
                label=_("Words that customers use for it (%(language)s)") % {"language": name},
                required=False,
                max_length=2000,
                help_text=_("Separated by commas."),
            )

    def names(self) -> dict[str, str]:
        """The names by language."""
        return {code: self.cleaned_data[f"name_{code}"] for code, _name in LANGUAGES}

    def keywords(self) -> dict[str, list[str]]:
        """The words by language."""
        return {
            code: [word.strip() for word in self.cleaned_data[f"keywords_{code}"].split(",") if word.strip()]
            for code, _name in LANGUAGES
        }
