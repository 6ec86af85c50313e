"""Sign-in and account pages: django-allauth's, without its open sign-up."""

from django.urls import include, path

urlpatterns = [path("", include("allauth.urls"))]
