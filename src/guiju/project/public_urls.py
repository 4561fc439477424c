"""Addresses of the public listener: pages for consumers, and none of the staff app."""

from django.urls import path

from guiju.web import views

urlpatterns = [
    path("", views.public_home, name="public_home"),
    path("health", views.health),
]

handler400 = views.bad_request
handler404 = views.not_found
handler500 = views.server_error
