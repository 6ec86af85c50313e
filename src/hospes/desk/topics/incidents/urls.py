"""Addresses of the topic incidents, below desk/."""

from django.urls import URLPattern, path

from hospes.desk.topics.incidents.views import declaring, linking, listing, one, parts, review, telling

urlpatterns: list[URLPattern] = [
    path("incidents/", listing.incidents, name="incidents"),
    path("incidents/rows/", listing.rows, name="incident_rows"),
    path("incidents/new/", declaring.new, name="new_incident"),
    path("incidents/link/", linking.link_many, name="link_to_incident"),
    path("incidents/bursts/<int:burst_id>/", declaring.decide, name="burst"),
    path("incidents/<int:incident_id>/", one.incident, name="incident"),
    path("incidents/<int:incident_id>/live/", one.live, name="incident_live"),
    path("incidents/<int:incident_id>/tickets/", linking.linked, name="incident_tickets"),
    path("incidents/<int:incident_id>/change/", declaring.change, name="change_incident"),
    path("incidents/<int:incident_id>/tell/", telling.tell, name="tell_incident"),
    path("incidents/<int:incident_id>/updates/<int:update_id>/again/", telling.again, name="tell_again"),
    path("incidents/<int:incident_id>/review/", review.review, name="incident_review"),
    path("t/<str:number>/incident/", linking.of_ticket, name="ticket_incident"),
    path("settings/parts/", parts.parts, name="parts"),
    path("settings/parts/new/", parts.part, name="new_part"),
    path("settings/parts/<int:component_id>/", parts.part, name="part"),
]
