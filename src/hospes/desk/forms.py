"""The desk's forms: they read and check input, operations decide."""

import zoneinfo
from typing import Any

import phonenumbers
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hospes.staff.models import Role
from hospes.staff.queries import teams
from hospes.tickets.models import Inbox, Priority, TicketType
from hospes.tickets.models.setup import Category
from hospes.tickets.queries import active_inboxes

LANGUAGES = settings.LANGUAGES


class NewTicketForm(forms.Form):
    """Whom, what about, and whether we write first or note down what somebody said."""

    direction = forms.ChoiceField(
        label=_("What is it?"),
        choices=[
            ("outgoing", _("We write to the customer")),
            ("incoming", _("Note down what a customer said")),
        ],
        widget=forms.RadioSelect,
    )
    to = forms.CharField(
        label=_("Customer's e-mail address"),
        max_length=320,
        widget=forms.TextInput(
            attrs={"dir": "ltr", "inputmode": "email", "list": "people-known", "autocomplete": "off"}
        ),
    )
    name = forms.CharField(
        label=_("Their name"), max_length=200, required=False, help_text=_("Only for a new customer.")
    )
    inbox = forms.ModelChoiceField(label=_("From inbox"), queryset=Inbox.objects.none(), empty_label=None)
    subject = forms.CharField(label=_("Subject"), max_length=500)
    html = forms.CharField(label=_("Message"), widget=forms.Textarea(attrs={"rows": 8, "data-rich": ""}))
    priority = forms.TypedChoiceField(label=_("Priority"), choices=Priority.choices, coerce=int, initial=2)
    type = forms.ChoiceField(label=_("Type"), required=False, choices=[("", "—"), *TicketType.choices])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inboxes: Any = self.fields["inbox"]
        inboxes.queryset = active_inboxes("email")


class CustomerForm(forms.Form):
    """What is known about a customer."""

    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    company = forms.CharField(label=_("Company"), max_length=200, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=[("", "—"), *LANGUAGES], required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    vip = forms.BooleanField(label=_("VIP: goes before others"), required=False)
    notes = forms.CharField(
        label=_("What colleagues should know"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones: Any = self.fields["time_zone"]
        zones.choices = zone_choices()


class NewCustomerForm(forms.Form):
    """A customer made by hand."""

    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(label=_("E-mail address"), required=False)
    phone = forms.CharField(
        label=_("Phone number"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"})
    )
    company = forms.CharField(label=_("Company"), max_length=200, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=[("", "—"), *LANGUAGES], required=False)


def zone_choices() -> list[tuple[str, str]]:
    """Every time zone by its name."""
    names = sorted(
        n for n in zoneinfo.available_timezones() if "/" in n and not n.startswith(("Etc/", "posix", "right"))
    )
    return [("", "—"), ("UTC", "UTC"), *((n, n.replace("_", " ")) for n in names)]


class PreferencesForm(forms.Form):
    """How the desk is for one agent."""

    name = forms.CharField(label=_("Your name, as customers see it"), max_length=150)
    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("As in the browser")), *LANGUAGES], required=False
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    theme = forms.ChoiceField(
        label=_("Colours"),
        required=False,
        choices=[
            ("auto", _("As on this computer")),
            ("light", pgettext_lazy("colours", "Light")),
            ("dark", pgettext_lazy("colours", "Dark")),
        ],
        widget=forms.RadioSelect,
    )
    single_keys = forms.BooleanField(
        label=_("Keys of one letter"),
        help_text=_("Switch off if you dictate or if keys are pressed by accident. Ctrl keys go on working."),
        required=False,
    )
    phone = forms.CharField(
        label=_("My phone number"), max_length=40, required=False,
        widget=forms.TextInput({"type": "tel", "dir": "ltr", "autocomplete": "tel"}),
    )  # fmt: skip
    signature_html = forms.CharField(
        label=_("Signature under your replies"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "data-rich": ""}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones: Any = self.fields["time_zone"]
        zones.choices = zone_choices()

    def clean_phone(self) -> str:
        """The number in E.164: it is what rings for calls. One that stands there already is left as it is."""
        text = str(self.cleaned_data["phone"]).strip()
        if not text or text == self.initial.get("phone"):
            return text
        try:
            number = phonenumbers.parse(text)
        except phonenumbers.NumberParseException as error:
            words = _("This is no phone number. Write it with its country code, such as +371 2000 0001.")
            raise forms.ValidationError(words) from error
        if not phonenumbers.is_valid_number(number):
            raise forms.ValidationError(_("There is no such phone number. Please check the digits."))
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


class InboxForm(forms.Form):
    """An inbox and how it behaves."""

    name = forms.CharField(label=_("Name, as customers see it"), max_length=100)
    address = forms.EmailField(label=_("Address"), max_length=320)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    team = forms.ModelChoiceField(
        label=_("Team that gets its tickets"), queryset=teams(), required=False, empty_label="—"
    )
    acknowledge = forms.BooleanField(
        label=_("Tell customers that their message arrived"),
        help_text=_("Once a ticket, in their language, never to machines."),
        required=False,
    )
    promise_hours = forms.IntegerField(label=_("Hours within which we promise an answer"), min_value=1, max_value=720)
    in_contact_form = forms.BooleanField(label=_("Can be chosen in the contact form"), required=False)
    signature_html = forms.CharField(
        label=_("Signature of this inbox"), required=False, widget=forms.Textarea(attrs={"rows": 3, "data-rich": ""})
    )


class CredentialForm(forms.Form):
    """How an inbox reaches its mail provider. Passwords are never shown again; empty keeps them."""

    smtp = forms.CharField(
        label=_("Sending: SMTP address"),
        required=False,
        help_text=_("smtp://user:password@mail.example.com:587 — empty uses the installation's relay."),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    imap_host = forms.CharField(
        label=_("Fetching: IMAP server"), required=False, widget=forms.TextInput({"dir": "ltr"})
    )
    imap_port = forms.IntegerField(label=_("Port"), required=False, min_value=1, max_value=65535)
    imap_user = forms.CharField(label=_("User name"), required=False, widget=forms.TextInput({"dir": "ltr"}))
    imap_password = forms.CharField(
        label=_("Password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Empty keeps the one that is stored."),
    )
    imap_token = forms.CharField(
        label=_("OAuth token in place of the password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Empty keeps the one that is stored."),
    )
    imap_folder = forms.CharField(label=_("Folder"), required=False, initial="INBOX")
    imap_security = forms.ChoiceField(
        label=_("Encryption"), required=False, choices=[("tls", "TLS"), ("starttls", "STARTTLS"), ("none", "—")]
    )
    imap_after = forms.ChoiceField(
        label=_("Once it is taken in, mail in the folder"),
        required=False,
        choices=[("keep", _("stays as it is")), ("seen", _("is marked as read")), ("delete", _("is deleted"))],
    )
    webhook = forms.BooleanField(
        label=_("Take mail from a provider's webhook"),
        required=False,
        help_text=_("Makes a secret address, shown above once this is saved."),
    )
    webhook_settings = forms.CharField(
        label=_("Signature keys of the provider"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "ltr"}),
        help_text=_("One a line as in django-anymail, such as webhook_signing_key=… Empty keeps what is stored."),
    )

    def clean_webhook_settings(self) -> dict[str, str]:
        """Lines of name=value as a mapping."""
        pairs = [line.partition("=") for line in self.cleaned_data["webhook_settings"].splitlines() if line.strip()]
        if any(not name.strip().isidentifier() or not value for name, _sign, value in pairs):
            raise forms.ValidationError(_("Write name=value, one a line."))
        return {name.strip(): value.strip() for name, _sign, value in pairs}


class TeamForm(forms.Form):
    """A team."""

    name = forms.CharField(label=_("Name"), max_length=100)


class TagForm(forms.Form):
    """A tag's name."""

    name = forms.CharField(label=_("Name"), max_length=60)


class StatusForm(forms.Form):
    """An own status within one of the six that the system understands."""

    name = forms.CharField(label=_("Name"), max_length=60)
    category = forms.ChoiceField(label=_("Counts as"), choices=Category.choices)


class AgentForm(forms.Form):
    """Somebody's role, teams and limits."""

    name = forms.CharField(label=_("Name"), max_length=150)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    teams = forms.ModelMultipleChoiceField(
        label=_("Teams"), queryset=teams(), required=False, widget=forms.CheckboxSelectMultiple
    )
    only_own_teams = forms.BooleanField(label=_("Sees only the tickets of these teams and their own"), required=False)


class InvitationForm(AgentForm):
    """An invitation: an address besides."""

    name = forms.CharField(label=_("Name"), max_length=150, required=False)
    email = forms.EmailField(label=_("E-mail address"))
    field_order = ["email", "name", "role", "teams", "only_own_teams"]


class BlockForm(forms.Form):
    """A sender to block."""

    pattern = forms.CharField(
        label=_("Address or domain"),
        max_length=320,
        help_text=_("anna@example.com, or @example.com for everybody there."),
        widget=forms.TextInput({"dir": "ltr"}),
    )
    reason = forms.CharField(label=_("Why"), max_length=300, required=False)
