"""Decisions on the addresses of the topic automation."""

import json
from typing import Any, Final

from hospes.testing.rules import Rule

CONTENT: Final = json.dumps({
    "name": "Tried", "description": "", "trigger": "solved", "schedule": {}, "conditions": {},
    "actions": [{"do": "add_tags", "tags": ["x"]}], "stop_after": False, "limits": {},
})  # fmt: skip
RULES: Final[dict[str, Rule]] = {
    "desk/conditions/": Rule(get="light"),
    "desk/conditions/reading/": Rule(post="light", body={"conditions": "{}"}),
    "desk/settings/rules/": Rule(get="manager", post="manager", body={"rule": "rule_id", "do": "up"}),
    "desk/settings/rules/new/": Rule(get="manager", post="manager"),
    "desk/settings/rules/steps/": Rule(get="manager"),
    "desk/settings/rules/reading/": Rule(post="manager"),
    "desk/settings/rules/confirm/": Rule(post="manager", body={"content": CONTENT, "again": "1"}),
    "desk/settings/rules/library/": Rule(get="manager", post="manager", body={"key": "praise"}),
    "desk/settings/rules/export/": Rule(get="manager"),
    "desk/settings/rules/import/": Rule(get="manager", post="manager", body={"text": "nonsense"}),
    "desk/settings/rules/<int:rule_id>/": Rule(get="manager", post="manager", args=("rule_id",)),
    "desk/settings/rules/<int:rule_id>/try/": Rule(get="manager", args=("rule_id",)),
    "desk/settings/rules/<int:rule_id>/versions/": Rule(
        get="manager", post="manager", args=("rule_id",), body={"version": "1"}
    ),
    "desk/settings/rules/<int:rule_id>/runs/": Rule(get="manager", args=("rule_id",)),
    "desk/settings/rules/<int:rule_id>/export/": Rule(get="manager", args=("rule_id",)),
    "desk/settings/webhooks/": Rule(get="admin", post="admin", body={"name": "Warehouse"}),
    "desk/settings/webhooks/new/": Rule(get="admin", post="admin"),
    "desk/settings/webhooks/<int:webhook_id>/": Rule(get="admin", post="admin", args=("webhook_id",)),
    "api/v1/rules": Rule(get="manager", post="manager", body={**json.loads(CONTENT), "name": "By the API"}),
    "api/v1/rules/<int:rule_id>": Rule(get="manager", patch="manager", args=("rule_id",), body={"description": "So"}),
    "api/v1/rules/<int:rule_id>/try": Rule(post="manager", args=("rule_id",), body={"days": 1}),
    "api/v1/rules/<int:rule_id>/switch": Rule(post="manager", args=("rule_id",), body={"active": False}),
    "api/v1/webhooks": Rule(get="admin", post="admin", body={"name": "API", "url": "https://example.com/api"}),
    "api/v1/webhooks/<int:webhook_id>": Rule(patch="admin", args=("webhook_id",), body={"name": "Another"}),
    # The address is wrong here.
    "hooks/in/<str:key>/": Rule(post="nobody", args=("bad_token",)),
}
HEARD: Final[dict[str, str]] = {}


def things(world: dict[str, Any], agents: dict[str, Any], now: Any) -> dict[str, Any]:
    """A rule that is off, and a webhook."""
    from hospes.automation import operations
    from hospes.core.actors import SYSTEM

    content = {**json.loads(CONTENT), "name": "A rule"}
    rule = operations.save_rule(content=content, actor=SYSTEM, now=now)
    webhook, _secret = operations.save_webhook(
        name="A webhook", url="https://example.com/hook", kinds=[], actor=SYSTEM, now=now
    )
    return {"rule_id": rule.pk, "webhook_id": webhook.pk}
