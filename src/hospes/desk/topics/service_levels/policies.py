"""Settings of service levels: the list in its order, one policy with its grid of targets, a tester, progress."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.core import clock
from hospes.core.conditions import matches, read
from hospes.core.errors import HospesError, InvalidInput, NotFound
from hospes.core.facts import About, LazyFacts, all_fields
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.conditions_field import ConditionsField
from hospes.desk.topics.service_levels import words
from hospes.desk.views.settings.base import refuse, settings_page
from hospes.sla import operations, queries
from hospes.sla.models import Calendar, Policy
from hospes.sla.policies import KINDS, PRIORITIES
from hospes.tickets.models import Priority
from hospes.tickets.queries import screen

BOTH = ("GET", "HEAD", "POST")


class PolicyForm(forms.Form):
    """Whom something is promised, and what."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    conditions = ConditionsField(
        label=gettext_lazy("For which tickets"),
        help_text=gettext_lazy("Without conditions it holds for every ticket that no policy before it fits."),
        namespaces=("ticket", "customer", "message", "time", "calendar"),
    )
    calendar = forms.ModelChoiceField(
        label=gettext_lazy("Service hours"),
        queryset=Calendar.objects.none(),
        required=False,
        empty_label=gettext_lazy("None: all time counts"),
    )
    warn_percent = forms.IntegerField(
        label=gettext_lazy("Warn when so much of the time is used, in percent"), min_value=10, max_value=99, initial=80
    )
    pause_waiting = forms.BooleanField(
        label=gettext_lazy("The solution’s clock stands still while we wait for the customer"), required=False
    )
    pause_on_hold = forms.BooleanField(
        label=gettext_lazy("It stands still while the ticket is on hold for a third party"), required=False
    )
    pause_answers = forms.BooleanField(
        label=gettext_lazy("The clocks of answers stand still with it"),
        help_text=gettext_lazy("Otherwise an answer that is owed stays owed until it is given."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["calendar"].queryset = queries.calendars()
        modes = [("business", _("in service hours")), ("elapsed", _("round the clock"))]
        for kind in KINDS:
            label = words.kind_label(kind)
            self.fields[f"mode-{kind}"] = forms.ChoiceField(
                label=_("How %(kind)s is counted") % {"kind": label}, choices=modes, required=False
            )
            for priority in PRIORITIES:
                place = {"kind": label, "priority": Priority(int(priority)).label}
                self.fields[f"t-{kind}-{priority}"] = forms.CharField(
                    # Translators: the label of one target in a table of many
                    label=_("%(kind)s, priority %(priority)s") % place,
                    required=False,
                    max_length=40,
                    widget=forms.TextInput({"dir": "ltr", "size": 9, "class": "input"}),
                )

    def grid(self) -> list[dict[str, Any]]:
        """The fields of the targets, a row for each kind."""
        return [
            {
                "label": words.kind_label(kind),
                "mode": self[f"mode-{kind}"],
                "cells": [self[f"t-{kind}-{priority}"] for priority in PRIORITIES],
            }
            for kind in KINDS
        ]

    def others(self) -> list[Any]:
        """The fields below the grid."""
        return [self[name] for name in ("pause_waiting", "pause_on_hold", "pause_answers", "warn_percent")]

    def targets(self) -> dict[str, Any]:
        """What the grid says. Raises InvalidInput."""
        found: dict[str, Any] = {}
        for kind in KINDS:
            mode = self.cleaned_data[f"mode-{kind}"] or "business"
            for priority in PRIORITIES:
                text = self.cleaned_data[f"t-{kind}-{priority}"]
                if not text:
                    continue
                try:
                    seconds = words.seconds_of(text)
                except ValueError:
                    said = _("Give a length of time such as 30 min, 4 h or 2 d.")
                    raise InvalidInput(said, field=f"t-{kind}-{priority}") from None
                found.setdefault(kind, {})[priority] = {"seconds": seconds, "mode": mode}
        return found


@desk_view("sla.manage")
def policies(request: DeskRequest) -> HttpResponse:
    """All policies in their order, each read aloud; with a ticket's number, which one it would get and why."""
    found = list(queries.policies())
    fields = all_fields()
    shown = [
        {
            "it": policy,
            "conditions": read(policy.conditions, fields),
            "promises": words.reading_of(policy),
            "pauses": words.pauses_of(policy),
            "first": n == 0,
            "last": n == len(found) - 1,
        }
        for n, policy in enumerate(found)
    ]
    context = {"policies": shown, "applications": queries.applications(), **_tried(request, found)}
    return settings_page(request, "desk/service_levels/policies.html", "policies", context)


def _tried(request: DeskRequest, found: list[Policy]) -> dict[str, Any]:
    """Each policy tried on a ticket, in order, up to the first that fits."""
    number = request.GET.get("ticket", "").strip()[:40]
    if not number:
        return {}
    try:
        ticket = screen.ticket_for_pane(request.actor, number)
    except NotFound:
        return {"asked": number, "unknown": True}
    facts = LazyFacts(About(now=ticket.created_at, ticket=ticket))
    fields = all_fields()
    steps = []
    for policy in found:
        fits = matches(policy.conditions, facts, now=ticket.created_at)
        steps.append(
            {
                "name": policy.name,
                "fits": fits,
                "why": read(policy.conditions, fields) or _("it holds for every ticket"),
            }
        )
        if fits:
            break
    held = queries.following_of(ticket)
    now_under = held.policy_version.data["name"] if held and held.policy_version else ""
    return {"asked": number, "tried": ticket, "steps": steps, "held": now_under}


@desk_view("sla.manage", methods=BOTH)
def policy(request: DeskRequest, policy_id: int | None = None) -> HttpResponse:
    """Make, change or put away a policy."""
    found = queries.get_policy(policy_id) if policy_id else None
    form = PolicyForm(request.POST or None, initial=_first(found))
    if request.method == "POST":
        try:
            if found and request.POST.get("archive"):
                operations.archive_policy(policy=found, actor=request.actor, now=clock.now())
                return redirect("desk:policies")
            if form.is_valid():
                return _save(request, found, form)
        except HospesError as error:
            form.is_valid()
            place = error.field.replace("targets.", "t-").replace(".", "-")
            error.field = place if place in form.fields else error.field.partition(".")[0]
            refuse(form, error)
    context = {
        "form": form,
        "policy": found,
        "priorities": [Priority(int(p)).label for p in PRIORITIES],
        "promises": words.reading_of(found) if found else [],
    }
    status = 422 if form.is_bound else 200
    return settings_page(request, "desk/service_levels/policy.html", "policies", context, status=status)


def _save(request: DeskRequest, found: Policy | None, form: PolicyForm) -> HttpResponse:
    names = ("name", "conditions", "calendar", "pause_waiting", "pause_on_hold", "pause_answers", "warn_percent")
    values = {name: form.cleaned_data[name] for name in names}
    now = clock.now()
    saved = operations.save_policy(policy=found, targets=form.targets(), actor=request.actor, now=now, **values)
    if request.POST.get("apply"):
        operations.apply_to_open(policy=saved, actor=request.actor, now=now)
        messages.success(request, _("Saved. Open tickets are being counted anew."))
    else:
        messages.success(request, _("Saved. Clocks that run already keep the terms that they were started with."))
    return redirect("desk:policies")


def _first(found: Policy | None) -> dict[str, Any]:
    if found is None:
        return {"pause_waiting": True, "warn_percent": 80, "calendar": queries.calendars().first()}
    names = ("name", "conditions", "calendar", "pause_waiting", "pause_on_hold", "pause_answers", "warn_percent")
    first = {name: getattr(found, name) for name in names}
    for kind, targets in found.targets.items():
        for priority, target in targets.items():
            first[f"t-{kind}-{priority}"] = words.typed(target["seconds"])
            first[f"mode-{kind}"] = target["mode"]
    return first


@desk_view("sla.manage", methods=("POST",))
def move(request: DeskRequest, policy_id: int) -> HttpResponse:
    """Move a policy up or down by one."""
    ids = [p.pk for p in queries.policies()]
    if policy_id not in ids:
        raise NotFound
    at = ids.index(policy_id)
    to = at - 1 if request.POST.get("to") == "up" else at + 1
    if 0 <= to < len(ids):
        ids[at], ids[to] = ids[to], ids[at]
        operations.order_policies(ids=ids, actor=request.actor, now=clock.now())
    return redirect("desk:policies")


@desk_view("sla.manage", methods=("POST",))
def apply(request: DeskRequest, policy_id: int) -> HttpResponse:
    """Have open tickets come under the policies as they are now."""
    found = queries.get_policy(policy_id)
    operations.apply_to_open(policy=found, actor=request.actor, now=clock.now())
    messages.success(request, _("Open tickets are being counted anew."))
    return redirect("desk:policies")


@desk_view("sla.manage")
def progress(request: DeskRequest) -> HttpResponse:
    """How far edits have been applied to open tickets."""
    return render(request, "desk/service_levels/progress.html", {"applications": queries.applications()})
