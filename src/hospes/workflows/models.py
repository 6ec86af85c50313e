"""Tables of the workflows room: a procedure, its published versions, its runs and what was done at each step."""

from typing import Any

from django.db import models
from django.db.models import F, Q


class Workflow(models.Model):
    """A guided procedure. `draft` is what is being edited; `published` is what new runs follow.

    `draft_number` rises with each change of the draft, so that two editors cannot overwrite each other unaware.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    search = models.CharField(max_length=1000, blank=True)
    group = models.CharField(max_length=100, blank=True)
    draft: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    draft_number = models.PositiveIntegerField(default=1)
    changed = models.BooleanField(default=True)
    published = models.ForeignKey("WorkflowVersion", on_delete=models.PROTECT, null=True, related_name="+")
    open_to = models.CharField(max_length=10, default="agents")
    uses = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["group", "name", "id"]
        indexes = [
            models.Index(
                F("group"), F("name"), name="workflow_open", condition=Q(archived_at=None, published__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.name


class WorkflowVersion(models.Model):
    """A definition as it was published. It never changes: runs that began on it finish on it."""

    id = models.BigAutoField(primary_key=True)
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    definition: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    by_name = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "number"], name="workflow_version_once")]
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.workflow_id} v{self.number}"


class WorkflowRun(models.Model):
    """Somebody's way through a version.

    `token` is the secret of its link. `seq` rises with each move: a form that was shown at another `seq` is refused,
    so that two tabs move once. `answers` maps an answer's key to value, by, at, where and step; `facts` is what
    look-ups and calls found; `path` are the steps that one can go back to. `trusted` says that the customer is known
    by more than what was typed, so that their own details may be shown.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        CALLING = "calling"
        WAITING = "waiting"
        HANDED_OVER = "handed_over"
        ENDED = "ended"

    id = models.BigAutoField(primary_key=True)
    token = models.CharField(max_length=64, unique=True)
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="runs")
    version = models.ForeignKey(WorkflowVersion, on_delete=models.PROTECT, related_name="runs")
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.SET_NULL, null=True, related_name="+")
    customer = models.ForeignKey("customers.Customer", on_delete=models.SET_NULL, null=True, related_name="+")
    trusted = models.BooleanField(default=False)
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=20)
    language = models.CharField(max_length=8, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    step = models.CharField(max_length=80, blank=True)
    seq = models.PositiveIntegerField(default=1)
    path: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    answers: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    facts: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    outcome = models.CharField(max_length=20, blank=True)
    wake_at = models.DateTimeField(null=True)
    waits_for_answer = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(F("wake_at"), F("id"), name="run_wakes", condition=Q(wake_at__isnull=False)),
            models.Index(F("ticket"), F("id").desc(), name="run_of_ticket", condition=Q(ticket__isnull=False)),
            models.Index(F("customer"), F("id").desc(), name="run_of_customer", condition=Q(customer__isnull=False)),
            models.Index(F("workflow"), F("started_at"), name="run_of_workflow"),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_run_that_ended_has_an_outcome",
                condition=Q(state="ended", ended_at__isnull=False) & ~Q(outcome="")
                | ~Q(state="ended") & Q(ended_at=None),
            ),
            models.CheckConstraint(
                name="only_waiting_runs_have_a_timer", condition=Q(wake_at=None) | Q(state="waiting")
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"


class StepLog(models.Model):
    """One stay of a run at a step: when it was come to, when and how it was left (answered, known, done, back)."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(WorkflowRun, on_delete=models.CASCADE, related_name="log")
    workflow_id = models.BigIntegerField()
    step = models.CharField(max_length=80)
    kind = models.CharField(max_length=12)
    came_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    how = models.CharField(max_length=12, blank=True)
    by_kind = models.CharField(max_length=10, blank=True)
    by_name = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["workflow_id", "came_at"], name="step_of_workflow")]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.step}"


class Call(models.Model):
    """An address that a run waits to be called, with its tries. `uid` stays the same through all tries."""

    id = models.BigAutoField(primary_key=True)
    run = models.OneToOneField(WorkflowRun, on_delete=models.CASCADE, related_name="call")
    step = models.CharField(max_length=80)
    uid = models.CharField(max_length=64, unique=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(db_index=True)
    error = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"call of run {self.run_id}"
