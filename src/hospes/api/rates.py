"""How often a token may call: counted in memory, agreed between processes through the database once a second.

Each process counts its own calls and brings them to the shared counter (core.limits) at most once a second, with
the first call of every second; what comes back is everybody's sum. So a busy client costs one small write a second
instead of one a call, and can overstep the limit by at most what other processes let through within that second.
A slow client (under one call a second) is counted exactly.
"""

import threading
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from hospes.core import limits
from hospes.core.limits import Allowance

SECONDS = 60
_MOST_TOKENS = 10_000  # kept in memory; beyond that the books are cleared and counted on from the database


@dataclass(slots=True)
class _Book:
    window: int
    total: int = 0  # everybody's calls as last heard of
    unsaid: int = 0  # ours since then
    told_at: float = 0.0


_books: dict[int, _Book] = {}
_lock = threading.Lock()


def take(token_id: int, *, now: datetime, limit: int | None = None) -> Allowance:
    """Count one call of a token in the present minute and tell what is left; a refused call is not counted."""
    limit = settings.API_RATE if limit is None else limit
    moment = now.timestamp()
    window = int(moment) - int(moment) % SECONDS
    tell = 0
    with _lock:
        book = _book(token_id, window)
        if book.total + book.unsaid >= limit:
            return Allowance(limit, 0, window + SECONDS - int(moment), allowed=False)
        book.unsaid += 1
        if not 0 <= moment - book.told_at < 1:
            tell, book.unsaid, book.told_at = book.unsaid, 0, moment
            book.total += tell
        used = book.total + book.unsaid
    if tell:
        used = _tell(token_id, book, tell, limit=limit, now=now)
    return Allowance(limit, max(0, limit - used), window + SECONDS - int(moment), allowed=used <= limit)


def _book(token_id: int, window: int) -> _Book:
    book = _books.get(token_id)
    if book is None or book.window != window:
        if len(_books) >= _MOST_TOKENS:
            _books.clear()
        book = _books[token_id] = _Book(window)
    return book


def _tell(token_id: int, book: _Book, calls: int, *, limit: int, now: datetime) -> int:
    shared = limits.count(f"api:{token_id}", limit=limit, seconds=SECONDS, now=now, times=calls)
    with _lock:
        book.total = max(book.total, shared.used)
        return book.total + book.unsaid


def forget() -> None:
    """Forget all that is counted in this process (for tests)."""
    with _lock:
        _books.clear()
