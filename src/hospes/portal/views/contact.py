"""The start page, the contact form, and the page that says what happens next."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from hospes.calls import phones
from hospes.channels.points import points
from hospes.core import clock
from hospes.core.errors import HospesError, RateLimited
from hospes.core.posted import posted_id
from hospes.portal import guard, sending, uploads
from hospes.portal.access import PortalRequest, public_view
from hospes.portal.forms import ContactForm
from hospes.portal.shapes import holder_of
from hospes.tickets.models import Inbox, Ticket
from hospes.tickets.queries import portal as queries

SALT = "portal.sent"
CONFIRMED_FOR = timedelta(hours=6)


@public_view()
def home(request: PortalRequest) -> HttpResponse:
    """Where customers begin: write to us, or see what became of it. Those signed in go straight to their requests."""
    if request.customer is not None:
        return HttpResponseRedirect(reverse("portal:requests"))
    context = {
        "inboxes": queries.contact_inboxes(),
        "calls": phones.browser_inbox() is not None,
        "calls_back": phones.phone_inbox() is not None,
        "ways": bool(points(hidden=False)),
    }
    return render(request, "portal/home.html", context)


@csrf_exempt
def contact(request: HttpRequest) -> HttpResponseBase:
    """The contact form. How much is sent is looked at before anything is read, and only then the CSRF token."""
    uploads.check_announced(request)
    return _contact(request)


@csrf_protect
@public_view(methods=("GET", "HEAD", "POST"))
def _contact(request: PortalRequest) -> HttpResponse:
    inboxes = queries.contact_inboxes()
    if not inboxes:
        return render(request, "portal/no_contact.html", status=404)
    signed_in = request.customer is not None
    if request.method != "POST":
        wanted = posted_id(request.GET.get("inbox", ""))
        first = {"inbox": wanted} if wanted else {}
        form = ContactForm(inboxes=inboxes, signed_in=signed_in, initial=first)
        return _form_page(request, form)
    form = ContactForm(request.POST, request.FILES, inboxes=inboxes, signed_in=signed_in)
    inspection = guard.inspect(
        token=request.POST.get("token", ""),
        proof=request.POST.get("proof", ""),
        trap=request.POST.get("website", ""),
        now=clock.now(),
    )
    if not form.is_valid():
        return _form_page(request, form, again=inspection, status=422)
    if words := _once_more(inspection, signed_in=signed_in):
        return _form_page(request, form, words=words, again=inspection, status=422)
    try:
        ticket = _send(request, form, inboxes, inspection)
    except RateLimited as error:
        return _limited(request, form, error, inboxes)
    except HospesError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return _form_page(request, form, status=error.status)
    key = signing.dumps(ticket.pk, salt=SALT)
    return HttpResponseRedirect(f"{reverse('portal:sent')}?k={key}")


contact.portal_access = "public"  # type: ignore[attr-defined]


def _send(request: PortalRequest, form: ContactForm, inboxes: list[Inbox], inspection: guard.Inspection) -> Ticket:
    """Count, recognise and open; the form is valid and looks like a person's."""
    now = clock.now()
    data: dict[str, Any] = form.cleaned_data
    language = translation.get_language() or settings.LANGUAGE_CODE
    address = request.address or data.get("email", "")
    guard.count_form(inspection, email=address, who=guard.visitor(request), now=now)
    customer = request.customer or sending.recognise_writer(
        name=data["name"], email=address, language=language, now=now
    )
    files: list[uploads.Uploaded] = data["attachments"]
    return sending.open_request(
        inbox=next(i for i in inboxes if i.pk == data["inbox"]),
        customer=customer,
        address=address,
        subject=data["subject"],
        text=data["message"],
        files=files,
        language=language,
        now=now,
    )


def _once_more(inspection: guard.Inspection, *, signed_in: bool) -> str:
    """What to say when the form has to be sent again; empty when it may pass. Using the token up is the last check."""
    if inspection.reason == "stale":
        return _("This page was open for a long time. Nothing is lost: please press Send once more.")
    if not signed_in and inspection.reason == "trap":
        return _("A hidden field was filled in, as robots do. If you are a person, please press Send once more.")
    if not signed_in and inspection.reason == "quick":
        return _("That was very quick. If you are a person, please press Send once more in a few seconds.")
    if not guard.is_first_use(inspection, now=clock.now()):
        return _("This message has been sent already. To send it a second time, press Send once more.")
    return ""


def _limited(request: PortalRequest, form: ContactForm, error: RateLimited, inboxes: list[Inbox]) -> HttpResponse:
    minutes = guard.minutes_left(error)
    words = ngettext(
        "Many messages came from here lately. Please try again in %(minutes)s minute, or write to %(address)s.",
        "Many messages came from here lately. Please try again in %(minutes)s minutes, or write to %(address)s.",
        minutes,
    ) % {"minutes": minutes, "address": inboxes[0].address}
    response = _form_page(request, form, words=words, status=429)
    response["Retry-After"] = str(minutes * 60)
    return response


def _form_page(
    request: PortalRequest,
    form: ContactForm,
    *,
    words: str = "",
    again: guard.Inspection | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form, keeping what was typed; and the token of the first try, so that the time spent counts."""
    kept = again is not None and again.may_be_kept and not guard.was_used(again, now=clock.now())
    context = {
        "form": form,
        "words": words,
        "token": request.POST["token"] if kept else guard.new_token(now=clock.now()),
        "bits": guard.WORK_BITS,
        "signed_in": request.customer is not None,
        "address": request.address,
    }
    response = render(request, "portal/contact.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


@public_view()
def sent(request: PortalRequest) -> HttpResponse:
    """The number, what happens next and by when. The key is signed, so that nobody reads another's by guessing."""
    try:
        ticket_id = signing.loads(request.GET.get("k", ""), salt=SALT, max_age=CONFIRMED_FOR)
    except signing.BadSignature:
        return HttpResponseRedirect(reverse("portal:home"))
    found = queries.sent_by_form(int(ticket_id))
    if found is None:
        return HttpResponseRedirect(reverse("portal:home"))
    ticket, address = found
    context = {
        "ticket": ticket,
        "address": address,
        "holder": holder_of(ticket),
        "signed_in": request.customer is not None,
    }
    return render(request, "portal/sent.html", context)
