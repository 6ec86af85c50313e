"""Takes pictures of every screen of a demo: all of them into var/screenshots, those of the README into docs/images.

Looks: wide, phone, dark, Persian, Armenian. Needs Debian's chromium (and fonts-noto-core for Armenian and Persian).
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ALL = ROOT / "var" / "screenshots"
README = ROOT / "docs" / "images"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LOOKS: dict[str, dict[str, Any]] = {
    "wide": {"viewport": WIDE},
    "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "persian": {"viewport": WIDE, "lang": "fa"},
    "armenian": {"viewport": WIDE, "lang": "hy"},
    "persian-phone": {"viewport": PHONE, "lang": "fa", "has_touch": True, "is_mobile": True},
}
DESK = {
    "list": "/desk/v/open/",
    "search": "/desk/search/?q=kettle",
    "customers": "/desk/customers/",
    "new": "/desk/new/",
    "settings": "/desk/settings/",
    "inboxes": "/desk/settings/inboxes/",
    "agents": "/desk/settings/agents/",
    "preferences": "/desk/settings/preferences/",
    "audit": "/desk/settings/audit/",
    "empty": "/desk/search/?q=nothingliketh15",
    "error": "/desk/t/2222222/",
}
CUSTOMER = {"form": "/contact", "portal": "/portal/", "sign-in": "/account/login/"}
# A page of a shop with the chat on it.
SHOP = """<!doctype html><html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Kettles</title>
<script src="{url}/channels/chat/chat.js" data-inbox="{inbox}" data-lang="{language}" async></script></head>
<body></body></html>"""
# Pictures that the README and the docs show: (screen, look) to file name.
KEPT = {
    ("ticket", "wide"): "desk.png",
    ("ticket", "dark"): "desk-dark.png",
    ("ticket", "persian"): "desk-persian.png",
    ("ticket", "phone"): "desk-phone.png",
    ("form", "phone"): "form-phone.png",
    ("portal", "persian-phone"): "portal-persian.png",
    ("setup", "wide"): "setup.png",
}


@contextlib.contextmanager
def running(*arguments: str, port: int) -> Iterator[tuple[str, dict[str, str]]]:
    """A Hospes in a folder of its own, stopped afterwards: its address, and the environment for its commands."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "HOSPES_DATA": f"{folder}/data",
            "HOSPES_PORT": str(port),
            "HOSPES_SMTP_PORT": str(port + 1),
        }
        environment.pop("DATABASE_URL", None)
        hospes = Path(sys.executable).with_name("hospes")
        process = subprocess.Popen([hospes, "up", *arguments], env=environment, stdout=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{url}/readyz", process)
            if arguments:
                subprocess.run([hospes, "demo"], env=environment, check=True, stdout=subprocess.DEVNULL)
            yield url, environment
        finally:
            process.terminate()
            process.wait(30)


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Until it answers."""
    for _ in range(600):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        if process.poll() is not None:
            raise SystemExit("Hospes ended before it was ready")
        time.sleep(0.2)
    raise SystemExit("Hospes did not become ready")


def picture(page: Any, screen: str, look: str) -> None:
    """Keep what the page shows once it is quiet."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    ALL.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ALL / f"{screen}-{look}.png")
    if (screen, look) in KEPT:
        README.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=README / KEPT[screen, look])
    print(f"{screen} {look}")


def sign_in(page: Any, url: str) -> None:
    """As the demo's admin."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hospes.config.settings")
    import django

    django.setup()
    from hospes.config.demo import sign_ins

    email, _role, password = next(entry for entry in sign_ins() if entry[0].startswith("admin@"))
    page.goto(f"{url}/account/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(re.compile("/desk/"))


def speak(environment: dict[str, str], language: str) -> None:
    """Set everybody's own language."""
    code = f"from hospes.staff.models import Agent; Agent.objects.update(language={language!r})"
    hospes = Path(sys.executable).with_name("hospes")
    subprocess.run([hospes, "admin", "shell", "--no-imports", "-c", code], env=environment, check=True)


def take_look(browser: Any, url: str, environment: dict[str, str], look: str) -> None:
    """All screens in one look."""
    options = dict(LOOKS[look])
    language = options.pop("lang", "en")
    speak(environment, language)
    context = browser.new_context(**options)
    page = context.new_page()
    for screen, path in CUSTOMER.items():
        page.goto(f"{url}{path}?lang={language}")
        picture(page, screen, look)
    sign_in(page, url)
    for screen, path in DESK.items():
        page.goto(f"{url}{path}{'&' if '?' in path else '?'}lang={language}")
        picture(page, screen, look)
    page.goto(f"{url}/desk/v/open/?lang={language}")
    page.locator("#rows li.ticket a").nth(2).click()
    page.wait_for_selector("#composer", state="attached")
    picture(page, "ticket", look)
    chat(context, url, environment, language, look)
    context.close()


def chat(context: Any, url: str, environment: dict[str, str], language: str, look: str) -> None:
    """The chat's window on a shop's page, open while somebody is at the desk."""
    code = "from hospes.tickets.models import Inbox; print(Inbox.objects.filter(kind='chat').first().pk)"
    hospes = Path(sys.executable).with_name("hospes")
    command = [hospes, "admin", "shell", "--no-imports", "-c", code]
    inbox = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split()[-1]
    page = context.new_page()
    body = SHOP.format(url=url, inbox=inbox, language=language)
    page.route(f"{url}/shop", lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto(f"{url}/shop")
    page.locator("hospes-chat .launcher").click()
    page.locator("hospes-chat .panel").wait_for()
    picture(page, "chat", look)


def main() -> int:
    """Take everything."""
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        print("Chromium is missing: apt-get install chromium fonts-noto-core", file=sys.stderr)
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with running(port=8417) as (url, _environment):
            for look, given in LOOKS.items():
                options = dict(given)
                language = options.pop("lang", "en")
                page = browser.new_context(**options).new_page()
                page.goto(f"{url}/?lang={language}")
                picture(page, "setup", look)
        with running("--demo", port=8427) as (url, environment):
            for look in LOOKS:
                take_look(browser, url, environment, look)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
