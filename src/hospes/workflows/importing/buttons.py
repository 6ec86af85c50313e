"""The buttons that written procedures name, and what each becomes: a table to be read and added to."""

from dataclasses import dataclass
from typing import Any, Final, Literal

Role = Literal[
    "account", "order", "oracle", "reason", "details", "level", "status", "refund", "code", "change", "purchase",
    "link", "notify", "search", "select", "password", "subscription", "advise", "end", "talk",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Button:
    """What a button stands for. `ask` is the label of the value that is typed into it, `kind` that value's kind."""

    role: Role
    title: str
    ask: str = ""
    kind: str = "text"
    do: str = ""


BUTTONS: Final[dict[str, Button]] = {
    "pull up account": Button("account", "Pull up the account"),
    "validate purchase": Button("order", "Validate the purchase"),
    "verify identity": Button("order", "Verify the identity"),
    "ask the oracle": Button("oracle", "Check in the system"),
    "record reason": Button("reason", "Record the reason", "Reason"),
    "enter details": Button("details", "Note the details", "Details", "long"),
    "enter detail": Button("details", "Note the details", "Details", "long"),
    "membership privileges": Button("level", "Membership level"),
    "shipping status": Button("status", "Shipping status"),
    "offer refund": Button("refund", "Offer a refund", "Amount to refund", "money", "refund"),
    "promo code": Button("code", "Give a promo code", "Promo code given", do="promo_code"),
    "update order": Button("change", "Update the order", "Change to the order", do="order_change"),
    "update account": Button("change", "Update the account", "Change to the account", do="account_change"),
    "make purchase": Button("purchase", "Make the purchase", "Brand and item", do="purchase"),
    "make password": Button("password", "Make a new password", "PIN or answer to the security question", do=""),
    "send link": Button("link", "Send a link", "Link", do="link_sent"),
    "notify internal team": Button("notify", "Notify a team", "Team to notify", do="notified"),
    "subscription status": Button("subscription", "Subscription status", "Subscription status"),
    "search faq": Button("search", "Search the answers"),
    "select answer": Button("select", "Choose the answer", "Answer chosen"),
    "try again": Button("advise", "Have them try again"),
    "log out/in": Button("advise", "Have them log out and in"),
    "instructions": Button("advise", "Give instructions"),
    "end conversation": Button("end", "Decide how it goes on"),
    "n/a": Button("talk", "Talk to the customer"),
    "": Button("talk", "Talk to the customer"),
}
# What is typed to verify somebody: the words by which it is named, its answer key, its kind, and whether it can be
# checked against an order here.
FIELDS: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("full name or account", "account", "text", "Full name or account ID"),
    ("full name", "full_name", "text", "Full name"),
    ("account id", "account_id", "text", "Account ID"),
    ("order id", "order", "order", "Order ID"),
    ("username", "username", "text", "Username"),
    ("email", "email", "email", "E-mail address"),
    ("zip", "zip_code", "text", "Zip code"),
    ("phone", "phone", "phone", "Phone number"),
    ("telephone", "phone", "phone", "Phone number"),
    ("pin number", "pin", "text", "PIN number"),
)
SECRETS: Final = frozenset({"password"})


def button_of(name: str) -> Button:
    """What a button becomes; one that nobody knows becomes a step to be read and done by hand."""
    known = BUTTONS.get(name.strip().casefold())
    return known or Button("talk", name.strip() or "Talk to the customer")


def field_of(line: str) -> dict[str, Any] | None:
    """The question for one line that names what is to be told ("Order ID - last item"); None for another line."""
    head = line.split(" - ", maxsplit=1)[0].strip().casefold()
    if len(head) > 40:
        return None
    for words, key, kind, label in FIELDS:
        if head.startswith(words):
            return {"key": key, "kind": kind, "label": {"en": label}, "required": False}
    return None
