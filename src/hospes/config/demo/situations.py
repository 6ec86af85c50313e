"""What customers write about, how often, and what an agent makes of it."""

from typing import Final, NamedTuple


class Situation(NamedTuple):
    """`files` tells who attaches what: "photo" comes with the customer's first or asked-for message, "invoice" with
    the agent's answer."""

    weight: int
    type: str
    tags: tuple[str, ...]
    kinds: tuple[str, ...]
    priority: int = 2
    files: str = ""
    billing: bool = False
    hard: bool = False


_ANY: Final = ("kettle", "teapot", "tea", "grinder", "samovar", "cups")
SITUATIONS: Final[dict[str, Situation]] = {
    "late": Situation(14, "problem", ("delivery",), _ANY),
    "leak": Situation(7, "problem", ("warranty", "kettle"), ("kettle",), files="photo"),
    "colour": Situation(4, "problem", ("wrong item",), ("kettle", "teapot")),
    "invoice": Situation(6, "request", ("invoice",), _ANY, files="invoice", billing=True),
    "return": Situation(6, "request", ("return",), ("teapot", "samovar", "kettle")),
    "refund": Situation(6, "problem", ("refund",), _ANY, billing=True, hard=True),
    "warranty": Situation(4, "question", ("warranty",), ("kettle", "grinder")),
    "address": Situation(5, "request", ("delivery", "address"), _ANY, priority=3),
    "praise": Situation(5, "praise", ("thanks",), ("teapot", "samovar", "kettle"), priority=1),
    "complaint": Situation(4, "complaint", ("complaint", "courier"), ("teapot", "cups"), priority=3, hard=True),
    "idea": Situation(3, "idea", ("idea",), ("teapot", "kettle"), priority=1),
    "discount": Situation(4, "question", ("discount",), _ANY),
    "wholesale": Situation(3, "request", ("wholesale",), ("tea", "cups"), files="invoice", hard=True),
    "payment": Situation(5, "problem", ("payment",), _ANY, priority=3, billing=True, hard=True),
    "account": Situation(4, "problem", ("account",), _ANY),
    "broken": Situation(6, "problem", ("damaged", "photo wanted"), ("teapot",), files="photo"),
    "missing": Situation(5, "problem", ("incomplete",), ("kettle", "grinder", "samovar")),
    "stock": Situation(4, "question", ("stock",), _ANY),
    "cancel": Situation(4, "request", ("cancel",), _ANY, priority=3),
    "howto": Situation(4, "question", ("how-to",), ("kettle",)),
    "parts": Situation(3, "request", ("spare part",), ("kettle", "teapot", "samovar")),
    "gift": Situation(3, "request", ("gift",), ("teapot", "cups", "samovar")),
    "customs": Situation(3, "question", ("customs", "delivery"), ("samovar", "kettle"), files="invoice"),
    "choice": Situation(3, "question", ("advice",), ("kettle", "samovar", "teapot")),
    "wrong": Situation(4, "problem", ("wrong item",), ("tea", "teapot")),
    "vat": Situation(3, "request", ("invoice", "company"), _ANY, files="invoice", billing=True),
    "delivered": Situation(4, "problem", ("delivery", "lost"), _ANY, priority=3, hard=True),
    "noise": Situation(3, "problem", ("warranty", "grinder"), ("grinder",)),
    "data": Situation(2, "request", ("privacy",), _ANY, hard=True),
}
SPAM: Final = Situation(0, "", (), ("kettle",))

# How talks go, with how often. "open" is the customer's first message.
PLOTS: Final[tuple[tuple[int, tuple[str, ...]], ...]] = (
    (20, ("open", "answer")),
    (18, ("open", "answer", "thanks")),
    (15, ("open", "ask", "told", "answer")),
    (11, ("open", "ask", "told", "answer", "thanks")),
    (4, ("open", "note", "answer", "thanks", "welcome")),
    (6, ("open", "nudge", "answer", "thanks")),
    (8, ("open", "checking", "note", "answer")),
    (5, ("open", "checking", "nudge", "note", "answer", "thanks", "welcome")),
    (7, ("open", "answer", "unhappy", "sorry", "thanks")),
    (4, ("open", "ask", "told", "note", "answer", "unhappy", "sorry")),
    (2, ("open", "answer", "away")),
)
CALM_PLOTS: Final[tuple[tuple[int, tuple[str, ...]], ...]] = (
    (5, ("open", "answer")),
    (2, ("open", "note", "answer")),
    (2, ("open", "answer", "thanks")),
)
# How a talk that still goes on stands, by its end.
OPEN_PLOTS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "theirs": (
        ("open", "note"), ("open", "ask", "told"), ("open", "answer", "unhappy"), ("open", "checking", "nudge"),
        ("open", "ask", "told", "note"), ("open", "nudge"), ("open", "ask", "told", "answer", "unhappy"),
    ),
    "waiting": (("open", "ask"), ("open", "answer"), ("open", "note", "ask"), ("open", "answer", "unhappy", "sorry")),
    "on_hold": (("open", "checking"), ("open", "checking", "side_out"), ("open", "note", "checking"),
                ("open", "checking", "side_out", "side_in")),
    "snoozed": (("open", "answer"), ("open", "checking", "note")),
}  # fmt: skip
CUSTOMER_TURNS: Final = frozenset({"open", "told", "nudge", "thanks", "unhappy"})
AGENT_TURNS: Final = frozenset({"ask", "answer", "checking", "sorry", "welcome"})
