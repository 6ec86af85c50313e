"""Twenty-five ready rules, to be added with one click and then tried like any other. Names in place of ids: what does
not exist in an installation is asked for when a rule is added."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

ARRIVAL = _("When something arrives")
WAITING = _("While we wait")
PROMISES = _("Keeping promises")
CARE = _("Care and quality")
ORDER = _("Keeping order")


@dataclass(frozen=True, slots=True)
class Ready:
    """One ready rule. `content` is in the file's words (see carrying.py), made anew each time so that its texts are in
    the reader's language; customers' texts are in all languages that the customer may have."""

    key: str
    category: str | Promise
    name: str | Promise
    description: str | Promise
    content: Callable[[], dict[str, Any]]


def _leaf(field: str, asked: str, value: Any = None) -> dict[str, Any]:
    leaf = {"field": field, "is": asked}
    return leaf if value is None else {**leaf, "value": value}


def _all(*parts: Mapping[str, Any]) -> dict[str, Any]:
    return {"all": list(parts)}


def _texts(text: str) -> dict[str, str]:
    """A text for customers in each language that the installation speaks."""
    from django.conf import settings
    from django.utils import translation
    from django.utils.translation import gettext

    found: dict[str, str] = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            words = gettext(text)
        if code == "en" or words != text:
            found[code] = words
    return found


def _rule(when: str, condition: Mapping[str, Any], *then: dict[str, Any], **more: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {
        "trigger": when,
        "conditions": dict(condition),
        "actions": [{k: _texts(v) if k == "texts" else v for k, v in one.items()} for one in then],
        **more,
    }


# Texts for customers are marked here and translated into each of their languages when a rule is added.
ASK_AGAIN: Final = gettext_noop(
    "Hello {{customer.first_name|there}},\n\nwe wrote to you some days ago about {{ticket.number}} and need your "
    "answer to go on. Could you have a look? If it has settled itself, you need not do anything."
)
CLOSING: Final = gettext_noop(
    "Hello {{customer.first_name|there}},\n\nwe have not heard from you about {{ticket.number}} for two weeks, so we "
    "believe it is settled. If it is not, simply answer this message and we go on where we stopped."
)
LATE: Final = gettext_noop(
    "Hello {{customer.first_name|there}},\n\nyou should have heard from us by now, and we are sorry that you have not. "
    "We are working on {{ticket.number}} and will write to you as soon as we can."
)
CLOSED_NOW: Final = gettext_noop(
    "Hello {{customer.first_name|there}},\n\nyour message reached us outside our working hours. We read it on the next "
    "working day and answer then. Its number is {{ticket.number}}."
)
COMPLAINT_HERE: Final = gettext_noop(
    "Hello {{customer.first_name|there}},\n\nthank you for telling us. Your complaint has the number "
    "{{ticket.number}}; somebody who can decide looks at it today."
)
URGENT_WORDS: Final = [
    "urgent", "asap", "immediately", "steidzami", "acil", "فوری", "շտապ", "shoshilinch", "tezda",
]  # fmt: skip
RETURN_WORDS: Final = ["return", "refund", "send back", "atgriezt", "iade", "مرجوع", "վերադարձ", "qaytar"]
INVOICE_WORDS: Final = ["invoice", "receipt", "rēķin", "fatura", "فاکتور", "հաշիվ", "hisob-faktura"]
COMPLAINT_WORDS: Final = ["complaint", "unacceptable", "sūdz", "şikayet", "شکایت", "բողոք", "shikoyat"]
DANGER_WORDS: Final = [
    "smoke", "fire", "burn", "electric shock", "injur", "dūmi", "uguns", "yangın", "duman", "yanık", "آتش", "دود",
    "կրակ", "ծուխ", "yong‘in", "tutun",
]  # fmt: skip
LEGAL_WORDS: Final = ["lawyer", "attorney", "court", "advokāt", "tiesa", "avukat", "mahkeme", "وکیل", "փաստաբան"]
HOUR_RULE: Final = {"every": "1 h"}
TABLE: Final[tuple[Ready, ...]] = (
    Ready(
        "vip-first", ARRIVAL, _("VIP customers go first"), _("A VIP’s new ticket gets a high priority."),
        _rule("ticket_opened", _leaf("customer.vip", "yes"), {"do": "set_priority", "priority": 3}),
    ),
    Ready(
        "urgent-words", ARRIVAL, _("Words of urgency raise the priority"),
        _("“Urgent” and its like in the customer’s message raise the priority by one, in seven languages."),
        _rule(
            "customer_wrote",
            _all(_leaf("message.text", "contains", URGENT_WORDS), _leaf("ticket.priority", "one_of", [1, 2])),
            {"do": "raise_priority"}, {"do": "add_tags", "tags": ["urgent words"]},
        ),
    ),
    Ready(
        "danger", ARRIVAL, _("Danger is urgent"),
        _("Smoke, fire or an injury: highest priority, the whole team and whoever is on call are told."),
        _rule(
            "customer_wrote", _leaf("message.text", "contains", DANGER_WORDS),
            {"do": "set_priority", "priority": 4}, {"do": "add_tags", "tags": ["safety"]}, {"do": "notify_team"},
            {"do": "notify_on_call"},
        ),
    ),
    Ready(
        "returns-team", ARRIVAL, _("Returns go to the team for returns"),
        _("A new ticket that speaks of a return or a refund is given to that team."),
        _rule(
            "ticket_opened",
            {"any": [_leaf("ticket.subject", "contains", RETURN_WORDS),
                     _leaf("message.text", "contains", RETURN_WORDS)]},
            {"do": "set_team", "team": "Returns"}, {"do": "add_tags", "tags": ["return"]},
        ),
    ),
    Ready(
        "invoices", ARRIVAL, _("Invoices are tagged"), _("A new ticket that asks for an invoice or receipt is tagged."),
        _rule(
            "ticket_opened",
            {"any": [_leaf("ticket.subject", "contains", INVOICE_WORDS),
                     _leaf("message.text", "contains", INVOICE_WORDS)]},
            {"do": "add_tags", "tags": ["invoice"]}, {"do": "set_type", "type": "request"},
        ),
    ),
    Ready(
        "complaints", ARRIVAL, _("Complaints are seen at once"),
        _("A message that complains makes the ticket a complaint with high priority, and the customer hears that it is "
          "taken seriously."),
        _rule(
            "ticket_opened", _leaf("message.text", "contains", COMPLAINT_WORDS),
            {"do": "set_type", "type": "complaint"}, {"do": "set_priority", "priority": 3},
            {"do": "reply", "texts": COMPLAINT_HERE},
        ),
    ),
    Ready(
        "legal", ARRIVAL, _("Lawyers and courts go to a manager"),
        _("Where a lawyer or a court is named, the ticket gets a high priority and whoever is on call is told."),
        _rule(
            "customer_wrote", _leaf("message.text", "contains", LEGAL_WORDS),
            {"do": "set_priority", "priority": 3}, {"do": "add_tags", "tags": ["legal"]}, {"do": "notify_on_call"},
        ),
    ),
    Ready(
        "out-of-hours", ARRIVAL, _("Outside our hours, say when we are back"),
        _("Who writes while we are closed is told so, once a ticket."),
        _rule("ticket_opened", _leaf("calendar.open", "no"), {"do": "reply", "texts": CLOSED_NOW}),
    ),
    Ready(
        "machines-rest", ARRIVAL, _("Out-of-office answers wake nobody"),
        _("A machine’s message on a ticket that waits for the customer is only tagged."),
        _rule(
            "machine_wrote", _leaf("ticket.category", "is", "waiting"),
            {"do": "add_tags", "tags": ["automatic answer"]},
        ),
    ),
    Ready(
        "big-files", ARRIVAL, _("Pictures and files are tagged"),
        _("A message with three files or more is tagged, so that evidence is easily found."),
        _rule("customer_wrote", _leaf("message.attachments", "at_least", 3), {"do": "add_tags", "tags": ["evidence"]}),
    ),
    Ready(
        "ask-again", WAITING, _("Ask again after four days"),
        _("A ticket that has waited for the customer for more than four days: one friendly reminder."),
        _rule(
            "time",
            _all(_leaf("ticket.category", "is", "waiting"), _leaf("history.status_since", "ago_more_than", "4 d"),
                 _leaf("history.status_since", "ago_less_than", "14 d")),
            {"do": "reply", "texts": ASK_AGAIN}, schedule=HOUR_RULE,
        ),
    ),
    Ready(
        "settle-silent", WAITING, _("Solve after two weeks of silence"),
        _("A ticket that has waited for the customer for two weeks is solved, and the customer is told how to reopen "
          "it."),
        _rule(
            "time",
            _all(_leaf("ticket.category", "is", "waiting"), _leaf("history.status_since", "ago_more_than", "14 d")),
            {"do": "reply", "texts": CLOSING}, {"do": "set_status", "status": "solved"}, schedule=HOUR_RULE,
        ),
    ),
    Ready(
        "close-solved", WAITING, _("Close what was solved thirty days ago"),
        _("After that, an answer opens a new ticket."),
        _rule(
            "time",
            _all(_leaf("ticket.category", "is", "solved"), _leaf("ticket.solved_at", "ago_more_than", "30 d")),
            {"do": "set_status", "status": "closed"}, schedule={"at": "03:00", "days": [1, 2, 3, 4, 5, 6, 7]},
        ),
    ),
    Ready(
        "on-hold-week", WAITING, _("Look at what is on hold for a week"),
        _("Whoever has a ticket that has been on hold for a week is reminded."),
        _rule(
            "time",
            _all(_leaf("ticket.category", "is", "on_hold"), _leaf("history.status_since", "ago_more_than", "7 d"),
                 _leaf("ticket.assignee", "filled")),
            {"do": "notify_owner"}, schedule=HOUR_RULE,
        ),
    ),
    Ready(
        "unowned", PROMISES, _("A ticket that nobody has after an hour"),
        _("The team is told of open tickets that have had no owner for more than an hour."),
        _rule(
            "time",
            _all(_leaf("ticket.assignee", "empty"), _leaf("ticket.waiting_since", "ago_more_than", "1 h")),
            {"do": "notify_team"}, schedule={"every": "15 min"},
        ),
    ),
    Ready(
        "due-soon", PROMISES, _("Tell the owner before a promise is broken"),
        _("When something promised is due soon, whoever has the ticket is told, and its priority is raised."),
        _rule("due_soon", _leaf("ticket.assignee", "filled"), {"do": "notify_owner"}, {"do": "raise_priority"}),
    ),
    Ready(
        "breach-sorry", PROMISES, _("Say sorry when we are late"),
        _("When an answer is late, the customer hears from us that we know, and the team is told."),
        _rule(
            "breached", _leaf("ticket.waiting_since", "filled"), {"do": "reply", "texts": LATE}, {"do": "notify_team"},
        ),
    ),
    Ready(
        "breach-on-call", PROMISES, _("A late urgent ticket reaches a manager"),
        _("When an urgent ticket is late, whoever is on call is told."),
        _rule("breached", _leaf("ticket.priority", "is", 4), {"do": "notify_on_call"}),
    ),
    Ready(
        "waiting-two-days", PROMISES, _("Two days without an answer is too long"),
        _("A customer who has waited for two days: the priority becomes high."),
        _rule(
            "time",
            _all(_leaf("ticket.waiting_since", "ago_more_than", "2 d"), _leaf("ticket.priority", "one_of", [1, 2])),
            {"do": "set_priority", "priority": 3}, {"do": "add_tags", "tags": ["waited long"]}, schedule=HOUR_RULE,
        ),
    ),
    Ready(
        "work-overdue", PROMISES, _("An overdue work order raises the ticket"),
        _("When another department is late, the ticket’s priority is raised and its owner told."),
        _rule("work_overdue", {}, {"do": "raise_priority"}, {"do": "notify_owner"}),
    ),
    Ready(
        "reopened-twice", CARE, _("Reopened twice: somebody else looks"),
        _("A ticket that was reopened twice or more gets a high priority, and its team is told."),
        _rule(
            "reopened", _leaf("history.reopened", "at_least", 2),
            {"do": "set_priority", "priority": 3}, {"do": "add_tags", "tags": ["reopened"]}, {"do": "notify_team"},
        ),
    ),
    Ready(
        "many-messages", CARE, _("Long talks are looked at"),
        _("The customer’s sixth message on one ticket: a note asks whether a call would be quicker."),
        _rule(
            "customer_wrote", _leaf("history.customer_messages", "is", 6),
            {"do": "note", "text": gettext_noop("Six messages from the customer so far. Would a call be quicker?")},
        ),
    ),
    Ready(
        "delivery-failed", CARE, _("An answer that came back is not forgotten"),
        _("When our answer cannot be delivered, the ticket is tagged, opened again and its owner told."),
        _rule(
            "delivery_failed", {},
            {"do": "add_tags", "tags": ["not delivered"]}, {"do": "set_status", "status": "open"},
            {"do": "notify_owner"},
        ),
    ),
    Ready(
        "praise", ORDER, _("Praise is kept"), _("A solved ticket of the type “praise” is tagged, to be read aloud."),
        _rule("solved", _leaf("ticket.type", "is", "praise"), {"do": "add_tags", "tags": ["read aloud"]}),
    ),
    Ready(
        "no-type", ORDER, _("Solved tickets have a type"),
        _("Whoever solves a ticket without a type is reminded to choose one."),
        _rule(
            "solved", _all(_leaf("ticket.type", "empty"), _leaf("ticket.assignee", "filled")),
            {"do": "add_tags", "tags": ["type missing"]}, {"do": "notify_owner"},
        ),
    ),
)  # fmt: skip
BY_KEY: Final[dict[str, Ready]] = {ready.key: ready for ready in TABLE}


def content_of(ready: Ready) -> dict[str, Any]:
    """A ready rule's content in the reader's language, with names in place of ids."""
    from django.utils.translation import gettext

    made = {"name": str(ready.name), "description": str(ready.description), **ready.content()}
    for action in made["actions"]:
        if action["do"] == "note":
            action["text"] = gettext(action["text"])
    return made
