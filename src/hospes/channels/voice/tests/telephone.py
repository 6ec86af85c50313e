"""A telephone network for tests: the provider on loopback, callers and agents who pick up, press keys and hang up."""

import itertools
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

from django.conf import settings
from django.test import Client

from hospes.channels import inbound, operations, outbound
from hospes.channels.voice import carrying
from hospes.channels.voice.tests.contract import ACCOUNT, FORM, TOKEN, signed
from hospes.core import clock, outbox
from hospes.core.actors import SYSTEM
from hospes.routing import operations as routing
from hospes.testing.people import NOON
from hospes.testing.standin import Reply
from hospes.tickets.models import Inbox

OURS = "+37167000000"
ANNA = "+37120000001"


class Line:
    """One telephone: what it hears now, and what its owner does."""

    def __init__(self, network, sid, number):
        self.network, self.sid, self.number = network, sid, number
        self.page, self.status, self.sent, self.said = None, 0, None, []

    def post(self, url, **more):
        """The provider's signed request; the answer becomes what this line hears."""
        form = {"AccountSid": ACCOUNT, "CallSid": self.sid, "From": self.number, "To": OURS, **more}
        body, headers = signed(url, form)
        self.sent = (url, body, headers)
        return self.again()

    def again(self):
        """The very same request once more."""
        url, body, headers = self.sent
        response = Client().post(urlsplit(url).path, data=body, content_type=FORM, headers=headers)
        self.status = response.status_code
        if response.status_code == 200:
            self.page = ET.fromstring(response.content)
        return self

    def ring(self, **more):
        """Dial our number."""
        return self.post(f"{settings.PUBLIC_URL}/channels/voice/{self.network.inbox.pk}/", CallStatus="ringing", **more)

    @property
    def does(self):
        """The elements of what is heard, in order."""
        return [e.tag for e in self.page.iter() if e.tag not in {"Response"}]

    @property
    def words(self):
        """All that is said."""
        return " ".join(e.text or "" for e in self.page.iter("Say")) if self.page is not None else ""

    def mark(self, tag, name):
        """An attribute of the first such element."""
        found = next(iter(self.page.iter(tag)), None)
        return found.get(name) if found is not None else None

    def next(self):
        """Where the provider goes on."""
        for tag in ("Gather", "Record", "Dial"):
            if self.mark(tag, "action"):
                return self.mark(tag, "action")
        return next(self.page.iter("Redirect")).text

    def press(self, digits=""):
        """Press keys, or none until the time is over."""
        return self.post(self.next(), CallStatus="in-progress", Digits=digits)

    def speak(self, seconds=12, recording="RE" + "7" * 32):
        """Speak after the tone."""
        url = f"{self.network.provider.url}/2010-04-01/Accounts/{ACCOUNT}/Recordings/{recording}"
        return self.post(
            self.next(), CallStatus="in-progress", RecordingSid=recording, RecordingUrl=url,
            RecordingDuration=str(seconds),
        )  # fmt: skip

    def hang_up(self, status="completed"):
        """Hang up: the provider tells the number's address, or the line's own."""
        url = self.network.status_of.get(self.sid) or f"{settings.PUBLIC_URL}/channels/voice/{self.network.inbox.pk}/"
        return self.post(url, CallStatus=status)


class Network:
    """The provider with its lines; `let(seconds)` lets time go by and workers work."""

    def __init__(self, provider, monkeypatch):
        self.provider, self.skew = provider, timedelta()
        real = clock.now
        monkeypatch.setattr(clock, "now", lambda: real() + self.skew)
        self.inbox = Inbox.objects.create(name="Demo shop", kind="voice", address=OURS, created_at=NOON)
        values = {"account_sid": ACCOUNT, "auth_token": TOKEN, "api_base": provider.url}
        operations.save_credential(inbox=self.inbox, values=values, actor=SYSTEM, now=NOON)
        self.numbers, self.rung, self.status_of, self.orders, self.lines = itertools.count(1), [], {}, [], {}
        provider.usual = self.answer

    def answer(self, asked):
        """The documented API: Calls, Participants, Conferences, Recordings."""
        path = asked.path.removeprefix(f"/2010-04-01/Accounts/{ACCOUNT}")
        assert path != asked.path, "not below our account"
        assert asked.headers["authorization"].startswith("Basic ")
        form = dict(parse_qsl(asked.body.decode()))
        if asked.method == "GET" and path.startswith("/Recordings/"):
            return Reply(body=b"ID3 sound", headers={"Content-Type": "audio/mpeg"})
        if path == "/Calls.json" and "Twiml" not in form:
            sid = f"CA{next(self.numbers):032x}"
            self.status_of[sid] = form["StatusCallback"]
            self.rung.append((sid, form))
            return Reply(status=201, data={"sid": sid, "status": "queued"})
        self.orders.append((path, form))
        return Reply(data={"sid": "x"})

    def caller(self, number=ANNA, **more):
        """Somebody calls us."""
        line = Line(self, f"CA{900 + next(self.numbers):032x}", number)
        self.lines[line.sid] = line
        return line.ring(**more)

    def let(self, seconds=0):
        """Time goes by; workers do all that is due."""
        self.skew += timedelta(seconds=seconds)
        for _round in range(60):
            now = clock.now() + timedelta(seconds=1)
            done = [inbound.ingest_waiting(now=now), outbox.drain(now=now), routing.work_through(now=now)]
            done += [carrying.carry_out(now=now), carrying.fetch_recordings(now=now), outbound.deliver_waiting(now=now)]
            if not any(done):
                return self._follow()
        raise AssertionError("this goes round in circles")

    def _follow(self):
        """What the provider was told to go on with, it goes on with."""
        for path, form in self.orders:
            if form.get("Url") and path.startswith("/Calls/"):
                sid = path.removeprefix("/Calls/").removesuffix(".json")
                self.lines[sid].post(form["Url"], CallStatus="in-progress")
        told, self.orders = self.orders, []
        self.told = [*getattr(self, "told", []), *told]

    def phone(self, number):
        """The telephone that is rung last at this number, picked up."""
        sid, form = next((sid, form) for sid, form in reversed(self.rung) if form["To"] == number)
        line = self.lines.setdefault(sid, Line(self, sid, OURS))
        line.rang = form
        return line

    def pick_up(self, number):
        """Somebody picks up."""
        line = self.phone(number)
        return line.post(line.rang["Url"], CallStatus="in-progress")

    def ignore(self, number, status="no-answer"):
        """It rang, and nobody picked up."""
        line = self.phone(number)
        return line.post(line.rang["StatusCallback"], CallStatus=status)

    def tell_join(self, line):
        """The provider tells that a line is in the room."""
        url = line.mark("Conference", "statusCallback")
        form = {"ConferenceSid": "CF" + "1" * 32, "StatusCallbackEvent": "participant-join", "FriendlyName": "room"}
        return Line.post(_Deaf(self, line.sid, line.number), url, **form)


class _Deaf(Line):
    """Hears nothing of the answer."""
