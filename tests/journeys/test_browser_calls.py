"""Calls between real browsers with sham microphones and cameras: sound arrives, recordings play, pictures land."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import CHROMIUM, FLAGS
from tests.journeys.test_accessibility import findings

SHAM = [
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required", "--disable-features=WebRtcHideLocalIpsWithMdns",
]  # fmt: skip
SILENCE = 0.002
# The loudest moment of what is heard, until there is one; the sham microphone beeps once a second.
LOUDEST = """async (sound, silence) => {
  const context = new AudioContext(); await context.resume();
  const meter = context.createAnalyser(); meter.fftSize = 2048;
  context.createMediaStreamSource(sound.srcObject).connect(meter);
  const values = new Float32Array(2048); let loudest = 0;
  const end = performance.now() + 2500;
  while (performance.now() < end && loudest <= silence) {
    meter.getFloatTimeDomainData(values);
    loudest = Math.max(loudest, Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length));
    await new Promise((done) => setTimeout(done, 20));
  }
  await context.close(); return loudest;
}"""
# A recording as its page plays it: length by its head, sound by decoding it.
DECODED = """async (address) => {
  const sound = new Audio(address);
  await new Promise((done, fail) => {
    sound.onloadedmetadata = done;
    sound.onerror = () => fail(sound.error.message);
  });
  const bytes = await (await fetch(address)).arrayBuffer();
  const decoded = await new AudioContext().decodeAudioData(bytes);
  const values = decoded.getChannelData(0);
  const loudest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return { head: sound.duration, seconds: decoded.duration, loudest };
}"""
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt-get install chromium)")


class Browsers:
    """A process with the browser of each agent and one with the customers', opened once for all calls: who signs in
    stays signed in, a customer has a browser of their own each time."""

    def __init__(self, chromium, hospes):
        self.chromium, self.hospes = chromium, hospes
        self.processes, self.desks, self.guests = {}, {}, []
        self.errors: list[str] = []

    def page(self, whose, **options):
        """A page in a new browser of that process."""
        if whose not in self.processes:
            launch = self.chromium.browser_type.launch
            self.processes[whose] = launch(executable_path=CHROMIUM, args=[*FLAGS, *SHAM])
        context = self.processes[whose].new_context(permissions=["microphone", "camera"], **options)
        context.set_default_timeout(20_000)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        return context.new_page()

    def guest(self, **options):
        """A customer's page."""
        page = self.page("customers", **options)
        self.guests.append(page.context)
        return page

    def desk(self, name):
        """An agent's page at the desk."""
        if name not in self.desks:
            page = self.desks[name] = self.page(name, viewport={"width": 1440, "height": 900})
            page.goto(f"{self.hospes.url}/account/login/?lang=en")
            page.fill("input[name=login]", f"{name}@demo.example")
            page.fill("input[name=password]", "correct-horse-battery")
            page.press("input[name=password]", "Enter")
            page.wait_for_url("**/desk/**")
        return self.desks[name]

    def tidy(self):
        """Nobody is in a call any more."""
        for context in self.guests:
            context.close()
        self.guests.clear()
        for desk in self.desks.values():
            for window in [page for page in desk.context.pages if page != desk]:
                window.close(run_before_unload=False)
        found, self.errors = self.errors, []
        assert found == []


@pytest.fixture(scope="module")
def browsers(chromium, hospes):
    """The processes."""
    opened = Browsers(chromium, hospes)
    yield opened
    for process in opened.processes.values():
        process.close()


@pytest.fixture
def people(browsers):
    """Browsers for one test: people.desk("ivo"), people.guest(). What a page calls an error fails the test."""
    yield browsers
    browsers.tidy()


def open_ticket(hospes, page, subject):
    hospes.send(
        "My kettle leaks, can you look at it?", sender=f"{subject.split()[0].lower()}@customer.example", subject=subject
    )
    page.goto(f"{hospes.url}/desk/v/open/")
    page.locator("#rows li.ticket", has_text=subject).locator("a").first.click()
    page.locator("#panels #part-calls summary").first.wait_for()


def send_link(page, sink, medium, address):
    """The agent sends a link by mail; the address in the mail."""
    part = page.locator("#part-calls")
    if part.get_attribute("open") is None:
        part.locator("> summary").click()
    form = part.locator("#call-form form")
    part.get_by_role("button", name="Call in the browser").click()
    form.wait_for()
    form.locator(f"input[value={medium}]").check(force=True)
    form.get_by_role("button", name="Send the link").click()
    mail = sink.expect(
        lambda m: address in str(m["To"]) and "/portal/call/" in m.get_body(("plain",)).get_content(), seconds=30
    )
    return re.search(r"\S+/portal/call/\S+", mail.get_body(("plain",)).get_content())[0]


def come_in(page, link, *, consent="yes"):
    page.goto(link)
    page.locator("#check").click()
    page.locator(".checked").wait_for()
    if consent:
        page.locator(f"input[name=consent][value={consent}]").check()
    page.locator("#start-now").click()
    page.locator("#call[data-state=room]").wait_for()


def answer(page):
    """The agent's desk rings; answering opens the call's window."""
    ringing = page.locator(".ringing article")
    ringing.wait_for()
    with page.context.expect_page() as opened:
        ringing.get_by_role("link", name=re.compile("Answer|Join")).click()
    return opened.value


def hears(page, whom=""):
    """That sound of the others arrives here."""
    sound = (
        page.locator("audio[data-part]").first
        if not whom
        else page.locator("figure.tile", has_text=whom).locator("audio")
    )
    sound.wait_for(state="attached")
    page.wait_for_function(
        "(sound) => sound.srcObject?.getAudioTracks().some((t) => !t.muted)", arg=sound.element_handle()
    )
    assert loudest(sound) > SILENCE


def loudest(sound):
    """How loud what an element plays gets within some time."""
    return sound.evaluate(LOUDEST, SILENCE)


def recordings_of(page, hospes, count=1):
    """What the open ticket's recordings sound like, in the order in which they were made, once they are ready."""
    listen = page.locator("#part-calls [data-listen]")
    expect(listen).to_have_count(count, timeout=60_000)
    tokens = [listen.nth(place).get_attribute("data-listen") for place in range(count)]
    return [page.evaluate(DECODED, f"{hospes.url}/desk/recordings/{token}/") for token in tokens]


def record(window, seconds):
    """Press Record and talk for a while; how long it was."""
    window.locator("[data-do=record]").click()
    expect(window.locator("[data-call=recording]")).to_be_visible()
    began = window.evaluate("performance.now()")
    window.wait_for_timeout(seconds * 1000)
    return (window.evaluate("performance.now()") - began) / 1000


def test_a_call_by_link_is_heard_on_both_sides_and_its_recording_plays(hospes, sink, people):
    ivo, anna = people.desk("ivo"), people.guest()
    open_ticket(hospes, ivo, "Kettle hisses")
    link = send_link(ivo, sink, "browser", "kettle@customer.example")
    come_in(anna, link)
    window = answer(ivo)
    expect(anna.locator("[data-call=status]")).to_have_text("Ivo is on the line.")
    hears(anna)
    hears(window)
    lasted = record(window, 5)
    expect(anna.locator("[data-call=recording]")).to_be_visible()
    window.locator("[data-do=record]").click()
    expect(anna.locator("[data-call=recording]")).to_be_hidden()
    window.locator("[data-do=hold]").click()
    expect(anna.locator("[data-call=status]")).to_contain_text("on hold")
    music = anna.locator("audio[data-call=hold-music]")
    music.wait_for(state="attached")
    assert loudest(music) > SILENCE
    window.locator("[data-do=hold]").click()
    expect(anna.locator("[data-call=status]")).to_have_text("Ivo is on the line.")
    expect(music).to_have_count(0)
    hears(anna)
    # From here on no piece gets through; the window is closed although it asks to be left open.
    window.route("**/desk/recordings/**", lambda route: route.abort())
    cut = record(window, 5)
    window.locator("[data-do=hangup]").click()
    expect(anna.locator("#call")).to_have_attribute("data-state", "over")
    window.locator("#call-outcome").select_option("solved")
    expect(window.locator("[data-call=saved]")).to_have_text("Saved")
    expect(window.locator("[data-call=trouble]")).to_contain_text("still being sent")
    window.close(run_before_unload=False)
    ivo.reload()
    ivo.locator("#part-calls summary").first.wait_for()
    for heard, wanted in zip(recordings_of(ivo, hospes, 2), (lasted, cut), strict=True):
        assert min(heard["head"], heard["seconds"]) > wanted - 1, (heard, wanted)
        assert heard["loudest"] > SILENCE, heard
    second = people.guest()
    assert second.goto(link).status == 410


def test_a_line_that_is_lost_and_found_is_heard_again_on_both_sides(hospes, sink, people):
    ivo, anna = people.desk("ivo"), people.guest()
    lines = []

    def carry(socket):
        lines.append(socket)
        socket.connect_to_server()

    anna.route_web_socket(re.compile("/ws/guest"), carry)
    open_ticket(hospes, ivo, "Spout bent")
    come_in(anna, send_link(ivo, sink, "browser", "spout@customer.example"))
    window = answer(ivo)
    hears(anna)
    hears(window)
    for _time in range(2):  # the server sees her go, then come again
        for page in (anna, window):
            page.evaluate("document.querySelector('audio[data-part]').dataset.before = ''")
        lines[-1].close(code=3000)
        for page in (anna, window):
            page.locator("audio[data-part]:not([data-before])").wait_for(state="attached")
            expect(page.locator("audio[data-part]")).to_have_count(1)
        hears(window)
        hears(anna)
        expect(anna.locator("[data-call=status]")).to_have_text("Ivo is on the line.")
    assert len(lines) == 3


def test_a_video_call_with_an_expert_and_a_picture(hospes, sink, people):
    ivo, anna, ada = people.desk("ivo"), people.guest(), people.desk("ada")
    open_ticket(hospes, ivo, "Lid broken")
    come_in(anna, send_link(ivo, sink, "video", "lid@customer.example"), consent="no")
    window = answer(ivo)
    window.locator("figure.tile.with-picture video").wait_for()
    anna.locator("figure.tile.with-picture video").wait_for()
    hears(window)
    expect(window.locator("[data-call=unrecorded]")).to_be_visible()
    expect(window.locator("[data-do=record]")).to_be_disabled()
    window.locator("#invite-agent").select_option(label="Ada")
    window.locator("#invite button[value=invite]").click()
    third = answer(ada)
    expect(anna.locator("figure.tile")).to_have_count(2)
    hears(anna, "Ada")
    hears(third, "Ivo")
    window.locator("[data-do=picture]").click()
    canvas = window.locator("#picture canvas")
    canvas.focus()
    canvas.press("ArrowRight")
    canvas.press("Enter")
    window.fill("#picture-words", "Here it is broken")
    window.locator("#picture button[value=keep]").click()
    expect(window.locator("[data-call=news]")).to_have_text("The picture is on the ticket.")
    note = ivo.locator("li.message.note", has_text="Here it is broken")
    note.wait_for()
    token = note.locator("a.file").get_attribute("href")
    assert ivo.request.get(f"{hospes.url}{token}").headers["content-type"] == "image/jpeg"
    anna.locator("[data-do=hangup]").click()
    expect(window.locator("#call")).to_have_attribute("data-state", "ended")
    expect(third.locator("#call")).to_have_attribute("data-state", "ended")


def test_a_killed_agents_tab_loses_five_seconds_of_the_recording_at_most(hospes, sink, people):
    ivo, anna = people.desk("ivo"), people.guest()
    open_ticket(hospes, ivo, "Handle loose")
    come_in(anna, send_link(ivo, sink, "browser", "handle@customer.example"))
    window = answer(ivo)
    hears(window)
    lasted = record(window, 9.5)
    window.close(run_before_unload=False)
    expect(anna.locator("[data-call=status]")).to_contain_text("lost the connection")
    anna.locator("[data-do=hangup]").click()
    expect(anna.locator("#call")).to_have_attribute("data-state", "over")
    # Its browser is waited for half a minute; by this clock that is over.
    hospes.shell(
        "from datetime import timedelta\nfrom hospes.calls.models import Call\nfrom django.db.models import F\n"
        "Call.objects.filter(state='ended').update(ended_at=F('ended_at') - timedelta(minutes=1))"
    )
    [heard] = recordings_of(ivo, hospes)
    assert heard["seconds"] > lasted - 5, (heard, lasted)


def test_a_free_call_from_the_customers_side_waits_rings_and_is_answered(hospes, people):
    hospes.shell(
        "from hospes.core.actors import SYSTEM\nfrom hospes.core.clock import now\n"
        "from hospes.tickets import operations\n"
        "operations.create_inbox(name='Calls', address='calls', kind='browser', actor=SYSTEM, now=now())"
    )
    ivo, dana = people.desk("ivo"), people.guest()
    dana.goto(f"{hospes.url}/portal/call/")
    dana.fill("#call-topic", "The lid of my samovar is stuck")
    dana.get_by_role("button", name="Call now").click()
    dana.locator("#come-back").click()
    expect(dana.locator("[data-call=status]")).to_have_text(re.compile("looking for|rings"))
    expect(ivo.locator(".ringing article")).to_contain_text("The lid of my samovar is stuck", timeout=45_000)
    window = answer(ivo)
    expect(dana.locator("[data-call=status]")).to_have_text("Ivo is on the line.")
    hears(window)
    dana.locator("[data-do=hangup]").click()
    expect(window.locator("#call")).to_have_attribute("data-state", "ended")


def test_axe_finds_nothing_on_both_sides_of_a_call(hospes, sink, people):
    ivo, anna = people.desk("ivo"), people.guest(reduced_motion="reduce")
    open_ticket(hospes, ivo, "Whistle silent")
    link = send_link(ivo, sink, "video", "whistle@customer.example")
    anna.goto(link)
    anna.locator("#check").click()
    anna.locator(".checked").wait_for()
    found = {"lobby": findings(anna)}
    anna.locator("#start-now").click()
    ivo.locator(".ringing article").wait_for()
    found["ringing"] = findings(ivo)
    window = answer(ivo)
    window.locator("figure.tile.with-picture video").wait_for()
    window.locator("[data-do=record]").click()
    anna.locator("[data-call=ask]").wait_for()
    found |= {"room": findings(anna), "window": findings(window), "bar": findings(ivo)}
    window.locator("[data-do=picture]").click()
    found["picture"] = findings(window)
    assert {where: what for where, what in found.items() if what} == {}
