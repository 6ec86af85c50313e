"""What every channel promises that passes on what we read and that we write: asked of each adapter with the hooks."""

from datetime import timedelta

import pytest

from hospes.channels import operations, telling
from hospes.channels.adapter import BaseAdapter
from hospes.channels.models import Credential, Delivery, Telling
from hospes.channels.registry import ADAPTERS, adapters
from hospes.channels.tests.test_contract import contract_of
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.core.models import EventRow
from hospes.core.secrets import unseal
from hospes.testing.channels import Words, work
from hospes.testing.people import NOON, desk_actor, make_agent, receive, settle
from hospes.testing.standin import Reply, standin
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Ticket


def has(kind, hook):
    """Whether a channel's adapter has a hook of its own."""
    return getattr(type(adapters()[kind]), hook) is not getattr(BaseAdapter, hook)


SEEING = [kind for kind in ADAPTERS if has(kind, "seen")]
TYPING = [kind for kind in ADAPTERS if has(kind, "typing")]


@pytest.fixture
def provider(settings):
    """The provider, played on loopback."""
    settings.HTTP_ALLOW = ["127.0.0.1"]
    with standin() as running:
        yield running


@pytest.fixture
def ivo(db):
    """Somebody who answers."""
    return desk_actor(make_agent("Ivo"))


def began(kind, provider, **said):
    """A customer has written; (contract, inbox, ticket)."""
    contract = contract_of(kind)
    inbox = contract.inbox(provider)
    assert contract.deliver(inbox, Words(**said)) == 200
    work()
    provider.asked.clear()
    return contract, inbox, Ticket.objects.get()


def look(ticket, actor):
    """An agent has the talk before them."""
    newest = ticket.messages.latest("id")
    tickets.mark_read(ticket=ticket, message_id=newest.pk, actor=actor, now=clock.now())


def type_(ticket, inbox, actor, *, on=True, later=0.0):
    """An agent writes, or has stopped."""
    now = clock.now() + timedelta(seconds=later)
    return telling.ask_typing(ticket_id=ticket.pk, inbox_id=inbox.pk, on=on, actor=actor, now=now)


def told(contract, provider):
    """What the customer was told of us, in order."""
    return [what for one in provider.asked if (what := contract.told(one))]


def without_telling(inbox):
    """The inbox's admin does not want customers to know what was read."""
    values = unseal(Credential.objects.get(pk=inbox.pk).sealed)
    operations.save_credential(inbox=inbox, values={**values, "tell_read": False}, actor=SYSTEM, now=NOON)


def test_traits_say_what_adapters_can_do():
    assert {"whatsapp", "messenger", "instagram"} <= set(SEEING)
    assert {"whatsapp", "messenger", "instagram", "telegram"} <= set(TYPING)
    for kind, adapter in adapters().items():
        assert adapter.traits.seen is (kind in SEEING), kind
        assert (adapter.traits.typing_lasts > 0) is (kind in TYPING), kind
        assert adapter.traits.typing or kind not in TYPING
        assert any(field.name == "tell_read" for field in adapter.fields) is (kind in SEEING), kind


@pytest.mark.parametrize("kind", SEEING)
def test_what_an_agent_reads_first_is_told_once(kind, provider, ivo):
    contract, inbox, ticket = began(kind, provider)
    look(ticket, ivo)
    work()
    assert told(contract, provider) == ["seen"]
    look(ticket, ivo)
    look(ticket, desk_actor(make_agent("Vera")))
    tickets.reply(ticket=ticket, actor=ivo, now=clock.now(), text="It left today.")
    work()
    assert told(contract, provider) == ["seen"]
    assert Message.objects.get(kind="reply").delivery == Message.Delivery.SENT
    assert contract.deliver(inbox, Words(text="Thank you!", message_id="m-2")) == 200
    work()
    look(ticket, ivo)
    work()
    assert told(contract, provider) == ["seen", "seen"]
    assert EventRow.objects.filter(name="MessagesSeen").count() == 2


@pytest.mark.parametrize("kind", SEEING)
def test_who_answers_without_having_opened_it_has_read_it_too(kind, provider, ivo):
    contract, _inbox, ticket = began(kind, provider)
    tickets.reply(ticket=ticket, actor=ivo, now=clock.now(), text="It left today.")
    work()
    look(ticket, ivo)
    work()
    assert told(contract, provider) == ["seen"]
    assert len(contract.sent_texts(provider.asked)) == 1


@pytest.mark.parametrize("kind", SEEING)
def test_a_machine_has_read_nothing(kind, provider, ivo):
    contract, _inbox, ticket = began(kind, provider)
    tickets.reply(ticket=ticket, actor=SYSTEM, now=clock.now(), text="We have your message.", automatic=True)
    work()
    assert told(contract, provider) == []


@pytest.mark.parametrize("kind", SEEING)
def test_an_admin_may_keep_to_themselves_what_was_read(kind, provider, ivo):
    contract, inbox, ticket = began(kind, provider)
    without_telling(inbox)
    look(ticket, ivo)
    assert type_(ticket, inbox, ivo)
    work()
    assert told(contract, provider) == ([] if contract.typing_reads else ["typing"])


@pytest.mark.parametrize("kind", SEEING)
def test_what_the_provider_refuses_is_let_be_and_the_answer_goes_out(kind, provider, ivo):
    contract, _inbox, ticket = began(kind, provider)
    look(ticket, ivo)
    settle()
    provider.answers[:] = [contract.refuse_for_good()]
    work()
    assert told(contract, provider) == ["seen"]
    work(later=100_000)
    assert told(contract, provider) == ["seen"]
    assert not Telling.objects.exclude(next_try_at=None).exists()
    reply = tickets.reply(ticket=ticket, actor=ivo, now=clock.now(), text="It left today.")
    work()
    reply.refresh_from_db()
    assert (reply.delivery, reply.delivery_words) == (Message.Delivery.SENT, "")


@pytest.mark.parametrize("kind", SEEING)
def test_a_provider_in_trouble_is_told_later(kind, provider, ivo):
    contract, _inbox, ticket = began(kind, provider)
    look(ticket, ivo)
    settle()
    provider.answers[:] = [Reply(status=503)]
    work()
    assert told(contract, provider) == ["seen"]  # which did not arrive
    assert not Delivery.objects.exists()
    work(later=60)
    work(later=100_000)
    assert told(contract, provider) == ["seen", "seen"]


@pytest.mark.parametrize("kind", TYPING)
def test_writing_is_shown_once_in_the_time_that_it_shows(kind, provider, ivo):
    contract, inbox, ticket = began(kind, provider)
    lasts = adapters()[kind].traits.typing_lasts
    assert type_(ticket, inbox, ivo)
    assert not type_(ticket, inbox, ivo)
    assert not type_(ticket, inbox, desk_actor(make_agent("Vera")), later=lasts - 1)
    work()
    assert told(contract, provider) == ["typing"]
    assert type_(ticket, inbox, ivo, later=lasts + 1)
    work(later=lasts + 1)
    assert told(contract, provider) == ["typing", "typing"]


@pytest.mark.parametrize("kind", TYPING)
def test_who_stops_writing_is_seen_to_stop_where_the_provider_can_show_it(kind, provider, ivo):
    contract, inbox, ticket = began(kind, provider)
    assert not type_(ticket, inbox, ivo, on=False)
    type_(ticket, inbox, ivo)
    work()
    assert type_(ticket, inbox, ivo, on=False)
    assert not type_(ticket, inbox, ivo, on=False)
    work()
    assert told(contract, provider) == ["typing", *filter(None, [contract.stops])]


@pytest.mark.parametrize("kind", TYPING)
def test_writing_is_never_shown_late_nor_a_second_time_after_trouble(kind, provider, ivo):
    contract, inbox, ticket = began(kind, provider)
    provider.answers[:] = [Reply(status=503)]
    type_(ticket, inbox, ivo)
    work()
    work(later=100_000)
    assert told(contract, provider) == ["typing"]
    Telling.objects.update(asked_at=clock.now() - timedelta(minutes=1), next_try_at=clock.now())
    work()
    assert told(contract, provider) == ["typing"]


def test_writing_shows_to_nobody_whose_ticket_the_agent_may_not_answer(provider, ivo):
    contract, inbox, ticket = began("telegram", provider)
    assert not type_(ticket, inbox, desk_actor(make_agent("Lea", role="light")))
    assert not type_(ticket, inbox, desk_actor(make_agent("Tom", only_own_teams=True)))
    mail = receive("By mail").ticket
    assert not type_(mail, inbox, ivo)
    assert not type_(mail, mail.inbox, ivo)
    work()
    assert told(contract, provider) == []


def test_writing_is_not_shown_after_the_time_for_free_answers(provider, ivo):
    _contract, inbox, ticket = began("whatsapp", provider)
    assert not type_(ticket, inbox, ivo, later=25 * 3600)


def test_a_mail_that_is_read_tells_nobody(db, ivo):
    ticket = receive("By mail").ticket
    look(ticket, ivo)
    assert not EventRow.objects.filter(name="MessagesSeen").exists()


def test_what_was_said_in_public_has_no_such_sign(provider, ivo):
    contract, inbox, ticket = began("messenger", provider)
    message = ticket.messages.get()
    message.extra = {"public": True}
    message.save(update_fields=["extra"])
    look(ticket, ivo)
    assert not type_(ticket, inbox, ivo)
    work()
    assert told(contract, provider) == []


def test_old_words_are_marked_as_read_here_alone(provider, ivo):
    contract, _inbox, ticket = began("whatsapp", provider)
    ticket.messages.update(created_at=clock.now() - timedelta(days=31))
    look(ticket, ivo)
    work()
    assert told(contract, provider) == []
    assert ticket.messages.get().read_at is not None


def test_a_fault_of_ours_stops_nobody(provider, ivo, monkeypatch, caplog):
    _contract, _inbox, ticket = began("telegram", provider)
    monkeypatch.setattr(type(adapters()["telegram"]), "typing", lambda *given, **more: 1 / 0)
    type_(ticket, ticket.inbox, ivo)
    work()
    assert not Telling.objects.exclude(next_try_at=None).exists()
    assert "was not told" in caplog.text
