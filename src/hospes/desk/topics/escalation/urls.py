"""Addresses of the topic escalation, below desk/."""

from django.urls import URLPattern, path

from hospes.desk.topics.escalation.views import articles, handing, orders, setup, swarms, watch

urlpatterns: list[URLPattern] = [
    path("watch/", watch.watch, name="watch"),
    path("t/<str:number>/escalate/", handing.escalate, name="escalate"),
    path("t/<str:number>/give-back/", handing.give_back, name="give_back"),
    path("t/<str:number>/take/", handing.take, name="take"),
    path("t/<str:number>/responsible/", handing.responsible, name="responsible"),
    path("responsible/<int:offer_id>/", handing.answer_offer, name="answer_offer"),
    path("t/<str:number>/work/", orders.new, name="new_work"),
    path("work/", orders.listing, name="work"),
    path("work/<str:number>/", orders.one, name="work_order"),
    path("t/<str:number>/swarm/", swarms.start, name="start_swarm"),
    path("swarms/", swarms.figures, name="swarms"),
    path("swarms/<int:swarm_id>/", swarms.room, name="swarm"),
    path("swarms/<int:swarm_id>/end/", swarms.end, name="end_swarm"),
    path("articles/", articles.listing, name="articles"),
    path("articles/new/", articles.one, name="new_article"),
    path("articles/<int:article_id>/", articles.one, name="article"),
    path("settings/work-orders/", setup.work_templates, name="work_templates"),
    path("settings/work-orders/new/", setup.work_template, name="new_work_template"),
    path("settings/work-orders/<int:template_id>/", setup.work_template, name="work_template"),
    path("settings/escalation/", setup.escalation, name="escalation"),
    path("settings/escalation/new/", setup.policy, name="new_escalation"),
    path("settings/escalation/<int:policy_id>/", setup.policy, name="escalation_policy"),
    path("settings/escalation/told/", setup.told, name="told"),
]
