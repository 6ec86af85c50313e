"""Forms of the customer's side: what is asked, and in which words a mistake is named."""

import zoneinfo
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from hospes.core.errors import HospesError
from hospes.portal import uploads
from hospes.tickets.models import Inbox

EMAIL_ERRORS = {
    "required": _("Write your e-mail address."),
    "invalid": _("Write a full e-mail address, such as anna@example.com."),
}


class SeveralFiles(forms.FileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files up to the limits of `uploads`; empty files are left out."""

    widget = SeveralFiles

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """The limits in bytes, so that the script can say no before anything is sent."""
        return {"data-each": settings.MAX_ATTACHMENT_BYTES, "data-all": uploads.MOST_BYTES}

    def clean(self, data: Any, initial: Any = None) -> list[uploads.Uploaded]:
        """The files as a list. Raises ValidationError in the words of the refusal."""
        several = data if isinstance(data, list | tuple) else [data] if data else []
        files = [file for file in several if isinstance(file, UploadedFile) and file.size]
        try:
            uploads.check(files)
        except HospesError as error:
            raise forms.ValidationError(str(error.message)) from None
        return files


def files_field() -> FilesField:
    """The attachments of a message."""
    return FilesField(
        label=_("Files"),
        required=False,
        help_text=format_lazy(
            _("Photos and documents, up to {limit} MB each."), limit=settings.MAX_ATTACHMENT_BYTES // (1024 * 1024)
        ),
    )


def text_field(label: Any, required: Any, rows: int = 7) -> forms.CharField:
    """What somebody has to say."""
    return forms.CharField(
        label=label,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}),
        error_messages={"required": required, "max_length": _("This is too long. Attach it as a file instead.")},
    )


class ContactForm(forms.Form):
    """A message to the company from anybody."""

    inbox = forms.TypedChoiceField(
        label=_("What is it about?"),
        coerce=int,
        error_messages={"required": _("Choose what it is about."), "invalid_choice": _("Choose what it is about.")},
    )
    name = forms.CharField(
        label=_("Your name"), max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("We answer to this address."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages=EMAIL_ERRORS,
    )
    subject = forms.CharField(
        label=_("In a few words"),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto"}),
        error_messages={"required": _("Say in a few words what it is about.")},
    )
    message = text_field(_("Your message"), _("Write your message."))
    attachments = files_field()

    def __init__(self, *args: Any, inboxes: list[Inbox], signed_in: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topics = self.fields["inbox"]
        assert isinstance(topics, forms.TypedChoiceField)
        topics.choices = [(inbox.pk, inbox.name) for inbox in inboxes]
        if len(inboxes) == 1:
            topics.required = False
            topics.widget = forms.HiddenInput()
            topics.empty_value = inboxes[0].pk  # type: ignore[assignment]
        if signed_in:
            del self.fields["name"], self.fields["email"]


class AnswerForm(forms.Form):
    """One more message on a request."""

    message = text_field(_("Your answer"), _("Write your answer first."), rows=5)
    attachments = files_field()


class AddressForm(forms.Form):
    """Where to mail a sign-in code."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
        error_messages=EMAIL_ERRORS,
    )


class CodeForm(forms.Form):
    """The mailed code; pasted with spaces or dashes it is good too."""

    code = forms.CharField(
        label=_("Code from the e-mail"),
        max_length=30,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "class": "code",
                "autofocus": True,
                "spellcheck": "false",
            }
        ),
        error_messages={"required": _("Type the six digits from the e-mail.")},
    )

    def clean_code(self) -> str:
        """The digits alone, also when typed on a Persian keyboard."""
        return "".join(str(int(c)) for c in self.cleaned_data["code"] if c.isdecimal())


def zone_choices() -> list[tuple[str, str]]:
    """All time zones that belong to places, and none."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [("", "—"), *((name, name.replace("_", " ")) for name in names)]


class DetailsForm(forms.Form):
    """What a customer says of themselves."""

    name = forms.CharField(
        label=_("Your name"), max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(label=_("Language"), help_text=_("Of these pages and of our e-mails to you."))
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    preferred_channel = forms.ChoiceField(
        label=_("How we may best answer you"),
        required=False,
        help_text=_("We use it where we can. Answers always appear on these pages, too."),
    )

    def __init__(self, *args: Any, channels: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        preferred = self.fields["preferred_channel"]
        assert isinstance(preferred, forms.ChoiceField)
        preferred.choices = [("", _("However I write to you")), *channels]
        if len(channels) < 2:
            del self.fields["preferred_channel"]
        for field, choices in (("language", settings.LANGUAGES), ("time_zone", zone_choices())):
            choice = self.fields[field]
            assert isinstance(choice, forms.ChoiceField)
            choice.choices = choices
