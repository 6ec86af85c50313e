"""`make bench`: one table, each line beside its floor, written to benchmarks/results/."""

import argparse
import sys
from collections.abc import Iterator
from itertools import chain
from typing import Any

from benchmarks import automation, chat, live, mail, pages, peers, routing, scratch, searching, sla
from benchmarks.report import Line, keep, show

MIDDLE = 50_000


def lines(*, million: int, quick: bool, beside: bool) -> Iterator[Line]:
    """All measurements, the small table first; the peer right after ours of the same size."""
    ours: list[Line] = []
    with scratch.database():
        facts = scratch.company()
        scratch.fill(2_500, facts)
        scratch.settle()
        for line in chain(small(facts), () if quick else middle(facts)):
            ours.append(line)
            yield line
        if beside:
            theirs = peers.measure(sizes=(2_500,) if quick else (2_500, MIDDLE))
            yield from peers.lines(ours, theirs)
        if not quick:
            yield from large(facts, million, have=MIDDLE)
    yield from live.lines(desks=(500,) if quick else (500, 2000))
    yield from chat.lines()


def small(facts: dict[str, Any]) -> Iterator[Line]:
    """A company's first year: 2,500 tickets."""
    yield mail.mail_in(facts)
    yield pages.api_list(facts, name="ticket list, 50 rows, API, 2,500 tickets")[0]
    yield pages.desk_list(facts)
    yield pages.ticket_screen(facts)
    yield pages.api_create(facts)


def grown(facts: dict[str, Any], have: int, size: int) -> tuple[Line, float]:
    """The API's list after the table has grown to `size`."""
    print(f"… making {size:,} tickets", flush=True)
    scratch.fill(size - have, facts, start=have)
    scratch.settle()
    return pages.api_list(facts, name=f"ticket list, 50 rows, API, {size:,} tickets")


def middle(facts: dict[str, Any]) -> Iterator[Line]:
    """The same list at 50,000 tickets."""
    yield grown(facts, 2_500, MIDDLE)[0]


def large(facts: dict[str, Any], million: int, *, have: int) -> Iterator[Line]:
    """The same list at a tenth of a million and a million tickets, and search."""
    rate = {}
    for size in (million // 10, million):
        line, rate[size] = grown(facts, have, size)
        have = size
        yield line
        if size == million // 10:
            yield from sla.lines(facts, tickets=size)
            yield from automation.lines(facts, tickets=size)
    ratio = rate[million] / rate[million // 10]
    yield Line(
        f"list at {million:,} against {million // 10:,}", rate[million], "/s", "at a tenth", rate[million // 10], ratio,
        "≥ 0.7 ×", ratio >= 0.7,
    )  # fmt: skip
    yield from searching.search_lines(facts)
    yield from routing.lines(facts)  # last: it opens tickets that were closed


def main() -> int:
    """Run, print, keep; peers with --peers."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="the small table only")
    parser.add_argument("--peers", action="store_true", help="also django-helpdesk, in an environment of its own")
    parser.add_argument("--million", type=int, default=1_000_000, help="how many tickets the large table has")
    options = parser.parse_args()
    found: list[Line] = []
    name = "peers" if options.peers else "latest"
    for line in lines(million=options.million, quick=options.quick, beside=options.peers):
        show(line)
        found.append(line)
        keep(found, name)  # after each, so that what is cut short is not lost
    print(f"kept in {keep(found, name)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
