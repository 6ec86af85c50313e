"""Articles are drafted, changed, published, with nothing dangerous in them and no change lost."""

import pytest

from hospes.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from hospes.core.models import EventRow
from hospes.knowledge import operations, queries
from hospes.knowledge.models import Article
from hospes.testing.people import NOON, desk_actor, make_agent


@pytest.fixture
def people(db):
    return {role: desk_actor(make_agent(role.title(), role=role)) for role in ("light", "agent", "lead")}


def draft(actor, **more):
    return operations.create_article(
        title="Kettle leaks", body_html="<p>Turn the lid</p>", actor=actor, now=NOON, **more
    )


def test_an_article_begins_as_a_draft_and_is_published_by_a_lead(people):
    article = draft(people["agent"])
    assert article.state == Article.State.DRAFT
    with pytest.raises(NotAllowed):
        operations.change_article(article=article, state="published", actor=people["agent"], now=NOON)
    article = operations.change_article(article=article, state="published", actor=people["lead"], now=NOON)
    assert list(queries.articles(people["light"], state="published")) == [article]
    said = list(EventRow.objects.filter(name="ArticleChanged").order_by("id").values_list("data__what", flat=True))
    assert said == ["created", "published"]


def test_light_agents_read_and_do_not_write(people):
    article = draft(people["agent"])
    assert queries.get_article(people["light"], article.pk) == article
    with pytest.raises(NotAllowed):
        draft(people["light"])
    with pytest.raises(NotFound):
        queries.get_article(people["light"], article.pk + 1)


def test_scripts_are_taken_out(people):
    article = operations.create_article(
        title="x", body_html='<p onclick="alert(1)">a<script>alert(1)</script></p>', actor=people["agent"], now=NOON
    )
    assert "alert" not in article.body_html


def test_two_writers_do_not_overwrite_each_other(people):
    article = draft(people["agent"])
    operations.change_article(article=article, title="First", version=1, actor=people["agent"], now=NOON)
    with pytest.raises(Conflict):
        operations.change_article(article=article, title="Second", version=1, actor=people["lead"], now=NOON)
    assert Article.objects.get().title == "First"


@pytest.mark.parametrize(
    ("field", "value"), [("title", "  "), ("language", "xx"), ("state", "gone"), ("author_id", 1), ("uses", 5)]
)
def test_what_cannot_be_is_refused_by_name(people, field, value):
    article = draft(people["agent"])
    with pytest.raises(InvalidInput) as refused:
        operations.change_article(article=article, actor=people["lead"], now=NOON, **{field: value})
    assert refused.value.field == field
