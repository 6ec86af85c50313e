"""Forms of the chat's set-up: they read and check input, operations decide."""

from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from hospes.channels.chat.forms import KNOWN
from hospes.channels.models import ChatInvitation, ChatSite
from hospes.sla.queries import calendars
from hospes.staff.queries import teams
from hospes.tickets.queries import active_inboxes

LANGUAGES = settings.LANGUAGES
ASKED: Final = (("", _("Not asked")), ("asked", _("Asked")), ("required", _("Must be filled in")))
LTR: Final = {"dir": "ltr", "spellcheck": "false", "autocomplete": "off"}


class NewChatForm(forms.Form):
    """What a new chat needs to begin."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Visitors see it above the chat."))
    origins = forms.CharField(
        label=_("Sites that may show the chat"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "https://shop.example", **LTR}),
        help_text=_("One a line, exactly as browsers name them, without a path. Your own help pages always may."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    team = forms.ModelChoiceField(label=_("Team"), queryset=teams(), required=False, empty_label="—")

    def lines(self, name: str) -> list[str]:
        """A field with one value a line."""
        return [line.strip() for line in str(self.cleaned_data[name]).splitlines() if line.strip()]


class ChatForm(NewChatForm):
    """All of a chat but its invitations and its secret."""

    accent = forms.CharField(
        label=_("Colour"),
        max_length=7,
        widget=forms.TextInput(attrs={"type": "color"}),
        help_text=_("Of the button and the visitor's own words. It must be dark enough to be read on white."),
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages offered"),
        choices=LANGUAGES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means all."),
    )
    calendar = forms.ModelChoiceField(
        label=_("Opening hours"),
        queryset=calendars(),
        required=False,
        empty_label=_("Always open"),
    )
    needs_people = forms.BooleanField(
        label=_("Closed while nobody is here"),
        required=False,
        help_text=_("Visitors then get the form for messages that are answered by mail."),
    )
    own_prechat = forms.CharField(
        label=_("Own questions before a chat"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line; * at the end must be filled in. With choices: Topic: Delivery | Return | Other"),
    )
    mail_minutes = forms.IntegerField(
        label=_("Mail an unread answer after so many minutes"),
        min_value=0,
        max_value=1440,
        help_text=_("When the visitor has left and gave an address. 0 means never."),
    )
    mail_inbox = forms.ModelChoiceField(
        label=_("Mails come from"),
        queryset=active_inboxes("email"),
        required=False,
        empty_label=_("The team's e-mail inbox"),
    )
    take_files = forms.BooleanField(label=_("Visitors may send files"), required=False)
    call = forms.BooleanField(label=_("Offer calls in the browser"), required=False)
    callback = forms.BooleanField(label=_("Offer a callback"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for form, heading in (("prechat", _("before a chat")), ("offline", _("when closed"))):
            for name, label in KNOWN.items():
                if name == "topic" or (form, name) == ("offline", "order"):
                    continue
                self.fields[f"{form}_{name}"] = forms.ChoiceField(
                    label=_("%(question)s, %(when)s") % {"question": label, "when": heading},
                    choices=ASKED,
                    required=False,
                )

    def asked(self, form: str) -> list[dict[str, Any]]:
        """The fields of one of the two forms, own questions after the known ones."""
        found: list[dict[str, Any]] = []
        for name in KNOWN:
            chosen = self.cleaned_data.get(f"{form}_{name}")
            if chosen:
                found.append({"name": name, "required": chosen == "required"})
        if form == "prechat":
            found += [_own(line, number) for number, line in enumerate(self.lines("own_prechat"))]
        return found


def _own(line: str, number: int) -> dict[str, Any]:
    required = line.endswith("*")
    label, _colon, choices = line.rstrip("* ").partition(":")
    if "|" not in choices:
        label, choices = line.rstrip("* "), ""
    return {
        "name": f"own{number}",
        "label": label.strip(),
        "required": required,
        "choices": [c.strip() for c in choices.split("|") if c.strip()],
    }


def first_of(site: ChatSite) -> dict[str, Any]:
    """A chat as its form shows it."""
    first: dict[str, Any] = {
        "name": site.inbox.name,
        "language": site.inbox.language,
        "team": site.inbox.team_id,
        "origins": "\n".join(site.origins),
        "languages": site.languages,
        "calendar": site.calendar_id,
        "mail_inbox": site.mail_inbox_id,
    }
    first["take_files"] = site.files
    for name in ("accent", "needs_people", "mail_minutes", "call", "callback"):
        first[name] = getattr(site, name)
    for form, listed in (("prechat", site.prechat), ("offline", site.offline or [{"name": "email", "required": True}])):
        for one in listed:
            first[f"{form}_{one['name']}"] = "required" if one.get("required") else "asked"
    first["own_prechat"] = "\n".join(_line(one) for one in site.prechat if one.get("label"))
    return first


def _line(one: dict[str, Any]) -> str:
    words = str(one.get("label", ""))
    if one.get("choices"):
        words += ": " + " | ".join(one["choices"])
    return words + (" *" if one.get("required") else "")


class InvitationForm(forms.Form):
    """When the chat speaks first, and what it says."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Only you see it."))
    pages = forms.CharField(
        label=_("On which pages"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "*/cart*", **LTR}),
        help_text=_("One pattern a line; * stands for anything. Empty means every page."),
    )
    after_seconds = forms.IntegerField(label=_("After so many seconds on the page"), min_value=0, max_value=3600)
    cart_min = forms.DecimalField(
        label=_("With at least this much in the cart"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text=_("Your site tells the chat what is in the cart. Empty means with any cart."),
    )
    once_days = forms.IntegerField(
        label=_("Not again to the same visitor for so many days"), min_value=0, max_value=365
    )
    active = forms.BooleanField(label=_("In use"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, name in LANGUAGES:
            self.fields[f"text_{code}"] = forms.CharField(
                label=_("Words in %(language)s") % {"language": name},
                required=False,
                max_length=300,
                widget=forms.TextInput(attrs={"lang": code, "dir": "auto"}),
            )

    def texts(self) -> dict[str, str]:
        """The words by language, empty ones left out."""
        return {code: self.cleaned_data[f"text_{code}"] for code, _n in LANGUAGES if self.cleaned_data[f"text_{code}"]}

    def patterns(self) -> list[str]:
        """The pages' patterns."""
        return [line.strip() for line in str(self.cleaned_data["pages"]).splitlines() if line.strip()]


def first_of_invitation(one: ChatInvitation | None) -> dict[str, Any]:
    """An invitation as its form shows it."""
    if one is None:
        return {"after_seconds": 30, "once_days": 1, "active": True}
    first: dict[str, Any] = {n: getattr(one, n) for n in ("name", "after_seconds", "cart_min", "once_days", "active")}
    first["pages"] = "\n".join(one.pages)
    for code, text in one.texts.items():
        first[f"text_{code}"] = text
    return first
