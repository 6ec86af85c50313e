"""What providers are still to be told of our side of a talk."""

from django.db import models
from django.db.models import F, Q


class Telling(models.Model):
    """That we have read or that somebody writes: one row a ticket, inbox and kind, used again and again.

    `message` is the customer's newest, `asked_at` when it was asked for last; it is to be done while `next_try_at`
    stands. `on` and `shown_at` are for typing: whether it was said to go on or to stop, and when it was last shown.
    """

    class What(models.TextChoices):
        SEEN = "seen"
        TYPING = "typing"

    id = models.BigAutoField(primary_key=True)
    what = models.CharField(max_length=6, choices=What.choices)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    inbox = models.ForeignKey("tickets.Inbox", on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey("tickets.Message", on_delete=models.CASCADE, related_name="+")
    on = models.BooleanField(default=True)
    asked_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "inbox", "what"], name="one_telling_a_talk")]
        indexes = [models.Index(F("next_try_at"), name="telling_waiting", condition=Q(next_try_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.what} of ticket {self.ticket_id}"
