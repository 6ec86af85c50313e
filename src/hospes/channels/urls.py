"""Addresses of the channels room."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
