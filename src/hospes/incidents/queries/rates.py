"""What is usual: rates of words and of the whole stream as the test wants them, and what came in just now."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection

from hospes.incidents.detection import WINDOWS, Rate, Volume
from hospes.incidents.detection.rates import share
from hospes.incidents.detection.watch import REMEMBERED
from hospes.incidents.detection.words import Vocabulary, vocabulary_of
from hospes.incidents.models import Component, StreamState, TermRate

VOCABULARY_SECONDS = 20

_COUNT = """
    WITH lately AS (
        SELECT who_id, at, terms FROM incidents_ticketsign
        WHERE at > %(longest)s AND at <= %(at)s AND burst_id IS NULL ORDER BY at DESC LIMIT %(most)s
    )
    SELECT term, count(DISTINCT who_id) FILTER (WHERE at > %(first)s),
           count(DISTINCT who_id) FILTER (WHERE at > %(second)s), count(DISTINCT who_id)
    FROM (SELECT who_id, at, unnest(terms) AS term FROM lately UNION ALL SELECT who_id, at, '' FROM lately) each
    WHERE term = ANY(%(terms)s) OR term = '' GROUP BY term
"""


def counts_of(terms: Collection[str], *, at: datetime) -> tuple[dict[str, tuple[int, ...]], tuple[int, ...]]:
    """(for each word the customers who used it in each window before a moment, the customers who wrote at all). Reads
    at most the newest REMEMBERED signs of the last hour, however many tickets there are."""
    first, second, longest = (at - timedelta(seconds=window) for window in WINDOWS)
    given: dict[str, Any] = {
        "at": at,
        "first": first,
        "second": second,
        "longest": longest,
        "terms": list(terms),
        "most": REMEMBERED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, given)
        found = {row[0]: tuple(row[1:]) for row in cursor.fetchall()}
    totals = found.pop("", (0, 0, 0))
    return {term: found.get(term, (0, 0, 0)) for term in terms}, totals


def volume_now() -> Volume:
    """The stream as a whole."""
    kept = StreamState.objects.filter(pk=1).values_list("volume", flat=True).first()
    return Volume.from_json(kept or {})


def rates_of(terms: Collection[str]) -> dict[str, Rate]:
    """Rates of words that were seen before."""
    found = TermRate.objects.filter(term__in=list(terms)).values_list("term", "total", "parts")
    return {term: Rate(total, {int(part): n for part, n in parts.items()}) for term, total, parts in found}


def usual_shares(terms: Collection[str], *, at: datetime) -> dict[str, float]:
    """Each word's usual share of all tickets."""
    volume, rates = volume_now(), rates_of(terms)
    moment = at.timestamp()
    return {term: share(rates.get(term, Rate()), volume, moment)[0] for term in terms}


def vocabulary() -> Vocabulary:
    """What stands for the parts of the service in every language; asked anew every few seconds."""
    found: Vocabulary | None = cache.get("incidents.vocabulary")
    if found is None:
        concepts = {}
        for part in Component.objects.filter(archived_at=None):
            said = [part.name, *part.names.values(), *(word for words in part.keywords.values() for word in words)]
            concepts[f"@{part.pk}"] = said
        found = vocabulary_of(concepts)
        cache.set("incidents.vocabulary", found, VOCABULARY_SECONDS)
    return found
