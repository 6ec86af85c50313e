"""Tables of the calls room: calls, who is in them, recordings in pieces, transcripts, call-backs, links."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Call(models.Model):
    """One call on a ticket. `step` counts what happened in it, and stands in the addresses that we give to a
    provider, so that an old webhook sent again is recognised. `provider_id` is the customer's leg at the provider."""

    class Medium(models.TextChoices):
        PHONE = "phone", pgettext_lazy("call", "Phone")
        BROWSER = "browser", pgettext_lazy("call", "Browser")
        VIDEO = "video", pgettext_lazy("call", "Video")

    class Direction(models.TextChoices):
        IN = "in", pgettext_lazy("call", "Incoming")
        OUT = "out", pgettext_lazy("call", "Outgoing")

    class State(models.TextChoices):
        MENU = "menu", _("In the menu")
        QUEUED = "queued", _("Waiting for somebody")
        RINGING = "ringing", pgettext_lazy("call", "Ringing")
        TALKING = "talking", pgettext_lazy("call", "Talking")
        HELD = "held", pgettext_lazy("call", "On hold")
        VOICEMAIL = "voicemail", _("Leaving a message")
        ENDED = "ended", pgettext_lazy("call", "Ended")

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    inbox = models.ForeignKey("tickets.Inbox", on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey("customers.Customer", on_delete=models.SET_NULL, null=True, related_name="+")
    agent = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    medium = models.CharField(max_length=10, choices=Medium.choices)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    step = models.PositiveIntegerField(default=0)
    provider_id = models.CharField(max_length=200, blank=True)
    from_number = models.CharField(max_length=320, blank=True)
    to_number = models.CharField(max_length=320, blank=True)
    facts: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    recorded = models.BooleanField(default=False)
    outcome = models.CharField(max_length=20, blank=True)
    notes = models.TextField(blank=True)
    started_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(F("ticket"), F("id"), name="call_ticket"),
            models.Index(F("provider_id"), name="call_provider", condition=~Q(provider_id="")),
            models.Index(F("agent"), name="call_under_way", condition=~Q(state="ended")),
        ]

    def __str__(self) -> str:
        return f"{self.medium} {self.pk}"


class CallPart(models.Model):
    """Somebody in a call: the customer, an agent, an expert of a swarm. `key` lets a browser speak for them; until
    `seen_at` its line was there (said every some seconds), so that a browser that died is noticed."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer"
        AGENT = "agent"
        EXPERT = "expert"

    class State(models.TextChoices):
        RINGING = "ringing"
        JOINED = "joined"
        HELD = "held"
        MISSED = "missed"
        LEFT = "left"

    id = models.BigAutoField(primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="parts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    agent = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    key_hash = models.CharField(max_length=64, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    rang_at = models.DateTimeField()
    joined_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(F("provider_id"), name="call_part_provider", condition=~Q(provider_id="")),
            models.Index(F("key_hash"), name="call_part_key", condition=~Q(key_hash="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.call_id}"


class Recording(models.Model):
    """A recording or a voicemail. Those made in a browser come in pieces (`RecordingPiece`) and are joined when
    complete into `file_key`; `source_url` is where a provider keeps one until it is fetched. `seconds`: its length.
    `whole`: the browser said that it sent every piece; until then late ones are joined to it."""

    class Kind(models.TextChoices):
        TALK = "talk", pgettext_lazy("recording", "Recording")
        VOICEMAIL = "voicemail", pgettext_lazy("recording", "Voicemail")

    class State(models.TextChoices):
        OPEN = "open"
        WAITING = "waiting"
        READY = "ready"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="recordings")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TALK)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    token = models.CharField(max_length=43, unique=True)
    content_type = models.CharField(max_length=120)
    provider_id = models.CharField(max_length=200, blank=True)
    source_url = models.CharField(max_length=1000, blank=True)
    file_key = models.CharField(max_length=120, blank=True)
    size = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    whole = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    words = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(F("next_try_at"), name="recording_waiting", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.kind} of {self.call_id}"


class RecordingPiece(models.Model):
    """Some seconds of a recording, stored as soon as the browser had them: a lost tab loses the newest one at most."""

    id = models.BigAutoField(primary_key=True)
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    file_key = models.CharField(max_length=120)
    size = models.PositiveIntegerField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["recording", "number"], name="one_piece_a_number")]

    def __str__(self) -> str:
        return f"{self.recording_id}/{self.number}"


class Transcript(models.Model):
    """What was said in a recording: `segments` are {"start", "end" in seconds, "text"}; `text` is all of it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        READY = "ready"
        FAILED = "failed"

    recording = models.OneToOneField(Recording, on_delete=models.CASCADE, primary_key=True, related_name="transcript")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    language = models.CharField(max_length=8, blank=True)
    segments: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    text = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    words = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(F("next_try_at"), name="transcript_waiting", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"transcript of {self.recording_id}"


class CallLink(models.Model):
    """A one-time link by which a customer (or an expert) opens a call in the browser. Only its token's hash is kept."""

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, null=True, related_name="links")
    kind = models.CharField(max_length=10, choices=CallPart.Kind.choices, default=CallPart.Kind.CUSTOMER)
    medium = models.CharField(max_length=10, choices=Call.Medium.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"link to {self.ticket_id}"


class Callback(models.Model):
    """A customer wants to be called back. The agent is rung first, then the customer. `promised_at` is the end of the
    slot that was promised; missed attempts are tried again by rule until `attempts` are used up."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        CALLING = "calling", _("Being called")
        DONE = "done", pgettext_lazy("call-back", "Done")
        GIVEN_UP = "given_up", _("Not reached")
        CANCELLED = "cancelled", pgettext_lazy("call-back", "Cancelled")

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey("customers.Customer", on_delete=models.SET_NULL, null=True, related_name="+")
    number = models.CharField(max_length=40)
    wanted_from = models.DateTimeField()
    promised_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    source = models.CharField(max_length=10)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    agent = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.SET_NULL, null=True, related_name="callbacks")
    words = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(F("next_try_at"), F("id"), name="callback_due", condition=Q(state="waiting")),
            models.Index(F("ticket"), name="callback_ticket"),
        ]

    def __str__(self) -> str:
        return f"call back {self.number}"


class PhoneSetup(models.Model):
    """How an inbox of the kind "voice" answers. `menu` and `extensions` are as `menus` reads them; `texts` replaces
    what is said ({language: {text: words}}), `audio` is played instead where the provider has no voice ({language:
    {text: file key}}). `calendar` None: always open. `countries` are those that may be called back (ISO codes; empty:
    only that of our own number). `detect_machines`: the provider listens whether a machine answers when we call a
    customer. `callback_minutes` is what a call-back without a wish is promised within."""

    class Closed(models.TextChoices):
        VOICEMAIL = "voicemail", _("Take a message")
        CALLBACK = "callback", _("Offer a call back")

    inbox = models.OneToOneField("tickets.Inbox", on_delete=models.CASCADE, primary_key=True, related_name="phone")
    menu: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    extensions: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(
        default=list, blank=True
    )
    texts: "models.JSONField[dict[str, dict[str, str]], dict[str, dict[str, str]]]" = models.JSONField(
        default=dict, blank=True
    )
    audio: "models.JSONField[dict[str, dict[str, str]], dict[str, dict[str, str]]]" = models.JSONField(
        default=dict, blank=True
    )
    calendar = models.ForeignKey("sla.Calendar", on_delete=models.SET_NULL, null=True, related_name="+")
    closed = models.CharField(max_length=10, choices=Closed.choices, default=Closed.VOICEMAIL)
    record = models.BooleanField(default=False)
    detect_machines = models.BooleanField(default=True)
    ring_seconds = models.PositiveSmallIntegerField(default=20)
    voicemail_seconds = models.PositiveSmallIntegerField(default=120)
    offer_callback = models.BooleanField(default=True)
    callback_minutes = models.PositiveSmallIntegerField(default=60)
    countries: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ring_seconds__gte=5, ring_seconds__lte=60), name="ring_5_to_60_s"),
        ]

    def __str__(self) -> str:
        return f"phone of {self.inbox_id}"


class CallOrder(models.Model):
    """Something that the provider is to do for a call by phone: `what` is ring, place (into the talk), hold, resume or
    hang_up; done by the channel's worker, with back-off, outside every transaction."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="orders")
    part = models.ForeignKey(CallPart, on_delete=models.CASCADE, null=True, related_name="+")
    what = models.CharField(max_length=10)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    words = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(F("next_try_at"), F("id"), name="call_order_due", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.what} for {self.call_id}"
