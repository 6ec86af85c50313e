"""How people come in: the first admin by the set-up page, all others by invitation."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from hospes.config.setup_key import setup_address, setup_key
from hospes.core import clock
from hospes.staff import operations
from hospes.staff.mails import send_invitation
from hospes.staff.models import Agent
from hospes.testing.people import PASSWORD, desk_actor, make_agent, make_team
from hospes.tickets.models import Inbox

pytestmark = pytest.mark.django_db
FORM = {
    "inbox_name": "Demo shop",
    "inbox_address": "support@demo.example",
    "name": "Dace Ozola",
    "email": "dace@demo.example",
    "password": PASSWORD,
    "language": "lv",
}
AWAY = {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "help.demo.example"}


def here() -> Client:
    """A browser on this very machine."""
    return Client(REMOTE_ADDR="127.0.0.1", HTTP_HOST="127.0.0.1:8000")


@pytest.mark.parametrize("path", ["/", "/account/login/"])
def test_a_new_installation_leads_to_its_set_up(path):
    assert here().get(path)["Location"] == "/setup/"


def test_the_first_admin_is_made_and_signed_in_with_the_first_inbox():
    client = here()
    assert client.post("/setup/", FORM)["Location"] == "/desk/v/open/"
    admin = Agent.objects.get()
    assert (admin.role, admin.language, admin.email) == ("admin", "lv", "dace@demo.example")
    assert client.session["_auth_user_id"] == str(admin.pk)
    inbox = Inbox.objects.get()
    assert (inbox.name, inbox.address, inbox.language) == ("Demo shop", "support@demo.example", "lv")


def test_set_up_works_once():
    here().post("/setup/", FORM)
    second = here()
    assert second.get("/setup/")["Location"] == "/account/login/"
    assert second.post("/setup/", FORM | {"email": "eve@evil.example"})["Location"] == "/account/login/"
    assert Agent.objects.count() == 1
    assert setup_address() == ""


def test_nothing_is_made_when_something_is_missing():
    for broken in ({"inbox_address": "not an address"}, {"password": "short"}, {"password": "dace@demo.example"}):
        answer = here().post("/setup/", FORM | broken)
        assert answer.status_code == 422
        assert "Dace Ozola" in answer.content.decode()
    assert not Agent.objects.exists()
    assert not Inbox.objects.exists()


def test_a_stranger_on_the_network_needs_the_key():
    stranger = Client(**AWAY)
    assert stranger.get("/setup/").status_code == 403
    assert stranger.post("/setup/", FORM).status_code == 403
    assert stranger.post("/setup/", FORM | {"key": "0" * 32}).status_code == 403
    assert not Agent.objects.exists()
    assert stranger.get(setup_address().replace("http://127.0.0.1:8000", "")).status_code == 200
    assert stranger.post("/setup/", FORM | {"key": setup_key()}).status_code == 302


@pytest.mark.parametrize(
    "disguise",
    [
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "help.demo.example"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000", "HTTP_FORWARDED": "for=127.0.0.1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000", "HTTP_HOSPES_FORWARDED": "1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000", "HTTP_VIA": "1.1 proxy"},
        {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "127.0.0.1:8000"},
        {"REMOTE_ADDR": "", "HTTP_HOST": "localhost"},
    ],
)
def test_nobody_passes_for_this_machine_who_is_not_on_it(disguise):
    assert Client(**disguise).get("/setup/").status_code == 403


def test_an_installation_with_a_public_address_always_wants_the_key(settings):
    settings.PUBLIC_URL = "https://help.demo.example"
    assert here().get("/setup/").status_code == 403
    assert setup_address().startswith("https://help.demo.example/setup/?key=")


def test_the_bare_address_leads_staff_to_the_desk_and_customers_to_their_side():
    agent = make_agent()
    assert Client().get("/")["Location"] == "/portal/"
    client = Client()
    client.force_login(agent)
    assert client.get("/")["Location"] == "/desk/"


def invite(**more):
    admin = Agent.objects.filter(role="admin").first() or make_agent("Ada", role="admin")
    values = {"email": "eva@demo.example", "name": "Eva", "role": "lead"} | more
    return operations.invite(actor=desk_actor(admin), now=clock.now(), **values)


def test_an_invited_person_chooses_a_password_and_begins_in_their_role_and_teams():
    team = make_team()
    _invitation, token = invite(teams=[team])
    client = Client()
    page = client.get(f"/account/invitation/{token}/")
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "no-referrer"
    assert "eva@demo.example" in page.content.decode()
    answer = client.post(f"/account/invitation/{token}/", {"name": "Eva Liepa", "password": PASSWORD})
    assert answer["Location"] == "/desk/"
    eva = Agent.objects.get(email="eva@demo.example")
    assert (eva.name, eva.role, list(eva.teams.all())) == ("Eva Liepa", "lead", [team])
    assert client.session["_auth_user_id"] == str(eva.pk)


def test_row_11_an_invitation_works_once_within_a_day_and_not_when_taken_back():
    _invitation, token = invite()
    Client().post(f"/account/invitation/{token}/", {"name": "Eva", "password": PASSWORD})
    again = Client().post(f"/account/invitation/{token}/", {"name": "Eve", "password": PASSWORD})
    assert again.status_code == 404
    _late, token = invite(email="late@demo.example")
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        assert Client().get(f"/account/invitation/{token}/").status_code == 404
    withdrawn, token = invite(email="gone@demo.example")
    admin = Agent.objects.get(role="admin")
    operations.withdraw_invitation(invitation=withdrawn, actor=desk_actor(admin), now=clock.now())
    assert Client().post(f"/account/invitation/{token}/", {"name": "G", "password": PASSWORD}).status_code == 404
    assert sorted(Agent.objects.values_list("email", flat=True)) == ["ada@demo.example", "eva@demo.example"]


def test_row_7_an_invited_person_cannot_choose_their_role_or_address():
    _invitation, token = invite(role="light")
    fields = {"name": "Eva", "password": PASSWORD, "role": "admin", "email": "x@y.example", "is_superuser": "1"}
    Client().post(f"/account/invitation/{token}/", fields)
    assert Agent.objects.get(email="eva@demo.example").role == "light"


def test_a_weak_password_is_refused_and_the_invitation_stays_good():
    _invitation, token = invite()
    answer = Client().post(f"/account/invitation/{token}/", {"name": "Eva", "password": "short"})
    assert answer.status_code == 422
    assert Client().get(f"/account/invitation/{token}/").status_code == 200


def test_the_invitation_is_mailed_with_its_link():
    invitation, token = invite()
    assert send_invitation(invitation, token, "https://help.demo.example")
    [message] = mail.outbox
    assert message.to == ["eva@demo.example"]
    assert f"https://help.demo.example/account/invitation/{token}/" in message.body
    assert "Ada" in message.body
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
