"""What is kept of webhook calls: which were taken already, and how many were refused and why."""

from django.db import models


class SeenCall(models.Model):
    """A signed call that was taken, by a digest of its signature and body: the same again is a replay."""

    id = models.BigAutoField(primary_key=True)
    inbox = models.ForeignKey("tickets.Inbox", on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "digest"], name="taken_once")]
        indexes = [models.Index(fields=["at"], name="seen_call_at")]

    def __str__(self) -> str:
        return self.digest


class DoorCount(models.Model):
    """How many calls to an inbox's webhook had an outcome on a day: all that a refused call leaves behind."""

    id = models.BigAutoField(primary_key=True)
    inbox = models.ForeignKey("tickets.Inbox", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    outcome = models.CharField(max_length=20)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "day", "outcome"], name="counted_by_day")]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.count}"
