"""Swarms: experts called into a hard case for a while, with a side room, and the solution they leave behind."""

from django.db import models
from django.db.models import F, Q


class Swarm(models.Model):
    """One owner stays; experts join and leave. Ends with a solution record, from which a draft article is made."""

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="swarms")
    owner = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    question = models.TextField()
    skills = models.ManyToManyField("staff.Skill", related_name="+", blank=True)
    call_url = models.CharField(max_length=500, blank=True)
    running = models.BooleanField(default=True)
    started_at = models.DateTimeField()
    first_expert_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    solved = models.BooleanField(default=False)
    problem = models.TextField(blank=True)
    cause = models.TextField(blank=True)
    solution = models.TextField(blank=True)
    prevention = models.TextField(blank=True)
    article = models.ForeignKey("knowledge.Article", on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(F("started_at"), name="swarm_started"),
            models.Index(F("ticket"), F("id").desc(), name="swarm_ticket"),
        ]
        constraints = [models.UniqueConstraint(fields=["ticket"], condition=Q(running=True), name="one_swarm_a_ticket")]

    def __str__(self) -> str:
        return f"swarm {self.pk}"


class SwarmMember(models.Model):
    """Somebody called in, or who came by themselves (`invited_at` None). `skill` is why they were called."""

    id = models.BigAutoField(primary_key=True)
    swarm = models.ForeignKey(Swarm, on_delete=models.CASCADE, related_name="members")
    agent = models.ForeignKey("staff.Agent", on_delete=models.CASCADE, related_name="+")
    skill = models.ForeignKey("staff.Skill", on_delete=models.SET_NULL, null=True, related_name="+")
    level = models.PositiveSmallIntegerField(default=0)
    invited_at = models.DateTimeField(null=True)
    joined_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["swarm", "agent"], name="once_in_a_swarm")]

    def __str__(self) -> str:
        return f"{self.agent_id} in swarm {self.swarm_id}"


class SwarmNote(models.Model):
    """What is said in the side room; never seen by the customer."""

    id = models.BigAutoField(primary_key=True)
    swarm = models.ForeignKey(Swarm, on_delete=models.CASCADE, related_name="notes")
    agent = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    author_name = models.CharField(max_length=200)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["swarm", "id"], name="swarm_note")]

    def __str__(self) -> str:
        return f"note {self.pk}"
