"""Tables of the guidance room: signs found in messages, playbooks as the company edited them, what was used and what
came of it, refusals of service."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """The four difficult kinds of talk."""

    # Translators: a kind of customer in a difficult talk
    UNSURE = "unsure", _("Does not know what they want")
    KNOWS_BETTER = "knows_better", _("Knows better")
    RUDE = "rude", pgettext_lazy("customer", "Rude")
    OFFENDED = "offended", pgettext_lazy("customer", "Offended")


class Signs(models.Model):
    """What was read out of one incoming message. `kind` is empty for a calm one. `why` holds the words and facts that
    led to it, as (code, words) pairs. It is an offer to whoever answers; nothing is ever done because of it alone."""

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    message = models.OneToOneField("tickets.Message", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices, blank=True)
    confidence = models.FloatField(default=0)
    upset = models.BooleanField(default=False)
    why: "models.JSONField[list[list[str]], list[list[str]]]" = models.JSONField(default=list)
    at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(F("ticket"), F("message").desc(), name="signs_ticket"),
            models.Index(F("at"), F("kind"), name="signs_seen", condition=~Q(kind="")),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.kind}"


class PlaybookVersion(models.Model):
    """A playbook as the company wrote it, in one language. The newest version counts; without one, the default."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    language = models.CharField(max_length=8)
    version = models.PositiveIntegerField()
    signs: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    do: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    do_not: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    sentences: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    by = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["kind", "language", "version"], name="one_playbook_a_version")]

    def __str__(self) -> str:
        return f"{self.kind} {self.language} {self.version}"


class PlaybookUse(models.Model):
    """An agent opened a playbook, or put one of its sentences into an answer."""

    class What(models.TextChoices):
        OPENED = "opened"
        SENTENCE = "sentence"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    what = models.CharField(max_length=10, choices=What.choices)
    offered = models.BooleanField(default=False)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    agent = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(F("at"), F("kind"), name="playbook_used")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


class MacroUse(models.Model):
    """A ready answer was used on a ticket, and what came of it.

    `message` is the reply that left with it, `next_message_id` the customer's next one and `upset` its tone (None
    while there is none), `score` what the customer gave in a survey (0 to 100), `event_id` makes it be noted once.
    """

    id = models.BigAutoField(primary_key=True)
    event_id = models.BigIntegerField(unique=True)
    macro = models.ForeignKey("tickets.Macro", on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey("tickets.Message", on_delete=models.SET_NULL, null=True, related_name="+")
    agent = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    ticket_type = models.CharField(max_length=10, blank=True)
    tags: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    solved_at = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True)
    next_message_id = models.BigIntegerField(null=True)
    upset = models.BooleanField(null=True)
    score = models.PositiveSmallIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(F("macro"), F("at").desc(), name="macro_used"),
            models.Index(F("ticket"), F("at").desc(), name="macro_used_on"),
            models.Index(F("ticket_type"), F("at").desc(), name="macro_used_type"),
            models.Index(F("at").desc(), name="macro_used_lately"),
        ]

    def __str__(self) -> str:
        return f"{self.macro_id} on {self.ticket_id}"


class MacroWords(models.Model):
    """The words of messages that a ready answer was used for, with how often: what ranking compares with."""

    macro = models.OneToOneField("tickets.Macro", on_delete=models.CASCADE, primary_key=True, related_name="+")
    words: "models.JSONField[dict[str, int], dict[str, int]]" = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"words of {self.macro_id}"


class Refusal(models.Model):
    """A refusal of service to a customer: asked for by an agent, decided by a lead, told to the customer, in force
    until a date or until somebody ends it. Messages keep arriving; they go to whoever decided."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("refusal of service", "Asked for")
        APPROVED = "approved", pgettext_lazy("refusal of service", "In force")
        DECLINED = "declined", pgettext_lazy("refusal of service", "Declined")
        WITHDRAWN = "withdrawn", pgettext_lazy("refusal of service", "Withdrawn")
        APPEALED = "appealed", pgettext_lazy("refusal of service", "In force, appealed")
        ENDED = "ended", pgettext_lazy("refusal of service", "Ended")

    class Reason(models.TextChoices):
        THREAT = "threat", _("Threatened somebody")
        INSULTS = "insults", _("Insulted staff again after a warning")
        HARASSMENT = "harassment", _("Harassed staff or flooded us with messages")
        HATE = "hate", _("Attacked somebody for who they are")
        FRAUD = "fraud", _("Tried to deceive us")

    class Scope(models.TextChoices):
        ALL = "all", _("All service")
        CHANNEL = "channel", _("This channel only")

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    words = models.TextField()
    evidence: "models.JSONField[list[int], list[int]]" = models.JSONField(default=list)
    warning = models.ForeignKey("tickets.Message", on_delete=models.SET_NULL, null=True, related_name="+")
    scope = models.CharField(max_length=8, choices=Scope.choices, default=Scope.ALL)
    channel = models.CharField(max_length=20, blank=True)
    until = models.DateTimeField(null=True)
    asked_by = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)
    told = models.ForeignKey("tickets.Message", on_delete=models.SET_NULL, null=True, related_name="+")
    appealed_at = models.DateTimeField(null=True)
    appeal = models.TextField(blank=True)
    appeal_decided_by = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    appeal_decision = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    end_words = models.TextField(blank=True)

    IN_FORCE = ("approved", "appealed")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(F("customer"), name="refusal_in_force", condition=Q(state__in=["approved", "appealed"])),
            models.Index(F("until"), name="refusal_ends", condition=Q(state__in=["approved", "appealed"])),
            models.Index(F("ticket"), F("id").desc(), name="refusal_ticket"),
            models.Index(F("state"), F("id").desc(), name="refusal_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(state__in=["asked", "approved", "appealed"]),
                name="one_refusal_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.state}"
