"""Signing in by a mailed code or link, and out again. No page tells whether an address is known."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hospes.core import clock
from hospes.core.errors import HospesError, NotAllowed, RateLimited
from hospes.customers import operations
from hospes.customers.models import Customer
from hospes.portal import access, guard, mails
from hospes.portal.access import PortalRequest, public_view
from hospes.portal.forms import AddressForm, CodeForm
from hospes.tickets.queries import portal as queries

EMAIL_KEY = "portal_email"
NEXT_KEY = "portal_next"
log = logging.getLogger(__name__)


@public_view(methods=("GET", "HEAD", "POST"))
def address(request: PortalRequest) -> HttpResponse:
    """Ask for the address, mail a code to it. The answer is the same for every address."""
    if request.customer is not None:
        return HttpResponseRedirect(access.safe_next(request))
    if request.method != "POST":
        return _address_page(request, AddressForm(initial={"email": request.GET.get("email", "")[:254]}))
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _address_page(request, form, status=422)
    email = form.cleaned_data["email"]
    try:
        _mail_code(request, email)
    except RateLimited as error:
        form.add_error(None, _wait(error))
        return _address_page(request, form, status=429)
    except HospesError as error:
        form.add_error("email", str(error.message))
        return _address_page(request, form, status=error.status)
    except (OSError, SMTPException):
        log.exception("The sign-in code could not be handed to the mail server")
        form.add_error(None, _("Our mail server does not answer at the moment. Please try again in a few minutes."))
        return _address_page(request, form, status=503)
    request.session[EMAIL_KEY] = email
    request.session[NEXT_KEY] = access.safe_next(request)
    return HttpResponseRedirect(reverse("portal:code"))


def _mail_code(request: PortalRequest, email: str) -> None:
    now = clock.now()
    guard.count_sign_in(who=guard.visitor(request), now=now)
    code, token = operations.make_portal_code(email=email, now=now)
    mails.send_code(
        email=email,
        code=code,
        token=token,
        base_url=settings.PUBLIC_URL,
        language=translation.get_language() or settings.LANGUAGE_CODE,
    )


def _wait(error: RateLimited) -> str:
    minutes = guard.minutes_left(error)
    return ngettext(
        "Too many tries. Please wait %(minutes)s minute, then try again.",
        "Too many tries. Please wait %(minutes)s minutes, then try again.",
        minutes,
    ) % {"minutes": minutes}


def _address_page(request: PortalRequest, form: AddressForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "next": access.safe_next(request), "can_write": bool(queries.contact_inboxes())}
    return render(request, "portal/sign_in.html", context, status=status)


@public_view(methods=("GET", "HEAD", "POST"))
def code(request: PortalRequest) -> HttpResponse:
    """Take the code."""
    email = str(request.session.get(EMAIL_KEY, ""))
    if request.customer is not None or not email:
        return HttpResponseRedirect(reverse("portal:requests" if request.customer else "portal:sign-in"))
    form = CodeForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _code_page(request, form, email, status=422 if form.errors else 200)
    now = clock.now()
    try:
        guard.count_sign_in(who=guard.visitor(request), now=now)
        customer = operations.use_portal_code(email=email, code=form.cleaned_data["code"], now=now)
    except RateLimited as error:
        form.add_error("code", _wait(error))
        return _code_page(request, form, email, status=429)
    except NotAllowed as error:
        form.add_error("code", str(error.message))
        return _code_page(request, form, email, status=422)
    return _enter(request, customer, email)


def _code_page(request: PortalRequest, form: CodeForm, email: str, *, status: int) -> HttpResponse:
    return render(request, "portal/code.html", {"form": form, "email": email}, status=status)


@public_view(methods=("GET", "HEAD", "POST"))
def link(request: PortalRequest, token: str) -> HttpResponse:
    """The mailed link. Opening it uses nothing up, because mail scanners open links too; pressing the button does."""
    if request.method != "POST":
        response = render(request, "portal/link.html")
        response["Referrer-Policy"] = "no-referrer"
        return response
    now = clock.now()
    try:
        guard.count_sign_in(who=guard.visitor(request), now=now)
        customer = operations.use_portal_code(token=token, now=now)
    except RateLimited as error:
        return render(request, "portal/link_bad.html", {"words": _wait(error)}, status=429)
    except NotAllowed:
        return render(request, "portal/link_bad.html", status=403)
    return _enter(request, customer, "")


def _enter(request: PortalRequest, customer: Customer, email: str) -> HttpResponse:
    after = str(request.session.pop(NEXT_KEY, "") or reverse("portal:requests"))
    request.session.pop(EMAIL_KEY, None)
    verified = next((p.value for p in customer.contact_points.all() if p.kind == "email" and p.verified_at), "")
    access.sign_in(request, customer, address=email or verified, now=clock.now())
    response = HttpResponseRedirect(after)
    if customer.language in dict(settings.LANGUAGES) and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        keep_language(response, customer.language)
    return response


def keep_language(response: HttpResponse, language: str) -> None:
    """Remember the language of pages in the browser, as ?lang= does."""
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=365 * 86400, samesite="Lax", httponly=True)


@public_view(methods=("POST",))
def leave(request: PortalRequest) -> HttpResponse:
    """Sign out."""
    access.sign_out(request)
    messages.success(request, _("You are signed out."))
    return HttpResponseRedirect(reverse("portal:home"))
