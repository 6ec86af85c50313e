"""Staff's sign-in: words, limits, one-time links, tokens and sessions; nobody is let in or led away."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.test import Client

from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.core.models import EventRow
from hospes.staff import operations
from hospes.staff.models import Agent, ApiToken
from hospes.staff.queries import agent_of_token
from hospes.testing.people import PASSWORD, make_agent

pytestmark = pytest.mark.django_db
LOGIN = "/account/login/"
PHONE = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
NEW = "staple-battery-horse-9"


@pytest.fixture(autouse=True)
def _counts_begin_anew():
    """Nothing counted by allauth in this process, and no window of our own limits ends meanwhile."""
    cache.clear()
    with time_machine.travel(clock.now().replace(minute=5, second=0)):
        yield


def enter(client: Client, password: str = PASSWORD, name: str = "ivo", **more):
    return client.post(LOGIN, {"login": f"{name}@demo.example", "password": password, **more})


@pytest.fixture
def ivo():
    return make_agent("Ivo")


@pytest.fixture
def browser(ivo):
    client = Client()
    assert enter(client).status_code == 302
    return client


def confirm(browser):
    """Type the password once more, as weighty changes ask for it."""
    browser.post("/account/reauthenticate/", {"password": PASSWORD})


def what_happened(agent):
    found = EventRow.objects.filter(name="AgentSecurity", subject_id=agent.pk).order_by("id")
    return [row.data["what"] for row in found]


def test_an_agent_signs_in_and_lands_at_the_desk(ivo):
    client = Client()
    assert enter(client)["Location"] == "/desk/"
    assert what_happened(ivo) == ["signed-in"]


def test_a_wrong_password_is_said_without_saying_who_is_here(ivo):
    known = enter(Client(), "wrong-password-1").content.decode()
    unknown = Client().post(LOGIN, {"login": "ive@demo.example", "password": "wrong-password-1"}).content.decode()
    plain = re.compile(r'csrfmiddlewaretoken" value="\w+"|iv[oe]@demo')
    assert plain.sub("", known) == plain.sub("", unknown)
    assert what_happened(ivo) == ["sign-in-failed"]


def test_guessing_is_stopped_for_one_address_also_across_processes(ivo):
    for _try in range(10):
        cache.clear()  # as if each try met another process
        enter(Client(), "wrong-password-1")
    cache.clear()
    assert "_auth_user_id" not in (late := Client()).session
    assert enter(late).status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=10), tick=False):
        assert enter(Client()).status_code == 302


def test_a_deactivated_agent_is_out_at_once_and_cannot_come_back(browser, ivo):
    make_agent("Ada", role="admin")
    operations.deactivate_agent(agent=ivo, actor=SYSTEM, now=clock.now())
    assert browser.get("/account/2fa/").status_code == 302
    again = Client()
    enter(again)
    assert again.get("/account/2fa/").status_code == 302


def test_nobody_signs_up_by_themselves_nor_changes_their_address(browser):
    for path in ("signup/", "email/", "confirm-email/", "password/set/", "login/code/confirm/"):
        assert Client().get(f"/account/{path}").status_code == 404
        assert browser.post(f"/account/{path}", {"email": "x@y.example"}).status_code == 404
    assert Agent.objects.count() == 1


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_row_22_signing_in_and_out_never_leads_to_another_site(ivo, wanted):
    client = Client()
    assert enter(client, next=wanted)["Location"] == "/desk/"
    assert client.post("/account/logout/", {"next": wanted})["Location"] == "/account/login/"


def test_row_22_signing_in_leads_to_the_page_that_was_asked_for(ivo):
    assert enter(Client(), next="/desk/search/?q=kettle")["Location"] == "/desk/search/?q=kettle"


def test_row_22_every_change_wants_its_csrf_token(ivo):
    client = Client(enforce_csrf_checks=True)
    assert enter(client).status_code == 403
    client.force_login(ivo)
    for path in ("logout/", "password/change/", "tokens/", "sessions/", "2fa/totp/activate/"):
        assert client.post(f"/account/{path}").status_code == 403, path


def test_row_22_no_account_page_may_be_framed(browser):
    for path in ("2fa/", "tokens/", "sessions/", "password/change/"):
        answer = browser.get(f"/account/{path}")
        assert answer.status_code == 200, path
        assert answer["X-Frame-Options"] == "DENY"
        assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_row_2_no_page_runs_or_styles_anything_inline(browser):
    confirm(browser)
    for path in ("2fa/", "tokens/", "sessions/", "2fa/webauthn/add/", "2fa/totp/activate/", "password/change/"):
        answer = browser.get(f"/account/{path}")
        assert answer.status_code == 200, path
        page = answer.content.decode()
        scripts = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", page)
        assert all('type="application/json"' in attributes for attributes in scripts), path
        assert not re.search(r"\son\w+=|\sstyle=|<style", page), path


def reset_link(client, email="ivo@demo.example", **more):
    client.post("/account/password/reset/", {"email": email}, **more)
    return re.search(r"https?://[^\s]+", mail.outbox[-1].body)[0]


def path_of(link):
    return re.sub(r"^https?://[^/]+", "", link)


def test_a_forgotten_password_is_set_anew_by_a_mailed_link_that_works_once(ivo):
    client = Client()
    link = path_of(reset_link(client))
    page = client.get(link, follow=True)
    form = page.redirect_chain[-1][0]
    assert client.post(form, {"password1": NEW}).status_code == 302
    assert enter(Client(), NEW).status_code == 302
    again = Client().get(link, follow=True)
    assert b"password1" not in again.content
    assert "password-reset" in what_happened(ivo)


def test_row_11_a_reset_link_is_void_after_its_time_and_after_a_change_of_password(ivo):
    link = path_of(reset_link(Client()))
    with time_machine.travel(clock.now() + timedelta(hours=5), tick=False):
        assert b"password1" not in Client().get(link, follow=True).content
    assert b"password1" in Client().get(link, follow=True).content
    ivo.set_password(NEW)
    ivo.save()
    assert b"password1" not in Client().get(link, follow=True).content


def test_row_11_a_forged_host_header_does_not_turn_the_reset_link(ivo, settings):
    settings.PUBLIC_URL = "https://help.demo.example"
    link = reset_link(Client(), HTTP_HOST="evil.example")
    assert link.startswith("https://help.demo.example/account/password/reset/key/")
    assert "evil.example" not in mail.outbox[-1].body


def test_nobody_is_mailed_who_does_not_work_here_and_the_page_does_not_tell(ivo):
    known = Client().post("/account/password/reset/", {"email": "ivo@demo.example"}, follow=True)
    unknown = Client().post("/account/password/reset/", {"email": "ive@demo.example"}, follow=True)
    assert [m.to for m in mail.outbox] == [["ivo@demo.example"]]
    assert known.content == unknown.content


def test_mail_about_an_account_says_that_a_machine_wrote_it(browser, ivo):
    browser.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": NEW})
    [message] = mail.outbox
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert message.to == [ivo.email]


def test_changing_the_password_signs_out_every_other_browser(browser, ivo):
    other = Client()
    enter(other)
    assert browser.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": NEW}).status_code == 302
    assert other.get("/account/2fa/").status_code == 302
    assert "password-changed" in what_happened(ivo)


@pytest.mark.parametrize("weak", ["short", "ivo@demo.example", "1234567890", "password123"])
def test_a_weak_password_is_refused(browser, weak):
    answer = browser.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": weak})
    assert answer.status_code == 200
    assert "aria-invalid" in answer.content.decode()


def code_now(secret):
    import time

    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def test_an_authenticator_app_is_asked_for_after_the_password_and_its_secret_is_sealed(
    browser, ivo, django_capture_on_commit_callbacks
):
    confirm(browser)
    page = browser.get("/account/2fa/totp/activate/").content.decode()
    assert 'src="data:image/svg+xml' in page
    secret = re.search(r'<code class="secret" dir="ltr">(\w+)</code>', page)[1]
    assert browser.post("/account/2fa/totp/activate/", {"code": "000000"}).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post("/account/2fa/totp/activate/", {"code": code_now(secret)}).status_code == 302
    kept = Authenticator.objects.get(type="totp")
    assert secret not in str(kept.data)
    assert "totp-on" in what_happened(ivo)
    second = Client()
    assert enter(second)["Location"].startswith("/account/2fa/authenticate/")
    assert "_auth_user_id" not in second.session
    codes = browser.get("/account/2fa/recovery-codes/").content.decode()
    recovery = re.search(r"<li><code>([\w-]+)</code>", codes)[1]
    assert second.post("/account/2fa/authenticate/", {"code": recovery}).status_code == 302
    assert "_auth_user_id" in second.session
    third = Client()
    enter(third)
    assert third.post("/account/2fa/authenticate/", {"code": recovery}).status_code == 200


def test_weighty_changes_ask_for_the_password_once_more(browser):
    for path in ("2fa/totp/activate/", "2fa/webauthn/add/", "2fa/recovery-codes/generate/"):
        assert browser.get(f"/account/{path}")["Location"].startswith("/account/reauthenticate/"), path
    answer = browser.post("/account/tokens/", {"name": "Shop", "days": "30"})
    assert answer["Location"].startswith("/account/reauthenticate/")
    assert not ApiToken.objects.exists()
    assert b"hsp_" in browser.post(answer["Location"], {"password": PASSWORD}).content
    assert ApiToken.objects.get().name == "Shop"


def test_an_api_token_is_shown_once_works_and_is_revoked(browser, ivo):
    confirm(browser)
    page = browser.post("/account/tokens/", {"name": "Shop <b>", "days": "30"})
    text = re.search(r"hsp_[\w-]+", page.content.decode())[0]
    assert agent_of_token(text, now=clock.now())[0] == ivo
    assert page["Cache-Control"].find("no-store") >= 0
    listed = browser.get("/account/tokens/").content.decode()
    assert text not in listed
    assert "Shop &lt;b&gt;" in listed
    token = ApiToken.objects.get()
    assert browser.post(f"/account/tokens/{token.pk}/revoke/").status_code == 302
    assert agent_of_token(text, now=clock.now()) is None


def test_row_6_another_agents_token_and_session_do_not_exist(browser):
    eva = make_agent("Eva")
    other = Client()
    enter(other, name="eva")
    token, _text = operations.create_api_token(agent=eva, name="x", actor=SYSTEM, now=clock.now())
    assert browser.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    session = UserSession.objects.get(user=eva)
    assert browser.post(f"/account/sessions/end/{session.pk}/").status_code == 404
    assert other.get("/account/2fa/").status_code == 200


def test_one_session_is_ended_from_another_browser(browser, ivo):
    other = Client(HTTP_USER_AGENT=PHONE)
    enter(other)
    page = browser.get("/account/sessions/").content.decode()
    assert "Firefox, Android" in page
    found = UserSession.objects.get(user=ivo, user_agent=PHONE)
    assert browser.post(f"/account/sessions/end/{found.pk}/").status_code == 302
    assert other.get("/account/2fa/").status_code == 302
    assert browser.get("/account/2fa/").status_code == 200


def test_all_other_sessions_are_ended_together(browser):
    others = [Client(), Client()]
    for other in others:
        enter(other)
    browser.post("/account/sessions/")
    assert [other.get("/account/2fa/").status_code for other in others] == [302, 302]
    assert browser.get("/account/2fa/").status_code == 200
