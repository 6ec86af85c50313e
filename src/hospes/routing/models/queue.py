"""Queues: which tickets belong together, whom they go to and how."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Strategy(models.TextChoices):
    """How one of several people who could take a ticket is chosen."""

    # Translators: ways of giving out work
    ROUND_ROBIN = "round_robin", _("In turn")
    LEAST_LOAD = "least_load", _("Whoever has the least to do")
    BEST_SKILL = "best_skill", _("Whoever knows most about it")
    STICKY = "sticky", _("Whoever helped this customer last")


class MatchLanguage(models.TextChoices):
    """Whether the agent must speak the ticket's language."""

    REQUIRED = "required", _("Only people who speak the customer’s language")
    PREFERRED = "preferred", _("First people who speak the customer’s language")
    NO = "no", _("The language does not matter")


class Queue(models.Model):
    """The first active queue by position whose conditions hold takes a ticket.

    `team` None: the ticket's own team. `skills` is [[skill id, least level], …]. `channels` empty: all. `tier` None:
    any. `boost` lets its tickets go before others as if they had waited so many minutes longer. `overflow` is
    [{"after": seconds, "team": id} or {"after": seconds, "queue": id}, …]. `grace_seconds` is how long an agent may
    be away before a ticket whose customer waits is taken back (None: never).
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    position = models.PositiveIntegerField(default=0)
    conditions: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    team = models.ForeignKey("staff.Team", on_delete=models.SET_NULL, null=True, related_name="+")
    strategy = models.CharField(max_length=12, choices=Strategy.choices, default=Strategy.LEAST_LOAD)
    sticky_days = models.PositiveSmallIntegerField(default=0)
    skills: "models.JSONField[list[list[int]], list[list[int]]]" = models.JSONField(default=list, blank=True)
    match_language = models.CharField(max_length=10, choices=MatchLanguage.choices, default=MatchLanguage.PREFERRED)
    channels: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, blank=True)
    tier = models.PositiveSmallIntegerField(null=True)
    boost = models.PositiveSmallIntegerField(default=0)
    overflow: "models.JSONField[list[dict[str, int]], list[dict[str, int]]]" = models.JSONField(
        default=list, blank=True
    )
    offer = models.BooleanField(default=False)
    offer_seconds = models.PositiveSmallIntegerField(default=30)
    grace_seconds = models.PositiveIntegerField(null=True, default=900)
    active = models.BooleanField(default=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(archived_at=None), name="queue_name_once"),
            models.CheckConstraint(condition=Q(offer_seconds__gte=5), name="queue_offer_long_enough"),
        ]

    def __str__(self) -> str:
        return self.name


class QueueSet(models.Model):
    """One row: a mark that changes whenever any queue does, so that workers know when to read the queues anew."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    mark = models.CharField(max_length=40)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_queue_set")]

    def __str__(self) -> str:
        return self.mark
