from django.urls import path

from guiju.safekeeping import views

urlpatterns = [
    path("backups/", views.backup_overview, name="backup_overview"),
    path("backups/drills/<uuid:drill_id>/", views.drill_detail, name="drill_detail"),
    path("backups/keys/", views.key_overview, name="key_overview"),
    path("backups/restored/<uuid:looking_id>/", views.look_after_restore, name="look_after_restore"),
]
