"""Asking to be called back: a number, a time that is really free, and what it is about; for visitors and customers."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hospes.calls import numbers, phones
from hospes.calls.models import Callback
from hospes.calls.operations.callbacks import cancel_callback, request_callback
from hospes.core import clock, limits
from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import HospesError, RateLimited
from hospes.customers import operations as customers
from hospes.customers.models import Customer
from hospes.portal import guard, sending
from hospes.portal.access import PortalRequest, public_view
from hospes.tickets.models import Inbox

SALT: Final = "portal.callback"
KEPT_FOR: Final = 7 * 86_400
AN_HOUR: Final = 4  # call-backs asked for from one place


class CallbackForm(forms.Form):
    """Who is called, when, and why."""

    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=200, error_messages={"required": gettext_lazy("Write your name.")},
        widget=forms.TextInput({"autocomplete": "name"}),
    )  # fmt: skip
    number = forms.CharField(
        label=gettext_lazy("Your phone number"), max_length=60,
        error_messages={"required": gettext_lazy("Write the number at which we can reach you.")},
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "dir": "ltr", "inputmode": "tel"}),
    )  # fmt: skip
    when = forms.ChoiceField(label=gettext_lazy("When shall we call?"), required=False)
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"), required=False, max_length=254,
        help_text=gettext_lazy("So that we can write to you if we do not reach you."),
        widget=forms.EmailInput({"autocomplete": "email"}),
    )  # fmt: skip
    about = forms.CharField(
        label=gettext_lazy("What is it about?"), required=False, max_length=2000, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, inbox: Inbox, signed_in: bool, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["when"].choices = times(inbox, now=now)
        if signed_in:
            del self.fields["email"], self.fields["name"]


def times(inbox: Inbox, *, now: datetime) -> list[Any]:
    """As soon as possible, then the free slots by day; in the hours' own zone, which is said."""
    calendar = phones.hours_of(inbox)[1]
    zone = ZoneInfo(calendar.zone) if calendar is not None else timezone.get_current_timezone()
    days: dict[str, list[tuple[str, str]]] = {}
    for slot in phones.free_slots(inbox, now=now):
        start, end = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
        day = formats.date_format(start, "l, j F")
        words = f"{formats.time_format(start, 'H:i')} – {formats.time_format(end, 'H:i')}"
        days.setdefault(day, []).append((slot.starts_at.isoformat(), words))
    return [("", _("As soon as possible")), *days.items()]


@public_view(methods=("GET", "HEAD", "POST"))
def callback(request: PortalRequest) -> HttpResponse:
    """The form. Numbers are checked, counted and only called in countries on the list (toll fraud)."""
    inbox = phones.phone_inbox()
    if inbox is None:
        return render(request, "portal/no_contact.html", status=404)
    now, signed_in = clock.now(), request.customer is not None
    if request.method != "POST":
        return _page(request, CallbackForm(inbox=inbox, signed_in=signed_in, now=now))
    form = CallbackForm(request.POST, inbox=inbox, signed_in=signed_in, now=now)
    inspection = guard.inspect(
        token=request.POST.get("token", ""), proof=request.POST.get("proof", ""),
        trap=request.POST.get("website", ""), now=now,
    )  # fmt: skip
    if not form.is_valid():
        return _page(request, form, again=inspection, status=422)
    if inspection.reason == "stale" or (inspection.reason and not signed_in):
        return _page(request, form, words=_("Nothing is lost: please press the button once more."), again=inspection)
    try:
        made = _ask(request, form.cleaned_data, inbox, now)
    except RateLimited as error:
        minutes = guard.minutes_left(error)
        words = ngettext(
            "Many calls were asked for lately. Please try again in %(minutes)s minute.",
            "Many calls were asked for lately. Please try again in %(minutes)s minutes.",
            minutes,
        ) % {"minutes": minutes}
        return _page(request, form, words=words, again=inspection, status=429)
    except HospesError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return _page(request, form, again=inspection, status=error.status)
    key = signing.dumps(made.pk, salt=SALT)
    return HttpResponseRedirect(f"{reverse('portal:call-back-kept')}?k={key}")


def _ask(request: PortalRequest, data: dict[str, Any], inbox: Inbox, now: datetime) -> Callback:
    numbers.checked_number(  # before anything is made of a number that we never call
        data["number"], region=numbers.region_of(inbox.address), countries=phones.countries_of(inbox)
    )
    limits.require(f"callback-ip {guard.visitor(request)}", limit=AN_HOUR, seconds=3600, now=now)
    language = translation.get_language() or settings.LANGUAGE_CODE
    customer = request.customer or _writer(data, language, now)
    actor = Actor(kind="customer", id=customer.pk, name=customer.name, via="portal")
    return request_callback(
        number=data["number"], source="chat" if request.GET.get("from") == "chat" else "portal", actor=actor, now=now,
        customer=customer, wanted_from=parse_datetime(data["when"]) if data["when"] else None, words=data["about"],
        inbox=inbox,
    )  # fmt: skip


def _writer(data: dict[str, Any], language: str, now: datetime) -> Customer:
    """Nobody's number is taken as proof of who they are: without an address it is a record of its own."""
    if data.get("email"):
        return sending.recognise_writer(name=data["name"], email=data["email"], language=language, now=now)
    return customers.create_customer(name=data["name"], language=language, actor=SYSTEM, now=now)


def _page(
    request: PortalRequest, form: CallbackForm, *, words: str = "", again: guard.Inspection | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    kept = again is not None and again.may_be_kept
    context = {
        "form": form, "words": words, "bits": guard.WORK_BITS,
        "token": request.POST["token"] if kept else guard.new_token(now=clock.now()),
    }  # fmt: skip
    response = render(request, "portal/callback.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


@public_view(methods=("GET", "HEAD", "POST"))
def kept(request: PortalRequest) -> HttpResponse:
    """When we call, and the means to call it off. The key is signed: nobody reads another's by guessing."""
    try:
        pk = signing.loads(request.GET.get("k", ""), salt=SALT, max_age=KEPT_FOR)
    except signing.BadSignature:
        return HttpResponseRedirect(reverse("portal:call-back"))
    found = Callback.objects.select_related("ticket", "customer").filter(pk=int(pk)).first()
    if found is None:
        return HttpResponseRedirect(reverse("portal:call-back"))
    words = ""
    if request.method == "POST":
        try:
            found = cancel_callback(callback_id=found.pk, actor=SYSTEM, now=clock.now())
        except HospesError as error:
            words = str(error.message)
    context = {"it": found, "number": numbers.shown(found.number), "words": words,
               "waiting": found.state == Callback.State.WAITING,
               "cancelled": found.state == Callback.State.CANCELLED}  # fmt: skip
    response = render(request, "portal/callback_kept.html", context)
    response["Cache-Control"] = "no-store"
    return response
