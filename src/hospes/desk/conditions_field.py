"""The editor of conditions as a form field: rows of field, how and value in nested groups, read aloud as one types;
a text area with JSON where there is no script. Any form of the desk may use it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.core.asking import faults, shown
from hospes.core.conditions import Condition, Field, read
from hospes.core.facts import all_fields

MAX_LENGTH = 50_000


class ConditionsWidget(forms.Widget):
    """Draws the text area, what it says in words, and where the script finds the fields that can be asked about."""

    template_name = "desk/conditions_field.html"

    def __init__(self, namespaces: Sequence[str] = (), attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.namespaces = tuple(namespaces)
        self.more: Callable[[], Sequence[Field]] | None = None

    def fields(self) -> Mapping[str, Field]:
        """Everything that can be asked about here."""
        more = {field.name: field for field in self.more()} if self.more else {}
        return {**all_fields(*self.namespaces), **more}

    def format_value(self, value: Any) -> str:
        """A condition as indented JSON; what somebody typed stays as it is."""
        if isinstance(value, str):
            return value
        return json.dumps(value or {}, ensure_ascii=False, indent=1)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """What the template prints."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        parsed = parsed_conditions(context["widget"]["value"])
        fields = self.fields()
        good = parsed is not None and not faults(parsed, fields)
        context["widget"] |= {
            "namespaces": ",".join(self.namespaces),
            "more": json.dumps([shown(field) for field in self.more()] if self.more else []),
            "reading": reading_of(parsed or {}, fields) if good else "",
        }
        return context


def parsed_conditions(text: Any) -> Any | None:
    """What a text area holds: {} for nothing, None for what is not JSON."""
    if not str(text or "").strip():
        return {}
    try:
        return json.loads(str(text)[:MAX_LENGTH])
    except (ValueError, RecursionError):
        return None


def reading_of(condition: Condition, fields: Mapping[str, Field]) -> str:
    """A condition as one sentence; what holds always says so."""
    return read(condition, fields) or _("always")


class ConditionsField(forms.Field):
    """A condition as core.conditions keeps it: a mapping, {} for one that always holds.

    `namespaces` limits what can be asked about ("ticket", "customer"); `more` gives further fields, such as the
    answers of a form. Its faults name their row.
    """

    widget = ConditionsWidget

    def __init__(
        self, *, namespaces: Sequence[str] = (), more: Callable[[], Sequence[Field]] | None = None, **kwargs: Any
    ) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("label", gettext_lazy("Conditions"))
        kwargs.setdefault("widget", ConditionsWidget(namespaces))
        super().__init__(**kwargs)
        self.editor.more = more

    @property
    def editor(self) -> ConditionsWidget:
        """The widget, which is copied with the field."""
        return cast(ConditionsWidget, self.widget)

    def clean(self, value: Any) -> Any:
        """The condition, checked."""
        parsed = value if isinstance(value, Mapping) else parsed_conditions(value)
        if parsed is None:
            raise ValidationError(_("This is not JSON."), code="invalid")
        found = faults(parsed, self.editor.fields())
        if found:
            raise ValidationError([f"{place}: {words}" for place, words in found[:10]], code="invalid")
        if self.required and not parsed:
            raise ValidationError(self.error_messages["required"], code="required")
        return parsed

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compared by what it means."""
        return bool((initial or {}) != parsed_conditions(data))
