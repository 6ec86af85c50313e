"""Against an SMSC that is not of our making: the simulator of the Kannel project (Debian's kannel-extras)."""

import os
import re
import shutil
import socket
import subprocess
from contextlib import ExitStack, suppress

import pytest

from hospes.channels import operations
from hospes.channels.adapter import ChannelError
from hospes.channels.models import RawMessage
from hospes.channels.smpp.listening import Session
from hospes.channels.smpp.sending import LINES
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.testing.channels import work
from hospes.testing.people import NOON, desk_actor, make_agent
from hospes.tickets import operations as tickets
from hospes.tickets.models import Inbox, Message, Ticket

FOLDERS = os.pathsep.join([os.environ.get("PATH", ""), "/usr/lib/kannel/test"])
SIMULATOR = shutil.which("drive_smpp", path=FOLDERS)
MESSAGES = 30
pytestmark = pytest.mark.skipif(SIMULATOR is None, reason="Kannel's simulator is not installed (kannel-extras)")


@pytest.fixture
def centre(tmp_path):
    """The simulator, with messages for us: (its port, its log). It was made to try Kannel itself, so it also wants to
    be a client of Kannel's own port and gives up after a while when nobody listens there."""
    with ExitStack() as kept:
        with suppress(OSError):  # somebody listens there already
            kept.enter_context(socket.create_server(("127.0.0.1", 13001)))
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        command = [str(SIMULATOR), "-v", "0", "-p", str(port), "-m", str(MESSAGES), "-l", str(tmp_path / "log")]
        running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            yield port, tmp_path / "log"
        finally:
            LINES.close_all()
            running.kill()
            running.wait(10)


def bound(inbox, credential):
    """Our line, as soon as the simulator listens."""
    ends = clock.now().timestamp() + 20
    while True:
        try:
            return Session(inbox, credential)
        except ChannelError:
            assert clock.now().timestamp() < ends


@pytest.mark.django_db(transaction=True)
def test_what_a_foreign_centre_delivers_becomes_a_talk_and_it_takes_each_of_our_answers(settings, centre):
    settings.HTTP_ALLOW = ["127.0.0.1"]
    port, log = centre
    access = {"host": "127.0.0.1", "port": str(port), "system_id": "foo", "password": "bar"}
    credential = {**access, "listen_as": "receiver"}  # it does not know transceivers
    inbox = Inbox.objects.create(name="Demo shop", kind="smpp", address="+37129999999", created_at=NOON)
    operations.save_credential(inbox=inbox, values=credential, actor=SYSTEM, now=NOON)
    session = bound(inbox, credential)
    while RawMessage.objects.count() < MESSAGES:
        assert session.step(20)
    work()
    incoming = list(Message.objects.filter(kind=Message.Kind.INCOMING))
    assert {message.text for message in incoming} == {str(number) for number in range(1, MESSAGES + 1)}
    assert {ticket.inbox_id for ticket in Ticket.objects.all()} == {inbox.pk}
    agent = desk_actor(make_agent("Ivo"))
    for message in incoming:
        tickets.reply(ticket=message.ticket, actor=agent, now=clock.now(), text=f"Yes to {message.text}.")
    work()
    answers = Message.objects.exclude(kind=Message.Kind.INCOMING)
    assert set(answers.values_list("delivery", flat=True)) == {Message.Delivery.SENT}
    told = re.findall(r"submit_sm: short_message = <Yes to (\d+)\.>", log.read_text(errors="replace"))
    assert sorted(map(int, told)) == list(range(1, MESSAGES + 1))
    session.line.close()
