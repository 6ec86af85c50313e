"""What settings pages share: the side list by rights, and a page that is one form."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import HospesError
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics import topics
from hospes.desk.views.frame import page


def side(actor: Actor) -> list[tuple[str, list[dict[str, str]]]]:
    """(heading, entries) of the settings' side list; only what the actor may open."""
    everything: list[tuple[str, str, list[tuple[str, str, str, str, str]]]] = [
        (
            "yours",
            _("Yours"),
            [
                ("preferences", _("Preferences"), "sliders-horizontal", "desk:preferences", "desk.enter"),
                ("macros", _("Macros"), "zap", "desk:macros", "macro.own"),
            ],
        ),
        (
            "company",
            _("Company"),
            [
                ("inboxes", _("Inboxes"), "inbox", "desk:inboxes", "inbox.manage"),
                ("teams", _("Teams"), "users", "desk:teams", "staff.manage"),
                ("agents", _("Agents and invitations"), "user-plus", "desk:agents", "staff.manage"),
                ("tags", _("Tags"), "tag", "desk:tags", "tag.manage"),
                ("statuses", _("Statuses"), "circle-dot", "desk:statuses", "settings.change"),
            ],
        ),
        # Translators: heading of settings about routing, service levels, automation
        ("service", _("Service"), []),
        (
            "care",
            _("Care"),
            [
                ("attention", _("Needs attention"), "triangle-alert", "desk:attention", "delivery.decide"),
                ("blocked", _("Blocked senders"), "ban", "desk:blocked", "sender.block"),
            ],
        ),
    ]
    shown = []
    for name, heading, entries in everything:
        allowed = [
            {"key": key, "label": label, "icon": icon, "url": reverse(url)}
            for key, label, icon, url, right in [*entries, *_of_topics(name)]
            if actor.may(right)
        ]
        if actor.may("audit.see") and name == "care":
            allowed.append({"key": "audit", "label": _("Audit log"), "icon": "history", "url": "/desk/settings/audit/"})
        if allowed:
            shown.append((heading, allowed))
    return shown


def _of_topics(heading: str) -> list[tuple[str, str, str, str, str]]:
    found = [entry for topic in topics().values() for entry in topic.settings if entry.heading == heading]
    return [(one.key, str(one.label), one.icon, one.url, one.right) for one in found]


def settings_page(
    request: DeskRequest, template: str, tab: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """A settings page with its side list."""
    return page(
        request, template, "settings", {"settings_side": side(request.actor), "tab": tab, **context}, status=status
    )


def form_page(
    request: DeskRequest,
    form: forms.Form,
    *,
    tab: str,
    heading: str,
    back: str,
    text: str = "",
    button: str = "",
    extra: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """A page that is one form; its answer is 422 when the form was sent and has errors."""
    context = {
        "form": form,
        "heading": heading,
        "text": text,
        "button": button or _("Save"),
        "back": reverse(back),
        **(extra or {}),
    }
    return settings_page(request, "desk/settings/form.html", tab, context, status=422 if form.is_bound else 200)


def refuse(form: forms.Form, error: HospesError) -> None:
    """Show an operation's refusal at the field that it names."""
    form.add_error(error.field if error.field in form.fields else None, str(error.message))


@desk_view()
def index(request: DeskRequest) -> HttpResponse:
    """The first page that the agent may open; on a phone the list itself."""
    if "list" in request.GET:
        return settings_page(request, "desk/settings/index.html", "", {})
    return redirect(side(request.actor)[0][1][0]["url"])
