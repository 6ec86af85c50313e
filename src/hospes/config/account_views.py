"""Account pages beside allauth's: sign-in of a new installation, invitations, API tokens, ending one session."""

from datetime import timedelta
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from allauth.account.utils import perform_login
from allauth.account.views import login as allauth_login
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from hospes.config.account_forms import new_password_field
from hospes.config.accounts import note
from hospes.config.devices import device_of
from hospes.core import clock
from hospes.core.errors import HospesError, NotFound
from hospes.staff import operations
from hospes.staff import queries as staff
from hospes.staff.models import Agent, Invitation


def overview(request: HttpRequest) -> HttpResponse:
    """The address to remember: leads to the page of what guards the sign-in."""
    return HttpResponseRedirect(reverse("mfa_index"))


def shut(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """A door of allauth that Hospes does not open."""
    raise Http404


def sign_in(request: HttpRequest) -> HttpResponseBase:
    """allauth's sign-in; a new installation is set up first."""
    if not request.user.is_authenticated and not staff.anyone_at_all():
        return HttpResponseRedirect(reverse("setup"))
    return cast(HttpResponseBase, allauth_login(request))


class InvitationForm(forms.Form):
    """What somebody who was invited has to say."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        error_messages={"required": gettext_lazy("Write your name.")},
    )
    password = new_password_field()


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """Accept an invitation, once, within its day, and begin to work."""
    now = clock.now()
    try:
        found = staff.invitation_of_token(token, now=now)
    except NotFound:
        return _no_referrer(render(request, "account/invitation_bad.html", status=404))
    form = InvitationForm(request.POST or None, initial={"name": found.name})
    if request.method != "POST" or not form.is_valid():
        return _invitation_page(request, found, form, status=422 if form.errors else 200)
    try:
        agent = operations.accept_invitation(
            token=token,
            name=form.cleaned_data["name"],
            password=form.cleaned_data["password"],
            language=translation.get_language() or settings.LANGUAGE_CODE,
            now=now,
        )
    except HospesError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return _invitation_page(request, found, form, status=error.status)
    return cast(HttpResponseBase, perform_login(request, agent, redirect_url=settings.LOGIN_REDIRECT_URL))


def _invitation_page(request: HttpRequest, found: Invitation, form: InvitationForm, *, status: int) -> HttpResponse:
    context = {"form": form, "invitation": found, "by": found.invited_by.name if found.invited_by else ""}
    return _no_referrer(render(request, "account/invitation.html", context, status=status))


def _no_referrer(response: HttpResponse) -> HttpResponse:
    """The address of this page is a secret."""
    response["Referrer-Policy"] = "no-referrer"
    return response


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(
        label=gettext_lazy("What is it for?"),
        max_length=100,
        help_text=gettext_lazy("For example “Shop”. You see it in the list and in the audit log."),
        error_messages={"required": gettext_lazy("Say what it is for.")},
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("How long is it good?"),
        coerce=int,
        choices=[
            (30, gettext_lazy("30 days")),
            (90, gettext_lazy("90 days")),
            (365, gettext_lazy("A year")),
            (0, gettext_lazy("Until it is revoked")),
        ],
        initial=90,
    )


@never_cache
@login_required
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own API tokens; a new one is shown once, in the answer to its making, and never again."""
    agent = cast(Agent, request.user)
    form = TokenForm(request.POST or None)
    text, status = "", 200
    if request.method == "POST":
        if form.is_valid():
            now = clock.now()
            days = form.cleaned_data["days"]
            _token, text = operations.create_api_token(
                agent=agent,
                name=form.cleaned_data["name"],
                expires_at=now + timedelta(days=days) if days else None,
                actor=staff.actor_of(agent, via="account"),
                now=now,
            )
            form = TokenForm()
        else:
            status = 422
    context = {"form": form, "new_token": text, "tokens": staff.tokens_of(agent), "now": clock.now()}
    return render(request, "account/tokens.html", context, status=status)


@login_required
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Make one of one's own tokens useless."""
    agent = cast(Agent, request.user)
    found = staff.tokens_of(agent).filter(pk=token_id).first()
    if found is None:
        raise NotFound
    operations.revoke_api_token(token=found, actor=staff.actor_of(agent, via="account"), now=clock.now())
    messages.success(request, _("The token does not work any more."))
    return HttpResponseRedirect(reverse("api_tokens"))


class Sessions(ListUserSessionsView):  # type: ignore[misc]
    """allauth's list of sessions, with devices named as people name them."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The sessions, newest use first, each with its device."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        found = sorted(context["sessions"], key=lambda s: (not s.is_current(), -s.last_seen_at.timestamp()))
        context["devices"] = [(session, device_of(session.user_agent)) for session in found]
        return context


@login_required
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign out one of one's own other sessions."""
    agent = cast(Agent, request.user)
    found = UserSession.objects.filter(pk=session_id, user_id=agent.pk).first()
    if found is None or found.is_current():
        raise NotFound
    found.end()
    note(agent, "session-ended")
    messages.success(request, _("Signed out there."))
    return HttpResponseRedirect(reverse("usersessions_list"))
