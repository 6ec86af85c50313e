"""What conditions can ask about: namespaces of fields ("ticket", "customer", "order"), each with the function that
reads them. A room declares its own; nothing is read before a condition asks for it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hospes.core.conditions import Field


@dataclass(frozen=True, slots=True)
class About:
    """What facts are asked about. `ticket` and `message` are rows of the tickets room (Any, as core knows no nouns);
    `event` is the event's fields when one is the reason to ask, `extra` facts given by hand ("form.reason")."""

    now: datetime
    ticket: Any = None
    message: Any = None
    customer: Any = None
    event: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] | None = None


Loader = Callable[[About], Mapping[str, Any]]
_FIELDS: dict[str, Callable[[], list[Field]]] = {}
_LOADERS: dict[str, Loader] = {}


def provide(namespace: str, fields: Callable[[], list[Field]], load: Loader) -> None:
    """Declare a namespace at start-up (from a room's `facts.py`, which core.apps imports). `fields` is called when
    the list is wanted (own fields may be in the database), `load` gives all facts of the namespace at once, each
    named in full ("ticket.priority")."""
    _FIELDS[namespace] = fields
    _LOADERS[namespace] = load


def all_fields(*namespaces: str) -> dict[str, Field]:
    """Every field by its full name; only those of some namespaces when given."""
    wanted = namespaces or tuple(_FIELDS)
    return {field.name: field for name in wanted if name in _FIELDS for field in _FIELDS[name]()}


class LazyFacts(Mapping[str, Any]):
    """Facts that are read a namespace at a time, when first asked for, and then kept."""

    def __init__(self, about: About) -> None:
        self.about = about
        self._loaded: dict[str, Mapping[str, Any]] = {}

    def __getitem__(self, name: str) -> Any:
        if self.about.extra is not None and name in self.about.extra:
            return self.about.extra[name]
        namespace = name.partition(".")[0]
        if namespace not in self._loaded:
            loader = _LOADERS.get(namespace)
            self._loaded[namespace] = loader(self.about) if loader else {}
        return self._loaded[namespace][name]

    def __iter__(self) -> Iterator[str]:
        return iter(all_fields())

    def __len__(self) -> int:
        return len(all_fields())
