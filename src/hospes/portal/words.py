"""What the customer's call page says from its script."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def call_words() -> dict[str, str]:
    """Texts by key; {braces} are filled in by the script."""
    return {
        "mute": _("Mute"),
        "unmute": _("Unmute"),
        "is_muted": _("Your microphone is off. Nobody hears you."),
        "is_unmuted": _("Your microphone is on."),
        "camera_on": _("Camera on"),
        "camera_off": _("Camera off"),
        "camera_is_on": _("Your camera is on."),
        "camera_is_off": _("Your camera is off."),
        "no_camera": _("Your camera cannot be used. You can talk all the same."),
        "screen_on": _("Share screen"),
        "screen_off": _("Stop sharing"),
        "screen_is_on": _("Others see your screen now."),
        "screen_is_off": _("Your screen is yours alone again."),
        "not_allowed": _(
            "Your browser does not let us use the microphone. Allow it beside the address, then try again."
        ),
        "not_found": _("No microphone was found. Plug one in, then try again."),
        "not_readable": _("The microphone is used by another program. Close it, then try again."),
        # Translators: {name} is a person's name
        "connecting": _("{name} – connecting…"),
        # Translators: {name} is a person whose microphone is off
        "muted_name": _("{name} – microphone off"),
        "somebody": _("Somebody of our team"),
        "customer": pgettext("call", "Customer"),
        "waiting": _("We are looking for somebody for you."),
        "place": _("You are number {n} in the queue."),
        "wait_minutes": _("It usually takes about {n} min."),
        "wait_soon": _("It usually takes less than a minute."),
        "ringing": _("It rings…"),
        "talking": _("{name} is on the line."),
        "held": _("You are on hold. Nobody hears you now."),
        "lost": _("The connection is lost. We are trying again…"),
        "back": _("Connected again."),
        "alone": _("The other side lost the connection. Please wait a moment."),
        "over": _("The call has ended."),
        "missed": _("Nobody could answer. We have your request and will come back to you."),
        "recorded": _("This call is recorded."),
        "not_recorded": _("The recording has stopped."),
        "nothing_to_keep": _("There is no picture yet. Turn on the camera or share the screen first."),
        "picture_kept": _("The picture is on your request now."),
        "marked": _("Marks on the picture: {n}"),
        "failed": _("That did not work. Try again."),
        "press_to_hear": _("Press anywhere to hear the others."),
        "leave_page": _("The call ends when you leave this page."),
    }
