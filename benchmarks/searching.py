"""Full-text search over a million messages, by how common the words are."""

from typing import Any

from benchmarks.report import Line, below, percentile, times


def search_lines(facts: dict[str, Any]) -> list[Line]:
    """p95 for words in up to 1 % of messages, for commoner ones, and for two words together."""
    from hospes.staff.queries import actor_of
    from hospes.tickets import queries

    actor = actor_of(facts["agent"], via="desk")
    # Word k is in about 25 / (k ln 200000) of the messages: w250 in under 1 %, w3 in over half.
    rare = [f'"w{n}"' for n in range(260, 20000, 431)]
    common = [f'"w{n}"' for n in range(3, 45)]
    mixed = [f'"w{n}" "w{n * 7}"' for n in range(20, 400, 9)]
    beginnings = [f"w{n}" for n in range(1000, 9000, 97)]
    lines = []
    for name, words, limit in (
        ("search, words in up to 1 % of messages", rare, 50),
        ("search, commoner words", common, 250),
        ("search, two words", mixed, 250),
        ("search, beginnings of words", beginnings, 250),
    ):
        queries.search_tickets(actor, words[0])
        found = times(lambda i, words=words: queries.search_tickets(actor, words[i % len(words)]), runs=len(words))
        lines.append(below(f"{name}, p95", percentile(found, 0.95), limit, more={"p50": percentile(found, 0.5)}))
    return lines
