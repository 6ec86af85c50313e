"""Every text of the chat widget, as gettext messages: the boot address sends them in the visitor's language."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from babel import Locale, UnknownLocaleError
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

# What is in braces is filled in by the widget: {name}, {n}, {limit} …
TEXTS: Final[dict[str, "str | Promise"]] = {
    "open": _("Open chat"),
    "close": _("Close chat"),
    "dialog": _("Chat with us"),
    "menu": _("More options"),
    "cancel": _("Cancel"),
    # Translators: above a chat, when people are there to answer.
    "here": _("We are here"),
    # Translators: above a chat, outside opening hours.
    "closed": _("We are closed now"),
    # Translators: {when} is a day and a time, such as "Monday, 09:00".
    "opens": _("We open again: {when}"),
    "replies": _("We usually answer within a minute."),
    "intro": _("Write to us, and a person answers."),
    "start": _("Start chat"),
    "required": _("Please fill this in."),
    "email_wrong": _("Please check this e-mail address."),
    "optional": _("optional"),
    "choose": _("Please choose"),
    "leave": _("Leave us a message, and we answer by e-mail."),
    "leave_send": _("Send message"),
    "left": _("Thank you. We have your message and answer by e-mail."),
    "message": _("Message"),
    "placeholder": _("Write a message …"),
    "again": _("Write to go on with this chat …"),
    "send": _("Send"),
    "attach": _("Add files"),
    "emoji": _("Add an emoji"),
    "drop": _("Drop files here"),
    "remove": _("Remove {name}"),
    "upload_wait": _("Please wait until your files are sent."),
    # Translators: {limit} is a size such as "10 MB".
    "too_large": _("{name} is too large. A file may have at most {limit}."),
    # Translators: {types} is a list of kinds of files, such as "JPG, PNG, PDF".
    "wrong_type": _("{name} cannot be sent. You can send: {types}."),
    "empty_file": _("{name} is empty."),
    "upload_failed": _("{name} could not be sent."),
    "retry": _("Try again"),
    "delete": _("Delete"),
    "log": _("Messages"),
    "you": _("You"),
    # Translators: on a message that is on its way.
    "sending": _("Sending"),
    "sent": _("Sent"),
    "delivered": _("Delivered"),
    "read": _("Read"),
    "failed": _("Not sent"),
    "typing": _("{name} is writing …"),
    "typing_someone": _("Someone is writing …"),
    "queued": _("Someone will be with you soon."),
    "next": _("You are next."),
    "position": _("You are number {n} in the queue."),
    "newest": _("Go to the newest message"),
    "ready": _("Ready answers"),
    "connecting": _("Connecting again …"),
    "offline": _("You are offline. What you write is sent as soon as you are back."),
    "mail_too": _("If you leave, we answer by e-mail."),
    "sound": _("Sound"),
    "language": _("Language"),
    "transcript": _("Send me this chat by e-mail"),
    "transcript_email": _("Your e-mail address"),
    "transcript_sent": _("This chat is on its way to {email}."),
    "end": _("End chat"),
    "end_ask": _("End this chat?"),
    "end_help": _("You can write again at any time."),
    "end_keep": _("Go on chatting"),
    "ended": _("This chat has ended."),
    "rate": _("How did we do?"),
    # Translators: from 1 to 5, read aloud for each star.
    "star_1": _("1 of 5: very bad"),
    "star_2": _("2 of 5: bad"),
    "star_3": _("3 of 5: fair"),
    "star_4": _("4 of 5: good"),
    "star_5": _("5 of 5: very good"),
    "rate_text": _("What could we do better?"),
    "rate_send": _("Send rating"),
    "rated": _("Thank you for your rating."),
    "call": _("Call us in the browser"),
    "callback": _("Ask us to call you back"),
    "dismiss": _("Dismiss"),
    "new_window": _("opens in a new window"),
    "wrong": _("Something went wrong. Please try again."),
    "again_soon": _("That was very fast. Please wait a moment and try again."),
}
# Texts that depend on a number {n}: the widget gets one for each plural form of its language.
COUNTED: Final[dict[str, Callable[[int], str]]] = {
    "unread": lambda n: ngettext("{n} new message", "{n} new messages", n),
    "wait": lambda n: ngettext("About {n} minute to wait.", "About {n} minutes to wait.", n),
    "too_many": lambda n: ngettext(
        "You can send {n} file with a message.", "You can send up to {n} files with a message.", n
    ),
    "waiting": lambda n: ngettext("{n} message waits to be sent.", "{n} messages wait to be sent.", n),
}
_TRIED: Final = range(120)  # every plural form of CLDR for whole numbers shows itself among these


def texts(language: str) -> dict[str, str | dict[str, str]]:
    """All texts in a language; those that count as {plural form of CLDR: text}, as Intl.PluralRules names them."""
    with translation.override(language):
        found: dict[str, str | dict[str, str]] = {key: str(text) for key, text in TEXTS.items()}
        samples = plural_samples(language)
        for key, text in COUNTED.items():
            found[key] = {form: text(n) for form, n in samples.items()}
    return found


@cache
def plural_samples(language: str) -> Mapping[str, int]:
    """A number of each plural form that whole numbers have in a language."""
    try:
        rule = Locale.parse(language, sep="-").plural_form
    except (UnknownLocaleError, ValueError):
        rule = Locale.parse("en").plural_form
    return {rule(n): n for n in reversed(_TRIED)}
