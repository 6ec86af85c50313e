"""Who may do what, by role: one table, pure."""

from typing import Final

LIGHT: Final = frozenset({"desk.enter", "ticket.see", "ticket.note", "customer.see", "search"})
AGENT: Final = LIGHT | {
    "ticket.create", "ticket.reply", "ticket.change", "ticket.merge", "ticket.spam", "ticket.forward",
    "customer.change", "view.save", "macro.own",
}  # fmt: skip
LEAD: Final = AGENT | {
    "macro.share",
    "view.share",
    "tag.manage",
    "customer.merge",
    "sender.block",
    "delivery.decide",
}
MANAGER: Final = LEAD | {"audit.see"}
ADMIN: Final = MANAGER | {"settings.change", "staff.manage", "inbox.manage", "token.manage"}

RIGHTS: Final[dict[str, frozenset[str]]] = {
    "light": LIGHT,
    "agent": AGENT,
    "lead": LEAD,
    "manager": MANAGER,
    "admin": ADMIN,
}


def rights_of(role: str) -> frozenset[str]:
    """The rights of a role; an unknown role has none."""
    return RIGHTS.get(role, frozenset())
