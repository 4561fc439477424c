"""What of this part is done through the common mechanism."""

from datetime import timedelta

from django.urls import reverse

from guiju.files.services.removal import KIND
from guiju.work.registry import TaskKind, register_task

register_task(
    TaskKind(
        KIND,
        "附件删去后的销毁",
        lambda task: reverse("dispose_attachment", args=[task.pk]),
        escalates_to=("archive.decide",),
        patience=timedelta(days=5),
    )
)
