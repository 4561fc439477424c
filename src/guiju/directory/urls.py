from django.urls import path

from guiju.directory import views

urlpatterns = [
    path("people/intake/", views.intake_list, name="intake_list"),
    path("people/intake/sync/", views.sync_directory, name="sync_directory"),
    path("people/intake/template/<slug:sort>.xlsx", views.intake_template, name="intake_template"),
    path("people/intake/<uuid:intake_id>/", views.show_intake, name="intake"),
    path("people/intake/<uuid:intake_id>/drop/", views.drop_intake, name="drop_intake"),
    path("people/intake/<uuid:intake_id>/lines.xlsx", views.intake_lines, name="intake_lines"),
    path("sign-in/provider/", views.start_provider, name="start_provider"),
    path("sign-in/provider/back/", views.provider_back, name="provider_back"),
    path("account/provider/link/", views.link_provider, name="link_provider"),
    path("account/provider/unlink/", views.unlink_provider, name="unlink_provider"),
    path("access/groups/", views.group_role_list, name="group_role_list"),
    path("access/groups/map/", views.map_group, name="map_group"),
    path("access/groups/<uuid:mapping_id>/end/", views.unmap_group, name="unmap_group"),
]
