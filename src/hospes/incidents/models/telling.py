"""What is told about an incident, to whom it went, and who wants to hear of the service's state."""

from django.db import models
from django.db.models import F, Q

from hospes.incidents.models.incident import Component, Incident, IncidentState, Texts


class IncidentUpdate(models.Model):
    """A word about an incident: public ones go to every customer behind it, internal ones stay here.

    `texts` are by language. `solve`: linked tickets are solved with it, without those where the customer asked
    something else when `leave_asked`.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="updates")
    texts: "models.JSONField[Texts, Texts]" = models.JSONField(default=dict)
    public = models.BooleanField(default=False)
    state = models.CharField(max_length=14, choices=IncidentState.choices)
    solve = models.BooleanField(default=False)
    leave_asked = models.BooleanField(default=True)
    at = models.DateTimeField()
    by = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(F("incident"), F("id").desc(), name="update_listed")]

    def __str__(self) -> str:
        return f"{self.incident_id}: {self.state} {self.at}"


class Subscriber(models.Model):
    """Somebody who wants to hear of the service's state by mail, once they pressed the button behind a mailed link.

    Of the link only the hash is kept; the address to unsubscribe is computed, so nothing of it is kept at all.
    No components means all of them.
    """

    id = models.BigAutoField(primary_key=True)
    email = models.EmailField(max_length=254)
    key = models.CharField(max_length=340, unique=True)
    language = models.CharField(max_length=8, default="en")
    components = models.ManyToManyField(Component, related_name="+", blank=True)
    token_hash = models.CharField(max_length=64, blank=True)
    token_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(F("token_hash"), name="subscriber_token", condition=~Q(token_hash="")),
            models.Index(F("id"), name="subscriber_good", condition=Q(confirmed_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.email


class Telling(models.Model):
    """One update on its way to one ticket's customer or one subscriber: at most one row for each, so nobody hears
    twice. `quiet`: nothing is sent (the same customer hears on another ticket), the ticket is only solved with it.

    An update of None is the first word to a newcomer while nothing public was said yet.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        SKIPPED = "skipped"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="tellings")
    update = models.ForeignKey(IncidentUpdate, on_delete=models.CASCADE, null=True, related_name="tellings")
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, null=True, related_name="+")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, null=True, related_name="+")
    newcomer = models.BooleanField(default=False)
    quiet = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    language = models.CharField(max_length=8, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    message_id = models.BigIntegerField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(F("next_try_at"), F("id"), name="telling_due", condition=Q(state="waiting")),
            models.Index(F("update"), F("state"), name="telling_progress"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "update", "ticket"],
                name="told_once_on_a_ticket",
                nulls_distinct=False,
                condition=Q(ticket__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["update", "subscriber"], name="subscriber_told_once", condition=Q(subscriber__isnull=False)
            ),
            models.CheckConstraint(
                condition=Q(ticket__isnull=False, subscriber__isnull=True)
                | Q(ticket__isnull=True, subscriber__isnull=False),
                name="told_to_a_ticket_or_a_subscriber",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.update_id} → {self.ticket_id or self.subscriber_id}"
