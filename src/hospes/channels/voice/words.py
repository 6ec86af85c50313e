"""What callers and agents hear, in six languages; an admin may put other words, and sound where there is no voice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# Translators: these are spoken on the phone; keep them short and friendly
LINES: Final[dict[str, "str | Promise"]] = {
    "greeting": _("Hello, and thank you for calling."),
    "consent": _("This call is recorded, so that we can help you better. Tell us if you do not want that."),
    # Translators: follows the words about recording
    "refuse": _("To go on without recording, press 9."),
    "menu_key": _("For %(what)s, press %(key)s."),
    "menu_person": _("To speak with somebody now, press 0."),
    "menu_extension": _("If you know an extension, type it at any time."),
    "again": _("I did not understand that."),
    "wait": _("Please stay on the line. The next of us who is free will speak with you."),
    "position": _("You are number %(number)s in the queue."),
    "minutes": _("It will take about %(number)s minutes."),
    "offer": _("If you would rather be called back, press 1. You keep your place."),
    "closed": _("We are closed at the moment."),
    "voicemail": _("Please leave a message after the tone. Press the hash key when you are done."),
    "voicemail_kept": _("Thank you. We have your message and will answer it."),
    "voicemail_empty": _("We heard no message."),
    "number": _("Shall we call you back at %(number)s? Press 1 for yes. For another number, type it and press hash."),
    "number_ask": _("At which number shall we call you back? Type it, and press the hash key."),
    "number_wrong": _("We cannot call that number."),
    "callback_kept": _("Thank you. We will call you back at %(number)s. Goodbye."),
    "goodbye": _("Thank you for calling. Goodbye."),
    "whisper": _("A call from %(name)s: %(subject)s. To answer, press any key."),
    "whisper_back": _("You are about to call %(name)s: %(subject)s. Press any key, and we connect you."),
    "outbound": _("This is %(company)s. We are calling you as you asked. One moment, we connect you."),
    "gone": _("The caller has hung up."),
    "trouble": _("We are sorry, that did not work. Please call again in a moment."),
}
# Languages in which the provider speaks (its page "Text-to-Speech"); others are played, or said in English.
VOICES: Final = {"en": "en-US", "lv": "lv-LV", "tr": "tr-TR"}
MUSIC: Final = "music"
# What can be played instead: all but lines with numbers or names in them, which are put together anew each time.
PLAYED: Final = (
    "greeting", "consent", "refuse", "menu_person", "menu_extension", "again", "wait", "offer", "closed", "voicemail",
    "voicemail_kept", "voicemail_empty", "number", "number_ask", "number_wrong", "callback_kept", "goodbye", "outbound",
    "gone", "trouble", MUSIC,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that is heard: words in a language of the provider, or a sound's address."""

    text: str = ""
    language: str = "en-US"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Tongue:
    """How one caller is spoken to. `texts` and `audio` (addresses) are the inbox's own, by language and line."""

    language: str = "en"
    voices: Mapping[str, str] = field(default_factory=lambda: VOICES)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    audio: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def line(self, key: str, /, **values: Any) -> Heard:
        """One line as it is heard: a sound of the inbox, else words in the caller's language, else in English."""
        sound = self.audio.get(self.language, {}).get(key)
        if sound:
            return Heard(url=sound)
        spoken = self.language if self.language in self.voices else "en"
        own = self.texts.get(spoken, {}).get(key)
        if own:
            return Heard(own, self.voices.get(spoken, "en-US"))
        with translation.override(spoken):
            text = str(LINES[key])
        return Heard(text % values if values else text, self.voices.get(spoken, "en-US"))

    def free(self, text: str) -> Heard:
        """Words that somebody wrote, in the caller's language as far as there is a voice."""
        return Heard(text, self.voices.get(self.language, "en-US"))

    @property
    def spoken(self) -> str:
        """The language in which words are really said."""
        return self.language if self.language in self.voices else "en"

    def sound(self, key: str) -> str:
        """A sound's address of the caller's language, or of any."""
        own = self.audio.get(self.language, {}).get(key)
        return own or next((lines[key] for lines in self.audio.values() if key in lines), "")


def phrase(key: str, language: str) -> str:
    """What a line says in a language, to be read by whoever records it."""
    if key == MUSIC:
        return gettext("Music for those who wait")
    with translation.override(language):
        return str(LINES[key]) % {"number": "…", "company": "…"}


def unvoiced(language: str, voices: Mapping[str, str], audio: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    """The lines of a language that callers hear in English, for there is neither a voice nor a sound."""
    if language in voices:
        return ()
    return tuple(key for key in PLAYED if key != MUSIC and not audio.get(language, {}).get(key))


def digits_apart(number: str) -> str:
    """A number as it is to be read out: digit by digit."""
    return " ".join(c for c in number if c.isdigit())
