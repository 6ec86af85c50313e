"""The words that the composer says about ways to answer, in the reader's language."""

from django.utils.translation import gettext as _


def ways_words() -> dict[str, str]:
    """Braces are filled by the script."""
    return {
        # Translators: a button; the channel is “Telegram”, “E-mail” …
        "way_switch": _("Switch to {channel}"),
        "way_public": _("In public"),
        "way_private": _("To them alone"),
        # Translators: the time is “40 min”
        "way_left": _("Free answers end in {time}"),
        "send_public": _("Send in public"),
        # Translators: asked before an answer is sent that stands in public
        "public_sure": _("Everybody can read this. Send it?"),
        "choose_template": _("Choose a template"),
        "fill_gaps": _("Fill in every gap of the template."),
        "button_n": _("Button {n}"),
        "chars_left": _("{n} left"),
        "sms_parts": _("{n} messages, {left} left"),
        "long_parts": _("Goes in {n} messages"),
        "no_files": _("{channel} takes no files. Send a link instead."),
        "too_many_files": _("{channel} takes at most {n} files in one message."),
        "too_large_file": _("{channel} takes files of up to {n} MB: “{name}” is larger."),
        "wrong_file": _("{channel} does not take “{name}”."),
    }
