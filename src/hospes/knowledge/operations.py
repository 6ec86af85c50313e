"""Every write of the knowledge room."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput, NotFound
from hospes.core.events import emit
from hospes.core.html import clean_html
from hospes.core.text import storable
from hospes.knowledge.events import ArticleChanged
from hospes.knowledge.models import Article

LONGEST = 500_000
# What a change of state is called in the log.
SAID = {"published": "published", "archived": "archived", "draft": "drafted"}


@transaction.atomic
def create_article(
    *,
    title: str,
    actor: Actor,
    now: datetime,
    body_html: str = "",
    language: str = "en",
    origin_ticket_id: int | None = None,
    origin_swarm_id: int | None = None,
) -> Article:
    """A new draft. Raises InvalidInput, NotAllowed."""
    actor.require("article.write")
    article = Article(
        **_checked({"title": title, "body_html": body_html, "language": language}),
        author_id=actor.id if actor.kind == "agent" else None,
        origin_ticket_id=origin_ticket_id,
        origin_swarm_id=origin_swarm_id,
        created_at=now,
        updated_at=now,
    )
    article.save(force_insert=True)
    emit(ArticleChanged(article_id=article.pk, what="created", label=article.title), actor=actor, now=now)
    return article


@transaction.atomic
def change_article(
    *, article: Article, actor: Actor, now: datetime, version: int | None = None, **changes: Any
) -> Article:
    """Change title, body_html, language or state. With `version`, raises Conflict when it was changed since. Whoever
    publishes or puts away needs the right to share with all."""
    actor.require("article.write")
    kept = Article.objects.select_for_update().filter(pk=article.pk).first()
    if kept is None:
        raise NotFound
    if version is not None and version != kept.version:
        raise Conflict(field="version", version=kept.version)
    state = changes.pop("state", kept.state)
    if state not in Article.State.values:
        raise InvalidInput(_("Choose one of the states."), field="state")
    if state != kept.state:
        actor.require("macro.share")
    wanted = {**_checked(changes), "state": state}
    if all(getattr(kept, name) == value for name, value in wanted.items()):
        return kept
    what = SAID[state] if state != kept.state else "changed"
    for name, value in wanted.items():
        setattr(kept, name, value)
    kept.updated_at = now
    kept.version += 1
    kept.save()
    emit(ArticleChanged(article_id=kept.pk, what=what, label=kept.title), actor=actor, now=now)
    return kept


def count_use(*, article_id: int) -> None:
    """Somebody found it useful for another case; a counter and no event of its own."""
    Article.objects.filter(pk=article_id).update(uses=F("uses") + 1)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    kept = dict(values)
    for name in kept:
        if name not in {"title", "body_html", "language"}:
            raise InvalidInput(_("This cannot be changed here."), field=name)
    if "title" in kept:
        kept["title"] = " ".join(storable(str(kept["title"])).split())[:200]
        if not kept["title"]:
            raise InvalidInput(_("Give it a title."), field="title")
    if "body_html" in kept:
        kept["body_html"] = clean_html(storable(str(kept["body_html"])))
        if len(kept["body_html"]) > LONGEST:
            raise InvalidInput(_("This text is too long."), field="body_html")
    if "language" in kept and kept["language"] not in dict(settings.LANGUAGES):
        raise InvalidInput(_("Choose one of the languages."), field="language")
    return kept
