"""The TwiML of the main states, letter by letter, as the provider gets it."""

import pytest

from hospes.channels.voice.twiml import Scene, written
from hospes.channels.voice.words import Tongue

HEAD = '<?xml version="1.0" encoding="UTF-8"?><Response>'
END = "</Response>"
STATES = [
    (Scene("reject"), '<Reject reason="rejected" />'),
    (Scene("hang_up"), "<Hangup />"),
    (Scene("moment", next="https://h/x/"), '<Pause length="1" /><Redirect method="POST">https://h/x/</Redirect>'),
    (
        Scene("wait", next="https://h/w/", music="https://h/m.wav"),
        '<Gather input="dtmf" action="https://h/w/" method="POST" timeout="1" actionOnEmptyResult="true" '
        'numDigits="1"><Play>https://h/m.wav</Play></Gather>',
    ),
    (
        Scene("talk", next="https://h/a/", room="hospes-call-7", status_url="https://h/c/", label="part-1"),
        '<Dial action="https://h/a/" method="POST"><Conference beep="false" startConferenceOnEnter="true" '
        'endConferenceOnExit="false" statusCallback="https://h/c/" statusCallbackMethod="POST" '
        'statusCallbackEvent="join leave" participantLabel="part-1">hospes-call-7</Conference></Dial>',
    ),
    (
        Scene(
            "talk", next="https://h/a/", room="r", status_url="https://h/c/", recording_url="https://h/r/", record=True
        ),
        '<Dial action="https://h/a/" method="POST"><Conference beep="false" startConferenceOnEnter="true" '
        'endConferenceOnExit="false" statusCallback="https://h/c/" statusCallbackMethod="POST" '
        'statusCallbackEvent="join leave" participantLabel="" record="record-from-start" '
        'recordingStatusCallback="https://h/r/" recordingStatusCallbackMethod="POST" '
        'recordingStatusCallbackEvent="completed absent">r</Conference></Dial>',
    ),
    (
        Scene(
            "talk",
            next="https://h/a/",
            room="r",
            status_url="https://h/c/",
            recording_url="https://h/r/",
            record_line=True,
        ),
        '<Start><Recording recordingStatusCallback="https://h/r/" recordingStatusCallbackMethod="POST" '
        'recordingStatusCallbackEvent="completed absent" /></Start>'
        '<Dial action="https://h/a/" method="POST"><Conference beep="false" startConferenceOnEnter="true" '
        'endConferenceOnExit="false" statusCallback="https://h/c/" statusCallbackMethod="POST" '
        'statusCallbackEvent="join leave" participantLabel="">r</Conference></Dial>',
    ),
    (
        Scene("consent", next="https://h/k/"),
        '<Gather input="dtmf" action="https://h/k/" method="POST" timeout="3" actionOnEmptyResult="true" '
        'numDigits="1"><Say language="en-US">CONSENT</Say><Say language="en-US">REFUSE</Say></Gather>',
    ),
    (
        Scene("voicemail", next="https://h/v/", seconds=90, tongue=Tongue()),
        '<Say language="en-US">VOICEMAIL</Say><Record action="https://h/v/" method="POST" maxLength="90" timeout="5" '
        'finishOnKey="#" playBeep="true" trim="trim-silence" /><Say language="en-US">EMPTY</Say><Hangup />',
    ),
    (Scene("goodbye"), '<Say language="en-US">GOODBYE</Say><Hangup />'),
]


@pytest.mark.parametrize(("scene", "twiml"), STATES)
def test_each_state_is_written_exactly_so(scene, twiml):
    lines = {
        "VOICEMAIL": "voicemail",
        "EMPTY": "voicemail_empty",
        "GOODBYE": "goodbye",
        "CONSENT": "consent",
        "REFUSE": "refuse",
    }
    for mark, line in lines.items():
        twiml = twiml.replace(mark, Tongue().line(line).text)
    assert written(scene) == HEAD + twiml + END
