from django.urls import path

from guiju.privacy import views

_FIELD = "catalogue/<uuid:company_id>/<slug:record>/<slug:field>/"

urlpatterns = [
    path("catalogue/", views.catalogue, name="catalogue"),
    path("catalogue/<uuid:company_id>/", views.catalogue, name="company_catalogue"),
    path("catalogue/<uuid:company_id>/<slug:record>/add/", views.propose_field, name="propose_field"),
    path(_FIELD, views.catalogue_field, name="catalogue_field"),
    path(f"{_FIELD}change/", views.change_field, name="change_field"),
    path(f"{_FIELD}activate/", views.activate_field, name="activate_field"),
    path(f"{_FIELD}retire/", views.retire_field, name="retire_field"),
    path(f"{_FIELD}assess/", views.assess_field, name="assess_field"),
    path("catalogue/notices/", views.privacy_notices, name="privacy_notices"),
    path("catalogue/notices/<uuid:company_id>/", views.privacy_notices, name="company_notices"),
    path("catalogue/notices/<uuid:company_id>/publish/", views.publish_notice, name="publish_notice"),
    path("catalogue/notices/<uuid:company_id>/<int:version>/", views.privacy_notice, name="privacy_notice"),
]
