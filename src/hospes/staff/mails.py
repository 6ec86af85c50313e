"""The one mail that the staff room sends: an invitation."""

import logging
from smtplib import SMTPException

from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from hospes.staff.models import Invitation

log = logging.getLogger(__name__)


def send_invitation(invitation: Invitation, token: str, base_url: str) -> bool:
    """Mail an invitation's link in its sender's language; False when the mail server did not take it.

    Call it after the invitation's transaction: it talks to the network. `token` is what `operations.invite` gave.
    """
    host = invitation.invited_by
    link = f"{base_url.rstrip('/')}/account/invitation/{token}/"
    with translation.override((host.language if host else "") or translation.get_language()):
        name = " ".join(host.name.split()) if host else "Hospes"
        message = EmailMessage(
            subject=_("%(name)s invites you to Hospes") % {"name": name},
            body="\n".join(
                [
                    _("Hello %(name)s,") % {"name": invitation.name} if invitation.name else _("Hello,"),
                    "",
                    _("%(name)s invites you to answer customers together in Hospes.") % {"name": name},
                    _("Open this page within a day and choose a password:"),
                    "",
                    link,
                    "",
                    _("If you did not expect this, you need not do anything."),
                    "",
                ]
            ),
            to=[invitation.email],
            headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
        )
    try:
        message.send()
    except (OSError, SMTPException):
        log.exception("An invitation could not be handed to the mail server")
        return False
    return True
