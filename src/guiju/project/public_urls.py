"""Addresses of the public listener: pages for consumers, and none of the staff app."""

from django.urls import include, path

from guiju.complaints.urls import public_urlpatterns as complaint_pages
from guiju.customers.urls import public_urlpatterns as customer_pages
from guiju.notifications.urls import public_urlpatterns
from guiju.privacy.urls import public_urlpatterns as privacy_pages
from guiju.project.public_api import public_api
from guiju.web import views

urlpatterns = [
    path("", views.public_home, name="public_home"),
    path("health", views.health),
    path("api/v1/", public_api.urls),
    path("", include("guiju.evidence.urls")),
    *public_urlpatterns,
    *customer_pages,
    *privacy_pages,
    *complaint_pages,
]

handler400 = views.bad_request
handler404 = views.not_found
handler500 = views.server_error
