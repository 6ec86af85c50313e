"""What the provider is told to do next: a scene becomes TwiML. Pure: no database, no clock, no network.

The elements and attributes are those of the provider's pages "TwiML for Programmable Voice": Say, Play, Gather, Record,
Start with Recording, Dial with Conference, Hangup, Reject, Pause, Redirect.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree as ET

from hospes.channels.voice.words import Heard, Tongue

GATHER_SECONDS: Final = 5
CONSENT_SECONDS: Final = 3
WHISPER_SECONDS: Final = 10
SPOKEN: Final = 4000  # the provider takes no longer words in one Say


@dataclass(frozen=True, slots=True)
class Scene:
    """What one line hears and may do now. `kind`: reject, consent, menu, wait, number, number_kept, voicemail,
    voicemail_kept, talk, whisper, goodbye, gone, trouble. What follows is called at `next`.

    `keys` are (key, what for) of a menu; `any_digits` when longer numbers are typed too, `extensions` when that is
    said. `position`, `minutes` (0: not known), `offer` (a call back) and `music` are of a wait. `first` greets,
    `entering` comes from the menu. `record` has the room recorded, `record_line` the line of a customer whom
    we called: they choose when one of ours is in the room already.
    """

    kind: str
    next: str = ""
    tongue: Tongue = field(default_factory=Tongue)
    first: bool = False
    entering: bool = False
    again: bool = False
    extensions: bool = False
    keys: tuple[tuple[str, str], ...] = ()
    any_digits: bool = False
    position: int = 0
    minutes: int = 0
    offer: bool = False
    music: str = ""
    number: str = ""
    name: str = ""
    subject: str = ""
    back: bool = False
    closed: bool = False
    seconds: int = 120
    room: str = ""
    record: bool = False
    record_line: bool = False
    recording_url: str = ""
    status_url: str = ""
    label: str = ""


def written(scene: Scene) -> str:
    """The scene as TwiML."""
    page = ET.Element("Response")
    SCENES[scene.kind](page, scene)
    return '<?xml version="1.0" encoding="UTF-8"?>' + ET.tostring(page, encoding="unicode")


def spoken(words: str, tongue: Tongue) -> str:
    """TwiML that reads a message aloud, twice, and hangs up."""
    page = ET.Element("Response")
    for _time in range(2):
        _hear(page, tongue.free(_clean(words)[:SPOKEN]))
        ET.SubElement(page, "Pause", length="1")
    ET.SubElement(page, "Hangup")
    return '<?xml version="1.0" encoding="UTF-8"?>' + ET.tostring(page, encoding="unicode")


def _clean(text: str) -> str:
    """Without characters that XML does not know (and nobody can say)."""
    return "".join(c for c in text if c in "\n\t" or (c >= " " and not "\ud800" <= c <= "\udfff" and c < "\ufffe"))


def _hear(page: ET.Element, heard: Heard) -> None:
    if heard.url:
        ET.SubElement(page, "Play").text = heard.url
    else:
        ET.SubElement(page, "Say", language=heard.language).text = _clean(heard.text)


def _gather(page: ET.Element, scene: Scene, *, seconds: int, one: bool) -> ET.Element:
    """Keys go to the next address, also when there are none."""
    marks = {"input": "dtmf", "action": scene.next, "method": "POST", "timeout": str(seconds)}
    marks |= {"actionOnEmptyResult": "true"} | ({"numDigits": "1"} if one else {"finishOnKey": "#"})
    return ET.SubElement(page, "Gather", marks)


def _greet(page: ET.Element, scene: Scene) -> None:
    if scene.first:
        _hear(page, scene.tongue.line("greeting"))


def _consent(page: ET.Element, scene: Scene) -> None:
    """Said before anything can be recorded; one key, and nothing is."""
    _greet(page, scene)
    if scene.back:
        _hear(page, scene.tongue.line("outbound", company=scene.name))
    gather = _gather(page, scene, seconds=CONSENT_SECONDS, one=True)
    _hear(gather, scene.tongue.line("consent"))
    _hear(gather, scene.tongue.line("refuse"))


def _menu(page: ET.Element, scene: Scene) -> None:
    _greet(page, scene)
    gather = _gather(page, scene, seconds=GATHER_SECONDS, one=not scene.any_digits)
    if scene.again:
        _hear(gather, scene.tongue.line("again"))
    for key, what in scene.keys:
        _hear(gather, scene.tongue.line("menu_key", what=what, key=key))
    _hear(gather, scene.tongue.line("menu_person"))
    if scene.extensions:
        _hear(gather, scene.tongue.line("menu_extension"))


def _wait(page: ET.Element, scene: Scene) -> None:
    _greet(page, scene)
    gather = _gather(page, scene, seconds=1, one=True)
    if scene.first or scene.entering:
        _hear(gather, scene.tongue.line("wait"))
    if scene.position > 1:
        _hear(gather, scene.tongue.line("position", number=scene.position))
        if scene.minutes:
            _hear(gather, scene.tongue.line("minutes", number=scene.minutes))
    if scene.offer:
        _hear(gather, scene.tongue.line("offer"))
    if scene.music:
        ET.SubElement(gather, "Play").text = scene.music
    else:
        ET.SubElement(gather, "Pause", length="12")


def _number(page: ET.Element, scene: Scene) -> None:
    if scene.closed:
        _hear(page, scene.tongue.line("closed"))
    gather = _gather(page, scene, seconds=GATHER_SECONDS + 5, one=False)
    if scene.again:
        _hear(gather, scene.tongue.line("number_wrong"))
    if scene.number and not scene.again:
        _hear(gather, scene.tongue.line("number", number=scene.number))
    else:
        _hear(gather, scene.tongue.line("number_ask"))


def _number_kept(page: ET.Element, scene: Scene) -> None:
    _hear(page, scene.tongue.line("callback_kept", number=scene.number))
    ET.SubElement(page, "Hangup")


def _voicemail(page: ET.Element, scene: Scene) -> None:
    if scene.closed:
        _hear(page, scene.tongue.line("closed"))
    _hear(page, scene.tongue.line("voicemail"))
    ET.SubElement(
        page, "Record", action=scene.next, method="POST", maxLength=str(scene.seconds), timeout="5", finishOnKey="#",
        playBeep="true", trim="trim-silence",
    )  # fmt: skip
    _hear(page, scene.tongue.line("voicemail_empty"))  # the provider goes on here when nothing was said
    ET.SubElement(page, "Hangup")


def _talk(page: ET.Element, scene: Scene) -> None:
    if scene.back:
        _hear(page, scene.tongue.line("outbound", company=scene.name))
    told = {
        "recordingStatusCallback": scene.recording_url, "recordingStatusCallbackMethod": "POST",
        "recordingStatusCallbackEvent": "completed absent",
    }  # fmt: skip
    if scene.record_line:
        ET.SubElement(ET.SubElement(page, "Start"), "Recording", told)
    dial = ET.SubElement(page, "Dial", action=scene.next, method="POST")
    marks = {
        "beep": "false", "startConferenceOnEnter": "true", "endConferenceOnExit": "false",
        "statusCallback": scene.status_url, "statusCallbackMethod": "POST", "statusCallbackEvent": "join leave",
        "participantLabel": scene.label,
    }  # fmt: skip
    if scene.record:
        marks |= {"record": "record-from-start", **told}
    ET.SubElement(dial, "Conference", marks).text = scene.room


def _whisper(page: ET.Element, scene: Scene) -> None:
    """A key makes sure that a person picked up and not their own voicemail."""
    gather = _gather(page, scene, seconds=WHISPER_SECONDS, one=True)
    line = "whisper_back" if scene.back else "whisper"
    _hear(gather, scene.tongue.line(line, name=scene.name, subject=scene.subject))


def _ending(line: str) -> Callable[[ET.Element, Scene], None]:
    def end(page: ET.Element, scene: Scene) -> None:
        _hear(page, scene.tongue.line(line))
        ET.SubElement(page, "Hangup")

    return end


def _reject(page: ET.Element, scene: Scene) -> None:
    ET.SubElement(page, "Reject", reason="rejected")


def _quiet(page: ET.Element, scene: Scene) -> None:
    ET.SubElement(page, "Hangup")


def _moment(page: ET.Element, scene: Scene) -> None:
    """Somewhere a worker is still at it: one second, then asked again."""
    ET.SubElement(page, "Pause", length="1")
    ET.SubElement(page, "Redirect", method="POST").text = scene.next


SCENES: Final[dict[str, Callable[[ET.Element, Scene], None]]] = {
    "reject": _reject,
    "consent": _consent,
    "menu": _menu,
    "wait": _wait,
    "number": _number,
    "number_kept": _number_kept,
    "voicemail": _voicemail,
    "voicemail_kept": _ending("voicemail_kept"),
    "talk": _talk,
    "whisper": _whisper,
    "goodbye": _ending("goodbye"),
    "gone": _ending("gone"),
    "trouble": _ending("trouble"),
    "moment": _moment,
    "hang_up": _quiet,
}
