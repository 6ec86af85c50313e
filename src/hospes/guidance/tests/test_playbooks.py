"""Playbooks: defaults in six languages, a company's own versions, and their figures."""

import re
from datetime import timedelta

import pytest

from hospes.core import wording
from hospes.core.errors import Conflict, InvalidInput, NotAllowed
from hospes.guidance import operations, queries
from hospes.guidance.models import Kind
from hospes.guidance.queries.playbooks import LANGUAGES, defaults
from hospes.testing.people import NOON, desk_actor, make_agent, receive, settle
from hospes.tickets.queries import macro_fields

SCRIPTS = {"fa": re.compile(r"[\u0600-\u06ff]"), "hy": re.compile(r"[\u0531-\u058f]")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_a_playbook_in_every_language(db, language):
    found = defaults(language)
    assert set(found) == set(Kind.values)
    for playbook in found.values():
        assert min(map(len, (playbook.signs, playbook.do, playbook.do_not, playbook.sentences))) >= 3
        for sentence in playbook.sentences:
            assert wording.problems(sentence, macro_fields()) == []
            assert language not in SCRIPTS or SCRIPTS[language].search(sentence)


def save(actor, **more):
    given = {
        "kind": "rude", "language": "en", "signs": ["Shouts"], "do": ["Breathe"], "do_not": ["Shout"],
        "sentences": ["Let us stay with the matter, {{customer.first_name|please}}."],
        "actor": actor, "now": NOON,
    }  # fmt: skip
    return operations.save_playbook(**(given | more))


def test_a_company_writes_its_own_and_the_older_versions_stay(db):
    lead = desk_actor(make_agent("Mina", role="lead"))
    assert queries.playbooks([("rude", "en")])["rude", "en"].version == 0
    save(lead, seen_version=0)
    save(lead, sentences=["Second."], seen_version=1)
    assert queries.playbooks([("rude", "en"), ("rude", "xx"), ("offended", "en")])["rude", "en"].sentences == (
        "Second.",
    )
    assert [v.version for v in queries.versions("rude", "en")] == [2, 1]
    with pytest.raises(Conflict):
        save(lead, seen_version=1)
    with pytest.raises(NotAllowed):
        save(desk_actor(make_agent("Ivo")))
    for wrong in ({"sentences": []}, {"sentences": ["{{nothing.such}}"]}, {"kind": "odd"}, {"language": "xx"},
                  {"do": ["x" * 601]}, {"do": ["x"] * 21}):  # fmt: skip
        with pytest.raises(InvalidInput):
            save(lead, **wrong)


def test_figures_count_offers_use_and_misreadings(db, django_assert_num_queries):
    ivo = desk_actor(make_agent("Ivo"))
    first = receive("You are all idiots. Shut up!", language="en").ticket
    second = receive("You bunch of morons, go to hell!", language="en", message_id="2@x.example", subject="b").ticket
    settle()
    for what in ("sentence", "sentence"):
        operations.note_playbook(ticket=first, kind="rude", what=what, actor=ivo, now=NOON)
    operations.note_playbook(ticket=second, kind="unsure", what="opened", actor=ivo, now=NOON)
    operations.dismiss_signs(signs=queries.newest_signs(second), actor=ivo, now=NOON)
    with django_assert_num_queries(2):
        found = {f.kind: f for f in queries.playbook_figures(since=NOON - timedelta(days=9000))}
    rude = found["rude"]
    assert (rude.offered, rude.used, rude.dismissed, rude.sentences, rude.by_hand) == (2, 1, 1, 2, 0)
    assert (rude.used_share, found["unsure"].by_hand, found["unsure"].used_share) == (50, 1, None)
