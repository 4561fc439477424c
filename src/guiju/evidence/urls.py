"""The public log, on both listeners."""

from django.urls import path

from guiju.evidence import views

urlpatterns = [
    path("log/checkpoint", views.log_checkpoint, name="log_checkpoint"),
    path("proof/<uuid:entry_id>/", views.public_proof, name="public_proof"),
    path("log/tile/<int:level>/<path:number>", views.log_tile, name="log_tile"),
]
