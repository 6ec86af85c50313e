"""Actions that set something else going: a ready answer's changes, a webhook."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.automation.actions.base import Action, Doing, Param
from hospes.automation.models import Webhook
from hospes.core.errors import InvalidInput
from hospes.tickets import operations as tickets
from hospes.tickets.models import Macro

GROUP = gettext_lazy("Set going")
Given = Mapping[str, Any]


def _apply_macro(doing: Doing, given: Given) -> str | None:
    macro = Macro.objects.filter(pk=given["macro"], archived_at=None, sharing="all").first()
    if macro is None:
        raise InvalidInput(_("This ready answer is no longer there, or not for everybody."))
    tickets.apply_macro(macro=macro, ticket=doing.ticket, actor=doing.actor, now=doing.now)
    doing.ticket.refresh_from_db()
    return macro.name


def _call_webhook(doing: Doing, given: Given) -> str | None:
    from hospes.automation.operations.webhooks import queue_delivery

    webhook = Webhook.objects.filter(pk=given["webhook"], archived_at=None).first()
    if webhook is None:
        raise InvalidInput(_("This webhook is no longer there."))
    queue_delivery(
        webhook=webhook,
        source=f"rule:{doing.event_id}",
        kind="rule.ran",
        ticket_id=doing.ticket.pk,
        data={"rule": doing.rule_name},
        at=doing.now,
        now=doing.now,
    )
    return webhook.name


TABLE: Final[tuple[Action, ...]] = (
    Action(
        "apply_macro", gettext_lazy("Make a ready answer’s changes"), GROUP, _apply_macro,
        gettext_lazy("make the changes of “%(macro)s”"),
        (Param("macro", gettext_lazy("Ready answer"), "ref", "macro"),),
    ),
    Action(
        "call_webhook", gettext_lazy("Call a webhook"), GROUP, _call_webhook,
        gettext_lazy("call the webhook %(webhook)s"), (Param("webhook", gettext_lazy("Webhook"), "ref", "webhook"),),
        sends=True,
    ),
)  # fmt: skip
