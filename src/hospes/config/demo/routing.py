"""How the kettle shop gives out work: five queues, from VIPs to everything else."""

import random
from datetime import datetime
from typing import Any, Final

from hospes.config.demo.company import BILLING, FIRST, SECOND, Company
from hospes.routing import operations as routing
from hospes.staff.queries import skills

RETURN_WORDS: Final = [
    "return", "refund", "atgriezt", "atmaksa", "qaytar", "iade", "geri istiyorum", "پس بدهم", "مرجوع", "վերադարձ",
]  # fmt: skip
BROKEN_WORDS: Final = [
    "leak", "broken", "does not work", "tek", "bojāt", "neieslēdzas", "ishlama", "bozuk", "çalışmıyor", "نشتی", "خراب",
    "կոտրված", "չի աշխատում",
]  # fmt: skip


def fill(company: Company, *, now: datetime, dice: random.Random) -> None:
    """The queues, and a look at every open ticket by the worker once it runs."""
    actor = company.admin()
    first, second = company.teams[FIRST], company.teams[SECOND]
    known = dict(skills().values_list("name", "pk"))

    def queue(name: str, needed: dict[str, int], **values: Any) -> None:
        wanted = [[known[skill], level] for skill, level in needed.items() if skill in known]
        routing.create_queue(name=name, skills=wanted, actor=actor, now=now, **values)

    minutes = 60
    queue(
        "VIP", {}, conditions={"field": "customer.vip", "is": "yes"}, team=first, strategy="sticky", sticky_days=180,
        match_language="required", boost=120, grace_seconds=5 * minutes,
        overflow=[{"after": 10 * minutes, "team": second.pk}],
    )  # fmt: skip
    queue(
        "Bills", {"Billing": 3}, team=second, strategy="round_robin",
        conditions={"field": "ticket.inbox", "is": "is", "value": company.inboxes[BILLING].pk},
    )  # fmt: skip
    queue(
        "Returns", {"Returns and refunds": 3}, strategy="best_skill", sticky_days=60,
        conditions={"field": "message.text", "is": "contains", "value": RETURN_WORDS},
        overflow=[{"after": 30 * minutes, "team": second.pk}],
    )  # fmt: skip
    queue(
        "Repairs", {"Technical help": 2}, sticky_days=60,
        conditions={"field": "message.text", "is": "contains", "value": BROKEN_WORDS},
        overflow=[{"after": 60 * minutes, "team": second.pk}],
    )  # fmt: skip
    queue("Everything else", {}, strategy="least_load", sticky_days=30)
    routing.recount(now=now)
