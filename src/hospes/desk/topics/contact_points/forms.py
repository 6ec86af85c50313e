"""The form of one contact point: it reads and checks input, the operation decides."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from hospes.channels.points import LONGEST_TEXT, Point


class PointForm(forms.Form):
    """What is said of one way, and whether it is shown."""

    hidden = forms.BooleanField(label=_("Do not show it in public"), required=False)
    address = forms.CharField(
        label=_("Address or number"),
        max_length=320,
        required=False,
        help_text=_("Shown instead of the inbox's own, for instance a free number that leads to it."),
    )
    link = forms.CharField(
        label=_("Link"),
        max_length=500,
        required=False,
        help_text=_("Opened instead of the usual one. It begins with https://, tel: or mailto:."),
        widget=forms.TextInput({"dir": "ltr"}),
    )
    free = forms.BooleanField(label=_("Costs the customer nothing"), required=False)

    def __init__(self, *args: Any, point: Point | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = point is None or point.inbox is None
        self.fields["address"].help_text = "" if own else self.fields["address"].help_text
        for code, name in settings.LANGUAGES:
            self.fields[f"name_{code}"] = forms.CharField(
                label=_("Name (%(language)s)") % {"language": name},
                max_length=100,
                required=False,
                widget=forms.TextInput({"lang": code, "dir": "auto"}),
            )
        for code, name in settings.LANGUAGES:
            self.fields[f"text_{code}"] = forms.CharField(
                label=_("Your own words (%(language)s)") % {"language": name},
                max_length=LONGEST_TEXT,
                required=False,
                widget=forms.Textarea({"rows": 2, "lang": code, "dir": "auto"}),
            )

    def said(self, what: str) -> dict[str, str]:
        """Names or texts by language."""
        return {code: self.cleaned_data[f"{what}_{code}"] for code, _name in settings.LANGUAGES}


def first(point: Point | None) -> dict[str, Any]:
    """What the form begins with."""
    if point is None:
        return {}
    own = point.own
    found: dict[str, Any] = {"hidden": own.hidden, "address": own.address, "link": own.link, "free": own.free}
    for code, _name in settings.LANGUAGES:
        found |= {f"name_{code}": own.names.get(code, ""), f"text_{code}": own.texts.get(code, "")}
    return found
