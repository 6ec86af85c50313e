"""What somebody can do and whether they are here: skills, languages, presence, capacity, shifts, absences, on call."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Skill(models.Model):
    """Something that agents know more or less well ("returns", "billing"); rules and queues ask for it by id."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100, unique=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class AgentSkill(models.Model):
    """How well an agent knows something: level 1 (begins) to 5 (teaches others)."""

    id = models.BigAutoField(primary_key=True)
    agent = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="holders")
    level = models.PositiveSmallIntegerField(default=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "skill"], name="a_skill_once"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=5), name="skill_level_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.skill_id} {self.level}/5"


class AgentLanguage(models.Model):
    """A language that an agent answers customers in (its code, "lv"); level 1 to 5 as for skills."""

    id = models.BigAutoField(primary_key=True)
    agent = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, related_name="languages")
    language = models.CharField(max_length=8)
    level = models.PositiveSmallIntegerField(default=4)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "language"], name="a_language_once")]

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.language}"


class PresenceState(models.TextChoices):
    """Whether somebody can be given work: only those who are online are."""

    ONLINE = "online", pgettext_lazy("presence", "Online")
    BUSY = "busy", pgettext_lazy("presence", "Busy")
    AWAY = "away", pgettext_lazy("presence", "Away")
    OFFLINE = "offline", pgettext_lazy("presence", "Offline")


class Presence(models.Model):
    """Whether an agent is here now. `state` is what counts; `chosen` was set by hand and wins over activity until
    `chosen_until` (None: until changed). `channels` turns single channels off by hand ({"chat": false}).

    `seen_at` is the last sign of activity, kept to the minute, so that it is written seldom; `connected` tells
    whether a desk is open (see DeskLease).
    """

    agent = models.OneToOneField("staff.Agent", on_delete=models.CASCADE, primary_key=True, related_name="presence")
    state = models.CharField(max_length=8, choices=PresenceState.choices, default=PresenceState.OFFLINE)
    chosen = models.CharField(max_length=8, choices=PresenceState.choices, blank=True)
    chosen_until = models.DateTimeField(null=True)
    note = models.CharField(max_length=120, blank=True)
    channels: "models.JSONField[dict[str, bool], dict[str, bool]]" = models.JSONField(default=dict, blank=True)
    connected = models.BooleanField(default=False)
    seen_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(F("state"), name="presence_here", condition=~Q(state="offline")),
            models.Index(F("seen_at"), name="presence_seen", condition=~Q(state="offline")),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.state}"


class DeskLease(models.Model):
    """A web process says that an agent has a desk open there, for as long as it goes on saying so. A process that
    dies leaves nothing behind that lasts: no counter, only leases that run out."""

    id = models.BigAutoField(primary_key=True)
    agent = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, related_name="+")
    process = models.CharField(max_length=40)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "process"], name="one_lease_a_process")]

    def __str__(self) -> str:
        return f"{self.agent_id} in {self.process} until {self.until}"


class LastSweep(models.Model):
    """When presence was last looked at: one row. A clock that jumped is known by the distance to it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.at)


class ChannelLoad(models.Model):
    """What a channel costs an agent: `weight` units of `Agent.capacity` for each ticket that is worked on, and at
    most `limit` of them at once (None: as many as fit). An agent's own row wins over the one without agent."""

    id = models.BigAutoField(primary_key=True)
    agent = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, null=True, related_name="channel_loads")
    channel = models.CharField(max_length=20)
    weight = models.PositiveSmallIntegerField(default=10)
    limit = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "channel"], name="one_load_a_channel", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.weight}"


class Shift(models.Model):
    """When somebody is to work, closed-open. An agent with no shifts at all works whenever they are online."""

    id = models.BigAutoField(primary_key=True)
    agent = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, related_name="shifts")
    team = models.ForeignKey("staff.Team", on_delete=models.SET_NULL, null=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["agent", "ends_at"], name="shift_agent")]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_later")]

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.starts_at} – {self.ends_at}"


class Announced(models.TextChoices):
    """What the world was already told about an absence."""

    NOTHING = "", "nothing"
    STARTED = "started", "started"
    ENDED = "ended", "ended"


class Absence(models.Model):
    """Out of office, closed-open; new work and answers to old work go to the substitute meanwhile. `announced` tells
    which of its two events (AbsenceStarted, AbsenceEnded) the timer has sent."""

    id = models.BigAutoField(primary_key=True)
    agent = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, related_name="absences")
    substitute = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    announced = models.CharField(max_length=8, choices=Announced.choices, blank=True, default=Announced.NOTHING)

    class Meta:
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(fields=["agent", "ends_at"], name="absence_agent"),
            models.Index(F("starts_at"), name="absence_to_announce", condition=~Q(announced="ended")),
        ]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="absence_ends_later")]

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.starts_at} – {self.ends_at}"


class OnCall(models.Model):
    """Who is to be reached now, closed-open: of a team, or for decisions of management (no team). `rank` 1 is asked
    first, 2 when the first does not answer."""

    id = models.BigAutoField(primary_key=True)
    team = models.ForeignKey("staff.Team", on_delete=models.CASCADE, null=True, related_name="on_call")
    agent = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, related_name="on_call")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    rank = models.PositiveSmallIntegerField(default=1)
    # Translators: how to reach somebody who is on call
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering = ["starts_at", "rank", "id"]
        indexes = [models.Index(fields=["team", "ends_at"], name="on_call_team")]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="on_call_ends_later")]

    def __str__(self) -> str:
        return f"{self.agent_id} for {self.team_id or 'management'}"
