"""Tables of the live chat: what a site is set up to, its visitors, their files, ratings, transcripts, invitations."""

from typing import Any

from django.db import models
from django.db.models import F, Q


def _listed() -> list[Any]:
    return []


class ChatSite(models.Model):
    """How the chat of one inbox looks and behaves. An inbox without one behaves as the defaults say.

    `origins` are the exact origins ("https://shop.example") whose pages may talk to us. `prechat` and `offline` list
    the forms' fields: {"name", "kind", "required", "label", "choices"}; "name" and "email" are known by themselves.
    `calendar` gives the opening hours (None: always open). With `needs_people` the chat is closed while nobody is
    here. `call` and `callback` are offered only where somebody can be called. `mail_minutes` after which an unread
    answer also goes by mail (0: never), by `mail_inbox`.
    """

    inbox = models.OneToOneField("tickets.Inbox", on_delete=models.CASCADE, primary_key=True, related_name="+")
    origins: "models.JSONField[list[str], list[str]]" = models.JSONField(default=_listed, blank=True)
    accent = models.CharField(max_length=7, default="#0f766e")
    prechat: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(
        default=_listed, blank=True
    )
    offline: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(
        default=_listed, blank=True
    )
    languages: "models.JSONField[list[str], list[str]]" = models.JSONField(default=_listed, blank=True)
    calendar = models.ForeignKey("sla.Calendar", on_delete=models.SET_NULL, null=True, related_name="+")
    needs_people = models.BooleanField(default=True)
    mail_inbox = models.ForeignKey("tickets.Inbox", on_delete=models.SET_NULL, null=True, related_name="+")
    mail_minutes = models.PositiveSmallIntegerField(default=5)
    files = models.BooleanField(default=True)
    call = models.BooleanField(default=True)
    callback = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"chat of inbox {self.pk}"


class ChatInvitation(models.Model):
    """A word of ours to a visitor who has not written: on which pages, after how long, with how much in the cart.

    `texts` by language. `pages` are patterns with * ("*/cart*"), none for every page. Counted for the desk.
    """

    id = models.BigAutoField(primary_key=True)
    inbox = models.ForeignKey("tickets.Inbox", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    texts: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    pages: "models.JSONField[list[str], list[str]]" = models.JSONField(default=_listed, blank=True)
    after_seconds = models.PositiveIntegerField(default=30)
    cart_min = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    once_days = models.PositiveSmallIntegerField(default=1)
    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    shown = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class ChatVisitor(models.Model):
    """Somebody who chats. `key` names them everywhere ("chat:<key>" is their address). Whom nobody vouches for is one
    visitor on each device; whom their site signed for is the same visitor on all of theirs (ChatDevice).

    What they say of themselves (`name`, `email`, `phone`) is a claim. `verified` is who the site signed for: `subject`
    is its own id of them, and `email_verified` tells that the address was in that signature too. `connected_until` is
    renewed while a page of theirs is open.
    `mail_due_at`: when to look whether an answer is still unread; `mailed_id`: up to which message mail has gone.
    `token_until`: when the last of their tokens is over. `kept`: it is, and the row stays for the talk's sake.
    """

    id = models.BigAutoField(primary_key=True)
    inbox = models.ForeignKey("tickets.Inbox", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=32, unique=True)
    token_until = models.DateTimeField()
    subject = models.CharField(max_length=200, blank=True)
    verified = models.BooleanField(default=False)
    name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=320, blank=True)
    email_verified = models.BooleanField(default=False)
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=8, default="en")
    answers: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict, blank=True)
    page_url = models.CharField(max_length=2000, blank=True)
    page_title = models.CharField(max_length=300, blank=True)
    referrer = models.CharField(max_length=2000, blank=True)
    trail: "models.JSONField[list[dict[str, str]], list[dict[str, str]]]" = models.JSONField(
        default=_listed, blank=True
    )
    browser = models.CharField(max_length=300, blank=True)
    invitation = models.ForeignKey(ChatInvitation, on_delete=models.SET_NULL, null=True, related_name="+")
    offline = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    connected_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    mail_due_at = models.DateTimeField(null=True)
    mailed_id = models.BigIntegerField(default=0)
    kept = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(F("mail_due_at"), name="chat_mail_due", condition=Q(mail_due_at__isnull=False)),
            models.Index(F("token_until"), name="chat_token_until", condition=Q(kept=False)),
            models.Index(F("inbox"), F("subject"), name="chat_subject", condition=~Q(subject="")),
        ]

    def __str__(self) -> str:
        return f"chat:{self.key}"

    @property
    def address(self) -> str:
        """Under which the visitor is known to tickets."""
        return f"chat:{self.key}"


class ChatDevice(models.Model):
    """A browser of a visitor's. The token by which it comes back is kept as a digest only, and ends without use."""

    id = models.BigAutoField(primary_key=True)
    visitor = models.ForeignKey(ChatVisitor, on_delete=models.CASCADE, related_name="devices")
    token_hash = models.CharField(max_length=64, unique=True)
    token_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"device of {self.visitor_id}"


class ChatFile(models.Model):
    """A file that a visitor uploaded, to be sent with a message."""

    id = models.BigAutoField(primary_key=True)
    visitor = models.ForeignKey(ChatVisitor, on_delete=models.CASCADE, related_name="files")
    token = models.CharField(max_length=43, unique=True)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=120)
    size = models.BigIntegerField()
    file_key = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(F("at"), name="chat_file_at")]

    def __str__(self) -> str:
        return self.name


class ChatRating(models.Model):
    """What a visitor thought of a talk: 1 to 5, once a ticket; a later word replaces the first."""

    id = models.BigAutoField(primary_key=True)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+")
    visitor = models.ForeignKey(ChatVisitor, on_delete=models.CASCADE, related_name="+")
    agent = models.ForeignKey("staff.Agent", on_delete=models.SET_NULL, null=True, related_name="+")
    score = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=2000, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "visitor"], name="rated_once"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="chat_score_range"),
        ]
        indexes = [models.Index(F("at"), name="chat_rating_at")]

    def __str__(self) -> str:
        return f"{self.score} for {self.ticket_id}"


class ChatTranscript(models.Model):
    """A visitor's wish to have their own talk by mail; sent by a worker, tried again when the server is away."""

    id = models.BigAutoField(primary_key=True)
    visitor = models.ForeignKey(ChatVisitor, on_delete=models.CASCADE, related_name="+")
    email = models.CharField(max_length=320)
    language = models.CharField(max_length=8)
    asked_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(F("next_try_at"), name="transcript_due", condition=Q(next_try_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"transcript to {self.email}"
