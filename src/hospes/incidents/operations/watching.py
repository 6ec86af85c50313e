"""The watch over the stream of new tickets, on tables: flat in the number of tickets, right with many workers."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from hospes.core.actors import SYSTEM
from hospes.core.events import emit
from hospes.incidents import events
from hospes.incidents.detection import Alarm, Match, Rate, Volume, judge, match, signature, terms_of
from hospes.incidents.detection.judging import LEAST
from hospes.incidents.detection.rates import fading, part_of_week
from hospes.incidents.detection.watch import KIN, KIN_WITHIN, LEARNED_AGAIN, LIFE, LONGEST, MUTED
from hospes.incidents.detection.words import kinship
from hospes.incidents.models import Burst, Incident, IncidentTicket, StreamState, Suggestion, TermRate, TicketSign
from hospes.incidents.operations.linking import link_tickets
from hospes.incidents.queries.rates import counts_of, rates_of, usual_shares, vocabulary, volume_now
from hospes.tickets.models import Message, Ticket

WATCH = "incidents watch"
FRESH = timedelta(hours=1)  # older tickets (a backlog, an import) are only learned from
KEPT = timedelta(days=7)
BATCH = 500
MOST_TERMS = 50_000


@transaction.atomic
def watch_ticket(*, ticket_id: int, now: datetime) -> None:
    """A ticket came in: keep its signs; see whether it looks like an incident, belongs to a burst, or begins one."""
    ticket = Ticket.objects.filter(pk=ticket_id, spam=False, merged_into=None).first()
    first = Message.objects.filter(ticket=ticket_id, kind=Message.Kind.INCOMING).order_by("id").first()
    if ticket is None or first is None or first.automatic or first.auto_kind:
        return
    if TicketSign.objects.filter(ticket=ticket).exists():
        return
    terms = terms_of(subject=ticket.subject, text=first.text, product=ticket.product, vocabulary=vocabulary())
    sign = TicketSign(ticket=ticket, who_id=ticket.customer_id, at=ticket.created_at, terms=terms)
    sign.burst = _burst_of(terms, at=ticket.created_at)
    sign.save(force_insert=True)
    if ticket.created_at < now - FRESH:
        return
    if _offer(ticket, terms, sign.burst, now=now):
        return
    if sign.burst is not None:
        _learn_again(sign.burst)
    elif (alarm := _judged(terms, at=sign.at)) is not None:
        _propose(alarm, sign, now=now)


def _alive(at: datetime) -> Q:
    """Bursts that take in what looks like them: undecided ones for some hours, declared ones while their incident
    goes on, dismissed ones for a day (so that the same is not proposed again)."""
    return (
        Q(state="proposed", proposed_at__gt=at - timedelta(seconds=LIFE))
        | (Q(state="declared") & ~Q(incident__state="resolved"))
        | Q(state="dismissed", decided_at__gt=at - timedelta(seconds=MUTED))
    ) & Q(began_at__lte=at)


def _burst_of(terms: Sequence[str], *, at: datetime) -> Burst | None:
    found = Burst.objects.filter(_alive(at)).order_by("-id")[:50]
    matches = [(match(burst.words, terms), burst) for burst in found]
    likely = [(found.score, burst) for found, burst in matches if found.looks_alike]
    return max(likely, key=lambda pair: pair[0])[1] if likely else None


def _offer(ticket: Ticket, terms: Sequence[str], burst: Burst | None, *, now: datetime) -> bool:
    """Link to an incident that goes on, or suggest it; whether there was one."""
    best: tuple[Match, Incident] | None = None
    for incident in Incident.objects.exclude(state="resolved").order_by("-id")[:50]:
        found = match(incident.words, terms)
        if burst is not None and burst.incident_id == incident.pk and not found.looks_alike:
            found = match(burst.words, terms)
        if found.looks_alike and (best is None or found.score > best[0].score):
            best = (found, incident)
    if best is None or IncidentTicket.objects.filter(ticket=ticket, unlinked_at=None).exists():
        return best is not None
    found, incident = best
    why = list(found.words[:6])
    if incident.link_close_matches and found.close:
        link_tickets(incident=incident, tickets=[ticket], actor=SYSTEM, now=now, way="automatic", why=why)
        return True
    _suggestion, made = Suggestion.objects.get_or_create(
        incident=incident, ticket=ticket, defaults={"score": found.score, "why": why, "at": now}
    )
    if made:
        looks = events.TicketLooksLikeIncident(
            ticket_id=ticket.pk,
            team_id=ticket.team_id,
            assignee_id=ticket.assignee_id,
            incident_id=incident.pk,
            title=incident.title,
            words=" ".join(why)[:200],
        )
        emit(looks, actor=SYSTEM, now=now)
    return True


def _judged(terms: Sequence[str], *, at: datetime) -> Alarm | None:
    counts, totals = counts_of(terms, at=at)
    if max((max(seen) for seen in counts.values()), default=0) < 2:
        return None
    return judge(counts, totals, rates_of(terms), volume_now(), at=at.timestamp())


def _propose(alarm: Alarm, sign: TicketSign, *, now: datetime) -> None:
    """One worker at a time: whoever comes second finds the burst that the first proposed."""
    _alone(WATCH)
    known = _burst_of(sign.terms, at=sign.at)
    since = sign.at - timedelta(seconds=alarm.window)
    loose = list(TicketSign.objects.filter(at__gt=since, at__lte=sign.at, burst=None).order_by("at")[:2000])
    if known is not None:
        TicketSign.objects.filter(pk=sign.pk).update(burst=known)
        return
    hit = [one for one in loose if alarm.term in one.terms]
    if len({one.who_id for one in hit}) < LEAST:  # another worker took them into a burst meanwhile
        return
    usual = usual_shares({term for one in hit for term in one.terms}, at=sign.at)
    words = signature([one.terms for one in hit], usual) or {alarm.term: 6.0}
    burst = _kin(hit, at=sign.at) or Burst(
        began_at=hit[0].at,
        proposed_at=now,
        last_at=sign.at,
        term=alarm.term,
        window=alarm.window,
        seen=alarm.seen,
        expected=alarm.expected,
        p_value=alarm.p_value,
    )
    fresh = burst.pk is None
    burst.words, burst.last_at = {**words, **burst.words}, sign.at
    burst.save()
    taken = [one.pk for one in loose if alarm.term in one.terms or match(burst.words, one.terms).looks_alike]
    TicketSign.objects.filter(pk__in=taken).update(burst=burst)
    if fresh:
        proposed = events.BurstProposed(
            burst_id=burst.pk,
            words=" ".join(list(words)[:6]),
            seen=alarm.seen,
            expected=round(alarm.expected, 2),
            ticket_id=sign.pk,
        )
        emit(proposed, actor=SYSTEM, now=now)


def _kin(hit: Sequence[TicketSign], *, at: datetime) -> Burst | None:
    """A burst of the last half hour that says the same in other words."""
    for burst in Burst.objects.filter(proposed_at__gt=at - timedelta(seconds=KIN_WITHIN)).exclude(state="dismissed"):
        kept = list(TicketSign.objects.filter(burst=burst).order_by("-at").values_list("terms", flat=True)[:200])
        usual = usual_shares({term for terms in kept for term in terms}, at=at)
        if kept and kinship(kept, [one.terms for one in hit], usual) >= KIN:
            return burst
    return None


def _learn_again(burst: Burst) -> None:
    """At a few sizes a burst's words are found anew from its newest tickets."""
    signs = TicketSign.objects.filter(burst=burst).order_by("-at")
    size = len(signs.values_list("pk")[: LEARNED_AGAIN[-1] + 1])
    if size not in LEARNED_AGAIN or burst.state != Burst.State.PROPOSED:
        return
    kept = list(signs.values_list("terms", flat=True)[:200])
    words = signature(kept, usual_shares({term for terms in kept for term in terms}, at=burst.last_at))
    if words:
        Burst.objects.filter(pk=burst.pk).update(words=words)


def _alone(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])


@transaction.atomic
def learn_waiting(*, now: datetime) -> int:
    """Learn what is usual from tickets that have left the window and belong to no burst; returns how many. One
    worker at a time, so that no count is lost."""
    _alone("incidents learn")
    due = TicketSign.objects.filter(learned=False, at__lte=now - timedelta(seconds=LONGEST))
    signs = list(due.select_related("burst").order_by("at")[:BATCH])
    if not signs:
        return 0
    volume = volume_now()
    learned: dict[str, Rate] = defaultdict(Rate)
    for sign in signs:
        if sign.burst is not None and sign.burst.state != Burst.State.DISMISSED:
            continue
        moment = sign.at.timestamp()
        weight, part = volume.learn(moment), part_of_week(moment)
        for term in sign.terms:
            learned[term].learn(weight, part)
    _keep(volume, learned, at=signs[-1].at)
    TicketSign.objects.filter(pk__in=[sign.pk for sign in signs]).update(learned=True)
    return len(signs)


def _keep(volume: Volume, learned: dict[str, Rate], *, at: datetime) -> None:
    StreamState.objects.update_or_create(pk=1, defaults={"volume": volume.as_json()})
    before = rates_of(learned)
    rows = []
    for term, rate in learned.items():
        known = before.get(term, Rate())
        parts = {str(part): n for part, n in known.parts.items()}
        for part, n in rate.parts.items():
            parts[str(part)] = parts.get(str(part), 0.0) + n
        rows.append(TermRate(term=term, total=known.total + rate.total, parts=parts, at=at))
    TermRate.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["term"], update_fields=["total", "parts", "at"], batch_size=500
    )


def forget_signs(*, now: datetime) -> None:
    """Each night: signs older than a week, words that hardly ever came, and the rarest above the limit go."""
    TicketSign.objects.filter(at__lt=now - KEPT, learned=True).delete()
    unit = fading(now.astimezone(UTC).timestamp())
    TermRate.objects.filter(total__lt=0.3 * unit, at__lt=now - timedelta(weeks=6)).delete()
    spare = TermRate.objects.count() - MOST_TERMS
    if spare > 0:
        rarest = TermRate.objects.order_by("total", "at").values_list("pk", flat=True)[:spare]
        TermRate.objects.filter(pk__in=list(rarest)).delete()
