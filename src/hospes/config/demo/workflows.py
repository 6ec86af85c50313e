"""The demo shop's own workflows in its six languages, and its customers' orders."""

import random
import re
from datetime import datetime, timedelta
from typing import Any, Final

from hospes.commerce import operations as commerce
from hospes.config.demo.company import FIRST, SECOND, Company
from hospes.config.demo.wares import COURIERS, KINDS
from hospes.config.demo.workflow_texts import text
from hospes.core.actors import SYSTEM
from hospes.staff.queries import actor_of
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Ticket
from hospes.workflows import operations
from hospes.workflows.queries import published_by_key

ORDER_NUMBER = re.compile(r"SC-\d{6}")
MONEY: Final = {
    "lv": ("EUR", 1.0), "en": ("GBP", 0.85), "tr": ("TRY", 48.0), "uz": ("UZS", 13500.0), "fa": ("IRR", 620000.0),
    "hy": ("AMD", 440.0),
}  # fmt: skip
STATES: Final = ("delivered",) * 5 + ("shipped", "shipped", "packed", "received")
Json = dict[str, Any]
NOT_SENT: Final = {"field": "order.status", "is": "one_of", "value": ["received", "packed"]}


def _ask(key: str, title: str, *inputs: Json, **more: Any) -> Json:
    return {"key": key, "kind": "ask", "title": text(title), "inputs": list(inputs), **more}


def _input(key: str, kind: str, label: str, **more: Any) -> Json:
    return {"key": key, "kind": kind, "label": text(label), **more}


def _choice(key: str, label: str, *values: str, **more: Any) -> Json:
    return _input(key, "choice", label, choices=[{"value": v, "label": text(v)} for v in values], **more)


def _end(key: str, title: str, words: str = "", *, outcome: str = "done", status: str = "", **more: Any) -> Json:
    step: Json = {"key": key, "kind": "end", "title": text(title), "outcome": outcome, **more}
    return step | ({"text": text(words)} if words else {}) | ({"status": status} if status else {})


def _branch(label: str, when: Json, *steps: Json, to: str = "") -> Json:
    return {"label": text(label), "when": when, "steps": list(steps)} | ({"next": to} if to else {})


def _is(field: str, value: Any) -> Json:
    return {"field": field, "is": "is", "value": value}


def _order_steps() -> list[Json]:
    """How each of them begins: which order, and whether it is theirs."""
    who = _ask("who", "which_order", _input("order", "order", "order", help=text("order_help")),
               _input("email", "email", "email"))  # fmt: skip
    missing: Json = {"key": "unknown", "kind": "show", "title": text("not_found"), "text": text("not_found_text")}
    find: Json = {
        "key": "find",
        "kind": "look_up",
        "find": "order",
        "by": "run.order",
        "verify": {"email": "run.email"},
    }
    find["branches"] = [_branch("not_found", {"field": "run.find_found", "is": "no"}, missing, to="who")]
    return [who, find]


def _workflow(key: str, *steps: Json) -> Json:
    return {
        "name": text(key),
        "summary": text(f"{key}_about"),
        "group": "Samovar & Co",
        "language": "en",
        "open_to": "guests",
        "steps": [*_order_steps(), *steps],
    }


def _return() -> Json:
    late = _end("late", "too_late", "too_late_text", outcome="refused")
    damage = _ask("broken_how", "broken", _input("damage", "long", "damage"),
                  _input("photo", "file", "photo", required=False, help=text("photo_help")))  # fmt: skip
    why = _ask("why", "return", _input("items", "choices", "what_back", options="order.lines"),
               _choice("reason", "why_back", "broken", "wrong", "unwanted"))  # fmt: skip
    why["branches"] = [_branch("broken", _is("run.reason", "broken"), damage)]
    how = _ask("how", "return", _choice("refund_way", "money", "card", "voucher", "another"),
               _choice("send_by", "send_by", "locker", "pick_up"))  # fmt: skip
    note: Json = {"key": "note", "kind": "act", "actions": [
        {"do": "tags", "add": ["return"]},
        {"do": "type", "value": "request"},
        {"do": "refund", "way": "{{run.refund_way}}", "reason": "{{run.reason}}"},
    ]}  # fmt: skip
    late_when = {"field": "order.delivered_at", "is": "ago_more_than", "value": "30 d"}
    in_time: Json = {"key": "in_time", "kind": "decide", "branches": [_branch("too_late", late_when, late)]}
    done = _end("end", "thanks", "thanks_text", status="on_hold", label=text("label"))
    return _workflow("return", in_time, why, how, note, done)


def _address() -> Json:
    asked = _ask("where", "address", _input("new_address", "long", "new_address", min=8))
    over: Json = {"key": "over", "kind": "hand_over", "title": text("sent_off"), "text": text("sent_off_text"),
                  "team": FIRST, "reason": {"en": "The parcel is on its way: ask the courier for another address."},
                  "priority": 3}  # fmt: skip
    gone: Json = {"key": "gone", "kind": "decide", "branches": [_branch("sent_off", {"not": NOT_SENT}, over)]}
    over_end = _end("over_end", "sent_off", "sent_off_text")
    gone["branches"][0]["steps"].append(over_end)
    change: Json = {"key": "change", "kind": "act", "actions": [
        {"do": "field", "name": "delivery_address", "value": "{{run.new_address}}"},
        {"do": "tags", "add": ["address"]},
    ]}  # fmt: skip
    return _workflow("address", asked, gone, change, _end("end", "address_done", status="open"))


def _warranty() -> Json:
    what = _ask("what", "warranty", _input("items", "choices", "what_back", options="order.lines"),
                _input("damage", "long", "damage"), _input("since", "date", "since", required=False),
                _input("photo", "file", "photo", required=False, help=text("photo_help")))  # fmt: skip
    tags: Json = {"key": "tags", "kind": "act", "actions": [
        {"do": "tags", "add": ["warranty"]}, {"do": "type", "value": "problem"}]}  # fmt: skip
    over: Json = {"key": "over", "kind": "hand_over", "title": text("warranty_done"), "team": SECOND,
                  "reason": {"en": "A warranty claim with everything that is needed to decide."}}  # fmt: skip
    return _workflow("warranty", what, tags, over)


def _parcel() -> Json:
    lost: Json = {"key": "lost", "kind": "hand_over", "title": text("parcel_lost"), "text": text("parcel_lost_text"),
                  "team": FIRST, "reason": {"en": "Delivered, the courier says; the customer does not have it."},
                  "priority": 3}  # fmt: skip
    got = _ask("got", "is_there", _input("got_it", "yes_no", "got_it"))
    got["branches"] = [_branch("parcel_lost", {"field": "run.got_it", "is": "no"}, lost)]
    sent: Json = {"key": "sent", "kind": "show", "title": text("sent_off"), "text": text("is_sent")}
    packed: Json = {"key": "packed", "kind": "show", "title": text("parcel"), "text": text("is_packed")}
    how_far: Json = {"key": "how_far", "kind": "decide", "branches": [
        _branch("is_packed", NOT_SENT, packed),
        _branch("sent_off", _is("order.status", "shipped"), sent),
        _branch("is_there", _is("order.status", "delivered"), got),
    ]}  # fmt: skip
    return _workflow("parcel", how_far, _end("end", "good"))


def _cancel() -> Json:
    sure = _ask("sure", "sure", _input("sure", "yes_no", "sure_label"), known="confirm")
    late = _end("late", "sent_off", "too_late_cancel", outcome="refused")
    kept = _end("kept", "kept", outcome="not_applicable")
    gone: Json = {"key": "gone", "kind": "decide", "branches": [_branch("sent_off", {"not": NOT_SENT}, late)]}
    sure["branches"] = [_branch("kept", {"field": "run.sure", "is": "no"}, kept)]
    act: Json = {"key": "act", "kind": "act", "actions": [
        {"do": "tags", "add": ["cancellation"]},
        {"do": "refund", "amount": "{{order.total}}", "reason": {"en": "Order {{order.number}} cancelled"}},
        {"do": "priority", "value": 3},
    ]}  # fmt: skip
    return _workflow("cancel", gone, sure, act, _end("end", "cancelled", "cancelled_text", status="open"))


def definitions() -> dict[str, Json]:
    """The shop's workflows by key."""
    return {
        "return": _return(),
        "change-address": _address(),
        "warranty-claim": _warranty(),
        "where-is-my-parcel": _parcel(),
        "cancel-order": _cancel(),
    }


def fill(company: Company, *, now: datetime, dice: random.Random) -> None:
    """The workflows, orders that customers wrote about, and a few runs on open tickets."""
    admin = company.admin()
    founded = now - timedelta(days=60)
    for key, definition in definitions().items():
        operations.import_workflow(key=key, definition=definition, actor=admin, now=founded)
    named = _orders(now=now, dice=dice)
    anna = actor_of(company.agents["anna@demo.example"], via="desk")
    workflow = published_by_key("return")
    for ticket in named[:3]:
        run = operations.start_run(workflow=workflow, ticket=ticket, actor=anna, now=now - timedelta(minutes=40))
        if run.step == "why":
            answers = {"items": ["1"], "reason": "wrong"}
            operations.advance(run=run, answers=answers, actor=anna, now=now - timedelta(minutes=38))


def _orders(*, now: datetime, dice: random.Random) -> list[Ticket]:
    """An order for every number in the newest talks; the open tickets that are about one."""
    said = Message.objects.filter(kind="incoming", text__contains="SC-").select_related("ticket__customer")
    taken: set[str] = set()
    open_ones: list[Ticket] = []
    for message in said.order_by("-id")[:150]:
        found = ORDER_NUMBER.search(message.text)
        if found is None or found[0] in taken:
            continue
        taken.add(found[0])
        ticket = message.ticket
        _order(ticket, found[0], dice, placed=ticket.created_at - timedelta(days=dice.randint(3, 20)), now=now)
        if ticket.active and ticket.language in {"en", "lv"}:
            open_ones.append(ticket)
    for ticket in open_ones[:12]:
        numbers = [n for n in ORDER_NUMBER.findall(ticket.last_words) if n in taken]
        if numbers:
            fields = {**ticket.fields, "order": numbers[0]}
            tickets.change_ticket(ticket=ticket, actor=SYSTEM, now=now, fields=fields)
    return open_ones


def _order(ticket: Ticket, number: str, dice: random.Random, *, placed: datetime, now: datetime) -> None:
    language = ticket.language if ticket.language in MONEY else "en"
    currency, rate = MONEY[language]
    lines: list[Json] = []
    for kind in dice.sample(sorted(KINDS), dice.randint(1, 3)):
        price = round(dice.choice((9.9, 14.5, 39.9, 59.0, 89.0)) * rate, 2)
        name = KINDS[kind].get(language) or KINDS[kind]["en"]
        lines.append({"name": name[:1].upper() + name[1:], "sku": f"{kind[:3].upper()}-{dice.randint(10, 99)}",
                      "quantity": dice.choice((1, 1, 1, 2)), "price": price})  # fmt: skip
    status = dice.choice(STATES)
    courier = dice.choice(COURIERS[language])
    commerce.save_order(
        number=number,
        customer=ticket.customer,
        placed_at=placed,
        delivered_at=placed + timedelta(days=3) if status == "delivered" else None,
        status=status,
        total=sum(line["price"] * line["quantity"] for line in lines),
        currency=currency,
        lines=lines,
        fields={"courier": courier, "tracking": f"{dice.randint(10**9, 10**10 - 1)}"} if status != "received" else {},
        actor=SYSTEM,
        now=now,
    )
