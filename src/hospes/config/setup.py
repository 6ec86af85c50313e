"""The first-run set-up page: the first admin and the company's first inbox, once, while nobody is here yet."""

from typing import Any, cast

from allauth.account.utils import perform_login
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from hospes.config.account_forms import new_password_field
from hospes.config.setup_key import may_set_up
from hospes.core import clock, limits
from hospes.core.actors import SYSTEM
from hospes.core.errors import HospesError
from hospes.staff import operations as staff
from hospes.staff.models import Agent
from hospes.staff.queries import actor_of, anyone_at_all
from hospes.tickets import operations as tickets

EMAIL = {
    "required": _("Write an e-mail address."),
    "invalid": _("Write a full e-mail address, such as anna@example.com."),
}


class SetupForm(forms.Form):
    """Who begins, and where customers write to."""

    inbox_name = forms.CharField(
        label=_("Name of the company"),
        max_length=100,
        help_text=_("Customers see it as the sender."),
        widget=forms.TextInput(attrs={"autocomplete": "organization", "dir": "auto"}),
        error_messages={"required": _("Write the company's name.")},
    )
    inbox_address = forms.EmailField(
        label=_("Address that customers write to"),
        max_length=254,
        help_text=_("For example support@example.com. How its mail arrives here is set up afterwards."),
        error_messages=EMAIL,
    )
    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        error_messages={"required": _("Write your name.")},
    )
    email = forms.EmailField(
        label=_("Your own e-mail address"),
        max_length=254,
        help_text=_("You sign in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        error_messages=EMAIL,
    )
    password = new_password_field()
    language = forms.ChoiceField(label=_("Language"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)
        language.choices = list(settings.LANGUAGES)

    def clean(self) -> dict[str, Any]:
        """The password must not resemble the name or the address."""
        data: dict[str, Any] = super().clean() or {}
        person = Agent(email=data.get("email", ""), name=data.get("name", ""))
        if password := data.get("password"):
            try:
                validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return data


@never_cache
@sensitive_post_parameters("password", "key")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """Make the first admin and inbox and sign the admin in; afterwards this page only leads to sign-in."""
    if anyone_at_all():
        return HttpResponseRedirect(reverse("account_login"))
    key = (request.POST.get("key") or request.GET.get("key") or "").strip()
    if not may_set_up(request, key):
        return _locked(request, wrong=bool(key))
    form = SetupForm(request.POST or None, initial={"language": translation.get_language()})
    if request.method != "POST" or "inbox_name" not in request.POST or not form.is_valid():
        status = 422 if request.method == "POST" and form.errors and "inbox_name" in request.POST else 200
        if status == 200:
            form = SetupForm(initial={"language": translation.get_language()})
        return _page(request, form, key, status=status)
    try:
        admin = begin(form.cleaned_data)
    except HospesError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return _page(request, form, key, status=error.status)
    # Nothing is theirs yet: they begin where everything that arrives is seen.
    return cast(HttpResponse, perform_login(request, admin, redirect_url=reverse("desk:view", args=["open"])))


def _page(request: HttpRequest, form: SetupForm, key: str, *, status: int) -> HttpResponse:
    return render(request, "account/setup.html", {"form": form, "key": key}, status=status)


def _locked(request: HttpRequest, *, wrong: bool) -> HttpResponse:
    """Ask for the key; wrong ones are counted, though 128 bits are not guessed anyway."""
    if wrong:
        limits.require("setup-key", limit=30, seconds=3600, now=clock.now())
    return render(request, "account/setup_locked.html", {"wrong": wrong}, status=403)


@transaction.atomic
def begin(data: dict[str, Any]) -> Agent:
    """The first admin and the first inbox, together or not at all. Raises NotAllowed when somebody was quicker."""
    now = clock.now()
    admin = staff.create_first_admin(
        email=data["email"],
        name=data["name"],
        password=data["password"],
        language=data["language"],
        actor=SYSTEM,
        now=now,
    )
    tickets.create_inbox(
        name=data["inbox_name"],
        address=data["inbox_address"],
        language=data["language"],
        actor=actor_of(admin, via="setup"),
        now=now,
    )
    return admin
