"""What providers know of our messages: their ids of sent parts, approved templates, who wants no more."""

from typing import Any

from django.db import models


class SentPart(models.Model):
    """A provider's id of a sent message (or of one part of a long one), by which its news are matched."""

    id = models.BigAutoField(primary_key=True)
    inbox = models.ForeignKey("tickets.Inbox", on_delete=models.CASCADE, related_name="+")
    provider_id = models.CharField(max_length=200)
    message = models.ForeignKey("tickets.Message", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "provider_id"], name="one_message_a_provider_id")]

    def __str__(self) -> str:
        return self.provider_id


class ReadyTemplate(models.Model):
    """A message template that a provider has approved. `body` has {{1}}, {{2}} … for values, as the provider writes."""

    id = models.BigAutoField(primary_key=True)
    inbox = models.ForeignKey("tickets.Inbox", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=20)
    body = models.TextField()
    state = models.CharField(max_length=20, default="approved")
    parts: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "language"]
        constraints = [models.UniqueConstraint(fields=["inbox", "name", "language"], name="one_template_a_language")]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"


class OptOut(models.Model):
    """Somebody who wants no messages from an inbox any more (STOP), until they say START."""

    id = models.BigAutoField(primary_key=True)
    inbox = models.ForeignKey("tickets.Inbox", on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=320)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "address"], name="opted_out_once")]

    def __str__(self) -> str:
        return self.address
