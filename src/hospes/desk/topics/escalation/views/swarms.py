"""Swarms at the desk: called from a ticket, the side room, the end with its solution, the figures."""

from datetime import timedelta

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import InvalidInput
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.shapes.times import span
from hospes.desk.topics.escalation.views.handing import chosen_agent
from hospes.desk.views.changes import answering
from hospes.desk.views.settings.base import settings_page
from hospes.routing import operations
from hospes.routing.queries import swarms as queries
from hospes.staff import queries as staff
from hospes.staff.models import Skill
from hospes.tickets import queries as tickets

MORE = ("GET", "HEAD", "POST")
DAYS = (7, 30, 90, 365)


@desk_view("swarm.start", methods=MORE)
@answering
def start(request: DeskRequest, number: str) -> HttpResponse:
    """What to ask and whom; posting calls them."""
    found = tickets.get_ticket(request.actor, number)
    if request.method != "POST":
        context = {
            "ticket": found,
            "skills": _skills(),
            "colleagues": staff.active_agents().exclude(pk=request.user.pk),
        }
        return render(request, "desk/escalation/start_swarm.html", context)
    wanted = {posted_id(pk) for pk in request.POST.getlist("skills")}
    skills = [skill for skill in _skills() if skill.pk in wanted]
    person = chosen_agent(request.POST.get("agent", ""))
    swarm = operations.start_swarm(
        ticket=found,
        question=request.POST.get("question", ""),
        skills=skills,
        people=[person] if person else [],
        call_url=request.POST.get("call_url", ""),
        actor=request.actor,
        now=clock.now(),
    )
    names = [member.agent.name for member in queries.members_of(swarm)]
    called = _("Called: %(names)s") % {"names": ", ".join(names)}
    return JsonResponse(
        {"message": called if names else _("Nobody with these skills is here now. Colleagues can join.")}
    )


def _skills() -> list[Skill]:
    return list(Skill.objects.filter(archived_at=None))


@desk_view("swarm.join", methods=("POST",))
@answering
def room(request: DeskRequest, swarm_id: int) -> HttpResponse:
    """Join, leave, write, or call one more in."""
    swarm = queries.get_swarm(request.actor, swarm_id)
    now, step = clock.now(), request.POST.get("do", "")
    if step == "join":
        operations.join_swarm(swarm=swarm, actor=request.actor, now=now)
    elif step == "leave":
        operations.leave_swarm(swarm=swarm, actor=request.actor, now=now)
    elif step == "say":
        operations.say_in_swarm(swarm=swarm, text=request.POST.get("text", ""), actor=request.actor, now=now)
    elif step == "invite":
        agent = chosen_agent(request.POST.get("agent", ""))
        if agent is None:
            raise InvalidInput(_("Choose somebody who works here."), field="agent")
        operations.invite_to_swarm(swarm=swarm, agent=agent, actor=request.actor, now=now)
    else:
        raise InvalidInput(_("Choose what to do."), field="do")
    return JsonResponse({})


@desk_view("swarm.start", methods=MORE)
@answering
def end(request: DeskRequest, swarm_id: int) -> HttpResponse:
    """The solution record; posting ends the swarm and drafts an article."""
    swarm = queries.get_swarm(request.actor, swarm_id)
    if request.method != "POST":
        return render(request, "desk/escalation/end_swarm.html", {"swarm": swarm})
    post = request.POST
    solved = post.get("do") != "give-up"
    swarm = operations.end_swarm(
        swarm=swarm,
        solved=solved,
        problem=post.get("problem", ""),
        cause=post.get("cause", ""),
        solution=post.get("solution", ""),
        prevention=post.get("prevention", ""),
        actor=request.actor,
        now=clock.now(),
    )
    return JsonResponse({"message": _("Kept. A draft article was made of it.") if solved else _("The swarm is over.")})


@desk_view("work.manage")
def figures(request: DeskRequest) -> HttpResponse:
    """How often experts were called, how soon they came, what came of it."""
    asked = request.GET.get("days", "90")
    days = int(asked) if asked in {str(d) for d in DAYS} else 90
    now = clock.now()
    found = queries.swarm_figures(since=now - timedelta(days=days), until=now)
    words = [
        (_("Swarms"), str(found.count)),
        (_("Solved"), str(found.solved)),
        # Translators: the middle of all times until the first expert came
        (_("First expert after"), _time(found.first_expert)),
        (_("Solution after"), _time(found.solution)),
        (_("Solutions used again"), str(found.reused)),
    ]
    context = {
        "figures": words,
        "by_skill": [(name, count, _time(seconds)) for name, count, seconds in found.by_skill],
        "by_expert": found.by_expert,
        "days": days,
        "spans": [(d, f"{reverse('desk:swarms')}?days={d}") for d in DAYS],
        "any": found.count,
    }
    return settings_page(request, "desk/escalation/figures.html", "swarms", context)


def _time(seconds: float | None) -> str:
    return "—" if seconds is None else span(seconds, length="short")
