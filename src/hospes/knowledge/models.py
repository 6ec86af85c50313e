"""Tables of the knowledge room."""

from django.db import models
from django.db.models import F
from django.utils.translation import pgettext_lazy


class Article(models.Model):
    """Something worth knowing, in one language. `origin_ticket` and `origin_swarm_id` tell what it came out of;
    `uses` how often somebody said that it helped with another ticket."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("article", "Draft")
        PUBLISHED = "published", pgettext_lazy("article", "Published")
        ARCHIVED = "archived", pgettext_lazy("article", "Put away")

    id = models.BigAutoField(primary_key=True)
    title = models.CharField(max_length=200)
    body_html = models.TextField(blank=True)
    language = models.CharField(max_length=8, default="en")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    author = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    # Ids and no keys: tickets is a room on the same line.
    origin_ticket_id = models.BigIntegerField(null=True)
    origin_swarm_id = models.BigIntegerField(null=True)
    uses = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(F("state"), F("id").desc(), name="article_state"),
            models.Index(
                F("origin_ticket_id"), name="article_origin", condition=models.Q(origin_ticket_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.title
