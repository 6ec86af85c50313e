"""How an outage is recognised in the stream of new tickets: words, usual rates, the test. Pure; no database, no clock.

`Watch` puts the parts together in memory, as simulations use it; operations/watching.py does the same on tables.
The formula and its false-alarm rate are explained in docs/decisions/0015.
"""

from hospes.incidents.detection.judging import WINDOWS, Alarm, judge, tail, threshold
from hospes.incidents.detection.rates import Rate, Volume
from hospes.incidents.detection.watch import Proposal, Watch
from hospes.incidents.detection.words import MAX_TERMS, Match, match, signature, terms_of

__all__ = [
    "MAX_TERMS",
    "WINDOWS",
    "Alarm",
    "Match",
    "Proposal",
    "Rate",
    "Volume",
    "Watch",
    "judge",
    "match",
    "signature",
    "tail",
    "terms_of",
    "threshold",
]
