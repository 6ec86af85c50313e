"""Settings of voice inboxes: the menu, hours, what is said, recording, call-backs and the countries that are called."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.calls.models import PhoneSetup
from hospes.calls.operations.phone_setup import save_phone_setup, save_sound
from hospes.calls.phones import phone_inboxes, setup_of
from hospes.channels.queries import credential_of
from hospes.channels.voice.adapter import voices_of
from hospes.channels.voice.sounds import LARGEST, kind_of
from hospes.channels.voice.words import PLAYED, phrase, unvoiced
from hospes.core import clock, files
from hospes.core.errors import HospesError, InvalidInput, NotFound
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.callbacks import typed
from hospes.desk.views.settings.base import settings_page
from hospes.sla import queries as sla
from hospes.staff.models import Agent, Team
from hospes.tickets.models import Inbox

BOTH = ("GET", "HEAD", "POST")
PLAIN = (
    "closed", "record", "detect_machines", "ring_seconds", "voicemail_seconds", "offer_callback", "callback_minutes",
)  # fmt: skip


class PhoneForm(forms.Form):
    """How a number answers."""

    menu = forms.CharField(
        label=gettext_lazy("Menu"), required=False, max_length=4000,
        widget=forms.Textarea({"rows": 6, "dir": "auto", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "A line for each key, such as “1 Orders = team Service”, “3 A message = voicemail”. A key without “=” "
            "opens a second level: “2 Repairs”, then “2.1 Kettles = Ivo”. Other languages follow a bar: “1 Orders | lv "
            "Pasūtījumi = …”. Empty: straight to a person. 0 always reaches a person."
        ),
    )  # fmt: skip
    extensions = forms.CharField(
        label=gettext_lazy("Direct extensions"), required=False, max_length=4000,
        widget=forms.Textarea({"rows": 3, "dir": "auto", "spellcheck": "false"}),
        help_text=gettext_lazy("A line for each, such as “21 = Ivo”. Callers may type them at any time in the menu."),
    )  # fmt: skip
    calendar = forms.ChoiceField(label=gettext_lazy("Open hours"), required=False)
    closed = forms.ChoiceField(label=gettext_lazy("When closed"), choices=PhoneSetup.Closed.choices)
    record = forms.BooleanField(
        label=gettext_lazy("Record calls"), required=False,
        help_text=gettext_lazy("Callers hear so at the beginning, customers whom you call before they are connected."),
    )  # fmt: skip
    detect_machines = forms.BooleanField(
        label=gettext_lazy("Notice answering machines when you call customers"), required=False,
        help_text=gettext_lazy("A machine counts as not reached. Your provider may charge for it."),
    )  # fmt: skip
    ring_seconds = forms.IntegerField(
        label=gettext_lazy("Ring each agent for so many seconds"), min_value=5, max_value=60
    )
    voicemail_seconds = forms.IntegerField(
        label=gettext_lazy("Longest message, in seconds"), min_value=10, max_value=600
    )
    offer_callback = forms.BooleanField(label=gettext_lazy("Offer a call back to those who wait"), required=False)
    callback_minutes = forms.IntegerField(
        label=gettext_lazy("Promise a call back within so many minutes of open time"), min_value=5, max_value=1440
    )
    countries = forms.CharField(
        label=gettext_lazy("Countries that may be called"), required=False, max_length=600,
        widget=forms.TextInput({"dir": "ltr"}),
        help_text=gettext_lazy(
            "Codes such as LV EE LT. Empty: only the country of your number. Every further country is one in which "
            "fraudsters can have you call expensive numbers."
        ),
    )  # fmt: skip
    greeting = forms.CharField(label=gettext_lazy("Greeting"), required=False, max_length=600)
    consent = forms.CharField(label=gettext_lazy("Words about recording"), required=False, max_length=600)
    closed_words = forms.CharField(label=gettext_lazy("Words when closed"), required=False, max_length=600)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["calendar"].choices = [("", _("Always open")), *((str(c.pk), c.name) for c in sla.calendars())]


def _names() -> tuple[dict[int, str], dict[int, str]]:
    teams = dict(Team.objects.filter(archived_at=None).values_list("pk", "name"))
    return teams, dict(Agent.objects.filter(is_active=True).values_list("pk", "name"))


def _inbox(inbox_id: int) -> Inbox:
    found = Inbox.objects.filter(pk=inbox_id, kind="voice", archived_at=None).first()
    if found is None:
        raise NotFound
    return found


@desk_view("inbox.manage")
def phones(request: DeskRequest) -> HttpResponse:
    """Every number."""
    return settings_page(request, "desk/callbacks/phones.html", "phones", {"phones": phone_inboxes()})


@desk_view("inbox.manage", methods=BOTH)
def phone(request: DeskRequest, inbox_id: int) -> HttpResponseBase:
    """One number."""
    inbox = _inbox(inbox_id)
    setup, (teams, agents) = setup_of(inbox), _names()
    if request.method != "POST":
        return _page(request, inbox, setup, PhoneForm(initial=_initial(inbox, setup, teams, agents)))
    form = PhoneForm(request.POST)
    if not form.is_valid():
        return _page(request, inbox, setup, form, status=422)
    try:
        values = _values(form.cleaned_data, inbox, setup, teams, agents)
        save_phone_setup(inbox=inbox, values=values, actor=request.actor, now=clock.now())
    except HospesError as error:
        name = "menu" if error.field.startswith("menu") else error.field
        form.add_error(name if name in form.fields else None, str(error.message))
        return _page(request, inbox, setup, form, status=error.status)
    messages.success(request, _("Saved."))
    return redirect("desk:phone", inbox.pk)


def _initial(inbox: Inbox, setup: PhoneSetup, teams: dict[int, str], agents: dict[int, str]) -> dict[str, Any]:
    texts = setup.texts.get(inbox.language, {})
    return {
        **{name: getattr(setup, name) for name in PLAIN},
        "calendar": str(setup.calendar_id or ""), "countries": " ".join(setup.countries),
        "menu": typed.menu_text(setup.menu, language=inbox.language, teams=teams, agents=agents),
        "extensions": typed.extensions_text(setup.extensions, teams=teams, agents=agents),
        "greeting": texts.get("greeting", ""), "consent": texts.get("consent", ""),
        "closed_words": texts.get("closed", ""),
    }  # fmt: skip


def _values(
    data: dict[str, Any], inbox: Inbox, setup: PhoneSetup, teams: dict[int, str], agents: dict[int, str]
) -> dict[str, Any]:
    by_team = {name.casefold(): pk for pk, name in teams.items()}
    by_agent = {name.casefold(): pk for pk, name in agents.items()}
    texts = {"greeting": data["greeting"], "consent": data["consent"], "closed": data["closed_words"]}
    return {
        **{name: data[name] for name in PLAIN},
        "menu": typed.menu_typed(data["menu"], language=inbox.language, teams=by_team, agents=by_agent),
        "extensions": typed.extensions_typed(data["extensions"], teams=by_team, agents=by_agent),
        "calendar_id": int(data["calendar"]) if data["calendar"] else None,
        "countries": data["countries"].replace(",", " ").split(),
        "texts": {**setup.texts, inbox.language: {**setup.texts.get(inbox.language, {}), **texts}},
    }  # fmt: skip


def _page(request: DeskRequest, inbox: Inbox, setup: PhoneSetup, form: PhoneForm, *, status: int = 200) -> HttpResponse:
    voices, here = voices_of(credential_of(inbox.pk)), translation.get_language()
    sounds = [
        (language, line, phrase(line, language))
        for language, lines in sorted(setup.audio.items())
        for line in sorted(lines)
        if line in PLAYED
    ]
    languages = [(code, name, code in voices) for code, name in settings.LANGUAGES]
    lines = [(line, phrase(line, here)) for line in PLAYED]
    context = {
        "inbox": inbox, "form": form, "sounds": sounds, "languages": languages, "lines": lines,
        "silent": [_silent(code, name, setup) for code, name, voiced in languages if not voiced],
    }  # fmt: skip
    response = settings_page(request, "desk/callbacks/phone.html", "phones", context)
    response.status_code = status
    return response


def _silent(code: str, name: str, setup: PhoneSetup) -> dict[str, Any]:
    """A language in which the provider does not speak, and what of it is heard in English therefore."""
    missing = unvoiced(code, {}, setup.audio)
    count = len(PLAYED) - 1  # music is no words
    return {
        "code": code, "name": name, "count": count, "have": count - len(missing),
        "missing": [(key, phrase(key, code)) for key in missing],
    }  # fmt: skip


@desk_view("inbox.manage", methods=("POST",))
def sounds(request: DeskRequest, inbox_id: int) -> HttpResponseBase:
    """A sound that is played instead of words, where the provider has no voice; or words again."""
    inbox = _inbox(inbox_id)
    language, line = request.POST.get("language", ""), request.POST.get("line", "")
    upload = request.FILES.get("sound")
    try:
        if language not in dict(settings.LANGUAGES) or line not in PLAYED:
            raise InvalidInput(_("Choose a language and what is to be said."))
        key = ""
        if upload is not None:
            content = upload.read(LARGEST + 1)
            if len(content) > LARGEST or not kind_of(content):
                raise InvalidInput(_("Choose an MP3 or WAV file of at most 5 MB."))
            key = files.store(content)
        save_sound(inbox=inbox, language=language, line=line, file_key=key, actor=request.actor, now=clock.now())
    except HospesError as error:
        messages.error(request, str(error.message))
    return redirect("desk:phone", inbox.pk)
