"""Rules and webhooks over the API: what the desk can do, by the same operations."""

from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from hospes.api import shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import PageQuery, Strict
from hospes.api.outputs import PublicId
from hospes.automation import operations, queries
from hospes.automation.content import PARTS, content_of
from hospes.automation.models import Rule, Webhook
from hospes.automation.preview import Preview, try_rule
from hospes.core import clock
from hospes.core.paging import by_id

router = Router(tags=["automation"])
Short = Annotated[str, Field(max_length=2000)]
Values = dict[str, Any]


class NewRule(Strict):
    """When (`trigger`, for "time" with `schedule`), if (`conditions`), then (`actions`, in order)."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    description: Annotated[str, Field(max_length=500)] = ""
    trigger: Annotated[str, Field(max_length=60)]
    schedule: Values = {}
    conditions: Values = {}
    actions: Annotated[list[Values], Field(max_length=20)]
    stop_after: bool = False
    limits: Values = {}


class ChangeRule(Strict):
    """What is left out stays. Changing what a rule that is on does needs the `token` of a preview of the new rule."""

    name: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    description: Annotated[str, Field(max_length=500)] | None = None
    trigger: Annotated[str, Field(max_length=60)] | None = None
    schedule: Values | None = None
    conditions: Values | None = None
    actions: Annotated[list[Values], Field(max_length=20)] | None = None
    stop_after: bool | None = None
    limits: Values | None = None
    token: Short = ""


class Switch(Strict):
    """`active` true needs the `token` of a preview of this rule as it is."""

    active: bool
    token: Short = ""


class Try(Strict):
    """How far to look back; changes are tried as if they were made, and not kept."""

    days: Annotated[int, Field(ge=1, le=90)] = 30
    changes: ChangeRule | None = None


class NewWebhook(Strict):
    """`events` are triggers by their key, such as "ticket_opened"."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    url: Short
    events: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=100)] = []


class ChangeWebhook(Strict):
    """What is left out stays."""

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    url: Short | None = None
    events: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=100)] | None = None
    active: bool | None = None


class RuleOut(BaseModel):
    """A rule as it is kept."""

    id: PublicId
    name: str
    description: str
    active: bool
    version: int
    position: int
    trigger: str
    schedule: Values
    conditions: Values
    actions: list[Values]
    stop_after: bool
    limits: Values


class RulePage(BaseModel):
    """A page of rules."""

    items: list[RuleOut]
    next: str | None


class TouchedOut(BaseModel):
    """A ticket that the rule would have touched, and what it would have changed."""

    number: str
    at: str
    times: int
    changes: list[str]


class PreviewOut(BaseModel):
    """`asked` events were looked at, `fitted` fitted. `as_now` names what is told as it is now. `token` lets you switch
    on exactly this rule within an hour."""

    asked: int
    fitted: int
    tickets: int
    messages: int
    whole: bool
    touched: list[TouchedOut]
    as_now: list[str]
    token: str


class WebhookOut(BaseModel):
    """A webhook. `secret` is told once, when it is made."""

    id: PublicId
    name: str
    url: str
    events: list[str]
    active: bool
    disabled_at: str | None
    disabled_why: str
    secret: str | None = None


class WebhookPage(BaseModel):
    """A page of webhooks."""

    items: list[WebhookOut]
    next: str | None


def _rule(rule: Rule) -> Values:
    return {"id": rule.pk, "active": rule.active, "version": rule.version, "position": rule.position} | content_of(rule)


def _webhook(webhook: Webhook, secret: str | None = None) -> Values:
    return {
        **{name: getattr(webhook, name) for name in ("name", "url", "events", "active", "disabled_why")},
        "id": webhook.pk,
        "disabled_at": shapes.stamp(webhook.disabled_at),
        "secret": secret,
    }


def _preview(found: Preview) -> Values:
    touched = [
        {"number": t.ticket.number, "at": shapes.stamp(t.at), "times": t.times, "changes": t.changes}
        for t in found.touched
    ]
    names = ("asked", "fitted", "tickets", "messages", "whole", "as_now", "token")
    return {**{name: getattr(found, name) for name in names}, "touched": touched}


def _changed(rule: Rule, changes: ChangeRule | None) -> Values:
    given = changes.model_dump(include=changes.model_fields_set - {"token"}) if changes else {}
    return content_of(rule) | {name: value for name, value in given.items() if value is not None and name in PARTS}


@router.get("/rules", response=RulePage, summary="List rules")
def list_rules(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """By id; `position` is the order in which they run."""
    request.actor.require("rule.manage")
    page, following = by_id(queries.rules().order_by(), cursor=wanted.cursor, limit=wanted.limit)
    return shapes.page([_rule(rule) for rule in page], following)


@router.post("/rules", response={201: RuleOut}, summary="Make a rule")
def create_rule(request: ApiRequest, data: NewRule) -> HttpResponse:
    """It is off until it was tried and switched on."""
    request.actor.require("rule.manage")
    made = operations.save_rule(content=data.model_dump(), actor=request.actor, now=clock.now())
    return shapes.respond(_rule(made), status=201)


@router.get("/rules/{int:rule_id}", response=RuleOut, summary="Get a rule")
def get_rule(request: ApiRequest, rule_id: int) -> HttpResponse:
    """One rule."""
    request.actor.require("rule.manage")
    return shapes.respond(_rule(queries.get_rule(rule_id)))


@router.patch("/rules/{int:rule_id}", response=RuleOut, summary="Change a rule")
def change_rule(request: ApiRequest, rule_id: int, data: ChangeRule) -> HttpResponse:
    """A new version, when what it does changes."""
    request.actor.require("rule.manage")
    found = queries.get_rule(rule_id)
    content = _changed(found, data)
    kept = operations.save_rule(rule=found, content=content, token=data.token, actor=request.actor, now=clock.now())
    return shapes.respond(_rule(kept))


@router.post("/rules/{int:rule_id}/try", response=PreviewOut, summary="Try a rule on the past")
def try_on_the_past(request: ApiRequest, rule_id: int, data: Try) -> HttpResponse:
    """Which tickets it would have touched, and what it would have changed. Nothing is changed."""
    request.actor.require("rule.manage")
    content = _changed(queries.get_rule(rule_id), data.changes)
    return shapes.respond(_preview(try_rule(content=content, actor=request.actor, now=clock.now(), days=data.days)))


@router.post("/rules/{int:rule_id}/switch", response=RuleOut, summary="Switch a rule on or off")
def switch_rule(request: ApiRequest, rule_id: int, data: Switch) -> HttpResponse:
    """Off at once; on only with the token of a preview."""
    request.actor.require("rule.manage")
    found, now = queries.get_rule(rule_id), clock.now()
    if data.active:
        found = operations.switch_on(rule=found, token=data.token, actor=request.actor, now=now)
    else:
        found = operations.switch_off(rule=found, actor=request.actor, now=now)
    return shapes.respond(_rule(found))


@router.get("/webhooks", response=WebhookPage, summary="List webhooks")
def list_webhooks(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """By id. Secrets are never told again."""
    request.actor.require("webhook.manage")
    page, following = by_id(queries.webhooks().order_by(), cursor=wanted.cursor, limit=wanted.limit)
    return shapes.page([_webhook(webhook) for webhook in page], following)


@router.post("/webhooks", response={201: WebhookOut}, summary="Make a webhook")
def create_webhook(request: ApiRequest, data: NewWebhook) -> HttpResponse:
    """`secret` is told in this answer only."""
    request.actor.require("webhook.manage")
    made, secret = operations.save_webhook(
        name=data.name, url=data.url, kinds=data.events, actor=request.actor, now=clock.now()
    )
    return shapes.respond(_webhook(made, secret), status=201)


@router.patch("/webhooks/{int:webhook_id}", response=WebhookOut, summary="Change a webhook")
def change_webhook(request: ApiRequest, webhook_id: int, data: ChangeWebhook) -> HttpResponse:
    """Switching it on again forgets why it was switched off; what waits is sent then."""
    request.actor.require("webhook.manage")
    found = queries.get_webhook(webhook_id)
    kept, _secret = operations.save_webhook(
        webhook=found,
        name=found.name if data.name is None else data.name,
        url=found.url if data.url is None else data.url,
        kinds=found.events if data.events is None else data.events,
        active=found.active if data.active is None else data.active,
        actor=request.actor,
        now=clock.now(),
    )
    return shapes.respond(_webhook(kept))
