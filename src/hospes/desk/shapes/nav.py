"""The views in the desk's side list: what there is to look at, and what each is called."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hospes.core.actors import Actor
from hospes.staff import queries as staff
from hospes.tickets import queries as tickets

TEAMS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class View:
    """One line of the side list; `keys` is the pair of keys that leads there."""

    key: str
    label: str
    icon: str
    url: str
    keys: str = ""
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Views:
    """The side list, in its groups."""

    main: list[View]
    teams: list[View]
    saved: list[View]

    def all(self) -> list[View]:
        """Every view, in order."""
        return [*self.main, *self.teams, *self.saved]

    def label_of(self, key: str) -> str:
        """What a view is called; an empty string for one that is not listed."""
        return next((view.label for view in self.all() if view.key == key), "")


def _view(key: str, label: str, icon: str, keys: str = "", *, counted: bool = True) -> View:
    return View(key, label, icon, reverse("desk:view", args=[key]), keys, counted)


def views_of(actor: Actor) -> Views:
    """The views that an agent has: two queries."""
    main = [
        _view("mine", pgettext("list of tickets", "Mine"), "inbox", "g m"),
        _view("unassigned", pgettext("list of tickets", "Unassigned"), "circle-dashed", "g u"),
        _view("team", pgettext("list of tickets", "My teams"), "users-round", "g t"),
        _view("open", pgettext("list of tickets", "All open"), "layers", "g o"),
        _view("snoozed", pgettext("list of tickets", "Snoozed"), "alarm-clock"),
        _view("solved", pgettext("list of tickets", "Solved"), "circle-check", counted=False),
        _view("spam", pgettext("list of tickets", "Spam"), "shield-alert"),
    ]
    shown = [team for team in staff.teams() if actor.team_ids is None or team.pk in actor.team_ids]
    teams = [_view(f"team-{team.pk}", team.name, "users") for team in shown[:TEAMS_SHOWN]]
    saved = [_view(f"saved-{view.pk}", view.name, "bookmark") for view in tickets.saved_views(actor)]
    return Views(main, teams, saved)


def empty_words(key: str) -> tuple[str, str]:
    """(heading, text) for a view in which there is nothing."""
    known = {
        "mine": (_("Nothing waits for you"), _("Take the next one from the unassigned tickets.")),
        "unassigned": (_("Every ticket has an owner"), _("New ones appear here by themselves.")),
        "team": (_("Your teams are done"), _("Tickets of the teams that you belong to appear here.")),
        "open": (_("No open tickets"), _("Mail that arrives becomes a ticket and appears here by itself.")),
        "snoozed": (_("Nothing is snoozed"), _("A snoozed ticket leaves the lists and comes back when you said.")),
        "solved": (_("Nothing solved yet"), _("Solved and closed tickets are kept here.")),
        "spam": (_("No spam"), _("Mail from blocked senders and what you mark as spam lands here.")),
    }
    return known.get(key, (_("No tickets here"), _("No ticket fits this view at the moment.")))
