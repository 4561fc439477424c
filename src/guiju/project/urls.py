"""Addresses of the staff app."""

from django.urls import include, path

from guiju.organisations.signin import member_required
from guiju.project.api import api
from guiju.web import views

urlpatterns = [
    path("", member_required(views.dashboard), name="dashboard"),
    path("health", views.health, name="health"),
    path("api/v1/", api.urls),
    path("", include("guiju.evidence.urls")),
    path("", include("guiju.directory.urls")),
    path("", include("guiju.documents.urls")),
    path("", include("guiju.notifications.urls")),
    path("", include("guiju.deadlines.urls")),
    path("", include("guiju.accounts.urls")),
    path("", include("guiju.organisations.urls")),
    path("", include("guiju.work.urls")),
    path("", include("guiju.archives.urls")),
    path("", include("guiju.files.urls")),
    path("", include("guiju.customers.urls")),
    path("", include("guiju.orders.urls")),
    path("", include("guiju.sales.urls")),
    path("", include("guiju.complaints.urls")),
    path("", include("guiju.privacy.urls")),
    path("", include("guiju.access.urls")),
    path("", include("guiju.audit.urls")),
    path("", include("guiju.safekeeping.urls")),
    path("", include("guiju.review.urls")),
]

handler400 = views.bad_request
handler404 = views.not_found
handler500 = views.server_error
