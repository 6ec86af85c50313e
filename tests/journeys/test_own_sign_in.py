"""An agent's own sign-in in a browser: passkeys, devices, tokens; and axe on each of these pages."""

import pytest
from playwright.sync_api import expect

from tests.journeys.test_accessibility import LOOKS, findings

PASSWORD = "correct-horse-battery"
PAGES = ("2fa/", "2fa/webauthn/", "2fa/recovery-codes/", "sessions/", "tokens/", "password/change/", "logout/")


@pytest.fixture
def agents_browser(hospes, chromium):
    """A browser with a built-in passkey device, signed in as ada. Passkeys want a name, not a number: localhost."""
    url = hospes.url.replace("127.0.0.1", "localhost")
    context = chromium.new_context()
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(f"{url}/account/login/?lang=en")
    page.fill("[name=login]", "ada@demo.example")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/desk/**")
    yield url, context, page
    context.close()
    assert errors == []


def test_a_passkey_is_added_signs_in_alone_and_is_removed(agents_browser, chromium):
    url, context, page = agents_browser
    page.goto(f"{url}/account/2fa/webauthn/add/")
    page.fill("[name=password]", PASSWORD)
    page.locator(".sheet [type=submit]").click()
    page.fill("[name=name]", "Phone")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/recovery-codes/**")
    found = {}
    state = context.storage_state()
    for language, scheme in LOOKS:
        other = chromium.new_context(color_scheme=scheme, storage_state=state, viewport={"width": 390, "height": 844})
        view = other.new_page()
        for path in PAGES:
            view.goto(f"{url}/account/{path}?lang={language}")
            found[path, language, scheme] = findings(view)
        other.close()
    assert {where: what for where, what in found.items() if what} == {}
    page.goto(f"{url}/account/logout/")
    page.locator(".sheet [type=submit]").click()
    page.click("#passkey_login")
    page.wait_for_url("**/desk/**")
    page.goto(f"{url}/account/2fa/webauthn/?lang=en")
    page.get_by_role("link", name="Remove Phone").click()
    if page.locator("[name=password]").count():
        page.fill("[name=password]", PASSWORD)
        page.locator(".sheet [type=submit]").click()
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("No passkeys yet")).to_be_visible()


def test_a_password_is_judged_in_words_while_it_is_typed(agents_browser):
    url, _context, page = agents_browser
    page.goto(f"{url}/account/password/change/?lang=en")
    for password, words in (
        ("short", "Too short"),
        ("aaaaaaaaaaaa", "Easy to guess"),
        ("kettle-moon-river-92", "Very good"),
    ):
        page.fill("[name=password1]", password)
        expect(page.get_by_text(words, exact=True)).to_be_visible()
