"""The words that the desk's scripts say, in the reader's language; handed to the page as JSON."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hospes.desk.topics.calls.words import ring_words
from hospes.desk.topics.channels.words import ways_words


def script_words() -> dict[str, str]:
    """Every text that JavaScript shows. Braces are filled by the script; plurals come as one and many."""
    calls = {f"call_{key}": text for key, text in ring_words().items()}
    return {**_writing(), **_changes(), **_around(), **ways_words(), **calls}


def _writing() -> dict[str, str]:
    """What is said while one writes and sends."""
    return {
        "sent": _("Reply sent"),
        "noted": _("Note added"),
        "forwarded": _("Forwarded"),
        "undo": _("Undo"),
        "undone": _("Taken back. You can go on writing."),
        "not_saved": _("Not saved yet: no connection. What you typed is kept here."),
        "saved": _("Draft saved"),
        "draft_elsewhere": _("You changed this draft in another window. Reload to see it."),
        "send": _("Send"),
        "send_anyway": _("Send anyway"),
        "answered_meanwhile": _("{name} wrote while you were writing. Read it above, then press again to send yours."),
        "somebody": _("Somebody"),
        "uploading": _("Uploading {name}"),
        "upload_failed": _("{name} was not attached: {why}"),
        "wait_upload": _("A file is still being uploaded."),
        "drop": _("Drop files to attach them"),
        "remove": _("Remove"),
        "empty": _("Write something first."),
        "quoted_by": _("{name} wrote:"),
    }


def _changes() -> dict[str, str]:
    """What is said of changes, of one ticket or of many."""
    return {
        "solved": _("Solved"),
        "snoozed": _("Snoozed"),
        "spam": _("Marked as spam"),
        "merged": _("Merged"),
        "linked": _("Linked"),
        "blocked": _("Blocked"),
        "split": _("Split off into #{number}"),
        "changed": pgettext("toast", "Changed"),
        "failed": _("That did not work. Nothing was changed."),
        "chosen_one": _("1 chosen"),
        "chosen_many": _("{n} chosen"),
        "bulk_progress": _("{done} of {all} done"),
        "bulk_done_one": _("1 ticket changed"),
        "bulk_done_many": _("{n} tickets changed"),
        "bulk_refused": _("{n} could not be changed: {why}"),
        "merge_label": _("Merge {n} tickets into #{number}"),
        "no_ticket": _("Choose a ticket first."),
        "link_copied": _("Link copied"),
        "unread": _("Marked as unread"),
        "took": _("It is yours now"),
        "customer_saved": _("Kept on the customer"),
    }


def _around() -> dict[str, str]:
    """What is said of the connection, of others and of what was found."""
    return {
        "offline": _("No connection. You can go on reading and writing."),
        "offline_one": _("No connection. 1 change waits to be sent."),
        "offline_many": _("No connection. {n} changes wait to be sent."),
        "back_online": _("Connected again. Everything is up to date."),
        "new_one": _("1 new"),
        "new_many": _("{n} new"),
        "viewing_one": _("{name} is looking"),
        "viewing_many": _("{names} are looking"),
        "writing_one": _("{name} is writing…"),
        "actions": _("Actions"),
        "go_to": _("Go to"),
        "tickets": _("Tickets"),
        "customers": _("Customers"),
        "macros": _("Macros"),
        "nothing_found": _("Nothing found."),
        "search_for": _("Search all messages for “{text}”"),
        "load_failed": _("This could not be loaded."),
        "retry": _("Try again"),
    }
