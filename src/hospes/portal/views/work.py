"""An outsider's page for one work order: opened by their mailed link, without an account, showing only the order."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from hospes.core import clock, files, limits
from hospes.core.errors import HospesError, NotFound, RateLimited
from hospes.core.text import storable
from hospes.portal import guard, uploads
from hospes.portal.access import PortalRequest, public_view
from hospes.portal.forms import AnswerForm
from hospes.portal.shapes import plain
from hospes.tickets import operations
from hospes.tickets.models import WorkOrder
from hospes.tickets.operations import StoredFile
from hospes.tickets.queries.work import order_by_link

TRIES = 60  # an hour, for one place: nobody guesses 256 bits, but nobody need try either


@csrf_exempt
def work(request: HttpRequest, number: str, token: str) -> HttpResponseBase:
    """How much is sent is looked at before anything is read, and only then the CSRF token."""
    uploads.check_announced(request)
    return _work(request, number, token)


@csrf_protect
@public_view(methods=("GET", "HEAD", "POST"))
def _work(request: PortalRequest, number: str, token: str) -> HttpResponse:
    now = clock.now()
    try:
        limits.require(f"work-link:{guard.visitor(request)}", limit=TRIES, seconds=3600, now=now)
        order = order_by_link(number, token, now=now)
    except RateLimited:
        return _closed(request, status=429)
    except NotFound:
        return _closed(request, status=404)
    if order.language:
        translation.activate(order.language)
        request.LANGUAGE_CODE = order.language
    form = AnswerForm()
    if request.method == "POST":
        form = AnswerForm(request.POST, request.FILES)
        if form.is_valid() or request.POST.get("do") == "accept":
            try:
                _do(request, order, token, form)
            except NotFound:
                return _closed(request, status=404)
            except HospesError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
            else:
                return HttpResponseRedirect(reverse("portal:work", args=[order.number, token]))
    return _page(request, order, form)


work.portal_access = "public"  # type: ignore[attr-defined]


def _do(request: PortalRequest, order: WorkOrder, token: str, form: AnswerForm) -> None:
    now, step = clock.now(), request.POST.get("do", "")
    if step == "accept":
        operations.accept_by_link(number=order.number, token=token, now=now)
        return
    sent = form.cleaned_data["attachments"]
    uploads.check(sent)
    kept = [_kept(file) for file in sent] if order.running else []
    operations.answer_by_link(
        number=order.number,
        token=token,
        text=form.cleaned_data["message"],
        files=kept,
        declined=step == "decline",
        now=now,
    )


def _kept(file: uploads.Uploaded) -> StoredFile:
    """A file in the store, before the transaction that names it."""
    content = file.read()
    name = storable(file.name or "").replace("\\", "/").rpartition("/")[2].strip() or "file"
    return StoredFile(name[:255], file.content_type or "application/octet-stream", len(content), files.store(content))


def _page(request: PortalRequest, order: WorkOrder, form: AnswerForm) -> HttpResponse:
    context = {
        "order": order,
        "company": order.ticket.inbox.name,
        "text": plain(order.text),
        "answer": plain(order.answer),
        "form": form,
        "late": order.running and order.due_at < clock.now(),
    }
    response = render(request, "portal/work.html", context, status=422 if form.is_bound else 200)
    return _private(response)


def _closed(request: PortalRequest, *, status: int) -> HttpResponse:
    """The same words whatever is wrong with the link, so that a guess teaches nothing."""
    return _private(render(request, "portal/work_closed.html", status=status))


def _private(response: HttpResponse) -> HttpResponse:
    """The address itself is the key: it goes into no cache and to no other site."""
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@public_view()
def without_link(request: PortalRequest, number: str) -> HttpResponse:
    """The address as it stands in the company's own copy of the mail: it opens nothing."""
    return _closed(request, status=404)
