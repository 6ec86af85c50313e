"""Articles: drafts that came out of swarms, and others; a list and an editor."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError
from hospes.core.paging import by_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.escalation.forms import ArticleForm
from hospes.desk.views.settings.base import refuse, settings_page
from hospes.knowledge import operations, queries
from hospes.knowledge.models import Article

PAGE = 50


@desk_view()
def listing(request: DeskRequest) -> HttpResponse:
    """Drafts first asked for; other states by their tab."""
    state = request.GET.get("state", Article.State.DRAFT)
    found = queries.articles(request.actor, state=state)
    rows, following = by_id(found, cursor=request.GET.get("after"), limit=PAGE, newest_first=True)
    after = f"{reverse('desk:articles')}?{urlencode({'state': state, 'after': following})}" if following else ""
    context = {
        "articles": rows,
        "state": state,
        "states": Article.State.choices,
        "next_url": after,
        "can_write": request.actor.may("article.write"),
    }
    return settings_page(request, "desk/escalation/articles.html", "articles", context)


@desk_view("article.write", methods=("GET", "HEAD", "POST"))
def one(request: DeskRequest, article_id: int | None = None) -> HttpResponse:
    """Write an article, publish it or put it away."""
    found = queries.get_article(request.actor, article_id) if article_id else None
    language = (get_language() or "en").partition("-")[0]
    names = ("title", "language", "body_html", "version")
    first = {n: getattr(found, n) for n in names} if found else {"language": language}
    form = ArticleForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            _save(request, found, form)
        except HospesError as error:
            refuse(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk:articles")
    context = {"form": form, "article": found, "may_publish": request.actor.may("macro.share")}
    status = 422 if form.is_bound else 200
    return settings_page(request, "desk/escalation/article.html", "articles", context, status=status)


def _save(request: DeskRequest, found: Article | None, form: ArticleForm) -> None:
    data = dict(form.cleaned_data)
    version = data.pop("version")
    now, state = clock.now(), request.POST.get("state", "")
    if found is None:
        operations.create_article(**data, actor=request.actor, now=now)
        return
    if state in Article.State.values:
        data["state"] = state
    operations.change_article(article=found, version=version, actor=request.actor, now=now, **data)
