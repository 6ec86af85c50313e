"""The one mail that the portal itself sends: the sign-in code and link. Everything else goes out as ticket mail."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from hospes.customers import queries as customers
from hospes.portal.company import company_name
from hospes.tickets.queries.setup import is_own_address


def send_code(*, email: str, code: str, token: str, base_url: str, language: str) -> None:
    """Mail a sign-in code and link, in the customer's own language when we know it.

    Never to an address of our own inboxes: a code that became a ticket could be read by whoever asked for it.
    Raises what the mail backend raises (OSError, smtplib.SMTPException).
    """
    if is_own_address(email):
        return
    known = customers.find_by_contact("email", email)
    if known is not None and known.language in dict(settings.LANGUAGES):
        language = known.language
    with translation.override(language):
        link = base_url + reverse("portal:link", args=[token])
        context = {"code": code, "link": link, "company": company_name(), "language": language}
        message = EmailMultiAlternatives(
            subject=_("%(code)s is your sign-in code for %(company)s")
            % {"code": code, "company": " ".join(company_name().split())},
            body=render_to_string("portal/mail/code.txt", context),
            to=[email],
            headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
        )
        message.attach_alternative(render_to_string("portal/mail/code.html", context), "text/html")
    message.send()
