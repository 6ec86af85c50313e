"""Addresses of the topic routing, below desk/."""

from django.urls import URLPattern, path

from hospes.desk.topics.routing.views import board, offers, queues

urlpatterns: list[URLPattern] = [
    path("queues/", board.board, name="queue_board"),
    path("offers/", offers.mine, name="offers"),
    path("t/<str:number>/offer/", offers.answer, name="offer"),
    path("t/<str:number>/put-back/", offers.put_back, name="put_back"),
    path("settings/queues/", queues.queues, name="queues"),
    path("settings/queues/new/", queues.queue, name="new_queue"),
    path("settings/queues/order/", queues.order, name="queue_order"),
    path("settings/queues/try/", queues.try_ticket, name="try_queues"),
    path("settings/queues/export/", queues.export, name="export_queues"),
    path("settings/queues/import/", queues.read_file, name="import_queues"),
    path("settings/queues/<int:queue_id>/", queues.queue, name="queue"),
]
