"""Who works here: agents, teams, lines of business, invitations, API tokens."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What somebody is here for; rights by role are in policies.py."""

    # Translators: an agent who only reads tickets and writes internal notes
    LIGHT = "light", _("Light agent")
    AGENT = "agent", _("Agent")
    LEAD = "lead", _("Lead")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Admin")


class Line(models.Model):
    """A line of business (kettles, loans, subscriptions): each has its own teams of the three tiers."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100, unique=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A group that works a queue together. `tier` is 1 (takes and distributes), 2 (specialists) or 3 (hard problems
    and management); a team without a line serves all lines. `back_office` teams do work orders, not tickets."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100, unique=True)
    tier = models.PositiveSmallIntegerField(default=1)
    line = models.ForeignKey(Line, on_delete=models.SET_NULL, null=True, related_name="teams")
    back_office = models.BooleanField(default=False)
    time_zone = models.CharField(max_length=50, blank=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class AgentManager(BaseUserManager["Agent"]):
    """What Django's authentication asks of a user manager."""

    def get_by_natural_key(self, username: str | None) -> "Agent":
        """Agents are known by address, whatever its case."""
        return self.get(email__iexact=username)


class Agent(AbstractBaseUser):
    """Somebody who works here and may sign in."""

    id = models.BigAutoField(primary_key=True)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.AGENT)
    is_active = models.BooleanField(default=True)
    only_own_teams = models.BooleanField(default=False)
    language = models.CharField(max_length=8, blank=True)
    time_zone = models.CharField(max_length=50, blank=True)
    theme = models.CharField(max_length=8, blank=True)
    single_keys = models.BooleanField(default=True)
    signature_html = models.TextField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    capacity = models.PositiveSmallIntegerField(default=60)
    notify: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    rights_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    teams = models.ManyToManyField(Team, through="Membership", related_name="agents")

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = AgentManager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(Lower("email"), name="agent_email_whatever_case")]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """The name, as Django's mails want it."""
        return self.name


class Membership(models.Model):
    """An agent's place in a team."""

    id = models.BigAutoField(primary_key=True)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "team"], name="once_in_a_team")]

    def __str__(self) -> str:
        return f"{self.agent_id} in {self.team_id}"


class Invitation(models.Model):
    """A mailed link that makes its holder an agent, once, within a day."""

    id = models.BigAutoField(primary_key=True)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.AGENT)
    only_own_teams = models.BooleanField(default=False)
    teams = models.ManyToManyField(Team, related_name="+", blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(Agent, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.email


class ApiToken(models.Model):
    """A key to the API with its owner's rights. Only its hash is kept; `prefix` helps to recognise it in lists."""

    id = models.BigAutoField(primary_key=True)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"
