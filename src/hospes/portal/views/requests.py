"""A customer's own requests: the list, one request, answering, settling and reopening it; own details."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from hospes.core import clock, limits
from hospes.core.errors import HospesError, RateLimited
from hospes.customers import operations as customer_operations
from hospes.portal import guard, sending
from hospes.portal.access import SignedRequest, customer_view
from hospes.portal.company import company_name
from hospes.portal.forms import AnswerForm, DetailsForm
from hospes.portal.shapes import holder_of, line_of, promise_of, state_of, talk_of
from hospes.portal.views.signin import keep_language
from hospes.tickets import operations, queries
from hospes.tickets.models import Ticket
from hospes.tickets.queries import portal
from hospes.tickets.queries.ways import reachable_by


@customer_view()
def listing(request: SignedRequest) -> HttpResponse:
    """Open or settled requests, twenty at a time."""
    settled = request.GET.get("state") == "settled"
    text = request.GET.get("q", "").strip()[:100]
    found = portal.own_requests(
        request.customer, settled=settled, text=text, after=_after(request.GET.get("after", ""))
    )
    following = ""
    if found.next:
        at, last = found.next
        kept = {
            "state": "settled" if settled else "",
            "q": text,
            "after": f"{round(at.timestamp() * 1_000_000)}-{last}",
        }
        following = urlencode({name: value for name, value in kept.items() if value})
    context = {
        "lines": [line_of(ticket) for ticket in found.items],
        "settled": settled,
        "text": text,
        "following": following,
        "later": "after" in request.GET,
        "can_write": bool(portal.contact_inboxes()),
    }
    return render(request, "portal/requests.html", context)


def _after(key: str) -> tuple[datetime, int] | None:
    """The key of a page as (changed at, id); a broken one is the first page."""
    at, _dash, last = key.partition("-")
    try:
        return datetime.fromtimestamp(int(at[:18]) / 1_000_000, UTC), int(last[:18])
    except (ValueError, OverflowError, OSError):
        return None


def _request_page(request: SignedRequest, ticket: Ticket, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    company = company_name()
    context = {
        "ticket": ticket,
        "state": state_of(ticket),
        "talk": talk_of(queries.customer_messages(request.customer, ticket), reader=request.customer, company=company),
        "holder": holder_of(ticket),
        "promised": promise_of(ticket),
        "form": form,
    }
    return render(request, "portal/request.html", context, status=status)


@customer_view(methods=("GET", "HEAD", "POST"))
def one(request: SignedRequest, number: str) -> HttpResponse:
    """One request with all that was said; posting answers it."""
    ticket = queries.get_for_customer(request.customer, number)
    if request.method != "POST":
        return _request_page(request, ticket, AnswerForm())
    form = AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _request_page(request, ticket, form, status=422)
    now = clock.now()
    try:
        limits.require(f"portal-answer:{request.customer.pk}", limit=60, seconds=3600, now=now)
        sending.answer_request(
            ticket=ticket,
            customer=request.customer,
            actor=request.actor,
            text=form.cleaned_data["message"],
            files=form.cleaned_data["attachments"],
            now=now,
        )
    except HospesError as error:
        words = str(error.message)
        if isinstance(error, RateLimited):
            words = _("That were many answers in a short time. Please wait %(minutes)s min.") % {
                "minutes": guard.minutes_left(error)
            }
        form.add_error(None, words)
        return _request_page(request, ticket, form, status=error.status)
    messages.success(request, _("Your answer is with us."))
    return HttpResponseRedirect(reverse("portal:request", args=[ticket.number]) + "#end")


@customer_view(methods=("POST",))
def settle(request: SignedRequest, number: str) -> HttpResponse:
    """The customer says that it is settled, or that it is not."""
    ticket = queries.get_for_customer(request.customer, number)
    reopen = request.POST.get("do") == "reopen"
    operations.close_own_ticket(ticket=ticket, actor=request.actor, now=clock.now(), reopen=reopen)
    words = (
        _("The request is open again. We will look at it.") if reopen else _("Good to hear. The request is settled.")
    )
    messages.success(request, words)
    return HttpResponseRedirect(reverse("portal:request", args=[ticket.number]))


@customer_view(methods=("GET", "HEAD", "POST"))
def details(request: SignedRequest) -> HttpResponse:
    """Own name, language and time zone."""
    customer = request.customer
    if request.method != "POST":
        first = {
            "name": customer.name,
            "language": translation.get_language(),
            "time_zone": customer.time_zone,
            "preferred_channel": customer.preferred_channel,
        }
        return _details_page(request, DetailsForm(initial=first, channels=reachable_by(customer)))
    form = DetailsForm(request.POST, channels=reachable_by(customer))
    if not form.is_valid():
        return _details_page(request, form, status=422)
    given = dict(form.cleaned_data)
    if given.get("preferred_channel") == customer.preferred_channel:
        given.pop("preferred_channel", None)  # what was learned is no word of theirs while they leave it
    customer_operations.change_own_details(customer=customer, actor=request.actor, now=clock.now(), **given)
    language = form.cleaned_data["language"]
    with translation.override(language):
        messages.success(request, _("Saved."))
    response = HttpResponseRedirect(reverse("portal:details"))
    keep_language(response, language)
    return response


def _details_page(request: SignedRequest, form: DetailsForm, *, status: int = 200) -> HttpResponse:
    points = [p for p in request.customer.contact_points.all() if p.kind in {"email", "phone"}]
    return render(request, "portal/details.html", {"form": form, "points": points}, status=status)
