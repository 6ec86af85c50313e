"""Lines of business, and where each team stands: tier, line, back office, time zone."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError, InvalidInput, NotFound
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.forms import zone_choices
from hospes.desk.topics.staffing.forms import LineForm, PlaceForm
from hospes.desk.views.settings.base import settings_page
from hospes.staff import operations
from hospes.staff import queries as staff

BOTH = ("GET", "HEAD", "POST")


@desk_view("staff.manage", methods=BOTH)
def lines(request: DeskRequest) -> HttpResponse:
    """Lines and teams; posting changes one of them."""
    if request.method == "POST":
        try:
            if "team" in request.POST:
                _place_team(request)
            else:
                _change_line(request)
            messages.success(request, _("Saved."))
        except HospesError as error:
            messages.error(request, str(error.message))
        return redirect("desk:lines")
    teams = sorted(staff.teams().select_related("line"), key=lambda t: (t.back_office, t.tier, t.name))
    context = {"lines": list(staff.lines()), "teams": teams, "zones": zone_choices()}
    return settings_page(request, "desk/staffing/lines.html", "lines", context)


def _change_line(request: DeskRequest) -> None:
    form = LineForm(request.POST)
    wanted = request.POST.get("line", "")
    found = staff.lines().filter(pk=posted_id(wanted)).first() if wanted else None
    if wanted and found is None:
        raise NotFound
    if not form.is_valid():
        raise InvalidInput(_("Write the name of the line of business."), field="name")
    archived = True if found and request.POST.get("archive") else None
    operations.save_line(
        line=found, name=form.cleaned_data["name"], archived=archived, actor=request.actor, now=clock.now()
    )


def _place_team(request: DeskRequest) -> None:
    found = staff.teams().filter(pk=posted_id(request.POST["team"])).first()
    if found is None:
        raise NotFound
    form = PlaceForm(request.POST, lines=staff.lines())
    if not form.is_valid():
        raise InvalidInput(_("Choose a tier from 1 to 3."), field="tier")
    operations.change_team(team=found, **form.cleaned_data, actor=request.actor, now=clock.now())
