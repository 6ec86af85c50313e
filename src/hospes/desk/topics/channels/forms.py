"""The settings form of any channel, made of what its adapter asks for. It reads input; operations decide."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from hospes.channels.adapter import Adapter, SettingField
from hospes.staff.queries import teams

OWN: Final = ("name", "address", "language", "team", "promise_hours", "acknowledge")


class ChannelForm(forms.Form):
    """What every inbox has; the adapter's own fields follow, by their names with "set_" before them."""

    name = forms.CharField(label=_("Name, as customers see it"), max_length=100)
    address = forms.CharField(label=_("Address"), max_length=320, widget=forms.TextInput({"dir": "ltr"}))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    team = forms.ModelChoiceField(
        label=_("Team that gets its tickets"), queryset=teams(), required=False, empty_label="—"
    )
    promise_hours = forms.IntegerField(label=_("Hours within which we promise an answer"), min_value=1, max_value=720)
    acknowledge = forms.BooleanField(
        label=_("Tell customers that their message arrived"),
        help_text=_("Once a ticket, in their language, never to machines."),
        required=False,
    )

    def __init__(
        self, *args: Any, adapter: Adapter, kept: Mapping[str, Any] | None = None, new: bool = True, **kwargs: Any
    ) -> None:
        """`kept` are the settings as they are; secrets among them are never sent back to the browser."""
        super().__init__(*args, **kwargs)
        self.adapter, kept = adapter, kept or {}
        address = self.fields["address"]
        if adapter.traits.identity == "phone":
            address.label = gettext("Number, with + and country code")
        else:
            address.label = gettext("Page, account or bot, as customers know it")
        if not new:
            del self.fields["address"]
        for one in adapter.fields:
            if not one.generate:
                self.fields[f"set_{one.name}"] = made_field(one, kept.get(one.name))

    def connection(self) -> list[Any]:
        """The adapter's own fields, to be drawn apart."""
        return [self[name] for name in self.fields if name.startswith("set_")]

    def own(self) -> list[Any]:
        """What every inbox has."""
        return [self[name] for name in self.fields if not name.startswith("set_")]

    def values(self) -> dict[str, Any]:
        """The adapter's values by their names."""
        return {name[4:]: value for name, value in self.cleaned_data.items() if name.startswith("set_")}

    def own_values(self) -> dict[str, Any]:
        """Of what every inbox has."""
        return {name: self.cleaned_data[name] for name in OWN if name in self.cleaned_data and name != "address"}


def made_field(one: SettingField, kept: Any) -> forms.Field:
    """A form field for a setting."""
    made = _MAKERS.get(one.kind, _text)(one, kept)
    made.label = str(one.label)
    made.required = one.required and not (one.kind == "secret" and kept) and one.kind != "flag"
    helps = [str(one.help)] if one.help else []
    if one.kind == "secret" and kept:
        helps.append(gettext("Stored. Empty keeps the one that is stored."))
    made.help_text = " ".join(helps)
    if one.pattern:
        made.validators.append(RegexValidator(re.compile(rf"\A(?:{one.pattern})\Z"), _wrong_form(one)))
    return made


def _wrong_form(one: SettingField) -> str:
    words = gettext("This does not look like “%(label)s”. Copy it from the provider once more, without spaces.")
    return words % {"label": one.label}


def _ltr(**more: str) -> dict[str, str]:
    return {"dir": "ltr", "autocomplete": "off", "spellcheck": "false", **more}


def _text(one: SettingField, kept: Any) -> forms.Field:
    first = kept if kept is not None else one.default
    return forms.CharField(max_length=2000, initial=first, widget=forms.TextInput(_ltr()))


def _secret(one: SettingField, kept: Any) -> forms.Field:
    return forms.CharField(max_length=4000, widget=forms.PasswordInput(_ltr(autocomplete="new-password")))


def _number(one: SettingField, kept: Any) -> forms.Field:
    first = kept if kept is not None else one.default
    return forms.IntegerField(initial=first, min_value=0, max_value=2**31 - 1)


def _choice(one: SettingField, kept: Any) -> forms.Field:
    return forms.ChoiceField(choices=one.choices, initial=kept or one.default)


def _flag(one: SettingField, kept: Any) -> forms.Field:
    first = kept if kept is not None else one.default == "1"
    return forms.BooleanField(initial=first)


class LinesField(forms.CharField):
    """Several values, one a line."""

    def to_python(self, value: Any) -> Any:
        """A list."""
        return [line.strip() for line in str(value or "").splitlines() if line.strip()][:200]

    def prepare_value(self, value: Any) -> Any:
        """One a line again."""
        return "\n".join(value) if isinstance(value, list | tuple) else value


def _lines(one: SettingField, kept: Any) -> forms.Field:
    first = kept if kept is not None else [line for line in one.default.splitlines() if line]
    return LinesField(initial=first, widget=forms.Textarea(_ltr(rows="3")), strip=False)


class AddressField(forms.CharField):
    """The address of an API; its form is looked at here, whether it may be reached is decided when it is used."""

    def validate(self, value: Any) -> None:
        """An http address with a host."""
        super().validate(value)
        if not value:
            return
        try:
            parts = urlsplit(value)
            good = parts.scheme in {"https", "http"} and bool(parts.hostname) and not (parts.query or parts.fragment)
        except ValueError:
            good = False
        if not good:
            raise forms.ValidationError(gettext_lazy("Write a full address that begins with https://"))


def _url(one: SettingField, kept: Any) -> forms.Field:
    first = kept if kept is not None else one.default
    return AddressField(max_length=500, initial=first, widget=forms.URLInput(_ltr()))


_MAKERS: Final = {
    "text": _text, "secret": _secret, "url": _url, "number": _number, "choice": _choice, "lines": _lines,
    "flag": _flag,
}  # fmt: skip
