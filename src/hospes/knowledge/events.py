"""What happens to articles."""

from dataclasses import dataclass
from typing import ClassVar

from hospes.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleChanged(Event):
    """An article was made or changed; `what` is "created", "changed", "published", "archived" or "drafted" (taken
    back for more work)."""

    subject: ClassVar[str] = "article"
    subject_id_field: ClassVar[str] = "article_id"

    article_id: int
    what: str
    label: str = ""
