"""Forms of plans: they read days and hours by a clock on a wall; operations decide."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from hospes.staff.models import Agent, Line, Team


class DayInput(forms.DateInput):
    """A day, chosen from the browser's calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """A time of day."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class MomentInput(forms.DateTimeInput):
    """A day and a time of day."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


def moment_field(label: Any) -> forms.DateTimeField:
    """A moment by the clock on the reader's wall."""
    return forms.DateTimeField(label=label, widget=MomentInput(), input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


def by_clock(data: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """What was filled in, its moments read by the clock of this zone."""
    return {name: value.replace(tzinfo=zone) if isinstance(value, datetime) else value for name, value in data.items()}


def weeks_field() -> forms.TypedChoiceField:
    """How many weeks on end."""
    many = ngettext_lazy("Every week for %(n)d week", "Every week for %(n)d weeks", "n")
    choices: list[tuple[int, Any]] = [(1, _("Only once")), *((n, many % {"n": n}) for n in (2, 4, 8, 12, 26, 52))]
    return forms.TypedChoiceField(label=_("Repeat"), choices=choices, coerce=int, initial=1)


class ShiftForm(forms.Form):
    """A shift on one day; it may end after midnight."""

    agent = forms.ModelChoiceField(label=_("Who"), queryset=Agent.objects.none(), empty_label=None)
    team = forms.ModelChoiceField(
        label=_("For the team"), queryset=Team.objects.none(), required=False, empty_label="—"
    )
    day = forms.DateField(label=_("Day"), widget=DayInput())
    start = forms.TimeField(label=_("From"), widget=TimeInput())
    end = forms.TimeField(label=_("To"), widget=TimeInput())
    weeks = weeks_field()
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, people: Any, teams: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, people=people, team=teams)

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Beginning and end; an end that is not after the beginning lies on the next day."""
        data = self.cleaned_data
        start = datetime.combine(data["day"], data["start"], tzinfo=zone)
        end = datetime.combine(data["day"], data["end"], tzinfo=zone)
        return start, end if end > start else end + timedelta(days=1)


class AbsenceForm(forms.Form):
    """When somebody is away, and who does their work."""

    agent = forms.ModelChoiceField(label=_("Who"), queryset=Agent.objects.none(), empty_label=None)
    starts_at = moment_field(_("Away from"))
    ends_at = moment_field(_("Back on"))
    substitute = forms.ModelChoiceField(
        label=_("Substitute"),
        queryset=Agent.objects.none(),
        required=False,
        # Translators: nobody is the substitute
        empty_label=_("Nobody"),
        help_text=_("New work, and answers to old work, go to them meanwhile."),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False, help_text=_("Colleagues can read this."))

    def __init__(self, *args: Any, people: Any, everybody: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, people=people, substitute=everybody)


class DutyForm(forms.Form):
    """Who is on call, for what, and when."""

    team = forms.ModelChoiceField(label=_("For"), queryset=Team.objects.none(), required=False, empty_label=None)
    agent = forms.ModelChoiceField(label=_("Who"), queryset=Agent.objects.none(), empty_label=None)
    starts_at = moment_field(_("From"))
    ends_at = moment_field(_("To"))
    rank = forms.TypedChoiceField(
        label=_("Asked"),
        choices=[(1, _("First")), (2, _("Second, when the first does not answer")), (3, _("Third"))],
        coerce=int,
    )
    weeks = weeks_field()
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, help_text=_("How to reach them, when not by their phone.")
    )

    def __init__(self, *args: Any, people: Any, teams: Any, management: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, people=people, team=teams)
        if management:
            choice: Any = self.fields["team"]
            choice.empty_label = _("Management")


def _offer(form: forms.Form, *, people: Any, **more: Any) -> None:
    for name, queryset in {"agent": people, **more}.items():
        field: Any = form.fields[name]
        field.queryset = queryset


class LineForm(forms.Form):
    """A line of business."""

    name = forms.CharField(max_length=100)


class PlaceForm(forms.Form):
    """A team's place: tier, line of business, back office, time zone."""

    tier = forms.TypedChoiceField(choices=[(1, "1"), (2, "2"), (3, "3")], coerce=int)
    line = forms.ModelChoiceField(queryset=Line.objects.none(), required=False)
    back_office = forms.BooleanField(required=False)
    time_zone = forms.CharField(max_length=50, required=False)

    def __init__(self, *args: Any, lines: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["line"]
        field.queryset = lines
