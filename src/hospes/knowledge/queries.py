"""Every read of the knowledge room."""

from django.db.models import QuerySet

from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.knowledge.models import Article


def articles(actor: Actor, *, state: str = "") -> QuerySet[Article]:
    """Articles, newest first; those of one state when it is given."""
    actor.require("desk.enter")
    found = Article.objects.select_related("author").order_by("-id")
    return found.filter(state=state) if state in Article.State.values else found


def get_article(actor: Actor, article_id: int) -> Article:
    """One article. Raises NotFound."""
    found = articles(actor).filter(pk=article_id).first()
    if found is None:
        raise NotFound
    return found
