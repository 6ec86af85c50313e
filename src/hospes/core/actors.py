"""Who does something: a plain value passed to every operation, so that nothing happens anonymously."""

from dataclasses import dataclass
from typing import Literal

from hospes.core.errors import NotAllowed

ActorKind = Literal["agent", "customer", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """`rights` are names such as "ticket.reply"; `team_ids` is None for somebody not limited to teams.

    `via` tells through which door the act came ("desk", "api", "mail", "portal", "rule", "cli").
    """

    kind: ActorKind
    id: int | None = None
    name: str = ""
    rights: frozenset[str] = frozenset()
    team_ids: frozenset[int] | None = None
    via: str = ""

    @property
    def own_id(self) -> int:
        """The id for looking up what is one's own; 0, which nobody has, for the system and for strangers."""
        return self.id or 0

    def may(self, right: str) -> bool:
        """Whether this actor holds the right; the system itself may do everything."""
        return self.kind == "system" or right in self.rights

    def require(self, right: str) -> None:
        """Raise NotAllowed unless the actor holds the right."""
        if not self.may(right):
            raise NotAllowed(right=right)


SYSTEM = Actor(kind="system", name="Hospes")
