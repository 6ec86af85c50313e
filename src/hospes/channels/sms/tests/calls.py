"""Calls as Twilio makes them, signed independently of the product's code."""

import base64
import hashlib
import hmac
from urllib.parse import urlencode

from hospes.testing.channels import Sent

TOKEN = "12345"


def incoming(*, sender="+14017122661", text="Ahoy! We can't wait to see what you build.", sid="SM" + "a" * 32):
    """The parameters of an incoming message as Twilio documents them."""
    return {
        "ToCountry": "US",
        "ToState": "",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ToCity": "",
        "FromZip": "",
        "SmsSid": sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": text,
        "FromCountry": "US",
        "To": "+15557122661",
        "ToZip": "",
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": "AC" + "a" * 32,
        "From": sender,
        "ApiVersion": "2010-04-01",
    }


def status(sid, state, **more):
    """The parameters of a status callback."""
    return {
        "SmsSid": sid,
        "SmsStatus": state,
        "MessageStatus": state,
        "To": "+37120000001",
        "MessageSid": sid,
        "AccountSid": "AC" + "a" * 32,
        "From": "+15557122661",
        "ApiVersion": "2010-04-01",
        **more,
    }


def signed(url, form, token=TOKEN):
    """The call, with the signature that the documentation describes."""
    text = url + "".join(name + form[name] for name in sorted(form))
    made = base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
    return Sent(urlencode(form).encode(), {"X-Twilio-Signature": made}, "application/x-www-form-urlencoded")
