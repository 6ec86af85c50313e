"""What is set up once and used by every ticket: inboxes, statuses, tags, macros, saved views."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Category(models.TextChoices):
    """The six states that the system understands; a company's own statuses live within them."""

    NEW = "new", pgettext_lazy("ticket status", "New")
    OPEN = "open", pgettext_lazy("ticket status", "Open")
    WAITING = "waiting", _("Waiting for customer")
    ON_HOLD = "on_hold", _("On hold")
    SOLVED = "solved", pgettext_lazy("ticket status", "Solved")
    CLOSED = "closed", pgettext_lazy("ticket status", "Closed")


ACTIVE_CATEGORIES = (Category.NEW, Category.OPEN, Category.WAITING, Category.ON_HOLD)


class Status(models.Model):
    """A status. The built-in one of each category has no name of its own and shows the category's."""

    id = models.BigAutoField(primary_key=True)
    category = models.CharField(max_length=10, choices=Category.choices)
    name = models.CharField(max_length=60, blank=True)
    builtin = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "statuses"
        constraints = [
            models.UniqueConstraint(
                fields=["category"], condition=models.Q(builtin=True), name="one_builtin_status_a_category"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name or str(Category(self.category).label)


class Inbox(models.Model):
    """A place where messages arrive: `kind` names the channel, `address` is unique within it."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, default="email")
    address = models.CharField(max_length=320)
    team = models.ForeignKey("staff.Team", on_delete=models.SET_NULL, null=True, related_name="+")
    language = models.CharField(max_length=8, default="en")
    acknowledge = models.BooleanField(default=True)
    promise_hours = models.PositiveSmallIntegerField(default=24)
    signature_html = models.TextField(blank=True)
    in_contact_form = models.BooleanField(default=True)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "inboxes"
        constraints = [models.UniqueConstraint(fields=["kind", "address"], name="one_inbox_an_address")]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A word that tickets are sorted by."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Macro(models.Model):
    """A ready answer with variables such as {{customer.first_name}}, and changes made with it.

    `actions` may hold status (category), priority, type, tags (names to add), assignee ("me") and team (id).
    `situation` groups the same answer in several languages and for several channels; `conditions` (core.conditions)
    say on which tickets it is offered.
    """

    class Sharing(models.TextChoices):
        PRIVATE = "private", _("Only me")
        TEAM = "team", _("My team")
        ALL = "all", _("Everybody")

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    body_html = models.TextField(blank=True)
    language = models.CharField(max_length=8, blank=True)
    situation = models.CharField(max_length=100, blank=True)
    channel = models.CharField(max_length=20, blank=True)
    conditions: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    actions: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    sharing = models.CharField(max_length=8, choices=Sharing.choices, default=Sharing.ALL)
    owner = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    team = models.ForeignKey("staff.Team", on_delete=models.SET_NULL, null=True, related_name="+")
    uses = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """A list of tickets by a kept filter: an agent's own, or everybody's when it has no owner."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80)
    owner = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, null=True, related_name="+")
    filters: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name", "id"]

    def __str__(self) -> str:
        return self.name
