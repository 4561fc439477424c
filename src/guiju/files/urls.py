from django.urls import path

from guiju.files import views

urlpatterns = [
    path("files/scan/", views.scan_file_names, name="scan_file_names"),
    path("files/removed/<uuid:removal_id>/", views.dispose_attachment, name="dispose_attachment"),
    path("files/of/<slug:owner_kind>/<uuid:owner_id>/add/", views.add_attachment, name="add_attachment"),
    path("files/<uuid:attachment_id>/", views.attachment, name="attachment"),
    path("files/<uuid:attachment_id>/content/", views.open_attachment, name="open_attachment"),
    path("files/<uuid:attachment_id>/change/", views.change_attachment, name="change_attachment"),
    path("files/<uuid:attachment_id>/remove/", views.remove_attachment, name="remove_attachment"),
]
